//! Workbooks to be filled in: the columns of a layout, lists to choose from, one row that shows how it is done.

use rust_xlsxwriter::{Color, DataValidation, DataValidationErrorStyle, Format as Style, FormatAlign, Formula, Workbook, XlsxError};

use super::{Column, SheetError, Value};

/// A column of a template.
pub struct Blank {
    /// Name and width.
    pub column: Column,
    /// What can be chosen; others can be written all the same.
    pub choices: Vec<String>,
    /// What the example has there.
    pub example: Value,
}

/// Rows for which there are lists.
const ROWS: u32 = 5000;
/// The sheet that holds what can be chosen.
const LISTS: &str = "Danh mục";

/// A workbook with these columns, and rows that are filled already below the example.
///
/// # Errors
/// [`SheetError::Write`].
pub fn template(title: &str, columns: &[Blank], filled: &[Vec<&str>]) -> Result<Vec<u8>, SheetError> {
    written(title, columns, filled).map_err(|error| SheetError::Write { detail: error.to_string() })
}

fn written(title: &str, columns: &[Blank], filled: &[Vec<&str>]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let head = Style::new().set_bold().set_text_wrap().set_align(FormatAlign::VerticalCenter).set_background_color(Color::RGB(0x00E8_EEF4));
    let grey = Style::new().set_italic().set_font_color(Color::RGB(0x0060_6060)).set_align(FormatAlign::Top).set_text_wrap();
    let grey_day = grey.clone().set_num_format("dd/mm/yyyy");
    let text = Style::new().set_num_format("@");
    let sheet = book.add_worksheet();
    sheet.set_name(title)?.set_freeze_panes(1, 0)?;
    let mut lists = Vec::new();
    for (at, blank) in (0_u16..).zip(columns) {
        sheet.set_column_width(at, blank.column.width)?;
        sheet.write_string_with_format(0, at, &blank.column.name, &head)?;
        match &blank.example {
            // telephones, tax codes and codes stay as they are typed, zeros in front too
            Value::Text(example) => {
                sheet.set_column_format(at, &text)?;
                sheet.write_string_with_format(1, at, example, &grey)?;
            }
            Value::Int(example) => drop(sheet.write_number_with_format(1, at, *example as f64, &grey)?),
            Value::Float(example) | Value::Quantity(example) => drop(sheet.write_number_with_format(1, at, *example, &grey)?),
            Value::Date(example) => {
                if let Some(day) = super::write::excel_date(*example) {
                    sheet.write_datetime_with_format(1, at, day, &grey_day)?;
                }
            }
            Value::Empty => {}
        }
        if !blank.choices.is_empty() {
            let letters = super::column_letters(lists.len());
            let list = format!("='{LISTS}'!${letters}$2:${letters}${}", blank.choices.len() + 1);
            let choice = DataValidation::new()
                .allow_list_formula(Formula::new(list))
                .set_error_style(DataValidationErrorStyle::Warning)
                .set_error_title("Không có trong danh sách")?
                .set_error_message("Giá trị này không có trong danh sách để chọn. Vẫn ghi?")?;
            sheet.add_data_validation(1, at, ROWS, at, &choice)?;
            lists.push((&blank.column.name, &blank.choices));
        }
    }
    for (row, cells) in (2..).zip(filled) {
        for (at, cell) in (0_u16..).zip(cells) {
            sheet.write_string(row, at, *cell)?;
        }
    }
    let sheet = book.add_worksheet();
    sheet.set_name(LISTS)?.set_hidden(true);
    for (at, (name, choices)) in (0_u16..).zip(lists) {
        sheet.write_string(0, at, name)?;
        for (row, choice) in (1..).zip(choices) {
            sheet.write_string(row, at, choice)?;
        }
    }
    book.save_to_buffer()
}
