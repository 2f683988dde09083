//! What programs send: cursors, boxes, tags, keys; and what people say of a new token. Pure.

use chrono::{Days, NaiveDate};

use crate::error::{Both, both};
use crate::text::{self};
use crate::typed::{Errors, Fields};

/// Most days a token lives.
pub const TOKEN_DAYS: u64 = 365;

/// What is wrong with a parameter: its shape (400), or a value that means nothing here (422).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It cannot be read.
    Shape(Both),
    /// It reads well, and there is no such thing.
    Meaning(Both),
}

/// A box of longitudes and latitudes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bbox {
    /// West.
    pub west: f64,
    /// South.
    pub south: f64,
    /// East.
    pub east: f64,
    /// North.
    pub north: f64,
}

/// Reads `minlon,minlat,maxlon,maxlat`.
pub fn bbox(text: &str) -> Result<Bbox, Wrong> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|part| part.parse::<f64>().ok().filter(|number| number.is_finite())).collect();
    let Some([west, south, east, north]) = numbers.as_deref() else {
        return Err(Wrong::Shape(both(
            "Cần bốn số: kinh độ nhỏ, vĩ độ nhỏ, kinh độ lớn, vĩ độ lớn.",
            "Four numbers are needed: minlon,minlat,maxlon,maxlat.",
        )));
    };
    let fits = [west, east].into_iter().all(|lon| (-180.0..=180.0).contains(lon))
        && [south, north].into_iter().all(|lat| (-90.0..=90.0).contains(lat));
    if !fits || west > east || south > north {
        return Err(Wrong::Meaning(both(
            "Khung bản đồ này không có: kinh độ -180…180, vĩ độ -90…90, số nhỏ trước số lớn.",
            "There is no such box: longitude -180…180, latitude -90…90, the smaller number first.",
        )));
    }
    Ok(Bbox { west: *west, south: *south, east: *east, north: *north })
}

/// Rows a page.
pub fn limit(text: Option<&str>) -> Result<i64, Wrong> {
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten().ok_or(());
    match text.map(number) {
        None => Ok(30),
        Some(Ok(rows @ 1..=100)) => Ok(rows),
        Some(_) => Err(Wrong::Shape(both("Số dòng một trang là số nguyên từ 1 đến 100.", "Rows a page are a whole number from 1 to 100."))),
    }
}

/// Reads a day as programs write it, `2026-11-22`; people's ways of writing days are for people.
pub fn day(text: &str) -> Result<NaiveDate, Both> {
    let shape = || both(format!("“{text}” không phải ngày dạng 2026-11-22."), format!("“{text}” is no day like 2026-11-22."));
    let is_shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_shaped).ok_or_else(shape)
}

/// The tag of a point: its row version, and a digest of what is shown.
pub fn point_tag(version: i64, body: &str) -> String {
    format!("\"{version}.{}\"", &crate::clock::digest(body.as_bytes())[..20])
}

/// Whether a change was made from this row version (`If-Match`, strong comparison).
pub fn is_shown(tags: &str, version: i64) -> bool {
    let of = |tag: &str| {
        tag.trim()
            .strip_prefix('"')
            .and_then(|tag| tag.strip_suffix('"'))
            .and_then(|tag| tag.split_once('.'))
            .and_then(|(version, _)| version.parse::<i64>().ok())
    };
    tags.trim() == "*" || tags.split(',').any(|tag| of(tag) == Some(version))
}

/// Whether an `If-Match` is `*` or a list of entity tags, ours or not.
pub fn is_tags(tags: &str) -> bool {
    let is_tag = |tag: &str| {
        let tag = tag.trim_matches(' ');
        tag.strip_prefix("W/")
            .unwrap_or(tag)
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .is_some_and(|bare| bare.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b','))
    };
    tags == "*" || tags.split(',').all(is_tag)
}

/// Reads an `Idempotency-Key`: a structured string in quotes, or the bare key. A short one is no random one.
pub fn key(header: &str) -> Option<String> {
    let bare = header.trim();
    let bare = bare.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(bare);
    let fits = (8..=128).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    fits.then(|| bare.to_owned())
}

/// What a person says of a new token.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenForm {
    /// What it is called.
    pub name: String,
    /// The grant it acts under.
    pub grant: String,
    /// Whether it may change anything.
    pub may_write: bool,
    /// Last day.
    pub expires_on: NaiveDate,
}

/// Checks what was typed about a new token; `grants` are those the person holds.
pub fn check_token(fields: &Fields, grants: &[String], today: NaiveDate) -> Result<TokenForm, Errors> {
    let mut errors = Errors::default();
    let name = fields.get("name").to_owned();
    if name.is_empty() || name.chars().count() > 80 {
        errors.add("name", both("Hãy đặt tên để nhận ra mã này, tối đa 80 ký tự.", "Give it a name of at most 80 characters."));
    }
    let grant = fields.get("grant").to_owned();
    if !grants.contains(&grant) {
        errors.add("grant", both("Hãy chọn một vai trò bạn đang giữ.", "Choose a role you hold."));
    }
    let may_write = match fields.get("scope") {
        "read" => false,
        "write" => true,
        _ => {
            errors.add("scope", both("Hãy chọn mã được làm gì.", "Choose what it may do."));
            false
        }
    };
    let last = today.checked_add_days(Days::new(TOKEN_DAYS)).unwrap_or(today);
    let expires_on = fields.day("expires_on", &mut errors);
    if expires_on.is_some_and(|day| day < today || day > last) {
        let last = text::date_vi(last);
        errors.add(
            "expires_on",
            both(
                format!("Ngày hết hạn phải từ hôm nay đến {last} (tối đa {TOKEN_DAYS} ngày)."),
                format!("The last day must lie between today and {last} (at most {TOKEN_DAYS} days)."),
            ),
        );
    }
    match expires_on {
        Some(expires_on) if errors.is_empty() => Ok(TokenForm { name, grant, may_write, expires_on }),
        _ => Err(errors),
    }
}
