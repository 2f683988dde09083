//! Stories of surveys.

use chrono::NaiveDate;

use super::form::{fields_of, read};
use super::model::{Survey, basis_of, check_day, check_plan};
use super::store;
use crate::clock;
use crate::db::{Db, Tx};
use crate::execute;
use crate::page::Fields;
use crate::rule::model::{Application, Criterion, Group};
use crate::rule::sheet::{Basis, Gap, Kept, basis_on, missing, over};
use crate::rule::{Answer, CriteriaSet, Outcome, RuleKind, Verdict};

fn day(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap()
}

fn item(set: &str, group: &str, id: &str, rule: RuleKind) -> Criterion {
    Criterion {
        set_id: set.into(),
        group_id: group.into(),
        id: id.into(),
        place: 0,
        text: format!("Tiêu chí {id}"),
        rule,
        place_kind: String::new(),
        clause: String::new(),
        confidence: String::new(),
        note: String::new(),
    }
}

fn set(id: &str, overlay: bool, from: &str, to: Option<&str>, criteria: Vec<Criterion>) -> CriteriaSet {
    CriteriaSet {
        id: id.into(),
        title: id.into(),
        instrument: None,
        status: "in_force".into(),
        overlay,
        scope_unit: overlay.then(|| "01".to_owned()),
        valid_from: Some(day(from)),
        valid_to: to.map(day),
        origin: "law".into(),
        based_on: None,
        confidence: "A".into(),
        source: String::new(),
        note: String::new(),
        version: 1,
        groups: vec![Group {
            id: "L".into(),
            title: "Vị trí".into(),
            clause: "Mục 1".into(),
            state: "known".into(),
            note: String::new(),
            criteria,
        }],
    }
}

/// The base of 18/4/2023–31/12/2025, and an overlay without an end.
fn sets() -> Vec<CriteriaSet> {
    vec![
        set(
            "base",
            false,
            "2023-04-18",
            Some("2026-01-01"),
            vec![item("base", "L", "L0", RuleKind::All), item("base", "L", "L1", RuleKind::Any), item("base", "L", "L2", RuleKind::Any)],
        ),
        set("local", true, "2020-08-03", None, vec![item("local", "L", "H1", RuleKind::All)]),
    ]
}

fn decision() -> Application {
    Application {
        id: "decision".into(),
        set_id: "base".into(),
        valid_from: day("2026-01-05"),
        valid_to: None,
        number: String::new(),
        decided_on: None,
        reason: "chờ văn bản mới".into(),
        decided_by: "leader".into(),
    }
}

fn survey() -> Survey {
    Survey {
        id: "survey".into(),
        point_id: "point".into(),
        state: "planned".into(),
        planned_on: Some(day("2026-11-20")),
        done_on: None,
        team: "Lê Thị Mẫu – Sở Công Thương".into(),
        lead_id: None,
        set_id: None,
        application_id: None,
        lon: None,
        lat: None,
        note: String::new(),
        result: String::new(),
        outcome: String::new(),
        version: 1,
        created_at: clock::parse_moment("2026-11-01").unwrap(),
    }
}

fn answer(set: &str, id: &str, verdict: Verdict, fix_by: Option<&str>) -> Answer {
    Answer { set_id: set.into(), criterion_id: id.into(), verdict, fix_by: fix_by.map(day), note: String::new() }
}

fn basis(on: &str) -> Result<Basis, Gap> {
    basis_on(&sets(), &[decision()], &[], "01", day(on))
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    Fields::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

#[test]
fn a_survey_goes_by_the_sets_of_its_day_and_says_when_they_are_applied_by_decision() {
    let in_force = basis("2025-12-31").unwrap();
    assert_eq!((in_force.ids(), in_force.applied()), (vec!["base".to_owned(), "local".to_owned()], String::new()));
    let applied = basis("2026-11-20").unwrap();
    assert_eq!(applied.applied(), "vận dụng base theo ý kiến lãnh đạo: chờ văn bản mới");
}

#[test]
fn in_a_gap_nothing_can_be_planned_and_the_refusal_names_what_ended() {
    let gap = basis("2026-01-04").unwrap_err();
    assert_eq!(gap.ended, Some(("base".to_owned(), day("2025-12-31"))));
    assert!(gap.what().vi.contains("31/12/2025"));
    assert!(gap.todo().vi.contains("Bộ tiêu chí") && !gap.todo().vi.contains('/'), "no raw path");
}

#[test]
fn the_sets_of_a_survey_stay_as_they_were_with_its_first_answer() {
    let kept = Kept { sets: vec!["base".into(), "local".into()], result: None };
    let begun = Survey {
        set_id: Some("base".into()),
        application_id: Some("decision".into()),
        result: serde_json::to_string(&kept).unwrap(),
        state: "open".into(),
        ..survey()
    };
    let mut later = sets();
    later.push(set("new", false, "2026-11-01", None, vec![item("new", "L", "N1", RuleKind::All)]));
    let today = day("2026-11-22");
    assert_eq!(basis_of(&survey(), &later, &[decision()], &[], "01", today).unwrap().ids(), ["new", "local"]);
    let fixed = basis_of(&begun, &later, &[decision()], &[], "01", today).unwrap();
    assert_eq!(fixed.ids(), ["base", "local"]);
    assert!(fixed.application.is_some());
    let done = Kept { sets: kept.sets.clone(), result: Some(fixed.evaluate(&[])) };
    assert_eq!(serde_json::from_str::<Kept>(&serde_json::to_string(&done).unwrap()).unwrap(), done);
}

#[test]
fn a_survey_lacks_each_unanswered_must_and_one_alternative_of_each_group() {
    let basis = basis("2025-12-31").unwrap();
    let names =
        |answers: &[Answer]| -> Vec<String> { missing(&basis, answers, day("2025-12-31")).into_iter().map(|(name, _)| name).collect() };
    assert_eq!(names(&[]), ["verdict-base-L0", "any-base-L", "verdict-local-H1"]);
    let must = [answer("base", "L0", Verdict::Meets, None), answer("local", "H1", Verdict::Fails, None)];
    assert_eq!(names(&[&must[..], &[answer("base", "L1", Verdict::Fails, None)]].concat()), ["any-base-L"]);
    assert!(names(&[&must[..], &[answer("base", "L1", Verdict::Meets, None)]].concat()).is_empty());
    assert!(
        names(&[&must[..], &[answer("base", "L1", Verdict::Fails, None), answer("base", "L2", Verdict::Fails, None)]].concat()).is_empty()
    );
}

#[test]
fn what_is_to_be_fixed_needs_a_day_not_before_the_survey() {
    let basis = basis("2025-12-31").unwrap();
    let lacks = |fix_by: Option<&str>| {
        let answers = [
            answer("base", "L0", Verdict::Fix, fix_by),
            answer("base", "L1", Verdict::Meets, None),
            answer("local", "H1", Verdict::Meets, None),
        ];
        missing(&basis, &answers, day("2025-12-30")).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(lacks(None), ["fix-base-L0"]);
    assert_eq!(lacks(Some("2025-12-29")), ["fix-base-L0"]);
    assert!(lacks(Some("2025-12-30")).is_empty());
}

#[test]
fn a_survey_was_done_after_acceptance_under_its_decision_and_not_in_the_future() {
    let applied = basis("2026-11-20").unwrap();
    let (accepted, today) = (Some(day("2026-01-02")), day("2026-11-22"));
    assert!(check_day(&applied, day("2026-11-23"), accepted, today).is_err());
    assert!(check_day(&applied, day("2026-01-01"), accepted, today).is_err());
    assert!(check_day(&applied, day("2026-01-04"), accepted, today).is_err(), "before the decision took effect");
    assert!(check_day(&applied, day("2026-01-05"), accepted, today).is_ok());
    assert!(check_plan(day("2026-01-01"), accepted, today).is_err());
    assert!(check_plan(day("2028-01-01"), accepted, today).is_err());
    assert!(check_plan(day("2026-12-01"), None, today).is_ok());
}

#[test]
fn what_can_be_read_is_kept_and_the_rest_is_named() {
    let basis = basis("2025-12-31").unwrap();
    let typed = fields(&[
        ("team", " Lê Thị Mẫu \n\n Vũ Văn Mẫu"),
        ("verdict-base-L0", "fix"),
        ("fix-base-L0", "31/02/2026"),
        ("verdict-base-L1", "meets"),
        ("fix-base-L1", "01/03/2026"),
        ("note-base-L1", "cho\u{31b}"),
        ("note-base-L2", "ghi chú không có kết quả"),
        ("verdict-local-H1", "perhaps"),
        ("lon", "105,85"),
        ("lat", ""),
    ]);
    let form = read(&typed, &survey(), &basis);
    let wrong: Vec<&str> = form.errors.iter().map(|(name, _)| name).collect();
    assert_eq!(wrong, ["lat", "fix-base-L0", "verdict-base-L2", "verdict-local-H1"]);
    assert_eq!(form.head.team, "Lê Thị Mẫu\nVũ Văn Mẫu");
    assert_eq!(form.head.lon, None);
    assert_eq!(
        form.answers,
        [answer("base", "L0", Verdict::Fix, None), Answer { note: "chơ".into(), ..answer("base", "L1", Verdict::Meets, None) }]
    );
}

#[test]
fn of_two_surveyors_the_second_keeps_what_was_typed_over_what_the_first_saved() {
    let stored = fields_of(
        &Survey { version: 3, ..survey() },
        &[answer("base", "L0", Verdict::Meets, None), answer("base", "L1", Verdict::Fix, Some("2026-12-01"))],
        day("2026-11-22"),
    );
    let shown = over(
        &stored,
        &fields(&[("version", "2"), ("verdict-base-L0", "fails"), ("note-base-L0", "sai địa chỉ"), ("note-base-L1", ""), ("note", "")]),
    );
    assert_eq!(shown.get("version"), "3");
    assert_eq!((shown.get("verdict-base-L0"), shown.get("note-base-L0")), ("fails", "sai địa chỉ"));
    assert_eq!((shown.get("verdict-base-L1"), shown.get("fix-base-L1")), ("fix", "01/12/2026"));
}

async fn sqlite() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", folder.path().join("survey.db").display())).await.unwrap();
    db.migrate().await.unwrap();
    (folder, db)
}

/// A bare point and the sets, so that surveys have something to stand on.
async fn ground(tx: &mut Tx) {
    let now = clock::parse_moment("2026-11-01").unwrap();
    execute!(
        tx,
        "insert into point (id, code, slug, name, name_fold, sort, kind, address, address_fold, unit_chosen, cell, contact, phone, email, hours, goods, about,
           state, state_since, counted_by, source, demo, version, created_by, created_at, updated_at)
         values ('point', 'HN-1', 'diem', 'Điểm', 'diem', 'diem', '', '', '', $1, '', '', '', '', '', '', '', 'accepted', $2, '', '', $1, 1, 'x', $3, $3)",
        false,
        day("2026-11-01"),
        now
    )
    .unwrap();
    for set in sets() {
        crate::rule::store::add_set(tx, &set).await.unwrap();
    }
    crate::rule::store::add_application(tx, &decision(), now).await.unwrap();
}

#[tokio::test]
async fn a_finished_survey_never_changes() {
    let (_folder, db) = sqlite().await;
    finished_never_changes(&db).await;
}

async fn finished_never_changes(db: &Db) {
    let now = clock::parse_moment("2026-11-22").unwrap();
    let mut tx = db.write().await.unwrap();
    ground(&mut tx).await;
    store::add(&mut tx, &survey()).await.unwrap();
    assert_eq!(store::count_under_way(&mut tx, "point").await.unwrap(), 1);
    assert_eq!(store::finish(&mut tx, "survey", 1, day("2026-11-22"), "{}", "meets").await.unwrap(), 0, "nothing was answered");
    let first = Survey {
        set_id: Some("base".into()),
        application_id: Some("decision".into()),
        result: serde_json::to_string(&Kept { sets: vec!["base".into(), "local".into()], result: None }).unwrap(),
        note: "tốt".into(),
        lon: Some(105.85),
        lat: Some(21.03),
        ..survey()
    };
    assert_eq!(store::save(&mut tx, &first, 1).await.unwrap(), 1);
    assert_eq!(store::save(&mut tx, &first, 1).await.unwrap(), 0, "the second of two surveyors is refused");
    let other = Survey { set_id: Some("local".into()), application_id: None, result: "{}".into(), ..first.clone() };
    assert_eq!(store::save(&mut tx, &other, 2).await.unwrap(), 1);
    let stored = store::find(&mut tx, "survey").await.unwrap().unwrap();
    assert_eq!(
        (&stored.set_id, &stored.application_id, &stored.result),
        (&first.set_id, &first.application_id, &first.result),
        "the sets are fixed"
    );
    for verdict in [Verdict::Fails, Verdict::Fix] {
        store::put_answer(&mut tx, "survey", &answer("base", "L0", verdict, Some("2026-12-01")), now).await.unwrap();
    }
    assert_eq!(store::answers(&mut tx, "survey").await.unwrap(), [answer("base", "L0", Verdict::Fix, Some("2026-12-01"))]);
    assert_eq!(store::finish(&mut tx, "survey", 2, day("2026-11-22"), "{}", "fix").await.unwrap(), 0, "somebody saved meanwhile");
    assert_eq!(store::finish(&mut tx, "survey", 3, day("2026-11-22"), "{\"sets\":[]}", "fix").await.unwrap(), 1);
    let done = store::find(&mut tx, "survey").await.unwrap().unwrap();
    assert!(done.is_done());
    assert_eq!(store::save(&mut tx, &first, 4).await.unwrap(), 0);
    assert_eq!(store::finish(&mut tx, "survey", 4, day("2026-11-21"), "{}", "meets").await.unwrap(), 0);
    assert_eq!(store::find(&mut tx, "survey").await.unwrap().unwrap(), done);
    assert_eq!(store::count_under_way(&mut tx, "point").await.unwrap(), 0);
    let second = Survey { id: "second".into(), created_at: now, ..survey() };
    store::add(&mut tx, &second).await.unwrap();
    let listed = store::of(&mut tx, "point").await.unwrap();
    assert_eq!(listed.iter().map(|summary| summary.id.as_str()).collect::<Vec<_>>(), ["second", "survey"], "the first stays");
    assert_eq!(listed[1].applied().as_deref(), Some("vận dụng base theo ý kiến lãnh đạo: chờ văn bản mới"));
    assert_eq!(Outcome::read(&listed[1].outcome), Some(Outcome::Fix));
    tx.commit().await.unwrap();
}

crate::store_test! {
    async fn a_surveyor_without_criteria_tells_the_leaders_with_one_press(app: crate::testing::TestApp) {
        use crate::access::Role;
        let point = app.add_point(|point| (point.state, point.unit_id, point.name) = (crate::point::State::Accepted, Some("09556.2025".into()), "Quầy chè lam".into())).await;
        let (surveyor, leader) = (app.sign_in(Role::SURVEYOR).await, app.sign_in(Role::LEADER).await);
        let path = format!("/ho-so/{}/khao-sat", point.id);
        let page = surveyor.get(&format!("{path}/moi")).await.expect(200).says("Báo lãnh đạo").says("Phạm Văn Mẫu");
        assert!(!page.body.contains("tại trang /bo-tieu-chi"), "no raw path");
        for _ in 0..2 {
            surveyor.post(&format!("{path}/bao"), &[("day", &page.value("day"))]).await.expect(303);
        }
        surveyor.get(&format!("{path}/moi")).await.expect(200).says("Đã báo lãnh đạo lúc").says("Phạm Văn Mẫu");
        leader.get("/viec").await.expect(200).says("Cần bộ tiêu chí").says("Quầy chè lam");
        app.work().await;
        assert_eq!(app.outbox().iter().filter(|mail| mail.contains("lanhdao@ocop.example") && mail.contains("Quầy chè lam")).count(), 1, "one mail");
        leader.post(&format!("{path}/bao"), &[]).await.expect(403);
        app.apply_criteria().await;
        assert!(!leader.get("/viec").await.body.contains("Cần bộ tiêu chí"), "what has a set waits for nobody");
        assert!(surveyor.get(&format!("{path}/moi")).await.expect(200).body.contains("vận dụng"));
    }
}
