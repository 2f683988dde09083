-- Before registration: premises and owners approached, calls to propose points, craft villages that an administrator names.

create table prospect (
  id text primary key,
  name text not null,
  name_fold text not null,
  sort text not null,             -- Vietnamese dictionary order
  kind text not null,             -- as of a point, or empty
  address text not null,
  address_fold text not null,
  unit_id text references unit (id),        -- the unit as recorded, of its day
  unit_today text references unit (id),     -- today's unit when it follows for certain
  lon double precision,
  lat double precision,
  cell text not null,             -- coarse grid square of the position
  area_m2 double precision,
  property text not null,         -- whose property: own | rented | public | other, or empty
  owner text not null,            -- owner or business
  owner_kind text not null,       -- kind of body, or empty
  tax_code text not null,
  contact text not null,
  phone text not null,
  email text not null,
  note text not null,
  supporter_id text references body (id),   -- association that stands by it
  made_by text references body (id),        -- body that noted it
  state text not null,            -- open | registered | declined | dropped
  state_since date not null,
  reason text not null,           -- of the present state
  point_id text references point (id),      -- what it became
  answer text not null,           -- of the latest approach; empty = nobody asked yet
  approached_on date,             -- day of the latest approach
  next_step text not null,
  next_on date,
  told_on date,                   -- the next step of which day was reminded of
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index prospect_all on prospect (sort, id);
create index prospect_state on prospect (state, sort, id);
create index prospect_next on prospect (state, next_on, id);
create index prospect_name on prospect (name_fold);
create index prospect_tax on prospect (tax_code);
create index prospect_cell on prospect (cell);
create index prospect_place on prospect (state, lon, lat);
create index prospect_supporter on prospect (supporter_id, sort, id);
create index prospect_maker on prospect (made_by, sort, id);
create unique index prospect_point on prospect (point_id);

-- Under which units a prospect is found, old and new, surely or not.
create table prospect_unit (
  unit_id text not null references unit (id),
  certainty text not null check (certainty in ('is', 'may')),
  sort text not null,
  prospect_id text not null references prospect (id),
  primary key (unit_id, sort, prospect_id)
);
create index prospect_unit_prospect on prospect_unit (prospect_id);

-- Somebody went and asked.
create table approach (
  id text primary key,
  prospect_id text not null references prospect (id),
  day date not null,
  how text not null,              -- meeting | phone | letter | conference
  by_name text not null,
  by_body text not null,          -- name of the body on that day
  answer text not null,           -- interested | considering | refused | not_met
  said text not null,
  next_step text not null,
  next_on date,
  created_by text not null,
  created_at timestamptz not null
);
create index approach_prospect on approach (prospect_id, day, id);

-- Craft villages: no source lists them all, so none is shipped; an administrator brings a list.
create table craft_village (
  id text primary key,
  name text not null,
  name_fold text not null,
  sort text not null,
  unit_id text not null references unit (id),
  unit_today text references unit (id),
  note text not null,
  source text not null,
  created_at timestamptz not null
);
create unique index craft_village_name on craft_village (unit_id, name_fold);
create index craft_village_all on craft_village (sort, id);
create index craft_village_unit on craft_village (unit_today, sort, id);

-- A call: "propose points of a year, with money, by a day".
create table proposal_call (
  id text primary key,
  title text not null,
  year bigint not null,
  text text not null,
  basis text not null,            -- number and date of the paper it rests on
  due_on date not null,
  least bigint,                   -- smallest number asked of each commune
  communes text not null,         -- all | some | none
  state text not null,            -- draft | issued | closed
  issued_on date,
  closed_on date,
  body_id text not null references body (id),
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index proposal_call_list on proposal_call (created_at, id);
create index proposal_call_due on proposal_call (state, due_on, id);

-- Bodies chosen while the call is written, besides "all communes".
create table call_body (
  call_id text not null references proposal_call (id),
  body_id text not null references body (id),
  primary key (call_id, body_id)
);

-- One row an addressee, made when the call is issued.
create table call_answer (
  id text primary key,
  call_id text not null references proposal_call (id),
  body_id text not null references body (id),
  unit_id text references unit (id),        -- the commune governed, of that day
  name text not null,
  sort text not null,
  state text not null,            -- waiting | given | nothing
  number bigint not null,
  reason text not null,
  note text not null,
  first_on date,
  answered_on date,
  is_late boolean not null,       -- first given or last changed after the due date
  reminded_on date,
  risen_on date,
  version bigint not null
);
create unique index call_answer_one on call_answer (call_id, body_id);
create index call_answer_list on call_answer (call_id, sort, id);
create index call_answer_state on call_answer (call_id, state, sort, id);
create index call_answer_body on call_answer (body_id, state);
create index call_answer_unit on call_answer (unit_id, state);

-- What is proposed: a prospect, a record, or a name with an address.
create table call_line (
  answer_id text not null references call_answer (id),
  place bigint not null,
  kind text not null,             -- prospect | point | place
  prospect_id text references prospect (id),
  point_id text references point (id),
  name text not null,
  address text not null,
  primary key (answer_id, place)
);

-- With what money, in whole đồng.
create table call_money (
  answer_id text not null references call_answer (id),
  source text not null,
  amount bigint not null,
  primary key (answer_id, source)
);
