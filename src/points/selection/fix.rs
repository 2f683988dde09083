//! A point that was not chosen is put forward again: what the guidance named is put right, with papers, and it is surveyed again.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::{Verdict, store};
use crate::access::{Act, Need, Routes, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::file;
use crate::journal::Note;
use crate::page::{COUNTED, Errors, Fields, Form, Sent, Shell, Todo, TodoRow, Visit, Whose, go, html, keep_papers, once};
use crate::point::turn::Side;
use crate::point::{self, News, Point, State, Step, list};
use crate::text::{Tongue, date_vi};

const FIXERS: Need = Need::May(Act::FixSelected);
/// Field under which the papers are attached to the point.
pub const FIXED: &str = "fixed";
const TEXT: usize = 2_000;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ho-so/{id}/khac-phuc", FIXERS, show).post_files("/ho-so/{id}/khac-phuc", FIXERS, ask)
}

#[derive(Template)]
#[template(path = "selection/fix.html")]
struct FixPage {
    shell: Shell,
    point: Point,
    verdict: Option<Verdict>,
    form: Form,
    today: chrono::NaiveDate,
}

/// The point, if it is this caller's to put forward again.
async fn ground(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Point> {
    let point = point::load(tx, visit, id).await?;
    if !Step::Resurvey.may(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    Ok(point)
}

async fn page(visit: &Visit, id: &str, fields: Fields, errors: Errors) -> Result<FixPage> {
    let mut tx = visit.app.db().read().await?;
    let point = ground(&mut tx, visit, id).await?;
    point.clone().resurvey(visit.app.clock().today()).map_err(Refusal::from)?;
    let verdict = store::of(&mut tx, id).await?.into_iter().next().filter(|verdict| verdict.verdict == "declined");
    Ok(FixPage {
        shell: visit.shell(&format!("Đề nghị khảo sát lại: {}", point.name)),
        verdict,
        form: Form::with(fields, errors, Tongue::Vi),
        today: visit.app.clock().today(),
        point,
    })
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    html(&page(&visit, &id, Fields::default(), Errors::default()).await?)
}

async fn ask(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let (fields, files) = (sent.fields, sent.files);
    let mut tx = visit.app.db().read().await?;
    let shown = ground(&mut tx, &visit, &id).await?;
    shown.resurvey(today).map_err(Refusal::from)?;
    drop(tx);
    let mut errors = Errors::default();
    let fixed = fields.get("fixed").to_owned();
    if fixed.is_empty() {
        errors.add("fixed", both("Hãy ghi đã khắc phục những gì.", "State what was put right."));
    } else {
        errors.within("fixed", &fixed, TEXT);
    }
    let kept = if errors.is_empty() { keep_papers(&visit, files, "papers", &mut errors).await? } else { Vec::new() };
    if !errors.is_empty() {
        let page = page(&visit, &id, fields, errors).await?;
        return page.form.answer(&page);
    }
    let mut tx = once::begin(&visit, &fields).await?;
    let before = ground(&mut tx, &visit, &id).await?;
    // a colleague who was first has moved it on, and that is said
    let after = before.clone().resurvey(today).map_err(Refusal::from)?;
    if point::store::save(&mut tx, &before, &after, visit.app.region(), now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let caption = format!("Đã khắc phục, {}", date_vi(today));
    for paper in &kept {
        let place = file::Place { kind: "point", id: &id, field: FIXED, caption: &caption, position: None, is_public: false };
        file::add(&mut tx, now, paper, place, visit.actor.journal_id()).await?;
    }
    let detail = serde_json::json!({
        "from": before.state.word(), "to": after.state.word(), "reason": fixed, "files": kept.iter().map(|paper| &paper.digest).collect::<Vec<_>>(),
        "set": {"state": after.state.word(), "state_since": after.state_since, "due_on": after.due_on},
    });
    Note::of(Step::Resurvey.word(), ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    let words = format!("Đã khắc phục: {fixed}");
    let news = News {
        happened: both("đã khắc phục và được đề nghị khảo sát lại", "was put right and is to be surveyed again"),
        followers: &[Side::Commune, Side::Business, Side::Association],
        words: &words,
    };
    point::tell_news(&mut tx, now, today, &visit.app.config().base_url, &after, news).await?;
    let answer = once::end(tx, &fields, go(&format!("/ho-so/{id}"), "resurvey")).await?;
    visit.app.wake();
    Ok(answer)
}

/// Points of the reader that were not chosen and have something to put right.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    let actor = &visit.actor;
    if !actor.voice().is_some_and(|voice| voice != Voice::City) || !Step::Resurvey.may(actor) {
        return Ok(Vec::new());
    }
    let scope = actor.scope();
    let rows = list::waiting(tx, &scope, State::Declined, MOST).await?;
    let count = match rows.len() as i64 {
        few if few < MOST => few,
        _ => list::counts(tx, &scope)
            .await?
            .into_iter()
            .find(|(state, _)| *state == State::Declined)
            .map_or(MOST, |(_, count)| count.min(COUNTED + 1)),
    };
    let rows = rows.into_iter().map(|row| TodoRow {
        due: row.due_on,
        since: Some(row.state_since),
        title: row.name,
        href: format!("/ho-so/{}/khac-phuc", row.id),
        place: row.code,
        chip: Some(("warn", row.due_on.map_or_else(|| "cần khắc phục".to_owned(), |day| format!("khắc phục trước {}", date_vi(day))))),
    });
    Ok(vec![Todo {
        id: "fix",
        title: "Khắc phục, rồi đề nghị khảo sát lại".into(),
        count,
        rows: rows.collect(),
        all: "/ho-so?state=declined".into(),
        deed: "Cần khắc phục",
        whose: Whose::Do,
    }])
}
