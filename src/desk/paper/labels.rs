//! Labels to be cut out: what stands on the shelf of a point, or one product for its packages, each with a code that leads to
//! the public page, where anybody sees whether the certificate is valid on that day. Nothing is printed for a product that may
//! not carry its stars today.

use std::collections::{BTreeMap, HashMap};

use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde_json::{Value, json};

use super::print::{Paper, answer};
use crate::access::{Need, Routes, Voice};
use crate::connection::{self, shelf};
use crate::error::{Error, Refusal, Result, both};
use crate::page::Visit;
use crate::point::State as PointState;
use crate::product::model::{Certificate, standing};
use crate::product::{self, Product, State};
use crate::text::{clip, date_vi, dong};
use crate::{party, point};

/// Labels of one sheet.
const SHEET: usize = 10;
/// Most labels of one shelf; what is beyond is said on the last one.
const MOST: usize = 300;

pub(super) fn routes() -> Routes {
    Routes::new().get("/ho-so/{id}/nhan-ke.pdf", Need::Rows, of_point).get("/san-pham-ocop/{id}/nhan.pdf", Need::Rows, of_product)
}

/// Labels and the pictures of their codes.
#[derive(Default)]
struct Sheet {
    labels: Vec<Value>,
    pictures: BTreeMap<String, Vec<u8>>,
}

impl Sheet {
    fn add(&mut self, address: &str, above: &str, what: &str, lines: &[String], price: &Value, hint: &str) -> Result<()> {
        let code =
            QrCode::with_error_correction_level(address, EcLevel::M).map_err(|error| Error::internal(format!("{address}: {error}")))?;
        let picture = format!("code-{}.svg", self.pictures.len());
        let lines: Vec<&String> = lines.iter().filter(|line| !line.is_empty()).collect();
        self.labels.push(json!({"code": {"name": picture, "alt": format!("Mã QR: {address}")}, "above": above, "what": clip(what, 110), "lines": lines, "price": price, "hint": hint}));
        self.pictures.insert(picture, code.render::<svg::Color<'_>>().quiet_zone(false).min_dimensions(100, 100).build().into_bytes());
        Ok(())
    }

    fn add_product(&mut self, base: &str, product: &Product, certificate: &Certificate, producer: &str, price: &Value) -> Result<()> {
        let lines = [clip(producer, 80), validity(certificate), product.code.clone()];
        let address = format!("{base}/san-pham/{}", product.slug);
        self.add(
            &address,
            &format!("OCOP {} sao", certificate.stars),
            &product.name,
            &lines,
            price,
            "Quét mã để biết hôm nay sản phẩm còn được công nhận hay không.",
        )
    }
}

/// How long its certificate is valid, in words for a label.
fn validity(certificate: &Certificate) -> String {
    match certificate.runs_until() {
        Some(until) => format!("Đang đánh giá lại; giấy chứng nhận kéo dài không quá ngày {}", date_vi(until)),
        None => format!("Giấy chứng nhận có giá trị đến hết ngày {}", date_vi(certificate.last_day())),
    }
}

/// The certificate by which a product carries its stars on a day.
fn valid(certificates: &[Certificate], day: NaiveDate) -> Option<&Certificate> {
    let standing = standing(certificates, day);
    standing.certificate.filter(|_| standing.state == State::Live)
}

fn nothing() -> Refusal {
    Refusal::rule(
        "label-none",
        both("Chưa có sản phẩm nào để in nhãn.", "There is no product to print a label for."),
        both(
            "Nhãn chỉ in cho sản phẩm có giấy chứng nhận còn hiệu lực hôm nay; với một điểm, sản phẩm phải đang ở trên kệ theo sổ kết nối.",
            "Labels are printed only for products whose certificate is valid today; those of a point must be on its shelf in the ledger.",
        ),
    )
}

async fn of_point(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let (today, base) = (visit.app.clock().today(), visit.app.config().base_url.clone());
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, &visit, &id).await?;
    let operator = super::name_of(&mut tx, point.operator_id.as_deref()).await?;
    let mut shelf: Vec<_> = shelf::ledger_of_point(&mut tx, &id, today).await?.into_iter().filter(|line| line.basis.is_ok()).collect();
    shelf.sort_by(|a, b| (&a.product.sort, &a.product.id).cmp(&(&b.product.sort, &b.product.id)));
    let ids: Vec<&str> = shelf.iter().filter_map(|line| line.product.producer_id.as_deref()).collect();
    let producers = party::store::names(&mut tx, &ids).await?;
    // the price agreed with the place is for its two sides and offices; others print the listed one
    let reads_terms = visit.actor.body_id().is_some() && visit.actor.body_id() == point.operator_id.as_deref()
        || connection::model::is_office(&visit.actor)
        || visit.actor.is(Voice::Commune);
    let agreed: HashMap<String, i64> =
        if reads_terms { connection::store::prices_at(&mut tx, &id).await?.into_iter().collect() } else { HashMap::new() };
    drop(tx);
    let mut sheet = Sheet::default();
    let certified: Vec<_> = shelf
        .iter()
        .filter_map(|line| Some((&line.product, line.certificate.as_ref().filter(|certificate| certificate.state(today) == State::Live)?)))
        .collect();
    for (product, certificate) in certified.iter().take(MOST) {
        let producer = product.producer_id.as_ref().and_then(|id| producers.get(id)).map_or("", String::as_str);
        let asked = agreed.get(&product.id).copied().or(product.price);
        // a price that nobody told is written by hand
        let price = asked.map_or(Value::Bool(true), |price| Value::String(dong(price)));
        sheet.add_product(&base, product, certificate, producer, &price)?;
    }
    if sheet.labels.is_empty() {
        return Err(nothing().into());
    }
    let left = certified.len().saturating_sub(MOST);
    if point.state == PointState::Operating || left > 0 {
        let address = format!("{base}/diem-ban/{}", point.slug);
        let left = if left > 0 {
            format!("Còn {left} sản phẩm trên kệ chưa có trong tệp này; nhãn in ở trang của từng sản phẩm.")
        } else {
            String::new()
        };
        let lines = [clip(&point.address, 120), clip(&operator, 80), left];
        sheet.add(
            &address,
            "Điểm giới thiệu và bán sản phẩm OCOP",
            &point.name,
            &lines,
            &Value::Bool(false),
            "Quét mã để xem điểm này và sản phẩm đang bày bán.",
        )?;
    }
    print(&visit, sheet, format!("Nhãn kệ {}", point.code), &operator, point.demo).await
}

async fn of_product(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let (today, base) = (visit.app.clock().today(), visit.app.config().base_url.clone());
    let mut tx = visit.app.db().read().await?;
    let product = product::load(&mut tx, &visit, &id).await?;
    let certificates = product::store::certificates(&mut tx, &id).await?;
    let producer = super::name_of(&mut tx, product.producer_id.as_deref()).await?;
    drop(tx);
    let certificate = valid(&certificates, today).ok_or_else(nothing)?;
    let mut sheet = Sheet::default();
    for _ in 0..SHEET {
        sheet.add_product(&base, &product, certificate, &producer, &Value::Bool(false))?;
    }
    print(&visit, sheet, format!("Nhãn {}", if product.code.is_empty() { &product.name } else { &product.code }), &producer, product.demo)
        .await
}

async fn print(visit: &Visit, sheet: Sheet, name: String, author: &str, sample: bool) -> Result<Response> {
    let data = json!({"title": name, "author": author, "sample": sample, "labels": sheet.labels});
    answer(&visit.app, &Paper { template: "labels", name, data, pictures: sheet.pictures }).await
}
