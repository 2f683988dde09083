-- The year's registration of products, support for producers, and blanks of certificates.

-- A product registered for a year's evaluation: new, for more stars, or again after its certificate ends.
create table enrolment (
  id text primary key,
  year bigint not null,
  kind text not null check (kind in ('new', 'upgrade', 'renewal')),
  product_id text references product (id),   -- empty: not in the register yet
  name text not null,
  name_fold text not null,
  sort text not null,
  group_id text not null,
  producer_id text references body (id),
  producer text not null,
  producer_kind text not null,
  tax_code text not null,
  unit_id text references unit (id),
  unit_today text references unit (id),
  aim bigint not null,            -- stars aimed at
  note text not null,
  state text not null check (state in ('draft', 'sent', 'forwarded', 'accepted', 'returned', 'withdrawn')),
  state_since date not null,
  reason text not null,
  once text,                      -- year and product, or year, producer and folded name, while it runs: registered once
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index enrolment_once on enrolment (once);
create index enrolment_year on enrolment (year, state, sort, id);
create index enrolment_unit on enrolment (unit_today, year, state);
create index enrolment_producer on enrolment (producer_id, year);

-- Support for producers: asked for or offered, then granted, delivered, with its effect.
create table aid (
  id text primary key,
  producer_id text not null references body (id),
  product_id text references product (id),
  unit_id text references unit (id),
  side text not null check (side in ('request', 'offer')),
  what text not null,             -- trademark, label, packaging, stamp, technology, branding, credit
  detail text not null,
  priority text not null,         -- typical, advantage, key, or empty
  state text not null check (state in ('asked', 'granted', 'declined', 'delivered', 'withdrawn')),
  state_since date not null,
  asked_on date not null,
  cost bigint,                    -- đồng, as granted
  source text not null,           -- city, district, commune, social, own, other
  provider_id text references body (id),
  granted_no text not null,
  due_on date,
  delivered_on date,
  spent bigint,                   -- đồng, in the end
  effect text not null,
  effect_on date,
  reason text not null,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index aid_state on aid (state, state_since, id);
create index aid_producer on aid (producer_id, id);
create index aid_unit on aid (unit_id, state);

-- Blanks of certificates (phôi giấy chứng nhận): what came in, and what became of each serial.
create table blank_batch (
  id text primary key,
  series text not null,
  first bigint not null,
  last bigint not null,
  received_on date not null,
  from_whom text not null,
  note text not null,
  created_by text not null,
  created_at timestamptz not null
);
create index blank_batch_series on blank_batch (series, first);

create table blank_use (
  batch_id text not null references blank_batch (id),
  serial bigint not null,
  state text not null check (state in ('used', 'spoilt', 'lost')),
  day date not null,
  certificate_id text references certificate (id),
  note text not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (batch_id, serial)
);
create unique index blank_use_certificate on blank_use (certificate_id);
