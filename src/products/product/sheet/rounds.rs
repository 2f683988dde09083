//! Which columns of a file speak of which recognition. Most files have one set of columns of a certificate; books of offices
//! have one for each time a product was recognised, side by side, under equal names or under groups ("Lần 1", "Nâng hạng"),
//! and annexes have crosses under "3 sao", "4 sao", "5 sao". Pure; it is asked about headers only.

use std::sync::Arc;

use super::layout::Col;
use crate::error::{Both, both};
use crate::product::recognition::Recognition;
use crate::sheet::{Columns, Fault, Given};
use crate::text::fold;

/// Headers of lists in use that say nothing about a product, folded.
const IGNORED: [&str; 3] = ["stt", "tt", "so tt"];

/// Words that may stand beside the ordinal of a recognition, folded.
const IDLE: [&str; 10] = ["danh gia", "cong nhan", "phan hang", "xep hang", "ket qua", "duoc", "dot", "va", "hoac", "san pham"];

/// Words that say which of several recognitions is meant: its place among them, and of what kind it is, where they say so.
const ORDINALS: [(&str, usize, Option<Recognition>); 20] = [
    ("lan dau tien", 1, Some(Recognition::First)),
    ("lan dau", 1, Some(Recognition::First)),
    ("lan thu nhat", 1, Some(Recognition::First)),
    ("lan nhat", 1, Some(Recognition::First)),
    ("lan mot", 1, Some(Recognition::First)),
    ("lan 1", 1, Some(Recognition::First)),
    ("lan i", 1, Some(Recognition::First)),
    ("lan thu hai", 2, None),
    ("lan hai", 2, None),
    ("lan 2", 2, None),
    ("lan ii", 2, None),
    ("lan thu ba", 3, None),
    ("lan ba", 3, None),
    ("lan 3", 3, None),
    ("lan iii", 3, None),
    ("lan 4", 4, None),
    ("lan 5", 5, None),
    ("nang hang", 2, Some(Recognition::Upgrade)),
    ("nang sao", 2, Some(Recognition::Upgrade)),
    ("lai", 2, Some(Recognition::Regrading)),
];

/// Which recognition a header speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ordinal {
    number: usize,
    kind: Option<Recognition>,
}

/// What a header says: a column of the layout, perhaps of one recognition among several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heading {
    Col(Col, Option<Ordinal>),
    /// A column of crosses: so many stars.
    Cross(i64),
}

/// Reads the words of an ordinal; none where there are others.
fn ordinal(words: &str) -> Option<Ordinal> {
    let (mut rest, mut found) = (words, None::<Ordinal>);
    while !rest.is_empty() {
        let step = |phrase: &str| rest.strip_prefix(phrase).filter(|after| after.is_empty() || after.starts_with(' ')).map(str::trim_start);
        if let Some((after, number, kind)) = ORDINALS.iter().find_map(|(phrase, number, kind)| Some((step(phrase)?, *number, *kind))) {
            found = Some(match found {
                // "lần 2/nâng hạng", "nâng hạng/đánh giá lại": one of several, it does not say which
                Some(known) => Ordinal { number: known.number.max(number), kind: None },
                None => Ordinal { number, kind },
            });
            rest = after;
        } else {
            rest = IDLE.iter().find_map(|word| step(word))?;
        }
    }
    found
}

fn heading(name: &str) -> Option<Heading> {
    if let Some(col) = Col::read(name) {
        return Some(Heading::Col(col, None));
    }
    let folded = fold(name);
    if let Some(stars) = cross(&folded) {
        return Some(Heading::Cross(stars));
    }
    let parted = folded.match_indices(' ').find_map(|(at, _)| {
        let (first, last) = (&folded[..at], &folded[at + 1..]);
        let either = |words: &str, col: &str| Some((ordinal(words)?, Col::read(col)?));
        either(first, last).or_else(|| either(last, first))
    })?;
    Some(Heading::Col(parted.1, Some(parted.0)))
}

/// "3 sao", "Hạng sao 4 sao": how many stars a column of crosses stands for.
fn cross(folded: &str) -> Option<i64> {
    let bare = folded.strip_suffix(" sao")?;
    let (words, number) = bare.rsplit_once(' ').unwrap_or(("", bare));
    let number = number.parse().ok().filter(|stars| (1..=5).contains(stars))?;
    (words.is_empty() || words == "hang" || Col::read(words) == Some(Col::Stars)).then_some(number)
}

/// How many of these names of columns the layout knows. Crosses alone make no header: sums by group have them too.
pub fn known(names: &[String]) -> usize {
    let (mut known, mut crosses, mut has_name) = (0, 0, false);
    for name in names {
        match heading(name) {
            Some(Heading::Cross(_)) => crosses += 1,
            Some(Heading::Col(col, _)) => {
                known += 1;
                has_name |= col == Col::Name;
            }
            None => {}
        }
    }
    if has_name || names.len() == 1 { known + crosses } else { known }
}

/// Why a file with these columns is not read.
pub fn fits(names: &[String]) -> Result<(), Both> {
    Head::read(names, &mut Vec::new()).map(drop)
}

/// One recognition of a file that has several side by side.
#[derive(Clone, Debug)]
pub struct Round {
    /// Where its columns are.
    pub given: Given<Col>,
    /// Its place among them, from 1.
    pub number: usize,
    /// Of what kind it is, if the header says so.
    pub kind: Option<Recognition>,
}

/// What the header of a file says.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Where the columns are, but those of [`Head::rounds`].
    pub given: Arc<Given<Col>>,
    /// Several recognitions side by side, in their order; none where a row has one.
    pub rounds: Vec<Round>,
    /// Columns of crosses, with their stars.
    pub crosses: Vec<(usize, i64)>,
    /// The column of scores may hold the top of the scale instead: the ministry's table calls it so.
    pub is_scale: bool,
}

const PAPER: &str = "docs/import-products.md";

impl Head {
    /// Reads a header.
    ///
    /// # Errors
    /// A column that must be there is missing, or it is not clear which recognition a column speaks of.
    pub fn read(names: &[String], warnings: &mut Vec<Fault>) -> Result<Head, Both> {
        let mut head = Head { is_scale: names.iter().any(|name| fold(name) == "thangdiem"), ..Head::default() };
        let headings: Vec<Option<Heading>> = names.iter().map(|name| heading(name)).collect();
        let has = |wanted: Col| headings.iter().any(|found| matches!(found, Some(Heading::Col(col, _)) if *col == wanted));
        let has_stars = has(Col::Stars) || headings.iter().any(|found| matches!(found, Some(Heading::Cross(_))));
        // stars of today are compared with a recognition; where the file has none, they are all it says
        let mut plain: Vec<String> = names.to_vec();
        let mut papers: Vec<(usize, Col, Option<Ordinal>)> = Vec::new();
        for (at, found) in headings.iter().enumerate() {
            match found {
                Some(Heading::Cross(stars)) => {
                    head.crosses.push((at, *stars));
                    plain[at].clear();
                }
                Some(Heading::Col(Col::StarsToday, None)) if !has_stars => papers.push((at, Col::Stars, None)),
                Some(Heading::Col(col, ordinal)) if col.is_paper() => papers.push((at, *col, *ordinal)),
                Some(Heading::Col(col, Some(_))) => plain[at] = col.key().to_owned(),
                _ => {}
            }
        }
        for (at, col, _) in &papers {
            plain[*at] = col.key().to_owned();
        }
        if !head.crosses.is_empty() && has(Col::Stars) {
            return Err(unclear(&names[head.crosses[0].0], "dấu x và số sao", "crosses and numbers of stars"));
        }
        let sets = sets(names, &papers)?;
        if sets.len() > 1 {
            for (at, ..) in sets.iter().flat_map(|(_, columns)| columns) {
                plain[*at].clear();
            }
            for (ordinal, columns) in &sets {
                let mut own = vec![String::new(); names.len()];
                for (at, col) in columns {
                    own[*at] = col.key().to_owned();
                }
                head.rounds.push(Round {
                    given: Given::read(&own, &[], &[], PAPER, &mut Vec::new())?,
                    number: ordinal.number,
                    kind: ordinal.kind,
                });
            }
            let outside: Vec<String> =
                papers.iter().filter(|(at, ..)| !plain[*at].is_empty()).map(|(at, ..)| format!("“{}”", names[*at])).collect();
            if !outside.is_empty() {
                let list = outside.join(", ");
                warnings.push(Fault {
                    row: None,
                    text: both(
                        format!("{list} đứng ngoài các lần công nhận nên được hiểu là của lần gần nhất trong dòng"),
                        format!("{list} stands outside the recognitions and is taken for that of the latest one of the row"),
                    ),
                });
            }
        }
        let must: &[Col] = match (has(Col::Code), has(Col::Name), has(Col::Producer)) {
            (true, ..) | (_, true, true) => &[],
            (_, true, _) => &[Col::Code],
            _ => &[Col::Code, Col::Name],
        };
        if names.iter().any(|name| fold(name) == "coquanthuchien") {
            warnings.push(Fault {
                row: None,
                text: both("cột coQuanThucHien là cơ quan thực hiện đánh giá; được ghi vào cơ quan công nhận vì bảng không có cột đó", "column coQuanThucHien names who carried out the assessment; it is recorded as the body that recognised, which the table lacks"),
            });
        }
        head.given = Arc::new(Given::read(&plain, must, &IGNORED, PAPER, warnings)?);
        Ok(head)
    }
}

type Set = (Ordinal, Vec<(usize, Col)>);

/// The recognitions that columns of certificates speak of: one, or several that are told apart for certain. What is outside of
/// all of several stands once and in none of them.
fn sets(names: &[String], papers: &[(usize, Col, Option<Ordinal>)]) -> Result<Vec<Set>, Both> {
    let mut sets: Vec<Set> = Vec::new();
    let mut put = |ordinal: Ordinal, at: usize, col: Col| -> Result<(), Both> {
        let set = sets.iter().position(|(known, _)| known.number == ordinal.number).unwrap_or_else(|| {
            sets.push((ordinal, Vec::new()));
            sets.len() - 1
        });
        let (known, columns) = &mut sets[set];
        if columns.iter().any(|(_, other)| *other == col) {
            return Err(unclear(&names[at], "hai cột cho cùng một lần công nhận", "two columns for one recognition"));
        }
        known.kind = known.kind.or(ordinal.kind);
        columns.push((at, col));
        Ok(())
    };
    let has_ordinals = papers.iter().any(|(.., ordinal)| ordinal.is_some());
    if has_ordinals {
        for (at, col, ordinal) in papers {
            if let Some(ordinal) = ordinal {
                put(*ordinal, *at, *col)?;
            }
        }
        let bare: Vec<_> = papers.iter().filter(|(.., ordinal)| ordinal.is_none()).collect();
        let is_whole = [&[Col::Stars][..], &[Col::DecidedOn, Col::Year]].iter().all(|any| bare.iter().any(|(_, col, _)| any.contains(col)));
        if is_whole && !papers.iter().any(|(.., ordinal)| ordinal.is_some_and(|ordinal| ordinal.number == 1)) {
            // a whole set without a word beside one that is called a later one: the first
            for (at, col, _) in &bare {
                put(Ordinal { number: 1, kind: None }, *at, *col)?;
            }
        } else if let Some((at, ..)) = bare.iter().find(|(_, col, _)| {
            matches!(col, Col::Stars | Col::DecisionNo | Col::DecidedOn | Col::Year)
                || sets.iter().any(|(_, columns)| columns.iter().any(|(_, known)| known == col) && *col != Col::ValidUntil)
        }) {
            return Err(unclear(&names[*at], "không rõ của lần công nhận nào", "it does not say of which recognition"));
        }
    } else {
        let count = |col: Col| papers.iter().filter(|(_, known, _)| *known == col).count();
        let most = Col::PAPER.into_iter().map(count).max().unwrap_or(0);
        if most < 2 {
            return Ok(Vec::new());
        }
        let mut seen = Vec::new();
        for (at, col, _) in papers {
            let n = count(*col);
            if n == 1 && matches!(col, Col::ValidUntil | Col::CertificateNo | Col::Score) {
                continue;
            }
            if n != most {
                return Err(unclear(&names[*at], "không rõ của lần công nhận nào", "it does not say of which recognition"));
            }
            seen.push(*col);
            let number = seen.iter().filter(|known| *known == col).count();
            put(Ordinal { number, kind: None }, *at, *col)?;
        }
    }
    if sets.len() == 1 && papers.len() == sets[0].1.len() {
        // all of one recognition: its words say only what is clear without them
        return Ok(Vec::new());
    }
    for (_, columns) in &sets {
        let has = |any: &[Col]| columns.iter().any(|(_, col)| any.contains(col));
        if !has(&[Col::Stars]) || !has(&[Col::DecidedOn, Col::Year]) {
            let at = columns.first().map_or(0, |(at, _)| *at);
            return Err(unclear(
                &names[at],
                "một lần công nhận cần có cả cột hạng sao và cột ngày (hoặc năm) công nhận",
                "a recognition needs a column of stars and one of its day or year",
            ));
        }
    }
    sets.sort_by_key(|(ordinal, _)| ordinal.number);
    Ok(sets)
}

fn unclear(name: &str, vi: &str, en: &str) -> Both {
    both(
        format!(
            "Cột “{name}”: {vi}. Hãy ghi mỗi lần công nhận dưới một tên nhóm riêng (“Lần 1”, “Lần 2”), mỗi nhóm có hạng sao, ngày công nhận, số quyết định, hoặc ghi mỗi lần công nhận một dòng, rồi gửi lại."
        ),
        format!(
            "Column “{name}”: {en}. Put each recognition under a group name of its own (“Lần 1”, “Lần 2”) with stars, day and number of its decision, or write one row a recognition, and send the file again."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        line.split('|').map(str::to_owned).collect()
    }

    fn head(line: &str) -> Result<(Head, Vec<String>), String> {
        let mut warnings = Vec::new();
        let head = Head::read(&names(line), &mut warnings).map_err(|text| text.vi.into_owned())?;
        Ok((head, warnings.into_iter().map(|warning| warning.text.vi.into_owned()).collect()))
    }

    #[test]
    fn headers_are_read_as_offices_write_them() {
        for (name, col) in [
            ("Số QĐ", Col::DecisionNo),
            ("Quyết định", Col::DecisionNo),
            ("Ngày QĐ", Col::DecidedOn),
            ("Cơ quan ban hành", Col::RecognisedBy),
            ("Cơ quan công nhận", Col::RecognisedBy),
            ("Năm", Col::Year),
            ("Năm công nhận", Col::Year),
            ("Địa chỉ", Col::Address),
            ("Tên chủ thể", Col::Producer),
            ("CHỦ THỂ SẢN XUẤT", Col::Producer),
            ("Lần công nhận", Col::Recognition),
            ("Ma_DonViHanhChinh", Col::Unit),
            ("thoigGianDanhGia", Col::DecidedOn),
        ] {
            assert_eq!(heading(name), Some(Heading::Col(col, None)), "{name}");
        }
        let of = |number, kind| Some(Ordinal { number, kind });
        for (name, col, ordinal) in [
            ("Đánh giá lần 1 Hạng sao", Col::Stars, of(1, Some(Recognition::First))),
            ("Đánh giá lần 2/nâng hạng Số quyết định", Col::DecisionNo, of(2, None)),
            ("Công nhận lần đầu Ngày công nhận", Col::DecidedOn, of(1, Some(Recognition::First))),
            ("Công nhận lại Năm", Col::Year, of(2, Some(Recognition::Regrading))),
            ("Ngày công nhận lần 2", Col::DecidedOn, of(2, None)),
            ("Nâng hạng – Hạng sao", Col::Stars, of(2, Some(Recognition::Upgrade))),
            ("Hạng sao (lần 3)", Col::Stars, of(3, None)),
        ] {
            assert_eq!(heading(name), Some(Heading::Col(col, ordinal)), "{name}");
        }
        for (name, stars) in [("3 sao", 3), ("Hạng sao 4 sao", 4), ("Xếp hạng 5 sao", 5)] {
            assert_eq!(heading(name), Some(Heading::Cross(stars)), "{name}");
        }
        for name in ["Lần 1", "Cộng", "6 sao", "Số sản phẩm 3 sao", "Đợt 1 năm 2024", ""] {
            assert_eq!(heading(name), None, "{name}");
        }
        // sums by group of stars are no list of products
        assert_eq!(known(&names("TT|Nhóm sản phẩm|3 sao|4 sao|5 sao|Cộng")), 1);
        assert_eq!(known(&names("TT|Tên sản phẩm|3 sao|4 sao|5 sao")), 4);
    }

    #[test]
    fn each_recognition_has_its_columns_or_the_file_is_refused() {
        let (plain, told) = head("Mã|Tên|Hạng sao|Ngày công nhận|Số QĐ").unwrap();
        assert!(plain.rounds.is_empty() && told.is_empty());
        let (grouped, told) =
            head("Tên|Chủ thể|Hạng sao hiện tại|Ngày hết hạn|Lần 1 Hạng sao|Lần 1 Năm|Nâng hạng Hạng sao|Nâng hạng Năm").unwrap();
        let rounds: Vec<_> =
            grouped.rounds.iter().map(|round| (round.number, round.kind, round.given.at(Col::Stars), round.given.at(Col::Year))).collect();
        assert_eq!(rounds, [(1, Some(Recognition::First), Some(4), Some(5)), (2, Some(Recognition::Upgrade), Some(6), Some(7))]);
        assert_eq!(
            (grouped.given.at(Col::StarsToday), grouped.given.at(Col::ValidUntil), grouped.given.has(Col::Stars)),
            (Some(2), Some(3), false)
        );
        assert!(told.iter().any(|text| text.contains("“Ngày hết hạn” đứng ngoài các lần công nhận")), "{told:?}");
        let (equal, _) = head("Mã|Tên|Hạng sao|Ngày công nhận|Số quyết định|Hạng sao|Ngày công nhận|Số quyết định").unwrap();
        assert_eq!(equal.rounds.iter().map(|round| round.given.at(Col::DecidedOn)).collect::<Vec<_>>(), [Some(3), Some(6)]);
        let (later, _) = head("Mã|Tên|Hạng sao|Năm|Hạng sao (nâng hạng)|Năm (nâng hạng)").unwrap();
        assert_eq!(
            later.rounds.iter().map(|round| (round.number, round.given.at(Col::Stars))).collect::<Vec<_>>(),
            [(1, Some(2)), (2, Some(4))]
        );
        let (today, _) = head("Mã|Tên|Hạng sao hiện nay").unwrap();
        assert_eq!((today.given.at(Col::Stars), today.given.has(Col::StarsToday)), (Some(2), false));
        for refused in [
            "Mã|Tên|Hạng sao|Ngày công nhận|Số quyết định|Số quyết định",
            "Mã|Tên|Hạng sao|Hạng sao|Ngày công nhận|Số quyết định",
            "Mã|Tên|Số quyết định|Lần 1 Hạng sao|Lần 1 Năm|Lần 2 Hạng sao|Lần 2 Năm",
            "Mã|Tên|Lần 1 Hạng sao|Lần 1 Năm|Lần 2 Hạng sao",
            "Mã|Tên|Lần 2 Hạng sao|Lần 2 Năm|Nâng hạng Hạng sao|Nâng hạng Năm",
            "Mã|Tên|Hạng sao|3 sao|4 sao",
        ] {
            let text = head(refused).unwrap_err();
            assert!(text.contains("mỗi lần công nhận một dòng"), "{refused}: {text}");
        }
    }

    #[test]
    fn a_product_has_a_code_or_a_producer() {
        assert!(head("Tên|Chủ thể|Nhóm").is_ok() && head("Mã|Hạng sao|Năm").is_ok());
        assert!(head("Tên|Nhóm|Giá").unwrap_err().contains("“Mã sản phẩm”"));
        let lacks = head("Chủ thể|Nhóm|Giá").unwrap_err();
        assert!(lacks.contains("“Mã sản phẩm”, “Tên sản phẩm”"), "{lacks}");
    }
}
