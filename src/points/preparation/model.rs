//! What a selected point still needs before it opens: checklist, measured sign, money, days. Pure.

use chrono::NaiveDate;

use crate::access::{Actor, Voice};
use crate::error::{Both, both};
use crate::law::money::{self, Money};
use crate::law::{Checklist, ChecklistItem};
use crate::point::{Point, State, Step};
use crate::text::dong;
use crate::typed::{Errors, Fields};
use crate::typed::{ahead, money as dong_of, past};
use crate::words;

/// The preparation of a point as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Preparation {
    /// The point.
    pub point_id: String,
    /// First day.
    pub started_on: NaiveDate,
    /// Several sellers share the point.
    pub shared_sellers: bool,
    /// Until when the operator is bound by what it promised.
    pub commitment_to: Option<NaiveDate>,
    /// Planned day of the ceremony.
    pub ceremony_on: Option<NaiveDate>,
    /// Where.
    pub ceremony_place: String,
    /// Who is invited.
    pub ceremony_guests: String,
    /// How the opening went.
    pub opened_note: String,
    /// Row version.
    pub version: i64,
}

/// What was done of an item.
#[derive(Clone, Debug, Default, PartialEq, sqlx::FromRow)]
pub struct Done {
    /// The item.
    pub item_id: String,
    /// `prepare` or `open`.
    pub section: String,
    /// Day done; none: not yet.
    pub done_on: Option<NaiveDate>,
    /// By whom.
    pub done_by: String,
    /// Measured width of a sign.
    pub width_mm: Option<i64>,
    /// Measured height of a sign.
    pub height_mm: Option<i64>,
    /// Remark.
    pub note: String,
}

/// Support given to a point.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Support {
    /// Identifier.
    pub id: String,
    /// What for.
    pub what: String,
    /// Whole đồng.
    pub amount: i64,
    /// Word of the source.
    pub source: String,
    /// More about the source.
    pub source_note: String,
    /// Day given.
    pub given_on: NaiveDate,
    /// Until when it binds.
    pub commitment_to: Option<NaiveDate>,
}

impl Support {
    /// What the journal keeps of it.
    pub fn detail(&self) -> serde_json::Value {
        serde_json::json!({
            "support": self.id, "what": self.what, "amount": self.amount, "source": self.source, "source_note": self.source_note, "given_on": self.given_on,
            "commitment_to": self.commitment_to, "note": format!("{} · {}", self.what, dong(self.amount)),
        })
    }

    /// Name of its source.
    pub fn source_name(&self) -> &'static str {
        money::name(&self.source)
    }
}

/// Reads a line of support: what for, how much, from where, when, and until when it binds; none with what is wrong.
pub fn read_support(fields: &Fields, since: NaiveDate, today: NaiveDate) -> (Option<Support>, Errors) {
    const LINE: usize = 300;
    let mut errors = Errors::default();
    for name in ["what", "source_note"] {
        errors.within(name, fields.get(name), LINE);
    }
    if fields.get("what").is_empty() {
        errors.add("what", both("Hãy ghi nội dung hỗ trợ.", "State what the support is for."));
    }
    let amount = errors.take("amount", dong_of(fields.get("amount")));
    let source = Money::read(fields.get("source"));
    match source {
        None => errors.add("source", both("Hãy chọn nguồn hỗ trợ.", "Choose the source of the support.")),
        Some(source) if source.asks() && fields.get("source_note").is_empty() => {
            errors.add("source_note", both("Hãy ghi rõ nguồn khác là nguồn nào.", "State which other source."))
        }
        Some(_) => {}
    }
    let given_on = errors.take("given_on", past(fields.get("given_on"), today));
    if given_on == Some(None) {
        errors.add("given_on", both("Hãy ghi ngày hỗ trợ.", "Give the day of the support."));
    }
    let given_on = given_on.flatten();
    let commitment_to =
        errors.take("support_commitment_to", ahead(fields.get("support_commitment_to"), given_on.unwrap_or(since), 50)).flatten();
    match (amount, source, given_on, errors.is_empty()) {
        (Some(amount), Some(source), Some(given_on), true) => {
            let (what, source_note) = (fields.get("what").to_owned(), fields.get("source_note").to_owned());
            (
                Some(Support {
                    id: crate::clock::new_id(),
                    what,
                    amount,
                    source: source.word().to_owned(),
                    source_note,
                    given_on,
                    commitment_to,
                }),
                errors,
            )
        }
        _ => (None, errors),
    }
}

/// Sums of support by source, in the order of screens.
pub fn totals(support: &[Support]) -> Vec<(&'static str, i64)> {
    Money::all()
        .map(|source| {
            (source.name(), support.iter().filter(|line| Money::read(&line.source) == Some(source)).map(|line| line.amount).sum())
        })
        .filter(|(_, sum)| *sum > 0)
        .collect()
}

/// What a caller may do with a preparation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct May {
    /// Begin, set deadlines, record support, open.
    pub govern: bool,
    /// Tick items, add photos, plan the ceremony.
    pub tick: bool,
}

impl May {
    /// What a caller may do with the preparation of a point.
    pub fn of(actor: &Actor, point: &Point) -> May {
        May::at(actor, point.state, point.operator_id.as_deref())
    }

    /// Follows from role, body, and the state and operator of the point.
    pub fn at(actor: &Actor, state: State, operator: Option<&str>) -> May {
        let official = Step::Prepare.may(actor);
        let own = actor.is(Voice::Business) && actor.confirmed && actor.body_id().is_some() && actor.body_id() == operator;
        let running = state == State::Preparing;
        May { govern: official && (running || state == State::Selected), tick: (official || own) && running }
    }
}

words! {
    /// Which part of the checklist.
    pub enum Section {
        /// What has to be ready.
        Prepare = "prepare",
        /// What belongs to the opening.
        Open = "open",
    }
}

impl Section {
    /// Items of this part that apply to a point.
    pub fn items(self, list: &Checklist, shared_sellers: bool) -> Vec<&'static ChecklistItem> {
        let items = match self {
            Section::Prepare => &list.item,
            Section::Open => &list.opening_item,
        };
        items.iter().copied().filter(|item| shared_sellers || item.only_if.as_deref() != Some("shared_sellers")).collect()
    }
}

/// How a measured sign compares with the ratios allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct SignCheck {
    /// Long side by short side.
    pub measured: f64,
    /// The nearest ratio allowed, as written: "1:1.61".
    pub rule: String,
    /// How far off, in percent of the ratio; positive is longer.
    pub off_percent: f64,
    /// Within the tolerance.
    pub fits: bool,
}

impl SignCheck {
    /// Measured ratio: "1:1,61".
    pub fn measured(&self) -> String {
        format!("1:{:.2}", self.measured).replace('.', ",")
    }

    /// The ratio compared with: "1:1,61".
    pub fn rule(&self) -> String {
        self.rule.replace('.', ",")
    }

    /// How far off: "0,4%".
    pub fn off(&self) -> String {
        format!("{:.1}%", self.off_percent.abs()).replace('.', ",")
    }

    /// Longer or shorter than the rule.
    pub fn side(&self) -> &'static str {
        if self.off_percent < 0.0 { "ngắn hơn" } else { "dài hơn" }
    }
}

/// Compares a sign with the ratios allowed; standing and lying signs count alike. None: nothing to compare.
pub fn check_sign(width_mm: i64, height_mm: i64, ratios: &[String], tolerance_percent: f64) -> Option<SignCheck> {
    let (long, short) = (width_mm.max(height_mm), width_mm.min(height_mm));
    if short <= 0 {
        return None;
    }
    let measured = long as f64 / short as f64;
    ratios
        .iter()
        .filter_map(|rule| {
            let (one, other) = rule.split_once(':')?;
            let (one, other): (f64, f64) = (one.trim().parse().ok()?, other.trim().parse().ok()?);
            let wanted = one.max(other) / one.min(other);
            let off_percent = (measured / wanted - 1.0) * 100.0;
            wanted.is_finite().then(|| SignCheck {
                measured,
                rule: rule.clone(),
                off_percent,
                fits: off_percent.abs() <= tolerance_percent + 1e-9,
            })
        })
        .min_by(|a, b| a.off_percent.abs().total_cmp(&b.off_percent.abs()))
}

/// The comparison of an item, if it is a measured sign.
pub fn sign_of(item: &ChecklistItem, done: &Done) -> Option<SignCheck> {
    let (width, height) = done.width_mm.zip(done.height_mm)?;
    check_sign(width, height, &item.ratios, item.tolerance_percent)
}

/// Why an item is not done yet; none: it is done.
pub fn lacks(item: &ChecklistItem, done: Option<&Done>, photos: usize) -> Option<Both> {
    let short = item.text.split(':').next().unwrap_or(&item.text).trim();
    let says = |vi: &str, en: &str| Some(both(format!("“{short}” ({vi})"), format!("“{short}” ({en})")));
    let Some(done) = done.filter(|done| done.done_on.is_some()) else { return says("chưa xong", "not done") };
    if item.kind != "sign" {
        return None;
    }
    let Some(sign) = sign_of(item, done) else { return says("chưa có kích thước đo", "not measured") };
    if !sign.fits {
        return says(
            &format!("tỷ lệ đo được {}, lệch {} so với {}", sign.measured(), sign.off(), sign.rule()),
            &format!("measured {:.2}, off by {:.1}% from {}", sign.measured, sign.off_percent.abs(), sign.rule),
        );
    }
    if photos == 0 { says("chưa có ảnh", "no photo") } else { None }
}

/// Required items of both parts that are not done, each with what it lacks: what keeps a point from opening.
pub fn missing(list: &Checklist, shared_sellers: bool, done: &[Done], photos: impl Fn(&str) -> usize) -> Vec<(String, Both)> {
    [Section::Prepare, Section::Open]
        .into_iter()
        .flat_map(|section| section.items(list, shared_sellers).into_iter().map(move |item| (section, item)))
        // that the point opens is the ceremony
        .filter(|(_, item)| item.required && item.fed_by != "opening")
        .filter_map(|(section, item)| {
            let known = done.iter().find(|done| done.section == section.word() && done.item_id == item.id);
            lacks(item, known, photos(&item.id)).map(|text| (item.id.clone(), text))
        })
        .collect()
}

/// Required items: how many are done, of how many.
pub fn progress(list: &Checklist, shared_sellers: bool, done: &[Done], photos: impl Fn(&str) -> usize) -> (usize, usize) {
    let required = [Section::Prepare, Section::Open]
        .into_iter()
        .flat_map(|section| section.items(list, shared_sellers))
        .filter(|item| item.required && item.fed_by != "opening")
        .count();
    (required - missing(list, shared_sellers, done, photos).len(), required)
}
