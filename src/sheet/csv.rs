//! CSV files: UTF-8 or UTF-16, parted by commas, semicolons or tabs.

use std::borrow::Cow;

use ::csv::{ByteRecord, ReaderBuilder};

use super::head::Finder;
use super::{Head, Limits, Row, SheetError};
use crate::text::nfc_block;

/// How many rows tell the delimiter.
const SNIFFED: usize = 40;

/// Characters at the front of a cell that make a spreadsheet take it for a formula.
pub(super) const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(super) fn scan(
    bytes: &[u8],
    file_name: &str,
    limits: &Limits,
    finder: &mut Finder<'_>,
) -> Result<Head, SheetError> {
    let text = decoded(bytes)?;
    if text.trim().is_empty() {
        return Err(SheetError::Empty);
    }
    if text.contains('\0') || text.trim_start().starts_with('<') {
        return Err(SheetError::NotSheet {
            name: file_name.to_owned(),
        });
    }
    let delimiter = delimiter(&text, limits, finder)?;
    finder.begin(Vec::new());
    rows(&text, delimiter, limits, &mut |row| {
        finder.take(row).map(|()| true)
    })?;
    finder.finish()
}

/// The text without its byte order mark.
fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, SheetError> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let pairs = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: Result<String, _> = char::decode_utf16(pairs).collect();
        text.ok()
            .filter(|_| bytes.len().is_multiple_of(2))
            .map(Cow::Owned)
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => std::str::from_utf8(rest).ok().map(Cow::Borrowed),
    };
    text.ok_or(SheetError::NotUtf8)
}

/// The delimiter under which the most names of columns are known, else the most frequent.
fn delimiter(text: &str, limits: &Limits, finder: &Finder<'_>) -> Result<u8, SheetError> {
    let mut best = (b',', (0, 0));
    for delimiter in *b",;\t" {
        let mut sample = Vec::new();
        let wide = Limits {
            columns: usize::MAX,
            ..*limits
        };
        rows(text, delimiter, &wide, &mut |row| {
            sample.push(row);
            Ok(sample.len() < SNIFFED)
        })?;
        let cells = sample.iter().map(|row| row.cells.len()).sum();
        let score = (finder.score(&sample), cells);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    Ok(best.0)
}

/// Hands on each record that is not an empty line, until `take` says that it is enough.
fn rows(
    text: &str,
    delimiter: u8,
    limits: &Limits,
    take: &mut dyn FnMut(Row) -> Result<bool, SheetError>,
) -> Result<(), SheetError> {
    let broken = |error: ::csv::Error| SheetError::Broken {
        detail: error.to_string(),
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut number = 0;
    loop {
        let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        if !reader.read_byte_record(&mut record).map_err(broken)? {
            return Ok(());
        }
        number += 1 + empty_lines(text.as_bytes(), start);
        let mut cells: Vec<String> = record
            .iter()
            .take(limits.columns.saturating_add(1))
            .map(|field| value(&String::from_utf8_lossy(field)))
            .collect();
        let filled = cells
            .iter()
            .rposition(|cell| !cell.is_empty())
            .map_or(0, |last| last + 1);
        cells.truncate(filled);
        let row = Row {
            number,
            cells,
            faults: Vec::new(),
        };
        if !take(row)? {
            return Ok(());
        }
    }
}

/// A field as it was meant: without the quote that keeps a spreadsheet from computing it.
fn value(field: &str) -> String {
    nfc_block(
        field
            .strip_prefix('\'')
            .filter(|_| is_quoted(field))
            .unwrap_or(field),
    )
}

/// Whether a text begins with quotes before what a spreadsheet takes for a formula.
fn is_quoted(field: &str) -> bool {
    field.starts_with('\'') && field.trim_start_matches('\'').starts_with(FORMULA)
}

/// A text as a field that no spreadsheet computes; [`scan`] gives the text back.
pub(super) fn inert(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA) || is_quoted(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// How many empty lines, which the reader passes over, stand before the record that is read
/// from `start`. A CR LF may be split: its LF is then the first byte here.
fn empty_lines(text: &[u8], start: usize) -> u32 {
    let split = start > 0 && text[start - 1] == b'\r' && text.get(start) == Some(&b'\n');
    let mut at = start + usize::from(split);
    let mut lines = 0;
    while let Some(end @ (b'\r' | b'\n')) = text.get(at) {
        at += 1 + usize::from(*end == b'\r' && text.get(at + 1) == Some(&b'\n'));
        lines += 1;
    }
    lines
}
