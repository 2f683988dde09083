-- The way of a point: survey, selection, preparation, opening.

create table survey (
  id text primary key,
  point_id text not null references point (id),
  state text not null check (state in ('planned', 'open', 'done')),
  planned_on date,
  done_on date,
  team text not null,             -- names and bodies, one a line
  lead_id text references person (id),
  set_id text references criteria_set (id),
  application_id text references application (id),
  lon double precision,
  lat double precision,
  note text not null,
  result text not null,           -- JSON computed by the server when done, else empty
  outcome text not null,          -- '' | 'meets' | 'fix' | 'fails' | 'incomplete'
  version bigint not null,
  created_at timestamptz not null
);
create index survey_point on survey (point_id, created_at);
create index survey_planned on survey (state, planned_on);

create table survey_answer (
  survey_id text not null references survey (id),
  set_id text not null,
  criterion_id text not null,
  verdict text not null check (verdict in ('meets', 'fails', 'fix')),
  fix_by date,
  note text not null,
  answered_at timestamptz not null,
  primary key (survey_id, set_id, criterion_id)
);

create table selection (
  id text primary key,
  plan_id text references plan (id),
  number text not null,           -- decision number as given
  decided_on date not null,
  note text not null,
  decided_by text not null,
  created_at timestamptz not null
);

create table selection_item (
  selection_id text not null references selection (id),
  point_id text not null references point (id),
  verdict text not null check (verdict in ('selected', 'declined')),
  guidance text not null,
  fix_by date,
  survey_id text references survey (id),
  primary key (selection_id, point_id)
);
create index selection_item_point on selection_item (point_id);

create table preparation (
  point_id text primary key references point (id),
  started_on date not null,
  deadline date,
  deadline_source text not null,
  shared_sellers boolean not null,
  commitment_to date,
  ceremony_on date,
  ceremony_place text not null,
  ceremony_guests text not null,
  opened_note text not null,
  version bigint not null
);

create table preparation_item (
  point_id text not null references preparation (point_id),
  item_id text not null,
  section text not null check (section in ('prepare', 'open')),
  done_on date,
  done_by text not null,
  width_mm bigint,
  height_mm bigint,
  note text not null,
  primary key (point_id, section, item_id)
);

-- Support given: money is whole đồng.
create table support (
  id text primary key,
  point_id text not null references point (id),
  what text not null,
  amount bigint not null check (amount >= 0),
  source text not null,           -- 'city' | 'commune' | 'district' | 'ministry' | 'contribution' | 'other'
  source_note text not null,
  given_on date not null,
  commitment_to date,
  created_by text not null,
  created_at timestamptz not null
);
create index support_point on support (point_id);
