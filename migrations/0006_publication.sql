-- Publication on other portals: who must show the points, and how far each entry has come.

create table outlet (
  id text primary key,
  name text not null,
  sort text not null,              -- Vietnamese dictionary order
  body_id text references body (id),
  address text not null,           -- its site
  mail text not null,
  how text not null check (how in ('feed', 'mail')),
  origin text not null,            -- may show our embeds, e.g. https://congthuong.example
  unit_id text references unit (id),        -- shows the points of this unit only; empty = the whole city
  counter text not null check (counter in ('', 'city', 'ministry')),
  secret_hash text not null,       -- digest of the secret in the address of its confirmation page
  secret_no bigint not null,       -- which secret, counted from 1
  valid_from date not null,
  valid_to date,
  filled_on date,                  -- when its entries were last compared with the whole register
  reminded_on date,
  source text not null,
  demo boolean not null,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
create unique index outlet_secret on outlet (secret_hash);
create index outlet_all on outlet (sort, id);
create index outlet_unit on outlet (unit_id, sort, id);

-- One point on one portal.
create table listing (
  outlet_id text not null references outlet (id),
  point_id text not null references point (id),
  state text not null,
  stage text not null,             -- follows from the state: 'takedown' | 'publish' (outstanding) | 'shown' | 'gone'
  since date not null,             -- first day of the state
  wanted_on date not null,
  sent_on date,
  sent_how text not null,
  confirmed_on date,
  confirmed_url text not null,
  confirmed_by text not null,
  takedown_on date,                -- wanted since
  takedown_sent_on date,
  taken_down_on date,
  taken_down_by text not null,
  note text not null,
  version bigint not null,
  primary key (outlet_id, point_id)
);
create index listing_outlet on listing (outlet_id, stage, since, point_id);
create index listing_outstanding on listing (since, outlet_id, point_id) where stage in ('takedown', 'publish');
create index listing_stage on listing (stage, since, outlet_id, point_id);
create index listing_point on listing (point_id);

-- Maintained counters: how many entries of a portal are in each state.
create table outlet_count (
  outlet_id text not null references outlet (id),
  state text not null,
  n bigint not null,
  primary key (outlet_id, state)
);

-- The feed reads along the last change.
create index point_changed on point (updated_at, id) where state in ('operating', 'suspended', 'closed');
