//! From the first approach to a registration with nothing typed twice, and what is refused on the way.

use chrono::Days;

use super::model::{Answer, State};
use super::store;
use crate::access::Role;
use crate::page::query_escape;
use crate::store_test;
use crate::testing::{Client, TestApp, begin_day};
use crate::text::date_vi;

const HA_DONG: &str = "09556.2025";
const BAT_TRANG: &str = "00577.2025";

/// A prospect as it is typed.
fn typed() -> Vec<(&'static str, &'static str)> {
    vec![
        ("name", "Cửa hàng lụa số 9"),
        ("kind", "craft_village"),
        ("address", "Số 9 phố Lụa, Vạn Phúc"),
        ("unit", "Hà Đông"),
        ("lon", "105.7760"),
        ("lat", "20.9800"),
        ("area_m2", "60"),
        ("property", "rented"),
        ("operator", "Công ty TNHH Lụa Thử"),
        ("operator_kind", "enterprise"),
        ("tax_code", "0100109106"),
        ("contact", "Nguyễn Thị Lụa"),
        ("phone", "0912345678"),
        ("email", "lua@ocop.test"),
        ("supporter", "demo-hoi"),
        ("note", "Có sân rộng"),
        ("sure", "1"),
    ]
}

fn with(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut fields = typed();
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields
}

/// Notes a prospect and gives its id.
async fn note(client: &Client, fields: &[(&str, &str)]) -> String {
    let answer = client.post("/van-dong/moi", fields).await.expect(303);
    answer.location().trim_start_matches("/van-dong/").split('?').next().unwrap().to_owned()
}

async fn version(app: &TestApp, id: &str) -> String {
    let mut tx = app.db().read().await.unwrap();
    store::find(&mut tx, id).await.unwrap().unwrap().version.to_string()
}

/// Notes an approach.
async fn ask(app: &TestApp, client: &Client, id: &str, fields: &[(&str, &str)]) -> crate::testing::Answer {
    let version = version(app, id).await;
    let mut sent = vec![("version", version.as_str()), ("day", "22/11/2026"), ("how", "meeting"), ("answer", "interested")];
    for (name, value) in fields {
        sent.retain(|(known, _)| known != name);
        sent.push((name, value));
    }
    client.post(&format!("/van-dong/{id}/tiep-xuc"), &sent).await
}

store_test! {
    async fn a_prospect_becomes_a_registration_with_nothing_typed_twice(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let id = note(&commune, &typed()).await;
        let path = format!("/van-dong/{id}");
        commune.get(&path).await.expect(200).says("Chưa ai tiếp xúc").says("Công ty TNHH Lụa Thử").says("Hiệp hội Làng nghề");
        // before anybody agreed there is nothing to register
        let v = version(app, &id).await;
        commune.post(&format!("{path}/dang-ky"), &[("version", &v)]).await.expect(409);
        ask(app, &commune, &id, &[("answer", "considering"), ("day", "20/11/2026"), ("said", "Còn hỏi vợ"), ("next_step", "Gọi lại"), ("next_on", "22/11/2026")]).await.expect(303);
        let v = version(app, &id).await;
        commune.post(&format!("{path}/dang-ky"), &[("version", &v)]).await.expect(409).says("chưa đồng ý");
        commune.get("/viec").await.says("Gọi lại");
        ask(app, &commune, &id, &[("by_name", "Trần Văn Đi"), ("how", "phone")]).await.expect(303);
        let v = version(app, &id).await;
        let gone = commune.post(&format!("{path}/dang-ky"), &[("version", &v)]).await.expect(303);
        let point_id = gone.location().trim_start_matches("/ho-so/").split('?').next().unwrap().to_owned();
        let point = app.point(&point_id).await;
        assert_eq!(
            (point.name.as_str(), point.kind.as_str(), point.address.as_str(), point.unit_id.as_deref(), point.unit_today.as_deref()),
            ("Cửa hàng lụa số 9", "craft_village", "Số 9 phố Lụa, Vạn Phúc", Some(HA_DONG), Some(HA_DONG))
        );
        assert_eq!((point.pin(), point.area_m2, point.contact.as_str(), point.phone.as_str(), point.email.as_str()), (Some((105.776, 20.98)), Some(60.0), "Nguyễn Thị Lụa", "0912345678", "lua@ocop.test"));
        assert_eq!((point.supporter_id.as_deref(), point.nominated_by.as_deref(), point.state), (Some("demo-hoi"), Some("ubnd-09556.2025"), crate::point::State::Draft));
        let mut tx = app.db().read().await.unwrap();
        let body = crate::party::store::find_by_tax_code(&mut tx, "0100109106").await.unwrap().unwrap();
        assert_eq!((point.operator_id.as_deref(), body.name.as_str(), body.kind.as_str()), (Some(body.id.as_str()), "Công ty TNHH Lụa Thử", "enterprise"));
        let prospect = store::of_point(&mut tx, &point_id).await.unwrap().unwrap();
        assert_eq!((prospect.id.as_str(), prospect.state), (id.as_str(), State::Registered));
        let (detail, aside) = {
            let (seq, detail) = crate::fetch_one!(&mut tx, (i64, String), "select seq, detail from journal where subject_kind = 'point' and subject_id = $1 and verb = 'create'", &point_id).unwrap();
            let aside = crate::fetch_all!(&mut tx, (String, String), "select field, value from journal_personal where seq = $1", seq).unwrap();
            (detail, aside)
        };
        drop(tx);
        assert!(detail.contains(&id) && detail.contains("considering") && !detail.contains("Nguyễn Thị Lụa") && !detail.contains("Trần Văn Đi"), "{detail}");
        assert!(aside.iter().any(|(field, value)| field == "approached_by" && value.contains("Trần Văn Đi")), "{aside:?}");
        // both ways
        commune.get(&format!("/ho-so/{point_id}")).await.expect(200).says(&path).says("Gặp trực tiếp");
        commune.get(&path).await.expect(200).says(&format!("/ho-so/{point_id}"));
        // once
        let v = version(app, &id).await;
        commune.post(&format!("{path}/dang-ky"), &[("version", &v)]).await.expect(409).says("đã thành hồ sơ");
        ask(app, &commune, &id, &[]).await.expect(409);
        commune.post(&format!("{path}/sua"), &with(&[("version", &v.clone().leak()[..])])).await.expect(409);
        // and it is complete enough to be nominated at once
        commune.post(&format!("/ho-so/{point_id}/buoc/nominate"), &[("version", &point.version.to_string())]).await.expect(303);
        assert_eq!(app.verbs("prospect", &id).await, ["note_prospect", "approach", "approach", "register_prospect"]);
    }

    async fn an_operator_that_is_known_is_not_made_again(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let mut tx = app.db().write().await.unwrap();
        let body = crate::party::Body { tax_code: Some("0100109106".into()), ..crate::party::store::find(&mut tx, "demo-coso").await.unwrap().unwrap() };
        crate::party::store::put(&mut tx, &body, "", "", app.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        let id = note(&commune, &typed()).await;
        ask(app, &commune, &id, &[]).await.expect(303);
        let before = app.rows_of("body").await;
        let v = version(app, &id).await;
        // its tax code under another name is a question, not the same
        commune.post(&format!("/van-dong/{id}/dang-ky"), &[("version", &v)]).await.expect(409).says("trùng mã số thuế, khác tên");
        let mut tx = app.db().write().await.unwrap();
        let body = crate::party::Body { name: "Công ty TNHH Lụa Thử".into(), ..body };
        crate::party::store::put(&mut tx, &body, "", "", app.clock().now()).await.unwrap();
        tx.commit().await.unwrap();
        let gone = commune.post(&format!("/van-dong/{id}/dang-ky"), &[("version", &v)]).await.expect(303);
        let point = app.point(gone.location().trim_start_matches("/ho-so/").split('?').next().unwrap()).await;
        assert_eq!((app.rows_of("body").await, point.operator_id.as_deref()), (before, Some("demo-coso")));
    }

    async fn what_cannot_be_is_refused_at_its_field(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        for (field, value) in [
            ("name", ""), ("unit", ""), ("unit", "Xứ Không Có"), ("unit", "Bát Tràng"), ("kind", "chợ trời"), ("tax_code", "123"), ("phone", "12"), ("email", "không"), ("lon", "20.98"),
            ("area_m2", "-5"), ("property", "mượn"), ("supporter", "so-cong-thuong"), ("supporter", "không có"), ("operator_kind", "vua"),
        ] {
            commune.post("/van-dong/moi", &with(&[(field, value)])).await.expect(422).says("error-summary");
        }
        commune.post("/van-dong/moi", &with(&[("address", ""), ("lon", ""), ("lat", "")])).await.expect(422);
        assert_eq!(app.rows_of("prospect").await, 0);
        let id = note(&commune, &typed()).await;
        for fields in [
            [("day", "23/11/2026"), ("answer", "interested")],
            [("day", "31/02/2026"), ("answer", "interested")],
            [("day", ""), ("answer", "interested")],
            [("answer", ""), ("how", "meeting")],
            [("how", "thư rác"), ("answer", "interested")],
            [("next_on", "21/11/2026"), ("next_step", "Gọi lại")],
            [("next_on", "25/11/2026"), ("next_step", "")],
            [("next_on", "25/11/2126"), ("next_step", "Gọi lại")],
            [("next_on", "mai"), ("next_step", "Gọi lại")],
        ] {
            ask(app, &commune, &id, &fields).await.expect(422).says("error-summary").says("Ghi một lần tiếp xúc");
        }
        ask(app, &commune, &id, &[("next_on", "21/11/2026"), ("next_step", "Gọi lại")]).await.says("không thể trước ngày tiếp xúc").says("Gọi lại");
        assert_eq!(app.rows_of("approach").await, 0);
        // two people at once: the second is told
        let answer = commune.post(&format!("/van-dong/{id}/tiep-xuc"), &[("version", "7"), ("day", "22/11/2026"), ("how", "phone"), ("answer", "refused")]).await;
        assert_eq!(answer.status, 409);
    }

    async fn an_end_has_a_reason_and_can_be_taken_back(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let id = note(&commune, &typed()).await;
        let change = async |to: &str, reason: &str| {
            let v = version(app, &id).await;
            commune.post(&format!("/van-dong/{id}/trang-thai"), &[("version", &v), ("to", to), ("reason", reason)]).await.status.as_u16()
        };
        assert_eq!((change("declined", "").await, change("open", "").await, change("registered", "x").await), (422, 409, 404));
        assert_eq!((change("declined", "Đã cho thuê").await, change("dropped", "x").await), (303, 409));
        commune.get(&format!("/van-dong/{id}")).await.says("Đã cho thuê").says("Mở lại vận động");
        ask(app, &commune, &id, &[]).await.expect(409);
        commune.get("/van-dong?state=declined").await.says("Cửa hàng lụa số 9");
        assert_eq!((change("open", "").await, change("dropped", "Quá nhỏ").await), (303, 303));
        let mut tx = app.db().read().await.unwrap();
        let known = store::find(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((known.state, known.reason.as_str()), (State::Dropped, "Quá nhỏ"));
    }

    async fn the_same_place_is_warned_of(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        note(&commune, &typed()).await;
        let other = [("name", "Lụa tơ tằm phố cổ"), ("address", "Ngõ 4 đường Tố Hữu"), ("sure", "")];
        let far = [("lon", "105.70"), ("lat", "20.95")];
        // same tax code, far away
        commune.post("/van-dong/moi", &with(&[other, [far[0], far[1], ("phone", "")]].concat())).await.expect(200).says("cùng mã số thuế").says("đây là một nơi khác");
        // near by, another firm
        commune.post("/van-dong/moi", &with(&[&other[..], &[("tax_code", "")]].concat())).await.expect(200).says("cách ");
        // same folded name
        commune.post("/van-dong/moi", &with(&[("name", "CUA HANG LUA SO 9"), ("tax_code", ""), far[0], far[1], ("sure", "")])).await.expect(200).says("trùng tên");
        // a point that is there already
        app.add_point(|point| { point.name = "Gốm Hà Đông".into(); point.unit_id = Some(HA_DONG.into()); point.lon = None; point.lat = None; }).await;
        commune.get(&format!("/van-dong/trung?name={}&unit={}", query_escape("Gốm Hà Đông"), query_escape("Hà Đông"))).await.expect(200).says("Điểm:").says("Gốm Hà Đông");
        assert_eq!(app.rows_of("prospect").await, 1);
        // whose it is stays hidden from another commune
        let other_commune = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await;
        let answer = other_commune.post("/van-dong/moi", &with(&[("unit", "Bát Tràng"), ("lon", "105.912"), ("lat", "20.969"), ("sure", "")])).await.expect(200).says("ngoài phạm vi");
        assert!(!answer.body.contains("/van-dong/0"), "no link to what may not be seen");
    }

    async fn rows_are_seen_within_scope_only(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let id = note(&commune, &with(&[("supporter", "")])).await;
        let path = format!("/van-dong/{id}");
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await;
        let association = app.sign_in(Role::ASSOCIATION).await;
        for client in [&other, &association] {
            client.get(&path).await.expect(404);
            let v = version(app, &id).await;
            for step in ["tiep-xuc", "trang-thai", "dang-ky", "sua"] {
                client.post(&format!("{path}/{step}"), &[("version", &v), ("to", "dropped"), ("reason", "x")]).await.expect(404);
            }
            assert!(!client.get("/van-dong").await.body.contains("Cửa hàng lụa số 9"));
        }
        // named as supporter, the association sees it
        let v = version(app, &id).await;
        commune.post(&format!("{path}/sua"), &with(&[("version", v.leak())])).await.expect(303);
        association.get(&path).await.expect(200);
        assert!(association.get("/van-dong").await.body.contains("Cửa hàng lụa số 9"));
        app.sign_in(Role::LEADER).await.get(&path).await.expect(200);
        app.sign_in(Role::AUDITOR).await.get(&path).await.expect(200);
        app.sign_in(Role::BUSINESS).await.get(&path).await.expect(403);
        // an inspector has no part in it
        app.sign_in(Role::INSPECTOR).await.get(&path).await.expect(403);
        // what an association notes is its own to support
        let own = note(&association, &with(&[("name", "Gốm nhà Hội"), ("supporter", ""), ("unit", "Bát Tràng"), ("lon", ""), ("lat", ""), ("tax_code", "")])).await;
        let mut tx = app.db().read().await.unwrap();
        assert_eq!(store::find(&mut tx, &own).await.unwrap().unwrap().supporter_id.as_deref(), Some("demo-hoi"));
        drop(tx);
        other.get(&format!("/van-dong/{own}")).await.expect(200);
        commune.get(&format!("/van-dong/{own}")).await.expect(404);
    }

    async fn staff_see_it_on_their_map_and_others_do_not(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let id = note(&commune, &typed()).await;
        let shown = async |client: &Client, query: &str| client.get(&format!("/ban-do/ho-so.geojson?{query}")).await.expect(200).body.contains(&id);
        assert!(shown(&commune, "bbox=105.7,20.9,105.9,21.1&zoom=12").await);
        assert!(shown(&app.sign_in(Role::LEADER).await, "kind=craft_village&unit_id=09556.2025").await);
        assert!(!shown(&commune, "bbox=105.9,20.9,106,21.1&zoom=12").await, "outside the box");
        assert!(!shown(&commune, "kind=rest_stop").await && !shown(&commune, "state=operating").await, "the filters are those of the list");
        assert!(!shown(&app.sign_in(Role::BUSINESS).await, "").await, "not for whom it is about");
        let other = app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await;
        assert!(!shown(&other, "").await, "another commune's");
        assert!(!app.client().get("/ban-do/diem.geojson").await.expect(200).body.contains(&id));
    }

    async fn contact_data_can_be_erased_and_is_not_in_the_chain(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let id = note(&commune, &typed()).await;
        let v = version(app, &id).await;
        commune.post(&format!("/van-dong/{id}/sua"), &with(&[("version", v.leak()), ("contact", ""), ("phone", ""), ("email", "")])).await.expect(303);
        let answer = commune.get(&format!("/van-dong/{id}")).await;
        assert!(!answer.body.contains("0912345678") && !answer.body.contains("Nguyễn Thị Lụa"));
        let mut tx = app.db().read().await.unwrap();
        for (detail,) in crate::fetch_all!(&mut tx, (String,), "select detail from journal where subject_kind = 'prospect'").unwrap() {
            assert!(!detail.contains("0912345678") && !detail.contains("Nguyễn Thị Lụa") && !detail.contains("Lụa Thử"), "{detail}");
        }
    }

    async fn the_list_is_read_by_key_and_filtered(app: TestApp) {
        let leader = app.sign_in(Role::LEADER).await;
        for (at, name) in ["An", "Bình", "Chi", "Dung", "Đào"].into_iter().enumerate() {
            let id = note(&leader, &with(&[("name", name), ("unit", if at < 2 { "Bát Tràng" } else { "Hà Đông" }), ("lon", ""), ("lat", ""), ("tax_code", "")])).await;
            if at == 1 {
                ask(app, &leader, &id, &[("day", "20/11/2026"), ("answer", "refused"), ("next_step", "Gọi"), ("next_on", "21/11/2026")]).await.expect(303);
            }
        }
        let mut seen = String::new();
        let mut path = "/van-dong?page_size=2".to_owned();
        let mut pages = 0;
        loop {
            let answer = leader.get(&path).await.expect(200);
            for name in ["An", "Bình", "Chi", "Dung", "Đào"] {
                if answer.body.contains(&format!("\">{name}</a>")) {
                    seen.push_str(name);
                }
            }
            pages += 1;
            let Some((_, rest)) = answer.body.split_once("rel=\"next\" href=\"") else { break };
            path = rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
        }
        assert_eq!((seen.as_str(), pages), ("AnBìnhChiDungĐào", 3));
        let has = async |query: &str, name: &str| leader.get(&format!("/van-dong?{query}")).await.body.contains(&format!("\">{name}</a>"));
        assert!(has("tre=1", "Bình").await && !has("tre=1", "An").await);
        assert!(has("tra_loi=refused", "Bình").await && !has("tra_loi=refused", "Chi").await && has("tra_loi=none", "Chi").await && !has("tra_loi=none", "Bình").await);
        assert!(has(&format!("unit={}", query_escape("Bát Tràng")), "An").await && !has(&format!("unit={}", query_escape("Bát Tràng")), "Chi").await);
        assert!(has("q=dao", "Đào").await && !has("q=dao", "Chi").await);
        leader.get("/van-dong?sau=%27%3B--&unit=khong-co").await.expect(200);
        // late things stand in the work list of those who mobilise
        leader.get("/viec").await.says("Bình: Gọi").says("Quá hạn 1 ngày");
    }

    async fn a_unit_that_split_lists_its_prospects_under_each(app: TestApp) {
        let region = app.region();
        let maybe = region
            .communes("2025-06-30".parse().unwrap())
            .into_iter()
            .find(|unit| matches!(region.today(&unit.id, None, begin_day()), crate::region::Today::Unclear(ids) if ids.iter().any(|id| id == HA_DONG)))
            .unwrap();
        let leader = app.sign_in(Role::LEADER).await;
        let label = region.label(&maybe.id).leak() as &'static str;
        let unit_id = maybe.id.clone().leak() as &'static str;
        let id = note(&leader, &with(&[("unit", label), ("unit_id", unit_id), ("lon", ""), ("lat", "")])).await;
        app.sign_in(Role::COMMUNE).await.get(&format!("/van-dong/{id}")).await.expect(200).says("chưa rõ đơn vị mới");
        ask(app, &leader, &id, &[]).await.expect(303);
        let v = version(app, &id).await;
        let gone = leader.post(&format!("/van-dong/{id}/dang-ky"), &[("version", &v)]).await.expect(303);
        let point = app.point(gone.location().trim_start_matches("/ho-so/").split('?').next().unwrap()).await;
        assert_eq!((point.unit_id.as_deref(), point.unit_today), (Some(unit_id), None));
        leader.get("/van-dong/con-thieu?theo=cu").await.expect(200);
    }

    async fn the_next_step_is_reminded_of_once(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let id = note(&commune, &typed()).await;
        let day = begin_day() + Days::new(3);
        ask(app, &commune, &id, &[("next_step", "Gửi bộ tiêu chí"), ("next_on", &date_vi(day))]).await.expect(303);
        let told = || app.outbox().iter().filter(|mail| mail.contains("Gửi bộ tiêu chí")).count();
        app.wake_on(begin_day() + Days::new(2)).await;
        assert_eq!(told(), 0);
        app.wake_on(day).await;
        app.wake_on(day + Days::new(1)).await;
        crate::prospect::daily(&app.app).await.unwrap();
        app.work().await;
        assert_eq!(told(), 1);
    }

    async fn where_a_point_is_missing_follows_the_counters(app: TestApp) {
        let leader = app.sign_in(Role::LEADER).await;
        let all = app.region().communes(begin_day()).len() as i64;
        let missing = async |query: &str| -> i64 {
            let answer = leader.get(&format!("/van-dong/con-thieu{query}")).await.expect(200);
            answer.body.split_once("class=\"stat\"><b class=\"num\">").unwrap().1.split('<').next().unwrap().parse().unwrap()
        };
        assert_eq!(missing("").await, all);
        app.add_point(|point| point.state = crate::point::State::Operating).await;
        app.add_point(|point| { point.unit_id = Some(HA_DONG.into()); point.state = crate::point::State::Nominated; point.name = "Đang làm".into(); point.lon = None; point.lat = None; }).await;
        app.add_point(|point| { point.unit_id = Some(HA_DONG.into()); point.state = crate::point::State::Withdrawn; point.name = "Rút".into(); point.lon = None; point.lat = None; point.kind = "post_office".into(); }).await;
        assert_eq!((missing("").await, missing("?theo=loai").await, missing("?theo=loai&unit=H%C3%A0+%C4%90%C3%B4ng").await), (all - 2, 7, 7));
        // every page together names every unit once
        let mut names = std::collections::BTreeSet::new();
        let mut path = "/van-dong/con-thieu?page_size=50".to_owned();
        loop {
            let answer = leader.get(&path).await.expect(200);
            for part in answer.body.split("<th scope=\"row\"><b>").skip(1) {
                assert!(names.insert(part.split('<').next().unwrap().to_owned()), "{part}");
            }
            let Some((_, rest)) = answer.body.split_once("rel=\"next\" href=\"") else { break };
            path = rest.split('"').next().unwrap().replace("&#38;", "&");
        }
        assert_eq!(names.len() as i64, all - 2);
        assert!(!names.contains("Xã Bát Tràng"));
        // a line leads to the form, filled
        leader.get(&format!("/van-dong/moi?unit_id={BAT_TRANG}&kind=post_office")).await.expect(200).says("Xã Bát Tràng").says("value=\"post_office\" selected");
        // a commune sees itself
        app.sign_in(Role::COMMUNE).await.get("/van-dong/con-thieu").await.expect(200).says("Không còn nơi nào thiếu");
        assert!(missing("?theo=cu").await > 0);
        assert_eq!(missing("?theo=lang-nghe").await, 0);
    }

    async fn craft_villages_come_from_an_administrator_with_their_source(app: TestApp) {
        let admin = app.sign_in(Role::ADMINISTRATOR).await;
        let send = async |text: &str| admin.post_files("/van-dong/lang-nghe", &[], &[("file", "lang.csv", text.as_bytes())]).await;
        send("Tên làng nghề,Xã phường,Nguồn\nGốm,Xứ Không Có,QĐ 1\n").await.expect(422).says("Dòng 2");
        send("Tên làng nghề,Xã phường,Nguồn\nGốm,Bát Tràng,\n").await.expect(422).says("nguồn");
        send("một,hai\n1,2\n").await.expect(422);
        admin.post_files("/van-dong/lang-nghe", &[], &[]).await.expect(422);
        assert_eq!(app.rows_of("craft_village").await, 0);
        for _ in 0..2 {
            send("Tên làng nghề,Xã phường,Ghi chú,Nguồn\nGốm Bát Tràng,Bát Tràng,làng nghề,QĐ 1\nDệt lụa Vạn Phúc,Hà Đông,truyền thống,QĐ 2\n").await.expect(303);
        }
        assert_eq!(app.rows_of("craft_village").await, 2);
        admin.get("/van-dong/lang-nghe").await.expect(200).says("Dệt lụa Vạn Phúc").says("QĐ 2");
        app.add_point(|point| point.state = crate::point::State::Operating).await;
        let leader = app.sign_in(Role::LEADER).await;
        let answer = leader.get("/van-dong/con-thieu?theo=lang-nghe").await.expect(200).says("Dệt lụa Vạn Phúc").says("kind=craft_village");
        assert!(!answer.body.contains("Gốm Bát Tràng"), "Bát Tràng has a point of this kind");
        leader.post_files("/van-dong/lang-nghe", &[], &[]).await.expect(403);
    }
}

#[test]
fn words_are_read_back() {
    for state in State::ALL {
        assert_eq!(State::read(state.word()), Some(state));
    }
    for answer in Answer::ALL {
        assert_eq!(Answer::read(answer.word()), Some(answer));
    }
    assert_eq!((State::read(""), Answer::read("có")), (None, None));
}
