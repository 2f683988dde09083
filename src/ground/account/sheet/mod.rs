//! Inviting many by a file: one row a person, for the 126 communes and wards on the first day.
//!
//! `rows` reads a file (pure), `write` compares it with the store and invites. The template comes filled with the communes
//! that have no official yet; a row in which neither name nor mail address was filled in is left for later.

mod rows;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;

use crate::access::{Act, Need, Role, Routes};
use crate::error::{Both, Result};
use crate::export::attachment;
use crate::intake::{self, Desk, Layout, Order, Progress, Report, Stage, Texts};
use crate::job::{self, Job};
use crate::page::{Sent, Visit};
use crate::sheet::{self, Blank, Column, Columns, Format, Value};
use crate::state::App;
use crate::text::Tongue;

/// Name of the job that invites by a file.
pub const IMPORT_JOB: job::Kind = job::Kind::new("import_people", job::Lane::Long);

/// How files of people are read.
const LAYOUT: Layout = Layout { knows: sheet::known::<Col>, fits: rows::fits };

const ADMIN: Need = Need::May(Act::KeepPeople);

const DESK: Desk = Desk {
    path: "/nhap/nguoi-dung",
    job: IMPORT_JOB,
    thing: "người dùng",
    list: ("/nguoi-dung", "Xem người dùng"),
    has_whole: false,
    may_import: |visit| visit.actor.may(Act::KeepPeople),
    texts: Texts {
        title: "Mời người dùng theo tệp",
        how: "Mỗi dòng mời một người vào một vai trò ở một cơ quan; thư mời với đường liên kết đặt mật khẩu đi ngay khi ghi. Thư điện tử đã có tài khoản thì được thêm vai trò; vai trò đang giữ thì không đổi gì, không gửi lại thư. Dòng chưa điền họ tên và thư điện tử được để lại lần sau. Quản trị viên và cơ sở kinh doanh không mời theo tệp.",
        out_title: "Tệp mẫu điền sẵn",
        out: "Tệp mẫu đã điền sẵn các xã, phường chưa có người dùng; chỉ cần thêm họ tên và thư điện tử.",
        files: &[("/nhap/nguoi-dung/mau.xlsx", "Excel (.xlsx)")],
        more: &[],
        caution: "",
    },
};

/// A column of the layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Col {
    /// Where the role is held.
    Body,
    /// The role.
    Role,
    /// Full name.
    Name,
    /// Mail address.
    Email,
}

impl Columns for Col {
    const ALL: &'static [Col] = &[Col::Body, Col::Role, Col::Name, Col::Email];

    fn names(self) -> &'static [&'static str] {
        match self {
            Col::Body => &["body", "Cơ quan, đơn vị", "Cơ quan", "Đơn vị", "Xã, phường", "Tên đơn vị", "UBND xã, phường"],
            Col::Role => &["role", "Vai trò"],
            Col::Name => &["name", "Họ và tên", "Họ tên", "Cán bộ", "Người dùng"],
            Col::Email => &["email", "Thư điện tử", "E-mail", "Địa chỉ thư điện tử", "Hộp thư"],
        }
    }

    fn place(self) -> usize {
        self as usize
    }
}

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new()
        .get("/nhap/nguoi-dung", ADMIN, async |visit: Visit| DESK.form(visit).await)
        .post_files("/nhap/nguoi-dung", ADMIN, async |visit: Visit, sent: Sent| DESK.upload(visit, sent).await)
        .get("/nhap/nguoi-dung/mau.xlsx", ADMIN, template)
        .get("/nhap/nguoi-dung/{job}", ADMIN, async |visit: Visit, Path(id): Path<String>| DESK.show(visit, id).await)
        .get("/nhap/nguoi-dung/{job}/tien-do", ADMIN, async |visit: Visit, Path(id): Path<String>| DESK.progress(visit, id).await)
        .get("/nhap/nguoi-dung/{job}/loi.csv", ADMIN, async |visit: Visit, Path(id): Path<String>| DESK.faults(visit, id).await)
        .get("/nhap/nguoi-dung/{job}/dong-loi.xlsx", ADMIN, async |visit: Visit, Path(id): Path<String>| DESK.bad_rows(visit, id).await)
        .post("/nhap/nguoi-dung/{job}/lai", ADMIN, async |visit: Visit, Path(id): Path<String>, sent: Sent| {
            DESK.again(visit, id, sent).await
        })
}

/// Runs a file that was handed in on the screen.
pub async fn run_import(app: &App, job: &Job) -> Result<String> {
    match intake::order(app, job).await? {
        Err(gone) => Ok(gone),
        Ok((order, told)) => intake::outcome(app, job, LAYOUT, run(app, order, told).await).await,
    }
}

/// Reads a file, compares it and invites: everybody, the good rows if that was asked for, or nobody.
///
/// # Errors
/// The inner error is why the file as a whole cannot be read.
pub async fn run(app: &App, order: Order, progress: Progress) -> Result<Result<Report, Both>> {
    let (taken, told) = (order.taken(LAYOUT), Arc::clone(&progress));
    let read = match tokio::task::spawn_blocking(move || rows::read(&taken, &mut |done| told(Stage::Reading, done, 0))).await? {
        Ok(read) => read,
        Err(text) => return Ok(Err(text)),
    };
    let all = read.rows.len();
    let mut tx = app.db().write().await?;
    let summary = write::invite(&mut tx, app, &read, &order, &mut |done| progress(Stage::Writing, done, all)).await?;
    if summary.written {
        tx.commit().await?;
        app.wake();
    }
    Ok(Ok(Report::of(summary, read.warnings, read.total)))
}

/// The file to be filled in.
async fn template(visit: Visit) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let today = visit.app.clock().today();
    let open = write::unserved(&mut tx, today).await?;
    drop(tx);
    let roles: Vec<String> = rows::roles().map(|role| role.name().to_owned()).collect();
    let columns: Vec<Blank> = Col::ALL
        .iter()
        .map(|col| {
            let (width, choices, example) = match col {
                Col::Body => (36.0, Vec::new(), sheet::EXAMPLE),
                Col::Role => (26.0, roles.clone(), Role::COMMUNE.name()),
                Col::Name => (28.0, Vec::new(), "Nguyễn Văn Ví Dụ"),
                Col::Email => (32.0, Vec::new(), "vi.du@hanoi.gov.vn"),
            };
            Blank { column: Column::new(col.name(Tongue::Vi), width), choices, example: Value::from(example) }
        })
        .collect();
    let filled: Vec<Vec<&str>> = open.iter().map(|name| vec![name.as_str(), Role::COMMUNE.name()]).collect();
    let bytes = sheet::template("Người dùng", &columns, &filled)?;
    Ok(attachment("moi-nguoi-dung.xlsx", Format::Xlsx.media_type(), bytes))
}
