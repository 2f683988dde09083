//! Sign-ins and sample data of `ocop init --demo`. Everything here is labelled "dữ liệu mẫu" and never enters exports.

use chrono::{DateTime, Utc};

use crate::access::{self, Role};
use crate::db::Tx;
use crate::error::Result;
use crate::party::{self, Body};
use crate::{clock, execute, fetch_optional};

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

/// One account a role; a second surveyor from another department.
pub const SIGN_INS: &[SignIn] = &[
    SignIn { login: "coso@ocop.example", name: "Nguyễn Thị Mẫu", role: Role::Business, body: "demo-coso", unit: None },
    SignIn { login: "xa@ocop.example", name: "Trần Văn Mẫu", role: Role::Commune, body: "ubnd-09556.2025", unit: Some("09556.2025") },
    SignIn { login: "khaosat@ocop.example", name: "Lê Thị Mẫu", role: Role::Surveyor, body: "so-cong-thuong", unit: Some("01") },
    SignIn { login: "khaosat2@ocop.example", name: "Vũ Văn Mẫu", role: Role::Surveyor, body: "so-du-lich", unit: Some("01") },
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

/// Adds sample points in several states, through the same steps that people take.
pub async fn points(_app: &super::App) -> Result<()> {
    Ok(())
}
