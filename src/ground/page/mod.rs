//! What every page shares: language, shell, forms, paging, static files.

mod again;
mod ask;
mod fields;
mod form;
mod lang;
pub mod menu;
pub mod once;
#[cfg(test)]
mod once_tests;
mod rows;
mod shell;
mod statics;
mod todo;

pub use crate::typed::{Choice, Errors, Fields, query_escape};
pub use again::Whole;
pub use ask::{Ask, Pager};
pub use fields::{Rest, Sent, SentFile, keep_papers, too_large};
pub use form::{Field, Form};
pub use lang::{Lang, texts};
pub use rows::{Rows, page_key, page_size, read_key};
pub use shell::{OnceKey, Shell, Visit, error_page, go, html, html_as};
pub use statics::{asset, serve as serve_static};
pub use todo::{COUNTED, Quick, Todo, TodoRow, Whose};

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

/// A number as templates hold it, by value or behind references; a text that is one already stays.
pub trait Count {
    /// As it is written: "2.414".
    fn written(&self) -> String;
}

macro_rules! counts {
    ($($number:ty)*) => { $(impl Count for $number {
        fn written(&self) -> String {
            crate::text::decimal_vi(*self as f64)
        }
    })* };
}

counts!(i64 i32 u32 u64 usize f64);

impl Count for String {
    fn written(&self) -> String {
        self.clone()
    }
}

impl<C: Count> Count for &C {
    fn written(&self) -> String {
        (**self).written()
    }
}

/// "2.414", for templates.
pub fn count(n: impl Count) -> String {
    n.written()
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

/// What opens a row of a list in place, on a phone; `name` is what the row is about.
pub fn more(name: &str) -> askama::filters::Safe<String> {
    askama::filters::Safe(format!(
        "<details class=\"row-more\"><summary><span class=\"sr-only\">Thêm về {}</span></summary></details>",
        escaped(name)
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A number for pages: what the paper strikes out (`~~34~~28/SCT-QLCN`) is struck out there too.
pub fn printed(number: &str) -> askama::filters::Safe<String> {
    let mut html = String::new();
    for (at, part) in number.split("~~").enumerate() {
        let plain = escaped(part);
        if at % 2 == 1 { html.push_str(&format!("<s>{plain}</s>")) } else { html.push_str(&plain) }
    }
    askama::filters::Safe(html)
}

/// So many characters fit on the line of a phone beside the name of a fact.
const UNBROKEN: usize = 22;

/// The number of a paper: never broken at the end of a line, struck out where the paper strikes it out.
pub fn number(number: &str) -> askama::filters::Safe<String> {
    let shown = printed(number);
    if number.chars().count() > UNBROKEN { shown } else { askama::filters::Safe(format!("<span class=\"no\">{}</span>", shown.0)) }
}
