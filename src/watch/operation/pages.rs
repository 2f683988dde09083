//! The screen of a point in operation, and what its forms have in common.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{Cause, Replacement, Stop, days_without};
use super::store::{self, Repayment};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Both, Refusal, Result, both};
use crate::law::money::Money;
use crate::page::{Choice, Errors, Fields, Form, Shell, Visit, go, html, html_as};
use crate::point::{self, Point, State, Step};
use crate::preparation::{self, model::Support};
use crate::text::{self, Tongue, date_vi};

/// Those who see to it that points run.
pub const KEEPERS: Need = Need::May(Act::KeepOperation);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ho-so/{id}/van-hanh", Need::Rows, show)
}

#[derive(Template)]
#[template(path = "operation/show.html")]
struct ShowPage {
    shell: Shell,
    point: Point,
    stops: Vec<Stop>,
    closing: Option<Stop>,
    repayments: Vec<Repayment>,
    bound: (i64, Option<NaiveDate>),
    replacements: Vec<Replacement>,
    replaces: Vec<(String, String, String, Option<NaiveDate>)>,
    gap: Option<i64>,
    suspend: Option<Form>,
    resume: Option<Form>,
    close: Option<Form>,
    payback: Option<Form>,
    repay: Option<Form>,
    propose: Option<Form>,
    support: Option<Form>,
    supports: Vec<Support>,
    sources: Vec<Choice>,
    part: String,
    causes: Vec<Choice>,
    candidates: Vec<Choice>,
    may_choose: bool,
    today: NaiveDate,
}

impl ShowPage {
    fn open(&self, part: &str) -> bool {
        self.part == part
    }

    /// Causes after an empty choice.
    fn causes(&self) -> Vec<Choice> {
        with_empty(&self.causes)
    }

    fn sources(&self) -> Vec<Choice> {
        with_empty(&self.sources)
    }

    fn picks(&self) -> Vec<Choice> {
        with_empty(&self.candidates)
    }

    fn chosen(&self) -> bool {
        self.replacements.iter().any(|replacement| replacement.state == "chosen")
    }
}

fn with_empty(choices: &[Choice]) -> Vec<Choice> {
    std::iter::once((String::new(), "Chọn".to_owned())).chain(choices.iter().cloned()).collect()
}

/// What was typed into one form of the page and could not be done.
pub struct Again {
    /// Which form.
    pub part: &'static str,
    /// What was typed.
    pub fields: Fields,
    /// What is wrong.
    pub errors: Errors,
}

impl Again {
    /// Fields that cannot be read.
    pub fn wrong(part: &'static str, fields: Fields, errors: Errors) -> Again {
        Again { part, fields, errors }
    }

    /// A refusal, shown above the form with what was typed.
    pub fn refused(part: &'static str, fields: Fields, refusal: Refusal) -> Again {
        let mut errors = Errors::default();
        errors.refuse("", &refusal);
        Again { part, fields, errors }
    }
}

/// The page again, with what was typed.
pub async fn again(visit: &Visit, id: &str, again: Again) -> Result<Response> {
    let status = again.errors.status();
    let mut tx = visit.app.db().read().await?;
    let page = page(&mut tx, visit, id, Some(again)).await?;
    html_as(status, &page)
}

/// After a change: the page, at what was changed.
pub fn back(id: &str, done: &str) -> Response {
    go(&format!("/ho-so/{id}/van-hanh"), done)
}

/// Reads a day that must be given.
pub fn day(fields: &Fields, name: &str) -> Result<NaiveDate, Both> {
    match fields.some(name) {
        None => Err(both("Hãy ghi ngày.", "Give the day.")),
        Some(typed) => text::parse_date(typed).map_err(Both::from),
    }
}

/// Reads a day that may be left out.
pub fn some_day(fields: &Fields, name: &str) -> Result<Option<NaiveDate>, Both> {
    fields.some(name).map(|_| day(fields, name)).transpose()
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    html(&page(&mut tx, &visit, &id, None).await?)
}

async fn page(tx: &mut Tx, visit: &Visit, id: &str, again: Option<Again>) -> Result<ShowPage> {
    let today = visit.app.clock().today();
    let point = point::load(tx, visit, id).await?;
    let stops = store::stops(tx, id).await?;
    let replacements = store::replacements(tx, id).await?;
    let replaces = store::replaces(tx, id).await?;
    if !point.state.is_public() && replaces.is_empty() {
        return Err(Refusal::not_found().into());
    }
    let closing = stops.iter().find(|stop| stop.is_closing()).cloned();
    let repayments = match &closing {
        Some(stop) => store::repayments(tx, &stop.id).await?,
        None => Vec::new(),
    };
    let supports = preparation::store::support(tx, id).await?;
    let bound = store::bound_on(tx, id, today).await?;
    let opened = replacements.iter().find(|replacement| replacement.state == "chosen").and_then(|replacement| replacement.opened_on);
    let gap = point.closed_on.filter(|_| point.state == State::Closed).map(|closed| days_without(closed, opened, today));
    let keeps = visit.actor.may(Act::KeepOperation) && visit.actor.can("inspect");
    let governs = visit.actor.may(Act::GovernOperation) && visit.actor.can("inspect");
    let has_gone = matches!(point.state, State::Suspended | State::Closed);
    let chosen = replacements.iter().any(|replacement| replacement.state == "chosen");
    let candidates = match &point.unit_today {
        Some(unit) if keeps && has_gone && !chosen => store::candidates(tx, id, unit, point.closed_on.unwrap_or(point.state_since)).await?,
        _ => Vec::new(),
    };
    let candidates =
        candidates.into_iter().map(|(_, code, name, state)| (code.clone(), format!("{name} ({code}) – {}", state.name(Tongue::Vi))));
    let may = |step: Step| step.from().contains(&point.state) && step.may(&visit.actor);
    let form = |part: &str, filled: Vec<(&str, String)>| match &again {
        Some(again) if again.part == part => Form::with(again.fields.clone(), again.errors.clone(), Tongue::Vi),
        _ => Form::with(Fields::new(filled.into_iter().map(|(name, value)| (name.to_owned(), value))), Errors::default(), Tongue::Vi),
    };
    let suspended_until = stops.first().filter(|stop| !stop.is_closing()).and_then(|stop| stop.until_on);
    let owed = closing.as_ref().map_or(0, Stop::owed);
    Ok(ShowPage {
        suspend: may(Step::Suspend).then(|| form("suspend", vec![("from_on", date_vi(today))])),
        resume: may(Step::Resume)
            .then(|| form("resume", vec![("on", date_vi(suspended_until.filter(|until| *until <= today).unwrap_or(today)))])),
        close: may(Step::Close).then(|| form("close", vec![("closed_on", date_vi(today))])),
        payback: closing.as_ref().filter(|stop| governs && !stop.payback_state.is_empty()).map(|stop| {
            form(
                "payback",
                vec![
                    ("payback", if stop.payback_state == "undecided" { String::new() } else { stop.payback.to_string() }),
                    ("payback_due", stop.payback_due.map(date_vi).unwrap_or_default()),
                    ("payback_basis", stop.payback_basis.clone()),
                ],
            )
        }),
        repay: (governs && owed > 0).then(|| form("repay", vec![("paid_on", date_vi(today))])),
        support: (visit.actor.may(Act::SupportOperation)
            && visit.actor.can("prepare")
            && matches!(point.state, State::Operating | State::Suspended))
        .then(|| form("support", vec![("given_on", date_vi(today))])),
        sources: Money::offered("point", today).map(|source| (source.word().to_owned(), source.name().to_owned())).collect(),
        supports,
        propose: (keeps && has_gone && !chosen).then(|| form("propose", Vec::new())),
        part: again.as_ref().map_or(String::new(), |again| again.part.to_owned()),
        causes: Cause::ALL.into_iter().map(|cause| (cause.word().to_owned(), cause.name(Tongue::Vi).to_owned())).collect(),
        candidates: candidates.collect(),
        may_choose: governs && point.state == State::Closed,
        shell: visit.shell(&format!("Vận hành: {}", point.name)),
        point,
        stops,
        closing,
        repayments,
        bound,
        replacements,
        replaces,
        gap,
        today,
    })
}
