//! When a point opened and closed, as its sources say: the days that are still asked for, and giving them.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::enter::record;
use super::model::{Point, State};
use super::pages::load_shown;
use super::store;
use crate::access::{Act, Actor, Need, Routes, Scope};
use crate::db::{DbResult, Tx};
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, COUNTED, Fields, Rows, Sent, Shell, Todo, TodoRow, Visit, Whose, go, html, page_key, read_key};
use crate::text::{Edtf, Tongue};
use crate::{fetch_all, fetch_one};

const KEEPERS: Need = Need::May(Act::AcceptPoints);
/// Rows a page.
const PAGE: i64 = 30;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ho-so/ngay-chua-ro", KEEPERS, unknown).post("/ho-so/{id}/ngay", KEEPERS, give)
}

/// Whether a caller says when points opened and closed: those who keep the register of the city.
pub fn may_date(actor: &Actor) -> bool {
    actor.may(Act::AcceptPoints) && actor.can("accept")
}

/// A point of which a day is not known to the day.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Vague {
    id: String,
    code: String,
    name: String,
    sort: String,
    address: String,
    state: State,
    opened_on: Option<NaiveDate>,
    opened_as: String,
    closed_on: Option<NaiveDate>,
    closed_as: String,
    demo: bool,
}

/// Those points after a key.
async fn vague(tx: &mut Tx, after: (&str, &str), rows: i64) -> DbResult<Vec<Vague>> {
    fetch_all!(
        tx,
        Vague,
        "select id, code, name, sort, address, state, opened_on, opened_as, closed_on, closed_as, demo from point
         where (sort, id) > ($1, $2) and state in ('operating', 'suspended', 'closed') and (opened_on is null or closed_on is null and state = 'closed')
         order by sort, id limit $3",
        after.0,
        after.1,
        rows
    )
}

/// What a keeper of the register may complete.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    if !may_date(&visit.actor) || visit.actor.scope() != Scope::All {
        return Ok(Vec::new());
    }
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from (select 1 from point where state in ('operating', 'suspended', 'closed') and (opened_on is null or closed_on is null and state = 'closed') limit $1) found",
        COUNTED + 1
    )?;
    let rows = vague(tx, ("", ""), 5)
        .await?
        .into_iter()
        .map(|row| TodoRow { due: None, since: None, href: format!("/ho-so/{}", row.id), place: row.asked(), title: row.name, chip: None })
        .collect();
    Ok(vec![Todo {
        id: "point-days",
        title: "Điểm chưa rõ ngày mở hoặc ngày đóng".into(),
        count,
        rows,
        all: "/ho-so/ngay-chua-ro".into(),
        deed: "Cần ghi ngày mở, đóng",
        whose: Whose::Do,
    }])
}

impl Vague {
    /// What is not known of its days, in words.
    fn asked(&self) -> String {
        let said = |day: Option<NaiveDate>, word: &str, what: &str| match Edtf::of(day, word) {
            Some(given) if given.is_exact() => None,
            Some(given) => Some(format!("{what} {}", given.shown(Tongue::Vi))),
            None => Some(format!("chưa rõ ngày {what}")),
        };
        let closed = (self.state == State::Closed).then(|| said(self.closed_on, &self.closed_as, "đóng")).flatten();
        said(self.opened_on, &self.opened_as, "mở").into_iter().chain(closed).collect::<Vec<_>>().join("; ")
    }
}

#[derive(Template)]
#[template(path = "point/dates.html")]
struct UnknownPage {
    shell: Shell,
    list: Rows<Vague>,
    ask: Ask,
}

async fn unknown(visit: Visit) -> Result<Response> {
    if !may_date(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let ask = Ask::new(&visit);
    let key = read_key(ask.get("sau"));
    let mut tx = visit.app.db().read().await?;
    let found = vague(&mut tx, key.unwrap_or_default(), PAGE + 1).await?;
    drop(tx);
    let list = Rows::cut(found, PAGE, key.map(|(sort, _)| sort), |row| page_key(&row.sort, &row.id));
    html(&UnknownPage { shell: visit.shell("Điểm chưa rõ ngày"), list, ask })
}

/// Reads both days of a form against each other.
fn read(fields: &Fields, point: &Point, today: NaiveDate) -> Result<(Option<Edtf>, Option<Edtf>), Both> {
    let day = |name: &str| Edtf::read(fields.get(name)).map_err(Both::from);
    let opened = day("opened")?;
    let closed = if point.state == State::Closed { day("closed")? } else { point.closed() };
    let first = opened.and_then(Edtf::earliest);
    if [first, closed.and_then(Edtf::earliest)].into_iter().flatten().any(|day| day > today) {
        return Err(both("Ngày ở tương lai; hãy kiểm tra lại.", "The day lies in the future; check it."));
    }
    if let (Some(opened), Some(closed)) = (first, closed.and_then(Edtf::latest).filter(|_| point.state == State::Closed))
        && closed < opened
    {
        return Err(both("Ngày đóng trước ngày mở; hãy kiểm tra hai ngày.", "It closed before it opened; check both days."));
    }
    if let (Some(opened), Some(seen)) = (first, point.last_confirmed_on)
        && seen < opened
    {
        return Err(both(
            "Trước ngày mở đã có người thấy điểm hoạt động; hãy kiểm tra lại.",
            "Somebody saw the point running before that day; check it.",
        ));
    }
    Ok((opened, closed))
}

async fn give(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    if !may_date(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let before = load_shown(&mut tx, &visit, &id, fields.version()).await?;
    if !before.state.is_public() {
        return Err(Refusal::invalid(both(
            "Điểm chưa mở; ngày khai trương được ghi ở bước khai trương.",
            "The point has not opened; its opening has a step of its own.",
        ))
        .into());
    }
    let source = fields.get("days_source").to_owned();
    if source.is_empty() {
        return Err(Refusal::invalid(both("Hãy ghi nguồn của ngày này.", "Say where this day is known from.")).into());
    }
    let (opened, closed) = read(&fields, &before, today).map_err(Refusal::invalid)?;
    let mut point = before.clone();
    (point.opened_on, point.opened_as) = Edtf::columns(opened);
    (point.closed_on, point.closed_as) = Edtf::columns(closed);
    if point == before {
        return Ok(go(&format!("/ho-so/{id}"), "da-luu"));
    }
    if store::save(&mut tx, &before, &point, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let mut detail = record(&point);
    detail["note"] = source.into();
    detail["set"]["closed_on"] = serde_json::json!(closed.map(Edtf::word));
    Note::of("date_point", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/ho-so/{id}"), "da-luu"))
}
