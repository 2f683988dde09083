-- Programs: tokens that act under one grant of a person, and the answers kept so that a repeated request is done once.

create table api_token (
  id text primary key,
  digest text not null,            -- of the token; the token itself is shown once
  person_id text not null references person (id),
  grant_id text not null references role_grant (id),
  name text not null,
  may_write boolean not null,
  created_at timestamptz not null,
  expires_on date not null,        -- last day
  last_used_on date,
  revoked_at timestamptz
);
create unique index api_token_digest on api_token (digest);
create index api_token_person on api_token (person_id, created_at);

-- One row a finished request that carried an Idempotency-Key; written in the transaction of what it did.
create table api_key_use (
  token_id text not null references api_token (id),
  key text not null,
  request text not null,           -- digest of method, path, If-Match and body
  status bigint not null,
  etag text not null,
  location text not null,
  body text not null,
  created_at timestamptz not null,
  primary key (token_id, key)
);
create index api_key_use_created on api_key_use (created_at);
