//! Shapes of what is sent and answered.

use serde_json::{Map, Value, json};

use super::super::view::STEPS;
use super::super::write::{NUMBERS, TEXTS, limit, members};
use crate::operation::model::Cause;
use crate::party::BodyKind;
use crate::point::{Kind, State, Step};

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn maybe(kind: &str, description: &str) -> Value {
    json!({"type": [kind, "null"], "description": description})
}

fn maybe_day(description: &str) -> Value {
    json!({"type": ["string", "null"], "format": "date", "description": description})
}

fn words(all: impl IntoIterator<Item = &'static str>) -> Vec<&'static str> {
    all.into_iter().collect()
}

/// All schemas.
pub fn all() -> Value {
    let states = words(State::ALL.map(State::word));
    let kinds = words(Kind::all().into_iter().map(Kind::word));
    let mut schemas = json!({
        "State": {"type": "string", "enum": states, "description": "Trạng thái; công khai: operating, suspended, closed / state; public: those three"},
        "Kind": {"type": "string", "enum": kinds, "description": "Loại hình địa điểm theo 950/QĐ-BCT / kind of place; names at /api/v1/kinds"},
        "OperatorKind": {"type": "string", "enum": words(BodyKind::ALL.map(BodyKind::word)), "description": "Loại đơn vị vận hành / kind of operator"},
        "Cause": {"type": "string", "enum": words(Cause::ALL.map(Cause::word)), "description": "Nguyên nhân ngừng hoặc đóng / why a point stopped"},
        "Step": {"type": "string", "enum": words(STEPS.map(Step::word)), "description": "Bước / a step on the way"},
        "Both": {"type": "object", "required": ["vi", "en"], "properties": {"vi": {"type": "string"}, "en": {"type": "string"}}, "additionalProperties": false},
        "Picture": {
            "type": "object", "required": ["url", "caption"], "additionalProperties": false,
            "properties": {"url": {"type": "string", "format": "uri"}, "caption": {"type": "string"}}
        },
        "Problem": {
            "type": "object",
            "description": "RFC 9457",
            "required": ["type", "code", "title", "detail", "status", "instance"],
            "properties": {
                "type": {"type": "string", "format": "uri", "example": "urn:ocop:problem:not-found"},
                "code": text("Tên lỗi cố định / stable name of the refusal"),
                "title": text("Chuyện gì / what happened"),
                "detail": text("Cần làm gì / what to do"),
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "instance": {"type": "string", "format": "uri", "description": "Số yêu cầu, có trong nhật ký máy chủ / request number, also in the server's log"},
                "errors": {
                    "type": "array",
                    "items": {"type": "object", "required": ["field", "detail"], "properties": {"field": {"type": "string"}, "detail": {"type": "string"}}, "additionalProperties": false}
                }
            }
        },
        "Points": list("Point"),
        "Units": list("Unit"),
        "Kinds": list("KindName"),
        "History": list("Line"),
        "KindName": {
            "type": "object", "required": ["kind", "name"], "additionalProperties": false,
            "properties": {"kind": {"$ref": "#/components/schemas/Kind"}, "name": {"$ref": "#/components/schemas/Both"}}
        },
        "Unit": unit(),
        "Counts": counts(),
        "Line": line(),
        "Point": point(),
        "NewPoint": written(true),
        "PointChange": written(false),
        "StepTaken": {
            "description": "Một bước và các mục của bước đó / a step with its members",
            "oneOf": STEPS.map(|step| json!({"$ref": format!("#/components/schemas/{}", step_name(step))})),
            "discriminator": {"propertyName": "step", "mapping": STEPS.map(|step| (step.word().to_owned(), Value::from(format!("#/components/schemas/{}", step_name(step))))).into_iter().collect::<Map<_, _>>()}
        }
    });
    for step in STEPS {
        schemas[step_name(step)] = step_schema(step);
    }
    schemas
}

fn list(of: &str) -> Value {
    json!({
        "type": "object", "required": ["items", "next"], "additionalProperties": false,
        "properties": {
            "items": {"type": "array", "maxItems": 100, "items": {"$ref": format!("#/components/schemas/{of}")}},
            "next": maybe("string", "Con trỏ của trang sau; null: hết / cursor of the next page; null: this is the last")
        }
    })
}

fn unit() -> Value {
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["id", "code", "level", "kind", "name", "full_name", "parent_id", "valid_from", "valid_to", "successors", "lon", "lat"],
        "properties": {
            "id": text("Mã của hệ thống, mang cả thời gian / identifier, carries the period"),
            "code": maybe("string", "Mã chính thức / official code"),
            "level": {"type": "string", "enum": ["province", "district", "commune"]},
            "kind": text("phuong, xa, quan …"),
            "name": text("Tên / name"),
            "full_name": text("Tên đầy đủ / full name"),
            "parent_id": maybe("string", "Đơn vị trên / the unit above"),
            "valid_from": maybe_day("Ngày đầu / first day, if known"),
            "valid_to": maybe_day("Ngày đầu tiên không còn / first day no longer"),
            "successors": {"type": "array", "items": {"type": "string"}, "description": "Đơn vị kế tiếp / units that took it in"},
            "lon": maybe("number", "Tâm / middle"),
            "lat": maybe("number", "Tâm / middle")
        }
    })
}

fn counts() -> Value {
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["on", "unit_id", "unit_name", "counted_by", "total", "states", "states_most", "items"],
        "properties": {
            "on": {"type": "string", "format": "date", "description": "Ngày đếm / day of the count"},
            "unit_id": maybe("string", "Đơn vị; null: toàn thành phố / unit; null: the whole city"),
            "unit_name": maybe("string", "Tên đơn vị / its name"),
            "counted_by": {"type": ["string", "null"], "enum": ["city", "ministry", null]},
            "total": {"type": "integer"},
            "states": {"type": "object", "description": "Số điểm theo trạng thái / points by state", "propertyNames": {"$ref": "#/components/schemas/State"}, "additionalProperties": {"type": "integer"}},
            "states_most": {"type": "object", "description": "Nhiều nhất có thể, kể cả điểm mà nguồn chưa cho biết đủ ngày / at most, with points whose days are not all known", "propertyNames": {"$ref": "#/components/schemas/State"}, "additionalProperties": {"type": "integer"}},
            "items": {
                "type": "array",
                "items": {
                    "type": "object", "required": ["state", "kind", "n", "most"], "additionalProperties": false,
                    "properties": {"state": {"$ref": "#/components/schemas/State"}, "kind": {"anyOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "null"}]}, "n": {"type": "integer", "description": "Ít nhất / at least"}, "most": {"type": "integer", "description": "Nhiều nhất / at most"}}
                }
            }
        }
    })
}

fn line() -> Value {
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["seq", "at", "by", "verb", "what", "why", "from", "to", "by_program"],
        "properties": {
            "seq": {"type": "integer", "description": "Số trong nhật ký / number in the journal"},
            "at": {"type": "string", "format": "date-time"},
            "by": text("Vai trò và cơ quan lúc đó / role and body at that moment"),
            "verb": text("Việc / what was done"),
            "what": {"$ref": "#/components/schemas/Both"},
            "why": text("Lý do, nếu có / why, if told"),
            "from": {"anyOf": [{"$ref": "#/components/schemas/State"}, {"type": "null"}]},
            "to": {"anyOf": [{"$ref": "#/components/schemas/State"}, {"type": "null"}]},
            "by_program": {"type": "boolean", "description": "Qua mã truy cập / by a token"}
        }
    })
}

fn point() -> Value {
    let public = json!({
        "code": text("Mã điểm / code"),
        "name": text("Tên / name"),
        "kind": {"anyOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "null"}]},
        "state": {"$ref": "#/components/schemas/State"},
        "state_since": {"type": "string", "format": "date"},
        "address": text("Địa chỉ như in / address as printed"),
        "unit_id": maybe("string", "Đơn vị ghi nhận / unit as recorded"),
        "unit_name": maybe("string", "Tên đơn vị ghi nhận / its name"),
        "unit_today_id": maybe("string", "Đơn vị hiện nay, khi chắc chắn / unit of today, when certain"),
        "unit_today_name": maybe("string", "Tên đơn vị hiện nay / its name"),
        "lon": maybe("number", "Kinh độ WGS 84"),
        "lat": maybe("number", "Vĩ độ WGS 84"),
        "area_m2": maybe("number", "Diện tích m²"),
        "operator_name": maybe("string", "Đơn vị vận hành / operator"),
        "phone": text("Điện thoại của điểm / telephone"),
        "hours": text("Giờ mở cửa, kiểu OpenStreetMap hoặc như ghi / opening hours"),
        "goods": text("Sản phẩm, mỗi dòng một loại / goods, one a line"),
        "about": text("Lời giới thiệu / a few words for visitors"),
        "opened_on": maybe_day("Khai trương, khi biết đến ngày / opening, if known to the day"),
        "opened": maybe("string", "Khai trương như nguồn nêu, ISO 8601-2 (EDTF): 2020, ../2023 / opening as its source gives it"),
        "closed_on": maybe_day("Đóng, khi biết đến ngày / closing, if known to the day"),
        "closed": maybe("string", "Đóng như nguồn nêu, ISO 8601-2 (EDTF) / closing as its source gives it"),
        "last_confirmed_on": maybe_day("Ngày gần nhất có người thấy hoạt động / last day somebody saw it running"),
        "counted_by": {"type": "array", "items": {"type": "string", "enum": ["city", "ministry"]}, "description": "Ai tính / counted by whom"},
        "source": text("Nguồn của hồ sơ / where the record comes from"),
        "demo": {"type": "boolean", "description": "Dữ liệu mẫu / sample data"},
        "url": {"type": ["string", "null"], "format": "uri", "description": "Trang công khai / public page"},
        "updated_at": {"type": "string", "format": "date-time"},
    });
    let more = json!({
        "certainty": {"type": "string", "enum": ["sure", "perhaps"], "description": "Chỉ với as_of: chắc chắn hay có thể ở trạng thái này / only with as_of: whether it surely was in this state"},
        "certainty_reason": {"anyOf": [{"$ref": "#/components/schemas/Both"}, {"type": "null"}], "description": "Chỉ với as_of: vì sao chưa chắc / only with as_of: why not sure"},
        "pictures": {"type": "array", "items": {"$ref": "#/components/schemas/Picture"}, "description": "Chỉ khi đọc một điểm / only when one point is read"},
        "operator_kind": maybe("string", "Có mã: loại đơn vị vận hành / with a token"),
        "operator_tax_code": maybe("string", "Có mã: mã số thuế / with a token: tax code"),
        "contact": text("Có mã: người liên hệ / with a token: contact person"),
        "email": text("Có mã: thư điện tử / with a token: mail address"),
        "nominated_by": maybe("string", "Có mã: đề nghị bởi / with a token: nominated by"),
        "supporter": maybe("string", "Có mã: hội hỗ trợ / with a token: association that stands by it"),
        "due_on": maybe_day("Có mã: hạn của bước sau / with a token: next step due"),
        "is_overdue": {"type": "boolean"},
        "submitted_at": {"type": ["string", "null"], "format": "date-time"},
        "created_at": {"type": "string", "format": "date-time"},
        "may_edit": {"type": "boolean", "description": "Có mã: sửa được lúc này / with a token: may be changed now"},
        "steps": {"type": "array", "items": {"$ref": "#/components/schemas/Step"}, "description": "Có mã: các bước làm được lúc này / with a token: steps open now"},
        "record_url": {"type": "string", "format": "uri", "description": "Có mã: trang hồ sơ / with a token: the record's page"},
    });
    let (Value::Object(mut properties), Value::Object(more)) = (public, more) else { return Value::Null };
    let required: Vec<String> = properties.keys().cloned().collect();
    properties.extend(more);
    json!({
        "type": "object", "additionalProperties": false, "required": required, "properties": properties,
        "description": "Có mã truy cập và điểm trong phạm vi: thêm các mục ghi “Có mã” / with a token and in scope, also the members marked so",
        "examples": [example()]
    })
}

/// A point as everybody reads it.
pub fn example() -> Value {
    json!({
        "code": "HN-2026-0007", "name": "Cửa hàng gốm Bát Tràng", "kind": "craft_village", "state": "operating", "state_since": "2026-11-01",
        "address": "Thôn 5, xã Bát Tràng", "unit_id": "00577.2025", "unit_name": "Xã Bát Tràng", "unit_today_id": "00577.2025", "unit_today_name": "Xã Bát Tràng",
        "lon": 105.912, "lat": 20.969, "area_m2": 45.0, "operator_name": "Hợp tác xã Gốm", "phone": "0240000000", "hours": "Mo-Su 08:00-20:00", "goods": "Ấm chén gốm",
        "about": "", "opened_on": "2026-11-01", "opened": "2026-11-01", "closed_on": null, "closed": null, "last_confirmed_on": "2026-11-20", "counted_by": ["city"], "source": "", "demo": false,
        "url": "https://ocop.example/diem-ban/cua-hang-gom-bat-trang", "updated_at": "2026-11-20T02:15:00.000Z"
    })
}

/// What is written of a point: everything may be left out but the name of a new one.
fn written(is_new: bool) -> Value {
    let mut properties = Map::new();
    for (name, _) in TEXTS {
        let schema = match name {
            "kind" => json!({"anyOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "null"}]}),
            "operator_kind" => json!({"anyOf": [{"$ref": "#/components/schemas/OperatorKind"}, {"type": "null"}]}),
            "name" => json!({"type": "string", "minLength": 1, "maxLength": limit(name)}),
            _ => {
                let mut schema = json!({"type": ["string", "null"], "maxLength": limit(name)});
                let description = match name {
                    "phone" => "Điện thoại Việt Nam, như 0912345678 / a Vietnamese telephone number",
                    "operator_tax_code" => "Mã số thuế 10 số (có thể thêm -001) hoặc 12 số / tax code, checked by its check digit",
                    "email" => "Thư điện tử / a mail address",
                    "unit_id" => "Đơn vị: id, mã hoặc tên / unit by id, code or name",
                    _ => "",
                };
                if !description.is_empty() {
                    schema["description"] = description.into();
                }
                schema
            }
        };
        properties.insert(name.into(), schema);
    }
    for name in NUMBERS {
        let schema = match name {
            "lon" => json!({"type": ["number", "null"], "minimum": 102, "maximum": 118}),
            "lat" => json!({"type": ["number", "null"], "minimum": 8, "maximum": 24}),
            _ => json!({"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 1_000_000}),
        };
        properties.insert(name.into(), schema);
    }
    let example = json!({"name": "Cửa hàng gốm Bát Tràng", "kind": "craft_village", "address": "Thôn 5, xã Bát Tràng", "unit_id": "00577.2025", "lon": 105.912, "lat": 20.969, "hours": "Mo-Su 08:00-20:00"});
    let mut schema = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if is_new {
        schema["required"] = json!(["name"]);
        schema["properties"]["sure"] =
            json!({"type": "boolean", "default": false, "description": "Lập dù có hồ sơ giống / make it although there are records alike"});
        schema["examples"] = json!([example]);
        schema["description"] = "Hồ sơ mới ở trạng thái draft; lon và lat đi cùng nhau / a new draft; lon and lat go together".into();
    } else {
        schema["minProperties"] = 1.into();
        schema["examples"] = json!([{"hours": "Mo-Fr 08:00-18:00", "area_m2": 60}]);
        schema["description"] = "Chỉ các mục cần sửa; null để xóa (JSON Merge Patch, RFC 7396) / only what changes; null empties".into();
    }
    schema
}

fn step_name(step: Step) -> String {
    let word = step.word();
    format!("Step{}{}", word[..1].to_uppercase(), &word[1..])
}

fn step_schema(step: Step) -> Value {
    let mut properties = Map::new();
    let mut required = vec!["step"];
    properties.insert("step".into(), json!({"type": "string", "const": step.word()}));
    for (name, _) in members(step) {
        let is_needed = matches!(*name, "reason" | "on" | "cause");
        if is_needed {
            required.push(name);
        }
        let schema = match (*name, is_needed) {
            ("cause", _) => json!({"$ref": "#/components/schemas/Cause"}),
            ("on" | "until" | "due_on", true) => json!({"type": "string", "format": "date"}),
            ("on" | "until" | "due_on", false) => json!({"type": ["string", "null"], "format": "date"}),
            (_, true) => json!({"type": "string", "minLength": 1, "maxLength": 2000}),
            (_, false) => json!({"type": ["string", "null"], "maxLength": 2000}),
        };
        properties.insert((*name).into(), schema);
    }
    json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties})
}
