//! A panel from its decision to its end: members, who takes whose place, accounts that open nothing else.

use chrono::Days;

use super::{Part, store};
use crate::access::{self, Role};
use crate::store_test;
use crate::testing::{Client, TestApp, begin_day};
use crate::text::date_vi;

async fn make(keeper: &Client) -> String {
    let once = keeper.get("/hoi-dong/moi").await.expect(200).value("once");
    let day = date_vi(begin_day() - Days::new(20));
    let whole = [
        ("once", once.as_str()),
        ("kind", "council"),
        ("body", "vpdp-ntm-tp"),
        ("name", "Hội đồng đánh giá"),
        ("decision_no", "12/QĐ-UBND"),
        ("decided_on", &day),
    ];
    for left in 1..whole.len() {
        let lacks: Vec<(&str, &str)> = whole.iter().enumerate().filter(|(at, _)| *at != left).map(|(_, pair)| *pair).collect();
        keeper.post("/hoi-dong/moi", &lacks).await.expect(422);
    }
    let made = keeper.post("/hoi-dong/moi", &whole).await.expect(303);
    made.location().split('?').next().unwrap().to_owned()
}

async fn join(keeper: &Client, panel: &str, fields: &[(&str, &str)]) -> crate::testing::Answer {
    let once = keeper.get(panel).await.expect(200).value("once");
    keeper.post(&format!("{panel}/thanh-vien"), &[&[("once", once.as_str())], fields].concat()).await
}

store_test! {
    async fn members_join_are_replaced_and_leave_by_a_paper(app: TestApp) {
        let keeper = app.sign_in(Role::PRODUCT_KEEPER).await;
        keeper.get("/hoi-dong").await.expect(200).says("Chưa có hội đồng, tổ nào");
        let panel = make(&keeper).await;
        let chair = [("part", "chair"), ("name", "Nguyễn Văn Một"), ("post", "Phó Chủ tịch"), ("agency", "UBND Thành phố")];
        join(&keeper, &panel, &chair).await.expect(303);
        join(&keeper, &panel, &chair).await.expect(409).says("đang là chủ tịch");
        join(&keeper, &panel, &[("part", "member"), chair[1], chair[3]]).await.expect(409).says("Nguyễn Văn Một đã là");
        join(&keeper, &panel, &[("part", "member"), ("name", "Trần Thị Hai")]).await.expect(422).says("nơi công tác");
        // somebody with a mail address gets an account that opens sittings, and nothing else
        join(&keeper, &panel, &[("part", "member"), ("name", "Trần Thị Hai"), ("agency", "Trường"), ("email", "hai@vidu.vn")]).await.expect(422).says("chọn cơ quan trong danh sách");
        join(&keeper, &panel, &[("part", "member"), ("name", "Trần Thị Hai"), ("body", "so-nn-mt"), ("email", "hai@vidu.vn")]).await.expect(303);
        app.work().await;
        assert!(app.outbox().iter().any(|mail| mail.contains("hai@vidu.vn") && mail.contains("Thành viên hội đồng")));
        let id = panel.trim_start_matches("/hoi-dong/");
        let mut tx = app.db().read().await.unwrap();
        let members = store::members(&mut tx, id).await.unwrap();
        let person = access::store::find_login(&mut tx, "hai@vidu.vn").await.unwrap().unwrap();
        assert_eq!(members[1].person_id.as_deref(), Some(person.id.as_str()));
        drop(tx);
        // another chair takes the place of the first, by a paper, from a day on
        let today = date_vi(begin_day());
        let new = [("part", "chair"), ("name", "Lê Văn Ba"), ("agency", "UBND Thành phố"), ("replaces", members[0].id.as_str())];
        join(&keeper, &panel, &new).await.expect(422).says("ngày thay");
        join(&keeper, &panel, &[&new[..], &[("from_on", &today)]].concat()).await.expect(422).says("quyết định thay đổi");
        join(&keeper, &panel, &[&new[..], &[("from_on", &today), ("paper", "45/QĐ-UBND")]].concat()).await.expect(303);
        keeper.get(&panel).await.expect(200).says("thay Nguyễn Văn Một").says("Đã thôi");
        // a correction, and somebody who leaves
        let edit = format!("{panel}/thanh-vien/{}", members[1].id);
        let at = keeper.get(&edit).await.expect(200).says("hai@vidu.vn").value("version");
        let fields = [("version", at.as_str()), ("part", "secretary"), ("name", "Trần Thị Hai"), ("body", "so-nn-mt"), ("email", "hai@vidu.vn")];
        keeper.post(&edit, &fields).await.expect(303);
        keeper.post(&edit, &fields).await.expect(409);
        let at = keeper.get(&edit).await.expect(200).value("version");
        keeper.post(&format!("{edit}/thoi"), &[("version", &at), ("left_on", &date_vi(begin_day() - Days::new(60))), ("left_paper", "x")]).await.expect(422).says("sau ngày tham gia");
        keeper.post(&format!("{edit}/thoi"), &[("version", &at), ("left_on", &today), ("left_paper", "46/QĐ-UBND")]).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        let now: Vec<Part> = store::members(&mut tx, id).await.unwrap().into_iter().filter(|member| member.is_on(begin_day())).map(|member| member.part).collect();
        assert_eq!(now, [Part::Chair]);
        drop(tx);
        // the term: corrected, then ended
        let at = keeper.get(&format!("{panel}/sua")).await.expect(200).says("12/QĐ-UBND").value("version");
        let day = date_vi(begin_day() - Days::new(20));
        let fields = [("version", at.as_str()), ("name", "Hội đồng đánh giá OCOP"), ("decision_no", "12/QĐ-UBND"), ("decided_on", &day), ("last_on", &day)];
        keeper.post(&format!("{panel}/sua"), &fields[..4]).await.expect(303);
        let at = keeper.get(&format!("{panel}/sua")).await.expect(200).value("version");
        keeper.post(&format!("{panel}/ket-thuc"), &[("version", &at), ("ended_on", &day), ("end_paper", "50/QĐ-UBND")]).await.expect(422);
        keeper.post(&format!("{panel}/ket-thuc"), &[("version", &at), ("ended_on", &today), ("end_paper", "50/QĐ-UBND")]).await.expect(303);
        keeper.get(&panel).await.expect(200).says("Đã kết thúc từ");
        keeper.get("/hoi-dong?loai=council").await.expect(200).says("đã kết thúc");
        app.sign_in(Role::AUDITOR).await.get(&panel).await.expect(200);
        app.sign_in(Role::COMMUNE).await.get(&panel).await.expect(403);
    }
}
