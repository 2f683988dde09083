//! Rows of a file, checked one by one. Pure: what is wrong is told with the row's number and what to do about it.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use chrono::NaiveDate;

use super::claims::Reading;
use super::layout::Col;
use super::rounds::Head;
use super::{codes, gather, sums};
use crate::error::{Both, both};
use crate::intake::{Taken, Whole};
use crate::party::BodyKind;
use crate::party::identity::{Name, Names, key};
use crate::product::model::Claim;
use crate::product::{code, group};
use crate::region::{Cell, Located, Places, Region, Said};
use crate::sheet::{Aside, Asides, Cells, Cleared, Fault, Given, Row, unknown_word};
use crate::text;

/// A group as a row gives it: that of today, and the name as printed when it is one of before.
pub type Group = (&'static str, &'static str);

/// A row that passed, ready to be compared with the store.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its number in the spreadsheet.
    pub number: u32,
    /// As printed; empty where the list has none.
    pub code: String,
    /// The same without what the eye passes over.
    pub code_fold: String,
    /// Empty where the file has no names: then its code is known.
    pub name: String,
    /// Digest of the name as it is compared; says something beside others of one reading only.
    pub named: u64,
    pub producer: String,
    pub producer_key: Arc<Name>,
    pub producer_kind: Option<BodyKind>,
    pub tax_code: Option<String>,
    /// Which of the units of the file.
    pub place: Option<usize>,
    pub group: Option<Group>,
    pub set_name: String,
    /// What it says of certificates, one for each recognition.
    pub claims: Vec<Claim>,
    pub price: Option<i64>,
    pub description: String,
    pub pin: Option<(f64, f64)>,
    pub source: String,
    /// Rows that speak of the same product and were joined to this one.
    pub also: Vec<u32>,
    /// Whose values the row clears.
    pub cleared: Cleared,
}

/// Rows that passed, some hundred at a time.
#[derive(Debug, Default)]
pub struct Batch {
    /// Which columns the file has.
    pub given: Arc<Given<Col>>,
    /// The rows.
    pub rows: Vec<Checked>,
    /// Units that were not named in a batch before; rows number all of them.
    pub places: Vec<Located>,
    /// Nothing was wrong in any row so far.
    pub is_clean: bool,
}

/// What is known of a file when its last row is read.
#[derive(Debug, Default)]
pub struct Ended {
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// What is worth a look although it passes.
    pub warnings: Vec<Fault>,
    /// How many filled rows there are.
    pub total: usize,
    /// Some rows may speak of one product, or one certificate number stands in several: they have to be seen together.
    pub repeats: bool,
}

impl Ended {
    /// Whether nothing is wrong and each row can be taken by itself.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty() && !self.repeats
    }
}

/// What rows are checked against.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// Units.
    pub region: &'a Region,
    /// Months that a certificate is valid that names no last day.
    pub months: i64,
    /// The day.
    pub today: NaiveDate,
}

/// Rows handed on at a time.
pub const BATCH: usize = 1024;

/// Reads and checks a file and hands on what passes; `progress` is told now and then how many rows are done.
///
/// # Errors
/// Why the file as a whole cannot be read.
pub fn read(
    taken: &Taken,
    whole: &Whole,
    rules: Rules<'_>,
    progress: &mut dyn FnMut(usize),
    each: &mut dyn FnMut(Batch),
) -> Result<Ended, Both> {
    let mut checker = Checker {
        rules,
        whole,
        head: Arc::default(),
        asides: Asides::new(None, None),
        ended: Ended::default(),
        rows: Vec::new(),
        places: Places::new(rules.region, rules.today),
        names: Names::default(),
        groups: HashMap::new(),
        section: None,
        hasher: RandomState::new(),
        codes: HashSet::new(),
        numbers: HashSet::new(),
        made: HashMap::new(),
        notes: Vec::new(),
        sum: None,
    };
    let mut header: Option<Result<(), Both>> = None;
    let found = taken.scan(&mut |head, row| {
        if header.get_or_insert_with(|| checker.columns(&head.names)).is_err() {
            return;
        }
        checker.row(&row);
        if checker.rows.len() == BATCH {
            progress(checker.ended.total);
            each(checker.batch());
        }
    });
    let head = found.map_err(Both::from)?;
    header.unwrap_or_else(|| checker.columns(&head.names))?;
    checker.close();
    checker.ended.warnings.extend(head.notes);
    progress(checker.ended.total);
    each(checker.batch());
    checker.ended.faults.sort_by_key(|fault| fault.row);
    Ok(checker.ended)
}

struct Checker<'a> {
    rules: Rules<'a>,
    whole: &'a Whole,
    head: Arc<Head>,
    asides: Asides,
    ended: Ended,
    rows: Vec<Checked>,
    places: Places<'a>,
    names: Names,
    groups: HashMap<String, Option<Group>>,
    /// The group that a heading between the rows names.
    section: Option<Group>,
    hasher: RandomState,
    /// Digests of the codes and certificate numbers met; of who makes what where, with the first such row and whether it has a code.
    codes: HashSet<u64>,
    numbers: HashSet<u64>,
    made: HashMap<u64, (u32, bool)>,
    /// What is worth a look in the row that is read.
    notes: Vec<Both>,
    /// What a closing line says how many there are, and in which row.
    sum: Option<(u32, usize)>,
}

impl Checker<'_> {
    fn columns(&mut self, names: &[String]) -> Result<(), Both> {
        self.head = Arc::new(Head::read(names, &mut self.ended.warnings)?);
        self.asides = Asides::new(self.head.given.at(Col::Code), self.head.given.at(Col::Name));
        if !self.whole.is_empty() && !self.head.rounds.is_empty() {
            return Err(both(
                "Tệp có nhiều lần công nhận nên không thể ghi một quyết định, hạng sao, ngày cho cả tệp. Hãy bỏ các mục ghi cho cả tệp rồi gửi lại.",
                "The file has several recognitions, so no decision, stars or day can be given for the whole file. Leave these out and send the file again.",
            ));
        }
        Ok(())
    }

    fn row(&mut self, row: &Row) {
        let number = row.number;
        if let Some((aside, shown)) = self.asides.meet(row) {
            let text = self.beside(row, aside, &shown);
            self.warn(number, text);
            return;
        }
        self.ended.total += 1;
        let head = self.head.clone();
        match self.check(row, Cells::new(&head.given, row)) {
            Ok(checked) => {
                self.meet(&checked);
                self.rows.push(checked);
            }
            Err(faults) => self.ended.faults.extend(faults.into_iter().map(|text| Fault { row: Some(number), text })),
        }
        let notes = std::mem::take(&mut self.notes);
        self.ended.warnings.extend(notes.into_iter().map(|text| Fault { row: Some(number), text }));
    }

    /// What is said of a row that is no product: a heading may name the group of the rows below it, a closing line their number.
    fn beside(&mut self, row: &Row, aside: Aside, shown: &str) -> Both {
        if let Some(count) = sums::count(&row.cells).filter(|_| matches!(aside, Aside::Sum | Aside::Note)) {
            self.sum = Some((row.number, count));
        }
        if aside != Aside::Heading || self.head.given.has(Col::Group) {
            return aside.text(shown);
        }
        let Some(group) = row.cells.iter().find_map(|cell| named_group(cell)) else {
            // a heading of a group that is not known ends the one before; one of a place does not
            self.section = self.section.filter(|_| !row.cells.iter().any(|cell| is_group_heading(cell)));
            return aside.text(shown);
        };
        self.section = Some(group);
        let name = |tongue| group::name(group.0, tongue);
        both(
            format!("“{shown}” là tên mục của danh sách: các dòng dưới được xếp vào nhóm {}", name(text::Tongue::Vi)),
            format!("“{shown}” is a heading within the list: the rows below are put into the group {}", name(text::Tongue::En)),
        )
    }

    /// Says whether a closing line and the rows agree on how many there are.
    fn close(&mut self) {
        let total = self.ended.total;
        if let Some((row, count)) = self.sum.filter(|(_, count)| *count != total) {
            self.warn(
                row,
                both(
                    format!("dòng tổng ghi {count} sản phẩm nhưng đọc được {total} dòng; hãy kiểm tra danh sách có đủ không"),
                    format!("the closing line says {count} products, {total} rows were read; check that the list is whole"),
                ),
            );
        }
    }

    /// Notes whom and what a row names, so that rows of one product are seen together.
    fn meet(&mut self, row: &Checked) {
        let is_known_code = !row.code.is_empty() && !self.codes.insert(self.hasher.hash_one(&row.code_fold));
        let mut is_known_number = false;
        for number in row.claims.iter().filter_map(|claim| claim.number.as_deref()) {
            is_known_number |= !self.numbers.insert(self.hasher.hash_one(number));
        }
        self.ended.repeats |= is_known_code || is_known_number;
        if row.name.is_empty() || row.producer.is_empty() {
            return;
        }
        let made = self.hasher.hash_one((row.named, &row.producer_key.near, row.place.map(|at| gather::place_key(self.places.get(at)))));
        let is_coded = !row.code.is_empty();
        match self.made.entry(made) {
            std::collections::hash_map::Entry::Vacant(new) => drop(new.insert((row.number, is_coded))),
            std::collections::hash_map::Entry::Occupied(known) => {
                let (first, was_coded) = *known.get();
                if !(is_coded && was_coded) {
                    self.ended.repeats = true;
                } else if !is_known_code {
                    self.notes.push(both(
                        format!("có vẻ trùng với dòng {first}: cùng tên, chủ thể và xã, phường nhưng khác mã; hãy kiểm tra có phải một sản phẩm không"),
                        format!("looks like row {first}: the same name, producer and unit under another code; check whether it is one product"),
                    ));
                }
            }
        }
    }

    fn warn(&mut self, row: u32, text: Both) {
        self.ended.warnings.push(Fault { row: Some(row), text });
    }

    fn check(&mut self, row: &Row, mut cells: Cells<'_, Col>) -> Result<Checked, Vec<Both>> {
        let number = row.number;
        cells.keep(&[Col::Code, Col::Name, Col::Producer, Col::Stars, Col::DecidedOn]);
        let code = cells.short(Col::Code, 60);
        let code_fold = code::fold(&code);
        if !code.is_empty() && !code.chars().any(char::is_alphanumeric) {
            cells.wrong(
                Col::Code,
                both(
                    format!("“{code}” không có chữ hay số; hãy ghi mã của sản phẩm"),
                    format!("“{code}” has no letter or digit; write the product's code"),
                ),
            );
        }
        let name = cells.short(Col::Name, 300);
        if cells.has(Col::Name) && cells.lacks(Col::Name) {
            cells.faults.push(both("thiếu tên sản phẩm; hãy ghi tên", "the name is missing; write it"));
        }
        let producer = cells.short(Col::Producer, 300);
        let producer_kind = cells.read(Col::ProducerKind, |typed| {
            kind(typed).ok_or_else(|| unknown_word(typed, BodyKind::ALL, |kind, tongue| tongue.pick(kind.name(), kind.word())))
        });
        let tax_code = cells.tax_code(Col::TaxCode);
        if code.is_empty() && cells.lacks(Col::Producer) && !cells.is_broken(Col::Code) {
            cells.faults.push(both(
                "thiếu mã sản phẩm; hãy ghi mã, hoặc ghi chủ thể nếu sản phẩm chưa có mã",
                "the code is missing; write it, or the producer if the product has none",
            ));
        } else if cells.has(Col::Producer) && cells.lacks(Col::Producer) && tax_code.is_none() {
            cells.note(
                Col::Producer,
                both(
                    "để trống; sản phẩm mới sẽ chưa có chủ thể, sản phẩm đã có giữ chủ thể cũ",
                    "is empty; a new product will have no producer, a known one keeps its own",
                ),
            );
        }
        if cells.lacks(Col::Producer) && tax_code.is_some() && cells.has(Col::Producer) {
            cells.wrong(
                Col::Producer,
                both("có mã số thuế nhưng thiếu tên; hãy ghi tên chủ thể", "there is a tax code but no name; write the producer's name"),
            );
        }
        let pin = cells.pin(Col::Lon, Col::Lat);
        let group = self.group(&mut cells);
        let set_name = cells.short(Col::Set, 200);
        let claims = Reading { head: &self.head, whole: self.whole, rules: self.rules }.claims(&mut cells, row, &mut self.notes);
        // of several recognitions the latest says of which day the unit is
        let on = claims.iter().filter_map(Claim::last_day).max();
        let place = self.place(&mut cells, number, pin, on);
        let price = price(&mut cells);
        let description = cells.block(Col::Description, 8000);
        let source = cells.short(Col::Source, 2000);
        if !cells.faults.is_empty() {
            return Err(cells.faults);
        }
        let cleared = cells.cleared;
        self.notes.append(&mut cells.notes);
        codes::check(&code, place.map(|at| self.places.get(at)), &claims, self.rules, &mut self.notes);
        let producer_key = self.names.of(&producer);
        let named = self.hasher.hash_one(key(&name));
        Ok(Checked {
            number,
            code,
            code_fold,
            name,
            named,
            producer,
            producer_key,
            producer_kind,
            tax_code,
            place,
            group,
            set_name,
            claims,
            price,
            description,
            pin,
            source,
            also: Vec::new(),
            cleared,
        })
    }

    /// The place, with the day of the row: a unit of that day is meant.
    fn place(&mut self, cells: &mut Cells<'_, Col>, number: u32, pin: Option<(f64, f64)>, on: Option<NaiveDate>) -> Option<usize> {
        let said = Said {
            unit: cells.raw(Col::Unit),
            district: cells.raw(Col::District),
            address: cells.raw(Col::Address),
            origin: cells.raw(Col::Origin),
            on,
        };
        if super::ministry::is_temporary(said.unit) {
            let unit = said.unit;
            self.warn(number, both(
                format!("“{unit}” là mã đơn vị tạm của nơi lập bảng nên chưa rõ xã, phường; sản phẩm sẽ không có trong danh sách của đơn vị nào"),
                format!("“{unit}” is a temporary code of who made the table, so the unit is not known; the product will be in no unit's list"),
            ));
            return None;
        }
        let at = match self.places.find(said) {
            Err((cell, text)) => {
                cells.wrong(if cell == Cell::District { Col::District } else { Col::Unit }, text);
                return None;
            }
            Ok(at) => at,
        };
        let Some(at) = at else {
            if cells.has(Col::Unit) || cells.has(Col::Address) {
                self.warn(
                    number,
                    both(
                        "chưa rõ xã, phường; sản phẩm sẽ không có trong danh sách của đơn vị nào",
                        "the unit is not known; the product will be in no unit's list",
                    ),
                );
            }
            return None;
        };
        let place = self.places.get(at);
        let mut notes = place.notes.clone();
        if let Some((lon, lat)) = pin
            && self.rules.region.is_around(&place.heirs, lon, lat) == Some(false)
        {
            let label = &place.label;
            notes.push(both(
                format!("vị trí nằm ngoài {label}; hãy kiểm tra vị trí hoặc xã, phường"),
                format!("the position lies outside {label}; check it or the unit"),
            ));
        }
        notes.into_iter().for_each(|text| self.warn(number, text));
        Some(at)
    }

    fn group(&mut self, cells: &mut Cells<'_, Col>) -> Option<Group> {
        let (groups, section) = (&mut self.groups, self.section);
        let given = cells.read(Col::Group, |typed| {
            let known = match groups.get(typed) {
                Some(known) => *known,
                None => *groups.entry(typed.to_owned()).or_insert(group::read(typed)),
            };
            known.ok_or_else(|| unknown_word(typed, group::all(), |group, tongue| group::name(&group.id, tongue)))
        });
        given.or(section)
    }

    fn batch(&mut self) -> Batch {
        Batch {
            given: self.head.given.clone(),
            rows: std::mem::take(&mut self.rows),
            places: self.places.new_ones(),
            is_clean: self.ended.faults.is_empty() && !self.ended.repeats,
        }
    }
}

/// The words of a heading without its ordinal: "II. NHÓM DƯỢC LIỆU", "Nhóm: Thực phẩm".
fn heading(cell: &str) -> &str {
    let rest = cell.split_once(['.', ')']).filter(|(ordinal, _)| ordinal.chars().count() <= 4).map_or(cell, |(_, rest)| rest);
    rest.trim()
}

fn is_group_heading(cell: &str) -> bool {
    let folded = text::fold(heading(cell));
    ["nhom", "nganh", "bo san pham"].iter().any(|word| folded.starts_with(word))
}

/// The group that a heading names.
fn named_group(cell: &str) -> Option<Group> {
    let words = heading(cell);
    let bare = || words.split_once([' ', ':']).filter(|_| is_group_heading(words)).and_then(|(_, rest)| group::read(rest));
    group::read(words).or_else(bare)
}

/// A kind of producer, as lists write it too.
fn kind(typed: &str) -> Option<BodyKind> {
    BodyKind::read(typed).or_else(|| match text::fold(typed).as_str() {
        "htx" => Some(BodyKind::Cooperative),
        "tht" => Some(BodyKind::Group),
        "dn" | "cong ty" | "cong ty tnhh" | "cong ty cp" | "cong ty co phan" | "doanh nghiep tu nhan" | "dntn" => {
            Some(BodyKind::Enterprise)
        }
        "hkd" | "ho" | "ho sxkd" | "ho san xuat" | "ho san xuat kinh doanh" | "ho gia dinh" | "co so" | "co so san xuat" | "ca the" => {
            Some(BodyKind::Household)
        }
        _ => None,
    })
}

/// Whole đồng.
fn price(cells: &mut Cells<'_, Col>) -> Option<i64> {
    let typed = cells.text(Col::Price);
    if typed.starts_with(['-', '−', '–']) {
        cells.wrong(
            Col::Price,
            both(format!("“{typed}” là số âm; hãy ghi giá bán bằng đồng"), format!("“{typed}” is negative; write the price in đồng")),
        );
        return None;
    }
    let wrong = |typed: &str| {
        both(
            format!(
                "“{typed}” không đọc được là số đồng; hãy ghi số nguyên lớn hơn 0, ví dụ 1.250.000 (không ghi “triệu”, không có phần lẻ)"
            ),
            format!("“{typed}” cannot be read as đồng; write a whole number above 0, for example 1.250.000 (no “triệu”, no fraction)"),
        )
    };
    let amount = cells.quantity(Col::Price, &["đồng", "vnđ", "vnd", "đ", "₫"], wrong)?;
    if amount.fract() != 0.0 || !(1.0..=1e12).contains(&amount) {
        cells.wrong(Col::Price, wrong(&typed));
        return None;
    }
    Some(amount as i64)
}
