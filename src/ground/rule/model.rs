//! Criteria sets and their arithmetic. Pure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A legal instrument as far as it is known.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Instrument {
    /// Identifier.
    pub id: String,
    /// Number as printed; "không rõ" when no source gives it.
    pub number: String,
    /// Quyết định, kế hoạch, công văn …
    pub kind: String,
    /// Who issued it.
    pub issuer: String,
    /// Date of issue.
    pub issued_on: Option<NaiveDate>,
    /// What it is about.
    pub title: String,
    /// First day in force.
    pub valid_from: Option<NaiveDate>,
    /// First day no longer in force.
    pub valid_to: Option<NaiveDate>,
    /// How sure the transcription is (A law text, B press, C weak, M memory).
    pub confidence: String,
    /// Where it was read.
    pub source: String,
    /// What is open about it.
    pub note: String,
}

/// Whether an item must be met by itself or as one of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize, Deserialize)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Every such item of the group must be met.
    All,
    /// At least one such item of the group must be met.
    Any,
}

/// One item of a criteria set.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Criterion {
    /// The set it belongs to.
    pub set_id: String,
    /// The group it belongs to.
    pub group_id: String,
    /// Identifier within the set.
    pub id: String,
    /// Order.
    pub place: i64,
    /// Wording.
    pub text: String,
    /// All or any.
    pub rule: RuleKind,
    /// The kind of place it describes, or empty.
    pub place_kind: String,
    /// Clause of the instrument.
    pub clause: String,
    /// How sure the wording is.
    pub confidence: String,
    /// What is open about it.
    pub note: String,
}

/// A group of items.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Identifier within the set.
    pub id: String,
    /// Title.
    pub title: String,
    /// Clause of the instrument.
    pub clause: String,
    /// `known`, `partial` or `unknown`.
    pub state: String,
    /// What is open about it.
    pub note: String,
    /// Its items in order.
    pub criteria: Vec<Criterion>,
}

/// A set of criteria during its validity.
#[derive(Clone, Debug, PartialEq)]
pub struct CriteriaSet {
    /// Identifier.
    pub id: String,
    /// Title.
    pub title: String,
    /// The instrument that sets it.
    pub instrument: Option<Instrument>,
    /// `draft` or `in_force`.
    pub status: String,
    /// Applies beside another set rather than by itself.
    pub overlay: bool,
    /// The unit an overlay is for; none = everywhere.
    pub scope_unit: Option<String>,
    /// First day.
    pub valid_from: Option<NaiveDate>,
    /// First day no longer.
    pub valid_to: Option<NaiveDate>,
    /// `law` (from the pack) or `admin`.
    pub origin: String,
    /// The set it was copied from.
    pub based_on: Option<String>,
    /// How sure the transcription is.
    pub confidence: String,
    /// Where it was read.
    pub source: String,
    /// What is open about it.
    pub note: String,
    /// Row version.
    pub version: i64,
    /// Groups in order.
    pub groups: Vec<Group>,
}

impl CriteriaSet {
    /// Whether the set is in force on a day.
    pub fn is_valid(&self, on: NaiveDate) -> bool {
        self.status == "in_force" && self.valid_from.is_none_or(|from| from <= on) && self.valid_to.is_none_or(|to| on < to)
    }

    /// Whether the set is meant for a place in these units; a base set is for every place.
    pub fn is_for(&self, units: &[String], province: &str) -> bool {
        !self.overlay || self.scope_unit.as_deref().is_none_or(|scope| scope == province || units.iter().any(|unit| unit == scope))
    }

    /// "950/QĐ-BCT" or the title.
    pub fn number(&self) -> &str {
        self.instrument.as_ref().map_or(&self.title, |instrument| &instrument.number)
    }
}

/// A number as plain text: without what the paper strikes out.
pub fn plain(number: &str) -> String {
    number.split("~~").step_by(2).collect()
}

/// A recorded decision to go on applying a set.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Application {
    /// Identifier.
    pub id: String,
    /// The set applied.
    pub set_id: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// First day no longer.
    pub valid_to: Option<NaiveDate>,
    /// Number of the deciding paper, as given; may be empty.
    pub number: String,
    /// Its date.
    pub decided_on: Option<NaiveDate>,
    /// The leader's reason.
    pub reason: String,
    /// Who recorded it.
    pub decided_by: String,
}

/// Which sets a survey on a day goes by.
#[derive(Clone, Debug, PartialEq)]
pub enum Applies<'a> {
    /// A set in force, with overlays.
    InForce {
        /// The ministry's set.
        base: &'a CriteriaSet,
        /// Local sets beside it.
        overlays: Vec<&'a CriteriaSet>,
    },
    /// No set is in force, but a decision says to go on applying one ("vận dụng").
    ByDecision {
        /// The set applied.
        base: &'a CriteriaSet,
        /// Local sets beside it.
        overlays: Vec<&'a CriteriaSet>,
        /// The decision.
        application: &'a Application,
    },
    /// Nothing applies: a leader has to decide. Holds the set that ended last, if any.
    Gap(Option<&'a CriteriaSet>),
}

/// Finds what applies on a day.
pub fn applicable<'a>(sets: &'a [CriteriaSet], applications: &'a [Application], on: NaiveDate) -> Applies<'a> {
    let overlays: Vec<&CriteriaSet> = sets.iter().filter(|set| set.overlay && set.is_valid(on)).collect();
    let mut bases: Vec<&CriteriaSet> = sets.iter().filter(|set| !set.overlay && set.is_valid(on)).collect();
    bases.sort_by_key(|set| set.valid_from);
    if let Some(base) = bases.pop() {
        return Applies::InForce { base, overlays };
    }
    let mut decided: Vec<&Application> =
        applications.iter().filter(|application| application.valid_from <= on && application.valid_to.is_none_or(|to| on < to)).collect();
    decided.sort_by_key(|application| (application.valid_from, application.id.clone()));
    while let Some(application) = decided.pop() {
        if let Some(base) = sets.iter().find(|set| set.id == application.set_id && set.status == "in_force") {
            return Applies::ByDecision { base, overlays, application };
        }
    }
    let last = sets
        .iter()
        .filter(|set| !set.overlay && set.status == "in_force" && set.valid_to.is_some_and(|to| to <= on))
        .max_by_key(|set| set.valid_to);
    Applies::Gap(last)
}

/// What a surveyor says of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize, Deserialize)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Đạt.
    Meets,
    /// Không đạt.
    Fails,
    /// Khắc phục đến một ngày.
    Fix,
}

impl Verdict {
    /// Reads the word of a form.
    pub fn read(word: &str) -> Option<Verdict> {
        match word {
            "meets" => Some(Verdict::Meets),
            "fails" => Some(Verdict::Fails),
            "fix" => Some(Verdict::Fix),
            _ => None,
        }
    }

    /// The word of forms and the store.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Meets => "meets",
            Verdict::Fails => "fails",
            Verdict::Fix => "fix",
        }
    }

    /// The Vietnamese word.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Meets => "Đạt",
            Verdict::Fails => "Không đạt",
            Verdict::Fix => "Cần khắc phục",
        }
    }
}

/// An answer to one item.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Answer {
    /// Set of the item.
    pub set_id: String,
    /// The item.
    pub criterion_id: String,
    /// What was found.
    pub verdict: Verdict,
    /// By when to fix it.
    pub fix_by: Option<NaiveDate>,
    /// The surveyor's note.
    pub note: String,
}

/// The result of a group or a whole survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything that is asked is met.
    Meets,
    /// Met once the items to fix are fixed.
    Fix,
    /// Something that is asked is not met.
    Fails,
    /// Items are unanswered, or the group's text is not known.
    Incomplete,
}

impl Outcome {
    /// The word of the store.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Meets => "meets",
            Outcome::Fix => "fix",
            Outcome::Fails => "fails",
            Outcome::Incomplete => "incomplete",
        }
    }

    /// The Vietnamese words.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Meets => "Đạt",
            Outcome::Fix => "Đạt khi khắc phục xong",
            Outcome::Fails => "Không đạt",
            Outcome::Incomplete => "Chưa đủ căn cứ",
        }
    }

    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            Outcome::Meets => "ok",
            Outcome::Fix => "warn",
            Outcome::Fails => "bad",
            Outcome::Incomplete => "quiet",
        }
    }

    /// Reads the word of the store.
    pub fn read(word: &str) -> Option<Outcome> {
        [Outcome::Meets, Outcome::Fix, Outcome::Fails, Outcome::Incomplete].into_iter().find(|outcome| outcome.word() == word)
    }
}

/// The result of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupResult {
    /// Set of the group.
    pub set_id: String,
    /// Number of the set's instrument.
    pub set_number: String,
    /// The group.
    pub group_id: String,
    /// Its title.
    pub title: String,
    /// Result.
    pub outcome: Outcome,
    /// How many items were answered, of how many.
    pub answered: usize,
    /// How many items there are.
    pub items: usize,
    /// The group's text is known only in part or not at all.
    pub is_open: bool,
}

/// The result of a survey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurveyResult {
    /// Result of all groups together.
    pub outcome: Outcome,
    /// Group by group.
    pub groups: Vec<GroupResult>,
}

/// Computes the result of a survey. A group whose text no source gives is shown as open and does not decide: what is
/// not known cannot be failed. An unanswered item leaves its group incomplete; of the items of which one must be met,
/// only one has to be answered.
pub fn evaluate(sets: &[&CriteriaSet], answers: &[Answer]) -> SurveyResult {
    let groups: Vec<GroupResult> = sets
        .iter()
        .flat_map(|set| {
            set.groups.iter().map(move |group| {
                let verdict = |item: &Criterion| {
                    answers.iter().find(|answer| answer.set_id == set.id && answer.criterion_id == item.id).map(|answer| answer.verdict)
                };
                let all: Vec<Option<Verdict>> = group.criteria.iter().filter(|item| item.rule == RuleKind::All).map(verdict).collect();
                let any: Vec<Option<Verdict>> = group.criteria.iter().filter(|item| item.rule == RuleKind::Any).map(verdict).collect();
                let mut parts: Vec<Outcome> = all.iter().map(|verdict| verdict.map_or(Outcome::Incomplete, outcome_of)).collect();
                if !any.is_empty() {
                    parts.push(best(&any));
                }
                GroupResult {
                    set_id: set.id.clone(),
                    set_number: set.number().to_owned(),
                    group_id: group.id.clone(),
                    title: group.title.clone(),
                    outcome: if parts.is_empty() { Outcome::Incomplete } else { worst(parts) },
                    answered: all.iter().chain(&any).flatten().count(),
                    items: group.criteria.len(),
                    is_open: group.state != "known",
                }
            })
        })
        .collect();
    let decided: Vec<Outcome> = groups.iter().filter(|group| group.items > 0).map(|group| group.outcome).collect();
    let outcome = if decided.is_empty() { Outcome::Incomplete } else { worst(decided) };
    SurveyResult { outcome, groups }
}

fn outcome_of(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Meets => Outcome::Meets,
        Verdict::Fix => Outcome::Fix,
        Verdict::Fails => Outcome::Fails,
    }
}

/// Of items of which one must be met: the best answer; none answered is incomplete.
fn best(verdicts: &[Option<Verdict>]) -> Outcome {
    let has = |wanted: Verdict| verdicts.contains(&Some(wanted));
    if has(Verdict::Meets) {
        Outcome::Meets
    } else if has(Verdict::Fix) {
        Outcome::Fix
    } else if verdicts.iter().all(|verdict| *verdict == Some(Verdict::Fails)) {
        Outcome::Fails
    } else {
        Outcome::Incomplete
    }
}

/// A failure decides, then what is missing, then what is to be fixed.
fn worst(outcomes: Vec<Outcome>) -> Outcome {
    [Outcome::Fails, Outcome::Incomplete, Outcome::Fix].into_iter().find(|outcome| outcomes.contains(outcome)).unwrap_or(Outcome::Meets)
}
