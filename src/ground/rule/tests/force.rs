//! Law by hand: shown before it is asked for, refused where it may not be, confirmed by another person.

use crate::access::Role;
use crate::testing::{Client, TestApp};
use crate::{execute, fetch_all, store_test};

const SET: &str = "950-2023";

pub(super) async fn period(app: &TestApp, id: &str) -> (String, String, String) {
    let mut tx = app.db().read().await.unwrap();
    let sets = crate::rule::store::sets(&mut tx).await.unwrap();
    let set = sets.into_iter().find(|set| set.id == id).unwrap();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    (set.status, day(set.valid_from), day(set.valid_to))
}

/// A draft after the set of the law, with a paper of 1/10/2026.
async fn draft(admin: &Client) -> String {
    let location = admin.post(&format!("/bo-tieu-chi/{SET}/ban-sao"), &[]).await.expect(303).location().to_owned();
    let path = location.split("/sua").next().unwrap().to_owned();
    let form = admin.get(&format!("{path}/sua")).await.expect(200);
    let head = [
        ("version", form.value("version")),
        ("title", "Bộ tiêu chí 1111".into()),
        ("number", "1111/QĐ-BCT".into()),
        ("kind", "Quyết định".into()),
        ("issuer", "Bộ Công Thương".into()),
        ("issued_on", "01/10/2026".into()),
        ("instrument_title", "Bộ tiêu chí điểm giới thiệu và bán sản phẩm OCOP".into()),
    ];
    let fields: Vec<(&str, &str)> = head.iter().map(|(name, value)| (*name, value.as_str())).collect();
    admin.post(&format!("{path}/sua"), &fields).await.expect(303);
    path
}

async fn version(admin: &Client, path: &str) -> String {
    admin.get(&format!("{path}/hieu-luc")).await.expect(200).value("version")
}

store_test! {
    async fn a_set_comes_into_force_by_two_people_and_shortens_no_law(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let path = draft(&admin).await;
        let id = path.rsplit('/').next().unwrap().to_owned();
        let force = format!("{path}/hieu-luc");
        let before = period(app, SET).await;
        let asked = async |fields: &[(&str, &str)]| {
            let version = version(&admin, &path).await;
            let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("version", version.as_str())]).collect();
            admin.post(&force, &fields).await
        };
        // the copy brings no source of the law it was copied from
        let refused = asked(&[("from", "01/01/2027")]).await.expect(422);
        assert!(refused.body.contains("Chưa ghi nguồn đọc được văn bản và độ tin cậy"), "{}", refused.body);
        let form = admin.get(&format!("{path}/sua")).await.expect(200);
        let mut tx = app.db().read().await.unwrap();
        let copied = crate::rule::store::sets(&mut tx).await.unwrap().into_iter().find(|set| set.id == id).unwrap();
        assert_eq!((copied.source.as_str(), copied.confidence.as_str(), copied.note.as_str()), ("", "", ""), "no source of another law");
        assert!(copied.groups.iter().all(|group| group.clause.is_empty() && group.note.is_empty()), "nor a clause of it");
        assert!(copied.groups.iter().flat_map(|group| &group.criteria).all(|item| item.clause.is_empty() && item.confidence.is_empty() && item.note.is_empty()), "of no item either");
        drop(tx);
        let (known, title) = (form.value("version"), form.value("title"));
        let instrument = form.body.split("value=\"").find(|part| part.contains("selected") && part.contains("1111/QĐ-BCT")).unwrap().split('"').next().unwrap().to_owned();
        admin.post(&format!("{path}/sua"), &[("version", &known), ("title", &title), ("instrument", &instrument), ("source", "công báo"), ("confidence", "A")]).await.expect(303);

        for group in copied.groups.iter().filter(|group| !group.criteria.is_empty()) {
            let address = format!("{path}/nhom/{}", group.id);
            let form = admin.get(&address).await.expect(200);
            let fields = [("version", form.value("version")), ("id", group.id.clone()), ("title", group.title.clone()), ("clause", "Phụ lục".into()), ("state", "known".into())];
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            admin.post(&address, &fields).await.expect(303);
        }

        // one wrong date: before the paper, and into the period that the law itself states
        let refused = asked(&[("from", "01/12/2025")]).await.expect(422);
        assert!(refused.body.contains("Văn bản ban hành ngày 01/10/2026") && refused.body.contains("thời hạn do chính văn bản nêu, đến hết 31/12/2025"), "{}", refused.body);
        assert_eq!(period(app, SET).await, before);

        // what will change is shown first, and nothing happens until another person confirms
        asked(&[("from", "01/01/2027")]).await.expect(200).says("Sẽ thay đổi").says("bản thảo → từ 01/01/2027");
        let asked = asked(&[("from", "01/01/2027"), ("seen", "1")]).await.expect(303).location().trim_end_matches("?xong=ask_force").to_owned();
        assert_eq!(period(app, &id).await.0, "draft");
        admin.get(&asked).await.expect(200).says("Chờ người thứ hai");
        admin.post(&format!("{asked}/xac-nhan"), &[]).await.expect(409).says("Người đề nghị không tự xác nhận được");
        app.work().await;
        assert!(app.outbox().iter().any(|mail| mail.contains("lanhdao@ocop.example") && mail.contains("1111/QĐ-BCT")));
        for role in [Role::COMMUNE, Role::SURVEYOR, Role::AUDITOR, Role::BUSINESS] {
            app.sign_in(role).await.post(&format!("{asked}/xac-nhan"), &[]).await.expect(403);
        }
        let leader = app.sign_in(Role::LEADER).await;
        leader.get("/viec").await.expect(200).says("Cần xác nhận hiệu lực");
        leader.get(&asked).await.expect(200).says("bản thảo → từ 01/01/2027").says("Xác nhận");
        leader.post(&format!("{asked}/xac-nhan"), &[]).await.expect(303);
        leader.post(&format!("{asked}/xac-nhan"), &[]).await.expect(409);
        assert_eq!(period(app, &id).await, ("in_force".into(), "2027-01-01".into(), String::new()));
        assert_eq!(period(app, SET).await, before, "the law that states its own period keeps it");

        // a period that was written wrongly is corrected with its reason, by two people again
        let version = version(&admin, &path).await;
        admin.post(&force, &[("version", &version), ("from", "01/02/2027"), ("seen", "1")]).await.expect(422).says("Hãy ghi căn cứ");
        let asked = admin.post(&force, &[("version", &version), ("from", "01/02/2027"), ("reason", "đính chính 5/ĐC"), ("seen", "1")]).await.expect(303).location().trim_end_matches("?xong=ask_force").to_owned();
        leader.post(&format!("{asked}/xac-nhan"), &[]).await.expect(303);
        assert_eq!(period(app, &id).await.1, "2027-02-01");
        assert_eq!(app.verbs("criteria_set", &id).await, ["draft_set", "edit_set", "edit_set", "put_group", "put_group", "ask_force", "set_in_force", "ask_force", "correct_period"]);
    }

    async fn where_nobody_else_can_confirm_the_step_waits_and_says_for_whom(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let mut tx = app.db().write().await.unwrap();
        execute!(&mut tx, "update role_grant set valid_to = $1 where role = 'leader'", app.clock().today()).unwrap();
        tx.commit().await.unwrap();
        let path = draft(&admin).await;
        admin.get(&format!("{path}/hieu-luc")).await.expect(200).says("Chưa có lãnh đạo Sở hoặc quản trị viên khác");
        let mut tx = app.db().read().await.unwrap();
        assert!(fetch_all!(&mut tx, (String,), "select id from force_request").unwrap().is_empty());
    }
}
