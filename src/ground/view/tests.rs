//! Filters that are kept, by whom, and what the bar of a list tells.

use crate::access::Role;
use crate::point::State;
use crate::store_test;
use crate::testing::TestApp;

store_test! {
    async fn a_filter_is_kept_under_a_name_and_is_nobody_elses(app: TestApp) {
        let point = app.add_point(|point| {
            point.name = "Quầy chè Ba Vì".into();
            point.state = State::Operating;
        }).await;
        let leader = app.sign_in(Role::LEADER).await;
        let filter = [("path", "/ho-so"), ("query", "q=che&state=operating"), ("name", "Chè đang mở")];
        assert_eq!(leader.post("/bo-loc", &filter).await.expect(303).location(), "/ho-so?q=che&state=operating&xong=filter-kept");
        let list = leader.get("/ho-so").await.expect(200).says("Chè đang mở").says("href=\"/ho-so?q=che&#38;state=operating\"");
        let id = list.body.split("/bo-loc/").nth(1).unwrap().split('/').next().unwrap().to_owned();
        leader.get("/ho-so?q=che&state=operating").await.expect(200).says(&point.code).says("<b>1</b> trong <b>1</b> hồ sơ");
        let other = app.sign_in(Role::SURVEYOR).await;
        assert!(!other.get("/ho-so").await.expect(200).body.contains("Chè đang mở"));
        other.post(&format!("/bo-loc/{id}/bo"), &[]).await.expect(404);
        leader.post(&format!("/bo-loc/{id}/bo"), &[]).await.expect(303);
        assert!(!leader.get("/ho-so").await.expect(200).body.contains("Chè đang mở"));
    }

    async fn a_filter_leads_nowhere_but_to_a_list_that_its_owner_opens(app: TestApp) {
        let business = app.sign_in(Role::BUSINESS).await;
        for path in ["https://example.org/", "//example.org", "/nguoi-dung", "/khong-co"] {
            business.post("/bo-loc", &[("path", path), ("query", "q=1"), ("name", "x")]).await.expect(404);
        }
        business.post("/bo-loc", &[("path", "/ho-so"), ("query", "q=1"), ("name", " ")]).await.expect(422);
    }

    async fn orders_and_totals_are_told_and_kept_by_pages(app: TestApp) {
        for at in 0..7 {
            app.add_point(|point| {
                point.name = format!("Điểm thứ {at}");
                point.state = State::Accepted;
                point.due_on = Some(crate::testing::begin_day() + chrono::Days::new(20 - at));
            }).await;
        }
        let leader = app.sign_in(Role::LEADER).await;
        let (mut seen, mut next) = (Vec::new(), "/ho-so?state=accepted&xep=han&page_size=3".to_owned());
        while !next.is_empty() {
            let page = leader.get(&next).await.expect(200).says("trong <b>7</b> hồ sơ");
            seen.extend(page.body.split("Điểm thứ ").skip(1).filter_map(|rest| rest[..1].parse::<u64>().ok()));
            next = page.body.split("rel=\"next\" href=\"").nth(1).map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&")).unwrap_or_default();
        }
        seen.dedup();
        assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0], "what is due first stands first, over all pages");
    }
}
