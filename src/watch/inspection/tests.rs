//! Stories of inspection.

use chrono::{Days, NaiveDate};

use super::model::{Facts, Limits, Reason, check_fix_by, check_fixed, confirm_by, rank, risk as reasons};
use super::store;
use crate::access::Role;
use crate::point::{Point, State};
use crate::rule::model::Application;
use crate::store_test;
use crate::testing::{Client, TestApp, begin_day};
use crate::text::date_vi;
use crate::{execute, fetch_all, fetch_one};

/// The first values of the numbers that can be set.
static LIMITS: std::sync::LazyLock<Limits> = std::sync::LazyLock::new(|| {
    let number = |name: &str| crate::setting::KNOWN.ever(name).map_or(0, |known| known.first);
    Limits { confirm_every: 180, commitment_notice: 90, weights: super::model::Weights::of(number) }
});

fn before(days: u64) -> NaiveDate {
    begin_day() - Days::new(days)
}

fn after(days: u64) -> NaiveDate {
    begin_day() + Days::new(days)
}

fn facts() -> Facts {
    Facts {
        state: State::Operating,
        state_since: before(400),
        opened_on: Some(before(400)),
        last_confirmed_on: Some(before(10)),
        fix_by: Vec::new(),
        commitment_to: None,
        complaints: 0,
        goods: 0,
    }
}

#[test]
fn reasons_are_written_out_and_weighed() {
    let today = begin_day();
    assert!(reasons(&facts(), *LIMITS, today).is_empty());
    let all = Facts {
        last_confirmed_on: Some(before(400)),
        fix_by: vec![before(1), after(1), after(2)],
        commitment_to: Some(after(75)),
        complaints: 2,
        ..facts()
    };
    let words: Vec<String> = reasons(&all, *LIMITS, today).iter().map(Reason::words).collect();
    assert_eq!(
        words,
        [
            "3 phát hiện chưa khắc phục, 1 quá hạn".to_owned(),
            format!("chưa ai xác nhận từ khi khai trương ({})", date_vi(before(400))),
            "2 phản ánh chưa trả lời".to_owned(),
            "cam kết hỗ trợ hết 05/02/2027".to_owned(),
        ]
    );
    let late = Facts { fix_by: vec![before(1)], ..facts() };
    let never = Facts { last_confirmed_on: None, ..facts() };
    let heard = Facts { complaints: 1, ..facts() };
    let long = Facts { last_confirmed_on: Some(before(200)), ..facts() };
    let bound = Facts { commitment_to: Some(after(1)), ..facts() };
    let mut ranks: Vec<i64> =
        [&late, &never, &heard, &long, &bound, &facts()].map(|facts| rank(&reasons(facts, *LIMITS, today), &LIMITS.weights)).to_vec();
    let sorted = {
        ranks.dedup();
        ranks.clone()
    };
    ranks.sort_unstable();
    assert_eq!(ranks, sorted, "a late finding, never confirmed, a complaint, long ago, a commitment, nothing");
}

#[test]
fn a_new_opening_counts_as_seen_and_a_commitment_that_ended_is_no_reason() {
    let today = begin_day();
    let fresh = Facts { opened_on: Some(before(20)), last_confirmed_on: Some(before(20)), commitment_to: Some(before(1)), ..facts() };
    assert!(reasons(&fresh, *LIMITS, today).is_empty());
    assert_eq!(confirm_by(&fresh, *LIMITS), Some(before(20) + Days::new(181)));
    assert_eq!(reasons(&fresh, *LIMITS, before(20) + Days::new(181)), [Reason::NeverConfirmed(fresh.opened_on)]);
    assert_eq!(confirm_by(&Facts { state: State::Suspended, last_confirmed_on: None, ..facts() }, *LIMITS), None);
    assert!(
        check_fix_by(Some(before(1)), today).is_err() && check_fix_by(None, today).is_err() && check_fix_by(Some(today), today).is_ok()
    );
    assert!(
        check_fixed(after(1), before(9), today).is_err()
            && check_fixed(before(10), before(9), today).is_err()
            && check_fixed(today, before(9), today).is_ok()
    );
}

/// A point in Hà Đông that runs.
async fn running(app: &TestApp, name: &str, change: impl FnOnce(&mut Point)) -> Point {
    app.add_point(|point| {
        point.name = name.into();
        point.unit_id = Some("09556.2025".into());
        point.state = State::Operating;
        point.opened_on = Some(before(100));
        point.state_since = before(100);
        point.last_confirmed_on = Some(before(100));
        point.supporter_id = Some("demo-hoi".into());
        change(point);
    })
    .await
}

/// Begins a visit now; gives its path.
async fn begin(client: &Client, point: &Point) -> String {
    let answer = client.post(&format!("/ho-so/{}/kiem-tra/ngay", point.id), &[]).await.expect(303);
    answer.location().split('?').next().unwrap().to_owned()
}

/// Sends the screen of a visit with its present version.
async fn send(client: &Client, path: &str, more: &[(&str, &str)]) -> crate::testing::Answer {
    let version = client.get(path).await.value("version");
    let today = date_vi(begin_day());
    let mut fields = vec![("version", version.as_str()), ("team", "Hoàng Thị Mẫu – Sở Công Thương"), ("visited_on", today.as_str())];
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend_from_slice(more);
    client.post(path, &fields).await
}

async fn one_finding(app: &TestApp, point: &Point) -> super::model::Finding {
    let mut tx = app.db().read().await.unwrap();
    let mut findings = store::findings_of_point(&mut tx, &point.id).await.unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.remove(0)
}

store_test! {
    async fn points_are_listed_by_risk_with_their_reasons_and_planned_together(app: TestApp) {
        let quiet = running(app, "Điểm yên", |point| point.last_confirmed_on = Some(before(3))).await;
        let never = running(app, "Điểm chưa ai thấy", |point| point.last_confirmed_on = None).await;
        let heard = running(app, "Điểm bị phản ánh", |point| point.last_confirmed_on = Some(before(3))).await;
        let far = running(app, "Điểm Bát Tràng", |point| { point.unit_id = Some("00577.2025".into()); point.last_confirmed_on = None; }).await;
        app.wake_on(begin_day()).await;
        let inspector = app.sign_in(Role::INSPECTOR).await;
        let path = format!("/ho-so/{}/phan-anh", heard.id);
        for (source, day, what) in [("nobody", "22/11/2026", "Đóng cửa"), ("visitor", "23/11/2026", "Đóng cửa"), ("visitor", "", "Đóng cửa"), ("visitor", "22/11/2026", "")] {
            inspector.post(&path, &[("source", source), ("received_on", day), ("complaint", what)]).await.expect(422).says("error-summary");
        }
        inspector.post(&path, &[("source", "visitor"), ("received_on", "20/11/2026"), ("complaint", "Đóng cửa giờ hành chính")]).await.expect(303);
        let list = inspector.get("/kiem-tra").await.expect(200).says("chưa ai xác nhận từ khi khai trương").says("1 phản ánh chưa trả lời");
        let place = |name: &str| list.body.find(name).unwrap_or_else(|| panic!("{name} is not listed"));
        assert!(place("Điểm chưa ai thấy") < place("Điểm bị phản ánh") && place("Điểm bị phản ánh") < place("Điểm yên"));
        // by key, one a page, and by area
        let first = inspector.get("/kiem-tra?page_size=1").await.expect(200);
        let next = first.body.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
        let second = inspector.get(&format!("{next}&page_size=1")).await.expect(200);
        assert_eq!(second.body.matches("name=\"point\"").count(), 1);
        let area = inspector.get("/kiem-tra?unit=Xã+Bát+Tràng").await.expect(200).says("Điểm Bát Tràng");
        assert!(!area.body.contains("Điểm bị phản ánh"));
        // a commune sees and plans its own
        let commune = app.sign_in(Role::COMMUNE).await;
        assert!(!commune.get("/kiem-tra").await.expect(200).body.contains("Điểm Bát Tràng"));
        commune.post("/kiem-tra", &[("point", &far.id), ("planned_on", "25/11/2026"), ("who", "me"), ("team", "Trần Văn Mẫu")]).await.expect(404);
        commune.post(&format!("/ho-so/{}/kiem-tra/ngay", far.id), &[]).await.expect(404);
        for (day, who, team) in [("21/11/2026", "me", "A"), ("25/11/2029", "me", "A"), ("25/11/2026", "x", "A"), ("25/11/2026", "me", ""), ("31/02/2027", "me", "A")] {
            inspector.post("/kiem-tra", &[("point", &never.id), ("planned_on", day), ("who", who), ("team", team)]).await.expect(422);
        }
        inspector.post("/kiem-tra", &[("planned_on", "25/11/2026"), ("who", "me"), ("team", "A")]).await.expect(422).says("Hãy đánh dấu");
        inspector.post("/kiem-tra", &[("point", &never.id), ("point", &heard.id), ("planned_on", "25/11/2026"), ("who", "commune"), ("team", "A")]).await.expect(303);
        let begun = inspector.post("/kiem-tra", &[("point", &quiet.id), ("planned_on", &crate::text::date_vi(begin_day())), ("who", "me"), ("team", "A"), ("begin", "1")]).await.expect(303);
        assert!(begun.location().starts_with("/kiem-tra/"), "{}", begun.location());
        inspector.get(begun.location()).await.expect(200).says("Điểm còn hoạt động không?");
        inspector.post("/kiem-tra", &[("point", &never.id), ("point", &quiet.id), ("planned_on", "25/11/2026"), ("who", "me"), ("team", "A")]).await.expect(422).says("đã có lần kiểm tra chưa hoàn thành");
        assert_eq!(app.rows_of("inspection").await, 3, "a refused plan plans nothing");
        commune.get("/viec").await.expect(200).says("Cần kiểm tra").says("Điểm chưa ai thấy").says("Cần trả lời phản ánh");
        // put off and called off, with a reason
        let id = { let mut tx = app.db().read().await.unwrap(); store::under_way(&mut tx, &never.id).await.unwrap().unwrap() };
        let path = format!("/kiem-tra/{id}");
        let leader = app.sign_in(Role::LEADER).await;
        leader.post(&format!("{path}/doi"), &[("version", "1"), ("new_day", "20/11/2026"), ("new_reason", "Mưa lớn")]).await.expect(422);
        leader.post(&format!("{path}/doi"), &[("version", "1"), ("new_day", "28/11/2026"), ("new_reason", "")]).await.expect(422);
        leader.post(&format!("{path}/doi"), &[("version", "9"), ("new_day", "28/11/2026"), ("new_reason", "Mưa lớn")]).await.expect(409);
        leader.post(&format!("{path}/doi"), &[("version", "1"), ("new_day", "28/11/2026"), ("new_reason", "Mưa lớn")]).await.expect(303);
        commune.post(&format!("{path}/huy"), &[("version", "2"), ("off_reason", "")]).await.expect(422);
        commune.post(&format!("{path}/huy"), &[("version", "2"), ("off_reason", "Trùng đoàn khác")]).await.expect(303);
        inspector.post(&path, &[("version", "3"), ("running", "yes")]).await.expect(409);
        inspector.get(&path).await.expect(200).says("Trùng đoàn khác");
        assert_eq!(app.verbs("point", &never.id).await, ["ask_confirmation", "plan_inspection", "put_off_inspection", "call_off_inspection"]);
        // an answer to the complaint ends it
        let complaint = { let mut tx = app.db().read().await.unwrap(); store::complaints(&mut tx, &heard.id).await.unwrap().remove(0) };
        let field = format!("answer-{}", complaint.id);
        inspector.post(&format!("/phan-anh/{}/tra-loi", complaint.id), &[("version", "1"), (&field, "")]).await.expect(422);
        inspector.post(&format!("/phan-anh/{}/tra-loi", complaint.id), &[("version", "1"), (&field, "Đã nhắc cơ sở giữ giờ")]).await.expect(303);
        inspector.post(&format!("/phan-anh/{}/tra-loi", complaint.id), &[("version", "1"), (&field, "Nữa")]).await.expect(409);
        assert!(!inspector.get("/kiem-tra").await.body.contains("phản ánh chưa trả lời"));
    }

    async fn a_finding_not_fixed_in_time_rises_twice_and_each_level_once(app: TestApp) {
        let point = running(app, "Cửa hàng gốm", |_| {}).await;
        app.wake_on(begin_day()).await;
        let inspector = app.sign_in(Role::INSPECTOR).await;
        let path = begin(&inspector, &point).await;
        send(&inspector, &path, &[("running", "yes"), ("what-f1", "Biển hiệu hỏng"), ("by-f1", "29/11/2026"), ("action", "finish")]).await.expect(303);
        assert_eq!(app.point(&point.id).await.last_confirmed_on, Some(begin_day()));
        app.work().await;
        let mails = app.outbox();
        for to in ["coso@", "hoi@", "xa@"] {
            assert!(mails.iter().any(|mail| mail.contains(to) && mail.contains("Biển hiệu hỏng (khắc phục trước 29/11/2026)")), "{to}");
        }
        app.client().get(&format!("/diem-ban/{}", point.slug)).await.expect(200).says("22/11/2026");
        let finding = one_finding(app, &point).await;
        app.wake_on(after(7)).await;
        assert_eq!(one_finding(app, &point).await.level, 1, "on its last day it is not late");
        for _ in 0..2 {
            app.clock().set(after(8).and_hms_opt(2, 0, 0).unwrap().and_utc());
            crate::inspection::daily(&app.app).await.unwrap();
        }
        assert_eq!(one_finding(app, &point).await.level, 2);
        app.wake_on(after(14)).await;
        assert_eq!(one_finding(app, &point).await.level, 2);
        // a second visit finds it as it was
        let inspector = app.sign_in(Role::INSPECTOR).await;
        let second = begin(&inspector, &point).await;
        inspector.get(&second).await.expect(200).says("Biển hiệu hỏng").says("Phát hiện lần trước");
        send(&inspector, &second, &[("visited_on", &date_vi(after(14))), ("running", "yes"), ("action", "finish")]).await.expect(303);
        for day in [15, 15, 16, 40] {
            app.clock().set(after(day).and_hms_opt(2, 0, 0).unwrap().and_utc());
            crate::inspection::daily(&app.app).await.unwrap();
        }
        app.work().await;
        assert_eq!(one_finding(app, &point).await.level, 3);
        let mut tx = app.db().read().await.unwrap();
        let rises = store::rises(&mut tx, &finding.id).await.unwrap();
        assert_eq!(rises.iter().map(|(level, day, _)| (*level, *day)).collect::<Vec<_>>(), [(2, after(8)), (3, after(15))]);
        drop(tx);
        assert_eq!(app.verbs("point", &point.id).await.iter().filter(|verb| *verb == "rise_finding").count(), 2);
        let risen: Vec<String> = app.outbox().into_iter().filter(|mail| mail.contains("quá hạn khắc phục được chuyển lên")).collect();
        assert_eq!(risen.iter().filter(|mail| mail.contains("To: xa@ocop.example") || mail.contains("<xa@ocop.example>")).count(), 1, "{risen:#?}");
        assert_eq!(risen.iter().filter(|mail| mail.contains("lanhdao@ocop.example")).count(), 1);
        let leader = app.sign_in(Role::LEADER).await;
        leader.get("/viec").await.expect(200).says("Biển hiệu hỏng").says("cấp 3");
        // the business says it is fixed; that waits until the commune has seen it
        let business = app.sign_in(Role::BUSINESS).await;
        let page = format!("/kiem-tra/phat-hien/{}", finding.id);
        let version = business.get(&page).await.expect(200).says("Báo đã khắc phục").value("version");
        let today = date_vi(app.clock().today());
        business.post(&page, &[("version", &version), ("fixed_on", &today), ("note", "")]).await.expect(422);
        business.post(&page, &[("version", &version), ("fixed_on", &today), ("note", "Đã thay biển")]).await.expect(303);
        assert_eq!(one_finding(app, &point).await.state, "open");
        let commune = app.sign_in(Role::COMMUNE).await;
        commune.get("/viec").await.expect(200).says("chờ xác nhận");
        let version = commune.get(&page).await.expect(200).says("Đã thay biển").value("version");
        commune.post(&page, &[("version", &version), ("fixed_on", "21/11/2026")]).await.expect(422).says("trước ngày phát hiện");
        commune.post(&page, &[("version", &version), ("fixed_on", "01/01/2030")]).await.expect(422).says("tương lai");
        commune.post(&page, &[("version", "1"), ("fixed_on", &today)]).await.expect(409);
        commune.post_files(&page, &[("version", &version), ("fixed_on", &today)], &[("photo", "x.jpg", b"no picture")]).await.expect(422).says("x.jpg");
        commune.post(&page, &[("version", &version), ("fixed_on", &today)]).await.expect(303);
        commune.post(&page, &[("version", &version), ("fixed_on", &today)]).await.expect(409);
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(store::open_findings(&mut tx, &point.id).await.unwrap(), 0);
    }

    async fn a_visit_that_cannot_have_been_is_refused_and_nothing_typed_is_lost(app: TestApp) {
        let point = running(app, "Cửa hàng gốm", |_| {}).await;
        let inspector = app.sign_in(Role::INSPECTOR).await;
        let path = begin(&inspector, &point).await;
        send(&inspector, &path, &[("what-f1", "Thiếu niêm yết giá"), ("action", "finish")]).await.expect(422).says("còn hoạt động không").says("ngày phải khắc phục xong").says("Thiếu niêm yết giá");
        for (day, words) in [("13/08/2026", "trước ngày khai trương"), ("23/11/2026", "ở tương lai"), ("31/02/2026", ""), ("", "Hãy ghi ngày kiểm tra")] {
            send(&inspector, &path, &[("visited_on", day), ("running", "yes"), ("what-f1", "Thiếu niêm yết giá"), ("by-f1", "30/11/2026"), ("action", "finish")]).await.expect(422).says(words);
        }
        for (by, words) in [("21/11/2026", "trước ngày kiểm tra"), ("30/11/2036", "xa hơn hai năm"), ("mai", "Thiếu niêm yết giá")] {
            send(&inspector, &path, &[("running", "yes"), ("what-f1", "Thiếu niêm yết giá"), ("by-f1", by), ("action", "finish")]).await.expect(422).says(words);
        }
        send(&inspector, &path, &[("running", "perhaps"), ("action", "finish")]).await.expect(422);
        send(&inspector, &path, &[("team", ""), ("action", "finish")]).await.expect(422);
        send(&inspector, &path, &[("lon", "105.8"), ("action", "save")]).await.expect(422);
        send(&inspector, &path, &[("what-f2", ""), ("by-f2", "30/11/2026")]).await.expect(422).says("chưa ghi phát hiện gì");
        send(&inspector, &path, &[("what-f1", "Thiếu niêm yết giá"), ("by-f1", "30/11/2026"), ("for-f1", "no/such"), ("action", "save")]).await.expect(422).says("không thuộc bộ tiêu chí");
        inspector.post(&path, &[("version", "1"), ("team", "Đoàn khác"), ("what-f9", "Bụi")]).await.expect(409).says("Bụi");
        let mut tx = app.db().read().await.unwrap();
        let state = fetch_one!(&mut tx, (String,), "select state from inspection where point_id = $1", &point.id).unwrap();
        assert_eq!((state.0.as_str(), store::open_findings(&mut tx, &point.id).await.unwrap()), ("open", 0), "what is not finished does not count");
        drop(tx);
        // others: the business waits, another commune does not know of it, an auditor only reads
        app.sign_in(Role::BUSINESS).await.get(&path).await.expect(403);
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        other.get(&path).await.expect(404);
        other.post(&path, &[("version", "1"), ("running", "yes")]).await.expect(404);
        other.post(&format!("/ho-so/{}/xac-nhan", point.id), &[]).await.expect(404);
        app.sign_in(Role::AUDITOR).await.post(&path, &[]).await.expect(403);
        let stranger = app.sign_in_as("khaosat2@ocop.example").await;
        stranger.post(&path, &[("version", "1"), ("running", "yes")]).await.expect(403);
        // a finding of another visit cannot be taken over by its name
        send(&inspector, &path, &[("running", "yes"), ("what-f1", "Thiếu niêm yết giá"), ("by-f1", "30/11/2026"), ("action", "finish")]).await.expect(303);
        let second = begin(&inspector, &point).await;
        send(&inspector, &second, &[("what-f1", "Đổi nội dung"), ("by-f1", "30/12/2026")]).await;
        assert_eq!(one_finding(app, &point).await.what, "Thiếu niêm yết giá");
    }

    async fn criteria_are_checked_again_where_a_set_applies_and_what_is_to_be_fixed_becomes_a_finding(app: TestApp) {
        let point = running(app, "Cửa hàng gốm", |_| {}).await;
        let inspector = app.sign_in(Role::INSPECTOR).await;
        let path = begin(&inspector, &point).await;
        inspector.get(&path).await.expect(200).says("Vẫn hoàn thành được lần kiểm tra này mà không có phần tiêu chí");
        let application = Application {
            id: "vd".into(), set_id: "950-2023".into(), valid_from: before(30), valid_to: None, number: "12/QĐ-SCT".into(), decided_on: Some(before(30)),
            reason: String::new(), decided_by: "x".into(),
        };
        let mut tx = app.db().write().await.unwrap();
        crate::rule::store::add_application(&mut tx, &application, app.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        let page = inspector.get(&path).await.expect(200).says("vận dụng");
        let field = page.body.split("name=\"verdict-").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let (verdict, fix) = (format!("verdict-{field}"), format!("fix-{field}"));
        send(&inspector, &path, &[("running", "yes"), (&verdict, "fix"), ("action", "finish")]).await.expect(422).says("ngày phải khắc phục xong");
        send(&inspector, &path, &[("running", "yes"), (&verdict, "fix"), (&fix, "20/11/2026"), ("action", "finish")]).await.expect(422);
        send(&inspector, &path, &[("visited_on", &date_vi(before(60))), ("running", "yes"), (&verdict, "fix"), (&fix, "30/11/2026"), ("action", "finish")]).await.expect(422).says("bộ tiêu chí đã trả lời");
        let answer = inspector.post_files(&path, &[("version", &inspector.get(&path).await.value("version")), ("team", "A"), ("visited_on", "22/11/2026"), (&verdict, "fix"), (&fix, "30/11/2026")], &[("photo", "a.png", &picture())]).await;
        answer.expect(303);
        send(&inspector, &path, &[("running", "yes"), (&verdict, "fix"), (&fix, "30/11/2026"), ("action", "finish")]).await.expect(303);
        let finding = one_finding(app, &point).await;
        assert_eq!((finding.fix_by, finding.criterion.starts_with("950-2023/")), (Some(after(8)), true));
        let mut tx = app.db().read().await.unwrap();
        let (outcome, set) = fetch_one!(&mut tx, (String, String), "select outcome, set_id from inspection where point_id = $1", &point.id).unwrap();
        assert_eq!((outcome.as_str(), set.as_str()), ("incomplete", "950-2023"));
        let (picture,) = fetch_one!(&mut tx, (String,), "select id from attachment where subject_kind = 'inspection'").unwrap();
        drop(tx);
        inspector.get(&format!("/anh/{picture}")).await.expect(200);
        app.client().get(&format!("/anh/{picture}")).await.expect(404);
        app.sign_in(Role::BUSINESS).await.get(&path).await.expect(200).says("Kết quả kiểm tra");
        inspector.get(&format!("/ho-so/{}", point.id)).await.expect(200).says("1 chưa khắc phục");
    }

    async fn a_closing_point_carries_its_findings_and_takes_only_visits_before_that_day(app: TestApp) {
        let point = running(app, "Cửa hàng gốm", |_| {}).await;
        let inspector = app.sign_in(Role::INSPECTOR).await;
        let path = begin(&inspector, &point).await;
        send(&inspector, &path, &[("running", "no"), ("what-f1", "Biển hiệu hỏng"), ("by-f1", "29/11/2026"), ("action", "finish")]).await.expect(303);
        inspector.get(&path).await.expect(200);
        app.work().await;
        assert!(app.outbox().iter().any(|mail| mail.contains("khaosat@ocop.example") && mail.contains("#stop")));
        assert_eq!(app.point(&point.id).await.last_confirmed_on, Some(before(100)), "a visit that found it closed confirms nothing");
        let second = begin(&inspector, &point).await;
        send(&inspector, &second, &[("running", "unclear"), ("what-f2", "Kho ẩm"), ("by-f2", "29/11/2026")]).await.expect(303);
        let mut tx = app.db().write().await.unwrap();
        assert_eq!(store::open_findings(&mut tx, &point.id).await.unwrap(), 1);
        assert_eq!(crate::inspection::carry(&mut tx, app.clock().now(), &point.id).await.unwrap(), 1);
        assert_eq!(crate::inspection::carry(&mut tx, app.clock().now(), &point.id).await.unwrap(), 0);
        execute!(&mut tx, "update point set state = 'closed', closed_on = $2 where id = $1", &point.id, before(1)).unwrap();
        tx.commit().await.unwrap();
        assert_eq!(one_finding(app, &point).await.state, "carried");
        send(&inspector, &second, &[("running", "unclear"), ("what-f2", "Kho ẩm"), ("by-f2", "29/11/2026"), ("action", "finish")]).await.expect(422).says("sau ngày điểm đóng cửa");
        send(&inspector, &second, &[("visited_on", "20/11/2026"), ("running", "unclear"), ("what-f2", "Kho ẩm"), ("by-f2", "29/11/2026"), ("action", "finish")]).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(store::open_findings(&mut tx, &point.id).await.unwrap(), 0);
        drop(tx);
        inspector.post(&format!("/ho-so/{}/kiem-tra/ngay", point.id), &[]).await.expect(409);
        inspector.post(&format!("/ho-so/{}/xac-nhan", point.id), &[]).await.expect(409);
        app.wake_on(after(30)).await;
        assert_eq!(app.rows_of("finding_rise").await, 0);
        assert_eq!(app.rows_of("inspection_risk").await, 0);
    }

    async fn a_point_that_nobody_confirmed_is_asked_once_a_period_and_answers_with_one_click(app: TestApp) {
        let point = running(app, "Cửa hàng gốm", |_| {}).await;
        let asks = async || { app.work().await; app.outbox().into_iter().filter(|mail| mail.contains("/ho-so/") && mail.contains("Vẫn hoạt động")).count() };
        app.wake_on(after(80)).await;
        assert_eq!(asks().await, 0, "180 days have not passed");
        app.wake_on(after(81)).await;
        assert_eq!(asks().await, 2, "operator and commune");
        crate::inspection::daily(&app.app).await.unwrap();
        app.wake_on(after(82)).await;
        app.wake_on(after(260)).await;
        assert_eq!(asks().await, 2);
        app.wake_on(after(261)).await;
        assert_eq!(asks().await, 4, "the next period");
        let business = app.sign_in(Role::BUSINESS).await;
        business.get("/viec").await.expect(200).says("Cần xác nhận còn hoạt động");
        business.get("/kiem-tra/chua-xac-nhan").await.expect(200).says("Vẫn hoạt động");
        // who does not run it may not speak for it
        let stranger = app.sign_in_new(Role::BUSINESS, "demo-hoi", None).await;
        stranger.post(&format!("/ho-so/{}/xac-nhan", point.id), &[]).await.expect(403);
        business.post(&format!("/ho-so/{}/xac-nhan", point.id), &[("back", "list")]).await.expect(303);
        assert_eq!(app.point(&point.id).await.last_confirmed_on, Some(after(261)));
        business.get("/kiem-tra/chua-xac-nhan").await.expect(200).says("Mọi điểm đều đã được xác nhận");
        let mut tx = app.db().read().await.unwrap();
        let known = fetch_all!(&mut tx, (String, NaiveDate), "select how, confirmed_on from confirmation where point_id = $1", &point.id).unwrap();
        assert_eq!(known, [("owner".to_owned(), after(261))]);
        drop(tx);
        // an earlier day does not take the latest word back; days that cannot be are refused
        let commune = app.sign_in(Role::COMMUNE).await;
        let path = format!("/ho-so/{}/xac-nhan", point.id);
        for (how, day) in [("owner", "22/11/2026"), ("letter", "22/11/2026"), ("visit", "01/01/2030"), ("visit", "13/08/2026"), ("visit", "31/02/2027")] {
            commune.post(&path, &[("how", how), ("confirmed_on", day)]).await.expect(422);
        }
        commune.post(&path, &[("back", "list")]).await.expect(422).says("Hãy chọn cách xác nhận");
        commune.post(&path, &[("how", "visit"), ("confirmed_on", "23/11/2026")]).await.expect(303);
        assert_eq!(app.point(&point.id).await.last_confirmed_on, Some(after(261)));
        // a mistake is taken back by whoever made it on the same day: the word before is the latest again
        app.wake_on(after(262)).await;
        commune.post(&path, &[("how", "call")]).await.expect(303);
        assert_eq!(app.point(&point.id).await.last_confirmed_on, Some(after(262)));
        let mut tx = app.db().read().await.unwrap();
        let (id,) = fetch_one!(&mut tx, (String,), "select id from confirmation where point_id = $1 order by confirmed_on desc, id desc limit 1", &point.id).unwrap();
        drop(tx);
        app.sign_in(Role::SURVEYOR).await.post(&format!("{path}/{id}/rut"), &[]).await.expect(403);
        commune.get(&format!("/ho-so/{}/kiem-tra", point.id)).await.expect(200).says("Rút xác nhận");
        commune.post(&format!("{path}/{id}/rut"), &[("reason", "nhầm điểm")]).await.expect(303);
        commune.post(&format!("{path}/{id}/rut"), &[]).await.expect(409);
        assert_eq!(app.point(&point.id).await.last_confirmed_on, Some(after(261)));
        // a mistake of an earlier day is a leader's to take back, not an equal's
        commune.post(&path, &[("how", "call")]).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        let (id,) = fetch_one!(&mut tx, (String,), "select id from confirmation where point_id = $1 order by confirmed_on desc, id desc limit 1", &point.id).unwrap();
        drop(tx);
        app.wake_on(after(263)).await;
        for role in [Role::COMMUNE, Role::INSPECTOR, Role::SURVEYOR] {
            app.sign_in(role).await.post(&format!("{path}/{id}/rut"), &[]).await.expect(403);
        }
        let leader = app.sign_in(Role::LEADER).await;
        leader.get(&format!("/ho-so/{}/kiem-tra", point.id)).await.expect(200).says("Rút xác nhận");
        leader.post(&format!("{path}/{id}/rut"), &[("reason", "gọi nhầm số")]).await.expect(303);
        assert_eq!(app.point(&point.id).await.last_confirmed_on, Some(after(261)));
        commune.post(&format!("/ho-so/{}/bao-ngung", point.id), &[("stopped", "")]).await.expect(422);
        commune.post(&format!("/ho-so/{}/bao-ngung", point.id), &[("stopped", "Đóng cửa từ đầu tháng")]).await.expect(303);
        app.work().await;
        assert!(app.outbox().iter().any(|mail| mail.contains("khaosat@ocop.example") && mail.contains("Đóng cửa từ đầu tháng")));
        assert_eq!(app.verbs("point", &point.id).await, ["ask_confirmation", "ask_confirmation", "confirm", "confirm", "confirm", "take_back_confirmation", "confirm", "take_back_confirmation", "report_stop"]);
        commune.get(&format!("/ho-so/{}/kiem-tra", point.id)).await.expect(200).says("Báo điểm đã ngừng hoạt động");
    }
}

fn picture() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(8, 8, image::Rgb([90, 120, 60])).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

store_test! {
    async fn two_who_begin_at_one_point_at_once_fill_in_one_inspection(app: TestApp) {
        let point = app.add_point(|point| {
            point.state = State::Operating;
            point.opened_on = Some(crate::testing::begin_day());
        }).await;
        let (one, other) = (app.sign_in(Role::INSPECTOR).await, app.sign_in(Role::INSPECTOR).await);
        let path = format!("/ho-so/{}/kiem-tra/ngay", point.id);
        let (a, b, c, d) = tokio::join!(one.post(&path, &[]), other.post(&path, &[]), one.post(&path, &[]), other.post(&path, &[]));
        let places: std::collections::BTreeSet<String> = [a, b, c, d].map(|answer| answer.expect(303).location().split('?').next().unwrap_or_default().to_owned()).into();
        assert_eq!(places.len(), 1, "{places:?}");
        assert_eq!(app.rows_of("inspection").await, 1);
    }

    async fn an_association_sees_what_is_open_at_the_points_it_stands_by(app: TestApp) {
        let own = running(app, "Điểm có hội", |_| {}).await;
        let other = running(app, "Điểm không hội", |point| point.supporter_id = None).await;
        let inspector = app.sign_in(Role::INSPECTOR).await;
        for (point, what, by) in [(&own, "what-f1", "by-f1"), (&other, "what-f2", "by-f2")] {
            let path = begin(&inspector, point).await;
            send(&inspector, &path, &[("running", "yes"), (what, "Biển hiệu hỏng"), (by, "29/11/2026"), ("action", "finish")]).await.expect(303);
        }
        let (mine, foreign) = (one_finding(app, &own).await, one_finding(app, &other).await);
        let association = app.sign_in(Role::ASSOCIATION).await;
        let page = association.get("/viec").await.expect(200).says("Phát hiện chưa khắc phục").says(&mine.id);
        assert!(!page.body.contains(&foreign.id));
        association.get(&format!("/kiem-tra/phat-hien/{}", mine.id)).await.expect(200);
        association.get(&format!("/kiem-tra/phat-hien/{}", foreign.id)).await.expect(404);
        association.post(&format!("/kiem-tra/phat-hien/{}", mine.id), &[("version", "1"), ("day", "22/11/2026"), ("note", "xong")]).await.expect(403);
    }

    async fn the_store_itself_keeps_two_inspections_of_one_point_apart(app: TestApp) {
        let point = app.add_point(|point| point.state = State::Operating).await;
        let mut tx = app.db().write().await.unwrap();
        let add = "insert into inspection (id, point_id, state, planned_on, reason, change_reason, team, running, note, result, outcome, version, created_at) values ($1, $2, 'open', $3, '', '', '', '', '', '', '', 1, $4)";
        execute!(&mut tx, add, "one", &point.id, crate::testing::begin_day(), app.clock().now()).unwrap();
        assert!(execute!(&mut tx, add, "two", &point.id, crate::testing::begin_day(), app.clock().now()).is_err());
    }
}
