//! Rows of a file, checked one by one. Pure: what is wrong is told with the row's number and what to do about it.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::layout::{Col, Given, known};
use crate::error::{Both, both};
use crate::party::BodyKind;
use crate::point::model::{Kind, State};
use crate::region::{Region, UnitRefusal};
use crate::sheet::{self, Limits, Row};
use crate::text::{self, Tongue};
use crate::geo;

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
    /// The unit is not one of the days given, or the pin lies outside it: accepted only if the store already says so.
    pub unit_fault: Option<Box<Both>>,
    pub pin: Option<(f64, f64)>,
    pub area_m2: Option<f64>,
    pub operator: String,
    pub operator_kind: Option<BodyKind>,
    pub tax_code: Option<String>,
    pub contact: String,
    pub phone: String,
    pub hours: String,
    pub state: Option<State>,
    pub opened_on: Option<NaiveDate>,
    pub closed_on: Option<NaiveDate>,
    pub last_confirmed_on: Option<NaiveDate>,
    pub counted_by: String,
    pub source: String,
}

/// Something wrong, or worth a look, in a row; without a number: in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The row, as the spreadsheet numbers it.
    pub row: Option<u32>,
    /// What is wrong and what to do.
    pub text: Both,
}

impl Fault {
    /// "dòng 12: …" or "row 12: …".
    pub fn line(&self, tongue: Tongue) -> String {
        let text = told(self.text.get(tongue));
        match self.row {
            Some(row) => format!("{} {row}: {text}", tongue.pick("dòng", "row")),
            None => text,
        }
    }
}

/// What is wrong; what to do: a text of two sentences as one line.
fn told(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut quoted = 0;
    for (at, c) in text.char_indices() {
        match c {
            '“' => quoted += 1,
            '”' => quoted -= 1,
            ';' if quoted == 0 => break,
            '.' if quoted == 0 && text[at..].starts_with(". ") => {
                let rest = &text[at + 2..];
                let mut letters = rest.chars();
                let first: String = letters.next().into_iter().flat_map(char::to_lowercase).collect();
                return format!("{}; {first}{}", &text[..at], letters.as_str());
            }
            _ => {}
        }
    }
    text.to_owned()
}

/// A whole file, checked.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Which columns it has.
    pub given: Given,
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
pub fn read(bytes: &[u8], file_name: &str, region: &Region, today: NaiveDate, progress: &mut dyn FnMut(usize)) -> Result<Sheet, Both> {
    let mut sheet = Sheet::default();
    let mut header: Option<Result<(), Both>> = None;
    let mut codes: HashMap<String, bool> = HashMap::new();
    let found = sheet::scan(bytes, file_name, &known, &Limits::default(), &mut |head, row| {
        let ready = header.get_or_insert_with(|| columns(&head.names, &mut sheet));
        if ready.is_err() {
            return;
        }
        sheet.total += 1;
        if sheet.total.is_multiple_of(1000) {
            progress(sheet.total);
        }
        one(row, &mut sheet, &mut codes, region, today);
    });
    let head = found.map_err(Both::from)?;
    header.unwrap_or_else(|| columns(&head.names, &mut sheet))?;
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

fn columns(names: &[String], sheet: &mut Sheet) -> Result<(), Both> {
    let (given, unknown, repeated) = Given::read(names);
    let lacks: Vec<Col> = [Col::Code, Col::Name].into_iter().filter(|col| !given.has(*col)).collect();
    if !lacks.is_empty() {
        let list = |tongue: Tongue| lacks.iter().map(|col| format!("“{}”", col.name(tongue))).collect::<Vec<_>>().join(", ");
        return Err(both(
            format!("Dòng tiêu đề thiếu cột {}. Hãy thêm cột này (xem docs/import-points.md) rồi gửi lại.", list(Tongue::Vi)),
            format!("The header row lacks the column {}. Add it (see docs/import-points.md) and send the file again.", list(Tongue::En)),
        ));
    }
    for name in unknown {
        sheet.warnings.push(Fault {
            row: None,
            text: both(format!("cột “{name}” không có trong mẫu nên được bỏ qua."), format!("column “{name}” is not part of the layout and is left out.")),
        });
    }
    for name in repeated {
        sheet.warnings.push(Fault {
            row: None,
            text: both(format!("cột “{name}” lặp lại; chỉ đọc cột đầu."), format!("column “{name}” is repeated; only the first is read.")),
        });
    }
    sheet.given = given;
    Ok(())
}

/// Reads the cells of one row and gathers what is wrong in it.
struct Cells<'a> {
    given: &'a Given,
    row: &'a Row,
    faults: Vec<Both>,
}

impl Cells<'_> {
    fn text(&self, col: Col) -> String {
        self.given.at(col).map_or_else(String::new, |at| text::nfc(self.row.get(at)))
    }

    fn wrong(&mut self, col: Col, text: Both) {
        self.faults.push(both(format!("{}: {}", col.name(Tongue::Vi), text.vi), format!("{}: {}", col.name(Tongue::En), text.en)));
    }

    fn short(&mut self, col: Col, limit: usize) -> String {
        let text = self.text(col);
        if text.chars().count() > limit {
            self.wrong(col, both(format!("dài quá {limit} ký tự; hãy rút ngắn"), format!("longer than {limit} characters; shorten it")));
        }
        text
    }

    fn read<T>(&mut self, col: Col, read: impl FnOnce(&str) -> Result<T, Both>) -> Option<T> {
        let text = self.text(col);
        if text.is_empty() {
            return None;
        }
        read(&text).map_err(|text| self.wrong(col, text)).ok()
    }

    fn day(&mut self, col: Col, today: NaiveDate) -> Option<NaiveDate> {
        let day = self.read(col, |typed| {
            let day = typed.split_once('T').map_or(typed, |(day, _)| day);
            text::parse_date(day).map_err(Both::from)
        })?;
        if day > today {
            let shown = text::date_vi(day);
            self.wrong(col, both(format!("ngày {shown} ở tương lai; hãy kiểm tra lại"), format!("{shown} lies in the future; check it")));
            return None;
        }
        Some(day)
    }
}

fn unknown_word(typed: &str, words: Vec<&'static str>) -> Both {
    both(
        format!("“{typed}” không có trong danh sách; hãy ghi một trong: {}", words.join(", ")),
        format!("“{typed}” is not in the list; write one of: {}", words.join(", ")),
    )
}

fn number(typed: &str) -> Option<f64> {
    typed.replace(',', ".").parse::<f64>().ok().filter(|value| value.is_finite())
}

fn one(row: Row, sheet: &mut Sheet, codes: &mut HashMap<String, bool>, region: &Region, today: NaiveDate) {
    let number = row.number;
    let mut cells = Cells { given: &sheet.given, row: &row, faults: Vec::new() };
    for fault in row.faults.iter().filter(|fault| Col::ALL.iter().any(|col| sheet.given.at(*col) == Some(fault.column))) {
        cells.faults.push(both(fault.text(Tongue::Vi), fault.text(Tongue::En)));
    }
    let code = cells.short(Col::Code, 40);
    if code.is_empty() {
        cells.faults.push(both("thiếu mã điểm; hãy ghi mã duy nhất của điểm", "the code is missing; write the point's own code"));
    } else if text::fold(&code).is_empty() {
        cells.wrong(Col::Code, both(format!("“{code}” không có chữ hay số; hãy ghi mã của điểm"), format!("“{code}” has no letter or digit; write the point's code")));
    }
    let name = cells.short(Col::Name, 200);
    if name.is_empty() {
        cells.faults.push(both("thiếu tên điểm; hãy ghi tên", "the name is missing; write it"));
    }
    let kind = cells.read(Col::Kind, |typed| {
        let english = || Kind::ALL.into_iter().find(|kind| text::fold(kind.name(Tongue::En)) == text::fold(typed));
        Kind::read(typed).or_else(english).ok_or_else(|| unknown_word(typed, Kind::ALL.into_iter().map(Kind::word).collect()))
    });
    let address = cells.short(Col::Address, 300);
    let area_m2 = cells.read(Col::AreaM2, |typed| {
        let bare = typed.trim_end_matches("m2").trim_end_matches("m²").trim();
        self::number(bare).filter(|area| *area > 0.0 && *area <= 1_000_000.0).ok_or_else(|| {
            both(
                format!("“{typed}” không phải diện tích; hãy ghi số mét vuông lớn hơn 0, ví dụ 45 hoặc 120,5"),
                format!("“{typed}” is no area; write square metres above 0, for example 45 or 120.5"),
            )
        })
    });
    let operator = cells.short(Col::Operator, 200);
    let operator_kind = cells.read(Col::OperatorKind, |typed| {
        BodyKind::read(typed).ok_or_else(|| unknown_word(typed, BodyKind::ALL.into_iter().map(BodyKind::word).collect()))
    });
    let tax_code = cells.read(Col::TaxCode, |typed| text::tax_code(typed).map_err(Both::from));
    if operator.is_empty() && tax_code.is_some() && cells.given.has(Col::Operator) {
        cells.wrong(Col::Operator, both("có mã số thuế nhưng thiếu tên; hãy ghi tên đơn vị vận hành", "there is a tax code but no name; write the operator's name"));
    }
    let contact = cells.short(Col::Contact, 120);
    let phone = cells.read(Col::Phone, |typed| text::phone(typed).map_err(Both::from)).unwrap_or_default();
    let hours = cells.short(Col::Hours, 200);
    let state = cells.read(Col::State, |typed| {
        let english = || State::ALL.into_iter().find(|state| text::fold(state.name(Tongue::En)) == text::fold(typed));
        State::read(typed).or_else(english).ok_or_else(|| unknown_word(typed, super::IMPORTED.into_iter().map(State::word).collect()))
    });
    let opened_on = cells.day(Col::OpenedOn, today);
    let closed_on = cells.day(Col::ClosedOn, today);
    let last_confirmed_on = cells.day(Col::LastConfirmedOn, today);
    if let (Some(opened), Some(closed)) = (opened_on, closed_on)
        && closed < opened
    {
        cells.wrong(Col::ClosedOn, both("trước ngày khai trương; hãy kiểm tra hai ngày", "before the day it opened; check both days"));
    }
    if let (Some(opened), Some(seen)) = (opened_on, last_confirmed_on)
        && seen < opened
    {
        cells.wrong(Col::LastConfirmedOn, both("trước ngày khai trương; hãy kiểm tra hai ngày", "before the day it opened; check both days"));
    }
    if closed_on.is_some() && state.is_some_and(|state| state != State::Closed) {
        cells.wrong(Col::ClosedOn, both("có ngày đóng cửa nhưng trạng thái không phải “Đã đóng”; hãy sửa một trong hai", "there is a closing day but the state is not closed; correct one of them"));
    }
    let pin = pin(&mut cells);
    let (unit, mut unit_fault) = unit(&mut cells, region, opened_on, closed_on, today);
    if let (Some((lon, lat)), Some(unit), None) = (pin, &unit, &unit_fault)
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
    let lacks_unit = sheet.given.has(Col::Unit) && cells.text(Col::Unit).is_empty() && state != Some(State::Lead);
    let faults = cells.faults;
    if !faults.is_empty() {
        sheet.faults.extend(faults.into_iter().map(|text| Fault { row: Some(number), text }));
        return;
    }
    if lacks_unit {
        let text = both("chưa rõ xã, phường; điểm sẽ không có trong danh sách của đơn vị nào", "the unit is not known; the point will be in no unit's list");
        sheet.warnings.push(Fault { row: Some(number), text });
    }
    sheet.rows.push(Checked {
        number,
        code,
        name,
        kind: kind.map_or("", Kind::word),
        address,
        unit,
        unit_fault,
        pin,
        area_m2,
        operator,
        operator_kind,
        tax_code,
        contact,
        phone,
        hours,
        state,
        opened_on,
        closed_on,
        last_confirmed_on,
        counted_by,
        source,
    });
}

fn pin(cells: &mut Cells<'_>) -> Option<(f64, f64)> {
    let (lon, lat) = (cells.text(Col::Lon), cells.text(Col::Lat));
    if lon.is_empty() && lat.is_empty() {
        return None;
    }
    match (number(&lon), number(&lat)) {
        (Some(lon), Some(lat)) if geo::vietnam_box(lon, lat) => return Some((lon, lat)),
        (Some(lon), Some(lat)) if geo::vietnam_box(lat, lon) => {
            cells.faults.push(both("kinh độ và vĩ độ bị đổi chỗ cho nhau; hãy đổi lại hai cột", "longitude and latitude are swapped; exchange the two"));
        }
        _ => cells.faults.push(both(
            format!("vị trí “{lon}; {lat}” không ở Việt Nam; hãy ghi độ thập phân, ví dụ kinh độ 105.85, vĩ độ 21.03"),
            format!("position “{lon}; {lat}” is not in Việt Nam; write decimal degrees, for example longitude 105.85, latitude 21.03"),
        )),
    }
    None
}

/// The unit, and what speaks against it that the store may overrule.
fn unit(cells: &mut Cells<'_>, region: &Region, opened_on: Option<NaiveDate>, closed_on: Option<NaiveDate>, today: NaiveDate) -> (Option<String>, Option<Box<Both>>) {
    let typed = cells.text(Col::Unit);
    if typed.is_empty() {
        return (None, None);
    }
    let span = opened_on.map(|opened| (opened, closed_on.unwrap_or(today).max(opened)));
    match region.find(&typed, span, today) {
        Ok(unit) => (Some(unit.id.clone()), None),
        Err(refusal @ UnitRefusal::NotOnDate { .. }) => match region.find(&typed, None, today) {
            Ok(unit) => {
                let text = refusal.text();
                let text = both(format!("{}: {}", Col::Unit.name(Tongue::Vi), text.vi), format!("{}: {}", Col::Unit.name(Tongue::En), text.en));
                (Some(unit.id.clone()), Some(Box::new(text)))
            }
            Err(_) => {
                cells.wrong(Col::Unit, refusal.text());
                (None, None)
            }
        },
        Err(refusal) => {
            cells.wrong(Col::Unit, refusal.text());
            (None, None)
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
            None => return Err(unknown_word(typed, vec!["city", "ministry", "city ministry"])),
        }
    }
    Ok([(city, "city"), (ministry, "ministry")].into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect::<Vec<_>>().join(" "))
}
