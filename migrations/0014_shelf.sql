-- What stood on the shelves at an inspection: each product looked for or met, and how it stood on that day.

create table shelf_seen (
  inspection_id text not null references inspection (id),
  product_id text not null references product (id),
  seen boolean not null,          -- false: the ledger has it there, but it was not there
  in_ledger boolean not null,     -- whether the ledger had it on the shelf that day
  state text not null,            -- how it stood that day
  stars bigint,
  fault text not null,            -- why it may not stand in the OCOP zone: lapsed, withdrawn, claim; empty: it may
  note text not null,
  seen_by text not null,
  seen_at timestamptz not null,
  primary key (inspection_id, product_id)
);
create index shelf_seen_product on shelf_seen (product_id, inspection_id);
