//! What a decision may say, and that it is written whole or not at all.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Finished, Named, Standing, check, named, needs_reason};
use super::store;
use crate::access::Scope;
use crate::db::{Db, Tx};
use crate::execute;
use crate::page::{Errors, Fields};
use crate::plan::range;
use crate::rule::Outcome;

fn day(text: &str) -> NaiveDate {
    crate::text::parse_date(text).unwrap()
}

fn moment() -> DateTime<Utc> {
    crate::clock::parse_moment("2026-11-22").unwrap()
}

fn today() -> NaiveDate {
    day("2026-11-22")
}

fn point(id: &str, outcome: Option<&str>) -> Named {
    let survey = outcome.map(|outcome| Finished { id: format!("survey-{id}"), done_on: day("2026-10-20"), outcome: outcome.to_owned() });
    Named { id: id.to_owned(), name: format!("Điểm {id}"), is_fresh: true, survey }
}

fn fields(more: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::new([("number".to_owned(), "1500/QĐ-SCT".to_owned()), ("decided_on".to_owned(), "22/10/2026".to_owned())]);
    for (name, value) in more {
        match *name {
            "select" | "decline" => fields = Fields::new(fields.pairs().iter().cloned().chain([((*name).to_owned(), (*value).to_owned())])),
            _ => fields.set(name, *value),
        }
    }
    fields
}

fn wrong(errors: Errors) -> Vec<String> {
    errors.iter().map(|(field, _)| field.to_owned()).collect()
}

#[test]
fn a_leader_selects_many_and_guides_the_others_in_one_act() {
    let fields = fields(&[
        ("select", "a"),
        ("select", "b"),
        ("decline", "c"),
        ("guidance-c", "Niêm yết giá"),
        ("fix_by-c", "31/12/2026"),
        ("plan", "kh"),
    ]);
    assert_eq!(named(&fields), ["a", "b", "c"]);
    let form = check(&fields, &[point("a", Some("meets")), point("b", Some("fix")), point("c", Some("fails"))], today()).unwrap();
    assert_eq!(form.selected.len(), 2);
    assert_eq!(form.declined, [("c".to_owned(), "Niêm yết giá".to_owned(), day("2026-12-31"))]);
    assert_eq!(form.plan_id.as_deref(), Some("kh"));
}

#[test]
fn the_number_may_be_unknown_but_not_empty() {
    let ok = fields(&[("select", "a"), ("number", "không rõ")]);
    assert_eq!(check(&ok, &[point("a", Some("meets"))], today()).unwrap().number, "không rõ");
    let empty = fields(&[("select", "a"), ("number", "")]);
    assert_eq!(wrong(check(&empty, &[point("a", Some("meets"))], today()).unwrap_err()), ["number"]);
}

#[test]
fn a_decision_lies_neither_in_the_future_nor_before_the_survey() {
    for typed in ["23/11/2026", "19/10/2026", "31/02/2026", ""] {
        let fields = fields(&[("select", "a"), ("decided_on", typed)]);
        assert_eq!(wrong(check(&fields, &[point("a", Some("meets"))], today()).unwrap_err()), ["decided_on"], "{typed}");
    }
    assert!(check(&fields(&[("select", "a"), ("decided_on", "20/10/2026")]), &[point("a", Some("meets"))], today()).is_ok());
}

#[test]
fn a_point_that_does_not_meet_the_criteria_needs_a_reason_to_be_selected() {
    assert!(needs_reason(None) && needs_reason(Some(Outcome::Fails)) && needs_reason(Some(Outcome::Incomplete)));
    assert!(!needs_reason(Some(Outcome::Meets)) && !needs_reason(Some(Outcome::Fix)));
    for outcome in ["fails", "incomplete"] {
        assert_eq!(wrong(check(&fields(&[("select", "a")]), &[point("a", Some(outcome))], today()).unwrap_err()), ["reason-a"]);
        let form = check(&fields(&[("select", "a"), ("reason-a", "Cam kết bổ sung")]), &[point("a", Some(outcome))], today()).unwrap();
        assert_eq!(form.selected, [("a".to_owned(), "Cam kết bổ sung".to_owned())]);
    }
}

#[test]
fn a_point_without_a_finished_survey_is_not_selected() {
    assert_eq!(wrong(check(&fields(&[("select", "a"), ("reason-a", "x")]), &[point("a", None)], today()).unwrap_err()), ["row-a"]);
}

#[test]
fn guidance_says_what_to_fix_and_by_when() {
    let missing = fields(&[("decline", "a")]);
    assert_eq!(wrong(check(&missing, &[point("a", Some("fails"))], today()).unwrap_err()), ["guidance-a", "fix_by-a"]);
    for typed in ["21/11/2026", "22/11/2036", "30/02/2027"] {
        let fields = fields(&[("decline", "a"), ("guidance-a", "x"), ("fix_by-a", typed)]);
        assert_eq!(wrong(check(&fields, &[point("a", Some("fails"))], today()).unwrap_err()), ["fix_by-a"], "{typed}");
    }
}

#[test]
fn one_point_that_changed_meanwhile_refuses_the_whole_act_and_is_named() {
    let mut changed = point("b", Some("meets"));
    changed.is_fresh = false;
    let errors = check(&fields(&[("select", "a"), ("select", "b")]), &[point("a", Some("meets")), changed], today()).unwrap_err();
    let texts: Vec<_> = errors.iter().collect();
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].0, "row-b");
    assert!(texts[0].1.vi.contains("Điểm b") && texts[0].1.en.contains("Điểm b"));
}

#[test]
fn a_point_is_not_both_selected_and_not_selected_and_an_empty_act_is_none() {
    let both = fields(&[("select", "a"), ("decline", "a")]);
    assert_eq!(named(&both), ["a"]);
    assert_eq!(wrong(check(&both, &[point("a", Some("meets"))], today()).unwrap_err()), ["row-a"]);
    assert_eq!(wrong(check(&fields(&[]), &[], today()).unwrap_err()), [""]);
}

#[test]
fn a_number_stands_under_within_or_over_a_target() {
    assert_eq!(Standing::of(7, Some(10), Some(20)), Standing::Short(3));
    assert_eq!(Standing::of(20, Some(10), Some(20)), Standing::Within(Some(0)));
    assert_eq!(Standing::of(22, Some(10), Some(20)), Standing::Over(2));
    assert_eq!(Standing::of(3, Some(2), None), Standing::Within(None));
    assert_eq!(
        (range(Some(10), Some(20)), range(Some(2), None), range(Some(5), Some(5))),
        ("10–20".into(), "từ 2 trở lên".into(), "5".into())
    );
}

async fn put_point(tx: &mut Tx, id: &str, sort: &str, state: &str) {
    let now = moment();
    execute!(
        tx,
        "insert into point (id, code, slug, name, name_fold, sort, kind, address, address_fold, unit_chosen, cell, contact, phone, email, hours, goods, about,
           state, state_since, opened_on, counted_by, source, demo, version, created_by, created_at, updated_at)
         values ($1, $1, $1, $1, $1, $2, '', '', '', false, '', '', '', '', '', '', '', $3, $4, $4, '', '', false, 1, 'x', $5, $5)",
        id,
        sort,
        state,
        day("2024-05-05"),
        now
    )
    .unwrap();
    execute!(tx, "insert into period (point_id, seq, state, counted_by, valid_from, may_from, known_from, kind, sort) values ($1, 1, $2, '', $3, $3, $4, '', '')", id, state, day("2024-05-05"), crate::testing::begin()).unwrap();
}

async fn put_survey(tx: &mut Tx, id: &str, point: &str, state: &str, done_on: Option<NaiveDate>, outcome: &str) {
    execute!(
        tx,
        "insert into survey (id, point_id, state, done_on, team, note, result, outcome, version, created_at) values ($1, $2, $3, $4, '', '', '', $5, 1, $6)",
        id,
        point,
        state,
        done_on,
        outcome,
        moment()
    )
    .unwrap();
}

/// Runs on any store with the schema and nothing in it.
pub async fn candidates_come_with_their_latest_finished_survey_and_counts_follow_the_days(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for (id, sort, state) in [("a", "1", "surveyed"), ("b", "2", "surveyed"), ("c", "3", "accepted"), ("d", "4", "operating")] {
        put_point(&mut tx, id, sort, state).await;
    }
    put_survey(&mut tx, "s1", "a", "done", Some(day("2026-09-01")), "fails").await;
    put_survey(&mut tx, "s2", "a", "done", Some(day("2026-10-01")), "meets").await;
    put_survey(&mut tx, "s3", "a", "open", None, "").await;
    let asked = |after: Option<&str>, size| store::Asked { after: after.map(str::to_owned), size, ..store::Asked::default() };
    let page = store::candidates(&mut tx, &Scope::All, &asked(None, 1)).await.unwrap();
    assert_eq!(
        (page.rows[0].id.as_str(), page.rows[0].survey_id.as_deref(), page.rows[0].outcome()),
        ("a", Some("s2"), Some(Outcome::Meets))
    );
    let page = store::candidates(&mut tx, &Scope::All, &asked(page.next(), 1)).await.unwrap();
    assert_eq!((page.rows[0].id.as_str(), page.rows[0].survey_id.as_deref(), page.next()), ("b", None, None));
    assert!(store::candidates(&mut tx, &Scope::None, &asked(None, 50)).await.unwrap().rows.is_empty());
    assert_eq!(store::latest(&mut tx, "a").await.unwrap().unwrap().id, "s2");

    let form = check(
        &fields(&[("select", "a"), ("decline", "b"), ("guidance-b", "Sửa"), ("fix_by-b", "31/12/2026")]),
        &[point("a", Some("meets")), point("b", Some("fails"))],
        today(),
    )
    .unwrap();
    store::add(&mut tx, "sel", &form, "x", moment()).await.unwrap();
    store::add_item(&mut tx, "sel", store::Item { point_id: "a", verdict: "selected", guidance: "", fix_by: None, survey_id: Some("s2") })
        .await
        .unwrap();
    store::add_item(
        &mut tx,
        "sel",
        store::Item { point_id: "b", verdict: "declined", guidance: "Sửa", fix_by: Some(day("2026-12-31")), survey_id: None },
    )
    .await
    .unwrap();
    assert_eq!(store::selected_in(&mut tx, day("2026-01-01"), day("2027-01-01")).await.unwrap(), 1);
    assert_eq!(store::selected_in(&mut tx, day("2024-01-01"), day("2025-01-01")).await.unwrap(), 0);
    assert_eq!(store::opened_in(&mut tx, day("2024-01-01"), day("2025-01-01")).await.unwrap(), 1);
    assert_eq!(store::opened_in(&mut tx, day("2024-05-06"), day("2025-01-01")).await.unwrap(), 0);
    assert!(store::opened_by_unit(&mut tx, day("2024-01-01"), day("2025-01-01")).await.unwrap().is_empty());
    assert!(store::by_unit(&mut tx).await.unwrap().is_empty());
    let of = store::of(&mut tx, "b").await.unwrap();
    assert_eq!((of[0].verdict.as_str(), of[0].guidance.as_str(), of[0].fix_by), ("declined", "Sửa", Some(day("2026-12-31"))));
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn candidates_and_counts_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}/t.db", folder.path().display())).await.unwrap();
    db.migrate().await.unwrap();
    candidates_come_with_their_latest_finished_survey_and_counts_follow_the_days(&db).await;
    db.close().await;
}
