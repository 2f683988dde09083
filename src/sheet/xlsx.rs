//! XLSX workbooks, streamed cell by cell.

use std::io::{self, Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use zip::ZipArchive;

use super::head::{Finder, Merge};
use super::{CellFault, Head, Limits, Row, SheetError};
use crate::text::nfc_block;

/// The most parts a workbook may have.
const PARTS: usize = 10_000;
/// How many times its packed size a workbook may unpack to, once it is larger than `FREE`.
/// Tables of much the same rows unpack to some 60 times.
const RATIO: u64 = 400;
const FREE: u64 = 32 * 1024 * 1024;
/// Merged cells below this row are no header.
const MERGES_TO: u32 = 1000;

pub(super) fn scan(
    bytes: &[u8],
    file_name: &str,
    limits: &Limits,
    finder: &mut Finder<'_>,
) -> Result<Head, SheetError> {
    let known = check_archive(bytes, file_name, limits)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let sheets: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut refusal = SheetError::Empty;
    for sheet in sheets {
        finder.begin(match &known {
            Some(known) => known.clone(),
            None => merges(&mut book, &sheet)?,
        });
        match scan_sheet(&mut book, &sheet, limits, finder) {
            Err(error @ SheetError::NoHeader { .. }) => refusal = error,
            Err(SheetError::Empty) => {}
            done => return done,
        }
    }
    Err(refusal)
}

fn scan_sheet(
    book: &mut Xlsx<Cursor<&[u8]>>,
    sheet: &str,
    limits: &Limits,
    finder: &mut Finder<'_>,
) -> Result<Head, SheetError> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(broken)?;
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (above, column) = cell.get_position();
        let column = column as usize;
        let number = above.saturating_add(1);
        if number != row.number {
            finder.take(std::mem::replace(
                &mut row,
                Row {
                    number,
                    ..Row::default()
                },
            ))?;
        }
        let value = match cell.get_value() {
            DataRef::Error(error) => {
                row.faults.push(CellFault {
                    row: number,
                    column,
                    code: error.to_string(),
                });
                continue;
            }
            value => shown(value),
        };
        if value.is_empty() {
            continue;
        }
        if column >= limits.columns {
            return Err(SheetError::TooManyColumns {
                row: number,
                limit: limits.columns,
            });
        }
        if row.cells.len() <= column {
            row.cells.resize(column + 1, String::new());
        }
        row.cells[column] = value;
    }
    finder.take(row)?;
    finder.finish()
}

/// Unpacks every part once without keeping it. Declared sizes may lie, so they are not relied
/// on, and a damaged part is found before anything is read of it. Gives the merged cells of a
/// book of one sheet: they stand behind all rows, and what comes last has been seen here.
fn check_archive(
    bytes: &[u8],
    file_name: &str,
    limits: &Limits,
) -> Result<Option<Vec<Merge>>, SheetError> {
    let damaged = |error: &dyn std::error::Error| SheetError::Broken {
        detail: error.to_string(),
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    let share = (bytes.len() as u64).saturating_mul(RATIO).max(FREE);
    let mut left = limits.unpacked.min(share);
    if archive.len() > PARTS {
        return Err(SheetError::Bomb);
    }
    let mut is_book = false;
    let mut tails: Vec<Tail> = Vec::new();
    for i in 0..archive.len() {
        let raw = archive.by_index_raw(i).map_err(|e| damaged(&e))?;
        if raw.encrypted() {
            return Err(SheetError::Encrypted);
        }
        is_book |= raw.name().is_ok_and(|name| name.ends_with("workbook.xml"));
        let is_sheet = raw
            .name()
            .is_ok_and(|name| name.contains("worksheets/") && name.ends_with(".xml"));
        drop(raw);
        let mut part = archive.by_index(i).map_err(|e| damaged(&e))?.take(left + 1);
        let size = if is_sheet {
            let mut tail = Tail::default();
            let size = io::copy(&mut part, &mut tail);
            tails.push(tail);
            size
        } else {
            io::copy(&mut part, &mut io::sink())
        }
        .map_err(|e| damaged(&e))?;
        left = left.checked_sub(size).ok_or(SheetError::Bomb)?;
    }
    if !is_book {
        return Err(SheetError::NotSheet {
            name: file_name.to_owned(),
        });
    }
    match &tails[..] {
        [only] => Ok(only.merges()),
        _ => Ok(None),
    }
}

/// The last part of what is written to it.
#[derive(Default)]
struct Tail(Vec<u8>);

/// How much is kept, and at most again as much.
const TAIL: usize = 512 * 1024;

impl io::Write for Tail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > 2 * TAIL {
            let before = self.0.len().saturating_sub(TAIL);
            self.0.drain(..before);
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Tail {
    /// The merged cells that the end of a sheet names; none if its rows do not end in what is kept.
    fn merges(&self) -> Option<Vec<Merge>> {
        let text = String::from_utf8_lossy(&self.0);
        let (_, behind) = text.rsplit_once("sheetData>")?;
        let named = behind.split("mergeCell ").skip(1).filter_map(|cell| {
            let (inside, _) = cell.split_once('>')?;
            let (_, range) = inside.split_once("ref=\"")?;
            let (first, last) = range.split_once('"')?.0.split_once(':')?;
            let ((top, left), (bottom, right)) = (place(first)?, place(last)?);
            Some(Merge {
                top,
                left,
                bottom,
                right,
            })
        });
        Some(named.filter(|merge| merge.top < MERGES_TO).collect())
    }
}

/// Row and column, from 0, of a cell as spreadsheets call it ("AB12").
fn place(cell: &str) -> Option<(u32, usize)> {
    let digits = cell.find(|c: char| c.is_ascii_digit())?;
    let (letters, number) = cell.split_at(digits);
    let column = letters.bytes().try_fold(0_usize, |column, letter| {
        let value = letter.is_ascii_uppercase().then(|| letter - b'A' + 1)?;
        column.checked_mul(26)?.checked_add(usize::from(value))
    })?;
    Some((
        number.parse::<u32>().ok()?.checked_sub(1)?,
        column.checked_sub(1)?,
    ))
}

fn merges(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<Vec<Merge>, SheetError> {
    let merged = book.merge_cells_by_sheet_name(sheet).map_err(broken)?;
    let heads = merged.iter().filter(|cells| cells.start.0 < MERGES_TO);
    Ok(heads
        .map(|cells| Merge {
            top: cells.start.0,
            left: cells.start.1 as usize,
            bottom: cells.end.0,
            right: cells.end.1 as usize,
        })
        .collect())
}

fn broken(error: XlsxError) -> SheetError {
    match error {
        XlsxError::Password => SheetError::Encrypted,
        error => SheetError::Broken {
            detail: error.to_string(),
        },
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
    if kept == 0.0 {
        "0".to_owned()
    } else {
        kept.to_string()
    }
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
