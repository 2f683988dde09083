-- Re-grading that was refused, findings that lead to withdrawal, days off by which deadlines move.

alter table certificate add column file_refused_on date;                        -- day of the decision not to recognise again
alter table certificate add column file_refused_no text not null default '';    -- its number
-- certificates of which nobody knows on what their last day rests
create index certificate_end_asked on certificate (product_id) where end_rule = '';
-- certificates that run on
create index certificate_running on certificate (valid_to) where runs_to is not null;

-- a finding, or a commune's word that production stopped, on which a certificate has to be withdrawn within days
create table withdrawal (
  id text primary key,
  certificate_id text not null references certificate (id),
  product_id text not null references product (id),
  ground text not null,
  found_on date not null,
  found_by text not null,          -- who found it, with the number of the paper
  due_on date not null,            -- last day for the decision
  outcome text not null default '' check (outcome in ('', 'withdrawn', 'kept')),
  done_on date,
  note text not null default '',
  created_by text not null,
  created_at timestamptz not null
);
create index withdrawal_open on withdrawal (due_on, id) where outcome = '';
create index withdrawal_certificate on withdrawal (certificate_id);

create table day_off (
  day date primary key,
  name text not null,
  reason text not null,
  set_by text not null,
  set_at timestamptz not null
);
