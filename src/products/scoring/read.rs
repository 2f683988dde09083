//! Reads a sheet and says what is wrong with it: an answer that is nowhere, a sum that does not come out, a minimum that falls
//! back. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::sheet::{Answer, Asked, Case, Criterion, KnockOut, Ladder, OnlyIf, Parts, Sheet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    id: String,
    vi: String,
    #[serde(default)]
    ladder: String,
    #[serde(default)]
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCriterion {
    no: String,
    part: String,
    vi: String,
    max: i64,
    #[serde(default)]
    ladder: String,
    #[serde(default)]
    answers: Vec<Answer>,
    #[serde(default)]
    cases: Vec<RawCase>,
    only_if: Option<OnlyIf>,
    #[serde(default)]
    zero_stops: bool,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    doubt: String,
    #[serde(default)]
    knock_out: Vec<KnockOut>,
}

/// A sheet as a file has it: its answers inline or by the name of a shared ladder.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSheet {
    set: String,
    number: i64,
    name: String,
    instrument: String,
    #[serde(default)]
    clause: String,
    #[serde(default)]
    confidence: String,
    #[serde(default)]
    doubt: String,
    #[serde(default)]
    knock_out: Vec<KnockOut>,
    criterion: Vec<RawCriterion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ladders {
    ladder: Vec<Ladder>,
}

/// The shared ladders of a file.
///
/// # Errors
/// What is wrong with the file.
pub fn ladders(text: &str) -> Result<Vec<Ladder>, String> {
    toml::from_str::<Ladders>(text).map(|file| file.ladder).map_err(|error| error.to_string())
}

/// A sheet out of the text of its file.
///
/// # Errors
/// Everything that is wrong with it, a line each.
pub fn sheet(text: &str, ladders: &[Ladder], parts: &Parts) -> Result<Sheet, Vec<String>> {
    let raw: RawSheet = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
    built(raw, ladders, parts)
}

/// A sheet out of what was read.
///
/// # Errors
/// Everything that is wrong with it, a line each.
pub fn built(raw: RawSheet, ladders: &[Ladder], parts: &Parts) -> Result<Sheet, Vec<String>> {
    let mut wrong = Vec::new();
    let known: BTreeMap<&str, &[Answer]> = ladders.iter().map(|ladder| (ladder.id.as_str(), ladder.answers.as_slice())).collect();
    let mut found = |no: &str, ladder: &str, inline: Vec<Answer>| match (ladder, inline.is_empty()) {
        ("", _) => inline,
        (name, true) => known.get(name).map_or_else(
            || {
                wrong.push(format!("mục {no}: không có thang trả lời {name}"));
                Vec::new()
            },
            |answers| answers.to_vec(),
        ),
        (name, false) => {
            wrong.push(format!("mục {no}: vừa ghi câu trả lời vừa dẫn thang {name}"));
            inline
        }
    };
    let mut criteria = Vec::new();
    for line in raw.criterion {
        let answers = found(&line.no, &line.ladder, line.answers);
        let cases: Vec<Case> = line
            .cases
            .into_iter()
            .map(|case| Case { answers: found(&line.no, &case.ladder, case.answers), id: case.id, vi: case.vi })
            .collect();
        let asked = match (answers.is_empty(), cases.is_empty()) {
            (true, true) => Asked::Sum,
            (_, true) => Asked::Answers(answers),
            _ => Asked::Cases(cases),
        };
        criteria.push(Criterion {
            no: line.no,
            part: line.part,
            vi: line.vi,
            max: line.max,
            asked,
            only_if: line.only_if,
            zero_stops: line.zero_stops,
            notes: line.notes,
            doubt: line.doubt,
            knock_outs: line.knock_out,
        });
    }
    let sheet = Sheet {
        set: raw.set,
        number: raw.number,
        name: raw.name,
        instrument: raw.instrument,
        clause: raw.clause,
        confidence: raw.confidence,
        doubt: raw.doubt,
        knock_outs: raw.knock_out,
        criteria,
        digest: String::new(),
    }
    .digested();
    wrong.extend(faults(&sheet, parts));
    if wrong.is_empty() { Ok(sheet) } else { Err(wrong) }
}

/// Everything that keeps a sheet from being used.
pub fn faults(sheet: &Sheet, parts: &Parts) -> Vec<String> {
    let mut wrong = Vec::new();
    if sheet.criteria.is_empty() {
        wrong.push("phiếu không có mục nào".to_owned());
    }
    let mut of_part: Parts = parts.keys().map(|part| (part.clone(), 0)).collect();
    for (at, criterion) in sheet.criteria.iter().enumerate() {
        let no = &criterion.no;
        if sheet.criteria[..at].iter().any(|before| before.no == *no) {
            wrong.push(format!("mục {no}: ghi hai lần"));
        }
        let below: Vec<&Criterion> = sheet.criteria.iter().filter(|other| other.above() == Some(no)).collect();
        match criterion.above() {
            None => match of_part.get_mut(&criterion.part) {
                Some(sum) => *sum += criterion.max,
                None => wrong.push(format!("mục {no}: không có phần {}", criterion.part)),
            },
            Some(above) => match sheet.criteria[..at].iter().find(|before| before.no == above) {
                None => wrong.push(format!("mục {no}: thiếu mục {above} ở trên")),
                Some(above) if above.part != criterion.part => wrong.push(format!("mục {no}: khác phần với mục {}", above.no)),
                Some(_) => {}
            },
        }
        match (&criterion.asked, below.is_empty()) {
            (Asked::Sum, true) => wrong.push(format!("mục {no}: không có câu trả lời nào")),
            (Asked::Sum, false) => {
                let sum: i64 = below.iter().map(|line| line.max).sum();
                if sum != criterion.max {
                    wrong.push(format!("mục {no}: các mục dưới cộng {sum} điểm, mục này {} điểm", criterion.max));
                }
            }
            (_, false) => wrong.push(format!("mục {no}: vừa có câu trả lời vừa có mục dưới")),
            (Asked::Answers(answers), true) => wrong.extend(faults_of(no, answers, criterion.max)),
            (Asked::Cases(cases), true) => wrong.extend(cases.iter().flat_map(|case| faults_of(no, &case.answers, criterion.max))),
        }
        if let Some(only) = &criterion.only_if {
            let hangs = sheet.criterion(&only.no).and_then(|line| line.answers(None));
            if hangs.is_none_or(|answers| only.not >= answers.len()) {
                wrong.push(format!("mục {no}: điều kiện dẫn tới mục {} không có câu ấy", only.no));
            }
        }
    }
    for (part, most) in parts {
        let sum = of_part.get(part).copied().unwrap_or_default();
        if sum != *most {
            wrong.push(format!("phần {part}: cộng {sum} điểm, phải là {most}"));
        }
    }
    wrong
}

fn faults_of(no: &str, answers: &[Answer], max: i64) -> Vec<String> {
    let mut wrong = Vec::new();
    let best = answers.iter().map(|answer| answer.points).max().unwrap_or_default();
    if best != max {
        wrong.push(format!("mục {no}: câu cao nhất {best} điểm, tối đa {max}"));
    }
    if answers.windows(2).any(|pair| pair[0].under == pair[1].under && pair[0].points > pair[1].points) {
        wrong.push(format!("mục {no}: điểm không tăng dần"));
    }
    let marked: Vec<i64> = answers.iter().map(|answer| answer.least).filter(|least| *least != 0).collect();
    if marked.windows(2).any(|pair| pair[0] > pair[1]) || marked.iter().any(|least| !(1..=5).contains(least)) {
        wrong.push(format!("mục {no}: hạng sao tối thiểu không tăng dần từ 1 đến 5"));
    }
    if !marked.is_empty() && answers.iter().any(|answer| !answer.under.is_empty()) {
        wrong.push(format!("mục {no}: hai trường hợp để chọn không đi cùng hạng sao tối thiểu"));
    }
    if answers.iter().any(|answer| answer.points < 0 || answer.vi.trim().is_empty()) {
        wrong.push(format!("mục {no}: có câu trống hoặc điểm âm"));
    }
    wrong
}
