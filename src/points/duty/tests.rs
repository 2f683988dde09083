//! Who sees to a point, and its deadlines.

use chrono::NaiveDate;

use super::model::{self, Deadline, What, nearest};
use super::store;
use crate::access::Role;
use crate::point::State;
use crate::store_test;
use crate::testing::TestApp;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn the_nearest_open_deadline_is_the_one_that_counts() {
    let due = |what, on: &str| model::blank("p", what, "", day(on), "28/SCT-QLCN");
    let mut deadlines = vec![due(What::Opening, "2020-09-01"), due(What::Report, "2020-08-14"), due(What::Complete, "2020-08-19")];
    assert_eq!(nearest(&deadlines), Some(day("2020-08-14")));
    deadlines[1].done_on = Some(day("2020-08-10"));
    assert_eq!(nearest(&deadlines), Some(day("2020-08-19")));
    deadlines[2].dropped_why = "nhầm".into();
    assert_eq!(nearest(&deadlines), Some(day("2020-09-01")));
    assert!(
        deadlines[0].is_late(day("2020-09-02")) && !deadlines[0].is_late(day("2020-09-01")) && !deadlines[2].is_late(day("2021-01-01"))
    );
    assert_eq!(nearest(&[]), None);
}

async fn deadlines(app: &TestApp, id: &str) -> Vec<Deadline> {
    let mut tx = app.db().read().await.unwrap();
    store::deadlines(&mut tx, id).await.unwrap()
}

store_test! {
    async fn deadlines_are_set_moved_and_met_with_a_trace(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let point = app.add_point(|point| (point.state, point.unit_id) = (State::Preparing, Some("09556.2025".into()))).await;
        let path = format!("/ho-so/{}", point.id);
        for (what, on) in [("report", "14/12/2026"), ("complete", "19/12/2026"), ("opening", "28/12/2026")] {
            commune.post(&format!("{path}/han"), &[("what", what), ("due_on", on), ("source", "28/SCT-QLCN, mục 3")]).await.expect(303);
        }
        assert_eq!(app.point(&point.id).await.due_on, Some(day("2026-12-14")));
        commune.get("/ho-so").await.expect(200).says("14/12/2026");
        // a deadline without its source, or on no day, is refused where it was typed
        commune.post(&format!("{path}/han"), &[("what", "other"), ("due_on", "31/02/2027"), ("source", "")]).await.expect(422).says("Lịch không có ngày").says("Hãy ghi rõ việc phải xong").says("theo văn bản hoặc thỏa thuận nào");
        let report = deadlines(app, &point.id).await.remove(0);
        let field = |name: &str| format!("{name}-{}", report.id);
        commune.post(&format!("{path}/han/{}/doi", report.id), &[("version", "1"), (&field("moved_to"), "25/12/2026"), (&field("moved_source"), "40/SCT-QLCN")]).await.expect(422).says("Hãy ghi lý do");
        commune.post(&format!("{path}/han/{}/doi", report.id), &[("version", "1"), (&field("moved_to"), "25/12/2026"), (&field("moved_source"), "40/SCT-QLCN"), (&field("reason"), "Sở lùi hạn")]).await.expect(303);
        assert_eq!(app.point(&point.id).await.due_on, Some(day("2026-12-19")));
        let moved = deadlines(app, &point.id).await.into_iter().find(|deadline| deadline.id == report.id).unwrap();
        assert_eq!((moved.due_on, moved.moved_from, moved.moved_why.as_str(), moved.source.as_str()), (day("2026-12-25"), Some(day("2026-12-14")), "Sở lùi hạn", "40/SCT-QLCN"));
        // a colleague who still sees the old row
        commune.post(&format!("{path}/han/{}/bo", report.id), &[("version", "1"), (&field("reason"), "nhầm")]).await.expect(422).says("Người khác vừa đổi hạn này");
        commune.post(&format!("{path}/han/{}/xong", report.id), &[("version", "2"), (&field("done_on"), "30/11/2026")]).await.expect(422).says("tương lai");
        commune.post(&format!("{path}/han/{}/xong", report.id), &[("version", "2"), (&field("done_on"), "22/11/2026")]).await.expect(303);
        assert_eq!(app.verbs("point", &point.id).await, ["add_deadline", "add_deadline", "add_deadline", "move_deadline", "meet_deadline"]);
        commune.get(&path).await.expect(200).says("xong 22/11/2026").says("28/SCT-QLCN, mục 3");
        // what is missed is told
        app.wake_on(day("2026-12-20")).await;
        let commune = app.sign_in(Role::COMMUNE).await;
        commune.get(&format!("{path}/phu-trach")).await.expect(200).says("Quá hạn 1 ngày");
        commune.get("/viec").await.says("Quá hạn 1 ngày");
    }

    async fn a_room_leads_others_help_and_lists_are_narrowed_to_it(app: TestApp) {
        let leader = app.sign_in(Role::LEADER).await;
        let point = app.add_point(|point| (point.state, point.unit_id, point.name) = (State::Preparing, Some("09556.2025".into()), "Điểm Mông Phụ".into())).await;
        app.add_point(|point| (point.state, point.unit_id, point.name) = (State::Preparing, Some("09556.2025".into()), "Điểm khác".into())).await;
        let path = format!("/ho-so/{}/phu-trach", point.id);
        let page = leader.get(&path).await.expect(200).says("Phòng Quản lý Công nghiệp").says("Phòng Quản lý Thương mại");
        let id = |name: &str| {
            let before = page.body.split(name).next().unwrap();
            before.rsplit("value=\"").next().unwrap().split('"').next().unwrap().to_owned()
        };
        let (lead, with) = (id("Phòng Quản lý Công nghiệp"), id("Phòng Quản lý Thương mại"));
        leader.post(&path, &[("was", "v:"), ("with", &with)]).await.expect(422).says("phải có đơn vị chủ trì");
        leader.post(&path, &[("was", "v:"), ("lead", "demo-hoi")]).await.expect(422).says("không có trong danh sách");
        leader.post(&path, &[("was", "v:"), ("lead", &lead), ("with", &with)]).await.expect(303);
        leader.post(&path, &[("was", "v:"), ("lead", &with)]).await.expect(422).says("Người khác vừa đổi");
        leader.get(&format!("/ho-so/{}", point.id)).await.expect(200).says("Chủ trì").says("Phối hợp");
        let list = leader.get(&format!("/ho-so?duty={lead}")).await.expect(200).says("Điểm Mông Phụ").says("phụ trách: QLCN");
        assert!(!list.body.contains("Điểm khác"));
        // a surveyor of that room has it in the work list
        let room = app.sign_in_new(Role::SURVEYOR, &lead, Some("01")).await;
        room.get("/viec").await.expect(200).says("Điểm phụ trách").says("đơn vị bạn chủ trì");
        // the list keeps to the reader's rows
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some("00577.2025")).await;
        assert!(!other.get(&format!("/ho-so?duty={lead}")).await.expect(200).body.contains("Điểm Mông Phụ"));
        other.post(&path, &[("was", "v:"), ("lead", &lead)]).await.expect(404);
        app.sign_in(Role::BUSINESS).await.post(&path, &[("was", "v:"), ("lead", &lead)]).await.expect(403);
    }
}
