-- Who represents a producer by law, as the forms of a dossier ask it. Ethnic origin and disability are sensitive: told only with
-- consent, read only by the case's officers, in no list, export, journal or interface, and erased without touching the marks.
create table dossier_person (
  id text primary key references dossier (id),
  name text not null,
  post text not null,
  sex text not null,                -- female, male; empty where it is not told
  address text not null,            -- permanent address
  ethnic text not null,
  disability text not null,
  consent text not null,            -- self: the representative ticked it; paper: a signed one is attached; empty where none is needed
  consented_on date,
  erased_on date,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
