//! Why a file cannot be read as a table, or a cell as a value.

use std::fmt;

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
    /// No row among the first ones has the names of known columns.
    NoHeader {
        /// How many filled rows were looked at.
        rows: usize,
    },
    /// The table could not be written.
    Write {
        /// What the writer said, for the log.
        detail: String,
    },
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
            SheetError::Empty => {
                "Tệp không có dữ liệu. Hãy chọn tệp có dòng tiêu đề và các dòng dữ liệu.".into()
            }
            SheetError::TooLarge { bytes, limit } => format!(
                "Tệp lớn {} MB, quá giới hạn {} MB. Hãy chia thành nhiều tệp nhỏ hơn.",
                megabytes(*bytes),
                megabytes(*limit)
            ),
            SheetError::Bomb => {
                "Tệp giải nén ra quá lớn nên bị từ chối. Hãy chép riêng vùng dữ liệu sang tệp mới rồi gửi lại.".into()
            }
            SheetError::TooManyRows { limit } => {
                format!("Tệp có quá {limit} dòng. Hãy chia thành nhiều tệp.")
            }
            SheetError::TooManyColumns { row, limit } => format!(
                "Dòng {row} có quá {limit} cột. Hãy xoá các cột thừa ở bên phải rồi gửi lại."
            ),
            SheetError::CellTooLong { row } => format!(
                "Dòng {row} có ô dài quá 32.767 ký tự. Hãy kiểm tra dấu ngoặc kép chưa đóng hoặc rút ngắn nội dung."
            ),
            SheetError::NotSheet { name } => format!(
                "“{name}” không phải là bảng tính. Hãy lưu thành Excel (.xlsx) hoặc CSV UTF-8 rồi gửi lại."
            ),
            SheetError::OldExcel => {
                "Đây là tệp Excel đời cũ (.xls). Hãy mở bằng Excel, lưu thành .xlsx rồi gửi lại.".into()
            }
            SheetError::Encrypted => {
                "Tệp được khoá bằng mật khẩu. Hãy bỏ mật khẩu rồi gửi lại.".into()
            }
            SheetError::Broken { .. } => {
                "Tệp Excel bị hỏng, không đọc được. Hãy mở bằng Excel, lưu lại thành tệp mới rồi gửi lại.".into()
            }
            SheetError::NotUtf8 => {
                "Tệp CSV không ở bảng mã UTF-8. Hãy lưu lại dạng “CSV UTF-8” rồi gửi lại.".into()
            }
            SheetError::NoHeader { rows } => format!(
                "Không tìm thấy dòng tiêu đề trong {rows} dòng đầu. Hãy dùng tệp mẫu và giữ nguyên tên các cột."
            ),
            SheetError::Write { .. } => {
                "Không tạo được tệp bảng tính. Hãy thử lại; nếu vẫn lỗi, hãy báo người quản trị.".into()
            }
        }
    }

    fn en(&self) -> String {
        match self {
            SheetError::Empty => {
                "The file has no data. Choose a file with a header row and rows of data.".into()
            }
            SheetError::TooLarge { bytes, limit } => format!(
                "The file has {} MB, more than the {} MB allowed. Split it into smaller files.",
                megabytes(*bytes),
                megabytes(*limit)
            ),
            SheetError::Bomb => {
                "The file unpacks to far too much and is refused. Copy just the data to a new file and send that.".into()
            }
            SheetError::TooManyRows { limit } => {
                format!("The file has more than {limit} rows. Split it into several files.")
            }
            SheetError::TooManyColumns { row, limit } => format!(
                "Row {row} has more than {limit} columns. Delete the surplus columns on the right and send it again."
            ),
            SheetError::CellTooLong { row } => format!(
                "Row {row} has a cell of more than 32,767 characters. Look for a quote that is not closed, or shorten it."
            ),
            SheetError::NotSheet { name } => format!(
                "“{name}” is not a spreadsheet. Save it as Excel (.xlsx) or CSV UTF-8 and send it again."
            ),
            SheetError::OldExcel => {
                "This is an old Excel file (.xls). Open it in Excel, save it as .xlsx and send it again.".into()
            }
            SheetError::Encrypted => {
                "The file is locked with a password. Remove the password and send it again.".into()
            }
            SheetError::Broken { .. } => {
                "The Excel file is damaged and cannot be read. Open it in Excel, save it as a new file and send that.".into()
            }
            SheetError::NotUtf8 => {
                "The CSV file is not in UTF-8. Save it as “CSV UTF-8” and send it again.".into()
            }
            SheetError::NoHeader { rows } => format!(
                "No header row was found in the first {rows} rows. Use the template and keep the names of its columns."
            ),
            SheetError::Write { .. } => {
                "The spreadsheet could not be made. Try again; if it still fails, tell the administrator.".into()
            }
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

fn megabytes(bytes: usize) -> usize {
    bytes.div_ceil(1024 * 1024)
}

/// A cell that holds an error of the spreadsheet (`#N/A`, `#REF!` …) instead of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellFault {
    /// The row, as the spreadsheet numbers it.
    pub row: u32,
    /// The column, the first is 0.
    pub column: usize,
    /// The error, as the spreadsheet shows it.
    pub code: String,
}

impl CellFault {
    /// What happened and what to do.
    pub fn text(&self, tongue: Tongue) -> String {
        let place = format!("{}{}", column_letters(self.column), self.row);
        match tongue {
            Tongue::Vi => format!(
                "Ô {place} có lỗi công thức {}. Hãy sửa công thức hoặc ghi thẳng giá trị.",
                self.code
            ),
            Tongue::En => format!(
                "Cell {place} has the formula error {}. Correct the formula or write the value itself.",
                self.code
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
