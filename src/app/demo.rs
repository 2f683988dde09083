//! Sign-ins and sample data of `ocop init --demo`. Everything here is labelled "dữ liệu mẫu" and never enters exports.

use chrono::{DateTime, NaiveDate, Utc};

use crate::access::{self, Role};
use crate::account::SignIn;
use crate::db::{Tx, fact};
use crate::error::{Refusal, Result};
use crate::journal::Note;
use crate::party::{self, Body};
use crate::point::{self, State};
use crate::product::{self, model::Claim};
use crate::state::App;
use crate::{clock, rule};

/// The password of all sample accounts.
pub const PASSWORD: &str = "ocop dung thu 2026";

/// One account a role, and a surveyor of another department.
pub const SIGN_INS: &[SignIn] = &[
    SignIn { login: "coso@ocop.example", name: "Nguyễn Thị Mẫu", role: Role::BUSINESS, body: "demo-coso", unit: None },
    SignIn { login: "xa@ocop.example", name: "Trần Văn Mẫu", role: Role::COMMUNE, body: "ubnd-09556.2025", unit: Some("09556.2025") },
    SignIn { login: "khaosat@ocop.example", name: "Lê Thị Mẫu", role: Role::SURVEYOR, body: "so-cong-thuong", unit: Some("01") },
    SignIn { login: "khaosat2@ocop.example", name: "Vũ Văn Mẫu", role: Role::SURVEYOR, body: "so-du-lich", unit: Some("01") },
    SignIn { login: "sanpham@ocop.example", name: "Ngô Thị Mẫu", role: Role::PRODUCT_KEEPER, body: "vpdp-ntm-tp", unit: Some("01") },
    SignIn { login: "lanhdao@ocop.example", name: "Phạm Văn Mẫu", role: Role::LEADER, body: "so-cong-thuong", unit: Some("01") },
    SignIn { login: "kiemtra@ocop.example", name: "Hoàng Thị Mẫu", role: Role::INSPECTOR, body: "so-cong-thuong", unit: Some("01") },
    SignIn { login: "hoi@ocop.example", name: "Đỗ Văn Mẫu", role: Role::ASSOCIATION, body: "demo-hoi", unit: None },
    SignIn { login: "quantri@ocop.example", name: "Bùi Thị Mẫu", role: Role::ADMINISTRATOR, body: "so-cong-thuong", unit: Some("01") },
    SignIn { login: "thanhvien@ocop.example", name: "Lý Văn Mẫu", role: Role::COUNCIL_MEMBER, body: "so-nn-mt", unit: None },
    SignIn { login: "kiemtoan@ocop.example", name: "Đặng Văn Mẫu", role: Role::AUDITOR, body: "so-cong-thuong", unit: Some("01") },
];

/// Adds the sample accounts once; running it again changes nothing.
pub async fn write(tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
    if !fact::add(tx, "demo", "1").await? {
        return Ok(());
    }
    for (id, kind, name) in
        [("demo-coso", "cooperative", "Hợp tác xã Dệt lụa (dữ liệu mẫu)"), ("demo-hoi", "association", "Hiệp hội Làng nghề (dữ liệu mẫu)")]
    {
        let body = Body {
            id: id.into(),
            kind: kind.into(),
            name: name.into(),
            short: String::new(),
            parent_id: None,
            unit_id: None,
            tax_code: None,
            address: String::new(),
            phone: String::new(),
            valid_from: None,
            valid_to: None,
            demo: true,
            version: 1,
        };
        party::store::put(tx, &body, "dữ liệu mẫu", "", now).await?;
    }
    party::store::put_power(tx, "demo-hoi", "nominate").await?;
    let hash = access::password::hash(PASSWORD).await?;
    for sign_in in SIGN_INS {
        let person = access::store::Person {
            id: clock::new_id(),
            name: sign_in.name.into(),
            email: Some(sign_in.login.into()),
            phone: String::new(),
            file_code: None,
            password_hash: hash.clone(),
            status: "active".into(),
            demo: true,
            version: 1,
        };
        if let Some(id) = access::store::add(tx, &person, now).await? {
            access::store::grant(tx, &id, sign_in.role, sign_in.body, sign_in.unit, clock::local(now).date_naive()).await?;
        }
    }
    Ok(())
}

/// The sample decision to go on applying the criteria of 950, on which the OCOP zone rests: its time ended on 31/12/2025.
async fn apply_criteria(tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
    let Some(from) = NaiveDate::from_ymd_opt(2026, 1, 1) else { return Ok(()) };
    let application = rule::model::Application {
        id: "demo-950".into(),
        set_id: "950-2023".into(),
        valid_from: from,
        valid_to: None,
        number: String::new(),
        decided_on: None,
        reason: "Dữ liệu mẫu: tiếp tục áp dụng cho đến khi có văn bản mới".into(),
        decided_by: "demo".into(),
    };
    rule::store::add_application(tx, &application, now).await?;
    let detail = serde_json::json!({"demo": true, "application": application.id, "set": application.set_id, "valid_from": from, "reason": application.reason});
    Note::of("apply_set", ("criteria_set", &application.set_id), detail).by_name(tx, now, ("demo", "Dữ liệu mẫu")).await?;
    Ok(())
}

/// Adds sample points in several states, through the same rules that people's steps go through.
pub async fn points(app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let samples = [
        ("Cửa hàng Lụa Vạn Phúc số 8", "craft_village", "Số 8 đường Lụa, Vạn Phúc", Some((105.7752, 20.9796)), State::Draft),
        ("Quầy OCOP Chợ Hà Đông", "mall_market", "Tầng 1 chợ Hà Đông, phố Lê Lợi", Some((105.7787, 20.9712)), State::Nominated),
        ("Góc quà Hà Đông trong Bưu điện", "post_office", "Số 4 Quang Trung", Some((105.7771, 20.9687)), State::Accepted),
    ];
    let mut tx = app.db().write().await?;
    apply_criteria(&mut tx, now).await?;
    for (place, (name, kind, address, pin, state)) in samples.into_iter().enumerate() {
        let mut point = point::blank("demo", format!("MAU-{:02}", place + 1), now, today);
        point.name = name.into();
        point.kind = kind.into();
        point.address = address.into();
        point.unit_id = Some("09556.2025".into());
        point.lon = pin.map(|(lon, _)| lon);
        point.lat = pin.map(|(_, lat)| lat);
        point.operator_id = Some("demo-coso".into());
        point.supporter_id = Some("demo-hoi".into());
        point.contact = "Nguyễn Thị Mẫu".into();
        point.phone = "02400000000".into();
        point.hours = "Mo-Su 08:00-20:00".into();
        point.goods = "Khăn lụa tơ tằm\nTrà sen".into();
        point.source = "Dữ liệu mẫu".into();
        point.demo = true;
        point.slug = point::store::free_slug(&mut tx, &point.name, &point.code).await?;
        point::store::derive(&mut point, app.region(), today);
        point = point.submit(now, today).map_err(Refusal::from)?;
        point::store::add(&mut tx, &point, app.region(), today).await?;
        Note::of("register", ("point", &point.id), serde_json::json!({"demo": true}))
            .by_name(&mut tx, now, ("demo", "Dữ liệu mẫu"))
            .await?;
        for (to, verb) in [(State::Nominated, "nominate"), (State::Accepted, "accept")] {
            if state < to {
                break;
            }
            let before = point::store::find(&mut tx, &point.id).await?.ok_or_else(Refusal::not_found)?;
            let stepped = match to {
                State::Nominated => before.clone().nominate("ubnd-09556.2025", today),
                _ => before.clone().accept(today.checked_add_days(chrono::Days::new(10)), today),
            }
            .map_err(Refusal::from)?;
            point::store::save(&mut tx, &before, &stepped, app.region(), now).await?;
            let detail = serde_json::json!({"from": before.state.word(), "to": to.word(), "demo": true});
            Note::of(verb, ("point", &point.id), detail).by_name(&mut tx, now, ("demo", "Dữ liệu mẫu")).await?;
        }
    }
    running(app, &mut tx).await?;
    products(app, &mut tx).await?;
    crate::connection::sample(&mut tx, app).await?;
    crate::publication::sample(&mut tx, app).await?;
    tx.commit().await?;
    Ok(())
}

/// Sample points that run: one seen lately, one that nobody has confirmed for long.
async fn running(app: &App, tx: &mut Tx) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let samples = [
        ("MAU-11", "Điểm OCOP Làng lụa", "craft_village", "Số 1 đường Lụa, Vạn Phúc", (105.7749, 20.9789), 700, 40),
        ("MAU-12", "Điểm OCOP Bến xe Hà Đông", "transport_hub", "Bến xe Hà Đông, đường Trần Phú", (105.7741, 20.9723), 400, 400),
    ];
    for (code, name, kind, address, (lon, lat), opened, seen) in samples {
        let ago = |days: u64| today - chrono::Days::new(days);
        let mut point = point::blank("demo", code.into(), now, today);
        (point.name, point.kind, point.address) = (name.into(), kind.into(), address.into());
        (point.unit_id, point.lon, point.lat) = (Some("09556.2025".into()), Some(lon), Some(lat));
        (point.operator_id, point.supporter_id) = (Some("demo-coso".into()), Some("demo-hoi".into()));
        (point.contact, point.phone, point.hours) = ("Nguyễn Thị Mẫu".into(), "02400000000".into(), "Mo-Su 08:00-20:00".into());
        (point.state, point.state_since, point.opened_on, point.last_confirmed_on) =
            (State::Operating, ago(opened), Some(ago(opened)), Some(ago(seen)));
        (point.counted_by, point.source, point.demo) = ("city".into(), "Dữ liệu mẫu".into(), true);
        point.slug = point::store::free_slug(tx, &point.name, &point.code).await?;
        point::store::derive(&mut point, app.region(), today);
        point::store::add(tx, &point, app.region(), ago(opened)).await?;
        Note::of("import_add", ("point", &point.id), serde_json::json!({"demo": true})).by_name(tx, now, ("demo", "Dữ liệu mẫu")).await?;
    }
    Ok(())
}

/// A certificate of a sample: stars, score in hundredths, how many days ago it began, and how many days ago it was taken back.
type Paper = (i64, i64, u64, Option<u64>);

/// Name, group, producer, unit, price and certificate.
type Sample = (&'static str, &'static str, &'static str, &'static str, i64, Option<Paper>);

/// Sample products: valid ones, one that ends soon, lapsed, withdrawn, and without a certificate.
const PRODUCTS: &[Sample] = &[
    ("Khăn lụa tơ tằm Vạn Phúc", "craft", "demo-coso", "09556.2025", 450_000, Some((4, 8250, 400, None))),
    ("Áo dài lụa vân", "craft", "demo-coso", "09556.2025", 1_850_000, Some((5, 9320, 200, None))),
    // 36 months ago but for some twenty days
    ("Cà vạt lụa hộp quà", "craft", "demo-coso", "09556.2025", 320_000, Some((3, 6600, 1075, None))),
    ("Túi thơm lụa ướp hương", "craft", "demo-coso", "09556.2025", 90_000, Some((3, 5800, 1200, None))),
    ("Vỏ gối lụa in tay", "craft", "demo-coso", "09556.2025", 260_000, None),
    ("Ấm chén men lam", "craft", "demo-gom", "00577.2025", 750_000, Some((4, 8900, 620, None))),
    ("Bình hút lộc men rạn", "craft", "demo-gom", "00577.2025", 2_400_000, Some((4, 7480, 700, Some(60)))),
    ("Trà sen ướp hoa", "drink", "demo-thucpham", "09556.2025", 1_200_000, Some((4, 8610, 300, None))),
    ("Rượu nếp cái hoa vàng", "drink", "demo-thucpham", "00577.2025", 180_000, Some((3, 6150, 950, None))),
    ("Giò lụa gói lá chuối", "food", "demo-thucpham", "00577.2025", 160_000, Some((3, 5990, 500, None))),
    ("Tinh bột nghệ vàng", "herb", "demo-thucpham", "09556.2025", 220_000, Some((3, 6720, 1300, None))),
    ("Một ngày làm gốm cùng nghệ nhân", "tourism", "demo-gom", "00577.2025", 350_000, Some((3, 6480, 150, None))),
];

async fn products(app: &App, tx: &mut Tx) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let ago = |days: u64| today - chrono::Days::new(days);
    for (id, kind, name, unit) in [
        ("demo-gom", "household", "Cơ sở Gốm sứ (dữ liệu mẫu)", "00577.2025"),
        ("demo-thucpham", "enterprise", "Công ty TNHH Nông sản (dữ liệu mẫu)", "09556.2025"),
    ] {
        let Some(like) = party::store::find(tx, "demo-coso").await? else { continue };
        let body = Body { id: id.into(), kind: kind.into(), name: name.into(), unit_id: Some(unit.into()), ..like };
        party::store::put(tx, &body, "dữ liệu mẫu", "", now).await?;
    }
    for (place, (name, group, producer, unit, price, paper)) in (1..).zip(PRODUCTS) {
        let mut product = product::model::blank("demo", now);
        (product.code, product.name) = (format!("MAU-SP-{place:02}"), format!("{name} (dữ liệu mẫu)"));
        (product.group_id, product.producer_id, product.unit_id) = ((*group).into(), Some((*producer).into()), Some((*unit).into()));
        (product.price, product.description) = (Some(*price), format!("{name}: mô tả để dùng thử, không phải sản phẩm có thật."));
        (product.source, product.demo) = ("Dữ liệu mẫu".into(), true);
        // silk is cloth and clothing; the others show that the set is asked for
        if *producer == "demo-coso" {
            (product.set_id, product.set_name) = ("26-2026-22".into(), "Vải, may mặc".into());
        }
        let mut certificates = Vec::new();
        if let Some((stars, score, days, withdrawn)) = paper {
            let claim = Claim {
                stars: Some(*stars),
                score: Some(*score),
                decision_no: format!("MẪU-{place:02}/QĐ-UBND"),
                decided: Some(crate::text::Edtf::exact(ago(*days))),
                number: Some(format!("MAU-GCN-{place:02}")),
                ..Claim::default()
            };
            let months = crate::product::scale::months(today);
            certificates.extend(claim.certificate(&product.id, months, "Dữ liệu mẫu", "demo", now));
            if let Some(days) = withdrawn {
                certificates = certificates
                    .into_iter()
                    .map(|paper| paper.withdraw(ago(*days), "Không bảo đảm điều kiện (dữ liệu mẫu)", "MẪU/QĐ-UBND", today))
                    .collect::<Result<_, _>>()?;
                for paper in &mut certificates {
                    (paper.withdrawn_ground, paper.withdrawn_by) = ("criteria".into(), "Chủ tịch UBND cấp tỉnh".into());
                }
            }
        }
        product::store::derive(&mut product, app.region(), today);
        product::model::stamp(&mut product, &certificates, today);
        product::store::add(tx, &product).await?;
        for certificate in &certificates {
            product::store::add_certificate(tx, certificate).await?;
        }
        Note::of("import_add", ("product", &product.id), serde_json::json!({"demo": true}))
            .by_name(tx, now, ("demo", "Dữ liệu mẫu"))
            .await?;
    }
    Ok(())
}
