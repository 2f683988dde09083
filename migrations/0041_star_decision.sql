-- The decision on a sitting of the council: one number and day for all its products.
create table star_decision (
  id text primary key,
  sitting_id text not null references sitting (id),
  number text not null,
  decided_on date not null,
  body text not null,                   -- who decided, as printed
  signer text not null,
  created_by text not null,
  created_at timestamptz not null
);
create unique index star_decision_once on star_decision (sitting_id);

-- What it says of each product.
create table star_outcome (
  decision_id text not null references star_decision (id),
  item_id text not null references sitting_item (id),
  dossier_id text not null references dossier (id),
  outcome text not null check (outcome in ('granted', 'central', 'refused')),
  star bigint not null,
  certificate_id text references certificate (id),
  reasons text not null,                -- why it is not recognised, a line each
  primary key (decision_id, item_id)
);
create index star_outcome_dossier on star_outcome (dossier_id);
