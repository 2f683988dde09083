//! What people type into one field, read or refused in two languages: money, lengths, days. Pure.

use chrono::{Months, NaiveDate};

use crate::error::{Both, both};
use crate::text::{nfc, parse_date, whole};

/// Most đồng of one sum, and most mm of one length.
const DONG_LIMIT: i64 = 1_000_000_000_000;
const MM_LIMIT: i64 = 100_000;

/// Reads whole đồng as people write them: "1.250.000", "1 250 000 đ", "1250000 đồng".
pub fn money(typed: &str) -> Result<i64, Both> {
    let typed = nfc(typed);
    if typed.is_empty() {
        return Err(both(
            "Chưa có số tiền. Hãy ghi số đồng, ví dụ 1.250.000.",
            "There is no amount. Write whole đồng, for example 1.250.000.",
        ));
    }
    let lower = typed.to_lowercase();
    let bare = ["đồng", "vnđ", "vnd", "đ", "₫"].iter().find_map(|word| lower.strip_suffix(word)).unwrap_or(&lower).trim();
    if bare.starts_with(['-', '−', '–']) {
        return Err(both(
            format!("“{typed}” là số âm; hãy ghi số đồng đã hỗ trợ."),
            format!("“{typed}” is negative; write the đồng given."),
        ));
    }
    match whole(bare) {
        None => Err(both(
            format!(
                "“{typed}” không đọc được là số đồng. Hãy ghi số nguyên, nhóm ba chữ số nếu muốn, ví dụ 1.250.000 (không ghi “triệu”, không có phần lẻ)."
            ),
            format!(
                "“{typed}” cannot be read as đồng. Write a whole number, in groups of three if you like, as 1.250.000 (no “triệu”, no fraction)."
            ),
        )),
        Some(0) => Err(both("Số tiền phải lớn hơn 0.", "The amount must be more than 0.")),
        Some(amount) if amount > DONG_LIMIT => Err(both(
            "Số tiền lớn hơn 1.000.000.000.000 đ; hãy kiểm tra lại số chữ số 0.",
            "The amount is more than 1,000,000,000,000 đồng; check the number of zeros.",
        )),
        Some(amount) => Ok(amount),
    }
}

/// Reads a side of a sign in whole mm.
pub fn millimetres(typed: &str) -> Result<i64, Both> {
    let typed = nfc(typed);
    let lower = typed.to_lowercase();
    let bare = lower.strip_suffix("mm").unwrap_or(&lower).trim();
    match whole(bare) {
        Some(0) => Err(both("Kích thước phải lớn hơn 0 mm.", "The size must be more than 0 mm.")),
        Some(size) if size <= MM_LIMIT => Ok(size),
        Some(_) => Err(both("Kích thước lớn hơn 100 m; hãy ghi bằng milimét.", "The size is more than 100 m; write millimetres.")),
        None => Err(both(
            format!("“{typed}” không phải là số milimét. Hãy ghi số nguyên, ví dụ 1610 (1,61 m ghi là 1610)."),
            format!("“{typed}” is no number of millimetres. Write a whole number, as 1610 (1.61 m is 1610)."),
        )),
    }
}

/// Reads an optional date.
pub fn day(typed: &str) -> Result<Option<NaiveDate>, Both> {
    if typed.is_empty() {
        return Ok(None);
    }
    parse_date(typed).map(Some).map_err(Both::from)
}

/// A day that has come.
pub fn past(typed: &str, today: NaiveDate) -> Result<Option<NaiveDate>, Both> {
    match day(typed)? {
        Some(day) if day > today => {
            Err(both("Ngày ở tương lai; hãy ghi khi việc đã xong.", "The day lies in the future; record it once it is done."))
        }
        Some(day) if day < today - Months::new(12 * 30) => {
            Err(both("Ngày quá xa; hãy kiểm tra lại năm.", "The day is too far back; check the year."))
        }
        day => Ok(day),
    }
}

/// A day ahead, today included, at most so many years.
pub fn ahead(typed: &str, from: NaiveDate, years: u32) -> Result<Option<NaiveDate>, Both> {
    match day(typed)? {
        Some(day) if day < from => Err(both(
            format!("Ngày này trước {}; hãy kiểm tra lại.", crate::text::date_vi(from)),
            format!("The day lies before {}; check it.", crate::text::date_vi(from)),
        )),
        Some(day) if day > from + Months::new(12 * years) => Err(both(
            format!("Ngày này xa hơn {years} năm; hãy kiểm tra lại năm."),
            format!("The day is more than {years} years away; check the year."),
        )),
        day => Ok(day),
    }
}
