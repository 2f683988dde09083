//! Screens: the months of a connection, the overview of a month.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, Months, NaiveDate, SecondsFormat, Utc};

use super::model::{self, Pair, Told, Typed, first_day, may_tell, month_vi, month_word, read, read_month};
use super::store::{self, AtPlace, Untold};
use crate::access::{Act, Need, Routes, Scope};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Form, Rows, Sent, Shell, Visit, go, html};
use crate::product::group;
use crate::product::pages::load as load_product;
use crate::text::{Tongue, dong};
use crate::{journal, point};

/// Who may write results down, if they have a part in them.
pub(super) const TELLERS: Need = Need::May(Act::TellResults);
/// Months of the chart.
const YEAR: u32 = 12;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().get("/ket-qua", Need::Rows, overview).get("/ket-qua/{connection}", Need::Rows, show).post(
        "/ket-qua/{connection}",
        TELLERS,
        tell,
    )
}

/// Loads a connection within the caller's scope: of a body that is one of its sides, of a unit that has the product or the point.
async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Pair> {
    let pair = store::pair(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let seen = match visit.actor.scope() {
        Scope::All => true,
        Scope::Body(body) => pair.is_of(&body),
        Scope::Unit(unit) => {
            let units = match &pair.point_id {
                Some(point) => point::store::units_of(tx, point).await?,
                None => Vec::new(),
            };
            units.contains(&unit) || load_product(tx, visit, &pair.product_id).await.is_ok()
        }
        Scope::None => false,
    };
    if seen { Ok(pair) } else { Err(Refusal::not_found().into()) }
}

/// The moment of the last telling, as a form carries it.
pub(super) fn mark(told_at: DateTime<Utc>) -> String {
    told_at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[derive(Template)]
#[template(path = "result/show.html")]
struct ShowPage {
    shell: Shell,
    pair: Pair,
    told: Vec<Told>,
    most: i64,
    form: Form,
    months: Vec<Choice>,
    may_tell: bool,
    history: Vec<journal::Entry>,
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    show_page(&visit, &id, None).await
}

async fn show_page(visit: &Visit, id: &str, wrong: Option<Form>) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let pair = load(&mut tx, visit, id).await?;
    let told = store::told(&mut tx, id).await?;
    let months = pair.months(today);
    let form = wrong.unwrap_or_else(|| {
        // the month asked for, or the latest whole one that can be told
        let last = model::before(first_day(today));
        let month = read_month(visit.query.get("thang"))
            .filter(|month| months.contains(month))
            .or_else(|| months.iter().find(|month| **month <= last).or(months.first()).copied());
        let mut form = Form::new(Tongue::Vi);
        form.fields.set("month", month.map(month_word).unwrap_or_default());
        form.fields.set("unit", pair.unit.clone());
        if let Some(known) = told.iter().find(|known| Some(known.month) == month) {
            form.fields.set("quantity", known.quantity.map(|count| count.to_string()).unwrap_or_default());
            form.fields.set("unit", known.unit.clone());
            form.fields.set("revenue", known.revenue.map(|sum| if sum == 0 { "0".to_owned() } else { dong(sum) }).unwrap_or_default());
            form.fields.set("note", known.note.clone());
            form.fields.set("told", mark(known.told_at));
        }
        form
    });
    let page = ShowPage {
        shell: visit.shell(&format!("Kết quả: {}", pair.product)),
        most: told.iter().filter_map(|known| known.revenue).max().unwrap_or(1).max(1),
        months: months.iter().map(|month| (month_word(*month), month_vi(*month))).collect(),
        may_tell: may_tell(&visit.actor, &pair),
        history: journal::history(&mut tx, "connection_result", id, i64::MAX, 20).await?,
        pair,
        told,
        form,
    };
    page.form.answer(&page)
}

async fn tell(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let pair = load(&mut tx, &visit, &id).await?;
    if !may_tell(&visit.actor, &pair) {
        return Err(Refusal::forbidden().into());
    }
    let typed = match read(&fields, &pair, today) {
        Ok(typed) => typed,
        Err(errors) => {
            drop(tx);
            return show_page(&visit, &id, Some(Form::with(fields, errors, Tongue::Vi))).await;
        }
    };
    let by = visit.actor.journal_name();
    let before = store::of_month(&mut tx, &id, typed.month).await?;
    let saved = match &before {
        None => store::tell(&mut tx, &id, &typed, &by, now).await?,
        // the form must have shown what it corrects
        Some(known) if mark(known.told_at) == fields.get("told") => store::correct(&mut tx, &id, &typed, known.told_at, &by, now).await?,
        Some(_) => 0,
    };
    if saved == 0 {
        let mut errors = Errors::default();
        let stale = Refusal::stale();
        errors.add(
            "month",
            crate::error::both(
                format!("Kết quả tháng {} đã được ghi trước đó; hãy mở tháng đó để xem rồi sửa.", month_vi(typed.month)),
                format!("The result of {} was told before; open that month, look, and correct it.", month_vi(typed.month)),
            ),
        );
        drop(tx);
        let mut response = show_page(&visit, &id, Some(Form::with(fields, errors, Tongue::Vi))).await?;
        *response.status_mut() = stale.status;
        return Ok(response);
    }
    let (verb, detail) = record(before.as_ref(), &typed);
    Note::of(verb, ("connection_result", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/ket-qua/{id}?thang={}", month_word(typed.month)), "da-luu"))
}

/// What the journal says of it; amounts are not for everybody who reads the journal of the connection, so it is one of its own.
pub(super) fn record(before: Option<&Told>, typed: &Typed) -> (&'static str, serde_json::Value) {
    let detail = serde_json::json!({
        "note": format!("tháng {}", month_vi(typed.month)),
        "from": before.map(|known| serde_json::json!({"quantity": known.quantity, "unit": known.unit, "revenue": known.revenue, "note": known.note})),
        "set": {"month": typed.month, "quantity": typed.quantity, "unit": typed.unit, "revenue": typed.revenue, "note": typed.note},
    });
    (if before.is_some() { "correct_result" } else { "tell_result" }, detail)
}

/// A line of a chart: name, how many connections, revenue.
type Bar = (String, i64, i64);

#[derive(Template)]
#[template(path = "result/overview.html")]
struct OverviewPage {
    shell: Shell,
    month: NaiveDate,
    earlier: NaiveDate,
    later: Option<NaiveDate>,
    months: Vec<(NaiveDate, i64, i64)>,
    groups: Vec<Bar>,
    ask: Ask,
    places: Rows<AtPlace>,
    untold: Rows<Untold>,
    untold_count: i64,
    told: i64,
    revenue: i64,
}

impl OverviewPage {
    fn most_of_months(&self) -> i64 {
        self.months.iter().map(|(.., revenue)| *revenue).max().unwrap_or(1).max(1)
    }

    fn most_of_groups(&self) -> i64 {
        self.groups.iter().map(|(.., revenue)| *revenue).max().unwrap_or(1).max(1)
    }

    fn most_of_places(&self) -> i64 {
        self.places.rows.iter().map(|row| row.revenue).max().unwrap_or(1).max(1)
    }
}

async fn overview(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let this = first_day(today);
    let month = read_month(visit.query.get("thang")).filter(|month| *month <= this).unwrap_or_else(|| model::before(this));
    let scope = visit.actor.scope();
    let ask = Ask::new(&visit).paged_by(&["noi", "chua"]).fix("thang", &month_word(month));
    let size = ask.size(20);
    let mut tx = visit.app.db().read().await?;
    let from = month.checked_sub_months(Months::new(YEAR - 1)).unwrap_or(month);
    let known = store::by_month(&mut tx, &scope, from, month).await?;
    let months: Vec<(NaiveDate, i64, i64)> = std::iter::successors(Some(from), |month| Some(model::after(*month)))
        .take(YEAR as usize)
        .map(|month| known.iter().find(|(other, ..)| *other == month).copied().unwrap_or((month, 0, 0)))
        .collect();
    let (told, revenue) = months.last().map_or((0, 0), |(_, n, revenue)| (*n, *revenue));
    let mut groups: Vec<Bar> = store::by_group(&mut tx, &scope, month)
        .await?
        .into_iter()
        .map(|(id, n, revenue)| (group::name(&id, Tongue::Vi).to_owned(), n, revenue))
        .collect();
    groups.sort_by_key(|(_, n, revenue)| std::cmp::Reverse((*revenue, *n)));
    html(&OverviewPage {
        shell: visit.shell("Kết quả tháng"),
        month,
        earlier: model::before(month),
        later: Some(model::after(month)).filter(|later| *later <= this),
        groups,
        places: store::by_place(&mut tx, &scope, month, ask.get("noi"), size).await?,
        untold: store::untold(&mut tx, &scope, month, ask.get("chua"), size).await?,
        ask,
        untold_count: store::untold_count(&mut tx, &scope, month).await?,
        months,
        told,
        revenue,
    })
}
