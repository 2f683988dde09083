//! XLSX workbooks, streamed cell by cell.

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::head::{Finder, LOOKED_AT, Look, NAMES};
use super::parts::{self, Facts};
use super::{CellFault, Fault, Head, Limits, Nearest, Row, SheetError, Source, Wrong};
use crate::error::{Both, both};
use crate::text::nfc_block;

type Book = Xlsx<std::io::BufReader<Box<dyn super::Readable>>>;

/// A sheet that could hold the table.
struct Sheet {
    name: String,
    facts: Facts,
    look: Option<Look>,
}

pub(super) fn scan(source: &Source, size: u64, file_name: &str, finder: &mut Finder<'_>) -> Result<Head, SheetError> {
    let limits = finder.limits();
    let gone = |error: std::io::Error| SheetError::Broken { detail: error.to_string() };
    let mut facts = parts::check(source.open().map_err(gone)?, size, file_name, &limits)?;
    let mut book: Book = Xlsx::new(source.open().map_err(gone)?).map_err(broken)?;
    let listed = book.sheets_metadata().to_vec();
    facts.resize_with(listed.len(), Facts::default);
    let visible =
        listed.into_iter().zip(facts).filter(|(sheet, _)| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible);
    let mut sheets: Vec<Sheet> = visible.map(|(sheet, facts)| Sheet { name: sheet.name, facts, look: None }).collect();
    let asked = finder.sheet();
    if !asked.is_empty() {
        let Some(at) = sheets.iter().position(|sheet| crate::text::fold(&sheet.name) == crate::text::fold(asked)) else {
            return Err(SheetError::NoSuchSheet { asked: asked.to_owned(), sheets: sheets.into_iter().map(|sheet| sheet.name).collect() });
        };
        sheets = vec![sheets.swap_remove(at)];
    }
    if let [only] = &mut sheets[..] {
        return scan_sheet(&mut book, only, &limits, finder);
    }
    for sheet in &mut sheets {
        sheet.look = look(&mut book, sheet, &limits, finder)?;
    }
    let Some(at) = sheets.iter().position(|sheet| sheet.look.as_ref().is_some_and(|look| look.lacks.is_none())) else {
        return Err(nearest(sheets));
    };
    let mut others = Vec::new();
    for (i, sheet) in sheets.iter().enumerate().filter(|(i, _)| *i != at) {
        if let Some(look) = sheet.look.as_ref().filter(|look| look.lacks.is_none()) {
            others.push((i, count(&mut book, &sheet.name, look.row, &limits)?));
        }
    }
    let mut head = scan_sheet(&mut book, &mut sheets[at], &limits, finder)?;
    for (i, rows) in others.into_iter().filter(|(_, rows)| *rows > 0) {
        head.notes.push(Fault { row: None, text: not_read(&sheets[i].name, rows, &sheets[at].name) });
    }
    Ok(head)
}

fn not_read(sheet: &str, rows: usize, read: &str) -> Both {
    both(
        format!(
            "CHƯA ĐỌC {rows} dòng ở trang tính “{sheet}”: trang này cũng có bảng cùng mẫu, lần này chỉ đọc trang “{read}”; hãy nhập lại tệp và chọn trang “{sheet}”"
        ),
        format!(
            "NOT READ: {rows} rows of sheet “{sheet}”, which holds a table of the same layout; only sheet “{read}” was read this time; import the file again and choose sheet “{sheet}”"
        ),
    )
}

/// Why none of several sheets is read.
fn nearest(sheets: Vec<Sheet>) -> SheetError {
    let looks = sheets.into_iter().filter_map(|sheet| Some((sheet.name, sheet.look?)));
    let Some((sheet, look)) = looks.reduce(|best, next| if next.1.score > best.1.score { next } else { best }) else {
        return SheetError::Empty;
    };
    match look.lacks {
        Some(lacks) if look.score > 0 => {
            let nearest = Box::new(Nearest { sheet, row: look.row, lacks });
            if look.score < NAMES {
                SheetError::NoHeader { rows: look.rows, nearest: Some(nearest) }
            } else {
                SheetError::NoSheet { nearest }
            }
        }
        _ => SheetError::NoHeader { rows: look.rows, nearest: None },
    }
}

/// What the first rows of a sheet could be the header of.
fn look(book: &mut Book, sheet: &Sheet, limits: &Limits, finder: &mut Finder<'_>) -> Result<Option<Look>, SheetError> {
    let mut first = Vec::new();
    rows(book, &sheet.name, limits, &mut |row| {
        if !row.is_blank() {
            first.push(row);
        }
        Ok(first.len() < LOOKED_AT)
    })?;
    finder.begin(sheet.facts.clone());
    Ok(finder.look(&first))
}

/// How many filled rows a sheet has under its header.
fn count(book: &mut Book, sheet: &str, header: u32, limits: &Limits) -> Result<usize, SheetError> {
    let mut count = 0;
    rows(book, sheet, limits, &mut |row| {
        count += usize::from(row.number > header && !row.is_blank());
        Ok(true)
    })?;
    Ok(count)
}

fn scan_sheet(book: &mut Book, sheet: &mut Sheet, limits: &Limits, finder: &mut Finder<'_>) -> Result<Head, SheetError> {
    finder.begin(std::mem::take(&mut sheet.facts));
    rows(book, &sheet.name, limits, &mut |row| finder.take(row).map(|()| true))?;
    finder.finish()
}

/// Hands on the rows of a sheet until `take` says that it is enough.
fn rows(book: &mut Book, sheet: &str, limits: &Limits, take: &mut dyn FnMut(Row) -> Result<bool, SheetError>) -> Result<(), SheetError> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(broken)?;
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(broken)? {
        let (above, column) = cell.pos;
        let column = column as usize;
        let number = above.saturating_add(1);
        if number != row.number && !take(std::mem::replace(&mut row, Row { number, ..Row::default() }))? {
            return Ok(());
        }
        let value = match &cell.value {
            DataRef::Error(error) => {
                row.faults.push(CellFault { row: number, column, wrong: Wrong::Error(error.to_string()) });
                continue;
            }
            // a formula that comes to an empty text has one; nothing at all was never computed
            DataRef::Empty if cell.formula.is_some() => {
                row.faults.push(CellFault { row: number, column, wrong: Wrong::NoResult });
                continue;
            }
            value => shown(value),
        };
        if value.is_empty() {
            continue;
        }
        if column >= limits.columns {
            return Err(SheetError::TooManyColumns { row: number, limit: limits.columns });
        }
        if matches!(cell.value, DataRef::Int(_) | DataRef::Float(_)) {
            row.numbers.set(column);
        }
        if row.cells.len() <= column {
            row.cells.resize(column + 1, String::new());
        }
        row.cells[column] = value;
    }
    take(row).map(drop)
}

fn broken(error: XlsxError) -> SheetError {
    match error {
        XlsxError::Password => SheetError::Encrypted,
        error => SheetError::Broken { detail: error.to_string() },
    }
}

fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(int) => int.to_string(),
        DataRef::Float(float) => number(*float),
        DataRef::String(text) => nfc_block(text),
        DataRef::SharedString(text) => nfc_block(text),
        DataRef::Bool(truth) => if *truth { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(time) => moment(time),
        DataRef::DateTimeIso(text) => text.strip_suffix("T00:00:00").unwrap_or(text).to_owned(),
        DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// A number with the 15 digits that a spreadsheet keeps, without exponent.
pub(super) fn number(float: f64) -> String {
    let shortest = float.to_string();
    if float != 0.0 && shortest.bytes().filter(u8::is_ascii_digit).count() <= 15 {
        return shortest;
    }
    let kept: f64 = format!("{float:.14e}").parse().unwrap_or(float);
    if kept == 0.0 { "0".to_owned() } else { kept.to_string() }
}

/// A date as `2026-11-22`, with a time of day as `2026-11-22T08:30:00`, a time alone as
/// `08:30:00`.
fn moment(time: &ExcelDateTime) -> String {
    let serial = time.as_f64();
    if time.is_duration() || !(1.0..2_958_466.0).contains(&serial) {
        let seconds = (serial * 86_400.0).round() as i64;
        let (hours, rest) = (seconds / 3600, (seconds % 3600).abs());
        return format!("{hours:02}:{:02}:{:02}", rest / 60, rest % 60);
    }
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second) {
        (0, 0, 0) => date,
        _ => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
    }
}
