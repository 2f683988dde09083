//! What the rows of a file say about places. Few units are named by many rows, so each text is read once; both registers read
//! theirs here. Pure.

use std::collections::HashMap;
use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};

use super::find::{Asked, Place};
use super::{Region, Today, UnitRefusal, origin};
use crate::error::{Both, both};
use crate::text;

/// Names like a refused one are looked for so many times in a file: each time costs a walk through all names.
const OFFERS: usize = 100;

/// A place that rows name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Located {
    /// The unit; none for goods of elsewhere.
    pub unit_id: Option<String>,
    /// Another province or a country; empty: here.
    pub origin: String,
    /// How people call it.
    pub label: String,
    /// The units of today that it may lie in, and whether that is certain.
    pub heirs: Vec<String>,
    /// What is worth a look in how it was named.
    pub notes: Vec<Both>,
}

impl Located {
    /// The unit of today that a pin in it lies in, if that is certain.
    pub fn today_at(&self, region: &Region, pin: Option<(f64, f64)>) -> Option<String> {
        match &self.heirs[..] {
            // a district with one heir is no certainty, `Region::today` says so by naming none for certain
            [only] if self.is_sure(region) => Some(only.clone()),
            heirs => pin.and_then(|(lon, lat)| region.only_around(heirs, lon, lat)).map(str::to_owned),
        }
    }

    fn is_sure(&self, region: &Region) -> bool {
        self.unit_id.as_deref().and_then(|id| region.get(id)).is_some_and(|unit| unit.level == super::Level::Commune)
    }
}

/// Which cell is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// The unit.
    Unit,
    /// The district in a column of its own.
    District,
}

/// What a row says about its place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'t> {
    /// The unit.
    pub unit: &'t str,
    /// The district, where it stands apart.
    pub district: &'t str,
    /// The address.
    pub address: &'t str,
    /// Where goods come from.
    pub origin: &'t str,
    /// A day on which it was so.
    pub on: Option<NaiveDate>,
}

/// The places met so far, by what was written.
pub struct Places<'a> {
    /// The units of all days.
    pub region: &'a Region,
    /// The day on which the file is read.
    pub today: NaiveDate,
    /// By everything that was said, of the day only what changes the answer.
    known: HashMap<String, Result<Option<usize>, (Cell, Both)>>,
    key: String,
    places: Vec<Located>,
    /// How many of them were handed on.
    told: usize,
    offers: usize,
}

impl<'a> Places<'a> {
    /// None met yet.
    pub fn new(region: &'a Region, today: NaiveDate) -> Places<'a> {
        Places { region, today, known: HashMap::new(), key: String::new(), places: Vec::new(), told: 0, offers: 0 }
    }

    /// One of those met.
    pub fn get(&self, at: usize) -> &Located {
        &self.places[at]
    }

    /// Those met since this was last asked.
    pub fn new_ones(&mut self) -> Vec<Located> {
        let new = self.places[self.told..].to_vec();
        self.told = self.places.len();
        new
    }

    /// The place that a row names; none where it names none.
    ///
    /// # Errors
    /// The cell, and what is wrong in it.
    pub fn find(&mut self, said: Said<'_>) -> Result<Option<usize>, (Cell, Both)> {
        let said = Said { address: tail(said.address), on: said.on.map(|on| self.region.epoch(on)), ..said };
        self.key.clear();
        for text in [said.unit, said.district, said.address, said.origin] {
            self.key.push_str(text);
            self.key.push('\u{1f}');
        }
        if let Some(on) = said.on {
            // writing to a text does not fail
            let _ = write!(self.key, "{}", on.num_days_from_ce());
        }
        if let Some(known) = self.known.get(&self.key) {
            return known.clone();
        }
        let found = self.read(said).map(|place| {
            place.map(|place| {
                self.places.push(place);
                self.places.len() - 1
            })
        });
        self.known.insert(self.key.clone(), found.clone());
        found
    }

    fn read(&mut self, said: Said<'_>) -> Result<Option<Located>, (Cell, Both)> {
        let own = &self.region.province().name;
        let (from, note) = if said.origin.is_empty() { Default::default() } else { origin(said.origin, own) };
        if !from.is_empty() {
            return Ok(Some(self.elsewhere(from, note, said)));
        }
        let named = !text::nfc(said.unit).is_empty() || !text::nfc(said.district).is_empty();
        if !named && said.address.is_empty() {
            return Ok(None);
        }
        let asked =
            Asked { unit: said.unit, district: said.district, address: said.address, on: said.on, offer: named && self.offers < OFFERS };
        match self.region.read(asked, self.today) {
            Ok(found) => {
                let mut place = match found.place {
                    Place::Elsewhere(province) if named => Located { label: province.clone(), origin: province, ..Located::default() },
                    Place::Elsewhere(_) => return Ok(None),
                    Place::Here(unit) if unit.level == super::Level::Province => return Ok(None),
                    Place::Here(unit) => {
                        let heirs = match self.region.today(&unit.id, None, self.today) {
                            Today::Known(id) => vec![id],
                            Today::Unclear(ids) => ids,
                        };
                        Located { unit_id: Some(unit.id.clone()), label: self.region.label(&unit.id), heirs, ..Located::default() }
                    }
                };
                place.notes = found.notes;
                Ok(Some(place))
            }
            // an address that names no unit is an address
            Err(_) if !named => Ok(None),
            Err(refusal) => {
                self.offers += 1;
                let district = text::nfc(said.district);
                if matches!(refusal, UnitRefusal::Unknown(_)) && !district.is_empty() && !self.region.names_district(&district) {
                    let text = both(
                        format!("không có quận, huyện nào tên “{district}”; hãy kiểm tra chính tả"),
                        format!("no district has the name “{district}”; check the spelling"),
                    );
                    return Err((Cell::District, text));
                }
                Err((Cell::Unit, refusal.text()))
            }
        }
    }

    /// Goods whose origin is given: a unit beside it is that of the other province.
    fn elsewhere(&self, from: String, note: Option<Both>, said: Said<'_>) -> Located {
        let mut notes: Vec<Both> = note.into_iter().collect();
        let unit = text::nfc(said.unit);
        let here = !unit.is_empty()
            && matches!(
                self.region.read(Asked { unit: &unit, district: said.district, ..Asked::default() }, self.today).map(|found| found.place),
                Ok(Place::Here(_))
            );
        if here {
            notes.push(both(
                format!("có xuất xứ {from} nên “{unit}” không được ghi là đơn vị của địa bàn; nếu là sản phẩm ở đây, hãy bỏ xuất xứ"),
                format!(
                    "its origin is {from}, so “{unit}” is not recorded as a unit of this province; for goods of here leave the origin out"
                ),
            ));
        }
        Located { label: from.clone(), origin: from, notes, ..Located::default() }
    }
}

/// The end of an address, where its unit stands: without the pieces at its front that name a house, a street or a hamlet, so
/// that many addresses have one end.
fn tail(address: &str) -> &str {
    let mut rest = address.trim();
    while let Some((front, more)) = rest.split_once([',', ';']) {
        let low = front.to_lowercase();
        let names_unit = [" xã ", " phường ", " thị trấn ", " p.", " x.", " tt"].iter().any(|word| low.contains(word));
        if names_unit || !text::is_below(front.trim()) {
            break;
        }
        rest = more.trim();
    }
    rest
}
