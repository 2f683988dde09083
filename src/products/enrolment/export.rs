//! The list of a year as a table: one row a registration, within the reader's rows.

use axum::response::Response;
use chrono::NaiveDate;

use super::READERS;
use super::model::Enrolment;
use super::pages::year_of;
use super::store::{self, Filter, Reader};
use crate::access::Routes;
use crate::db::Tx;
use crate::error::Result;
use crate::export::{Export, List};
use crate::page::Visit;
use crate::party::BodyKind;
use crate::product::group;
use crate::sheet::{Column, Format, Value};
use crate::state::App;
use crate::text::Tongue;

/// Rows read at a time.
const PAGE: i64 = 100;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/dang-ky-san-pham/danh-sach.csv", READERS, async |visit: Visit| download(visit, Format::Csv).await).get(
        "/dang-ky-san-pham/danh-sach.xlsx",
        READERS,
        async |visit: Visit| download(visit, Format::Xlsx).await,
    )
}

const COLUMNS: [(&str, f64); 15] = [
    ("Năm", 8.0),
    ("Tên sản phẩm", 36.0),
    ("Nhóm sản phẩm", 24.0),
    ("Chủ thể", 34.0),
    ("Loại chủ thể", 16.0),
    ("Mã số thuế", 16.0),
    ("Xã, phường", 24.0),
    ("Loại đăng ký", 16.0),
    ("Hạng sao hướng tới", 10.0),
    ("Bên đăng ký", 14.0),
    ("Trạng thái", 16.0),
    ("Từ ngày", 12.0),
    ("Ngày gửi", 12.0),
    ("Quá hạn đăng ký", 10.0),
    ("Ghi chú", 40.0),
];

async fn download(visit: Visit, format: Format) -> Result<Response> {
    let filter = Filter { year: year_of(&visit), size: PAGE, ..Filter::default() };
    let mut tx = visit.app.db().read().await?;
    let closes_on = store::closing(&mut tx, filter.year).await?.map(|closing| closing.closes_on);
    drop(tx);
    let name = format!("dang-ky-san-pham-{}", filter.year);
    let list = Year { app: visit.app.clone(), reader: Reader::of(&visit.actor), filter, closes_on };
    Export::new(list, format).download(&visit.app, &name).await
}

/// The registrations of a year that a reader sees.
struct Year {
    app: App,
    reader: Reader,
    filter: Filter,
    closes_on: Option<NaiveDate>,
}

impl List for Year {
    type Row = Enrolment;
    type Key = String;

    const TITLE: &'static str = "Đăng ký sản phẩm";

    fn columns(&self, _: Format) -> Vec<Column> {
        COLUMNS.map(|(name, width)| Column::new(name, width)).to_vec()
    }

    async fn page(&mut self, tx: &mut Tx, after: String) -> Result<(Vec<Enrolment>, Option<String>)> {
        self.filter.after = Some(after);
        let page = store::list(tx, &self.reader, &self.filter).await?;
        let next = page.next().map(str::to_owned);
        Ok((page.rows, next))
    }

    fn cells(&mut self, row: &Enrolment, _: Format) -> Vec<Value> {
        let unit = row.unit_today.as_deref().map(|id| self.app.region().label(id)).unwrap_or_default();
        let kind = BodyKind::read(&row.producer_kind).map_or("", BodyKind::name);
        let mut cells = vec![Value::Int(row.year)];
        cells.extend(
            [row.name.as_str(), group::name(&row.group_id, Tongue::Vi), &row.producer, kind, &row.tax_code, &unit, row.kind.name()]
                .map(Value::from),
        );
        cells.extend([Value::Int(row.aim), Value::from(row.side.name()), Value::from(row.state.name()), Value::Date(row.state_since)]);
        cells.push(row.sent_on.map_or(Value::Empty, Value::Date));
        let late = if row.is_late(self.closes_on, self.app.clock().today()) { "quá hạn" } else { "" };
        cells.extend([late, row.note.as_str()].map(Value::from));
        cells
    }
}
