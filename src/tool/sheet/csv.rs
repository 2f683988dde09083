//! CSV files: UTF-8 or UTF-16, parted by commas, semicolons or tabs, read line by line.
//!
//! A quote never moves cells: where one stands that closes nothing, the row is marked; one that is opened and never closed
//! refuses the file.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::ops::Range;

use super::head::Finder;
use super::{CELL_CHARS, CellFault, Head, Limits, Readable, Row, SheetError, Source, Wrong};
use crate::text::nfc_block;

/// How many rows tell the delimiter, and how many bytes are looked at for them.
const SNIFFED: usize = 40;
const SAMPLE: u64 = 256 * 1024;

/// The most bytes that a cell within quotes can have.
const CELL_BYTES: usize = 4 * CELL_CHARS;

/// Characters at the front of a cell that make a spreadsheet take it for a formula.
pub(super) const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(super) fn scan(source: &Source, file_name: &str, finder: &mut Finder<'_>) -> Result<Head, SheetError> {
    let mut sample = Vec::new();
    opened(source)?.take(SAMPLE).read_to_end(&mut sample).map_err(broken)?;
    let text = String::from_utf8_lossy(&sample);
    if text.trim_start().starts_with('<') {
        return Err(not_sheet(file_name));
    }
    // lines of old Macs end with CR alone
    let end = match memchr::memchr2(b'\r', b'\n', &sample) {
        Some(at) if sample[at] == b'\r' && sample.get(at + 1) != Some(&b'\n') => b'\r',
        _ => b'\n',
    };
    let limits = finder.limits();
    let delimiter = delimiter(&sample, end, &limits, finder);
    finder.begin(super::parts::Facts::default());
    let mut records = Records::new(opened(source)?, end, delimiter);
    while let Some(row) = records.next(&limits).map_err(|error| error.unwrap_or_else(|| not_sheet(file_name)))? {
        finder.take(row)?;
    }
    finder.finish()
}

fn broken(error: io::Error) -> SheetError {
    SheetError::Broken { detail: error.to_string() }
}

fn not_sheet(file_name: &str) -> SheetError {
    SheetError::NotSheet { name: file_name.to_owned() }
}

/// The text in UTF-8 without its byte order mark; UTF-16 is turned into it as a whole.
fn opened(source: &Source) -> Result<BufReader<Box<dyn Readable>>, SheetError> {
    let mut file = source.open().map_err(broken)?;
    let front = file.fill_buf().map_err(broken)?;
    let unit: fn([u8; 2]) -> u16 = match front {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        [0xef, 0xbb, 0xbf, ..] => {
            file.consume(3);
            return Ok(file);
        }
        _ => return Ok(file),
    };
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(broken)?;
    let pairs = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: Result<String, _> = char::decode_utf16(pairs).collect();
    let text = text.ok().filter(|_| bytes.len().is_multiple_of(2)).ok_or(SheetError::NotUtf8)?;
    Ok(BufReader::new(Box::new(Cursor::new(text.into_bytes()))))
}

/// The delimiter under which the most names of columns are known, else the most frequent.
fn delimiter(sample: &[u8], end: u8, limits: &Limits, finder: &Finder<'_>) -> u8 {
    let mut best = (b',', (0, 0));
    let wide = Limits { columns: usize::MAX, ..*limits };
    for delimiter in *b",;\t" {
        let mut records = Records::new(sample, end, delimiter);
        let mut rows = Vec::new();
        while let Ok(Some(row)) = records.next(&wide) {
            rows.push(row);
            if rows.len() == SNIFFED {
                break;
            }
        }
        let cells = rows.iter().map(|row| row.cells.len()).sum();
        let score = (finder.score(&rows), cells);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

/// The records of a text, each with its number.
struct Records<R> {
    reader: R,
    end: u8,
    delimiter: u8,
    line: Vec<u8>,
    number: u32,
    fields: Vec<Field>,
}

/// A field of a record that has been read.
struct Field {
    /// Where its text stands, without the quotes around it.
    at: Range<usize>,
    /// Whether it stands within quotes, so that two of them are one.
    is_quoted: bool,
    /// Whether a quote in it closes nothing.
    is_bad: bool,
}

/// How far a record is.
enum Far {
    Whole,
    /// It ends within quotes that were opened in this field, which begins here.
    Within(usize),
}

impl<R: BufRead> Records<R> {
    fn new(reader: R, end: u8, delimiter: u8) -> Self {
        Records { reader, end, delimiter, line: Vec::new(), number: 0, fields: Vec::new() }
    }

    /// The next record, an empty one too. Without an error text: this is no text at all.
    fn next(&mut self, limits: &Limits) -> Result<Option<Row>, Option<SheetError>> {
        let Some(row) = self.read()? else { return Ok(None) };
        let (line, fields) = (&self.line, &self.fields);
        if memchr::memchr(0, line).is_some() {
            return Err(None);
        }
        let text = std::str::from_utf8(line).map_err(|_| SheetError::NotUtf8)?;
        let mut cells: Vec<String> = fields
            .iter()
            .take(limits.columns.saturating_add(1))
            .map(|field| {
                let inner = &text[field.at.clone()];
                if field.is_quoted && inner.contains('"') { value(&inner.replace("\"\"", "\"")) } else { value(inner) }
            })
            .collect();
        let filled = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        cells.truncate(filled);
        let faults = fields.iter().position(|field| field.is_bad).map(|column| CellFault { row, column, wrong: Wrong::Quote });
        Ok(Some(Row { number: row, cells, faults: faults.into_iter().collect(), width: fields.len(), ..Row::default() }))
    }

    /// Reads one record into `line` and `fields`; gives its number.
    fn read(&mut self) -> Result<Option<u32>, SheetError> {
        self.line.clear();
        self.fields.clear();
        let mut begin = 0;
        let mut is_one_line = true;
        self.number += 1;
        loop {
            if self.reader.read_until(self.end, &mut self.line).map_err(broken)? == 0 {
                return if self.line.is_empty() { Ok(None) } else { Err(SheetError::OpenQuote { row: self.number }) };
            }
            let is_last_line = !self.line.ends_with(&[self.end]);
            match self.part(begin) {
                Far::Whole => break,
                // one line with a misplaced quote ends where the line ends
                Far::Within(at) if is_one_line && self.fields.iter().any(|field| field.is_bad) => {
                    self.fields.push(Field { at: at + 1..self.text_end(), is_quoted: true, is_bad: true });
                    break;
                }
                Far::Within(at) if is_last_line || self.line.len() - at > CELL_BYTES => {
                    return Err(SheetError::OpenQuote { row: self.number });
                }
                Far::Within(at) => (begin, is_one_line) = (at, false),
            }
        }
        if !is_one_line && self.fields.iter().any(|field| field.is_bad) {
            return Err(SheetError::OpenQuote { row: self.number });
        }
        Ok(Some(self.number))
    }

    /// Where the text of the line ends, without its line end.
    fn text_end(&self) -> usize {
        let line = self.line.strip_suffix(&[self.end]).unwrap_or(&self.line);
        line.strip_suffix(b"\r").unwrap_or(line).len()
    }

    /// Parts what has been read into fields, from the beginning of one.
    fn part(&mut self, mut at: usize) -> Far {
        let end = self.text_end();
        loop {
            if self.line.get(at) != Some(&b'"') || at == end {
                let stop = memchr::memchr(self.delimiter, &self.line[at..end]).map_or(end, |stop| at + stop);
                self.fields.push(Field { at: at..stop, is_quoted: false, is_bad: false });
                if stop == end {
                    return Far::Whole;
                }
                at = stop + 1;
                continue;
            }
            let begin = at;
            let (mut from, mut is_bad) = (at + 1, false);
            let close = loop {
                let Some(quote) = memchr::memchr(b'"', &self.line[from..end]).map(|quote| from + quote) else { break None };
                match self.line.get(quote + 1).filter(|_| quote + 1 < end) {
                    Some(b'"') => from = quote + 2,
                    Some(next) if *next != self.delimiter => (from, is_bad) = (quote + 1, true),
                    _ => break Some(quote),
                }
            };
            let Some(close) = close else {
                if is_bad {
                    self.fields.push(Field { at: begin + 1..end, is_quoted: true, is_bad: true });
                    return Far::Whole;
                }
                return Far::Within(begin);
            };
            self.fields.push(Field { at: begin + 1..close, is_quoted: true, is_bad });
            if close + 1 == end {
                return Far::Whole;
            }
            at = close + 2;
        }
    }
}

/// A field as it was meant: without the quote that keeps a spreadsheet from computing it.
fn value(field: &str) -> String {
    nfc_block(field.strip_prefix('\'').filter(|_| is_quoted(field)).unwrap_or(field))
}

/// Whether a text begins with quotes before what a spreadsheet takes for a formula.
fn is_quoted(field: &str) -> bool {
    field.starts_with('\'') && field.trim_start_matches('\'').starts_with(FORMULA)
}

/// A text as a field that no spreadsheet computes; [`scan`] gives the text back.
pub(super) fn inert(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA) || is_quoted(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}
