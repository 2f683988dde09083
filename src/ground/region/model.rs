//! Units, successors, and what follows from them. Pure.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::geo::Boundaries;
use crate::text;

/// Level of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, serde::Deserialize)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Tỉnh, thành phố trực thuộc trung ương.
    Province,
    /// Quận, huyện, thị xã (until 30 June 2025).
    District,
    /// Xã, phường, thị trấn.
    Commune,
}

impl Level {
    /// The word of the store and of packs.
    pub fn word(self) -> &'static str {
        match self {
            Level::Province => "province",
            Level::District => "district",
            Level::Commune => "commune",
        }
    }
}

/// A unit during its validity.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Unit {
    /// Identifier, carries the period.
    pub id: String,
    /// Official code; may be empty for units of which no source gives it.
    pub code: String,
    /// Level.
    pub level: Level,
    /// `phuong`, `xa`, `quan` …
    pub kind: String,
    /// Name without the kind word.
    pub name: String,
    /// Name with the kind word.
    pub full_name: String,
    /// Folded name, for finding.
    pub name_fold: String,
    /// The unit above.
    pub parent_id: Option<String>,
    /// First day, if known.
    pub valid_from: Option<NaiveDate>,
    /// First day no longer.
    pub valid_to: Option<NaiveDate>,
    /// Middle, for labels only.
    pub lon: Option<f64>,
    /// Middle, for labels only.
    pub lat: Option<f64>,
}

impl Unit {
    /// Whether the unit exists on a day.
    pub fn is_valid(&self, on: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= on) && self.valid_to.is_none_or(|to| on < to)
    }

    /// Whether the unit exists on some day of `from..=to`.
    pub fn overlaps(&self, from: NaiveDate, to: NaiveDate) -> bool {
        self.valid_from.is_none_or(|first| first <= to) && self.valid_to.is_none_or(|end| from < end)
    }
}

/// Which unit of today a place lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Today {
    /// For certain.
    Known(String),
    /// One of these; a person has to say which.
    Unclear(Vec<String>),
}

/// Under which unit a place is listed, and how sure that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The unit.
    pub unit_id: String,
    /// False: one of several possible new units.
    pub is_sure: bool,
}

/// Where things are found that are listed under one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Under {
    /// Recorded in one of these.
    pub recorded: Vec<String>,
    /// Lying today in one of these.
    pub now: Vec<String>,
    /// Recorded in one of these, of which it is not known where it lies today.
    pub maybe: Vec<String>,
}

/// All units that are known, with what follows from them.
#[derive(Clone, Debug, Default)]
pub struct Region {
    pub(super) units: Vec<Unit>,
    by_id: HashMap<String, usize>,
    /// By folded name.
    pub(super) by_name: HashMap<String, Vec<usize>>,
    pub(super) by_code: HashMap<String, Vec<usize>>,
    /// Names as [`text::spelling`] has them, in the order of the units.
    pub(super) spelt: Vec<String>,
    /// Days on which units began or ended.
    turns: Vec<NaiveDate>,
    successors: HashMap<String, Vec<String>>,
    predecessors: HashMap<String, Vec<String>>,
    children: HashMap<String, Vec<usize>>,
    boundaries: Option<std::sync::Arc<Boundaries>>,
}

impl Region {
    /// Builds the region from rows: units and (unit, successor) pairs.
    pub fn new(units: Vec<Unit>, successors: &[(String, String)], boundaries: Option<Boundaries>) -> Region {
        let mut region = Region { boundaries: boundaries.map(std::sync::Arc::new), ..Region::default() };
        for (at, unit) in units.iter().enumerate() {
            region.by_id.insert(unit.id.clone(), at);
            region.by_name.entry(unit.name_fold.clone()).or_default().push(at);
            region.spelt.push(text::spelling(&unit.name));
            region.turns.extend(unit.valid_from.into_iter().chain(unit.valid_to));
            if !unit.code.is_empty() {
                region.by_code.entry(unit.code.clone()).or_default().push(at);
            }
            if let Some(parent) = &unit.parent_id {
                region.children.entry(parent.clone()).or_default().push(at);
            }
        }
        region.units = units;
        region.turns.sort_unstable();
        region.turns.dedup();
        for (unit, successor) in successors {
            region.successors.entry(unit.clone()).or_default().push(successor.clone());
            region.predecessors.entry(successor.clone()).or_default().push(unit.clone());
        }
        region
    }

    /// A unit by id.
    pub fn get(&self, id: &str) -> Option<&Unit> {
        self.by_id.get(id).map(|at| &self.units[*at])
    }

    /// All units of all days.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The first day of the time in which nothing changed among units and that a day lies in.
    pub fn epoch(&self, on: NaiveDate) -> NaiveDate {
        self.turns.iter().rev().find(|turn| **turn <= on).copied().unwrap_or(NaiveDate::MIN)
    }

    /// The units that a unit took in.
    pub fn predecessors(&self, id: &str) -> &[String] {
        self.predecessors.get(id).map_or(&[], Vec::as_slice)
    }

    /// The units that took a unit in.
    pub fn successors(&self, id: &str) -> &[String] {
        self.successors.get(id).map_or(&[], Vec::as_slice)
    }

    /// The province itself. A region without one is empty and answers with a nameless unit.
    pub fn province(&self) -> &Unit {
        static NONE: std::sync::LazyLock<Unit> = std::sync::LazyLock::new(|| Unit {
            id: String::new(),
            code: String::new(),
            level: Level::Province,
            kind: String::new(),
            name: String::new(),
            full_name: String::new(),
            name_fold: String::new(),
            parent_id: None,
            valid_from: None,
            valid_to: None,
            lon: None,
            lat: None,
        });
        self.units.iter().find(|unit| unit.level == Level::Province).unwrap_or(&NONE)
    }

    /// Communes and wards that exist on a day, in dictionary order.
    pub fn communes(&self, on: NaiveDate) -> Vec<&Unit> {
        let mut units: Vec<&Unit> = self.units.iter().filter(|unit| unit.level == Level::Commune && unit.is_valid(on)).collect();
        units.sort_by_cached_key(|unit| text::sort_key(&unit.name));
        units
    }

    /// Districts of before, in dictionary order.
    pub fn districts(&self) -> Vec<&Unit> {
        let mut units: Vec<&Unit> = self.units.iter().filter(|unit| unit.level == Level::District).collect();
        units.sort_by_cached_key(|unit| text::sort_key(&unit.name));
        units
    }

    /// "Xã Bát Tràng, Huyện Gia Lâm".
    pub fn label(&self, id: &str) -> String {
        let Some(unit) = self.get(id) else { return String::new() };
        match unit.parent_id.as_deref().and_then(|parent| self.get(parent)) {
            Some(parent) if parent.level == Level::District => format!("{}, {}", unit.full_name, parent.full_name),
            _ => unit.full_name.clone(),
        }
    }

    /// The label with its period when the unit is no longer: "… (cũ)".
    pub fn label_dated(&self, id: &str, on: NaiveDate) -> String {
        let label = self.label(id);
        match self.get(id) {
            Some(unit) if !unit.is_valid(on) => format!("{label} (cũ)"),
            _ => label,
        }
    }

    /// Which unit of `on` a place recorded in `unit_id` lies in, with its pin if there is one.
    pub fn today(&self, unit_id: &str, pin: Option<(f64, f64)>, on: NaiveDate) -> Today {
        let Some(unit) = self.get(unit_id) else { return Today::Unclear(Vec::new()) };
        if unit.level == Level::Commune && unit.is_valid(on) {
            return Today::Known(unit.id.clone());
        }
        let mut reached = BTreeSet::new();
        self.follow(unit, on, &mut reached, 0);
        let reached: Vec<String> = reached.into_iter().collect();
        if let [only] = &reached[..]
            && unit.level == Level::Commune
        {
            return Today::Known(only.clone());
        }
        if let Some(hit) = pin.and_then(|(lon, lat)| self.only_around(&reached, lon, lat)) {
            return Today::Known(hit.to_owned());
        }
        Today::Unclear(reached)
    }

    fn follow(&self, unit: &Unit, on: NaiveDate, reached: &mut BTreeSet<String>, depth: usize) {
        if depth > 16 {
            return;
        }
        match unit.level {
            Level::District => {
                for child in self.children.get(&unit.id).into_iter().flatten() {
                    self.follow(&self.units[*child], on, reached, depth + 1);
                }
            }
            Level::Commune if unit.is_valid(on) => {
                reached.insert(unit.id.clone());
            }
            Level::Commune => {
                for successor in self.successors.get(&unit.id).into_iter().flatten() {
                    if let Some(next) = self.get(successor) {
                        self.follow(next, on, reached, depth + 1);
                    }
                }
            }
            Level::Province => {}
        }
    }

    /// Whether a pin lies in a unit of today; `None` where no boundary is known.
    pub fn pin_fits(&self, unit_id: &str, lon: f64, lat: f64, on: NaiveDate) -> Option<bool> {
        match self.today(unit_id, None, on) {
            Today::Known(id) => self.is_around(&[id], lon, lat),
            Today::Unclear(ids) => self.is_around(&ids, lon, lat),
        }
    }

    /// Of several units the only one whose area holds a pin.
    pub fn only_around<'a>(&self, ids: &'a [String], lon: f64, lat: f64) -> Option<&'a str> {
        let mut hits = ids.iter().filter(|id| self.holds(id, lon, lat) == Some(true));
        match (hits.next(), hits.next()) {
            (Some(hit), None) => Some(hit),
            _ => None,
        }
    }

    /// Whether a pin lies in the area of one of these units; `None` where none of their areas is known.
    pub fn is_around(&self, ids: &[String], lon: f64, lat: f64) -> Option<bool> {
        ids.iter().filter_map(|id| self.holds(id, lon, lat)).max()
    }

    fn holds(&self, id: &str, lon: f64, lat: f64) -> Option<bool> {
        self.boundaries.as_ref()?.contains(&self.get(id)?.code, lon, lat)
    }

    /// Where a unit lies, roughly: its own middle, or for one of before the middle of those that took it in.
    pub fn middle(&self, id: &str, on: NaiveDate) -> Option<(f64, f64)> {
        let unit = self.get(id)?;
        let own = |unit: &Unit| unit.lon.zip(unit.lat);
        if let Some(place) = own(unit) {
            return Some(place);
        }
        let places: Vec<(f64, f64)> = if unit.level == Level::Commune {
            let heirs = match self.today(id, None, on) {
                Today::Known(heir) => vec![heir],
                Today::Unclear(heirs) => heirs,
            };
            heirs.iter().filter_map(|heir| self.get(heir)).filter_map(own).collect()
        } else {
            self.units
                .iter()
                .filter(|part| part.parent_id.as_deref() == Some(id) && part.level == Level::Commune)
                .filter_map(|part| self.middle(&part.id, on))
                .collect()
        };
        let count = places.len() as f64;
        let sum = places.iter().fold((0.0, 0.0), |sum, place| (sum.0 + place.0, sum.1 + place.1));
        (count > 0.0).then_some((sum.0 / count, sum.1 / count))
    }

    /// Under which units a place is found: as recorded and above, today's, the old ones that today's unit took in,
    /// and, unsurely, each unit it may have come into.
    pub fn listed(&self, unit_id: &str, today: &Today) -> Vec<Listed> {
        let mut sure = BTreeSet::new();
        self.with_above(unit_id, &mut sure);
        let mut unsure = BTreeSet::new();
        match today {
            Today::Known(id) => {
                self.with_above(id, &mut sure);
                if id == unit_id {
                    for old in self.predecessors.get(id).into_iter().flatten() {
                        self.with_above(old, &mut sure);
                    }
                }
            }
            Today::Unclear(ids) => unsure.extend(ids.iter().cloned()),
        }
        sure.into_iter()
            .map(|unit_id| Listed { unit_id, is_sure: true })
            .chain(unsure.into_iter().map(|unit_id| Listed { unit_id, is_sure: false }))
            .collect()
    }

    /// The other way round: in which units a thing is recorded, or lies today, that is listed under this unit.
    pub fn under(&self, id: &str, on: NaiveDate) -> Under {
        let mut under = Under::default();
        for unit in self.related(id) {
            let today = self.today(&unit.id, None, on);
            for listed in self.listed(&unit.id, &today).into_iter().filter(|listed| listed.unit_id == id) {
                if listed.is_sure { under.recorded.push(unit.id.clone()) } else { under.maybe.push(unit.id.clone()) }
            }
            let mut above = BTreeSet::new();
            self.with_above(&unit.id, &mut above);
            if above.contains(id) {
                under.now.push(unit.id.clone());
            }
        }
        under
    }

    /// A unit with its parts, whatever any of them came from or went into, and what those were part of.
    fn related(&self, id: &str) -> impl Iterator<Item = &Unit> {
        let mut parts: Vec<usize> = self.by_id.get(id).copied().into_iter().collect();
        let mut at = 0;
        while let Some(unit) = parts.get(at).map(|part| &self.units[*part]) {
            parts.extend(self.children.get(&unit.id).into_iter().flatten());
            at += 1;
        }
        let mut found: BTreeSet<usize> = parts.iter().copied().collect();
        for others in [&self.predecessors, &self.successors] {
            let mut waiting = parts.clone();
            while let Some(unit) = waiting.pop().map(|part| &self.units[part]) {
                let next: Vec<usize> = others.get(&unit.id).into_iter().flatten().filter_map(|id| self.by_id.get(id).copied()).collect();
                waiting.extend(next.into_iter().filter(|other| found.insert(*other)));
            }
        }
        let above: Vec<usize> = found.iter().filter_map(|at| self.by_id.get(self.units[*at].parent_id.as_deref()?).copied()).collect();
        found.extend(above);
        found.into_iter().map(|at| &self.units[at]).filter(|unit| unit.level != Level::Province)
    }

    fn with_above(&self, id: &str, into: &mut BTreeSet<String>) {
        let mut at = self.get(id);
        while let Some(unit) = at.filter(|unit| unit.level != Level::Province) {
            into.insert(unit.id.clone());
            at = unit.parent_id.as_deref().and_then(|parent| self.get(parent));
        }
    }

    /// Units whose name begins with or contains what was typed: today's first, then old ones. At most `most`.
    pub fn suggest(&self, typed: &str, on: NaiveDate, most: usize) -> Vec<&Unit> {
        let (kind, rest) = text::unit_words(typed);
        let wanted = text::fold(if rest.is_empty() { typed } else { &rest });
        if wanted.is_empty() {
            return Vec::new();
        }
        let kind = kind.map(|kind| text::fold(kind).replace(' ', "_"));
        let mut found: Vec<(u8, &Unit)> = self
            .units
            .iter()
            .filter(|unit| unit.level != Level::Province)
            .filter_map(|unit| {
                let rank = if unit.name_fold == wanted {
                    0
                } else if unit.name_fold.starts_with(&wanted) {
                    1
                } else if unit.name_fold.split(' ').any(|word| word.starts_with(&wanted)) {
                    2
                } else {
                    return None;
                };
                let other_kind = kind.as_deref().is_some_and(|kind| kind != unit.kind);
                Some((rank * 4 + u8::from(!unit.is_valid(on)) * 2 + u8::from(other_kind), unit))
            })
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.name_fold.cmp(&b.1.name_fold)).then_with(|| a.1.id.cmp(&b.1.id)));
        found.into_iter().take(most).map(|(_, unit)| unit).collect()
    }

    /// Whether any boundary is known.
    pub fn has_boundaries(&self) -> bool {
        self.boundaries.is_some()
    }
}
