-- The register of points (điểm giới thiệu và bán sản phẩm OCOP).

create table point (
  id text primary key,
  code text not null,
  slug text not null,
  name text not null,
  name_fold text not null,
  sort text not null,             -- Vietnamese dictionary order
  kind text not null,             -- one of the eight of 950/QĐ-BCT, or empty when not stated
  address text not null,          -- as printed, never rewritten
  address_fold text not null,
  unit_id text references unit (id),        -- the unit as recorded, of its day
  unit_today text references unit (id),     -- today's unit when it follows for certain
  unit_chosen boolean not null,             -- a person answered "which new unit"
  lon double precision,
  lat double precision,
  cell text not null,             -- coarse grid square of the position, for finding neighbours
  area_m2 double precision,
  operator_id text references body (id),
  nominated_by text references body (id),
  supporter_id text references body (id),
  contact text not null,
  phone text not null,
  email text not null,
  hours text not null,
  goods text not null,
  about text not null,
  state text not null,
  state_since date not null,
  due_on date,
  submitted_at timestamptz,
  opened_on date,
  closed_on date,
  last_confirmed_on date,
  counted_by text not null,
  source text not null,
  demo boolean not null,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index point_code on point (code);
create unique index point_slug on point (slug);
create index point_all on point (sort, id);
create index point_state on point (state, sort, id);
create index point_kind on point (kind, sort, id);
create index point_state_kind on point (state, kind, sort, id);
create index point_due on point (state, due_on, id);
create index point_operator on point (operator_id, sort, id);
create index point_nominated on point (nominated_by, sort, id);
create index point_supporter on point (supporter_id, sort, id);
create index point_name on point (name_fold);
create index point_cell on point (cell);
create index point_creator on point (created_by);

-- Under which units a point is found, old and new; certainty 'may' = one of several possible new units.
create table point_unit (
  unit_id text not null references unit (id),
  certainty text not null check (certainty in ('is', 'may')),
  state text not null,
  kind text not null,
  sort text not null,
  point_id text not null references point (id),
  primary key (unit_id, certainty, state, sort, point_id)
);
create index point_unit_point on point_unit (point_id);
create index point_unit_all on point_unit (unit_id, certainty, sort, point_id);
create index point_unit_kind on point_unit (unit_id, certainty, state, kind, sort, point_id);

-- Maintained counters: what a list shows above itself costs one look-up. '*' stands for any.
create table point_count (
  unit_id text not null,
  kind text not null,
  state text not null,
  n bigint not null,
  primary key (unit_id, kind, state)
);

-- States with their days, half open: the register of any day reads here.
create table point_period (
  point_id text not null references point (id),
  place bigint not null,
  state text not null,
  valid_from date not null,
  valid_to date,
  primary key (point_id, place)
);
create index point_period_state on point_period (state, valid_from);
