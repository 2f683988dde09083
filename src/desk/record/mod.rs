//! One record with all that the way left at it: surveys, decisions, history, pictures.
//!
//! A reading slice: it knows every slice below it, and nobody imports it.

mod attached;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use crate::access::papers;
use crate::access::{Act, Need, Routes, Voice};
use crate::db::Tx;
use crate::error::Result;
use crate::file::{self, Attachment};
use crate::journal;
use crate::page::{Choice, Errors, Fields, Form, Lang, Shell, Visit, html};
use crate::party::{self, Body};
use crate::point::dates::may_date;
use crate::point::period::{self, Period};
use crate::point::store::Near;
use crate::point::turn::Turn;
use crate::point::{Point, State, Step, alike_to, author, is_unread, load};
use crate::text::Tongue;

/// The routes of this slice.
pub fn routes() -> Routes {
    attached::routes().get("/ho-so/{id}", Need::Rows, show)
}

#[derive(Template)]
#[template(path = "record/show.html")]
struct ShowPage {
    shell: Shell,
    point: Point,
    operator: Option<Body>,
    nominated_by: Option<Body>,
    supporter: Option<Body>,
    unit: String,
    unit_today: String,
    questions: Vec<Choice>,
    steps: Vec<Step>,
    life: Vec<(State, Option<String>, bool)>,
    /// What has to be added, where it was returned.
    returned: Option<journal::Entry>,
    turns: Vec<Turn>,
    is_unread: bool,
    may_date: bool,
    dates: Form,
    history: Vec<journal::Entry>,
    pictures: Vec<Attachment>,
    surveys: Vec<crate::survey::Summary>,
    selections: Vec<crate::selection::Verdict>,
    preparation: Option<crate::preparation::Card>,
    duty: crate::duty::Card,
    meeting: Option<crate::meeting::Card>,
    product_papers: Option<crate::connection::papers::Card>,
    operation: Option<crate::operation::Card>,
    inspection: Option<crate::inspection::Card>,
    prospect: Option<crate::prospect::Card>,
    connection: Option<crate::connection::Card>,
    portals: Vec<crate::publication::store::Row>,
    near: Vec<(Near, String)>,
    talk: crate::talk::Card,
    /// What kept it from being chosen.
    declined: Option<crate::selection::Verdict>,
    /// What was put right since.
    fixed: Option<journal::Entry>,
    fixed_papers: Vec<file::Paper>,
    may_edit: bool,
    help: Option<crate::point::Help>,
    may_choose_unit: bool,
    may_survey: bool,
    has_guidance: bool,
    today: chrono::NaiveDate,
    inline: String,
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let today = visit.app.clock().today();
    let region = visit.app.region();
    let mut tx = visit.app.db().read().await?;
    let point = load(&mut tx, &visit, &id).await?;
    let operator = body(&mut tx, &point.operator_id).await?;
    let nominated_by = body(&mut tx, &point.nominated_by).await?;
    let supporter = body(&mut tx, &point.supporter_id).await?;
    let history = journal::history(&mut tx, "point", &id, i64::MAX, 30).await?;
    let returned = match point.state {
        State::Returned => journal::last(&mut tx, "point", &id, "return").await?,
        _ => None,
    };
    let fixed = match point.state {
        State::Accepted => journal::last(&mut tx, "point", &id, Step::Resurvey.word()).await?,
        _ => None,
    };
    let fixed_papers = papers::within(&mut tx, "point", &id, crate::selection::fix::FIXED).await?;
    let turns = point.turns(author(&mut tx, &point).await?);
    let is_unread = is_unread(&mut tx, &point, today).await?;
    let periods = period::of(&mut tx, &id).await?;
    let pictures = file::of(&mut tx, "point", &id).await?;
    let surveys = crate::survey::of(&mut tx, &id).await?;
    let selections = crate::selection::of(&mut tx, &id).await?;
    let preparation = crate::preparation::card(&mut tx, &visit.app.checklist(), &id).await?;
    let duty = crate::duty::card(&mut tx, &visit, &point).await?;
    let meeting = crate::meeting::card(&mut tx, &visit, &point).await?;
    let product_papers = crate::connection::papers::card(&mut tx, &visit, &point).await?;
    let operation = crate::operation::card(&mut tx, &visit, &point).await?;
    let inspection = crate::inspection::card(&mut tx, &visit, &point).await?;
    let prospect = crate::prospect::card(&mut tx, &visit, &point).await?;
    let connection = crate::connection::card(&mut tx, &visit, &point).await?;
    let talk = crate::talk::card(&mut tx, &visit, crate::point::thing_of(&point)).await?;
    let portals = crate::publication::store::portals_of(&mut tx, &id).await?;
    let questions = match (&point.unit_id, &point.unit_today) {
        (Some(unit), None) => match region.today(unit, point.pin(), today) {
            crate::region::Today::Unclear(ids) => ids.into_iter().map(|id| (id.clone(), region.label(&id))).collect(),
            crate::region::Today::Known(_) => Vec::new(),
        },
        _ => Vec::new(),
    };
    let near = if visit.actor.is_staff() && !point.state.is_public() {
        let tax_code = operator.as_ref().and_then(|body| body.tax_code.clone()).unwrap_or_default();
        alike_to(&mut tx, &visit.actor, &point, &tax_code).await?
    } else {
        Vec::new()
    };
    let help = crate::point::help(&mut tx, &visit, &point).await?;
    let page = ShowPage {
        help,
        unit: point.unit_id.as_deref().map(|unit| region.label_dated(unit, today)).unwrap_or_default(),
        unit_today: point.unit_today.as_deref().map(|unit| region.label(unit)).unwrap_or_default(),
        // steps of operation have a page of their own, see its card
        steps: Step::open_to(&visit.actor, &point)
            .into_iter()
            .filter(|step| !matches!(step, Step::Suspend | Step::Resume | Step::Close))
            .collect(),
        life: life(&point, &periods),
        returned,
        turns,
        is_unread,
        may_date: may_date(&visit.actor) && point.state.is_public(),
        dates: dates(&point, visit.lang),
        may_edit: point.may_edit(&visit.actor),
        may_choose_unit: !questions.is_empty() && visit.actor.may(Act::ChooseUnit),
        may_survey: Step::Survey.may(&visit.actor) && Step::Survey.from().contains(&point.state),
        // of the latest decision or the latest finished survey, as the letter has it
        has_guidance: selections.first().is_some_and(|verdict| verdict.verdict == "declined")
            || visit.actor.may(Act::DraftLetters)
                && surveys
                    .iter()
                    .find(|survey| survey.done_on.is_some())
                    .is_some_and(|survey| ["fix", "fails"].contains(&survey.outcome.as_str())),
        inline: pin_json(&point),
        shell: visit.shell(&point.name),
        declined: selections.first().filter(|verdict| point.state == State::Declined && verdict.verdict == "declined").cloned(),
        fixed,
        fixed_papers,
        operator,
        nominated_by,
        supporter,
        questions,
        history,
        pictures,
        surveys,
        selections,
        portals,
        operation,
        preparation,
        duty,
        meeting,
        product_papers,
        inspection,
        prospect,
        connection,
        talk,
        near,
        today,
        point,
    };
    html(&page)
}

impl ShowPage {
    /// Whether a step is open that is more than one press.
    fn has_forms(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Accept | Step::Return | Step::Withdraw))
    }
}

/// One point as GeoJSON inside a page; `<` cannot end the script element.
fn pin_json(point: &Point) -> String {
    let features: Vec<serde_json::Value> = point
        .pin()
        .map(|(lon, lat)| serde_json::json!({"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": {"name": point.name, "state": point.state.word(), "kind": point.kind}}))
        .into_iter()
        .collect();
    serde_json::json!({"type": "FeatureCollection", "features": features}).to_string().replace('<', "\\u003c")
}

async fn body(tx: &mut Tx, id: &Option<String>) -> Result<Option<Body>> {
    match id {
        Some(id) => Ok(party::store::find(tx, id).await?),
        None => Ok(None),
    }
}

/// The form of the days on which a point opened and closed.
fn dates(point: &Point, lang: Lang) -> Form {
    let fields = [("opened", point.opened()), ("closed", point.closed())]
        .map(|(name, day)| (name.to_owned(), day.map(|day| day.shown(lang)).unwrap_or_default()));
    Form::with(Fields::new(fields), Errors::default(), lang)
}

/// The life of a point as steps: state, first day in it as far as it is known, whether it was reached.
fn life(point: &Point, periods: &[Period]) -> Vec<(State, Option<String>, bool)> {
    const WAY: [State; 7] =
        [State::Draft, State::Nominated, State::Accepted, State::Surveyed, State::Selected, State::Preparing, State::Operating];
    let day = |state: State| periods.iter().rev().find(|period| period.state == state).map(|period| period.since(Tongue::Vi));
    let at = WAY.iter().position(|state| *state == point.state);
    let mut steps: Vec<_> = WAY
        .iter()
        .enumerate()
        .map(|(place, state)| (*state, day(*state), day(*state).is_some() || at.is_some_and(|at| place <= at)))
        .collect();
    if at.is_none() {
        // what leaves the way stands behind the step it left it at
        let behind = match point.state {
            State::Lead => 0,
            State::Returned => 2,
            State::Declined => 4,
            _ => steps.len(),
        };
        steps.insert(behind, (point.state, day(point.state), true));
    }
    steps
}
