//! Letters of the clock, the file for grading again, running on, its result; withdrawal told to all.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::{certificate, day, recognise};
use crate::product::model::{Certificate, State, blank, stamp, standing};
use crate::product::regrading::{self, Leeway};
use crate::product::{Product, store};
use crate::store_test;
use crate::testing::{Answer, Client, TestApp, begin, begin_day};
use crate::text::date_vi;

const NONE: Leeway = Leeway { late_file: 0, timely_run: 0 };

fn filed(on: &str, leeway: Leeway, today: &str) -> Result<Certificate, String> {
    // valid through 30/6/2027: files are taken from 1/1 to 2/3/2027
    regrading::file(certificate("2024-06-30"), "15/HS", day(on), leeway, day(today)).map_err(|refusal| refusal.what.vi.into_owned())
}

#[test]
fn a_file_is_recorded_as_the_law_allows() {
    let runs = |on: &str, leeway: Leeway, today: &str| filed(on, leeway, today).map(|paper| paper.runs_until());
    assert_eq!(certificate("2024-06-30").last_day(), day("2027-06-30"));
    assert!(filed("2026-12-31", NONE, "2027-01-10").unwrap_err().contains("sớm hơn 180 ngày"));
    assert_eq!(runs("2027-01-01", NONE, "2027-01-10"), Ok(None), "in time: recorded, not longer");
    assert_eq!(runs("2027-03-02", NONE, "2027-03-02"), Ok(None));
    assert_eq!(runs("2027-03-03", NONE, "2027-03-03"), Ok(Some(day("2027-12-27"))), "late: at most 180 days after the last day");
    assert_eq!(runs("2027-06-30", NONE, "2027-07-20"), Ok(Some(day("2027-12-27"))), "told afterwards");
    assert!(filed("2027-07-01", NONE, "2027-07-20").unwrap_err().contains("sau ngày cuối"));
    assert_eq!(
        runs("2027-07-01", Leeway { late_file: 1, ..NONE }, "2027-07-20"),
        Ok(Some(day("2027-12-27"))),
        "if an administrator set it so"
    );
    assert!(filed("2027-07-02", Leeway { late_file: 1, ..NONE }, "2027-07-20").is_err());
    assert_eq!(
        runs("2027-02-01", Leeway { timely_run: 45, ..NONE }, "2027-02-01"),
        Ok(Some(day("2027-08-14"))),
        "if an administrator set it so"
    );
    assert!(filed("2027-05-01", NONE, "2028-01-01").unwrap_err().contains("đã hết ngày 27/12/2027"));
    assert!(filed("2027-05-02", NONE, "2027-05-01").unwrap_err().contains("chưa đến"));
    let twice = regrading::file(filed("2027-05-01", NONE, "2027-05-01").unwrap(), "16/HS", day("2027-05-02"), NONE, day("2027-05-02"));
    assert!(twice.unwrap_err().what.vi.contains("đã có hồ sơ đánh giá lại số 15/HS"));
    let taken = certificate("2024-06-30").withdraw(day("2027-02-01"), "r", "", day("2027-02-01")).unwrap();
    assert!(regrading::file(taken, "15/HS", day("2027-05-01"), NONE, day("2027-05-01")).unwrap_err().what.vi.contains("thu hồi"));
    let before = regrading::file(certificate("2023-05-01"), "15/HS", day("2026-04-01"), NONE, day("2026-06-01"));
    assert!(before.unwrap_err().what.vi.contains("trước khi có quy định"), "it ended on 1/5/2026");
}

#[test]
fn a_refusal_ends_running_on_and_takes_nothing_of_the_own_time() {
    let running = filed("2027-05-01", NONE, "2027-05-01").unwrap();
    assert!(regrading::refused(running.clone(), "9/TB", day("2027-04-30"), day("2027-08-10")).is_err(), "before the file");
    assert!(regrading::refused(running.clone(), "9/TB", day("2027-08-11"), day("2027-08-10")).is_err(), "not yet");
    let late = regrading::refused(running.clone(), "9/TB", day("2027-08-10"), day("2027-08-10")).unwrap();
    assert_eq!([late.state(day("2027-08-09")), late.state(day("2027-08-10"))], [State::Live, State::Lapsed]);
    let early = regrading::refused(running, "9/TB", day("2027-06-01"), day("2027-06-01")).unwrap();
    assert_eq!([early.state(day("2027-06-30")), early.state(day("2027-07-01"))], [State::Live, State::Lapsed]);
    assert!(regrading::refused(early, "9/TB", day("2027-06-02"), day("2027-06-02")).is_err(), "there is a result already");
}

#[derive(Clone, Debug)]
struct Paper {
    from: u64,
    long: u64,
    runs: Option<u64>,
    refused: Option<u64>,
    taken_back: Option<u64>,
}

const SPAN: u64 = 60;

fn at(offset: u64) -> NaiveDate {
    day("2026-06-01") + Days::new(offset)
}

fn papers() -> impl Strategy<Value = Vec<Paper>> {
    let paper = (
        0..SPAN,
        1..30_u64,
        prop::option::weighted(0.5, 0..20_u64),
        prop::option::weighted(0.3, 0..40_u64),
        prop::option::weighted(0.3, 0..40_u64),
    )
        .prop_map(|(from, long, runs, refused, taken_back)| Paper {
            from,
            long,
            runs,
            refused: refused.filter(|_| runs.is_some()),
            taken_back,
        });
    prop::collection::vec(paper, 0..5)
}

/// What a reader works out with nothing but the papers: the last that began counts; it is valid in its own time, then while it
/// runs on and no result is in, and never once it was taken back.
fn naively_public(papers: &[Paper], on: u64) -> bool {
    let Some(paper) = papers
        .iter()
        .enumerate()
        .filter(|(_, paper)| paper.from <= on)
        .max_by_key(|(place, paper)| (paper.from, *place))
        .map(|(_, paper)| paper)
    else {
        return false;
    };
    let since = on - paper.from;
    let own = since < paper.long;
    let running = paper.runs.is_some_and(|runs| since < paper.long + runs) && paper.refused.is_none_or(|refused| since < refused);
    (own || running) && paper.taken_back.is_none_or(|after| since < after)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_day_is_both_public_and_ended(history in papers()) {
        let mut stored: Vec<Certificate> = Vec::new();
        for (place, paper) in history.iter().enumerate() {
            let mut one = certificate("2024-01-10");
            (one.id, one.valid_from, one.valid_to) = (format!("{place}"), at(paper.from), at(paper.from + paper.long));
            one.created_at = begin() + chrono::Duration::seconds(place as i64);
            one.runs_to = paper.runs.map(|runs| at(paper.from + paper.long + runs));
            if let Some(refused) = paper.refused {
                (one.file_no, one.file_on) = ("1".into(), Some(at(paper.from)));
                one = regrading::refused(one, "2", at(paper.from + refused), at(4 * SPAN)).unwrap();
            }
            if let Some(after) = paper.taken_back {
                one.withdrawn_on = Some(at(paper.from + after));
            }
            stored.push(one);
        }
        for on in 0..3 * SPAN {
            let public = naively_public(&history, on);
            prop_assert_eq!(standing(&stored, at(on)).state == State::Live, public, "day {}", on);
            let mut row: Product = blank("x", begin());
            stamp(&mut row, &stored, at(on));
            prop_assert_eq!(row.is_live(at(on)), public, "the row of day {}", on);
            // a row stamped on an earlier morning hides what ended since, even before anybody has looked again
            for later in on..(on + 25) {
                let hidden = standing(&stored, at(later)).certificate.map(|paper| &paper.id) != standing(&stored, at(on)).certificate.map(|paper| &paper.id);
                prop_assert!(hidden || !row.is_live(at(later)) || naively_public(&history, later), "stamped on {}, read on {}", on, later);
            }
        }
    }
}

fn mails(app: &TestApp, words: &str) -> usize {
    app.outbox().iter().filter(|mail| mail.contains(words)).count()
}

async fn version(client: &Client, id: &str) -> String {
    client.get(&format!("/san-pham-ocop/{id}")).await.expect(200).value("version")
}

async fn send(client: &Client, id: &str, verb: &str, certificate: &str, fields: &[(&str, &str)]) -> Answer {
    let version = version(client, id).await;
    let mut all = vec![("version", version.as_str())];
    all.extend_from_slice(fields);
    client.post(&format!("/san-pham-ocop/{id}/{verb}/{certificate}"), &all).await
}

async fn paper_of(app: &TestApp, id: &str) -> Certificate {
    store::certificates(&mut app.db().read().await.unwrap(), id).await.unwrap().pop().unwrap()
}

/// A product whose certificate has so many days left after today.
async fn ending(app: &TestApp, code: &str, left: u64) -> (Product, NaiveDate) {
    let from = begin_day() - chrono::Months::new(36) + Days::new(left);
    let product = app.add_product(code, Some((3, from)), |product| product.producer_id = Some("demo-coso".into())).await;
    let last = product.valid_to.unwrap().pred_opt().unwrap();
    (product, last)
}

store_test! {
    async fn letters_say_what_can_be_done_on_their_day(app: TestApp) {
        let (product, last) = ending(app, "A-1", 181).await;
        let mut sent = Vec::new();
        for left in [181, 180, 179, 150, 121, 120, 119, 1] {
            app.wake_on(last - Days::new(left)).await;
            app.wake_on(last - Days::new(left)).await;
            sent.push(mails(app, "sắp hết hạn (báo trước"));
        }
        assert_eq!(sent, [0, 3, 3, 6, 6, 9, 9, 9], "producer, commune and keeper, at 180, 150 and 120 days");
        let closes = date_vi(last - Days::new(120));
        assert_eq!(mails(app, &format!("từ hôm nay đến hết ngày {closes} nộp hồ sơ đánh giá lại tại UBND phường Hà Đông")), 6);
        assert_eq!(mails(app, &format!("hôm nay, ngày {closes}, là ngày cuối nộp hồ sơ đánh giá lại")), 3);
        app.wake_on(last).await;
        app.client().get(&format!("/san-pham/{}", product.slug)).await.expect(200).says("còn hiệu lực");
        app.wake_on(last + Days::new(1)).await;
        app.client().get(&format!("/san-pham/{}", product.slug)).await.expect(200).says("đã hết hiệu lực");
        assert_eq!(mails(app, &format!("đã nộp tại UBND phường Hà Đông chậm nhất ngày {}", date_vi(last))), 3, "what can still be done when it ended");
        assert_eq!(mails(app, "Hết thời gian kéo dài"), 0);
    }

    async fn a_late_file_makes_it_run_on_until_a_new_certificate(app: TestApp) {
        let (product, last) = ending(app, "A-1", 60).await;
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        let id = paper_of(app, &product.id).await.id;
        keeper.get(&format!("/san-pham-ocop/{}", product.id)).await.expect(200).says("Ghi hồ sơ đánh giá lại").says("nộp chậm");
        let today = date_vi(begin_day());
        for (fields, words) in [
            ([("file_no", ""), ("file_on", today.as_str())], "Hãy ghi số tiếp nhận"),
            ([("file_no", "15/HS"), ("file_on", "")], "ngày"),
            ([("file_no", "15/HS"), ("file_on", "01/01/2030")], "chưa đến"),
            ([("file_no", "15/HS"), ("file_on", "01/01/2026")], "sớm hơn 180 ngày"),
        ] {
            send(&keeper, &product.id, "ho-so-danh-gia-lai", &id, &fields).await.expect(422).says(words);
        }
        app.sign_in(crate::access::Role::COMMUNE).await.post(&format!("/san-pham-ocop/{}/ho-so-danh-gia-lai/{id}", product.id), &[("file_no", "1")]).await.expect(403);
        send(&keeper, &product.id, "ho-so-danh-gia-lai", &id, &[("file_no", "15/HS"), ("file_on", &today)]).await.expect(303);
        let until = last + Days::new(180);
        assert_eq!(store::find(&mut app.db().read().await.unwrap(), &product.id).await.unwrap().unwrap().valid_to, until.succ_opt());
        send(&keeper, &product.id, "ho-so-danh-gia-lai", &id, &[("file_no", "16/HS"), ("file_on", &today)]).await.expect(422).says("đã có hồ sơ");
        app.wake_on(last).await;
        assert_eq!(mails(app, "được kéo dài trong khi đánh giá lại"), 0);
        app.wake_on(last + Days::new(1)).await;
        app.wake_on(last + Days::new(2)).await;
        assert_eq!(mails(app, "được kéo dài trong khi đánh giá lại"), 3);
        assert_eq!(mails(app, "hết hiệu lực; không được in"), 0);
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        let shown = date_vi(until);
        app.client().get(&format!("/san-pham/{}", product.slug)).await.expect(200).says("còn hiệu lực").says(&format!("Đang đánh giá lại, kéo dài đến {shown}"));
        app.client().get("/san-pham").await.expect(200).says("Sản phẩm A-1");
        keeper.get(&format!("/san-pham-ocop/{}", product.id)).await.expect(200).says(&format!("Đang đánh giá lại, kéo dài đến {shown}"));
        keeper.get("/san-pham-ocop").await.expect(200).says("đang đánh giá lại, kéo dài");
        recognise(&keeper, &product.id, &[("decided_on", &date_vi(last + Days::new(2))), ("certificate_no", "GCN-moi")]).await.expect(303);
        let page = app.client().get(&format!("/san-pham/{}", product.slug)).await.expect(200);
        assert!(!page.body.contains("kéo dài"), "the new one counts");
        app.wake_on(until + Days::new(1)).await;
        assert_eq!(mails(app, "Hết thời gian kéo dài"), 0);
        app.client().get(&format!("/san-pham/{}", product.slug)).await.expect(200).says("còn hiệu lực");
    }

    async fn running_on_ends_with_a_refusal_or_after_180_days(app: TestApp) {
        let ((one, last), (two, _)) = (ending(app, "A-1", 60).await, ending(app, "A-2", 60).await);
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        for product in [&one, &two] {
            let id = paper_of(app, &product.id).await.id;
            send(&keeper, &product.id, "ho-so-danh-gia-lai", &id, &[("file_no", "15/HS"), ("file_on", &date_vi(begin_day()))]).await.expect(303);
        }
        app.wake_on(last + Days::new(30)).await;
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        let id = paper_of(app, &one.id).await.id;
        let today = date_vi(last + Days::new(30));
        send(&keeper, &one.id, "khong-cong-nhan-lai", &id, &[("refused_no", ""), ("refused_on", &today)]).await.expect(422).says("Hãy ghi số văn bản");
        send(&keeper, &one.id, "khong-cong-nhan-lai", &id, &[("refused_no", "9/TB"), ("refused_on", &today)]).await.expect(303);
        app.client().get(&format!("/san-pham/{}", one.slug)).await.expect(200).says("đã hết hiệu lực");
        app.work().await;
        assert_eq!(mails(app, "không được công nhận lại theo hồ sơ"), 3);
        app.wake_on(last + Days::new(180)).await;
        app.client().get(&format!("/san-pham/{}", two.slug)).await.expect(200).says("còn hiệu lực");
        app.wake_on(last + Days::new(181)).await;
        app.client().get(&format!("/san-pham/{}", two.slug)).await.expect(200).says("đã hết hiệu lực");
        assert_eq!(mails(app, "đã hết thời gian kéo dài"), 3, "for the second alone");
        assert_eq!(app.verbs("product", &two.id).await, ["file_regrading", "end_run_on"]);
        assert_eq!(app.verbs("product", &one.id).await, ["file_regrading", "refuse_regrading"]);
    }

    async fn a_withdrawal_has_its_ground_its_days_and_its_signer_and_is_told_to_all(app: TestApp) {
        app.apply_criteria().await;
        let (product, _) = ending(app, "A-1", 400).await;
        let shelf = app.add_point(|point| (point.state, point.state_since, point.opened_on, point.operator_id) = (crate::point::State::Operating, day("2024-05-05"), Some(day("2024-05-05")), Some("demo-coso".into()))).await;
        let office = app.sign_in(crate::access::Role::SURVEYOR).await;
        let made = office.post("/ket-noi/moi", &[("product", &product.id), ("point", &shelf.id), ("day", "01/11/2026"), ("note", "")]).await.expect(303);
        assert!(made.location().starts_with("/ket-noi/"));
        app.work().await;
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        let id = paper_of(app, &product.id).await.id;
        // Friday 20/11/2026, fifteen days later a Saturday: through Monday 7/12
        let found = [("found_ground", "criteria"), ("found_on", "20/11/2026"), ("found_by", "Kết luận 5/KL-SNNMT")];
        send(&keeper, &product.id, "ket-luan", &id, &[("found_ground", "x"), ("found_on", ""), ("found_by", "")]).await.expect(422).says("Hãy chọn căn cứ").says("Hãy ghi cơ quan");
        send(&keeper, &product.id, "ket-luan", &id, &found).await.expect(303);
        send(&keeper, &product.id, "ket-luan", &id, &found).await.expect(422).says("Đã có một kết luận");
        keeper.get(&format!("/san-pham-ocop/{}", product.id)).await.expect(200).says("Hạn ra quyết định 07/12/2026");
        keeper.get("/viec").await.expect(200).says("Cần quyết định thu hồi").says("07/12/2026");
        app.wake_on(day("2026-12-09")).await;
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        keeper.get("/viec").await.expect(200).says("badge-overdue");
        let decision = |by: &'static str| [("withdraw_on", "09/12/2026"), ("withdraw_decision", "77/QĐ-UBND"), ("withdraw_reason", "Không còn đạt tiêu chí"), ("withdraw_by", by)];
        send(&keeper, &product.id, "thu-hoi", &id, &decision("")).await.expect(422).says("Hãy chọn người ký");
        send(&keeper, &product.id, "thu-hoi", &id, &decision("Bộ trưởng Bộ Nông nghiệp và Môi trường")).await.expect(422).says("Sản phẩm 3 sao do Chủ tịch UBND cấp tỉnh thu hồi");
        send(&keeper, &product.id, "thu-hoi", &id, &decision("Chủ tịch UBND cấp tỉnh")).await.expect(303);
        let taken = paper_of(app, &product.id).await;
        assert_eq!((taken.withdrawn_ground.as_str(), taken.withdrawn_by.as_str(), taken.withdrawn_on), ("criteria", "Chủ tịch UBND cấp tỉnh", Some(day("2026-12-09"))));
        app.work().await;
        assert_eq!(mails(app, "đã bị thu hồi. Từ ngày đó không được in"), 3, "producer, commune and keeper");
        let told = app.outbox().into_iter().filter(|mail| mail.contains("đang kết nối với")).count();
        assert!(told >= 2, "the seller and its commune, though it never stood on the shelf: {told}");
        app.work().await;
        assert!(!keeper.get("/viec").await.expect(200).body.contains("Cần quyết định thu hồi"));
        assert_eq!(app.verbs("product", &product.id).await, ["find_withdrawal", "withdraw_certificate"]);
    }

    async fn a_certificate_of_before_keeps_a_reason_in_words_and_its_last_day_is_asked(app: TestApp) {
        let (product, last) = ending(app, "A-1", 400).await;
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        let id = paper_of(app, &product.id).await.id;
        let mut tx = app.db().write().await.unwrap();
        let old = Certificate { end_rule: String::new(), valid_to: last, ..paper_of(app, &product.id).await };
        store::save_certificate(&mut tx, &old).await.unwrap();
        store::restamp(&mut tx, &product, begin_day(), begin()).await.unwrap();
        tx.commit().await.unwrap();
        app.add_product("A-2", Some((3, begin_day() - Days::new(50))), |_| {}).await;
        let list = keeper.get("/san-pham-ocop?hoi_ngay_cuoi=1").await.expect(200);
        assert!(list.body.contains("A-1") && !list.body.contains("A-2"));
        keeper.get(&format!("/san-pham-ocop/{}", product.id)).await.expect(200).says("Ngày cuối của giấy GCN-A-1?").says(&date_vi(last));
        keeper.post(&format!("/san-pham-ocop/{}/ngay-cuoi/{id}", product.id), &[("answer", "x")]).await.expect(422);
        keeper.post(&format!("/san-pham-ocop/{}/ngay-cuoi/{id}", product.id), &[("answer", "rule")]).await.expect(303);
        let settled = paper_of(app, &product.id).await;
        assert_eq!((settled.last_day(), settled.end_rule.as_str()), (last, "dan-su-2015"));
        keeper.post(&format!("/san-pham-ocop/{}/ngay-cuoi/{id}", product.id), &[("answer", "rule")]).await.expect(409);
        assert!(!keeper.get("/san-pham-ocop?hoi_ngay_cuoi=1").await.expect(200).body.contains("A-1 ·"));
        // withdrawn before grounds were named
        send(&keeper, &product.id, "thu-hoi", &id, &[("withdraw_on", "21/05/2026"), ("withdraw_decision", "7/QĐ-UBND"), ("withdraw_reason", "Lý do như khi đó")]).await.expect(303);
        let taken = paper_of(app, &product.id).await;
        assert_eq!((taken.withdrawn_ground.as_str(), taken.withdrawn_by.as_str(), taken.withdrawn_reason.as_str()), ("", "", "Lý do như khi đó"));
    }

    async fn days_off_are_entered_by_an_administrator_and_move_deadlines(app: TestApp) {
        let admin = app.sign_in(crate::access::Role::ADMINISTRATOR).await;
        admin.get("/thong-so/ngay-nghi").await.expect(200).says("Chưa ghi ngày nghỉ lễ nào của năm 2026");
        admin.post("/thong-so/ngay-nghi", &[("day", "07/12/2026"), ("name", ""), ("reason", "")]).await.expect(422).says("Hãy ghi tên ngày nghỉ");
        admin.post("/thong-so/ngay-nghi", &[("day", "07/12/2026"), ("name", "Nghỉ bù (thử)"), ("reason", "Công văn thử")]).await.expect(303);
        let (product, _) = ending(app, "A-1", 400).await;
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        let id = paper_of(app, &product.id).await.id;
        send(&keeper, &product.id, "ket-luan", &id, &[("found_ground", "stopped"), ("found_on", "20/11/2026"), ("found_by", "UBND phường Hà Đông")]).await.expect(303);
        keeper.get(&format!("/san-pham-ocop/{}", product.id)).await.expect(200).says("Hạn ra quyết định 08/12/2026");
        keeper.post("/thong-so/ngay-nghi", &[("day", "08/12/2026"), ("name", "x"), ("reason", "x")]).await.expect(403);
        admin.post("/thong-so/ngay-nghi/xoa", &[("day", "2026-12-07")]).await.expect(303);
        assert_eq!(app.verbs("day_off", "2026-12-07").await, ["add_day_off", "drop_day_off"]);
    }
}
