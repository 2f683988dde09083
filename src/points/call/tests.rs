//! A call goes out, is answered, is late, is closed; what cannot be is refused.

use chrono::{Days, NaiveDate};

use super::model::{self, Call, Said, State};
use super::store::{self, Only};
use crate::access::Role;
use crate::store_test;
use crate::testing::{Client, TestApp, begin, begin_day};
use crate::text::date_vi;

const HA_DONG: &str = "09556.2025";
const BAT_TRANG: &str = "00577.2025";

fn due() -> NaiveDate {
    begin_day() + Days::new(30)
}

/// Writes a call and gives its id.
async fn write(client: &Client, changes: &[(&'static str, &str)]) -> String {
    let due = date_vi(due());
    let mut fields: Vec<(&str, &str)> = vec![
        ("title", "Đăng ký điểm OCOP năm 2027"),
        ("year", "2027"),
        ("text", "Đề nghị đề xuất tối thiểu 2 điểm và kinh phí."),
        ("basis", "Công văn 1/SCT"),
        ("due_on", &due),
        ("least", "2"),
        ("communes", "all"),
    ];
    for (name, value) in changes {
        if *name != "body" {
            fields.retain(|(known, _)| known != name);
        }
        fields.push((name, value));
    }
    let answer = client.post("/dot-de-nghi/moi", &fields).await.expect(303);
    answer.location().trim_start_matches("/dot-de-nghi/").split('?').next().unwrap().to_owned()
}

async fn call(app: &TestApp, id: &str) -> Call {
    let mut tx = app.db().read().await.unwrap();
    store::find(&mut tx, id).await.unwrap().unwrap()
}

async fn issue(app: &TestApp, client: &Client, id: &str) -> u16 {
    let version = call(app, id).await.version.to_string();
    client.post(&format!("/dot-de-nghi/{id}/phat-hanh"), &[("version", &version)]).await.status.as_u16()
}

async fn issued(app: &TestApp, changes: &[(&'static str, &str)]) -> (Client, String) {
    let leader = app.sign_in(Role::LEADER).await;
    let id = write(&leader, changes).await;
    assert_eq!(issue(app, &leader, &id).await, 303);
    app.work().await;
    (leader, id)
}

/// Answers with the version that the page shows.
async fn answer(client: &Client, id: &str, fields: &[(&str, &str)]) -> crate::testing::Answer {
    let path = format!("/dot-de-nghi/{id}/tra-loi");
    let version = client.get(&path).await.value("version");
    let mut sent = vec![("version", version.as_str())];
    sent.extend_from_slice(fields);
    client.post(&path, &sent).await
}

const GIVEN: [(&str, &str); 5] = [
    ("state", "given"),
    ("number", "3"),
    ("places", "Cửa hàng gốm số 8; Thôn 5\nQuầy chợ; Chợ Hà Đông"),
    ("money-city", "50.000.000"),
    ("money-commune", "20.000.000"),
];

store_test! {
    async fn a_call_goes_to_every_commune_of_its_day_and_is_answered(app: TestApp) {
        let (leader, id) = issued(app, &[("body", "so-du-lich"), ("body", "demo-hoi")]).await;
        let communes = app.region().communes(begin_day()).len() as i64;
        assert_eq!(app.rows_of("call_answer").await, communes + 2);
        // one mail to each account of an addressee
        let mails = app.outbox();
        let to = |who: &str| mails.iter().filter(|mail| mail.contains(&format!("To: {who}"))).count();
        assert_eq!((to("xa@ocop.example"), to("khaosat2@ocop.example"), to("hoi@ocop.example"), to("lanhdao@ocop.example")), (1, 1, 1, 0));
        let commune = app.sign_in(Role::COMMUNE).await;
        commune.get("/viec").await.expect(200).says("Đăng ký điểm OCOP năm 2027").says("Cần trả lời đợt đề nghị");
        commune.get("/dot-de-nghi").await.expect(200).says("Chưa trả lời");
        assert!(commune.get(&format!("/dot-de-nghi/{id}")).await.expect(303).location().ends_with("/tra-loi"));
        // a record and a place without one
        let point = app.add_point(|point| { point.unit_id = Some(HA_DONG.into()); point.name = "Hồ sơ lụa".into(); point.lon = None; point.lat = None; }).await;
        let mut fields = GIVEN.to_vec();
        fields.push(("point", &point.id));
        answer(&commune, &id, &fields).await.expect(303);
        commune.get(&format!("/dot-de-nghi/{id}/tra-loi")).await.expect(200).says("70.000.000 đ").says("Cửa hàng gốm số 8").says(&format!("/ho-so/{}", point.id));
        assert!(!commune.get("/viec").await.body.contains("Cần trả lời đợt đề nghị"));
        let association = app.sign_in(Role::ASSOCIATION).await;
        answer(&association, &id, &[("state", "nothing"), ("reason", "Hội viên chưa có mặt bằng")]).await.expect(303);
        // the overview adds up to its rows
        let mut tx = app.db().read().await.unwrap();
        let totals = store::totals(&mut tx, &id, due()).await.unwrap();
        assert_eq!((totals.addressees, totals.communes, totals.given, totals.empty, totals.waiting, totals.number), (communes + 2, communes, 1, 1, communes, 3));
        let mut rows = Vec::new();
        let mut after = String::new();
        loop {
            let page = store::replies(&mut tx, &id, Only::All, (due(), false), &after, 50).await.unwrap();
            let (more, rest) = page.take();
            rows.extend(more);
            match rest.next() { Some(key) => after = key.to_owned(), None => break }
        }
        assert_eq!((rows.len() as i64, rows.iter().map(|row| row.number).sum::<i64>()), (totals.addressees, totals.number));
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let of_rows: i64 = store::money_of(&mut tx, &ids).await.unwrap().iter().map(|(_, _, amount)| amount).sum();
        let of_all: i64 = store::money_totals(&mut tx, &id).await.unwrap().iter().map(|line| line.amount).sum();
        assert_eq!((of_rows, of_all), (70_000_000, 70_000_000));
        drop(tx);
        leader.get(&format!("/dot-de-nghi/{id}")).await.expect(200).says(&format!("2/{}", communes + 2)).says(&format!("3/{}", communes * 2)).says("50.000.000 đ");
        leader.get(&format!("/dot-de-nghi/{id}?loc=da")).await.expect(200).says("Hội viên chưa có mặt bằng").says("3 nơi đề nghị");
        // the table to take away holds the same
        let csv = leader.get(&format!("/dot-de-nghi/{id}/tra-loi.csv")).await.expect(200);
        assert_eq!(csv.body.matches("\r\n").count() as i64, communes + 3);
        assert!(csv.body.contains("Có đề nghị,3,50000000,20000000,,,,,,70000000,2026-11-22"), "{}", csv.body);
        leader.get(&format!("/dot-de-nghi/{id}/tra-loi.xlsx")).await.expect(200);
        commune.get(&format!("/dot-de-nghi/{id}/tra-loi.csv")).await.expect(403);
        assert_eq!(app.verbs("call", &id).await, ["write_call", "issue_call", "answer_call", "answer_call"]);
    }

    async fn a_call_that_cannot_be_is_refused(app: TestApp) {
        let leader = app.sign_in(Role::LEADER).await;
        for (field, value) in [("title", ""), ("text", ""), ("year", "27"), ("year", "abc"), ("due_on", ""), ("due_on", "21/11/2026"), ("due_on", "31/02/2027"), ("due_on", "1/1/2090"), ("least", "-2"), ("least", "0"), ("communes", ""), ("communes", "some"), ("communes", "none")] {
            let mut fields = vec![("title", "Đợt"), ("year", "2027"), ("text", "x"), ("due_on", "30/12/2026"), ("least", "2"), ("communes", "all")];
            fields.retain(|(known, _)| *known != field);
            fields.push((field, value));
            leader.post("/dot-de-nghi/moi", &fields).await.expect(422).says("error-summary");
        }
        assert_eq!(app.rows_of("proposal_call").await, 0);
        // a body that cannot be addressed is none
        leader.post("/dot-de-nghi/moi", &[("title", "Đợt"), ("year", "2027"), ("text", "x"), ("due_on", "30/12/2026"), ("communes", "none"), ("body", "demo-coso")]).await.expect(422);
        // written, corrected, issued once
        let id = write(&leader, &[("communes", "some"), ("body", "ubnd-09556.2025")]).await;
        leader.get(&format!("/dot-de-nghi/{id}")).await.expect(200).says("Gửi đến 1 nơi nhận");
        let version = call(app, &id).await.version.to_string();
        let fields = [("version", version.as_str()), ("title", "Đợt hai"), ("year", "2027"), ("text", "x"), ("due_on", "30/12/2026"), ("communes", "some"), ("body", "ubnd-09556.2025"), ("body", "ubnd-00577.2025")];
        leader.post(&format!("/dot-de-nghi/{id}/sua"), &fields).await.expect(303);
        leader.post(&format!("/dot-de-nghi/{id}/sua"), &fields).await.expect(409);
        // before it is issued nobody else knows it
        let commune = app.sign_in(Role::COMMUNE).await;
        commune.get(&format!("/dot-de-nghi/{id}/tra-loi")).await.expect(404);
        app.sign_in(Role::AUDITOR).await.get(&format!("/dot-de-nghi/{id}")).await.expect(404);
        assert_eq!((issue(app, &leader, &id).await, app.rows_of("call_answer").await), (303, 2));
        assert_eq!((issue(app, &leader, &id).await, app.rows_of("call_answer").await), (409, 2));
        leader.get(&format!("/dot-de-nghi/{id}/sua")).await.expect(409);
        leader.post(&format!("/dot-de-nghi/{id}/sua"), &fields).await.expect(409);
        commune.post("/dot-de-nghi/moi", &[]).await.expect(403);
    }

    async fn an_answer_that_cannot_be_is_refused(app: TestApp) {
        let (leader, id) = issued(app, &[("communes", "some"), ("body", "ubnd-09556.2025")]).await;
        let commune = app.sign_in(Role::COMMUNE).await;
        for (field, value) in [
            ("state", ""), ("number", ""), ("number", "0"), ("number", "-3"), ("number", "ba"), ("number", "9999"), ("number", "1"), ("places", "Không có địa chỉ"), ("places", "A; B\na; b"),
            ("money-city", "-5"), ("money-city", "nhiều"), ("money-commune", "1.000.000.000.001"), ("prospect", "không có"), ("point", "không có"),
        ] {
            let mut fields = GIVEN.to_vec();
            fields.retain(|(known, _)| *known != field);
            fields.push((field, value));
            answer(&commune, &id, &fields).await.expect(422).says("error-summary");
        }
        answer(&commune, &id, &[("state", "given"), ("number", "1"), ("places", "A; B\nC; D")]).await.expect(422).says("danh sách có 2 nơi").says("C; D");
        answer(&commune, &id, &[("state", "nothing"), ("reason", "")]).await.expect(422);
        // what belongs to another commune cannot be proposed
        let foreign = app.add_point(|_| {}).await;
        let mut fields = GIVEN.to_vec();
        fields.push(("point", &foreign.id));
        answer(&commune, &id, &fields).await.expect(422);
        // somebody who was not asked knows no such call
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await;
        let path = format!("/dot-de-nghi/{id}/tra-loi");
        other.get(&path).await.expect(404);
        other.get(&format!("/dot-de-nghi/{id}")).await.expect(404);
        other.post(&path, &[("version", "1"), ("state", "nothing"), ("reason", "x")]).await.expect(404);
        assert!(!other.get("/dot-de-nghi").await.body.contains("năm 2027"));
        leader.post(&path, &[("version", "1"), ("state", "nothing"), ("reason", "x")]).await.expect(404);
        assert_eq!((app.rows_of("call_line").await, app.rows_of("call_money").await), (0, 0));
        // two at once
        answer(&commune, &id, &GIVEN).await.expect(303);
        commune.post(&path, &[("version", "1"), ("state", "nothing"), ("reason", "x")]).await.expect(409);
        // it may be changed, and the new one counts alone
        answer(&commune, &id, &[("state", "given"), ("number", "2"), ("money-contribution", "5.000.000")]).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        let reply = store::reply_of(&mut tx, &id, "ubnd-09556.2025", "").await.unwrap().unwrap();
        assert_eq!((reply.number, reply.is_late, store::proposals(&mut tx, &reply.id).await.unwrap().len()), (2, false, 0));
        assert_eq!(store::money(&mut tx, &reply.id).await.unwrap(), [model::Money { source: "contribution".into(), amount: 5_000_000 }]);
        drop(tx);
        // closed is closed
        let version = call(app, &id).await.version.to_string();
        leader.post(&format!("/dot-de-nghi/{id}/dong"), &[("version", &version)]).await.expect(303);
        let version = commune.get(&path).await.expect(200).value("version");
        commune.post(&path, &[("version", &version), ("state", "nothing"), ("reason", "x")]).await.expect(409).says("đã đóng");
        leader.post(&format!("/dot-de-nghi/{id}/dong"), &[("version", "3")]).await.expect(409);
    }

    async fn a_late_answer_rises_once(app: TestApp) {
        let (_, id) = issued(app, &[("communes", "some"), ("body", "ubnd-09556.2025"), ("body", "ubnd-00577.2025"), ("body", "demo-hoi")]).await;
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await;
        answer(&other, &id, &GIVEN).await.expect(303);
        let about = |words: &str, to: &str| app.outbox().iter().filter(|mail| mail.contains(words) && mail.contains(&format!("To: {to}"))).count();
        app.wake_on(due() - Days::new(8)).await;
        assert_eq!(about("sắp đến hạn", "xa@ocop.example"), 0);
        app.wake_on(due() - Days::new(7)).await;
        app.wake_on(due() - Days::new(3)).await;
        assert_eq!((about("sắp đến hạn", "xa@ocop.example"), about("sắp đến hạn", "hoi@ocop.example")), (1, 1));
        app.wake_on(due()).await;
        assert_eq!((about("đã quá hạn", "xa@ocop.example"), about("hết hạn", "lanhdao@ocop.example")), (0, 0));
        for days in 1..4 {
            app.wake_on(due() + Days::new(days)).await;
            crate::call::daily(&app.app).await.unwrap();
            app.work().await;
        }
        assert_eq!((about("đã quá hạn", "xa@ocop.example"), about("đã quá hạn", "hoi@ocop.example"), about("còn 2 nơi chưa trả lời", "lanhdao@ocop.example")), (1, 1, 1));
        // weeks have passed: everybody signs in again
        let (leader, commune) = (app.sign_in(Role::LEADER).await, app.sign_in(Role::COMMUNE).await);
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await;
        leader.get("/viec").await.expect(200).says("Nơi chậm trả lời").says("Quá hạn 3 ngày");
        let page = leader.get(&format!("/dot-de-nghi/{id}?loc=cham")).await.expect(200);
        assert!(page.body.contains("row\">UBND phường Hà Đông") && !page.body.contains("row\">UBND xã Bát Tràng"));
        // late is late, and said so; what was in time and is changed now is late too
        answer(&commune, &id, &[("state", "given"), ("number", "1")]).await.expect(303);
        answer(&other, &id, &[("state", "given"), ("number", "4")]).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        let totals = store::totals(&mut tx, &id, due()).await.unwrap();
        assert_eq!((totals.late, totals.waiting, totals.number), (2, 1, 5));
        let reply = store::reply_of(&mut tx, &id, "ubnd-09556.2025", HA_DONG).await.unwrap().unwrap();
        assert!(reply.is_late && reply.state == Said::Given);
        drop(tx);
        leader.get(&format!("/dot-de-nghi/{id}?loc=cham")).await.expect(200).says("dưới tối thiểu").says("chậm").says("row\">UBND xã Bát Tràng");
        assert_eq!(app.verbs("call", &id).await.iter().filter(|verb| verb.ends_with("late_call") || verb.ends_with("remind_call")).count(), 2);
    }

    async fn b13_a_call_says_whom_it_reached_and_only_those_are_late(app: TestApp) {
        let third = app.region().communes(begin_day()).into_iter().map(|unit| unit.id.clone()).find(|id| id != HA_DONG && id != BAT_TRANG).unwrap();
        let third_body = format!("ubnd-{third}");
        let leader = app.sign_in(Role::LEADER).await;
        let id = write(&leader, &[("communes", "some"), ("body", "ubnd-09556.2025"), ("body", "ubnd-00577.2025"), ("body", &third_body)]).await;
        let path = format!("/dot-de-nghi/{id}");
        leader.get(&path).await.expect(200).says("1 nơi có người nhận").says("2 nơi chưa có tài khoản").says("<li>UBND xã Bát Tràng</li>");
        leader.get(&format!("{path}/cong-van.pdf")).await.expect(409).says("chưa phát hành");
        assert_eq!(issue(app, &leader, &id).await, 303);
        app.work().await;
        let page = leader.get(&format!("{path}?loc=chua-toi")).await.expect(200);
        assert!(page.body.contains("UBND xã Bát Tràng") && !page.body.contains("<span>UBND phường Hà Đông"), "{}", page.body);
        // the letter for those two
        let pdf = leader.get(&format!("{path}/cong-van.pdf")).await;
        assert!(pdf.status == 503 && pdf.body.contains("ocop-paper") || pdf.header("content-type") == "application/pdf", "{}", pdf.body);
        // a paper that cannot have gone out is not recorded, and what was typed stays
        let bat_trang = { let mut tx = app.db().read().await.unwrap(); store::reply_of(&mut tx, &id, "ubnd-00577.2025", "").await.unwrap().unwrap() };
        let sent = format!("{path}/gui-giay");
        for day in ["", "21/11/2026", "1/1/2027", "32/13/2026"] {
            let page = leader.post(&sent, &[("which", "ticked"), ("answer", &bat_trang.id), ("sent_on", day)]).await.expect(422).says("error-summary");
            assert!(page.body.contains(&format!("value=\"{}\" form=\"paper\" checked", bat_trang.id)), "what was ticked stays");
        }
        leader.post(&sent, &[("which", "ticked"), ("sent_on", "22/11/2026")]).await.expect(422);
        app.sign_in(Role::COMMUNE).await.post(&sent, &[("which", "all"), ("sent_on", "22/11/2026")]).await.expect(403);
        leader.post(&sent, &[("which", "ticked"), ("answer", &bat_trang.id), ("sent_on", "22/11/2026")]).await.expect(303);
        leader.get(&path).await.expect(200).says("gửi giấy 22/11/2026").says("nơi chưa nhận được");
        // it can be taken back, and recorded again
        leader.post(&format!("{path}/gui-giay/{}/bo", bat_trang.id), &[]).await.expect(303);
        leader.post(&format!("{path}/gui-giay/{}/bo", bat_trang.id), &[]).await.expect(409);
        leader.post(&sent, &[("which", "ticked"), ("answer", &bat_trang.id), ("sent_on", "22/11/2026")]).await.expect(303);
        // late are those who had it: one by mail, one on paper
        app.wake_on(due() + Days::new(1)).await;
        let about = |words: &str, to: &str| app.outbox().iter().filter(|mail| mail.contains(words) && mail.contains(&format!("To: {to}"))).count();
        assert_eq!(about("còn 2 nơi chưa trả lời", "lanhdao@ocop.example"), 1);
        let leader = app.sign_in(Role::LEADER).await;
        let page = leader.get(&format!("{path}?loc=cham")).await.expect(200);
        assert!(page.body.contains("row\">UBND xã Bát Tràng") && page.body.contains("row\">UBND phường Hà Đông"));
        let mut tx = app.db().read().await.unwrap();
        let totals = store::totals(&mut tx, &id, due()).await.unwrap();
        assert_eq!((totals.waiting, totals.missing, totals.unreached, store::late_count(&mut tx, "so-cong-thuong", due() + Days::new(1)).await.unwrap()), (3, 2, 1, 2));
        drop(tx);
        // who gets an account is told of it by itself, and never late for the days before
        let other = app.sign_in_new(Role::COMMUNE, &third_body, Some(&third)).await;
        app.wake_on(due() + Days::new(2)).await;
        app.wake_on(due() + Days::new(3)).await;
        let told = app.outbox().into_iter().filter(|mail| mail.contains("Đề nghị trả lời đợt đề nghị phát triển điểm") && !mail.contains("To: xa@ocop.example")).count();
        assert_eq!(told, 1);
        let other = { drop(other); app.sign_in_new(Role::COMMUNE, &third_body, Some(&third)).await };
        answer(&other, &id, &GIVEN).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        let reply = store::reply_of(&mut tx, &id, &third_body, "").await.unwrap().unwrap();
        assert!(!reply.is_late && reply.reached_how == "account", "{reply:?}");
    }

    async fn b30_a_place_of_an_answer_becomes_a_prospect_with_nothing_typed_again(app: TestApp) {
        let (leader, id) = issued(app, &[("communes", "some"), ("body", "ubnd-09556.2025")]).await;
        let commune = app.sign_in(Role::COMMUNE).await;
        answer(&commune, &id, &GIVEN).await.expect(303);
        let reply = { let mut tx = app.db().read().await.unwrap(); store::reply_of(&mut tx, &id, "ubnd-09556.2025", "").await.unwrap().unwrap() };
        let take = |place: i64| format!("/dot-de-nghi/{id}/{}/{place}/van-dong", reply.id);
        leader.get(&format!("/dot-de-nghi/{id}")).await.expect(200).says(&take(1)).says("Đưa vào vận động");
        let stale = commune.get(&format!("/dot-de-nghi/{id}/tra-loi")).await.expect(200).says(&take(2)).value("version");
        let made = commune.post(&take(1), &[]).await.expect(303);
        let page = commune.get(made.location()).await.expect(200).says("Cửa hàng gốm số 8").says("Thôn 5").says("Hà Đông").says("Đăng ký điểm OCOP năm 2027");
        drop(page);
        // pressed again, or by the city, it is the same one
        let again = leader.post(&take(1), &[]).await.expect(303);
        assert_eq!(again.location().split('?').next(), made.location().split('?').next());
        assert_eq!(app.rows_of("prospect").await, 1);
        // a form opened before would make a place of it again
        let mut fields = GIVEN.to_vec();
        fields.push(("version", &stale));
        commune.post(&format!("/dot-de-nghi/{id}/tra-loi"), &fields).await.expect(409);
        let mut tx = app.db().read().await.unwrap();
        let lines = store::proposals(&mut tx, &reply.id).await.unwrap();
        assert_eq!(lines.iter().map(|line| line.kind.as_str()).collect::<Vec<_>>(), ["prospect", "place"]);
        drop(tx);
        // what looks like one that is known is asked first
        answer(&commune, &id, &[("state", "given"), ("number", "3"), ("prospect", lines[0].prospect_id.as_deref().unwrap()), ("places", "Cửa hàng gốm số 8; Số 8 phố Lụa")]).await.expect(303);
        commune.post(&take(2), &[]).await.expect(409).says("Có thể đã được ghi nhận").says("Một nơi khác");
        assert_eq!(app.rows_of("prospect").await, 1);
        let known = commune.post(&take(2), &[("same", lines[0].prospect_id.as_deref().unwrap())]).await.expect(303);
        assert_eq!(known.location().split('?').next(), made.location().split('?').next());
        // nobody else's answer
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await;
        other.post(&take(1), &[]).await.expect(404);
        app.sign_in(Role::AUDITOR).await.post(&take(1), &[]).await.expect(403);
    }

    async fn units_are_those_of_the_day_it_is_issued(app: TestApp) {
        let (_, id) = issued(app, &[]).await;
        let mut tx = app.db().read().await.unwrap();
        let page = store::replies(&mut tx, &id, Only::All, (due(), false), "", 100).await.unwrap();
        for reply in page.rows {
            let unit = app.region().get(reply.unit_id.as_deref().unwrap()).unwrap();
            assert!(unit.is_valid(begin_day()), "{}", unit.full_name);
        }
        assert!(store::reply_of(&mut tx, &id, "ubnd-tp-ha-noi", "").await.unwrap().is_none());
    }
}

fn sample() -> Call {
    Call {
        id: "c".into(),
        title: "t".into(),
        year: 2027,
        text: "x".into(),
        basis: String::new(),
        due_on: due(),
        least: Some(2),
        communes: "all".into(),
        state: State::Draft,
        issued_on: None,
        closed_on: None,
        body_id: "so".into(),
        version: 1,
        created_by: "p".into(),
        created_at: begin(),
        updated_at: begin(),
    }
}

#[test]
fn a_call_is_issued_once_to_somebody_and_in_time() {
    assert!(sample().issue(0, begin_day()).is_err());
    assert!(sample().issue(3, due() + Days::new(1)).is_err());
    let call = sample().issue(3, begin_day()).unwrap();
    assert_eq!((call.state, call.issued_on), (State::Issued, Some(begin_day())));
    assert_eq!(call.clone().issue(3, begin_day()).unwrap_err().code, "issued");
    assert!(sample().must_take_answers().is_err() && sample().close(begin_day()).is_err());
    let closed = call.close(begin_day()).unwrap();
    assert_eq!(closed.must_take_answers().unwrap_err().code, "closed");
}

#[test]
fn numbers_and_places_are_read_as_people_write_them() {
    assert_eq!((model::number("2"), model::number(" 500 ")), (Ok(2), Ok(500)));
    for typed in ["", "0", "-1", "−1", "2,5", "501", "hai"] {
        assert!(model::number(typed).is_err(), "{typed}");
    }
    assert_eq!(model::places("A; B\n\n C ;D; E").unwrap(), [("A".to_owned(), "B".to_owned()), ("C".to_owned(), "D; E".to_owned())]);
    for typed in ["A", "A;", "; B", "A; B\nA; B"] {
        assert!(model::places(typed).is_err(), "{typed}");
    }
}
