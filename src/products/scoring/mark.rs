//! What marks come to: points by part, the highest star whose band and whose every minimum are met, what is missing to the next,
//! what ends the marking. Pure.
//!
//! A mark is the answer that was chosen, not its points: two answers may be worth the same. The minimum of a star is met by the
//! answer that bears it or a higher one; that a missed minimum costs the star is our reading of the footnote of Phụ lục II of
//! 26/2026/QĐ-TTg, which says no more.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::sheet::{Answer, Criterion, KnockOut, Sheet};

/// What was marked in a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Place of the answer chosen, by number of the criterion.
    #[serde(default)]
    pub answers: BTreeMap<String, usize>,
    /// The case that applies, in a sheet that has cases; empty while it is not chosen.
    #[serde(default)]
    pub case: String,
    /// What was found that ends the marking: [`Ground::key`].
    #[serde(default)]
    pub found: BTreeSet<String>,
}

impl Marks {
    /// Without these answers, cases and grounds.
    pub fn without(&self, gone: &[String]) -> Marks {
        let stays = |word: &String| !gone.contains(word);
        Marks {
            answers: self.answers.iter().filter(|(no, _)| stays(no)).map(|(no, at)| (no.clone(), *at)).collect(),
            case: Some(&self.case).filter(|case| stays(case)).cloned().unwrap_or_default(),
            found: self.found.iter().filter(|key| stays(key)).cloned().collect(),
        }
    }
}

/// What would end the marking, and where the sheet says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ground<'a> {
    /// The line; none for the dossier as a whole.
    pub criterion: Option<&'a Criterion>,
    /// Its place there.
    pub at: usize,
    /// What it is.
    pub knock_out: &'a KnockOut,
}

impl Ground<'_> {
    /// The word by which it is noted: "6.1#0".
    pub fn key(&self) -> String {
        format!("{}#{}", self.criterion.map_or("", |criterion| criterion.no.as_str()), self.at)
    }
}

/// Why the marking ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End<'a> {
    /// This was found.
    Found(Ground<'a>),
    /// No points here, where the sheet says that nothing further is marked then.
    Zero(&'a Criterion),
}

/// A minimum that is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need<'a> {
    /// Where.
    pub criterion: &'a Criterion,
    /// The answer that would do.
    pub answer: &'a Answer,
    /// Its place.
    pub at: usize,
}

/// What a better answer would bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gain<'a> {
    /// Where.
    pub criterion: &'a Criterion,
    /// The next better answer.
    pub answer: &'a Answer,
    /// Points more than now.
    pub points: i64,
}

/// What marks come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// The total so far.
    pub points: i64,
    /// Part, points so far, the most.
    pub parts: Vec<(&'a str, i64, i64)>,
    /// Criteria answered.
    pub answered: usize,
    /// Criteria that are asked, given what was answered.
    pub asked: usize,
    /// The star of the total alone.
    pub band: i64,
    /// The star: its band and every minimum are met, and nothing ended the marking. 0 where something did.
    pub star: i64,
    /// Why the marking ended.
    pub ended: Option<End<'a>>,
}

impl Outcome<'_> {
    /// The star, once it says something: three are met, or everything is answered.
    pub fn told(&self) -> Option<i64> {
        (self.star > 2 || self.star > 0 && self.is_whole()).then_some(self.star)
    }

    /// Whether everything that is asked was answered.
    pub fn is_whole(&self) -> bool {
        self.answered == self.asked
    }
}

/// All that may end the marking of a sheet.
pub fn grounds(sheet: &Sheet) -> Vec<Ground<'_>> {
    let whole = sheet.knock_outs.iter().enumerate().map(|(at, knock_out)| Ground { criterion: None, at, knock_out });
    let lines = sheet.criteria.iter().flat_map(|criterion| {
        criterion.knock_outs.iter().enumerate().map(move |(at, knock_out)| Ground { criterion: Some(criterion), at, knock_out })
    });
    whole.chain(lines).collect()
}

/// Whether a criterion is asked, given what was answered: a condition that is not answered yet counts as met.
pub fn applies(marks: &Marks, criterion: &Criterion) -> bool {
    criterion.is_asked() && criterion.only_if.as_ref().is_none_or(|only| marks.answers.get(&only.no) != Some(&only.not))
}

/// The answers of a criterion in the case that was chosen.
pub fn answers<'a>(marks: &Marks, criterion: &'a Criterion) -> &'a [Answer] {
    criterion.answers(Some(&marks.case)).unwrap_or_default()
}

/// The answer that was chosen.
pub fn chosen<'a>(marks: &Marks, criterion: &'a Criterion) -> Option<&'a Answer> {
    let at = *marks.answers.get(&criterion.no)?;
    applies(marks, criterion).then(|| answers(marks, criterion).get(at)).flatten()
}

/// What is no mark of this sheet, by number of the criterion: an answer outside its ladder, a line that asks nothing, an unknown
/// case or ground.
pub fn strange(sheet: &Sheet, marks: &Marks) -> Vec<String> {
    let lines = marks.answers.iter().filter(|(no, at)| {
        let criterion = sheet.criterion(no);
        criterion.is_none_or(|criterion| answers(marks, criterion).get(**at).is_none())
    });
    let mut strange: Vec<String> = lines.map(|(no, _)| no.clone()).collect();
    if !marks.case.is_empty() && sheet.cases().iter().all(|(id, _)| *id != marks.case) {
        strange.push(marks.case.clone());
    }
    let known: BTreeSet<String> = grounds(sheet).iter().map(Ground::key).collect();
    strange.extend(marks.found.iter().filter(|key| !known.contains(*key)).cloned());
    strange
}

fn ended<'a>(sheet: &'a Sheet, marks: &Marks) -> Option<End<'a>> {
    if let Some(ground) = grounds(sheet).into_iter().find(|ground| marks.found.contains(&ground.key())) {
        return Some(End::Found(ground));
    }
    let stops: Vec<String> = sheet.criteria.iter().filter(|line| line.zero_stops).map(|line| format!("{}.", line.no)).collect();
    sheet
        .asked()
        .filter(|line| stops.iter().any(|stop| line.no.starts_with(stop)))
        .find(|line| chosen(marks, line).is_some_and(|answer| answer.points == 0))
        .map(End::Zero)
}

/// The minima of a star that are not met.
pub fn needs<'a>(sheet: &'a Sheet, marks: &Marks, star: i64) -> Vec<Need<'a>> {
    let of = |criterion: &'a Criterion| {
        let answers = answers(marks, criterion);
        let at = answers.iter().rposition(|answer| answer.least != 0 && answer.least <= star)?;
        let met = marks.answers.get(&criterion.no).is_some_and(|chosen| *chosen >= at);
        (!met).then(|| Need { criterion, answer: &answers[at], at })
    };
    sheet.asked().filter(|criterion| applies(marks, criterion)).filter_map(of).collect()
}

/// What marks come to. `thresholds` are the lowest totals of one, two, … stars.
pub fn outcome<'a>(sheet: &'a Sheet, marks: &Marks, thresholds: &[i64]) -> Outcome<'a> {
    let mut parts: Vec<(&str, i64, i64)> = Vec::new();
    let (mut points, mut answered, mut asked) = (0, 0, 0);
    for criterion in sheet.criteria.iter() {
        if criterion.above().is_none() {
            match parts.iter_mut().find(|(part, ..)| *part == criterion.part) {
                Some((_, _, most)) => *most += criterion.max,
                None => parts.push((&criterion.part, 0, criterion.max)),
            }
        }
        if !applies(marks, criterion) {
            continue;
        }
        asked += 1;
        let Some(answer) = chosen(marks, criterion) else { continue };
        answered += 1;
        points += answer.points;
        if let Some((_, got, _)) = parts.iter_mut().find(|(part, ..)| *part == criterion.part) {
            *got += answer.points;
        }
    }
    let band = thresholds.iter().filter(|threshold| **threshold <= points).count() as i64;
    let ended = ended(sheet, marks);
    let star = match ended {
        Some(_) => 0,
        None => (1..=band).rev().find(|star| needs(sheet, marks, *star).is_empty()).unwrap_or_default(),
    };
    Outcome { points, parts, answered, asked, band, star, ended }
}

/// A line that is answered otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// Where.
    pub criterion: &'a Criterion,
    /// The answer of before.
    pub before: Option<&'a Answer>,
    /// The answer of now.
    pub after: Option<&'a Answer>,
}

impl Change<'_> {
    /// Points more than before.
    pub fn gain(&self) -> i64 {
        let points = |answer: Option<&Answer>| answer.map_or(0, |answer| answer.points);
        points(self.after) - points(self.before)
    }
}

/// What is answered otherwise than in marks of before, which may be of another wording of the same sheet.
pub fn changes<'a>(old: &'a Sheet, before: &Marks, sheet: &'a Sheet, after: &Marks) -> Vec<Change<'a>> {
    let of = |criterion: &'a Criterion| {
        let was = old.criterion(&criterion.no).and_then(|line| chosen(before, line));
        let is = chosen(after, criterion);
        let same = was.map(|answer| (answer.points, &answer.vi)) == is.map(|answer| (answer.points, &answer.vi));
        (!same).then_some(Change { criterion, before: was, after: is })
    };
    sheet.asked().filter_map(of).collect()
}

/// What the next better answers would bring, the most first; what is not answered yet counts from nothing.
pub fn gains<'a>(sheet: &'a Sheet, marks: &Marks) -> Vec<Gain<'a>> {
    let of = |criterion: &'a Criterion| {
        let now = chosen(marks, criterion).map_or(0, |answer| answer.points);
        let answer = answers(marks, criterion).iter().filter(|answer| answer.points > now).min_by_key(|answer| answer.points)?;
        Some(Gain { criterion, answer, points: answer.points - now })
    };
    let mut gains: Vec<Gain<'_>> = sheet.asked().filter(|criterion| applies(marks, criterion)).filter_map(of).collect();
    gains.sort_by_key(|gain| std::cmp::Reverse(gain.points));
    gains
}
