//! What keeps a point from opening, and that sizes and money are read as people write them.

use chrono::NaiveDate;

use super::model::{self, Done, Preparation, Section, Support, check_sign};
use super::{card, store};
use crate::access::{Actor, Grant, Role};
use crate::db::Db;
use crate::point::State;
use crate::testing::{Answer, Client, TestApp};
use crate::typed;
use crate::typed::{millimetres, money};
use crate::{execute, store_test};

fn day(text: &str) -> NaiveDate {
    crate::text::parse_date(text).unwrap()
}

fn ratios() -> Vec<String> {
    vec!["1:1.61".to_owned(), "1:10".to_owned()]
}

#[test]
fn a_sign_may_hang_either_way() {
    for (width, height) in [(1610, 1000), (1000, 1610), (161, 100)] {
        let sign = check_sign(width, height, &ratios(), 5.0).unwrap();
        assert!(sign.fits && sign.rule == "1:1.61", "{sign:?}");
    }
    let long = check_sign(300, 3050, &ratios(), 5.0).unwrap();
    assert!(long.fits && long.rule() == "1:10" && long.off() == "1,7%", "{long:?}");
}

#[test]
fn a_sign_that_misses_says_by_how_much() {
    let sign = check_sign(1610, 800, &ratios(), 5.0).unwrap();
    assert!(!sign.fits);
    assert_eq!(
        (sign.measured().as_str(), sign.rule().as_str(), sign.off().as_str(), sign.side()),
        ("1:2,01", "1:1,61", "25,0%", "dài hơn")
    );
    let square = check_sign(500, 500, &ratios(), 5.0).unwrap();
    assert_eq!((square.fits, square.side()), (false, "ngắn hơn"));
}

#[test]
fn the_tolerance_counts_its_own_edge() {
    assert!(check_sign(1050, 100, &ratios(), 5.0).unwrap().fits);
    assert!(!check_sign(1051, 100, &ratios(), 5.0).unwrap().fits);
}

#[test]
fn a_side_of_zero_is_never_compared() {
    assert_eq!(check_sign(1610, 0, &ratios(), 5.0), None);
    assert!(millimetres("0").is_err() && millimetres("-5").is_err() && millimetres("1,61 m").is_err() && millimetres("999999").is_err());
    assert_eq!(millimetres("1.610 mm"), Ok(1610));
}

#[test]
fn money_is_read_as_people_write_it() {
    for typed in ["1250000", "1.250.000", "1,250,000", "1 250 000", "1.250.000 đ", "1.250.000 đồng", "1250000 VNĐ"] {
        assert_eq!(money(typed), Ok(1_250_000), "{typed}");
    }
    assert_eq!(money("1.000.000.000.000"), Ok(1_000_000_000_000));
}

#[test]
fn money_that_is_none_is_refused_in_both_languages() {
    for typed in
        ["", "-5", "−1.000", "0", "1,5 triệu", "1.25", "1.250,000", "12.50.000", "abc", "1.000.000.000.001", "99999999999999999999999"]
    {
        let error = money(typed).unwrap_err();
        assert!(!error.vi.is_empty() && !error.en.is_empty(), "{typed}");
    }
}

#[test]
fn days_that_cannot_be_are_refused() {
    let today = day("2026-11-22");
    assert!(
        typed::past("23/11/2026", today).is_err() && typed::past("31/02/2026", today).is_err() && typed::past("1/1/1926", today).is_err()
    );
    assert_eq!(typed::past("", today), Ok(None));
    assert!(typed::ahead("21/11/2026", today, 10).is_err() && typed::ahead("22/11/2226", today, 10).is_err());
    assert_eq!(typed::ahead("22/11/2026", today, 10), Ok(Some(today)));
}

fn done(section: Section, item: &str) -> Done {
    Done {
        item_id: item.to_owned(),
        section: section.word().to_owned(),
        done_on: Some(day("2026-11-20")),
        done_by: "UBND".into(),
        ..Done::default()
    }
}

#[test]
fn a_point_opens_only_when_every_required_item_is_done() {
    let list = crate::law::checklist(crate::testing::begin_day());
    let all = |shared: bool| -> Vec<Done> {
        [Section::Prepare, Section::Open]
            .into_iter()
            .flat_map(|section| section.items(&list, shared).into_iter().map(move |item| done(section, &item.id)))
            .collect()
    };
    let mut items = all(false);
    // the sign is dated but not measured
    assert_eq!(model::missing(&list, false, &items, |_| 1).into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ["sign"]);
    let sign = items.iter_mut().find(|item| item.item_id == "sign").unwrap();
    (sign.width_mm, sign.height_mm) = (Some(1610), Some(800));
    assert!(model::missing(&list, false, &items, |_| 1)[0].1.vi.contains("1:2,01"));
    items.iter_mut().find(|item| item.item_id == "sign").unwrap().height_mm = Some(1000);
    assert!(model::missing(&list, false, &items, |_| 0)[0].1.vi.contains("ảnh"));
    assert!(model::missing(&list, false, &items, |_| 1).is_empty());
    // several sellers: the regulation is asked for as well
    assert_eq!(model::missing(&list, true, &items, |_| 1)[0].0, "regulation");
    let (ready, required) = model::progress(&list, true, &items, |_| 1);
    assert_eq!(ready + 1, required);
}

#[test]
fn an_item_for_several_sellers_is_hidden_where_one_sells() {
    let list = crate::law::checklist(crate::testing::begin_day());
    let has = |shared| Section::Prepare.items(&list, shared).iter().any(|item| item.id == "regulation");
    assert!(has(true) && !has(false));
}

fn actor(role: Role, body: &str, powers: &str, confirmed: bool) -> Actor {
    let grant = Grant {
        id: "g".into(),
        role,
        body_id: body.into(),
        body_name: body.into(),
        unit_id: None,
        unit_level: None,
        powers: powers.into(),
        valid_from: day("2026-01-01"),
        valid_to: None,
        stands_for: None,
        stands_for_name: String::new(),
    };
    Actor { person: Some("p".into()), name: "P".into(), confirmed, grants: vec![grant.clone()], acting: Some(grant), token: None }
}

#[test]
fn officials_govern_the_business_ticks_and_others_read() {
    let may = |actor: &Actor, state| {
        let may = model::May::at(actor, state, Some("htx"));
        (may.govern, may.tick)
    };
    let commune = actor(Role::COMMUNE, "ubnd", "nominate prepare", true);
    assert_eq!((may(&commune, State::Selected), may(&commune, State::Preparing)), ((true, false), (true, true)));
    let own = actor(Role::BUSINESS, "htx", "", true);
    assert_eq!(may(&own, State::Preparing), (false, true));
    for other in [
        actor(Role::BUSINESS, "khác", "", true),
        actor(Role::BUSINESS, "htx", "", false),
        actor(Role::AUDITOR, "so", "prepare", true),
        actor(Role::SURVEYOR, "so", "survey", true),
    ] {
        assert_eq!(may(&other, State::Preparing), (false, false));
    }
    assert_eq!((may(&commune, State::Operating), may(&own, State::Operating)), ((false, false), (false, false)));
}

#[test]
fn support_is_summed_by_source() {
    let line = |amount, source: &str| Support {
        id: String::new(),
        what: String::new(),
        amount,
        source: source.into(),
        source_note: String::new(),
        given_on: day("2026-11-01"),
        commitment_to: None,
    };
    let lines = [line(5, "commune"), line(7, "city"), line(1, "commune")];
    assert_eq!(model::totals(&lines), [("Ngân sách Thành phố", 7), ("Ngân sách cấp xã", 6)]);
}

/// Runs on any store with the schema and nothing in it.
pub async fn a_preparation_keeps_its_items_and_refuses_an_old_version(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let now = crate::clock::parse_moment("2026-11-22").unwrap();
    execute!(
        &mut tx,
        "insert into point (id, code, slug, name, name_fold, sort, kind, address, address_fold, unit_chosen, cell, contact, phone, email, hours, goods, about,
           state, state_since, counted_by, source, demo, version, created_by, created_at, updated_at)
         values ('p', 'p', 'p', 'p', 'p', 'p', '', '', '', false, '', '', '', '', '', '', '', 'preparing', $1, '', '', false, 1, 'x', $2, $2)",
        day("2026-11-22"),
        now
    )
    .unwrap();
    let list = crate::law::checklist(crate::testing::begin_day());
    assert!(card(&mut tx, &list, "p").await.unwrap().is_none());
    let mut preparation = Preparation {
        point_id: "p".into(),
        started_on: day("2026-11-22"),
        shared_sellers: false,
        commitment_to: None,
        ceremony_on: None,
        ceremony_place: String::new(),
        ceremony_guests: String::new(),
        opened_note: String::new(),
        version: 1,
    };
    store::add(&mut tx, &preparation).await.unwrap();
    preparation.ceremony_place = "Sân đình".into();
    assert_eq!(store::save(&mut tx, &preparation).await.unwrap(), 1);
    assert_eq!(store::save(&mut tx, &preparation).await.unwrap(), 0);
    let kept = store::find(&mut tx, "p").await.unwrap().unwrap();
    assert_eq!((kept.version, kept.ceremony_place.as_str()), (2, "Sân đình"));
    store::put_done(&mut tx, "p", &done(Section::Prepare, "premises")).await.unwrap();
    store::put_done(&mut tx, "p", &Done { note: "sửa".into(), ..done(Section::Prepare, "premises") }).await.unwrap();
    assert_eq!(store::done(&mut tx, "p").await.unwrap()[0].note, "sửa");
    assert_eq!(store::support_sum(&mut tx, "p").await.unwrap(), (0, None));
    for (id, to) in [("s1", None), ("s2", Some(day("2028-11-15")))] {
        let line = Support {
            id: id.into(),
            what: "Giá kệ".into(),
            amount: 1_250_000,
            source: "city".into(),
            source_note: String::new(),
            given_on: day("2026-11-01"),
            commitment_to: to,
        };
        store::add_support(&mut tx, "p", &line, "x", now).await.unwrap();
    }
    let card = card(&mut tx, &list, "p").await.unwrap().unwrap();
    assert_eq!((card.done, card.support, card.commitment_to), (1, 2_500_000, Some(day("2028-11-15"))));
    assert_eq!(store::drop_support(&mut tx, "p", "s1").await.unwrap(), 1);
    assert_eq!(store::drop_support(&mut tx, "other", "s2").await.unwrap(), 0);
    assert_eq!(store::support(&mut tx, "p").await.unwrap().len(), 1);
    assert!(store::photo_counts(&mut tx, "p").await.unwrap().is_empty());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_preparation_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}/t.db", folder.path().display())).await.unwrap();
    db.migrate().await.unwrap();
    a_preparation_keeps_its_items_and_refuses_an_old_version(&db).await;
    db.close().await;
}

/// A selected point in Hà Đông whose preparation has begun.
async fn begun(app: &TestApp, commune: &Client, more: &[(&str, &str)]) -> String {
    let point = app.add_point(|point| (point.state, point.unit_id) = (State::Selected, Some("09556.2025".into()))).await;
    let mut fields = vec![("version", "1"), ("shared_sellers", "no")];
    fields.extend(more);
    commune.post(&format!("/ho-so/{}/chuan-bi/bat-dau", point.id), &fields).await.expect(303);
    point.id
}

/// The whole checklist as a browser sends it: every row as it stands on the page.
async fn rows(client: &Client, id: &str) -> Vec<(String, String)> {
    rows_of(&client.get(&format!("/ho-so/{id}/chuan-bi")).await.expect(200))
}

fn rows_of(page: &Answer) -> Vec<(String, String)> {
    let items = page.body.split("name=\"was-").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    let mut fields = Vec::new();
    for item in items {
        fields.push((format!("was-{item}"), page.value(&format!("was-{item}"))));
        fields.push((format!("done_on-{item}"), page.value(&format!("done_on-{item}"))));
        let head = page.body.split(&format!("name=\"tick-{item}\"")).nth(1).unwrap();
        if head.split('>').next().unwrap().contains("checked") {
            fields.push((format!("tick-{item}"), "1".to_owned()));
        }
        if page.body.contains(&format!("name=\"width_mm-{item}\"")) {
            for side in ["width_mm", "height_mm"] {
                fields.push((format!("{side}-{item}"), page.value(&format!("{side}-{item}"))));
            }
        }
        fields.push((format!("done_by-{item}"), page.value(&format!("done_by-{item}"))));
    }
    fields
}

fn put(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
}

async fn send(client: &Client, id: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.post_files(&format!("/ho-so/{id}/chuan-bi/viec"), &fields, &[]).await
}

async fn stored(app: &TestApp, id: &str) -> Vec<Done> {
    let mut tx = app.db().read().await.unwrap();
    store::done(&mut tx, id).await.unwrap()
}

store_test! {
    async fn the_checklist_is_ticked_in_one_save_and_only_changed_rows_are_written(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let id = begun(app, &commune, &[]).await;
        let mut fields = rows(&commune, &id).await;
        assert!(fields.iter().filter(|(name, _)| name.starts_with("done_on-")).all(|(_, day)| day == "22/11/2026"), "today is proposed");
        let count = fields.iter().filter(|(name, _)| name.starts_with("was-")).count();
        assert!(count > 12, "{count}");
        // sent as it came, nothing is written
        send(&commune, &id, &fields).await.expect(303);
        assert!(stored(app, &id).await.is_empty());
        let items: Vec<String> = fields.iter().filter_map(|(name, _)| name.strip_prefix("was-")).map(str::to_owned).collect();
        for item in &items {
            put(&mut fields, &format!("tick-{item}"), "1");
        }
        put(&mut fields, "done_on-publicity", "19/11/2026");
        put(&mut fields, "width_mm-sign", "1610");
        put(&mut fields, "height_mm-sign", "1000");
        let lines = app.verbs("point", &id).await.len();
        send(&commune, &id, &fields).await.expect(303);
        let done = stored(app, &id).await;
        assert_eq!(done.len(), count);
        assert!(done.iter().all(|done| done.done_on == Some(day(if done.item_id == "publicity" { "2026-11-19" } else { "2026-11-22" })) && !done.done_by.is_empty()), "{done:?}");
        assert_eq!(app.verbs("point", &id).await.len(), lines + 1, "one line of the journal for one save");
        // unticked again: that row alone
        let mut fields = rows(&commune, &id).await;
        fields.retain(|(name, _)| name != "tick-publicity");
        send(&commune, &id, &fields).await.expect(303);
        assert_eq!(stored(app, &id).await.iter().filter(|done| done.done_on.is_none()).map(|done| done.item_id.as_str()).collect::<Vec<_>>(), ["publicity"]);
    }

    async fn a_wrong_day_refuses_its_row_and_saves_the_others(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let id = begun(app, &commune, &[]).await;
        let mut fields = rows(&commune, &id).await;
        for item in ["premises", "publicity", "report"] {
            put(&mut fields, &format!("tick-{item}"), "1");
        }
        put(&mut fields, "done_on-publicity", "31/02/2026");
        put(&mut fields, "note-publicity", "Băng rôn ở cổng làng");
        let page = send(&commune, &id, &fields).await.expect(422).says("31/02/2026").says("Băng rôn ở cổng làng").says("Đã lưu 2 mục");
        assert!(page.body.contains("href=\"#f-done_on-publicity\""), "the summary leads to the row");
        let done: Vec<String> = stored(app, &id).await.into_iter().map(|done| done.item_id).collect();
        assert_eq!(done.len(), 2, "{done:?}");
        assert!(!done.contains(&"publicity".to_owned()));
        // put right on the page that came back: that row alone is written
        let mut again = rows_of(&page);
        put(&mut again, "done_on-publicity", "20/11/2026");
        put(&mut again, "note-publicity", "Băng rôn ở cổng làng");
        send(&commune, &id, &again).await.expect(303);
        let mut tx = app.db().read().await.unwrap();
        let last = crate::journal::last(&mut tx, "point", &id, "prepare_item").await.unwrap().unwrap();
        assert!(last.detail.contains("publicity") && !last.detail.contains("premises"), "{}", last.detail);
    }

    async fn a_row_that_a_colleague_changed_is_not_written_over_unseen(app: TestApp) {
        let (commune, business) = (app.sign_in(Role::COMMUNE).await, app.sign_in(Role::BUSINESS).await);
        let id = begun(app, &commune, &[]).await;
        let (mut mine, mut other) = (rows(&commune, &id).await, rows(&business, &id).await);
        put(&mut other, "tick-premises", "1");
        put(&mut other, "done_on-premises", "18/11/2026");
        send(&business, &id, &other).await.expect(303);
        put(&mut mine, "tick-premises", "1");
        put(&mut mine, "tick-publicity", "1");
        let page = send(&commune, &id, &mine).await.expect(422).says("Người khác vừa ghi mục này (xong ngày 18/11/2026").says("Đã lưu 1 mục");
        assert_eq!(stored(app, &id).await.iter().find(|done| done.item_id == "premises").unwrap().done_on, Some(day("2026-11-18")));
        // seen now, and sent once more: mine stands
        put(&mut mine, "was-premises", &page.value("was-premises"));
        put(&mut mine, "was-publicity", &page.value("was-publicity"));
        send(&commune, &id, &mine).await.expect(303);
        assert_eq!(stored(app, &id).await.iter().find(|done| done.item_id == "premises").unwrap().done_on, Some(day("2026-11-22")));
    }

    async fn the_opening_is_the_ceremony_and_meets_its_deadline(app: TestApp) {
        let commune = app.sign_in(Role::COMMUNE).await;
        let more = [("deadline", "01/12/2026"), ("report_by", "28/11/2026"), ("complete_by", "30/11/2026"), ("deadline_source", "28/SCT-QLCN")];
        let id = begun(app, &commune, &more).await;
        assert_eq!(app.point(&id).await.due_on, Some(day("2026-11-28")), "the nearest of three");
        let mut fields = rows(&commune, &id).await;
        let items: Vec<String> = fields.iter().filter_map(|(name, _)| name.strip_prefix("was-")).map(str::to_owned).collect();
        for item in items.iter().filter(|item| *item != "ceremony") {
            put(&mut fields, &format!("tick-{item}"), "1");
        }
        put(&mut fields, "width_mm-sign", "1610");
        put(&mut fields, "height_mm-sign", "1000");
        let mut picture = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(8, 8, image::Rgb([90, 120, 60])).write_to(&mut picture, image::ImageFormat::Png).unwrap();
        let sent: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        commune.post_files(&format!("/ho-so/{id}/chuan-bi/viec"), &sent, &[("file-sign", "bien.png", picture.get_ref())]).await.expect(303);
        let version = commune.get(&format!("/ho-so/{id}/chuan-bi")).await.value("version");
        commune.post(&format!("/ho-so/{id}/khai-truong"), &[("version", &version), ("opened_on", "22/11/2026")]).await.expect(303);
        assert_eq!(stored(app, &id).await.iter().find(|done| done.item_id == "ceremony").and_then(|done| done.done_on), Some(day("2026-11-22")));
        let mut tx = app.db().read().await.unwrap();
        let deadlines = crate::duty::store::deadlines(&mut tx, &id).await.unwrap();
        drop(tx);
        let open: Vec<(&str, bool)> = deadlines.iter().map(|deadline| (deadline.what.as_str(), deadline.is_open())).collect();
        assert_eq!(open, [("report", false), ("complete", true), ("opening", false)], "the report that is ticked is made");
        // what is still due of an open point is in the work list
        commune.get("/viec").await.expect(200).says("Tổ chức thực hiện xong: ");
    }
}
