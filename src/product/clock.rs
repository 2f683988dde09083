//! What the clock alone brings about: notices before a certificate ends, its lapse, the beginning of one entered ahead.
//! Each part may run again on one day and does nothing the second time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::model::{KEEPER, Product, State};
use super::store;
use crate::access::{Role, store as access};
use crate::app::App;
use crate::db::{DbResult, Tx};
use crate::error::Result;
use crate::text::date_vi;
use crate::{execute, fetch_all, fetch_optional, journal, mail, setting};

/// The dated numbers of days at which notices go out, the earliest first.
const NOTICES: [&str; 3] = ["certificate_notice_first", "certificate_notice_second", "certificate_notice_last"];
/// Products looked at in one transaction.
const ROWS: i64 = 300;
/// Lines of one letter; the list says the rest.
const LINES: usize = 100;

/// The day's work of this slice.
pub async fn daily(app: &App) -> Result<()> {
    begin(app).await?;
    lapse(app).await?;
    notify(app).await
}

/// The days before an end at which notices go out, the largest first.
pub async fn notice_days(tx: &mut Tx, on: NaiveDate) -> DbResult<Vec<i64>> {
    let mut days = Vec::new();
    for name in NOTICES {
        days.push(setting::value(tx, name, on).await?);
    }
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    Ok(days)
}

/// Letters by reader, gathered so that each gets one.
#[derive(Default)]
struct Letters(BTreeMap<(String, String), Vec<String>>);

impl Letters {
    fn add(&mut self, people: &BTreeSet<(String, String)>, line: &str) {
        for person in people {
            self.0.entry(person.clone()).or_default().push(line.to_owned());
        }
    }

    async fn send(self, tx: &mut Tx, app: &App, subject: &str, head: &str, all: &str) -> Result<()> {
        for ((email, name), lines) in self.0 {
            let rest = match lines.len().saturating_sub(LINES) {
                0 => String::new(),
                rest => format!("\n… và {rest} sản phẩm khác"),
            };
            let shown: Vec<&str> = lines.iter().take(LINES).map(String::as_str).collect();
            let text = format!("Kính gửi {name},\n\n{head}\n\n{}{rest}\n\nXem tất cả: {}{all}\n", shown.join("\n"), app.config().base_url);
            mail::queue(tx, app.clock().now(), &email, subject, &text).await?;
        }
        Ok(())
    }
}

/// Who is told of a product: its producer, its commune, the keepers of the register.
async fn around(tx: &mut Tx, product: &Product, today: NaiveDate) -> DbResult<BTreeSet<(String, String)>> {
    let mut people = BTreeSet::new();
    for (role, unit, body, power) in [
        (Role::Business, None, product.producer_id.as_deref(), None),
        (Role::Commune, product.unit_today.as_deref(), None, None),
        (Role::Surveyor, None, None, Some(KEEPER)),
        (Role::Leader, None, None, Some(KEEPER)),
    ] {
        if unit.is_some() || body.is_some() || power.is_some() {
            people.extend(access::mail_addresses(tx, role, unit, body, power, today).await?);
        }
    }
    Ok(people)
}

/// Certificates that were entered ahead begin on their day.
async fn begin(app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().write().await?;
    let last = fetch_optional!(&mut tx, (String,), "select value from meta where name = 'product_day'")?.and_then(|(day,)| day.parse().ok());
    if let Some(last) = last.filter(|last| *last < today) {
        for id in store::beginning(&mut tx, last, today).await? {
            if let Some(product) = store::find(&mut tx, &id).await? {
                store::restamp(&mut tx, &product, today, now).await?;
            }
        }
    }
    execute!(&mut tx, "insert into meta (name, value) values ('product_day', $1) on conflict (name) do update set value = excluded.value", today.to_string())?;
    tx.commit().await?;
    Ok(())
}

/// Certificates that ended: the product's row says so from this morning, everybody around it is told. Whoever shows it is
/// told by the job that the change queues.
async fn lapse(app: &App) -> Result<()> {
    let (now, today) = (app.clock().now(), app.clock().today());
    loop {
        let mut tx = app.db().write().await?;
        let products = store::lapsing(&mut tx, today, ROWS).await?;
        if products.is_empty() {
            return Ok(());
        }
        let mut letters = Letters::default();
        for product in &products {
            let after = store::restamp(&mut tx, product, today, now).await?;
            if after.state == State::Live {
                continue;
            }
            let people = around(&mut tx, product, today).await?;
            let last = product.valid_to.and_then(|day| day.pred_opt()).map(date_vi).unwrap_or_default();
            letters.add(&people, &format!("- {} – {} (hết hiệu lực sau ngày {last})\n  {}/san-pham-ocop/{}", product.code, product.name, app.config().base_url, product.id));
            journal::note(&mut tx, now, "system", "Hệ thống", "lapse_product", ("product", &product.id), serde_json::json!({"set": {"state": after.state.word()}}), &[]).await?;
        }
        let head = "Giấy chứng nhận OCOP của các sản phẩm sau đã hết hiệu lực; không được in, gắn hạng sao OCOP và phải gỡ khỏi kệ OCOP cho đến khi được đánh giá, phân hạng lại:";
        letters.send(&mut tx, app, "Giấy chứng nhận OCOP hết hiệu lực", head, "/san-pham-ocop?state=lapsed").await?;
        tx.commit().await?;
        app.wake();
    }
}

/// A product whose certificate ends soon.
#[derive(sqlx::FromRow)]
struct Ending {
    #[sqlx(flatten)]
    product: Product,
    certificate_id: String,
}

/// Notices before the end; each goes out once. A product that comes late gets the one that fits, not those that were missed.
async fn notify(app: &App) -> Result<()> {
    let today = app.clock().today();
    let mut tx = app.db().read().await?;
    let days = notice_days(&mut tx, today).await?;
    drop(tx);
    for (place, wanted) in days.iter().enumerate() {
        let after = days.get(place + 1).map_or(today, |next| today + Days::new((*next).max(0) as u64));
        let by = today + Days::new((*wanted).max(0) as u64);
        loop {
            let mut tx = app.db().write().await?;
            let ending = fetch_all!(
                &mut tx,
                Ending,
                "select p.*, c.id as certificate_id from product p join certificate c on c.product_id = p.id and c.valid_to = p.valid_to and c.withdrawn_on is null
                 where p.state = 'live' and p.valid_to > $1 and p.valid_to <= $2
                   and not exists (select 1 from certificate_notice n where n.certificate_id = c.id and n.days = $3)
                 order by p.valid_to, p.id, c.id limit $4",
                after,
                by,
                wanted,
                ROWS
            )?;
            if ending.is_empty() {
                break;
            }
            let mut letters = Letters::default();
            for Ending { product, certificate_id } in &ending {
                execute!(&mut tx, "insert into certificate_notice (certificate_id, days, sent_on) values ($1, $2, $3) on conflict (certificate_id, days) do nothing", certificate_id, wanted, today)?;
                let people = around(&mut tx, product, today).await?;
                let (Some(to), Some(last)) = (product.valid_to, product.valid_to.and_then(|day| day.pred_opt())) else { continue };
                let left = (to - today).num_days();
                letters.add(&people, &format!("- {} – {}: có giá trị đến hết ngày {} (còn {left} ngày)\n  {}/san-pham-ocop/{}", product.code, product.name, date_vi(last), app.config().base_url, product.id));
            }
            let head = format!("Giấy chứng nhận OCOP của các sản phẩm sau sắp hết hạn (báo trước {wanted} ngày). Đề nghị chủ thể đăng ký đánh giá, phân hạng lại; hồ sơ đã có được dùng lại:");
            letters.send(&mut tx, app, "Giấy chứng nhận OCOP sắp hết hạn", &head, "/san-pham-ocop/het-han").await?;
            tx.commit().await?;
            app.wake();
        }
    }
    Ok(())
}
