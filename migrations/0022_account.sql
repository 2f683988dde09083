-- What is known of a sign-in, devices a person signed in on before, and what an account was before it was locked.
alter table person add column before_lock text not null default '';

alter table session add column device text not null default '';
alter table session add column address text not null default '';
alter table session add column rest_hours bigint not null default 72;

-- A long-lived cookie's secret by its digest: whoever comes with it is not kept out by the guesses of others.
create table device (
  digest text not null,
  person_id text not null references person (id),
  created_at timestamptz not null,
  seen_at timestamptz not null,
  primary key (digest, person_id)
);
create index device_person on device (person_id);
create index device_seen on device (seen_at);
