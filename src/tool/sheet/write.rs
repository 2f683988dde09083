//! Tables written as CSV or XLSX, so that no text in them is ever computed.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{Color, ExcelDateTime, Format as Style, FormatAlign, Workbook, Worksheet, XlsxError};

use super::csv::inert;
use super::xlsx::number;
use super::{CELL_CHARS, SheetError, unmistakable};
use crate::text::Edtf;

/// The kind of file to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// CSV after RFC 4180, in UTF-8 with a byte order mark, so that Excel reads Vietnamese.
    #[value(help = "CSV in UTF-8")]
    Csv,
    /// An Excel workbook of one sheet, with a frozen bold header and a filter.
    #[value(help = "Excel workbook")]
    Xlsx,
}

impl Format {
    /// The media type of such a file.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The ending of such a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text; never computed, whatever it begins with. What exceeds the 32,767 characters of a
    /// cell is cut and replaced by "…".
    Text(String),
    /// A whole number. XLSX keeps 15 digits; a longer one is written there as text.
    Int(i64),
    /// A number; one that is not finite is left empty.
    Float(f64),
    /// The same of a quantity, where a point before three digits parts thousands: in CSV three decimals have a zero behind them.
    Quantity(f64),
    /// A date. In CSV `2026-11-22`, in XLSX a real date (before 1900 a text).
    Date(NaiveDate),
    /// Nothing.
    Empty,
}

impl Value {
    /// A day as its source gives it: a date if it is exact, else the notation of ISO 8601-2.
    pub fn given(day: Edtf) -> Value {
        day.day().map_or_else(|| Value::Text(day.word()), Value::Date)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

/// A column of a table that is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name in the header.
    pub name: String,
    /// Its width in a workbook, in characters.
    pub width: f64,
}

impl Column {
    /// A column of this name and width in characters.
    pub fn new(name: impl Into<String>, width: f64) -> Self {
        Column { name: name.into(), width }
    }
}

/// Writes one table, row by row.
pub struct Writer {
    sink: Sink,
    columns: Vec<Column>,
    rows: u32,
}

enum Sink {
    Csv(Box<::csv::Writer<Vec<u8>>>),
    Xlsx(Box<Book>),
}

struct Book {
    book: Workbook,
    text: Style,
    date: Style,
}

impl Writer {
    /// Begins a table; `title` names the sheet of a workbook (marks that Excel forbids there are
    /// left out, at most 31 characters stay).
    ///
    /// # Errors
    /// [`SheetError::Write`].
    pub fn new(format: Format, title: &str, columns: Vec<Column>) -> Result<Self, SheetError> {
        let mut writer = Writer {
            sink: match format {
                Format::Csv => Sink::Csv(Box::new(
                    ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).flexible(true).from_writer(b"\xef\xbb\xbf".to_vec()),
                )),
                Format::Xlsx => Sink::Xlsx(Box::new(Book::new(title, &columns).map_err(refused)?)),
            },
            columns,
            rows: 0,
        };
        if let Sink::Csv(csv) = &mut writer.sink {
            let names = writer.columns.iter().map(|column| inert(&column.name).into_owned());
            write_record(csv, names)?;
        }
        writer.rows = 1;
        Ok(writer)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`SheetError::Write`], as when a workbook is full (1,048,576 rows).
    pub fn row(&mut self, values: &[Value]) -> Result<(), SheetError> {
        match &mut self.sink {
            Sink::Csv(csv) => write_record(csv, values.iter().map(field))?,
            Sink::Xlsx(book) => {
                for (column, value) in (0u16..).zip(values) {
                    book.cell(self.rows, column, value).map_err(refused)?;
                }
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Ends the table and gives the file.
    ///
    /// # Errors
    /// [`SheetError::Write`].
    pub fn finish(self) -> Result<Vec<u8>, SheetError> {
        match self.sink {
            Sink::Csv(csv) => csv.into_inner().map_err(|error| SheetError::Write { detail: error.to_string() }),
            Sink::Xlsx(mut book) => book.finish(self.rows, self.columns.len()).map_err(refused),
        }
    }
}

fn refused(error: XlsxError) -> SheetError {
    SheetError::Write { detail: error.to_string() }
}

fn write_record(csv: &mut ::csv::Writer<Vec<u8>>, fields: impl Iterator<Item = String>) -> Result<(), SheetError> {
    csv.write_record(fields).map_err(|error| SheetError::Write { detail: error.to_string() })
}

fn field(value: &Value) -> String {
    match value {
        Value::Text(text) => inert(&fitting(text)).into_owned(),
        Value::Int(int) => int.to_string(),
        Value::Float(float) if float.is_finite() => number(*float),
        Value::Quantity(float) if float.is_finite() => unmistakable(number(*float)),
        Value::Date(date) => date.format("%Y-%m-%d").to_string(),
        Value::Float(_) | Value::Quantity(_) | Value::Empty => String::new(),
    }
}

/// A text that fits into a cell.
fn fitting(text: &str) -> Cow<'_, str> {
    if front(text, CELL_CHARS).len() == text.len() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("{}…", front(text, CELL_CHARS - 1)))
    }
}

/// The front of a text that has at most so many UTF-16 units, which is what Excel counts.
fn front(text: &str, units: usize) -> &str {
    if text.len() <= units {
        return text;
    }
    let mut count = 0;
    let end = text.char_indices().find(|(_, c)| {
        count += c.len_utf16();
        count > units
    });
    end.map_or(text, |(at, _)| &text[..at])
}

impl Book {
    fn new(title: &str, columns: &[Column]) -> Result<Self, XlsxError> {
        let mut book = Workbook::new();
        let head =
            Style::new().set_bold().set_text_wrap().set_align(FormatAlign::VerticalCenter).set_background_color(Color::RGB(0x00E8_EEF4));
        let sheet = book.add_worksheet();
        sheet.set_name(sheet_name(title))?;
        sheet.set_freeze_panes(1, 0)?;
        for (i, column) in (0u16..).zip(columns) {
            sheet.set_column_width(i, column.width)?;
            sheet.write_string_with_format(0, i, fitting(&column.name).as_ref(), &head)?;
        }
        Ok(Book {
            book,
            text: Style::new().set_text_wrap().set_align(FormatAlign::Top),
            date: Style::new().set_num_format("dd/mm/yyyy").set_align(FormatAlign::Top),
        })
    }

    fn cell(&mut self, row: u32, column: u16, value: &Value) -> Result<(), XlsxError> {
        let (text, date) = (&self.text, &self.date);
        let sheet: &mut Worksheet = self.book.worksheet_from_index(0)?;
        match value {
            Value::Text(value) if value.is_empty() => {}
            Value::Text(value) => {
                sheet.write_string_with_format(row, column, fitting(value).as_ref(), text)?;
            }
            Value::Int(int) if int.unsigned_abs() >= 1_000_000_000_000_000 => {
                sheet.write_string(row, column, int.to_string())?;
            }
            Value::Int(int) => {
                sheet.write_number(row, column, *int as f64)?;
            }
            Value::Float(float) | Value::Quantity(float) if float.is_finite() => {
                sheet.write_number(row, column, *float)?;
            }
            Value::Date(day) => match excel_date(*day) {
                Some(day) => {
                    sheet.write_datetime_with_format(row, column, day, date)?;
                }
                None => {
                    sheet.write_string(row, column, field(value))?;
                }
            },
            Value::Float(_) | Value::Quantity(_) | Value::Empty => {}
        }
        Ok(())
    }

    fn finish(&mut self, rows: u32, columns: usize) -> Result<Vec<u8>, XlsxError> {
        if let Some(last) = u16::try_from(columns).ok().and_then(|count| count.checked_sub(1)) {
            self.book.worksheet_from_index(0)?.autofilter(0, 0, rows - 1, last)?;
        }
        self.book.save_to_buffer()
    }
}

/// A date from March 1900 on; before, Excel counts a day that never was.
pub(super) fn excel_date(date: NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok()?;
    let counted = (year, date.month()) >= (1900, 3) && year <= 9999;
    let (month, day) = (u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?);
    ExcelDateTime::from_ymd(year, month, day).ok().filter(|_| counted)
}

/// A title as Excel allows it for a sheet.
fn sheet_name(title: &str) -> String {
    let name: String = title.chars().filter(|c| !c.is_control() && !r"[]:*?/\".contains(*c)).collect();
    match front(&name, 31).trim_matches([' ', '\'']) {
        "" => "Sheet1".to_owned(),
        name => name.to_owned(),
    }
}

/// A piece of a CSV file that is written one piece after another: rows, with the header only in the first.
///
/// # Errors
/// [`SheetError::Write`].
pub fn csv_piece(columns: Vec<Column>, rows: impl Iterator<Item = Vec<Value>>, is_first: bool) -> Result<Vec<u8>, SheetError> {
    let head = if is_first { 0 } else { Writer::new(Format::Csv, "", columns.clone())?.finish()?.len() };
    let mut writer = Writer::new(Format::Csv, "", columns)?;
    for row in rows {
        writer.row(&row)?;
    }
    let mut piece = writer.finish()?;
    piece.drain(..head);
    Ok(piece)
}
