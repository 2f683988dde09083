//! A point that was not chosen comes back.

use crate::access::Role;
use crate::point::{Point, State};
use crate::store_test;
use crate::testing::TestApp;

async fn declined(app: &TestApp, supporter: Option<&str>) -> Point {
    let point = app
        .add_point(|point| {
            (point.state, point.unit_id, point.name) = (State::Declined, Some("09556.2025".into()), "Quầy chè lam".into());
            point.due_on = "2027-01-31".parse().ok();
            (point.supporter_id, point.nominated_by) = (supporter.map(Into::into), supporter.map(Into::into));
        })
        .await;
    let mut tx = app.db().write().await.unwrap();
    let (day, now) = (app.clock().today(), app.clock().now());
    crate::execute!(&mut tx, "insert into selection (id, plan_id, number, decided_on, note, decided_by, created_at) values ($1, null, '1525/QĐ-SCT', $2, '', 'x', $3)", format!("s-{}", point.id), day, now).unwrap();
    crate::execute!(
        &mut tx,
        "insert into selection_item (selection_id, point_id, verdict, guidance, fix_by, survey_id) values ($1, $2, 'declined', 'Niêm yết giá', $3, null)",
        format!("s-{}", point.id),
        &point.id,
        "2027-01-31".parse::<chrono::NaiveDate>().unwrap()
    )
    .unwrap();
    tx.commit().await.unwrap();
    point
}

store_test! {
    async fn a_point_that_was_not_chosen_is_put_forward_again_by_its_owner(app: TestApp) {
        let point = declined(app, None).await;
        let owner = app.sign_in(Role::BUSINESS).await;
        owner.get("/viec").await.expect(200).says("Cần khắc phục").says("khắc phục trước 31/01/2027");
        let path = format!("/ho-so/{}/khac-phuc", point.id);
        owner.get(&format!("/ho-so/{}", point.id)).await.expect(200).says("Cần khắc phục").says("Niêm yết giá").says(&path);
        owner.get(&path).await.expect(200).says("Niêm yết giá").says("31/01/2027");
        owner.post_files(&path, &[("fixed", "")], &[]).await.expect(422).says("Hãy ghi đã khắc phục những gì");
        let docx = crate::file::document_tests::docx();
        owner.post_files(&path, &[("fixed", "Đã niêm yết giá mọi mặt hàng")], &[("papers", "bang gia.docx", &docx)]).await.expect(303);
        let now = app.point(&point.id).await;
        assert_eq!((now.state, now.due_on), (State::Accepted, None));
        // once only
        owner.post_files(&path, &[("fixed", "lần nữa")], &[]).await.expect(409);
        assert!(!owner.get("/viec").await.body.contains("Khắc phục, rồi đề nghị"));
        let surveyor = app.sign_in(Role::SURVEYOR).await;
        surveyor.get(&format!("/ho-so/{}", point.id)).await.expect(200).says("Đã niêm yết giá mọi mặt hàng").says("bang gia.docx").says("1525/QĐ-SCT");
        surveyor.get("/viec").await.says("Quầy chè lam");
        app.work().await;
        let mails = app.outbox();
        let to = |who: &str| mails.iter().find(|mail| mail.contains(who) && mail.contains("khắc phục")).unwrap_or_else(|| panic!("no mail to {who}: {mails:?}"));
        assert!(to("khaosat@ocop.example").contains("Việc của bạn: khảo sát tại chỗ"));
        assert!(to("xa@ocop.example").contains("Bạn không cần làm gì"));
    }

    async fn the_association_that_put_it_forward_brings_it_back_and_others_do_not(app: TestApp) {
        let point = declined(app, Some("demo-hoi")).await;
        let path = format!("/ho-so/{}/khac-phuc", point.id);
        let fixed = [("fixed", "Đã niêm yết")];
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        other.post_files(&path, &fixed, &[]).await.expect(404);
        app.sign_in(Role::AUDITOR).await.post_files(&path, &fixed, &[]).await.expect(403);
        let association = app.sign_in(Role::ASSOCIATION).await;
        association.get("/viec").await.expect(200).says("khắc phục trước 31/01/2027");
        association.post_files(&path, &fixed, &[]).await.expect(303);
        assert_eq!(app.point(&point.id).await.state, State::Accepted);
        assert_eq!(app.verbs("point", &point.id).await, ["resurvey"]);
    }
}
