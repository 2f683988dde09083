//! The letter of a call, for addressees that no mail reaches.

use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::model::{OPEN, recipients};
use super::print::{Paper, answer};
use crate::access::Routes;
use crate::call;
use crate::error::Result;
use crate::page::Visit;
use crate::text::date_vi;

pub(super) fn routes() -> Routes {
    Routes::new().get("/dot-de-nghi/{id}/cong-van.pdf", call::CALLERS, show)
}

/// Prints it in the name of the reader's office.
async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let (call, to) = call::to_print(&mut tx, &visit, &id, visit.query.some("noi")).await?;
    let issuer = super::issuer_of_reader(&mut tx, &visit).await?;
    drop(tx);
    let short = if issuer.short.is_empty() { OPEN } else { &issuer.short };
    let (to, list): (&str, &[String]) = match &to[..] {
        [one] => (one, &[]),
        many => ("các cơ quan, đơn vị có tên trong danh sách kèm theo", many),
    };
    let least = call.least.map(|least| format!(", tối thiểu {least} điểm mỗi xã, phường")).unwrap_or_default();
    let mut body: Vec<String> = Vec::new();
    if !call.basis.is_empty() {
        body.push(format!("Căn cứ {};", call.basis.trim_end_matches(['.', ';'])));
    }
    body.extend(call.text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    body.push(format!(
        "{short} đề nghị quý cơ quan, đơn vị trả lời về số điểm giới thiệu và bán sản phẩm OCOP đề nghị phát triển năm {}{least}, tên và địa chỉ từng nơi, kinh phí dự kiến theo nguồn; nếu không có, nêu lý do.",
        call.year
    ));
    body.push(format!(
        "Trả lời gửi về {short} trước khi hết ngày {}, bằng văn bản hoặc tại {}/dot-de-nghi/{}/tra-loi sau khi được cấp tài khoản.",
        date_vi(call.due_on),
        visit.app.config().base_url,
        call.id
    ));
    let data = json!({
        "title": call.title, "author": issuer.author(), "sample": false, "head": issuer.head(&format!("Số: {OPEN}/{OPEN}"), None),
        "about": call.title, "to": to, "body": body, "last": format!("{short} rất mong nhận được sự phối hợp của quý cơ quan, đơn vị./."),
        "recipients": recipients([]), "signer": issuer.signer(), "list": list,
    });
    answer(&visit.app, &Paper { template: "call", name: format!("Công văn {}", call.title), data, pictures: Default::default() }).await
}
