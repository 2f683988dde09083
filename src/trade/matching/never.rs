//! Who was never connected: producers with live products, communes and craft villages.

use std::collections::{HashMap, HashSet};

use askama::Template;
use axum::response::Response;

use crate::access::{Need, Routes, Scope};
use crate::db::{DbResult, Tx};
use crate::error::Result;
use crate::page::{Ask, Form, Rows, Shell, Visit, html, page_key, query_escape, read_key};
use crate::region::Under;
use crate::{fetch_all, fetch_many, fetch_one};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ghep-noi/chua-ket-noi", Need::Staff, show)
}

/// What is looked at: word of the address and name.
const BY: [(&str, &str); 3] = [("", "Chủ thể"), ("xa", "Xã, phường"), ("lang-nghe", "Làng nghề")];

/// One line: what was never connected, where it is, how many live products and producers it has.
struct Line {
    name: String,
    below: String,
    products: i64,
    producers: Option<i64>,
    never: Option<i64>,
    href: String,
}

#[derive(Template)]
#[template(path = "matching/never.html")]
struct NeverPage {
    shell: Shell,
    by: &'static str,
    lines: Rows<Line>,
    figures: Vec<(i64, &'static str)>,
    form: Form,
    ask: Ask,
}

async fn show(visit: Visit) -> Result<Response> {
    let mut ask = Ask::new(&visit);
    let by = BY.into_iter().find(|(word, _)| *word == ask.get("theo")).unwrap_or(BY[0]).0;
    let scope = visit.actor.scope();
    let own = match &scope {
        Scope::Unit(unit) => Some(unit.clone()),
        _ => None,
    };
    let asked = ask.unit(&visit);
    let unit = own.or_else(|| asked.map(|unit| unit.id.clone()));
    let mut page =
        NeverPage {
            shell: visit.shell("Chưa kết nối lần nào"), by, lines: Rows::none(), figures: Vec::new(), form: ask.form(), ask
        };
    let mut tx = visit.app.db().read().await?;
    if let Some((_, body)) = scope.ends() {
        match by {
            "xa" => units(&mut tx, &mut page, &visit, unit.as_deref(), body).await?,
            "lang-nghe" => villages(&mut tx, &mut page, &visit, unit.as_deref()).await?,
            _ => producers(&mut tx, &mut page, &visit, unit.as_deref(), body).await?,
        }
    }
    html(&page)
}

/// A live product of a producer that was never connected.
#[derive(sqlx::FromRow)]
struct Live {
    id: String,
    producer_id: String,
    unit_id: Option<String>,
    unit_today: Option<String>,
    valid_to: chrono::NaiveDate,
}

impl Live {
    fn lies_under(&self, under: &Under) -> bool {
        let stands = |units: &[String], unit: &Option<String>| unit.as_ref().is_some_and(|unit| units.contains(unit));
        stands(&under.now, &self.unit_today) || stands(&under.recorded, &self.unit_id)
    }
}

/// Units in which a product of a filter lies or is recorded; empty: all.
fn lying(under: Option<&Under>) -> String {
    // words of the store's own, parted by commas: one text for however many units a district had
    under.map(|under| format!(",{},{},", under.now.join(","), under.recorded.join(","))).unwrap_or_default()
}

/// Producers with live products of which none was ever connected, in the order of names.
async fn producers(tx: &mut Tx, page: &mut NeverPage, visit: &Visit, unit: Option<&str>, body: &str) -> Result<()> {
    let (region, today) = (visit.app.region(), visit.app.clock().today());
    let size = page.ask.size(30);
    let under = unit.map(|unit| region.under(unit, today));
    let units = lying(under.as_ref());
    let after = read_key(page.ask.get("sau")).map_or("", |(_, id)| id);
    // producers in the order of their names, each asked for itself: only as many are looked at as a page shows
    let rows = fetch_all!(
        tx,
        (String, String),
        "select b.id, b.name from body b
         where ($3 = '' or b.id = $3) and ($4 = '' or (b.name_fold, b.id) > (select x.name_fold, x.id from body x where x.id = $4))
           and exists (select 1 from product p where p.producer_id = b.id and p.origin = '' and p.state = 'live' and p.valid_to > $1 and ($2 = '' or $2 like '%,' || p.unit_today || ',%' or $2 like '%,' || p.unit_id || ',%'))
           and not exists (select 1 from product o join connection c on c.product_id = o.id where o.producer_id = b.id)
         order by b.name_fold, b.id limit $5",
        today,
        &units,
        body,
        after,
        size + 1
    )?;
    let (count, products) = fetch_one!(
        tx,
        (i64, i64),
        "select count(*), cast(coalesce(sum(n), 0) as bigint) from (
           select (select count(*) from product p
                   where p.producer_id = b.id and p.origin = '' and p.state = 'live' and p.valid_to > $1 and ($2 = '' or $2 like '%,' || p.unit_today || ',%' or $2 like '%,' || p.unit_id || ',%')) as n
           from body b where ($3 = '' or b.id = $3) and not exists (select 1 from product o join connection c on c.product_id = o.id where o.producer_id = b.id)) found
         where n > 0",
        today,
        &units,
        body
    )?;
    page.figures = vec![(count, "chủ thể chưa kết nối lần nào"), (products, "sản phẩm còn hiệu lực của họ")];
    let rows = Rows::cut(rows, size, page.ask.get("sau"), |(id, _)| page_key("b", id));
    let ids: Vec<&str> = rows.rows.iter().map(|(id, _)| id.as_str()).collect();
    let mut live = fetch_many!(
        tx,
        Live,
        "select id, producer_id, unit_id, unit_today, valid_to from product where state = 'live' and origin = '' and producer_id in ($1)",
        ids
    )?;
    live.retain(|product| today < product.valid_to && under.as_ref().is_none_or(|under| product.lies_under(under)));
    live.sort_by(|a, b| a.id.cmp(&b.id));
    page.lines = rows.map(|(id, name)| {
        let own: Vec<&Live> = live.iter().filter(|product| product.producer_id == id).collect();
        let unit = own.iter().rev().find_map(|product| product.unit_today.as_deref());
        Line {
            name,
            below: unit.map(|unit| region.label_dated(unit, today)).unwrap_or_default(),
            products: own.len() as i64,
            producers: None,
            never: None,
            href: own.first().map(|product| format!("/ghep-noi/san-pham/{}", product.id)).unwrap_or_default(),
        }
    });
    Ok(())
}

/// Live products and their producers by unit of today, and how many of the producers were never connected.
async fn by_unit(tx: &mut Tx, today: chrono::NaiveDate, body: &str) -> DbResult<HashMap<String, (i64, i64, i64)>> {
    let rows = fetch_all!(
        tx,
        (String, i64, i64, i64),
        "select unit, cast(sum(n) as bigint), count(*), cast(sum(case when known = 0 then 1 else 0 end) as bigint) from (
           select p.unit_today as unit, p.producer_id, count(*) as n,
             (select count(*) from product o join connection c on c.product_id = o.id where o.producer_id = p.producer_id) as known
           from product p where p.state = 'live' and p.origin = '' and p.valid_to > $1 and p.unit_today is not null and p.producer_id is not null and ($2 = '' or p.producer_id = $2)
           group by p.unit_today, p.producer_id) found
         group by unit",
        today,
        body
    )?;
    Ok(rows.into_iter().map(|(unit, products, producers, never)| (unit, (products, producers, never))).collect())
}

/// Communes with producers that were never connected; those without any connection at all are said to be so.
async fn units(tx: &mut Tx, page: &mut NeverPage, visit: &Visit, unit: Option<&str>, body: &str) -> Result<()> {
    let (region, today) = (visit.app.region(), visit.app.clock().today());
    let counts = by_unit(tx, today, body).await?;
    let under: Option<HashSet<String>> = unit.map(|unit| region.under(unit, today).now.into_iter().chain([unit.to_owned()]).collect());
    let found: Vec<_> = region
        .communes(today)
        .into_iter()
        .filter(|known| under.as_ref().is_none_or(|under| under.contains(&known.id)))
        .filter_map(|known| counts.get(&known.id).filter(|(.., never)| *never > 0).map(|counts| (known, *counts)))
        .collect();
    let whole = found.iter().filter(|(_, (_, producers, never))| producers == never).count() as i64;
    page.figures =
        vec![(whole, "xã, phường có sản phẩm mà chưa chủ thể nào kết nối"), (found.len() as i64, "xã, phường còn chủ thể chưa kết nối")];
    // the units stand in the order of their names; the key is the unit the last page ended with
    let shown = Rows::of_all(found, page.ask.size(30), page.ask.get("sau"), |(unit, _)| unit.id.clone());
    page.lines = shown.map(|(unit, (products, producers, never))| Line {
        name: unit.full_name.clone(),
        below: if producers == never { "chưa có kết nối nào".to_owned() } else { String::new() },
        products,
        producers: Some(producers),
        never: Some(never),
        href: format!("/ghep-noi/chua-ket-noi?unit={}&unit_id={}", query_escape(&region.label(&unit.id)), query_escape(&unit.id)),
    });
    Ok(())
}

/// Craft villages in communes whose live products were never connected.
async fn villages(tx: &mut Tx, page: &mut NeverPage, visit: &Visit, unit: Option<&str>) -> Result<()> {
    let (region, today) = (visit.app.region(), visit.app.clock().today());
    let size = page.ask.size(30);
    let units = lying(unit.map(|unit| region.under(unit, today)).as_ref());
    let (sort, id) = read_key(page.ask.get("sau")).unwrap_or(("", ""));
    let rows = fetch_all!(
        tx,
        (String, String, String, String, i64),
        "select v.id, v.name, v.sort, v.unit_today, (select count(*) from product p where p.state = 'live' and p.unit_today = v.unit_today and p.valid_to > $1) as products
         from craft_village v where (v.sort, v.id) > ($2, $3) and v.unit_today is not null and ($4 = '' or $4 like '%,' || v.unit_today || ',%')
           and exists (select 1 from product q where q.state = 'live' and q.unit_today = v.unit_today and q.valid_to > $1)
           and not exists (select 1 from product o join connection c on c.product_id = o.id where o.unit_today = v.unit_today)
         order by v.sort, v.id limit $5",
        today,
        sort,
        id,
        &units,
        size + 1
    )?;
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from craft_village v where v.unit_today is not null and ($2 = '' or $2 like '%,' || v.unit_today || ',%')
           and exists (select 1 from product q where q.state = 'live' and q.unit_today = v.unit_today and q.valid_to > $1)
           and not exists (select 1 from product o join connection c on c.product_id = o.id where o.unit_today = v.unit_today)",
        today,
        &units
    )?;
    let (all,) = fetch_one!(tx, (i64,), "select count(*) from craft_village")?;
    page.figures = vec![
        (count, "làng nghề ở nơi có sản phẩm còn hiệu lực mà chưa sản phẩm nào kết nối"),
        (all, "làng nghề trong danh sách của Thành phố"),
    ];
    let rows = Rows::cut(rows, size, page.ask.get("sau"), |(id, _, sort, ..)| page_key(sort, id));
    page.lines = rows.map(|(_, name, _, unit, products)| Line {
        name,
        below: region.label_dated(&unit, today),
        products,
        producers: None,
        never: None,
        href: format!("/ghep-noi/chua-ket-noi?unit={}&unit_id={}", query_escape(&region.label(&unit)), query_escape(&unit)),
    });
    Ok(())
}
