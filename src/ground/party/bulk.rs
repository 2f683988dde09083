//! Bodies that the rows of a file name: each looked up once, made once, or asked about once. The rule is that of `identity`.

use std::collections::{HashMap, HashSet};

mod learn;

use chrono::NaiveDate;

use super::BodyKind;
use super::brought::{Learnt, New, code_learnt, code_left_out, other_marks, other_tax_code, unit_unknown, written_otherwise};
use super::identity::{self, Fit, Likeness, Name, Seat, Side, Why};
use super::question::{self, Answer, Candidate, Question};
use crate::db::{DbResult, Tx};
use crate::error::Both;
use crate::region::{Region, Today};
use crate::sheet::Fault;
use crate::{clock, fetch_all, fetch_many, fetch_optional};

pub use super::brought::{Brought, set_tax_code};

/// A store with at most so many bodies is read whole, once: that of a first import.
const WHOLE: i64 = 1000;

/// What is compared of a body.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Row {
    id: String,
    kind: String,
    name: String,
    name_key: String,
    near_key: String,
    tax_code: Option<String>,
    unit_id: Option<String>,
    joined_to: Option<String>,
}

/// A body that was met.
#[derive(Debug)]
struct Known {
    id: String,
    kind: String,
    name: String,
    keys: Name,
    tax_code: Option<String>,
    unit: Option<String>,
    seat: Seat,
    joined_to: Option<String>,
    /// It came with this file.
    is_new: bool,
}

impl Known {
    fn side(&self) -> Side<'_> {
        Side { name: &self.keys, kind: &self.kind, tax_code: self.tax_code.as_deref(), seat: &self.seat }
    }
}

/// How a row names a body.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// Name as written; empty where the row names none.
    pub name: &'a str,
    /// The same, to be compared.
    pub keys: &'a Name,
    /// Which kind, if it says so.
    pub kind: Option<BodyKind>,
    /// Mã số thuế, if it says so.
    pub tax_code: Option<&'a str>,
    /// Where it sits, as far as the row says.
    pub unit: Option<&'a str>,
}

/// Who it is that a row names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The row names none.
    Nobody,
    /// A body that is in the store, or came with a row before.
    Known(String),
    /// A body that comes with this row: nothing can belong to it yet.
    New(String),
    /// A person has to say; the row waits.
    Asked,
}

impl Who {
    /// The body, unless the row waits.
    pub fn id(self) -> Result<Option<String>, Waits> {
        match self {
            Who::Nobody => Ok(None),
            Who::Known(id) | Who::New(id) => Ok(Some(id)),
            Who::Asked => Err(Waits),
        }
    }
}

/// A row waits until somebody has said who it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits;

/// What was met so far, so that the rows of one file agree with each other.
#[derive(Debug, Default)]
pub struct Finder {
    bodies: Vec<Known>,
    by_id: HashMap<String, usize>,
    by_tax_code: HashMap<String, usize>,
    by_key: HashMap<String, Vec<usize>>,
    by_near: HashMap<String, Vec<usize>>,
    /// Bodies with long names by the one unit of today that they sit in, without and with a tax code.
    by_unit: HashMap<String, [Vec<usize>; 2]>,
    seats: HashMap<String, Seat>,
    /// What was asked of the store: keys, near keys, tax codes, units.
    met: [HashSet<String>; 4],
    /// Whether the store was read whole; none before the first look-up.
    is_whole: Option<bool>,
    answers: HashMap<String, Vec<Answer>>,
    has_answers: bool,
    brought: Brought,
    questions: Vec<Question>,
    question_of: HashMap<String, usize>,
    asked: Vec<(u32, usize)>,
    notes: Vec<Fault>,
    /// What is answered with the row itself, as on a form.
    denied: HashSet<String>,
    told: HashSet<(usize, usize)>,
}

const KEYS: usize = 0;
const NEARS: usize = 1;
const CODES: usize = 2;
const UNITS: usize = 3;

/// Notes that are told once of each body.
const PERHAPS: usize = 0;
const WRITTEN: usize = 1;
const MARKS: usize = 2;
const TAX_CODE: usize = 3;

impl Finder {
    /// Reads bodies of these ids, tax codes and names, once each.
    pub async fn look_up<'a>(
        &mut self,
        tx: &mut Tx,
        region: &Region,
        today: NaiveDate,
        ids: impl Iterator<Item = &'a str>,
        named: impl Iterator<Item = Named<'a>> + Clone,
    ) -> DbResult<()> {
        for unit in named.clone().filter_map(|named| named.unit) {
            self.seat(region, today, unit);
        }
        if self.is_whole.is_none() {
            let some = fetch_all!(
                tx,
                Row,
                "select id, kind, name, name_key, near_key, tax_code, unit_id, joined_to from body limit $1",
                WHOLE + 1
            )?;
            let is_whole = some.len() as i64 <= WHOLE;
            if is_whole {
                self.keep(region, today, some);
            }
            self.is_whole = Some(is_whole);
            self.has_answers = fetch_optional!(tx, (String,), "select id from body_question limit 1")?.is_some();
        }
        if self.has_answers {
            let keys: Vec<&str> = distinct(
                named.clone().map(|named| named.keys.key.as_str()).filter(|key| !key.is_empty() && !self.answers.contains_key(*key)),
            );
            let found = question::answers(tx, &keys).await?;
            keys.iter().for_each(|key| drop(self.answers.insert((*key).to_owned(), Vec::new())));
            let bodies: Vec<String> = found.iter().map(|answer| answer.body_id.clone()).collect();
            for answer in found {
                if let Some(unit) = &answer.unit_id {
                    self.seat(region, today, unit);
                }
                self.answers.entry(answer.name_key.clone()).or_default().push(answer);
            }
            self.by_ids(tx, region, today, bodies.iter().map(String::as_str)).await?;
        }
        if self.is_whole == Some(true) {
            return Ok(());
        }
        self.by_ids(tx, region, today, ids).await?;
        let codes = self.unmet(CODES, named.clone().filter_map(|named| named.tax_code));
        let found = fetch_many!(
            tx,
            Row,
            "select id, kind, name, name_key, near_key, tax_code, unit_id, joined_to from body where tax_code in ($1)",
            codes
        )?;
        self.keep(region, today, found);
        let keys = self.unmet(KEYS, named.clone().map(|named| named.keys.key.as_str()).filter(|key| !key.is_empty()));
        let found = fetch_many!(
            tx,
            Row,
            "select id, kind, name, name_key, near_key, tax_code, unit_id, joined_to from body where name_key in ($1)",
            keys
        )?;
        self.keep(region, today, found);

        // what is near is looked for only where nobody has that very name or code
        let strange: Vec<Named<'_>> = named
            .filter(|named| {
                !named.keys.is_empty()
                    && !self.by_key.contains_key(&named.keys.key)
                    && !named.tax_code.is_some_and(|code| self.by_tax_code.contains_key(code))
            })
            .collect();
        let nears = self.unmet(NEARS, strange.iter().map(|named| named.keys.near.as_str()).filter(|near| !near.is_empty()));
        let found = fetch_many!(
            tx,
            Row,
            "select id, kind, name, name_key, near_key, tax_code, unit_id, joined_to from body where near_key in ($1)",
            nears
        )?;
        self.keep(region, today, found);
        let long = strange.iter().filter(|named| named.keys.near.len() >= identity::LONG).filter_map(|named| named.unit);
        let units: HashSet<String> = long.filter_map(|unit| self.seats.get(unit)).flat_map(|seat| seat.units().iter().cloned()).collect();
        let units = self.unmet(UNITS, units.iter().map(String::as_str));
        let within: HashSet<String> = units
            .iter()
            .flat_map(|unit| {
                let under = region.under(unit, today);
                under.recorded.into_iter().chain(under.maybe).chain(under.now)
            })
            .collect();
        let within: Vec<String> = within.into_iter().collect();
        let found = fetch_many!(
            tx,
            Row,
            "select id, kind, name, name_key, near_key, tax_code, unit_id, joined_to from body where unit_id in ($1)",
            within
        )?;
        self.keep(region, today, found);
        self.survivors(tx, region, today).await
    }

    fn unmet<'k>(&mut self, which: usize, keys: impl Iterator<Item = &'k str>) -> Vec<&'k str> {
        let met = &mut self.met[which];
        keys.filter(|key| !met.contains(*key) && met.insert((*key).to_owned())).collect()
    }

    async fn by_ids<'a>(&mut self, tx: &mut Tx, region: &Region, today: NaiveDate, ids: impl Iterator<Item = &'a str>) -> DbResult<()> {
        let ids = distinct(ids.filter(|id| !self.by_id.contains_key(*id)));
        let found = fetch_many!(
            tx,
            Row,
            "select id, kind, name, name_key, near_key, tax_code, unit_id, joined_to from body where id in ($1)",
            ids
        )?;
        self.keep(region, today, found);
        self.survivors(tx, region, today).await
    }

    /// Those that bodies met were joined to.
    async fn survivors(&mut self, tx: &mut Tx, region: &Region, today: NaiveDate) -> DbResult<()> {
        loop {
            let ids = distinct(self.bodies.iter().filter_map(|body| body.joined_to.as_deref()).filter(|id| !self.by_id.contains_key(*id)));
            if ids.is_empty() {
                return Ok(());
            }
            let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
            let found = fetch_many!(
                tx,
                Row,
                "select id, kind, name, name_key, near_key, tax_code, unit_id, joined_to from body where id in ($1)",
                ids
            )?;
            if found.is_empty() {
                return Ok(());
            }
            self.keep(region, today, found);
        }
    }

    fn seat(&mut self, region: &Region, today: NaiveDate, unit: &str) -> Seat {
        if let Some(seat) = self.seats.get(unit) {
            return seat.clone();
        }
        let seat = Seat::of(match region.today(unit, None, today) {
            Today::Known(id) => vec![id],
            Today::Unclear(ids) => ids,
        });
        self.seats.insert(unit.to_owned(), seat.clone());
        seat
    }

    fn keep(&mut self, region: &Region, today: NaiveDate, rows: Vec<Row>) {
        for row in rows {
            if self.by_id.contains_key(&row.id) {
                continue;
            }
            let seat = row.unit_id.as_deref().map(|unit| self.seat(region, today, unit)).unwrap_or_default();
            self.put(Known {
                id: row.id,
                kind: row.kind,
                name: row.name,
                keys: Name::kept(row.name_key, row.near_key),
                tax_code: row.tax_code,
                unit: row.unit_id,
                seat,
                joined_to: row.joined_to,
                is_new: false,
            });
        }
    }

    fn put(&mut self, body: Known) -> usize {
        let at = self.bodies.len();
        self.by_id.insert(body.id.clone(), at);
        if let Some(code) = &body.tax_code {
            self.by_tax_code.insert(code.clone(), at);
        }
        self.by_key.entry(body.keys.key.clone()).or_default().push(at);
        self.by_near.entry(body.keys.near.clone()).or_default().push(at);
        self.seat_body(&body, at);
        self.bodies.push(body);
        at
    }

    fn seat_body(&mut self, body: &Known, at: usize) {
        if let [unit] = body.seat.units()
            && body.keys.near.len() >= identity::LONG
        {
            self.by_unit.entry(unit.clone()).or_default()[usize::from(body.tax_code.is_some())].push(at);
        }
    }

    /// The body that stands for one that was joined to it.
    fn stands_for(&self, mut at: usize) -> usize {
        for _ in 0..16 {
            match self.bodies[at].joined_to.as_ref().and_then(|id| self.by_id.get(id)) {
                Some(next) => at = *next,
                None => break,
            }
        }
        at
    }

    /// The body that a row names, by the rule of `identity`; what is assumed is noted with the row.
    pub fn body(&mut self, row: u32, named: Named<'_>) -> Who {
        if named.keys.is_empty() {
            return Who::Nobody;
        }
        let seat = named.unit.and_then(|unit| self.seats.get(unit)).cloned().unwrap_or_default();
        let kind = named.kind.map_or("", BodyKind::word);
        let typed = Side { name: named.keys, kind, tax_code: named.tax_code, seat: &seat };
        let (mut same, mut perhaps, mut asked, mut apart) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());

        if let Some(at) = named.tax_code.and_then(|code| self.by_tax_code.get(code)).copied() {
            let stands = self.stands_for(at);
            let known = &self.bodies[stands];
            let as_survivor = identity::compare(typed, Side { tax_code: named.tax_code, ..known.side() });
            match (identity::compare(typed, self.bodies[at].side()), as_survivor) {
                (Likeness::ByTaxCode(is_exact), other) => {
                    if !is_exact && other != Likeness::ByTaxCode(true) {
                        self.tell(WRITTEN, at, row, |known| written_otherwise(&known.name));
                    }
                    return self.known(stands);
                }
                (_, Likeness::ByTaxCode(_)) => return self.known(stands),
                _ => asked.push((stands, Why::TaxCode)),
            }
        }
        if let Some(found) = self.by_key.get(&named.keys.key) {
            for at in found {
                match identity::compare(typed, self.bodies[*at].side()) {
                    Likeness::ByName => same.push(self.stands_for(*at)),
                    Likeness::PerhapsByName => perhaps.push(self.stands_for(*at)),
                    // which of two codes of one file is right is not known either, but both were written there on purpose
                    Likeness::Asked(Why::OtherTaxCode) if self.bodies[*at].is_new => apart.push(*at),
                    Likeness::Asked(why) => asked.push((self.stands_for(*at), why)),
                    _ => {}
                }
            }
        }
        single(&mut same);
        single(&mut perhaps);
        self.narrow(&mut same, kind);
        self.narrow(&mut perhaps, kind);
        let by_code = !asked.is_empty() && asked[0].1 == Why::TaxCode;
        if let ([at], false) = (&same[..], by_code) {
            let at = *at;
            self.learn(row, at, named, &seat);
            return self.known(at);
        }
        if let Some(known) = self.answered(named, kind, &seat) {
            return known;
        }
        if let ([at], true, false) = (&perhaps[..], same.is_empty(), by_code) {
            let at = *at;
            self.tell(PERHAPS, at, row, |known| unit_unknown(&known.name));
            self.learn(row, at, named, &seat);
            return self.known(at);
        }
        asked.extend(same.iter().chain(&perhaps).map(|at| (*at, Why::Several)));
        let mut marks = Vec::new();
        if asked.is_empty() {
            self.near(typed, &mut asked, &mut marks);
        }
        let denied = self.denied(named, kind, &seat);
        asked.retain(|(at, _)| !denied.contains(&self.bodies[*at].id.as_str()) && !self.denied.contains(&self.bodies[*at].id));
        asked.sort_by(|a, b| (a.1, &self.bodies[a.0].id).cmp(&(b.1, &self.bodies[b.0].id)));
        asked.dedup_by_key(|(at, _)| *at);
        if !asked.is_empty() {
            self.ask(row, named, kind, &seat, asked);
            return Who::Asked;
        }
        if let Some(at) = marks.first() {
            self.tell(MARKS, *at, row, |known| other_marks(named.name, &known.name));
        }
        if !apart.is_empty() {
            self.notes.push(Fault { row: Some(row), text: other_tax_code() });
        }
        self.add(row, named, seat)
    }

    fn known(&self, at: usize) -> Who {
        Who::Known(self.bodies[at].id.clone())
    }

    /// Of several bodies of one name, the one whose kind the row says.
    fn narrow(&self, found: &mut Vec<usize>, kind: &str) {
        if found.len() > 1 && found.iter().filter(|at| self.bodies[**at].kind == kind).count() == 1 {
            found.retain(|at| self.bodies[*at].kind == kind);
        }
    }

    fn near(&self, typed: Side<'_>, asked: &mut Vec<(usize, Why)>, marks: &mut Vec<usize>) {
        let mut weigh = |at: usize| match identity::compare(typed, self.bodies[at].side()) {
            Likeness::Asked(why) => asked.push((self.stands_for(at), why)),
            Likeness::Marks => marks.push(at),
            _ => {}
        };
        if !typed.name.near.is_empty() {
            self.by_near
                .get(&typed.name.near)
                .into_iter()
                .flatten()
                .filter(|at| self.bodies[**at].keys.key != typed.name.key)
                .for_each(|at| weigh(*at));
        }
        if typed.name.near.len() < identity::LONG {
            return;
        }
        for unit in typed.seat.units() {
            let Some([without, with]) = self.by_unit.get(unit) else { continue };
            // two bodies with a code each are not compared by name
            let with = if typed.tax_code.is_some() { &[][..] } else { &with[..] };
            without
                .iter()
                .chain(with)
                .filter(|at| identity::is_slip(&self.bodies[**at].keys.near, &typed.name.near))
                .for_each(|at| weigh(*at));
        }
    }

    fn fits(&self, answer: &Answer, named: Named<'_>, kind: &str, seat: &Seat) -> bool {
        let there = answer.unit_id.as_ref().and_then(|unit| self.seats.get(unit)).cloned().unwrap_or_default();
        (answer.tax_code.is_empty() || named.tax_code.is_none_or(|code| code == answer.tax_code))
            && (answer.kind.is_empty() || kind.is_empty() || answer.kind == kind)
            && seat.fit(&there) != Fit::No
    }

    /// The body that a person said it is.
    fn answered(&self, named: Named<'_>, kind: &str, seat: &Seat) -> Option<Who> {
        let answers = self.answers.get(&named.keys.key)?;
        let same = answers.iter().find(|answer| answer.answer == "same" && self.fits(answer, named, kind, seat))?;
        Some(self.known(self.stands_for(*self.by_id.get(&same.body_id)?)))
    }

    /// The bodies that a person said it is not.
    fn denied<'s>(&'s self, named: Named<'_>, kind: &str, seat: &Seat) -> HashSet<&'s str> {
        let answers = self.answers.get(&named.keys.key).into_iter().flatten();
        let other = answers.filter(|answer| answer.answer == "other" && self.fits(answer, named, kind, seat));
        other.filter_map(|answer| self.by_id.get(&answer.body_id)).map(|at| self.bodies[self.stands_for(*at)].id.as_str()).collect()
    }

    fn tell(&mut self, what: usize, at: usize, row: u32, text: impl FnOnce(&Known) -> Both) {
        if self.told.insert((what, at)) {
            self.notes.push(Fault { row: Some(row), text: text(&self.bodies[at]) });
        }
    }

    /// Whether a row names the body that a thing has; with the tax code that this body lacks, if the row has it.
    pub fn same(&self, current: Option<&str>, named: Named<'_>) -> Option<Option<String>> {
        let Some(current) = current.and_then(|id| self.by_id.get(id)).map(|at| &self.bodies[*at]) else {
            return named.keys.is_empty().then_some(None);
        };
        if named.keys.key != current.keys.key {
            return None;
        }
        match (named.tax_code, &current.tax_code) {
            (Some(typed), Some(known)) => (typed == known).then_some(None),
            _ if named.kind.is_some_and(|kind| !current.kind.is_empty() && kind.word() != current.kind) => None,
            (Some(typed), None) => (!self.by_tax_code.contains_key(typed)).then(|| Some(typed.to_owned())),
            (None, _) => Some(None),
        }
    }

    /// The bodies met that a row may name, before anything is asked: whose things are looked for.
    pub fn candidates(&self, named: Named<'_>) -> Vec<&str> {
        let by_code = named.tax_code.and_then(|code| self.by_tax_code.get(code)).into_iter();
        let found =
            by_code.chain(self.by_key.get(&named.keys.key).into_iter().flatten()).map(|at| self.bodies[self.stands_for(*at)].id.as_str());
        let answered = self
            .answers
            .get(&named.keys.key)
            .into_iter()
            .flatten()
            .filter_map(|answer| self.by_id.get(&answer.body_id))
            .map(|at| self.bodies[self.stands_for(*at)].id.as_str());
        found.chain(answered).collect()
    }

    /// Names that were asked about are not these bodies.
    pub fn deny<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        self.denied.extend(ids.map(str::to_owned));
    }

    /// Gives a body that is known the tax code that it lacks.
    pub fn complete(&mut self, id: &str, tax_code: Option<String>) {
        self.brought.learnt.push(Learnt { id: id.to_owned(), tax_code, unit: None });
    }

    /// What the file brought since this was last asked, which is not in the store yet.
    pub fn take_brought(&mut self) -> Brought {
        std::mem::take(&mut self.brought)
    }

    /// What was assumed, with its rows.
    pub fn take_notes(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.notes)
    }

    /// What a person has to say, and which rows wait for it.
    pub fn take_asked(&mut self) -> question::Asked {
        question::Asked { questions: std::mem::take(&mut self.questions), rows: std::mem::take(&mut self.asked) }
    }
}

fn distinct<'k>(keys: impl Iterator<Item = &'k str>) -> Vec<&'k str> {
    keys.collect::<HashSet<_>>().into_iter().collect()
}

fn single(found: &mut Vec<usize>) {
    found.sort_unstable();
    found.dedup();
}
