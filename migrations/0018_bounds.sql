-- States whose first or last day is not known to the day: they surely held from valid_from to valid_to and can have held from
-- may_from to may_to. Where no source says when a point opened, the day on which it was written down is no opening.

alter table period add column may_from date not null default '0001-01-01';  -- first day on which it can have held; 0001-01-01: no source says
alter table period add column may_to date;                                  -- first day on which it can no longer have held
alter table period add column from_as text not null default '';             -- first day as the source gives it (EDTF); empty: to the day, or not at all
alter table period add column to_as text not null default '';               -- first day of the next state likewise
alter table period_flow add column may bigint not null default 0;           -- as n, of the days on which the state can have held

update period set may_from = valid_from, may_to = valid_to;

-- closed, but no source said when: at any time since it was last seen, or opened
update period set may_from = coalesce((select case when p.last_confirmed_on < period.valid_from then p.last_confirmed_on else p.opened_on end from point p where p.id = period.point_id), '0001-01-01')
  where state = 'closed' and known_to is null and exists (select 1 from point p where p.id = period.point_id and p.closed_on is null);
update period set valid_to = (select case when c.may_from > period.valid_from then c.may_from else period.valid_from end from period c
    where c.point_id = period.point_id and c.state = 'closed' and c.known_to is null and c.valid_from = period.may_to and c.may_from < c.valid_from)
  where state in ('operating', 'suspended') and known_to is null and exists (select 1 from period c
    where c.point_id = period.point_id and c.state = 'closed' and c.known_to is null and c.valid_from = period.may_to and c.may_from < c.valid_from);

-- open since a day on which it was only written down
update period set may_from = '0001-01-01'
  where state = 'operating' and exists (select 1 from point p where p.id = period.point_id and p.opened_on is null)
    and not exists (select 1 from period e where e.point_id = period.point_id and (e.known_to is null or period.known_to is not null)
      and e.state in ('operating', 'suspended', 'closed') and (e.valid_from < period.valid_from or e.valid_from = period.valid_from and e.seq < period.seq));
insert into period (point_id, seq, state, counted_by, valid_from, valid_to, known_from, known_to, kind, sort, may_from, may_to, from_as, to_as)
  select d.point_id, (select min(m.seq) - 1 from period m where m.point_id = d.point_id), 'operating', d.counted_by, d.may_from, d.may_from, d.known_from, null, d.kind, d.sort,
    '0001-01-01', d.valid_from, '', ''
  from period d join point p on p.id = d.point_id
  where p.opened_on is null and d.known_to is null and d.state in ('suspended', 'closed')
    and not exists (select 1 from period e where e.point_id = d.point_id and e.known_to is null and e.state in ('operating', 'suspended', 'closed')
      and (e.valid_from < d.valid_from or e.valid_from = d.valid_from and e.seq < d.seq));

drop index period_list;
create index period_list on period (state, sort, point_id, may_from, may_to);

delete from period_flow;
insert into period_flow (unit_id, kind, counter, state, day, n, may)
  select u.unit_id, k.kind, c.counter, f.state, f.day, sum(f.n), sum(f.may)
  from (select point_id, state, counted_by, kind, valid_from as day, 1 as n, 0 as may from period where known_to is null and (valid_to is null or valid_to > valid_from)
        union all select point_id, state, counted_by, kind, valid_to, -1, 0 from period where known_to is null and valid_to > valid_from
        union all select point_id, state, counted_by, kind, may_from, 0, 1 from period where known_to is null and (may_to is null or may_to > may_from)
        union all select point_id, state, counted_by, kind, may_to, 0, -1 from period where known_to is null and may_to > may_from) f
  join (select '*' as unit_id, id as point_id from point union all select unit_id, point_id from point_unit where certainty = 'is') u on u.point_id = f.point_id
  join (select '*' as kind union select kind from point) k on k.kind = '*' or k.kind = f.kind
  join (select 'all' as counter union all select 'city' union all select 'ministry') c on c.counter = 'all' or f.counted_by like '%' || c.counter || '%'
  where f.state in ('operating', 'suspended', 'closed')
  group by u.unit_id, k.kind, c.counter, f.state, f.day
  having sum(f.n) <> 0 or sum(f.may) <> 0;

-- days that are still asked for
create index point_vague on point (sort, id) where opened_on is null or closed_on is null and state = 'closed';
create index certificate_vague on certificate (decided_as, id) where decided_as <> '';
