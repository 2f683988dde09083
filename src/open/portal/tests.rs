//! Pure helpers of the public pages.

use super::words;
use crate::point::hours::{Door, Hours};
use crate::text::Tongue;

fn lines(typed: &str) -> Vec<String> {
    Hours::parse(typed).unwrap().lines(Tongue::Vi).into_iter().map(|(days, times)| format!("{days}: {times}")).collect()
}

#[test]
fn hours_are_said_in_words() {
    assert_eq!(lines("Mo-Su 08:00-20:00"), ["Hằng ngày: 8:00–20:00"]);
    assert_eq!(lines("08:00-20:00"), ["Hằng ngày: 8:00–20:00"]);
    assert_eq!(
        lines("Mo-Fr 08:00-11:30,13:30-17:00; Sa,Su 09:00-21:00"),
        ["Thứ Hai – thứ Sáu: 8:00–11:30, 13:30–17:00", "Thứ Bảy, Chủ nhật: 9:00–21:00"]
    );
    assert_eq!(lines("Mo-Su 08:00-20:00; Mo off"), ["Thứ Hai: nghỉ", "Thứ Ba – Chủ nhật: 8:00–20:00"]);
    assert_eq!(lines("Mo,We-Fr 8:00-12:00"), ["Thứ Hai, thứ Tư – thứ Sáu: 8:00–12:00", "Thứ Ba, thứ Bảy, Chủ nhật: nghỉ"]);
    assert_eq!(lines("24/7"), ["Hằng ngày: cả ngày đêm"]);
    assert_eq!(lines("8h–20h hằng ngày"), ["Hằng ngày: 8:00–20:00"]);
    assert_eq!(lines("Hàng ngày: 8h30 - 21h"), ["Hằng ngày: 8:30–21:00"]);
    assert_eq!(Hours::parse("Mo-Fr 08:00-17:00").unwrap().lines(Tongue::En)[0], ("Monday – Friday".to_owned(), "8:00–17:00".to_owned()));
}

#[test]
fn hours_that_are_not_understood_are_left_as_typed() {
    for typed in [
        "",
        "8h–20h",
        "Mo-Su",
        "sáng chợ phiên",
        "PH off",
        "Mo-Su 08:00-20:00 \"theo mùa\"",
        "Mo-Xx 08:00-20:00",
        "25:00-26:00",
        "08:70-09:00",
        "Mo-Su 08:00+",
        "Jan-Mar 08:00-20:00",
        "off",
    ] {
        assert_eq!(Hours::parse(typed), None, "{typed}");
    }
}

#[test]
fn the_door_follows_the_clock() {
    let hours = Hours::parse("Mo-Sa 08:00-12:00,13:30-20:00").unwrap();
    assert_eq!(hours.door(0, 7 * 60), Door::Shut(Some((0, 8 * 60))));
    assert_eq!(hours.door(0, 8 * 60), Door::Open(Some(12 * 60)));
    assert_eq!(hours.door(0, 12 * 60), Door::Shut(Some((0, 13 * 60 + 30))));
    assert_eq!(hours.door(5, 20 * 60), Door::Shut(Some((2, 8 * 60))));
    assert_eq!(hours.door_words(5, 20 * 60, Tongue::Vi), (false, "Đã đóng cửa, mở lại 8:00 thứ Hai".to_owned()));
    assert_eq!(hours.door_words(0, 600, Tongue::En), (true, "Open until 12:00".to_owned()));
    let late = Hours::parse("Fr 18:00-02:00").unwrap();
    assert_eq!(late.door(4, 23 * 60), Door::Open(Some(2 * 60)));
    assert_eq!(late.door(5, 60), Door::Open(Some(2 * 60)));
    assert_eq!(late.door(5, 2 * 60), Door::Shut(Some((6, 18 * 60))));
    assert_eq!(Hours::parse("24/7").unwrap().door(3, 5), Door::Open(None));
}

#[test]
fn hours_reach_search_engines() {
    let told = Hours::parse("Mo-Fr 08:00-17:00; Sa 20:00-02:00").unwrap().specification();
    assert_eq!(told.as_array().unwrap().len(), 2);
    assert_eq!(told[0]["opens"], "08:00");
    assert_eq!(told[0]["dayOfWeek"].as_array().unwrap().len(), 5);
    assert_eq!(told[1]["closes"], "02:00");
}

#[test]
fn numbers_are_written_as_readers_expect() {
    assert_eq!(words::number(3068, Tongue::Vi), "3.068");
    assert_eq!(words::number(1_250_000, Tongue::En), "1,250,000");
    assert_eq!(words::number(118, Tongue::Vi), "118");
}

#[test]
fn json_cannot_end_its_script_element() {
    assert!(!words::script_json(&serde_json::json!({"name": "</script><b>"})).contains('<'));
}
