//! The description of `/api/v1` (OpenAPI 3.1): one document without references to others. What code knows (states, kinds,
//! causes, members of steps, parameters) is taken from code; a test compares paths with routes.

mod operations;
mod schemas;

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::answer;
use super::call::Call;
use crate::error::Result;
use crate::etag;

/// Answers with the description.
pub async fn serve(call: Call) -> Result<Response> {
    call.params(&[]).done()?;
    let body = document(&call.visit.app.config().base_url).to_string();
    let tag = etag::weak(&body);
    Ok(answer::read(&call, body, &tag))
}

/// The whole description of an installation.
pub fn document(base_url: &str) -> Value {
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Sổ điểm giới thiệu và bán sản phẩm OCOP",
            "summary": "Register of OCOP introduction-and-sale points",
            "version": "1.0.0",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Không có mã truy cập: đọc những gì trang công khai cho biết. Có mã (`Authorization: Bearer ocop_…`): đọc và ghi trong phạm vi vai trò của người tạo mã.\n\nWithout a token: what the public pages tell. With one: what its owner's role and scope may read and do. Cookies count for nothing here. Lists are read with cursors; every answer has an ETag; changes need If-Match; a repeated request with the same Idempotency-Key is done once. Errors are application/problem+json (RFC 9457) in Vietnamese, or English by Accept-Language."
        },
        "servers": [{"url": base_url}],
        "tags": [
            {"name": "points", "description": "Điểm bán: đọc, lập hồ sơ, sửa, chuyển bước"},
            {"name": "reference", "description": "Đơn vị hành chính, loại hình, số đếm"},
            {"name": "about", "description": "Tài liệu này"}
        ],
        "paths": operations::paths(),
        "components": {
            "schemas": schemas::all(),
            "parameters": parameters(),
            "headers": headers(),
            "responses": responses(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "ocop_ + 64 hex",
                    "description": "Tạo tại trang Tài khoản › Mã truy cập. Made on the page Account › Tokens."
                }
            }
        }
    })
}

fn parameters() -> Value {
    json!({
        "limit": {"name": "limit", "in": "query", "description": "Số dòng một trang / rows a page", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 30}},
        "cursor": {
            "name": "cursor", "in": "query", "description": "`next` của trang trước; không tự ghép / `next` of the page before; opaque",
            "schema": {"type": "string", "pattern": "^[0-9A-Za-z-]{0,200}\\.[0-9A-Za-z-]{0,80}$"}
        },
        "code": {"name": "code", "in": "path", "required": true, "description": "Mã điểm / code of the point", "schema": {"type": "string", "minLength": 1, "maxLength": 40}, "example": "HN-2026-0007"},
        "unit": {
            "name": "unit", "in": "query", "description": "Đơn vị hành chính: id (từ /api/v1/units), mã, hoặc tên; cả đơn vị cũ / unit by id, official code or name, also one of before",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200}, "example": "09556.2025"
        },
        "counted_by": {
            "name": "counted_by", "in": "query", "description": "Chỉ điểm do thành phố (`city`) hay do Bộ hỗ trợ (`ministry`) tính / counted by whom",
            "schema": {"type": "string", "enum": ["city", "ministry"]}
        },
        "if_none_match": {"name": "If-None-Match", "in": "header", "description": "ETag đang giữ; còn đúng thì trả 304 / the ETag held; 304 if still right", "schema": {"type": "string"}},
        "accept_language": {"name": "Accept-Language", "in": "header", "description": "Ngôn ngữ của lỗi: vi (mặc định) hoặc en / language of errors", "schema": {"type": "string", "default": "vi"}, "example": "en"},
        "if_match": {
            "name": "If-Match", "in": "header", "required": true, "description": "ETag của điểm như đã đọc / the point's ETag as read",
            "schema": {"type": "string", "pattern": "^(\\*|(W/)?\"[!#-+\\--~]*\"( *, *(W/)?\"[!#-+\\--~]*\")*)$"}, "example": "\"3.5f0c9e6d2b7a41c8e930\""
        },
        "idempotency_key": {
            "name": "Idempotency-Key", "in": "header", "description": "Mã ngẫu nhiên của yêu cầu này; giữ 24 giờ / a random key of this request; kept 24 hours",
            "schema": {"type": "string", "pattern": "^([!#-\\[\\]-~]{8,128}|\"[!#-\\[\\]-~]{8,128}\")$"}, "example": "8e03978e-40d5-43e8-bc93-6894a57f9324"
        },
        "idempotency_key_needed": {
            "name": "Idempotency-Key", "in": "header", "required": true, "description": "Mã ngẫu nhiên của yêu cầu này; giữ 24 giờ / a random key of this request; kept 24 hours",
            "schema": {"type": "string", "pattern": "^([!#-\\[\\]-~]{8,128}|\"[!#-\\[\\]-~]{8,128}\")$"}, "example": "8e03978e-40d5-43e8-bc93-6894a57f9324"
        }
    })
}

fn headers() -> Value {
    json!({
        "ETag": {"description": "Phiên bản của câu trả lời / version of the answer", "schema": {"type": "string"}},
        "Link": {"description": "Trang sau (`rel=\"next\"`), nếu còn / the next page, if there is one", "schema": {"type": "string"}},
        "Location": {"description": "Nơi của điểm vừa lập / where the new point is", "schema": {"type": "string", "format": "uri"}},
        "Idempotency-Replayed": {"description": "`true` khi đây là câu trả lời đã cất / when this is a kept answer", "schema": {"type": "string", "const": "true"}},
        "WWW-Authenticate": {"description": "Cách gửi mã truy cập / how to send a token", "schema": {"type": "string"}},
        "Retry-After": {"description": "Số giây cần chờ / seconds to wait", "schema": {"type": "integer"}}
    })
}

/// Name, status, what it means.
const REFUSALS: [(&str, u16, &str); 12] = [
    (
        "BadRequest",
        400,
        "Không đọc được: tham số lạ hoặc sai dạng, nội dung không phải JSON / cannot be read: an unknown or malformed parameter, a body that is no JSON object",
    ),
    ("Unauthorized", 401, "Thiếu mã truy cập, hoặc mã không dùng được / no token, or one that is not good"),
    ("Forbidden", 403, "Vai trò hoặc mã không được làm việc này / the role or the token may not do this"),
    ("NotFound", 404, "Không có, hoặc ngoài phạm vi / not there, or outside the caller's scope"),
    (
        "Conflict",
        409,
        "Quy tắc không cho phép lúc này, có thể trùng hồ sơ, hoặc yêu cầu cùng khóa đang chạy / the rules do not allow it now, a probable duplicate, or the same request is under way",
    ),
    ("Stale", 412, "Điểm đã đổi từ khi đọc / the point changed since it was read"),
    ("TooLarge", 413, "Nội dung quá 2 MB / a body over 2 MB"),
    ("WrongType", 415, "Nội dung không phải JSON / the body is not JSON"),
    (
        "Invalid",
        422,
        "Đọc được nhưng giá trị chưa đúng, từng mục trong `errors`; hoặc khóa đã dùng cho yêu cầu khác / readable, but values are not right, each in `errors`; or the key was used for another request",
    ),
    ("IfMatchNeeded", 428, "Thiếu If-Match / If-Match is missing"),
    ("SlowDown", 429, "Gọi quá nhiều / too many requests"),
    ("Failed", 500, "Hệ thống lỗi; số yêu cầu ở `instance` / the system failed; the request number is in `instance`"),
];

/// The name under which a refusal of a status is described.
fn refusal(status: u16) -> &'static str {
    REFUSALS.iter().find(|(_, known, _)| *known == status).map_or("Failed", |(name, ..)| *name)
}

fn responses() -> Value {
    let mut all = Map::new();
    for (name, status, text) in REFUSALS {
        let mut headers = Map::new();
        if status == 401 {
            headers.insert("WWW-Authenticate".into(), json!({"$ref": "#/components/headers/WWW-Authenticate"}));
        }
        if status == 429 {
            headers.insert("Retry-After".into(), json!({"$ref": "#/components/headers/Retry-After"}));
        }
        let mut response =
            json!({"description": text, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}});
        if !headers.is_empty() {
            response["headers"] = Value::Object(headers);
        }
        all.insert(name.into(), response);
    }
    Value::Object(all)
}
