//! The screen of the register of a day, and its files.

use askama::Template;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Year};
use super::store;
use crate::access::{Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::export::{Export, FileKind};
use crate::page::{Ask, Choice, Fields, Form, Rows, Shell, Visit, html};
use crate::point::day::{self, AsOf, Bound, Count, Counter, DayRow};
use crate::point::list::Filter;
use crate::point::model::kind_name;
use crate::point::sheet::Points;
use crate::point::{Kind, State};
use crate::region::Level;
use crate::text::{Tongue, date_vi};

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/so-diem", Need::Rows, show)
        .get("/so-diem/nam", Need::Rows, by_year)
        .get("/so-diem.csv", Need::Rows, async |visit: Visit| export(visit, FileKind::Csv).await)
        .get("/so-diem.xlsx", Need::Rows, async |visit: Visit| export(visit, FileKind::Xlsx).await)
        .get("/so-diem.geojson", Need::Rows, async |visit: Visit| export(visit, FileKind::Geojson).await)
}

/// Totals of one counter, each at least and at most.
struct Total {
    counter: Counter,
    operating: (i64, i64),
    suspended: (i64, i64),
    closed: (i64, i64),
}

/// "5", or "5 – 8" where not all of the days are known.
fn between(n: &(i64, i64)) -> String {
    let count = |n: i64| crate::page::count(n);
    if n.0 == n.1 { count(n.0) } else { format!("{} – {}", count(n.0), count(n.1)) }
}

#[derive(Template)]
#[template(path = "asof/show.html")]
struct ShowPage {
    shell: Shell,
    form: Form,
    as_of: AsOf,
    first: Option<NaiveDate>,
    state: State,
    totals: Vec<Total>,
    by_kind: Vec<(&'static str, (i64, i64))>,
    most: i64,
    /// Of the state that is listed, by the chosen counter: at least, at most.
    asked: (i64, i64),
    bound: Bound,
    certainties: Vec<Choice>,
    list: Rows<DayRow>,
    units: Vec<String>,
    kinds: Vec<Choice>,
    states: Vec<Choice>,
    counters: Vec<Choice>,
    inline: String,
    tiles: String,
    ask: Ask,
}

impl ShowPage {
    fn file(&self, ending: &str) -> String {
        self.ask.to(&format!("/so-diem.{ending}"), &[("page_size", "")])
    }

    fn years(&self) -> String {
        self.ask.to("/so-diem/nam", &[("page_size", ""), ("ngay", ""), ("biet", ""), ("state", ""), ("kind", ""), ("q", "")])
    }

    fn has_map(&self) -> bool {
        self.list.rows.iter().any(|day| day.row.lon.is_some())
    }

    fn why(&self, day: &DayRow) -> String {
        day.span.why(self.state, self.as_of.day, Tongue::Vi)
    }
}

async fn totals(tx: &mut Tx, as_of: AsOf, unit: &str, kind: &str) -> Result<Vec<Total>> {
    let mut totals = Vec::new();
    for counter in Counter::ALL {
        let counts: Vec<Count> = match as_of.known {
            None => day::counts(tx, as_of.day, unit, kind, counter).await?,
            Some(_) => day::counts_known(tx, as_of, unit, kind, counter).await?,
        };
        let of = |state: State| counts.iter().find(|count| count.state == state).map_or((0, 0), |count| (count.sure, count.most));
        totals.push(Total { counter, operating: of(State::Operating), suspended: of(State::Suspended), closed: of(State::Closed) });
    }
    Ok(totals)
}

async fn show(visit: Visit) -> Result<Response> {
    let (today, region) = (visit.app.clock().today(), visit.app.region());
    let mut ask = Ask::new(&visit);
    let mut tx = visit.app.db().read().await?;
    let first = day::first(&mut tx).await?;
    let (as_of, errors) = model::read(&visit.query, first, today);
    ask.errors = errors;
    let unit = ask.unit(&visit).filter(|unit| unit.level != Level::Province).map(|unit| unit.id.clone());
    let kind = ask.one("kind", Kind::read).map(|kind| kind.word().to_owned());
    let state = ask.one("state", State::read).filter(|state| state.is_public()).unwrap_or(State::Operating);
    let counter = ask.one("counter", Counter::read).unwrap_or_default();
    let (unit_key, kind_key) = (unit.as_deref().unwrap_or("*"), kind.as_deref().unwrap_or("*"));
    let totals = totals(&mut tx, as_of, unit_key, kind_key).await?;
    let by_kind = if as_of.known.is_none() { day::counts_by_kind(&mut tx, as_of.day, unit_key, state, counter).await? } else { Vec::new() };
    let filter = Filter {
        unit: unit.clone(),
        kind: kind.clone(),
        state: Some(state),
        q: ask.text(),
        after: ask.after().filter(|key| crate::page::read_key(key).is_some()),
        size: ask.size(30),
        ..Filter::default()
    };
    let bound = ask.one("bound", Bound::read).unwrap_or_default();
    let list = day::list(&mut tx, as_of, counter, bound, &filter).await?;
    drop(tx);
    let mut form = ask.form();
    if form.value("ngay").is_empty() {
        form.fields.set("ngay", date_vi(today));
    }
    let by_kind: Vec<(&'static str, (i64, i64))> =
        by_kind.iter().map(|(kind, sure, most)| (kind_name(kind, Tongue::Vi), (*sure, *most))).collect();
    let asked = totals.iter().find(|total| total.counter == counter).map_or((0, 0), |total| match state {
        State::Suspended => total.suspended,
        State::Closed => total.closed,
        _ => total.operating,
    });
    let page = ShowPage {
        shell: visit.shell("Sổ điểm theo ngày"),
        form,
        most: by_kind.iter().map(|(_, n)| n.1).max().unwrap_or(0),
        asked,
        bound,
        certainties: Bound::ALL.map(|bound| (bound.word().to_owned(), bound.name().to_owned())).to_vec(),
        units: list
            .rows
            .iter()
            .map(|day| day.row.unit_today.as_deref().or(day.row.unit_id.as_deref()).map(|unit| region.label(unit)).unwrap_or_default())
            .collect(),
        kinds: choices("Mọi loại hình", Kind::all().into_iter().map(|kind| (kind.word(), kind.name(Tongue::Vi)))),
        states: State::PUBLIC.map(|state| (state.word().to_owned(), state.name(Tongue::Vi).to_owned())).to_vec(),
        counters: Counter::ALL.map(|counter| (counter.word().to_owned(), counter.name().to_owned())).to_vec(),
        inline: pins(&list.rows),
        tiles: visit.app.config().tiles_url.clone().unwrap_or_default(),
        as_of,
        first,
        state,
        totals,
        by_kind,
        list,
        ask,
    };
    page.form.answer(&page)
}

#[derive(Template)]
#[template(path = "asof/years.html")]
struct YearsPage {
    shell: Shell,
    unit: String,
    unit_id: String,
    counter: Counter,
    years: Vec<Year>,
    widest: i64,
}

impl YearsPage {
    fn at_end(&self, year: &Year) -> String {
        between(&(year.at_end, year.at_end_most))
    }

    fn is_of(&self, counter: &Counter) -> bool {
        self.counter == *counter
    }

    fn link(&self, counter: &Counter) -> String {
        let asked = Fields::new([
            ("unit".to_owned(), self.unit.clone()),
            ("unit_id".to_owned(), self.unit_id.clone()),
            ("counter".to_owned(), counter.word().to_owned()),
        ]);
        asked.address("/so-diem/nam", &[])
    }
}

/// The years of the register: read from all its lines at once, so it is a page of its own.
async fn by_year(visit: Visit) -> Result<Response> {
    let (today, region) = (visit.app.clock().today(), visit.app.region());
    let counter = visit.query.some("counter").and_then(Counter::read).unwrap_or_default();
    let unit = match visit.query.some("unit_id").or(visit.query.some("unit")) {
        None => None,
        Some(typed) => Some(region.find(typed, None, today).map_err(|refusal| Refusal::invalid(refusal.text()))?),
    };
    let unit = unit.filter(|unit| unit.level != Level::Province);
    let mut tx = visit.app.db().read().await?;
    let years = store::years(&mut tx, unit.map_or("*", |unit| unit.id.as_str()), counter, today).await?;
    html(&YearsPage {
        shell: visit.shell("Biến động theo năm"),
        unit: unit.map(|unit| region.label(&unit.id)).unwrap_or_default(),
        unit_id: unit.map(|unit| unit.id.clone()).unwrap_or_default(),
        counter,
        widest: years.iter().map(|year| year.at_end_most).max().unwrap_or(0),
        years,
    })
}

fn choices<'a>(any: &str, known: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Choice> {
    std::iter::once((String::new(), any.to_owned()))
        .chain(known.into_iter().map(|(word, name)| (word.to_owned(), name.to_owned())))
        .collect()
}

/// The points of this page of the list, for the map beside it.
fn pins(rows: &[DayRow]) -> String {
    let features: Vec<serde_json::Value> = rows
        .iter()
        .filter_map(|DayRow { row, .. }| {
            let (lon, lat) = row.lon.zip(row.lat)?;
            Some(serde_json::json!({
                "type": "Feature", "id": row.id, "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": {"name": row.name, "url": format!("/ho-so/{}", row.id), "state": row.state.word(), "state_label": row.state.name(Tongue::Vi),
                    "kind": row.kind, "kind_label": kind_name(&row.kind, Tongue::Vi), "address": row.address}
            }))
        })
        .collect();
    serde_json::json!({"type": "FeatureCollection", "features": features}).to_string().replace('<', "\\u003c")
}

/// The whole register of the day as a file; filters of the screen other than the days do not narrow it.
async fn export(visit: Visit, kind: FileKind) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let first = day::first(&mut tx).await?;
    drop(tx);
    let (as_of, errors) = model::read(&visit.query, first, today);
    if let Some((_, text)) = errors.iter().next() {
        return Err(Refusal::invalid(text.clone()).into());
    }
    let known = as_of.known.map(|known| format!("-biet-{known}")).unwrap_or_default();
    let points = Points::of_day(&visit.app, as_of, visit.actor.scope());
    Export::new(points, kind).download(&visit.app, &format!("so-diem-{}{known}", as_of.day)).await
}
