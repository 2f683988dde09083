use std::collections::BTreeSet;

use super::question::By;
use super::{Body, BodyKind, join, store};
use crate::access::Role;
use crate::db::Dialect;
use crate::testing::TestApp;
use crate::{clock, execute, fetch_all, fetch_one, store_test};

/// Every row of every table, but those that tell of what was done.
async fn everything(app: &TestApp) -> BTreeSet<String> {
    const TOLD: [&str; 6] = ["journal", "journal_head", "journal_personal", "body_join", "body_join_row", "job"];
    let mut tx = app.db().read().await.unwrap();
    let tables = match tx.dialect() {
        Dialect::Sqlite => {
            fetch_all!(&mut tx, (String,), "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").unwrap()
        }
        Dialect::Postgres => {
            fetch_all!(&mut tx, (String,), "select tablename::text from pg_tables where schemaname = current_schema()").unwrap()
        }
    };
    let mut all = BTreeSet::new();
    for (table,) in tables.into_iter().filter(|(table,)| !TOLD.contains(&table.as_str())) {
        let sql = match tx.dialect() {
            Dialect::Sqlite => {
                let columns = fetch_all!(&mut tx, (String,), "select name from pragma_table_info($1)", &table).unwrap();
                let parts: Vec<String> = columns.iter().map(|(name,)| format!("quote(\"{name}\")")).collect();
                format!("select {} from \"{table}\"", parts.join(" || ',' || "))
            }
            Dialect::Postgres => format!("select t::text from \"{table}\" t"),
        };
        let rows = fetch_all!(&mut tx, (String,), sqlx::AssertSqlSafe(sql.clone())).unwrap();
        all.extend(rows.into_iter().map(|(row,)| format!("{table}: {row}")));
    }
    all
}

async fn add_body(app: &TestApp, name: &str) -> String {
    let body = Body::named(name, BodyKind::Cooperative, None, Some("00577.2025"));
    let mut tx = app.db().write().await.unwrap();
    store::put(&mut tx, &body, "test", "", app.clock().now()).await.unwrap();
    tx.commit().await.unwrap();
    body.id
}

/// Rows in every place where a body is named.
async fn name_everywhere(app: &TestApp, body: &str, code: &str) {
    app.add_product(code, None, |product| product.producer_id = Some(body.into())).await;
    let point = app
        .add_point(|point| {
            point.slug = format!("d-{}", code.to_lowercase());
            (point.operator_id, point.nominated_by, point.supporter_id) = (Some(body.into()), Some(body.into()), Some(body.into()));
        })
        .await;
    let (now, today) = (app.clock().now(), app.clock().today());
    let mut tx = app.db().write().await.unwrap();
    let (person,) = fetch_one!(&mut tx, (String,), "select id from person order by id limit 1").unwrap();
    execute!(
        &mut tx,
        "insert into role_grant (id, person_id, role, body_id, valid_from) values ($1, $2, 'business', $3, $4)",
        clock::new_id(),
        person,
        body,
        today
    )
    .unwrap();
    let (conference, call) = (clock::new_id(), clock::new_id());
    execute!(
        &mut tx,
        "insert into conference (id, title, held_on, place, organiser_id, note, demo, version, created_by, created_at) values ($1, 'Hội nghị', $2, '', $3, '', false, 1, 'test', $4)",
        &conference,
        today,
        body,
        now
    )
    .unwrap();
    execute!(
        &mut tx,
        "insert into conference_guest (conference_id, side, body_id, came) values ($1, 'producer', $2, true)",
        &conference,
        body
    )
    .unwrap();
    execute!(
        &mut tx,
        "insert into proposal_call (id, title, year, text, basis, due_on, communes, state, body_id, version, created_by, created_at, updated_at) values ($1, 'Đợt', 2026, '', '', $2, 'none', 'draft', $3, 1, 'test', $4, $4)",
        &call,
        today,
        body,
        now
    )
    .unwrap();
    execute!(&mut tx, "insert into call_body (call_id, body_id) values ($1, $2)", &call, body).unwrap();
    execute!(
        &mut tx,
        "insert into call_answer (id, call_id, body_id, name, sort, state, number, reason, note, is_late, version) values ($1, $2, $3, '', '', 'waiting', 0, '', '', false, 1)",
        clock::new_id(),
        &call,
        body
    )
    .unwrap();
    execute!(
        &mut tx,
        "insert into aid (id, producer_id, asker_id, provider_id, side, what, detail, priority, state, state_since, asked_on, source, granted_no, effect, reason, version, created_by, created_at, updated_at)
         values ($1, $2, $2, $2, 'request', 'training', '', '', 'asked', $3, $3, '', '', '', '', 1, 'test', $4, $4)",
        clock::new_id(),
        body,
        today,
        now
    )
    .unwrap();
    execute!(
        &mut tx,
        "insert into enrolment (id, year, side, kind, name, name_fold, sort, group_id, producer_id, producer, producer_kind, tax_code, aim, note, state, state_since, reason, version, created_by, created_at, updated_at)
         values ($1, 2026, 'commune', 'new', 'Trà', 'tra', '', 'drink', $2, '', '', '', 3, '', 'draft', $3, '', 1, 'test', $4, $4)",
        clock::new_id(),
        body,
        today,
        now
    )
    .unwrap();
    execute!(
        &mut tx,
        "insert into prospect (id, name, name_fold, sort, kind, address, address_fold, cell, property, owner, owner_kind, tax_code, contact, phone, email, note, supporter_id, made_by, state, state_since, reason, answer, next_step, version, created_by, created_at, updated_at)
         values ($1, 'Địa điểm tiềm năng', 'dau moi', '', '', '', '', '', '', '', '', '', '', '', '', '', $2, $2, 'open', $3, '', '', '', 1, 'test', $4, $4)",
        clock::new_id(),
        body,
        today,
        now
    )
    .unwrap();
    execute!(
        &mut tx,
        "insert into producer_claim (id, body_id, tax_code, products, contact, phone, email, state, reason, made_at, settled_name, version) values ($1, $2, '', '', '', '', '', 'accepted', '', $3, '', 1)",
        clock::new_id(),
        body,
        now
    )
    .unwrap();
    let (inspection,) = fetch_one!(&mut tx, (i64,), "select count(*) from inspection where point_id = $1", &point.id).unwrap();
    assert_eq!(inspection, 0);
    tx.commit().await.unwrap();
}

fn by(app: &TestApp) -> By<'static> {
    By { id: "system", name: "test", at: app.clock().now() }
}

store_test! {
    async fn joining_and_parting_leaves_every_row_as_it_was(app: TestApp) {
        let (one, other) = (add_body(app, "HTX Hoa Sơn").await, add_body(app, "Hợp tác xã Hoa Sơn").await);
        name_everywhere(app, &one, "J-1").await;
        name_everywhere(app, &other, "J-2").await;
        // a conference where both were guests: that row has to stay
        let mut tx = app.db().write().await.unwrap();
        let (conference,) = fetch_one!(&mut tx, (String,), "select id from conference where organiser_id = $1", &other).unwrap();
        execute!(&mut tx, "insert into conference_guest (conference_id, side, body_id, came) values ($1, 'producer', $2, true)", &conference, &one).unwrap();
        tx.commit().await.unwrap();
        let before = everything(app).await;

        let mut tx = app.db().write().await.unwrap();
        let (id, moved) = join::join(&mut tx, app.held(), &one, &other, join::Why { reason: "một đăng ký", succession: None }, by(app)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(join::counts(&mut tx, app.held(), &one).await.unwrap(), [("lượt dự hội nghị", 1)]);
        assert_eq!(join::counts(&mut tx, app.held(), &other).await.unwrap().iter().find(|(label, _)| *label == "sản phẩm"), Some(&("sản phẩm", 2)));
        drop(tx);
        assert_ne!(everything(app).await, before);
        // a row made since belongs to the one that stands for both
        let since = app.add_product("J-3", None, |product| product.producer_id = Some(other.clone())).await;

        let mut tx = app.db().write().await.unwrap();
        let joined = join::find(&mut tx, &id).await.unwrap().unwrap();
        let parted = join::part(&mut tx, app.held(), &joined, by(app)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((parted.back, parted.left), (moved, 0));
        let mut tx = app.db().read().await.unwrap();
        let (producer,) = fetch_one!(&mut tx, (Option<String>,), "select producer_id from product where id = $1", &since.id).unwrap();
        assert_eq!(producer.as_deref(), Some(other.as_str()));
        drop(tx);
        let after = everything(app).await;
        let differ = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).filter(|row| !row.starts_with("product_count") && !row.contains(&since.id)).cloned().collect::<Vec<_>>();
        assert_eq!((differ(&before, &after), differ(&after, &before)), (Vec::new(), Vec::new()));
    }

    /// Any joins, parted in the opposite order, give every reference back.
    async fn whatever_is_joined_is_parted_exactly(app: TestApp) {
        let mut seed = 7_u64;
        let mut next = move |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let mut bodies = Vec::new();
        for at in 0..6 {
            bodies.push(add_body(app, &format!("Hợp tác xã {at}")).await);
        }
        for at in 0..20 {
            let (producer, operator, supporter) = (bodies[next(6)].clone(), bodies[next(6)].clone(), bodies[next(6)].clone());
            app.add_product(&format!("P-{at}"), None, |product| product.producer_id = Some(producer)).await;
            app.add_point(|point| (point.slug, point.operator_id, point.supporter_id) = (format!("p-{at}"), Some(operator), Some(supporter))).await;
        }
        for _ in 0..6 {
            let before = everything(app).await;
            let mut joins = Vec::new();
            for _ in 0..4 {
                let mut tx = app.db().write().await.unwrap();
                let (one, other) = (store::find(&mut tx, &bodies[next(6)]).await.unwrap().unwrap(), store::find(&mut tx, &bodies[next(6)]).await.unwrap().unwrap());
                if join::hindrance(&mut tx, app.held(), &one, &other).await.unwrap().is_none() {
                    joins.push(join::join(&mut tx, app.held(), &one.id, &other.id, join::Why { reason: "thử", succession: None }, by(app)).await.unwrap().0);
                    tx.commit().await.unwrap();
                }
            }
            assert!(!joins.is_empty());
            while let Some(id) = joins.pop() {
                let mut tx = app.db().write().await.unwrap();
                let join = join::find(&mut tx, &id).await.unwrap().unwrap();
                assert_eq!(join::part(&mut tx, app.held(), &join, by(app)).await.unwrap().left, 0);
                tx.commit().await.unwrap();
            }
            assert_eq!(everything(app).await, before);
        }
    }

    async fn a_keeper_joins_and_parts_on_the_screen(app: TestApp) {
        let (one, other) = (add_body(app, "HTX Hoa Sơn").await, add_body(app, "Hợp tác xã Hoa Sơn").await);
        app.add_product("K-1", None, |product| product.producer_id = Some(one.clone())).await;
        let keeper = app.sign_in(Role::ADMINISTRATOR).await;
        keeper.get("/chu-the?q=hoa+son").await.expect(200).says("HTX Hoa Sơn").says("Hợp tác xã Hoa Sơn");
        keeper.get(&format!("/chu-the/{one}?voi=hop+tac+xa+hoa")).await.expect(200).says("So sánh");
        let address = format!("/chu-the/{one}/nhap-vao/{other}");
        keeper.get(&address).await.expect(200).says("1 sản phẩm").says("được nhập vào");
        keeper.post(&address, &[("reason", "")]).await.expect(422).says("Hãy ghi vì sao");
        keeper.post(&address, &[("reason", "Cùng giấy đăng ký")]).await.expect(303);
        keeper.get(&format!("/chu-the/{one}")).await.expect(200).says("Đã nhập vào").says("Cùng giấy đăng ký");
        keeper.get("/chu-the?q=htx+hoa+son").await.expect(200).says("đã nhập vào Hợp tác xã Hoa Sơn");
        keeper.post(&address, &[("reason", "Lần nữa")]).await.expect(409);
        assert_eq!(app.verbs("body", &one).await, ["join_body"]);
        assert_eq!(app.verbs("body", &other).await, ["take_body"]);
        app.work().await;
        let mut tx = app.db().read().await.unwrap();
        let (join,) = fetch_one!(&mut tx, (String,), "select id from body_join").unwrap();
        drop(tx);
        let commune = app.sign_in(Role::COMMUNE).await;
        commune.post(&format!("/chu-the/{one}/tach/{join}"), &[]).await.expect(403);
        keeper.post(&format!("/chu-the/{one}/tach/{join}"), &[("reason", "Nhầm")]).await.expect(200).says("1 hồ sơ trở về HTX Hoa Sơn");
        assert_eq!(app.verbs("body", &one).await, ["join_body", "part_body"]);
        keeper.post(&format!("/chu-the/{one}/tach/{join}"), &[]).await.expect(409);
    }

    async fn a_household_becomes_a_company_and_what_is_its_own_follows(app: TestApp) {
        use crate::testing::begin_day;
        let (old, other) = (add_body(app, "Hộ kinh doanh Hoa Sơn").await, add_body(app, "Hợp tác xã Lúa Vàng").await);
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update body set tax_code = '0100109106' where id = $1", &other).unwrap();
        tx.commit().await.unwrap();
        let product = app.add_product("K-1", None, |product| product.producer_id = Some(old.clone())).await;
        let person = app.sign_in_new(Role::BUSINESS, &old, None).await;
        let keeper = app.sign_in(Role::ADMINISTRATOR).await;
        keeper.get(&format!("/chu-the/{old}")).await.expect(200).says("Chuyển đổi, kế thừa");
        let path = format!("/chu-the/{old}/ke-thua");
        app.sign_in(Role::COMMUNE).await.get(&path).await.expect(403);
        let page = keeper.get(&path).await.expect(200).says("1 sản phẩm");
        let once = page.value("once");
        let day = crate::text::date_vi(begin_day());
        let whole = [("once", once.as_str()), ("name", "Công ty TNHH Hoa Sơn"), ("kind", "enterprise"), ("happened_on", day.as_str()), ("basis", "GCN ĐKDN số 0123, Sở Tài chính")];
        for left in 1..whole.len() {
            let lacks: Vec<(&str, &str)> = whole.iter().enumerate().filter(|(at, _)| *at != left).map(|(_, pair)| *pair).collect();
            keeper.post(&path, &lacks).await.expect(422);
        }
        let with = |more: &[(&'static str, &'static str)]| [&whole[..], more].concat();
        keeper.post(&path, &with(&[("tax_code", "12")])).await.expect(422);
        let late = crate::text::date_vi(begin_day() + chrono::Days::new(1));
        keeper.post(&path, &[whole[0], whole[1], whole[2], ("happened_on", &late), whole[4]]).await.expect(422).says("chưa đến");
        // a body that has this tax code already is taken only when somebody says so
        keeper.post(&path, &with(&[("tax_code", "0100109106")])).await.expect(422).says("Là Hợp tác xã Lúa Vàng").says("name_who");
        keeper.post(&path, &with(&[("tax_code", "0100109106"), ("name_who", "other")])).await.expect(409).says("Mã số thuế này là của");
        // so is one whose name is near
        keeper.post(&path, &[whole[0], ("name", "HTX Lúa Vàng"), ("kind", "cooperative"), whole[3], whole[4]]).await.expect(422).says("Hợp tác xã Lúa Vàng");
        let made = keeper.post(&path, &whole).await.expect(303);
        let new = made.location().split(['/', '?']).nth(2).unwrap().to_owned();
        assert_ne!(new, other);
        keeper.get(&format!("/chu-the/{new}")).await.expect(200).says("Công ty TNHH Hoa Sơn").says("được kế thừa bởi").says("GCN ĐKDN số 0123");
        let mut tx = app.db().read().await.unwrap();
        let product = crate::fetch_one!(&mut tx, (String,), "select producer_id from product where id = $1", &product.id).unwrap();
        assert_eq!(product.0, new, "its product followed");
        let before = store::find(&mut tx, &old).await.unwrap().unwrap();
        assert_eq!(before.valid_to, Some(begin_day()));
        let (join,) = fetch_one!(&mut tx, (String,), "select id from body_join where joined_id = $1", &old).unwrap();
        drop(tx);
        // its people work for the successor
        person.get("/san-pham-ocop").await.expect(200).says("Sản phẩm K-1");
        assert_eq!(app.verbs("body", &old).await, ["succeed_body"]);
        assert_eq!(app.verbs("body", &new).await, ["add_body", "take_over_body"]);
        keeper.post(&path, &whole).await.expect(303);
        keeper.post(&format!("/chu-the/{old}/tach/{join}"), &[("reason", "Nhầm")]).await.expect(200).says("trở về Hộ kinh doanh Hoa Sơn");
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(store::find(&mut tx, &old).await.unwrap().unwrap().valid_to, None);
    }

    async fn an_enterprise_that_changes_its_form_keeps_its_tax_code(app: TestApp) {
        let old = add_body(app, "Doanh nghiệp tư nhân Hoa Sơn").await;
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update body set tax_code = '0100109106' where id = $1", &old).unwrap();
        tx.commit().await.unwrap();
        let keeper = app.sign_in(Role::ADMINISTRATOR).await;
        let path = format!("/chu-the/{old}/ke-thua");
        let once = keeper.get(&path).await.expect(200).value("once");
        let day = crate::text::date_vi(crate::testing::begin_day());
        let whole = [("once", once.as_str()), ("name", "Công ty TNHH Hoa Sơn"), ("kind", "enterprise"), ("tax_code", "0100109106"), ("happened_on", &day), ("basis", "GCN ĐKDN")];
        let made = keeper.post(&path, &whole).await.expect(303);
        let new = made.location().split(['/', '?']).nth(2).unwrap().to_owned();
        let codes = async || {
            let mut tx = app.db().read().await.unwrap();
            let (join,) = fetch_one!(&mut tx, (String,), "select id from body_join where joined_id = $1", &old).unwrap();
            let code = async |tx: &mut crate::db::Tx, id: &str| store::find(tx, id).await.unwrap().unwrap().tax_code.unwrap_or_default();
            (code(&mut tx, &old).await, code(&mut tx, &new).await, join)
        };
        let (before, after, join) = codes().await;
        assert_eq!((before.as_str(), after.as_str()), ("", "0100109106"));
        keeper.post(&format!("/chu-the/{old}/tach/{join}"), &[("reason", "Nhầm")]).await.expect(200);
        let (before, after, _) = codes().await;
        assert_eq!((before.as_str(), after.as_str()), ("0100109106", ""));
    }

    async fn names_of_an_older_store_get_their_keys(app: TestApp) {
        let id = add_body(app, "Hợp tác xã “Hoa  Sơn”").await;
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update body set name_key = '', near_key = ''").unwrap();
        tx.commit().await.unwrap();
        store::ensure_keys(app.db()).await.unwrap();
        let mut tx = app.db().read().await.unwrap();
        let keys = fetch_one!(&mut tx, (String, String), "select name_key, near_key from body where id = $1", &id).unwrap();
        assert_eq!(keys, (crate::party::identity::Name::of("Hợp tác xã Hoa Sơn").key, "hoason".to_owned()));
        let (left,) = fetch_one!(&mut tx, (i64,), "select count(*) from body where name_key = ''").unwrap();
        assert_eq!(left, 0);
    }
}

/// Columns that name bodies and are not moved, each with the reason.
const KEPT: [(&str, &str); 10] = [
    ("body.parent_id", "agencies"),
    ("body.joined_to", "the join itself"),
    ("body_successor.body_id", "agencies"),
    ("body_successor.successor_id", "agencies"),
    ("body_power.body_id", "agencies"),
    ("chain.id", "a chain is joined to, not joined"),
    ("body_candidate.body_id", "what was asked; resolved to whoever stands for it"),
    ("point_duty.body_id", "agencies"),
    ("body_join.joined_id", "the join itself"),
    ("body_join.into_id", "the join itself"),
];

#[tokio::test]
async fn every_column_that_names_a_body_is_moved_or_kept_for_a_reason() {
    let db = crate::db::Db::open("sqlite::memory:").await.unwrap();
    db.migrate().await.unwrap();
    let mut tx = db.write().await.unwrap();
    let tables =
        fetch_all!(&mut tx, (String,), "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").unwrap();
    let mut columns = BTreeSet::new();
    for (table,) in tables {
        let parents = fetch_all!(&mut tx, (String, String), "select \"table\", \"from\" from pragma_foreign_key_list($1)", &table).unwrap();
        columns.extend(parents.into_iter().filter(|(parent, _)| parent == "body").map(|(_, column)| format!("{table}.{column}")));
    }
    let known: BTreeSet<String> =
        crate::app::places().names().into_iter().chain(KEPT.iter().map(|(column, _)| *column)).map(str::to_owned).collect();
    assert_eq!(columns, known);
}
