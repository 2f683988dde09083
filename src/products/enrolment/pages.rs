//! The list of a year, its totals against the plan, and its closing day.

use askama::Template;
use axum::response::Response;
use chrono::{Datelike, NaiveDate};

use super::model::{self, Enrolment, Kind, Part, Side, State, Sum, may_keep, sums};
use super::store::{self, Closing, Filter, Goal, Reader};
use super::{READERS, model::year_end};
use crate::access::{Act, Need, Routes};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html};
use crate::product::group;
use crate::text::{Tongue, date_vi, sort_key};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/dang-ky-san-pham", READERS, list).get("/dang-ky-san-pham/tong-hop", READERS, totals).post(
        "/dang-ky-san-pham/han",
        Need::May(Act::KeepProducts),
        close,
    )
}

/// The year that a page is about: the one asked for, else this one.
pub(super) fn year_of(visit: &Visit) -> i64 {
    let this = i64::from(visit.app.clock().today().year());
    visit.query.get("nam").parse().ok().filter(|year| (i64::from(crate::law::first_year())..=this + 1).contains(year)).unwrap_or(this)
}

/// Years to choose from: those with registrations, the one shown, this one and the next.
pub(super) async fn years(tx: &mut crate::db::Tx, visit: &Visit) -> Result<Vec<i64>> {
    let mut years = store::years(tx).await?;
    years.extend(model::years(visit.app.clock().today()));
    years.push(year_of(visit));
    years.sort_unstable_by(|a, b| b.cmp(a));
    years.dedup();
    Ok(years)
}

#[derive(Template)]
#[template(path = "enrolment/list.html")]
struct ListPage {
    shell: Shell,
    tab: &'static str,
    year: i64,
    years: Vec<i64>,
    list: Rows<Enrolment>,
    units: Vec<String>,
    ask: Ask,
    filter: Filter,
    form: Form,
    kinds: Vec<Choice>,
    groups: Vec<Choice>,
    tabs: Vec<(State, i64)>,
    closing: Option<Closing>,
    today: NaiveDate,
    may_enrol: bool,
    sees_units: bool,
}

impl ListPage {
    fn late(&self, row: &Enrolment) -> bool {
        row.is_late(self.closing.as_ref().map(|closing| closing.closes_on), self.today)
    }
}

/// What the list and its export are asked for.
pub(super) fn filter_of(visit: &Visit, ask: &mut Ask) -> Filter {
    let unit = ask.unit(visit);
    Filter {
        year: year_of(visit),
        state: ask.one("trang-thai", State::read),
        kind: ask.one("loai", Kind::read),
        group: ask.some("nhom").filter(|id| group::get(id).is_some()).unwrap_or_default().to_owned(),
        unit: unit.map(|unit| unit.id.clone()).unwrap_or_default(),
        q: ask.text(),
        after: ask.after(),
        size: ask.size(30),
    }
}

/// A select's choices with one for all.
pub(super) fn with_all(choices: impl IntoIterator<Item = Choice>) -> Vec<Choice> {
    std::iter::once((String::new(), "Tất cả".to_owned())).chain(choices).collect()
}

async fn list(visit: Visit) -> Result<Response> {
    let mut ask = Ask::new(&visit);
    let filter = filter_of(&visit, &mut ask);
    let reader = Reader::of(&visit.actor);
    let mut tx = visit.app.db().read().await?;
    let list = store::list(&mut tx, &reader, &filter).await?;
    let parts = store::parts(&mut tx, &reader, filter.year).await?;
    let count = |state: State| parts.iter().filter(|part| part.state == state).map(|part| part.n).sum();
    let tabs =
        State::ALL.into_iter().map(|state| (state, count(state))).filter(|(state, n)| *n > 0 || filter.state == Some(*state)).collect();
    let region = visit.app.region();
    let units = list.rows.iter().map(|row| row.unit_today.as_deref().map(|id| region.label(id)).unwrap_or_default()).collect();
    html(&ListPage {
        shell: visit.shell(&format!("Đăng ký sản phẩm năm {}", filter.year)),
        tab: "list",
        year: filter.year,
        years: years(&mut tx, &visit).await?,
        closing: store::closing(&mut tx, filter.year).await?,
        kinds: with_all(Kind::ALL.into_iter().map(|kind| (kind.word().to_owned(), kind.name().to_owned()))),
        groups: with_all(group::choices(Tongue::Vi)),
        today: visit.app.clock().today(),
        may_enrol: Side::of(&visit.actor).is_some(),
        sees_units: visit.actor.scope() == crate::access::Scope::All,
        form: ask.form(),
        ask,
        list,
        units,
        filter,
        tabs,
    })
}

#[derive(Template)]
#[template(path = "enrolment/totals.html")]
struct TotalsPage {
    shell: Shell,
    tab: &'static str,
    year: i64,
    years: Vec<i64>,
    by: Vec<(&'static str, Vec<Sum>)>,
    registered: i64,
    accepted: i64,
    waiting: i64,
    goals: Vec<(Goal, i64)>,
    closing: Option<Closing>,
    today: NaiveDate,
    may_close: bool,
    form: Form,
}

impl TotalsPage {
    fn most(&self, sums: &[Sum]) -> i64 {
        sums.iter().map(|sum| sum.registered).max().unwrap_or(1).max(1)
    }

    fn is_over(&self) -> bool {
        self.closing.as_ref().is_some_and(|closing| closing.closes_on < self.today)
    }
}

async fn totals(visit: Visit) -> Result<Response> {
    totals_page(&visit, year_of(&visit), None).await
}

async fn totals_page(visit: &Visit, year: i64, typed: Option<(Fields, Errors)>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let parts = store::parts(&mut tx, &Reader::of(&visit.actor), year).await?;
    let closing = store::closing(&mut tx, year).await?;
    let sum = |test: &dyn Fn(&Part) -> bool| -> i64 { parts.iter().filter(|part| test(part)).map(|part| part.n).sum() };
    let region = visit.app.region();
    let goals = match (NaiveDate::from_ymd_opt(year as i32, 1, 1), year_end(year)) {
        (Some(from), Some(to)) => store::goals(&mut tx, from, to).await?,
        _ => Vec::new(),
    };
    // a candidate for the highest stars aims at them
    let top = model::aims(visit.app.clock().today()).last().copied().unwrap_or_default();
    let goals = goals
        .into_iter()
        .map(|goal| {
            let reached = sum(&|part| part.state.counts() && (goal.what == "products_3star" || part.aim == top));
            (goal, reached)
        })
        .collect();
    let (fields, errors) = typed.unwrap_or_else(|| {
        let mut fields = Fields::default();
        if let Some(closing) = &closing {
            fields.set("closes_on", date_vi(closing.closes_on));
            fields.set("basis", closing.basis.clone());
        }
        (fields, Errors::default())
    });
    let page = TotalsPage {
        shell: visit.shell(&format!("Tổng hợp đăng ký sản phẩm năm {year}")),
        tab: "totals",
        year,
        years: years(&mut tx, visit).await?,
        by: vec![
            ("Loại đăng ký", sums(&parts, |part| (part.kind.word().to_owned(), part.kind.name().to_owned()))),
            ("Hạng sao hướng tới", sums(&parts, |part| (part.aim.to_string(), format!("{} sao", part.aim)))),
            (
                "Nhóm sản phẩm",
                sums(&parts, |part| {
                    let place = group::all().iter().position(|group| group.id == part.group_id).unwrap_or(9);
                    (place.to_string(), group::name(&part.group_id, Tongue::Vi).to_owned())
                }),
            ),
            (
                "Xã, phường",
                sums(&parts, |part| {
                    let name = part.unit_today.as_deref().map(|id| region.label(id)).unwrap_or_default();
                    (sort_key(&name), name)
                }),
            ),
        ],
        registered: sum(&|part| part.state.counts()),
        accepted: sum(&|part| part.state == State::Accepted),
        waiting: sum(&|part| matches!(part.state, State::Sent | State::Forwarded)),
        goals,
        today: visit.app.clock().today(),
        may_close: may_keep(&visit.actor) && model::years(visit.app.clock().today()).contains(&year),
        form: Form::with(fields, errors, Tongue::Vi),
        closing,
    };
    page.form.answer(&page)
}

/// The keeper sets the closing day of a year; no source states one.
async fn close(visit: Visit, sent: Sent) -> Result<Response> {
    if !may_keep(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let year = model::read_year(fields.get("year"), today).map_err(Refusal::invalid)?;
    let mut errors = Errors::default();
    let day = fields.day("closes_on", &mut errors);
    if let Some(day) = day
        && !(year - 1..=year).contains(&i64::from(day.year()))
    {
        errors.add(
            "closes_on",
            both(
                format!("Ngày kết thúc đăng ký cho năm {year} phải nằm trong năm {} hoặc {year}.", year - 1),
                format!("The closing day for {year} must lie in {} or {year}.", year - 1),
            ),
        );
    }
    let basis = fields.get("basis").to_owned();
    if basis.is_empty() {
        errors.add("basis", both("Hãy ghi văn bản hoặc thông báo đặt ngày này.", "State the paper or notice that sets this day."));
    } else {
        errors.within("basis", &basis, 300);
    }
    let (Some(closes_on), true) = (day, errors.is_empty()) else { return totals_page(&visit, year, Some((fields, errors))).await };
    let mut tx = visit.app.db().write().await?;
    let closing = Closing { closes_on, basis };
    store::close(&mut tx, year, &closing, visit.actor.journal_id(), now).await?;
    let detail =
        serde_json::json!({"set": {"closes_on": closes_on, "basis": closing.basis}, "note": format!("{year}: {}", date_vi(closes_on))});
    Note::of("enrol_close", ("enrolment_year", &year.to_string()), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/dang-ky-san-pham/tong-hop?nam={year}"), "da-luu"))
}
