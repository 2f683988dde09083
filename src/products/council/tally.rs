//! What the sheets of a council come to: the sum of totals against whole thresholds, how far they lie apart, which minimum is met
//! by how many, what ended the marking. Pure, and exact: nothing is divided; a mean is only ever shown.

use std::collections::BTreeMap;

use crate::scoring::mark::{self, End, Marks};
use crate::scoring::sheet::Sheet;
use crate::words;

words! {
    /// How a minimum counts over the members, by the local rules.
    pub enum Minimum {
        /// It must be met in every sheet.
        Each = "each" / "mọi thành viên đều chấm đạt",
        /// It must be met in more than half of the sheets.
        Most = "most" / "quá nửa số thành viên chấm đạt",
        /// Where sheets differ the council settles it in discussion.
        Settled = "settled" / "thống nhất khi thảo luận nếu phiếu khác nhau",
    }
}

/// A line of a minimum on which sheets differ and that the discussion has not settled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dispute {
    /// Number of the line, or the word of what would end the marking.
    pub key: String,
    /// In how many sheets it is met, or was found.
    pub met: usize,
    /// Of how many.
    pub of: usize,
}

/// What the discussion settled, by number of the line or word of the ground: whether it is met, or was found.
pub type Settled = BTreeMap<String, bool>;

/// What the sheets come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Sheets that count.
    pub heads: usize,
    /// The sum of their totals.
    pub total: i64,
    /// The lowest total.
    pub least: i64,
    /// The highest.
    pub most: i64,
    /// The star of the sum alone.
    pub band: i64,
    /// The star: its band and every minimum are met, and nothing ended the marking.
    pub star: i64,
    /// Minima between the band and the star that are not met: star, number of the line.
    pub unmet: Vec<(i64, String)>,
    /// What ended the marking.
    pub ended: Option<String>,
    /// What has to be settled before the star is known.
    pub disputes: Vec<Dispute>,
}

impl Tally {
    /// How far the totals lie apart.
    pub fn spread(&self) -> i64 {
        self.most - self.least
    }
}

/// The star of a sum of totals alone: the mean of `heads` sheets reaches a threshold where the sum reaches it so many times over.
pub fn band(total: i64, heads: usize, thresholds: &[i64]) -> i64 {
    if heads == 0 {
        return 0;
    }
    thresholds.iter().filter(|threshold| **threshold * heads as i64 <= total).count() as i64
}

/// The mean of a sum in hundredths, rounded half up: for display only.
pub fn mean(total: i64, heads: i64) -> i64 {
    if heads == 0 { 0 } else { (total * 200 + heads) / (2 * heads) }
}

/// Whether so many of so many do, by the local rule; none where the council has to settle it.
fn holds(rule: Minimum, met: usize, of: usize, settled: Option<&bool>) -> Option<bool> {
    if met == of || met == 0 {
        return Some(met == of);
    }
    match rule {
        Minimum::Each => Some(false),
        Minimum::Most => Some(met * 2 > of),
        Minimum::Settled => settled.copied(),
    }
}

/// The key of what ended one member's marking: the word of a ground, or the number of the line without points.
fn end_key(end: &End<'_>) -> String {
    match end {
        End::Found(ground) => ground.key(),
        End::Zero(line) => line.no.clone(),
    }
}

/// What sheets come to. `thresholds` are the lowest totals of one, two, … stars.
pub fn tally(sheet: &Sheet, all: &[Marks], thresholds: &[i64], rule: Minimum, settled: &Settled) -> Tally {
    let outcomes: Vec<_> = all.iter().map(|marks| mark::outcome(sheet, marks, thresholds)).collect();
    let totals = || outcomes.iter().map(|outcome| outcome.points);
    let (heads, total) = (all.len(), totals().sum::<i64>());
    let mut tally = Tally {
        heads,
        total,
        least: totals().min().unwrap_or_default(),
        most: totals().max().unwrap_or_default(),
        band: band(total, heads, thresholds),
        star: 0,
        unmet: Vec::new(),
        ended: None,
        disputes: Vec::new(),
    };
    // that the marking ended is never decided by a share: all found it, or the council settles it
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for outcome in &outcomes {
        if let Some(end) = &outcome.ended {
            *ends.entry(end_key(end)).or_default() += 1;
        }
    }
    for (key, met) in ends {
        match (met == heads, settled.get(&key)) {
            (true, _) | (false, Some(true)) => tally.ended = tally.ended.or(Some(key)),
            (false, Some(false)) => {}
            (false, None) => tally.disputes.push(Dispute { key, met, of: heads }),
        }
    }
    let mut star = tally.band;
    while star > 0 {
        let mut missed: BTreeMap<String, usize> = BTreeMap::new();
        for marks in all {
            for need in mark::needs(sheet, marks, star) {
                *missed.entry(need.criterion.no.clone()).or_default() += 1;
            }
        }
        let mut is_met = true;
        for (no, missing) in missed {
            match holds(rule, heads - missing, heads, settled.get(&no)) {
                Some(true) => {}
                Some(false) => {
                    is_met = false;
                    tally.unmet.push((star, no));
                }
                None => {
                    is_met = false;
                    let dispute = Dispute { key: no, met: heads - missing, of: heads };
                    if !tally.disputes.contains(&dispute) {
                        tally.disputes.push(dispute);
                    }
                }
            }
        }
        if is_met {
            break;
        }
        star -= 1;
    }
    tally.star = if tally.ended.is_some() || heads == 0 { 0 } else { star };
    tally
}
