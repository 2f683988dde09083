-- Drafts that only fill empty groups of a set that is in force: the same law, read further.
create table criteria_fill (
  draft_id text primary key references criteria_set (id),
  set_id text not null references criteria_set (id),
  filled_at timestamptz             -- when its groups went into the set; empty: not yet
);
create index criteria_fill_set on criteria_fill (set_id);
