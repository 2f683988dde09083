//! What a typed unit means: a code, a name, "Xã X - Huyện Y", a whole address. Pure.
//!
//! Addresses are read from their end. Of units that had one name at different times, that of the asked day is meant, else
//! that of today, else the one of before, with what has to be told.

use chrono::NaiveDate;

use super::address::{Meant, Read};
use super::refusal::{UnitRefusal, Unknown};
use super::{Level, Region, Today, Unit};
use crate::error::{Both, both};
use crate::text::{self, Age, Part};

/// What a row or a form says about a place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'t> {
    /// The unit as typed.
    pub unit: &'t str,
    /// The district, where it stands apart.
    pub district: &'t str,
    /// The address: names the unit where nothing else does.
    pub address: &'t str,
    /// A day on which it was so.
    pub on: Option<NaiveDate>,
    /// A refusal offers names like the one typed; looking for them takes a while.
    pub offer: bool,
}

/// A place as it was understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Place<'a> {
    /// A unit of this province.
    Here(&'a Unit),
    /// Another province, by its name of today.
    Elsewhere(String),
}

/// What a text was taken for, and what was assumed for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<'a> {
    /// Where it is.
    pub place: Place<'a>,
    /// What is told of it.
    pub notes: Vec<Both>,
}

impl Region {
    /// Finds the unit that was typed: an official code, an id, a name with or without the units above it, an address.
    /// `span` are the days in which it must have existed; without it any time will do, today's first.
    pub fn find(&self, typed: &str, span: Option<(NaiveDate, NaiveDate)>, today: NaiveDate) -> Result<&Unit, UnitRefusal> {
        let typed = text::nfc(typed);
        if typed.is_empty() {
            return Err(UnitRefusal::Empty);
        }
        match span {
            None => match self.read(Asked { unit: &typed, offer: true, ..Asked::default() }, today)?.place {
                Place::Here(unit) => Ok(unit),
                Place::Elsewhere(province) => Err(UnitRefusal::Elsewhere { typed, province }),
            },
            Some(span) => match self.meaning(&typed, "").map_err(|refusal| self.with_near(refusal))?.meant {
                Meant::Units(found) => self.in_span(found, &typed, span, today),
                Meant::Elsewhere(province) => Err(UnitRefusal::Elsewhere { typed, province }),
            },
        }
    }

    /// How a unit is written so that [`Region::read`] finds it again on a day: its label where that is enough, with "(cũ)" or
    /// "(mới)" where another had the name, else its id.
    pub fn written(&self, id: &str, on: Option<NaiveDate>, today: NaiveDate) -> String {
        let Some(unit) = self.get(id) else { return id.to_owned() };
        let label = self.label(id);
        let age = if unit.is_valid(today) { "mới" } else { "cũ" };
        let leads_back = |text: &String| matches!(self.read_all(Asked { unit: text, on, ..Asked::default() }, today), Ok(Found { place: Place::Here(found), .. }) if found.id == id);
        [label.clone(), format!("{label} ({age})")].into_iter().find(leads_back).unwrap_or_else(|| id.to_owned())
    }

    /// Reads what a row says about a place.
    ///
    /// # Errors
    /// The unit never existed, or the text fits several of which none can be told to be meant.
    pub fn read(&self, asked: Asked<'_>, today: NaiveDate) -> Result<Found<'_>, UnitRefusal> {
        let found = self.read_all(asked, today);
        if asked.offer { found.map_err(|refusal| self.with_near(refusal)) } else { found }
    }

    fn read_all(&self, asked: Asked<'_>, today: NaiveDate) -> Result<Found<'_>, UnitRefusal> {
        let (unit, mut district) = (text::nfc(asked.unit), text::nfc(asked.district));
        if !district.is_empty() && self.is_own(&Part::new(&district)) {
            district.clear();
        }
        if unit.is_empty() && district.is_empty() {
            let address = text::nfc(asked.address);
            let mut found = self.settle(self.meaning(&address, "")?, &address, asked.on, today)?;
            if let Place::Here(unit) = found.place {
                let label = self.label_dated(&unit.id, today);
                found.notes.insert(
                    0,
                    both(
                        format!("chưa có xã, phường; đọc từ địa chỉ “{address}” là {label}"),
                        format!("the unit is missing; from the address “{address}” it is {label}"),
                    ),
                );
            }
            return Ok(found);
        }
        let typed = match (unit.as_str(), district.as_str()) {
            (unit, "") => unit.to_owned(),
            ("", district) => district.to_owned(),
            (unit, district) => format!("{unit}, {district}"),
        };
        let read = if unit.is_empty() {
            self.district(&district)
        } else {
            self.meaning(&unit, &district).map_err(|refusal| renamed(refusal, &typed))
        };
        let found = read.and_then(|read| self.settle(read, &typed, asked.on, today));
        let address = text::nfc(asked.address);
        if address.is_empty() {
            return found;
        }
        let said = self.meaning(&address, "").and_then(|read| self.settle(read, &address, asked.on, today)).ok().map(|said| said.place);
        match (found, said) {
            (Err(UnitRefusal::Ambiguous { candidates, .. }), Some(Place::Here(said)))
                if candidates.contains(&self.label_dated(&said.id, today)) =>
            {
                let label = self.label_dated(&said.id, today);
                let note = both(
                    format!("“{typed}” có thể là: {}; theo địa chỉ là {label}", candidates.join("; ")),
                    format!("“{typed}” may be: {}; by the address it is {label}", candidates.join("; ")),
                );
                Ok(Found { place: Place::Here(said), notes: vec![note] })
            }
            (Ok(mut found), Some(said)) if self.part_company(&found.place, &said) => {
                let name = |place: &Place<'_>| match place {
                    Place::Here(unit) => self.label_dated(&unit.id, today),
                    Place::Elsewhere(province) => province.clone(),
                };
                let (kept, said) = (name(&found.place), name(&said));
                found.notes.push(both(
                    format!("địa chỉ “{address}” nói {said}, khác {kept} đã ghi; hãy kiểm tra"),
                    format!("the address “{address}” says {said}, unlike {kept} which is recorded; check it"),
                ));
                Ok(found)
            }
            (found, _) => found,
        }
    }

    /// Whether two places can not be one: neither is a part, a heir or what went into the other.
    fn part_company(&self, a: &Place<'_>, b: &Place<'_>) -> bool {
        match (a, b) {
            (Place::Here(a), Place::Here(b)) => !(self.goes_with(a, b) || self.goes_with(b, a)),
            (a, b) => a != b,
        }
    }

    /// Whether one unit is another, lies in it, or went into it or came from it.
    pub(super) fn goes_with(&self, unit: &Unit, other: &Unit) -> bool {
        self.reaches(unit, other, true, 0) || self.reaches(unit, other, false, 0)
    }

    fn reaches(&self, unit: &Unit, other: &Unit, forward: bool, depth: usize) -> bool {
        let next = if forward { self.successors(&unit.id) } else { self.predecessors(&unit.id) };
        unit.id == other.id
            || unit.parent_id.as_deref() == Some(other.id.as_str())
            || depth < 8 && next.iter().filter_map(|id| self.get(id)).any(|next| self.reaches(next, other, forward, depth + 1))
    }

    /// Of what fits a text, the unit that is meant on its day, with what is told of it.
    fn settle<'r>(&'r self, read: Read<'r>, typed: &str, on: Option<NaiveDate>, today: NaiveDate) -> Result<Found<'r>, UnitRefusal> {
        let mut notes = read.notes;
        let found = match read.meant {
            Meant::Elsewhere(province) => {
                notes.insert(
                    0,
                    both(
                        format!("“{typed}” thuộc {province}; ghi xuất xứ {province}, không tính vào địa bàn"),
                        format!("“{typed}” lies in {province}; the origin {province} is recorded and nothing is counted here"),
                    ),
                );
                return Ok(Found { place: Place::Elsewhere(province), notes });
            }
            Meant::Units(found) => found,
        };
        // what is written beside it as its older name makes it the newer one
        let age = read.age.or(read.beside.first().map(|(age, _)| if *age == Age::Old { Age::New } else { Age::Old }));
        let found = match age {
            None => found,
            Some(age) => {
                let fitting: Vec<&Unit> = found.iter().copied().filter(|unit| unit.is_valid(today) == (age == Age::New)).collect();
                if fitting.is_empty() { found } else { fitting }
            }
        };
        let early = on.filter(|on| *on < today).unwrap_or(today);
        let on_day = |day: NaiveDate| communes_first(found.iter().copied().filter(|unit| unit.is_valid(day)).collect());
        let (then, now) = (on_day(early), on_day(today));
        let unit = match (&then[..], &now[..]) {
            ([only], _) => {
                // which of the two of one name was not written: the day decides, and that is told
                let other = now.iter().find(|unit| unit.id != only.id).filter(|_| !read.is_code && age.is_none());
                if let Some(other) = other
                    && self.today(&only.id, None, today) != Today::Known(other.id.clone())
                {
                    let (old, new) = (self.label(&only.id), self.label(&other.id));
                    let since = other.valid_from.map(text::date_vi).unwrap_or_default();
                    notes.push(both(
                        format!("“{typed}” trước {since} là {old} nên ghi {old} (cũ); nếu là {new} của nay, hãy ghi “{new} (mới)”"),
                        format!("before {since} “{typed}” was {old}, which is recorded; if {new} of today is meant, write “{new} (mới)”"),
                    ));
                }
                *only
            }
            ([], [only]) => *only,
            ([], []) => match communes_first(found.clone())[..] {
                [only] => only,
                _ => self.one_heir(&found, typed, today, &mut notes).ok_or_else(|| self.several(&found, typed, today))?,
            },
            (many, [only]) if early != today => {
                let (names, new) = (labels(self, many, today), self.label(&only.id));
                notes.push(both(
                    format!("“{typed}” trước đây có thể là: {names}; ghi {new} của nay, nếu không phải hãy ghi thêm quận, huyện"),
                    format!("“{typed}” may once have been: {names}; {new} of today is recorded, if that is wrong add the district"),
                ));
                *only
            }
            (many, now) => {
                let many = if many.is_empty() { now } else { many };
                self.one_heir(many, typed, today, &mut notes).ok_or_else(|| self.several(many, typed, today))?
            }
        };
        if read.is_coarse {
            notes.push(both(
                format!("“{typed}” không có xã, phường đọc được; chỉ ghi {}", unit.full_name),
                format!("“{typed}” names no commune that is known; only {} is recorded", unit.full_name),
            ));
        }
        if let Some(coded) = read.coded.iter().find(|coded| coded.is_valid(early) && coded.id != unit.id) {
            let (label, coded) = (self.label_dated(&unit.id, today), self.label_dated(&coded.id, today));
            notes.push(both(
                format!("“{typed}”: mã này khi đó là của {coded}; ghi theo tên {label}"),
                format!("“{typed}”: the code was then that of {coded}; the name {label} is followed"),
            ));
        }
        let unit = self.with_beside(unit, &read.beside, typed, early, today, &mut notes);
        if !unit.is_valid(early) && !unit.is_valid(today) {
            notes.push(self.ended(unit, today));
        }
        Ok(Found { place: Place::Here(unit), notes })
    }

    /// What became of a unit that is no more: its heir, or the question which of several it is.
    fn ended(&self, unit: &Unit, today: NaiveDate) -> Both {
        let (label, day) = (self.label(&unit.id), unit.valid_to.map(text::date_vi).unwrap_or_default());
        match self.today(&unit.id, None, today) {
            Today::Known(heir) => {
                let heir = self.label(&heir);
                both(
                    format!("{label} không còn từ {day}; giữ như đã ghi, nay là {heir}"),
                    format!("{label} is no more since {day}; it is kept as written and is now {heir}"),
                )
            }
            Today::Unclear(heirs) if heirs.len() <= 8 && !heirs.is_empty() => {
                let heirs = heirs.iter().map(|heir| self.label(heir)).collect::<Vec<_>>().join("; ");
                both(
                    format!("{label} không còn từ {day}; giữ như đã ghi, chưa rõ nay là đơn vị nào: {heirs}"),
                    format!("{label} is no more since {day}; it is kept as written, and which of these it is now is open: {heirs}"),
                )
            }
            Today::Unclear(_) => both(
                format!("{label} không còn từ {day}; giữ như đã ghi, chưa rõ nay là xã, phường nào"),
                format!("{label} is no more since {day}; it is kept as written, and which commune it is now is open"),
            ),
        }
    }

    /// The unit and what was written beside it as its older or newer name.
    fn with_beside<'r>(
        &'r self,
        unit: &'r Unit,
        beside: &[(Age, &'r Unit)],
        typed: &str,
        early: NaiveDate,
        today: NaiveDate,
        notes: &mut Vec<Both>,
    ) -> &'r Unit {
        let Some((age, other)) = beside.first() else { return unit };
        let (old, new) = match age {
            Age::New => (unit, *other),
            Age::Old => (*other, unit),
        };
        let label = |unit: &Unit| self.label(&unit.id);
        if !self.goes_with(old, new) {
            notes.push(both(
                format!("“{typed}”: {} không vào {}; ghi {}, hãy kiểm tra", label(old), label(new), label(unit)),
                format!("“{typed}”: {} did not go into {}; {} is recorded, check it", label(old), label(new), label(unit)),
            ));
            return unit;
        }
        // an old unit that was parted says less than the one of today that is named beside it
        let is_sure = self.today(&old.id, None, today) == Today::Known(new.id.clone());
        let kept = if is_sure && (*age == Age::New || old.is_valid(early)) { old } else { new };
        if kept.id != unit.id {
            notes.push(both(
                format!("“{typed}”: ghi {}", self.label_dated(&kept.id, today)),
                format!("“{typed}”: {} is recorded", self.label_dated(&kept.id, today)),
            ));
        }
        kept
    }

    /// Several old units of one name that went whole into one unit of today: which of them was meant cannot be told, where it
    /// lies today can.
    fn one_heir<'r>(&'r self, found: &[&Unit], typed: &str, today: NaiveDate, notes: &mut Vec<Both>) -> Option<&'r Unit> {
        if !(2..=4).contains(&found.len()) {
            return None;
        }
        let heirs: Vec<String> = found
            .iter()
            .map(|unit| match self.today(&unit.id, None, today) {
                Today::Known(id) => Some(id),
                Today::Unclear(_) => None,
            })
            .collect::<Option<_>>()?;
        let heir = heirs.first().filter(|first| heirs.iter().all(|heir| heir == *first))?;
        let (names, label) = (labels(self, found, today), self.label(heir));
        notes.push(both(
            format!("“{typed}” có thể là: {names}; cả hai nay thuộc {label} nên ghi {label}"),
            format!("“{typed}” may be: {names}; both are now {label}, which is recorded"),
        ));
        self.get(heir)
    }

    fn several(&self, found: &[&Unit], typed: &str, today: NaiveDate) -> UnitRefusal {
        UnitRefusal::Ambiguous {
            typed: typed.to_owned(),
            candidates: found.iter().take(8).map(|unit| self.label_dated(&unit.id, today)).collect(),
        }
    }

    fn in_span<'r>(
        &'r self,
        found: Vec<&'r Unit>,
        typed: &str,
        (from, to): (NaiveDate, NaiveDate),
        today: NaiveDate,
    ) -> Result<&'r Unit, UnitRefusal> {
        let fitting = communes_first(found.iter().copied().filter(|unit| unit.overlaps(from, to)).collect());
        match fitting[..] {
            [] => {
                let unit = found[0];
                Err(UnitRefusal::NotOnDate { name: self.label(&unit.id), from: unit.valid_from, to: unit.valid_to })
            }
            [only] => Ok(only),
            // of those of one name, that of the first day is meant, else that of the last
            _ => [from, to]
                .iter()
                .find_map(|day| match communes_first(fitting.iter().copied().filter(|unit| unit.is_valid(*day)).collect())[..] {
                    [only] => Some(only),
                    _ => None,
                })
                .ok_or_else(|| self.several(&fitting, typed, today)),
        }
    }
}

/// The refusal of a text that is a part of what was typed.
fn renamed(refusal: UnitRefusal, typed: &str) -> UnitRefusal {
    match refusal {
        UnitRefusal::Unknown(Unknown { near, .. }) => UnitRefusal::Unknown(Unknown { typed: typed.to_owned(), near }),
        other => other,
    }
}

fn labels(region: &Region, units: &[&Unit], today: NaiveDate) -> String {
    units.iter().take(8).map(|unit| region.label_dated(&unit.id, today)).collect::<Vec<_>>().join("; ")
}

/// Of a commune and a district of one name on one day the commune is meant.
fn communes_first(found: Vec<&Unit>) -> Vec<&Unit> {
    let communes: Vec<&Unit> = found.iter().copied().filter(|unit| unit.level == Level::Commune).collect();
    if communes.is_empty() { found } else { communes }
}
