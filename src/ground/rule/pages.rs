//! The screen "bộ tiêu chí": which set applied when, each set with its items, and the decision to go on applying one.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{Application, CriteriaSet, Criterion, Group};
use super::store;
use super::validity::{self, Span, period, spans};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, html};
use crate::rule::{Used, Uses};
use crate::text::{self, Tongue, date_vi};
use crate::{clock, journal};

const READERS: Need = Need::May(Act::ReadCriteria);
const LEADERS: Need = Need::May(Act::ApplyEndedLaw);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/bo-tieu-chi", READERS, list)
        .get("/bo-tieu-chi/van-dung", LEADERS, apply_form)
        .post("/bo-tieu-chi/van-dung", LEADERS, apply)
        .get("/bo-tieu-chi/{id}", READERS, show)
}

/// Reads an optional date of a form.
pub(super) fn date(fields: &Fields, name: &str) -> Result<Option<NaiveDate>, Both> {
    match fields.some(name) {
        None => Ok(None),
        Some(typed) => text::parse_date(typed).map(Some).map_err(Both::from),
    }
}

/// Reads a date that must be given.
pub(super) fn must_date(fields: &Fields, name: &str) -> Result<NaiveDate, Both> {
    date(fields, name)?.ok_or_else(|| both("Hãy ghi ngày, ví dụ 22/11/2026.", "Give the date, for example 22/11/2026."))
}

/// Reads a last day; gives the first day no longer.
pub(super) fn until(fields: &Fields, name: &str) -> Result<Option<NaiveDate>, Both> {
    Ok(date(fields, name)?.and_then(|last| last.succ_opt()))
}

/// Name of a group's state.
fn state_name(state: &str) -> (&'static str, &'static str) {
    match state {
        "known" => ("đủ", "ok"),
        "partial" => ("một phần", "warn"),
        _ => ("chưa có", "quiet"),
    }
}

/// How sure a transcription is.
fn confidence_name(word: &str) -> &'static str {
    match word {
        "A" => "theo văn bản",
        "B" => "theo báo trích dẫn",
        "C" => "nguồn yếu",
        "M" => "theo trí nhớ",
        _ => "chưa ghi độ tin cậy",
    }
}

/// A set in one line.
struct Line {
    set: CriteriaSet,
    is_now: bool,
}

impl Line {
    fn period(&self) -> String {
        if self.set.status == "draft" { "chưa có hiệu lực".to_owned() } else { period(self.set.valid_from, self.set.valid_to) }
    }

    fn state_name(&self, group: &Group) -> &'static str {
        state_name(&group.state).0
    }

    fn tone(&self, group: &Group) -> &'static str {
        state_name(&group.state).1
    }
}

/// A recorded decision with the number of its set.
struct Decision {
    application: Application,
    number: String,
}

impl Decision {
    fn period(&self) -> String {
        period(Some(self.application.valid_from), self.application.valid_to)
    }
}

#[derive(Template)]
#[template(path = "rule/list.html")]
struct ListPage {
    shell: Shell,
    spans: Vec<Span>,
    today: NaiveDate,
    now: Option<Span>,
    ended: Option<(String, NaiveDate)>,
    bases: Vec<Line>,
    overlays: Vec<Line>,
    drafts: Vec<Line>,
    decisions: Vec<Decision>,
    may_edit: bool,
    may_apply: bool,
}

impl ListPage {
    fn is_gap(&self) -> bool {
        self.now.as_ref().is_none_or(|span| span.set.is_none())
    }

    fn decision(&self, span: &Span) -> String {
        let found = span.application.as_ref().and_then(|id| self.decisions.iter().find(|decision| decision.application.id == *id));
        found.map(|decision| words(&decision.application)).unwrap_or_default()
    }
}

/// "12/QĐ-SCT ngày 05/01/2026", or the leader's reason.
fn words(application: &Application) -> String {
    match (application.number.is_empty(), application.decided_on) {
        (true, _) => format!("ý kiến lãnh đạo: {}", application.reason),
        (false, Some(day)) => format!("{} ngày {}", application.number, date_vi(day)),
        (false, None) => application.number.clone(),
    }
}

fn may_apply(visit: &Visit) -> bool {
    visit.actor.may(Act::ApplyEndedLaw) && visit.actor.can("select")
}

async fn list(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let sets = store::sets(&mut tx).await?;
    let applications = store::applications(&mut tx).await?;
    let spans = spans(&sets, &applications);
    let now = spans.iter().find(|span| span.holds(today)).cloned();
    let ended = sets
        .iter()
        .filter(|set| !set.overlay && set.status == "in_force")
        .filter_map(|set| Some((set.number().to_owned(), set.valid_to?.pred_opt()?)))
        .filter(|(_, last)| *last < today)
        .max_by_key(|(_, last)| *last);
    let number = |id: &str| sets.iter().find(|set| set.id == id).map_or(String::new(), |set| set.number().to_owned());
    let decisions = applications.into_iter().map(|application| Decision { number: number(&application.set_id), application }).collect();
    let line = |set: CriteriaSet| Line { is_now: set.is_valid(today), set };
    let filled = super::fill::done(&mut tx).await?;
    let sets: Vec<CriteriaSet> = sets.into_iter().filter(|set| !filled.contains(&set.id)).collect();
    let (drafts, issued): (Vec<_>, Vec<_>) = sets.into_iter().rev().partition(|set| set.status == "draft");
    let (overlays, bases): (Vec<_>, Vec<_>) = issued.into_iter().partition(|set| set.overlay);
    html(&ListPage {
        shell: visit.shell("Bộ tiêu chí"),
        spans,
        today,
        now,
        ended,
        bases: bases.into_iter().map(line).collect(),
        overlays: overlays.into_iter().map(line).collect(),
        drafts: drafts.into_iter().map(line).collect(),
        decisions,
        may_edit: visit.actor.may(Act::EditCriteria),
        may_apply: may_apply(&visit),
    })
}

#[derive(Template)]
#[template(path = "rule/show.html")]
struct ShowPage {
    shell: Shell,
    line: Line,
    based_on: Option<(String, String)>,
    /// It only fills that set, and whether it has.
    fills: Option<bool>,
    uses: i64,
    history: Vec<journal::Entry>,
    may_edit: bool,
}

impl ShowPage {
    fn is_draft(&self) -> bool {
        self.line.set.status == "draft" && !self.is_filled()
    }

    fn is_filled(&self) -> bool {
        self.fills == Some(true)
    }

    fn has_empty(&self) -> bool {
        super::fill::empty(&self.line.set).next().is_some()
    }

    /// How sure an item is: what is said of it, else of the whole set.
    fn confidence(&self, item: &Criterion) -> &'static str {
        confidence_name(if item.confidence.is_empty() { &self.line.set.confidence } else { &item.confidence })
    }

    fn set_confidence(&self) -> &'static str {
        confidence_name(&self.line.set.confidence)
    }

    fn rule(&self, item: &Criterion) -> &'static str {
        rule_name(item.rule)
    }
}

/// Whether an item must be met by itself.
fn rule_name(rule: super::RuleKind) -> &'static str {
    match rule {
        super::RuleKind::All => "bắt buộc",
        super::RuleKind::Any => "một trong các mục",
    }
}

/// One set with its groups.
pub(super) async fn find(tx: &mut Tx, id: &str) -> Result<CriteriaSet> {
    let sets = store::sets(tx).await?;
    sets.into_iter().find(|set| set.id == id).ok_or_else(|| Refusal::not_found().into())
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let set = find(&mut tx, &id).await?;
    let based_on = match &set.based_on {
        Some(id) => find(&mut tx, id).await.ok().map(|set| (set.id.clone(), set.number().to_owned())),
        None => None,
    };
    let uses = visit.app.held::<Uses>().of(&mut tx, &id, Used::Ever).await?;
    let fills = super::fill::of(&mut tx, &id).await?.map(|(_, is_filled)| is_filled);
    let history = journal::history(&mut tx, "criteria_set", &id, i64::MAX, 30).await?;
    html(&ShowPage {
        shell: visit.shell(&set.title),
        line: Line { is_now: set.is_valid(today), set },
        based_on,
        fills,
        uses,
        history,
        may_edit: visit.actor.may(Act::EditCriteria),
    })
}

#[derive(Template)]
#[template(path = "rule/apply.html")]
struct ApplyPage {
    shell: Shell,
    form: Form,
    sets: Vec<Choice>,
}

async fn apply_page(tx: &mut Tx, visit: &Visit, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut sets = vec![(String::new(), "Chọn bộ tiêu chí".to_owned())];
    let issued = store::sets(tx)
        .await?
        .into_iter()
        .rev()
        .filter(|set| set.status == "in_force" && !set.overlay && set.valid_from.is_none_or(|from| from <= today));
    sets.extend(issued.map(|set| (set.id.clone(), format!("{} – {}", set.number(), period(set.valid_from, set.valid_to)))));
    let page = ApplyPage { shell: visit.shell("Vận dụng bộ tiêu chí"), form, sets };
    page.form.answer(&page)
}

async fn apply_form(visit: Visit) -> Result<Response> {
    if !may_apply(&visit) {
        return Err(Refusal::forbidden().into());
    }
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let fields = Fields::new([("from".to_owned(), date_vi(today))]);
    apply_page(&mut tx, &visit, Form::with(fields, Errors::default(), Tongue::Vi)).await
}

/// A leader records the decision to go on applying a set.
async fn apply(visit: Visit, sent: Sent) -> Result<Response> {
    if !may_apply(&visit) {
        return Err(Refusal::forbidden().into());
    }
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut errors = Errors::default();
    let from = errors.take("from", must_date(&fields, "from"));
    let to = errors.take("to", until(&fields, "to"));
    let decided_on = errors.take("decided_on", date(&fields, "decided_on")).flatten();
    let (number, reason) = (fields.get("number").to_owned(), fields.get("reason").to_owned());
    if number.is_empty() && reason.is_empty() {
        errors.add("number", both("Hãy ghi số quyết định, hoặc lý do ở dưới.", "Give the number of the decision, or the reason below."));
    }
    if !number.is_empty() && fields.get("decided_on").is_empty() {
        errors.add("decided_on", both("Hãy ghi ngày của quyết định.", "Give the date of the decision."));
    }
    if decided_on.is_some_and(|day| day > today) {
        errors.add("decided_on", both("Ngày quyết định ở tương lai.", "The decision lies in the future."));
    }
    for name in ["number", "reason"] {
        if fields.get(name).chars().count() > 2000 {
            errors.add(name, both("Tối đa 2000 chữ.", "At most 2000 characters."));
        }
    }
    let mut tx = visit.app.db().write().await?;
    let sets = store::sets(&mut tx).await?;
    if let (Some(from), Some(to)) = (from, to)
        && let Err((name, text)) = validity::check_application(&sets, fields.get("set"), from, to)
    {
        errors.add(name, text);
    }
    let (Some(from), Some(to), true) = (from, to, errors.is_empty()) else {
        return apply_page(&mut visit.app.db().instead(tx).await?, &visit, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let application = Application {
        id: clock::new_id(),
        set_id: fields.get("set").to_owned(),
        valid_from: from,
        valid_to: to,
        number,
        decided_on,
        reason,
        decided_by: visit.actor.journal_id().to_owned(),
    };
    store::add_application(&mut tx, &application, now).await?;
    let detail = serde_json::json!({
        "application": application.id, "set": application.set_id, "valid_from": from, "valid_to": to,
        "number": application.number, "decided_on": decided_on, "reason": application.reason,
    });
    Note::of("apply_set", ("criteria_set", &application.set_id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go("/bo-tieu-chi", "apply_set"))
}
