//! Stories of sets, their periods and their arithmetic.

mod fill;
mod force;

use chrono::NaiveDate;

use super::model::{Application, Applies, CriteriaSet, Criterion, Group, Instrument, RuleKind, Verdict, applicable, evaluate};
use super::validity::{check_application, check_force, spans};
use super::{Answer, Outcome, store};
use crate::clock;
use crate::db::Db;
use crate::page::printed;

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
        clause: "Mục 1".into(),
        confidence: "A".into(),
        note: String::new(),
    }
}

fn group(id: &str, state: &str, criteria: Vec<Criterion>) -> Group {
    Group { id: id.into(), title: format!("Nhóm {id}"), clause: "Mục 1".into(), state: state.into(), note: String::new(), criteria }
}

fn paper(number: &str) -> Instrument {
    Instrument {
        id: format!("paper-{number}"),
        number: number.into(),
        kind: "Quyết định".into(),
        issuer: "Bộ Công Thương".into(),
        issued_on: None,
        title: "Tiêu chí".into(),
        valid_from: None,
        valid_to: None,
        confidence: "A".into(),
        source: String::new(),
        note: String::new(),
    }
}

/// A set with place items of which L0 is a must and L1, L2 are alternatives, and a group whose text is not known.
fn set(id: &str, from: &str, to: Option<&str>) -> CriteriaSet {
    CriteriaSet {
        id: id.into(),
        title: format!("Bộ {id}"),
        instrument: Some(paper(id)),
        status: "in_force".into(),
        overlay: false,
        scope_unit: None,
        valid_from: Some(day(from)),
        valid_to: to.map(day),
        origin: "law".into(),
        based_on: None,
        confidence: "A".into(),
        source: "công báo".into(),
        note: String::new(),
        version: 1,
        groups: vec![
            group(
                "L",
                "known",
                vec![item(id, "L", "L0", RuleKind::All), item(id, "L", "L1", RuleKind::Any), item(id, "L", "L2", RuleKind::Any)],
            ),
            group("O", "unknown", vec![]),
        ],
    }
}

fn overlay(id: &str, from: &str) -> CriteriaSet {
    CriteriaSet {
        overlay: true,
        scope_unit: Some("01".into()),
        groups: vec![group("H", "known", vec![item(id, "H", "H1", RuleKind::All)])],
        ..set(id, from, None)
    }
}

fn decision(set: &str, from: &str, to: Option<&str>) -> Application {
    Application {
        id: format!("{set}-{from}"),
        set_id: set.into(),
        valid_from: day(from),
        valid_to: to.map(day),
        number: "12/QĐ-SCT".into(),
        decided_on: Some(day(from)),
        reason: String::new(),
        decided_by: "leader".into(),
    }
}

fn answer(set: &str, id: &str, verdict: Verdict) -> Answer {
    Answer { set_id: set.into(), criterion_id: id.into(), verdict, fix_by: None, note: String::new() }
}

fn outcome(answers: &[(&str, Verdict)]) -> Outcome {
    let set = set("950", "2023-04-18", None);
    let answers: Vec<Answer> = answers.iter().map(|(id, verdict)| answer("950", id, *verdict)).collect();
    evaluate(&[&set], &answers).outcome
}

#[test]
fn every_must_and_one_alternative_met_is_met() {
    assert_eq!(outcome(&[("L0", Verdict::Meets), ("L2", Verdict::Meets)]), Outcome::Meets);
    assert_eq!(outcome(&[("L0", Verdict::Meets), ("L1", Verdict::Fails), ("L2", Verdict::Meets)]), Outcome::Meets);
}

#[test]
fn a_must_that_fails_fails_the_survey_whatever_else_is_met() {
    assert_eq!(outcome(&[("L0", Verdict::Fails), ("L1", Verdict::Meets)]), Outcome::Fails);
    assert_eq!(outcome(&[("L0", Verdict::Fails)]), Outcome::Fails);
}

#[test]
fn alternatives_fail_only_when_all_of_them_fail() {
    assert_eq!(outcome(&[("L0", Verdict::Meets), ("L1", Verdict::Fails)]), Outcome::Incomplete);
    assert_eq!(outcome(&[("L0", Verdict::Meets), ("L1", Verdict::Fails), ("L2", Verdict::Fails)]), Outcome::Fails);
}

#[test]
fn an_unanswered_must_leaves_the_survey_incomplete() {
    assert_eq!(outcome(&[("L1", Verdict::Meets)]), Outcome::Incomplete);
    assert_eq!(outcome(&[]), Outcome::Incomplete);
}

#[test]
fn what_is_to_be_fixed_makes_the_result_conditional() {
    assert_eq!(outcome(&[("L0", Verdict::Fix), ("L1", Verdict::Meets)]), Outcome::Fix);
    assert_eq!(outcome(&[("L0", Verdict::Meets), ("L1", Verdict::Fix), ("L2", Verdict::Fails)]), Outcome::Fix);
    assert_eq!(outcome(&[("L0", Verdict::Meets), ("L1", Verdict::Fix), ("L2", Verdict::Meets)]), Outcome::Meets);
}

#[test]
fn a_group_whose_text_is_not_known_does_not_decide_and_is_marked_open() {
    let set = set("950", "2023-04-18", None);
    let result = evaluate(&[&set], &[answer("950", "L0", Verdict::Meets), answer("950", "L1", Verdict::Meets)]);
    assert_eq!(result.outcome, Outcome::Meets);
    let unknown = result.groups.iter().find(|group| group.group_id == "O").unwrap();
    assert!(unknown.is_open);
    assert_eq!((unknown.outcome, unknown.items), (Outcome::Incomplete, 0));
}

#[test]
fn an_overlay_decides_beside_the_ministrys_set_and_answers_do_not_mix() {
    let (base, local) = (set("950", "2023-04-18", None), overlay("28", "2020-08-03"));
    let met = [answer("950", "L0", Verdict::Meets), answer("950", "L1", Verdict::Meets)];
    assert_eq!(evaluate(&[&base, &local], &met).outcome, Outcome::Incomplete);
    let other = [met.to_vec(), vec![answer("950", "H1", Verdict::Meets)]].concat();
    assert_eq!(evaluate(&[&base, &local], &other).outcome, Outcome::Incomplete);
    let both = [met.to_vec(), vec![answer("28", "H1", Verdict::Fails)]].concat();
    assert_eq!(evaluate(&[&base, &local], &both).outcome, Outcome::Fails);
}

#[test]
fn the_set_of_the_day_applies_with_its_overlays() {
    let sets = [set("920", "2019-04-16", Some("2021-01-01")), set("950", "2023-04-18", Some("2026-01-01")), overlay("28", "2020-08-03")];
    match applicable(&sets, &[], day("2025-12-31")) {
        Applies::InForce { base, overlays } => assert_eq!((base.id.as_str(), overlays.len()), ("950", 1)),
        other => panic!("{other:?}"),
    }
    match applicable(&sets, &[], day("2019-04-16")) {
        Applies::InForce { base, overlays } => assert_eq!((base.id.as_str(), overlays.len()), ("920", 0)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn after_the_period_nothing_applies_until_a_leader_decides() {
    let sets = [set("950", "2023-04-18", Some("2026-01-01"))];
    assert!(matches!(applicable(&sets, &[], day("2026-01-01")), Applies::Gap(Some(last)) if last.id == "950"));
    assert!(matches!(applicable(&sets, &[], day("2023-04-17")), Applies::Gap(None)));
    let decisions = [decision("950", "2026-01-05", Some("2026-07-01"))];
    assert!(matches!(applicable(&sets, &decisions, day("2026-01-04")), Applies::Gap(_)));
    assert!(matches!(applicable(&sets, &decisions, day("2026-06-30")), Applies::ByDecision { base, .. } if base.id == "950"));
    assert!(matches!(applicable(&sets, &decisions, day("2026-07-01")), Applies::Gap(_)));
}

#[test]
fn a_set_in_force_goes_before_a_decision_and_a_draft_never_applies() {
    let decisions = [decision("950", "2026-01-05", None)];
    let mut sets = vec![set("950", "2023-04-18", Some("2026-01-01")), set("new", "2026-03-01", None)];
    assert!(matches!(applicable(&sets, &decisions, day("2026-03-01")), Applies::InForce { base, .. } if base.id == "new"));
    sets[1].status = "draft".into();
    assert!(matches!(applicable(&sets, &decisions, day("2026-03-01")), Applies::ByDecision { .. }));
}

#[test]
fn an_overlay_is_for_places_in_its_unit_only() {
    let (all, mut local) = (vec!["09556.2025".to_owned()], overlay("28", "2020-08-03"));
    assert!(local.is_for(&all, "01"));
    local.scope_unit = Some("09556.2025".into());
    assert!(local.is_for(&all, "01"));
    local.scope_unit = Some("00004.2025".into());
    assert!(!local.is_for(&all, "01"));
}

#[test]
fn the_time_line_shows_the_gaps_and_the_decisions() {
    let sets = [set("920", "2019-04-16", Some("2021-01-01")), set("950", "2023-04-18", Some("2026-01-01")), overlay("28", "2020-08-03")];
    let told: Vec<String> = spans(&sets, &[decision("950", "2026-01-05", None)])
        .into_iter()
        .map(|span| {
            format!(
                "{} {:?} {}{}",
                span.from,
                span.last.map(|last| last.to_string()),
                span.set.map_or("-".to_owned(), |(id, _)| id),
                if span.application.is_some() { " by decision" } else { "" }
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "2019-04-16 Some(\"2020-12-31\") 920",
            "2021-01-01 Some(\"2023-04-17\") -",
            "2023-04-18 Some(\"2025-12-31\") 950",
            "2026-01-01 Some(\"2026-01-04\") -",
            "2026-01-05 None 950 by decision",
        ]
    );
}

#[test]
fn a_decision_to_go_on_applying_a_set_must_not_overlap_a_set_in_force() {
    let sets = [set("950", "2023-04-18", Some("2026-01-01")), set("new", "2026-09-01", None)];
    assert_eq!(check_application(&sets, "950", day("2025-12-31"), None).unwrap_err().0, "from");
    assert_eq!(check_application(&sets, "950", day("2026-01-01"), None).unwrap_err().0, "from");
    assert!(check_application(&sets, "950", day("2026-01-01"), Some(day("2026-09-01"))).is_ok());
    assert_eq!(check_application(&sets, "950", day("2026-02-01"), Some(day("2026-02-01"))).unwrap_err().0, "to");
    assert_eq!(check_application(&sets, "nothing", day("2026-02-01"), None).unwrap_err().0, "set");
    assert_eq!(check_application(&sets, "new", day("2026-02-01"), Some(day("2026-03-01"))).unwrap_err().0, "from");
}

#[test]
fn a_draft_comes_into_force_only_with_a_paper_items_and_clauses() {
    let mut draft = CriteriaSet { status: "draft".into(), ..set("new", "2026-01-01", None) };
    let running = [set("950", "2023-04-18", None)];
    assert_eq!(check_force(&draft, &running, day("2026-03-01"), None).unwrap().map(|set| set.id.as_str()), Some("950"));
    draft.groups[0].clause.clear();
    draft.instrument = None;
    let lacks: Vec<&str> = check_force(&draft, &running, day("2026-03-01"), None).unwrap_err().into_iter().map(|(name, _)| name).collect();
    assert_eq!(lacks, ["instrument", "clause"]);
    draft.groups.clear();
    let lacks: Vec<&str> =
        check_force(&draft, &running, day("2026-03-01"), Some(day("2026-03-01"))).unwrap_err().into_iter().map(|(name, _)| name).collect();
    assert_eq!(lacks, ["instrument", "items", "to"]);
}

#[test]
fn two_base_sets_never_overlap() {
    let draft = CriteriaSet { status: "draft".into(), ..set("new", "2026-01-01", None) };
    let sets = [set("950", "2023-04-18", Some("2026-01-01"))];
    assert_eq!(check_force(&draft, &sets, day("2026-01-01"), None).unwrap(), None, "after the period nothing is ended");
    assert_eq!(check_force(&draft, &sets, day("2020-01-01"), None).unwrap_err()[0].0, "from");
    assert_eq!(check_force(&draft, &sets, day("2023-04-18"), None).unwrap_err()[0].0, "from");
    assert!(check_force(&draft, &sets, day("2020-01-01"), Some(day("2023-04-18"))).is_ok());
}

#[test]
fn a_struck_out_number_is_shown_struck_out_and_nothing_else_becomes_markup() {
    assert_eq!(printed("~~34~~28/SCT-QLCN").to_string(), "<s>34</s>28/SCT-QLCN");
    assert_eq!(printed("<b>&").to_string(), "&lt;b&gt;&amp;");
}

async fn sqlite() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", folder.path().join("rule.db").display())).await.unwrap();
    db.migrate().await.unwrap();
    (folder, db)
}

#[tokio::test]
async fn a_set_in_force_cannot_be_edited_in_the_store() {
    let (_folder, db) = sqlite().await;
    set_in_force_is_fixed(&db).await;
}

async fn set_in_force_is_fixed(db: &Db) {
    let mut tx = db.write().await.unwrap();
    store::put_instrument(&mut tx, &paper("new"), "").await.unwrap();
    let draft = CriteriaSet { status: "draft".into(), valid_from: None, origin: "admin".into(), ..set("new", "2026-01-01", None) };
    assert!(store::add_set(&mut tx, &draft).await.unwrap());
    assert!(!store::add_set(&mut tx, &draft).await.unwrap(), "a set that exists is left as it is");
    assert_eq!(store::put_criterion(&mut tx, &item("new", "L", "L3", RuleKind::All)).await.unwrap(), 1);
    assert_eq!(store::drop_group(&mut tx, "new", "L").await.unwrap(), 0, "a group with items stays");
    assert_eq!(store::drop_group(&mut tx, "new", "O").await.unwrap(), 1);
    assert_eq!(store::save_draft(&mut tx, &CriteriaSet { title: "Tên mới".into(), ..draft.clone() }, 1).await.unwrap(), 1);
    assert_eq!(store::save_draft(&mut tx, &draft, 1).await.unwrap(), 0, "the second of two editors is refused");
    assert_eq!(store::put_in_force(&mut tx, "new", day("2026-03-01"), None, 1).await.unwrap(), 0);
    assert_eq!(store::put_in_force(&mut tx, "new", day("2026-03-01"), None, 2).await.unwrap(), 1);
    let fixed = store::sets(&mut tx).await.unwrap();
    assert_eq!(store::put_criterion(&mut tx, &item("new", "L", "L4", RuleKind::All)).await.unwrap(), 0);
    assert_eq!(
        store::put_criterion(&mut tx, &Criterion { text: "khác".into(), ..item("new", "L", "L0", RuleKind::Any) }).await.unwrap(),
        0
    );
    assert_eq!(store::put_group(&mut tx, "new", 0, &group("L", "unknown", vec![])).await.unwrap(), 0);
    assert_eq!(store::drop_criterion(&mut tx, "new", "L0").await.unwrap(), 0);
    assert_eq!(store::drop_group(&mut tx, "new", "L").await.unwrap(), 0);
    assert_eq!(store::save_draft(&mut tx, &draft, 3).await.unwrap(), 0);
    assert_eq!(store::put_in_force(&mut tx, "new", day("2026-04-01"), None, 3).await.unwrap(), 0);
    assert_eq!(store::sets(&mut tx).await.unwrap(), fixed);
    assert_eq!(store::end_set(&mut tx, "new", day("2027-01-01")).await.unwrap(), 1, "it can only be superseded");
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_set_reads_back_as_written() {
    let (_folder, db) = sqlite().await;
    set_reads_back(&db).await;
}

async fn set_reads_back(db: &Db) {
    let mut tx = db.write().await.unwrap();
    store::put_instrument(&mut tx, &paper("28"), "").await.unwrap();
    let written = overlay("28", "2020-08-03");
    store::add_set(&mut tx, &written).await.unwrap();
    assert_eq!(store::sets(&mut tx).await.unwrap(), [written]);
    let application = decision("28", "2026-01-05", None);
    store::add_application(&mut tx, &application, clock::parse_moment("2026-01-05").unwrap()).await.unwrap();
    assert_eq!(store::applications(&mut tx).await.unwrap(), [application]);
    tx.commit().await.unwrap();
}
