use super::ask::{self, Asked};
use super::changes;
use crate::access::Role;
use crate::point::State;
use crate::testing::TestApp;
use crate::{journal, store_test};

async fn note(app: &TestApp, actor: &str, verb: &str, id: &str, detail: serde_json::Value) {
    let mut tx = app.db().write().await.unwrap();
    journal::note(&mut tx, app.clock().now(), actor, "thử", verb, ("point", id), detail, &[]).await.unwrap();
    tx.commit().await.unwrap();
}

#[test]
fn a_line_says_what_was_and_what_is() {
    let region = crate::region::Region::default();
    let told = |detail: serde_json::Value| changes::of(&detail.to_string(), &region).iter().map(changes::Change::line).collect::<Vec<_>>();
    assert_eq!(told(serde_json::json!({"before": {"hours": "", "name": "Gạo"}, "set": {"name": "Gạo nếp", "hours": "8h–20h", "lon": 105.8}})), ["Giờ mở cửa: trống → 8h–20h", "Tên: Gạo → Gạo nếp"]);
    assert_eq!(told(serde_json::json!({"from": "draft", "to": "nominated", "set": {"state": "nominated", "state_since": "2026-11-26"}})), ["Trạng thái: Đang lập hồ sơ → Đã đề nghị", "Từ ngày: 26/11/2026"]);
    assert!(told(serde_json::json!({"set": {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1}})).is_empty(), "a whole record is no change");
    assert!(told(serde_json::json!("?")).is_empty());
}

store_test! {
    async fn lines_are_found_by_person_thing_day_and_verb(app: TestApp) {
        let point = app.add_point(|point| point.state = State::Draft).await;
        let leader = app.sign_in(Role::Leader).await;
        for at in 0..60 {
            note(app, "system", if at == 3 { "edit" } else { "check" }, &point.id, serde_json::json!({"reason": format!("lần {at}")})).await;
        }
        let mut tx = app.db().read().await.unwrap();
        let edits = ask::find(&mut tx, &Asked { verb: "edit".into(), ..Asked::default() }, i64::MAX, 50).await.unwrap();
        assert_eq!((edits.entries.len(), edits.next), (1, None));
        let all = ask::find(&mut tx, &Asked { kind: "point".into(), id: point.id.clone(), ..Asked::default() }, i64::MAX, 50).await.unwrap();
        let rest = ask::find(&mut tx, &Asked { kind: "point".into(), id: point.id.clone(), ..Asked::default() }, all.next.unwrap(), 50).await.unwrap();
        assert!(all.entries.len() == 50 && rest.entries.len() >= 10 && rest.next.is_none());
        let today = app.clock().today();
        let of = |from, to| Asked { from, to, ..Asked::default() };
        assert!(ask::find(&mut tx, &of(today.succ_opt(), None), i64::MAX, 50).await.unwrap().entries.is_empty());
        assert!(ask::find(&mut tx, &of(None, today.pred_opt()), i64::MAX, 50).await.unwrap().entries.is_empty());
        assert_eq!(ask::find(&mut tx, &of(Some(today), Some(today)), i64::MAX, 50).await.unwrap().entries.len(), 50);
        drop(tx);

        let auditor = app.sign_in(Role::Auditor).await;
        let page = auditor.get(&format!("/nhat-ky?doi-tuong={}", point.code)).await.expect(200);
        assert!(page.body.contains(&format!("loai=point&amp;ma={}", point.id)) || page.body.contains(&format!("loai=point&#38;ma={}", point.id)), "{}", page.body);
        auditor.get(&format!("/nhat-ky?loai=point&ma={}&viec=edit", point.id)).await.expect(200).says("lần 3").says(&point.code);
        let csv = auditor.get("/nhat-ky.csv?viec=edit").await.expect(200);
        assert!(csv.body.contains("lần 3") && !csv.body.contains("lần 4"), "{}", csv.body);
        leader.get("/nhat-ky").await.expect(403);
        leader.get("/nhat-ky.csv").await.expect(403);
        leader.get(&format!("/ho-so/{}/lich-su", point.id)).await.expect(200).says("lần 59").says("Cũ hơn");
        auditor.get("/nhat-ky?tu=31/02/2026").await.expect(200).says("Không đọc được ngày này");
    }

    async fn an_edit_says_what_was_changed_and_who_did_it(app: TestApp) {
        let commune = app.sign_in(Role::Commune).await;
        let point = app.add_point(|point| {
            point.state = State::Draft;
            point.hours = "8h–20h".into();
            point.operator_id = None;
            (point.unit_id, point.lon, point.lat) = (Some("09556.2025".into()), None, None);
        }).await;
        let mut fields = crate::point::fields_of(&point, None, app.region());
        fields.set("hours", "9h–21h");
        let fields: Vec<(&str, &str)> = fields.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        commune.post(&format!("/ho-so/{}/sua", point.id), &fields).await.expect(303);
        let auditor = app.sign_in(Role::Auditor).await;
        let page = auditor.get(&format!("/nhat-ky/point/{}", point.id)).await.expect(200);
        assert!(page.body.contains("<del>8h–20h</del> → <ins>9h–21h</ins>"), "{}", page.body);
        let changed = page.body.matches("<del>").count();
        assert_eq!(changed, 1, "{}", page.body);
    }
}
