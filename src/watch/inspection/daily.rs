//! What the clock alone brings about: findings that are late rise, points that nobody confirmed are asked, the order by
//! risk is put right. Each part may run again on one day and does nothing the second time.

use askama::Template;

use chrono::NaiveDate;

use super::model::level_name;
use super::{confirm, question, risk, store};
use crate::access::{Act, Of, Readers, Voice};
use crate::db::{DbResult, Tx};
use crate::error::Result;
use crate::journal::Note;
use crate::mail::{Gathered, Lines};
use crate::point::{self, Point};
use crate::state::App;
use crate::text::date_vi;
use crate::{execute, fetch_all, setting};

/// The day's work of this slice.
pub async fn daily(app: &App) -> Result<()> {
    rise(app, 2).await?;
    rise(app, 3).await?;
    risk::refresh_all(app).await?;
    question::settle(app).await?;
    question::daily(app).await?;
    confirm::ask(app).await
}

/// Those who follow a point: its operator, the association that stands by it, its commune.
pub(super) async fn around(tx: &mut Tx, point: &Point, today: NaiveDate) -> DbResult<Readers> {
    let mut readers = Readers::find(tx, Voice::Business, point.operator_id.as_deref().map(Of::Body), today).await?;
    readers.add(tx, Voice::Association, point.supporter_id.as_deref().map(Of::Body), today).await?;
    readers.add(tx, Voice::Commune, point.unit_today.as_deref().map(Of::Unit), today).await?;
    Ok(readers)
}

#[derive(Template)]
#[template(path = "inspection/letter_risen.txt", whitespace = "preserve")]
struct RisenLetter<'a> {
    lines: Lines,
    base: &'a str,
}

/// Late findings rise to a level, each once; everybody who is told gets one mail with all of theirs.
async fn rise(app: &App, level: i64) -> Result<()> {
    const ROWS: i64 = 300;
    let (now, today, base) = (app.clock().now(), app.clock().today(), &app.config().base_url);
    loop {
        let mut tx = app.db().write().await?;
        let since = today - setting::days(&mut tx, "finding_rise_days", today).await?;
        let findings = store::rising(&mut tx, level, today, since, ROWS).await?;
        if findings.is_empty() {
            return Ok(());
        }
        let mut letters = Gathered::default();
        let mut risen = 0;
        for finding in &findings {
            if !store::rise(&mut tx, &finding.id, level, today, level_name(level)).await? {
                continue;
            }
            risen += 1;
            let Some(point) = point::store::find(&mut tx, &finding.point_id).await? else { continue };
            let mut readers = Readers::default();
            if level == 2 {
                readers.add(&mut tx, Voice::Commune, point.unit_today.as_deref().map(Of::Unit), today).await?;
                readers.add(&mut tx, Act::HearOfPoints, Of::Power("accept"), today).await?;
            } else {
                readers.add(&mut tx, Act::Select, Of::Power("select"), today).await?;
            }
            let due = finding.fix_by.map(date_vi).unwrap_or_default();
            let said =
                finding.reported_on.map(|day| format!(" Cơ sở báo đã khắc phục ngày {}, chờ xác nhận.", date_vi(day))).unwrap_or_default();
            let line = format!(
                "- {} – {}: {} (hạn {due}).{said}\n  {base}/kiem-tra/phat-hien/{}",
                point.code, point.name, finding.what, finding.id
            );
            letters.add(readers, &line);
            let detail = serde_json::json!({"finding": finding.id, "level": level, "fix_by": finding.fix_by, "note": finding.what});
            Note::of("rise_finding", ("point", &point.id), detail).by_name(&mut tx, now, ("system", "Hệ thống")).await?;
        }
        let say = |lines| ("Phát hiện quá hạn khắc phục".to_owned(), RisenLetter { lines, base });
        letters.send(&mut tx, now, ROWS as usize, say).await?;
        tx.commit().await?;
        // nothing rose though something was found: it has been there already, and asking again gives the same
        if risen == 0 {
            return Ok(());
        }
    }
}

/// A point that has to be asked.
#[derive(sqlx::FromRow)]
pub(super) struct Unasked {
    pub(super) id: String,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) operator_id: Option<String>,
    pub(super) unit_today: Option<String>,
    pub(super) last_confirmed_on: Option<NaiveDate>,
}

/// Points that nobody confirmed for too long and that were not asked since a day; those of one commune together.
pub(super) async fn unasked(tx: &mut Tx, today: NaiveDate, since: NaiveDate, most: i64) -> DbResult<Vec<Unasked>> {
    fetch_all!(
        tx,
        Unasked,
        "select p.id, p.code, p.name, p.operator_id, p.unit_today, p.last_confirmed_on from inspection_risk r join point p on p.id = r.point_id
         where r.unit_id = '*' and r.confirm_by <= $1 and p.state = 'operating'
           and not exists (select 1 from confirmation_request q where q.point_id = p.id and q.asked_on > $2)
         order by p.unit_today, p.id limit $3",
        today,
        since,
        most
    )
}

/// Notes that a point was asked.
pub(super) async fn asked(tx: &mut Tx, point_id: &str, on: NaiveDate) -> DbResult<u64> {
    execute!(
        tx,
        "insert into confirmation_request (point_id, asked_on) values ($1, $2) on conflict (point_id, asked_on) do nothing",
        point_id,
        on
    )
}
