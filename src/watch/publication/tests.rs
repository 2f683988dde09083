//! The life of an entry on two portals, who may say what, the feeds as a portal reads them, frames.

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Days, NaiveDate};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;

use super::model::{Facts, How, Listing, ListingState, Outlet, decide, origin, web_address};
use super::{changed, daily, fill, send, store};
use crate::access::Role;
use crate::keys::Keyring;
use crate::point::{self, Point, State};
use crate::state::App;
use crate::testing::{Answer, Client, TestApp, begin, begin_day};
use crate::{clock, execute, store_test};

mod many;

fn day(text: &str) -> NaiveDate {
    crate::text::parse_date(text).unwrap()
}

fn outlet(id: &str, how: How) -> Outlet {
    Outlet {
        id: id.into(),
        name: format!("Cổng {id}"),
        sort: crate::text::sort_key(id),
        body_id: None,
        address: format!("https://{id}.example"),
        mail: format!("{id}@cong.example"),
        how,
        origin: format!("https://{id}.example"),
        unit_id: None,
        counter: String::new(),
        secret_hash: String::new(),
        secret_no: 1,
        valid_from: begin_day(),
        valid_to: None,
        filled_on: Some(begin_day()),
        reminded_on: None,
        source: "Văn bản thử".into(),
        demo: false,
        version: 1,
    }
}

fn facts(state: State) -> Facts {
    Facts { id: "p".into(), state, state_since: begin_day(), counted_by: "city".into(), demo: false, in_unit: false }
}

#[test]
fn an_entry_follows_its_point_and_never_twice() {
    let (portal, today) = (outlet("a", How::Mail), begin_day());
    let wanted = decide(&portal, &facts(State::Operating), None, today).unwrap();
    assert_eq!(decide(&portal, &facts(State::Operating), Some(wanted.clone()), today), None);
    // never sent: dropped with the reason, not asked for
    let dropped = decide(&portal, &facts(State::Closed), Some(wanted.clone()), today).unwrap();
    assert_eq!((dropped.state, dropped.taken_down_on, dropped.note.is_empty()), (ListingState::TakenDown, Some(today), false));
    let sent = Listing { state: ListingState::Sent, sent_on: Some(today), ..wanted };
    let asked = decide(&portal, &facts(State::Suspended), Some(sent), today).unwrap();
    assert_eq!((asked.state, asked.takedown_on), (ListingState::TakedownWanted, Some(today)));
    assert_eq!(decide(&portal, &facts(State::Suspended), Some(asked.clone()), today), None);
    // asked, and then the reason is another one: told again, late since it was asked first
    let told = Listing { state: ListingState::TakedownSent, takedown_sent_on: Some(today), ..asked.clone() };
    let closed =
        decide(&portal, &Facts { state_since: today + Days::new(5), ..facts(State::Closed) }, Some(told), today + Days::new(5)).unwrap();
    assert_eq!((closed.state, closed.since(), closed.note.as_str()), (ListingState::TakedownWanted, today, "Điểm đã đóng từ 27/11/2026."));
    let again = decide(&portal, &facts(State::Operating), Some(asked), today).unwrap();
    assert_eq!((again.state, again.takedown_on, again.note.contains("hoạt động lại từ")), (ListingState::Wanted, None, true));
    assert_eq!(decide(&portal, &facts(State::Closed), None, today), None);
}

#[test]
fn a_portal_covers_its_count_its_unit_and_no_sample() {
    let mut portal = outlet("a", How::Mail);
    portal.counter = "ministry".into();
    assert!(!portal.covers(&facts(State::Operating)));
    assert!(portal.covers(&Facts { counted_by: "city ministry".into(), ..facts(State::Operating) }));
    portal.counter = String::new();
    portal.unit_id = Some("00577.2025".into());
    assert!(!portal.covers(&facts(State::Operating)) && portal.covers(&Facts { in_unit: true, ..facts(State::Operating) }));
    portal.unit_id = None;
    let sample = Facts { demo: true, ..facts(State::Operating) };
    assert!(!portal.covers(&sample));
    portal.demo = true;
    assert!(portal.covers(&sample));
    portal.how = How::Feed;
    assert!(!portal.covers(&sample), "the feed holds no sample data, so it cannot send any");
}

#[test]
fn addresses_are_whole_web_addresses() {
    for typed in [
        "",
        "congthuong.example/diem",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example/",
        "https://",
        "https://a;script-src.example/",
        "https://u:p@a.example/",
        "https://*.example",
        "//a.example",
    ] {
        assert!(web_address(typed).is_err(), "{typed}");
    }
    assert_eq!(web_address(" https://CONG.example/điểm?a=1#b ").unwrap(), "https://cong.example/%C4%91i%E1%BB%83m?a=1#b");
    assert_eq!(origin("https://cong.example:8443/a/b").unwrap(), "https://cong.example:8443");
    assert_eq!(origin("").unwrap(), "");
    assert!(origin("cong.example").is_err() && origin("https://a.example 'unsafe-inline'").is_err());
    let portal = Outlet { address: "https://www.cong.example/".into(), ..outlet("a", How::Feed) };
    assert!(portal.is_own("https://cong.example/x") && portal.is_own("http://tin.cong.example/x"));
    assert!(!portal.is_own("https://cong.example.evil.example/x") && !portal.is_own("https://xcong.example/x"));
}

#[test]
fn the_log_never_holds_the_secret_of_a_portal() {
    let needs = crate::access::Needs::of(&crate::app::routes());
    for path in ["/cong/5f3a", "/cong/5f3a/p1/da-dang", "/lien-ket/5f3a"] {
        assert!(!needs.logged(path).contains("5f3a"), "{path}");
    }
    assert_eq!(needs.logged("/cong-bo/moi"), "/cong-bo/moi");
}

/// Adds a portal with the secret its page would have.
async fn add(app: &TestApp, mut outlet: Outlet) -> String {
    let secret = app.keyring().link_secret(&outlet.id, outlet.secret_no).unwrap();
    outlet.secret_hash = clock::digest(secret.as_bytes());
    let mut tx = app.db().write().await.unwrap();
    store::add_outlet(&mut tx, &outlet, "test", begin()).await.unwrap();
    tx.commit().await.unwrap();
    secret
}

async fn open(app: &TestApp, name: &str) -> Point {
    let point = app
        .add_point(|point| {
            point.name = name.into();
            point.state = State::Operating;
            point.counted_by = "city".into();
            point.opened_on = Some(begin_day());
        })
        .await;
    follow(app, &point.id).await;
    point
}

/// What the queued job of a change does, and what it queues.
async fn follow(app: &TestApp, point: &str) {
    changed(app, point).await.unwrap();
    app.work().await;
}

async fn turn(app: &TestApp, id: &str, state: State) {
    let before = app.point(id).await;
    let mut after = before.clone();
    after.state = state;
    after.state_since = app.clock().today();
    after.closed_on = (state == State::Closed).then(|| app.clock().today());
    let mut tx = app.db().write().await.unwrap();
    point::store::save(&mut tx, &before, &after, app.region(), app.clock().now()).await.unwrap();
    tx.commit().await.unwrap();
    follow(app, id).await;
}

async fn listing(app: &TestApp, outlet: &str, point: &str) -> Option<Listing> {
    let mut tx = app.db().read().await.unwrap();
    store::find(&mut tx, outlet, point).await.unwrap()
}

async fn state(app: &TestApp, outlet: &str, point: &str) -> ListingState {
    listing(app, outlet, point).await.unwrap().state
}

/// A portal or staff say something of an entry, with the version that is now.
async fn say(app: &TestApp, client: &Client, base: &str, outlet: &str, point: &str, word: &str, url: &str) -> Answer {
    let version = listing(app, outlet, point).await.map_or(0, |listing| listing.version).to_string();
    let (url_name, by) = (format!("url-{point}"), format!("by-{point}"));
    client.post(&format!("{base}/{point}/{word}"), &[("version", &version), (&url_name, url), (&by, "Nguyễn Văn Cổng")]).await
}

store_test! {
    async fn two_portals_publish_and_take_down(app: TestApp) {
        add(app, outlet("nguon", How::Feed)).await;
        let secret = add(app, outlet("thu", How::Mail)).await;
        let point = open(app, "Cửa hàng gốm một").await;
        assert_eq!((state(app, "nguon", &point.id).await, state(app, "thu", &point.id).await), (ListingState::Sent, ListingState::Sent));
        let mails = app.outbox();
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert!(mails[0].contains("Cửa hàng gốm một") && mails[0].contains(&format!("/cong/{secret}")), "{}", mails[0]);
        // again: nothing new, no second mail
        follow(app, &point.id).await;
        assert_eq!((app.outbox().len(), app.rows_of("listing").await), (1, 2));

        let nobody = app.client();
        let base = format!("/cong/{secret}");
        nobody.get(&base).await.expect(200).says("Cửa hàng gốm một").says("Cần đăng");
        let done = say(app, &nobody, &base, "thu", &point.id, "da-dang", "https://thu.example/diem/1").await.expect(303);
        assert!(done.location().ends_with("xong=da-dang"), "{}", done.location());
        nobody.get(&base).await.expect(200).says("Không còn việc nào chờ cổng");
        // staff write down what the other portal told them, with an address elsewhere
        let staff = app.sign_in(Role::LEADER).await;
        let done = say(app, &staff, "/cong-bo/nguon", "nguon", &point.id, "da-dang", "http://khac.example/1").await.expect(303);
        assert!(done.location().ends_with("xong=dang-noi-khac"), "{}", done.location());
        staff.get("/cong-bo/nguon?viec=shown").await.expect(200).says("rel=\"nofollow noopener\"").says("khác địa chỉ của cổng");

        turn(app, &point.id, State::Suspended).await;
        assert_eq!((state(app, "nguon", &point.id).await, state(app, "thu", &point.id).await), (ListingState::TakedownSent, ListingState::TakedownSent));
        assert!(app.outbox()[1].contains("GỠ 1 điểm"), "{}", app.outbox()[1]);
        staff.get("/viec").await.expect(200).says("Chờ cổng gỡ");
        say(app, &nobody, &base, "thu", &point.id, "da-go", "").await.expect(303);
        say(app, &staff, "/cong-bo/nguon", "nguon", &point.id, "da-go", "").await.expect(303);

        turn(app, &point.id, State::Operating).await;
        assert_eq!(state(app, "thu", &point.id).await, ListingState::Sent);
        turn(app, &point.id, State::Closed).await;
        say(app, &nobody, &base, "thu", &point.id, "da-go", "").await.expect(303);
        let gone = listing(app, "thu", &point.id).await.unwrap();
        assert_eq!((gone.state, gone.taken_down_by.as_str()), (ListingState::TakenDown, "Nguyễn Văn Cổng"));
        let verbs = app.verbs("listing", &format!("thu.{}", point.id)).await;
        assert_eq!(verbs, ["listing_want", "listing_sent", "listing_confirm", "listing_unwant", "listing_takedown_sent", "listing_take_down", "listing_want", "listing_sent", "listing_unwant", "listing_takedown_sent", "listing_take_down"]);
        // the counters are what is there
        let mut tx = app.db().read().await.unwrap();
        let counts = store::counts(&mut tx, &["thu".to_owned(), "nguon".to_owned()]).await.unwrap();
        assert_eq!(counts.iter().map(|(_, _, n)| n).sum::<i64>(), 2, "{counts:?}");
        // the name of who answered is not in the chain
        let chain = crate::fetch_all!(&mut tx, (String,), "select detail from journal where subject_kind = 'listing'").unwrap();
        assert!(chain.iter().all(|(detail,)| !detail.contains("Nguyễn Văn Cổng")));
    }

    async fn b16_a_portal_that_has_not_taken_down_learns_the_present_reason(app: TestApp) {
        let secret = add(app, outlet("thu", How::Mail)).await;
        let point = open(app, "Cửa hàng gốm một").await;
        let (nobody, base) = (app.client(), format!("/cong/{secret}"));
        say(app, &nobody, &base, "thu", &point.id, "da-dang", "https://thu.example/1").await.expect(303);
        app.clock().set(begin() + chrono::Duration::days(1));
        turn(app, &point.id, State::Suspended).await;
        assert!(app.outbox()[1].contains("tạm ngừng từ 23/11/2026"), "{}", app.outbox()[1]);
        app.clock().set(begin() + chrono::Duration::days(6));
        turn(app, &point.id, State::Closed).await;
        let mails = app.outbox();
        assert_eq!(mails.len(), 3, "{mails:?}");
        assert!(mails[2].contains("đóng từ 28/11/2026") && !mails[2].contains("tạm ngừng"), "{}", mails[2]);
        let page = nobody.get(&base).await.expect(200).says("đóng từ 28/11/2026");
        assert!(!page.body.contains("tạm ngừng"));
        let staff = app.sign_in(Role::LEADER).await;
        staff.get(&format!("/ho-so/{}", point.id)).await.expect(200).says("Trên các cổng").says("https://thu.example/1");
        for path in ["/viec", "/cong-bo"] {
            staff.get(path).await.expect(200).says("đóng từ 28/11/2026");
        }
        // it stays late since it was asked first
        let listing = listing(app, "thu", &point.id).await.unwrap();
        assert_eq!((listing.state, listing.takedown_on, listing.since()), (ListingState::TakedownSent, Some(day("23/11/2026")), day("23/11/2026")));
        assert_eq!(app.verbs("listing", &format!("thu.{}", point.id)).await.last().unwrap(), "listing_takedown_sent");
        // told twice, nothing new
        follow(app, &point.id).await;
        assert_eq!(app.outbox().len(), 3);
        // its day is put right
        let before = app.point(&point.id).await;
        let mut after = before.clone();
        (after.state_since, after.closed_on) = (day("27/11/2026"), Some(day("27/11/2026")));
        let mut tx = app.db().write().await.unwrap();
        point::store::save(&mut tx, &before, &after, app.region(), app.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        app.work().await;
        assert!(app.outbox()[3].contains("đóng từ 27/11/2026"), "{:?}", app.outbox());
        turn(app, &point.id, State::Operating).await;
        assert!(app.outbox()[4].contains("hoạt động lại từ 28/11/2026"), "{}", app.outbox()[4]);
        nobody.get(&base).await.expect(200).says("hoạt động lại từ 28/11/2026").says("Cần đăng");
    }

    async fn what_cannot_be_is_refused_and_nothing_is_written(app: TestApp) {
        let secret = add(app, outlet("thu", How::Mail)).await;
        let (nobody, base) = (app.client(), format!("/cong/{secret}"));
        // wanted, but the run that tells the portal has not been yet
        let point = app.add_point(|point| point.state = State::Operating).await;
        changed(app, &point.id).await.unwrap();
        say(app, &nobody, &base, "thu", &point.id, "da-dang", "https://thu.example/1").await.expect(409).says("chưa được gửi cho cổng");
        say(app, &nobody, &base, "thu", &point.id, "da-go", "").await.expect(409).says("Chưa có đề nghị gỡ");
        app.work().await;
        let before = listing(app, "thu", &point.id).await;
        say(app, &nobody, &base, "thu", &point.id, "da-dang", "javascript:alert(1)").await.expect(422).says("javascript:alert(1)").says("bắt đầu bằng https://");
        let by = format!("by-{}", point.id);
        nobody.post(&format!("{base}/{}/da-dang", point.id), &[("version", "2"), (&format!("url-{}", point.id), "https://thu.example/1"), (&by, "")]).await.expect(422).says("họ tên người xác nhận");
        nobody.post(&format!("{base}/{}/da-dang", point.id), &[("version", "1"), (&format!("url-{}", point.id), "https://thu.example/1"), (&by, "A")]).await.expect(409);
        say(app, &nobody, &base, "thu", &point.id, "da-go", "").await.expect(409);
        nobody.post(&format!("{base}/khong-co/da-go"), &[("by-khong-co", "A")]).await.expect(404);
        nobody.get("/cong/0000").await.expect(410);
        assert_eq!(listing(app, "thu", &point.id).await, before);
        turn(app, &point.id, State::Closed).await;
        say(app, &nobody, &base, "thu", &point.id, "da-dang", "https://thu.example/1").await.expect(409).says("phải được gỡ");
        say(app, &nobody, &base, "thu", &point.id, "da-go", "").await.expect(303);
        say(app, &nobody, &base, "thu", &point.id, "da-go", "").await.expect(409).says("đã được ghi là đã gỡ");
    }

    async fn staff_add_change_and_end_a_portal(app: TestApp) {
        let point = app.add_point(|point| point.state = State::Operating).await;
        let elsewhere = app.add_point(|point| { point.state = State::Operating; point.unit_id = Some("09556.2025".into()); point.lon = None; point.lat = None; }).await;
        let (leader, other) = (app.sign_in(Role::LEADER).await, app.sign_in_as("khaosat2@ocop.example").await);
        leader.get("/cong-bo").await.expect(200).says("Chưa có cổng nào");
        let form = [("name", "Cổng thông tin Sở Du lịch"), ("address", "https://sodulich.example"), ("how", "mail"), ("mail", "cong@sodulich.example"), ("counter", ""), ("origin", "https://sodulich.example/x"), ("unit", "Bát Tràng"), ("valid_from", "22/11/2026"), ("source", "Kế hoạch thử")];
        other.post("/cong-bo/moi", &form).await.expect(403);
        let mut wrong = form.to_vec();
        wrong.retain(|(name, _)| !matches!(*name, "mail" | "source" | "unit"));
        wrong.push(("unit", "Không Có Xã Này"));
        leader.post("/cong-bo/moi", &wrong).await.expect(422).says("địa chỉ thư điện tử").says("văn bản làm căn cứ").says("Cổng thông tin Sở Du lịch").says("Không Có Xã Này");
        assert_eq!(app.rows_of("outlet").await, 0);
        let told = leader.post("/cong-bo/moi", &form).await.expect(200).says("/cong/");
        let secret = told.body.split("/cong/").nth(1).unwrap()[..64].to_owned();
        app.work().await;
        app.client().get(&format!("/cong/{secret}")).await.expect(200).says(&point.code);
        let mut tx = app.db().read().await.unwrap();
        let [portal] = &store::outlets(&mut tx, None, ("", ""), 10).await.unwrap()[..] else { panic!("one portal") };
        drop(tx);
        assert_eq!((portal.unit_id.as_deref(), portal.origin.as_str(), portal.filled_on), (Some("00577.2025"), "https://sodulich.example", Some(begin_day())));
        assert!(listing(app, &portal.id, &elsewhere.id).await.is_none(), "not of this unit");
        assert!(!portal.secret_hash.contains(&secret));
        let path = format!("/cong-bo/{}", portal.id);
        leader.get(&path).await.expect(200).says(&point.name);
        leader.get(&format!("{path}/sua")).await.expect(200).says("cong@sodulich.example");

        // wider: the whole city; the entry that is there stays as it is
        let mut wide = form.to_vec();
        wide.retain(|(name, _)| *name != "unit");
        let version = portal.version.to_string();
        wide.push(("version", &version));
        leader.post(&format!("{path}/sua"), &wide).await.expect(303);
        leader.post(&format!("{path}/sua"), &wide).await.expect(409);
        app.work().await;
        assert_eq!(state(app, &portal.id, &elsewhere.id).await, ListingState::Sent);
        assert_eq!(listing(app, &portal.id, &point.id).await.unwrap().version, 2);

        // a new secret: the old page is gone
        let version = (portal.version + 1).to_string();
        leader.post(&format!("{path}/lien-ket"), &[("version", &version)]).await.expect(200).says("/cong/");
        app.client().get(&format!("/cong/{secret}")).await.expect(410);
        let version = (portal.version + 2).to_string();
        leader.post(&format!("{path}/ket-thuc"), &[("version", &version), ("valid_to", "21/11/2026"), ("reason", "Sáp nhập")]).await.expect(422).says("không ở quá khứ");
        leader.post(&format!("{path}/ket-thuc"), &[("version", &version), ("valid_to", "23/11/2026"), ("reason", "Sáp nhập")]).await.expect(303);
        app.wake_on(day("23/11/2026")).await;
        turn(app, &point.id, State::Closed).await;
        assert_eq!(state(app, &portal.id, &point.id).await, ListingState::Sent, "an ended portal is asked nothing");
        assert!(!leader.get("/viec").await.body.contains("Cổng chưa"));
        assert_eq!(app.verbs("outlet", &portal.id).await, ["add_outlet", "edit_outlet", "outlet_secret", "end_outlet"]);
    }

    async fn portals_are_seen_within_scope(app: TestApp) {
        add(app, outlet("thanh-pho", How::Feed)).await;
        add(app, Outlet { unit_id: Some("00577.2025".into()), ..outlet("bat-trang", How::Feed) }).await;
        let point = open(app, "Gốm hai").await;
        let near = app.sign_in_new(Role::SURVEYOR, "so-cong-thuong", Some("00577.2025")).await;
        let list = near.get("/cong-bo").await.expect(200).says("Cổng bat-trang");
        assert!(!list.body.contains("thanh-pho"));
        near.get("/cong-bo/bat-trang").await.expect(200);
        near.get("/cong-bo/thanh-pho").await.expect(404);
        say(app, &near, "/cong-bo/thanh-pho", "thanh-pho", &point.id, "da-dang", "https://a.example").await.expect(404);
        for (role, status) in [(Role::COMMUNE, 403), (Role::BUSINESS, 403), (Role::ASSOCIATION, 403), (Role::AUDITOR, 200), (Role::ADMINISTRATOR, 200)] {
            app.sign_in(role).await.get("/cong-bo").await.expect(status);
        }
        let other = app.sign_in_as("khaosat2@ocop.example").await;
        other.get("/cong-bo/thanh-pho").await.expect(200);
        say(app, &other, "/cong-bo/thanh-pho", "thanh-pho", &point.id, "da-dang", "https://a.example").await.expect(403);
    }

    async fn late_portals_are_reminded_once_a_period(app: TestApp) {
        add(app, outlet("thu", How::Mail)).await;
        open(app, "Gốm ba").await;
        let reminders = || app.outbox().iter().filter(|mail| mail.contains("chưa có trả lời")).count();
        let mut seen = Vec::new();
        for days in [7, 8, 9, 14, 15, 16, 22] {
            app.wake_on(begin_day() + Days::new(days)).await;
            daily(app).await.unwrap();
            app.work().await;
            seen.push(reminders());
        }
        assert_eq!(seen, [0, 1, 1, 1, 2, 2, 3]);
        let leader = app.sign_in(Role::LEADER).await;
        leader.get("/cong-bo").await.expect(200).says("Quá hạn 15 ngày");
        for key in ["2026-11-29.thu.x", "-99999-01-01.a.b", "2026-13-45.%00.%00", "x"] {
            leader.get(&format!("/cong-bo?viec=publish&cong={key}&sau={key}")).await.expect(200);
            leader.get(&format!("/cong-bo/thu?viec=publish&sau={key}")).await.expect(200);
        }
    }

    async fn a_portal_of_tomorrow_is_filled_tomorrow(app: TestApp) {
        add(app, Outlet { valid_from: day("23/11/2026"), filled_on: None, ..outlet("mai", How::Feed) }).await;
        let point = open(app, "Gốm bốn").await;
        fill(app, "mai").await.unwrap();
        assert!(listing(app, "mai", &point.id).await.is_none());
        app.wake_on(day("23/11/2026")).await;
        assert_eq!(state(app, "mai", &point.id).await, ListingState::Sent);
        assert_eq!((send(app).await.unwrap(), fill(app, "mai").await.unwrap()), ("0".to_owned(), "0".to_owned()));
    }

    async fn the_feeds_are_signed_and_a_changed_byte_is_found(app: TestApp) {
        let point = open(app, "Gốm <năm> & “bạn”").await;
        let gone = open(app, "Gốm sáu").await;
        app.add_point(|point| { point.state = State::Operating; point.demo = true; point.name = "Mẫu".into(); }).await;
        app.add_point(|point| point.name = "Chưa công khai".into()).await;
        turn(app, &gone.id, State::Closed).await;
        let nobody = app.client();
        let feed: Value = serde_json::from_str(&nobody.get("/nguon-tin/diem-ban.json").await.expect(200).body).unwrap();
        let items = feed["items"].as_array().unwrap();
        assert_eq!(items.len(), 2, "{feed}");
        assert_eq!((items[0]["_ocop"]["state"].as_str(), items[1]["_ocop"]["code"].as_str()), (Some("closed"), Some(point.code.as_str())));
        assert!(items[0]["_ocop"]["address"].is_null() && !feed.to_string().contains("Nguyễn Thị Mẫu"));
        let keys: Value = serde_json::from_str(&nobody.get("/.well-known/jwks.json").await.expect(200).body).unwrap();
        let key = UnparsedPublicKey::new(&ED25519, URL_SAFE_NO_PAD.decode(keys["keys"][0]["x"].as_str().unwrap()).unwrap());
        for item in items {
            let mut facts = item["_ocop"].as_object().unwrap().clone();
            let jws = facts.remove("jws").unwrap().as_str().unwrap().to_owned();
            let (signed, signature) = jws.rsplit_once('.').unwrap();
            let (head, payload) = signed.split_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            key.verify(signed.as_bytes(), &signature).unwrap();
            let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap();
            assert_eq!((head["alg"].as_str(), &head["kid"]), (Some("EdDSA"), &keys["keys"][0]["kid"]));
            // what is readable is what is signed, and the form is canonical
            let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
            assert_eq!(serde_json::from_slice::<Value>(&payload).unwrap(), Value::Object(facts));
            for at in [0, signed.len() / 2, signed.len() - 1] {
                let mut bytes = signed.as_bytes().to_vec();
                bytes[at] ^= 1;
                assert!(key.verify(&bytes, &signature).is_err());
            }
        }
        let atom = nobody.get("/nguon-tin/diem-ban.atom").await.expect(200).says("<at:deleted-entry ref=\"urn:uuid:").says("Gốm &lt;năm&gt; &amp; “bạn”");
        let jws = items[1]["_ocop"]["jws"].as_str().unwrap();
        assert!(atom.body.contains(&format!("<ocop:jws>{jws}</ocop:jws>")) && !atom.body.contains("Mẫu"));
        // every process on this store has the same key
        let again = App::with_db(app.config().clone(), app.db().clone()).await.unwrap();
        assert_eq!(again.keyring().jwks().unwrap(), keys);
        assert_eq!(again.keyring().link_secret("x", 1).unwrap(), app.keyring().link_secret("x", 1).unwrap());
    }

    async fn keys_that_lay_in_the_data_folder_are_taken_over(app: TestApp) {
        let now = app.clock().now();
        let folder = tempfile::tempdir().unwrap();
        let made = ring::signature::Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
        std::fs::write(folder.path().join("feed.pk8"), made.as_ref()).unwrap();
        std::fs::write(folder.path().join("links.key"), b"as it was").unwrap();
        let ours = Keyring::open(app.db(), folder.path(), now).await.unwrap();
        assert_eq!(ours.jwks().unwrap(), app.keyring().jwks().unwrap(), "a store that has keys keeps them");
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "delete from secret_key").unwrap();
        tx.commit().await.unwrap();
        let nowhere = folder.path().join("no folder");
        let (one, two) = tokio::join!(Keyring::open(app.db(), folder.path(), now), Keyring::open(app.db(), folder.path(), now));
        let (one, two, later) = (one.unwrap(), two.unwrap(), Keyring::open(app.db(), &nowhere, now).await.unwrap());
        let known = ring::signature::KeyPair::public_key(&ring::signature::Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap()).as_ref().to_vec();
        assert_eq!(one.jwks().unwrap()["keys"][0]["x"], URL_SAFE_NO_PAD.encode(known));
        for other in [two, later] {
            assert_eq!(other.jwks().unwrap(), one.jwks().unwrap());
            assert_eq!(other.link_secret("x", 1).unwrap(), one.link_secret("x", 1).unwrap());
        }
        assert_ne!(one.link_secret("x", 1).unwrap(), app.keyring().link_secret("x", 1).unwrap());
    }

    async fn a_reader_that_knows_the_feed_gets_304(app: TestApp) {
        let point = open(app, "Gốm bảy").await;
        let nobody = app.client();
        let ask = async |name: &str, value: &str| nobody.send(Request::get("/nguon-tin/diem-ban.atom").header(name, value).body(Body::empty()).unwrap()).await;
        let first = nobody.get("/nguon-tin/diem-ban.atom").await.expect(200);
        assert_eq!(first.header("last-modified"), "", "the second of the last change is not long over");
        let tag = first.header("etag").to_owned();
        let known = ask("if-none-match", &format!("\"other\", {tag}")).await.expect(304);
        assert_eq!((known.body.as_str(), known.header("etag")), ("", tag.as_str()));
        app.clock().set(begin() + chrono::Duration::minutes(5));
        let modified = nobody.get("/nguon-tin/diem-ban.atom").await.expect(200).header("last-modified").to_owned();
        ask("if-modified-since", &modified).await.expect(304);
        ask("if-modified-since", "Sat, 21 Nov 2026 00:00:00 GMT").await.expect(200);
        turn(app, &point.id, State::Suspended).await;
        ask("if-none-match", &tag).await.expect(200).says("tạm gỡ");
        app.clock().set(begin() + chrono::Duration::minutes(10));
        ask("if-modified-since", &modified).await.expect(200);
        assert_eq!(nobody.get("/nguon-tin/diem-ban.json?page_size=1").await.header("access-control-allow-origin"), "*");
    }

    async fn pages_of_the_feed_do_not_shift(app: TestApp) {
        let mut points = Vec::new();
        for number in 0..7 {
            app.clock().set(begin() + chrono::Duration::minutes(number / 3));
            points.push(open(app, &format!("Điểm số {number}")).await);
        }
        let nobody = app.client();
        let mut path = "/nguon-tin/diem-ban.json?page_size=2".to_owned();
        let mut read = Vec::new();
        for round in 0.. {
            let feed: Value = serde_json::from_str(&nobody.get(&path).await.expect(200).body).unwrap();
            read.extend(feed["items"].as_array().unwrap().iter().map(|item| item["_ocop"]["code"].as_str().unwrap().to_owned()));
            if round == 0 {
                // one that was read and one that was not yet change meanwhile
                app.clock().set(begin() + chrono::Duration::minutes(30));
                let newest = points.iter().find(|point| point.code == read[0]).unwrap().id.clone();
                turn(app, &newest, State::Suspended).await;
                turn(app, &points[0].id, State::Suspended).await;
            }
            match feed["next_url"].as_str() {
                Some(next) => path = next.strip_prefix("http://ocop.test").unwrap().to_owned(),
                None => break,
            }
        }
        let mut once = read.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), read.len(), "twice: {read:?}");
        // the one that moved to the top is there at the next reading
        assert_eq!(read.len(), 6);
        nobody.get("/nguon-tin/diem-ban.atom?page_size=1").await.expect(200).says(&points[0].code).says("rel=\"next\"");
        nobody.get("/nguon-tin/diem-ban.json?sau=x.y&page_size=0").await.expect(200);
        for key in ["99999999999999999999.a", "8000000000000000.a", "-5.a", "1.%00"] {
            nobody.get(&format!("/nguon-tin/diem-ban.json?sau={key}")).await.expect(200);
        }
    }

    async fn a_reader_that_asks_a_thousand_times_is_slowed(app: TestApp) {
        open(app, "Gốm tám").await;
        let nobody = app.client();
        let mut refused = 0;
        for _ in 0..1_000 {
            let answer = nobody.send(Request::get("/nguon-tin/diem-ban.json").header(header::ACCEPT, "*/*").body(Body::empty()).unwrap()).await;
            if answer.status != 200 {
                refused += 1;
                let wait: i64 = answer.header("retry-after").parse().unwrap();
                assert!((1..=61).contains(&wait), "{wait}");
                if refused == 1 {
                    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (429, "application/problem+json"));
                    answer.says("too-many-requests").says("không có dữ liệu nào bị mất");
                }
            }
        }
        assert!(refused >= 800, "{refused}");
        // a page for people is not touched by it, and after a while the feed answers again
        nobody.get("/diem-ban").await.expect(200);
        nobody.get("/nhung/diem-ban").await.expect(200);
        app.clock().set(app.clock().now() + chrono::Duration::seconds(61));
        nobody.get("/nguon-tin/diem-ban.json").await.expect(200);
    }

    async fn frames_are_for_portals_in_force_only(app: TestApp) {
        add(app, outlet("khung", How::Feed)).await;
        add(app, Outlet { valid_to: Some(begin_day()), valid_from: day("01/01/2026"), ..outlet("cu", How::Feed) }).await;
        let point = open(app, "Gốm </script> chín").await;
        let ministry = app.add_point(|point| { point.state = State::Operating; point.counted_by = "city ministry".into(); point.name = "Điểm của Bộ".into(); }).await;
        let nobody = app.client();
        for path in ["/nhung/diem-ban", "/nhung/ban-do"] {
            let answer = nobody.get(path).await.expect(200).says("Điểm của Bộ");
            let policy = answer.header("content-security-policy");
            assert!(policy.contains("frame-ancestors 'self' https://khung.example") && policy.contains("default-src 'self'") && !policy.contains("https://cu.example"), "{policy}");
            assert_eq!(answer.header("x-frame-options"), "");
            assert!(!answer.body.contains("site-header") && !answer.body.contains("Gốm </script>") && answer.body.contains(&point.slug));
            let few = nobody.get(&format!("{path}?counter=ministry&unit=00577.2025&kind=craft_village")).await.expect(200).says(&ministry.slug);
            assert!(!few.body.contains(&point.slug));
            assert!(!nobody.get(&format!("{path}?unit=09556.2025")).await.expect(200).body.contains(&ministry.slug));
        }
        let other = nobody.get("/diem-ban").await;
        assert!(other.header("content-security-policy").contains("frame-ancestors 'none'") && other.header("x-frame-options") == "DENY");
        let staff = app.sign_in(Role::SURVEYOR).await;
        staff.get("/cong-bo/nhung?unit=B%C3%A1t%20Tr%C3%A0ng&counter=city").await.expect(200).says("http://ocop.test/nhung/diem-ban?unit=00577.2025&#38;amp;counter=city");
        staff.get("/cong-bo/nhung?unit=Kh%C3%B4ng").await.expect(200);
    }
}
