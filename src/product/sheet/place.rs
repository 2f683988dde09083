//! What the units that a file names mean. There are few of them and many rows, so each text is read once. Pure.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::layout::Col;
use crate::error::{Both, both};
use crate::region::{Level, Region, Today, Unit, UnitRefusal};
use crate::text;

/// A unit that rows name.
#[derive(Clone, Debug)]
pub struct Place {
    /// The unit.
    pub unit_id: String,
    /// How people call it.
    pub label: String,
    /// Which unit of today it lies in, as far as that follows without a pin.
    pub today: Today,
    /// What is worth a look in how it was named.
    pub warning: Option<Both>,
}

impl Place {
    fn new(region: &Region, unit: &Unit, today: NaiveDate, warning: Option<Both>) -> Place {
        Place { unit_id: unit.id.clone(), label: region.label(&unit.id), today: region.today(&unit.id, None, today), warning }
    }

    /// What tells it from other places, however it was written: the unit of today, where it is known.
    pub fn key(&self) -> &str {
        match &self.today {
            Today::Known(id) => id,
            Today::Unclear(_) => &self.unit_id,
        }
    }

    /// The units of today that it may lie in.
    pub fn heirs(&self) -> &[String] {
        match &self.today {
            Today::Known(id) => std::slice::from_ref(id),
            Today::Unclear(ids) => ids,
        }
    }

    /// The unit of today that a pin in it lies in, if that is certain.
    pub fn today_at(&self, region: &Region, pin: Option<(f64, f64)>) -> Option<String> {
        match &self.today {
            Today::Known(id) => Some(id.clone()),
            Today::Unclear(ids) => pin.and_then(|(lon, lat)| region.only_around(ids, lon, lat)).map(str::to_owned),
        }
    }
}

/// A column and what is wrong in it.
pub type Wrong = (Col, Both);

/// The units met so far by what was written: commune (or unit) and district.
pub struct Places<'a> {
    region: &'a Region,
    today: NaiveDate,
    known: HashMap<String, HashMap<String, Result<usize, Wrong>>>,
    places: Vec<Place>,
    /// How many of them were handed on.
    told: usize,
}

impl<'a> Places<'a> {
    /// None met yet.
    pub fn new(region: &'a Region, today: NaiveDate) -> Places<'a> {
        Places { region, today, known: HashMap::new(), places: Vec::new(), told: 0 }
    }

    /// One of those met.
    pub fn get(&self, at: usize) -> &Place {
        &self.places[at]
    }

    /// Those met since this was last asked.
    pub fn new_ones(&mut self) -> Vec<Place> {
        let new = self.places[self.told..].to_vec();
        self.told = self.places.len();
        new
    }

    /// The unit that a row names.
    pub fn find(&mut self, unit: &str, district: &str) -> Result<usize, Wrong> {
        if let Some(known) = self.known.get(district).and_then(|units| units.get(unit)) {
            return known.clone();
        }
        let found = self.read(&text::nfc(unit), &text::nfc(district)).map(|place| {
            self.places.push(place);
            self.places.len() - 1
        });
        self.known.entry(district.to_owned()).or_default().insert(unit.to_owned(), found.clone());
        found
    }

    fn read(&self, unit: &str, district: &str) -> Result<Place, Wrong> {
        if district.is_empty() || unit.contains(',') {
            return self.unit(unit);
        }
        let Some(above) = self.district(district) else {
            return Err((
                Col::District,
                both(format!("không có quận, huyện nào tên “{district}”; hãy kiểm tra chính tả"), format!("no district has the name “{district}”; check the spelling")),
            ));
        };
        if unit.is_empty() {
            let text = both("chưa rõ xã, phường; chỉ ghi quận, huyện", "the commune is not known; only the district is recorded");
            return Ok(Place::new(self.region, above, self.today, Some(text)));
        }
        self.unit(&format!("{unit}, {district}"))
    }

    fn unit(&self, typed: &str) -> Result<Place, Wrong> {
        match self.region.find(typed, None, self.today) {
            Ok(unit) => Ok(Place::new(self.region, unit, self.today, None)),
            Err(refusal @ UnitRefusal::Ambiguous { .. }) => self.one_heir(typed, &refusal).ok_or_else(|| (Col::Unit, refusal.text())),
            Err(refusal) => Err((Col::Unit, refusal.text())),
        }
    }

    /// Two old units of one name in one district (a town and its commune) that went whole into one unit of today: which of
    /// the two was meant cannot be told, where it lies today can.
    fn one_heir(&self, typed: &str, refusal: &UnitRefusal) -> Option<Place> {
        let UnitRefusal::Ambiguous { candidates, .. } = refusal else { return None };
        if candidates.len() > 4 {
            return None;
        }
        let mut heirs = Vec::new();
        for label in candidates {
            let unit = self.region.find(label.trim_end_matches(" (cũ)"), None, self.today).ok()?;
            match self.region.today(&unit.id, None, self.today) {
                Today::Known(id) => heirs.push(id),
                Today::Unclear(_) => return None,
            }
        }
        heirs.dedup();
        let [only] = &heirs[..] else { return None };
        let unit = self.region.get(only)?;
        let label = self.region.label(only);
        let names = candidates.join("; ");
        let text = both(
            format!("“{typed}” có thể là: {names}; cả hai nay thuộc {label} nên ghi {label}"),
            format!("“{typed}” may be: {names}; both are now {label}, which is recorded"),
        );
        Some(Place::new(self.region, unit, self.today, Some(text)))
    }

    fn district(&self, typed: &str) -> Option<&'a Unit> {
        let (_, name) = text::unit_words(typed);
        let (name, whole) = (text::fold(&name), text::fold(typed));
        let mut named = self.region.units().iter().filter(|unit| unit.level == Level::District);
        named.find(|unit| unit.name_fold == name || unit.name_fold == whole || (!unit.code.is_empty() && unit.code == typed))
    }
}
