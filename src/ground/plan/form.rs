//! What people type about a plan, its targets and its deadlines, checked field by field. Pure.

use chrono::{Datelike, NaiveDate};

use super::{Deadline, Plan, Target};
use crate::error::both;
use crate::law;
use crate::text;
use crate::typed::{Choice, Errors, Fields};

/// What a target counts: word and name.
pub const TARGETS: [(&str, &str); 6] = [
    ("new_points", "điểm bán mới"),
    ("products_3star", "sản phẩm đạt từ 3 sao"),
    ("products_potential_5star", "sản phẩm tiềm năng 5 sao"),
    ("creative_centres", "trung tâm thiết kế sáng tạo"),
    ("pilot_place", "địa điểm thí điểm nêu đích danh"),
    ("other", "việc khác"),
];

/// What is due on a deadline: word and name.
pub const DEADLINES: [(&str, &str); 4] =
    [("opening", "khai trương điểm"), ("survey", "khảo sát xong"), ("report", "báo cáo"), ("other", "việc khác")];

/// What a target is set for: word and name.
pub const PER: [(&str, &str); 3] = [("city", "cả thành phố"), ("district", "mỗi quận, huyện (cũ)"), ("commune", "mỗi xã, phường")];

/// The name of a word in one of these lists.
pub fn name(list: &[(&'static str, &'static str)], word: &str) -> String {
    list.iter().find(|(known, _)| *known == word).map_or_else(|| word.to_owned(), |(_, name)| (*name).to_owned())
}

/// One of these lists as choices of a form.
pub fn choices(list: &[(&'static str, &'static str)]) -> Vec<Choice> {
    list.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())).collect()
}

/// The paper itself. `before` is what is being corrected.
pub fn plan(fields: &Fields, id: String, version: i64, today: NaiveDate) -> Result<Plan, Errors> {
    let mut errors = Errors::default();
    let number = fields.must(
        "number",
        60,
        both("Hãy ghi số văn bản như in, hoặc “không rõ”.", "Write the number as printed, or “không rõ”."),
        &mut errors,
    );
    let issuer = fields.must("issuer", 200, both("Hãy ghi cơ quan ban hành.", "Write who issued it."), &mut errors);
    let title = fields.must("title", 500, both("Hãy ghi tên (trích yếu) của văn bản.", "Write the title."), &mut errors);
    let source = fields.must(
        "source",
        500,
        both("Hãy ghi văn bản đọc ở đâu: bản gốc, cổng thông tin, báo.", "Say where it was read: the original, a portal, a newspaper."),
        &mut errors,
    );
    let note = fields.text("note", 1000, &mut errors);
    let issued_on = fields.some_day("issued_on", &mut errors);
    if issued_on.is_some_and(|day| day > today) {
        errors.add("issued_on", both("Ngày ban hành ở tương lai; hãy kiểm tra lại.", "The day of issue lies in the future; check it."));
    }
    let year =
        fields.get("year").parse::<i64>().ok().filter(|year| (i64::from(law::first_year())..=i64::from(today.year()) + 10).contains(year));
    if year.is_none() {
        errors.add("year", both("Hãy ghi năm đầu của kế hoạch, bốn chữ số.", "Write the first year of the plan with four digits."));
    }
    match year {
        Some(year) if errors.is_empty() => Ok(Plan { id, number, issued_on, issuer, title, year, source, note, version }),
        _ => Err(errors),
    }
}

fn count(errors: &mut Errors, fields: &Fields, name: &str) -> Option<i64> {
    let typed = fields.some(name)?;
    let read = text::whole(typed).filter(|n| (0..=1_000_000).contains(n));
    if read.is_none() {
        errors.add(name, both("Hãy ghi số nguyên không âm.", "Write a whole number that is not negative."));
    }
    read
}

/// A target of a plan, for a unit that is already known.
pub fn target(fields: &Fields, plan_id: &str, id: String, unit_id: Option<String>) -> Result<Target, Errors> {
    let mut errors = Errors::default();
    let what = fields.get("what").to_owned();
    if !TARGETS.iter().any(|(known, _)| *known == what) {
        errors.add("what", both("Hãy chọn chỉ tiêu đếm gì.", "Choose what the target counts."));
    }
    let per = fields.get("per").to_owned();
    if !PER.iter().any(|(known, _)| *known == per) {
        errors.add("per", both("Hãy chọn chỉ tiêu tính cho đâu.", "Choose what the target is set for."));
    }
    let (least, most) = (count(&mut errors, fields, "least"), count(&mut errors, fields, "most"));
    if least.zip(most).is_some_and(|(least, most)| most < least) {
        errors.add("most", both("Số nhiều nhất nhỏ hơn số ít nhất.", "At most is less than at least."));
    }
    let words = fields.must("text", 500, both("Hãy chép nguyên văn chỉ tiêu.", "Copy the target as printed."), &mut errors);
    let clause = fields.text("clause", 100, &mut errors);
    let from = fields.day("from", &mut errors);
    let last = fields.day("last", &mut errors);
    if from.zip(last).is_some_and(|(from, last)| last < from) {
        errors.add("last", both("Ngày cuối trước ngày đầu.", "The last day lies before the first."));
    }
    match (from, last.and_then(|last| last.succ_opt())) {
        (Some(valid_from), Some(valid_to)) if errors.is_empty() => {
            Ok(Target { plan_id: plan_id.to_owned(), id, what, per, unit_id, least, most, valid_from, valid_to, clause, text: words })
        }
        _ => Err(errors),
    }
}

/// A deadline of a plan.
pub fn deadline(fields: &Fields, plan_id: &str, id: String) -> Result<Deadline, Errors> {
    let mut errors = Errors::default();
    let what = fields.get("what").to_owned();
    if !DEADLINES.iter().any(|(known, _)| *known == what) {
        errors.add("what", both("Hãy chọn hạn của việc gì.", "Choose what is due."));
    }
    let due_on = fields.day("due_on", &mut errors);
    let words = fields.must("text", 500, both("Hãy chép nguyên văn hạn.", "Copy the deadline as printed."), &mut errors);
    let clause = fields.text("clause", 100, &mut errors);
    match due_on {
        Some(due_on) if errors.is_empty() => Ok(Deadline { plan_id: plan_id.to_owned(), id, what, due_on, text: words, clause }),
        _ => Err(errors),
    }
}
