//! The screen of selection: targets, candidates, coverage; writing a decision down.

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;
use chrono::{Datelike, NaiveDate};

use super::model::{self, Candidate, Named, SelectionForm, Standing, check, named};
use super::store::{self, Asked, Item, Order};
use crate::access::{Act, Need, Routes, Scope};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Field, Fields, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::plan::{self, Plan, Target};
use crate::point::{self, Kind, Point, PointRefusal, State, Step, tell};
use crate::rule::{GroupResult, Outcome};
use crate::text::{Tongue, date_vi};
use crate::view::{self, Bar, Head};

const PAGE: i64 = 50;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().get("/lua-chon", Need::May(Act::ReadSelections), show).post("/lua-chon", Need::May(Act::Select), decide)
}

/// A target as printed, and what has been reached of it.
struct Reached {
    target: Target,
    range: String,
    selected: i64,
    opened: i64,
    standing: Standing,
    /// Of a target per district: district, points opened there, whether that is enough.
    districts: Vec<(String, i64, bool)>,
    enough: usize,
    is_running: bool,
}

impl Reached {
    fn days(&self) -> String {
        let last = self.target.valid_to.pred_opt().unwrap_or(self.target.valid_to);
        format!("{}–{}", date_vi(self.target.valid_from), date_vi(last))
    }

    fn is_per_district(&self) -> bool {
        self.target.per == "district"
    }
}

/// A candidate on the page, with its fields.
struct Line {
    row: Candidate,
    unit: String,
    waiting: i64,
    /// Groups with the items of each that are not met.
    groups: Vec<(GroupResult, String)>,
    /// Points of its kind open in the city, points open in its unit.
    near: (i64, i64),
    is_selected: bool,
    is_declined: bool,
    error: String,
    guidance: Field,
    fix_by: Field,
    reason: Option<Field>,
}

/// A kind or a unit beside its points.
struct Cover {
    name: String,
    open: i64,
    coming: i64,
    waiting: i64,
}

/// What a decision will do, shown before it is written.
struct Preview {
    lines: Vec<String>,
    selected: Vec<(String, String)>,
    declined: Vec<(String, String, NaiveDate)>,
    warnings: Vec<String>,
}

#[derive(Template)]
#[template(path = "selection/show.html")]
struct ShowPage {
    shell: Shell,
    form: Form,
    plan: Option<Plan>,
    plans: Vec<Choice>,
    years: Vec<Choice>,
    reached: Vec<Reached>,
    ask: Ask,
    bar: Bar,
    outcomes: Vec<Choice>,
    kind_choices: Vec<Choice>,
    is_narrowed: bool,
    list: Rows<()>,
    lines: Vec<Line>,
    decisions: Vec<store::Decision>,
    kinds: Vec<Cover>,
    most: i64,
    empty: Vec<Cover>,
    units: Vec<Cover>,
    unplaced: i64,
    may_decide: bool,
}

impl ShowPage {
    fn may_plan(&self) -> bool {
        plan::may_keep(&self.shell.actor)
    }

    /// How many units without a point have a candidate.
    fn filled(&self) -> usize {
        self.empty.iter().filter(|cover| cover.waiting > 0).count()
    }
}

#[derive(Template)]
#[template(path = "selection/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    fields: Vec<(String, String)>,
    preview: Preview,
    form: SelectionForm,
    plan: Option<Plan>,
}

async fn show(visit: Visit) -> Result<Response> {
    let fields = visit.query.clone();
    let mut tx = visit.app.db().read().await?;
    html(&page(&mut tx, &visit, fields, Errors::default()).await?)
}

/// The plan asked for, else the one in force: of the year asked for, or of today, the first that says how many new points. None
/// where no plan is of that year, or none is wanted.
fn chosen<'a>(plans: &'a [Plan], targets: &[Target], year: &str, id: &str, today: NaiveDate) -> Option<&'a Plan> {
    if id == model::NO_PLAN {
        return None;
    }
    let asked = if year.is_empty() { today.year().to_string() } else { year.to_owned() };
    let of_year = |plan: &&Plan| plan.year.to_string() == asked;
    let has_target = |plan: &&Plan| {
        targets
            .iter()
            .any(|target| target.plan_id == plan.id && (!year.is_empty() || target.valid_from <= today && today < target.valid_to))
    };
    let known = plans.iter().find(|plan| plan.id == id && (year.is_empty() || plan.year.to_string() == year));
    known
        .or_else(|| plans.iter().find(|plan| has_target(plan) && (year.is_empty() || of_year(plan))))
        .or_else(|| plans.iter().find(of_year))
}

async fn page(tx: &mut Tx, visit: &Visit, mut fields: Fields, errors: Errors) -> Result<ShowPage> {
    let today = visit.app.clock().today();
    let region = visit.app.region();
    let plans = plan::list(tx).await?;
    let targets = plan::all_point_targets(tx).await?;
    let plan = chosen(&plans, &targets, fields.get("nam"), fields.get("plan"), today).cloned();
    fields.set("plan", plan.as_ref().map_or(model::NO_PLAN, |plan| plan.id.as_str()));
    let mut years: Vec<i64> = plans.iter().map(|plan| plan.year).collect();
    years.dedup();
    let years = std::iter::once((String::new(), "Mọi năm".to_owned()))
        .chain(years.into_iter().map(|year| (year.to_string(), year.to_string())))
        .collect();
    let year = fields.get("nam").to_owned();
    let of_year = plans
        .iter()
        .filter(|plan| year.is_empty() || plan.year.to_string() == year)
        .map(|plan| (plan.id.clone(), plan_line(plan, &targets)));
    let choices = std::iter::once((model::NO_PLAN.to_owned(), "Không theo kế hoạch nào".to_owned())).chain(of_year).collect();
    let mut reached = Vec::new();
    if let Some(plan) = &plan {
        for target in targets.iter().filter(|target| target.plan_id == plan.id) {
            reached.push(reach(tx, visit, target.clone(), today).await?);
        }
    }

    let scope = visit.actor.scope();
    let asked = Asked {
        outcome: fields.some("ket_qua").and_then(Outcome::read),
        kind: fields.some("kind").and_then(Kind::read).map_or(String::new(), |kind| kind.word().to_owned()),
        q: crate::text::fold(fields.get("q")),
        first: fields.get("diem").to_owned(),
        order: fields.some("xep").and_then(Order::read).unwrap_or_default(),
        after: fields.some("sau").map(str::to_owned),
        size: PAGE,
    };
    let found = store::candidates(tx, &scope, &asked).await?;
    let total = store::count(tx, &scope, &asked, view::COUNTED).await?;
    let surveys: Vec<&str> = found.rows.iter().filter_map(|row| row.survey_id.as_deref()).collect();
    let failed = store::failed(tx, &surveys).await?;
    let failed_in = |survey: Option<&str>, group: &GroupResult| {
        let of = |(known, set, own, _): &&(String, String, String, String)| {
            survey == Some(known.as_str()) && *set == group.set_id && *own == group.group_id
        };
        let mut items: Vec<&str> = failed.iter().filter(of).map(|(.., item)| item.as_str()).collect();
        items.sort_unstable();
        items.join(", ")
    };
    let mut by_unit: HashMap<String, (i64, i64, i64)> = HashMap::new();
    for (unit, state, n) in store::by_unit(tx).await? {
        let cover = by_unit.entry(unit).or_default();
        match state {
            State::Operating => cover.0 += n,
            State::Surveyed => cover.2 += n,
            _ => cover.1 += n,
        }
    }
    let city = by_unit.get("*").copied().unwrap_or_default();
    let mut kinds = Vec::new();
    for kind in Kind::all() {
        let mut cover = Cover { name: kind.name(Tongue::Vi).to_owned(), open: 0, coming: 0, waiting: 0 };
        for (state, n) in point::store::counts(tx, "*", kind.word()).await? {
            match state {
                State::Operating => cover.open += n,
                State::Surveyed => cover.waiting += n,
                State::Selected | State::Preparing => cover.coming += n,
                _ => {}
            }
        }
        kinds.push(cover);
    }
    let own = |unit: &crate::region::Unit| !matches!(&scope, Scope::Unit(own) if *own != unit.id);
    let mut units: Vec<Cover> = region
        .communes(today)
        .into_iter()
        .filter(|unit| own(unit))
        .map(|unit| {
            let (open, coming, waiting) = by_unit.get(&unit.id).copied().unwrap_or_default();
            Cover { name: unit.full_name.clone(), open, coming, waiting }
        })
        .collect();
    let unplaced = if scope == Scope::All { city.0 - units.iter().map(|cover| cover.open).sum::<i64>() } else { 0 };
    let mut empty: Vec<Cover> = Vec::new();
    units = units
        .into_iter()
        .filter_map(|cover| {
            if cover.open > 0 {
                Some(cover)
            } else {
                empty.push(cover);
                None
            }
        })
        .collect();
    empty.sort_by_key(|cover| (-cover.waiting, -cover.coming));
    units.sort_by_key(|cover| -cover.open);

    let mut ask = Ask::at(visit, "/lua-chon").fix("nam", fields.get("nam")).fix("plan", plan.as_ref().map_or("", |plan| plan.id.as_str()));
    for name in ["ket_qua", "kind", "q", "xep"] {
        ask = ask.fix(name, fields.get(name));
    }
    let orders = Order::ALL.map(|order| (order.word(), order.name()));
    let bar = view::bar(tx, visit, &ask, Head { shown: found.rows.len(), total, noun: "điểm chờ quyết định", orders: &orders }).await?;
    let is_narrowed = asked.outcome.is_some() || !asked.kind.is_empty() || !asked.q.is_empty();
    let form = Form::with(fields, errors, Tongue::Vi);
    let (found, list) = found.take();
    let lines = found
        .into_iter()
        .map(|row| {
            let name = |field: &str| format!("{field}-{}", row.id);
            let kind_open =
                Kind::read(&row.kind).and_then(|kind| Kind::all().iter().position(|known| *known == kind)).map_or(0, |at| kinds[at].open);
            let unit_open = row.unit_today.as_ref().and_then(|unit| by_unit.get(unit)).map_or(0, |cover| cover.0);
            Line {
                unit: row.unit_today.as_deref().or(row.unit_id.as_deref()).map(|id| region.label_dated(id, today)).unwrap_or_default(),
                waiting: row.waiting(today),
                groups: row
                    .result()
                    .map(|result| result.groups)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|group| (failed_in(row.survey_id.as_deref(), &group), group))
                    .map(|(failed, group)| (group, failed))
                    .collect(),
                near: (kind_open, unit_open),
                is_selected: form.is("select", &row.id)
                    || form.value("diem") == row.id && form.value("select").is_empty() && !form.is("decline", &row.id),
                is_declined: form.is("decline", &row.id),
                error: form.error(&name("row")),
                guidance: form.area(&name("guidance"), "Cần khắc phục gì").limit(model::TEXT_LIMIT),
                fix_by: form.date(&name("fix_by"), "Trước ngày"),
                reason: row.needs_reason().then(|| {
                    form.area(&name("reason"), "Lý do nếu vẫn chọn")
                        .limit(model::TEXT_LIMIT)
                        .hint("Kết quả khảo sát chưa phải là đạt: người ký chịu trách nhiệm, lý do được lưu vào nhật ký.")
                }),
                row,
            }
        })
        .collect();
    Ok(ShowPage {
        shell: visit.shell("Lựa chọn điểm"),
        plan,
        plans: choices,
        years,
        reached,
        ask,
        bar,
        outcomes: outcomes(),
        kind_choices: Kind::choices(Tongue::Vi),
        is_narrowed,
        list,
        lines,
        // a decision may name points outside a part of the city
        decisions: if scope == Scope::All { store::recent(tx, 5).await? } else { Vec::new() },
        most: kinds.iter().map(|cover| cover.open + cover.coming).max().unwrap_or(0).max(1),
        kinds,
        empty,
        units,
        unplaced,
        may_decide: Step::Select.may(&visit.actor),
        form,
    })
}

fn outcomes() -> Vec<Choice> {
    let all = std::iter::once((String::new(), "Mọi kết quả".to_owned()));
    all.chain([Outcome::Meets, Outcome::Fix, Outcome::Fails].map(|outcome| (outcome.word().to_owned(), outcome.name().to_owned())))
        .collect()
}

fn plan_line(plan: &Plan, targets: &[Target]) -> String {
    let target = targets
        .iter()
        .find(|target| target.plan_id == plan.id && target.per == "city")
        .or_else(|| targets.iter().find(|target| target.plan_id == plan.id));
    let goal = match target {
        None => "không có chỉ tiêu điểm".to_owned(),
        Some(target) => {
            format!("{} điểm{}", plan::range(target.least, target.most), if target.per == "district" { " mỗi quận, huyện" } else { "" })
        }
    };
    format!("{} – số {} – {goal}", plan.year, plan.number)
}

async fn reach(tx: &mut Tx, visit: &Visit, target: Target, today: NaiveDate) -> Result<Reached> {
    let (from, to) = (target.valid_from, target.valid_to);
    let selected = store::selected_in(tx, from, to).await?;
    let opened = store::opened_in(tx, from, to).await?;
    let mut districts = Vec::new();
    if target.per == "district" {
        let by_unit: HashMap<String, i64> = store::opened_by_unit(tx, from, to).await?.into_iter().collect();
        let least = target.least.unwrap_or(0);
        districts = visit
            .app
            .region()
            .districts()
            .into_iter()
            .filter(|unit| unit.overlaps(from, to))
            .map(|unit| {
                let n = by_unit.get(&unit.id).copied().unwrap_or(0);
                (unit.full_name.clone(), n, n >= least)
            })
            .collect();
    }
    Ok(Reached {
        range: plan::range(target.least, target.most),
        standing: Standing::of(opened, target.least, target.most),
        enough: districts.iter().filter(|(.., enough)| *enough).count(),
        is_running: from <= today && today < to,
        selected,
        opened,
        districts,
        target,
    })
}

async fn decide(visit: Visit, sent: Sent) -> Result<Response> {
    if !Step::Select.may(&visit.actor) {
        return Err(Refusal::forbidden().into());
    }
    let fields = sent.fields;
    if fields.is_on("back") {
        let mut tx = visit.app.db().read().await?;
        return html(&page(&mut tx, &visit, fields, Errors::default()).await?);
    }
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let sure = fields.is_on("sure");
    let mut tx = if sure { once::begin(&visit, &fields).await? } else { visit.app.db().read().await? };
    let mut points: Vec<Point> = Vec::new();
    let mut seen: Vec<Named> = Vec::new();
    for id in named(&fields).into_iter().take(model::MOST + 1) {
        let point = point::load(&mut tx, &visit, &id).await?;
        let version: i64 = fields.get(&format!("version-{id}")).parse().unwrap_or(-1);
        let is_fresh = point.version == version && point.state == State::Surveyed;
        seen.push(Named { id, name: point.name.clone(), is_fresh, survey: store::latest(&mut tx, &point.id).await? });
        points.push(point);
    }
    let form = match check(&fields, &seen, today) {
        Ok(form) => form,
        Err(errors) => {
            let page = page(&mut visit.app.db().instead(tx).await?, &visit, fields, errors).await?;
            return page.form.answer(&page);
        }
    };
    let plan = match &form.plan_id {
        Some(id) => Some(plan::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?),
        None => None,
    };
    if !sure {
        let preview = preview(&mut tx, &form, &points, &seen, plan.as_ref()).await?;
        let fields = fields.pairs().to_vec();
        return html(&ConfirmPage { shell: visit.shell("Xác nhận quyết định lựa chọn"), fields, preview, form, plan });
    }
    let selection = crate::clock::new_id();
    store::add(&mut tx, &selection, &form, visit.actor.journal_id(), now).await?;
    for before in &points {
        let reason = form.selected.iter().find(|(id, _)| *id == before.id).map(|(_, reason)| reason.as_str());
        let guided = form.declined.iter().find(|(id, ..)| *id == before.id);
        let survey =
            seen.iter().find(|named| named.id == before.id).and_then(|named| named.survey.as_ref()).map(|survey| survey.id.as_str());
        let (point, item, step) = match (reason, guided) {
            (Some(reason), _) => {
                let item = Item { point_id: &before.id, verdict: "selected", guidance: reason, fix_by: None, survey_id: survey };
                (before.clone().select(form.decided_on, today), item, Step::Select)
            }
            (None, Some((_, guidance, fix_by))) => {
                let item = Item { point_id: &before.id, verdict: "declined", guidance, fix_by: Some(*fix_by), survey_id: survey };
                (before.clone().decline(Some(*fix_by), today), item, Step::Decline)
            }
            (None, None) => continue,
        };
        let point = point.map_err(|refusal: PointRefusal| Refusal::from(refusal))?;
        if point::store::save(&mut tx, before, &point, visit.app.region(), now).await? == 0 {
            return Err(Refusal::stale().into());
        }
        store::add_item(&mut tx, &selection, item).await?;
        let text = if step == Step::Select { "reason" } else { "guidance" };
        let detail = serde_json::json!({
            "selection": selection, "plan": form.plan_id, "number": form.number, "decided_on": form.decided_on, text: item.guidance, "survey": item.survey_id,
            "from": before.state.word(), "to": point.state.word(), "due_on": point.due_on, "set": {"state": point.state.word(), "state_since": point.state_since},
        });
        Note::of(step.word(), ("point", &point.id), detail).by(&mut tx, now, &visit.actor).await?;
        let paper = format!("Quyết định số {} ngày {}.", form.number, date_vi(form.decided_on));
        let words = if step == Step::Select { paper } else { format!("{paper}\nCần khắc phục: {}", item.guidance) };
        tell(&mut tx, now, today, &visit.app.config().base_url, &point, &words).await?;
    }
    let answer =
        once::end(tx, &fields, go(&plan.map_or_else(|| "/lua-chon".to_owned(), |plan| format!("/lua-chon?plan={}", plan.id)), "select"))
            .await?;
    visit.app.wake();
    Ok(answer)
}

/// What a decision will do: counted, and against the plan.
async fn preview(tx: &mut Tx, form: &SelectionForm, points: &[Point], seen: &[Named], plan: Option<&Plan>) -> Result<Preview> {
    let name = |id: &str| points.iter().find(|point| point.id == id).map(|point| point.name.clone()).unwrap_or_default();
    let mut lines = Vec::new();
    let mut warnings = Vec::new();
    let adding = form.selected.len() as i64;
    if let Some(plan) = plan {
        for target in plan::point_targets(tx, &plan.id).await?.into_iter().filter(|target| target.per == "city") {
            let goal = plan::range(target.least, target.most);
            let so_far = store::selected_in(tx, target.valid_from, target.valid_to).await?;
            if form.decided_on < target.valid_from || form.decided_on >= target.valid_to {
                let last = target.valid_to.pred_opt().unwrap_or(target.valid_to);
                warnings.push(format!(
                    "Ngày quyết định nằm ngoài kỳ của chỉ tiêu {goal} điểm ({}–{}): không tính vào chỉ tiêu này.",
                    date_vi(target.valid_from),
                    date_vi(last)
                ));
                continue;
            }
            let standing = Standing::of(so_far + adding, target.least, target.most);
            let text =
                format!("Chỉ tiêu {goal} điểm: trước đó đã chọn {so_far}, sau quyết định này là {}; {}.", so_far + adding, standing.text());
            if matches!(standing, Standing::Over(_)) { warnings.push(text) } else { lines.push(text) }
        }
    }
    for (id, _) in &form.selected {
        let outcome = seen
            .iter()
            .find(|named| named.id == *id)
            .and_then(|named| named.survey.as_ref())
            .and_then(|survey| Outcome::read(&survey.outcome));
        if let Some(outcome) = outcome.filter(|outcome| *outcome != Outcome::Meets) {
            warnings.push(format!("“{}” được chọn khi kết quả khảo sát là “{}”.", name(id), outcome.name()));
        }
    }
    if form.decided_on.year() < crate::law::first_year() {
        warnings.push(format!("Năm của quyết định là {}; hãy kiểm tra lại.", form.decided_on.year()));
    }
    Ok(Preview {
        lines,
        warnings,
        selected: form.selected.iter().map(|(id, reason)| (name(id), reason.clone())).collect(),
        declined: form.declined.iter().map(|(id, guidance, day)| (name(id), guidance.clone(), *day)).collect(),
    })
}
