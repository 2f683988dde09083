-- Samples of a product and laboratory tests that a case asks for: asked, taken, sent, result, what followed.
create table dossier_sample (
  id text primary key,
  dossier_id text not null references dossier (id),
  kind text not null check (kind in ('sample', 'test')),
  what text not null,
  quantity bigint not null,
  asked_on date not null,
  due_on date,
  taken_on date,
  sent_on date,
  lab text not null,                -- where it was sent
  result_on date,
  result text not null check (result in ('', 'pass', 'fail')),
  report text not null,             -- number and words of the result
  follow_up text not null,          -- what was done about a result that failed
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
create index dossier_sample_dossier on dossier_sample (dossier_id, id);

-- Lists go by id within a unit or a producer; their counts are read from an index alone.
create index dossier_unit_list on dossier (unit_id, id);
create index dossier_producer_list on dossier (producer_id, id);
create index dossier_unit_count on dossier (unit_id, state, sent_on);

-- What the system itself knew for an answer on the day the dossier was sent.
create table dossier_fact (
  dossier_id text not null references dossier (id),
  no text not null,                 -- number of the criterion
  seq bigint not null,
  title text not null,
  href text not null,
  primary key (dossier_id, no, seq)
);

-- Two bodies are one because they were recorded twice, or because one became the other on a day.
alter table body_join add column kind text not null default 'same';
alter table body_join add column happened_on date;
alter table body_join add column basis text not null default '';
