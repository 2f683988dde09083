-- Points on a map, near somebody, open at a moment.

alter table point add column tile bigint;                      -- number of the finest square of degrees (2^-14) that holds the position; each square of a coarser level is one range
alter table point add column week text not null default '?';   -- opening hours in one spelling; '' = none that is understood, '?' = not read yet
create index point_tile_all on point (tile, state, kind, week);
create index point_week on point (week, state);

-- How many points of a kind ('*' = any) with the same opening hours ('*' = any) lie in a square, and where their middle
-- is. Level -1 is the whole register with and without a position; sums are in millionths of a degree.
create table point_tile (
  level bigint not null,
  kind text not null,
  week text not null,
  tile bigint not null,            -- first number of the square
  state text not null,
  n bigint not null,
  lon_sum bigint not null,
  lat_sum bigint not null,
  primary key (level, kind, week, tile, state)
);

-- When opening hours hold: minutes of a day of the week (0 = Monday), half open, none over another.
create table open_week (
  weekday bigint not null,
  week text not null,
  from_minute bigint not null,
  to_minute bigint not null,
  primary key (weekday, week, from_minute)
);

-- numbers of positions: whole steps of 2^-14 degree, a bit of the latitude before each bit of the longitude
create table tile_step (id text primary key, x bigint not null, y bigint not null);
insert into tile_step (id, x, y)
  select id, cast((lon + 180) * 16384 as bigint) - case when cast((lon + 180) * 16384 as bigint) > (lon + 180) * 16384 then 1 else 0 end,
    cast((lat + 90) * 16384 as bigint) - case when cast((lat + 90) * 16384 as bigint) > (lat + 90) * 16384 then 1 else 0 end
  from point where lon is not null and lat is not null;
update tile_step set x = (x | (x << 16)) & 281470681808895, y = (y | (y << 16)) & 281470681808895;
update tile_step set x = (x | (x << 8)) & 71777214294589695, y = (y | (y << 8)) & 71777214294589695;
update tile_step set x = (x | (x << 4)) & 1085102592571150095, y = (y | (y << 4)) & 1085102592571150095;
update tile_step set x = (x | (x << 2)) & 3689348814741910323, y = (y | (y << 2)) & 3689348814741910323;
update tile_step set x = (x | (x << 1)) & 6148914691236517205, y = (y | (y << 1)) & 6148914691236517205;
update point set tile = (select s.x | (s.y << 1) from tile_step s where s.id = point.id) where lon is not null and lat is not null;
drop table tile_step;

insert into point_tile (level, kind, week, tile, state, n, lon_sum, lat_sum)
  select l.level, k.kind, w.week, case when l.level < 0 then 0 else (p.tile >> l.bits) << l.bits end, p.state, count(*),
    cast(coalesce(sum(case when l.level < 0 then 0 else cast(p.lon * 1000000 as bigint) - case when cast(p.lon * 1000000 as bigint) > p.lon * 1000000 then 1 else 0 end end), 0) as bigint),
    cast(coalesce(sum(case when l.level < 0 then 0 else cast(p.lat * 1000000 as bigint) - case when cast(p.lat * 1000000 as bigint) > p.lat * 1000000 then 1 else 0 end end), 0) as bigint)
  from point p
  join (select -1 as level, 0 as bits union all select 0, 28 union all select 1, 26 union all select 2, 24 union all select 3, 22 union all select 4, 20
        union all select 5, 18 union all select 6, 16 union all select 7, 14) l on l.level < 0 or p.tile is not null
  join (select '*' as kind union select kind from point) k on k.kind = '*' or k.kind = p.kind
  join (select '*' as week union all select '?') w on w.week = '*' or w.week = p.week
  group by 1, 2, 3, 4, 5;
