//! The screen "Nhập, xuất" of points.

use axum::extract::Path;
use axum::response::Response;

use super::IMPORT_JOB;
use super::export::{self, Points};
use crate::access::{Act, Need, Routes};
use crate::error::Result;
use crate::export::{Export, FileKind, attachment};
use crate::intake::{self, Desk, Texts};
use crate::job::Job;
use crate::page::{Sent, Visit};
use crate::sheet::Format;
use crate::state::App;

const IMPORTERS: Need = Need::May(Act::ImportPoints);
const WATCHERS: Need = Need::May(Act::ReadPointImports);

const DESK: Desk = Desk {
    path: "/nhap",
    job: IMPORT_JOB,
    thing: "điểm",
    list: ("/ho-so", "Xem hồ sơ điểm"),
    has_whole: false,
    may_import,
    texts: Texts {
        title: "Nhập, xuất điểm bán",
        how: "Mỗi dòng là một điểm, tìm theo mã. Mã chưa có thì thêm, mã đã có thì cập nhật; cột không có trong tệp và ô để trống thì giữ nguyên, ô ghi [xóa] thì xóa giá trị.",
        out_title: "Xuất danh sách điểm",
        out: "Các điểm đang hoạt động, tạm ngừng, đã đóng và địa điểm tiềm năng trong phạm vi của bạn. Cùng mẫu với tệp nhập; dữ liệu mẫu không bao giờ được xuất.",
        files: &[("/xuat/diem.xlsx", "Excel (.xlsx)"), ("/xuat/diem.csv", "CSV"), ("/xuat/diem.geojson", "Bản đồ (GeoJSON)")],
        more: &[("/xuat/diem.xlsx?tat-ca=1", "Excel, gồm cả hồ sơ đang làm"), ("/xuat/diem.csv?tat-ca=1", "CSV, gồm cả hồ sơ đang làm")],
        caution: "Tệp Excel và CSV có người liên hệ và số điện thoại; hãy bỏ hai cột này trước khi chuyển ra ngoài.",
    },
};

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/nhap", Need::Staff, async |visit: Visit| DESK.form(visit).await)
        .post_files("/nhap", IMPORTERS, async |visit: Visit, sent: Sent| DESK.upload(visit, sent).await)
        .get("/nhap/mau.xlsx", Need::Staff, template)
        .get("/nhap/{job}", WATCHERS, async |visit: Visit, Path(id): Path<String>| DESK.show(visit, id).await)
        .get("/nhap/{job}/tien-do", WATCHERS, async |visit: Visit, Path(id): Path<String>| DESK.progress(visit, id).await)
        .get("/nhap/{job}/loi.csv", WATCHERS, async |visit: Visit, Path(id): Path<String>| DESK.faults(visit, id).await)
        .get("/nhap/{job}/dong-loi.xlsx", WATCHERS, async |visit: Visit, Path(id): Path<String>| DESK.bad_rows(visit, id).await)
        .post("/nhap/{job}/lai", IMPORTERS, async |visit: Visit, Path(id): Path<String>, sent: Sent| DESK.again(visit, id, sent).await)
        .get("/xuat/diem.csv", Need::Rows, async |visit: Visit| download(visit, FileKind::Csv).await)
        .get("/xuat/diem.xlsx", Need::Rows, async |visit: Visit| download(visit, FileKind::Xlsx).await)
        .get("/xuat/diem.geojson", Need::Rows, async |visit: Visit| download(visit, FileKind::Geojson).await)
}

fn may_import(visit: &Visit) -> bool {
    visit.actor.may(Act::KeepImports) || (visit.actor.may(Act::ImportPoints) && visit.actor.can("accept"))
}

/// Runs an import that was asked for on a screen.
pub async fn run_import(app: &App, job: &Job) -> Result<String> {
    match intake::order(app, job).await? {
        Err(gone) => Ok(gone),
        Ok((order, told)) => intake::outcome(app, job, super::LAYOUT, super::run(app, order, told).await).await,
    }
}

async fn template(visit: Visit) -> Result<Response> {
    let bytes = export::template(visit.app.region(), visit.app.clock().today())?;
    Ok(attachment("mau-diem-ban.xlsx", Format::Xlsx.media_type(), bytes))
}

async fn download(visit: Visit, kind: FileKind) -> Result<Response> {
    let points = Points::new(&visit.app, visit.actor.scope(), visit.query.is_on("tat-ca"));
    Export::new(points, kind).download(&visit.app, &format!("diem-ban-ocop-{}", visit.app.clock().today())).await
}
