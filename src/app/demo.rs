//! Sign-ins and sample data of `ocop init --demo`. Everything here is labelled "dữ liệu mẫu" and never enters exports.

use chrono::{DateTime, Utc};

use crate::access::{self, Role};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::party::{self, Body};
use crate::point::{self, State};
use crate::{clock, execute, fetch_optional, journal};

/// The password of all sample accounts.
pub const PASSWORD: &str = "ocop dung thu 2026";

/// A sample account.
pub struct SignIn {
    /// What is typed at sign-in.
    pub login: &'static str,
    /// Name shown.
    pub name: &'static str,
    /// Role held.
    pub role: Role,
    /// Body it is held in.
    pub body: &'static str,
    /// Unit below which rows are seen.
    pub unit: Option<&'static str>,
}

/// One account a role; two more surveyors: of another department, and of the office that keeps the register of products.
pub const SIGN_INS: &[SignIn] = &[
    SignIn { login: "coso@ocop.example", name: "Nguyễn Thị Mẫu", role: Role::Business, body: "demo-coso", unit: None },
    SignIn { login: "xa@ocop.example", name: "Trần Văn Mẫu", role: Role::Commune, body: "ubnd-09556.2025", unit: Some("09556.2025") },
    SignIn { login: "khaosat@ocop.example", name: "Lê Thị Mẫu", role: Role::Surveyor, body: "so-cong-thuong", unit: Some("01") },
    SignIn { login: "khaosat2@ocop.example", name: "Vũ Văn Mẫu", role: Role::Surveyor, body: "so-du-lich", unit: Some("01") },
    SignIn { login: "sanpham@ocop.example", name: "Ngô Thị Mẫu", role: Role::Surveyor, body: "vpdp-ntm-tp", unit: Some("01") },
    SignIn { login: "lanhdao@ocop.example", name: "Phạm Văn Mẫu", role: Role::Leader, body: "so-cong-thuong", unit: Some("01") },
    SignIn { login: "kiemtra@ocop.example", name: "Hoàng Thị Mẫu", role: Role::Inspector, body: "so-cong-thuong", unit: Some("01") },
    SignIn { login: "hoi@ocop.example", name: "Đỗ Văn Mẫu", role: Role::Association, body: "demo-hoi", unit: None },
    SignIn { login: "quantri@ocop.example", name: "Bùi Thị Mẫu", role: Role::Administrator, body: "so-cong-thuong", unit: Some("01") },
    SignIn { login: "kiemtoan@ocop.example", name: "Đặng Văn Mẫu", role: Role::Auditor, body: "so-cong-thuong", unit: Some("01") },
];

/// Adds the sample accounts once; running it again changes nothing.
pub async fn write(tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
    if fetch_optional!(tx, (String,), "select value from meta where name = 'demo'")?.is_some() {
        return Ok(());
    }
    execute!(tx, "insert into meta (name, value) values ('demo', '1')")?;
    for (id, kind, name) in [("demo-coso", "cooperative", "Hợp tác xã Dệt lụa (dữ liệu mẫu)"), ("demo-hoi", "association", "Hiệp hội Làng nghề (dữ liệu mẫu)")] {
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

/// Adds sample points in several states, through the same rules that people's steps go through.
pub async fn points(app: &super::App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let samples = [
        ("Cửa hàng Lụa Vạn Phúc số 8", "craft_village", "Số 8 đường Lụa, Vạn Phúc", Some((105.7752, 20.9796)), State::Draft),
        ("Quầy OCOP Chợ Hà Đông", "mall_market", "Tầng 1 chợ Hà Đông, phố Lê Lợi", Some((105.7787, 20.9712)), State::Nominated),
        ("Góc quà Hà Đông trong Bưu điện", "post_office", "Số 4 Quang Trung", Some((105.7771, 20.9687)), State::Accepted),
    ];
    let mut tx = app.db().write().await?;
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
        journal::note(&mut tx, now, "demo", "Dữ liệu mẫu", "register", ("point", &point.id), serde_json::json!({"demo": true}), &[]).await?;
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
            journal::note(&mut tx, now, "demo", "Dữ liệu mẫu", verb, ("point", &point.id), detail, &[]).await?;
        }
    }
    running(app, &mut tx).await?;
    crate::publication::sample(&mut tx, app).await?;
    tx.commit().await?;
    Ok(())
}

/// Sample points that run: one seen lately, one that nobody has confirmed for long.
async fn running(app: &super::App, tx: &mut Tx) -> Result<()> {
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
        (point.state, point.state_since, point.opened_on, point.last_confirmed_on) = (State::Operating, ago(opened), Some(ago(opened)), Some(ago(seen)));
        (point.counted_by, point.source, point.demo) = ("city".into(), "Dữ liệu mẫu".into(), true);
        point.slug = point::store::free_slug(tx, &point.name, &point.code).await?;
        point::store::derive(&mut point, app.region(), today);
        point::store::add(tx, &point, app.region(), ago(opened)).await?;
        journal::note(tx, now, "demo", "Dữ liệu mẫu", "import_add", ("point", &point.id), serde_json::json!({"demo": true}), &[]).await?;
    }
    Ok(())
}
