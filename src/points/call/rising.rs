//! Mails of a call: when it is issued, some days before it is due, and once when an answer is late.

use askama::Template;
use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::model::{Call, Reply};
use super::store;
use crate::access::{Act, Of, Readers, Voice};
use crate::db::{DbResult, Tx};
use crate::error::Result;
use crate::journal::Note;
use crate::state::App;
use crate::{mail, setting};

/// Names listed in a mail to leaders; the rest is counted.
const NAMED: usize = 40;

/// Accounts that answer for a body.
async fn people(tx: &mut Tx, reply: &Reply, today: NaiveDate) -> DbResult<Readers> {
    let mut people = Readers::find(tx, Act::AnswerCalls, Of::Body(&reply.body_id), today).await?;
    people.add(tx, Voice::Commune, reply.unit_id.as_deref().map(Of::Unit), today).await?;
    Ok(people)
}

#[derive(Template)]
#[template(path = "call/letter_call.txt", whitespace = "preserve")]
struct CallLetter<'a> {
    words: &'a str,
    call: &'a Call,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "call/letter_late.txt", whitespace = "preserve")]
struct LateLetter<'a> {
    late: &'a [Reply],
    call: &'a Call,
    base: &'a str,
}

/// Writes to the accounts of an addressee; gives how many.
pub async fn write_to(
    tx: &mut Tx,
    app: &App,
    call: &Call,
    reply: &Reply,
    subject: &str,
    words: &str,
    now: DateTime<Utc>,
) -> DbResult<usize> {
    let people = people(tx, reply, app.clock().today()).await?;
    let people = people.into_iter().map(|(email, name)| (email, format!("{name} ({})", reply.name)));
    mail::letter(tx, now, people, subject, &CallLetter { words, call, base: &app.config().base_url }).await
}

/// Reminds before the due date, and on the day after tells the addressee and the leaders of the office that calls; each once.
pub async fn daily(app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().write().await?;
    newly_reached(&mut tx, app, now, today).await?;
    let notice = setting::days(&mut tx, "call_notice_days", today).await?;
    for call in store::pressing(&mut tx, today + notice).await? {
        if call.is_over(today) {
            late(&mut tx, app, &call, now, today).await?;
        } else if call.issued_on.is_some_and(|issued| issued < call.due_on - notice) {
            // whoever got the call within the days of notice was just told
            let reminded = store::remind(&mut tx, &call.id, today).await?;
            for reply in &reminded {
                write_to(
                    &mut tx,
                    app,
                    &call,
                    reply,
                    &format!("Nhắc trả lời: {}", call.title),
                    "Đợt đề nghị dưới đây sắp đến hạn và chưa có trả lời.",
                    now,
                )
                .await?;
            }
            if !reminded.is_empty() {
                let detail = json!({"addressees": reminded.len(), "note": format!("{} nơi chưa trả lời", reminded.len())});
                Note::of("remind_call", ("call", &call.id), detail).by_name(&mut tx, now, ("system", "Hệ thống")).await?;
            }
        }
    }
    tx.commit().await?;
    app.wake();
    Ok(())
}

/// What is said to whoever gets a call.
pub fn words(call: &Call) -> String {
    format!("Đề nghị trả lời đợt đề nghị phát triển điểm giới thiệu và bán sản phẩm OCOP năm {}.", call.year)
}

/// Writes to the accounts of an addressee that nobody reached yet; whether there was one.
pub async fn reach(tx: &mut Tx, app: &App, call: &Call, reply: &Reply, now: DateTime<Utc>) -> DbResult<bool> {
    let told = write_to(tx, app, call, reply, &call.title, &words(call), now).await? > 0;
    if told {
        store::reach(tx, &reply.id, "account", "", app.clock().today()).await?;
    }
    Ok(told)
}

/// Whoever has got an account since a call was issued is told of it now.
async fn newly_reached(tx: &mut Tx, app: &App, now: DateTime<Utc>, today: NaiveDate) -> Result<()> {
    let reachable = Reachable::load(tx, today).await?;
    for call in store::unknown_somewhere(tx, 50).await? {
        let mut told = 0;
        let mut after = String::new();
        loop {
            let replies = store::unreached(tx, &call.id, &after, 200).await?;
            let Some(last) = replies.last() else { break };
            after.clone_from(&last.id);
            for reply in replies.iter().filter(|reply| reachable.has(&reply.body_id, reply.unit_id.as_deref())) {
                told += usize::from(reach(tx, app, &call, reply, now).await?);
            }
        }
        if told > 0 {
            let detail = json!({"addressees": told, "note": format!("{told} nơi nay có tài khoản")});
            Note::of("reach_call", ("call", &call.id), detail).by_name(tx, now, ("system", "Hệ thống")).await?;
        }
    }
    Ok(())
}

/// Bodies and communes with an active account that answers for them.
pub struct Reachable {
    bodies: HashSet<String>,
    units: HashSet<String>,
}

impl Reachable {
    /// Those of a day.
    pub async fn load(tx: &mut Tx, today: NaiveDate) -> DbResult<Reachable> {
        let grants = store::with_account(tx, today).await?;
        let units = grants.iter().filter(|(_, _, role)| role.voice() == Voice::Commune).filter_map(|(_, unit, _)| unit.clone()).collect();
        Ok(Reachable { bodies: grants.into_iter().map(|(body, ..)| body).collect(), units })
    }

    /// Whether a mail would reach a body that governs a commune.
    pub fn has(&self, body: &str, unit: Option<&str>) -> bool {
        self.bodies.contains(body) || unit.is_some_and(|unit| self.units.contains(unit))
    }
}

async fn late(tx: &mut Tx, app: &App, call: &Call, now: DateTime<Utc>, today: NaiveDate) -> Result<()> {
    let mut late = store::rise(tx, call, today).await?;
    if late.is_empty() {
        return Ok(());
    }
    late.sort_by(|a, b| a.sort.cmp(&b.sort));
    for reply in &late {
        write_to(
            tx,
            app,
            call,
            reply,
            &format!("Quá hạn trả lời: {}", call.title),
            "Đợt đề nghị dưới đây đã quá hạn mà chưa có trả lời. Đề nghị trả lời ngay; trả lời sẽ được ghi là chậm.",
            now,
        )
        .await?;
    }
    let leaders = Readers::find(tx, Act::Oversee, Of::Body(&call.body_id), today).await?;
    let text = LateLetter { late: &late, call, base: &app.config().base_url };
    mail::letter(tx, now, leaders, &format!("{} nơi chậm trả lời: {}", late.len(), call.title), &text).await?;
    let bodies: Vec<&str> = late.iter().map(|reply| reply.body_id.as_str()).collect();
    let detail = json!({"addressees": bodies, "note": format!("{} nơi chậm trả lời", late.len())});
    Note::of("late_call", ("call", &call.id), detail).by_name(tx, now, ("system", "Hệ thống")).await?;
    Ok(())
}
