//! The last day, the time for filing, running on, deadlines.

use chrono::{Days, NaiveDate};

use super::{certificate, claim, day};
use crate::law::built_in;
use crate::product::model::{Certificate, State, end_of};
use crate::product::term::{self, Deadline, Filing, LastDay, PRINTED, Regrading, Withdrawal};
use crate::testing::begin;

#[test]
fn the_law_on_days_is_whole() {
    let (instruments, _) = crate::pack::law().unwrap();
    let known = |id: &str| instruments.iter().any(|(instrument, _)| instrument.id == id);
    assert!(built_in::<LastDay>().all().iter().all(|rule| known(&rule.instrument)
        && !rule.id.is_empty()
        && rule.id != PRINTED
        && !rule.clause.is_empty()
        && !rule.note.is_empty()
        && !rule.confidence.is_empty()));
    assert!(built_in::<Deadline>().all().iter().all(|rule| known(&rule.instrument) && !rule.clause.is_empty() && rule.weekend == [6, 7]));
    assert!(built_in::<Regrading>().all().iter().all(|rule| known(&rule.instrument)
        && rule.opens > rule.closes
        && !rule.clause.is_empty()
        && !rule.runs_on_clause.is_empty()
        && !rule.result_clause.is_empty()
        && rule.result_days > 0));
    for rule in built_in::<Withdrawal>().all() {
        assert!(known(&rule.instrument) && !rule.clause.is_empty() && !rule.days_clause.is_empty());
        assert_eq!(rule.ground.len(), 6);
        assert!((3..=5).all(|stars| rule.signer.iter().filter(|signer| signer.stars.contains(&stars)).count() == 1));
        assert!(rule.ground.iter().all(|ground| !ground.name.is_empty() && !ground.en.is_empty() && !ground.clause.is_empty()));
    }
}

/// First day, months, last day: Bộ luật Dân sự, Điều 147 and 148.
const LAST_DAYS: [(&str, i64, &str); 12] = [
    ("2026-08-05", 36, "2029-08-05"),
    ("2024-02-29", 36, "2027-02-28"),
    ("2023-02-28", 36, "2026-02-28"),
    ("2025-02-28", 36, "2028-02-28"),
    ("2025-03-31", 36, "2028-03-31"),
    ("2026-12-31", 36, "2029-12-31"),
    ("2026-01-01", 36, "2029-01-01"),
    ("2024-02-29", 48, "2028-02-29"),
    ("2023-05-31", 1, "2023-06-30"),
    ("2023-08-31", 6, "2024-02-29"),
    ("2022-10-30", 4, "2023-02-28"),
    ("2015-01-10", 36, "2018-01-10"),
];

#[test]
fn months_end_with_the_end_of_the_corresponding_day_or_of_the_month() {
    for (from, months, last) in LAST_DAYS {
        assert_eq!(end_of(day(from), months), day(last).succ_opt(), "{months} months from {from}");
    }
    // 5 August 2029 is a Sunday: a certificate does not move past it
    assert_eq!(certificate("2026-08-05").last_day(), day("2029-08-05"));
    assert_eq!(certificate("2026-08-05").end_rule, "dan-su-2015");
    let printed = crate::product::model::Claim { valid_until: Some(day("2029-08-04")), ..claim(3, "2026-08-05") }
        .certificate("p", 36, "", "x", begin())
        .unwrap();
    assert_eq!((printed.last_day(), printed.end_rule.as_str()), (day("2029-08-04"), PRINTED));
}

#[test]
fn an_old_certificate_one_day_short_is_asked_about_and_never_another() {
    let old = Certificate { end_rule: String::new(), valid_to: day("2027-01-10"), ..certificate("2024-01-10") };
    assert_eq!(old.last_day(), day("2027-01-09"));
    assert_eq!(old.asked_last_day(36), Some(day("2027-01-10")));
    assert_eq!(Certificate { end_rule: PRINTED.into(), ..old.clone() }.asked_last_day(36), None, "the paper says so");
    assert_eq!(Certificate { valid_to: day("2027-01-11"), ..old.clone() }.asked_last_day(36), None, "it is not short");
    assert_eq!(Certificate { valid_to: day("2026-12-31"), ..old }.asked_last_day(36), None, "another day was meant");
}

#[test]
fn the_time_for_filing_is_counted_from_the_last_day() {
    let last = day("2027-06-30");
    let rule = term::regrading(last).unwrap();
    let at = |before: u64| rule.filing(last, last - Days::new(before));
    assert_eq!(
        [at(181), at(180), at(150), at(120), at(119), at(0)],
        [Filing::Early, Filing::Open, Filing::Open, Filing::Open, Filing::Late, Filing::Late]
    );
    assert_eq!(rule.filing(last, day("2027-07-01")), Filing::After);
    assert_eq!(
        [rule.opens_on(last), rule.closes_on(last), rule.runs_until(last)],
        [day("2027-01-01"), day("2027-03-02"), day("2027-12-27")]
    );
    assert!(term::regrading(day("2026-05-21")).is_none(), "what ended before 22/5/2026 knew no time for filing");
}

#[test]
fn a_deadline_moves_past_days_off() {
    let holiday: [NaiveDate; 1] = [day("2026-12-07")];
    // 20/11/2026 is a Friday; fifteen days later a Saturday
    assert_eq!(term::deadline(day("2026-11-20"), 15, &[]), day("2026-12-07"));
    assert_eq!(term::deadline(day("2026-11-20"), 15, &holiday), day("2026-12-08"));
    assert_eq!(term::deadline(day("2026-11-23"), 15, &holiday), day("2026-12-08"));
}

#[test]
fn a_certificate_runs_on_only_beyond_its_own_last_day() {
    let one = certificate("2024-01-10");
    let running = Certificate { runs_to: Some(day("2027-07-10")), ..one.clone() };
    let states = |paper: &Certificate, on: &str| (paper.state(day(on)), paper.running(day(on)));
    assert_eq!(states(&running, "2027-01-10"), (State::Live, Some(day("2027-07-09"))));
    assert_eq!(states(&running, "2027-07-09"), (State::Live, Some(day("2027-07-09"))));
    assert_eq!(states(&running, "2027-07-10"), (State::Lapsed, None));
    assert_eq!(running.last_day(), day("2027-01-10"), "papers print it as before");
    let refused = Certificate { runs_to: Some(day("2026-12-01")), ..one.clone() };
    assert_eq!(states(&refused, "2027-01-10"), (State::Live, None), "a refusal before the last day takes nothing away");
    let taken = running.withdraw(day("2027-03-01"), "r", "", day("2027-03-02")).unwrap();
    assert_eq!(
        [taken.state(day("2027-02-28")), taken.state(day("2027-03-01")), taken.state(day("2027-08-01"))],
        [State::Live, State::Withdrawn, State::Withdrawn]
    );
    assert!(one.withdraw(day("2027-03-01"), "r", "", day("2027-03-02")).is_err(), "it had ended");
}

#[test]
fn a_corrected_end_bounds_how_far_a_certificate_runs_on() {
    let one = certificate("2025-12-31");
    assert_eq!(one.last_day(), day("2028-12-31"));
    let mut running = Certificate { file_no: "12".into(), file_on: Some(day("2028-12-01")), runs_to: Some(day("2029-06-30")), ..one };
    running.end_at(day("2028-03-16"));
    assert_eq!(
        (running.last_day(), running.runs_until()),
        (day("2028-03-15"), Some(day("2028-03-15") + Days::new(180))),
        "180 days after the end, whichever it is"
    );
    assert_eq!(running.state(day("2028-09-12")), State::Lapsed);
}

crate::store_test! {
    async fn a_file_without_last_days_gets_them_by_the_rule(app: crate::testing::TestApp) {
        use crate::intake::Order;
        use crate::product::sheet;
        let file: &[u8] = include_bytes!("../../../../tests/cases/imports/p29feb.csv");
        let report = sheet::run(&app.app, Order::new(file, "p29feb.csv", ("system", "test")), std::sync::Arc::new(|_, _, _| {})).await.unwrap().unwrap();
        assert!(report.summary.written);
        for (code, last) in [("T-FEB29", "2027-02-28"), ("T-MAR31", "2027-03-31"), ("T-JUN19", "2028-06-19")] {
            let mut tx = app.db().read().await.unwrap();
            let product = crate::product::store::find_by_code(&mut tx, code).await.unwrap().expect(code);
            let paper = crate::product::store::certificates(&mut tx, &product.id).await.unwrap().pop().unwrap();
            assert_eq!((paper.last_day(), paper.end_rule.as_str()), (day(last), "dan-su-2015"), "{code}");
            assert_eq!(product.valid_to, day(last).succ_opt(), "that day included");
        }
    }
}
