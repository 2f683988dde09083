//! The shipped sheets counted, and marks that come to the star that another calculation finds.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::books;
use super::mark::{self, End, Marks};
use super::read;
use super::sheet::{Answer, Asked, Sheet};

/// The lowest totals of one to five stars.
pub const BANDS: [i64; 5] = [0, 30, 50, 70, 90];

fn sheet(number: i64) -> &'static Sheet {
    books::all().iter().find(|sheet| sheet.number == number && sheet.instrument == "26-2026-qd-ttg").unwrap()
}

#[test]
fn the_sheets_of_26_2026_are_whole() {
    let sheets: Vec<&Sheet> = books::all().iter().filter(|sheet| sheet.instrument == "26-2026-qd-ttg").collect();
    assert_eq!(sheets.len(), 26);
    assert_eq!(sheets.iter().map(|sheet| sheet.asked().count()).sum::<usize>(), 787, "criteria that are marked");
    let minima = |star: i64| sheets.iter().map(|sheet| sheet.minima(star)).sum::<usize>();
    assert_eq!((minima(1), minima(2), minima(3), minima(4), minima(5)), (0, 0, 179, 289, 106));
    for sheet in &sheets {
        let best = Marks { case: sheet.cases().first().map_or("", |(id, _)| id).to_owned(), ..Marks::default() };
        let marks = with_all(sheet, best, |answers| answers.len() - 1);
        let outcome = mark::outcome(sheet, &marks, &BANDS);
        assert_eq!(outcome.points, 100, "{}", sheet.name);
        assert_eq!(outcome.star, 5, "{}", sheet.name);
        assert_eq!(outcome.parts, [("A", 40, 40), ("B", 25, 25), ("C", 35, 35)], "{}", sheet.name);
        assert!(outcome.is_whole());
    }
    // each set of the law has its sheet, under its name
    for set in crate::product::group::sets().iter().filter(|set| set.instrument == "26-2026-qd-ttg") {
        let sheet = sheets.iter().find(|sheet| sheet.set == set.id).unwrap_or_else(|| panic!("{}", set.id));
        assert_eq!(Some(sheet.number), set.number);
        assert!(sheet.name == set.name || set.also.contains(&sheet.name) || sheet.name.replace(",...", "") == set.name, "{}", sheet.name);
    }
    let conditional = sheets.iter().flat_map(|sheet| &sheet.criteria).filter(|line| line.only_if.is_some()).count();
    let cases = sheets.iter().flat_map(|sheet| &sheet.criteria).filter(|line| matches!(line.asked, Asked::Cases(_))).count();
    assert_eq!((conditional, cases), (25, 3), "5.2 of sets 1 to 25; items 8, 9 and 15 of set 26");
    let doubts: Vec<(i64, &str)> = sheets.iter().flat_map(|sheet| sheet.doubts().into_iter().map(|(no, _)| (sheet.number, no))).collect();
    for known in [
        (3, "5.1"),
        (4, "1.2"),
        (4, "7"),
        (7, "3.1"),
        (10, "3.5"),
        (11, "6.1.1"),
        (19, ""),
        (23, "6.2"),
        (23, "9"),
        (24, "4.1"),
        (25, "4.1"),
        (26, ""),
    ] {
        assert!(doubts.contains(&known), "{known:?}");
    }
}

/// A sheet with every line answered.
fn with_all(sheet: &Sheet, mut marks: Marks, choose: impl Fn(&[Answer]) -> usize) -> Marks {
    for line in sheet.asked() {
        let answers = line.answers(Some(&marks.case)).unwrap_or_default();
        if !answers.is_empty() {
            marks.answers.insert(line.no.clone(), choose(answers));
        }
    }
    marks
}

#[test]
fn a_total_of_72_with_one_minimum_of_four_stars_missed_is_three_stars() {
    let sheet = sheet(11);
    // the least that satisfies every minimum of four stars, raised elsewhere until 72 is reached
    let least = |answers: &[Answer]| answers.iter().rposition(|answer| (1..=4).contains(&answer.least)).unwrap_or_default();
    let mut marks = with_all(sheet, Marks::default(), least);
    let missed = sheet.criterion("3.4").unwrap();
    assert_eq!(missed.answers(None).unwrap().last().unwrap().least, 4);
    marks.answers.insert("3.4".into(), 0);
    while mark::outcome(sheet, &marks, &BANDS).points < 72 {
        let gain = mark::gains(sheet, &marks).into_iter().filter(|gain| gain.criterion.no != "3.4").min_by_key(|gain| gain.points).unwrap();
        let at = *marks.answers.get(&gain.criterion.no).unwrap();
        marks.answers.insert(gain.criterion.no.clone(), at + 1);
    }
    let outcome = mark::outcome(sheet, &marks, &BANDS);
    assert_eq!((outcome.points, outcome.band, outcome.star), (72, 4, 3));
    let needs = mark::needs(sheet, &marks, 4);
    assert_eq!(needs.iter().map(|need| need.criterion.no.as_str()).collect::<Vec<_>>(), ["3.4"]);
    marks.answers.insert("3.4".into(), needs[0].at);
    assert_eq!(mark::outcome(sheet, &marks, &BANDS).star, 4);
}

#[test]
fn a_mark_is_an_answer_and_not_its_points() {
    // set 7, item 3.1: two answers of one point; set 23, item 6.2: likewise, and neither is the minimum of four stars
    let answers = sheet(7).criterion("3.1").unwrap().answers(None).unwrap();
    assert_eq!(answers.iter().map(|answer| answer.points).collect::<Vec<_>>(), [1, 1, 3]);
    assert_ne!(answers[0].vi, answers[1].vi);
    let flowers = sheet(23);
    let with = |at: usize| {
        let mut marks = Marks::default();
        marks.answers.insert("6.2".into(), at);
        (mark::outcome(flowers, &marks, &BANDS).points, mark::needs(flowers, &marks, 4).iter().any(|need| need.criterion.no == "6.2"))
    };
    assert_eq!((with(0), with(1), with(2)), ((1, true), (1, true), (3, false)));
}

#[test]
fn a_condition_a_case_and_what_ends_the_marking() {
    let tea = sheet(11);
    let mut marks = with_all(tea, Marks::default(), |answers| answers.len() - 1);
    marks.answers.insert("5.1".into(), 0);
    let outcome = mark::outcome(tea, &marks, &BANDS);
    let story = tea.criterion("5.1").unwrap().max + tea.criterion("5.2").unwrap().max;
    assert_eq!(outcome.points, 100 - story, "without a story its structure is not marked");
    assert_eq!((outcome.answered, outcome.asked), (tea.asked().count() - 1, tea.asked().count() - 1));
    // tourism: nothing is asked in items 8, 9, 15 until a case is chosen
    let tourism = sheet(26);
    let mut marks = with_all(tourism, Marks::default(), |answers| answers.len() - 1);
    assert!(!mark::outcome(tourism, &marks, &BANDS).is_whole());
    marks.answers.insert("8".into(), 1);
    assert_eq!(mark::strange(tourism, &marks), ["8"], "an answer of no case");
    marks.case = "provider".into();
    assert!(mark::strange(tourism, &marks).is_empty());
    // mineral water: no points for a taste end it
    let water = sheet(16);
    let mut marks = with_all(water, Marks::default(), |answers| answers.len() - 1);
    marks.answers.insert("6.4".into(), 0);
    let outcome = mark::outcome(water, &marks, &BANDS);
    assert!(matches!(outcome.ended, Some(End::Zero(line)) if line.no == "6.4"));
    assert_eq!(outcome.star, 0);
    // what was found ends it, with its ground
    let mut marks = with_all(tea, Marks::default(), |answers| answers.len() - 1);
    let ground = mark::grounds(tea).into_iter().find(|ground| ground.criterion.is_some_and(|line| line.no == "1.1")).unwrap();
    marks.found.insert(ground.key());
    let outcome = mark::outcome(tea, &marks, &BANDS);
    assert_eq!((outcome.star, outcome.band), (0, 5));
    assert!(matches!(outcome.ended, Some(End::Found(found)) if found.knock_out.vi.contains("nhập khẩu")));
    marks.found.insert("1.1#7".into());
    marks.answers.insert("1.1".into(), 9);
    marks.answers.insert("2".into(), 0);
    assert_eq!(mark::strange(tea, &marks), ["1.1", "2", "1.1#7"]);
}

#[test]
fn a_sheet_whose_sums_are_wrong_is_refused_by_name() {
    let parts = BTreeMap::from([("A".to_owned(), 3)]);
    let whole = r#"
set = "x"
number = 1
name = "x"
instrument = "x"
[[criterion]]
no = "1"
part = "A"
vi = "Đầu"
max = 3
[[criterion]]
no = "1.1"
part = "A"
vi = "Một"
max = 3
answers = [{ points = 0, vi = "Không" }, { points = 3, least = 3, vi = "Có" }]
"#;
    assert!(read::sheet(whole, &[], &parts).is_ok());
    for (from, to, said) in [
        ("max = 3\nanswers", "max = 2\nanswers", "câu cao nhất 3 điểm, tối đa 2"),
        ("max = 3\n[[criterion]]\nno = \"1.1\"", "max = 4\n[[criterion]]\nno = \"1.1\"", "phần A: cộng 4 điểm, phải là 3"),
        ("no = \"1.1\"", "no = \"2.1\"", "thiếu mục 2 ở trên"),
        ("no = \"1.1\"", "no = \"1\"", "ghi hai lần"),
        ("part = \"A\"\nvi = \"Một\"", "part = \"B\"\nvi = \"Một\"", "khác phần với mục 1"),
        (
            "answers = [{ points = 0, vi = \"Không\" }, { points = 3, least = 3, vi = \"Có\" }]",
            "ladder = \"z\"",
            "không có thang trả lời z",
        ),
        ("points = 0, vi = \"Không\"", "points = 4, vi = \"Không\"", "điểm không tăng dần"),
        ("points = 0, vi", "points = 0, least = 4, vi", "hạng sao tối thiểu không tăng dần"),
        ("answers = [", "only_if = { no = \"9\", not = 0 }\nanswers = [", "điều kiện dẫn tới mục 9"),
        ("vi = \"Một\"", "vi = \"Một\"\nstar = 1", "unknown field"),
    ] {
        let text = whole.replacen(from, to, 1);
        assert_ne!(text, whole, "{from}");
        let wrong = read::sheet(&text, &[], &parts).unwrap_err().join("\n");
        assert!(wrong.contains(said), "{said}: {wrong}");
    }
}

/// The star found another way: for each star from above, every answer below it is struck, and what is left is summed.
pub fn star_by_hand(sheet: &Sheet, marks: &Marks) -> (i64, i64) {
    let mut total = 0;
    let mut fails = [false; 6];
    let mut dead = !marks.found.is_empty();
    let story_is_missing = |line: &super::sheet::Criterion| match &line.only_if {
        Some(only) => marks.answers.get(&only.no).copied() == Some(only.not),
        None => false,
    };
    for line in &sheet.criteria {
        let ladder: Vec<Answer> = match &line.asked {
            Asked::Sum => continue,
            Asked::Answers(answers) => answers.clone(),
            Asked::Cases(cases) => cases.iter().filter(|case| case.id == marks.case).flat_map(|case| case.answers.clone()).collect(),
        };
        if story_is_missing(line) {
            continue;
        }
        let taken: Vec<&Answer> = match marks.answers.get(&line.no) {
            Some(at) => ladder.iter().take(at + 1).collect(),
            None => Vec::new(),
        };
        total += taken.last().map_or(0, |answer| answer.points);
        for (star, fails) in fails.iter_mut().enumerate().skip(1) {
            // every minimum up to this star has to be among the answers climbed over
            *fails |= ladder.iter().filter(|answer| answer.least > 0 && answer.least <= star as i64).count()
                > taken.iter().filter(|answer| answer.least > 0 && answer.least <= star as i64).count();
        }
        let top = line.no.split('.').next().unwrap();
        dead |= sheet.criterion(top).is_some_and(|heading| heading.zero_stops) && taken.last().is_some_and(|answer| answer.points == 0);
    }
    let star =
        if dead { 0 } else { (1..=5).filter(|star| total >= BANDS[*star as usize - 1] && !fails[*star as usize]).max().unwrap_or(0) };
    (total, star)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_star_equals_a_calculation_written_differently(number in 1..=26_i64, picks in prop::collection::vec(0..100_usize, 40), high in any::<bool>(), case in 0..3_usize, found in 0..40_usize) {
        let sheet = sheet(number);
        let case = ["community", "provider", ""][case];
        let mut marks = Marks { case: if sheet.cases().is_empty() { String::new() } else { case.to_owned() }, ..Marks::default() };
        for (line, pick) in sheet.asked().zip(&picks) {
            let answers = line.answers(Some(&marks.case)).unwrap_or_default();
            // some lines are left open; most marks are high, so that the upper stars are met at all
            if answers.is_empty() || pick % 25 == 24 {
                continue;
            }
            let at = if high && pick % 7 != 0 { answers.len() - 1 } else { pick % answers.len() };
            marks.answers.insert(line.no.clone(), at);
        }
        if let Some(ground) = mark::grounds(sheet).get(found) {
            marks.found.insert(ground.key());
        }
        let outcome = mark::outcome(sheet, &marks, &BANDS);
        prop_assert_eq!((outcome.points, outcome.star), star_by_hand(sheet, &marks));
        prop_assert!(outcome.star <= outcome.band);
        prop_assert_eq!(outcome.parts.iter().map(|(_, got, _)| got).sum::<i64>(), outcome.points);
        // what is needed for the next star, once given, is needed no more
        let next = (outcome.star + 1).min(5);
        let mut better = marks.clone();
        for need in mark::needs(sheet, &marks, next) {
            better.answers.insert(need.criterion.no.clone(), need.at);
        }
        prop_assert!(mark::needs(sheet, &better, next).is_empty());
    }
}

crate::store_test! {
    async fn a_sheet_is_compared_with_the_gazette_by_whoever_may(app: crate::testing::TestApp) {
        use crate::access::Role;
        let keeper = app.sign_in(Role::PRODUCT_KEEPER).await;
        let producer = app.sign_in(Role::BUSINESS).await;
        let list = producer.get("/phieu-danh-gia").await.expect(200).says("11. Chè tươi, chè chế biến").says("26/2026/QĐ-TTg");
        assert_eq!(list.body.matches("chưa đối chiếu").count(), 29, "26 and three of 1048");
        let page = producer.get("/phieu-danh-gia/26-2026-11").await.expect(200).says("điều kiện 4 sao").says("Chỉ chấm khi mục 5.1").says("bị loại").says("Bản chép in 11; đọc là 1");
        assert!(!page.body.contains("Ghi kết quả đối chiếu"), "a producer only reads");
        producer.get("/phieu-danh-gia/khong-co").await.expect(404);
        producer.post("/phieu-danh-gia/26-2026-11/doi-chieu", &[("outcome", "same"), ("source", "Công báo 1")]).await.expect(403);
        let path = "/phieu-danh-gia/26-2026-11/doi-chieu";
        for (fields, says) in [
            (vec![("source", "Công báo số 700")], "Hãy chọn kết quả đối chiếu"),
            (vec![("outcome", "same")], "Hãy ghi bản in đã đọc"),
            (vec![("outcome", "differs"), ("source", "Công báo số 700")], "Hãy ghi mục nào khác"),
        ] {
            keeper.post_from("/phieu-danh-gia/26-2026-11", path, &fields).await.expect(422).says(says);
        }
        keeper.post(path, &[("outcome", "differs"), ("source", "Công báo số 700"), ("note", "Mục 6.1.1 in 0, 1, 2")]).await.expect(303);
        producer.get("/phieu-danh-gia/26-2026-11").await.expect(200).says("Có chỗ khác với bản in").says("Mục 6.1.1 in 0, 1, 2");
        keeper.post(path, &[("outcome", "same"), ("source", "Công báo số 701")]).await.expect(303);
        producer.get("/phieu-danh-gia/26-2026-11").await.expect(200).says("khớp với Công báo số 701");
        assert_eq!(producer.get("/phieu-danh-gia").await.expect(200).body.matches("chưa đối chiếu").count(), 28);
        // one press in a store for trying, which says what it is
        keeper.post("/phieu-danh-gia/26-2026-12/doi-chieu", &[("outcome", "same"), ("demo", "1")]).await.expect(303);
        producer.get("/phieu-danh-gia/26-2026-12").await.expect(200).says("ghi để thử, chưa đọc bản in");
        // another wording is compared anew
        let other = Sheet { doubt: "khác".into(), ..self::sheet(11).clone() }.digested();
        assert_ne!(other.digest, self::sheet(11).digest);
        assert!(app.verbs("score_sheet", "26-2026-11").await.iter().filter(|verb| *verb == "compare_sheet").count() == 2);
    }
}
