//! A producer prepares a dossier, and its commune does its part.

use chrono::{Days, NaiveDate};

use super::model::{self, Kind, State};
use super::store;
use crate::access::Role;
use crate::file::document_tests::{pages, pdf};
use crate::product::Product;
use crate::scoring::books;
use crate::store_test;
use crate::testing::{Client, TestApp, begin_day, is_ci};
use crate::text::date_vi;

const TEA: &str = "26-2026-11";

/// A product of the sample business, in the set of teas.
pub async fn tea(app: &TestApp, code: &str, from: Option<NaiveDate>) -> Product {
    app.add_product(code, from.map(|from| (3, from)), |product| {
        product.producer_id = Some("demo-coso".into());
        product.set_name = books::of(TEA).unwrap().name.clone();
    })
    .await
}

pub async fn begin(client: &Client, product: &Product, kind: Kind) -> String {
    let page = client.get("/ho-so-danh-gia/moi").await.expect(200);
    let made = client
        .post("/ho-so-danh-gia/moi", &[("once", &page.value("once")), ("product", &product.id), ("kind", kind.word())])
        .await
        .expect(303);
    made.location().split('?').next().unwrap().to_owned()
}

/// Answers every line with the best answer but those named, which get the place beside them.
pub async fn answer_all(client: &Client, path: &str, but: &[(&str, &str)]) {
    for line in books::of(TEA).unwrap().asked() {
        let best = (line.answers(None).unwrap().len() - 1).to_string();
        let at = but.iter().find(|(no, _)| *no == line.no).map_or(best.as_str(), |(_, at)| at);
        client.post(&format!("{path}/muc/{}", line.no), &[("answer", at), ("words", "Có hồ sơ kèm theo")]).await.expect(303);
    }
}

pub async fn version(app: &TestApp, path: &str) -> String {
    let id = path.trim_start_matches("/ho-so-danh-gia/");
    store::find(&mut app.db().read().await.unwrap(), id).await.unwrap().unwrap().version.to_string()
}

store_test! {
    async fn a_dossier_goes_from_nothing_to_the_proposal_of_its_commune(app: TestApp) {
        let product = tea(app, "TRA-1", None).await;
        let (producer, commune) = (app.sign_in(Role::BUSINESS).await, app.sign_in(Role::COMMUNE).await);
        let path = begin(&producer, &product, Kind::First).await;
        producer.get(&format!("/san-pham-ocop/{}", product.id)).await.expect(200).says("Lập hồ sơ đánh giá");
        producer.get(&format!("/ho-so-danh-gia?product={}", product.id)).await.expect(200).says(&path);
        assert!(!producer.get("/ho-so-danh-gia?product=khac").await.expect(200).body.contains(&path));
        producer.get(&path).await.expect(200).says("Bắt đầu trả lời").says("Còn thiếu trước khi gửi").says("chưa đối chiếu với công báo");
        commune.get(&path).await.expect(404);
        // one question a screen, with what it comes to
        let first = producer.get(&format!("{path}/muc/1.1")).await.expect(200).says("Nguồn nguyên liệu").says("mục 1 trong").says("điều kiện 3 sao");
        assert!(first.body.contains("name=\"was\" value=\"-\""));
        let next = producer.post(&format!("{path}/muc/1.1"), &[("was", "-"), ("answer", "1"), ("then", "next")]).await.expect(303);
        assert!(next.location().contains("/muc/1.2"), "{}", next.location());
        producer.post(&format!("{path}/gui"), &[("version", &version(app, &path).await)]).await.expect(409).says("Hồ sơ còn thiếu");
        answer_all(&producer, &path, &[]).await;
        let whole = producer.get(&path).await.expect(200).says("5★").says("100").says("Kiểm tra lại trước khi gửi");
        assert!(!whole.body.contains("Còn thiếu trước khi gửi"));
        producer.post(&format!("{path}/gui"), &[("version", &version(app, &path).await)]).await.expect(303);
        // sent: a receipt, the commune's days, nothing more to write
        let sent = producer.get(&path).await.expect(200).says("Biên nhận").says("có giá trị như hồ sơ giấy").says("Chờ xã, phường");
        assert!(!sent.body.contains("Gửi hồ sơ</button>"));
        producer.post(&format!("{path}/muc/1.1"), &[("answer", "0")]).await.expect(409).says("Chờ xã, phường");
        app.work().await;
        assert!(app.outbox().iter().any(|mail| mail.contains("Chủ thể đã gửi hồ sơ")), "the commune is told");
        let last = crate::dossier::rule::working(begin_day(), 15, &[]);
        commune.get("/viec").await.expect(200).says("Cần xem hồ sơ đánh giá").says(&date_vi(last));
        let read = commune.get(&path).await.expect(200).says("Câu trả lời của chủ thể").says("15 ngày làm việc").says("chưa có lịch nghỉ lễ").says("Có hồ sơ kèm theo");
        let at = read.value("version");
        // a return needs its list, keeps what was typed, and reaches the producer
        commune.post_from(&path, &format!("{path}/tra-lai"), &[("version", &at), ("reason", "")]).await.expect(422).says("Hãy ghi từng điều cần bổ sung");
        commune.post(&format!("{path}/tra-lai"), &[("version", &at), ("reason", "Thiếu phiếu kiểm nghiệm"), ("by", &date_vi(begin_day() - Days::new(1)))]).await.expect(422).says("Hạn bổ sung đã qua");
        commune.post(&format!("{path}/tra-lai"), &[("version", &at), ("reason", "Thiếu phiếu kiểm nghiệm"), ("by", &date_vi(begin_day() + Days::new(7)))]).await.expect(303);
        producer.get("/viec").await.expect(200).says("Cần bổ sung hồ sơ đánh giá");
        producer.get(&path).await.expect(200).says("Thiếu phiếu kiểm nghiệm");
        producer.post(&format!("{path}/gui"), &[("version", &version(app, &path).await)]).await.expect(303);
        // the report: four contents, its number and day
        let at = version(app, &path).await;
        let today = date_vi(begin_day());
        let whole = [("version", at.as_str()), ("check-material", "Nguyên liệu của xã"), ("check-labour", "80%"), ("check-idea", "Tự nghĩ"), ("check-identity", "Trà sen"), ("proposal", "Đề nghị đánh giá"), ("report_no", "12/BC-UBND"), ("reported_on", &today)];
        for left in 1..whole.len() {
            let lacks: Vec<(&str, &str)> = whole.iter().enumerate().filter(|(at, _)| *at != left).map(|(_, pair)| *pair).collect();
            commune.post(&format!("{path}/bao-cao"), &lacks).await.expect(422).says("Nguyên liệu của xã".get(..0).unwrap());
        }
        // written so far it is kept and printed, to be signed and numbered
        commune.post(&format!("{path}/bao-cao"), &[("version", &at), ("check-material", "Nguyên liệu của xã"), ("met_on", &today), ("then", "draft")]).await.expect(303);
        let drafted = commune.get(&path).await.expect(200).says("Nguyên liệu của xã").says("bản nháp để ký, lấy số");
        producer.get(&format!("{path}/mau-03.docx")).await.expect(404);
        commune.get(&format!("{path}/mau-03.docx")).await.expect(200);
        let at = drafted.value("version");
        let mut whole = whole;
        whole[0].1 = &at;
        let (late, digits) = (date_vi(begin_day() + Days::new(1)), today.replace('/', ""));
        commune.post(&format!("{path}/bao-cao"), &[&whole[..], &[("met_on", &late)]].concat()).await.expect(422).says("Ngày họp phải từ ngày nhận");
        // a keypad without a stroke gives eight digits
        whole[7].1 = &digits;
        commune.post(&format!("{path}/bao-cao"), &whole).await.expect(303);
        producer.get(&path).await.expect(200).says("Đã đề xuất").says("12/BC-UBND").says("Đề nghị đánh giá");
        app.sign_in(Role::PRODUCT_KEEPER).await.get(&path).await.expect(200).says("12/BC-UBND");
        commune.post(&format!("{path}/bao-cao"), &whole).await.expect(409);
        assert!(app.verbs("dossier", path.trim_start_matches("/ho-so-danh-gia/")).await.contains(&"propose_dossier".to_owned()));
    }

    async fn codes_are_given_by_the_commune_without_gaps_once_somebody_set_when(app: TestApp) {
        let (producer, commune) = (app.sign_in(Role::BUSINESS).await, app.sign_in(Role::COMMUNE).await);
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let today = date_vi(begin_day());
        // the register knows a code of this commune and year already
        tea(app, "01-09556-4-2026", None).await;
        let mut codes = Vec::new();
        for at in 0..4 {
            let product = tea(app, &format!("SP-HN-2026-900{at}"), None).await;
            let path = begin(&producer, &product, Kind::First).await;
            answer_all(&producer, &path, &[]).await;
            producer.post(&format!("{path}/gui"), &[("version", &version(app, &path).await)]).await.expect(303);
            if at == 1 {
                let name = "product_code_moment";
                admin.post(&format!("/thong-so/{name}"), &[(&format!("{name}-value"), "1"), (&format!("{name}-from"), &today), (&format!("{name}-reason"), "Quy chế của Thành phố")]).await.expect(303);
            }
            let at = version(app, &path).await;
            let report = [("version", at.as_str()), ("check-material", "x"), ("check-labour", "x"), ("check-idea", "x"), ("check-identity", "x"), ("proposal", "x"), ("report_no", "1/BC"), ("reported_on", &today)];
            commune.post(&format!("{path}/bao-cao"), &report).await.expect(303);
            // one number for several dossiers may be meant, and is told
            assert_eq!(commune.get(&path).await.expect(200).body.contains("cùng ngày cũng ghi cho"), !codes.is_empty());
            codes.push(crate::product::store::find(&mut app.db().read().await.unwrap(), &product.id).await.unwrap().unwrap().code);
        }
        assert_eq!(codes, ["SP-HN-2026-9000", "01-09556-5-2026", "01-09556-6-2026", "01-09556-7-2026"]);
    }

    async fn what_is_no_answer_is_refused_and_nothing_is_lost(app: TestApp) {
        let product = tea(app, "TRA-1", None).await;
        let producer = app.sign_in(Role::BUSINESS).await;
        let path = begin(&producer, &product, Kind::First).await;
        let wrong = producer.post(&format!("{path}/muc/1.1"), &[("answer", "9"), ("words", "Nguyên liệu Tân Cương")]).await.expect(422).says("không thuộc thang");
        assert!(wrong.body.contains("Nguyên liệu Tân Cương"), "what was typed is still there");
        producer.post(&format!("{path}/muc/1"), &[("answer", "0")]).await.expect(404);
        producer.post(&format!("{path}/muc/9.9"), &[("answer", "0")]).await.expect(404);
        // of two who answer one question the second is told
        producer.post(&format!("{path}/muc/1.1"), &[("was", "-"), ("answer", "1")]).await.expect(303);
        producer.post(&format!("{path}/muc/1.1"), &[("was", "-"), ("answer", "2")]).await.expect(409).says("người khác thay đổi");
        producer.post(&format!("{path}/muc/1.2"), &[("was", "-"), ("answer", "1")]).await.expect(303);
        // a second dossier of the product leads to the first
        assert_eq!(begin(&producer, &product, Kind::First).await, path);
        // what ends the marking is told with its ground
        producer.post(&format!("{path}/muc/1.1"), &[("answer", "1"), ("found", "1.1#0")]).await.expect(303);
        producer.get(&path).await.expect(200).says("Phiếu dừng ở đây").says("nhập khẩu");
        producer.post(&format!("{path}/muc/1.1"), &[("answer", "1")]).await.expect(303);
        assert!(!producer.get(&path).await.expect(200).body.contains("Phiếu dừng ở đây"));
        // others: a producer of elsewhere, whoever does not prepare
        let other = app.sign_in_new(Role::BUSINESS, "demo-hoi", None).await;
        for answer in [other.get(&path).await, other.get(&format!("{path}/muc/1.1")).await, other.post(&format!("{path}/muc/1.1"), &[("answer", "0")]).await, other.post(&format!("{path}/rut"), &[("version", "1")]).await] {
            answer.expect(404);
        }
        app.sign_in(Role::COMMUNE).await.post(&format!("{path}/muc/1.1"), &[("answer", "0")]).await.expect(403);
        app.sign_in(Role::COMMUNE).await.post(&format!("{path}/bao-cao"), &[("version", "1")]).await.expect(404);
        // given up, the product is free again
        producer.post(&format!("{path}/rut"), &[("version", &version(app, &path).await)]).await.expect(303);
        assert_ne!(begin(&producer, &product, Kind::First).await, path);
    }

    async fn an_upgrade_and_a_regrading_stand_on_the_certificate(app: TestApp) {
        let rule = crate::product::term::regrading_on(begin_day()).unwrap();
        let new = tea(app, "TRA-0", None).await;
        let valid = tea(app, "TRA-1", Some(begin_day() - Days::new(100))).await;
        let producer = app.sign_in(Role::BUSINESS).await;
        let page = producer.get("/ho-so-danh-gia/moi").await.expect(200);
        let once = page.value("once");
        for (product, kind, says) in [(&new, "upgrade", "chưa có giấy chứng nhận"), (&new, "regrade", "chưa có giấy chứng nhận"), (&valid, "first", "đang có giấy chứng nhận 3 sao")] {
            producer.post("/ho-so-danh-gia/moi", &[("once", &once), ("product", &product.id), ("kind", kind)]).await.expect(409).says(says);
        }
        // an upgrade has to say what changed
        let path = begin(&producer, &valid, Kind::Upgrade).await;
        answer_all(&producer, &path, &[]).await;
        producer.post(&format!("{path}/gui"), &[("version", &version(app, &path).await)]).await.expect(409).says("đã thay đổi");
        producer.post(&format!("{path}/thay-doi"), &[("version", &version(app, &path).await), ("news", "Bao bì mới, thêm đại lý")]).await.expect(303);
        producer.post(&format!("{path}/gui"), &[("version", &version(app, &path).await)]).await.expect(303);
        // a re-grading on the day before its time, within it, and after it
        let last = |from: NaiveDate| crate::product::model::end_of(from, 36).unwrap().pred_opt().unwrap();
        let find = |wanted: NaiveDate| {
            let mut from = wanted - Days::new(1096);
            while last(from) < wanted {
                from = from + Days::new(1);
            }
            from
        };
        for (at, (before, says)) in [(rule.opens + 1, "Chưa đến thời gian nộp"), (rule.opens, ""), (rule.closes, ""), (rule.closes - 1, "kéo dài đến khi có kết quả")].into_iter().enumerate() {
            let product = tea(app, &format!("TRA-{}", at + 5), Some(find(begin_day() + Days::new(before)))).await;
            let path = begin(&producer, &product, Kind::Regrade).await;
            if at == 0 {
                answer_all(&producer, &path, &[]).await;
                producer.post(&format!("{path}/thay-doi"), &[("version", &version(app, &path).await), ("news", "Không đổi")]).await.expect(303);
                producer.post(&format!("{path}/gui"), &[("version", &version(app, &path).await)]).await.expect(409).says(says);
            }
            let page = producer.get(&path).await.expect(200);
            assert!(page.body.contains(says), "{before} days before the last");
            assert_eq!(page.body.contains("data-tone=\"warn\"><p>"), !says.is_empty(), "{before} days before the last");
        }
    }

    async fn a_paper_of_the_wallet_proves_many_answers_until_it_ends(app: TestApp) {
        let (one, two) = (tea(app, "TRA-1", None).await, tea(app, "TRA-2", None).await);
        let producer = app.sign_in(Role::BUSINESS).await;
        producer.get("/minh-chung").await.expect(200).says("Ví chưa có giấy nào");
        let pdf = &pdf("")[..];
        let once = producer.get("/minh-chung").await.expect(200).value("once");
        let fields = [("once", once.as_str()), ("title", "Giấy an toàn thực phẩm"), ("number", "12/ATTP"), ("issued_on", "01/06/2026"), ("valid_until", "01/12/2026")];
        producer.post_files("/minh-chung", &[&fields[..4], &[("valid_until", "01/05/2026")]].concat(), &[("files", "attp.pdf", pdf)]).await.expect(422).says("phải sau ngày cấp");
        producer.post("/minh-chung", &fields).await.expect(422).says("ít nhất một tệp");
        producer.post_files("/minh-chung", &fields, &[("files", "attp.pdf", pdf)]).await.expect(303);
        let wallet = producer.get("/minh-chung").await.expect(200).says("Giấy an toàn thực phẩm").says("số 12/ATTP");
        producer.get("/viec").await.expect(200).says("Cần thay giấy minh chứng");
        let file = wallet.body.split("href=\"").filter_map(|part| part.split('"').next()).find(|href| href.starts_with("/tep/")).unwrap().to_owned();
        let evidence = wallet.body.split("/minh-chung/").filter_map(|part| part.split("/rut").next()).find(|id| id.len() == 32).unwrap().to_owned();
        let path = begin(&producer, &one, Kind::First).await;
        producer.get(&format!("{path}/muc/1.1")).await.expect(200).says("Chọn từ ví minh chứng").says("Giấy an toàn thực phẩm");
        producer.post(&format!("{path}/muc/1.1"), &[("answer", "1"), ("proof", &evidence), ("pages", "")]).await.expect(303);
        producer.post(&format!("{path}/muc/1.1"), &[("answer", "1"), ("had", &evidence), ("proof", &evidence), (&format!("pages-{evidence}"), "2–3")]).await.expect(303);
        answer_all(&producer, &path, &[]).await;
        // the same answers, words and papers for a sister product
        let sister = begin(&producer, &two, Kind::First).await;
        producer.get(&sister).await.expect(200).says("Chép sang hồ sơ này");
        producer.post(&format!("{sister}/chep"), &[]).await.expect(303);
        producer.get(&sister).await.expect(200).says("5★");
        producer.get(&format!("{sister}/muc/1.1")).await.expect(200).says("Giấy an toàn thực phẩm").says("2–3");
        producer.get("/minh-chung").await.expect(200).says("Sản phẩm TRA-1").says("Sản phẩm TRA-2");
        // whoever does not see a dossier that it proves does not open it
        producer.get(&file).await.expect(200);
        let commune = app.sign_in(Role::COMMUNE).await;
        commune.get(&file).await.expect(404);
        producer.post(&format!("{path}/gui"), &[("version", &version(app, &path).await)]).await.expect(303);
        commune.get(&file).await.expect(200);
        let other = app.sign_in_new(Role::BUSINESS, "demo-hoi", None).await;
        other.get(&file).await.expect(404);
        other.post(&format!("/minh-chung/{evidence}/rut"), &[("reason", "x")]).await.expect(404);
        // taken back: the open dossier that points to it is told, and cannot be sent
        producer.post(&format!("/minh-chung/{evidence}/rut"), &[("reason", "Cấp lại")]).await.expect(303);
        producer.get(&sister).await.expect(200).says("đã rút ngày");
        assert!(!producer.get("/viec").await.expect(200).body.contains("Cần thay giấy minh chứng"));
        producer.post(&format!("{sister}/gui"), &[("version", &version(app, &sister).await)]).await.expect(409).says("Giấy an toàn thực phẩm");
        producer.post(&format!("{sister}/muc/1.1"), &[("answer", "1"), ("had", &evidence)]).await.expect(303);
        producer.post(&format!("{sister}/gui"), &[("version", &version(app, &sister).await)]).await.expect(303);
        // a paper of another producer proves nothing here
        let path = begin(&producer, &tea(app, "TRA-3", None).await, Kind::First).await;
        producer.post(&format!("{path}/muc/1.1"), &[("answer", "1"), ("proof", "khong-co")]).await.expect(422).says("không còn dùng được");
    }

    async fn the_first_page_of_a_paper_is_drawn_after_it_was_sent_and_seen_by_whoever_opens_the_paper(app: TestApp) {
        let producer = app.sign_in(Role::BUSINESS).await;
        let once = producer.get("/minh-chung").await.expect(200).value("once");
        let files = [("files", "hai-trang.pdf", &pages(2)[..]), ("files", "khong-trang.pdf", &pdf("")[..])];
        producer.post_files("/minh-chung", &[("once", &once), ("title", "Hợp đồng")], &files).await.expect(303);
        let wallet = producer.get("/minh-chung").await.expect(200).says("hai-trang.pdf");
        assert!(!wallet.body.contains("co=nho"), "drawn while the sender waited");
        let papers: Vec<String> = wallet.body.split("href=\"").filter_map(|part| part.split('"').next()).filter(|href| href.starts_with("/tep/")).map(str::to_owned).collect();
        app.work().await;
        let outcomes = app.outcomes("draw").await;
        if outcomes.iter().any(|outcome| outcome == "paper-missing") && !is_ci() {
            eprintln!("NOT DRAWN: ocop-paper is not built; `cargo build -p ocop-paper` builds it");
            return;
        }
        // the one without a page stays without a picture, and stands in nobody's way
        assert_eq!(outcomes, ["2", "paper-failed"]);
        let wallet = producer.get("/minh-chung").await.expect(200).says("hai-trang.pdf, 2 trang").says("khong-trang.pdf</a>");
        assert_eq!(wallet.body.matches("co=nho").count(), 1);
        let small = format!("{}?co=nho", papers[0]);
        let answer = producer.get(&small).await.expect(200);
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("image/jpeg", "private, no-store"));
        producer.get(&format!("{}?co=nho", papers[1])).await.expect(404);
        app.sign_in(Role::COMMUNE).await.get(&small).await.expect(404);
    }
}

#[test]
fn a_receipt_is_short_and_follows_the_digest() {
    assert_eq!(model::receipt("3f2a9c1b77d0aa"), "3F2A-9C1B-77D0");
    assert!(State::ALL.iter().all(|state| !state.name().is_empty()));
}
