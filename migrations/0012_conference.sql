-- Conferences of connection (hội nghị kết nối): who met whom with what outcome.

create table conference (
  id text primary key,
  title text not null,
  held_on date not null,
  place text not null,
  unit_id text references unit (id),
  organiser_id text references body (id),
  note text not null,
  demo boolean not null,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
create index conference_day on conference (held_on, id);

create table conference_guest (
  conference_id text not null references conference (id),
  body_id text not null references body (id),
  side text not null check (side in ('producer', 'seller')),
  came boolean not null,
  primary key (conference_id, side, body_id)
);
create index conference_guest_body on conference_guest (body_id, conference_id);

create table conference_outcome (
  id text primary key,
  conference_id text not null references conference (id),
  product_id text not null references product (id),
  point_id text references point (id),
  chain_id text references chain (id),
  place text not null,            -- as of a connection: 'point:ID' or 'chain:ID'
  outcome text not null check (outcome in ('interested', 'sample', 'memo', 'contract', 'none')),
  value bigint,                   -- đồng, where a memo or contract says so
  note text not null,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null,
  check ((point_id is null) <> (chain_id is null))
);
create index conference_outcome_conference on conference_outcome (conference_id, id);
create unique index conference_outcome_once on conference_outcome (conference_id, product_id, place);
create index conference_outcome_product on conference_outcome (product_id);

-- What a point says it is looking for.
create table point_want (
  id text primary key,
  point_id text not null references point (id),
  group_id text not null,
  what text not null,
  per_month bigint,
  unit text not null,
  until date,
  created_by text not null,
  created_at timestamptz not null
);
create index point_want_point on point_want (point_id);
create index point_want_group on point_want (group_id, point_id);

-- What is proposed to a point: the best products of a group, the live ones of a unit.
create index product_match on product (state, group_id, stars, id);
create index product_live on product (state, unit_today, producer_id, valid_to);
-- Results of a month, whatever their connection.
create index connection_month_all on connection_month (month, connection_id);
