//! An empty group of a set in force is filled: the same law, confirmed by another person.

use super::force::period;
use crate::access::Role;
use crate::rule::Group;
use crate::testing::TestApp;
use crate::{fetch_one, store_test};

const SET: &str = "950-2023";

/// The groups of a set.
async fn groups(app: &TestApp) -> Vec<Group> {
    let mut tx = app.db().read().await.unwrap();
    crate::rule::store::sets(&mut tx).await.unwrap().into_iter().find(|set| set.id == SET).unwrap().groups
}

store_test! {
    async fn an_empty_group_of_a_set_in_force_is_filled_without_another_set(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let (span, before) = (period(app, SET).await, groups(app).await);
        let open = before.iter().find(|group| group.criteria.is_empty()).expect("the law has a group that nobody has read").id.clone();
        let taken = before.iter().flat_map(|group| &group.criteria).next().unwrap().id.clone();
        admin.get(&format!("/bo-tieu-chi/{SET}")).await.expect(200).says("Bổ sung nội dung còn thiếu");
        let draft = admin.post(&format!("/bo-tieu-chi/{SET}/bo-sung"), &[]).await.expect(303).location().split('?').next().unwrap().to_owned();
        let again = admin.post(&format!("/bo-tieu-chi/{SET}/bo-sung"), &[]).await.expect(303);
        assert_eq!(again.location(), draft, "one draft at a time");
        let asks = async |fields: &[(&str, &str)]| {
            let version = admin.get(&format!("{draft}/hieu-luc")).await.expect(200).value("version");
            let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("version", version.as_str())]).collect();
            admin.post(&format!("{draft}/hieu-luc"), &fields).await
        };
        asks(&[]).await.expect(422).says("Chưa ghi nguồn").says("Bản thảo chưa có tiêu chí nào");

        // source, clause, one item; first with a mark that the set has already
        let form = admin.get(&format!("{draft}/sua")).await.expect(200);
        let instrument = form.body.split("value=\"").find(|part| part.contains("selected")).unwrap().split('"').next().unwrap().to_owned();
        admin.post(&format!("{draft}/sua"), &[("version", &form.value("version")), ("title", "Bổ sung 950"), ("instrument", &instrument), ("source", "công báo"), ("confidence", "A")]).await.expect(303);
        let form = admin.get(&format!("{draft}/nhom/{open}")).await.expect(200);
        admin.post(&format!("{draft}/nhom/{open}"), &[("version", &form.value("version")), ("id", &open), ("title", "Bố trí, niêm yết"), ("clause", "Phụ lục, mục 9"), ("state", "known")]).await.expect(303);
        let adds = async |mark: &str| {
            let form = admin.get(&format!("{draft}/muc/moi?nhom={open}")).await.expect(200);
            let fields = [("version", form.value("version")), ("group", open.clone()), ("id", mark.to_owned()), ("text", "Có niêm yết giá".into()), ("rule", "all".into()), ("clause", "Phụ lục, mục 9.1".into()), ("confidence", "A".into())];
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            admin.post(&format!("{draft}/muc/moi"), &fields).await.expect(303);
        };
        adds(&taken).await;
        asks(&[]).await.expect(422).says(&format!("Ký hiệu {taken} đã dùng"));
        let version = admin.get(&format!("{draft}/hieu-luc")).await.value("version");
        admin.post(&format!("{draft}/muc/{taken}/xoa"), &[("version", &version)]).await.expect(303);
        adds("Z1").await;

        asks(&[]).await.expect(200).says("chưa có → 1 tiêu chí, Phụ lục, mục 9").says("giữ nguyên");
        let asked = asks(&[("seen", "1")]).await.expect(303).location().trim_end_matches("?xong=ask_force").to_owned();
        admin.post(&format!("{asked}/xac-nhan"), &[]).await.expect(409);
        assert_eq!(groups(app).await, before, "nothing before the second person");
        let leader = app.sign_in(Role::LEADER).await;
        leader.get(&asked).await.expect(200).says("chưa có → 1 tiêu chí");
        leader.post(&format!("{asked}/xac-nhan"), &[]).await.expect(303);

        let after = groups(app).await;
        assert_eq!(period(app, SET).await, span, "the same law in the same time");
        for (known, now) in before.iter().zip(&after) {
            if known.id == open {
                assert_eq!((now.criteria.len(), now.criteria[0].id.as_str(), now.title.as_str(), now.state.as_str(), now.clause.as_str()), (1, "Z1", "Bố trí, niêm yết", "known", "Phụ lục, mục 9"));
            } else {
                assert_eq!(known, now);
            }
        }
        let mut tx = app.db().read().await.unwrap();
        let (sets,) = fetch_one!(&mut tx, (i64,), "select count(*) from criteria_set where status = 'in_force' and based_on = $1", SET).unwrap();
        assert_eq!(sets, 0, "no other set");
        drop(tx);
        assert!(app.verbs("criteria_set", SET).await.contains(&"fill_set".to_owned()));
        // the draft is no draft any more: neither listed, nor written, nor asked for again
        assert!(!admin.get("/bo-tieu-chi").await.expect(200).body.contains(&draft));
        admin.get(&draft).await.expect(200).says("đã đưa vào bộ đang hiệu lực");
        admin.get(&format!("{draft}/sua")).await.expect(409);
        admin.get(&format!("{draft}/hieu-luc")).await.expect(409);
    }
}
