-- A point in operation: settings by day, what was known when, stops, replacements.

-- Numbers that an administrator sets from a day on; without a row the first value of the built-in list counts.
create table setting (
  name text not null,
  valid_from date not null,
  value bigint not null,
  reason text not null,
  set_by text not null,
  set_at timestamptz not null,
  primary key (name, valid_from)
);

-- States in two times: the days they held, and from when to when the register said so. A belief that is corrected is
-- ended, not changed. The lists of any day read along period_list.
create table period (
  point_id text not null references point (id),
  seq bigint not null,             -- order in which lines were written
  state text not null,
  counted_by text not null,
  valid_from date not null,
  valid_to date,
  known_from timestamptz not null,
  known_to timestamptz,
  kind text not null,
  sort text not null,
  primary key (point_id, seq)
);
create index period_list on period (state, sort, point_id, valid_from, valid_to);

-- How many points enter (+) and leave (-) a state on a day: the sum up to a day is the count of that day.
create table period_flow (
  unit_id text not null,           -- '*' = the city
  kind text not null,              -- '*' = any
  counter text not null,           -- 'all' | 'city' | 'ministry'
  state text not null,
  day date not null,
  n bigint not null,
  primary key (unit_id, kind, counter, state, day)
);
create index period_state on period (state, valid_from);

insert into period (point_id, seq, state, counted_by, valid_from, valid_to, known_from, known_to, kind, sort)
  select q.point_id, q.place, q.state, p.counted_by, q.valid_from, q.valid_to, p.created_at, null, p.kind, p.sort
  from point_period q join point p on p.id = q.point_id;
drop table point_period;

insert into period_flow (unit_id, kind, counter, state, day, n)
  select u.unit_id, k.kind, c.counter, f.state, f.day, sum(f.n)
  from (select point_id, state, counted_by, kind, valid_from as day, 1 as n from period
        union all select point_id, state, counted_by, kind, valid_to, -1 from period where valid_to is not null) f
  join (select '*' as unit_id, id as point_id from point union all select unit_id, point_id from point_unit where certainty = 'is') u on u.point_id = f.point_id
  join (select '*' as kind union select kind from point) k on k.kind = '*' or k.kind = f.kind
  join (select 'all' as counter union all select 'city' union all select 'ministry') c on c.counter = 'all' or f.counted_by like '%' || c.counter || '%'
  where f.state in ('operating', 'suspended', 'closed')
  group by u.unit_id, k.kind, c.counter, f.state, f.day;

-- A point that stopped, for a time or for good.
create table stop (
  id text primary key,
  point_id text not null references point (id),
  kind text not null check (kind in ('suspend', 'close')),
  from_on date not null,
  until_on date,                   -- when it means to run again
  ended_on date,                   -- when a pause ended, by running again or by closing
  cause text not null,
  reason text not null,
  commitment_to date,              -- last day of what it had promised for support, if that lies after the closing
  support_total bigint not null,   -- đồng of support still bound on the day of closing
  open_findings bigint not null,   -- findings carried to the file
  payback_state text not null check (payback_state in ('', 'undecided', 'none', 'due', 'paid')),
  payback bigint not null,         -- đồng to be paid back
  payback_due date,
  payback_basis text not null,
  repaid bigint not null,
  recorded_by text not null,
  created_at timestamptz not null,
  version bigint not null
);
create index stop_point on stop (point_id, from_on);
create index stop_payback on stop (payback_state, payback_due, point_id);

create table repayment (
  id text primary key,
  stop_id text not null references stop (id),
  paid_on date not null,
  amount bigint not null check (amount > 0),
  note text not null,
  created_by text not null,
  created_at timestamptz not null
);
create index repayment_stop on repayment (stop_id, paid_on);

-- What takes the place of a point that stopped: several may be proposed, one is chosen.
create table replacement (
  stopped_id text not null references point (id),
  by_id text not null references point (id),
  state text not null check (state in ('proposed', 'chosen', 'dropped')),
  note text not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  chosen_on date,
  primary key (stopped_id, by_id)
);
create unique index replacement_chosen on replacement (stopped_id) where state = 'chosen';
create index replacement_by on replacement (by_id, state);
