//! Who is told of take-downs: the true reason, one mail a reader and day, chains by mail, what is late rises.

use super::*;

fn mails(app: &TestApp, to: &str, words: &str) -> Vec<String> {
    app.outbox().into_iter().filter(|mail| mail.contains(&format!("To: {to}")) && mail.contains(words)).collect()
}

store_test! {
    async fn b17_a_takedown_tells_its_true_reason_once_a_day(app: TestApp) {
        // the certificate lapsed long ago; the product stands there by a claim whose paper ends on 30 November
        let office = app.sign_in(Role::SURVEYOR).await;
        let claimed = live(app, "T-1", "2022-01-10").await;
        let point = open_point(app, |point| point.operator_id = Some("demo-coso".into())).await;
        let fields = [("product", claimed.id.as_str()), ("basis", "safe_vegetables"), ("paper_no", "12/GCN"), ("paper_issuer", "Chi cục Quản lý chất lượng"), ("valid_from", "01/03/2026"), ("valid_until", "30/11/2026"), ("origin", ""), ("note", "")];
        office.post("/ket-noi/can-cu", &fields).await.expect(303);
        let connection = shelved(app, &claimed, &point, "01/11/2026").await;
        let other = live(app, "T-2", "2026-01-10").await;
        shelved(app, &other, &point, "01/11/2026").await;
        app.wake_on(on("2026-12-01")).await;
        let told = mails(app, "coso@ocop.example", "Đề nghị gỡ khỏi kệ");
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("giấy số 12/GCN của Chi cục Quản lý chất lượng hết hạn từ 01/12/2026") && !told[0].contains("Giấy chứng nhận OCOP"), "{}", told[0]);
        // another product goes the same day: its mail waits for the next morning, so that a reader has one a day
        let mut tx = app.db().write().await.unwrap();
        let taken = product::store::certificates(&mut tx, &other.id).await.unwrap().remove(0).withdraw(on("2026-12-01"), "Lý do", "9/QĐ-UBND", on("2026-12-01")).unwrap();
        product::store::save_certificate(&mut tx, &taken).await.unwrap();
        product::store::restamp(&mut tx, &other, on("2026-12-01"), app.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        crate::connection::changed(&app.app, &other.id).await.unwrap();
        app.work().await;
        assert_eq!(mails(app, "coso@ocop.example", "Đề nghị gỡ khỏi kệ").len(), 1);
        app.sign_in(Role::BUSINESS).await.get("/viec").await.expect(200).says("bị thu hồi từ 01/12/2026, theo 9/QĐ-UBND");
        app.wake_on(on("2026-12-02")).await;
        app.wake_on(on("2026-12-03")).await;
        let told = mails(app, "coso@ocop.example", "Đề nghị gỡ khỏi kệ");
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[1].contains("T-2") && told[1].contains("bị thu hồi từ 01/12/2026, theo 9/QĐ-UBND") && !told[1].contains("T-1"), "{}", told[1]);
        // the screen of the connection says the same reason
        app.sign_in(Role::BUSINESS).await.get(&format!("/ket-noi/{connection}")).await.expect(200).says("12/GCN");
    }

    async fn b17_a_chain_is_told_by_mail_and_what_is_late_rises_to_the_leaders(app: TestApp) {
        let office = app.sign_in(Role::SURVEYOR).await;
        let product = live(app, "T-3", "2023-11-30").await;
        let made = office.post("/ket-noi/chuoi/moi", &[("name", "Siêu thị Hoa Sen"), ("mail", "không phải thư")]).await.expect(422);
        assert!(made.body.contains("không phải thư"), "what was typed stays");
        let made = office.post("/ket-noi/chuoi/moi", &[("name", "Siêu thị Hoa Sen"), ("mail", "mua@hoasen.example")]).await.expect(303);
        let chain = made.location().trim_start_matches("/ket-noi/chuoi/").split('?').next().unwrap().to_owned();
        let path = format!("/ket-noi/chuoi/{chain}/thu");
        office.post(&path, &[("mail", "sai@")]).await.expect(422).says("sai@");
        app.sign_in(Role::BUSINESS).await.post(&path, &[("mail", "khac@example.com")]).await.expect(404);
        app.sign_in(Role::AUDITOR).await.post(&path, &[("mail", "khac@example.com")]).await.expect(403);
        office.post(&path, &[("mail", "hang@hoasen.example")]).await.expect(303);
        office.get(&format!("/ket-noi/chuoi/{chain}")).await.expect(200).says("hang@hoasen.example");
        assert!(!app.sign_in(Role::BUSINESS).await.get(&format!("/ket-noi/chuoi/{chain}")).await.body.contains("hang@hoasen.example"));
        office.post(&format!("/ket-noi/chuoi/{chain}/cua-hang"), &[("store_name", "Hoa Sen 1"), ("store_address", "Số 1"), ("unit", "Hà Đông")]).await.expect(303);
        let connection = id_of(&office.post("/ket-noi/moi", &[("product", &product.id), ("chain", &chain), ("day", "01/11/2026"), ("which", "all")]).await.expect(303));
        step(app, &office, &connection, "shelf", "02/11/2026", &[]).await.expect(303);
        app.wake_on(on("2026-12-01")).await;
        let told = mails(app, "hang@hoasen.example", "Đề nghị gỡ khỏi kệ");
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("hết hiệu lực từ 01/12/2026") && told[0].contains("Gỡ trước ngày 08/12/2026") && told[0].contains("trả lời cơ quan quản lý"), "{}", told[0]);
        // a day late: whoever was asked is reminded; a week later the leaders learn of it; each once
        app.wake_on(on("2026-12-08")).await;
        assert_eq!(mails(app, "hang@hoasen.example", "đã quá hạn").len(), 0);
        for day in ["2026-12-09", "2026-12-10", "2026-12-15"] {
            app.wake_on(on(day)).await;
        }
        assert_eq!((mails(app, "hang@hoasen.example", "đã quá hạn").len(), mails(app, "lanhdao@ocop.example", "đã quá hạn").len()), (1, 0));
        for day in ["2026-12-16", "2026-12-17"] {
            app.wake_on(on(day)).await;
        }
        assert_eq!((mails(app, "hang@hoasen.example", "đã quá hạn").len(), mails(app, "lanhdao@ocop.example", "đã quá hạn").len()), (1, 1));
        app.sign_in(Role::LEADER).await.get("/viec").await.expect(200).says("đã chuyển lãnh đạo");
        assert_eq!(app.verbs("connection", &connection).await.iter().filter(|verb| *verb == "rise_takedown").count(), 2);
        // the address goes with the person who had it
        let mut tx = app.db().write().await.unwrap();
        store::forget_mail(&mut tx, "hang@hoasen.example").await.unwrap();
        assert_eq!(store::chain_mail(&mut tx, &chain).await.unwrap(), None);
    }
}
