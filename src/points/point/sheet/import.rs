//! Checked rows against the store: what is new, what changes, what stays, and the one transaction that writes it.

use std::collections::{HashMap, HashSet};

use super::IMPORT_JOB;
use super::check::{Checked, Sheet};
use super::layout::Col;
use crate::db::{Tx, fact};
use crate::error::{Both, Result, both};
use crate::intake::{Ground, Summary, Taken, waiting};
use crate::journal::Note;
use crate::party::bulk::{Finder, Named, Waits, set_tax_code};
use crate::point::bulk::{self, Counts};
use crate::point::model::{Point, State};
use crate::point::period::{self, Period};
use crate::point::{enter, store};
use crate::sheet::{Fault, alike};
use crate::text::{Edtf, Tongue};
use crate::{clock, job, journal, text};

/// Rows compared and written at a time.
const CHUNK: usize = 500;

/// States that an import may give; the others have steps of their own.
pub const IMPORTED: [State; 5] = [State::Lead, State::Draft, State::Operating, State::Suspended, State::Closed];

/// What becomes of a row.
enum Outcome {
    Added(Box<(Point, Vec<Period>)>),
    Changed(Box<(Point, Point, Option<String>)>),
    Unchanged,
    Refused(Vec<Both>),
    /// Somebody has to say first who runs it.
    Waits,
}

/// Compares all rows without writing.
pub async fn compare(tx: &mut Tx, sheet: &Sheet, ground: Ground<'_>, progress: &mut (dyn FnMut(usize) + Send)) -> Result<Summary> {
    let mut summary = Summary { faults: sheet.faults.clone(), ..Summary::default() };
    let mut seen = Seen { only_compares: true, ..Seen::default() };
    for (at, rows) in sheet.rows.chunks(CHUNK).enumerate() {
        for (row, outcome) in rows.iter().zip(seen.chunk(tx, sheet, rows, ground).await?) {
            take(&mut summary, row, &outcome);
        }
        seen.bodies.take_brought();
        progress(at * CHUNK + rows.len());
    }
    summary.take(&mut seen.bodies);
    summary.close();
    Ok(summary)
}

/// Writes what a comparison found good, in the caller's transaction. Rows are compared again under its lock; if a row
/// is refused now and `good_rows` is off, the caller has to drop the transaction.
pub async fn write(
    tx: &mut Tx,
    sheet: &Sheet,
    ground: Ground<'_>,
    id: &str,
    taken: &Taken,
    good_rows: bool,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Summary> {
    let mut summary = Summary { faults: sheet.faults.clone(), ..Summary::default() };
    let mut seen = Seen::default();
    let mut counts = Counts::default();
    let prefix = fact::code_prefix(tx).await?;
    let mut codes: HashMap<i32, i64> = HashMap::new();
    for (at, rows) in sheet.rows.chunks(CHUNK).enumerate() {
        let outcomes = seen.chunk(tx, sheet, rows, ground).await?;
        let brought = seen.bodies.take_brought();
        brought.save(tx, ground.file, ground.now).await?;
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for (row, outcome) in rows.iter().zip(outcomes) {
            take(&mut summary, row, &outcome);
            match outcome {
                Outcome::Added(point) => added.push(*point),
                Outcome::Changed(change) => changed.push(*change),
                Outcome::Unchanged | Outcome::Refused(_) | Outcome::Waits => {}
            }
        }
        bulk::add(tx, &added, ground.region, ground.today, &mut counts).await?;
        for (before, after, tax_code) in &changed {
            change(tx, before, after, tax_code.as_deref(), ground).await?;
        }
        let new = added.iter().map(|(point, _)| ("import_add", point, None));
        let old = changed.iter().map(|(_, point, tax_code)| ("import_change", point, tax_code.as_deref()));
        let learnt =
            brought.lines().map(|(body, detail)| Note { verb: "learn_body", subject: ("body", body), detail, personal: Vec::new() });
        let lines = new.chain(old).map(|(verb, point, tax_code)| line(verb, point, tax_code)).chain(learnt).collect();
        journal::note_many(tx, ground.now, ground.actor, ground.actor_name, lines).await?;
        for (point, _) in &added {
            if let Some((year, number)) = running(&point.code, &prefix) {
                let known = codes.entry(year).or_default();
                *known = number.max(*known);
            }
        }
        progress(at * CHUNK + rows.len());
    }
    summary.take(&mut seen.bodies);
    summary.close();
    if !summary.faults.is_empty() && !good_rows {
        return Ok(summary);
    }
    waiting::keep(tx, ground, IMPORT_JOB.name, taken, &summary.asked, &waiting::Beside::default()).await?;
    counts.write(tx).await?;
    for (year, number) in codes {
        bulk::raise_code(tx, year, number).await?;
    }
    if summary.added + summary.changed > 0 {
        job::queue(tx, ground.now, crate::point::CHANGED_JOB, "", ground.actor).await?;
    }
    if summary.added + summary.changed + summary.waiting > 0 {
        let detail = serde_json::json!({
            "file": ground.file, "digest": ground.digest, "added": summary.added, "changed": summary.changed,
            "unchanged": summary.unchanged, "skipped": summary.skipped, "waiting": summary.waiting,
        });
        Note::of("import", ("import", id), detail).by_name(tx, ground.now, (ground.actor, ground.actor_name)).await?;
    }
    summary.written = true;
    Ok(summary)
}

fn take(summary: &mut Summary, row: &Checked, outcome: &Outcome) {
    match outcome {
        Outcome::Added(_) => summary.added += 1,
        Outcome::Changed(_) => summary.changed += 1,
        Outcome::Unchanged => summary.unchanged += 1,
        Outcome::Waits => summary.waiting += 1,
        Outcome::Refused(texts) => summary.faults.extend(texts.iter().map(|text| Fault { row: Some(row.number), text: text.clone() })),
    }
}

fn line<'a>(verb: &'a str, point: &'a Point, tax_code: Option<&'a str>) -> Note<'a> {
    let mut detail = enter::record(point);
    if let Some(set) = detail.get_mut("set").and_then(serde_json::Value::as_object_mut) {
        set.insert("closed_on".into(), serde_json::json!(point.closed().map(Edtf::word)));
        set.insert("last_confirmed_on".into(), serde_json::json!(point.last_confirmed_on));
        set.insert("source".into(), serde_json::json!(point.source));
        if let Some(tax_code) = tax_code {
            set.insert("operator_tax_code".into(), serde_json::json!(tax_code));
        }
    }
    Note { verb, subject: ("point", &point.id), detail, personal: enter::personal(point) }
}

/// Year and number of a code of the register's own kind, `HN-2026-0007`.
fn running(code: &str, prefix: &str) -> Option<(i32, i64)> {
    let (year, number) = code.strip_prefix(prefix)?.strip_prefix('-')?.split_once('-')?;
    let is_year = year.len() == 4 && number.len() <= 9;
    Some((year.parse().ok().filter(|_| is_year)?, number.parse().ok()?))
}

async fn change(tx: &mut Tx, before: &Point, after: &Point, tax_code: Option<&str>, ground: Ground<'_>) -> Result<()> {
    if let (Some(id), Some(tax_code)) = (&after.operator_id, tax_code) {
        set_tax_code(tx, id, tax_code).await?;
    }
    store::save(tx, before, after, ground.region, ground.now).await?;
    Ok(())
}

/// What was met so far: operators and names for URLs, so that rows of one file agree with each other.
#[derive(Default)]
struct Seen {
    /// Nothing will be written, so what follows from the fields is not worked out.
    only_compares: bool,
    bodies: Finder,
    slugs: HashSet<String>,
}

impl Seen {
    async fn chunk(&mut self, tx: &mut Tx, sheet: &Sheet, rows: &[Checked], ground: Ground<'_>) -> Result<Vec<Outcome>> {
        let codes: Vec<&str> = rows.iter().map(|row| row.code.as_str()).collect();
        let mut points = bulk::by_codes(tx, &codes).await?;
        let ids = points.values().filter_map(|point| point.operator_id.as_deref());
        self.bodies.look_up(tx, ground.region, ground.today, ids, rows.iter().map(operator)).await?;
        if !self.only_compares {
            let slugs: Vec<String> = rows.iter().filter(|row| !points.contains_key(&row.code)).flat_map(slugs_of).collect();
            let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
            self.slugs.extend(bulk::taken_slugs(tx, &slugs).await?);
        }
        Ok(rows
            .iter()
            .map(|row| match points.remove(&row.code) {
                None => self.add(row, ground),
                Some(before) => self.change(row, before, sheet, ground),
            })
            .collect())
    }

    fn slug(&mut self, row: &Checked) -> String {
        let [first, second] = slugs_of(row);
        let free = [first, second.clone()]
            .into_iter()
            .chain((2..).map(|n| format!("{second}-{n}")))
            .find(|slug| !self.slugs.contains(slug))
            .unwrap_or(second);
        self.slugs.insert(free.clone());
        free
    }

    fn add(&mut self, row: &Checked, ground: Ground<'_>) -> Outcome {
        let state = row.state.unwrap_or(State::Draft);
        let mut refused: Vec<Both> = row.unit_fault.iter().map(|text| (**text).clone()).collect();
        if !IMPORTED.contains(&state) {
            refused.push(own_steps(state));
        }
        if !refused.is_empty() {
            return Outcome::Refused(refused);
        }
        let mut point = blank(row, ground);
        match self.bodies.body(row.number, operator(row)).id() {
            Ok(id) => point.operator_id = id,
            Err(Waits) => return Outcome::Waits,
        }
        point.state = state;
        let periods = period::first(&point, ground.today);
        point.state_since = periods.last().map_or(ground.today, |period| period.valid_from);
        if !self.only_compares {
            point.slug = self.slug(row);
            store::derive(&mut point, ground.region, ground.today);
        }
        Outcome::Added(Box::new((point, periods)))
    }

    fn change(&mut self, row: &Checked, before: Point, sheet: &Sheet, ground: Ground<'_>) -> Outcome {
        let given = &sheet.given;
        let mut refused = Vec::new();
        if before.demo {
            return Outcome::Refused(vec![both(
                format!("mã “{}” là của dữ liệu mẫu; hãy dùng mã khác", before.code),
                format!("code “{}” belongs to sample data; use another", before.code),
            )]);
        }
        let mut after = before.clone();
        // an empty cell changes nothing, unless it was written to clear
        let says = |col: Col, is_empty: bool| given.has(col) && (!is_empty || row.cleared.has(col));
        let put = |col: Col, field: &mut String, value: &str| {
            if says(col, value.is_empty()) && *field != value && text::nfc(field) != value {
                value.clone_into(field);
            }
        };
        put(Col::Name, &mut after.name, &row.name);
        put(Col::Kind, &mut after.kind, row.kind);
        put(Col::Address, &mut after.address, &row.address);
        put(Col::Contact, &mut after.contact, &row.contact);
        put(Col::Phone, &mut after.phone, &row.phone);
        put(Col::Hours, &mut after.hours, &row.hours);
        put(Col::CountedBy, &mut after.counted_by, &row.counted_by);
        put(Col::Source, &mut after.source, &row.source);
        if says(Col::AreaM2, row.area_m2.is_none()) && !alike(before.area_m2, row.area_m2) {
            after.area_m2 = row.area_m2;
        }
        if row.pin.is_some() || row.cleared.has(Col::Lon) || row.cleared.has(Col::Lat) {
            let (lon, lat) = (row.pin.map(|pin| pin.0), row.pin.map(|pin| pin.1));
            if !alike(before.lon, lon) || !alike(before.lat, lat) {
                (after.lon, after.lat) = (lon, lat);
            }
        }
        let says_unit = if row.unit_from_address { after.address != before.address } else { says(Col::Unit, row.unit.is_none()) };
        if says_unit && before.unit_id != row.unit {
            after.unit_id.clone_from(&row.unit);
            after.unit_chosen = false;
            after.unit_today = None;
        }
        if says(Col::OpenedOn, row.opened.is_none()) {
            (after.opened_on, after.opened_as) = Edtf::columns(row.opened);
        }
        if says(Col::ClosedOn, row.closed.is_none()) {
            (after.closed_on, after.closed_as) = Edtf::columns(row.closed);
        }
        if says(Col::LastConfirmedOn, row.last_confirmed_on.is_none()) {
            after.last_confirmed_on = row.last_confirmed_on;
        }
        if let Some(state) = row.state.filter(|state| *state != before.state) {
            match moved(&before, state) {
                Err(text) => refused.push(text),
                Ok(()) => {
                    after.state = state;
                    let day = match state {
                        State::Closed => Edtf::of(after.closed_on, &after.closed_as).and_then(Edtf::latest),
                        State::Operating if before.state < State::Operating => {
                            Edtf::of(after.opened_on, &after.opened_as).and_then(Edtf::latest)
                        }
                        _ => None,
                    };
                    let day = day.map(|day| day.min(ground.today));
                    after.state_since = day.unwrap_or(ground.today).max(before.state_since);
                }
            }
        }
        let is_closed = after.closed_on.is_some() || !after.closed_as.is_empty();
        if is_closed && (after.closed_on, &after.closed_as) != (before.closed_on, &before.closed_as) && after.state != State::Closed {
            refused.push(both(
                format!("có ngày đóng cửa nhưng điểm đang “{}”; hãy sửa trạng thái hoặc bỏ ngày đóng cửa", after.state.name(Tongue::Vi)),
                format!("there is a closing day but the point is {}; correct the state or leave the day out", after.state.name(Tongue::En)),
            ));
        }
        let place_changed = after.unit_id != before.unit_id || after.lon != before.lon || after.lat != before.lat;
        if let Some(text) = row.unit_fault.as_ref().filter(|_| place_changed) {
            refused.push((**text).clone());
        }
        if !refused.is_empty() {
            return Outcome::Refused(refused);
        }
        let mut tax_code = None;
        if says(Col::Operator, row.operator.is_empty()) {
            match self.bodies.same(before.operator_id.as_deref(), operator(row)) {
                Some(missing) => tax_code = missing,
                None => match self.bodies.body(row.number, operator(row)).id() {
                    Ok(id) => after.operator_id = id,
                    Err(Waits) => return Outcome::Waits,
                },
            }
        }
        if after == before && tax_code.is_none() {
            return Outcome::Unchanged;
        }
        store::derive(&mut after, ground.region, ground.today);
        Outcome::Changed(Box::new((before, after, tax_code)))
    }
}

fn operator(row: &Checked) -> Named<'_> {
    Named { name: &row.operator, keys: &row.operator_key, kind: row.operator_kind, tax_code: row.tax_code.as_deref(), unit: None }
}

fn slugs_of(row: &Checked) -> [String; 2] {
    let (name, code) = (text::slug(&row.name), text::slug(&row.code));
    if name.is_empty() { [code.clone(), code] } else { [name.clone(), format!("{name}-{code}")] }
}

fn own_steps(state: State) -> Both {
    let list = |tongue: Tongue| IMPORTED.map(|state| format!("“{}”", state.name(tongue))).join(", ");
    both(
        format!("trạng thái “{}” chỉ có qua các bước trên hồ sơ; hãy ghi một trong: {}", state.name(Tongue::Vi), list(Tongue::Vi)),
        format!("state “{}” is reached only by the steps of a record; write one of: {}", state.name(Tongue::En), list(Tongue::En)),
    )
}

/// Whether an import may move a point to another state.
fn moved(before: &Point, state: State) -> Result<(), Both> {
    if !IMPORTED.contains(&state) {
        return Err(own_steps(state));
    }
    let real = matches!(state, State::Operating | State::Suspended | State::Closed);
    let may = match before.state {
        State::Lead => real || state == State::Draft,
        State::Draft => real && before.submitted_at.is_none(),
        State::Operating | State::Suspended | State::Closed => real,
        _ => false,
    };
    if may {
        return Ok(());
    }
    Err(both(
        format!(
            "hồ sơ đang “{}” nên không đổi trạng thái bằng tệp được; hãy làm các bước trên hồ sơ hoặc để trống ô trạng thái",
            before.state.name(Tongue::Vi)
        ),
        format!(
            "the record is {}, so a file cannot change its state; take the steps of the record or leave the state empty",
            before.state.name(Tongue::En)
        ),
    ))
}

fn blank(row: &Checked, ground: Ground<'_>) -> Point {
    let ((opened_on, opened_as), (closed_on, closed_as)) = (Edtf::columns(row.opened), Edtf::columns(row.closed));
    Point {
        id: clock::new_id(),
        slug: String::new(),
        code: row.code.clone(),
        name: row.name.clone(),
        name_fold: String::new(),
        sort: String::new(),
        kind: row.kind.to_owned(),
        address: row.address.clone(),
        address_fold: String::new(),
        unit_id: row.unit.clone(),
        unit_today: None,
        unit_chosen: false,
        lon: row.pin.map(|(lon, _)| lon),
        lat: row.pin.map(|(_, lat)| lat),
        cell: String::new(),
        tile: None,
        area_m2: row.area_m2,
        operator_id: None,
        nominated_by: None,
        supporter_id: None,
        contact: row.contact.clone(),
        phone: row.phone.clone(),
        email: String::new(),
        hours: row.hours.clone(),
        week: String::new(),
        goods: String::new(),
        about: String::new(),
        state: State::Draft,
        state_since: ground.today,
        due_on: None,
        submitted_at: None,
        opened_on,
        opened_as,
        closed_on,
        closed_as,
        last_confirmed_on: row.last_confirmed_on,
        counted_by: row.counted_by.clone(),
        source: row.source.clone(),
        demo: false,
        version: 1,
        created_by: ground.actor.to_owned(),
        created_at: ground.now,
        updated_at: ground.now,
    }
}
