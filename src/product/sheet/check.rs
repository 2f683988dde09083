//! Rows of a file, checked one by one. Pure: what is wrong is told with the row's number and what to do about it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;

use super::layout::Col;
use crate::error::{Both, both};
use crate::party::BodyKind;
use crate::party::identity::{Name, Names};
use crate::product::model::{Claim, Part};
use crate::product::{group, scale};
use crate::intake::Taken;
use crate::region::{Cell, Located, Places, Region, Said};
use crate::sheet::{self, Asides, Cells, Cleared, Fault, Given, Row, unknown_word};
use crate::text;

/// Headers of lists in use that say nothing about a product, folded.
const IGNORED: [&str; 3] = ["stt", "tt", "so tt"];

/// A group as a row gives it: that of today, and the name as printed when it is one of before.
pub type Group = (&'static str, &'static str);

/// A row that passed, ready to be compared with the store.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its number in the spreadsheet.
    pub number: u32,
    pub code: String,
    pub name: String,
    pub producer: String,
    pub producer_key: Arc<Name>,
    pub producer_kind: Option<BodyKind>,
    pub tax_code: Option<String>,
    /// Which of the units of the file.
    pub place: Option<usize>,
    pub group: Option<Group>,
    pub set_name: String,
    /// What it says of a certificate.
    pub claim: Claim,
    pub price: Option<i64>,
    pub description: String,
    pub pin: Option<(f64, f64)>,
    pub source: String,
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
    /// Codes and certificate numbers that stand in several rows; the first of them was handed on.
    codes: HashSet<String>,
    numbers: HashSet<String>,
}

impl Ended {
    /// Takes back rows whose code or number came again: which of them is right is not for the program to say.
    pub fn take_back(&mut self, rows: &mut Vec<Checked>) {
        if self.codes.is_empty() && self.numbers.is_empty() {
            return;
        }
        rows.retain(|row| {
            let code = self.codes.contains(&row.code).then(|| twice(&row.code));
            let number = row.claim.number.as_deref().filter(|number| self.numbers.contains(*number)).map(number_twice);
            let is_single = code.is_none() && number.is_none();
            self.faults.extend(code.into_iter().chain(number).map(|text| Fault { row: Some(row.number), text }));
            is_single
        });
        self.faults.sort_by_key(|fault| fault.row);
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
pub fn read(taken: &Taken, rules: Rules<'_>, progress: &mut dyn FnMut(usize), each: &mut dyn FnMut(Batch)) -> Result<Ended, Both> {
    let mut checker = Checker {
        rules,
        given: Arc::default(),
        asides: Asides::new(None, None),
        ended: Ended::default(),
        rows: Vec::new(),
        places: Places::new(rules.region, rules.today),
        names: Names::default(),
        groups: HashMap::new(),
        codes: HashMap::new(),
        numbers: HashMap::new(),
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
    checker.ended.warnings.extend(head.notes);
    progress(checker.ended.total);
    each(checker.batch());
    Ok(checker.finish())
}

/// What a file must have.
const MUST: [Col; 2] = [Col::Code, Col::Name];

fn given(names: &[String], warnings: &mut Vec<Fault>) -> Result<Given<Col>, Both> {
    Given::read(names, &MUST, &IGNORED, "docs/import-products.md", warnings)
}

/// Why a file with these columns is not read.
pub fn fits(names: &[String]) -> Result<(), Both> {
    given(names, &mut Vec::new()).map(drop)
}

struct Checker<'a> {
    rules: Rules<'a>,
    given: Arc<Given<Col>>,
    asides: Asides,
    ended: Ended,
    rows: Vec<Checked>,
    places: Places<'a>,
    names: Names,
    groups: HashMap<String, Option<Group>>,
    /// Rows of each code, and of each certificate number: the first, and whether there are more.
    codes: HashMap<String, (u32, bool)>,
    numbers: HashMap<String, (u32, bool)>,
}

/// Notes that a row has a key; whether one before it had it.
fn meet(known: &mut HashMap<String, (u32, bool)>, key: &str, row: u32) -> bool {
    match known.get_mut(key) {
        Some((_, more)) => {
            *more = true;
            true
        }
        None => {
            known.insert(key.to_owned(), (row, false));
            false
        }
    }
}

fn twice(code: &str) -> Both {
    both(format!("mã “{code}” có ở nhiều dòng; hãy giữ một dòng hoặc đổi mã."), format!("code “{code}” stands in several rows; keep one of them or change the code."))
}

fn number_twice(number: &str) -> Both {
    both(
        format!("số giấy chứng nhận “{number}” có ở nhiều dòng; mỗi giấy chứng nhận chỉ của một sản phẩm, hãy kiểm tra lại."),
        format!("certificate number “{number}” stands in several rows; a certificate belongs to one product, check it."),
    )
}

impl Checker<'_> {
    fn columns(&mut self, names: &[String]) -> Result<(), Both> {
        self.given = Arc::new(given(names, &mut self.ended.warnings)?);
        self.asides = Asides::new(self.given.at(Col::Code), self.given.at(Col::Name));
        Ok(())
    }

    fn row(&mut self, row: &Row) {
        let number = row.number;
        if let Some((aside, shown)) = self.asides.meet(row) {
            self.warn(number, aside.text(&shown));
            return;
        }
        self.ended.total += 1;
        let given = self.given.clone();
        match self.check(number, Cells::new(&given, row)) {
            Ok(checked) => self.rows.push(checked),
            Err(faults) => self.ended.faults.extend(faults.into_iter().map(|text| Fault { row: Some(number), text })),
        }
    }

    fn warn(&mut self, row: u32, text: Both) {
        self.ended.warnings.push(Fault { row: Some(row), text });
    }

    fn check(&mut self, number: u32, mut cells: Cells<'_, Col>) -> Result<Checked, Vec<Both>> {
        cells.keep(&[Col::Code, Col::Name, Col::Stars, Col::DecidedOn]);
        let code = cells.short(Col::Code, 60);
        if cells.lacks(Col::Code) {
            cells.faults.push(both("thiếu mã sản phẩm; hãy ghi mã duy nhất của sản phẩm", "the code is missing; write the product's own code"));
        } else if !code.is_empty() && !code.chars().any(char::is_alphanumeric) {
            cells.wrong(Col::Code, both(format!("“{code}” không có chữ hay số; hãy ghi mã của sản phẩm"), format!("“{code}” has no letter or digit; write the product's code")));
        } else if !code.is_empty() && meet(&mut self.codes, &code, number) {
            cells.faults.push(twice(&code));
        }
        let name = cells.short(Col::Name, 300);
        if cells.lacks(Col::Name) {
            cells.faults.push(both("thiếu tên sản phẩm; hãy ghi tên", "the name is missing; write it"));
        }
        let producer = cells.short(Col::Producer, 300);
        let producer_kind = cells.read(Col::ProducerKind, |typed| BodyKind::read(typed).ok_or_else(|| unknown_word(typed, BodyKind::ALL, |kind, tongue| tongue.pick(kind.name(), kind.word()))));
        let tax_code = cells.tax_code(Col::TaxCode);
        if cells.has(Col::Producer) && cells.lacks(Col::Producer) && tax_code.is_none() {
            cells.note(Col::Producer, both("để trống; sản phẩm mới sẽ chưa có chủ thể, sản phẩm đã có giữ chủ thể cũ", "is empty; a new product will have no producer, a known one keeps its own"));
        }
        if cells.lacks(Col::Producer) && tax_code.is_some() && cells.has(Col::Producer) {
            cells.wrong(Col::Producer, both("có mã số thuế nhưng thiếu tên; hãy ghi tên chủ thể", "there is a tax code but no name; write the producer's name"));
        }
        let pin = cells.pin(Col::Lon, Col::Lat);
        let group = self.group(&mut cells);
        let set_name = cells.short(Col::Set, 200);
        let claim = self.claim(&mut cells, number);
        let place = self.place(&mut cells, number, pin, claim.last_day());
        let price = price(&mut cells);
        let description = cells.block(Col::Description, 8000);
        let source = cells.short(Col::Source, 2000);
        if !cells.faults.is_empty() {
            return Err(cells.faults);
        }
        let cleared = cells.cleared;
        self.ended.warnings.extend(cells.notes.into_iter().map(|text| Fault { row: Some(number), text }));
        let producer_key = self.names.of(&producer);
        Ok(Checked { number, code, name, producer, producer_key, producer_kind, tax_code, place, group, set_name, claim, price, description, pin, source, cleared })
    }

    /// The place, with the day of the row: a unit of that day is meant.
    fn place(&mut self, cells: &mut Cells<'_, Col>, number: u32, pin: Option<(f64, f64)>, on: Option<NaiveDate>) -> Option<usize> {
        let said = Said { unit: cells.raw(Col::Unit), district: cells.raw(Col::District), address: cells.raw(Col::Address), origin: cells.raw(Col::Origin), on };
        let at = match self.places.find(said) {
            Err((cell, text)) => {
                cells.wrong(if cell == Cell::District { Col::District } else { Col::Unit }, text);
                return None;
            }
            Ok(at) => at,
        };
        let Some(at) = at else {
            if cells.has(Col::Unit) || cells.has(Col::Address) {
                self.warn(number, both("chưa rõ xã, phường; sản phẩm sẽ không có trong danh sách của đơn vị nào", "the unit is not known; the product will be in no unit's list"));
            }
            return None;
        };
        let place = self.places.get(at);
        let mut notes = place.notes.clone();
        if let Some((lon, lat)) = pin
            && self.rules.region.is_around(&place.heirs, lon, lat) == Some(false)
        {
            let label = &place.label;
            notes.push(both(format!("vị trí nằm ngoài {label}; hãy kiểm tra vị trí hoặc xã, phường"), format!("the position lies outside {label}; check it or the unit")));
        }
        notes.into_iter().for_each(|text| self.warn(number, text));
        Some(at)
    }

    fn group(&mut self, cells: &mut Cells<'_, Col>) -> Option<Group> {
        let groups = &mut self.groups;
        cells.read(Col::Group, |typed| {
            let known = match groups.get(typed) {
                Some(known) => *known,
                None => *groups.entry(typed.to_owned()).or_insert(group::read(typed)),
            };
            known.ok_or_else(|| unknown_word(typed, group::all(), |group, tongue| group::name(&group.id, tongue)))
        })
    }

    /// What the row says of a certificate: all parts of one, or nothing.
    fn claim(&mut self, cells: &mut Cells<'_, Col>, row: u32) -> Claim {
        let before = cells.faults.len();
        let claim = Claim {
            stars: cells.read(Col::Stars, stars),
            score: score(cells),
            decision_no: cells.short(Col::DecisionNo, 100),
            decided: cells.vague(Col::DecidedOn),
            number: Some(cells.short(Col::CertificateNo, 100)).filter(|number| !number.is_empty()),
            valid_until: cells.date(Col::ValidUntil),
        };
        if let Some(number) = &claim.number
            && meet(&mut self.numbers, number, row)
        {
            cells.faults.push(number_twice(number));
        }
        // what could not be read is told already; that it is missing now is not another fault
        if cells.faults.len() > before || claim.is_empty() {
            return claim;
        }
        for (part, text) in claim.faults(self.rules.months, self.rules.today) {
            let col = match part {
                Part::Stars => Col::Stars,
                Part::Score => Col::Score,
                Part::DecidedOn => Col::DecidedOn,
                Part::ValidUntil => Col::ValidUntil,
            };
            cells.wrong(col, text);
        }
        if cells.faults.len() > before {
            return claim;
        }
        match (claim.decided, &claim.number) {
            (None, Some(number)) => {
                let text = both(format!("có số giấy chứng nhận “{number}” nhưng thiếu ngày công nhận; hãy ghi ngày quyết định"), format!("there is a certificate number “{number}” but no first day; give the day of the decision"));
                cells.wrong(Col::DecidedOn, text);
            }
            (None, None) => self.warn(row, both("có hạng sao, điểm hoặc số quyết định nhưng thiếu ngày công nhận nên chưa ghi giấy chứng nhận", "there are stars, a score or a decision but no day, so no certificate is recorded")),
            (Some(_), _) if claim.stars.is_some_and(|stars| claim.first_day().and_then(scale::on).is_some_and(|scale| stars < scale.certified_from)) => {
                let stars = claim.stars.unwrap_or_default();
                self.warn(row, both(format!("hạng {stars} sao không có giấy chứng nhận; chỉ ghi sản phẩm"), format!("{stars} stars have no certificate; only the product is recorded")));
            }
            _ => {}
        }
        claim
    }

    fn batch(&mut self) -> Batch {
        Batch { given: self.given.clone(), rows: std::mem::take(&mut self.rows), places: self.places.new_ones(), is_clean: self.ended.faults.is_empty() }
    }

    fn finish(self) -> Ended {
        let Checker { mut ended, codes, numbers, .. } = self;
        let several = |known: HashMap<String, (u32, bool)>| known.into_iter().filter(|(_, (_, more))| *more).map(|(key, _)| key).collect();
        (ended.codes, ended.numbers) = (several(codes), several(numbers));
        ended.faults.sort_by_key(|fault| fault.row);
        ended
    }
}

/// "4", "4 sao", "★★★★".
fn stars(typed: &str) -> Result<i64, Both> {
    let drawn = typed.chars().filter(|c| matches!(c, '★' | '⭐')).count();
    if drawn > 0 && typed.chars().all(|c| matches!(c, '★' | '⭐' | '☆' | ' ' | '\u{fe0f}')) {
        return Ok(drawn as i64);
    }
    let low = typed.to_lowercase();
    let bare = ["sao", "stars", "star", "*", "★"].iter().find_map(|word| low.strip_suffix(word)).unwrap_or(&low).trim();
    sheet::number(bare)
        .filter(|stars| stars.fract() == 0.0 && stars.abs() < 1e6)
        .map(|stars| stars as i64)
        .ok_or_else(|| both(format!("“{typed}” không phải hạng sao; hãy ghi số từ 1 đến 5"), format!("“{typed}” is no number of stars; write a number from 1 to 5")))
}

/// A score in hundredths. An average as a spreadsheet keeps it (85.666…) is taken as it shows it, with two decimals.
fn score(cells: &mut Cells<'_, Col>) -> Option<i64> {
    let typed = cells.text(Col::Score);
    let value = sheet::number(&typed);
    if value.is_some_and(|value| 0.0 < value && value < 1.0) {
        cells.wrong(Col::Score, both(format!("“{typed}” nhỏ hơn 1, có lẽ là phần trăm; hãy ghi điểm trên thang 100, ví dụ 85,6"), format!("“{typed}” is below 1 and may be a percentage; write the score out of 100, for example 85.6")));
        return None;
    }
    let decimals = typed.split(['.', ',']).nth(1).map_or(0, str::len);
    if let Some(value) = value.filter(|value| decimals > 2 && (0.0..=100.0).contains(value)) {
        let shown = (value * 100.0).round() / 100.0;
        let shown_vi = text::decimal_vi(shown);
        cells.note(Col::Score, both(format!("“{typed}” có nhiều hơn hai chữ số lẻ, đọc là {shown_vi}"), format!("“{typed}” has more than two decimals and is read as {shown}")));
        return Some((shown * 100.0).round() as i64);
    }
    cells.read(Col::Score, |typed| {
        scale::read_points(typed)
            .ok_or_else(|| both(format!("“{typed}” không phải số điểm; hãy ghi số có nhiều nhất hai chữ số lẻ, ví dụ 69,5"), format!("“{typed}” is no score; write a number with at most two decimals, for example 69.5")))
    })
}

/// Whole đồng.
fn price(cells: &mut Cells<'_, Col>) -> Option<i64> {
    let typed = cells.text(Col::Price);
    if typed.starts_with(['-', '−', '–']) {
        cells.wrong(Col::Price, both(format!("“{typed}” là số âm; hãy ghi giá bán bằng đồng"), format!("“{typed}” is negative; write the price in đồng")));
        return None;
    }
    let wrong = |typed: &str| {
        both(
            format!("“{typed}” không đọc được là số đồng; hãy ghi số nguyên lớn hơn 0, ví dụ 1.250.000 (không ghi “triệu”, không có phần lẻ)"),
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
