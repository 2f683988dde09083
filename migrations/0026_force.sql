-- What is asked for of the law by one person and confirmed by another: a set that comes into force, a period put right.
create table force_request (
  id text primary key,
  set_id text not null references criteria_set (id),
  set_version bigint not null,      -- as it was when it was asked
  valid_from date not null,
  valid_to date,                    -- first day no longer; empty: no end is stated
  reason text not null,
  state text not null check (state in ('open', 'confirmed', 'dropped')),
  asked_by text not null,
  asked_name text not null,
  asked_at timestamptz not null,
  settled_by text not null,
  settled_name text not null,
  settled_at timestamptz
);
create unique index force_request_open on force_request (set_id) where state = 'open';
