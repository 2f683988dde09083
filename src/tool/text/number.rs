//! Numbers that stand for something: sums of money, tax codes, telephone numbers.

use std::fmt;

use super::{Tongue, nfc};

/// Weights of the first nine digits of a tax code.
const TAX_WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];

/// A sum of đồng as Vietnamese papers print it: "1.250.000 đ".
pub fn dong(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 6);
    if amount < 0 {
        text.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text.push_str(" đ");
    text
}

/// Whole numbers, plain or in groups of three parted by one kind of mark; at most 15 digits.
pub fn whole(text: &str) -> Option<i64> {
    let mark = text.chars().find(|c| !c.is_ascii_digit());
    let digits: String = match mark {
        None => text.to_owned(),
        Some(mark @ ('.' | ',' | ' ')) => {
            let groups: Vec<&str> = text.split(mark).collect();
            let (first, rest) = groups.split_first()?;
            let fits = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
            fits.then(|| groups.concat())?
        }
        Some(_) => return None,
    };
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain {
        return None;
    }
    // longer than any limit: read as too large, not as unreadable
    Some(digits.parse().unwrap_or(i64::MAX))
}

/// Why a text is no tax code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaxCodeError {
    /// Nothing was written.
    Empty,
    /// Neither 10 digits (with or without a branch of three) nor 12.
    Shape {
        /// What was written.
        typed: String,
    },
    /// The tenth digit does not fit the nine before it.
    Check {
        /// What was written.
        typed: String,
    },
}

impl TaxCodeError {
    /// What happened and what to do.
    pub fn text(&self, tongue: Tongue) -> String {
        match (self, tongue) {
            (TaxCodeError::Empty, Tongue::Vi) => "Chưa có mã số thuế. Hãy ghi mã số như trên giấy chứng nhận đăng ký.".to_owned(),
            (TaxCodeError::Empty, Tongue::En) => "There is no tax code. Write it as the registration certificate has it.".to_owned(),
            (TaxCodeError::Shape { typed }, Tongue::Vi) => format!(
                "“{typed}” không phải là mã số thuế. Mã có 10 chữ số, đơn vị phụ thuộc thêm gạch ngang và 3 chữ số, hộ kinh doanh dùng 12 chữ số định danh cá nhân."
            ),
            (TaxCodeError::Shape { typed }, Tongue::En) => format!(
                "“{typed}” is not a tax code. A code has 10 digits, a branch adds a dash and 3 digits, a household uses the 12 digits of a personal id."
            ),
            (TaxCodeError::Check { typed }, Tongue::Vi) => {
                format!("Mã số thuế “{typed}” có chữ số sai: chữ số kiểm tra không khớp. Hãy đối chiếu từng chữ số với giấy chứng nhận.")
            }
            (TaxCodeError::Check { typed }, Tongue::En) => {
                format!("Tax code “{typed}” has a wrong digit: the check digit does not fit. Compare each digit with the certificate.")
            }
        }
    }
}

impl fmt::Display for TaxCodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Tongue::En))
    }
}

impl std::error::Error for TaxCodeError {}

/// A Vietnamese tax code (mã số thuế) in its written form: `0100109106`, with a branch
/// `0100109106-001`, or the 12 digits of a personal id, which households use as their tax code
/// since 1 July 2025 and which carry no check digit. Spaces and dots are left out, a missing
/// dash before the branch is put in, a dash of any length is one.
///
/// # Errors
/// [`TaxCodeError`]: nothing written, a wrong number of digits, or a check digit (modulo 11,
/// weights 31 29 23 19 17 13 7 5 3) that does not fit.
pub fn tax_code(text: &str) -> Result<String, TaxCodeError> {
    let typed = nfc(text);
    if typed.is_empty() {
        return Err(TaxCodeError::Empty);
    }
    let code: String = typed.chars().map(plain).filter(|c| !matches!(c, ' ' | '.')).collect();
    let code = code.strip_prefix('\'').unwrap_or(&code);
    let (main, branch) = match code.split_once('-') {
        Some((main, branch)) => (main, Some(branch)),
        None if code.len() == 13 && code.is_ascii() => (&code[..10], Some(&code[10..])),
        None => (code, None),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let branch_fits = branch.is_none_or(|b| b.len() == 3 && digits(b) && b != "000");
    match main.len() {
        12 if digits(main) && branch.is_none() => Ok(main.to_owned()),
        10 if digits(main) && branch_fits => {
            if check_digit(main) != main.bytes().last().map(|b| u32::from(b - b'0')) {
                return Err(TaxCodeError::Check { typed });
            }
            Ok(branch.map_or_else(|| main.to_owned(), |branch| format!("{main}-{branch}")))
        }
        _ => Err(TaxCodeError::Shape { typed }),
    }
}

/// A digit or dash in its plain form.
fn plain(c: char) -> char {
    match c {
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '－' => '-',
        '０'..='９' => char::from(b'0' + (u32::from(c) - u32::from('０')) as u8),
        c => c,
    }
}

/// The same from a spreadsheet, which eats a leading zero: nine digits (with or without a branch) whose code with it has the
/// right check digit, or eleven that with it are a personal id, whose first three digits are one of the provinces' 001 to 096.
/// Whether a zero was put back comes with it.
///
/// # Errors
/// Those of [`tax_code`].
pub fn tax_code_mended(text: &str) -> Result<(String, bool), TaxCodeError> {
    let bare: String = text.chars().map(plain).filter(|c| !matches!(c, ' ' | '.')).collect();
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let is_plain = bare.chars().all(|c| c.is_ascii_digit() || c == '-') && !bare.starts_with(['0', '-']);
    let mended = || tax_code(&format!("0{bare}")).ok();
    let code = match digits {
        9 | 12 if is_plain => mended(),
        11 if is_plain && !bare.contains('-') => mended().filter(|code| (1..=96).contains(&code[..3].parse::<u32>().unwrap_or_default())),
        _ => None,
    };
    match code {
        Some(code) => Ok((code, true)),
        None => tax_code(text).map(|code| (code, false)),
    }
}

/// The tenth digit that nine digits ask for; none if they ask for 10, which is no digit.
fn check_digit(code: &str) -> Option<u32> {
    let sum: u32 = code.bytes().zip(TAX_WEIGHTS).map(|(b, weight)| u32::from(b - b'0') * weight).sum();
    Some(10 - sum % 11).filter(|digit| *digit < 10)
}

/// Why a text is no telephone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneError {
    /// Nothing was written.
    Empty,
    /// The text is no Vietnamese telephone number.
    Shape {
        /// What was written.
        typed: String,
    },
}

impl PhoneError {
    /// What happened and what to do.
    pub fn text(&self, tongue: Tongue) -> String {
        match (self, tongue) {
            (PhoneError::Empty, Tongue::Vi) => "Chưa có số điện thoại. Hãy ghi số, ví dụ 0912 345 678.".to_owned(),
            (PhoneError::Empty, Tongue::En) => "There is no telephone number. Write it, for example 0912 345 678.".to_owned(),
            (PhoneError::Shape { typed }, Tongue::Vi) => format!(
                "“{typed}” không phải là số điện thoại Việt Nam. Hãy ghi một số duy nhất, bắt đầu bằng 0 hoặc +84, ví dụ 0912 345 678 hay 024 3825 1234."
            ),
            (PhoneError::Shape { typed }, Tongue::En) => format!(
                "“{typed}” is not a Vietnamese telephone number. Write a single number that begins with 0 or +84, for example 0912 345 678 or 024 3825 1234."
            ),
        }
    }
}

impl fmt::Display for PhoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Tongue::En))
    }
}

impl std::error::Error for PhoneError {}

/// A Vietnamese telephone number as dialled within the country, digits only: 9 to 11 digits that
/// begin with 0, or a service number of 8 to 10 that begins with 1800 or 1900. Spaces, dots,
/// dashes and brackets are left out, `+84`, `0084` and `84` become 0, and the 0 that a
/// spreadsheet ate from a mobile number ("912345678") is put back.
///
/// # Errors
/// [`PhoneError`]: nothing written, or no such number.
pub fn phone(text: &str) -> Result<String, PhoneError> {
    let typed = nfc(text);
    if typed.is_empty() {
        return Err(PhoneError::Empty);
    }
    let bare: String = typed.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
    dialled(&bare).ok_or(PhoneError::Shape { typed })
}

fn dialled(bare: &str) -> Option<String> {
    let local = ["+84", "0084"].iter().find_map(|prefix| bare.strip_prefix(prefix));
    let digits = local.unwrap_or(bare);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if local.is_none() && (digits.starts_with("1800") || digits.starts_with("1900")) {
        return (8..=10).contains(&digits.len()).then(|| digits.to_owned());
    }
    let bare_mobile = |d: &str| d.len() == 9 && d.starts_with(['3', '5', '7', '8', '9']);
    let number = match digits.strip_prefix("84").filter(|rest| rest.len() >= 9) {
        Some(rest) if local.is_none() => format!("0{}", rest.trim_start_matches('0')),
        _ if local.is_some() => format!("0{}", digits.trim_start_matches('0')),
        _ if bare_mobile(digits) => format!("0{digits}"),
        _ => digits.to_owned(),
    };
    let fits = (9..=11).contains(&number.len()) && number.starts_with('0') && !number.starts_with("00");
    fits.then_some(number)
}
