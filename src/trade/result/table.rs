//! The results of all products of one place in a month, in one table and with one save.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Pair, Told, Typed, first_day, may_tell, month_vi, month_word, read, read_month};
use super::pages::{TELLERS, mark, record};
use super::store;
use crate::access::{Need, Routes, Scope};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, html_as};
use crate::point;
use crate::product::pages::load as load_product;
use crate::text::{Tongue, dong};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ket-qua/noi/{place}", Need::Rows, show).post("/ket-qua/noi/{place}", TELLERS, tell)
}

/// The parts of a row, as a form of one product names them.
const PARTS: [&str; 5] = ["quantity", "unit", "revenue", "note", "told"];

fn name(part: &str, id: &str) -> String {
    format!("{part}-{id}")
}

/// A product of the place, what was told of the month, whether the reader writes it down.
struct Row {
    pair: Pair,
    told: Option<Told>,
    may_tell: bool,
}

/// The products that stood at a place in a month, as far as the reader sees them; the name of the place.
async fn load(tx: &mut Tx, visit: &Visit, place: &str, month: NaiveDate) -> Result<(String, Vec<Row>)> {
    let Some((kind, id)) = place.split_once(':').filter(|(kind, _)| ["point", "chain"].contains(kind)) else {
        return Err(Refusal::not_found().into());
    };
    let pairs = store::at_place(tx, id, month).await?;
    let scope = visit.actor.scope();
    let all = match &scope {
        Scope::All => true,
        Scope::Unit(unit) => kind == "point" && point::store::units_of(tx, id).await?.contains(unit),
        Scope::Body(_) | Scope::None => false,
    };
    let mut rows = Vec::new();
    for pair in pairs {
        let seen = all
            || match &scope {
                Scope::Body(body) => pair.is_of(body),
                Scope::Unit(_) => load_product(tx, visit, &pair.product_id).await.is_ok(),
                _ => false,
            };
        if seen {
            rows.push(Row { may_tell: may_tell(&visit.actor, &pair), told: None, pair });
        }
    }
    let (title, seller) = store::place_name(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let is_own = matches!(&scope, Scope::Body(body) if seller.as_deref() == Some(body.as_str()));
    if rows.is_empty() && !all && !is_own {
        return Err(Refusal::not_found().into());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.pair.id.as_str()).collect();
    let mut told: HashMap<String, Told> = store::told_of(tx, &ids, month).await?.into_iter().collect();
    for row in &mut rows {
        row.told = told.remove(&row.pair.id);
    }
    Ok((title, rows))
}

#[derive(Template)]
#[template(path = "result/table.html")]
struct TablePage {
    shell: Shell,
    place: String,
    title: String,
    month: NaiveDate,
    months: Vec<Choice>,
    rows: Vec<Row>,
    form: Form,
    stale: Vec<String>,
}

impl TablePage {
    fn name(&self, part: &str, id: &str) -> String {
        name(part, id)
    }

    fn told(&self) -> usize {
        self.rows.iter().filter(|row| row.told.is_some()).count()
    }

    fn may_tell(&self) -> bool {
        self.rows.iter().any(|row| row.may_tell)
    }

    /// What is stored of a row that was changed by somebody else while it was typed.
    fn fresh(&self, row: &Row) -> String {
        let Some(told) = row.told.as_ref().filter(|_| self.stale.contains(&row.pair.id)) else { return String::new() };
        let quantity = told.quantity.map(|count| format!("{count} {}", told.unit)).unwrap_or_default();
        let revenue = told.revenue.map(dong).unwrap_or_default();
        format!(
            "Nay ghi: {} ({})",
            [quantity, revenue].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
            told.told_by
        )
    }
}

fn month_of(visit: &Visit, typed: &str) -> NaiveDate {
    let this = first_day(visit.app.clock().today());
    read_month(typed).filter(|month| *month <= this).unwrap_or_else(|| model::before(this))
}

/// What a form shows of a row.
fn fill(form: &mut Form, row: &Row) {
    let id = &row.pair.id;
    let Some(told) = &row.told else {
        form.fields.set(&name("unit", id), row.pair.unit.clone());
        return;
    };
    form.fields.set(&name("quantity", id), told.quantity.map(|count| count.to_string()).unwrap_or_default());
    form.fields.set(&name("unit", id), told.unit.clone());
    form.fields.set(&name("revenue", id), told.revenue.map(|sum| if sum == 0 { "0".to_owned() } else { dong(sum) }).unwrap_or_default());
    form.fields.set(&name("note", id), told.note.clone());
    form.fields.set(&name("told", id), mark(told.told_at));
}

async fn page(visit: &Visit, place: &str, month: NaiveDate, typed: Option<(Form, Vec<String>)>) -> Result<Response> {
    let this = first_day(visit.app.clock().today());
    let mut tx = visit.app.db().read().await?;
    let (title, rows) = load(&mut tx, visit, place, month).await?;
    let status = match &typed {
        None => StatusCode::OK,
        Some((_, stale)) if !stale.is_empty() => StatusCode::CONFLICT,
        Some((form, _)) => form.errors.status(),
    };
    let (form, stale) = match typed {
        Some((mut form, stale)) => {
            // once the fresh values are seen, they are what is corrected
            for row in rows.iter().filter(|row| stale.contains(&row.pair.id)) {
                form.fields.set(&name("told", &row.pair.id), row.told.as_ref().map(|told| mark(told.told_at)).unwrap_or_default());
            }
            (form, stale)
        }
        None => {
            let mut form = Form::new(Tongue::Vi);
            for row in &rows {
                fill(&mut form, row);
            }
            (form, Vec::new())
        }
    };
    let months = std::iter::successors(Some(this), |month| Some(model::before(*month)))
        .take(13)
        .map(|month| (month_word(month), month_vi(month)))
        .collect();
    let page = TablePage {
        shell: visit.shell(&format!("Kết quả tháng {}: {title}", month_vi(month))),
        place: place.to_owned(),
        title,
        month,
        months,
        rows,
        form,
        stale,
    };
    html_as(status, &page)
}

async fn show(visit: Visit, Path(place): Path<String>) -> Result<Response> {
    let month = month_of(&visit, visit.query.get("thang"));
    page(&visit, &place, month, None).await
}

/// One row as the form of one product reads it; nothing where nothing is typed and nothing was told.
fn read_row(fields: &Fields, row: &Row, month: NaiveDate, today: NaiveDate, errors: &mut Errors) -> Option<Typed> {
    let id = &row.pair.id;
    let own = |part: &str| fields.get(&name(part, id)).to_owned();
    if row.told.is_none() && own("quantity").is_empty() && own("revenue").is_empty() && own("note").is_empty() {
        return None;
    }
    let mut pairs: Vec<(String, String)> = PARTS.iter().map(|part| ((*part).to_owned(), own(part))).collect();
    pairs.push(("month".to_owned(), month_word(month)));
    match read(&Fields::new(pairs), &row.pair, today) {
        Ok(typed) => Some(typed),
        Err(wrong) => {
            for (part, text) in wrong.iter() {
                let part = if part == "month" { "quantity" } else { part };
                errors
                    .add(name(part, id), both(format!("{}: {}", row.pair.product, text.vi), format!("{}: {}", row.pair.product, text.en)));
            }
            None
        }
    }
}

fn is_same(told: &Told, typed: &Typed) -> bool {
    (told.quantity, told.revenue, &told.note) == (typed.quantity, typed.revenue, &typed.note)
        && (told.quantity.is_none() || told.unit == typed.unit)
}

async fn tell(visit: Visit, Path(place): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let Some(month) = read_month(fields.get("month")).filter(|month| *month <= first_day(today)) else {
        return Err(Refusal::not_found().into());
    };
    let mut tx = visit.app.db().write().await?;
    let (_, rows) = load(&mut tx, &visit, &place, month).await?;
    if !rows.iter().any(|row| row.may_tell) {
        return Err(Refusal::forbidden().into());
    }
    let mut errors = Errors::default();
    let mut changes = Vec::new();
    let mut stale = Vec::new();
    for row in rows.iter().filter(|row| row.may_tell) {
        let Some(typed) = read_row(&fields, row, month, today, &mut errors) else { continue };
        let seen = fields.get(&name("told", &row.pair.id));
        match &row.told {
            Some(told) if is_same(told, &typed) => {}
            Some(told) if mark(told.told_at) != seen => stale.push(row.pair.id.clone()),
            _ => changes.push((row, typed)),
        }
    }
    for id in &stale {
        let product = rows.iter().find(|row| row.pair.id == *id).map_or("", |row| &row.pair.product);
        errors.add(
            name("quantity", id),
            both(
                format!("{product}: vừa được ghi khác; hãy xem số đã ghi, rồi gửi lại nếu vẫn muốn sửa."),
                format!("{product}: somebody told another result just now; look at it, and send again if it is to be corrected."),
            ),
        );
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &place, month, Some((Form::with(fields, errors, Tongue::Vi), stale))).await;
    }
    let by = visit.actor.journal_name();
    for (row, typed) in &changes {
        let id = &row.pair.id;
        let saved = match &row.told {
            None => store::tell(&mut tx, id, typed, &by, now).await?,
            Some(told) => store::correct(&mut tx, id, typed, told.told_at, &by, now).await?,
        };
        if saved == 0 {
            return Err(Refusal::stale().into());
        }
        let (verb, detail) = record(row.told.as_ref(), typed);
        Note::of(verb, ("connection_result", id), detail).by(&mut tx, now, &visit.actor).await?;
    }
    tx.commit().await?;
    Ok(go(&format!("/ket-qua/noi/{place}?thang={}", month_word(month)), "da-luu"))
}
