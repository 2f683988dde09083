//! Who recognises a product, by stars and day, as data of the law. Pure.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::law::{Dated, List, Listed, Period, built_in};

/// Who decides on products of some stars.
#[derive(Clone, Debug, Deserialize)]
pub struct Decider {
    /// For which numbers of stars.
    pub stars: Vec<i64>,
    /// `district`, `province` or `ministry`.
    pub by: String,
    /// Instrument.
    pub instrument: String,
    /// First day.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
    /// Word of the entry: the stars.
    #[serde(skip)]
    word: std::sync::OnceLock<String>,
}

impl Listed for Decider {
    const FILE: &'static str = "products/deciders.toml";
    const TABLE: &'static str = "decider";

    fn id(&self) -> &str {
        self.word.get_or_init(|| self.stars.iter().map(i64::to_string).collect::<Vec<_>>().join("-"))
    }

    fn period(&self) -> Period {
        Period::new(self.from, self.to)
    }

    fn instruments(&self) -> Vec<&str> {
        vec![&self.instrument]
    }

    fn fault(&self) -> Option<String> {
        (!["district", "province", "ministry"].contains(&self.by.as_str())).then(|| format!("by = {}", self.by))
    }
}

/// The list of this file.
pub fn lists() -> Vec<List> {
    vec![List::of::<Decider>()]
}

static LISTED: LazyLock<Dated<Decider>> = LazyLock::new(built_in);

impl Decider {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self.by.as_str() {
            "district" => "UBND cấp huyện",
            "province" => "UBND Thành phố",
            _ => "Bộ, ngành trung ương",
        }
    }
}

/// Who decides on a number of stars on a day; none where no source says so.
pub fn on(stars: i64, day: NaiveDate) -> Option<&'static Decider> {
    LISTED.on(day).find(|decider| decider.stars.contains(&stars))
}

/// Who decides on which stars on a day, in words.
pub fn told(day: NaiveDate) -> String {
    let parts = LISTED.on(day).map(|decider| {
        let stars = decider.stars.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        format!("{stars} sao: {}", decider.name())
    });
    parts.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(stars: i64, day: &str) -> Option<&'static str> {
        on(stars, day.parse().unwrap()).map(|decider| decider.by.as_str())
    }

    #[test]
    fn who_decides_follows_the_law_of_the_day() {
        assert_eq!(by(3, "2022-06-01"), Some("province"));
        assert_eq!((by(3, "2024-06-01"), by(4, "2024-06-01"), by(5, "2024-06-01")), (Some("district"), Some("province"), Some("ministry")));
        assert_eq!((by(3, "2025-07-03"), by(4, "2025-07-03")), (None, Some("province")), "no source names a body for these five days");
        assert_eq!((by(3, "2025-07-06"), by(5, "2026-11-26"), by(2, "2026-11-26")), (Some("province"), Some("ministry"), None));
        assert_eq!(told("2026-11-26".parse().unwrap()), "3, 4 sao: UBND Thành phố; 5 sao: Bộ, ngành trung ương");
    }
}
