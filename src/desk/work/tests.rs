use crate::access::Role;
use crate::store_test;
use crate::testing::TestApp;

store_test! {
    async fn the_administrator_sees_what_is_left_to_set_up(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let page = admin.get("/viec").await.expect(200).says("Thiết lập ban đầu").says("trong 126 xã, phường").says("chưa có kế hoạch năm 2026");
        assert!(!page.body.contains("Không có bước nào của vai trò này"));
        for role in [Role::LEADER, Role::COMMUNE, Role::AUDITOR] {
            assert!(!app.sign_in(role).await.get("/viec").await.expect(200).body.contains("Thiết lập ban đầu"), "{role:?}");
        }
    }

    async fn an_empty_work_list_says_what_the_role_is_for_and_where_to_go(app: TestApp) {
        for (role, path) in [(Role::PRODUCT_KEEPER, "/san-pham-ocop"), (Role::AUDITOR, "/ho-so")] {
            let page = app.sign_in(role).await.get("/viec").await.expect(200).says(role.task());
            assert!(page.body.contains(&format!("class=\"btn\" href=\"{path}\"")), "{role:?}");
        }
    }
}
