-- A producer's dossier for the evaluation of a product: the answers of its self-assessment are the dossier.
create table dossier (
  id text primary key,
  product_id text not null references product (id),
  producer_id text not null references body (id),
  unit_id text references unit (id),            -- the commune of today that it goes to
  kind text not null check (kind in ('first', 'upgrade', 'regrade')),
  sheet text not null,                          -- the product set whose sheet it answers
  sheet_digest text not null,                   -- of the wording it answers
  state text not null check (state in ('draft', 'sent', 'returned', 'proposed', 'withdrawn')),
  state_since date not null,
  marks text not null,                          -- the answers, as JSON
  news text not null,                           -- what changed since the last grading
  points bigint not null,                       -- what the answers come to
  star bigint not null,
  answered bigint not null,
  asked bigint not null,
  sent_on date,
  due_on date,                                  -- last day of the commune
  receipt text not null,                        -- empty until it is sent
  digest text not null,                         -- of what was sent
  reason text not null,                         -- what has to be added, when it was returned
  findings text not null,                       -- of the commune, as JSON
  report_no text not null,
  reported_on date,
  once text,                                    -- the product, while it runs
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index dossier_once on dossier (once);
create index dossier_product on dossier (product_id, id);
create index dossier_producer on dossier (producer_id, state, id);
create index dossier_unit on dossier (unit_id, state, id);
create index dossier_state on dossier (state, state_since, id);

-- What a producer says beside an answer.
create table dossier_line (
  dossier_id text not null references dossier (id),
  no text not null,                             -- number of the criterion
  words text not null,
  primary key (dossier_id, no)
);

-- The wallet of a producer: each paper once, whatever products and years it proves something for.
create table evidence (
  id text primary key,
  body_id text not null references body (id),
  title text not null,
  issuer text not null,
  number text not null,
  issued_on date,
  valid_to date,                                -- first day no longer
  withdrawn_on date,
  withdrawn_reason text not null,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
create index evidence_body on evidence (body_id, id);

-- Which paper proves which answer.
create table evidence_use (
  dossier_id text not null references dossier (id),
  no text not null,
  evidence_id text not null references evidence (id),
  pages text not null,                          -- where in it
  primary key (dossier_id, no, evidence_id)
);
create index evidence_use_evidence on evidence_use (evidence_id);
