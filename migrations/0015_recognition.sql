-- What lists of recognised products and points really say: days that are not exact, who recognised, what a certificate's last
-- day rests on, goods of elsewhere, a certificate that runs on while its product is graded again.

alter table product add column code_fold text not null default '';  -- code without case, blanks, dashes and leading zeros: finds codes that differ by those alone
alter table product add column set_id text not null default '';     -- product set (bộ sản phẩm) as data of the law, when it follows for certain
alter table product add column origin text not null default '';     -- another province or a partner country; empty: of this province
drop index product_code;
-- lists of offices have products without a code: these are known by producer, unit and name
create unique index product_code on product (code) where code <> '';
create index product_code_fold on product (code_fold);

alter table certificate add column recognised_by text not null default '';  -- the body that recognised, as printed
alter table certificate add column recognition text not null default '' check (recognition in ('', 'first', 'upgrade', 'regrading'));
alter table certificate add column decided_as text not null default '';     -- day of the decision as its source gives it (EDTF); empty: to the day
alter table certificate add column end_rule text not null default '';       -- on what its last day rests: 'printed', else the rule that computed it; empty: entered before this was kept
alter table certificate add column file_no text not null default '';        -- number of the re-grading file by which it runs on
alter table certificate add column file_on date;                            -- day of that file
alter table certificate add column runs_to date;                            -- first day on which it no longer runs on
alter table certificate add column withdrawn_ground text not null default '';
alter table certificate add column withdrawn_by text not null default '';   -- who signed the withdrawal

alter table point add column opened_as text not null default '';    -- first day open as its source gives it (EDTF); empty: to the day
alter table point add column closed_as text not null default '';    -- the same of its last change to closed
