-- Inspection of points in operation: visits, findings that rise, confirmations, complaints, the order by risk.

create table inspection (
  id text primary key,
  point_id text not null references point (id),
  state text not null check (state in ('planned', 'open', 'done', 'cancelled')),
  planned_on date not null,
  reason text not null,           -- why it was planned, in words
  change_reason text not null,    -- why it was put off or called off
  inspector_id text references person (id),   -- empty: anybody of the body
  body_id text references body (id),
  team text not null,             -- names and bodies, one a line
  visited_on date,
  running text not null check (running in ('', 'yes', 'no', 'unclear')),
  set_id text references criteria_set (id),
  application_id text references application (id),
  lon double precision,
  lat double precision,
  note text not null,
  result text not null,           -- the sets from the first answer on, the result when done, as JSON
  outcome text not null,          -- '' | 'meets' | 'fix' | 'fails' | 'incomplete'
  version bigint not null,
  created_at timestamptz not null
);
create index inspection_point on inspection (point_id, state, planned_on);
create index inspection_body on inspection (body_id, state, planned_on, id);

create table inspection_answer (
  inspection_id text not null references inspection (id),
  set_id text not null,
  criterion_id text not null,
  verdict text not null check (verdict in ('meets', 'fails', 'fix')),
  fix_by date,
  note text not null,
  answered_at timestamptz not null,
  primary key (inspection_id, set_id, criterion_id)
);

-- 'draft' while its visit is not finished; only then does it count.
create table finding (
  id text primary key,
  point_id text not null references point (id),
  inspection_id text not null references inspection (id),
  criterion text not null,        -- 'set/criterion', or empty
  what text not null,
  fix_by date,                    -- a draft may still lack it
  level bigint not null check (level between 1 and 3),
  state text not null check (state in ('draft', 'open', 'fixed', 'carried')),
  reported_on date,               -- the business says that it is fixed; somebody has to confirm
  reported_note text not null,
  closed_on date,
  closed_how text not null,       -- role and body that saw it fixed, or why it was carried
  note text not null,
  version bigint not null,
  created_at timestamptz not null
);
create index finding_state on finding (state, fix_by, id);
create index finding_level on finding (state, level, fix_by);
create index finding_point on finding (point_id, state);
create index finding_inspection on finding (inspection_id);

create table finding_rise (
  finding_id text not null references finding (id),
  level bigint not null,
  risen_on date not null,
  told text not null,             -- roles that were told
  primary key (finding_id, level)
);

-- Somebody says that a point runs.
create table confirmation (
  id text primary key,
  point_id text not null references point (id),
  confirmed_on date not null,
  how text not null check (how in ('visit', 'call', 'owner', 'photo')),
  by_id text not null,
  by_name text not null,
  note text not null,
  created_at timestamptz not null
);
create index confirmation_point on confirmation (point_id, confirmed_on);

-- When a point that nobody confirmed was asked.
create table confirmation_request (
  point_id text not null references point (id),
  asked_on date not null,
  primary key (point_id, asked_on)
);

-- What people tell about a point by telephone or letter, recorded by staff; also a report that it stopped.
create table complaint (
  id text primary key,
  point_id text not null references point (id),
  received_on date not null,
  source text not null,           -- visitor | neighbour | press | agency | operator | commune | other
  what text not null,
  state text not null check (state in ('open', 'answered')),
  answer text not null,
  answered_on date,
  answered_by text not null,
  version bigint not null,
  created_at timestamptz not null
);
create index complaint_point on complaint (point_id, state);
create index complaint_state on complaint (state, received_on, id);

-- Points in operation under each of their units ('*' = the city) in the order in which they need a visit: kept with
-- each event and put right every night, so that a page costs its rows alone. rank is 1,000,000 less the score.
create table inspection_risk (
  unit_id text not null,
  point_id text not null references point (id),
  rank bigint not null,
  confirm_by date,                -- from this day on somebody has to ask whether it still runs; empty: nobody asks
  primary key (unit_id, point_id)
);
create index inspection_risk_rank on inspection_risk (unit_id, rank, point_id);
create index inspection_risk_confirm on inspection_risk (unit_id, confirm_by, point_id);
create index inspection_risk_point on inspection_risk (point_id);
