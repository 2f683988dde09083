-- Products of the programme, their certificates with their days, and the counters of their lists.

create table product (
  id text primary key,
  code text not null,             -- opaque: codes of before keep whatever form they have
  slug text not null,
  name text not null,
  name_fold text not null,
  sort text not null,             -- Vietnamese dictionary order
  producer_id text references body (id),
  group_id text not null,         -- one of the six groups of today, or empty when it does not follow for certain
  group_as text not null,         -- the group as printed, when it is one of before
  set_name text not null,         -- product set (bộ sản phẩm) as printed
  unit_id text references unit (id),        -- as recorded
  unit_today text references unit (id),     -- today's, when it follows for certain
  price bigint,                   -- đồng
  capacity bigint,                -- what the producer can deliver in a month
  capacity_unit text not null,    -- of what: kg, hộp, chai …
  description text not null,
  story text not null,
  lon double precision,
  lat double precision,
  source text not null,
  demo boolean not null,
  version bigint not null,
  state text not null check (state in ('live', 'lapsed', 'withdrawn', 'none')),  -- on the day of the last morning
  stars bigint,                   -- of the certificate that counts
  valid_to date,                  -- first day on which that certificate is no longer valid
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index product_code on product (code);
create unique index product_slug on product (slug);
-- the folded name and the end stand in them so that a search by name reads no row that it does not show
create index product_all on product (sort, id, name_fold);
create index product_state on product (state, sort, id, valid_to, name_fold);
create index product_producer on product (producer_id, state, valid_to, id);
create index product_today on product (unit_today, id);
create index product_unit on product (unit_id, id);
create index product_end on product (state, valid_to, id, unit_today);

-- Certificates of recognition (giấy chứng nhận). The one that began last counts; an older one is never revived.
create table certificate (
  id text primary key,
  product_id text not null references product (id),
  number text,                    -- of the certificate; empty when no source gives it
  decision_no text not null,
  decided_on date,
  stars bigint not null,
  score bigint,                   -- hundredths of a point
  valid_from date not null,
  valid_to date not null,         -- first day no longer valid
  withdrawn_on date,              -- first day no longer valid because it was taken back
  withdrawn_reason text not null,
  withdrawn_decision text not null,
  source text not null,
  created_by text not null,
  created_at timestamptz not null
);
create unique index certificate_number on certificate (number);
create index certificate_product on certificate (product_id, valid_from);
create index certificate_begin on certificate (valid_from);
create index certificate_end on certificate (valid_to);

-- Which notice of an end went out on which day.
create table certificate_notice (
  certificate_id text not null references certificate (id),
  days bigint not null,
  sent_on date not null,
  primary key (certificate_id, days)
);

create table product_count (
  group_id text not null,
  stars bigint not null,          -- 0: none
  state text not null,
  n bigint not null,
  primary key (group_id, stars, state)
);
