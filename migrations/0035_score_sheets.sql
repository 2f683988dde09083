-- Score sheets that were brought in by file, and the wording of every sheet by which a dossier was sent. A wording is never
-- changed: a corrected one is another row.
create table score_sheet (
  digest text primary key,          -- of the wording
  set_id text not null,             -- the product set that it marks
  body text not null,               -- the sheet, as JSON
  source text not null,             -- name of the file it came from; empty where it is shipped
  used_since timestamptz,           -- since when it is the sheet of its set; null where it never was, or no more
  created_by text not null,
  created_at timestamptz not null
);
create unique index score_sheet_used on score_sheet (set_id) where used_since is not null;
