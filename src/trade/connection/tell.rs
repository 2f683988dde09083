//! Who is told that a product has to leave a shelf: one mail a reader and day with all of it, why and by when; what is late
//! rises, as findings do.

use askama::Template;
use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::model::Takedown;
use super::spot::Spot;
use super::store;
use crate::access::{Act, Of, Readers as Accounts, Voice, Who};
use crate::db::Tx;
use crate::error::Result;
use crate::job::{self, Kind, Lane};
use crate::journal::Note;
use crate::mail::{Gathered, Lines};
use crate::product;
use crate::state::App;
use crate::text::date_vi;
use crate::{clock, setting};

/// Kind of the job that tells.
pub const JOB: Kind = Kind::new("takedown_tell", Lane::Work).once();

/// Products named in one mail; the list behind its link has all.
const NAMED: usize = 40;
/// Tasks told at once; what is left is told the next day.
const MOST: i64 = 5_000;

/// When telling is tried again while tasks are still put right.
const SOON: chrono::Duration = chrono::Duration::seconds(20);

/// Somebody to tell: mail address, name, whether a chain without an account is meant.
type Reader = (String, String, bool);

/// Those who are told of a place, asked once for each seller, commune and office.
#[derive(Default)]
struct Readers(HashMap<(Who, String), Vec<Reader>>);

impl Readers {
    async fn get(&mut self, tx: &mut Tx, who: Who, key: &str, today: NaiveDate) -> Result<Vec<Reader>> {
        if let Some(known) = self.0.get(&(who, key.to_owned())) {
            return Ok(known.clone());
        }
        let of = match who {
            Who::Of(Voice::Business) => Of::Body(key),
            Who::Of(Voice::Commune) => Of::Unit(key),
            _ => Of::Power(key),
        };
        let found = Accounts::find(tx, who, of, today).await?;
        let mut readers: Vec<Reader> = found.into_iter().map(|(email, name)| (email, name, false)).collect();
        if who == Who::Of(Voice::Business) {
            readers.extend(
                store::chain_mail(tx, key)
                    .await?
                    .filter(|(email, _)| readers.iter().all(|(known, ..)| known != email))
                    .map(|(email, name)| (email, name, true)),
            );
        }
        self.0.insert((who, key.to_owned()), readers.clone());
        Ok(readers)
    }

    /// Those who sell at a place, the commune that follows it and the city.
    async fn of(&mut self, tx: &mut Tx, spot: &Spot, today: NaiveDate) -> Result<Vec<Reader>> {
        let mut readers = Vec::new();
        let around =
            [(Voice::Business.into(), spot.seller()), (Voice::Commune.into(), spot.unit()), (Act::HearOfPoints.into(), Some("accept"))];
        for (who, key) in around {
            if let Some(key) = key {
                readers.extend(self.get(tx, who, key, today).await?);
            }
        }
        readers.sort();
        readers.dedup();
        Ok(readers)
    }
}

/// Letters to accounts, and to chains that have none.
#[derive(Default)]
pub(super) struct Letters([Gathered; 2]);

#[derive(Template)]
#[template(path = "connection/letter_takedown.txt", whitespace = "preserve")]
struct TakedownLetter<'a> {
    head: &'a str,
    lines: Lines,
    is_chain: bool,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "connection/letter_waiting.txt", whitespace = "preserve")]
struct WaitingLetter {
    lines: Lines,
}

impl Letters {
    fn add(&mut self, (email, name, is_chain): Reader, line: &str) {
        self.0[usize::from(is_chain)].add([(email, name)], line);
    }

    /// Queues one mail a reader; `subject` takes how many lines it has.
    async fn send(self, tx: &mut Tx, app: &App, subject: impl Fn(usize) -> String, head: &str) -> Result<()> {
        let base = &app.config().base_url;
        for (letters, is_chain) in self.0.into_iter().zip([false, true]) {
            let say = |lines: Lines| (subject(lines.count()), TakedownLetter { head, lines, is_chain, base });
            letters.send(tx, app.clock().now(), NAMED, say).await?;
        }
        Ok(())
    }
}

/// One task in a mail: what, where, why, by when.
async fn line(tx: &mut Tx, app: &App, task: &Takedown, spot: &Spot) -> Result<Option<String>> {
    let Some(product) = product::store::find(tx, &task.product_id).await? else { return Ok(None) };
    let (code, base) = (product::code::shown(&product.code), &app.config().base_url);
    Ok(Some(format!(
        "- {} ({code}) tại {}: {}. Gỡ trước ngày {}.\n  {base}/ket-noi/{}",
        product.name,
        spot.name(),
        task.why,
        date_vi(task.due_on),
        task.connection_id
    )))
}

/// Tells whoever was not told yet, or was told another reason. Whoever had a mail today gets the rest tomorrow. May run twice.
pub async fn tell(app: &App) -> Result<String> {
    let today = app.clock().today();
    let mut tx = app.db().write().await?;
    // what still puts tasks right may bring more for the same readers
    if store::is_settling(&mut tx).await? {
        job::queue(&mut tx, app.clock().now() + SOON, JOB, "", "system").await?;
        tx.commit().await?;
        return Ok(String::new());
    }
    let had_mail: HashSet<String> = store::readers_on(&mut tx, today).await?.into_iter().collect();
    let mut readers = Readers::default();
    let mut letters = Letters::default();
    let mut told = 0;
    for task in store::untold(&mut tx, MOST).await? {
        let Some(spot) = Spot::of(&mut tx, task.point_id.as_deref(), task.chain_id.as_deref()).await? else { continue };
        let Some(line) = line(&mut tx, app, &task, &spot).await? else { continue };
        let known = store::told_of(&mut tx, &task.id).await?;
        let mut is_whole = true;
        for reader in readers.of(&mut tx, &spot, today).await? {
            let key = clock::digest(reader.0.as_bytes());
            if known.iter().any(|(who, why)| *who == key && *why == task.why) {
                continue;
            }
            if had_mail.contains(&key) {
                is_whole = false;
                continue;
            }
            store::note_told(&mut tx, &task.id, &key, &task.why, today).await?;
            letters.add(reader, &line);
        }
        if is_whole {
            store::note_all_told(&mut tx, &task.id, today).await?;
        }
        told += 1;
    }
    let subject = |n: usize| format!("Gỡ khỏi kệ: {n} sản phẩm");
    letters.send(&mut tx, app, subject, "Các sản phẩm sau không còn được bày trên kệ OCOP. Đề nghị gỡ khỏi kệ và xác nhận:").await?;
    tx.commit().await?;
    app.wake();
    Ok(told.to_string())
}

/// Queues the telling in the transaction that asks for take-downs.
pub(super) async fn queue(tx: &mut Tx, app: &App) -> Result<()> {
    job::queue(tx, app.clock().now(), JOB, "", "system").await?;
    Ok(())
}

/// Tasks that are late rise: on the day after, whoever was asked is reminded; later the leaders learn of it. Each once.
pub(super) async fn rise(app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().write().await?;
    let days = setting::days(&mut tx, "takedown_rise_days", today).await?;
    for (level, before) in [(2, today), (3, today - days)] {
        let mut readers = Readers::default();
        let mut letters = Letters::default();
        for task in store::rising(&mut tx, level, before, MOST).await? {
            if store::rise(&mut tx, &task.id, level).await? == 0 {
                continue;
            }
            let Some(spot) = Spot::of(&mut tx, task.point_id.as_deref(), task.chain_id.as_deref()).await? else { continue };
            let Some(line) = line(&mut tx, app, &task, &spot).await? else { continue };
            let told = if level == 2 {
                readers.of(&mut tx, &spot, today).await?
            } else {
                readers.get(&mut tx, Act::Oversee.into(), "accept", today).await?
            };
            for reader in told {
                letters.add(reader, &line);
            }
            let detail = serde_json::json!({"takedown": task.id, "level": level, "due_on": task.due_on, "note": format!("quá hạn từ {}", date_vi(task.due_on))});
            Note::of("rise_takedown", ("connection", &task.connection_id), detail).by_name(&mut tx, now, ("system", "Hệ thống")).await?;
        }
        letters
            .send(
                &mut tx,
                app,
                |n| format!("Quá hạn gỡ khỏi kệ: {n} sản phẩm"),
                "Các sản phẩm sau phải gỡ khỏi kệ OCOP, đã quá hạn mà chưa có xác nhận:",
            )
            .await?;
    }
    tx.commit().await?;
    app.wake();
    Ok(())
}

/// Tells the sellers of what waits to go on a shelf that it may not, one mail each.
pub(super) async fn tell_waiting(tx: &mut Tx, app: &App, lines: &[(Spot, String)], subject: &str) -> Result<()> {
    let today = app.clock().today();
    let mut readers = Readers::default();
    let mut letters = Gathered::default();
    for (spot, line) in lines {
        let found = readers.of(tx, spot, today).await?;
        letters.add(found.into_iter().map(|(email, name, _)| (email, name)), line);
    }
    letters.send(tx, app.clock().now(), NAMED, |lines| (subject.to_owned(), WaitingLetter { lines })).await?;
    Ok(())
}
