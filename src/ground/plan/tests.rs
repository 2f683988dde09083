use crate::access::Role;
use crate::testing::{Client, TestApp};
use crate::{pack, store_test};

const PLAN: [(&str, &str); 7] = [
    ("number", "15/KH-UBND"),
    ("issued_on", "15/01/2026"),
    ("issuer", "UBND thành phố Hà Nội"),
    ("title", "Kế hoạch phát triển điểm OCOP năm 2026"),
    ("year", "2026"),
    ("source", "bản gốc"),
    ("note", ""),
];

async fn made(leader: &Client) -> String {
    leader.post("/ke-hoach/moi", &PLAN).await.expect(303).location().trim_end_matches("?xong=da-luu").to_owned()
}

store_test! {
    async fn a_plan_of_this_year_is_entered_and_measured(app: TestApp) {
        let leader = app.sign_in(Role::LEADER).await;
        leader.get("/lua-chon").await.expect(200).says("không theo kế hoạch nào");
        let path = made(&leader).await;
        leader.get(&path).await.expect(200).says("15/KH-UBND").says("Chưa ghi chỉ tiêu nào");
        let target = [("what", "new_points"), ("per", "city"), ("least", "20"), ("most", "10"), ("from", "01/01/2026"), ("last", "31/12/2026"), ("text", "10–20 điểm"), ("clause", "II")];
        leader.post(&format!("{path}/chi-tieu"), &target).await.expect(422).says("Số nhiều nhất nhỏ hơn số ít nhất").says("10–20 điểm");
        let target: Vec<_> = target.iter().map(|(name, value)| (*name, match *name { "least" => "10", "most" => "20", _ => *value })).collect();
        leader.post(&format!("{path}/chi-tieu"), &target).await.expect(303);
        leader.post(&format!("{path}/han"), &[("what", "opening"), ("due_on", "20/12/2026"), ("text", "khai trương trước 20/12"), ("clause", "III")]).await.expect(303);
        leader.get(&path).await.expect(200).says("10–20 điểm bán mới").says("Hạn khai trương điểm").says("20/12/2026");
        // it is the plan in force, and its deadline can be chosen
        leader.get("/lua-chon").await.expect(200).says("Kế hoạch phát triển điểm OCOP năm 2026").says("10–20 điểm");
        let mut tx = app.db().read().await.unwrap();
        let due = crate::plan::deadlines(&mut tx, "opening", app.clock().today()).await.unwrap();
        assert!(due.iter().any(|due| due.text == "khai trương trước 20/12" && due.source == "15/KH-UBND (III), UBND thành phố Hà Nội"), "{due:?}");
    }

    async fn what_a_person_corrected_is_not_overwritten_by_a_pack(app: TestApp) {
        let leader = app.sign_in(Role::LEADER).await;
        let path = "/ke-hoach/kh-100-2020";
        let version = leader.get(&format!("{path}/sua")).await.expect(200).value("version");
        let fields: Vec<_> = PLAN.iter().map(|(name, value)| (*name, match *name { "number" => "100/KH-UBND", "year" => "2020", "issued_on" => "08/05/2020", _ => *value })).chain([("version", version.as_str())]).collect();
        leader.post(&format!("{path}/sua"), &fields).await.expect(303);
        leader.post(&format!("{path}/sua"), &fields).await.expect(409);
        let mut tx = app.db().write().await.unwrap();
        let target = crate::plan::targets(&mut tx, "kh-100-2020").await.unwrap().remove(0);
        tx.commit().await.unwrap();
        leader.post(&format!("{path}/chi-tieu/{}/bo", target.id), &[("reason", "chép nhầm")]).await.expect(303);
        leader.post(&format!("{path}/chi-tieu/{}/bo", target.id), &[]).await.expect(409);
        let mut tx = app.db().write().await.unwrap();
        pack::sync(&mut tx, &crate::law::Books::new(None), &crate::app::lists(), app.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = app.db().read().await.unwrap();
        let plan = crate::plan::find(&mut tx, "kh-100-2020").await.unwrap().unwrap();
        assert_eq!(plan.title, "Kế hoạch phát triển điểm OCOP năm 2026");
        assert!(crate::plan::targets(&mut tx, "kh-100-2020").await.unwrap().iter().all(|known| known.id != target.id));
        leader.get(path).await.expect(200).says("Bỏ chỉ tiêu").says("chép nhầm");
    }

    async fn who_does_not_keep_plans_reads_them_at_most(app: TestApp) {
        let leader = app.sign_in(Role::LEADER).await;
        let path = made(&leader).await;
        for role in [Role::COMMUNE, Role::AUDITOR, Role::ADMINISTRATOR] {
            let other = app.sign_in(role).await;
            let page = other.get(&path).await.expect(200);
            assert!(!page.body.contains("Thêm chỉ tiêu"), "{role:?}");
            other.post("/ke-hoach/moi", &PLAN).await.expect(403);
            other.post(&format!("{path}/han"), &[]).await.expect(403);
        }
        for role in [Role::BUSINESS, Role::ASSOCIATION, Role::INSPECTOR] {
            app.sign_in(role).await.get("/ke-hoach").await.expect(403);
        }
        leader.post("/ke-hoach/moi", &[("number", "1/KH"), ("issued_on", "31/12/2030")]).await.expect(422).says("ở tương lai").says("Hãy ghi cơ quan ban hành").says("Hãy ghi văn bản đọc ở đâu");
    }
}
