-- The ground: what happened, who may, where, who is who, by which law.
-- One text for SQLite and PostgreSQL: text, bigint, boolean, double precision, date, timestamptz only.

-- Facts about the store itself: pack, demo, schema notes.
create table meta (
  name text primary key,
  value text not null
);

-- The journal is append-only and hash-chained; appends lock the one head row.
create table journal_head (
  id bigint primary key check (id = 1),
  seq bigint not null,
  hash text not null
);
insert into journal_head (id, seq, hash) values (1, 0, '');

create table journal (
  seq bigint primary key,
  at timestamptz not null,
  actor text not null,          -- person id, or 'system', or 'public'
  actor_name text not null,     -- role and body at that moment, no personal name
  verb text not null,
  subject_kind text not null,
  subject_id text not null,
  detail text not null,         -- the change itself, JSON, inside the hash
  hash text not null
);
create index journal_subject on journal (subject_kind, subject_id, seq);

-- Personal values live outside the chain, which holds their salted digests, so they can be erased.
create table journal_personal (
  seq bigint not null references journal (seq),
  field text not null,
  salt text not null,
  value text not null,
  primary key (seq, field)
);

-- Places. A code may be used again for another territory, so the id carries its period.
create table unit (
  id text primary key,
  code text not null,
  level text not null check (level in ('province', 'district', 'commune')),
  kind text not null,
  name text not null,
  full_name text not null,
  name_fold text not null,
  parent_id text references unit (id),
  valid_from date,              -- empty: before anything recorded here
  valid_to date,                -- first day no longer valid; empty: still valid
  lon double precision,
  lat double precision,
  source text not null,
  note text not null
);
create index unit_name on unit (name_fold);

create table unit_successor (
  unit_id text not null references unit (id),
  successor_id text not null references unit (id),
  share text not null check (share in ('whole', 'part')),
  primary key (unit_id, successor_id)
);

-- Agencies, divisions, firms, cooperatives, households, associations: everybody who is not a person.
create table body (
  id text primary key,
  kind text not null,
  name text not null,
  name_fold text not null,
  short text not null,
  parent_id text references body (id),
  unit_id text references unit (id),
  tax_code text,
  address text not null,
  phone text not null,
  valid_from date,
  valid_to date,
  source text not null,
  note text not null,
  demo boolean not null,
  version bigint not null,
  created_at timestamptz not null
);
create unique index body_tax_code on body (tax_code);
create index body_name on body (name_fold);
create index body_parent on body (parent_id);
create index body_unit on body (unit_id);

create table body_successor (
  body_id text not null references body (id),
  successor_id text not null references body (id),
  primary key (body_id, successor_id)
);

-- What a body may do, as words the code knows (accept, select, survey, …).
create table body_power (
  body_id text not null references body (id),
  power text not null,
  primary key (body_id, power)
);

-- People who sign in.
create table person (
  id text primary key,
  name text not null,
  name_fold text not null,
  email text,
  phone text not null,
  file_code text,               -- sign-in without mail: a file code and a PIN
  password_hash text not null,  -- empty until chosen
  status text not null check (status in ('invited', 'unconfirmed', 'active', 'disabled')),
  demo boolean not null,
  version bigint not null,
  created_at timestamptz not null
);
create unique index person_email on person (email);
create unique index person_file_code on person (file_code);

-- A person holds a role in a body from–to; unit is the tree below which rows are seen.
create table role_grant (
  id text primary key,
  person_id text not null references person (id),
  role text not null,
  body_id text not null references body (id),
  unit_id text references unit (id),
  valid_from date not null,
  valid_to date
);
create index role_grant_person on role_grant (person_id);
create index role_grant_role on role_grant (role, unit_id);
create index role_grant_body on role_grant (body_id);

create table session (
  digest text primary key,      -- of the cookie's secret
  person_id text not null references person (id),
  grant_id text not null references role_grant (id),
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null
);
create index session_person on session (person_id);
create index session_expires on session (expires_at);

-- One-time links: an invitation, a mail confirmation, a new password.
create table ticket (
  digest text primary key,
  person_id text not null references person (id),
  purpose text not null check (purpose in ('invite', 'mail', 'reset')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index ticket_person on ticket (person_id);

-- Failed sign-ins by account and by address, for throttling.
create table attempt (
  name text primary key,
  failures bigint not null,
  last_at timestamptz not null,
  blocked_until timestamptz
);

-- Law is data: instruments, criteria sets, and the recorded decision to go on applying one.
create table instrument (
  id text primary key,
  number text not null,         -- as printed; 'không rõ' allowed
  kind text not null,
  issuer text not null,
  issued_on date,
  title text not null,
  valid_from date,
  valid_to date,
  supersedes text not null,     -- ids, separated by spaces
  confidence text not null,
  source text not null,
  note text not null
);

create table criteria_set (
  id text primary key,
  title text not null,
  instrument_id text references instrument (id),
  status text not null check (status in ('draft', 'in_force')),
  overlay boolean not null,
  scope_unit text,
  valid_from date,
  valid_to date,
  origin text not null check (origin in ('law', 'admin')),
  based_on text references criteria_set (id),
  confidence text not null,
  source text not null,
  note text not null,
  version bigint not null
);

create table criteria_group (
  set_id text not null references criteria_set (id),
  id text not null,
  place bigint not null,
  title text not null,
  clause text not null,
  state text not null check (state in ('known', 'partial', 'unknown')),
  note text not null,
  primary key (set_id, id)
);

create table criterion (
  set_id text not null,
  group_id text not null,
  id text not null,
  place bigint not null,
  text text not null,
  rule text not null check (rule in ('all', 'any')),
  place_kind text not null,     -- the kind of place this item describes, or empty
  clause text not null,
  instrument_id text references instrument (id),
  confidence text not null,
  note text not null,
  primary key (set_id, id),
  foreign key (set_id, group_id) references criteria_group (set_id, id)
);

-- A period may end without a successor: someone decides to go on applying a named set ("vận dụng").
create table application (
  id text primary key,
  set_id text not null references criteria_set (id),
  valid_from date not null,
  valid_to date,
  number text not null,         -- of the deciding paper; may be empty when a reason is given
  decided_on date,
  reason text not null,
  decided_by text not null,
  created_at timestamptz not null
);

-- Plans of the city: targets and deadlines.
create table plan (
  id text primary key,
  number text not null,
  issued_on date,
  issuer text not null,
  title text not null,
  year bigint not null,
  confidence text not null,
  source text not null,
  note text not null
);

create table plan_target (
  plan_id text not null references plan (id),
  id text not null,
  what text not null,
  per text not null,
  unit_id text references unit (id),
  least bigint,
  most bigint,
  valid_from date not null,
  valid_to date not null,
  clause text not null,
  text text not null,
  primary key (plan_id, id)
);

create table plan_deadline (
  plan_id text not null references plan (id),
  id text not null,
  what text not null,
  due_on date not null,
  text text not null,
  clause text not null,
  source text not null,
  primary key (plan_id, id)
);

-- Work queued in the caller's transaction.
create table job (
  id text primary key,
  kind text not null,
  payload text not null,
  state text not null check (state in ('waiting', 'running', 'done', 'failed')),
  attempts bigint not null,
  run_at timestamptz not null,
  done bigint not null,         -- progress of long work
  total bigint not null,
  outcome text not null,
  owner text not null,          -- who asked for it: person id or 'system'
  created_at timestamptz not null,
  finished_at timestamptz
);
create index job_waiting on job (state, run_at);

-- Files lie in the data folder by digest; this is what is known of them.
create table file (
  id text primary key,
  kind text not null,           -- 'picture' or 'upload'
  name text not null,           -- as the person named it
  digest text not null,         -- of what was sent, before cleaning
  width bigint not null,
  height bigint not null,
  bytes bigint not null,
  created_by text not null,
  created_at timestamptz not null
);

-- Which thing a file belongs to.
create table attachment (
  id text primary key,
  file_id text not null references file (id),
  subject_kind text not null,
  subject_id text not null,
  field text not null,
  caption text not null,
  lon double precision,
  lat double precision,
  is_public boolean not null,
  created_at timestamptz not null
);
create index attachment_subject on attachment (subject_kind, subject_id);
create index attachment_file on attachment (file_id);
