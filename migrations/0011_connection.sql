-- Which product stands where: the ledger between products and points, and between products and supermarket chains.

-- A retail chain (hệ thống siêu thị) and its stores; the chain itself is a body.
create table chain (
  id text primary key,            -- the body's id
  note text not null,
  version bigint not null,
  created_at timestamptz not null,
  foreign key (id) references body (id)
);
create table chain_store (
  id text primary key,
  chain_id text not null references chain (id),
  name text not null,
  name_fold text not null,
  address text not null,
  unit_id text references unit (id),
  unit_today text references unit (id),
  lon double precision,
  lat double precision,
  closed_on date,
  created_at timestamptz not null
);
create index chain_store_chain on chain_store (chain_id, name_fold, id);

-- One product at one place: a point, or a chain (all its stores, or those named in connection_store).
create table connection (
  id text primary key,
  product_id text not null references product (id),
  point_id text references point (id),
  chain_id text references chain (id),
  place text not null,            -- 'point:ID' or 'chain:ID': what a product is connected with once at a time
  stage text not null check (stage in ('proposed', 'sample', 'agreed', 'on_shelf', 'ended')),
  since date not null,            -- first day of the stage
  proposed_by text not null check (proposed_by in ('producer', 'seller', 'office')),
  price bigint,                   -- agreed, đồng
  terms text not null,
  basis text not null,            -- why it may stand in the OCOP zone: 'certificate', or a word of the list of claims
  on_shelf_from date,             -- first day on the shelf, the last time it went there
  off_shelf_on date,              -- first day no longer
  ended_on date,
  ended_by text not null,         -- producer, seller, office; empty while it runs
  ended_reason text not null,
  open_place text,                -- place while it runs, empty afterwards: one running connection a product and place
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((point_id is null) <> (chain_id is null))
);
create unique index connection_once on connection (product_id, open_place);
create index connection_product on connection (product_id, stage, id);
create index connection_point on connection (point_id, stage, product_id);
create index connection_chain on connection (chain_id, stage, product_id);
create index connection_stage on connection (stage, id);
create index connection_open on connection (open_place);

-- The days on which it stood on the shelf, half open; a product that was taken off and came back has several.
create table connection_shelf (
  connection_id text not null references connection (id),
  seq bigint not null,
  product_id text not null references product (id),
  point_id text references point (id),
  chain_id text references chain (id),
  valid_from date not null,
  valid_to date,                  -- first day no longer
  primary key (connection_id, seq)
);
create index connection_shelf_point on connection_shelf (point_id, valid_from);
create index connection_shelf_product on connection_shelf (product_id, valid_from);
create index connection_shelf_chain on connection_shelf (chain_id, valid_from);

-- Every step with its day: what the journal knows, in columns that can be counted.
create table connection_step (
  connection_id text not null references connection (id),
  seq bigint not null,
  stage text not null,            -- a stage that was entered, or 'off_shelf'
  day date not null,
  by_side text not null,
  by_name text not null,
  note text not null,
  primary key (connection_id, seq)
);

-- Of a chain, the stores that carry it; none: all of them.
create table connection_store (
  connection_id text not null references connection (id),
  store_id text not null references chain_store (id),
  primary key (connection_id, store_id)
);

-- What may stand in the OCOP zone of a point besides products with a live certificate, each with its paper.
create table zone_claim (
  id text primary key,
  product_id text not null references product (id),
  basis text not null,            -- key_product, rural_industrial, rural_agricultural, speciality, safe_vegetables
  origin text not null,           -- other province or partner country, empty: of this city
  paper_no text not null,
  paper_issuer text not null,
  valid_from date not null,
  valid_to date,                  -- first day no longer, when the paper says so
  withdrawn_on date,
  note text not null,
  created_by text not null,
  created_at timestamptz not null
);
create index zone_claim_product on zone_claim (product_id, valid_from);

-- "Gỡ khỏi kệ": a product that may no longer be shown, at each place that shows it, until confirmed.
create table takedown (
  id text primary key,
  connection_id text not null references connection (id),
  product_id text not null references product (id),
  point_id text references point (id),
  chain_id text references chain (id),
  reason text not null check (reason in ('lapsed', 'withdrawn', 'claim')),
  asked_on date not null,
  due_on date not null,
  done_on date,                   -- confirmed, or no longer needed
  done_by text not null,
  done_how text not null,         -- 'removed', 'renewed', 'inspection', 'ended'
  note text not null,
  created_at timestamptz not null
);
create index takedown_open on takedown (done_on, due_on, id);
create index takedown_point on takedown (point_id, done_on);
create index takedown_connection on takedown (connection_id, done_on);
create index takedown_chain on takedown (chain_id, done_on);

-- What came of a connection in a month.
create table connection_month (
  connection_id text not null references connection (id),
  month date not null,            -- its first day
  quantity bigint,
  unit text not null,
  revenue bigint,                 -- đồng
  note text not null,
  told_by text not null,
  told_at timestamptz not null,
  primary key (connection_id, month)
);
