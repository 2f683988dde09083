use std::collections::BTreeSet;
use std::path::Path;

use super::ask::{self, Asked};
use super::changes::{self, Terms};
use super::subject::{self, Thing, Things};
use super::words::{FIELDS, UNTOLD};
use crate::access::Role;
use crate::journal::Note;
use crate::point::State;
use crate::testing::TestApp;
use crate::{journal, store_test};

async fn note(app: &TestApp, actor: &str, verb: &str, id: &str, detail: serde_json::Value) {
    let mut tx = app.db().write().await.unwrap();
    Note::of(verb, ("point", id), detail).by_name(&mut tx, app.clock().now(), (actor, "thử")).await.unwrap();
    tx.commit().await.unwrap();
}

fn told(kind: &str, detail: serde_json::Value, things: &Things) -> Vec<String> {
    let entry = journal::Entry {
        seq: 1,
        at: crate::testing::begin(),
        actor: String::new(),
        actor_name: String::new(),
        verb: String::new(),
        subject_kind: kind.into(),
        subject_id: "x".into(),
        detail: detail.to_string(),
        hash: String::new(),
    };
    changes::of(&entry, Terms { region: &crate::region::Region::default(), things }).iter().map(changes::Change::line).collect()
}

#[test]
fn a_line_says_what_was_and_what_is() {
    let none = Things::new();
    let point = |detail: serde_json::Value| told("point", detail, &none);
    assert_eq!(
        point(serde_json::json!({"before": {"hours": "", "name": "Gạo"}, "set": {"name": "Gạo nếp", "hours": "8h–20h", "lon": 105.8}})),
        ["Giờ mở cửa: trống → 8h–20h", "Tên: Gạo → Gạo nếp"]
    );
    assert_eq!(
        point(serde_json::json!({"from": "draft", "to": "nominated", "set": {"state": "nominated", "state_since": "2026-11-26"}})),
        ["Trạng thái: Đang lập hồ sơ → Đã đề nghị", "Từ ngày: 26/11/2026"]
    );
    assert!(
        point(serde_json::json!({"set": {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1}})).is_empty(),
        "a whole record is no change"
    );
    assert!(point(serde_json::json!("?")).is_empty());
}

#[test]
fn words_and_ids_of_the_store_are_told_in_words_and_names() {
    let mut things = Things::new();
    things.insert(("body".into(), "b1".into()), Thing { name: "Hội Nữ doanh nhân".into(), ..Thing::default() });
    assert_eq!(
        told("listing", serde_json::json!({"set": {"state": "confirmed", "confirmed_on": "2026-11-26"}}), &things),
        ["Ngày xác nhận đã đăng: 26/11/2026", "Trạng thái: đã đăng"]
    );
    assert_eq!(told("prospect", serde_json::json!({"set": {"supporter": "b1"}}), &things), ["Hội hỗ trợ: Hội Nữ doanh nhân"]);
    assert_eq!(told("body", serde_json::json!({"set": {"join": "j1", "into": "b1"}}), &things), ["Ghép vào: Hội Nữ doanh nhân"]);
}

/// Every `"word":` that the sources write into `set` or `before` of a line, and every kind of thing they write about.
fn written() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut fields, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.to_string_lossy().contains("test");
            if path.is_dir() && !is_test {
                folders.push(path);
                continue;
            }
            if is_test || path.extension().is_none_or(|ending| ending != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for part in text.split("\"set\": {").skip(1).chain(text.split("\"before\": {").skip(1)) {
                let mut depth = 1;
                let inside: String = part
                    .chars()
                    .take_while(|c| {
                        depth += match c {
                            '{' => 1,
                            '}' => -1,
                            _ => 0,
                        };
                        depth > 0
                    })
                    .collect();
                fields.extend(words_before(&inside, "\":"));
            }
            for part in
                text.split("Note::of(").skip(1).filter_map(|part| part.split(").by_name(").next()).chain(text.split("subject: ").skip(1))
            {
                let near: String = part.chars().take(160).collect();
                let Some((_, rest)) = near.split_once("(\"").filter(|(before, _)| before.len() < 120) else { continue };
                if let Some((word, after)) = rest.split_once('"')
                    && (after.starts_with(", &") || after.starts_with(", \""))
                    && is_word(word)
                {
                    kinds.insert(word.to_owned());
                }
            }
        }
    }
    (fields, kinds)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Quoted words that stand before a mark.
fn words_before(text: &str, mark: &str) -> Vec<String> {
    text.match_indices(mark)
        .filter_map(|(at, _)| text[..at].rsplit_once('"').map(|(_, word)| word.to_owned()))
        .filter(|word| is_word(word))
        .collect()
}

#[test]
fn every_field_and_every_thing_of_the_journal_has_a_name() {
    let (fields, kinds) = written();
    assert!(fields.len() > 60 && kinds.len() > 20, "the sources are read: {} fields, {} kinds", fields.len(), kinds.len());
    let unnamed: Vec<&String> =
        fields.iter().filter(|field| !UNTOLD.contains(&field.as_str()) && !FIELDS.iter().any(|(known, ..)| known == field)).collect();
    assert!(unnamed.is_empty(), "name these in trace/words.rs: {unnamed:?}");
    let unknown: Vec<&String> = kinds.iter().filter(|kind| subject::kind(kind).is_none()).collect();
    assert!(unknown.is_empty(), "name these in trace/subject.rs: {unknown:?}");
    for (_, _, kind) in FIELDS.iter().filter(|(.., kind)| !kind.is_empty()) {
        assert!(subject::kind(kind).is_some(), "{kind}");
    }
}

store_test! {
    async fn lines_are_found_by_person_thing_day_and_verb(app: TestApp) {
        let point = app.add_point(|point| point.state = State::Draft).await;
        let leader = app.sign_in(Role::LEADER).await;
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

        let auditor = app.sign_in(Role::AUDITOR).await;
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
        let commune = app.sign_in(Role::COMMUNE).await;
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
        let auditor = app.sign_in(Role::AUDITOR).await;
        let page = auditor.get(&format!("/nhat-ky/point/{}", point.id)).await.expect(200);
        assert!(page.body.contains("<del>8h–20h</del> → <ins>9h–21h</ins>"), "{}", page.body);
        let changed = page.body.matches("<del>").count();
        assert_eq!(changed, 1, "{}", page.body);
    }

    async fn a_decision_says_who_took_it_and_what_became_of_each_point(app: TestApp) {
        let point = app.add_point(|point| point.state = State::Selected).await;
        let leader = app.sign_in(Role::LEADER).await;
        let mut tx = app.db().write().await.unwrap();
        let person = crate::access::store::find_login(&mut tx, "lanhdao@ocop.example").await.unwrap().unwrap();
        crate::execute!(&mut tx, "insert into selection (id, plan_id, number, decided_on, note, decided_by, created_at) values ('s-1', null, '1600/QĐ-SCT', $1, '', $2, $3)", app.clock().today(), &person.id, app.clock().now()).unwrap();
        crate::execute!(&mut tx, "insert into selection_item (selection_id, point_id, verdict, guidance, fix_by, survey_id) values ('s-1', $1, 'selected', '', null, null)", &point.id).unwrap();
        let detail = serde_json::json!({"selection": "s-1", "number": "1600/QĐ-SCT", "from": "surveyed", "to": "selected"});
        Note::of("select", ("point", &point.id), detail).by_name(&mut tx, app.clock().now(), (&person.id, "Lãnh đạo")).await.unwrap();
        tx.commit().await.unwrap();
        leader.get("/quyet-dinh/s-1").await.expect(200).says(&person.name).says(&point.code).says(&format!("/ho-so/{}", point.id));
        let auditor = app.sign_in(Role::AUDITOR).await;
        let one = auditor.get(&format!("/nhat-ky?doi-tuong={}", point.code)).await.expect(200).says("1600/QĐ-SCT");
        assert!(!one.body.contains("là đối tượng nào"), "one thing of this code is the one that is meant");
        let none = auditor.get("/nhat-ky?doi-tuong=khong-co-gi-nhu-vay").await.expect(200).says("là đối tượng nào");
        assert!(!none.body.contains("1600/QĐ-SCT"), "no line until it is known what is meant");
        assert!(!auditor.get("/nhat-ky.csv?doi-tuong=khong-co-gi-nhu-vay").await.expect(200).body.contains("1600/QĐ-SCT"));
    }
}

/// Where lines of the journal lead is a page of the program.
#[test]
fn each_kind_of_thing_leads_to_a_page_that_is_there() {
    let routes = crate::app::routes();
    for kind in super::subject::KINDS.iter().filter(|kind| !kind.page.is_empty()) {
        let found = routes.needs().iter().any(|(method, path, _)| {
            let named = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/");
            *method == axum::http::Method::GET && named == kind.page
        });
        assert!(found, "{} leads to {}, where no page is", kind.word, kind.page);
    }
}
