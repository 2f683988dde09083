//! What each person finds, and what nobody finds who could not list it.

use crate::access::Role;
use crate::point::State;
use crate::store_test;
use crate::testing::{TestApp, begin_day};

store_test! {
    async fn words_are_found_in_any_order_and_without_marks(app: TestApp) {
        let point = app.add_point(|point| {
            point.name = "Gốm sứ Minh Hà".into();
            point.state = State::Operating;
        }).await;
        let until = begin_day() + chrono::Days::new(400);
        let product = app.add_product("HN-77-01", Some((4, until)), |product| product.name = "Trà sen Tây Hồ".into()).await;
        let (number,) = crate::fetch_one!(&mut app.db().read().await.unwrap(), (String,), "select number from certificate where product_id = $1", &product.id).unwrap();
        let leader = app.sign_in(Role::LEADER).await;
        for typed in ["gom minh ha", "Hà Minh gốm", point.code.as_str()] {
            leader.get(&format!("/tim?q={}", crate::page::query_escape(typed))).await.expect(200).says("Gốm sứ Minh Hà").says(&format!("/ho-so/{}", point.id));
        }
        for typed in ["tay ho sen", "hn-77-01", number.as_str()] {
            leader.get(&format!("/tim?q={}", crate::page::query_escape(typed))).await.expect(200).says(&format!("/san-pham-ocop/{}", product.id));
        }
        leader.get("/tim?q=bo+tieu+chi").await.expect(200).says("href=\"/bo-tieu-chi\"").says("950/QĐ-BCT");
        leader.get("/tim?q=bat+trang").await.expect(200).says("Xã Bát Tràng");
        let nothing = leader.get("/tim?q=zzqqxx").await.expect(200).says("Không tìm thấy");
        assert!(nothing.body.contains("id=\"nav\""), "a page of its own");
        let part = leader.get("/tim?q=gom&phan=1").await.expect(200).says("Gốm sứ Minh Hà");
        assert!(!part.body.contains("<html"), "the box in the header asks for the hits alone");
    }

    async fn what_is_found_can_be_acted_on_by_whoever_may(app: TestApp) {
        let point = app.add_point(|point| {
            point.name = "Gốm sứ Minh Hà".into();
            point.state = State::Operating;
        }).await;
        let product = app.add_product("HN-77-01", Some((4, begin_day())), |product| product.name = "Trà sen Tây Hồ".into()).await;
        app.add_product("HN-77-02", None, |product| product.name = "Trà sen chưa có giấy".into()).await;
        let withdraw = format!("/san-pham-ocop/{}?viec=thu-hoi#withdraw", product.id);
        let keeper = app.sign_in(Role::PRODUCT_KEEPER).await;
        let found = keeper.get("/tim?q=tra+sen").await.expect(200).says(&withdraw);
        assert_eq!(found.body.matches(">Thu hồi<").count(), 1, "nothing to withdraw where there is no certificate in force");
        keeper.get(&withdraw.replace("#withdraw", "")).await.expect(200).says("<details id=\"withdraw\" open>");
        app.sign_in(Role::INSPECTOR).await.get("/tim?q=minh+ha").await.expect(200).says(&format!("/ho-so/{}/kiem-tra", point.id));
        let leader = app.sign_in(Role::LEADER).await.get("/tim?q=tra+sen").await.expect(200);
        assert!(!leader.body.contains("viec=thu-hoi"));
    }

    async fn nobody_finds_what_he_could_not_list(app: TestApp) {
        let draft = app.add_point(|point| {
            point.name = "Quầy riêng của người khác".into();
            point.state = State::Draft;
            point.operator_id = None;
            point.unit_id = Some("00145.2025".into());
        }).await;
        for role in [Role::BUSINESS, Role::COMMUNE, Role::ASSOCIATION] {
            let answer = app.sign_in(role).await.get("/tim?q=quay+rieng").await.expect(200);
            assert!(!answer.body.contains(&draft.id), "{role:?}");
        }
        let business = app.sign_in(Role::BUSINESS).await;
        let pages = business.get("/tim?q=nguoi+dung").await.expect(200);
        assert!(!pages.body.contains("class=\"hits\""), "pages of others are not named");
        assert_eq!(app.client().get("/tim?q=gom").await.status, 303, "it asks who one is");
    }
}
