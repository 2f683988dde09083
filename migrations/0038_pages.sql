-- How many pages a document has, once the first of them was drawn as a small picture; 0 where none was.
alter table file add column pages bigint not null default 0;

-- Documents that were sent before are drawn now.
insert into job (id, kind, lane, payload, state, attempts, run_at, done, total, outcome, owner, created_at)
select 'draw-' || id, 'draw', 'long', id, 'waiting', 0, created_at, 0, 0, '', 'system', created_at from file where kind = 'pdf';

-- A tax code that the successor kept.
alter table body_join add column kept_code text not null default '';
