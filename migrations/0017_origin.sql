-- Goods of other provinces and partner countries are few among many: lists of them alone, and their count, are found by this.
create index product_origin on product (origin) where origin > '';
