//! A surveyor who is stopped, as no set of criteria applies on the day, tells the leaders with one press: mail and work item.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use super::pages::SURVEYORS;
use crate::access::{Act, Of, Readers, Routes};
use crate::db::{DbResult, Tx};
use crate::error::{Refusal, Result};
use crate::journal::Note;
use crate::page::{Sent, Todo, TodoRow, Visit, Whose, go};
use crate::point::{self, Step};
use crate::rule::sheet::basis_on;
use crate::text::date_vi;
use crate::{clock, execute, fetch_all, fetch_optional, mail, rule};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/ho-so/{id}/khao-sat/bao", SURVEYORS, tell)
}

/// Whether leaders were told, and who they are.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "survey/asking.html")]
pub struct Ask {
    point_id: String,
    day: NaiveDate,
    asked_at: Option<DateTime<Utc>>,
    leaders: Vec<String>,
    may_ask: bool,
}

impl HtmlSafe for Ask {}

impl Ask {
    fn when(&self) -> String {
        self.asked_at.map(|at| clock::local(at).format("%d/%m/%Y %H:%M").to_string()).unwrap_or_default()
    }
}

/// Those who may record the decision to go on applying a set.
async fn leaders(tx: &mut Tx, today: NaiveDate) -> DbResult<Readers> {
    Readers::find(tx, Act::Select, Of::Power("select"), today).await
}

/// Whether leaders were told about a point.
pub(super) async fn of(tx: &mut Tx, visit: &Visit, point_id: &str, day: NaiveDate) -> DbResult<Ask> {
    let asked = fetch_optional!(tx, (DateTime<Utc>,), "select asked_at from criteria_ask where point_id = $1", point_id)?;
    let leaders = leaders(tx, visit.app.clock().today()).await?.into_iter().map(|(_, name)| name).collect();
    Ok(Ask { point_id: point_id.to_owned(), day, asked_at: asked.map(|(at,)| at), leaders, may_ask: Step::Survey.may(&visit.actor) })
}

/// The point is being surveyed: what was asked for is there.
pub(super) async fn answered(tx: &mut Tx, point_id: &str) -> DbResult<u64> {
    execute!(tx, "delete from criteria_ask where point_id = $1", point_id)
}

#[derive(Template)]
#[template(path = "survey/letter_criteria.txt", whitespace = "preserve")]
struct CriteriaLetter<'a> {
    surveyor: &'a str,
    code: &'a str,
    place: &'a str,
    day: NaiveDate,
    id: &'a str,
    base: &'a str,
}

async fn tell(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let day = crate::text::parse_date(sent.fields.get("day")).unwrap_or(today);
    let mut tx = visit.app.db().write().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    if !Step::Survey.may(&visit.actor) || !Step::Survey.from().contains(&point.state) {
        return Err(Refusal::forbidden().into());
    }
    let back = go(&format!("/ho-so/{id}/khao-sat/moi"), "da-bao-lanh-dao");
    let told = execute!(
        &mut tx,
        "insert into criteria_ask (point_id, day, asked_by, asked_at) values ($1, $2, $3, $4) on conflict (point_id) do nothing",
        &id,
        day,
        visit.actor.journal_id(),
        now
    )?;
    // who presses twice writes one mail
    if told == 0 {
        return Ok(back);
    }
    let base = &visit.app.config().base_url;
    let place = mail::plain(&point.name);
    let readers = leaders(&mut tx, today).await?;
    let text = CriteriaLetter { surveyor: &visit.actor.journal_name(), code: &point.code, place: &place, day, id: &id, base };
    mail::letter(&mut tx, now, readers, &format!("Chưa có bộ tiêu chí để khảo sát {place}"), &text).await?;
    Note::of("ask_criteria", ("point", &id), serde_json::json!({"note": format!("ngày {}", date_vi(day)), "day": day}))
        .by(&mut tx, now, &visit.actor)
        .await?;
    tx.commit().await?;
    visit.app.wake();
    Ok(back)
}

#[derive(sqlx::FromRow)]
struct Row {
    point_id: String,
    day: NaiveDate,
    asked_at: DateTime<Utc>,
    name: String,
    code: String,
}

/// Points that cannot be surveyed until a leader records which set goes on applying.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    if !(visit.actor.may(Act::Select) && visit.actor.can("select")) {
        return Ok(Vec::new());
    }
    let rows = fetch_all!(
        tx,
        Row,
        "select a.point_id, a.day, a.asked_at, p.name, p.code from criteria_ask a join point p on p.id = a.point_id
         where p.state in ('accepted', 'surveyed', 'declined') order by a.asked_at, a.point_id limit 60"
    )?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    // what has a set by now waits for nobody
    let (sets, applications) = (rule::store::sets(tx).await?, rule::store::applications(tx).await?);
    let mut waiting = Vec::new();
    for row in rows {
        let units = point::store::units_of(tx, &row.point_id).await?;
        if basis_on(&sets, &applications, &units, &visit.app.region().province().id, row.day).is_err() {
            waiting.push(row);
        }
    }
    let rows = waiting.into_iter().map(|row| TodoRow {
        due: None,
        since: Some(clock::local(row.asked_at).date_naive()),
        title: format!("Ghi quyết định vận dụng để khảo sát {}", row.name),
        href: "/bo-tieu-chi/van-dung".into(),
        place: format!("{} · ngày {} chưa có bộ tiêu chí", row.code, date_vi(row.day)),
        chip: None,
    });
    let rows: Vec<TodoRow> = rows.collect();
    Ok(vec![Todo {
        id: "criteria",
        title: "Khảo sát chờ bộ tiêu chí".into(),
        count: rows.len() as i64,
        rows,
        all: "/bo-tieu-chi".into(),
        deed: "Cần bộ tiêu chí",
        whose: Whose::Decide,
    }])
}
