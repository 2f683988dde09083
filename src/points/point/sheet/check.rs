//! Rows of a file, checked one by one. Pure: what is wrong is told with the row's number and what to do about it.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::layout::Col;
use crate::error::{Both, both};
use crate::intake::Taken;
use crate::party::BodyKind;
use crate::party::identity::{Name, Names};
use crate::point::model::{Kind, State};
use crate::region::{Places, Region, Said};
use crate::sheet::{Asides, Cells, Cleared, Fault, Given, Row, unknown_word};
use crate::text::{self, Edtf, Tongue};

/// A row that passed, ready to be compared with the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Its number in the spreadsheet.
    pub number: u32,
    pub code: String,
    pub name: String,
    pub kind: &'static str,
    pub address: String,
    pub unit: Option<String>,
    /// Only the address named the unit: a point that is known keeps what it has, unless its address changes.
    pub unit_from_address: bool,
    /// The pin lies outside the unit: accepted only if the store already says so.
    pub unit_fault: Option<Box<Both>>,
    pub pin: Option<(f64, f64)>,
    pub area_m2: Option<f64>,
    pub operator: String,
    pub operator_key: Arc<Name>,
    pub operator_kind: Option<BodyKind>,
    pub tax_code: Option<String>,
    pub contact: String,
    pub phone: String,
    pub hours: String,
    pub state: Option<State>,
    pub opened: Option<Edtf>,
    pub closed: Option<Edtf>,
    pub last_confirmed_on: Option<NaiveDate>,
    pub counted_by: String,
    pub source: String,
    /// Whose values the row clears.
    pub cleared: Cleared,
}

/// A whole file, checked.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Which columns it has.
    pub given: Given<Col>,
    /// Rows that passed.
    pub rows: Vec<Checked>,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// What is worth a look although it passes.
    pub warnings: Vec<Fault>,
    /// How many filled rows there are.
    pub total: usize,
}

/// Reads and checks a file; `progress` is told now and then how many rows are done.
///
/// # Errors
/// Why the file as a whole cannot be read.
pub fn read(taken: &Taken, region: &Region, today: NaiveDate, progress: &mut dyn FnMut(usize)) -> Result<Sheet, Both> {
    let mut sheet = Sheet::default();
    let mut header: Option<Result<(), Both>> = None;
    let mut codes: HashMap<String, bool> = HashMap::new();
    let mut places = Places::new(region, today);
    let mut names = Names::default();
    let mut asides = Asides::new(None, None);
    let found = taken.scan(&mut |head, row| {
        let ready = header.get_or_insert_with(|| {
            columns(&head.names, &mut sheet)?;
            asides = Asides::new(sheet.given.at(Col::Code), sheet.given.at(Col::Name));
            Ok(())
        });
        if ready.is_err() {
            return;
        }
        if let Some((aside, shown)) = asides.meet(&row) {
            sheet.warnings.push(Fault { row: Some(row.number), text: aside.text(&shown) });
            return;
        }
        sheet.total += 1;
        if sheet.total.is_multiple_of(1000) {
            progress(sheet.total);
        }
        one(row, &mut sheet, &mut codes, &mut names, &mut places);
    });
    let head = found.map_err(Both::from)?;
    header.unwrap_or_else(|| columns(&head.names, &mut sheet))?;
    sheet.warnings.extend(head.notes);
    // which of two rows of one code is right is not for the program to say
    let twice = |code: &String| codes.get(code).copied().unwrap_or(false);
    for row in sheet.rows.iter().filter(|row| twice(&row.code)) {
        sheet.faults.push(Fault { row: Some(row.number), text: twice_text(&row.code) });
    }
    sheet.rows.retain(|row| !twice(&row.code));
    sheet.faults.sort_by_key(|fault| fault.row);
    progress(sheet.total);
    Ok(sheet)
}

fn twice_text(code: &str) -> Both {
    both(
        format!("mã “{code}” có ở nhiều dòng; hãy giữ một dòng hoặc đổi mã."),
        format!("code “{code}” stands in several rows; keep one of them or change the code."),
    )
}

/// Headers of lists in use that say nothing about a point, folded.
const IGNORED: [&str; 3] = ["stt", "tt", "so tt"];

fn given(names: &[String], warnings: &mut Vec<Fault>) -> Result<Given<Col>, Both> {
    Given::read(names, &[Col::Code, Col::Name], &IGNORED, "docs/import-points.md", warnings)
}

/// Why a file with these columns is not read.
pub fn fits(names: &[String]) -> Result<(), Both> {
    given(names, &mut Vec::new()).map(drop)
}

fn columns(names: &[String], sheet: &mut Sheet) -> Result<(), Both> {
    sheet.given = given(names, &mut sheet.warnings)?;
    Ok(())
}

fn one(row: Row, sheet: &mut Sheet, codes: &mut HashMap<String, bool>, names: &mut Names, places: &mut Places<'_>) {
    let (region, today) = (places.region, places.today);
    let number = row.number;
    let mut cells = Cells::new(&sheet.given, &row);
    cells.keep(&[Col::Code, Col::Name, Col::State]);
    let code = cells.short(Col::Code, 40);
    if cells.lacks(Col::Code) {
        cells.faults.push(both("thiếu mã điểm; hãy ghi mã duy nhất của điểm", "the code is missing; write the point's own code"));
    } else if !code.is_empty() && text::fold(&code).is_empty() {
        cells.wrong(
            Col::Code,
            both(
                format!("“{code}” không có chữ hay số; hãy ghi mã của điểm"),
                format!("“{code}” has no letter or digit; write the point's code"),
            ),
        );
    }
    let name = cells.short(Col::Name, 200);
    if cells.lacks(Col::Name) {
        cells.faults.push(both("thiếu tên điểm; hãy ghi tên", "the name is missing; write it"));
    }
    let kind = cells.read(Col::Kind, |typed| {
        let english = || Kind::all().into_iter().find(|kind| text::fold(kind.name(Tongue::En)) == text::fold(typed));
        Kind::read(typed).or_else(english).ok_or_else(|| unknown_word(typed, Kind::all(), Kind::name))
    });
    let address = cells.short(Col::Address, 300);
    let area_m2 = area(&mut cells);
    let operator = cells.short(Col::Operator, 200);
    let operator_kind = cells.read(Col::OperatorKind, |typed| {
        BodyKind::read(typed).ok_or_else(|| unknown_word(typed, BodyKind::ALL, |kind, tongue| tongue.pick(kind.name(), kind.word())))
    });
    let tax_code = cells.tax_code(Col::TaxCode);
    if cells.lacks(Col::Operator) && tax_code.is_some() && cells.has(Col::Operator) {
        cells.wrong(
            Col::Operator,
            both(
                "có mã số thuế nhưng thiếu tên; hãy ghi tên đơn vị vận hành",
                "there is a tax code but no name; write the operator's name",
            ),
        );
    }
    let contact = cells.short(Col::Contact, 120);
    let phone = cells.read(Col::Phone, |typed| text::phone(typed).map_err(Both::from)).unwrap_or_default();
    let hours = cells.short(Col::Hours, 200);
    let state = cells.read(Col::State, |typed| {
        let english = || State::ALL.into_iter().find(|state| text::fold(state.name(Tongue::En)) == text::fold(typed));
        State::read(typed).or_else(english).ok_or_else(|| unknown_word(typed, super::IMPORTED, State::name))
    });
    let opened = cells.vague_day(Col::OpenedOn, today);
    let closed = cells.vague_day(Col::ClosedOn, today);
    let opened_first = opened.and_then(Edtf::earliest);
    let last_confirmed_on = cells.day(Col::LastConfirmedOn, today);
    if let (Some(opened), Some(closed)) = (opened_first, closed.and_then(Edtf::latest))
        && closed < opened
    {
        cells.wrong(Col::ClosedOn, both("trước ngày khai trương; hãy kiểm tra hai ngày", "before the day it opened; check both days"));
    }
    if let (Some(opened), Some(seen)) = (opened_first, last_confirmed_on)
        && seen < opened
    {
        cells.wrong(
            Col::LastConfirmedOn,
            both("trước ngày khai trương; hãy kiểm tra hai ngày", "before the day it opened; check both days"),
        );
    }
    if closed.is_some() && state.is_some_and(|state| state != State::Closed) {
        cells.wrong(
            Col::ClosedOn,
            both(
                "có ngày đóng cửa nhưng trạng thái không phải “Đã đóng”; hãy sửa một trong hai",
                "there is a closing day but the state is not closed; correct one of them",
            ),
        );
    }
    let pin = cells.pin(Col::Lon, Col::Lat);
    let (unit, unit_from_address, unit_notes) = unit(&mut cells, places, opened.and_then(Edtf::latest).or(closed.and_then(Edtf::latest)));
    let mut unit_fault = None;
    if let (Some((lon, lat)), Some(unit)) = (pin, &unit)
        && region.pin_fits(unit, lon, lat, today) == Some(false)
    {
        unit_fault = Some(Box::new(both(
            format!("vị trí nằm ngoài {}; hãy sửa kinh độ, vĩ độ hoặc xã, phường", region.label(unit)),
            format!("the position lies outside {}; correct it or the unit", region.label(unit)),
        )));
    }
    let counted_by = cells.read(Col::CountedBy, counted_by).unwrap_or_default();
    let source = cells.short(Col::Source, 2000);
    if !code.is_empty()
        && let Some(twice) = codes.get_mut(&code)
    {
        *twice = true;
        cells.faults.push(twice_text(&code));
    }
    codes.entry(code.clone()).or_insert(false);
    let lacks_unit = sheet.given.has(Col::Unit) && unit.is_none() && !cells.cleared.has(Col::Unit) && state != Some(State::Lead);
    let Cells { faults, notes, cleared, .. } = cells;
    if !faults.is_empty() {
        sheet.faults.extend(faults.into_iter().map(|text| Fault { row: Some(number), text }));
        return;
    }
    sheet.warnings.extend(notes.into_iter().chain(unit_notes).map(|text| Fault { row: Some(number), text }));
    if lacks_unit {
        let text = both(
            "chưa rõ xã, phường; điểm sẽ không có trong danh sách của đơn vị nào",
            "the unit is not known; the point will be in no unit's list",
        );
        sheet.warnings.push(Fault { row: Some(number), text });
    }
    sheet.rows.push(Checked {
        number,
        code,
        name,
        kind: kind.map_or("", Kind::word),
        address,
        unit,
        unit_from_address,
        unit_fault,
        pin,
        area_m2,
        operator_key: names.of(&operator),
        operator,
        operator_kind,
        tax_code,
        contact,
        phone,
        hours,
        state,
        opened,
        closed,
        last_confirmed_on,
        counted_by,
        source,
        cleared,
    });
}

/// Square metres.
fn area(cells: &mut Cells<'_, Col>) -> Option<f64> {
    let wrong = |typed: &str| {
        both(
            format!("“{typed}” không phải diện tích; hãy ghi số mét vuông lớn hơn 0, ví dụ 45 hoặc 120,5"),
            format!("“{typed}” is no area; write square metres above 0, for example 45 or 120,5"),
        )
    };
    let area = cells.quantity(Col::AreaM2, &["m2", "m²"], wrong)?;
    if area > 0.0 && area <= 1_000_000.0 {
        return Some(area);
    }
    let text = wrong(&cells.text(Col::AreaM2));
    cells.wrong(Col::AreaM2, text);
    None
}

/// The unit with the day of the row, whether only the address named it, and what is told of it.
fn unit(cells: &mut Cells<'_, Col>, places: &mut Places<'_>, on: Option<NaiveDate>) -> (Option<String>, bool, Vec<Both>) {
    let typed = cells.raw(Col::Unit);
    if cells.cleared.has(Col::Unit) {
        return (None, false, Vec::new());
    }
    match places.find(Said { unit: typed, address: cells.raw(Col::Address), on, ..Said::default() }) {
        Ok(None) => (None, false, Vec::new()),
        Ok(Some(at)) => {
            let place = places.get(at);
            if !place.origin.is_empty() {
                let text = both(
                    format!("“{}” thuộc {}, không phải điểm của địa bàn này; hãy bỏ dòng này", text::nfc(typed), place.origin),
                    format!("“{}” lies in {}, so it is no point of this province; leave the row out", text::nfc(typed), place.origin),
                );
                cells.wrong(Col::Unit, text);
                return (None, false, Vec::new());
            }
            (place.unit_id.clone(), typed.is_empty(), place.notes.clone())
        }
        Err((_, text)) => {
            cells.wrong(Col::Unit, text);
            (None, false, Vec::new())
        }
    }
}

/// `city`, `ministry` or both, from words in either language.
fn counted_by(typed: &str) -> Result<String, Both> {
    const MARKS: [char; 5] = [',', ';', '/', '+', '&'];
    let (mut city, mut ministry) = (false, false);
    let folded = text::fold(typed);
    let whole = |part: &str| match part {
        "city" | "thanh pho" | "tp" | "so" | "so cong thuong" | "ha noi" => Some(true),
        "ministry" | "bo" | "bo cong thuong" => Some(false),
        _ => None,
    };
    let parts: Vec<String> = match whole(&folded) {
        Some(_) => vec![folded],
        None if typed.contains(MARKS) => typed.split(MARKS).map(text::fold).collect(),
        None => folded.split(' ').map(str::to_owned).collect(),
    };
    for part in parts.iter().filter(|part| !part.is_empty()) {
        match whole(part) {
            Some(true) => city = true,
            Some(false) => ministry = true,
            None => {
                return Err(unknown_word(
                    typed,
                    [("thành phố", "city"), ("bộ", "ministry"), ("thành phố, bộ", "city ministry")],
                    |(vi, en), tongue| tongue.pick(vi, en),
                ));
            }
        }
    }
    Ok([(city, "city"), (ministry, "ministry")].into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect::<Vec<_>>().join(" "))
}
