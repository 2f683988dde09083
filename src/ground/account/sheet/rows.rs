//! Rows of a file of people, checked. Pure.

use std::collections::HashMap;

use super::Col;
use crate::access::{Role, Voice};
use crate::error::{Both, both};
use crate::intake::Taken;
use crate::mail;
use crate::sheet::{Asides, Cells, Columns, Fault, Given, Row, unknown_word};
use crate::text::fold;

/// Roles that a file may give. Whoever runs the system is invited one by one, a business from its own page.
pub fn roles() -> impl Iterator<Item = Role> {
    Role::all().filter(|role| !role.is_guarded() && role.voice() != Voice::Business)
}

/// A row that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its number in the file.
    pub number: u32,
    /// The body as typed.
    pub body: String,
    /// The role.
    pub role: Role,
    /// Full name.
    pub name: String,
    /// Mail address.
    pub email: String,
}

/// A whole file, checked.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Rows that passed.
    pub rows: Vec<Checked>,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// What is worth a look although it passes.
    pub warnings: Vec<Fault>,
    /// How many filled rows there are.
    pub total: usize,
}

fn columns(names: &[String], warnings: &mut Vec<Fault>) -> Result<Given<Col>, Both> {
    Given::read(names, &[Col::Body, Col::Role, Col::Name, Col::Email], &["stt", "tt"], "tệp mẫu", warnings)
}

/// Why these names of columns would not do.
pub fn fits(names: &[String]) -> Result<(), Both> {
    columns(names, &mut Vec::new()).map(drop)
}

/// Reads and checks a file.
///
/// # Errors
/// Why the file as a whole cannot be read.
pub fn read(taken: &Taken, progress: &mut dyn FnMut(usize)) -> Result<Sheet, Both> {
    let mut sheet = Sheet::default();
    let mut header: Option<Result<Given<Col>, Both>> = None;
    let mut asides = Asides::new(None, None);
    let mut seen: HashMap<(String, Role, String), u32> = HashMap::new();
    let mut left = 0;
    let found = taken.scan(&mut |head, row| {
        let Ok(given) = header.get_or_insert_with(|| {
            let given = columns(&head.names, &mut sheet.warnings)?;
            asides = Asides::new(given.at(Col::Body), given.at(Col::Name));
            Ok(given)
        }) else {
            return;
        };
        // a commune's name is an entry here, whatever it is in other lists
        if is_unfilled(given, &row) {
            left += 1;
            return;
        }
        if !is_filled(given, &row)
            && let Some((aside, shown)) = asides.meet(&row)
        {
            sheet.warnings.push(Fault { row: Some(row.number), text: aside.text(&shown) });
            return;
        }
        sheet.total += 1;
        one(given, &row, &mut sheet, &mut seen);
        progress(sheet.total);
    });
    let head = found.map_err(Both::from)?;
    header.unwrap_or_else(|| columns(&head.names, &mut sheet.warnings))?;
    sheet.warnings.extend(head.notes);
    if left > 0 {
        let text = both(
            format!("{left} dòng chưa điền họ tên và thư điện tử, để lại lần sau"),
            format!("{left} rows have neither name nor mail address and are left for later"),
        );
        sheet.warnings.push(Fault { row: None, text });
    }
    Ok(sheet)
}

/// A row of the template in which nobody was written.
fn is_unfilled(given: &Given<Col>, row: &Row) -> bool {
    let is_empty = |col| given.at(col).is_none_or(|at| row.get(at).is_empty());
    row.faults.is_empty() && !is_empty(Col::Body) && !is_empty(Col::Role) && is_empty(Col::Name) && is_empty(Col::Email)
}

/// A row with a mail address of its own that is no example.
fn is_filled(given: &Given<Col>, row: &Row) -> bool {
    let cell = |col| given.at(col).map_or("", |at| row.get(at));
    cell(Col::Email).contains('@') && cell(Col::Body) != crate::sheet::EXAMPLE
}

fn one(given: &Given<Col>, row: &Row, sheet: &mut Sheet, seen: &mut HashMap<(String, Role, String), u32>) {
    let mut cells = Cells::new(given, row);
    cells.keep(Col::ALL);
    for col in Col::ALL.iter().copied() {
        if cells.lacks(col) {
            cells.wrong(col, both("chưa có; hãy điền", "missing; fill it in"));
        }
    }
    let (body, name) = (cells.short(Col::Body, 200), cells.short(Col::Name, 120));
    let role = cells.read(Col::Role, read_role);
    let email = cells.read(Col::Email, mail::address);
    if let Some(meant) = email.as_deref().and_then(mail::slip) {
        // a link that opens an account does not go to a stranger
        cells.wrong(
            Col::Email,
            both(
                format!("có phải là {meant}? Nếu địa chỉ này đúng, hãy mời riêng ở “Mời người dùng”"),
                format!("is {meant} meant? If this address is right, invite the person one by one"),
            ),
        );
    }
    let (mut faults, notes) = (cells.faults, cells.notes);
    if let (Some(role), Some(email)) = (role, &email) {
        match seen.get(&(email.clone(), role, fold(&body))) {
            Some(first) => faults.push(both(
                format!("người, vai trò và cơ quan này đã có ở dòng {first}; hãy bỏ một dòng"),
                format!("this person, role and body stand in row {first} already; leave one out"),
            )),
            None => drop(seen.insert((email.clone(), role, fold(&body)), row.number)),
        }
    }
    sheet.warnings.extend(notes.into_iter().map(|text| Fault { row: Some(row.number), text }));
    match (role, email) {
        (Some(role), Some(email)) if faults.is_empty() => sheet.rows.push(Checked { number: row.number, body, role, name, email }),
        _ => sheet.faults.extend(faults.into_iter().map(|text| Fault { row: Some(row.number), text })),
    }
}

fn read_role(typed: &str) -> Result<Role, Both> {
    let folded = fold(typed);
    match Role::all().find(|role| role.word() == typed || fold(role.name()) == folded) {
        Some(role) if role.is_guarded() => Err(both(
            "quản trị viên không mời theo tệp; hãy mời riêng ở “Mời người dùng”",
            "an administrator is not invited by file; invite one by one",
        )),
        Some(role) if role.voice() == Voice::Business => Err(both(
            "cơ sở kinh doanh không mời theo tệp; hãy mời từ trang của chủ thể ở “Chủ thể”",
            "a business is not invited by file; invite it from its page in the register of producers",
        )),
        Some(role) => Ok(role),
        None => Err(unknown_word(typed, roles(), |role, _| role.name())),
    }
}
