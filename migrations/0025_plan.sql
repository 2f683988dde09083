-- Plans that people enter and correct: what a person wrote is not overwritten by a pack, what does not hold is kept and left out.
alter table plan add column version bigint not null default 1;
alter table plan add column by_hand boolean not null default false;
alter table plan_target add column by_hand boolean not null default false;
alter table plan_target add column dropped boolean not null default false;
alter table plan_deadline add column by_hand boolean not null default false;
alter table plan_deadline add column dropped boolean not null default false;
