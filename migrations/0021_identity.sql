-- Who is who: names compared exactly, what a person has to say about names that are near, and two bodies that are one.

alter table body add column name_key text not null default '';    -- the name where every mark counts: case, blanks, quotes and the place of a tone do not
alter table body add column near_key text not null default '';    -- the name without marks, blanks, abbreviations and legal form: finds names to ask about
alter table body add column joined_to text references body (id);  -- the body that this one is, as a person said; empty: it stands for itself
create index body_name_key on body (name_key);
create index body_near_key on body (near_key);
create index body_joined on body (joined_to);

-- "Is this the same body?": a name of a file that is near to known ones, asked once.
create table body_question (
  id text primary key,
  key text not null,              -- what was typed: key of the name, tax code, unit of today, kind
  name text not null,
  name_key text not null,
  kind text not null,
  tax_code text not null,
  unit_id text references unit (id),
  state text not null check (state in ('open', 'answered', 'dropped')),
  answered_by text not null,
  answered_name text not null,    -- role and body of whoever answered
  answered_at timestamptz,
  created_at timestamptz not null
);
create unique index body_question_key on body_question (key);
create index body_question_name on body_question (name_key);
create index body_question_state on body_question (state, id);

-- The bodies it may be, and for each what was answered.
create table body_candidate (
  question_id text not null references body_question (id),
  body_id text not null references body (id),
  why text not null,              -- what is alike, or speaks against it
  answer text not null check (answer in ('', 'same', 'other')),
  primary key (question_id, body_id)
);
create index body_candidate_body on body_candidate (body_id);

-- Rows of files that wait for the answer, as they stood, so that they can be read again.
create table waiting_row (
  id text primary key,
  question_id text not null references body_question (id),
  import text not null,           -- kind of the job that reads such files
  digest text not null,           -- of header and cells: a row waits once however often its file comes
  file text not null,
  number bigint not null,         -- of the row, as the spreadsheet counts
  header text not null,           -- names of the columns, JSON
  cells text not null,            -- values, JSON
  options text not null,          -- what was said of the file as a whole, JSON; empty: nothing
  state text not null check (state in ('waiting', 'ready', 'written', 'refused', 'dropped')),
  outcome text not null,          -- why it was refused
  asked_by text not null,
  asked_name text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index waiting_row_digest on waiting_row (import, digest);
create index waiting_row_question on waiting_row (question_id, state, id);
create index waiting_row_waiting on waiting_row (import, question_id) where state = 'waiting';
create index waiting_row_ready on waiting_row (import, file, header, options, number, id) where state = 'ready';

-- Two bodies that are one: who said so, which rows moved, and whether they were parted again.
create table body_join (
  id text primary key,
  joined_id text not null references body (id),
  into_id text not null references body (id),
  reason text not null,
  joined_by text not null,
  joined_name text not null,
  joined_at timestamptz not null,
  parted_by text not null,
  parted_name text not null,
  parted_at timestamptz
);
create index body_join_joined on body_join (joined_id);
create index body_join_into on body_join (into_id);

create table body_join_row (
  join_id text not null references body_join (id),
  place text not null,            -- table and column: 'product.producer_id'
  row_key text not null,
  primary key (join_id, place, row_key)
);
