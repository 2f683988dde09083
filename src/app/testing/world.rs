//! A filled application, and what tests do to it.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Client, Engine, Given, Store, begin, own_name};
use crate::access::{self, Role};
use crate::app::demo;
use crate::config::Config;
use crate::point::{self, Point, State};
use crate::product::model::Claim;
use crate::product::{self, Product};
use crate::state::App;
use crate::{clock, fetch_all, fetch_one, rule};

/// An application over a filled store: law, the Hà Nội pack, the sample accounts, a clock that stands at [`BEGIN`].
pub struct TestApp {
    /// The application itself.
    pub app: App,
    /// Its store.
    pub store: Store,
}

impl std::ops::Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

/// Settings of a test.
pub fn config(url: &str, folder: &Path) -> Config {
    Config {
        listen: "127.0.0.1:0".into(),
        data_dir: folder.to_owned(),
        database_url: url.to_owned(),
        base_url: "http://ocop.test".into(),
        smtp_url: None,
        mail_from: "OCOP <ocop@ocop.test>".into(),
        test_now: None,
        trust_proxy: false,
        proxy_hops: 1,
        metrics_listen: None,
        max_connections: 4096,
        outbox_days: 30,
        tiles_url: None,
        hsts_subdomains: false,
        admin_hours: 12,
        paper_bin: None,
        files: folder.display().to_string(),
        job_lease: chrono::Duration::minutes(2),
    }
}

impl Given for TestApp {
    async fn given(engine: Engine) -> TestApp {
        let store = Store::filled(engine).await;
        let app = App::with_db(config(&store.url, store.folder.path()), store.db.clone()).await.unwrap();
        app.clock().set(begin());
        TestApp { app, store }
    }
}

impl TestApp {
    /// A visitor who is not signed in.
    pub fn client(&self) -> Client {
        Client::new(self.app.router(), None)
    }

    /// A visitor signed in with the first sample account of this role.
    pub async fn sign_in(&self, role: Role) -> Client {
        let sign_in = demo::SIGN_INS.iter().find(|sign_in| sign_in.role == role).unwrap();
        self.sign_in_as(sign_in.login).await
    }

    /// A visitor signed in with this account; the form of sign-in has tests of its own.
    pub async fn sign_in_as(&self, login: &str) -> Client {
        let (now, today) = (self.clock().now(), self.clock().today());
        let mut tx = self.db().write().await.unwrap();
        let person = access::store::find_login(&mut tx, login).await.unwrap().expect(login);
        let grants = access::store::grants(&mut tx, &person.id, today).await.unwrap();
        let life = access::Life::of(grants[0].role, self.config().admin_hours);
        let secret = access::store::open_session(&mut tx, &person.id, &grants[0].id, life, &access::Seen::default(), now).await.unwrap();
        tx.commit().await.unwrap();
        Client::new(self.app.router(), Some(secret))
    }

    /// Adds an account with one role and signs it in.
    pub async fn sign_in_new(&self, role: Role, body: &str, unit: Option<&str>) -> Client {
        let login = format!("{}@ocop.test", own_name("person").replace('_', "-"));
        let person = access::store::Person {
            id: clock::new_id(),
            name: "Người Thử".into(),
            email: Some(login.clone()),
            phone: String::new(),
            file_code: None,
            password_hash: String::new(),
            status: "active".into(),
            demo: false,
            version: 1,
        };
        let mut tx = self.db().write().await.unwrap();
        let id = access::store::add(&mut tx, &person, self.clock().now()).await.unwrap().unwrap();
        access::store::grant(&mut tx, &id, role, body, unit, self.clock().today()).await.unwrap();
        tx.commit().await.unwrap();
        self.sign_in_as(&login).await
    }

    /// Adds a point that is complete enough for every step; `change` makes it what the test needs.
    pub async fn add_point(&self, change: impl FnOnce(&mut Point)) -> Point {
        let (now, today) = (self.clock().now(), self.clock().today());
        let mut tx = self.db().write().await.unwrap();
        let code = point::store::next_code(&mut tx, 2026).await.unwrap();
        let mut point = blank_point(now, today);
        point.code = code;
        change(&mut point);
        if point.slug.is_empty() {
            point.slug = point::store::free_slug(&mut tx, &point.name, &point.code).await.unwrap();
        }
        point::store::derive(&mut point, self.region(), today);
        point::store::add(&mut tx, &point, self.region(), point.state_since).await.unwrap().expect("a new point");
        tx.commit().await.unwrap();
        point
    }

    /// Adds a product, with a certificate of so many stars from one day on if any; `change` makes it what the test needs.
    pub async fn add_product(&self, code: &str, certificate: Option<(i64, NaiveDate)>, change: impl FnOnce(&mut Product)) -> Product {
        let (now, today) = (self.clock().now(), self.clock().today());
        let mut tx = self.db().write().await.unwrap();
        let mut product = product::model::blank("test", now);
        (product.code, product.name, product.group_id) = (code.into(), format!("Sản phẩm {code}"), "food".into());
        product.unit_id = Some("09556.2025".into());
        change(&mut product);
        product::store::derive(&mut product, self.region(), today);
        product::store::add(&mut tx, &product).await.unwrap().expect("a new product");
        if let Some((stars, from)) = certificate {
            let claim = Claim {
                stars: Some(stars),
                decision_no: "1/QĐ-UBND".into(),
                decided: Some(crate::text::Edtf::exact(from)),
                number: Some(format!("GCN-{code}")),
                ..Claim::default()
            };
            let certificate = claim.certificate(&product.id, 36, "test", "test", now).expect("a certificate");
            product::store::add_certificate(&mut tx, &certificate).await.unwrap().expect("a new certificate");
            product = product::store::restamp(&mut tx, &product, today, now).await.unwrap();
        }
        tx.commit().await.unwrap();
        product
    }

    /// Records the decision to go on applying the criteria of 950, on which the OCOP zone rests; once.
    pub async fn apply_criteria(&self) {
        let mut tx = self.db().write().await.unwrap();
        if rule::store::applications(&mut tx).await.unwrap().is_empty() {
            let from = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            let application = rule::model::Application {
                id: "apply-950".into(),
                set_id: "950-2023".into(),
                valid_from: from,
                valid_to: None,
                number: "12/QĐ-SCT".into(),
                decided_on: Some(from),
                reason: String::new(),
                decided_by: "test".into(),
            };
            rule::store::add_application(&mut tx, &application, self.clock().now()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// A point as it is now.
    pub async fn point(&self, id: &str) -> Point {
        let mut tx = self.db().read().await.unwrap();
        point::store::find(&mut tx, id).await.unwrap().expect("the point")
    }

    /// Runs all queued work that is due.
    pub async fn work(&self) -> usize {
        crate::job::run_due(&self.app).await.unwrap()
    }

    /// The clock moves to eight in the morning of a day, and that day's work is done.
    pub async fn wake_on(&self, day: NaiveDate) {
        self.clock().set(day.and_hms_opt(1, 0, 0).unwrap().and_utc());
        crate::job::begin_day(&self.app).await.unwrap();
        self.work().await;
    }

    /// The mails in the outbox, oldest first, with their transfer encoding undone.
    pub fn outbox(&self) -> Vec<String> {
        let folder = self.config().data_dir.join("outbox");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .collect();
        files.sort_by_key(|path| std::fs::metadata(path).and_then(|data| data.modified()).ok());
        files.into_iter().map(|path| readable_mail(&std::fs::read_to_string(path).unwrap())).collect()
    }

    /// How many rows a table has.
    pub async fn rows_of(&self, table: &str) -> i64 {
        let sql = format!("select count(*) from {table}");
        let mut tx = self.db().read().await.unwrap();
        fetch_one!(&mut tx, (i64,), sqlx::AssertSqlSafe(sql.clone())).unwrap().0
    }

    /// What the finished jobs of a kind left, oldest first.
    pub async fn outcomes(&self, kind: &str) -> Vec<String> {
        let mut tx = self.db().read().await.unwrap();
        let rows = fetch_all!(&mut tx, (String,), "select outcome from job where kind = $1 and state = 'done' order by id", kind).unwrap();
        rows.into_iter().map(|(outcome,)| outcome).collect()
    }

    /// What the journal says was done to a thing, oldest first.
    pub async fn verbs(&self, kind: &str, id: &str) -> Vec<String> {
        let mut tx = self.db().read().await.unwrap();
        let rows =
            fetch_all!(&mut tx, (String,), "select verb from journal where subject_kind = $1 and subject_id = $2 order by seq", kind, id)
                .unwrap();
        rows.into_iter().map(|(verb,)| verb).collect()
    }
}

/// A complete draft in Bát Tràng without code, slug or anything derived.
pub fn blank_point(now: DateTime<Utc>, today: NaiveDate) -> Point {
    Point {
        id: clock::new_id(),
        code: String::new(),
        slug: String::new(),
        name: "Cửa hàng gốm Bát Tràng".into(),
        name_fold: String::new(),
        sort: String::new(),
        kind: "craft_village".into(),
        address: "Thôn 5, xã Bát Tràng".into(),
        address_fold: String::new(),
        unit_id: Some("00577.2025".into()),
        unit_today: None,
        unit_chosen: false,
        lon: Some(105.912),
        lat: Some(20.969),
        cell: String::new(),
        tile: None,
        area_m2: Some(45.0),
        operator_id: Some("demo-coso".into()),
        nominated_by: None,
        supporter_id: None,
        contact: "Nguyễn Thị Mẫu".into(),
        phone: "0912345678".into(),
        email: String::new(),
        hours: "Mo-Su 08:00-20:00".into(),
        week: String::new(),
        goods: "Ấm chén gốm, 4 sao".into(),
        about: String::new(),
        state: State::Draft,
        state_since: today,
        due_on: None,
        submitted_at: Some(now),
        opened_on: None,
        opened_as: String::new(),
        closed_on: None,
        closed_as: String::new(),
        last_confirmed_on: None,
        counted_by: String::new(),
        source: String::new(),
        demo: false,
        version: 1,
        created_by: "test".into(),
        created_at: now,
        updated_at: now,
    }
}

/// Undoes the transfer encoding of a mail of ours, so that a test can read what it says.
fn readable_mail(raw: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((raw, ""));
    let head_low = head.to_lowercase();
    let body = if head_low.contains("content-transfer-encoding: base64") {
        let bytes = STANDARD.decode(body.split_whitespace().collect::<String>()).expect("a body of base64");
        String::from_utf8(bytes).expect("a body of text")
    } else if head_low.contains("content-transfer-encoding: quoted-printable") {
        let marked = body.replace("=\r\n", "").replace('%', "%25").replace('=', "%");
        percent_encoding::percent_decode_str(&marked).decode_utf8().expect("a body of text").into_owned()
    } else {
        body.to_owned()
    };
    format!("{head}\r\n\r\n{body}")
}
