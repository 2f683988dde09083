-- The year's registration of products, support for producers, and blanks of certificates.

-- The last day on which products are registered for a year, as the keeper of the register sets it.
create table enrolment_closing (
  year bigint primary key,
  closes_on date not null,
  basis text not null,            -- the paper that sets it
  set_by text not null,
  set_at timestamptz not null
);

-- A product registered for a year's evaluation: new, for more stars, or again after its certificate ends.
create table enrolment (
  id text primary key,
  year bigint not null,
  side text not null check (side in ('producer', 'commune')),   -- who registers
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
  unit_id text references unit (id),        -- as recorded
  unit_today text references unit (id),     -- the commune of today that forwards it
  aim bigint not null,            -- stars aimed at
  note text not null,
  state text not null check (state in ('draft', 'sent', 'forwarded', 'accepted', 'returned', 'withdrawn')),
  state_since date not null,
  sent_on date,                   -- first day on which whoever registers it handed it on
  reason text not null,
  once text,                      -- year and product, or year, producer and folded name, while it runs: registered once
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index enrolment_once on enrolment (once);
create index enrolment_year on enrolment (year, state, sort, id);
create index enrolment_all on enrolment (year, sort, id);
create index enrolment_unit on enrolment (unit_today, year, sort, id);
create index enrolment_producer on enrolment (producer_id, year, sort, id);
create index enrolment_wait on enrolment (state, state_since, id);
create index enrolment_product on enrolment (product_id, year);

-- Support for producers: asked for or offered, then granted, delivered, with its effect.
create table aid (
  id text primary key,
  producer_id text not null references body (id),
  product_id text references product (id),
  unit_id text references unit (id),
  side text not null check (side in ('request', 'offer')),
  asker_id text references body (id),       -- who asks or offers
  what text not null,             -- a kind of programme/law/products/aid.toml
  detail text not null,
  priority text not null,         -- a reason of the same file, or empty
  state text not null check (state in ('asked', 'granted', 'declined', 'delivered', 'withdrawn')),
  state_since date not null,
  asked_on date not null,
  granted_on date,
  cost bigint,                    -- đồng, as granted
  source text not null,           -- city, district, commune, social, own, other
  provider_id text references body (id),
  granted_no text not null,
  due_on date,
  delivered_on date,
  spent bigint,                   -- đồng, in the end
  effect text not null,
  effect_on date,
  asked_effect_on date,           -- when the effect was asked for
  reason text not null,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index aid_state on aid (state, id);
create index aid_producer on aid (producer_id, id);
create index aid_unit on aid (unit_id, id);
create index aid_granted on aid (granted_on);
create index aid_delivered on aid (state, delivered_on);

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
create index blank_use_day on blank_use (day, batch_id, serial);
create unique index blank_use_certificate on blank_use (certificate_id);
