//! Opening hours: reads what OpenStreetMap writes (`Mo-Fr 08:00-12:00,13:30-17:00; Sa off`) and the commonest Vietnamese
//! form (“8h–20h hằng ngày”); says them in words, and whether the door is open now. What it cannot read is shown as typed.

use crate::text::{self, Tongue};

/// Spans of one day in minutes after midnight; an end beyond 1440 lies in the next day.
type Spans = Vec<(u16, u16)>;

/// The week, Monday first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours([Spans; 7]);

/// How the door stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Open until this minute of the day; none: around the clock.
    Open(Option<u16>),
    /// Closed; opens in so many days (0: later today) at this minute. None: never opens.
    Shut(Option<(u8, u16)>),
}

const DAY: u16 = 24 * 60;
const WORDS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const VI: [&str; 7] = ["thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"];
const EN: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SCHEMA: [&str; 7] = [
    "https://schema.org/Monday",
    "https://schema.org/Tuesday",
    "https://schema.org/Wednesday",
    "https://schema.org/Thursday",
    "https://schema.org/Friday",
    "https://schema.org/Saturday",
    "https://schema.org/Sunday",
];

impl Hours {
    /// Reads hours; none if any part is not understood.
    pub fn parse(typed: &str) -> Option<Hours> {
        let typed = typed.trim();
        if typed == "24/7" {
            return Some(Hours(std::array::from_fn(|_| vec![(0, DAY)])));
        }
        if let Some(span) = every_day(typed) {
            return Some(Hours(std::array::from_fn(|_| vec![span])));
        }
        let mut week: [Spans; 7] = Default::default();
        for rule in typed.split(';').map(str::trim).filter(|rule| !rule.is_empty()) {
            let at = rule.find(|c: char| c.is_ascii_digit()).or_else(|| rule.find("off")).or_else(|| rule.find("closed"))?;
            let (days, times) = (rule[..at].trim().trim_end_matches(':'), rule[at..].trim());
            let chosen = if days.is_empty() { vec![true; 7] } else { read_days(days)? };
            let spans = match times {
                "off" | "closed" => Vec::new(),
                // “8h–20h” alone does not say on which days
                times if times.contains(['h', 'H', 'g']) => return None,
                times => {
                    let mut spans = times.split(',').map(|span| read_span(span.trim())).collect::<Option<Spans>>()?;
                    spans.sort_unstable();
                    spans
                }
            };
            for (day, _) in chosen.iter().enumerate().filter(|(_, chosen)| **chosen) {
                week[day].clone_from(&spans);
            }
        }
        week.iter().any(|spans| !spans.is_empty()).then_some(Hours(week))
    }

    /// Days with the same hours, in order of their first day: days, times.
    pub fn lines(&self, lang: Tongue) -> Vec<(String, String)> {
        self.groups().into_iter().map(|(days, spans)| (sentence(&name_days(&days, lang)), name_spans(spans, lang))).collect()
    }

    /// Hours as people write them, from what was typed in any way; as typed where it cannot be read.
    pub fn words(typed: &str, lang: Tongue) -> String {
        let Some(hours) = Hours::parse(typed) else { return typed.to_owned() };
        hours.lines(lang).into_iter().map(|(days, times)| format!("{days}: {times}")).collect::<Vec<_>>().join("; ")
    }

    /// For schema.org: days, opens, closes.
    pub fn specification(&self) -> serde_json::Value {
        let groups = self.groups().into_iter().flat_map(|(days, spans)| {
            spans.iter().map(move |(from, to)| {
                let days: Vec<&str> = days.iter().map(|day| SCHEMA[*day]).collect();
                // schema.org says "open around the clock" as 00:00–23:59
                let closes = if (*from, *to) == (0, DAY) { "23:59".to_owned() } else { long(*to) };
                serde_json::json!({"@type": "OpeningHoursSpecification", "dayOfWeek": days, "opens": long(*from), "closes": closes})
            })
        });
        serde_json::Value::Array(groups.collect())
    }

    /// How the door stands on a day of the week (0 = Monday) at a minute of the day.
    pub fn door(&self, day: usize, minute: u16) -> Door {
        if self.0.iter().all(|spans| spans[..] == [(0, DAY)]) {
            return Door::Open(None);
        }
        let yesterday = &self.0[(day + 6) % 7];
        if let Some((_, to)) = yesterday.iter().find(|(_, to)| *to > DAY && minute < to - DAY) {
            return Door::Open(Some(to - DAY));
        }
        if let Some((_, to)) = self.0[day].iter().find(|(from, to)| *from <= minute && minute < *to) {
            return Door::Open(Some(to % DAY));
        }
        let next = (0..8u8).find_map(|ahead| {
            let spans = &self.0[(day + usize::from(ahead)) % 7];
            spans.iter().find(|(from, _)| ahead > 0 || *from > minute).map(|(from, _)| (ahead, *from))
        });
        Door::Shut(next)
    }

    /// The same in words: "Đang mở cửa đến 20:00".
    pub fn door_words(&self, day: usize, minute: u16, lang: Tongue) -> (bool, String) {
        match (self.door(day, minute), lang) {
            (Door::Open(None), Tongue::Vi) => (true, "Mở cửa cả ngày đêm".to_owned()),
            (Door::Open(None), Tongue::En) => (true, "Open day and night".to_owned()),
            (Door::Open(Some(to)), Tongue::Vi) => (true, format!("Đang mở cửa đến {}", short(to))),
            (Door::Open(Some(to)), Tongue::En) => (true, format!("Open until {}", short(to))),
            (Door::Shut(None), Tongue::Vi) => (false, "Đã đóng cửa".to_owned()),
            (Door::Shut(None), Tongue::En) => (false, "Closed now".to_owned()),
            (Door::Shut(Some((ahead, from))), Tongue::Vi) => {
                let when = match ahead {
                    0 => String::new(),
                    1 => " ngày mai".to_owned(),
                    ahead => format!(" {}", VI[(day + usize::from(ahead)) % 7]),
                };
                (false, format!("Đã đóng cửa, mở lại {}{when}", short(from)))
            }
            (Door::Shut(Some((ahead, from))), Tongue::En) => {
                let when = match ahead {
                    0 => String::new(),
                    1 => " tomorrow".to_owned(),
                    ahead => format!(" on {}", EN[(day + usize::from(ahead)) % 7]),
                };
                (false, format!("Closed now, opens at {}{when}", short(from)))
            }
        }
    }

    /// The week in one spelling: what places with the same hours share.
    pub fn spelling(&self) -> String {
        let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let rules = self.groups().into_iter().map(|(days, spans)| {
            let days = runs(&days)
                .into_iter()
                .map(|(first, last)| if first == last { WORDS[first].to_owned() } else { format!("{}-{}", WORDS[first], WORDS[last]) })
                .collect::<Vec<_>>()
                .join(",");
            let spans = spans
                .iter()
                .map(|(from, to)| format!("{}-{}", time(*from), time(if *to > DAY { to - DAY } else { *to })))
                .collect::<Vec<_>>()
                .join(",");
            format!("{days} {}", if spans.is_empty() { "off" } else { &spans })
        });
        rules.collect::<Vec<_>>().join("; ")
    }

    /// When the door is open: day of the week (0 = Monday), from, to in minutes of that day; none over another.
    pub fn minutes(&self) -> Vec<(i64, i64, i64)> {
        let whole = i64::from(DAY);
        let mut open: Vec<(i64, i64, i64)> = Vec::new();
        for (day, spans) in self.0.iter().enumerate() {
            let day = day as i64;
            for (from, to) in spans.iter().map(|(from, to)| (i64::from(*from), i64::from(*to))) {
                open.push((day, from, to.min(whole)));
                if to > whole {
                    open.push(((day + 1) % 7, 0, to - whole));
                }
            }
        }
        open.sort_unstable();
        let mut apart: Vec<(i64, i64, i64)> = Vec::new();
        for (day, from, to) in open {
            match apart.last_mut() {
                Some(last) if last.0 == day && from <= last.2 => last.2 = last.2.max(to),
                _ => apart.push((day, from, to)),
            }
        }
        apart
    }

    fn groups(&self) -> Vec<(Vec<usize>, &Spans)> {
        let mut groups: Vec<(Vec<usize>, &Spans)> = Vec::new();
        for (day, spans) in self.0.iter().enumerate() {
            match groups.iter_mut().find(|(_, known)| *known == spans) {
                Some((days, _)) => days.push(day),
                None => groups.push((vec![day], spans)),
            }
        }
        groups
    }
}

/// Days in order as runs of neighbours: first, last.
fn runs(days: &[usize]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some(last) if last.1 + 1 == *day => last.1 = *day,
            _ => runs.push((*day, *day)),
        }
    }
    runs
}

fn read_days(text: &str) -> Option<Vec<bool>> {
    let day = |word: &str| WORDS.iter().position(|known| known.eq_ignore_ascii_case(word.trim()));
    let mut chosen = vec![false; 7];
    for part in text.split(',') {
        let (from, to) = match part.split_once('-') {
            Some((from, to)) => (day(from)?, day(to)?),
            None => (day(part)?, day(part)?),
        };
        let mut at = from;
        chosen[at] = true;
        while at != to {
            at = (at + 1) % 7;
            chosen[at] = true;
        }
    }
    Some(chosen)
}

fn read_span(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once(['-', '–'])?;
    let (from, to) = (clock_time(from.trim())?, clock_time(to.trim())?);
    if from >= DAY {
        return None;
    }
    Some((from, if to <= from { to + DAY } else { to }))
}

/// `08:00`, `8h`, `8h30`; at most 24:00.
fn clock_time(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once([':', 'h', 'H', 'g'])?;
    let digits = |text: &str| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if hour.is_empty() || !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, if minute.is_empty() { 0 } else { minute.parse().ok()? });
    (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
}

/// “8h–20h hằng ngày”, “Hằng ngày: 8h00 - 20h30”: only when it says every day.
fn every_day(typed: &str) -> Option<(u16, u16)> {
    let folded = text::fold(typed);
    let days = ["hang ngay", "moi ngay", "ca tuan", "tat ca cac ngay"]
        .into_iter()
        .find(|days| folded.starts_with(days) || folded.ends_with(days))?;
    let words = days.split(' ').count();
    let parts: Vec<&str> = typed.split_whitespace().collect();
    let rest = if folded.starts_with(days) { parts.get(words..)? } else { parts.get(..parts.len().checked_sub(words)?)? };
    let rest = rest.concat().replace("đến", "-").replace("–", "-");
    let rest = rest.trim_start_matches("từ").trim_matches([',', ':', ';']);
    let (from, to) = read_span(rest)?;
    Some((from, to))
}

fn short(minute: u16) -> String {
    let minute = minute % DAY;
    format!("{}:{:02}", minute / 60, minute % 60)
}

fn long(minute: u16) -> String {
    let minute = minute % DAY;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// "thứ Hai – thứ Sáu", "thứ Bảy, Chủ nhật".
fn name_days(days: &[usize], lang: Tongue) -> String {
    let names = match lang {
        Tongue::Vi => &VI,
        Tongue::En => &EN,
    };
    if days.len() == 7 {
        return lang.pick("hằng ngày", "every day").to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    for (first, last) in runs(days) {
        match last - first {
            0 => parts.push(names[first].to_owned()),
            1 => parts.extend([names[first].to_owned(), names[last].to_owned()]),
            _ => parts.push(format!("{} – {}", names[first], names[last])),
        }
    }
    parts.join(", ")
}

fn name_spans(spans: &Spans, lang: Tongue) -> String {
    if spans.is_empty() {
        return lang.pick("nghỉ", "closed").to_owned();
    }
    if spans[..] == [(0, DAY)] {
        return lang.pick("cả ngày đêm", "day and night").to_owned();
    }
    let end = |to: u16| if to == DAY { "24:00".to_owned() } else { short(to) };
    spans.iter().map(|(from, to)| format!("{}–{}", short(*from), end(*to))).collect::<Vec<_>>().join(", ")
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
