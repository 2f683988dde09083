//! A score sheet of the law: its parts, criteria and answers, the least star an answer is required for, alternative cases,
//! conditions, and what ends the marking. It is read from data and refused, by name, unless its sums are right. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Points of each part, as the law fixes them: "A" 40, "B" 25, "C" 35.
pub type Parts = BTreeMap<String, i64>;

/// One answer of a ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// What it is worth.
    pub points: i64,
    /// The least star for which this answer, or a higher one, is required; 0 where the sheet prints none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub least: i64,
    /// The case under which it stands, where a single criterion lets one choose between two; empty elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub under: String,
    /// Short wording.
    pub vi: String,
}

fn is_none(least: &i64) -> bool {
    *least == 0
}

/// The name of the case that begins with an answer of a ladder.
pub fn begins(answers: &[Answer], at: usize) -> Option<&str> {
    let under = answers.get(at).map(|answer| answer.under.as_str()).filter(|under| !under.is_empty())?;
    let before = at.checked_sub(1).and_then(|before| answers.get(before)).map(|answer| answer.under.as_str());
    (before != Some(under)).then_some(under)
}

/// Answers that several criteria share.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// Its name in the files.
    pub id: String,
    /// From the least to the best.
    pub answers: Vec<Answer>,
}

/// What follows where something that ends the marking is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The dossier is rejected ("bị loại").
    Reject,
    /// What follows is not marked ("không đánh giá các bước tiếp theo").
    Stop,
    /// The sheet demands it ("yêu cầu") and does not say what follows where it is not so.
    Require,
}

impl Effect {
    /// What it is called beside the wording.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Reject => "bị loại",
            Effect::Stop => "không đánh giá tiếp",
            Effect::Require => "yêu cầu",
        }
    }
}

/// Something that ends the marking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnockOut {
    /// What follows.
    pub effect: Effect,
    /// The ground.
    pub vi: String,
}

/// A condition on which a criterion is asked at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnlyIf {
    /// Number of the criterion on whose answer it hangs.
    pub no: String,
    /// Place of the answer with which it is not asked.
    pub not: usize,
}

/// One of two cases of a criterion: whoever is marked falls under one of them in the whole sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Word kept with the marks.
    pub id: String,
    /// Its name.
    pub vi: String,
    /// Its answers.
    pub answers: Vec<Answer>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asked {
    /// Nothing: the sum of what stands below.
    Sum,
    /// One of these answers.
    Answers(Vec<Answer>),
    /// One of the answers of the case that applies.
    Cases(Vec<Case>),
}

/// One line of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its number: "1", "1.2", "6.1.1".
    pub no: String,
    /// Its part.
    pub part: String,
    /// Short name.
    pub vi: String,
    /// The most it is worth.
    pub max: i64,
    /// What is asked.
    pub asked: Asked,
    /// On what it hangs.
    pub only_if: Option<OnlyIf>,
    /// Whether an answer of no points below it ends the marking.
    pub zero_stops: bool,
    /// What the sheet says beside it.
    pub notes: Vec<String>,
    /// What the transcript leaves in doubt; empty where nothing.
    pub doubt: String,
    /// What ends the marking here.
    pub knock_outs: Vec<KnockOut>,
}

impl Criterion {
    /// The answers of a case; all of them where there are no cases. None where nothing is asked, or the case is not known yet.
    pub fn answers(&self, case: Option<&str>) -> Option<&[Answer]> {
        match &self.asked {
            Asked::Sum => None,
            Asked::Answers(answers) => Some(answers),
            Asked::Cases(cases) => cases.iter().find(|known| Some(known.id.as_str()) == case).map(|known| known.answers.as_slice()),
        }
    }

    /// Whether it is marked, and no heading.
    pub fn is_asked(&self) -> bool {
        self.asked != Asked::Sum
    }

    /// The number of the heading above it.
    pub fn above(&self) -> Option<&str> {
        self.no.rsplit_once('.').map(|(above, _)| above)
    }
}

/// A sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// The product set that it marks: "26-2026-11".
    pub set: String,
    /// Number of the set in its instrument.
    pub number: i64,
    /// Name of the set.
    pub name: String,
    /// Instrument.
    pub instrument: String,
    /// Where in it.
    pub clause: String,
    /// How sure the wording is.
    pub confidence: String,
    /// What is in doubt about the sheet as a whole.
    pub doubt: String,
    /// What rejects the whole dossier.
    pub knock_outs: Vec<KnockOut>,
    /// Its lines, headings before what stands below them.
    pub criteria: Vec<Criterion>,
    /// Tells whether the wording changed; made of all the rest.
    #[serde(skip)]
    pub digest: String,
}

impl Sheet {
    /// With the digest of its wording.
    pub fn digested(mut self) -> Sheet {
        self.digest = crate::clock::digest(serde_json::to_string(&self).unwrap_or_default().as_bytes());
        self
    }

    /// A line by its number.
    pub fn criterion(&self, no: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.no == no)
    }

    /// The lines that are marked.
    pub fn asked(&self) -> impl Iterator<Item = &Criterion> {
        self.criteria.iter().filter(|criterion| criterion.is_asked())
    }

    /// The headings of the first level.
    pub fn tops(&self) -> impl Iterator<Item = &Criterion> {
        self.criteria.iter().filter(|criterion| criterion.above().is_none())
    }

    /// The lines below a heading of the first level; one with nothing below it stands for itself.
    pub fn under<'a>(&'a self, top: &'a Criterion) -> impl Iterator<Item = &'a Criterion> {
        let begin = format!("{}.", top.no);
        self.criteria.iter().filter(move |line| line.no == top.no && line.is_asked() || line.no.starts_with(&begin))
    }

    /// The cases of which one has to be chosen: word and name; empty where the sheet has none.
    pub fn cases(&self) -> Vec<(&str, &str)> {
        self.criteria
            .iter()
            .find_map(|criterion| match &criterion.asked {
                Asked::Cases(cases) => Some(cases.iter().map(|case| (case.id.as_str(), case.vi.as_str())).collect()),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// How many minimum marks of a star the sheet prints.
    pub fn minima(&self, star: i64) -> usize {
        let marked = |answers: &[Answer]| answers.iter().filter(|answer| answer.least == star).count();
        self.asked()
            .map(|criterion| match &criterion.asked {
                Asked::Sum => 0,
                Asked::Answers(answers) => marked(answers),
                Asked::Cases(cases) => cases.iter().map(|case| marked(&case.answers)).sum(),
            })
            .sum()
    }

    /// What is in doubt: number of the line (empty: the sheet), words.
    pub fn doubts(&self) -> Vec<(&str, &str)> {
        let whole = std::iter::once(("", self.doubt.as_str()));
        let lines = self.criteria.iter().map(|criterion| (criterion.no.as_str(), criterion.doubt.as_str()));
        whole.chain(lines).filter(|(_, doubt)| !doubt.is_empty()).collect()
    }
}
