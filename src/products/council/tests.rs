//! A council from its rules to the result of a product: what keeps a sitting shut, sheets nobody else sees, a tie, a second turn.

use chrono::Days;

use super::store;
use crate::access::{self, Role};
use crate::dossier::model::Kind;
use crate::dossier::tests::{answer_all, begin, tea, version};
use crate::panel::{self, Member, Panel, Part};
use crate::scoring::{self, books};
use crate::store_test;
use crate::testing::{Client, TestApp, begin_day};
use crate::text::date_vi;
use crate::{clock, fetch_one};

const TEA: &str = "26-2026-11";

/// Places of answers by which the sheet stays below so many points, on lines that no star asks for.
fn below(limit: i64) -> Vec<(&'static str, usize)> {
    let (mut total, mut but) = (100, Vec::new());
    for line in books::of(TEA).unwrap().asked() {
        let answers = line.answers(None).unwrap();
        if limit <= total && answers.iter().all(|answer| answer.least == 0) && line.knock_outs.is_empty() {
            total -= answers.last().unwrap().points - answers[0].points;
            but.push((line.no.as_str(), 0));
        }
    }
    assert!(total < limit, "free lines are worth {} points", 100 - total);
    but
}

async fn granted_star(app: &TestApp, item: &str) -> i64 {
    store::item(&mut app.db().read().await.unwrap(), item).await.unwrap().unwrap().star
}

/// A dossier of a tea that its commune proposed; its path.
async fn proposed(app: &TestApp, code: &str) -> String {
    let product = tea(app, code, None).await;
    let (producer, commune) = (app.sign_in(Role::BUSINESS).await, app.sign_in(Role::COMMUNE).await);
    let path = begin(&producer, &product, Kind::First).await;
    answer_all(&producer, &path, &[]).await;
    producer.post(&format!("{path}/gui"), &[("version", &version(app, &path).await)]).await.expect(303);
    let (at, today) = (version(app, &path).await, date_vi(begin_day()));
    let report = [
        ("version", at.as_str()),
        ("check-material", "x"),
        ("check-labour", "x"),
        ("check-idea", "x"),
        ("check-identity", "x"),
        ("proposal", "Đề nghị"),
        ("report_no", "1/BC"),
        ("reported_on", &today),
    ];
    commune.post(&format!("{path}/bao-cao"), &report).await.expect(303);
    path
}

/// Somebody found that the tea sheet says what the gazette says.
async fn compared(app: &TestApp) {
    let mut tx = app.db().write().await.unwrap();
    let person = access::store::find_login(&mut tx, "quantri@ocop.example").await.unwrap().unwrap();
    let check = scoring::store::Check {
        id: clock::new_id(),
        sheet: TEA.into(),
        digest: books::of(TEA).unwrap().digest.clone(),
        outcome: "same".into(),
        source: "Công báo".into(),
        note: String::new(),
        checked_by: person.id,
        checked_name: String::new(),
        checked_on: begin_day(),
        created_at: app.clock().now(),
    };
    scoring::store::add(&mut tx, &check).await.unwrap();
    tx.commit().await.unwrap();
}

/// A council of so many members with an account each, the first in the chair.
async fn council(app: &TestApp, members: usize) -> (String, Vec<(Member, Client)>) {
    let now = app.clock().now();
    let panel = Panel {
        id: clock::new_id(),
        kind: panel::Kind::Council,
        name: "Hội đồng đánh giá sản phẩm OCOP Thành phố".into(),
        body_id: "vpdp-ntm-tp".into(),
        decision_no: "100/QĐ-UBND".into(),
        decided_on: begin_day() - Days::new(30),
        from_on: begin_day() - Days::new(30),
        to_on: Some(begin_day() + Days::new(300)),
        end_paper: String::new(),
        note: String::new(),
        version: 1,
        created_by: "test".into(),
        created_at: now,
    };
    let mut tx = app.db().write().await.unwrap();
    panel::store::add(&mut tx, &panel).await.unwrap();
    let mut found = Vec::new();
    for at in 0..members {
        let login = format!("hoidong{at}@ocop.test");
        let person = access::store::Person {
            id: clock::new_id(),
            name: format!("Ủy viên {at}"),
            email: Some(login.clone()),
            phone: String::new(),
            file_code: None,
            password_hash: String::new(),
            status: "active".into(),
            demo: false,
            version: 1,
        };
        let id = access::store::add(&mut tx, &person, now).await.unwrap().unwrap();
        access::store::grant(&mut tx, &id, Role::COUNCIL_MEMBER, "so-nn-mt", None, begin_day()).await.unwrap();
        let member = Member {
            id: clock::new_id(),
            panel_id: panel.id.clone(),
            part: if at == 0 { Part::Chair } else { Part::Member },
            name: person.name,
            post: String::new(),
            agency: "Sở Nông nghiệp và Môi trường".into(),
            body_id: None,
            person_id: Some(id),
            phone: String::new(),
            tax_code: String::new(),
            address: String::new(),
            from_on: panel.from_on,
            to_on: panel.to_on,
            paper: String::new(),
            end_paper: String::new(),
            replaces: None,
            version: 1,
            created_by: "test".into(),
            created_at: now,
        };
        panel::store::add_member(&mut tx, &member).await.unwrap();
        found.push((member, login));
    }
    tx.commit().await.unwrap();
    let mut all = Vec::new();
    for (member, login) in found {
        all.push((member, app.sign_in_as(&login).await));
    }
    (panel.id, all)
}

/// The rules of the city, as somebody enters them.
async fn rules(keeper: &Client, minimum: &str) {
    let once = keeper.get("/quy-che-hoi-dong").await.expect(200).says("Chưa có Quy chế").value("once");
    let from = date_vi(begin_day() - Days::new(10));
    let whole = [
        ("once", once.as_str()),
        ("title", "Quy chế 55/QĐ-UBND"),
        ("from_on", &from),
        ("quorum", "2/3"),
        ("spread", "10"),
        ("lead_days", "1"),
        ("minimum", minimum),
    ];
    keeper.post("/quy-che-hoi-dong", &[&whole[..3], &[("quorum", "3/2")], &whole[4..]].concat()).await.expect(422).says("phân số");
    keeper.post("/quy-che-hoi-dong", &whole).await.expect(303);
    keeper.get("/quy-che-hoi-dong").await.expect(200).says("Quy chế 55/QĐ-UBND").says("đang áp dụng").says("ít nhất 2/3");
}

async fn sitting(keeper: &Client, panel: &str) -> String {
    let once = keeper.get("/phien-danh-gia/moi").await.expect(200).value("once");
    let today = date_vi(begin_day());
    let made = keeper
        .post(
            "/phien-danh-gia/moi",
            &[("once", &once), ("panel", panel), ("title", "Phiên 1 đợt 2"), ("kind", "meeting"), ("held_on", &today)],
        )
        .await
        .expect(303);
    made.location().split('?').next().unwrap().to_owned()
}

async fn at(app: &TestApp, sitting: &str) -> String {
    let id = sitting.trim_start_matches("/phien-danh-gia/");
    store::find(&mut app.db().read().await.unwrap(), id).await.unwrap().unwrap().version.to_string()
}

/// Puts dossiers on the agenda; gives the items.
async fn put(app: &TestApp, keeper: &Client, sitting: &str, dossiers: &[&str]) -> Vec<String> {
    let version = at(app, sitting).await;
    let mut fields = vec![("version", version.as_str())];
    fields.extend(dossiers.iter().map(|path| ("dossier", path.trim_start_matches("/ho-so-danh-gia/"))));
    keeper.post(&format!("{sitting}/chuong-trinh"), &fields).await.expect(303);
    let id = sitting.trim_start_matches("/phien-danh-gia/");
    store::agenda(&mut app.db().read().await.unwrap(), id, 0, 100).await.unwrap().into_iter().map(|listed| listed.item.id).collect()
}

async fn attend(app: &TestApp, keeper: &Client, sitting: &str, came: &[&Member], chair: &Member) {
    let version = at(app, sitting).await;
    let mut fields = vec![("version", version.as_str()), ("chair", chair.id.as_str())];
    fields.extend(came.iter().map(|member| ("came", member.id.as_str())));
    keeper.post(&format!("{sitting}/diem-danh"), &fields).await.expect(303);
}

/// The fields of a whole sheet: the best answers but those named.
fn sheet(but: &[(&str, usize)], turn: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = books::of(TEA)
        .unwrap()
        .asked()
        .map(|line| {
            let best = line.answers(None).unwrap().len() - 1;
            (format!("mark-{}", line.no), but.iter().find(|(no, _)| *no == line.no).map_or(best, |(_, at)| *at).to_string())
        })
        .collect();
    fields.push(("turn".into(), turn.into()));
    fields.push(("then".into(), "submit".into()));
    fields
}

async fn mark(client: &Client, path: &str, fields: &[(String, String)]) -> crate::testing::Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.post(path, &fields).await
}

store_test! {
    async fn a_sitting_opens_with_rules_quorum_chair_and_compared_sheets_and_ends_with_every_result(app: TestApp) {
        let dossier = proposed(app, "TRA-1").await;
        let (panel, members) = council(app, 3).await;
        let keeper = app.sign_in(Role::PRODUCT_KEEPER).await;
        let path = sitting(&keeper, &panel).await;
        let id = path.trim_start_matches("/phien-danh-gia/").to_owned();
        let items = put(app, &keeper, &path, &[&dossier]).await;
        // a dossier stands on one agenda
        keeper.post(&format!("{path}/chuong-trinh"), &[("version", &at(app, &path).await), ("dossier", dossier.trim_start_matches("/ho-so-danh-gia/"))]).await.expect(422).says("ít nhất một hồ sơ");
        let open = async |status: u16, says: &str| keeper.post(&format!("{path}/mo"), &[("version", &at(app, &path).await)]).await.expect(status).says(says);
        open(409, "Chưa có Quy chế").await;
        rules(&keeper, "most").await;
        open(409, "Mới có 0/3 thành viên dự").await.says("chưa được đối chiếu").says("ai chủ trì");
        compared(app).await;
        let all: Vec<&Member> = members.iter().map(|(member, _)| member).collect();
        attend(app, &keeper, &path, &all[..1], all[0]).await;
        open(409, "Mới có 1/3").await;
        // whoever presides is chair or deputy, and came
        let version = at(app, &path).await;
        keeper.post(&format!("{path}/diem-danh"), &[("version", &version), ("came", &all[1].id), ("chair", &all[1].id)]).await.expect(422).says("chủ trì");
        attend(app, &keeper, &path, &all, all[0]).await;
        // members read nothing before the papers are out
        let (member, other) = (&members[1].1, &members[2].1);
        member.get(&format!("/phien-cua-toi/{id}")).await.expect(200).says("chưa gửi tài liệu");
        let mine = format!("/phien-cua-toi/{id}/{}", items[0]);
        member.get(&mine).await.expect(404);
        keeper.post(&format!("{path}/tai-lieu"), &[("version", &at(app, &path).await)]).await.expect(303);
        app.work().await;
        assert!(app.outbox().iter().any(|mail| mail.contains("hoidong1@ocop.test") && mail.contains("/phien-cua-toi/")));
        keeper.get(&path).await.expect(200).says("chưa đủ 1 ngày làm việc");
        member.get(&mine).await.expect(200).says("chấm được khi phiên mở");
        mark(member, &mine, &sheet(&[], "1")).await.expect(409).says("không mở");
        // somebody else's council is nothing to a stranger, nor is its register to a member
        let stranger = app.sign_in(Role::COUNCIL_MEMBER).await;
        stranger.get(&format!("/phien-cua-toi/{id}")).await.expect(404);
        stranger.get(&mine).await.expect(404);
        for closed in [&path, &dossier, "/ho-so-danh-gia", "/phien-danh-gia", "/hoi-dong", "/san-pham-ocop"] {
            member.get(closed).await.expect(403);
        }
        open(303, "").await;
        let late = keeper.post(&format!("{path}/mo"), &[("version", &at(app, &path).await)]).await;
        assert_eq!(late.status, 409, "opened twice");

        // a sheet is kept as it is filled, and handed in once it is whole
        member.post(&mine, &[("turn", "1"), ("mark-1.1", "1"), ("then", "keep")]).await.expect(303);
        member.get(&mine).await.expect(200).says("1 trong");
        member.post(&mine, &[("turn", "1"), ("mark-1.1", "99"), ("then", "keep")]).await.expect(422).says("không thuộc thang");
        member.post(&mine, &[("turn", "1"), ("mark-1.1", "1"), ("then", "submit")]).await.expect(422).says("Hãy chấm mục này");
        mark(member, &mine, &sheet(&[], "1")).await.expect(303);
        mark(member, &mine, &sheet(&[], "1")).await.expect(409).says("đã nộp");
        // nobody learns what it is, the secretary only that it is there
        let item = format!("{path}/{}", items[0]);
        let seen = keeper.get(&item).await.expect(200).says("1/3").says("đã nộp");
        assert!(!seen.body.contains("Từng mục") && !seen.body.contains("Tổng hợp kết quả"));
        let version = |page: &crate::testing::Answer| page.value("version");
        keeper.post(&item, &[("version", "2")]).await.expect(409).says("Chưa đủ phiếu");
        // a leader may sit in the council too, and learns no more than a member
        let leader = app.sign_in(Role::LEADER).await;
        assert!(!leader.get(&item).await.expect(200).body.contains(">đã nộp<"));
        assert!(!leader.get(&path).await.expect(200).body.contains("1/3"));
        let before = other.get(&format!("/phien-cua-toi/{id}")).await.expect(200).body;
        mark(&members[0].1, &mine, &sheet(&[("1.1", 0)], "1")).await.expect(303);
        assert_eq!(other.get(&format!("/phien-cua-toi/{id}")).await.expect(200).body, before, "a sheet that was handed in changes nothing for the others");
        mark(other, &mine, &sheet(&[], "1")).await.expect(303);
        let whole = keeper.get(&item).await.expect(200).says("Tổng hợp kết quả").says("Từng mục");
        keeper.post(&format!("{path}/dong"), &[("version", &at(app, &path).await)]).await.expect(409).says("chưa có kết quả");
        keeper.post(&item, &[("version", &version(&whole))]).await.expect(303);
        keeper.post(&item, &[("version", &version(&whole))]).await.expect(409);
        keeper.get(&item).await.expect(200).says("của 3 phiếu").says("sao</b>");
        member.get(&format!("/phien-cua-toi/{id}")).await.expect(200).says("bình quân");

        // two secretaries: one of them ends it
        let version = at(app, &path).await;
        let other = app.sign_in(Role::PRODUCT_KEEPER).await;
        let fields = [("version", version.as_str()), ("minutes", "Không có ý kiến khác.")];
        let closed = format!("{path}/dong");
        let (one, two) = tokio::join!(keeper.post(&closed, &fields), other.post(&closed, &fields));
        let mut both = [one.status, two.status];
        both.sort_unstable();
        assert_eq!(both, [303, 409]);
        keeper.get(&path).await.expect(200).says("Đã kết thúc").says("Không có ý kiến khác.");
        let mut tx = app.db().read().await.unwrap();
        let (detail,) = fetch_one!(&mut tx, (String,), "select detail from journal where verb = 'close_sitting' and subject_id = $1", &id).unwrap();
        let detail: serde_json::Value = serde_json::from_str(&detail).unwrap();
        assert_eq!(detail["sheets"].as_array().unwrap().len(), 3, "a digest a sheet");
        assert_eq!(app.verbs("sitting", &id).await, ["add_sitting", "put_on_agenda", "note_attendance", "note_attendance", "send_papers", "open_sitting", "settle_item", "close_sitting"]);
    }

    async fn a_member_with_a_tie_reads_and_marks_nothing_and_marks_far_apart_are_discussed(app: TestApp) {
        let dossier = proposed(app, "TRA-1").await;
        let (panel, members) = council(app, 4).await;
        compared(app).await;
        let keeper = app.sign_in(Role::PRODUCT_KEEPER).await;
        rules(&keeper, "settled").await;
        // the fourth has the telephone of the producer
        let mut tx = app.db().write().await.unwrap();
        crate::execute!(&mut tx, "update body set phone = '0912 345 678' where id = 'demo-coso'").unwrap();
        crate::execute!(&mut tx, "update panel_member set phone = '+84 912345678' where id = $1", &members[3].0.id).unwrap();
        tx.commit().await.unwrap();
        let path = sitting(&keeper, &panel).await;
        let id = path.trim_start_matches("/phien-danh-gia/").to_owned();
        let items = put(app, &keeper, &path, &[&dossier]).await;
        let all: Vec<&Member> = members.iter().map(|(member, _)| member).collect();
        attend(app, &keeper, &path, &all, all[0]).await;
        keeper.get(&path).await.expect(200).says("cùng số điện thoại").says("hệ thống phát hiện");
        keeper.post(&format!("{path}/tai-lieu"), &[("version", &at(app, &path).await)]).await.expect(303);
        let mine = format!("/phien-cua-toi/{id}/{}", items[0]);
        members[3].1.get(&mine).await.expect(404);
        members[3].1.get(&format!("/phien-cua-toi/{id}")).await.expect(200).says("không chấm: cùng số điện thoại");
        // lifted with a reason it reads again; then it declares another, which nobody lifts
        let lift = [("version", at(app, &path).await), ("member", all[3].id.clone()), ("body", "demo-coso".into()), ("reason", String::new())];
        let fields: Vec<(&str, &str)> = lift.iter().map(|(name, value)| (*name, value.as_str())).collect();
        keeper.post(&format!("{path}/xung-dot"), &fields).await.expect(422).says("vì sao");
        keeper.post(&format!("{path}/xung-dot"), &[&fields[..3], &[("reason", "Số máy dùng chung của hội")]].concat()).await.expect(303);
        keeper.get(&path).await.expect(200).says("Số máy dùng chung của hội");
        members[3].1.get(&mine).await.expect(200);
        members[3].1.post(&format!("/phien-cua-toi/{id}/xung-dot"), &[("body", "demo-coso"), ("what", "")]).await.expect(422);
        members[3].1.post(&format!("/phien-cua-toi/{id}/xung-dot"), &[("body", "demo-coso"), ("what", "Em rể")]).await.expect(303);
        members[3].1.get(&mine).await.expect(404);
        keeper.post(&format!("{path}/xung-dot"), &[&[("version", at(app, &path).await.as_str())], &fields[1..3], &[("reason", "x")]].concat()).await.expect(409);
        keeper.post(&format!("{path}/mo"), &[("version", &at(app, &path).await)]).await.expect(303);
        mark(&members[3].1, &mine, &sheet(&[], "1")).await.expect(404);

        // three mark, far apart: discussed, marked again with reasons
        let low: Vec<(&str, usize)> = books::of(TEA).unwrap().asked().take(6).map(|line| (line.no.as_str(), 0)).collect();
        mark(&members[0].1, &mine, &sheet(&[], "1")).await.expect(303);
        mark(&members[1].1, &mine, &sheet(&[], "1")).await.expect(303);
        mark(&members[2].1, &mine, &sheet(&low, "1")).await.expect(303);
        let item = format!("{path}/{}", items[0]);
        let wide = keeper.get(&item).await.expect(200).says("Phiếu lệch nhau").says("Không chấm: Ủy viên 3");
        let at_item = wide.value("version");
        keeper.post(&item, &[("version", &at_item)]).await.expect(409).says("chấm lượt hai");
        keeper.post(&format!("{item}/luot-hai"), &[("version", &at_item), ("discussion", "")]).await.expect(422);
        keeper.post(&format!("{item}/luot-hai"), &[("version", &at_item), ("discussion", "Xem lại hợp đồng")]).await.expect(303);
        members[2].1.get(&mine).await.expect(200).says("Xem lại hợp đồng").says("lượt một");
        mark(&members[2].1, &mine, &sheet(&low, "1")).await.expect(409);
        mark(&members[2].1, &mine, &sheet(&[], "2")).await.expect(422).says("vì sao chấm khác lượt một");
        let mut again = sheet(&low[..1], "2");
        again.extend(low[1..].iter().map(|(no, _)| (format!("why-{no}"), "Đã xem hợp đồng".to_owned())));
        again.retain(|(name, _)| name != "then");
        mark(&members[2].1, &mine, &[&again[..], &[("then".into(), "keep".into())]].concat()).await.expect(303);
        members[2].1.get(&mine).await.expect(200).says("Đã xem hợp đồng");
        mark(&members[2].1, &mine, &[&again[..], &[("then".into(), "submit".into())]].concat()).await.expect(303);
        mark(&members[0].1, &mine, &sheet(&[], "2")).await.expect(303);
        mark(&members[1].1, &mine, &sheet(&[], "2")).await.expect(303);
        // the first line is a minimum on which they still differ: the sitting settles it
        let open = keeper.get(&item).await.expect(200).says("ghi kết luận của phiên").says("2 trong 3 phiếu");
        let at_item = open.value("version");
        keeper.post(&item, &[("version", &at_item)]).await.expect(422).says("Hãy ghi kết luận");
        keeper.post(&item, &[("version", &at_item), (&format!("settle-{}", low[0].0), "1")]).await.expect(303);
        keeper.get(&item).await.expect(200).says("5 sao").says("Thảo luận trước lượt hai");
        // marks of the first turn are still there: nothing is ever overwritten
        let mut tx = app.db().read().await.unwrap();
        let (first, second) = fetch_one!(&mut tx, (i64, i64), "select sum(case when turn = 1 then 1 else 0 end), sum(case when turn = 2 then 1 else 0 end) from mark_sheet where item_id = $1", &items[0]).unwrap();
        assert_eq!((first, second), (3, 3));
        let (reasons,) = fetch_one!(&mut tx, (i64,), "select count(*) from mark where reason = 'Đã xem hợp đồng'").unwrap();
        assert_eq!(reasons, low.len() as i64 - 1);
        assert_eq!(app.verbs("sitting", &id).await.last().map(String::as_str), Some("settle_item"));
    }

    async fn a_decision_gives_certificates_sends_five_stars_on_and_says_why_not(app: TestApp) {
        let dossiers = [proposed(app, "TRA-1").await, proposed(app, "TRA-2").await, proposed(app, "TRA-3").await];
        let (panel, members) = council(app, 2).await;
        compared(app).await;
        let keeper = app.sign_in(Role::PRODUCT_KEEPER).await;
        rules(&keeper, "most").await;
        let path = sitting(&keeper, &panel).await;
        let id = path.trim_start_matches("/phien-danh-gia/").to_owned();
        let all: Vec<&str> = dossiers.iter().map(String::as_str).collect();
        let items = put(app, &keeper, &path, &all).await;
        let came: Vec<&Member> = members.iter().map(|(member, _)| member).collect();
        attend(app, &keeper, &path, &came, came[0]).await;
        keeper.post(&format!("{path}/mo"), &[("version", &at(app, &path).await)]).await.expect(303);
        keeper.get(&format!("{path}/quyet-dinh")).await.expect(409).says("Đang chấm");
        let none: Vec<(&str, usize)> = books::of(TEA).unwrap().asked().map(|line| (line.no.as_str(), 0)).collect();
        let sheets = [sheet(&[], "1"), sheet(&below(90), "1"), sheet(&none, "1")];
        // the dossier on the agenda first was reported first; their order is that of the list
        let mut tx = app.db().read().await.unwrap();
        let listed = store::agenda(&mut tx, &id, 0, 10).await.unwrap();
        drop(tx);
        for (path_of, fields) in dossiers.iter().zip(&sheets) {
            let item = listed.iter().find(|listed| path_of.ends_with(&listed.item.dossier_id)).unwrap();
            for (_, client) in &members {
                mark(client, &format!("/phien-cua-toi/{id}/{}", item.item.id), fields).await.expect(303);
            }
            let page = keeper.get(&format!("{path}/{}", item.item.id)).await.expect(200);
            keeper.post(&format!("{path}/{}", item.item.id), &[("version", &page.value("version"))]).await.expect(303);
        }
        assert_eq!(items.len(), 3);
        keeper.post(&format!("{path}/dong"), &[("version", &at(app, &path).await)]).await.expect(303);
        let page = keeper.get(&format!("{path}/quyet-dinh")).await.expect(200).says("chuyển Trung ương").says("công nhận").says("không công nhận");
        let once = page.value("once");
        let granted = listed.iter().find(|listed| dossiers[1].ends_with(&listed.item.dossier_id)).unwrap();
        let number = format!("number-{}", granted.item.id);
        let today = date_vi(begin_day());
        let whole = [("once", once.as_str()), ("number", "15/QĐ-UBND"), ("decided_on", today.as_str()), ("body", "UBND thành phố Hà Nội"), (number.as_str(), "GCN-9")];
        for left in 1..4 {
            let lacks: Vec<(&str, &str)> = whole.iter().enumerate().filter(|(at, _)| *at != left).map(|(_, pair)| *pair).collect();
            keeper.post(&format!("{path}/quyet-dinh"), &lacks).await.expect(422);
        }
        // a number that is taken: told at its product, and nothing was decided
        let taken = app.add_product("X-1", Some((3, begin_day() - Days::new(5))), |_| {}).await;
        let mut tx = app.db().write().await.unwrap();
        crate::execute!(&mut tx, "update certificate set number = 'GCN-9' where product_id = $1", &taken.id).unwrap();
        tx.commit().await.unwrap();
        keeper.post(&format!("{path}/quyet-dinh"), &whole).await.expect(422).says("GCN-9 đã cấp cho");
        assert_eq!(app.rows_of("star_decision").await, 0);
        keeper.post(&format!("{path}/quyet-dinh"), &[&whole[..4], &[(number.as_str(), "GCN-10")]].concat()).await.expect(303);
        keeper.post(&format!("{path}/quyet-dinh"), &[&whole[1..4], &[("once", "x")]].concat()).await.expect(409);
        app.work().await;
        let producer = app.sign_in(Role::BUSINESS).await;
        producer.get(&dossiers[0]).await.expect(200).says("Chuyển Trung ương");
        producer.get(&dossiers[1]).await.expect(200).says("Được công nhận").says("15/QĐ-UBND");
        producer.get(&dossiers[2]).await.expect(200).says("Không được công nhận");
        assert!(app.outbox().iter().any(|mail| mail.contains("không công nhận")), "the producer is told");
        let mut tx = app.db().read().await.unwrap();
        let (certificates, star) = fetch_one!(&mut tx, (i64, i64), "select count(*), max(stars) from certificate where number = 'GCN-10'").unwrap();
        assert_eq!((certificates, star), (1, granted_star(app, &granted.item.id).await));
        drop(tx);
        assert_eq!(app.verbs("sitting", &id).await.last().map(String::as_str), Some("decide_sitting"));
    }

    async fn a_council_whose_term_ended_holds_no_sitting(app: TestApp) {
        let (panel, _) = council(app, 2).await;
        let keeper = app.sign_in(Role::PRODUCT_KEEPER).await;
        let once = keeper.get("/phien-danh-gia/moi").await.expect(200).value("once");
        let late = date_vi(begin_day() + Days::new(400));
        let fields = [("once", once.as_str()), ("panel", panel.as_str()), ("title", "Phiên"), ("kind", "meeting"), ("held_on", late.as_str())];
        keeper.post("/phien-danh-gia/moi", &fields).await.expect(409).says("hết nhiệm kỳ");
        let none = [&fields[..1], &[("panel", "khong-co")], &fields[2..]].concat();
        keeper.post("/phien-danh-gia/moi", &none).await.expect(422).says("chọn hội đồng");
    }
}
