//! Which criteria sets a filling goes by, and what it still lacks. Pure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::error::{Both, Refusal, both};
use crate::rule::model::{Application, Criterion, Group};
use crate::rule::{Answer, Applies, CriteriaSet, RuleKind, SurveyResult, Verdict, applicable, evaluate};
use crate::text::{Tongue, date_vi};

/// What column `result` holds: the sets from the first answer on, the result when done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The sets the survey goes by, the ministry's first.
    pub sets: Vec<String>,
    /// The result that the server computed.
    #[serde(flatten)]
    pub result: Option<SurveyResult>,
}

/// The sets of one survey, the ministry's first, and the decision to go on applying it.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    /// The sets.
    pub sets: Vec<CriteriaSet>,
    /// "Vận dụng": by which decision.
    pub application: Option<Application>,
}

/// No set applies on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// The day asked for.
    pub on: NaiveDate,
    /// Number and last day of the set that ended last.
    pub ended: Option<(String, NaiveDate)>,
}

impl Gap {
    /// What happened.
    pub fn what(&self) -> Both {
        let day = date_vi(self.on);
        match &self.ended {
            Some((number, last)) => both(
                format!(
                    "Giai đoạn của bộ tiêu chí {number} đã kết thúc ngày {}; ngày {day} chưa có bộ tiêu chí nào có hiệu lực.",
                    date_vi(*last)
                ),
                format!("The period of criteria set {number} ended on {}; no set is in force on {day}.", date_vi(*last)),
            ),
            None => both(format!("Ngày {day} chưa có bộ tiêu chí nào có hiệu lực."), format!("No criteria set is in force on {day}.")),
        }
    }

    /// What to do.
    pub fn todo(&self) -> Both {
        both(
            "Lãnh đạo cần ghi quyết định vận dụng một bộ tiêu chí ở mục Bộ tiêu chí, “Vận dụng”; sau đó mới lên lịch và khảo sát được.",
            "A leader has to record the decision to go on applying a set (criteria, “apply”); then surveys can be planned and filled.",
        )
    }
}

impl From<Gap> for Refusal {
    fn from(gap: Gap) -> Refusal {
        Refusal::rule("no-criteria", gap.what(), gap.todo())
    }
}

/// The sets that apply to a place on a day.
pub fn basis_on(sets: &[CriteriaSet], applications: &[Application], units: &[String], province: &str, on: NaiveDate) -> Result<Basis, Gap> {
    let sets: Vec<CriteriaSet> = sets.iter().filter(|set| set.is_for(units, province)).cloned().collect();
    let (base, overlays, application) = match applicable(&sets, applications, on) {
        Applies::InForce { base, overlays } => (base, overlays, None),
        Applies::ByDecision { base, overlays, application } => (base, overlays, Some(application.clone())),
        Applies::Gap(last) => {
            let ended = last.and_then(|set| Some((set.number().to_owned(), set.valid_to?.pred_opt()?)));
            return Err(Gap { on, ended });
        }
    };
    Ok(Basis { sets: std::iter::once(base).chain(overlays).cloned().collect(), application })
}

/// The sets that were fixed with the first answer.
pub fn basis_kept(kept: &Kept, application: Option<&str>, sets: &[CriteriaSet], applications: &[Application]) -> Basis {
    Basis {
        sets: kept.sets.iter().filter_map(|id| sets.iter().find(|set| set.id == *id)).cloned().collect(),
        application: application.and_then(|id| applications.iter().find(|application| application.id == id)).cloned(),
    }
}

/// "Quyết định 12/QĐ-SCT ngày 05/01/2026", or the leader's reason.
pub fn decision_words(number: &str, decided_on: Option<NaiveDate>, reason: &str) -> String {
    match (number.is_empty(), decided_on) {
        (true, _) => format!("ý kiến lãnh đạo: {reason}"),
        (false, Some(day)) => format!("{number} ngày {}", date_vi(day)),
        (false, None) => number.to_owned(),
    }
}

impl Basis {
    /// Identifiers of the sets.
    pub fn ids(&self) -> Vec<String> {
        self.sets.iter().map(|set| set.id.clone()).collect()
    }

    /// The ministry's set.
    pub fn base(&self) -> Option<&CriteriaSet> {
        self.sets.first()
    }

    /// "950/QĐ-BCT, 28/SCT-QLCN".
    pub fn numbers(&self) -> String {
        self.sets.iter().map(CriteriaSet::number).collect::<Vec<_>>().join(", ")
    }

    /// "vận dụng 950/QĐ-BCT theo …"; empty when the set is in force by itself.
    pub fn applied(&self) -> String {
        match (&self.application, self.base()) {
            (Some(application), Some(base)) => {
                format!(
                    "vận dụng {} theo {}",
                    base.number(),
                    decision_words(&application.number, application.decided_on, &application.reason)
                )
            }
            _ => String::new(),
        }
    }

    /// First day on which a survey by these sets can have taken place.
    pub fn since(&self) -> Option<NaiveDate> {
        self.application.as_ref().map(|application| application.valid_from).or_else(|| self.base().and_then(|set| set.valid_from))
    }

    /// Every item with its group and set.
    pub fn items(&self) -> impl Iterator<Item = (&CriteriaSet, &Group, &Criterion)> {
        self.sets.iter().flat_map(|set| set.groups.iter().flat_map(move |group| group.criteria.iter().map(move |item| (set, group, item))))
    }

    /// The result of the answers so far.
    pub fn evaluate(&self, answers: &[Answer]) -> SurveyResult {
        evaluate(&self.sets.iter().collect::<Vec<_>>(), answers)
    }
}

/// The form field of an item: what it is about, its set, its id.
pub fn field(what: &str, set: &str, item: &str) -> String {
    format!("{what}-{set}-{item}")
}

/// The answer to an item.
pub fn answer_to<'a>(answers: &'a [Answer], set: &str, item: &str) -> Option<&'a Answer> {
    answers.iter().find(|answer| answer.set_id == set && answer.criterion_id == item)
}

/// What a survey lacks before it can be finished on a day: the field, and what to do there.
pub fn missing(basis: &Basis, answers: &[Answer], done_on: NaiveDate) -> Vec<(String, Both)> {
    let mut lacks = Vec::new();
    for set in &basis.sets {
        for group in &set.groups {
            for item in &group.criteria {
                let answer = answer_to(answers, &set.id, &item.id);
                match answer {
                    None if item.rule == RuleKind::All => lacks.push((
                        field("verdict", &set.id, &item.id),
                        both(
                            format!("{}: chưa trả lời “{}”.", item.id, short(&item.text)),
                            format!("{}: “{}” is not answered.", item.id, short(&item.text)),
                        ),
                    )),
                    Some(answer) if answer.verdict == Verdict::Fix => match answer.fix_by {
                        None => lacks.push((
                            field("fix", &set.id, &item.id),
                            both(
                                format!("{}: hãy ghi ngày phải khắc phục xong.", item.id),
                                format!("{}: state the day by which it has to be fixed.", item.id),
                            ),
                        )),
                        Some(day) if day < done_on => lacks.push((
                            field("fix", &set.id, &item.id),
                            both(
                                format!("{}: hạn khắc phục {} trước ngày khảo sát {}.", item.id, date_vi(day), date_vi(done_on)),
                                format!(
                                    "{}: the day to fix it, {}, lies before the survey of {}.",
                                    item.id,
                                    date_vi(day),
                                    date_vi(done_on)
                                ),
                            ),
                        )),
                        Some(_) => {}
                    },
                    _ => {}
                }
            }
            let any: Vec<&Criterion> = group.criteria.iter().filter(|item| item.rule == RuleKind::Any).collect();
            let verdicts: Vec<Verdict> =
                any.iter().filter_map(|item| answer_to(answers, &set.id, &item.id)).map(|answer| answer.verdict).collect();
            let is_settled = verdicts.iter().any(|verdict| *verdict != Verdict::Fails) || verdicts.len() == any.len();
            if !is_settled {
                lacks.push((
                    field("any", &set.id, &group.id),
                    both(
                        format!("{}: cần ít nhất một mục đạt trong {} mục, hoặc trả lời “không đạt” cho tất cả.", group.title, any.len()),
                        format!("{}: at least one of {} items has to be met, or all of them answered “not met”.", group.title, any.len()),
                    ),
                ));
            }
        }
    }
    lacks
}

/// The first words of an item.
fn short(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

/// Words of a refused text, for forms.
pub fn vi(text: &Both) -> String {
    text.get(Tongue::Vi).to_owned()
}
