//! A portal, or staff for it, answers for many entries at once: for all that wait, for those ticked, or with a table of codes
//! and addresses that is compared first. Each answer can be taken back.

use std::collections::{HashMap, HashSet};

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use super::answer::{self, Said, public_outlet};
use super::model::{self, Listing, ListingState, Outlet, Stage};
use super::said::{self, Answer, Spoken};
use super::send::{set, subject};
use super::{pages, store};
use crate::access::{Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::export::{Export, List};
use crate::journal::{self, Note};
use crate::page::{Errors, Fields, Form, Sent, Shell, Visit, go, html};
use crate::sheet::{Column, Columns, Format, Given, Limits, Value};
use crate::state::{App, Caller};
use crate::text::Tongue;
use crate::{clock, setting};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .post("/cong/{secret}/nhieu", Need::Public, public_many)
        .post("/cong/{secret}/thu-hoi/{answer}", Need::Public, public_undo)
        .get("/cong/{secret}/cho-dang.xlsx", Need::Public, public_table)
        .post_files("/cong/{secret}/bang", Need::Public, public_compare)
        .get("/cong/{secret}/bang/{answer}", Need::Public, public_compared)
        .post("/cong/{secret}/bang/{answer}", Need::Public, public_confirm)
        .post("/cong-bo/{outlet}/nhieu", pages::WRITERS, staff_many)
        .post("/cong-bo/{outlet}/thu-hoi/{answer}", pages::WRITERS, staff_undo)
        .get("/cong-bo/{outlet}/cho-dang.xlsx", pages::WRITERS, staff_table)
        .post_files("/cong-bo/{outlet}/bang", pages::WRITERS, staff_compare)
        .get("/cong-bo/{outlet}/bang/{answer}", pages::WRITERS, staff_compared)
        .post("/cong-bo/{outlet}/bang/{answer}", pages::WRITERS, staff_confirm)
}

/// Rows of a table that are read, and its size.
const LIMITS: Limits = Limits { bytes: 8 * 1024 * 1024, rows: 50_000, columns: 60, unpacked: 64 * 1024 * 1024 };
/// Faults kept of a table, and entries shown.
const TOLD: usize = 100;

/// Who speaks for a portal: its own page, or staff.
struct Speaker {
    outlet: Outlet,
    base: String,
    actor: String,
    name: String,
    is_staff: bool,
}

async fn portal(visit: &Visit, caller: &Caller, secret: &str) -> Result<Speaker> {
    setting::slow_down(&visit.app, caller, "answer").await?;
    let mut tx = visit.app.db().read().await?;
    let outlet = public_outlet(&mut tx, &visit.app, secret).await?;
    Ok(Speaker {
        actor: format!("outlet:{}", outlet.id),
        name: format!("Cổng – {}", outlet.name),
        base: format!("/cong/{secret}"),
        outlet,
        is_staff: false,
    })
}

async fn staff(visit: &Visit, id: &str) -> Result<Speaker> {
    let mut tx = visit.app.db().read().await?;
    let outlet = pages::load(&mut tx, visit, id).await?;
    if !pages::may_write(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    Ok(Speaker {
        actor: visit.actor.journal_id().to_owned(),
        name: visit.actor.journal_name(),
        base: format!("/cong-bo/{id}"),
        outlet,
        is_staff: true,
    })
}

impl Speaker {
    fn answer(&self, said: Said, how: &str, url: &str, by: &str, number: usize, now: DateTime<Utc>) -> Answer {
        new_answer(&self.outlet.id, said, how, (url, by), number, (&self.actor, now))
    }

    async fn again(&self, visit: &Visit, form: Form) -> Result<Response> {
        if self.is_staff {
            pages::page(visit, &self.outlet.id, None, form).await
        } else {
            answer::page(visit, self.base.trim_start_matches("/cong/"), None, form).await
        }
    }
}

/// An answer that is taken now.
pub(super) fn new_answer(
    outlet: &str,
    said: Said,
    how: &str,
    (url, by): (&str, &str),
    number: usize,
    (actor, now): (&str, DateTime<Utc>),
) -> Answer {
    Answer {
        id: clock::new_id(),
        outlet_id: outlet.to_owned(),
        said: said.word().to_owned(),
        how: how.to_owned(),
        url: url.to_owned(),
        by_name: by.to_owned(),
        number: number as i64,
        faults: String::new(),
        made_by: actor.to_owned(),
        made_at: now,
        said_at: Some(now),
        undone_at: None,
    }
}

/// How many entries of a stage can be answered for: those of which the portal was told, or that it has to take down.
pub(super) fn answerable(counts: &[(String, ListingState, i64)], stage: Stage) -> i64 {
    counts.iter().filter(|(_, state, _)| state.stage() == stage && *state != ListingState::Wanted).map(|(_, _, n)| n).sum()
}

async fn note(
    tx: &mut Tx,
    now: DateTime<Utc>,
    speaker: &Speaker,
    verb: &'static str,
    changes: &[(Listing, Listing)],
    by: &str,
) -> Result<()> {
    let subjects: Vec<String> = changes.iter().map(|(_, after)| subject(&after.outlet_id, &after.point_id)).collect();
    let personal = if by.is_empty() { Vec::new() } else { vec![("by", by)] };
    let lines = changes.iter().zip(&subjects).map(|((before, after), subject)| Note {
        verb,
        subject: ("listing", subject),
        detail: set(Some(before), after),
        personal: personal.clone(),
    });
    journal::note_many(tx, now, &speaker.actor, &speaker.name, lines.collect()).await?;
    Ok(())
}

fn verb(said: Said) -> &'static str {
    if said == Said::Shown { "listing_confirm" } else { "listing_take_down" }
}

/// For all that wait, or for those ticked.
async fn many(visit: &Visit, speaker: Speaker, fields: Fields) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let said = Said::read(fields.get("said")).ok_or_else(Refusal::not_found)?;
    let stage = if said == Said::Shown { Stage::Publish } else { Stage::Takedown };
    let (url_field, by_field) = (format!("url-{}", stage.word()), format!("by-{}", stage.word()));
    let mut errors = Errors::default();
    let by = errors.take(&by_field, model::answerer(fields.get(&by_field))).unwrap_or_default();
    let url = if said == Said::Shown {
        errors.take(&url_field, model::web_address(fields.get(&url_field))).unwrap_or_default()
    } else {
        String::new()
    };
    let ticked: HashSet<&str> = fields.all("point").collect();
    let only_ticked = fields.get("which") == "ticked";
    if only_ticked && ticked.is_empty() {
        errors.add(
            &by_field,
            both(
                "Chưa đánh dấu điểm nào; hãy đánh dấu ở danh sách dưới đây, hoặc trả lời cho cả danh sách.",
                "No point is ticked; tick some below, or answer for the whole list.",
            ),
        );
    }
    if !errors.is_empty() {
        return speaker.again(visit, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let mut tx = visit.app.db().write().await?;
    let before: HashMap<String, Listing> =
        store::of_stage(&mut tx, &speaker.outlet.id, stage).await?.into_iter().map(|listing| (listing.point_id.clone(), listing)).collect();
    let changes = if only_ticked {
        // what is no longer waiting was answered or has changed meanwhile
        let lines: Vec<Spoken> = ticked
            .iter()
            .filter(|point| before.contains_key(**point))
            .map(|point| Spoken { point_id: (*point).to_owned(), url: url.clone(), ..Spoken::default() })
            .collect();
        if lines.is_empty() {
            return Err(Refusal::stale().into());
        }
        let answer = speaker.answer(said, "file", &url, &by, lines.len(), now);
        said::add(&mut tx, &answer, &lines).await?;
        take(&mut tx, &speaker, &answer, said, &lines, today).await?
    } else {
        let counts = store::counts(&mut tx, std::slice::from_ref(&speaker.outlet.id)).await?;
        let waiting = answerable(&counts, stage);
        // the form must have told for how many it speaks
        if waiting == 0 || fields.get("count").parse() != Ok(waiting) {
            drop(tx);
            let mut errors = Errors::default();
            errors.clash(
                by_field,
                both(
                    format!("Danh sách vừa thay đổi: nay có {waiting} điểm chờ. Chưa ghi gì; hãy xem lại rồi gửi lần nữa."),
                    format!("The list has just changed: {waiting} points wait now. Nothing was recorded; look again and send once more."),
                ),
            );
            return speaker.again(visit, Form::with(fields, errors, Tongue::Vi)).await;
        }
        let answer = speaker.answer(said, "list", &url, &by, waiting as usize, now);
        said::add(&mut tx, &answer, &[]).await?;
        let points = if said == Said::Shown {
            said::show_all(&mut tx, &answer, today).await?
        } else {
            said::remove_all(&mut tx, &answer, today).await?
        };
        let changes = points
            .iter()
            .filter_map(|point| before.get(point))
            .filter_map(|before| Some((before.clone(), said.apply(before.clone(), &url, &by, today).ok()?)));
        changes.collect()
    };
    note(&mut tx, now, &speaker, verb(said), &changes, &by).await?;
    tx.commit().await?;
    let done = match said {
        Said::Shown if !speaker.outlet.is_own(&url) => "dang-noi-khac",
        _ => "da-tra-loi",
    };
    Ok(go(&speaker.base, done))
}

/// Takes what an answer says of each of its entries; what can no longer be said of one is left out.
async fn take(
    tx: &mut Tx,
    speaker: &Speaker,
    answer: &Answer,
    said: Said,
    lines: &[Spoken],
    today: NaiveDate,
) -> Result<Vec<(Listing, Listing)>> {
    let mut changes = Vec::new();
    for line in lines {
        let Some(before) = store::find(tx, &speaker.outlet.id, &line.point_id).await? else { continue };
        let Ok(after) = said.apply(before.clone(), &line.url, &answer.by_name, today) else { continue };
        if store::put(tx, Some(&before), &after).await? == 0 {
            return Err(Refusal::stale().into());
        }
        said::mark(tx, &after, &answer.id).await?;
        said::note_before(tx, &answer.id, &before).await?;
        changes.push((before, after));
    }
    Ok(changes)
}

/// An answer is taken back: entries that are still as it left them are as they were before.
async fn undo(visit: &Visit, speaker: Speaker, id: &str) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let own = |answer: &Answer| speaker.is_staff || answer.made_by == speaker.actor;
    let answer = said::find(&mut tx, &speaker.outlet.id, id).await?.filter(own).ok_or_else(Refusal::not_found)?;
    if said::undo(&mut tx, id, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let lines: HashMap<String, Spoken> = said::lines(&mut tx, id).await?.into_iter().map(|line| (line.point_id.clone(), line)).collect();
    let mut changes = Vec::new();
    for before in said::standing(&mut tx, &answer).await? {
        let was = lines.get(&before.point_id).and_then(|line| Some((line.before_on?, line.before_url.clone(), line.before_by.clone())));
        let after = before.clone().take_back(was);
        if store::put(&mut tx, Some(&before), &after).await? == 0 {
            return Err(Refusal::stale().into());
        }
        changes.push((before, after));
    }
    note(&mut tx, now, &speaker, "listing_take_back", &changes, "").await?;
    tx.commit().await?;
    Ok(go(&speaker.base, "da-thu-hoi"))
}

/// The columns of the table.
#[derive(Clone, Copy, PartialEq)]
enum Col {
    Code,
    Name,
    Address,
    Url,
}

impl Columns for Col {
    const ALL: &'static [Self] = &[Col::Code, Col::Name, Col::Address, Col::Url];

    fn names(self) -> &'static [&'static str] {
        match self {
            Col::Code => &["code", "Mã điểm", "Mã"],
            Col::Name => &["name", "Tên điểm", "Tên"],
            Col::Address => &["address", "Địa chỉ"],
            Col::Url => &["url", "Địa chỉ trang đăng", "Trang đăng", "Đường dẫn", "Link"],
        }
    }

    fn place(self) -> usize {
        self as usize
    }
}

/// What waits to be shown, to be filled with addresses.
async fn table(visit: &Visit, speaker: Speaker) -> Result<Response> {
    let mut response = Export::new(Waiting { outlet: speaker.outlet.id }, Format::Xlsx).download(&visit.app, "cho-dang").await?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The entries that wait at an outlet.
struct Waiting {
    outlet: String,
}

impl List for Waiting {
    type Row = store::Row;
    /// Since when an entry waits, and its point.
    type Key = (NaiveDate, String);

    const TITLE: &'static str = "Chờ đăng";

    fn columns(&self, _: Format) -> Vec<Column> {
        [(Col::Code, 16.0), (Col::Name, 40.0), (Col::Address, 40.0), (Col::Url, 60.0)]
            .map(|(col, width)| Column::new(col.name(Tongue::Vi), width))
            .to_vec()
    }

    async fn page(&mut self, tx: &mut Tx, (since, point): Self::Key) -> Result<(Vec<store::Row>, Option<Self::Key>)> {
        const PAGE: i64 = 500;
        let mut rows = store::rows(tx, &self.outlet, Stage::Publish, (since, &point), PAGE).await?;
        let is_full = rows.len() as i64 == PAGE;
        let next = rows.last().filter(|_| is_full).map(|last| (last.since, last.listing.point_id.clone()));
        rows.retain(|row| row.listing.state == ListingState::Sent);
        Ok((rows, next))
    }

    fn cells(&mut self, row: &store::Row, _: Format) -> Vec<Value> {
        [&row.code, &row.name, &row.address, &row.listing.confirmed_url].map(|text| Value::from(text.as_str())).to_vec()
    }
}

/// A row of the table that names a code.
struct Filled {
    number: u32,
    code: String,
    url: String,
}

/// Reads codes and addresses; the rest of the table is for people.
fn read_table(bytes: &[u8], name: &str) -> Result<Vec<Filled>, crate::error::Both> {
    // two columns are enough here
    let knows = |names: &[String]| {
        let known = crate::sheet::known::<Col>(names);
        let has = |col: Col| names.iter().any(|name| Col::read(name) == Some(col));
        if has(Col::Code) && has(Col::Url) { known.max(3) } else { known }
    };
    let table = crate::sheet::read(bytes, name, &knows, &LIMITS)?;
    let given = Given::<Col>::read(&table.header, &[Col::Code, Col::Url], &[], "", &mut Vec::new())?;
    let (Some(code), Some(url)) = (given.at(Col::Code), given.at(Col::Url)) else { return Ok(Vec::new()) };
    Ok(table
        .rows
        .iter()
        .map(|row| Filled { number: row.number, code: row.get(code).to_uppercase(), url: row.get(url).to_owned() })
        .filter(|row| !row.code.is_empty() || !row.url.is_empty())
        .collect())
}

/// Compares a table with what waits: the good rows are kept until somebody confirms them, the others are told.
async fn compare(visit: &Visit, speaker: Speaker, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let wrong = |errors: Errors| Form::with(fields.clone(), errors, Tongue::Vi);
    let mut errors = Errors::default();
    let by = errors.take("by-table", model::answerer(fields.get("by-table"))).unwrap_or_default();
    let file = sent.files.into_iter().find(|(field, ..)| field == "table");
    let Some((_, name, upload)) = file else {
        errors.add(
            "table",
            both(
                "Hãy chọn tệp Excel (.xlsx) hoặc CSV có cột mã điểm và địa chỉ trang đăng.",
                "Choose an Excel (.xlsx) or CSV file with the columns code and url.",
            ),
        );
        return speaker.again(visit, wrong(errors)).await;
    };
    let bytes = upload.bytes().await?;
    let read = tokio::task::spawn_blocking(move || read_table(&bytes, &name)).await?;
    let rows = match read {
        Ok(rows) if errors.is_empty() => rows,
        Ok(_) => return speaker.again(visit, wrong(errors)).await,
        Err(text) => {
            errors.add("table", text);
            return speaker.again(visit, wrong(errors)).await;
        }
    };
    let mut tx = visit.app.db().write().await?;
    let codes: Vec<String> = rows.iter().map(|row| row.code.clone()).collect();
    let known: HashMap<String, Listing> = said::by_codes(&mut tx, &speaker.outlet.id, &codes).await?.into_iter().collect();
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    let mut first: HashMap<&str, u32> = HashMap::new();
    for Filled { number, code, url } in &rows {
        if let Some(at) = first.insert(code, *number).filter(|_| !code.is_empty()) {
            faults.push(format!("Dòng {number}: mã {code} đã có ở dòng {at}."));
            continue;
        }
        let Some(listing) = known.get(code) else {
            faults.push(format!("Dòng {number}: mã “{code}” không có trong danh sách của cổng này."));
            continue;
        };
        if url.is_empty() {
            continue;
        }
        match model::web_address(url) {
            Err(text) => faults.push(format!("Dòng {number} ({code}): {}", text.get(Tongue::Vi))),
            Ok(url) => match Said::Shown.apply(listing.clone(), &url, &by, today) {
                Err(refusal) => faults.push(format!("Dòng {number} ({code}): {}", Refusal::from(refusal).what.get(Tongue::Vi))),
                Ok(_) if listing.state == ListingState::Confirmed && listing.confirmed_url == url => {}
                Ok(_) => lines.push(Spoken { point_id: listing.point_id.clone(), url, ..Spoken::default() }),
            },
        }
    }
    if faults.len() > TOLD {
        let more = faults.len() - TOLD;
        faults.truncate(TOLD);
        faults.push(format!("và {more} dòng khác."));
    }
    let mut answer = speaker.answer(Said::Shown, "file", "", &by, lines.len(), now);
    (answer.said_at, answer.faults) = (None, faults.join("\n"));
    said::add(&mut tx, &answer, &lines).await?;
    tx.commit().await?;
    Ok(go(&format!("{}/bang/{}", speaker.base, answer.id), ""))
}

#[derive(Template)]
#[template(path = "publication/compared.html")]
struct ComparedPage {
    shell: Shell,
    outlet: Outlet,
    base: String,
    answer: Answer,
    rows: Vec<(String, String, String)>,
    is_elsewhere: bool,
}

async fn compared(visit: &Visit, speaker: Speaker, id: &str) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let own = |answer: &Answer| answer.made_by == speaker.actor && answer.said_at.is_none();
    let answer = said::find(&mut tx, &speaker.outlet.id, id).await?.filter(own).ok_or_else(Refusal::not_found)?;
    let rows = said::named(&mut tx, id, TOLD as i64).await?;
    let is_elsewhere = rows.iter().any(|(_, _, url)| !speaker.outlet.is_own(url));
    let mut response = html(&ComparedPage {
        shell: visit.shell("So bảng trả lời"),
        base: speaker.base,
        outlet: speaker.outlet,
        answer,
        rows,
        is_elsewhere,
    })?;
    if !speaker.is_staff {
        answer::keep_to_itself(response.headers_mut());
    }
    Ok(response)
}

/// What was compared is taken.
async fn confirm(visit: &Visit, speaker: Speaker, id: &str) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let own = |answer: &Answer| answer.made_by == speaker.actor;
    let answer = said::find(&mut tx, &speaker.outlet.id, id).await?.filter(own).ok_or_else(Refusal::not_found)?;
    if answer.said_at.is_some() {
        return Err(Refusal::stale().into());
    }
    let lines = said::lines(&mut tx, id).await?;
    let changes = take(&mut tx, &speaker, &answer, Said::Shown, &lines, today).await?;
    if said::confirm(&mut tx, id, &answer.by_name, changes.len() as i64, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    note(&mut tx, now, &speaker, verb(Said::Shown), &changes, &answer.by_name).await?;
    tx.commit().await?;
    Ok(go(&speaker.base, "da-tra-loi"))
}

/// Compared tables that nobody confirmed are forgotten after a week.
pub(super) async fn tidy(tx: &mut Tx, app: &App) -> Result<()> {
    Ok(said::forget_drafts(tx, app.clock().now() - chrono::Duration::days(7)).await?)
}

async fn public_many(visit: Visit, caller: Caller, Path(secret): Path<String>, sent: Sent) -> Result<Response> {
    many(&visit, portal(&visit, &caller, &secret).await?, sent.fields).await
}

async fn staff_many(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    many(&visit, staff(&visit, &id).await?, sent.fields).await
}

async fn public_undo(visit: Visit, caller: Caller, Path((secret, id)): Path<(String, String)>) -> Result<Response> {
    undo(&visit, portal(&visit, &caller, &secret).await?, &id).await
}

async fn staff_undo(visit: Visit, Path((outlet, id)): Path<(String, String)>) -> Result<Response> {
    undo(&visit, staff(&visit, &outlet).await?, &id).await
}

async fn public_table(visit: Visit, caller: Caller, Path(secret): Path<String>) -> Result<Response> {
    table(&visit, portal(&visit, &caller, &secret).await?).await
}

async fn staff_table(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    table(&visit, staff(&visit, &id).await?).await
}

async fn public_compare(visit: Visit, caller: Caller, Path(secret): Path<String>, sent: Sent) -> Result<Response> {
    compare(&visit, portal(&visit, &caller, &secret).await?, sent).await
}

async fn staff_compare(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    compare(&visit, staff(&visit, &id).await?, sent).await
}

async fn public_compared(visit: Visit, caller: Caller, Path((secret, id)): Path<(String, String)>) -> Result<Response> {
    compared(&visit, portal(&visit, &caller, &secret).await?, &id).await
}

async fn staff_compared(visit: Visit, Path((outlet, id)): Path<(String, String)>) -> Result<Response> {
    compared(&visit, staff(&visit, &outlet).await?, &id).await
}

async fn public_confirm(visit: Visit, caller: Caller, Path((secret, id)): Path<(String, String)>) -> Result<Response> {
    confirm(&visit, portal(&visit, &caller, &secret).await?, &id).await
}

async fn staff_confirm(visit: Visit, Path((outlet, id)): Path<(String, String)>) -> Result<Response> {
    confirm(&visit, staff(&visit, &outlet).await?, &id).await
}
