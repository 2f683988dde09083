//! Minutes of a working session or a meeting of households.

use axum::extract::Path;
use axum::response::Response;
use serde_json::json;

use super::model::{OPEN, fact, hand, open_fact};
use super::print::{Paper, answer};
use crate::access::{Need, Routes};
use crate::error::Result;
use crate::meeting::{self, Guest};
use crate::page::Visit;
use crate::text::date_vi;

pub(super) fn routes() -> Routes {
    Routes::new().get("/hop/{id}/bien-ban.pdf", Need::Rows, show)
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let (meeting, point) = meeting::load(&mut tx, &visit, &id).await?;
    let guests = meeting::store::guests(&mut tx, &id).await?;
    // whoever prints it drew it up: the body the reader acts for
    let issuer = super::issuer_of_reader(&mut tx, &visit).await?;
    drop(tx);
    let about = if meeting.title.is_empty() {
        format!("{} về điểm giới thiệu và bán sản phẩm OCOP {}", meeting.kind_name(), point.name)
    } else {
        meeting.name()
    };
    let facts = [
        open_fact("Thời gian bắt đầu"),
        fact("Ngày", date_vi(meeting.held_on)),
        fact("Địa điểm", meeting.place.clone()),
        fact("Điểm", format!("{} ({})", point.name, point.code)),
        if meeting.chair.is_empty() {
            open_fact("Chủ trì (chủ tọa)")
        } else {
            fact("Chủ trì (chủ tọa)", meeting.chair.clone())
        },
        open_fact("Thư ký (người ghi biên bản)"),
    ];
    let agreed: Vec<&str> =
        meeting.agreed.lines().map(|line| line.trim().trim_start_matches(['-', '+', '•']).trim()).filter(|line| !line.is_empty()).collect();
    let data = json!({
        "title": format!("Biên bản: {about}"), "author": issuer.author(), "sample": point.demo,
        "head": issuer.head(&format!("Số: {OPEN}/BB-{OPEN}"), Some(meeting.held_on)),
        "name": "Biên bản", "about": about, "facts": facts,
        "guests": guests.iter().map(Guest::line).collect::<Vec<_>>(), "agreed": agreed,
        "ending": format!("Cuộc họp kết thúc vào {OPEN} giờ {OPEN}, cùng ngày. Biên bản đã được đọc lại cho những người dự cùng nghe, thống nhất và ký tên dưới đây./."),
        "signers": [hand("Thư ký"), hand("Chủ tọa")],
    });
    answer(
        &visit.app,
        &Paper { template: "minutes", name: format!("Biên bản {} {}", point.code, meeting.held_on), data, pictures: Default::default() },
    )
    .await
}
