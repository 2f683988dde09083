//! Why a file cannot be read as a table, or a cell as a value.

use std::fmt;

use super::garble::Garble;
use crate::error::{Both, both};
use crate::text::Tongue;

/// Why a file is not read, or a table not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetError {
    /// The file holds nothing.
    Empty,
    /// The file is larger than allowed.
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The most allowed, in bytes.
        limit: usize,
    },
    /// The file would unpack to more than is allowed, or out of all proportion.
    Bomb,
    /// More rows than allowed.
    TooManyRows {
        /// The most allowed.
        limit: usize,
    },
    /// More columns than allowed.
    TooManyColumns {
        /// The row that has them, as the spreadsheet numbers it.
        row: u32,
        /// The most allowed.
        limit: usize,
    },
    /// A cell longer than a spreadsheet allows; in a CSV file mostly a quote that is not closed.
    CellTooLong {
        /// The row, as the spreadsheet numbers it.
        row: u32,
    },
    /// Neither a workbook nor text.
    NotSheet {
        /// The name the file came with.
        name: String,
    },
    /// A workbook of Excel 97–2003 (.xls).
    OldExcel,
    /// A workbook locked with a password.
    Encrypted,
    /// A damaged workbook.
    Broken {
        /// What the reader said, for the log.
        detail: String,
    },
    /// Text that is not UTF-8.
    NotUtf8,
    /// Text in an old or broken encoding, which stands in UTF-8 as other letters.
    Garbled {
        /// The row, as the spreadsheet numbers it.
        row: u32,
        /// Which encoding it is.
        garble: Garble,
    },
    /// A quote that is opened and not closed in its row.
    OpenQuote {
        /// The row where it is opened.
        row: u32,
    },
    /// No row among the first ones has the names of known columns.
    NoHeader {
        /// How many filled rows were looked at.
        rows: usize,
        /// The row that comes nearest.
        nearest: Option<Box<Nearest>>,
    },
    /// Of several sheets none has all columns.
    NoSheet {
        /// The sheet and row that come nearest.
        nearest: Box<Nearest>,
    },
    /// The workbook has no sheet of the name that was asked for.
    NoSuchSheet {
        /// What was asked for.
        asked: String,
        /// The visible sheets that it has.
        sheets: Vec<String>,
    },
    /// The table could not be written.
    Write {
        /// What the writer said, for the log.
        detail: String,
    },
}

/// The row that comes nearest to a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// The sheet, where there are several.
    pub sheet: String,
    /// The row, as the spreadsheet numbers it.
    pub row: u32,
    /// What it lacks, and what to do.
    pub lacks: Both,
}

impl Nearest {
    /// "trang “Loc”, dòng 4".
    fn place(&self, tongue: Tongue) -> String {
        match (self.sheet.as_str(), tongue) {
            ("", Tongue::Vi) => format!("dòng {}", self.row),
            ("", Tongue::En) => format!("row {}", self.row),
            (sheet, Tongue::Vi) => format!("trang “{sheet}”, dòng {}", self.row),
            (sheet, Tongue::En) => format!("sheet “{sheet}”, row {}", self.row),
        }
    }
}

impl SheetError {
    /// What happened and what to do.
    pub fn text(&self, tongue: Tongue) -> String {
        match tongue {
            Tongue::Vi => self.vi(),
            Tongue::En => self.en(),
        }
    }

    fn vi(&self) -> String {
        match self {
            SheetError::Empty => "Tệp không có dữ liệu. Hãy chọn tệp có dòng tiêu đề và các dòng dữ liệu.".into(),
            SheetError::TooLarge { bytes, limit } => {
                format!("Tệp lớn {} MB, quá giới hạn {} MB. Hãy chia thành nhiều tệp nhỏ hơn.", megabytes(*bytes), megabytes(*limit))
            }
            SheetError::Bomb => "Tệp giải nén ra quá lớn nên bị từ chối. Hãy chép riêng vùng dữ liệu sang tệp mới rồi gửi lại.".into(),
            SheetError::TooManyRows { limit } => {
                format!("Tệp có quá {limit} dòng. Hãy chia thành nhiều tệp.")
            }
            SheetError::TooManyColumns { row, limit } => {
                format!("Dòng {row} có quá {limit} cột. Hãy xoá các cột thừa ở bên phải rồi gửi lại.")
            }
            SheetError::CellTooLong { row } => {
                format!("Dòng {row} có ô dài quá 32.767 ký tự. Hãy kiểm tra dấu ngoặc kép chưa đóng hoặc rút ngắn nội dung.")
            }
            SheetError::NotSheet { name } => {
                format!("“{name}” không phải là bảng tính. Hãy lưu thành Excel (.xlsx) hoặc CSV UTF-8 rồi gửi lại.")
            }
            SheetError::OldExcel => "Đây là tệp Excel đời cũ (.xls). Hãy mở bằng Excel, lưu thành .xlsx rồi gửi lại.".into(),
            SheetError::Encrypted => "Tệp được khoá bằng mật khẩu. Hãy bỏ mật khẩu rồi gửi lại.".into(),
            SheetError::Broken { .. } => "Tệp Excel bị hỏng, không đọc được. Hãy mở bằng Excel, lưu lại thành tệp mới rồi gửi lại.".into(),
            SheetError::NotUtf8 => "Tệp CSV không ở bảng mã UTF-8. Hãy lưu lại dạng “CSV UTF-8” rồi gửi lại.".into(),
            SheetError::Garbled { row, garble } => format!("Dòng {row}: {}", garble.text(Tongue::Vi)),
            SheetError::OpenQuote { row } => format!(
                "Dòng {row} có dấu ngoặc kép (\") mở mà không đóng trong cùng dòng, nên không rõ ô nào hết ở đâu. Hãy mở tệp bằng bảng tính, sửa ô đó rồi lưu lại (dấu ngoặc kép trong ô được ghi thành hai dấu)."
            ),
            SheetError::NoHeader { rows, nearest: None } => {
                format!("Không tìm thấy dòng tiêu đề trong {rows} dòng đầu. Hãy dùng tệp mẫu và giữ nguyên tên các cột.")
            }
            SheetError::NoHeader { rows, nearest: Some(nearest) } => format!(
                "Không tìm thấy dòng tiêu đề trong {rows} dòng đầu; gần nhất là {}. {}",
                nearest.place(Tongue::Vi),
                nearest.lacks.vi
            ),
            SheetError::NoSheet { nearest } => {
                format!("Không trang tính nào có đủ cột; gần nhất là {}. {}", nearest.place(Tongue::Vi), nearest.lacks.vi)
            }
            SheetError::NoSuchSheet { asked, sheets } => {
                format!("Tệp không có trang tính “{asked}”. Hãy chọn một trong: {}.", sheets.join(", "))
            }
            SheetError::Write { .. } => "Không tạo được tệp bảng tính. Hãy thử lại; nếu vẫn lỗi, hãy báo người quản trị.".into(),
        }
    }

    fn en(&self) -> String {
        match self {
            SheetError::Empty => "The file has no data. Choose a file with a header row and rows of data.".into(),
            SheetError::TooLarge { bytes, limit } => format!(
                "The file has {} MB, more than the {} MB allowed. Split it into smaller files.",
                megabytes(*bytes),
                megabytes(*limit)
            ),
            SheetError::Bomb => "The file unpacks to far too much and is refused. Copy just the data to a new file and send that.".into(),
            SheetError::TooManyRows { limit } => {
                format!("The file has more than {limit} rows. Split it into several files.")
            }
            SheetError::TooManyColumns { row, limit } => {
                format!("Row {row} has more than {limit} columns. Delete the surplus columns on the right and send it again.")
            }
            SheetError::CellTooLong { row } => {
                format!("Row {row} has a cell of more than 32,767 characters. Look for a quote that is not closed, or shorten it.")
            }
            SheetError::NotSheet { name } => {
                format!("“{name}” is not a spreadsheet. Save it as Excel (.xlsx) or CSV UTF-8 and send it again.")
            }
            SheetError::OldExcel => "This is an old Excel file (.xls). Open it in Excel, save it as .xlsx and send it again.".into(),
            SheetError::Encrypted => "The file is locked with a password. Remove the password and send it again.".into(),
            SheetError::Broken { .. } => {
                "The Excel file is damaged and cannot be read. Open it in Excel, save it as a new file and send that.".into()
            }
            SheetError::NotUtf8 => "The CSV file is not in UTF-8. Save it as “CSV UTF-8” and send it again.".into(),
            SheetError::Garbled { row, garble } => format!("Row {row}: {}", garble.text(Tongue::En)),
            SheetError::OpenQuote { row } => format!(
                "Row {row} has a quote (\") that is opened and not closed in its row, so that no cell has a certain end. Open the file in a spreadsheet, correct that cell and save it (a quote within a cell is written twice)."
            ),
            SheetError::NoHeader { rows, nearest: None } => {
                format!("No header row was found in the first {rows} rows. Use the template and keep the names of its columns.")
            }
            SheetError::NoHeader { rows, nearest: Some(nearest) } => format!(
                "No header row was found in the first {rows} rows; the nearest is {}. {}",
                nearest.place(Tongue::En),
                nearest.lacks.en
            ),
            SheetError::NoSheet { nearest } => {
                format!("No sheet has all columns; the nearest is {}. {}", nearest.place(Tongue::En), nearest.lacks.en)
            }
            SheetError::NoSuchSheet { asked, sheets } => format!("The file has no sheet “{asked}”. Choose one of: {}.", sheets.join(", ")),
            SheetError::Write { .. } => "The spreadsheet could not be made. Try again; if it still fails, tell the administrator.".into(),
        }
    }
}

impl fmt::Display for SheetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SheetError::Broken { detail } | SheetError::Write { detail } => {
                write!(f, "{} ({detail})", self.en())
            }
            _ => f.write_str(&self.en()),
        }
    }
}

impl std::error::Error for SheetError {}

impl From<SheetError> for Both {
    fn from(fault: SheetError) -> Both {
        both(fault.text(Tongue::Vi), fault.text(Tongue::En))
    }
}

fn megabytes(bytes: usize) -> usize {
    bytes.div_ceil(1024 * 1024)
}

/// What is wrong with a cell, or with the row from it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// An error of the spreadsheet (`#N/A`, `#REF!` …) instead of a value, as it is shown.
    Error(String),
    /// A formula whose result is not in the file.
    NoResult,
    /// A quote within the cell of a CSV file: where the cell ends is not certain.
    Quote,
    /// The row has more cells than the header has columns.
    Surplus,
}

/// A cell without a value that can be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFault {
    /// The row, as the spreadsheet numbers it.
    pub row: u32,
    /// The column, the first is 0.
    pub column: usize,
    /// What is wrong.
    pub wrong: Wrong,
}

impl CellFault {
    /// Whether not this cell alone but the whole row is in doubt.
    pub fn spoils_row(&self) -> bool {
        matches!(self.wrong, Wrong::Quote | Wrong::Surplus)
    }

    /// What happened and what to do.
    pub fn text(&self, tongue: Tongue) -> String {
        let place = format!("{}{}", column_letters(self.column), self.row);
        match (&self.wrong, tongue) {
            (Wrong::Error(code), Tongue::Vi) => format!("Ô {place} có lỗi công thức {code}. Hãy sửa công thức hoặc ghi thẳng giá trị."),
            (Wrong::Error(code), Tongue::En) => {
                format!("Cell {place} has the formula error {code}. Correct the formula or write the value itself.")
            }
            (Wrong::NoResult, Tongue::Vi) => {
                format!("Ô {place} là công thức chưa có kết quả trong tệp. Hãy mở bằng Excel, lưu lại, hoặc ghi thẳng giá trị.")
            }
            (Wrong::NoResult, Tongue::En) => {
                format!("Cell {place} is a formula without a result in the file. Open it in Excel and save it, or write the value itself.")
            }
            (Wrong::Quote, Tongue::Vi) => format!(
                "Ô {place} có dấu ngoặc kép (\") đặt sai chỗ nên không rõ ô hết ở đâu. Hãy ghi dấu ngoặc kép trong ô thành hai dấu (\"\") hoặc lưu tệp từ bảng tính."
            ),
            (Wrong::Quote, Tongue::En) => format!(
                "Cell {place} has a misplaced quote (\"), so that its end is not certain. Write a quote within a cell twice (\"\") or save the file from a spreadsheet."
            ),
            (Wrong::Surplus, Tongue::Vi) => format!(
                "Dòng có nhiều ô hơn tiêu đề (thừa từ ô {place}) nên các ô có thể đã lệch cột. Hãy đặt ô có dấu phẩy trong ngoặc kép hoặc xóa phần thừa."
            ),
            (Wrong::Surplus, Tongue::En) => format!(
                "The row has more cells than the header (from {place} on), so that cells may have moved. Put a cell that has a comma in quotes, or delete the surplus."
            ),
        }
    }
}

/// The letters a spreadsheet gives a column: 0 is A, 26 is AA.
pub fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        left -= 1;
        letters.push(b'A' + (left % 26) as u8);
        left /= 26;
    }
    letters.iter().rev().copied().map(char::from).collect()
}

impl From<SheetError> for crate::error::Error {
    /// A sheet that we write and that fails is no fault of the reader.
    fn from(error: SheetError) -> Self {
        crate::error::Error::Internal(Box::new(error))
    }
}
