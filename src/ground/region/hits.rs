//! Where else to look when a unit has no hits: under the units of its name of another time, those it took in, and the districts
//! that these were in.

use chrono::NaiveDate;

use super::{Region, Unit};
use crate::text::Tongue;

/// Units looked at instead of one.
const MOST: usize = 12;

/// What is found under another unit than the one asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// "2 điểm ở huyện Gia Lâm (cũ)"
    pub text: String,
    /// The unit, as its field shows it.
    pub label: String,
    /// Its id.
    pub unit_id: String,
}

impl Hit {
    /// So many things, or more, under a unit; none where there are none. `noun` in Vietnamese and English.
    pub fn new(region: &Region, unit: &Unit, n: usize, more: bool, noun: (&str, &str), today: NaiveDate, lang: Tongue) -> Option<Hit> {
        let label = region.label_dated(&unit.id, today);
        let mut letters = label.chars();
        let label_within: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
        let many = if more { lang.pick("hơn ", "more than ") } else { "" };
        let text = match lang {
            Tongue::Vi => format!("{many}{n} {} ở {label_within}", noun.0),
            Tongue::En => format!("{many}{n} {} in {label}", noun.1),
        };
        (n > 0).then(|| Hit { text, label: region.label(&unit.id), unit_id: unit.id.clone() })
    }
}

impl Region {
    /// Units to look under when a unit has no hits, at most twelve: of the same name first.
    pub fn instead_of(&self, id: &str) -> Vec<&Unit> {
        let Some(unit) = self.get(id) else { return Vec::new() };
        let of_name = self.by_name.get(&unit.name_fold).into_iter().flatten().map(|at| &self.units[*at]);
        let old: Vec<&Unit> = self.predecessors(id).iter().filter_map(|old| self.get(old)).collect();
        let above = old.iter().filter_map(|old| self.get(old.parent_id.as_deref()?));
        let mut found: Vec<&Unit> = Vec::new();
        for other in of_name.chain(old.iter().copied()).chain(above) {
            if other.id != id && other.parent_id.is_some() && !found.iter().any(|known| known.id == other.id) {
                found.push(other);
            }
        }
        found.truncate(MOST);
        found
    }
}
