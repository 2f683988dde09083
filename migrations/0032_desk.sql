-- How people work: filters they keep, work that is handed on, who stands in for whom, what is said beside a record, mails that
-- are gathered.

-- A filter of a list under a name of its own.
create table kept_filter (
  id text primary key,
  person_id text not null references person (id),
  path text not null,               -- of the list
  name text not null,
  query text not null,              -- as it stands in the address
  created_at timestamptz not null
);
create unique index kept_filter_name on kept_filter (person_id, path, name);

-- A role that is held for somebody who is away.
alter table role_grant add column stands_for text references person (id);
create index role_grant_stands_for on role_grant (stands_for);

-- Work that one person of a body gave another.
create table handed (
  id text primary key,
  body_id text not null references body (id),
  thing text not null,              -- path of the page where it is done
  title text not null,
  to_person text not null references person (id),
  by_person text not null references person (id),
  note text not null,
  due_on date,
  created_at timestamptz not null,
  done_at timestamptz
);
create index handed_open on handed (body_id, thing) where done_at is null;
create index handed_to on handed (to_person);

-- What is said beside a record.
create table remark (
  id text primary key,
  thing text not null,              -- path of the record
  person_id text not null references person (id),
  signed text not null,             -- role and body it was said in
  text text not null,
  shared boolean not null,          -- read by the business and the association too
  created_at timestamptz not null
);
create index remark_thing on remark (thing, id);
create index remark_person on remark (person_id);

-- Who was named in it.
create table mention (
  remark_id text not null references remark (id),
  person_id text not null references person (id),
  read_at timestamptz,
  primary key (remark_id, person_id)
);
create index mention_unread on mention (person_id) where read_at is null;

-- Addresses that get one letter a day, and what they are kept for that letter.
create table mail_daily (
  address text primary key
);
create table mail_held (
  id text primary key,
  address text not null,
  name text not null,
  subject text not null,
  text text not null,
  created_at timestamptz not null
);
create index mail_held_address on mail_held (address, id);
