-- The way of a point to its opening: who sees to it, by when what is due, who met about it, which papers its products have.

-- Bodies that see to a point: one leads, others help. A division is a body below its agency.
create table point_duty (
  point_id text not null references point (id),
  body_id text not null references body (id),
  part text not null check (part in ('lead', 'with')),
  since date not null,
  primary key (point_id, body_id)
);
create unique index point_duty_lead on point_duty (point_id) where part = 'lead';
create index point_duty_body on point_duty (body_id, point_id);

-- Deadlines of a point, each with what it is for and the paper or agreement that sets it. Nearest open one: point.due_on.
create table point_deadline (
  id text primary key,
  point_id text not null references point (id),
  what text not null,             -- 'opening' | 'report' | 'complete' | 'other'
  note text not null,             -- in words, where 'what' does not say it
  due_on date not null,
  source text not null,
  moved_from date,                -- its day before it was moved the last time
  moved_why text not null,
  done_on date,
  dropped_why text not null,      -- taken back as entered wrongly; empty: it stands
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
create index point_deadline_point on point_deadline (point_id, due_on);
create index point_deadline_open on point_deadline (due_on, id) where done_on is null and dropped_why = '';
insert into point_deadline (id, point_id, what, note, due_on, source, moved_why, done_on, dropped_why, version, created_by, created_at)
  select 'opening-' || n.point_id, n.point_id, 'opening', '', n.deadline, n.deadline_source, '', p.opened_on, '', 1, 'system', p.updated_at
  from preparation n join point p on p.id = n.point_id where n.deadline is not null;
alter table preparation drop column deadline;
alter table preparation drop column deadline_source;

-- Working sessions about a point, and meetings of the households that will sell there.
create table meeting (
  id text primary key,
  point_id text not null references point (id),
  kind text not null check (kind in ('households', 'session', 'other')),
  title text not null,
  held_on date not null,
  place text not null,
  chair text not null,            -- who led it
  agreed text not null,           -- what was agreed, a line each
  item text not null,             -- 'prepare/premises': item of the checklist that it fed; empty: none
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
create index meeting_point on meeting (point_id, held_on);
create table meeting_guest (
  meeting_id text not null references meeting (id),
  seq bigint not null,
  name text not null,             -- may be empty where a body came
  body_name text not null,        -- as written
  body_id text references body (id),
  primary key (meeting_id, seq)
);

-- Papers of each product that a point sells (giấy chứng nhận, tem, nhãn …); kinds are data of the law.
create table product_paper (
  point_id text not null references point (id),
  product_id text not null references product (id),
  kind text not null,
  state text not null check (state in ('have', 'lacking', 'not_needed')),
  paper_on date,                  -- day on the paper
  note text not null,             -- number, or why it is not needed
  noted_by text not null,
  noted_at timestamptz not null,
  primary key (point_id, product_id, kind)
);
-- Kinds that an administrator added.
create table product_paper_kind (
  id text primary key,
  text text not null,
  source text not null,
  created_by text not null,
  created_at timestamptz not null
);

-- An association proposes connections for the points it stands by.
alter table connection add column proposer text not null default 'office' check (proposer in ('producer', 'seller', 'office', 'association'));
update connection set proposer = proposed_by;
alter table connection drop column proposed_by;
alter table connection rename column proposer to proposed_by;

-- A surveyor was stopped, as no set of criteria applies on the day; leaders were told.
create table criteria_ask (
  point_id text primary key references point (id),
  day date not null,              -- the day that lacks a set
  asked_by text not null,
  asked_at timestamptz not null
);
