//! What every page shares: language, shell, forms, paging, static files.

mod again;
mod fields;
mod form;
mod lang;
pub mod menu;
pub mod once;
#[cfg(test)]
mod once_tests;
mod shell;
mod statics;
mod todo;

pub use crate::typed::{Choice, Errors, Fields, query_escape};
pub use again::Whole;
pub use fields::{Rest, Sent, SentFile, keep_papers, too_large};
pub use form::{Field, Form};
pub use lang::{Lang, texts};
pub use shell::{Shell, Visit, error_page, go, html};
pub use statics::{asset, serve as serve_static};
pub use todo::{COUNTED, Todo, TodoRow};

/// One page of a list that is read by key: rows, and the keys of the pages before and after.
#[derive(Debug, Clone)]
pub struct Slice<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// Key to read on after the last row, if there is more.
    pub next: Option<String>,
    /// Whether this is not the first page.
    pub after: Option<String>,
}

impl<T> Slice<T> {
    /// One page out of the rows found, which are one more than it shows where there is more; `key` is where to read on.
    pub fn cut(mut rows: Vec<T>, size: i64, after: Option<String>, key: impl FnOnce(&T) -> String) -> Slice<T> {
        let more = rows.len() as i64 > size;
        rows.truncate(size as usize);
        let next = rows.last().filter(|_| more).map(key);
        Slice { rows, next, after }
    }
}

/// A key of a page: sort key and id, opaque to readers.
pub fn page_key(sort: &str, id: &str) -> String {
    format!("{sort}.{id}")
}

/// Reads a key back; a key that was tampered with starts at the beginning.
pub fn read_key(key: &str) -> Option<(&str, &str)> {
    let (sort, id) = key.split_once('.')?;
    let clean = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (clean(sort) && clean(id)).then_some((sort, id))
}

/// Rows a page, from what was asked for: 1 to 100.
pub fn page_size(asked: Option<&str>, default: i64) -> i64 {
    asked.and_then(|text| text.parse::<i64>().ok()).unwrap_or(default).clamp(1, 100)
}

/// A date as templates hold it, by value or behind references.
pub trait Day {
    /// The date itself.
    fn date(&self) -> chrono::NaiveDate;
}

impl Day for chrono::NaiveDate {
    fn date(&self) -> chrono::NaiveDate {
        *self
    }
}

impl<D: Day> Day for &D {
    fn date(&self) -> chrono::NaiveDate {
        (**self).date()
    }
}

/// "22/11/2026", for templates.
pub fn day(date: impl Day) -> String {
    crate::text::date_vi(date.date())
}

/// How far a deadline is, in words: "Quá hạn 3 ngày", "hôm nay", "còn 4 ngày".
pub fn until(due: impl Day, today: impl Day) -> String {
    match (due.date() - today.date()).num_days() {
        0 => "hôm nay".to_owned(),
        days if days < 0 => format!("Quá hạn {} ngày", -days),
        days => format!("còn {days} ngày"),
    }
}

/// A number for pages: what the paper strikes out (`~~34~~28/SCT-QLCN`) is struck out there too.
pub fn printed(number: &str) -> askama::filters::Safe<String> {
    let mut html = String::new();
    for (at, part) in number.split("~~").enumerate() {
        let plain = part.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;");
        if at % 2 == 1 { html.push_str(&format!("<s>{plain}</s>")) } else { html.push_str(&plain) }
    }
    askama::filters::Safe(html)
}
