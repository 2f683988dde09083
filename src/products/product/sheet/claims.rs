//! What a row says of certificates: of one, or of each of the recognitions that stand side by side. Pure.

use chrono::NaiveDate;

use super::check::Rules;
use super::layout::Col;
use super::rounds::{Head, Round};
use crate::error::{Both, both};
use crate::intake::Whole;
use crate::product::model::{Claim, Part};
use crate::product::recognition::Recognition;
use crate::product::scale;
use crate::sheet::{self, Cells, Cleared, Row};
use crate::text::{self, Edtf, Tongue, date_vi, fold};

/// What claims are read by.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// The header.
    pub head: &'a Head,
    /// What holds for the whole file.
    pub whole: &'a Whole,
    /// Units, months, the day.
    pub rules: Rules<'a>,
}

impl Reading<'_> {
    /// The claims of a row, in the order of their recognitions; faults go to `cells`, what is worth a look to `notes`.
    pub fn claims(&self, cells: &mut Cells<'_, Col>, row: &Row, notes: &mut Vec<Both>) -> Vec<Claim> {
        let before = cells.faults.len();
        if self.head.rounds.is_empty() {
            let mut claim = one(cells, notes);
            claim.stars = claim.stars.or_else(|| self.crosses(cells, row));
            self.fill(&mut claim, notes);
            self.unscale(&mut claim, notes);
            if claim.is_empty() {
                self.nothing(&claim, cells, notes);
            }
            if cells.faults.len() > before || claim.is_empty() {
                return Vec::new();
            }
            self.check(&claim, "", cells, notes);
            self.compare(std::slice::from_ref(&claim), cells, notes);
            return vec![claim];
        }
        let mut claims = Vec::new();
        for round in &self.head.rounds {
            if let Some(claim) = self.round(round, cells, row, notes) {
                claims.push((round.number, claim));
            }
        }
        if cells.faults.len() > before {
            return Vec::new();
        }
        self.order(&mut claims, cells, notes);
        let mut claims: Vec<(String, Claim)> = claims.into_iter().map(|(number, claim)| (format!("lần {number}: "), claim)).collect();
        if let Some((_, latest)) = claims.iter_mut().max_by_key(|(_, claim)| claim.first_day()) {
            trailing(latest, cells, notes);
        }
        for (label, claim) in &claims {
            self.check(claim, label, cells, notes);
        }
        let claims: Vec<Claim> = claims.into_iter().map(|(_, claim)| claim).collect();
        self.compare(&claims, cells, notes);
        claims
    }

    /// A row that names no certificate: what it says of one all the same is told or refused.
    fn nothing(&self, claim: &Claim, cells: &mut Cells<'_, Col>, notes: &mut Vec<Both>) {
        if !claim.recognised_by.is_empty() || claim.recognition.is_some() {
            notes.push(both(
                "chỉ có cơ quan công nhận hoặc lần công nhận nên không ghi gì",
                "there is only the body or the kind of a recognition, so nothing is recorded",
            ));
        }
        for col in [Col::Score, Col::DecisionNo, Col::CertificateNo, Col::ValidUntil, Col::RecognisedBy, Col::Recognition] {
            if cells.cleared.has(col) {
                cells.wrong(
                    col,
                    both(
                        "ghi [xóa] nhưng dòng không nêu giấy chứng nhận nào; hãy ghi thêm ngày công nhận",
                        "reads [xóa], but the row names no certificate; add the day of its decision",
                    ),
                );
            }
        }
    }

    fn round(&self, round: &Round, cells: &mut Cells<'_, Col>, row: &Row, notes: &mut Vec<Both>) -> Option<Claim> {
        let mut own = Cells::new(&round.given, row);
        let mut told = Vec::new();
        let mut claim = one(&mut own, &mut told);
        let (vi, en) = (format!("lần {}: ", round.number), format!("recognition {}: ", round.number));
        let named = |text: Both| both(format!("{vi}{}", text.vi), format!("{en}{}", text.en));
        if own.cleared != Cleared::default() {
            own.faults.push(both(
                "[xóa] không dùng được trong danh sách có nhiều lần công nhận; hãy sửa ở trang sản phẩm",
                "[xóa] cannot be used in a list with several recognitions; correct the certificate on its page",
            ));
        }
        told.append(&mut own.notes);
        cells.faults.extend(own.faults.into_iter().map(named));
        notes.extend(told.into_iter().map(named));
        if claim.is_empty() {
            if !claim.recognised_by.is_empty() {
                notes.push(named(both(
                    "chỉ có cơ quan công nhận nên không ghi gì",
                    "there is only the body that recognised, so nothing is recorded",
                )));
            }
            return None;
        }
        claim.recognition = claim.recognition.or(round.kind);
        Some(claim)
    }

    /// One recognition comes after another: none may be lost because its day is not given, and one that is known by its year
    /// alone was decided after the one before.
    fn order(&self, claims: &mut [(usize, Claim)], cells: &mut Cells<'_, Col>, notes: &mut Vec<Both>) {
        let several = claims.len() > 1;
        let mut before: Option<(usize, NaiveDate)> = None;
        for (number, claim) in claims {
            let Some(first) = claim.first_day() else {
                if let Some(stars) = claim.stars.filter(|_| several) {
                    cells.faults.push(both(
                        format!("lần {number} ghi {stars} sao nhưng thiếu ngày, năm công nhận; hãy ghi ngày quyết định, hoặc năm nếu chưa biết ngày"),
                        format!("recognition {number} has {stars} stars but neither day nor year; give the day of the decision, or its year"),
                    ));
                }
                continue;
            };
            if let Some((other, day)) = before {
                if claim.decided.is_some_and(|decided| !decided.is_exact()) {
                    claim.after = Some(day);
                } else if first < day {
                    notes.push(both(
                        format!(
                            "lần {number} công nhận ngày {}, trước lần {other} (ngày {}); hãy kiểm tra hai ngày",
                            date_vi(first),
                            date_vi(day)
                        ),
                        format!(
                            "recognition {number} is of {}, before recognition {other} of {}; check both days",
                            date_vi(first),
                            date_vi(day)
                        ),
                    ));
                } else if first == day {
                    cells.faults.push(both(
                        format!("lần {number} và lần {other} cùng ngày {}; hãy kiểm tra hai ngày", date_vi(day)),
                        format!("recognitions {number} and {other} are both of {}; check both days", date_vi(day)),
                    ));
                }
            }
            before = claim.first_day().map(|day| (*number, day));
        }
    }

    /// What the title of an annex says once, where the row does not say it itself.
    fn fill(&self, claim: &mut Claim, notes: &mut Vec<Both>) {
        let whole = self.whole;
        if let Some(stars) = whole.stars {
            match claim.stars {
                Some(own) if own != stars => notes.push(both(
                    format!("dòng ghi {own} sao, khác {stars} sao ghi cho cả tệp; lấy theo dòng"),
                    format!("the row has {own} stars, the whole file {stars}; the row is taken"),
                )),
                _ => claim.stars = Some(stars),
            }
        }
        if let Some(day) = whole.decided_on {
            match claim.decided.and_then(Edtf::day) {
                Some(own) if own != day => notes.push(both(
                    format!("dòng ghi ngày {}, khác ngày {} ghi cho cả tệp; lấy theo dòng", date_vi(own), date_vi(day)),
                    format!("the row is of {}, the whole file of {}; the row is taken", date_vi(own), date_vi(day)),
                )),
                _ => claim.decided = Some(Edtf::exact(day)),
            }
        }
        if claim.decision_no.is_empty() {
            claim.decision_no.clone_from(&whole.decision);
        } else if !whole.decision.is_empty() && fold(&claim.decision_no) != fold(&whole.decision) {
            let (own, all) = (&claim.decision_no, &whole.decision);
            notes.push(both(
                format!("dòng ghi quyết định “{own}”, khác “{all}” ghi cho cả tệp; lấy theo dòng"),
                format!("the row names decision “{own}”, the whole file “{all}”; the row is taken"),
            ));
        }
    }

    /// One cross under "3 sao", "4 sao" or "5 sao" is the star.
    fn crosses(&self, cells: &mut Cells<'_, Col>, row: &Row) -> Option<i64> {
        let marked: Vec<i64> = self.head.crosses.iter().filter(|(at, _)| is_cross(row.get(*at))).map(|(_, stars)| *stars).collect();
        let odd = self.head.crosses.iter().map(|(at, _)| row.get(*at)).find(|cell| !cell.is_empty() && !is_cross(cell) && !is_none(cell));
        if let Some(odd) = odd {
            cells.wrong(
                Col::Stars,
                both(
                    format!("“{odd}” không phải dấu x; hãy đánh dấu x dưới đúng một hạng sao"),
                    format!("“{odd}” is no cross; put one x under the right stars"),
                ),
            );
            return None;
        }
        match marked[..] {
            [] => None,
            [stars] => Some(stars),
            _ => {
                let list = marked.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
                cells.wrong(
                    Col::Stars,
                    both(
                        format!("có dấu x dưới nhiều hạng ({list} sao); hãy để lại một dấu"),
                        format!("there are crosses under several ({list} stars); leave one"),
                    ),
                );
                None
            }
        }
    }

    fn check(&self, claim: &Claim, label: &str, cells: &mut Cells<'_, Col>, notes: &mut Vec<Both>) {
        let before = cells.faults.len();
        for (part, text) in claim.faults(self.rules.months, self.rules.today) {
            let col = match part {
                Part::Stars => Col::Stars,
                Part::Score => Col::Score,
                Part::DecidedOn => Col::DecidedOn,
                Part::ValidUntil => Col::ValidUntil,
            };
            cells.wrong(col, both(format!("{label}{}", text.vi), format!("{label}{}", text.en)));
        }
        if cells.faults.len() > before {
            return;
        }
        match (claim.first_day(), &claim.number) {
            (None, Some(number)) => {
                let text = both(
                    format!("có số giấy chứng nhận “{number}” nhưng thiếu ngày công nhận; hãy ghi ngày quyết định"),
                    format!("there is a certificate number “{number}” but no first day; give the day of the decision"),
                );
                cells.wrong(Col::DecidedOn, text);
            }
            (None, None) => notes.push(both(
                "có hạng sao, điểm hoặc số quyết định nhưng thiếu ngày công nhận nên chưa ghi giấy chứng nhận",
                "there are stars, a score or a decision but no day, so no certificate is recorded",
            )),
            (Some(day), _) if claim.stars.is_some_and(|stars| scale::on(day).is_some_and(|scale| stars < scale.certified_from)) => {
                let stars = claim.stars.unwrap_or_default();
                notes.push(both(
                    format!("hạng {stars} sao không có giấy chứng nhận; chỉ ghi sản phẩm"),
                    format!("{stars} stars have no certificate; only the product is recorded"),
                ));
            }
            (Some(_), _) => {
                if let Some(about) = claim.decided.filter(|decided| !decided.is_exact()) {
                    let (vi, en) = (about.shown(Tongue::Vi), about.shown(Tongue::En));
                    notes.push(both(
                        format!("{label}chỉ biết công nhận {vi}: tính từ ngày sớm nhất và đến ngày muộn nhất có thể; hãy bổ sung ngày quyết định"),
                        format!("{label}only known as recognised {en}: it counts from the first and to the last possible day; add the day of the decision"),
                    ));
                }
            }
        }
    }

    /// In a column that the ministry's table calls a scale, its top is no score of fewer stars.
    fn unscale(&self, claim: &mut Claim, notes: &mut Vec<Both>) {
        let scale = scale::on(claim.first_day().unwrap_or(self.rules.today)).filter(|_| self.head.is_scale);
        if scale
            .zip(claim.score)
            .zip(claim.stars)
            .is_some_and(|((scale, score), stars)| score == scale.most * 100 && scale.stars(score) > stars)
        {
            claim.score = None;
            notes.push(both(
                "thangDiem ghi mức cao nhất của thang, không phải số điểm của hạng này, nên không ghi điểm",
                "thangDiem holds the top of the scale and no score of these stars, so no score is recorded",
            ));
        }
    }

    /// What else the row says of its standing, compared with what its certificates say.
    fn compare(&self, claims: &[Claim], cells: &mut Cells<'_, Col>, notes: &mut Vec<Both>) {
        let Some(latest) = claims.iter().filter(|claim| claim.first_day().is_some()).max_by_key(|claim| claim.first_day()) else { return };
        if let Some(today) = cells.read(Col::StarsToday, stars)
            && let Some(last) = latest.stars.filter(|last| *last != today)
        {
            notes.push(both(
                format!(
                    "hạng sao hiện nay ghi {today}, lần công nhận gần nhất ghi {last} sao; sổ tính theo lần công nhận, hãy kiểm tra lại"
                ),
                format!("stars of today are {today}, the latest recognition has {last}; the register goes by the recognition, check it"),
            ));
        }
        let typed = cells.text(Col::Standing);
        if typed.is_empty() {
            return;
        }
        let Some(is_valid) = standing(&typed) else {
            notes.push(both(
                format!("tình trạng “{typed}” không rõ nghĩa nên không đọc; sổ tính theo ngày"),
                format!("standing “{typed}” is not understood and left out; the register goes by days"),
            ));
            return;
        };
        let ends = latest
            .certificate("", self.rules.months, "", "", chrono::DateTime::<chrono::Utc>::MIN_UTC)
            .map(|certificate| certificate.ends_on());
        let Some(ends) = ends.filter(|ends| (self.rules.today < *ends) != is_valid) else { return };
        let day = date_vi(ends.pred_opt().unwrap_or(ends));
        notes.push(both(
            format!("tình trạng ghi “{typed}” nhưng theo ngày công nhận thì có giá trị đến {day}; sổ tính theo ngày"),
            format!("standing says “{typed}”, by its days it is valid until {day}; the register goes by days"),
        ));
    }
}

/// The parts of one certificate.
fn one(cells: &mut Cells<'_, Col>, notes: &mut Vec<Both>) -> Claim {
    let (day, year) = (cells.vague(Col::DecidedOn), cells.vague(Col::Year));
    if let (Some(day), Some(year)) = (day, year)
        && !overlap(day, year)
    {
        let (day, year) = (both(day.shown(Tongue::Vi), day.shown(Tongue::En)), both(year.shown(Tongue::Vi), year.shown(Tongue::En)));
        notes.push(both(
            format!("ngày công nhận {} khác {} ghi ở cột năm; lấy theo ngày, hãy kiểm tra lại", day.vi, year.vi),
            format!("the day of recognition {} is not in {} as the column of years has it; the day is taken, check it", day.en, year.en),
        ));
    }
    let recognition = cells.text(Col::Recognition);
    let kind = match recognition.as_str() {
        "" => assessed(cells.raw(Col::Assessment)),
        typed => Recognition::read(typed),
    };
    if kind.is_none() && !recognition.is_empty() {
        notes.push(both(
            format!("“{recognition}” không cho biết là lần đầu, nâng hạng hay đánh giá lại nên để trống"),
            format!("“{recognition}” does not say first, upgrade or re-grading and is left out"),
        ));
    }
    Claim {
        stars: cells.read(Col::Stars, stars),
        score: score(cells),
        decision_no: cells.short(Col::DecisionNo, 100),
        decided: day.or(year),
        after: None,
        number: Some(cells.short(Col::CertificateNo, 100)).filter(|number| !number.is_empty()),
        valid_until: cells.date(Col::ValidUntil),
        recognised_by: cells.short(Col::RecognisedBy, 200),
        recognition: kind,
    }
}

/// A score in hundredths. An average as a spreadsheet keeps it (85.666…) is taken as it shows it, with two decimals.
fn score(cells: &mut Cells<'_, Col>) -> Option<i64> {
    let typed = cells.text(Col::Score);
    let value = sheet::number(&typed);
    if value.is_some_and(|value| 0.0 < value && value < 1.0) {
        cells.wrong(
            Col::Score,
            both(
                format!("“{typed}” nhỏ hơn 1, có lẽ là phần trăm; hãy ghi điểm trên thang 100, ví dụ 85,6"),
                format!("“{typed}” is below 1 and may be a percentage; write the score out of 100, for example 85.6"),
            ),
        );
        return None;
    }
    let decimals = typed.split(['.', ',']).nth(1).map_or(0, str::len);
    if let Some(value) = value.filter(|value| decimals > 2 && (0.0..=100.0).contains(value)) {
        let shown = (value * 100.0).round() / 100.0;
        let shown_vi = text::decimal_vi(shown);
        cells.note(
            Col::Score,
            both(
                format!("“{typed}” có nhiều hơn hai chữ số lẻ, đọc là {shown_vi}"),
                format!("“{typed}” has more than two decimals and is read as {shown}"),
            ),
        );
        return Some((shown * 100.0).round() as i64);
    }
    cells.read(Col::Score, |typed| {
        scale::read_points(typed).ok_or_else(|| {
            both(
                format!("“{typed}” không phải số điểm; hãy ghi số có nhiều nhất hai chữ số lẻ, ví dụ 69,5"),
                format!("“{typed}” is no score; write a number with at most two decimals, for example 69.5"),
            )
        })
    })
}

/// What stands outside of the recognitions side by side: that of the latest.
fn trailing(latest: &mut Claim, cells: &mut Cells<'_, Col>, notes: &mut Vec<Both>) {
    let outside = one(cells, notes);
    latest.score = latest.score.or(outside.score);
    latest.number = latest.number.take().or(outside.number);
    latest.valid_until = latest.valid_until.or(outside.valid_until);
    latest.recognition = latest.recognition.or(outside.recognition);
    if latest.recognised_by.is_empty() {
        latest.recognised_by = outside.recognised_by;
    }
}

fn overlap(one: Edtf, other: Edtf) -> bool {
    let before = |a: Edtf, b: Edtf| a.latest().zip(b.earliest()).is_some_and(|(last, first)| last < first);
    !before(one, other) && !before(other, one)
}

fn is_cross(cell: &str) -> bool {
    matches!(cell.trim(), "x" | "X" | "×" | "✓" | "✔" | "☑" | "√" | "v" | "V" | "+" | "1" | "TRUE")
}

fn is_none(cell: &str) -> bool {
    matches!(cell.trim(), "" | "-" | "–" | "0" | "FALSE" | "☐")
}

/// Of what kind an assessment is by its name: "Đánh giá lại", "Nâng hạng sao đợt 2".
fn assessed(name: &str) -> Option<Recognition> {
    let folded = fold(name);
    let has = |words: &str| folded.contains(words);
    match () {
        () if has("nang hang") || has("nang sao") => Some(Recognition::Upgrade),
        () if has("danh gia lai") || has("phan hang lai") || has("cong nhan lai") => Some(Recognition::Regrading),
        () if has("lan dau") => Some(Recognition::First),
        () => None,
    }
}

/// Whether words say that a recognition holds; none where they are not understood.
fn standing(typed: &str) -> Option<bool> {
    match fold(typed).replace(' ', "").as_str() {
        "hieuluc" | "conhieuluc" | "conhan" | "conthoihan" | "danghieuluc" | "valid" | "live" => Some(true),
        "hethan" | "hethieuluc" | "hetthoihan" | "thuhoi" | "dathuhoi" | "lapsed" | "withdrawn" => Some(false),
        _ => None,
    }
}

/// "4", "4 sao", "OCOP 4 sao", "bốn sao", "★★★★", "3*".
pub fn stars(typed: &str) -> Result<i64, Both> {
    let drawn = typed.chars().filter(|c| matches!(c, '★' | '⭐' | '*')).count();
    if drawn > 0 && typed.chars().all(|c| matches!(c, '★' | '⭐' | '☆' | '*' | ' ' | '\u{fe0f}')) {
        return Ok(drawn as i64);
    }
    let low = typed.to_lowercase();
    let bare = ["sao", "stars", "star", "*", "★", "⭐"].iter().find_map(|word| low.strip_suffix(word)).unwrap_or(&low).trim();
    let bare = ["đạt hạng", "đạt ocop", "hạng ocop", "đạt", "hạng", "ocop", "loại"]
        .iter()
        .find_map(|word| bare.strip_prefix(word))
        .unwrap_or(bare)
        .trim();
    let word = match bare {
        "một" => Some(1),
        "hai" => Some(2),
        "ba" => Some(3),
        "bốn" | "tư" => Some(4),
        "năm" => Some(5),
        _ => None,
    };
    word.or_else(|| sheet::number(bare).filter(|stars| stars.fract() == 0.0 && stars.abs() < 1e6).map(|stars| stars as i64)).ok_or_else(
        || {
            both(
                format!("“{typed}” không phải hạng sao; hãy ghi số từ 1 đến 5"),
                format!("“{typed}” is no number of stars; write a number from 1 to 5"),
            )
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_read_as_people_write_them() {
        for (typed, wanted) in [
            ("4", 4),
            ("4 sao", 4),
            ("bốn sao", 4),
            ("Ba Sao", 3),
            ("năm sao", 5),
            ("3*", 3),
            ("4★", 4),
            ("★★★★", 4),
            ("***", 3),
            ("OCOP 3 sao", 3),
            ("Đạt hạng 4 sao", 4),
            ("hạng 5", 5),
            ("4.0", 4),
        ] {
            assert_eq!(stars(typed), Ok(wanted), "{typed}");
        }
        for typed in ["nhiều", "sao", "3,5", "3-4 sao", "năm 2024"] {
            assert!(stars(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn words_of_standing_are_read_or_left() {
        assert_eq!(
            ["HIEULUC", "Còn hiệu lực", "HETHAN", "Đã thu hồi", "1"].map(standing),
            [Some(true), Some(true), Some(false), Some(false), None]
        );
        assert_eq!(
            ["Đánh giá lại", "Nâng hạng đợt 2", "Đánh giá, phân hạng đợt 1 năm 2026"].map(assessed),
            [Some(Recognition::Regrading), Some(Recognition::Upgrade), None]
        );
    }
}
