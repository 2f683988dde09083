-- Score sheets of the law: what somebody found when he compared the wording we ship with the gazette. A sheet whose wording
-- changes is compared anew, so the wording stands here by its digest.
create table sheet_check (
  id text primary key,
  sheet text not null,              -- the product set that it marks
  digest text not null,             -- of its wording
  outcome text not null,            -- same, differs
  source text not null,             -- which print was read
  note text not null,               -- what differs
  checked_by text not null references person (id),
  checked_on date not null,
  created_at timestamptz not null
);
create index sheet_check_sheet on sheet_check (sheet, id);
