//! Which units a text names: a code, a name, an address read from its end. What is meant of them on a day is for
//! [`find`](super::find) to say. Pure.

use super::elsewhere::province_of;
use super::refusal::{UnitRefusal, Unknown};
use super::{Level, Region, Unit};
use crate::error::{Both, both};
use crate::text::{self, Age, Part};

/// Units whose names are alike, at most so many.
const NEAR: usize = 3;

/// What a text may mean: units of any time that fit it, or another province.
pub(super) enum Meant<'a> {
    Units(Vec<&'a Unit>),
    Elsewhere(String),
}

/// A text read, before its day is looked at.
pub(super) struct Read<'a> {
    pub(super) meant: Meant<'a>,
    pub(super) age: Option<Age>,
    pub(super) is_code: bool,
    /// Only a district was named although more was typed.
    pub(super) is_coarse: bool,
    /// What the code means that stands beside a name.
    pub(super) coded: Vec<&'a Unit>,
    /// Units that the text names as what it is now or was before.
    pub(super) beside: Vec<(Age, &'a Unit)>,
    pub(super) notes: Vec<Both>,
}

impl<'a> Read<'a> {
    fn new(meant: Meant<'a>) -> Read<'a> {
        Read { meant, age: None, is_code: false, is_coarse: false, coded: Vec::new(), beside: Vec::new(), notes: Vec::new() }
    }
}

impl Region {
    /// Which units of any time a text may mean; `above`: the district where it stands apart.
    pub(super) fn meaning(&self, typed: &str, above: &str) -> Result<Read<'_>, UnitRefusal> {
        if let Some(unit) = self.get(typed) {
            return Ok(self.beside_district(Read::new(Meant::Units(vec![unit])), above));
        }
        if let Some(read) = self.by_number(typed) {
            return Ok(self.beside_district(read, above));
        }
        let is_name = |piece: &str| !self.named(&Part::new(piece)).is_empty();
        let mut parts = text::unit_parts(typed, &is_name);
        // a code written beside the name
        let code = parts.iter().position(|part| part.name.len() == 5 && self.by_code.contains_key(&part.name));
        if let Some(at) = code.filter(|_| parts.len() > 1) {
            let number = parts.remove(at).name;
            return self.code_and_name(&number, &parts, typed, above);
        }
        if !above.is_empty() {
            let above = text::unit_parts(above, &is_name);
            let is_told = |other: &Part| {
                parts.iter().any(|part| {
                    text::fold(&part.name) == text::fold(&other.name) && part.kind.is_some_and(|kind| kind != "xã" && kind != "phường")
                })
            };
            let mut own = above.into_iter().filter(|part| !self.is_own(part)).collect::<Vec<_>>();
            own.retain(|part| !is_told(part));
            let has_district = parts.iter().any(|part| matches!(part.kind, Some("quận" | "huyện" | "thị xã")));
            if !has_district {
                // "…, Hà Nội" behind the commune comes after its district
                while parts.len() > 1 && parts.last().is_some_and(|part| self.is_own(part)) {
                    parts.pop();
                }
                parts.append(&mut own);
            } else if let Some(other) = own.first() {
                let other = other.text.clone();
                let mut read = self.by_parts(parts, typed)?;
                read.notes.push(both(
                    format!("“{typed}” và quận, huyện “{other}” không khớp nhau; ghi theo “{typed}”"),
                    format!("“{typed}” and the district “{other}” disagree; the former is recorded"),
                ));
                return Ok(read);
            }
        }
        self.by_parts(parts, typed)
    }

    /// A district named alone in its own column.
    pub(super) fn district(&self, typed: &str) -> Result<Read<'_>, UnitRefusal> {
        let mut read = self.meaning(typed, "")?;
        if let Meant::Units(found) = &mut read.meant
            && found.iter().any(|unit| unit.level == Level::District)
        {
            found.retain(|unit| unit.level == Level::District);
            read.notes.push(both("chưa rõ xã, phường; chỉ ghi quận, huyện", "the commune is not known; only the district is recorded"));
        }
        Ok(read)
    }

    /// Whether a text names a district of any time.
    pub fn names_district(&self, typed: &str) -> bool {
        let part = Part::new(typed);
        self.is_own(&part)
            || self.named(&part).iter().any(|unit| unit.level == Level::District)
            || self.by_code.get(&part.name).is_some_and(|found| found.iter().any(|at| self.units[*at].level == Level::District))
    }

    /// A district that stands beside a code.
    fn beside_district<'r>(&'r self, mut read: Read<'r>, above: &str) -> Read<'r> {
        if above.is_empty() {
            return read;
        }
        let districts = self.named(&Part::new(above));
        if let Meant::Units(found) = &mut read.meant {
            let fitting: Vec<&Unit> = found
                .iter()
                .copied()
                .filter(|unit| districts.iter().any(|district| self.goes_with(unit, district) || self.came_from(unit, district)))
                .collect();
            if fitting.is_empty() && !districts.is_empty() {
                read.notes.push(both(
                    format!("mã không khớp với quận, huyện “{above}”; ghi theo mã"),
                    format!("the code does not go with the district “{above}”; the code is followed"),
                ));
            }
        }
        read
    }

    /// A statistics code, also one that lost its leading zeros.
    fn by_number(&self, typed: &str) -> Option<Read<'_>> {
        let bare = typed.trim_start_matches('#');
        let units = |code: &str| self.by_code.get(code).map(|found| found.iter().map(|at| &self.units[*at]).collect::<Vec<_>>());
        if let Some(found) = units(bare) {
            return Some(Read { is_code: true, ..Read::new(Meant::Units(found)) });
        }
        if bare.is_empty() || bare.len() >= 5 || !bare.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let code = format!("{bare:0>5}");
        let found = units(&code)?;
        let note = both(format!("“{typed}” được đọc là mã {code}"), format!("“{typed}” is read as code {code}"));
        Some(Read { is_code: true, notes: vec![note], ..Read::new(Meant::Units(found)) })
    }

    /// "00577 Xã Bát Tràng": the unit that has both; where none has, the code is followed and the name told.
    fn code_and_name(&self, code: &str, parts: &[Part], typed: &str, above: &str) -> Result<Read<'_>, UnitRefusal> {
        let coded: Vec<&Unit> = self.by_code.get(code).into_iter().flatten().map(|at| &self.units[*at]).collect();
        let named = self.by_parts(parts.to_vec(), typed);
        if let Ok(Read { meant: Meant::Units(named), .. }) = &named {
            let both_fit: Vec<&Unit> = coded.iter().copied().filter(|unit| named.iter().any(|other| other.id == unit.id)).collect();
            if !both_fit.is_empty() {
                return Ok(self.beside_district(Read { coded, ..Read::new(Meant::Units(both_fit)) }, above));
            }
        }
        let name = parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(", ");
        let mut read = Read { is_code: true, ..Read::new(Meant::Units(coded)) };
        read.notes.push(both(
            format!("mã {code} không phải của “{name}”; ghi theo mã, hãy kiểm tra"),
            format!("code {code} is not that of “{name}”; the code is followed, check it"),
        ));
        Ok(self.beside_district(read, above))
    }

    /// Whether a part only says which province or country this is.
    pub(super) fn is_own(&self, part: &Part) -> bool {
        let province = self.province();
        if province.name.is_empty() {
            return false;
        }
        let is_country = matches!(text::fold(&part.text).as_str(), "viet nam" | "vn");
        let is_post_code = (5..=6).contains(&part.text.len()) && part.text.bytes().all(|byte| byte.is_ascii_digit());
        is_country
            || is_post_code
            || matches!(part.kind, None | Some("tỉnh" | "thành phố"))
                && (text::same_spelling(&part.name, &province.name)
                    || part.name.is_ascii() && text::fold(&part.name) == province.name_fold
                    || province_of(part).is_some_and(|(known, _)| known.name == province.name))
    }

    fn by_parts(&self, mut parts: Vec<Part>, typed: &str) -> Result<Read<'_>, UnitRefusal> {
        let whole = parts.clone();
        // "(nay là Phường B)", "(trước là Xã A)", "(Xã A cũ)": what stands beside the unit named first
        let (mut beside, mut notes) = (Vec::new(), Vec::new());
        if let Some((at, age, words)) = self.aside(&parts) {
            let aside = parts.split_off(at).split_off(words);
            let said = aside.iter().filter(|part| !self.is_own(part)).map(|part| part.text.as_str()).collect::<Vec<_>>().join(", ");
            match self.by_parts(aside, typed) {
                Ok(Read { meant: Meant::Units(found), .. }) => {
                    let fits = |unit: &&&Unit| unit.valid_to.is_none() == (age == Age::New);
                    beside.extend(found.iter().find(fits).or(found.first()).map(|unit| (age, *unit)));
                }
                _ => notes.push(both(
                    format!("không rõ “{said}” ghi bên cạnh; chỉ đọc phần trước"),
                    format!("“{said}” beside it is not known; only what stands before it is read"),
                )),
            }
        }
        while parts.len() > 1 && parts.last().is_some_and(|part| self.is_own(part)) {
            parts.pop();
        }
        if let Some(last) = parts.last_mut() {
            self.without_own_tail(last);
        }
        while parts.len() > 1 && parts.last().is_some_and(|part| self.is_own(part)) {
            parts.pop();
        }
        let mut read = self.read_back(&parts, typed).or_else(|refusal| match &whole[..] {
            // the province alone; a post code alone says nothing
            [only] if self.is_own(only) && only.text.contains(char::is_alphabetic) => Ok(Read::new(Meant::Units(vec![self.province()]))),
            _ => Err(refusal),
        })?;
        read.beside = beside;
        read.notes.append(&mut notes);
        Ok(read)
    }

    /// "huyện Gia Lâm Hà Nội" without a comma.
    fn without_own_tail(&self, part: &mut Part) {
        let province = &self.province().name;
        if province.is_empty() || !self.named(part).is_empty() {
            return;
        }
        let is_post_code = |word: &str| (5..=6).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
        if let Some((front, _)) = part.text.rsplit_once(' ').filter(|(_, last)| is_post_code(last)) {
            *part = Part { age: part.age, ..Part::new(front) };
        }
        let words: Vec<&str> = part.text.split(' ').collect();
        let tail = province.split(' ').count();
        if words.len() > tail && text::fold(&words[words.len() - tail..].join(" ")) == self.province().name_fold {
            let front = words[..words.len() - tail].join(" ");
            let front = ["thành phố", "tp.", "tp"].iter().find_map(|word| front.strip_suffix(word)).unwrap_or(&front).trim();
            if !front.is_empty() {
                *part = Part { age: part.age, ..Part::new(front) };
            }
        }
    }

    /// Where what is told beside the unit begins, whether it is of today or of before, and how many parts only say so.
    fn aside(&self, parts: &[Part]) -> Option<(usize, Age, usize)> {
        let marked = parts.iter().enumerate().skip(1).find_map(|(at, part)| {
            let age = match text::fold(&part.text).as_str() {
                "nay la" | "nay thuoc" | "hien nay la" | "hien nay thuoc" | "hien la" | "hien thuoc" | "nay thuoc dia ban" => Age::New,
                "truoc la" | "truoc day la" | "truoc day thuoc" | "truoc thuoc" | "ten cu" | "ten cu la" | "cu la" | "nguyen la" => {
                    Age::Old
                }
                _ => return None,
            };
            Some((at, age, 1))
        });
        marked.or_else(|| {
            let is_commune = |part: &Part| matches!(part.kind, Some("xã" | "phường" | "thị trấn"));
            let at = parts.iter().rposition(|part| {
                part.age == Some(Age::Old) && (is_commune(part) || part.kind.is_none() && !part.is_below() && !self.named(part).is_empty())
            })?;
            let first = parts[..at].iter().any(|part| is_commune(part) && !self.named(part).is_empty());
            first.then_some((at, Age::Old, 0))
        })
    }

    /// Parts of an address from their end: a commune below a district, a commune, a district, another province.
    fn read_back(&self, parts: &[Part], typed: &str) -> Result<Read<'_>, UnitRefusal> {
        let unknown = |near: Vec<String>| UnitRefusal::Unknown(Unknown { typed: typed.to_owned(), near });
        let Some((last, front)) = parts.split_last() else { return Err(UnitRefusal::Empty) };
        let found = self.named(last);
        let districts: Vec<&Unit> = found.iter().copied().filter(|unit| unit.level == Level::District).collect();
        let is_commune_word = |part: &Part| matches!(part.kind, Some("xã" | "phường" | "thị trấn"));
        if let Some((province, note)) = province_of(last)
            && province.name != self.province().name
        {
            // "Vĩnh Phúc" is a ward of before as well as a province of before
            let says_so = last.kind == Some("tỉnh") || last.kind == Some("thành phố") && districts.is_empty();
            let follows = front.last().is_some_and(|part| part.kind.is_some() && !part.is_below());
            if says_so || found.is_empty() || last.kind.is_none() && districts.is_empty() && follows {
                let mut read = Read::new(Meant::Elsewhere(province.name.clone()));
                read.notes.extend(note);
                return Ok(read);
            }
        }
        let Some(before) = front.last().filter(|part| !part.is_below() || self.is_exact(&self.named(part), part)) else {
            return match (found.is_empty(), front.is_empty()) {
                (false, true) => Ok(self.of(found, last)),
                (false, false) => Ok(self.of_last(found, last)),
                _ => Err(unknown(Vec::new())),
            };
        };
        if !districts.is_empty() && !is_commune_word(last) {
            let inner: Vec<&Unit> = self.named(before).into_iter().filter(|unit| unit.level == Level::Commune).collect();
            let within = |above: &dyn Fn(&Unit, &Unit) -> bool| {
                inner.iter().copied().filter(|unit| districts.iter().any(|district| above(unit, district))).collect::<Vec<_>>()
            };
            let below = within(&|unit, district| unit.parent_id.as_deref() == Some(district.id.as_str()));
            if !below.is_empty() {
                let mut read = self.of(below, before);
                read.age = read.age.or(last.age);
                return Ok(read);
            }
            let came = within(&|unit, district| self.came_from(unit, district));
            if !came.is_empty() {
                let mut read = self.of(came, before);
                let ended = districts.iter().filter_map(|district| district.valid_to).max().map(text::date_vi).unwrap_or_default();
                read.notes.push(both(
                    format!("từ {ended} không còn “{}”; ghi {}", last.text, before.text),
                    format!("“{}” is no more since {ended}; {} is recorded", last.text, before.text),
                ));
                return Ok(read);
            }
            let bare_commune = last.kind.is_none() && found.iter().any(|unit| unit.level == Level::Commune);
            if is_commune_word(before) || !inner.is_empty() && !bare_commune {
                let elsewhere = inner.iter().map(|unit| self.label(&unit.id)).chain(self.near_below(before, &districts));
                return Err(unknown(elsewhere.take(NEAR).collect()));
            }
        }
        if !found.is_empty() {
            return Ok(self.of_last(found, last));
        }
        // a district that is misspelt does not hide its commune
        let inner = self.named(before);
        let alike = |unit: &&Unit| {
            unit.parent_id
                .as_deref()
                .and_then(|id| self.get(id))
                .is_some_and(|above| above.level == Level::District && text::similarity(&above.name, &last.name) >= 0.6)
        };
        let below: Vec<&Unit> = inner.iter().copied().filter(alike).collect();
        if let Some(above) = below.first().and_then(|unit| self.get(unit.parent_id.as_deref()?)) {
            let note = both(
                format!("không có “{}”; gần nhất là {}, đọc như vậy", last.text, above.full_name),
                format!("there is no “{}”; it is read as {}", last.text, above.full_name),
            );
            let mut read = self.of(below, before);
            read.notes.push(note);
            return Ok(read);
        }
        Err(unknown(Vec::new()))
    }

    /// The last part of an address of which nothing before it is a commune.
    fn of_last<'r>(&'r self, found: Vec<&'r Unit>, last: &Part) -> Read<'r> {
        let is_coarse = found.iter().all(|unit| unit.level == Level::District);
        let district = found.iter().find(|unit| unit.level == Level::District).filter(|_| !is_coarse && last.kind.is_none());
        let commune = found.iter().find(|unit| unit.level == Level::Commune);
        let note = district.zip(commune).map(|(district, commune)| {
            let (name, district, commune) = (&last.name, &district.full_name, &commune.full_name);
            both(
                format!("“{name}” vừa là {district} trước đây vừa là {commune}; ghi thêm “phường”, “xã” hay “quận”, “huyện” để rõ"),
                format!("“{name}” was {district} and is {commune}; write the kind to make it clear"),
            )
        });
        let mut read = self.of(found, last);
        read.is_coarse = is_coarse;
        read.notes.extend(note);
        read
    }

    /// Units that a part names, with what is told when their kind or their marks are others than those written.
    fn of<'r>(&'r self, found: Vec<&'r Unit>, part: &Part) -> Read<'r> {
        let mut read = Read { age: part.age, ..Read::new(Meant::Units(Vec::new())) };
        if let (Some(kind), Some(first)) = (part.kind, found.first())
            && found.iter().all(|unit| !is_kind(unit, kind))
        {
            read.notes.push(both(
                format!("“{}” được đọc là {}", part.text, first.full_name),
                format!("“{}” is read as {}", part.text, first.full_name),
            ));
        } else if let Some(first) = found.first().filter(|_| !self.is_exact(&found, part)) {
            read.notes.push(both(
                format!("“{}” khác dấu với {}; được đọc như vậy, hãy kiểm tra", part.text, first.full_name),
                format!("“{}” has other marks than {}, as which it is read; check it", part.text, first.full_name),
            ));
        }
        read.meant = Meant::Units(found);
        read
    }

    /// Whether a unit of today took in what belonged to a district.
    fn came_from(&self, unit: &Unit, district: &Unit) -> bool {
        self.predecessors(&unit.id).iter().filter_map(|id| self.get(id)).any(|old| old.parent_id.as_deref() == Some(district.id.as_str()))
    }

    fn is_exact(&self, found: &[&Unit], part: &Part) -> bool {
        found.iter().any(|unit| text::same_spelling(&unit.name, &part.name)) || part.name.is_ascii()
    }

    /// Units of this name. Marks that were typed count when any name has just these ("Vạn Phúc" is not "Vân Phúc"), wherever
    /// a tone is placed; a kind word narrows when it fits any of them.
    pub(super) fn named(&self, part: &Part) -> Vec<&Unit> {
        let by = |name: &str| -> Vec<usize> { self.by_name.get(&text::fold(name)).cloned().unwrap_or_default() };
        let found = by(&part.name);
        let found = if found.is_empty() { by(&part.text) } else { found };
        if found.is_empty() {
            return Vec::new();
        }
        let spelt = text::spelling(&part.name);
        let exact: Vec<usize> = found.iter().copied().filter(|at| self.spelt[*at] == spelt).collect();
        let found: Vec<&Unit> = if exact.is_empty() { found } else { exact }.into_iter().map(|at| &self.units[at]).collect();
        let Some(kind) = part.kind else { return found };
        let narrowed: Vec<&Unit> = found.iter().copied().filter(|unit| is_kind(unit, kind)).collect();
        if !narrowed.is_empty() {
            return narrowed;
        }
        let level = if matches!(kind, "xã" | "phường" | "thị trấn") { Level::Commune } else { Level::District };
        let narrowed: Vec<&Unit> = found.iter().copied().filter(|unit| unit.level == level).collect();
        if narrowed.is_empty() { found } else { narrowed }
    }

    /// A refusal with names like the one typed.
    pub(super) fn with_near(&self, refusal: UnitRefusal) -> UnitRefusal {
        let UnitRefusal::Unknown(Unknown { typed, near }) = refusal else { return refusal };
        let parts = text::unit_parts(&typed, &|piece| !self.named(&Part::new(piece)).is_empty());
        let is_wanted = |part: &&Part| matches!(part.kind, Some("xã" | "phường" | "thị trấn"));
        let wanted = parts.iter().rfind(is_wanted).or_else(|| parts.iter().rfind(|part| !self.is_own(part)));
        let near = if near.is_empty() { wanted.map(|part| self.near(part)).unwrap_or_default() } else { near };
        UnitRefusal::Unknown(Unknown { typed, near })
    }

    fn near(&self, part: &Part) -> Vec<String> {
        let mut alike: Vec<(f64, &Unit)> = self
            .units
            .iter()
            .filter(|unit| unit.level != Level::Province)
            .map(|unit| (text::similarity(&unit.name, &part.name), unit))
            .filter(|(alike, _)| *alike >= 0.5)
            .collect();
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
        alike.into_iter().take(NEAR).map(|(_, unit)| self.label(&unit.id)).collect()
    }

    fn near_below(&self, part: &Part, districts: &[&Unit]) -> Vec<String> {
        let inside = |unit: &&Unit| districts.iter().any(|district| unit.parent_id.as_deref() == Some(district.id.as_str()));
        let mut alike: Vec<(f64, &Unit)> = self
            .units
            .iter()
            .filter(inside)
            .map(|unit| (text::similarity(&unit.name, &part.name), unit))
            .filter(|(alike, _)| *alike >= 0.5)
            .collect();
        alike.sort_by(|a, b| b.0.total_cmp(&a.0));
        alike.into_iter().take(NEAR).map(|(_, unit)| self.label(&unit.id)).collect()
    }
}

fn is_kind(unit: &Unit, kind: &str) -> bool {
    unit.kind == text::fold(kind).replace(' ', "_")
}
