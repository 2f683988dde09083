//! What a portal says of an entry: on its own page, without an account, behind the secret of its address; or through
//! staff who write it down for it.

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::{Datelike, NaiveDate};

use super::bulk;
use super::model::{self, How, Listing, ListingRefusal, ListingState, Outlet, Stage};
use super::said::{self, Answer, Spoken};
use super::send::{set, subject};
use super::store::{self, Row};
use crate::access::{Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Errors, Field, Fields, Form, Rows, Sent, Shell, Visit, go, page_key, read_key};
use crate::setting;
use crate::state::{App, Caller};
use crate::text::Tongue;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/cong/{secret}", Need::Public, show).post("/cong/{secret}/{point}/{word}", Need::Public, take)
}

/// The two things that can be said of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It is shown.
    Shown,
    /// It is gone.
    Gone,
}

impl Said {
    /// Reads the word of a URL.
    pub(super) fn read(word: &str) -> Option<Said> {
        match word {
            "da-dang" => Some(Said::Shown),
            "da-go" => Some(Said::Gone),
            _ => None,
        }
    }

    /// The word in the store.
    pub(super) fn word(self) -> &'static str {
        match self {
            Said::Shown => "shown",
            Said::Gone => "gone",
        }
    }

    /// What becomes of an entry of which it is said.
    pub(super) fn apply(self, before: Listing, url: &str, by: &str, today: NaiveDate) -> Result<Listing, ListingRefusal> {
        match self {
            Said::Shown => before.confirm(url, by, today),
            Said::Gone => before.take_down(by, today),
        }
    }
}

/// What became of it.
pub(super) enum Taken {
    /// Written down; the word for the flash.
    Done(&'static str),
    /// Something in the form is wrong.
    Wrong(Errors),
}

/// Writes down what was said of an entry, by whom the journal names.
pub(super) async fn write(
    tx: &mut Tx,
    app: &App,
    outlet: &Outlet,
    point: &str,
    said: Said,
    fields: &Fields,
    actor: (&str, &str),
) -> Result<Taken> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let before = store::find(tx, &outlet.id, point).await?.ok_or_else(Refusal::not_found)?;
    let mut errors = Errors::default();
    let by = errors.take(&format!("by-{point}"), model::answerer(fields.get(&format!("by-{point}"))));
    let url = match said {
        Said::Shown => errors.take(&format!("url-{point}"), model::web_address(fields.get(&format!("url-{point}")))),
        Said::Gone => Some(String::new()),
    };
    // what the rules say comes before what is wrong in the form
    let (typed_url, typed_by) = (url.as_deref().unwrap_or(""), by.as_deref().unwrap_or(""));
    let after = said.apply(before.clone(), typed_url, typed_by, today).map_err(Refusal::from)?;
    if !errors.is_empty() {
        return Ok(Taken::Wrong(errors));
    }
    if fields.version() != before.version || store::put(tx, Some(&before), &after).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let answer = bulk::new_answer(&outlet.id, said, "one", (typed_url, typed_by), 1, (actor.0, now));
    said::add(tx, &answer, &[Spoken { point_id: point.to_owned(), url: typed_url.to_owned(), ..Spoken::default() }]).await?;
    said::note_before(tx, &answer.id, &before).await?;
    said::mark(tx, &after, &answer.id).await?;
    let subject = subject(&outlet.id, point);
    let verb = if said == Said::Shown { "listing_confirm" } else { "listing_take_down" };
    Note::of(verb, ("listing", &subject), set(Some(&before), &after))
        .aside(&[("by", typed_by)])
        .by_name(tx, now, (actor.0, actor.1))
        .await?;
    Ok(Taken::Done(match said {
        Said::Shown if !outlet.is_own(&after.confirmed_url) => "dang-noi-khac",
        Said::Shown => "da-dang",
        Said::Gone => "da-go",
    }))
}

/// An entry on a page, with the fields of its form.
pub(super) struct Line {
    pub(super) row: Row,
    pub(super) due: NaiveDate,
    pub(super) is_late: bool,
    pub(super) is_own: bool,
    pub(super) url: Field,
    pub(super) by: Field,
}

impl Line {
    /// An entry of this portal; `form` holds what was typed last.
    pub(super) fn new(row: Row, outlet: &Outlet, form: &Form, reply_days: i64, today: NaiveDate) -> Line {
        let (url, by) = (format!("url-{}", row.listing.point_id), format!("by-{}", row.listing.point_id));
        let mut filled = form.clone();
        if form.fields.all(&url).next().is_none() {
            filled.fields.set(&url, row.listing.confirmed_url.clone());
        }
        if form.fields.all(&by).next().is_none() {
            filled.fields.set(&by, form.fields.get("by").to_owned());
        }
        let due = model::due(row.since, reply_days);
        Line {
            is_late: row.listing.state.stage().is_outstanding() && due < today,
            is_own: outlet.is_own(&row.listing.confirmed_url),
            url: filled.input("url", &url, "Địa chỉ trang đăng điểm này").required().limit(500).with("placeholder", "https://…"),
            by: filled.text(&by, "Người xác nhận (họ tên)").required().limit(120).autocomplete("name"),
            due,
            row,
        }
    }

    /// Whether it can be said that it is shown.
    pub(super) fn may_confirm(&self) -> bool {
        matches!(self.row.listing.state, ListingState::Sent | ListingState::Confirmed)
    }

    /// Whether it can be said that it is gone.
    pub(super) fn may_take_down(&self) -> bool {
        self.row.listing.state.stage() == Stage::Takedown
    }

    /// What stands below its name in a row: code, address, why it is asked.
    pub(super) fn under(&self) -> String {
        let sample = if self.row.demo { "dữ liệu mẫu" } else { "" };
        let parts = [self.row.code.as_str(), &self.row.address, sample, self.row.listing.note.trim_end_matches('.')];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    /// Tone and word of the state.
    pub(super) fn chip(&self) -> (&'static str, &'static str) {
        self.row.listing.state.name()
    }
}

/// Entries a page.
pub(super) const ROWS: i64 = 30;

/// The day in the key of a page.
pub(super) fn key_day(text: &str) -> Option<NaiveDate> {
    text.parse().ok().filter(|day: &NaiveDate| (1970..10_000).contains(&day.year()))
}

/// One page of the entries of a portal in one stage.
pub(super) async fn lines(
    tx: &mut Tx,
    outlet: &Outlet,
    stage: Stage,
    after: &str,
    form: &Form,
    reply_days: i64,
    today: NaiveDate,
) -> Result<Rows<Line>> {
    let from = read_key(after).and_then(|(day, point)| Some((key_day(day)?, point))).unwrap_or((NaiveDate::default(), ""));
    let rows = store::rows(tx, &outlet.id, stage, from, ROWS + 1).await?;
    let rows = Rows::cut(rows, ROWS, after, |row| page_key(&row.since.to_string(), &row.listing.point_id));
    Ok(rows.map(|row| Line::new(row, outlet, form, reply_days, today)))
}

#[derive(Template)]
#[template(path = "publication/answer.html")]
struct AnswerPage {
    shell: Shell,
    outlet: Outlet,
    form: Form,
    parts: Vec<Part>,
    latest: Vec<Answer>,
    base: String,
    may_write: bool,
    is_staff: bool,
    is_all: bool,
    only: bool,
}

/// What waits of one kind: how many in all, how many can be answered for, a page of them and what it was asked.
pub(super) struct Part {
    pub(super) stage: Stage,
    pub(super) count: i64,
    pub(super) answerable: i64,
    pub(super) ask: Ask,
    pub(super) lines: Rows<Line>,
}

/// What the list of one stage is asked, on the page of a portal.
pub(super) fn part_of(visit: &Visit, base: &str, stage: Stage) -> Ask {
    Ask::at(visit, base).fix("viec", stage.word())
}

/// The fields of an answer for many entries of a stage.
pub(super) fn many_fields(form: &Form, stage: Stage) -> (Field, Field) {
    let (url, by) = (format!("url-{}", stage.word()), format!("by-{}", stage.word()));
    let mut filled = form.clone();
    if form.fields.all(&by).next().is_none() {
        filled.fields.set(&by, form.fields.get("by").to_owned());
    }
    let url = filled.input("url", &url, "Địa chỉ trang đăng cả danh sách").required().limit(500).with("placeholder", "https://…");
    (url, filled.text(&by, "Người xác nhận (họ tên)").required().limit(120).autocomplete("name"))
}

/// The form with the name of whoever answered last, where nobody typed one.
pub(super) fn with_last_name(mut form: Form, latest: &[Answer]) -> Form {
    if let Some(last) = latest.first() {
        form.fields.set("by", last.by_name.clone());
        if form.fields.all("by-table").next().is_none() {
            form.fields.set("by-table", last.by_name.clone());
        }
    }
    form
}

/// Such a page is nobody else's.
pub(super) fn keep_to_itself(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
}

fn gone() -> Refusal {
    Refusal::rule(
        "link-gone",
        both("Liên kết này không còn dùng được.", "This link is no longer valid."),
        both(
            "Hãy mở liên kết trong thư mới nhất, hoặc hỏi cơ quan công bố.",
            "Open the link in the latest mail, or ask the publishing office.",
        ),
    )
    .with_status(StatusCode::GONE)
}

/// The portal whose page lies behind a secret.
pub(super) async fn public_outlet(tx: &mut Tx, app: &App, secret: &str) -> Result<Outlet> {
    let today = app.clock().today();
    Ok(store::outlet_of_secret(tx, secret).await?.filter(|outlet| outlet.is_in_force(today)).ok_or_else(gone)?)
}

pub(super) async fn page(visit: &Visit, secret: &str, only: Option<&str>, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let outlet = public_outlet(&mut tx, &visit.app, secret).await?;
    let reply_days = setting::value(&mut tx, "portal_reply_days", today).await?;
    let counts = store::counts(&mut tx, std::slice::from_ref(&outlet.id)).await?;
    let actor = format!("outlet:{}", outlet.id);
    let latest: Vec<Answer> = said::latest(&mut tx, &outlet.id, 5).await?.into_iter().filter(|answer| answer.made_by == actor).collect();
    let form = with_last_name(form, &latest);
    let wanted = visit.query.some("viec").and_then(Stage::read).filter(|stage| stage.is_outstanding());
    let base = format!("/cong/{secret}");
    let mut parts = Vec::new();
    for stage in [Stage::Takedown, Stage::Publish] {
        let count = counts.iter().filter(|(_, state, _)| state.stage() == stage).map(|(_, _, n)| n).sum();
        if only.is_none() && (count == 0 || wanted.is_some_and(|wanted| wanted != stage)) {
            continue;
        }
        let lines = match only {
            Some(point) => {
                let row = store::row(&mut tx, &outlet.id, point).await?.filter(|row| row.listing.state.stage() == stage);
                Rows::read_on(row.into_iter().map(|row| Line::new(row, &outlet, &form, reply_days, today)).collect(), None, "")
            }
            None => lines(&mut tx, &outlet, stage, visit.query.get("sau"), &form, reply_days, today).await?,
        };
        if !lines.rows.is_empty() {
            parts.push(Part { stage, count, answerable: bulk::answerable(&counts, stage), ask: part_of(visit, &base, stage), lines });
        }
    }
    let is_all = only.is_none() && wanted.is_none();
    let shell = visit.shell("Xác nhận của cổng");
    let page = AnswerPage { shell, base, outlet, form, parts, latest, may_write: true, is_staff: false, is_all, only: only.is_some() };
    let mut response = page.form.answer(&page)?;
    keep_to_itself(response.headers_mut());
    Ok(response)
}

async fn show(visit: Visit, caller: Caller, Path(secret): Path<String>) -> Result<Response> {
    setting::slow_down(&visit.app, &caller, "answer").await?;
    page(&visit, &secret, visit.query.some("diem"), Form::new(Tongue::Vi)).await
}

async fn take(visit: Visit, caller: Caller, Path((secret, point, word)): Path<(String, String, String)>, sent: Sent) -> Result<Response> {
    setting::slow_down(&visit.app, &caller, "answer").await?;
    let said = Said::read(&word).ok_or_else(Refusal::not_found)?;
    let mut tx = visit.app.db().write().await?;
    let outlet = public_outlet(&mut tx, &visit.app, &secret).await?;
    let (actor, name) = (format!("outlet:{}", outlet.id), format!("Cổng – {}", outlet.name));
    match write(&mut tx, &visit.app, &outlet, &point, said, &sent.fields, (&actor, &name)).await? {
        Taken::Done(word) => {
            tx.commit().await?;
            Ok(go(&format!("/cong/{secret}"), word))
        }
        Taken::Wrong(errors) => {
            drop(tx);
            page(&visit, &secret, Some(&point), Form::with(sent.fields, errors, Tongue::Vi)).await
        }
    }
}
