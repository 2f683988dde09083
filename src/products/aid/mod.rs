//! Support for producers (hỗ trợ chủ thể): asked for or offered, granted, delivered, with what came of it.
//!
//! `model` holds the rules (pure) and reads kinds and reasons of priority from the law's data, `store` the SQL, `pages` list,
//! totals and asking, `steps` one support and what becomes of it.

pub mod model;
mod pages;
mod steps;
pub mod store;
#[cfg(test)]
mod tests;

use crate::access::{Act, Need, Of, Readers, Routes, Voice};
use crate::db::{DbResult, Tx};
use crate::error::Result;
use crate::page::{Todo, TodoRow, Visit, Whose};
use crate::state::App;
use crate::{mail, setting};
use askama::Template;
use model::{Aid, State};

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes().merge(steps::routes())
}

/// Who reads support at all; rows narrow it.
const READERS: Need = Need::May(Act::ReadAid);

/// What waits for the reader: requests for the city, support to be given, effects that were asked for.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    let scope = visit.actor.scope();
    let keeper = model::may_keep(&visit.actor);
    let mut asked = Vec::new();
    if keeper {
        asked.push((State::Asked, "aid-asked", "Hỗ trợ chủ thể chờ quyết định"));
        asked.push((State::Granted, "aid-granted", "Hỗ trợ chủ thể đang thực hiện"));
    }
    if keeper || model::may_ask(&visit.actor) {
        asked.push((State::Delivered, "aid-effect", "Ghi kết quả của hỗ trợ chủ thể"));
    }
    let mut todos = Vec::new();
    for (state, id, title) in asked {
        let rows = store::waiting(tx, &scope, state, MOST).await?;
        let count = if (rows.len() as i64) < MOST { rows.len() as i64 } else { store::waiting_count(tx, &scope, state).await? };
        let rows = rows
            .into_iter()
            .map(|row| TodoRow {
                due: row.aid.due_on.filter(|_| state == State::Granted),
                since: Some(row.aid.state_since).filter(|_| state != State::Granted),
                title: format!("{}: {}", row.aid.what_name(), row.producer),
                href: format!("/ho-tro-chu-the/{}", row.aid.id),
                place: row.product,
                chip: Some(row.aid.priority_name()).filter(|name| !name.is_empty()).map(|name| ("info", name.to_owned())),
            })
            .collect();
        todos.push(Todo {
            id,
            title: title.into(),
            count,
            rows,
            all: format!("/ho-tro-chu-the?trang-thai={}", state.word()),
            deed: title,
            whose: if state == State::Asked { Whose::Decide } else { Whose::Do },
        });
    }
    Ok(todos)
}

/// The producer and its commune.
async fn sides(tx: &mut Tx, aid: &Aid, today: chrono::NaiveDate) -> DbResult<Readers> {
    let mut readers = Readers::find(tx, Voice::Business, Of::Body(&aid.producer_id), today).await?;
    readers.add(tx, Voice::Commune, aid.unit_id.as_deref().map(Of::Unit), today).await?;
    Ok(readers)
}

#[derive(Template)]
#[template(path = "aid/letter_effect.txt", whitespace = "preserve")]
struct EffectLetter<'a> {
    aid: &'a Aid,
    base: &'a str,
}

/// Asks what came of support that was delivered long enough ago, once for each.
pub async fn daily(app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().write().await?;
    let by = today - setting::days(&mut tx, "aid_effect_days", today).await?;
    for aid in store::ask_effect(&mut tx, by, today).await? {
        let readers = sides(&mut tx, &aid, today).await?;
        let text = EffectLetter { aid: &aid, base: &app.config().base_url };
        mail::letter(&mut tx, now, readers, "Kết quả của hỗ trợ chủ thể OCOP", &text).await?;
    }
    tx.commit().await?;
    app.wake();
    Ok(())
}
