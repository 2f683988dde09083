//! Serials, batches and what becomes of them. Pure.

use chrono::{DateTime, NaiveDate, Utc};

use crate::error::{Both, both};
use crate::product::Certificate;
use crate::text::{date_vi, nfc};
use crate::words;

/// Most serials of a batch, highest serial, and most serials written down at once.
const BATCH: i64 = 100_000;
const HIGHEST: i64 = 999_999_999;
const AT_ONCE: usize = 500;

/// A batch of blanks as received.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Batch {
    /// Identifier.
    pub id: String,
    /// Series.
    pub series: String,
    /// First serial.
    pub first: i64,
    /// Last serial.
    pub last: i64,
    /// Day received.
    pub received_on: NaiveDate,
    /// From whom.
    pub from_whom: String,
    /// Remark.
    pub note: String,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Batch {
    /// Whether a serial belongs to it.
    pub fn holds(&self, serial: i64) -> bool {
        (self.first..=self.last).contains(&serial)
    }
}

words! {
    /// What became of a serial.
    pub enum State {
        /// A certificate was printed on it.
        Used = "used" / "Đã dùng",
        /// Spoilt.
        Spoilt = "spoilt" / "Hỏng",
        /// Lost.
        Lost = "lost" / "Mất",
    }
}

impl State {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            State::Used => "ok",
            State::Spoilt => "warn",
            State::Lost => "bad",
        }
    }
}

/// What became of one serial, as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Use {
    /// Its batch.
    pub batch_id: String,
    /// Serial.
    pub serial: i64,
    /// What became of it.
    pub state: State,
    /// When.
    pub day: NaiveDate,
    /// The certificate printed on it.
    pub certificate_id: Option<String>,
    /// Why.
    pub note: String,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What is there of a series.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Stock {
    /// The series.
    pub series: String,
    /// Received.
    pub received: i64,
    /// Used.
    pub used: i64,
    /// Spoilt.
    pub spoilt: i64,
    /// Lost.
    pub lost: i64,
}

impl Stock {
    /// How many are left.
    pub fn left(&self) -> i64 {
        self.received - self.used - self.spoilt - self.lost
    }
}

/// Reads a series: letters, digits, a dash or a stroke; capital letters, so that it is written one way. It may be empty.
pub fn series(typed: &str) -> Result<String, Both> {
    let series = nfc(typed).to_uppercase();
    let fits = series.chars().count() <= 20 && series.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '/');
    if fits {
        Ok(series)
    } else {
        Err(both("Sê-ri gồm chữ, số, dấu - hoặc /, tối đa 20 ký tự.", "A series has letters, digits, - or /, at most 20."))
    }
}

/// Reads one serial; leading zeros are how it is printed, not another number.
fn serial(typed: &str) -> Option<i64> {
    let typed = typed.trim();
    let plain = !typed.is_empty() && typed.len() <= 12 && typed.bytes().all(|byte| byte.is_ascii_digit());
    typed.parse::<i64>().ok().filter(|number| plain && (1..=HIGHEST).contains(number))
}

/// Reads a range: "1201-1210", "1201 đến 1210", "1201".
pub fn range(typed: &str) -> Result<(i64, i64), Both> {
    let typed = nfc(typed);
    let spelled = typed.replace("đến", "-").replace(['–', '—'], "-");
    let (first, last) = spelled.split_once('-').unwrap_or((&spelled, &spelled));
    match (serial(first), serial(last)) {
        (Some(first), Some(last)) if last < first => {
            Err(both(format!("“{typed}”: số cuối nhỏ hơn số đầu."), format!("“{typed}”: the last number is below the first.")))
        }
        (Some(first), Some(last)) => Ok((first, last)),
        _ => Err(both(
            format!("“{typed}” không đọc được là số phôi; hãy ghi như 1201-1210 hoặc 1201."),
            format!("“{typed}” is no serial; write 1201-1210 or 1201."),
        )),
    }
}

/// Reads the range of a batch.
pub fn batch(typed: &str) -> Result<(i64, i64), Both> {
    let (first, last) = range(typed)?;
    if last - first >= BATCH {
        return Err(both(
            format!("Một lô không quá {BATCH} phôi; hãy kiểm tra lại số chữ số."),
            format!("A batch has at most {BATCH} blanks; check the digits."),
        ));
    }
    Ok((first, last))
}

/// Reads serials: ranges and single numbers parted by commas, semicolons or lines; each at most once.
pub fn serials(typed: &str) -> Result<Vec<i64>, Both> {
    let mut found: Vec<i64> = Vec::new();
    for part in typed.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = range(part)?;
        if (last - first) as usize >= AT_ONCE || found.len() + (last - first) as usize >= AT_ONCE {
            return Err(both(
                format!("Mỗi lần ghi tối đa {AT_ONCE} phôi; hãy chia ra."),
                format!("At most {AT_ONCE} blanks at a time; divide them."),
            ));
        }
        for number in first..=last {
            if found.contains(&number) {
                return Err(both(
                    format!("Số {number} ghi hai lần; hãy bỏ bớt một lần."),
                    format!("{number} is written twice; remove one."),
                ));
            }
            found.push(number);
        }
    }
    if found.is_empty() {
        return Err(both("Hãy ghi số phôi, ví dụ 1201-1210.", "Give the serials, for example 1201-1210."));
    }
    Ok(found)
}

/// Serials as people write them: "1201-1210, 1215".
pub fn spoken(serials: &[i64]) -> String {
    let mut parts: Vec<(i64, i64)> = Vec::new();
    for serial in serials {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == *serial => *last = *serial,
            _ => parts.push((*serial, *serial)),
        }
    }
    parts
        .into_iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect::<Vec<_>>()
        .join(", ")
}

/// Refuses a certificate that a blank cannot be used for on a day.
pub fn check(certificate: &Certificate, day: NaiveDate) -> Result<(), Both> {
    if let Some(taken) = certificate.withdrawn_on.filter(|taken| *taken <= day) {
        return Err(both(format!("đã bị thu hồi từ ngày {}", date_vi(taken)), format!("was withdrawn from {}", date_vi(taken))));
    }
    if certificate.valid_to <= day {
        return Err(both(
            format!("đã hết giá trị từ ngày {}", date_vi(certificate.valid_to)),
            format!("ended on {}", date_vi(certificate.valid_to)),
        ));
    }
    Ok(())
}
