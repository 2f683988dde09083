//! Stars by score, as data of the law.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::error::{Both, both};
use crate::law::{Dated, List, built_in};
use crate::listed;

/// What an instrument says of stars.
#[derive(Clone, Debug, Deserialize)]
pub struct Scale {
    /// Instrument.
    pub instrument: String,
    /// First day.
    pub from: NaiveDate,
    /// First day no longer.
    pub to: Option<NaiveDate>,
    /// First day on which it no longer judges files of before, beside the scale that followed.
    pub beside_to: Option<NaiveDate>,
    /// Lowest score of one, two, … stars, in points.
    pub thresholds: Vec<i64>,
    /// Highest score, in points.
    pub most: i64,
    /// From how many stars a certificate is issued.
    pub certified_from: i64,
    /// Months that a certificate is valid, where it names no last day.
    pub months: i64,
    /// From which score a product of one star less counts as a candidate for the highest.
    pub potential: i64,
}

listed! { "products/stars.toml" / "scale" of Scale by instrument, from..to; instrument }

/// The lists of this file.
pub fn lists() -> Vec<List> {
    vec![List::of::<Scale>()]
}

static LISTED: LazyLock<Dated<Scale>> = LazyLock::new(built_in);

/// All scales, the oldest first.
pub fn all() -> &'static [Scale] {
    LISTED.all()
}

/// The scale of a day; before the first one, the first.
pub fn on(day: NaiveDate) -> Option<&'static Scale> {
    LISTED.on(day).next().or(LISTED.all().first())
}

/// Months that a certificate of a day is valid, where it names no last day.
pub fn months(day: NaiveDate) -> i64 {
    on(day).map_or(0, |scale| scale.months)
}

/// The scales by which a product may have been judged on a day: the one of the day first, then those that still judge files
/// of before.
pub fn judging(day: NaiveDate) -> impl Iterator<Item = &'static Scale> {
    let of_day = on(day);
    let beside =
        LISTED.all().iter().filter(move |scale| scale.to.is_some_and(|to| to <= day) && scale.beside_to.is_some_and(|to| day < to));
    of_day.into_iter().chain(beside)
}

impl Scale {
    /// Stars of a score in hundredths of a point.
    pub fn stars(&self, score: i64) -> i64 {
        self.thresholds.iter().filter(|threshold| **threshold * 100 <= score).count() as i64
    }

    /// Whether a number of stars exists.
    pub fn has(&self, stars: i64) -> bool {
        (1..=self.thresholds.len() as i64).contains(&stars)
    }

    /// Refuses a score that does not exist.
    pub fn check_score(&self, score: i64) -> Result<(), Both> {
        if (0..=self.most * 100).contains(&score) {
            return Ok(());
        }
        let most = self.most;
        Err(both(
            format!("điểm {} nằm ngoài thang 0–{most}; hãy kiểm tra lại", points(score)),
            format!("score {} is outside 0–{most}; check it", points(score)),
        ))
    }

    /// Refuses a score that belongs to another number of stars; a candidate for the highest may wait with one star less.
    pub fn check_pair(&self, stars: i64, score: i64) -> Result<(), Both> {
        let earned = self.stars(score);
        let top = self.thresholds.len() as i64;
        if earned == stars || (earned == top && stars == top - 1 && score >= self.potential * 100) {
            return Ok(());
        }
        Err(both(
            format!("{} điểm là hạng {earned} sao, không phải {stars} sao; hãy sửa điểm hoặc hạng sao", points(score)),
            format!("{} points make {earned} stars, not {stars}; correct the score or the stars", points(score)),
        ))
    }
}

/// "69,5": hundredths of a point as Vietnamese papers print them.
pub fn points(score: i64) -> String {
    let (whole, part) = (score / 100, (score % 100).abs());
    match part {
        0 => whole.to_string(),
        part if part % 10 == 0 => format!("{whole},{}", part / 10),
        part => format!("{whole},{part:02}"),
    }
}

/// Reads a score: "69", "69,5", "69.25". None when it is no number or has more than two decimals that say something.
pub fn read_points(typed: &str) -> Option<i64> {
    let value: f64 = typed.trim().replace(',', ".").parse().ok()?;
    let hundredths = value * 100.0;
    (hundredths.abs() < 1e9 && (hundredths - hundredths.round()).abs() < 1e-6).then(|| hundredths.round() as i64)
}
