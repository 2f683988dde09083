//! Score sheets as people hand them in: one layout as YAML or JSON, the same as a table (docs/import-score-sheets.md). Each sheet of a
//! file is read by itself; what is assumed on the way is told, what is wrong refuses that sheet alone. Pure.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::books::Family;
use super::read;
use super::sheet::{Answer, Asked, Case, Criterion, Effect, KnockOut, OnlyIf, Sheet};
use crate::product::group::{self, Set};
use crate::text::{fold, nfc};

/// A file: the instrument and its sheets.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawFile {
    /// The instrument, for all sheets of the file.
    pub regulation: Regulation,
    /// The sheets.
    pub product_sets: Vec<RawSheet>,
    #[serde(default, rename = "star_bands")]
    _bands: Option<IgnoredAny>,
}

/// The instrument of a file.
#[derive(Debug, Default, Deserialize)]
pub struct Regulation {
    /// Its number: "1048/QĐ-TTg".
    pub id: String,
}

/// A sheet of a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSheet {
    /// Number of the set.
    pub id: i64,
    /// Name of the set.
    pub name: String,
    /// Where in the instrument.
    #[serde(default)]
    pub clause: String,
    /// What rejects the whole dossier.
    #[serde(default)]
    pub knock_outs: Vec<KnockOut>,
    /// Groups of criteria.
    #[serde(default)]
    pub sections: Vec<RawSection>,
    #[serde(default, rename = "available")]
    _available: Option<IgnoredAny>,
    #[serde(default, rename = "max_points")]
    _max_points: Option<IgnoredAny>,
}

/// A group of criteria.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSection {
    /// "A", "B", "C".
    pub part: String,
    /// Its number.
    pub num: String,
    /// Its name.
    pub title: String,
    /// Its lines; one with the number of the group stands for it.
    #[serde(default)]
    pub criteria: Vec<RawLine>,
    /// Whether an answer of no points below it ends the marking.
    #[serde(default)]
    pub zero_stops: bool,
}

/// A line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawLine {
    /// Its number.
    pub num: String,
    /// Its name.
    pub title: String,
    /// The most it is worth.
    pub max: i64,
    /// What the sheet says beside it.
    #[serde(default)]
    pub note: Option<String>,
    /// Whether that note is what ends the marking.
    #[serde(default)]
    pub knock_out_note: bool,
    /// What ends the marking here.
    #[serde(default)]
    pub knock_outs: Vec<KnockOut>,
    /// On what it hangs.
    #[serde(default)]
    pub only_if: Option<OnlyIf>,
    /// Whether an answer of no points below it ends the marking.
    #[serde(default)]
    pub zero_stops: bool,
    /// What is in doubt.
    #[serde(default)]
    pub doubt: String,
    /// Its answers.
    #[serde(default)]
    pub levels: Vec<RawLevel>,
    /// Its ladders, where one may be chosen.
    #[serde(default)]
    pub alternatives: Vec<RawLadder>,
    /// Lines below it.
    #[serde(default)]
    pub children: Vec<RawLine>,
}

/// One of several ladders.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawLadder {
    /// What it is called.
    #[serde(default)]
    pub name: String,
    /// Word of the case, where one case holds for the whole sheet.
    #[serde(default)]
    pub case: String,
    /// Its answers.
    pub levels: Vec<RawLevel>,
}

/// An answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawLevel {
    /// What it is worth.
    pub points: i64,
    /// Its wording.
    pub text: String,
    /// The least star for which it is required.
    #[serde(default)]
    pub least: i64,
}

/// A sheet of a file, as it was read.
#[derive(Debug)]
pub struct Read {
    /// "Bộ 1: Chè tươi, chế biến".
    pub name: String,
    /// What was assumed.
    pub told: Vec<String>,
    /// The sheet, or everything that is wrong with it.
    pub sheet: Result<Sheet, Vec<String>>,
}

/// Reads YAML.
///
/// # Errors
/// What is wrong with the file as a whole.
pub fn yaml(text: &str) -> Result<RawFile, String> {
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}

/// Reads JSON.
///
/// # Errors
/// What is wrong with the file as a whole.
pub fn json(text: &str) -> Result<RawFile, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The sheets of a file; `numbers` are the numbers of the instruments whose sheets are known here.
///
/// # Errors
/// The instrument has no sheets here.
pub fn sheets(file: RawFile, numbers: &[(String, &'static Family)]) -> Result<Vec<Read>, String> {
    let named = nfc(file.regulation.id.trim());
    let Some((number, family)) = numbers.iter().find(|(number, _)| fold(number) == fold(&named)) else {
        let known = numbers.iter().map(|(number, _)| number.as_str()).collect::<Vec<_>>().join(", ");
        return Err(format!("văn bản “{named}” không có phiếu trong hệ thống; các văn bản có phiếu: {known}"));
    };
    Ok(file.product_sets.into_iter().map(|raw| one(raw, number, family)).collect())
}

fn one(raw: RawSheet, number: &str, family: &'static Family) -> Read {
    let mut told = Vec::new();
    let title = nfc(raw.name.trim());
    let name = format!("Bộ {}: {title}", raw.id);
    let set = match set_named(&title, family, number) {
        Ok(set) => set,
        Err(wrong) => return Read { name, told, sheet: Err(vec![wrong]) },
    };
    let mut criteria = Vec::new();
    for section in raw.sections {
        of_section(section, &mut criteria, &mut told);
    }
    unique(&mut criteria, &mut told);
    Read { name, sheet: finished(raw.id, raw.clause, raw.knock_outs, criteria, set, family), told }
}

/// The set of an instrument by its name.
///
/// # Errors
/// There is none.
pub(super) fn set_named(title: &str, family: &Family, number: &str) -> Result<&'static Set, String> {
    let set = group::read_set(title, family.from).filter(|set| set.instrument == family.instrument);
    set.ok_or_else(|| format!("danh mục bộ sản phẩm theo {number} không có bộ tên “{title}”"))
}

/// The sheet, unless its sums are wrong.
pub(super) fn finished(
    number: i64,
    clause: String,
    knock_outs: Vec<KnockOut>,
    criteria: Vec<Criterion>,
    set: &Set,
    family: &Family,
) -> Result<Sheet, Vec<String>> {
    let sheet = Sheet {
        set: set.id.clone(),
        number,
        name: set.name.clone(),
        instrument: family.instrument.clone(),
        clause,
        confidence: String::new(),
        doubt: "Nhập từ tệp, chưa đối chiếu công báo.".into(),
        knock_outs,
        criteria,
        digest: String::new(),
    }
    .digested();
    let wrong = read::faults(&sheet, &family.parts);
    if wrong.is_empty() { Ok(sheet) } else { Err(wrong) }
}

fn of_section(section: RawSection, criteria: &mut Vec<Criterion>, told: &mut Vec<String>) {
    let stands_alone = section.criteria.len() == 1 && section.criteria[0].num == section.num;
    if !stands_alone {
        criteria.push(Criterion {
            max: section.criteria.iter().map(|line| line.max).sum(),
            zero_stops: section.zero_stops,
            ..heading(&section.num, &section.part, &section.title)
        });
    }
    let begun = criteria.len();
    for line in section.criteria {
        of_line(line, &section.part, criteria, told);
    }
    // "applies only where there is a story": the line of the group whose first answer is worth nothing tells whether there is one
    let story =
        criteria[begun..].iter().find(|line| line.answers(None).is_some_and(|answers| answers[0].points == 0)).map(|line| line.no.clone());
    let Some(story) = story else { return };
    for line in criteria[begun..].iter_mut().filter(|line| line.only_if.is_none() && line.no != story) {
        if line.notes.iter().any(|note| fold(note).contains("chi ap dung khi co")) {
            told.push(format!("mục {}: theo ghi chú, chỉ hỏi khi mục {story} không phải câu thứ nhất", line.no));
            line.only_if = Some(OnlyIf { no: story.clone(), not: 0 });
        }
    }
}

/// A line that only sums what stands below it.
pub(super) fn heading(no: &str, part: &str, title: &str) -> Criterion {
    Criterion {
        no: no.trim().to_owned(),
        part: part.trim().to_owned(),
        vi: nfc(title.trim()),
        max: 0,
        asked: Asked::Sum,
        only_if: None,
        zero_stops: false,
        notes: Vec::new(),
        doubt: String::new(),
        knock_outs: Vec::new(),
    }
}

fn of_line(line: RawLine, part: &str, criteria: &mut Vec<Criterion>, told: &mut Vec<String>) {
    let mut knock_outs = line.knock_outs;
    let mut notes = Vec::new();
    let note = line.note.map(|note| nfc(note.trim())).filter(|note| !note.is_empty());
    match note {
        Some(note) if line.knock_out_note => {
            let effect = effect(&note);
            told.push(format!("mục {}: ghi chú được đọc là điều kiện “{}”", line.num, effect.name()));
            knock_outs.push(KnockOut { effect, vi: note });
        }
        Some(note) => notes.push(note),
        None => {}
    }
    let has_cases = line.alternatives.iter().any(|ladder| !ladder.case.is_empty());
    let asked = if has_cases {
        let of = |ladder: RawLadder| Case { id: ladder.case, vi: nfc(ladder.name.trim()), answers: answers(ladder.levels, "") };
        Asked::Cases(line.alternatives.into_iter().map(of).collect())
    } else if !line.alternatives.is_empty() {
        let unnamed = line.alternatives.iter().any(|ladder| ladder.name.trim().is_empty());
        if unnamed {
            told.push(format!("mục {}: các trường hợp không có tên được gọi là trường hợp 1, 2", line.num));
        }
        let of = |(at, ladder): (usize, RawLadder)| {
            let name = nfc(ladder.name.trim());
            answers(ladder.levels, &if name.is_empty() { format!("Trường hợp {}", at + 1) } else { name })
        };
        Asked::Answers(line.alternatives.into_iter().enumerate().flat_map(of).collect())
    } else if line.levels.is_empty() {
        Asked::Sum
    } else {
        Asked::Answers(answers(line.levels, ""))
    };
    criteria.push(Criterion {
        max: line.max,
        asked,
        only_if: line.only_if,
        zero_stops: line.zero_stops,
        notes,
        doubt: nfc(line.doubt.trim()),
        knock_outs,
        ..heading(&line.num, part, &line.title)
    });
    for child in line.children {
        of_line(child, part, criteria, told);
    }
}

fn answers(levels: Vec<RawLevel>, under: &str) -> Vec<Answer> {
    let of = |level: RawLevel| Answer { points: level.points, least: level.least, under: under.to_owned(), vi: nfc(level.text.trim()) };
    levels.into_iter().map(of).collect()
}

/// What follows, by the words of a note.
fn effect(note: &str) -> Effect {
    let folded = fold(note);
    if folded.contains("bi loai") {
        Effect::Reject
    } else if folded.contains("khong danh gia") {
        Effect::Stop
    } else {
        Effect::Require
    }
}

/// A number that stands twice in the source: the later line gets a letter behind it, and says so.
fn unique(criteria: &mut [Criterion], told: &mut Vec<String>) {
    for at in 0..criteria.len() {
        let no = criteria[at].no.clone();
        let times =
            criteria[..at].iter().filter(|before| before.no == no || before.no.strip_suffix(char::is_lowercase) == Some(&no)).count();
        if times == 0 {
            continue;
        }
        let letter = char::from(b'a' + u8::try_from(times.min(25)).unwrap_or(25));
        let line = &mut criteria[at];
        line.no = format!("{no}{letter}");
        let words = format!("mục {no} ghi hai lần trong tệp: mục sau được gọi là {}", line.no);
        line.doubt = if line.doubt.is_empty() { words.clone() } else { format!("{}; {words}", line.doubt) };
        told.push(words);
    }
}
