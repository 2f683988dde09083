//! What a line of the journal changed, field by field. Pure.

use serde_json::Value;

use crate::point::State;
use crate::region::Region;
use crate::text::{self, Tongue};

/// One field of a thing: what it is called, what it was, what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What people call the field.
    pub field: String,
    /// What it was; none where the line does not say.
    pub before: Option<String>,
    /// What it is.
    pub after: String,
}

/// Fields as people call them.
const FIELDS: [(&str, &str); 48] = [
    ("name", "Tên"), ("code", "Mã"), ("kind", "Loại"), ("address", "Địa chỉ"), ("unit", "Xã, phường ghi nhận"), ("unit_id", "Xã, phường ghi nhận"), ("unit_today", "Xã, phường hiện nay"),
    ("lon", "Kinh độ"), ("lat", "Vĩ độ"), ("area_m2", "Diện tích (m²)"), ("operator", "Đơn vị vận hành"), ("operator_name", "Đơn vị vận hành"), ("operator_tax_code", "Mã số thuế"), ("hours", "Giờ mở cửa"),
    ("goods", "Sản phẩm dự kiến"), ("about", "Giới thiệu"), ("state", "Trạng thái"), ("state_since", "Từ ngày"), ("due_on", "Hạn"), ("opened_on", "Khai trương"), ("closed_on", "Đóng cửa"), ("counted_by", "Ai tính"),
    ("tax_code", "Mã số thuế"), ("producer_id", "Chủ thể"), ("group_id", "Nhóm"), ("group_as", "Nhóm như in"), ("set_name", "Bộ sản phẩm"), ("price", "Giá (đồng)"), ("description", "Mô tả"), ("story", "Câu chuyện"),
    ("origin", "Xuất xứ"), ("stars", "Hạng sao"), ("score", "Điểm"), ("decided_on", "Ngày quyết định"), ("valid_from", "Có giá trị từ"), ("valid_to", "Hết giá trị từ"), ("file_no", "Số hồ sơ đánh giá lại"),
    ("file_on", "Ngày nộp hồ sơ"), ("runs_to", "Kéo dài đến"), ("role", "Vai trò"), ("body", "Cơ quan, chủ thể"), ("status", "Tài khoản"), ("plan", "Kế hoạch"), ("number", "Số"), ("reason", "Lý do"), ("source", "Nguồn"),
    ("phone", "Điện thoại"), ("email", "Thư điện tử"),
];

/// The changes of a line: old and new value where it says both, else what it set where that is little.
pub fn of(detail: &str, region: &Region) -> Vec<Change> {
    let detail: Value = serde_json::from_str(detail).unwrap_or(Value::Null);
    let set = detail["set"].as_object();
    let change = |field: &str, before: Option<&Value>, after: &Value| Change {
        field: FIELDS.iter().find(|(known, _)| *known == field).map_or_else(|| field.to_owned(), |(_, name)| (*name).to_owned()),
        before: before.map(|value| shown(field, value, region)),
        after: shown(field, after, region),
    };
    if let Some(before) = detail["before"].as_object() {
        return before.iter().map(|(field, old)| change(field, Some(old), set.and_then(|set| set.get(field)).unwrap_or(&Value::Null))).collect();
    }
    let mut changes = Vec::new();
    if let (Some(from), Some(to)) = (detail["from"].as_str(), detail["to"].as_str())
        && from != to
    {
        changes.push(change("state", Some(&Value::from(from)), &Value::from(to)));
    }
    // a step sets little, a whole record is no change
    let few = set.into_iter().flatten().filter(|(field, _)| field.as_str() != "state" || changes.is_empty());
    if set.is_some_and(|set| set.len() <= 6) {
        let few: Vec<Change> = few.filter(|(_, value)| !value.is_object() && !value.is_array()).map(|(field, value)| change(field, None, value)).collect();
        changes.extend(few);
    }
    changes
}

fn shown(field: &str, value: &Value, region: &Region) -> String {
    let text = match value {
        Value::Null => return "trống".to_owned(),
        Value::String(text) if text.is_empty() => return "trống".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "có".to_owned(),
        Value::Bool(false) => "không".to_owned(),
        other => other.to_string(),
    };
    match field {
        "unit" | "unit_id" | "unit_today" if region.get(&text).is_some() => region.label(&text),
        "state" => State::read(&text).map_or(text, |state| state.name(Tongue::Vi).to_owned()),
        _ => match text.parse::<chrono::NaiveDate>() {
            Ok(day) => text::date_vi(day),
            Err(_) => text::clip(&text, 160),
        },
    }
}

impl Change {
    /// "Tên: Gạo → Gạo nếp".
    pub fn line(&self) -> String {
        match &self.before {
            Some(before) => format!("{}: {before} → {}", self.field, self.after),
            None => format!("{}: {}", self.field, self.after),
        }
    }
}
