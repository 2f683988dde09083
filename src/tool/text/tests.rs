use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;

#[test]
fn one_line_text_is_composed_trimmed_and_has_single_spaces() {
    assert_eq!(nfc("  Tra\u{300}\u{a0} Sen \r\n Ta\u{302}y\tHo\u{302}\u{300} "), "Trà Sen Tây Hồ");
    assert_eq!(nfc("a\u{0}b\u{200b}c\u{feff}"), "abc");
    assert_eq!(nfc(" \n "), "");
}

#[test]
fn a_block_keeps_its_lines_and_loses_control_characters() {
    assert_eq!(nfc_block("\u{feff}Do\u{300}ng 1 \r\nhai\t2\rba\u{7}\n\n"), "Dòng 1\nhai 2\nba");
    assert_eq!(nfc_block("a\n\nb"), "a\n\nb");
}

#[test]
fn folding_drops_marks_case_and_punctuation() {
    assert_eq!(fold("Trà Sen – Tây Hồ"), "tra sen tay ho");
    assert_eq!(fold("ĐẶC SẢN (Ước Lễ), 2026!"), "dac san uoc le 2026");
    assert_eq!(fold("Đa\u{323}i"), "dai");
    assert_eq!(fold("–"), "");
}

#[test]
fn a_slug_is_cut_after_a_whole_word() {
    assert_eq!(slug("Trà Sen – Tây Hồ"), "tra-sen-tay-ho");
    assert_eq!(slug(&"năm ".repeat(30)), ["nam"; 20].join("-"));
    assert_eq!(slug(&"ă".repeat(100)), "a".repeat(80));
    assert_eq!(slug("!"), "");
}

#[test]
fn the_key_gives_vietnamese_dictionary_order() {
    let ordered = [
        "",
        "2 lúa",
        "10 lúa",
        "a",
        "A",
        "à",
        "ả",
        "ã",
        "á",
        "ạ",
        "Ạ",
        "An",
        "an bình",
        "Anh",
        "ă",
        "ắ",
        "â",
        "ấm",
        "B2",
        "b3",
        "B11",
        "ca",
        "cá",
        "cà phê",
        "chè",
        "Dừa",
        "đậu",
        "Đậu",
        "em",
        "êm",
        "fa",
        "ga",
        "ja",
        "ma",
        "mà",
        "mả",
        "mã",
        "má",
        "mạ",
        "nem",
        "o",
        "ô",
        "ơ",
        "Tây Hồ",
        "u",
        "ư",
        "ứng",
        "va",
        "wa",
        "xa",
        "y",
        "za",
    ];
    for pair in ordered.windows(2) {
        assert!(sort_key(pair[0]) < sort_key(pair[1]), "{pair:?}");
    }
}

#[test]
fn the_key_is_blind_to_how_a_letter_is_composed_and_to_punctuation() {
    assert_eq!(sort_key("Hồ Tây"), sort_key("Ho\u{302}\u{300}  Ta\u{302}y."));
    assert_eq!(sort_key("ợ"), sort_key("o\u{323}\u{31b}"));
}

#[test]
fn long_numbers_are_compared_as_numbers() {
    let ordered = ["9", "10", "99999999999999", "100000000000000", "999999999999999", "1000000000000000"];
    for pair in ordered.windows(2) {
        assert!(sort_key(pair[0]) < sort_key(pair[1]), "{pair:?}");
    }
    assert!(sort_key("lô 7") < sort_key("lô 07") && sort_key("lô 07") < sort_key("lô 8"));
}

#[test]
fn a_key_has_at_most_120_hex_digits() {
    let key = sort_key(&"Nguyễn Thị Ánh ".repeat(30));
    assert_eq!(key.len(), 120);
    assert!(key.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
}

#[test]
fn real_tax_codes_are_accepted_and_written_in_one_way() {
    assert_eq!(tax_code("0100109106"), Ok("0100109106".into()));
    assert_eq!(tax_code(" 0100 109 106 "), Ok("0100109106".into()));
    assert_eq!(tax_code("0100109106-001"), Ok("0100109106-001".into()));
    assert_eq!(tax_code("0100109106001"), Ok("0100109106-001".into()));
    assert_eq!(tax_code("001090012345"), Ok("001090012345".into()));
}

#[test]
fn a_tax_code_with_a_wrong_digit_is_refused_as_such() {
    for typed in ["0100109107", "0100109160", "0000000000", "0100109107-001"] {
        assert_eq!(tax_code(typed), Err(TaxCodeError::Check { typed: typed.into() }));
    }
}

#[test]
fn what_has_not_the_shape_of_a_tax_code_is_refused() {
    for typed in ["123", "0100109106-1", "0100109106-000", "01001O9106", "001090012345-001", "một"] {
        assert_eq!(tax_code(typed), Err(TaxCodeError::Shape { typed: typed.into() }));
    }
    assert_eq!(tax_code(" "), Err(TaxCodeError::Empty));
}

#[test]
fn telephone_numbers_are_read_in_the_ways_people_write_them() {
    for typed in ["0912 345 678", "0912.345.678", "+84 912-345-678", "84912345678", "0084912345678", "912345678", "+84 (0)912345678"] {
        assert_eq!(phone(typed), Ok("0912345678".into()), "{typed}");
    }
    assert_eq!(phone("(024) 3825 1234"), Ok("02438251234".into()));
    assert_eq!(phone("1900 1234"), Ok("19001234".into()));
}

#[test]
fn what_cannot_be_dialled_is_refused() {
    for typed in ["12345", "0912 345 678 / 0987 654 321", "091234567890", "0912a45678", "+1 212 555 0100"] {
        assert_eq!(phone(typed), Err(PhoneError::Shape { typed: typed.into() }), "{typed}");
    }
    assert_eq!(phone(""), Err(PhoneError::Empty));
}

#[test]
fn sums_of_money_have_dots_between_thousands() {
    assert_eq!(dong(1_250_000), "1.250.000 đ");
    assert_eq!(dong(0), "0 đ");
    assert_eq!(dong(-999), "-999 đ");
    assert_eq!(dong(-1000), "-1.000 đ");
    assert_eq!(dong(i64::MIN), "-9.223.372.036.854.775.808 đ");
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

#[test]
fn dates_are_read_in_every_usual_shape() {
    for typed in ["2026-11-22", "22/11/2026", " 22-11-2026 ", "22.11.2026", "22 / 11 / 2026", "22112026"] {
        assert_eq!(parse_date(typed), Ok(day(2026, 11, 22)), "{typed}");
    }
    assert_eq!(parse_date("2/9/2020"), Ok(day(2020, 9, 2)));
    assert_eq!(date_vi(day(2020, 9, 2)), "02/09/2020");
}

#[test]
fn an_impossible_day_is_refused_and_named() {
    let refusal = parse_date("31/2/2026").unwrap_err();
    assert_eq!(refusal, DateError::NoSuchDay { day: 31, month: 2, year: 2026 });
    assert!(refusal.text(Tongue::Vi).contains("không có ngày 31/02/2026"));
    assert!(matches!(parse_date("11/22/2026"), Err(DateError::NoSuchDay { month: 22, .. })));
    assert!(matches!(parse_date("31022026"), Err(DateError::NoSuchDay { day: 31, month: 2, .. })));
    assert!(matches!(parse_date("0/1/2026"), Err(DateError::NoSuchDay { day: 0, .. })));
}

#[test]
fn what_is_no_date_is_refused() {
    for typed in [
        "22/11/26",
        "22/11",
        "2026",
        "2026/11/22",
        "hôm nay",
        "22/11-2026",
        "022/11/2026",
        "22/11/0206",
        "+2/11/2026",
        "20121015",
        "20261122",
    ] {
        assert_eq!(parse_date(typed), Err(DateError::Shape { typed: typed.into() }), "{typed}");
    }
    assert_eq!(parse_date("  "), Err(DateError::Empty));
}

#[test]
fn likeness_is_one_for_the_same_words_and_small_for_others() {
    assert_eq!(similarity("Trà sen Tây Hồ", "TRA SEN, TAY HO"), 1.0);
    assert_eq!(similarity("Trà sen", "Sen trà"), 1.0);
    assert!(similarity("Trà sen Tây Hồ", "Trà sen Tây Hồ 100g") > 0.8);
    assert!(similarity("Trà sen", "Lụa Vạn Phúc") < 0.1);
    assert_eq!(similarity("", ""), 0.0);
}

#[test]
fn the_kind_of_a_place_is_parted_from_its_name() {
    for (typed, kind, rest) in [
        ("Phường Ba Đình", Some("phường"), "Ba Đình"),
        ("P. Ba Đình", Some("phường"), "Ba Đình"),
        ("P.Ba Đình", Some("phường"), "Ba Đình"),
        ("XÃ SÓC SƠN", Some("xã"), "SÓC SƠN"),
        ("x. Sóc Sơn", Some("xã"), "Sóc Sơn"),
        ("phuong Ba Dinh", Some("phường"), "Ba Dinh"),
        ("TT. Xuân Mai", Some("thị trấn"), "Xuân Mai"),
        ("Thị trấn Xuân Mai", Some("thị trấn"), "Xuân Mai"),
        ("TX Sơn Tây", Some("thị xã"), "Sơn Tây"),
        ("Thị xã Sơn Tây", Some("thị xã"), "Sơn Tây"),
        ("TP.Hà Nội", Some("thành phố"), "Hà Nội"),
        ("Tp Hà Nội", Some("thành phố"), "Hà Nội"),
        ("Tha\u{300}nh phố Hà Nội", Some("thành phố"), "Hà Nội"),
        ("Q1", Some("quận"), "1"),
        ("H. Ba Vì", Some("huyện"), "Ba Vì"),
        ("Huyện: Ba Vì", Some("huyện"), "Ba Vì"),
    ] {
        assert_eq!(unit_words(typed), (kind, rest.to_owned()), "{typed}");
    }
}

#[test]
fn a_name_that_only_looks_like_a_kind_stays_whole() {
    for name in ["Ba Đình", "Phượng Dực", "Xuân Mai", "Hà Đông", "Quán Thánh", "Xã", "Phương Liệt", "Thanh Trì", "Huyen Kỳ", ""]
    {
        assert_eq!(unit_words(name), (None, name.to_owned()));
    }
}

#[test]
fn every_refusal_speaks_both_languages() {
    let typed = || "x1".to_owned();
    let texts = |t: Tongue| {
        [
            DateError::Empty.text(t),
            DateError::Shape { typed: typed() }.text(t),
            DateError::NoSuchDay { day: 31, month: 2, year: 2026 }.text(t),
            TaxCodeError::Empty.text(t),
            TaxCodeError::Shape { typed: typed() }.text(t),
            TaxCodeError::Check { typed: typed() }.text(t),
            PhoneError::Empty.text(t),
            PhoneError::Shape { typed: typed() }.text(t),
        ]
    };
    for (vi, en) in texts(Tongue::Vi).iter().zip(texts(Tongue::En)) {
        assert!(vi.contains("Hãy") || vi.contains("Mã có 10 chữ số"), "{vi}");
        assert!(fold(vi) != *vi && en.chars().all(|c| c.is_ascii() || "“”".contains(c)), "{en}");
    }
}

/// Text rich in what Vietnamese files hold.
fn vietnamese() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "a", "ă", "Ậ", "đ", "Đ", "e", "ê", "ở", "ưa", "Z", "w", "0", "7", "10", "007", " ", "-", "\u{300}", "\u{323}", "\u{31b}",
            "\u{302}", "\n", "\r", "\t", "\u{a0}", "\u{200b}", "İ", "ß", "中",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn normal_forms_do_not_change_twice(text in vietnamese()) {
        prop_assert_eq!(nfc(&nfc(&text)), nfc(&text));
        prop_assert_eq!(nfc_block(&nfc_block(&text)), nfc_block(&text));
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
        prop_assert_eq!(fold(&nfc(&text)), fold(&text.replace(|c| nfc(&format!("a{c}b")) == "ab", "")));
    }

    #[test]
    fn likeness_is_between_nothing_and_one_and_the_same_both_ways(a in vietnamese(), b in vietnamese()) {
        let likeness = similarity(&a, &b);
        prop_assert!((0.0..=1.0).contains(&likeness));
        prop_assert_eq!(likeness, similarity(&b, &a));
        prop_assert!(fold(&a).is_empty() || similarity(&a, &a) == 1.0);
    }

    #[test]
    fn cutting_long_keys_keeps_their_order(
        a in "[a-dđ]{3}[1-9]{1,3}",
        b in "[a-dđ]{3}[1-9]{1,3}",
        tail in "[a-z]{200}",
    ) {
        let long = |front: &str| sort_key(&format!("{front} {tail}"));
        prop_assert!(long(&a).len() == 120 && sort_key(&a).len() < 120);
        prop_assert_eq!(sort_key(&a).cmp(&sort_key(&b)), long(&a).cmp(&long(&b)));
    }

    #[test]
    fn a_slug_is_short_and_has_no_loose_dash(text in vietnamese()) {
        let slug = slug(&text);
        prop_assert!(slug.len() <= 80 && !slug.starts_with('-') && !slug.ends_with('-') && !slug.contains("--"));
    }
}

#[test]
fn a_long_text_is_cut_at_a_word() {
    assert_eq!(clip("Cổng thông tin điện tử  thành phố", 20), "Cổng thông tin điện…");
    assert_eq!(clip("ngắn", 20), "ngắn");
}
