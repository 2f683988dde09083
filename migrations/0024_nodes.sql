-- Several nodes on one store: work in lanes under short leases, the day's work slice by slice, keys that all nodes sign with,
-- and what one node tells the others.

-- 'mail', 'work', 'day', 'long': work of one lane never waits for that of another
alter table job add column lane text not null default 'work';
-- the claim under which it runs: who holds another one no longer may end it
alter table job add column holder text not null default '';
-- how often a process ended while it ran
alter table job add column lost bigint not null default 0;
-- kind and payload of work of which one runs at a time
alter table job add column once text;
-- what is being done now, beside done and total
alter table job add column stage text not null default '';

update job set lane = 'mail' where kind = 'mail';
update job set lane = 'long' where kind in ('import_points', 'import_products', 'waiting_rows');
update job set once = kind || ' ' || payload where kind in ('point_changed', 'product_changed', 'product_ended', 'bodies_joined', 'publication_fill', 'publication_send');
-- each slice has its own job of the day from here on
update job set state = 'done', finished_at = created_at where kind = 'daily' and state in ('waiting', 'running');
delete from meta where name = 'daily';
-- no process that knows the old leases runs beside this schema
update job set state = 'waiting', run_at = created_at where state = 'running';

drop index job_waiting;
create index job_due on job (lane, run_at, id) where state in ('waiting', 'running');
create unique index job_once on job (once) where state = 'running';
create unique index job_day on job (kind, payload) where lane = 'day';
create index job_ended on job (state, finished_at);

-- keys of the installation: signing of feeds, secrets of links
create table secret_key (
  name text primary key,
  value text not null,             -- base64
  made_at timestamptz not null
);

-- how often something that nodes hold in memory was changed
create table change (
  name text primary key,
  number bigint not null
);
