-- One form makes one record, one point has one open inspection.

-- Forms that were taken: a form that comes again, or eight times at once, is answered with what its first sending led to.
create table form_once (
  mark text primary key,          -- digest of the form's one-time key and of all that it said
  answer text not null,           -- where the first sending led; empty while it is under way
  taken_at timestamptz not null
);
create index form_once_taken on form_once (taken_at);

-- A point has one inspection under way: of two begun at once the later is called off, and from now on cannot come to be.
update inspection set state = 'cancelled', change_reason = 'Trùng với lần kiểm tra khác đang làm của cùng điểm' where state in ('planned', 'open')
  and exists (select 1 from inspection first where first.point_id = inspection.point_id and first.state in ('planned', 'open')
    and (first.created_at < inspection.created_at or (first.created_at = inspection.created_at and first.id < inspection.id)));
create unique index inspection_under_way on inspection (point_id) where state in ('planned', 'open');
