-- Who was told what, and what they said: portals answer for many entries at once and take it back; places that sell are told in
-- one mail a day why a product has to go; a call knows whom it reached; what nobody saw on a shelf is asked.

-- What a portal, or staff for it, said of entries: of one, of a whole list, or of a file.
create table listing_answer (
  id text primary key,
  outlet_id text not null references outlet (id),
  said text not null check (said in ('shown', 'gone')),
  how text not null check (how in ('one', 'list', 'file')),
  url text not null,
  by_name text not null,
  number bigint not null,          -- entries it speaks for
  faults text not null,            -- of a file: what was wrong in it, a line each
  made_by text not null,           -- 'outlet:ID', or a person
  made_at timestamptz not null,
  said_at timestamptz,             -- empty: a file that was compared and not confirmed yet
  undone_at timestamptz
);
create index listing_answer_outlet on listing_answer (outlet_id, id);

-- The entries of an answer that was not for a whole list, with what each was before.
create table listing_answer_line (
  answer_id text not null references listing_answer (id),
  point_id text not null references point (id),
  url text not null,
  before_on date,                  -- confirmed already, at another address
  before_url text not null,
  before_by text not null,
  primary key (answer_id, point_id)
);

-- which answer brought an entry where it is
alter table listing add column answer_id text not null default '';
create index listing_answered on listing (answer_id) where answer_id <> '';

-- a chain without an account can be told
alter table chain add column mail text not null default '';

-- when everybody concerned had been told the reason, and how far a task that is late has risen (as findings do)
alter table takedown add column why text not null default '';      -- the reason in words, with its paper and day
alter table takedown add column told_on date;
alter table takedown add column level bigint not null default 1;
update takedown set told_on = asked_on;
create index takedown_untold on takedown (id) where told_on is null and done_on is null;
create table takedown_told (
  takedown_id text not null references takedown (id),
  reader text not null,            -- digest of the mail address
  why text not null,
  told_on date not null,
  primary key (takedown_id, reader)
);
create index takedown_told_on on takedown_told (told_on, reader);

-- Whether an addressee of a call was reached: by the mail of an account, or by a paper that somebody sent.
alter table call_answer add column reached_on date;
alter table call_answer add column reached_how text not null default '';   -- account | paper
alter table call_answer add column reached_by text not null default '';    -- who sent the paper: role and body
update call_answer set reached_how = 'account', reached_on = (select c.issued_on from proposal_call c where c.id = call_answer.call_id)
  where state <> 'waiting' or exists (select 1 from role_grant g join person p on p.id = g.person_id where p.status = 'active' and p.email is not null
    and (g.body_id = call_answer.body_id or g.unit_id = call_answer.unit_id));

-- Not seen on the shelf at a visit: the point says whether it still sells the product there.
create table shelf_question (
  id text primary key,
  inspection_id text not null references inspection (id),
  connection_id text not null references connection (id),
  product_id text not null references product (id),
  point_id text not null references point (id),
  seen_on date not null,           -- the day of the visit
  asked_on date not null,
  due_on date not null,
  answer text not null check (answer in ('', 'selling', 'gone', 'silent', 'over')),
  answered_on date,
  answered_by text not null,       -- role and body; empty: the clock
  note text not null,
  created_at timestamptz not null
);
create unique index shelf_question_open on shelf_question (connection_id) where answer = '';
create index shelf_question_due on shelf_question (answer, due_on, id);
create index shelf_question_point on shelf_question (point_id, answer, due_on);
create index shelf_question_inspection on shelf_question (inspection_id);

-- what the inspector chose for goods outside the ledger: 'propose', 'finding', or nothing yet
alter table shelf_seen add column course text not null default '';
