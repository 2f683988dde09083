//! Mails about a point's way: to whom it is left what to do, to whoever follows it what happened, and that nothing waits for them.

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Point, State};
use super::turn::{Author, Side, Turn};
use crate::access::{Act, Of, Readers, Voice, Who, store as access};
use crate::db::{DbResult, Tx};
use crate::error::Both;
use crate::mail;
use crate::party;
use crate::text::{Tongue, date_vi};

/// Who put a point forward.
pub async fn author(tx: &mut Tx, point: &Point) -> DbResult<Author> {
    let Some(body) = &point.nominated_by else { return Ok(Author::Business) };
    if point.supporter_id.as_deref() == Some(body.as_str()) {
        return Ok(Author::Association);
    }
    let unit = party::store::find(tx, body).await?.and_then(|body| body.unit_id);
    Ok(if unit.is_some() && (unit == point.unit_today || unit == point.unit_id) { Author::Commune } else { Author::City })
}

/// The people of a side who read mail.
async fn people(tx: &mut Tx, side: Side, point: &Point, today: NaiveDate) -> DbResult<Readers> {
    let (who, of): (Who, _) = match side {
        Side::Business => (Voice::Business.into(), point.operator_id.as_deref().map(Of::Body)),
        Side::Commune => (Voice::Commune.into(), point.unit_today.as_deref().map(Of::Unit)),
        Side::Association => (Voice::Association.into(), point.supporter_id.as_deref().map(Of::Body)),
        Side::Department => (Act::HearOfPoints.into(), Some(Of::Power("accept"))),
        Side::Survey => (Act::Survey.into(), Some(Of::Power("survey"))),
        Side::Leader => (Act::Select.into(), Some(Of::Power("select"))),
    };
    Readers::find(tx, who, of, today).await
}

#[derive(Template)]
#[template(path = "point/letter_news.txt", whitespace = "preserve")]
struct NewsLetter<'a> {
    code: &'a str,
    place: &'a str,
    happened: &'a str,
    words: &'a str,
    deed: String,
    id: &'a str,
    base: &'a str,
}

/// Who is told of a state though nothing waits for them.
fn followers(state: State) -> &'static [Side] {
    match state {
        State::Returned | State::Selected | State::Declined | State::Preparing | State::Operating | State::Suspended | State::Closed => {
            &[Side::Commune, Side::Business, Side::Association]
        }
        _ => &[],
    }
}

/// Tells those around a point what happened and what each of them does next, in the caller's transaction. What waits for a
/// commune that has nobody to read it is told to those who take its place.
pub async fn tell(tx: &mut Tx, now: DateTime<Utc>, today: NaiveDate, base_url: &str, point: &Point, words: &str) -> DbResult<()> {
    let news = News { happened: point.happened(), followers: followers(point.state), words };
    tell_news(tx, now, today, base_url, point, news).await
}

/// What is told of a point where its state alone does not say it.
pub struct News<'a> {
    /// What happened, as in "Hồ sơ … đã …".
    pub happened: Both,
    /// Who is told though nothing waits for them.
    pub followers: &'a [Side],
    /// What goes with it, or empty.
    pub words: &'a str,
}

/// The same as [`tell`], in words of the caller's.
pub async fn tell_news(tx: &mut Tx, now: DateTime<Utc>, today: NaiveDate, base_url: &str, point: &Point, news: News<'_>) -> DbResult<()> {
    let News { happened, followers, words } = news;
    let turns = point.turns(author(tx, point).await?);
    let mut told: Vec<(String, String, Option<String>)> = Vec::new();
    let mut add = |people: Readers, deed: Option<&str>| {
        for (email, name) in people {
            if !told.iter().any(|(known, ..)| *known == email) {
                told.push((email, name, deed.map(str::to_owned)));
            }
        }
    };
    for Turn { side, deed } in &turns {
        let found = people(tx, *side, point, today).await?;
        if found.is_empty() && *side == Side::Commune {
            add(people(tx, Side::Department, point, today).await?, Some(&format!("{}, thay xã, phường chưa có người dùng", deed.vi)));
        }
        add(found, Some(&deed.vi));
    }
    let is_unread = is_unread(tx, point, today).await?;
    if is_unread {
        let deed = "nhận hồ sơ thay xã, phường chưa có người dùng, hoặc mời cán bộ xã, phường vào hệ thống";
        add(people(tx, Side::Department, point, today).await?, Some(deed));
        add(Readers::find(tx, Act::KeepPeople, Of::All, today).await?, Some(deed));
    }
    for side in followers {
        add(people(tx, *side, point, today).await?, None);
    }
    if matches!(point.state, State::Suspended | State::Closed) {
        add(Readers::find(tx, Act::HearOfPoints, Of::Power("inspect"), today).await?, None);
    }

    // of several deadlines of a preparation the nearest is not that of everything
    let before = if point.state == State::Preparing { "hạn gần nhất" } else { "trước ngày" };
    let due = point.due_on.map(|due| format!(", {before} {}", date_vi(due))).unwrap_or_default();
    let waits = match turns.first() {
        Some(turn) => format!("Bạn không cần làm gì; việc tiếp theo là của {}: {}{due}.", turn.side.name().vi, turn.deed.vi),
        None => "Bạn không cần làm gì.".to_owned(),
    };
    let standing = point.standing();
    // whoever registered it chose its name
    let place = mail::plain(&point.name);
    for (email, name, deed) in told {
        let deed = deed.map_or_else(|| waits.clone(), |deed| format!("Việc của bạn: {deed}{due}."));
        let (code, place, happened, id) = (&point.code, &place, happened.get(Tongue::Vi), &point.id);
        let text = NewsLetter { code, place, happened, words, deed, id, base: base_url };
        mail::letter(tx, now, [(email, name)], &format!("{place} – {}", standing.get(Tongue::Vi)), &text).await?;
    }
    Ok(())
}

/// Whether a registration waits for a commune that nobody signs in for.
pub async fn is_unread(tx: &mut Tx, point: &Point, today: NaiveDate) -> DbResult<bool> {
    match &point.unit_today {
        Some(unit) if point.state == State::Draft && point.submitted_at.is_some() => {
            Ok(!access::has_people(tx, Voice::Commune, unit, today).await?)
        }
        None => Ok(point.state == State::Draft && point.submitted_at.is_some()),
        Some(_) => Ok(false),
    }
}
