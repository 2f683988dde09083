//! Paths with their operations, and the links from one to the next.

use serde_json::{Map, Value, json};

use super::super::view::STEPS;
use super::super::{lists, points};
use super::refusal;
use super::schemas::example;
use crate::point::{Kind, State};

/// All paths.
pub fn paths() -> Value {
    json!({
        "/api/openapi.json": {"get": operation("getDescription", "about", "Tài liệu này / this document", &[], &[], ok("Tài liệu / the document", json!({"type": "object"}), json!({}), json!({})))},
        "/api/v1/points": {"get": list_points(), "post": create_point()},
        "/api/v1/points/{code}": {"parameters": [parameter("code")], "get": get_point(), "patch": change_point()},
        "/api/v1/points/{code}/steps": {"parameters": [parameter("code")], "post": take_step()},
        "/api/v1/points/{code}/history": {"parameters": [parameter("code")], "get": history()},
        "/api/v1/units": {"get": units()},
        "/api/v1/kinds": {"get": operation("listKinds", "reference", "Loại hình địa điểm / kinds of place", &[], &[], ok("Tám loại hình / the eight kinds", schema("Kinds"), json!({}), json!({})))},
        "/api/v1/counts": {"get": counts()},
    })
}

fn schema(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn parameter(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

/// The good answer: what it is, its schema, links, examples.
fn ok(description: &str, schema: Value, links: Value, examples: Value) -> Value {
    let mut media = json!({"schema": schema});
    if examples.as_object().is_some_and(|map| !map.is_empty()) {
        media["examples"] = examples;
    }
    let mut answer = json!({"description": description, "headers": {"ETag": {"$ref": "#/components/headers/ETag"}}, "content": {"application/json": media}});
    if links.as_object().is_some_and(|map| !map.is_empty()) {
        answer["links"] = links;
    }
    answer
}

/// A reading operation: open to everybody, more with a token.
fn operation(id: &str, tag: &str, summary: &str, parameters: &[Value], more_refusals: &[u16], good: Value) -> Value {
    let mut all: Vec<Value> = parameters.to_vec();
    all.extend([parameter("if_none_match"), parameter("accept_language")]);
    let mut responses = Map::new();
    responses.insert("200".into(), good);
    responses.insert("304".into(), json!({"description": "Bản đang giữ còn đúng / what is held is still right"}));
    refuse(&mut responses, &[&[400, 401, 429, 500], more_refusals].concat());
    json!({"operationId": id, "tags": [tag], "summary": summary, "security": [{}, {"token": []}], "parameters": all, "responses": responses})
}

/// A writing operation: always with a token.
fn writing(id: &str, summary: &str, parameters: &[&str], body: (&str, &[&str], Value), good: (&str, Value)) -> Value {
    let (body_schema, kinds, body_examples) = body;
    let mut all: Vec<Value> = parameters.iter().map(|name| parameter(name)).collect();
    all.push(parameter("accept_language"));
    let media = json!({"schema": schema(body_schema), "examples": body_examples});
    let content: Map<String, Value> = kinds.iter().map(|kind| ((*kind).to_owned(), media.clone())).collect();
    let mut responses = Map::new();
    responses.insert(good.0.into(), good.1);
    refuse(&mut responses, &[400, 401, 403, 409, 413, 415, 422, 429, 500]);
    if parameters.contains(&"if_match") {
        refuse(&mut responses, &[404, 412, 428]);
    }
    json!({
        "operationId": id, "tags": ["points"], "summary": summary, "security": [{"token": []}], "parameters": all,
        "requestBody": {"required": true, "content": content}, "responses": responses
    })
}

fn refuse(responses: &mut Map<String, Value>, statuses: &[u16]) {
    for status in statuses {
        responses.insert(status.to_string(), json!({"$ref": format!("#/components/responses/{}", refusal(*status))}));
    }
}

/// Where a point that was just read or changed leads: itself, its change, its steps, its history.
fn ways(code: &str) -> Value {
    json!({
        "get": {"operationId": "getPoint", "parameters": {"code": code}, "description": "Đọc lại / read it"},
        "change": {"operationId": "changePoint", "parameters": {"code": code, "If-Match": "$response.header.ETag"}, "description": "Sửa phiên bản này / change this version"},
        "step": {"operationId": "takeStep", "parameters": {"code": code, "If-Match": "$response.header.ETag"}, "description": "Chuyển bước từ phiên bản này / take a step from this version"},
        "history": {"operationId": "getHistory", "parameters": {"code": code}, "description": "Lịch sử / its history"}
    })
}

fn list_points() -> Value {
    let query = |name: &str| match name {
        "state" => {
            json!({"name": "state", "in": "query", "description": "Trạng thái; không có mã thì chỉ thấy ba trạng thái công khai / state; without a token only the three public ones are found", "schema": {"type": "string", "enum": State::ALL.map(State::word)}})
        }
        "kind" => {
            json!({"name": "kind", "in": "query", "description": "Loại hình / kind of place", "schema": {"type": "string", "enum": Kind::all().into_iter().map(Kind::word).collect::<Vec<_>>()}})
        }
        "q" => {
            json!({"name": "q", "in": "query", "description": "Một phần tên hoặc địa chỉ, không cần dấu / part of name or address, marks do not matter", "schema": {"type": "string", "maxLength": 200}})
        }
        "bbox" => json!({
            "name": "bbox", "in": "query", "description": "minlon,minlat,maxlon,maxlat (WGS 84)", "style": "form", "explode": false,
            "schema": {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number", "minimum": -180, "maximum": 180}}, "example": [105.7, 20.9, 105.9, 21.1]
        }),
        "as_of" => {
            json!({"name": "as_of", "in": "query", "description": "Sổ của ngày này: các điểm ở trạng thái công khai (mặc định operating) hôm ấy, chắc chắn hoặc có thể, kèm lý do; không đi cùng bbox / the register of this day: points that were in a public state (operating by default), surely or perhaps, with the reason; not with bbox", "schema": {"type": "string", "format": "date"}, "example": "2026-11-01"})
        }
        shared => parameter(shared),
    };
    let parameters: Vec<Value> = points::LIST.iter().map(|name| query(name)).collect();
    let links = json!({
        "first": {"operationId": "getPoint", "parameters": {"code": "$response.body#/items/0/code"}, "description": "Điểm đầu trang / the first point of the page"},
        "next": {"operationId": "listPoints", "parameters": {"cursor": "$response.body#/next"}, "description": "Trang sau, khi next khác null / the next page, when next is not null"}
    });
    let examples = json!({"one": {"summary": "Một điểm, hết / one point, the last page", "value": {"items": [example()], "next": null}}});
    let mut answer = ok("Một trang điểm, theo thứ tự từ điển / a page of points in dictionary order", schema("Points"), links, examples);
    answer["headers"]["Link"] = json!({"$ref": "#/components/headers/Link"});
    operation("listPoints", "points", "Danh sách điểm / list of points", &parameters, &[422], answer)
}

fn create_point() -> Value {
    let mut answer = ok("Hồ sơ vừa lập / the new record", schema("Point"), ways("$response.body#/code"), json!({}));
    answer["headers"]["Location"] = json!({"$ref": "#/components/headers/Location"});
    answer["headers"]["Idempotency-Replayed"] = json!({"$ref": "#/components/headers/Idempotency-Replayed"});
    let example = json!({"draft": {"summary": "Hồ sơ nháp / a draft", "value": {"name": "Cửa hàng gốm Bát Tràng", "kind": "craft_village", "address": "Thôn 5, xã Bát Tràng", "unit_id": "00577.2025"}}});
    writing(
        "createPoint",
        "Lập hồ sơ điểm (nháp) / make a draft",
        &["idempotency_key_needed"],
        ("NewPoint", &["application/json"], example),
        ("201", answer),
    )
}

fn get_point() -> Value {
    let answer = ok(
        "Điểm / the point",
        schema("Point"),
        ways("$request.path.code"),
        json!({"public": {"summary": "Không có mã truy cập / without a token", "value": example()}}),
    );
    operation("getPoint", "points", "Một điểm / one point", &[], &[404], answer)
}

fn change_point() -> Value {
    let mut answer = ok("Điểm sau khi sửa / the point as changed", schema("Point"), ways("$request.path.code"), json!({}));
    answer["headers"]["Idempotency-Replayed"] = json!({"$ref": "#/components/headers/Idempotency-Replayed"});
    let example = json!({"hours": {"summary": "Giờ mở cửa mới / new opening hours", "value": {"hours": "Mo-Fr 08:00-18:00"}}});
    let kinds = ["application/merge-patch+json", "application/json"];
    writing(
        "changePoint",
        "Sửa hồ sơ / change the record",
        &["if_match", "idempotency_key"],
        ("PointChange", &kinds, example),
        ("200", answer),
    )
}

fn take_step() -> Value {
    let mut answer = ok("Điểm sau bước này / the point after the step", schema("Point"), ways("$request.path.code"), json!({}));
    answer["headers"]["Idempotency-Replayed"] = json!({"$ref": "#/components/headers/Idempotency-Replayed"});
    let value = |word: &str| match word {
        "return" => json!({"step": "return", "reason": "Thiếu giấy phép", "due_on": "2026-12-15"}),
        "accept" => json!({"step": "accept", "due_on": "2026-12-15"}),
        "withdraw" => json!({"step": "withdraw", "reason": "Cơ sở không tham gia"}),
        "suspend" => json!({"step": "suspend", "on": "2026-11-20", "until": "2026-12-20", "cause": "repair", "reason": "Sửa mái"}),
        "resume" => json!({"step": "resume", "on": "2026-11-21", "note": "Đã sửa xong"}),
        "close" => json!({"step": "close", "on": "2026-11-20", "cause": "premises", "reason": "Hết hạn thuê mặt bằng"}),
        word => json!({"step": word}),
    };
    let examples: Map<String, Value> = STEPS.iter().map(|step| (step.word().to_owned(), json!({"value": value(step.word())}))).collect();
    writing(
        "takeStep",
        "Chuyển bước / take a step",
        &["if_match", "idempotency_key"],
        ("StepTaken", &["application/json"], Value::Object(examples)),
        ("200", answer),
    )
}

fn history() -> Value {
    let query = |name: &str| match name {
        "cursor" => {
            json!({"name": "cursor", "in": "query", "description": "`next` của trang trước / `next` of the page before", "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"}})
        }
        shared => parameter(shared),
    };
    let parameters: Vec<Value> = points::HISTORY.iter().map(|name| query(name)).collect();
    let links = json!({"next": {"operationId": "getHistory", "parameters": {"code": "$request.path.code", "cursor": "$response.body#/next"}, "description": "Trang sau / the next page"}});
    let mut answer =
        ok("Các dòng nhật ký của điểm, mới trước / journal lines of the point, the newest first", schema("History"), links, json!({}));
    answer["headers"]["Link"] = json!({"$ref": "#/components/headers/Link"});
    let mut operation =
        operation("getHistory", "points", "Lịch sử một điểm (cần mã) / history of a point (needs a token)", &parameters, &[404], answer);
    operation["security"] = json!([{"token": []}]);
    operation
}

fn units() -> Value {
    let query = |name: &str| match name {
        "q" => {
            json!({"name": "q", "in": "query", "description": "Một phần tên, hoặc mã / part of the name, or the code", "schema": {"type": "string", "maxLength": 200}})
        }
        "level" => {
            json!({"name": "level", "in": "query", "description": "Cấp / level", "schema": {"type": "string", "enum": ["province", "district", "commune"]}})
        }
        "on" => {
            json!({"name": "on", "in": "query", "description": "Các đơn vị có trong ngày này; mặc định hôm nay / the units of this day; today by default", "schema": {"type": "string", "format": "date"}, "example": "2025-06-30"})
        }
        shared => parameter(shared),
    };
    let parameters: Vec<Value> = lists::UNITS.iter().map(|name| query(name)).collect();
    let links = json!({
        "points": {"operationId": "listPoints", "parameters": {"unit": "$response.body#/items/0/id"}, "description": "Các điểm của đơn vị đầu trang / points of the first unit"},
        "counts": {"operationId": "countPoints", "parameters": {"unit": "$response.body#/items/0/id"}, "description": "Số điểm của đơn vị đầu trang / how many points the first unit has"},
        "next": {"operationId": "listUnits", "parameters": {"cursor": "$response.body#/next"}, "description": "Trang sau / the next page"}
    });
    let mut answer = ok("Một trang đơn vị / a page of units", schema("Units"), links, json!({}));
    answer["headers"]["Link"] = json!({"$ref": "#/components/headers/Link"});
    operation("listUnits", "reference", "Đơn vị hành chính của một ngày / administrative units of a day", &parameters, &[], answer)
}

fn counts() -> Value {
    let query = |name: &str| match name {
        "as_of" => {
            json!({"name": "as_of", "in": "query", "description": "Như vào ngày này (trạng thái công khai); mặc định hôm nay / as of this day (public states); today by default", "schema": {"type": "string", "format": "date"}, "example": "2026-11-01"})
        }
        shared => parameter(shared),
    };
    let parameters: Vec<Value> = lists::COUNTS.iter().map(|name| query(name)).collect();
    let example = json!({"city": {"summary": "Toàn thành phố / the whole city", "value": {
        "on": "2026-11-22", "unit_id": null, "unit_name": null, "counted_by": null, "total": 118, "states": {"operating": 117, "closed": 1}, "states_most": {"operating": 120, "closed": 1},
        "items": [{"state": "operating", "kind": "craft_village", "n": 117, "most": 120}, {"state": "closed", "kind": null, "n": 1, "most": 1}]}}});
    operation(
        "countPoints",
        "reference",
        "Số điểm theo trạng thái và loại hình / points by state and kind",
        &parameters,
        &[422],
        ok("Số đếm của ngày / counts of the day", schema("Counts"), json!({}), example),
    )
}
