//! The screens: the journal with its filters and its export, the history of one point, a decision with all that hangs on it.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::ask::{self, Asked, Meant};
use super::changes::{self, Change, Terms};
use super::subject::{self, KINDS, Thing};
use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::export::{Export, List};
use crate::journal::{self, Entry};
use crate::page::{Ask, Choice, Errors, Form, Rows, Shell, Visit, html};
use crate::point::{self, Point};
use crate::sheet::{Column, Format, Value};
use crate::text::{Tongue, date_vi};
use crate::{plan, selection, survey};

const ROWS: i64 = 30;
/// Lines of a point that are looked through for those of one decision.
const POINT_LINES: i64 = 500;
/// Lines of one export.
const EXPORTED: usize = 10_000;

const READERS: Need = Need::May(Act::ReadJournal);

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/nhat-ky", READERS, list)
        .get("/nhat-ky.csv", READERS, export)
        .get("/nhat-ky/{kind}/{id}", READERS, of_one)
        .get("/ho-so/{id}/lich-su", Need::Rows, of_point)
        .get("/quyet-dinh/{id}", Need::May(Act::ReadSelections), decision)
}

/// A line with all that is told of it.
struct Row {
    entry: Entry,
    person: Option<String>,
    thing: Thing,
    changes: Vec<Change>,
    /// Address and device of a sign-in.
    from: String,
}

/// Whether a reader is told who a person was, beside role and body.
fn sees_people(visit: &Visit) -> bool {
    visit.actor.may(Act::SearchJournal)
}

async fn rows(tx: &mut Tx, visit: &Visit, entries: Vec<Entry>) -> Result<Vec<Row>> {
    let names = if sees_people(visit) { ask::names(tx, &entries).await? } else { HashMap::new() };
    let things =
        subject::things(tx, entries.iter().flat_map(|entry| changes::refers(entry).into_iter().chain([subject::of(entry)]))).await?;
    let terms = Terms { region: visit.app.region(), things: &things };
    let lines: Vec<i64> = entries.iter().map(|entry| entry.seq).collect();
    let mut from: HashMap<i64, String> = HashMap::new();
    if visit.actor.may(Act::ReadJournal) {
        for (line, _, value) in journal::aside(tx, &lines).await? {
            from.entry(line).and_modify(|known| *known = format!("{known} · {value}")).or_insert(value);
        }
    }
    let row = |entry: Entry| Row {
        from: from.remove(&entry.seq).unwrap_or_default(),
        person: names.get(&entry.actor).cloned(),
        thing: things.get(&subject::of(&entry)).cloned().unwrap_or_default(),
        changes: changes::of(&entry, terms),
        entry,
    };
    Ok(entries.into_iter().map(row).collect())
}

#[derive(Template)]
#[template(path = "trace/list.html")]
struct ListPage {
    shell: Shell,
    form: Form,
    rows: Vec<Row>,
    ask: Ask,
    page: Rows<()>,
    csv: String,
    head: String,
    verbs: Vec<Choice>,
    kinds: Vec<Choice>,
    /// What a typed person or thing may mean, to choose from.
    people: Option<Vec<Choice>>,
    things: Option<Vec<Choice>>,
    /// The person and the thing that are asked for, by name.
    of: Vec<String>,
    /// It has to be said first which thing or person is meant.
    is_open: bool,
    is_searched: bool,
}

impl ListPage {
    /// Whether more than the thing is asked for.
    fn is_narrowed(&self) -> bool {
        ["ten-nguoi", "tu", "den", "viec", "loai"].iter().any(|name| !self.form.value(name).is_empty() || !self.form.error(name).is_empty())
    }

    /// What the link to the lines before says.
    fn further(&self) -> &'static str {
        if self.rows.is_empty() { "Tìm tiếp đoạn cũ hơn" } else { "Cũ hơn" }
    }
}

/// The verbs of the journal, as people say them.
fn verbs() -> Vec<Choice> {
    let mut verbs: Vec<Choice> = Tongue::Vi.section("verb").into_iter().map(|(word, name)| (word.to_owned(), name.to_owned())).collect();
    verbs.sort_by_key(|(_, name)| crate::text::sort_key(name));
    verbs.insert(0, (String::new(), "Mọi việc".to_owned()));
    verbs
}

async fn list(visit: Visit) -> Result<Response> {
    let (asked, wrong) = Asked::read(&visit.query);
    page(visit, asked, wrong).await
}

/// The history of one thing of any kind.
async fn of_one(visit: Visit, Path((kind, id)): Path<(String, String)>) -> Result<Response> {
    let (asked, wrong) = Asked::read(&visit.query);
    page(visit, Asked { kind, id, ..asked }, wrong).await
}

/// What typed names may mean; while one means several things or none, no line is meant.
#[derive(Default)]
struct Meanings {
    things: Option<Vec<Meant>>,
    people: Option<Vec<(String, String)>>,
}

impl Meanings {
    fn is_open(&self) -> bool {
        self.things.is_some() || self.people.is_some()
    }
}

/// Takes a typed name for the one thing or person that it can mean.
async fn settle(tx: &mut Tx, visit: &Visit, asked: &mut Asked) -> Result<Meanings> {
    let mut meanings = Meanings::default();
    if let Some(typed) = visit.query.some("doi-tuong") {
        let mut found = ask::things(tx, typed).await?;
        match (found.len(), found.pop()) {
            (1, Some((kind, id, _))) => (asked.kind, asked.id) = (kind, id),
            (_, last) => {
                found.extend(last);
                meanings.things = Some(found);
            }
        }
    }
    if let Some(typed) = visit.query.some("ten-nguoi") {
        let mut found = ask::people(tx, typed).await?;
        match (found.len(), found.pop()) {
            (1, Some((id, _))) => asked.person = id,
            (_, last) => {
                found.extend(last);
                meanings.people = Some(found);
            }
        }
    }
    Ok(meanings)
}

async fn page(visit: Visit, mut asked: Asked, wrong: Vec<&'static str>) -> Result<Response> {
    let before = visit.query.get("truoc").parse().unwrap_or(i64::MAX);
    let mut tx = visit.app.db().read().await?;
    let (_, head) = journal::head(&mut tx).await?;
    let meanings = settle(&mut tx, &visit, &mut asked).await?;
    let found = if meanings.is_open() { ask::Found::default() } else { ask::find(&mut tx, &asked, before, ROWS).await? };
    let address = |changes: &[(&str, &str)]| visit.query.address("/nhat-ky", changes);
    let choose = |name: &str, id: &str, typed: &str| address(&[(name, id), (typed, ""), ("truoc", "")]);
    let is_open = meanings.is_open();
    let people = meanings.people.map(|people| people.into_iter().map(|(id, name)| (choose("nguoi", &id, "ten-nguoi"), name)).collect());
    let choice = |(kind, id, name): Meant| {
        (
            address(&[("loai", &kind), ("ma", &id), ("doi-tuong", ""), ("truoc", "")]),
            format!("{}: {name}", subject::kind(&kind).map_or(kind.as_str(), |kind| kind.name)),
        )
    };
    let things: Option<Vec<Choice>> = meanings.things.map(|things| things.into_iter().map(choice).collect());
    let mut of = Vec::new();
    if !asked.id.is_empty() {
        let asked = (asked.kind.clone(), asked.id.clone());
        of.extend(subject::things(&mut tx, [asked.clone()]).await?.remove(&asked).map(|thing| format!("{}: {}", thing.kind, thing.name)));
    }
    if !asked.person.is_empty() {
        let named = crate::access::store::find(&mut tx, &asked.person).await?.map(|person| person.name);
        of.push(format!("Người: {}", named.unwrap_or_else(|| asked.person.clone())));
    }
    let rows = rows(&mut tx, &visit, found.entries).await?;
    let mut errors = Errors::default();
    for name in wrong {
        errors.add(
            name,
            crate::error::both("Không đọc được ngày này; hãy ghi ngày/tháng/năm.", "This day cannot be read; write day/month/year."),
        );
    }
    let mut kinds = vec![(String::new(), "Mọi loại".to_owned())];
    kinds.extend(KINDS.iter().map(|kind| (kind.word.to_owned(), kind.name.to_owned())));
    // a thing that stands in the path stands in the query from here on
    let own: &[(&str, &str)] = if asked.id.is_empty() { &[] } else { &[("loai", &asked.kind), ("ma", &asked.id)] };
    let further = |path: &str, more: &[(&str, &str)]| visit.query.address(path, &[own, more].concat());
    let page = Rows::read_on(Vec::new(), found.next.map(|next| next.to_string()), visit.query.some("truoc"));
    let ask = own.iter().fold(Ask::at(&visit, "/nhat-ky").paged_by(&["truoc"]), |ask, (name, value)| ask.fix(name, value));
    let csv = further("/nhat-ky.csv", &[("truoc", "")]);
    let form = Form::with(visit.query.clone(), errors, Tongue::Vi);
    html(&ListPage {
        shell: visit.shell("Nhật ký"),
        form,
        rows,
        ask,
        page,
        csv,
        head,
        verbs: verbs(),
        kinds,
        people,
        things,
        of,
        is_open,
        is_searched: is_open || !asked.is_all(),
    })
}

/// The lines found as a file, at most [`EXPORTED`]; none while it is open which thing is meant.
async fn export(visit: Visit) -> Result<Response> {
    let (mut asked, _) = Asked::read(&visit.query);
    let mut tx = visit.app.db().read().await?;
    let left = if settle(&mut tx, &visit, &mut asked).await?.is_open() { 0 } else { EXPORTED };
    drop(tx);
    let app = visit.app.clone();
    Export::new(Lines { visit, asked, left }, Format::Csv).download(&app, "nhat-ky").await
}

/// The lines that were asked for, the newest first, as far as so many may still be written.
struct Lines {
    visit: Visit,
    asked: Asked,
    left: usize,
}

impl List for Lines {
    type Row = Row;
    /// Number of the line before which a page begins; none for the newest.
    type Key = Option<i64>;

    const TITLE: &'static str = "Nhật ký";

    fn columns(&self, _: Format) -> Vec<Column> {
        [
            ("Số", 8.0),
            ("Lúc", 18.0),
            ("Người", 24.0),
            ("Vai trò, cơ quan", 40.0),
            ("Việc", 30.0),
            ("Đối tượng", 20.0),
            ("Tên", 40.0),
            ("Nội dung", 40.0),
            ("Thay đổi", 60.0),
            ("Khóa", 66.0),
        ]
        .map(|(name, width)| Column::new(name, width))
        .to_vec()
    }

    async fn page(&mut self, tx: &mut Tx, before: Option<i64>) -> Result<(Vec<Row>, Option<Self::Key>)> {
        if self.left == 0 {
            return Ok((Vec::new(), None));
        }
        let found = ask::find(tx, &self.asked, before.unwrap_or(i64::MAX), 1000).await?;
        let rows = rows(tx, &self.visit, found.entries).await?;
        self.left = self.left.saturating_sub(rows.len());
        Ok((rows, found.next.filter(|_| self.left > 0).map(Some)))
    }

    fn cells(&mut self, row: &Row, _: Format) -> Vec<Value> {
        let cells = [
            row.entry.seq.to_string(),
            row.entry.when(),
            row.person.clone().unwrap_or_default(),
            row.entry.actor_name.clone(),
            row.entry.what(),
            row.thing.kind.clone(),
            row.thing.name.clone(),
            row.entry.why(),
            row.changes.iter().map(Change::line).collect::<Vec<_>>().join("; "),
            row.entry.hash.clone(),
        ];
        cells.map(Value::Text).to_vec()
    }
}

#[derive(Template)]
#[template(path = "trace/point.html")]
struct PointPage {
    shell: Shell,
    point: Point,
    rows: Vec<Row>,
    ask: Ask,
    page: Rows<()>,
}

/// The whole history of a point, for whoever sees its record.
async fn of_point(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let before = visit.query.get("truoc").parse().unwrap_or(i64::MAX);
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    let asked = Asked { kind: "point".into(), id, ..Asked::default() };
    let found = ask::find(&mut tx, &asked, before, ROWS).await?;
    let rows = rows(&mut tx, &visit, found.entries).await?;
    let page = Rows::read_on(Vec::new(), found.next.map(|next| next.to_string()), visit.query.some("truoc"));
    let ask = Ask::new(&visit).paged_by(&["truoc"]);
    html(&PointPage { shell: visit.shell(&format!("Lịch sử: {}", point.name)), point, rows, ask, page })
}

/// A point in a decision, with the survey and the law it rests on.
struct Item {
    point: Point,
    line: selection::store::Line,
    survey: Option<survey::Summary>,
}

#[derive(Template)]
#[template(path = "trace/decision.html")]
struct DecisionPage {
    shell: Shell,
    decision: selection::store::Decision,
    plan: Option<plan::Plan>,
    items: Vec<Item>,
    /// Sets by address and words.
    laws: Vec<(String, String)>,
    rows: Vec<Row>,
}

/// A decision with its law, its sheets, its plan, its papers and its lines of the journal.
async fn decision(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let decision = selection::store::find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    let mut items = Vec::new();
    let mut laws: Vec<(String, String)> = Vec::new();
    for line in selection::store::items(&mut tx, &id).await? {
        let Some(point) = point::store::find(&mut tx, &line.point_id).await? else { continue };
        if !point::model::in_scope(&visit.actor.scope(), &point, &point::store::units_of(&mut tx, &point.id).await?) {
            continue;
        }
        let survey =
            survey::of(&mut tx, &point.id).await?.into_iter().find(|survey| survey.done_on.is_some() && survey.done_on == line.done_on);
        let law =
            survey.as_ref().and_then(|survey| Some((survey.set_id.clone()?, survey.applied().or_else(|| survey.set_number.clone())?)));
        laws.extend(law.filter(|law| !laws.contains(law)));
        items.push(Item { point, line, survey });
    }
    if items.is_empty() {
        return Err(Refusal::not_found().into());
    }
    let plan = match &decision.plan_id {
        Some(plan) => plan::find(&mut tx, plan).await?,
        None => None,
    };
    // its lines hang on the points that it chose or declined
    let mut entries = Vec::new();
    for item in &items {
        let lines = journal::history(&mut tx, "point", &item.point.id, i64::MAX, POINT_LINES).await?;
        entries.extend(lines.into_iter().filter(|line| line.detail.contains(&id)));
    }
    entries.sort_by_key(|line| line.seq);
    let rows = rows(&mut tx, &visit, entries).await?;
    html(&DecisionPage { shell: visit.shell(&format!("Quyết định {}", decision.number)), decision, plan, items, laws, rows })
}

/// A day as screens write it.
fn day(day: &chrono::NaiveDate) -> String {
    date_vi(*day)
}
