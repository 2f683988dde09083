//! Rows of one product brought together: one row a recognition, a product that stands twice, a certificate number that stands
//! in several rows. Only files in which something repeats come here, whole, within what a file may hold. Pure.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::check::{BATCH, Batch, Checked, Ended};
use crate::error::{Both, both};
use crate::party::identity::key;
use crate::product::model::Claim;
use crate::region::Located;
use crate::sheet::{Cleared, Fault, alike};
use crate::text::{Edtf, date_vi, fold};

/// What tells a place from others, however it was written: the unit of today, where there is one.
pub fn place_key(place: &Located) -> &str {
    match &place.heirs[..] {
        [only] => only,
        _ => place.unit_id.as_deref().unwrap_or(&place.origin),
    }
}

/// Who makes what where.
type Name = (String, Option<String>, String);

fn name(row: &Checked, places: &[Located]) -> Name {
    (row.producer_key.key.clone(), row.place.and_then(|at| places.get(at)).map(|place| place_key(place).to_owned()), key(&row.name))
}

/// Brings rows of one product together into its first row. Rows that contradict each other are faults: which of them is right is
/// not for the program to say.
pub fn gather(batches: Vec<Batch>, ended: &mut Ended) -> Vec<Batch> {
    let given = batches.first().map(|batch| batch.given.clone()).unwrap_or_default();
    let (mut rows, mut places) = (Vec::new(), Vec::new());
    for batch in batches {
        rows.extend(batch.rows);
        places.extend(batch.places);
    }
    let groups = groups(&rows, &places, ended);
    let shared = shared_numbers(&rows, &groups);
    let mut kept: BTreeMap<usize, Checked> = BTreeMap::new();
    let mut waiting: Vec<Option<Checked>> = rows.into_iter().map(Some).collect();
    for (at, members) in groups.iter().enumerate() {
        let mut rows: Vec<Checked> = members.iter().filter_map(|member| waiting[*member].take()).collect();
        let mut texts: Vec<Both> = shared.get(&at).map(|number| number_twice(number)).into_iter().collect();
        let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
        let mut notes = Vec::new();
        let first = rows.remove(0);
        let joined = rows.into_iter().try_fold(first, |first, row| join(first, row, &places, &mut notes));
        match joined.and_then(|row| in_order(row, numbers.len())) {
            Ok(row) if texts.is_empty() => {
                ended.warnings.append(&mut notes);
                kept.insert(members[0], row);
                continue;
            }
            Ok(_) => {}
            Err(text) => texts.push(text),
        }
        ended.faults.extend(numbers.iter().flat_map(|number| texts.iter().map(|text| Fault { row: Some(*number), text: text.clone() })));
    }
    ended.faults.sort_by_key(|fault| fault.row);
    let mut batches = vec![Batch { given: given.clone(), places, ..Batch::default() }];
    for row in kept.into_values() {
        if batches.last().is_some_and(|batch| batch.rows.len() == BATCH) {
            batches.push(Batch { given: given.clone(), ..Batch::default() });
        }
        if let Some(batch) = batches.last_mut() {
            batch.rows.push(row);
        }
    }
    batches
}

/// Which rows speak of one product: those of one code; those without a code by who makes what where.
fn groups(rows: &[Checked], places: &[Located], ended: &mut Ended) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut codes: HashMap<&str, usize> = HashMap::new();
    let mut names: HashMap<Name, Vec<usize>> = HashMap::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| !row.code.is_empty()) {
        let group = *codes.entry(&row.code_fold).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
            names.entry(name(row, places)).or_default().push(group);
        }
        groups[group].push(at);
    }
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.code.is_empty()) {
        let named = names.entry(name(row, places)).or_default();
        match named[..] {
            [] => {
                named.push(groups.len());
                groups.push(vec![at]);
            }
            [group] => groups[group].push(at),
            _ => ended.faults.push(Fault {
                row: Some(row.number),
                text: both(
                    format!("không có mã, mà tệp có nhiều mã cho “{}” của chủ thể này; hãy ghi mã", row.name),
                    format!("there is no code, and the file has several for “{}” of this producer; write the code", row.name),
                ),
            }),
        }
    }
    groups.iter_mut().for_each(|members| members.sort_unstable());
    groups
}

/// Groups whose certificate number another group has too, with that number.
fn shared_numbers(rows: &[Checked], groups: &[Vec<usize>]) -> HashMap<usize, String> {
    let mut holders: HashMap<&str, usize> = HashMap::new();
    let mut shared = HashMap::new();
    for (group, members) in groups.iter().enumerate() {
        for number in members.iter().flat_map(|at| &rows[*at].claims).filter_map(|claim| claim.number.as_deref()) {
            let holder = *holders.entry(number).or_insert(group);
            if holder != group {
                shared.insert(holder, number.to_owned());
                shared.insert(group, number.to_owned());
            }
        }
    }
    shared
}

fn number_twice(number: &str) -> Both {
    both(
        format!("số giấy chứng nhận “{number}” có ở nhiều dòng; mỗi giấy chứng nhận chỉ của một sản phẩm, hãy kiểm tra lại."),
        format!("certificate number “{number}” stands in several rows; a certificate belongs to one product, check it."),
    )
}

/// Two rows of one product that say different things.
fn contradicts(first: &Checked, row: &Checked, vi: &str, en: &str) -> Both {
    let (a, b) = (first.number, row.number);
    match row.code.as_str() {
        "" => both(
            format!("“{}” có ở nhiều dòng ({a}, {b}) nhưng khác nhau ở {vi}; hãy giữ một dòng hoặc sửa lại.", row.name),
            format!("“{}” stands in several rows ({a}, {b}) that differ in {en}; keep one of them or correct them.", row.name),
        ),
        code => both(
            format!("mã “{code}” có ở nhiều dòng ({a}, {b}) nhưng khác nhau ở {vi}; hãy giữ một dòng hoặc đổi mã."),
            format!("code “{code}” stands in several rows ({a}, {b}) that differ in {en}; keep one of them or change the code."),
        ),
    }
}

/// One row of two of the same product.
fn join(mut first: Checked, row: Checked, places: &[Located], notes: &mut Vec<Fault>) -> Result<Checked, Both> {
    if first.cleared != Cleared::default() || row.cleared != Cleared::default() {
        return Err(both(
            format!(
                "[xóa] không dùng được khi sản phẩm có ở nhiều dòng ({}, {}); hãy giữ một dòng hoặc sửa ở trang sản phẩm.",
                first.number, row.number
            ),
            format!(
                "[xóa] cannot be used where a product stands in several rows ({}, {}); keep one of them or correct the product on its page.",
                first.number, row.number
            ),
        ));
    }
    let mut tell = |text: Both| notes.push(Fault { row: Some(row.number), text });
    let differs = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && key(a) != key(b);
    let is_other_producer =
        differs(&first.producer, &row.producer) || first.tax_code.as_ref().zip(row.tax_code.as_ref()).is_some_and(|(a, b)| a != b);
    if first.code != row.code && !first.code.is_empty() && !row.code.is_empty() {
        if differs(&first.name, &row.name) || is_other_producer {
            let (a, b, line) = (&first.code, &row.code, first.number);
            return Err(both(
                format!(
                    "mã “{b}” có ở nhiều dòng: chỉ khác mã “{a}” ở dòng {line} ở chữ hoa, dấu cách, gạch nối hoặc số 0, mà là sản phẩm khác; hãy kiểm tra và đổi một mã."
                ),
                format!(
                    "code “{b}” stands in several rows: it differs from “{a}” in row {line} by case, blanks, dashes or zeros alone, yet is another product; check and change one of them."
                ),
            ));
        }
        tell(both(
            format!(
                "mã “{}” chỉ khác mã “{}” ở dòng {} ở chữ hoa, dấu cách, gạch nối hoặc số 0; tính là một, giữ mã của dòng trước",
                row.code, first.code, first.number
            ),
            format!(
                "code “{}” differs from “{}” in row {} by case, blanks, dashes or zeros alone; they are taken for one, the first is kept",
                row.code, first.code, first.number
            ),
        ));
    }
    let unit = |row: &Checked| row.place.and_then(|at| places.get(at)).map(place_key);
    for (is_other, vi, en) in [
        (differs(&first.name, &row.name), "tên sản phẩm", "the name"),
        (is_other_producer, "chủ thể", "the producer"),
        (first.group.zip(row.group).is_some_and(|(a, b)| a.0 != b.0), "nhóm sản phẩm", "the group"),
        (differs(&first.set_name, &row.set_name), "bộ sản phẩm", "the set"),
        (first.price.zip(row.price).is_some_and(|(a, b)| a != b), "giá", "the price"),
        (
            first.pin.zip(row.pin).is_some_and(|(a, b)| !alike(Some(a.0), Some(b.0)) || !alike(Some(a.1), Some(b.1))),
            "vị trí",
            "the position",
        ),
    ] {
        if is_other {
            return Err(contradicts(&first, &row, vi, en));
        }
    }
    if differs(&first.description, &row.description) || differs(&first.source, &row.source) {
        tell(both(
            format!("mô tả hoặc nguồn khác dòng {} của cùng sản phẩm; lấy dòng {}", first.number, first.number),
            format!("description or source differ from row {} of the same product; row {} is taken", first.number, first.number),
        ));
    }
    if unit(&first).zip(unit(&row)).is_some_and(|(a, b)| a != b) {
        // units change between two recognitions: that of the later one is the product's
        let latest = |row: &Checked| row.claims.iter().filter_map(Claim::first_day).max();
        let (Some(known), Some(own)) = (latest(&first), latest(&row)) else {
            return Err(contradicts(&first, &row, "xã, phường", "the unit"));
        };
        if known == own {
            return Err(contradicts(&first, &row, "xã, phường", "the unit"));
        }
        let label = |row: &Checked| row.place.and_then(|at| places.get(at)).map(|place| place.label.clone()).unwrap_or_default();
        let (old, new) = if known < own { (label(&first), label(&row)) } else { (label(&row), label(&first)) };
        if known < own {
            first.place = row.place;
        }
        tell(both(
            format!("xã, phường khác dòng {} của cùng sản phẩm ({old}, {new}); lấy {new} theo lần công nhận sau", first.number),
            format!(
                "the unit differs from row {} of the same product ({old}, {new}); {new} is taken, that of the later recognition",
                first.number
            ),
        ));
    }
    let before = first.claims.len();
    for claim in &row.claims {
        add(&mut first.claims, claim).map_err(|(vi, en)| contradicts(&first, &row, vi, en))?;
    }
    let line = first.number;
    tell(if first.claims.len() > before {
        both(
            format!("cùng sản phẩm với dòng {line}: tính là một sản phẩm có thêm một lần công nhận"),
            format!("the same product as row {line}: one product with one more recognition"),
        )
    } else {
        both(format!("trùng với dòng {line}: chỉ tính một lần"), format!("the same as row {line}: it counts once"))
    });
    let put = |field: &mut String, value: String| {
        if field.is_empty() {
            *field = value;
        }
    };
    first.also.extend(row.also);
    put(&mut first.code, row.code);
    put(&mut first.code_fold, row.code_fold);
    put(&mut first.name, row.name);
    put(&mut first.producer, row.producer);
    if first.producer_key.is_empty() {
        first.producer_key = row.producer_key;
    }
    put(&mut first.set_name, row.set_name);
    put(&mut first.description, row.description);
    put(&mut first.source, row.source);
    first.also.push(row.number);
    first.producer_kind = first.producer_kind.or(row.producer_kind);
    first.tax_code = first.tax_code.or(row.tax_code);
    first.place = first.place.or(row.place);
    first.group = first.group.or(row.group);
    first.price = first.price.or(row.price);
    first.pin = first.pin.or(row.pin);
    Ok(first)
}

/// Adds what a row says of a certificate to those of its product.
fn add(claims: &mut Vec<Claim>, claim: &Claim) -> Result<(), (&'static str, &'static str)> {
    let Some(known) = claims.iter_mut().find(|known| is_one(known, claim)) else {
        claims.push(claim.clone());
        return Ok(());
    };
    let other = |a: Option<i64>, b: Option<i64>| a.zip(b).is_some_and(|(a, b)| a != b);
    let differs = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && fold(a) != fold(b);
    for (is_other, vi, en) in [
        (other(known.stars, claim.stars), "hạng sao của cùng một lần công nhận", "the stars of one recognition"),
        (other(known.score, claim.score), "điểm", "the score"),
        (differs(&known.decision_no, &claim.decision_no), "số quyết định của cùng một lần công nhận", "the decision of one recognition"),
        (
            exact(known).zip(exact(claim)).is_some_and(|(a, b)| a != b),
            "ngày công nhận của cùng một giấy chứng nhận",
            "the day of one certificate",
        ),
        (
            known.number.is_some() && claim.number.is_some() && known.number != claim.number,
            "số giấy chứng nhận của cùng một lần công nhận",
            "the certificate number of one recognition",
        ),
        (known.valid_until.zip(claim.valid_until).is_some_and(|(a, b)| a != b), "ngày hết hạn", "the last day"),
    ] {
        if is_other {
            return Err((vi, en));
        }
    }
    known.stars = known.stars.or(claim.stars);
    known.score = known.score.or(claim.score);
    known.number = known.number.take().or_else(|| claim.number.clone());
    known.valid_until = known.valid_until.or(claim.valid_until);
    known.recognition = known.recognition.or(claim.recognition);
    if known.decided.is_none() || exact(known).is_none() && exact(claim).is_some() {
        known.decided = claim.decided.or(known.decided);
    }
    for (field, value) in [(&mut known.decision_no, &claim.decision_no), (&mut known.recognised_by, &claim.recognised_by)] {
        if field.is_empty() {
            field.clone_from(value);
        }
    }
    Ok(())
}

/// The day of a claim, where it is exact.
fn exact(claim: &Claim) -> Option<NaiveDate> {
    claim.decided.and_then(Edtf::day)
}

/// Whether two claims speak of one recognition: by number, by the day, or by days that may be one where no day is exact.
fn is_one(known: &Claim, claim: &Claim) -> bool {
    if known.number.is_some() && known.number == claim.number {
        return true;
    }
    match (exact(known), exact(claim)) {
        (Some(a), Some(b)) => a == b,
        _ => {
            let may_meet = known.first_day() <= claim.last_day() && claim.first_day() <= known.last_day();
            let dayless = known.first_day().is_none() || claim.first_day().is_none();
            (dayless || may_meet) && (known.stars == claim.stars || known.stars.is_none() || claim.stars.is_none())
        }
    }
}

/// The recognitions of a product in their order, once its rows are together: which of two came later must be clear.
fn in_order(mut row: Checked, rows: usize) -> Result<Checked, Both> {
    if rows < 2 {
        return Ok(row);
    }
    row.claims.sort_by_key(|claim| (claim.first_day(), claim.last_day()));
    let several = row.claims.len() > 1;
    if let Some(stars) = row.claims.iter().find(|claim| several && claim.first_day().is_none()).and_then(|claim| claim.stars) {
        return Err(both(
            format!(
                "sản phẩm có nhiều lần công nhận mà lần {stars} sao thiếu ngày, năm; hãy ghi ngày quyết định, hoặc năm nếu chưa biết ngày"
            ),
            format!(
                "the product has several recognitions and that of {stars} stars has neither day nor year; give the day of the decision, or its year"
            ),
        ));
    }
    for pair in row.claims.windows(2) {
        let [first, second] = pair else { continue };
        if let (Some(last), Some(next)) = (first.last_day(), second.first_day())
            && next <= last
        {
            let (a, b) = (first.stars.unwrap_or_default(), second.stars.unwrap_or_default());
            let day = date_vi(last);
            return Err(both(
                format!("không rõ lần công nhận {a} sao hay {b} sao là lần sau (ngày chưa rõ, muộn nhất {day}); hãy ghi ngày quyết định"),
                format!(
                    "it is not clear which recognition came later, that of {a} or of {b} stars (a day is not exact, at the latest {day}); give the day of the decision"
                ),
            ));
        }
    }
    Ok(row)
}
