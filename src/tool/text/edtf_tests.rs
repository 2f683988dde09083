//! Days that are not exact: the notation, what people write, bounds, words.

use chrono::{Datelike, Months, NaiveDate};
use proptest::prelude::*;

use super::{DateError, Edtf, Tongue, date_vi, parse_date};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn bounds(value: Edtf) -> (Option<NaiveDate>, Option<NaiveDate>) {
    (value.earliest(), value.latest())
}

#[test]
fn the_notation_has_the_bounds_that_its_levels_give() {
    let cases = [
        ("2020-10-08", "2020-10-08", "2020-10-08"),
        ("2020-10", "2020-10-01", "2020-10-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-34", "2023-04-01", "2023-06-30"),
        ("2020", "2020-01-01", "2020-12-31"),
        ("2020?", "2020-01-01", "2020-12-31"),
        ("2022?-10-15", "2022-10-15", "2022-10-15"),
        ("2020~", "2019-01-01", "2021-12-31"),
        ("2020-05%", "2020-04-01", "2020-06-30"),
        ("2020-05-02~", "2020-05-01", "2020-05-03"),
        ("2020-05~-31", "2020-04-30", "2020-06-30"),
        ("2020/2021", "2020-01-01", "2021-12-31"),
        ("2020-08-03/2020?", "2020-08-03", "2020-12-31"),
        ("2022-12-02/2022-12-03", "2022-12-02", "2022-12-03"),
    ];
    for (word, earliest, latest) in cases {
        let value = Edtf::parse(word).unwrap_or_else(|| panic!("{word}"));
        assert_eq!(bounds(value), (Some(day(earliest)), Some(day(latest))), "{word}");
        assert_eq!(value.word(), word);
    }
    assert_eq!(bounds(Edtf::parse("../2023").unwrap()), (None, Some(day("2023-12-31"))));
    assert_eq!(bounds(Edtf::parse("2020-08-03/..").unwrap()), (Some(day("2020-08-03")), None));
    for (set, word) in
        [("[..2023]", "../2023"), ("[2020..2021]", "2020/2021"), ("/2023", "../2023"), ("2020/", "2020/.."), ("2020/2020", "2020")]
    {
        assert_eq!(Edtf::parse(set).unwrap().word(), word);
    }
    for wrong in [
        "",
        "..",
        "../..",
        "2021/2020",
        "2020-13",
        "2020-02-30",
        "0020",
        "20200",
        "2020-1",
        "2020?~",
        "2020?-10?",
        "2020-10-08-01",
        "2020/2021/2022",
        "x",
        "45657",
    ] {
        assert_eq!(Edtf::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn what_people_write_is_read() {
    let cases = [
        ("2023", "2023"),
        ("năm 2023", "2023"),
        ("Năm  2023", "2023"),
        ("trong năm 2023", "2023"),
        ("mở năm 2020", "2020"),
        ("5/2023", "2023-05"),
        ("05/2023", "2023-05"),
        ("tháng 5/2023", "2023-05"),
        ("Tháng 5 năm 2023", "2023-05"),
        ("T5/2023", "2023-05"),
        ("5-2023", "2023-05"),
        ("quý II/2023", "2023-34"),
        ("Quý 2 năm 2023", "2023-34"),
        ("Q2/2023", "2023-34"),
        ("khoảng 2020", "2020~"),
        ("khoảng năm 2020", "2020~"),
        ("khoảng tháng 5/2020", "2020-05~"),
        ("2023?", "2023?"),
        ("2023 (suy luận)", "2023?"),
        ("15/10/2022 (năm suy luận)", "2022?-10-15"),
        ("15/10, năm suy luận 2022", "2022?-10-15"),
        ("có thể 2022", "2022?"),
        ("trước 2023", "../2022"),
        ("trước năm 2023", "../2022"),
        ("trước 5/8/2023", "../2023-08-04"),
        ("trước tháng 1/2023", "../2022-12"),
        ("đến năm 2023", "../2023"),
        ("đã có đến năm 2023", "../2023"),
        ("chậm nhất 2023", "../2023"),
        ("sau 2020", "2021/.."),
        ("sau ngày 3/8/2020", "2020-08-04/.."),
        ("không trước 3/8/2020", "2020-08-03/.."),
        ("từ 2020 trở đi", "2020/.."),
        ("từ năm 2020", "2020"),
        ("từ 2020 đến 2021", "2020/2021"),
        ("2020-2021", "2020/2021"),
        ("2020 – 2021", "2020/2021"),
        ("2020 hoặc 2021", "2020/2021"),
        ("02-03/12/2022", "2022-12-02/2022-12-03"),
        ("ngày 02 hoặc 03/12/2022", "2022-12-02/2022-12-03"),
        ("5-6/2023", "2023-05/2023-06"),
        ("ngày 8 tháng 10 năm 2020", "2020-10-08"),
        ("08/10/2020", "2020-10-08"),
        ("by 2023", "../2023"),
        ("May 2023", "2023-05"),
    ];
    for (typed, word) in cases {
        let read = Edtf::read(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
        assert_eq!(read.map(Edtf::word).as_deref(), Some(word), "{typed}");
    }
    for none in ["", "không rõ", "Chưa rõ", "-", "–", "nguồn không nêu"] {
        assert_eq!(Edtf::read(none), Ok(None), "{none}");
    }
    for wrong in ["đầu năm 2023", "năm 23", "13/2023", "quý V/2023", "45657", "5/23", "hôm qua", "2023-2020", "năm", "khoảng"] {
        assert!(matches!(Edtf::read(wrong), Err(DateError::Vague { .. })), "{wrong}: {:?}", Edtf::read(wrong));
    }
    assert_eq!(Edtf::read("31/02/2026"), Err(DateError::NoSuchDay { day: 31, month: 2, year: 2026 }));
}

#[test]
fn it_is_said_in_words() {
    let cases = [
        ("2020-10-08", "08/10/2020", "08/10/2020"),
        ("2020", "năm 2020", "2020"),
        ("2023-05", "tháng 5/2023", "May 2023"),
        ("2023-34", "quý II/2023", "quarter II of 2023"),
        ("2020~", "khoảng năm 2020", "about 2020"),
        ("2022?-10-15", "15/10/2022 (năm chưa chắc)", "15/10/2022 (year uncertain)"),
        ("../2023", "chậm nhất năm 2023", "by 2023"),
        ("2020-08-03/..", "sớm nhất 03/08/2020", "not before 03/08/2020"),
        ("2020/2021", "trong khoảng từ năm 2020 đến năm 2021", "between 2020 and 2021"),
    ];
    for (word, vi, en) in cases {
        let value = Edtf::parse(word).unwrap();
        assert_eq!((value.shown(Tongue::Vi).as_str(), value.shown(Tongue::En).as_str()), (vi, en), "{word}");
    }
}

#[test]
fn the_earlier_goes_first_and_an_open_side_lies_outside_all_days() {
    let ordered = ["../2023", "2020-01-01", "2020-01", "2020", "2020/2021", "2020/..", "2020-02", "2020-10-08", "2021"];
    for pair in ordered.windows(2) {
        assert!(Edtf::parse(pair[0]).unwrap() < Edtf::parse(pair[1]).unwrap(), "{pair:?}");
    }
}

fn any_part() -> impl Strategy<Value = String> {
    let whole = prop::sample::select(vec!["", "", "", "?", "~", "%"]);
    (1000..=9999_i32, 1..=12_u32, 1..=31_u32, 0..5_u32, whole).prop_map(|(year, month, day, form, mark)| match form {
        0 => format!("{year}{mark}"),
        1 => format!("{year}-{month:02}{mark}"),
        2 => format!("{year}-{}{mark}", 33 + month % 4),
        3 => format!("{year}{mark}-{month:02}-{:02}", day.min(28)),
        _ => format!("{year}-{month:02}-{:02}{mark}", day.min(28)),
    })
}

fn any_word() -> impl Strategy<Value = String> {
    (any_part(), any_part(), 0..5_u32).prop_map(|(a, b, form)| match form {
        0 => format!("../{a}"),
        1 => format!("{a}/.."),
        2 => format!("{}/{}", (&a).min(&b), (&a).max(&b)),
        _ => a,
    })
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_as_it_was_and_its_bounds_are_in_order(word in any_word()) {
        if let Some(value) = Edtf::parse(&word) {
            prop_assert_eq!(Edtf::parse(&value.word()), Some(value));
            if let (Some(earliest), Some(latest)) = bounds(value) {
                prop_assert!(earliest <= latest, "{} {}", earliest, latest);
            }
            for tongue in [Tongue::Vi, Tongue::En] {
                prop_assert_eq!(Edtf::read(&value.shown(tongue)), Ok(Some(value)), "{}", value.shown(tongue));
            }
            let (day, kept) = Edtf::columns(Some(value));
            prop_assert_eq!(day.is_some(), value.is_exact());
            prop_assert_eq!(Edtf::of(day, &kept), Some(value));
        }
    }

    #[test]
    fn an_exact_day_is_what_the_reader_of_dates_reads(year in 1000..=9999_i32, month in 1..=12_u32, number in 1..=31_u32) {
        let Some(day) = NaiveDate::from_ymd_opt(year, month, number) else { return Ok(()) };
        for typed in [date_vi(day), day.to_string(), format!("{number}.{month}.{year}")] {
            prop_assert_eq!(Edtf::read(&typed), Ok(Some(Edtf::exact(parse_date(&typed).unwrap()))));
        }
        let value = Edtf::exact(day);
        prop_assert_eq!((bounds(value), value.day(), value.word()), ((Some(day), Some(day)), Some(day), day.to_string()));
    }

    #[test]
    fn a_month_and_a_year_hold_all_their_days(year in 1900..=2100_i32, month in 1..=12_u32) {
        let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
        let last = (first + Months::new(1)).pred_opt().unwrap();
        prop_assert_eq!(bounds(Edtf::parse(&format!("{year}-{month:02}")).unwrap()), (Some(first), Some(last)));
        let (from, to) = bounds(Edtf::parse(&year.to_string()).unwrap());
        prop_assert!(from.unwrap() <= first && last <= to.unwrap() && to.unwrap().year() == year);
    }

    #[test]
    fn nothing_that_is_typed_makes_it_fail(text in "\\PC{0,24}") {
        let _ = Edtf::read(&text);
        let _ = Edtf::parse(&text);
    }
}
