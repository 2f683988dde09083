-- Bodies made by a decision: councils, advisory teams, steering committees, working groups, delegations.
create table panel (
  id text primary key,
  kind text not null check (kind in ('council', 'advisory', 'steering', 'working', 'delegation')),
  name text not null,
  body_id text not null references body (id),   -- who set it up
  decision_no text not null,
  decided_on date not null,
  from_on date not null,
  to_on date,                                   -- first day no longer
  end_paper text not null,                      -- by what it ended
  note text not null,
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
create index panel_list on panel (kind, id);
create index panel_body on panel (body_id);

-- Who sits in one, from–to.
create table panel_member (
  id text primary key,
  panel_id text not null references panel (id),
  part text not null check (part in ('chair', 'deputy', 'secretary', 'member', 'expert')),
  name text not null,
  post text not null,                           -- chức vụ
  agency text not null,                         -- as the decision names it
  body_id text references body (id),            -- the same agency, where it is known
  person_id text references person (id),        -- whose account
  phone text not null,                          -- by which ties to producers are found
  tax_code text not null,
  address text not null,
  from_on date not null,
  to_on date,                                   -- first day no longer
  paper text not null,                          -- by which paper it came later than the panel itself
  end_paper text not null,
  replaces text references panel_member (id),
  version bigint not null,
  created_by text not null,
  created_at timestamptz not null
);
create index panel_member_panel on panel_member (panel_id, id);
create index panel_member_person on panel_member (person_id);
create index panel_member_body on panel_member (body_id);
