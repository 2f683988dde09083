//! What sheets come to, against a reckoning that is written otherwise.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::tally::{Minimum, Settled, band, mean, tally};
use crate::scoring::books;
use crate::scoring::mark::{self, Marks};
use crate::scoring::sheet::Sheet;

const BANDS: [i64; 5] = [0, 30, 50, 70, 90];

fn tea() -> &'static Sheet {
    books::of("26-2026-11").unwrap()
}

/// Marks of some members, each line some answer of its ladder.
fn councils(most: usize) -> impl Strategy<Value = Vec<Marks>> {
    let ladders: Vec<(String, usize)> = tea().asked().map(|line| (line.no.clone(), line.answers(None).unwrap().len())).collect();
    let one = ladders.into_iter().map(|(no, answers)| (Just(no), 0..answers)).collect::<Vec<_>>();
    proptest::collection::vec(one, 1..=most)
        .prop_map(|all| all.into_iter().map(|answers| Marks { answers: answers.into_iter().collect(), ..Marks::default() }).collect())
}

/// The star, reckoned from fractions and from each line on its own.
fn expected(all: &[Marks], rule: Minimum) -> i64 {
    let sheet = tea();
    let total: i64 =
        all.iter().map(|marks| sheet.asked().filter_map(|line| mark::chosen(marks, line)).map(|answer| answer.points).sum::<i64>()).sum();
    let ends = |marks: &&Marks| mark::outcome(sheet, marks, &BANDS).ended.is_some();
    if all.iter().filter(ends).count() == all.len() {
        return 0;
    }
    let mut star = 0;
    for (at, lowest) in BANDS.iter().enumerate() {
        let level = at as i64 + 1;
        let reaches = total as f64 / all.len() as f64 >= *lowest as f64 - 1e-9;
        let meets = sheet.asked().all(|line| {
            let ladder = line.answers(None).unwrap();
            let Some(floor) = (0..ladder.len()).rev().find(|at| ladder[*at].least != 0 && ladder[*at].least <= level) else { return true };
            let met = all.iter().filter(|marks| !mark::applies(marks, line) || marks.answers[&line.no] >= floor).count();
            match rule {
                Minimum::Each => met == all.len(),
                Minimum::Most => met * 2 > all.len(),
                Minimum::Settled => unreachable!(),
            }
        });
        if reaches && meets {
            star = level;
        }
    }
    star
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_star_of_a_council_equals_an_independent_reckoning(all in councils(9), most in any::<bool>()) {
        let rule = if most { Minimum::Most } else { Minimum::Each };
        // where only some found what ends the marking the council settles that it does not
        let open = tally(tea(), &all, &BANDS, rule, &Settled::new());
        let settled: Settled = open.disputes.into_iter().map(|dispute| (dispute.key, false)).collect();
        let found = tally(tea(), &all, &BANDS, rule, &settled);
        prop_assert!(found.disputes.is_empty());
        prop_assert_eq!(found.star, expected(&all, rule));
        prop_assert!(found.least <= found.most && found.total >= found.least * found.heads as i64);
    }

    #[test]
    fn whoever_marks_in_which_order_makes_no_difference(all in councils(5)) {
        let mut other = all.clone();
        other.reverse();
        let count = |all: &[Marks]| tally(tea(), all, &BANDS, Minimum::Most, &Settled::new());
        prop_assert_eq!(count(&all), count(&other));
    }
}

fn best() -> Marks {
    let answers = tea().asked().map(|line| (line.no.clone(), line.answers(None).unwrap().len() - 1)).collect();
    Marks { answers, ..Marks::default() }
}

/// The best sheet with one line at a place.
fn but(no: &str, at: usize) -> Marks {
    let mut marks = best();
    marks.answers.insert(no.to_owned(), at);
    marks
}

#[test]
fn a_mean_is_compared_as_a_whole_sum_and_only_shown_as_a_fraction() {
    // 9 sheets: 629 is a mean of 69.888…, shown as 69.89, and no 4 stars; 630 is
    assert_eq!((band(629, 9, &BANDS), band(630, 9, &BANDS)), (3, 4));
    assert_eq!((mean(629, 9), mean(630, 9), mean(0, 0)), (6989, 7000, 0));
    assert_eq!(band(100, 0, &BANDS), 0, "nobody marked");
}

#[test]
fn a_minimum_counts_as_the_local_rules_say() {
    let missed = |star: i64| {
        let lacks = |no: &str| mark::needs(tea(), &but(no, 0), star).iter().any(|need| need.criterion.no == no);
        tea().asked().map(|line| line.no.clone()).find(|no| lacks(no)).unwrap()
    };
    let no = missed(5);
    let all = [best(), best(), but(&no, 0)];
    let star = |rule, settled: &[(&str, bool)]| {
        let settled: Settled = settled.iter().map(|(no, met)| ((*no).to_owned(), *met)).collect::<BTreeMap<_, _>>();
        tally(tea(), &all, &BANDS, rule, &settled)
    };
    assert_eq!(star(Minimum::Most, &[]).star, 5, "two of three");
    let each = star(Minimum::Each, &[]);
    assert!(each.star < 5 && each.unmet.contains(&(5, no.clone())), "{each:?}");
    let open = star(Minimum::Settled, &[]);
    assert!(open.disputes.iter().any(|dispute| dispute.key == no && (dispute.met, dispute.of) == (2, 3)), "{open:?}");
    assert_eq!(star(Minimum::Settled, &[(&no, true)]).star, 5);
    assert!(star(Minimum::Settled, &[(&no, false)]).star < 5);
}

#[test]
fn what_ends_the_marking_is_found_by_all_or_settled() {
    let key = mark::grounds(tea()).first().unwrap().key();
    let found = Marks { found: [key.clone()].into(), ..best() };
    let all = [best(), found.clone()];
    let open = tally(tea(), &all, &BANDS, Minimum::Most, &Settled::new());
    assert_eq!((open.disputes.len(), open.disputes[0].key.as_str()), (1, key.as_str()));
    let settled = |is: bool| tally(tea(), &all, &BANDS, Minimum::Most, &[(key.clone(), is)].into());
    assert_eq!((settled(true).star, settled(true).ended.as_deref()), (0, Some(key.as_str())));
    assert_eq!((settled(false).star, settled(false).ended), (5, None));
    let both = tally(tea(), &[found.clone(), found], &BANDS, Minimum::Each, &Settled::new());
    assert_eq!((both.star, both.disputes.len()), (0, 0));
}
