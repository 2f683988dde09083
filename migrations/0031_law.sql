-- What the law and the pack of the program said when they were learnt, entry by entry: what a past day is answered by, and
-- what a newer program is compared with.
create table law_entry (
  list text not null,
  id text not null,
  begins text not null,
  valid_from date,
  valid_to date,
  body text not null,
  learnt_at timestamptz not null,
  primary key (list, id, begins)
);

-- Tasks of a plan as its paper words them: one lead, those who work with it.
create table plan_task (
  plan_id text not null references plan (id),
  place bigint not null,
  text text not null,
  lead text not null,               -- id of a body, or a class of bodies in words
  cooperating text not null,        -- the same, one a line
  clause text not null,
  primary key (plan_id, place)
);
