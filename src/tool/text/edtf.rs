//! Days that are not exact, as a source gives them: a year, a month, "by 2023", "about 2020", a year that was inferred.
//!
//! They are kept in the notation of ISO 8601-2 (Extended Date/Time Format): `2020-10-08`, `2023-05`, `2023-34` (second
//! quarter), `2020`; `?` not certain, `~` approximate, `%` both, behind the part they speak of (`2022?-10-15`: only the year
//! is inferred); `../2023` some day up to the end of 2023, `2020-08-03/..` not before that day, `2020/2021` some day of the
//! two years. The sets `[..2023]`, `[2020..2021]`, which say the same of one day, are read as well.

use std::cmp::Ordering;
use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate};

use super::{DateError, Tongue, date_vi, fold, nfc, parse_date};

/// A day as its source gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edtf(Shape);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Shape {
    At(Part),
    /// Some day between the two, both included; one of them may be open.
    Between(Option<Part>, Option<Part>),
}

/// One date with what its source says against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Part {
    date: Date,
    mark: Option<Mark>,
    /// The mark speaks of this component and those before it.
    of: Component,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Date {
    Day(NaiveDate),
    Month(i32, u32),
    Quarter(i32, u32),
    Year(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mark {
    Uncertain,
    Approximate,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Component {
    Year,
    Month,
    /// The last one of the date.
    Whole,
}

const YEARS: std::ops::RangeInclusive<i32> = 1000..=9999;
const QUARTERS: [&str; 4] = ["I", "II", "III", "IV"];
const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

impl Date {
    fn first(self) -> Option<NaiveDate> {
        match self {
            Date::Day(day) => Some(day),
            Date::Month(year, month) => NaiveDate::from_ymd_opt(year, month, 1),
            Date::Quarter(year, quarter) => NaiveDate::from_ymd_opt(year, quarter * 3 - 2, 1),
            Date::Year(year) => NaiveDate::from_ymd_opt(year, 1, 1),
        }
    }

    /// Months that it lasts; a day is none.
    fn months(self) -> u32 {
        match self {
            Date::Day(_) => 0,
            Date::Month(..) => 1,
            Date::Quarter(..) => 3,
            Date::Year(_) => 12,
        }
    }

    fn last(self) -> Option<NaiveDate> {
        match self {
            Date::Day(day) => Some(day),
            _ => self.first()?.checked_add_months(Months::new(self.months()))?.pred_opt(),
        }
    }

    /// The date of the same length that holds this day.
    fn like(self, day: NaiveDate) -> Date {
        match self {
            Date::Day(_) => Date::Day(day),
            Date::Month(..) => Date::Month(day.year(), day.month()),
            Date::Quarter(..) => Date::Quarter(day.year(), day.month().div_ceil(3)),
            Date::Year(_) => Date::Year(day.year()),
        }
    }

    fn before(self) -> Option<Date> {
        let day = self.first()?.pred_opt()?;
        YEARS.contains(&day.year()).then(|| self.like(day))
    }

    fn after(self) -> Option<Date> {
        let day = self.last()?.succ_opt()?;
        YEARS.contains(&day.year()).then(|| self.like(day))
    }
}

impl From<Date> for Part {
    fn from(date: Date) -> Part {
        Part { date, mark: None, of: Component::Whole }
    }
}

impl Part {
    /// How far an approximate date may be off: one of what it counts in. A convention of this program; the notation names none.
    fn slack(self) -> Option<Slack> {
        let months = match (self.mark?, self.of) {
            (Mark::Uncertain, _) => return None,
            (_, Component::Year) => 12,
            (_, Component::Month) => 1,
            (_, Component::Whole) => self.date.months(),
        };
        Some(if months == 0 { Slack::Day } else { Slack::Months(Months::new(months)) })
    }

    fn first(self) -> Option<NaiveDate> {
        let first = self.date.first()?;
        match self.slack() {
            None => Some(first),
            Some(Slack::Day) => first.checked_sub_days(Days::new(1)),
            Some(Slack::Months(months)) => first.checked_sub_months(months),
        }
    }

    fn last(self) -> Option<NaiveDate> {
        let last = self.date.last()?;
        match (self.slack(), self.date) {
            (None, _) => Some(last),
            (Some(Slack::Day), _) => last.checked_add_days(Days::new(1)),
            (Some(Slack::Months(months)), Date::Day(day)) => day.checked_add_months(months),
            (Some(Slack::Months(months)), _) => last.succ_opt()?.checked_add_months(months)?.pred_opt(),
        }
    }

    /// `2022?-10-15`: components with the mark behind the one it speaks of.
    fn parse(text: &str) -> Option<Part> {
        let mut part: Option<(Mark, usize)> = None;
        let mut bare = [""; 3];
        let mut count = 0;
        for piece in text.split('-') {
            let digits = piece.trim_end_matches(['?', '~', '%']);
            let mark = match &piece[digits.len()..] {
                "" => None,
                "?" => Some(Mark::Uncertain),
                "~" => Some(Mark::Approximate),
                "%" => Some(Mark::Both),
                _ => return None,
            };
            if let Some(mark) = mark {
                if part.is_some() {
                    return None;
                }
                part = Some((mark, count));
            }
            *bare.get_mut(count)? = digits;
            count += 1;
        }
        let number = |text: &str, length: usize| {
            (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<u32>().ok()).flatten()
        };
        let year = i32::try_from(number(bare[0], 4)?).ok().filter(|year| YEARS.contains(year))?;
        let date = match count {
            1 => Date::Year(year),
            2 => match number(bare[1], 2)? {
                month @ 1..=12 => Date::Month(year, month),
                quarter @ 33..=36 => Date::Quarter(year, quarter - 32),
                _ => return None,
            },
            _ => Date::Day(NaiveDate::from_ymd_opt(year, number(bare[1], 2)?, number(bare[2], 2)?)?),
        };
        Some(match part {
            None => date.into(),
            Some((mark, at)) if at + 1 == count => Part { date, mark: Some(mark), of: Component::Whole },
            Some((mark, at)) => Part { date, mark: Some(mark), of: if at == 0 { Component::Year } else { Component::Month } },
        })
    }

    fn write(self, out: &mut String) {
        use fmt::Write as _;
        let mark = |of: Component| match self.mark {
            Some(mark) if self.of == of => match mark {
                Mark::Uncertain => "?",
                Mark::Approximate => "~",
                Mark::Both => "%",
            },
            _ => "",
        };
        let (year, month, whole) = (mark(Component::Year), mark(Component::Month), mark(Component::Whole));
        // writing to a String cannot fail
        let _ = match self.date {
            Date::Day(day) => write!(out, "{:04}{year}-{:02}{month}-{:02}{whole}", day.year(), day.month(), day.day()),
            Date::Month(y, m) => write!(out, "{y:04}{year}-{m:02}{whole}"),
            Date::Quarter(y, q) => write!(out, "{y:04}{year}-{:02}{whole}", q + 32),
            Date::Year(y) => write!(out, "{y:04}{whole}"),
        };
    }

    fn shown(self, tongue: Tongue) -> String {
        let bare = match (self.date, tongue) {
            (Date::Day(day), _) => date_vi(day),
            (Date::Month(year, month), Tongue::Vi) => format!("tháng {month}/{year}"),
            (Date::Month(year, month), Tongue::En) => format!("{} {year}", MONTHS[(month as usize - 1).min(11)]),
            (Date::Quarter(year, quarter), Tongue::Vi) => format!("quý {}/{year}", QUARTERS[(quarter as usize - 1).min(3)]),
            (Date::Quarter(year, quarter), Tongue::En) => format!("quarter {} of {year}", QUARTERS[(quarter as usize - 1).min(3)]),
            (Date::Year(year), Tongue::Vi) => format!("năm {year}"),
            (Date::Year(year), Tongue::En) => year.to_string(),
        };
        let of = match self.of {
            Component::Year => tongue.pick("năm ", "year "),
            Component::Month => tongue.pick("tháng, năm ", "month and year "),
            Component::Whole => "",
        };
        match (self.mark, self.of) {
            (None, _) => bare,
            (Some(Mark::Uncertain), _) => format!("{bare} ({of}{})", tongue.pick("chưa chắc", "uncertain")),
            (Some(Mark::Approximate), Component::Whole) => format!("{} {bare}", tongue.pick("khoảng", "about")),
            (Some(Mark::Both), Component::Whole) => {
                format!("{} {bare} ({})", tongue.pick("khoảng", "about"), tongue.pick("chưa chắc", "uncertain"))
            }
            (Some(Mark::Approximate), _) => format!("{bare} ({of}{})", tongue.pick("ước chừng", "approximate")),
            (Some(Mark::Both), _) => format!("{bare} ({of}{})", tongue.pick("ước chừng, chưa chắc", "approximate, uncertain")),
        }
    }
}

enum Slack {
    Day,
    Months(Months),
}

impl Edtf {
    /// A day that is known.
    pub fn exact(day: NaiveDate) -> Edtf {
        Edtf(Shape::At(Date::Day(day).into()))
    }

    /// Reads the notation.
    pub fn parse(text: &str) -> Option<Edtf> {
        let set = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let sides = match set {
            Some(inner) => Some(inner.split_once("..")?),
            None => text.split_once('/'),
        };
        let Some((from, to)) = sides else { return Part::parse(text).map(|part| Edtf(Shape::At(part))) };
        let side = |text: &str| match text {
            "" | ".." => Some(None),
            _ => Part::parse(text).map(Some),
        };
        Edtf::between(side(from)?, side(to)?)
    }

    fn between(from: Option<Part>, to: Option<Part>) -> Option<Edtf> {
        match (from, to) {
            (None, None) => None,
            (Some(from), Some(to)) if from.first() > to.last() || from.date.first() > to.date.last() => None,
            (Some(from), Some(to)) if from == to => Some(Edtf(Shape::At(from))),
            _ => Some(Edtf(Shape::Between(from, to))),
        }
    }

    /// Reads what people write in lists and forms, in Vietnamese and English: a date in any of the shapes of [`parse_date`], the
    /// notation, "năm 2023", "5/2023", "quý II/2023", "khoảng 2020", "trước 2023", "đến năm 2023". "không rõ" is none.
    ///
    /// # Errors
    /// [`DateError`]: a day the calendar has not, or a text that is neither.
    pub fn read(text: &str) -> Result<Option<Edtf>, DateError> {
        match parse_date(text) {
            Ok(day) => Ok(Some(Edtf::exact(day))),
            Err(DateError::Empty) => Ok(None),
            Err(error @ DateError::NoSuchDay { .. }) => Err(error),
            Err(_) => super::day_words::read(text),
        }
    }

    /// The value of two columns: the exact day, or the notation where it is not exact.
    pub fn of(day: Option<NaiveDate>, word: &str) -> Option<Edtf> {
        if word.is_empty() { day.map(Edtf::exact) } else { Edtf::parse(word).or(day.map(Edtf::exact)) }
    }

    /// The same two columns again: the day if it is exact, else the notation.
    pub fn columns(value: Option<Edtf>) -> (Option<NaiveDate>, String) {
        match value {
            None => (None, String::new()),
            Some(value) => match value.day() {
                Some(day) => (Some(day), String::new()),
                None => (None, value.word()),
            },
        }
    }

    /// The day, if it is exact.
    pub fn day(self) -> Option<NaiveDate> {
        match self.0 {
            Shape::At(Part { date: Date::Day(day), mark: None, .. }) => Some(day),
            _ => None,
        }
    }

    /// Whether the source gives it to the day and without doubt.
    pub fn is_exact(self) -> bool {
        self.day().is_some()
    }

    /// The first day it can be; none: open.
    pub fn earliest(self) -> Option<NaiveDate> {
        match self.0 {
            Shape::At(part) => part.first(),
            Shape::Between(from, _) => from?.first(),
        }
    }

    /// The last day it can be; none: open.
    pub fn latest(self) -> Option<NaiveDate> {
        match self.0 {
            Shape::At(part) => part.last(),
            Shape::Between(_, to) => to?.last(),
        }
    }

    /// The notation, for the store, files and programs.
    pub fn word(self) -> String {
        let mut word = String::new();
        match self.0 {
            Shape::At(part) => part.write(&mut word),
            Shape::Between(from, to) => {
                for (at, side) in [from, to].into_iter().enumerate() {
                    if at == 1 {
                        word.push('/');
                    }
                    match side {
                        Some(part) => part.write(&mut word),
                        None => word.push_str(".."),
                    }
                }
            }
        }
        word
    }

    /// In words, to stand behind "mở": "năm 2020", "tháng 5/2023", "khoảng năm 2020", "chậm nhất năm 2023"; an exact day as "08/10/2020".
    pub fn shown(self, tongue: Tongue) -> String {
        match self.0 {
            Shape::At(part) => part.shown(tongue),
            Shape::Between(None, Some(to)) => format!("{} {}", tongue.pick("chậm nhất", "by"), to.shown(tongue)),
            Shape::Between(Some(from), None) => format!("{} {}", tongue.pick("sớm nhất", "not before"), from.shown(tongue)),
            Shape::Between(Some(from), Some(to)) => {
                format!(
                    "{} {} {} {}",
                    tongue.pick("trong khoảng từ", "between"),
                    from.shown(tongue),
                    tongue.pick("đến", "and"),
                    to.shown(tongue)
                )
            }
            Shape::Between(None, None) => String::new(),
        }
    }
}

impl fmt::Display for Edtf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word())
    }
}

/// By the first day it can be, then by the last: an open side lies before, or after, all days.
impl Ord for Edtf {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |day: &Edtf| (day.earliest().unwrap_or(NaiveDate::MIN), day.latest().unwrap_or(NaiveDate::MAX));
        key(self).cmp(&key(other)).then_with(|| self.word().cmp(&other.word()))
    }
}

impl PartialOrd for Edtf {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What the reader of words asks of the notation.
pub(super) mod build {
    use super::*;

    /// One date as typed, with its doubts.
    #[derive(Clone, Copy)]
    pub struct Found(Part);

    /// A day, month, quarter or year, as far as the calendar has it.
    pub fn date(year: i32, month: Option<u32>, day: Option<u32>) -> Option<Found> {
        let year = YEARS.contains(&year).then_some(year)?;
        let date = match (month, day) {
            (Some(month), Some(day)) => Date::Day(NaiveDate::from_ymd_opt(year, month, day)?),
            (Some(month), None) => Date::Month(year, Some(month).filter(|month| (1..=12).contains(month))?),
            (None, _) => Date::Year(year),
        };
        Some(Found(date.into()))
    }

    pub fn quarter(year: i32, quarter: u32) -> Option<Found> {
        ((1..=4).contains(&quarter) && YEARS.contains(&year)).then(|| Found(Date::Quarter(year, quarter).into()))
    }

    pub fn parsed(text: &str) -> Option<Found> {
        Part::parse(text).map(Found)
    }

    impl Found {
        /// Said to be about; what was said before stays.
        pub fn about(self) -> Found {
            self.marked(Mark::Approximate, Component::Whole)
        }

        /// With a doubt that speaks of these components; what was said before stays.
        pub fn marked(self, mark: Mark, of: Component) -> Found {
            let mark = match self.0.mark {
                Some(known) if known != mark => Mark::Both,
                _ => mark,
            };
            let of = match (of, self.0.date) {
                (Component::Year, Date::Year(_)) | (Component::Month, Date::Month(..) | Date::Quarter(..) | Date::Year(_)) => {
                    Component::Whole
                }
                (of, _) => of,
            };
            Found(Part { mark: Some(mark), of, ..self.0 })
        }

        pub fn before(self) -> Option<Found> {
            self.0.date.before().map(|date| Found(Part { date, ..self.0 }))
        }

        pub fn after(self) -> Option<Found> {
            self.0.date.after().map(|date| Found(Part { date, ..self.0 }))
        }

        /// Month and year, for a first date that leaves them to the second.
        pub fn year_and_month(self) -> (i32, Option<u32>) {
            match self.0.date {
                Date::Day(day) => (day.year(), Some(day.month())),
                Date::Month(year, month) => (year, Some(month)),
                Date::Quarter(year, _) | Date::Year(year) => (year, None),
            }
        }

        pub fn is_day(self) -> bool {
            matches!(self.0.date, Date::Day(_))
        }

        pub fn at(self) -> Edtf {
            Edtf(Shape::At(self.0))
        }
    }

    pub fn span(from: Option<Found>, to: Option<Found>) -> Option<Edtf> {
        Edtf::between(from.map(|found| found.0), to.map(|found| found.0))
    }
}

/// A line in lower case without tone marks, its punctuation kept, as the words of dates are compared.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in nfc(text).chars() {
        match c {
            '–' | '—' | '−' => plain.push('-'),
            c if c.is_alphabetic() => plain.push_str(&fold(c.encode_utf8(&mut [0; 4]))),
            c => plain.push(c),
        }
    }
    plain
}
