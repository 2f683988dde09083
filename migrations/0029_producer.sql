-- Producers that registered themselves: who somebody says to be, until whoever knows them has said so.
create table producer_claim (
  id text primary key,
  body_id text not null references body (id),     -- the body as it registered itself; the one it is, once joined
  person_id text references person (id),          -- empty: the mail address belongs to an account that was left alone
  unit_id text references unit (id),              -- the commune of today, if it is certain
  tax_code text not null,                         -- as typed; the body has it only if nobody else has
  products text not null,
  contact text not null,
  phone text not null,
  email text not null,
  state text not null check (state in ('waiting', 'accepted', 'refused')),
  reason text not null,
  made_at timestamptz not null,
  settled_name text not null,
  settled_at timestamptz,
  version bigint not null
);
create index producer_claim_state on producer_claim (state, unit_id, id);
create index producer_claim_body on producer_claim (body_id, id);
