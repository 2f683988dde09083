-- The local rules by which a council works (Quy chế): dated, empty until somebody enters them.
create table procedure (
  id text primary key,
  title text not null,                  -- what it is called: "Quy chế ban hành kèm Quyết định số …"
  from_on date not null,
  to_on date,                           -- first day no longer
  quorum_of bigint not null,            -- at least so many …
  quorum_in bigint not null,            -- … of so many members must have come
  spread bigint,                        -- most points between the highest and the lowest total; none: no limit
  lead_days bigint not null,            -- working days before the sitting by which papers are out; 0: not said
  minimum text not null check (minimum in ('each', 'most', 'settled')),
  secretary_marks boolean not null,
  expert_marks boolean not null,
  visits text not null,                 -- when a place is visited, in words
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);

-- A sitting of a council, or a round of written opinions.
create table sitting (
  id text primary key,
  panel_id text not null references panel (id),
  kind text not null check (kind in ('meeting', 'written')),
  title text not null,
  held_on date not null,                -- of written opinions: the day by which they are due
  place text not null,
  state text not null check (state in ('planned', 'open', 'closed')),
  procedure_id text references procedure (id),
  papers_on date,                       -- day on which the papers went out
  members bigint not null,              -- who counts for the quorum, once it was opened
  came bigint not null,
  opened_at timestamptz,
  closed_at timestamptz,
  closed_by text not null,
  minutes text not null,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
create index sitting_list on sitting (held_on, id);
create index sitting_panel on sitting (panel_id);

-- Who came.
create table sitting_seat (
  sitting_id text not null references sitting (id),
  member_id text not null references panel_member (id),
  chairs boolean not null,
  primary key (sitting_id, member_id)
);

-- A dossier on the agenda.
create table sitting_item (
  id text primary key,
  sitting_id text not null references sitting (id),
  dossier_id text not null references dossier (id),
  seq bigint not null,
  state text not null check (state in ('planned', 'marking', 'settled')),
  turn bigint not null,                 -- 1; 2 after a discussion
  case_id text not null,                -- the case of the sheet that applies
  discussion text not null,             -- what was said where marks lay far apart
  settled_minima text not null,         -- JSON: what the discussion found on disputed lines
  heads bigint not null,                -- sheets that count
  total bigint not null,                -- sum of their totals
  least bigint not null,
  most bigint not null,
  star bigint not null,
  ended text not null,                  -- what ended the marking
  settled_at timestamptz,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
create unique index sitting_item_once on sitting_item (sitting_id, dossier_id);
create index sitting_item_dossier on sitting_item (dossier_id);

-- What ties a member to a producer, so that it neither reads nor marks what that one makes.
create table tie (
  id text primary key,
  member_id text not null references panel_member (id),
  body_id text not null references body (id),
  kind text not null check (kind in ('declared', 'found')),
  what text not null,
  lifted_reason text not null,          -- why one that was found is none
  created_by text not null,
  created_at timestamptz not null
);
create index tie_member on tie (member_id, body_id);
create index tie_body on tie (body_id);

-- The sheet of a member for an item and a turn.
create table mark_sheet (
  id text primary key,
  item_id text not null references sitting_item (id),
  member_id text not null references panel_member (id),
  turn bigint not null,
  submitted_at timestamptz,
  points bigint not null,               -- computed when it was submitted
  star bigint not null,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
create unique index mark_sheet_once on mark_sheet (item_id, member_id, turn);
create index mark_sheet_member on mark_sheet (member_id);

-- Marks are only ever added: of several for a line the last counts.
create table mark (
  id text primary key,
  sheet_id text not null references mark_sheet (id),
  no text not null,                     -- number of the criterion, or the word of what ends the marking
  answer bigint not null,               -- place of the answer; -1: taken back
  reason text not null,                 -- why it is another than before
  created_at timestamptz not null
);
create index mark_sheet_marks on mark (sheet_id, id);
