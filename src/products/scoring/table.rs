//! Score sheets as a table: written to be corrected by people, and read again. One row an answer; what holds for a whole line stands
//! in its first row. Pure.

use super::books::Family;
use super::layout::{Read, finished, heading, set_named};
use super::sheet::{Answer, Asked, Case, Criterion, Effect, KnockOut, OnlyIf, Sheet};
use crate::sheet::{Column, Columns, Format, Given, Limits, Row, SheetError, Value, Writer};
use crate::text::{Tongue, fold, nfc};

/// The columns.
#[derive(Clone, Copy, PartialEq)]
pub enum Col {
    /// The instrument.
    Instrument,
    /// Number of the set.
    Set,
    /// Its name.
    SetName,
    /// Part.
    Part,
    /// Number of the line.
    No,
    /// Its name.
    Title,
    /// The most it is worth.
    Max,
    /// Points of an answer.
    Points,
    /// Its wording.
    Answer,
    /// The least star.
    Least,
    /// Case by which it stands.
    Under,
    /// Word of a case that holds for the whole sheet.
    Case,
    /// On what the line hangs.
    OnlyIf,
    /// What ends the marking.
    Ends,
    /// Notes.
    Note,
    /// Doubt.
    Doubt,
}

impl Columns for Col {
    const ALL: &'static [Self] = &[
        Col::Instrument,
        Col::Set,
        Col::SetName,
        Col::Part,
        Col::No,
        Col::Title,
        Col::Max,
        Col::Points,
        Col::Answer,
        Col::Least,
        Col::Under,
        Col::Case,
        Col::OnlyIf,
        Col::Ends,
        Col::Note,
        Col::Doubt,
    ];

    fn names(self) -> &'static [&'static str] {
        match self {
            Col::Instrument => &["instrument", "Văn bản"],
            Col::Set => &["set", "Bộ"],
            Col::SetName => &["set_name", "Tên bộ"],
            Col::Part => &["part", "Phần"],
            Col::No => &["no", "Mục"],
            Col::Title => &["title", "Tên mục"],
            Col::Max => &["max", "Điểm tối đa"],
            Col::Points => &["points", "Điểm"],
            Col::Answer => &["answer", "Câu trả lời"],
            Col::Least => &["least", "Hạng sao tối thiểu"],
            Col::Under => &["under", "Trường hợp"],
            Col::Case => &["case", "Mã trường hợp"],
            Col::OnlyIf => &["only_if", "Không hỏi khi"],
            Col::Ends => &["ends", "Dừng chấm"],
            Col::Note => &["note", "Ghi chú"],
            Col::Doubt => &["doubt", "Còn ngờ"],
        }
    }

    fn place(self) -> usize {
        self as usize
    }
}

/// Parts several notes of a line.
const NOTES: &str = " | ";

/// What stands in [`Col::Ends`] of a heading below which no points end the marking.
const ZERO: &str = "có mục 0 điểm";

/// Writes sheets as a table.
///
/// # Errors
/// The table cannot be written.
pub fn written(sheets: &[(&Sheet, &str)], format: Format) -> Result<Vec<u8>, SheetError> {
    const WIDTHS: [f64; 16] = [16.0, 6.0, 28.0, 6.0, 8.0, 36.0, 10.0, 8.0, 70.0, 10.0, 24.0, 14.0, 14.0, 18.0, 40.0, 30.0];
    let columns = Col::ALL.iter().zip(WIDTHS).map(|(col, width)| Column::new(col.name(Tongue::Vi), width)).collect();
    let mut writer = Writer::new(format, "Phiếu đánh giá", columns)?;
    for (sheet, number) in sheets {
        for row in rows(sheet) {
            let mut cells = vec![Value::from(*number), Value::Int(sheet.number), Value::from(sheet.name.as_str())];
            cells.extend(row);
            writer.row(&cells)?;
        }
    }
    writer.finish()
}

fn text(value: &str) -> Value {
    if value.is_empty() { Value::Empty } else { Value::from(value) }
}

fn rows(sheet: &Sheet) -> Vec<Vec<Value>> {
    let ends = |part: &str, no: &str, knock: &KnockOut| {
        let mut row = vec![Value::Empty; 13];
        (row[0], row[1], row[5], row[10]) = (text(part), text(no), text(&knock.vi), text(knock.effect.name()));
        row
    };
    let mut rows: Vec<Vec<Value>> = sheet.knock_outs.iter().map(|knock| ends("", "", knock)).collect();
    for line in &sheet.criteria {
        let first = rows.len();
        let blank = || {
            let mut row = vec![Value::Empty; 13];
            (row[0], row[1], row[2], row[3]) = (text(&line.part), text(&line.no), text(&line.vi), Value::Int(line.max));
            row
        };
        let answer = |answer: &Answer, under: &str, case: &str| {
            let mut row = blank();
            (row[4], row[5], row[7], row[8]) = (Value::Int(answer.points), text(&answer.vi), text(under), text(case));
            if answer.least > 0 {
                row[6] = Value::Int(answer.least);
            }
            row
        };
        match &line.asked {
            Asked::Sum => rows.push(blank()),
            Asked::Answers(answers) => rows.extend(answers.iter().map(|one| answer(one, &one.under, ""))),
            Asked::Cases(cases) => {
                rows.extend(cases.iter().flat_map(|case| case.answers.iter().map(|one| answer(one, &case.vi, &case.id))));
            }
        }
        let head = &mut rows[first];
        if let Some(only) = &line.only_if {
            head[9] = Value::Text(format!("mục {} câu {}", only.no, only.not + 1));
        }
        if line.zero_stops {
            head[10] = text(ZERO);
        }
        (head[11], head[12]) = (text(&line.notes.join(NOTES)), text(&line.doubt));
        rows.extend(line.knock_outs.iter().map(|knock| ends(&line.part, &line.no, knock)));
    }
    rows
}

/// Reads the sheets of a table; `numbers` as for [`super::layout::sheets`].
///
/// # Errors
/// What is wrong with the table as a whole.
pub fn read(bytes: &[u8], name: &str, numbers: &[(String, &'static Family)]) -> Result<Vec<Read>, String> {
    let limits = Limits::default();
    let table =
        crate::sheet::read(bytes, name, &|names| crate::sheet::known::<Col>(names), &limits).map_err(|error| error.text(Tongue::Vi))?;
    let must = [Col::Instrument, Col::Set, Col::SetName, Col::Part, Col::No, Col::Title, Col::Max, Col::Points, Col::Answer];
    let given = Given::<Col>::read(&table.header, &must, &[], "docs/import-score-sheets.md", &mut Vec::new()).map_err(|text| text.vi)?;
    let mut found: Vec<(String, Vec<&Row>)> = Vec::new();
    for row in &table.rows {
        let key = cell(&given, row, Col::Set);
        match found.last_mut() {
            Some((known, rows)) if key.is_empty() || *known == key => rows.push(row),
            _ => found.push((key, vec![row])),
        }
    }
    Ok(found.into_iter().map(|(number, rows)| one(&given, &number, &rows, numbers)).collect())
}

fn cell(given: &Given<Col>, row: &Row, col: Col) -> String {
    given.at(col).map(|at| nfc(row.get(at).trim())).unwrap_or_default()
}

fn one(given: &Given<Col>, number: &str, rows: &[&Row], numbers: &[(String, &'static Family)]) -> Read {
    let first = |col: Col| rows.iter().map(|row| cell(given, row, col)).find(|text| !text.is_empty()).unwrap_or_default();
    let (instrument, title) = (first(Col::Instrument), first(Col::SetName));
    let name = format!("Bộ {number}: {title}");
    let refused = |wrong: String| Read { name: name.clone(), told: Vec::new(), sheet: Err(vec![wrong]) };
    let Some((printed, family)) = numbers.iter().find(|(known, _)| fold(known) == fold(&instrument)) else {
        return refused(format!("văn bản “{instrument}” không có phiếu trong hệ thống"));
    };
    let set = match set_named(&title, family, printed) {
        Ok(set) => set,
        Err(wrong) => return refused(wrong),
    };
    let Ok(number) = number.parse() else { return refused(format!("số của bộ “{number}” không phải số nguyên")) };
    let mut wrong = Vec::new();
    let (mut whole, mut criteria, mut part) = (Vec::new(), Vec::<Criterion>::new(), String::new());
    for row in rows {
        let get = |col: Col| cell(given, row, col);
        let mut whole_number = |col: Col| match get(col).as_str() {
            "" => 0,
            typed => typed.parse::<i64>().unwrap_or_else(|_| {
                wrong.push(format!("dòng {}: {} “{typed}” không phải số nguyên", row.number, col.name(Tongue::Vi)));
                0
            }),
        };
        let (max, points, least) = (whole_number(Col::Max), whole_number(Col::Points), whole_number(Col::Least));
        let (no, answer, ends) = (get(Col::No), get(Col::Answer), get(Col::Ends));
        part = Some(get(Col::Part)).filter(|typed| !typed.is_empty()).unwrap_or(part);
        if no.is_empty() {
            match effect(&ends) {
                Some(effect) => whole.push(KnockOut { effect, vi: answer }),
                None => wrong.push(format!("dòng {}: thiếu số mục", row.number)),
            }
            continue;
        }
        if criteria.last().is_none_or(|line| line.no != no) {
            criteria.push(Criterion { max, doubt: get(Col::Doubt), ..heading(&no, &part, &get(Col::Title)) });
        }
        let Some(line) = criteria.last_mut() else { continue };
        line.notes.extend(get(Col::Note).split(NOTES.trim()).map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned));
        match only_if(&get(Col::OnlyIf)) {
            Ok(only) => line.only_if = line.only_if.take().or(only),
            Err(typed) => wrong.push(format!("dòng {}: “{typed}” không đọc được; hãy ghi như “mục 5.1 câu 1”", row.number)),
        }
        match (fold(&ends).as_str(), effect(&ends)) {
            ("", _) if answer.is_empty() => {}
            ("", _) => {
                let answer = Answer { points, least, under: get(Col::Under), vi: answer };
                add(line, answer, &get(Col::Case));
            }
            (_, Some(effect)) => line.knock_outs.push(KnockOut { effect, vi: answer }),
            (typed, None) if typed == fold(ZERO) => line.zero_stops = true,
            (_, None) => wrong.push(format!("dòng {}: không hiểu “{ends}” ở cột {}", row.number, Col::Ends.name(Tongue::Vi))),
        }
    }
    let sheet = finished(number, String::new(), whole, criteria, set, family);
    let sheet = match (wrong.is_empty(), sheet) {
        (true, sheet) => sheet,
        (false, Ok(_)) => Err(wrong),
        (false, Err(more)) => Err(wrong.into_iter().chain(more).collect()),
    };
    Read { name, told: Vec::new(), sheet }
}

/// Adds an answer to a line: to its ladder, or to the case of this word.
fn add(line: &mut Criterion, answer: Answer, case: &str) {
    match (&mut line.asked, case) {
        (Asked::Answers(answers), "") => answers.push(answer),
        (Asked::Cases(cases), word) if !word.is_empty() => match cases.iter_mut().find(|known| known.id == word) {
            Some(known) => known.answers.push(Answer { under: String::new(), ..answer }),
            None => cases.push(as_case(answer, word)),
        },
        (asked, "") => *asked = Asked::Answers(vec![answer]),
        (asked, word) => *asked = Asked::Cases(vec![as_case(answer, word)]),
    }
}

fn as_case(answer: Answer, word: &str) -> Case {
    Case { id: word.to_owned(), vi: answer.under.clone(), answers: vec![Answer { under: String::new(), ..answer }] }
}

fn effect(typed: &str) -> Option<Effect> {
    [Effect::Reject, Effect::Stop, Effect::Require].into_iter().find(|effect| fold(effect.name()) == fold(typed))
}

/// "mục 5.1 câu 1": not asked with the first answer of 5.1.
fn only_if(typed: &str) -> Result<Option<OnlyIf>, String> {
    if typed.is_empty() {
        return Ok(None);
    }
    let words: Vec<&str> = typed.split_whitespace().collect();
    let read = match words[..] {
        [line, no, answer, at] if fold(line) == "muc" && fold(answer) == "cau" => {
            at.parse::<usize>().ok().and_then(|at| at.checked_sub(1)).map(|not| OnlyIf { no: no.to_owned(), not })
        }
        _ => None,
    };
    read.map(Some).ok_or_else(|| typed.to_owned())
}
