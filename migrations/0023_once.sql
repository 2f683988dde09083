-- One form makes one record, one point has one open inspection.

-- Forms that were taken: a form that comes again, or eight times at once, is answered with what its first sending led to.
create table form_once (
  mark text primary key,          -- digest of the form's one-time key and of all that it said
  answer text not null,           -- where the first sending led; empty while it is under way
  taken_at timestamptz not null
);
create index form_once_taken on form_once (taken_at);
