//! Why a unit was not taken from what was typed, in both languages.

use chrono::NaiveDate;

use crate::error::{Both, both};
use crate::text;

/// Why a unit was not taken from what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitRefusal {
    /// No unit of that name or code, ever.
    Unknown(Unknown),
    /// It exists, but not in the days asked about.
    NotOnDate {
        /// Full name with the unit above.
        name: String,
        /// First day, if known.
        from: Option<NaiveDate>,
        /// First day no longer.
        to: Option<NaiveDate>,
    },
    /// Several fit.
    Ambiguous {
        /// As typed.
        typed: String,
        /// Full names with the unit above, at most eight.
        candidates: Vec<String>,
    },
    /// It lies in another province.
    Elsewhere {
        /// As typed.
        typed: String,
        /// The province.
        province: String,
    },
    /// Nothing was typed.
    Empty,
}

/// A text that names no unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// As typed.
    pub typed: String,
    /// Units whose names are alike, or that have the name elsewhere.
    pub near: Vec<String>,
}

impl UnitRefusal {
    /// What happened and what to do, in both languages.
    pub fn text(&self) -> Both {
        match self {
            UnitRefusal::Empty => {
                both("Chưa có xã, phường; hãy nhập tên hoặc mã.", "The commune or ward is missing; enter its name or code.")
            }
            UnitRefusal::Unknown(Unknown { typed, near }) if near.is_empty() => both(
                format!("Không có đơn vị hành chính nào tên hoặc mã “{typed}”; hãy kiểm tra chính tả hoặc chọn trong danh sách."),
                format!("No unit has the name or code “{typed}”; check the spelling or choose from the list."),
            ),
            UnitRefusal::Unknown(Unknown { typed, near }) => {
                let near = near.join("; ");
                both(
                    format!(
                        "Không có đơn vị hành chính nào tên hoặc mã “{typed}”; gần nhất là: {near}. Hãy kiểm tra chính tả hoặc ghi một trong các tên này."
                    ),
                    format!("No unit has the name or code “{typed}”; nearest are: {near}. Check the spelling or write one of these."),
                )
            }
            UnitRefusal::NotOnDate { name, from, to } => {
                let day = |date: &Option<NaiveDate>| date.map(text::date_vi);
                let (vi, en) = match (day(from), day(to)) {
                    (_, Some(to)) => (format!("không còn từ ngày {to}"), format!("ended on {to}")),
                    (Some(from), None) => (format!("chỉ có từ ngày {from}"), format!("exists only since {from}")),
                    (None, None) => ("không có vào ngày này".to_owned(), "did not exist on that day".to_owned()),
                };
                both(format!("{name} {vi}; hãy nhập đơn vị của đúng thời gian đó."), format!("{name} {en}; enter the unit of that time."))
            }
            UnitRefusal::Ambiguous { typed, candidates } => both(
                format!("“{typed}” có thể là: {}; hãy ghi rõ thêm quận, huyện hoặc mã.", candidates.join("; ")),
                format!("“{typed}” may be: {}; add the district or use the code.", candidates.join("; ")),
            ),
            UnitRefusal::Elsewhere { typed, province } => both(
                format!(
                    "“{typed}” thuộc {province}, không phải xã, phường của địa bàn này; nếu là sản phẩm nơi khác, hãy ghi {province} ở mục xuất xứ."
                ),
                format!("“{typed}” lies in {province}, not in this province; for goods of elsewhere give {province} as origin."),
            ),
        }
    }
}
