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
