//! The screen "Nhập, xuất sản phẩm".

use axum::extract::Path;
use axum::response::Response;

use super::export::{self, Products};
use super::{IMPORT_JOB, totals};
use crate::access::{Act, Need, Routes};
use crate::error::Result;
use crate::export::{Export, attachment};
use crate::intake::{self, Desk, Texts};
use crate::job::Job;
use crate::page::{Sent, Visit};
use crate::product::model::may_certify;
use crate::sheet::Format;
use crate::state::App;

const IMPORTERS: Need = Need::May(Act::ImportProducts);
const WATCHERS: Need = Need::May(Act::ReadProductImports);

const DESK: Desk = Desk {
    path: "/nhap/san-pham",
    job: IMPORT_JOB,
    thing: "sản phẩm",
    list: ("/san-pham-ocop", "Xem sổ sản phẩm"),
    has_whole: true,
    may_import,
    texts: Texts {
        title: "Nhập, xuất sản phẩm",
        how: "Mỗi dòng là một sản phẩm, tìm theo mã. Mã chưa có thì thêm, mã đã có thì cập nhật; cột không có trong tệp và ô để trống thì giữ nguyên, ô ghi [xóa] thì xóa giá trị. Số giấy chứng nhận mới là công nhận lại; số đã có mà khác ngày là đính chính. Dưới danh sách có thể có dòng ký tên.",
        out_title: "Xuất danh sách sản phẩm",
        out: "Các sản phẩm trong phạm vi của bạn với giấy chứng nhận đang tính; không có người liên hệ và số điện thoại. Cùng mẫu với tệp nhập; dữ liệu mẫu không bao giờ được xuất.",
        files: &[("/xuat/san-pham.xlsx", "Excel (.xlsx)"), ("/xuat/san-pham.csv", "CSV")],
        more: &[],
        caution: "",
    },
};

/// The routes of files.
pub fn routes() -> Routes {
    Routes::new()
        .get("/nhap/san-pham", Need::Staff, async |visit: Visit| DESK.form(visit).await)
        .post_files("/nhap/san-pham", IMPORTERS, async |visit: Visit, sent: Sent| DESK.upload(visit, sent).await)
        .get("/nhap/san-pham/mau.xlsx", Need::Staff, template)
        .get("/nhap/san-pham/{job}", WATCHERS, async |visit: Visit, Path(id): Path<String>| DESK.show(visit, id).await)
        .get("/nhap/san-pham/{job}/tien-do", WATCHERS, async |visit: Visit, Path(id): Path<String>| DESK.progress(visit, id).await)
        .get("/nhap/san-pham/{job}/loi.csv", WATCHERS, async |visit: Visit, Path(id): Path<String>| DESK.faults(visit, id).await)
        .get("/nhap/san-pham/{job}/dong-loi.xlsx", WATCHERS, async |visit: Visit, Path(id): Path<String>| DESK.bad_rows(visit, id).await)
        .post("/nhap/san-pham/{job}/lai", IMPORTERS, async |visit: Visit, Path(id): Path<String>, sent: Sent| {
            DESK.again(visit, id, sent).await
        })
        .get("/xuat/san-pham.csv", Need::Rows, async |visit: Visit| download(visit, Format::Csv).await)
        .get("/xuat/san-pham.xlsx", Need::Rows, async |visit: Visit| download(visit, Format::Xlsx).await)
        .merge(totals::routes())
}

/// Keepers of the register, and who runs the system.
fn may_import(visit: &Visit) -> bool {
    visit.actor.may(Act::KeepImports) || may_certify(&visit.actor)
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
    Ok(attachment("mau-san-pham.xlsx", Format::Xlsx.media_type(), bytes))
}

async fn download(visit: Visit, format: Format) -> Result<Response> {
    let products = Products::new(&visit.app, &visit.actor.scope());
    Export::new(products, format).download(&visit.app, &format!("san-pham-ocop-{}", visit.app.clock().today())).await
}
