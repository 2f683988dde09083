//! Rows of a list that are no entries of it: headings between rows, sums, signatures and notes, the numbering of columns, the
//! example of a template. Pure; whoever reads a list says so of each with its row.

use super::Row;
use crate::error::{Both, both};
use crate::text::{fold, nfc};

/// What a row is that is no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// A heading of the rows below it.
    Heading,
    /// A sum.
    Sum,
    /// A signature, or a note above or below the list.
    Note,
    /// The numbers of the columns under the header.
    Numbering,
    /// The example of a template, left in.
    Example,
}

impl Aside {
    /// What is said of such a row that reads `shown`.
    pub fn text(self, shown: &str) -> Both {
        match self {
            Aside::Heading => both(
                format!("“{shown}” được coi là tên mục của danh sách, không đọc như một dòng"),
                format!("“{shown}” is taken for a heading within the list and not read as a row"),
            ),
            Aside::Sum => both(format!("“{shown}” được coi là dòng cộng, không đọc"), format!("“{shown}” is taken for a sum and not read")),
            Aside::Note => both(
                format!("“{shown}” được coi là ghi chú hoặc chữ ký của danh sách, không đọc"),
                format!("“{shown}” is taken for a note or signature of the list and not read"),
            ),
            Aside::Numbering => both(
                format!("“{shown}” được coi là dòng đánh số cột, không đọc"),
                format!("“{shown}” is taken for the numbers of the columns and not read"),
            ),
            Aside::Example => {
                both("dòng ví dụ của tệp mẫu còn để lại, không đọc", "the example row of the template was left in and is not read")
            }
        }
    }
}

/// Words that a sum begins with, folded; alone, or before a number or a mark.
const SUMS: [&str; 8] = ["tong cong", "cong cong", "tong so", "cong lai", "cong don", "tong", "cong", "total"];
/// Words that signatures and notes around a list begin with, folded.
const NOTES: [&str; 37] = [
    "nguoi lap",
    "nguoi tong hop",
    "nguoi bao cao",
    "nguoi kiem tra",
    "nguoi ky",
    "lap bieu",
    "thu truong",
    "ke toan",
    "giam doc",
    "pho giam doc",
    "chu tich",
    "pho chu tich",
    "truong phong",
    "pho truong phong",
    "truong ban",
    "chanh van phong",
    "tm uy ban",
    "tm ubnd",
    "kt chu tich",
    "kt giam doc",
    "tl chu tich",
    "ky ten",
    "ky ghi ro",
    "ky va ghi",
    "ky dong dau",
    "da ky",
    "noi nhan",
    "luu vt",
    "ghi chu",
    "luu y",
    "danh sach nay",
    "danh sach gom",
    "danh sach co",
    "an dinh danh sach",
    "kem theo",
    "so lieu den",
    "xac nhan cua",
];
/// Words that headings within a list begin with, with their marks: "nấm" is none.
const HEADINGS: [&str; 19] = [
    "huyện",
    "quận",
    "thị xã",
    "thị trấn",
    "xã",
    "phường",
    "thành phố",
    "tỉnh",
    "nhóm",
    "bộ sản phẩm",
    "sản phẩm đạt",
    "sản phẩm hạng",
    "danh sách",
    "phụ lục",
    "khu vực",
    "cụm",
    "các sản phẩm",
    "các điểm",
    "địa bàn",
];
/// The same where a number must follow.
const NUMBERED: [&str; 5] = ["phần", "mục", "đợt", "năm", "hạng"];

/// Tells entries of a list from what stands between and around them.
#[derive(Debug, Clone, Copy)]
pub struct Asides {
    code: Option<usize>,
    name: Option<usize>,
    /// A signature was met: names alone stand under it.
    is_below: bool,
}

impl Asides {
    /// For a list with its code and its name in these columns.
    pub fn new(code: Option<usize>, name: Option<usize>) -> Asides {
        Asides { code, name, is_below: false }
    }

    /// What a row is if it is no entry, and how it reads.
    pub fn meet(&mut self, row: &Row) -> Option<(Aside, String)> {
        let own = |at: usize| !row.merged.has(at);
        let mut filled = row.cells.iter().enumerate().filter(|(at, cell)| !cell.is_empty() && own(*at));
        let first: Vec<(usize, &str)> = filled.by_ref().take(FEW).map(|(at, cell)| (at, cell.as_str())).collect();
        let is_few = filled.next().is_none();
        let found = self
            .example(row)
            .or_else(|| is_numbering(row).then_some(Aside::Numbering))
            .or_else(|| if is_few { self.few(row, &first) } else { None })?;
        let shown = row
            .cells
            .iter()
            .enumerate()
            .filter(|(at, cell)| !cell.is_empty() && own(*at))
            .map(|(_, cell)| nfc(cell))
            .collect::<Vec<_>>()
            .join(" ");
        Some((found, crate::text::clip(&shown, 120)))
    }

    fn example(&self, row: &Row) -> Option<Aside> {
        let begins = |at: Option<usize>| at.is_some_and(|at| is_example(row.get(at)));
        (begins(self.code) || begins(self.name)).then_some(Aside::Example)
    }

    /// A row of few cells.
    fn few(&mut self, row: &Row, filled: &[(usize, &str)]) -> Option<Aside> {
        let is_number = |at: usize, cell: &str| row.numbers.has(at) || is_count(cell);
        // a name is never a mere ordinal
        let is_ordinal = |at: usize, cell: &str| self.name != Some(at) && is_ordinal(cell);
        let texts = filled.iter().filter(|(at, cell)| !is_number(*at, cell) && !is_ordinal(*at, cell));
        let texts: Vec<(usize, &str)> = texts.copied().collect();
        let holds = |at: Option<usize>| at.is_some_and(|at| !row.get(at).is_empty() && !row.merged.has(at));
        if filled.is_empty() {
            // nothing of its own: a cell merged too far down, a formula that was filled in too far
            return (!row.faults.iter().any(|fault| Some(fault.column) == self.code || Some(fault.column) == self.name))
                .then_some(Aside::Note);
        }
        let folded: Vec<String> = texts.iter().map(|(_, cell)| fold(cell)).collect();
        if !texts.is_empty() && texts.iter().zip(&folded).all(|((_, cell), folded)| is_note(cell, folded)) {
            self.is_below |= folded.iter().any(|text| NOTES[..29].iter().any(|word| begins_with(text, word)));
            return Some(Aside::Note);
        }
        if let ([(at, cell)], [folded]) = (&texts[..], &folded[..]) {
            if SUMS.iter().any(|word| is_sum(cell, folded, word)) {
                return Some(Aside::Sum);
            }
            let ordinals = filled.iter().filter(|(at, cell)| is_ordinal(*at, cell)).count();
            let is_in_front = filled.iter().all(|(before, cell)| !is_ordinal(*before, cell) || before < at);
            let is_code = self.code == Some(*at) && !cell.contains(' ');
            if is_in_front && !is_code && self.is_heading(row, filled, cell, ordinals) {
                return Some(Aside::Heading);
            }
        }
        if self.is_below
            && !texts.is_empty()
            && texts.len() == filled.len()
            && texts.len() <= 3
            && !texts.iter().any(|(_, cell)| cell.bytes().any(|byte| byte.is_ascii_digit()))
        {
            return Some(Aside::Note);
        }
        // neither code nor name, and hardly anything else: below or beside the list
        (!holds(self.code) && !holds(self.name) && filled.len() <= 2).then_some(Aside::Note)
    }

    /// One text with an ordinal or counts beside it: a heading where the ordinal is no plain number, or the text reads like one.
    fn is_heading(&self, row: &Row, filled: &[(usize, &str)], cell: &str, ordinals: usize) -> bool {
        let has_code = self.code.is_some_and(|at| !row.get(at).is_empty() && row.get(at) != cell && !is_ordinal(row.get(at)));
        let counts = filled.len() - 1 - ordinals;
        if has_code || ordinals > 1 {
            return false;
        }
        let is_titled = is_capital(cell) || begins_with_ordinal(cell) || is_titled(cell);
        let is_numbered = filled.first().is_some_and(|(_, first)| is_count(first) && !first.contains('.'));
        match ordinals {
            1 => counts <= 2,
            _ => is_titled && !is_numbered && counts <= 2,
        }
    }
}

/// The code that the example of a template has.
pub const EXAMPLE: &str = "VÍ DỤ";

/// How many filled cells a row has at most that is looked at closely.
const FEW: usize = 5;

/// Whether a code or name says that its row is the example of a template.
fn is_example(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    matches!(bytes.first(), Some(b'V' | b'v')) && {
        let folded = fold(cell);
        folded == "vi du" || folded.starts_with("vi du ")
    }
}

fn begins_with(folded: &str, word: &str) -> bool {
    folded.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// "12", "1.250", "(3)", "2.1".
fn is_count(cell: &str) -> bool {
    let bare = cell.trim_matches(['(', ')', ' ']);
    !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) && bare.as_bytes()[0].is_ascii_digit()
}

/// "I", "IV.", "A", "b)": what numbers headings but not entries.
fn is_ordinal(cell: &str) -> bool {
    let bare = cell.trim_end_matches(['.', ')', '/', ':', ' ']).trim_start_matches('(');
    let is_letter =
        bare.len() == 1 && bare.bytes().all(|byte| byte.is_ascii_uppercase() || (byte.is_ascii_lowercase() && bare.len() < cell.len()));
    is_letter || (bare.len() <= 7 && is_roman(bare))
}

fn is_roman(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X' | b'L' | b'C'))
}

/// "I. Huyện …", "A) …", "1.2. …".
fn begins_with_ordinal(cell: &str) -> bool {
    let Some((front, rest)) = cell.split_once([' ', ' ']) else { return false };
    let is_dotted = front.ends_with(['.', ')', '/', '-']) && !rest.is_empty();
    is_dotted && (is_ordinal(front) || is_count(front.trim_end_matches(['.', ')', '/', '-'])))
}

/// "Huyện Gia Lâm", "Phần II", "Năm 2024".
fn is_titled(cell: &str) -> bool {
    let low = cell.to_lowercase();
    let rest = |word: &str| low.strip_prefix(word)?.strip_prefix(' ').map(str::to_uppercase);
    HEADINGS.iter().any(|word| rest(word).is_some())
        || NUMBERED
            .iter()
            .filter_map(|word| rest(word))
            .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) || rest.split([' ', ':', '.']).next().is_some_and(is_ordinal))
}

/// Whether all letters are capitals, and there are several words of them.
fn is_capital(cell: &str) -> bool {
    cell.contains(' ') && cell.chars().any(char::is_alphabetic) && !cell.chars().any(char::is_lowercase)
}

/// "Tổng cộng", "Cộng: 12 sản phẩm", "Tổng số 12".
fn is_sum(cell: &str, folded: &str, word: &str) -> bool {
    let Some(rest) = folded.strip_prefix(word) else { return false };
    let Some(rest) = rest.strip_prefix(' ') else { return rest.is_empty() };
    let is_long = word.contains(' ');
    let is_counted = rest.starts_with(|c: char| c.is_ascii_digit()) || is_roman(&rest.to_uppercase());
    is_long
        && (is_counted
            || cell.contains(':')
            || matches!(rest.split(' ').next(), Some("san" | "diem" | "chu" | "toan" | "nhom" | "huyen" | "xa")))
        || is_counted
        || cell.find(':').is_some_and(|at| fold(&cell[..at]) == word)
}

fn is_note(cell: &str, folded: &str) -> bool {
    cell.starts_with('(') && cell.ends_with(')')
        || cell.ends_with("./.")
        || NOTES.iter().any(|word| begins_with(folded, word))
        || (folded.contains("ngay") && folded.contains("thang") && folded.contains("nam") && cell.contains(','))
}

/// "1 2 3 4" or "(1) (2) (3)" or "A B 1 2" under a header, from the first column on.
fn is_numbering(row: &Row) -> bool {
    let mut before = 0_u32;
    let mut count = 0;
    for (at, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
        if cell.len() > 4 {
            return false;
        }
        let bare = cell.trim_matches(['(', ')', '[', ']', ' ']);
        match bare.parse::<u32>() {
            Ok(number) if number == before + 1 => before = number,
            _ if before == 0 && at < 3 && bare.len() == 1 && bare.bytes().all(|byte| byte.is_ascii_uppercase()) => {}
            _ => return false,
        }
        count += 1;
    }
    count >= 3 && before >= 2
}

#[cfg(test)]
mod tests {
    use super::{Aside, Asides};
    use crate::sheet::Row;

    /// What a row of STT, code, name, producer, unit, stars is.
    fn met(cells: &[&str]) -> Option<Aside> {
        let row = Row { number: 9, cells: cells.iter().map(|cell| (*cell).to_owned()).collect(), ..Row::default() };
        Asides::new(Some(1), Some(2)).meet(&row).map(|(aside, _)| aside)
    }

    #[test]
    fn headings_between_rows_are_told_from_entries() {
        for cells in [
            &["I", "", "HUYỆN GIA LÂM"][..],
            &["II", "QUẬN HÀ ĐÔNG"],
            &["A", "", "Thực phẩm"],
            &["", "", "NHÓM THỰC PHẨM"],
            &["", "", "Nhóm đồ uống", "", "", "12"],
            &["I. Sản phẩm 4 sao"],
            &["", "", "2.1. Xã Bát Tràng"],
            &["I", "", "Huyện Gia Lâm", "", "", "7"],
        ] {
            assert_eq!(met(cells), Some(Aside::Heading), "{cells:?}");
        }
    }

    #[test]
    fn sums_signatures_and_notes_are_no_entries() {
        for cells in [
            &["", "", "Tổng cộng: 02 sản phẩm"][..],
            &["", "", "Tổng cộng", "", "", "11"],
            &["", "Cộng", "", "", "", "11"],
            &["", "", "Tổng số 12 sản phẩm"],
            &["Cộng (I)", "", "", "", "", "5"],
            &["", "", "CỘNG: 5"],
        ] {
            assert_eq!(met(cells), Some(Aside::Sum), "{cells:?}");
        }
        for cells in [
            &["Người lập biểu", "", "", "Thủ trưởng đơn vị"][..],
            &["", "", "", "", "NGƯỜI LẬP BIỂU"],
            &["", "", "Danh sách này có 04 sản phẩm./."],
            &["", "", "(Danh sách này có 04 sản phẩm)"],
            &["", "", "", "", "Hà Nội, ngày 5 tháng 8 năm 2026"],
            &["", "", "", "(Ký, ghi rõ họ tên)"],
            &["Ghi chú: số liệu thử"],
        ] {
            assert_eq!(met(cells), Some(Aside::Note), "{cells:?}");
        }
        for cells in [&["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"][..], &["A", "B", "1", "2", "3", "4"], &["1", "2", "3", "4"]] {
            assert_eq!(met(cells), Some(Aside::Numbering), "{cells:?}");
        }
        assert_eq!(met(&["", "VÍ DỤ", "Gốm men lam", "HTX Ví dụ", "Xã Bát Tràng", "4", "75"]), Some(Aside::Example));
    }

    #[test]
    fn names_under_a_signature_are_no_entries() {
        let row = |cells: &[&str]| Row { number: 9, cells: cells.iter().map(|cell| (*cell).to_owned()).collect(), ..Row::default() };
        let mut asides = Asides::new(Some(1), Some(2));
        assert_eq!(asides.meet(&row(&["", "", "Nguyễn Văn Thử"])), None);
        assert!(asides.meet(&row(&["", "", "Người lập biểu"])).is_some());
        assert_eq!(asides.meet(&row(&["", "", "Nguyễn Văn Thử"])).map(|(aside, _)| aside), Some(Aside::Note));
    }

    #[test]
    fn an_entry_is_never_taken_for_a_heading() {
        for cells in [
            &["1", "T-P42A", "Ấm chén", "HTX Thử", "Xã Bát Tràng", "4"][..],
            &["1", "T-1", "ẤM CHÉN BÁT TRÀNG"],
            &["3", "", "ẤM CHÉN BÁT TRÀNG"],
            &["", "T-1", "Tổng hợp ngũ cốc", "HTX Thử"],
            &["", "", "Ấm chén"],
            &["", "", "Nấm hương"],
            &["", "", "Tinh dầu sả"],
            &["", "", "Mực một nắng"],
            &["", "", "Cộng đồng trà"],
            &["", "", "Tổng cộng", "HTX Thử", "Xã Bát Tràng"],
            &["", "T-2", "Nhóm thảo mộc", "HTX Thử"],
            &["4", "T-3", "X", "HTX Thử", "Xã Bát Tràng", "4"],
            &["", "T-4", "Ví dụng"],
            &["1", "2", "Gốm", "HTX"],
            &["", "B-3", "", "x"],
            &["1", "T-5"],
            &["", "", "X", "", "", "", "x"],
        ] {
            assert_eq!(met(cells), None, "{cells:?}");
        }
    }
}
