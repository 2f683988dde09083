//! What typed units mean, over all units of the pack.

use chrono::NaiveDate;

use crate::region::{Asked, Level, Place, Places, Region, Said, Today, Unit, UnitRefusal, origin, provinces};
use crate::text;

const TODAY: &str = "2026-11-26";
const BEFORE: &str = "2025-06-30";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn pack() -> Region {
    let read = |text: &str| csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect::<Vec<_>>();
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let units = read(include_str!("../../../../programme/hanoi/units/units.csv")).into_iter().map(|row| Unit {
        id: row[0].into(),
        code: row[1].into(),
        level: match &row[2] {
            "province" => Level::Province,
            "district" => Level::District,
            _ => Level::Commune,
        },
        kind: row[3].into(),
        name: row[4].into(),
        full_name: row[5].into(),
        name_fold: text::fold(&row[4]),
        parent_id: some(&row[6]),
        valid_from: some(&row[7]).map(|on| day(&on)),
        valid_to: some(&row[8]).map(|on| day(&on)),
        lon: None,
        lat: None,
    });
    let successors: Vec<(String, String)> = read(include_str!("../../../../programme/hanoi/units/successors.csv"))
        .into_iter()
        .map(|row| (row[0].into(), row[1].into()))
        .collect();
    Region::new(units.collect(), &successors, None)
}

/// Id of the unit, or the other province, and what is told.
fn read(region: &Region, typed: &str, on: &str) -> Result<(String, Vec<String>), UnitRefusal> {
    let found = region.read(Asked { unit: typed, on: Some(day(on)), ..Asked::default() }, day(TODAY))?;
    let place = match found.place {
        Place::Here(unit) => unit.id.clone(),
        Place::Elsewhere(province) => province,
    };
    Ok((place, found.notes.into_iter().map(|note| note.vi.into_owned()).collect()))
}

fn id(region: &Region, typed: &str, on: &str) -> String {
    read(region, typed, on).map_or_else(|refusal| format!("{refusal:?}"), |(id, _)| id)
}

/// The same words with the tones of open oa, oe, uy on the first vowel, and on the last.
fn tones(name: &str) -> [String; 2] {
    let mut first = name.to_owned();
    for (new, old) in
        [("oà", "òa"), ("oá", "óa"), ("oả", "ỏa"), ("oạ", "ọa"), ("uý", "úy"), ("uỵ", "ụy"), ("uỷ", "ủy"), ("uỳ", "ùy"), ("oè", "òe")]
    {
        first = first.replace(new, old);
    }
    [first, text::spelling(name)]
}

#[test]
fn every_old_unit_is_read_by_name_kind_district_tones_address_and_code() {
    let region = pack();
    let old: Vec<&Unit> = region.communes(day(BEFORE)).into_iter().filter(|unit| unit.id.ends_with(".old")).collect();
    assert_eq!(old.len(), 526);
    for unit in &old {
        let district = region.get(unit.parent_id.as_deref().unwrap()).unwrap();
        let (full, above) = (&unit.full_name, &district.full_name);
        let mut ways = vec![
            format!("{full}, {above}"),
            format!("{full} - {above}").to_uppercase(),
            format!("Số 12, thôn 3, {full}, {above}, TP Hà Nội"),
            format!("{full} {above} Hà Nội"),
            format!("{full} (cũ), {above}"),
        ];
        ways.extend(tones(&format!("{full}, {above}")));
        for way in &ways {
            assert_eq!(id(&region, way, BEFORE), unit.id, "{way}");
        }
        let (after, notes) = read(&region, &ways[0], TODAY).unwrap();
        assert_eq!(after, unit.id, "{full}");
        let heirs = match region.today(&unit.id, None, day(TODAY)) {
            Today::Known(heir) => vec![heir],
            Today::Unclear(heirs) => heirs,
        };
        assert!(
            notes.iter().any(|note| note.contains("không còn từ 01/07/2025") && note.contains(&region.label(&heirs[0]))),
            "{full}: {notes:?}"
        );
        assert_eq!(id(&region, &unit.code, BEFORE), unit.id, "a code means the unit of its day");
        let found = region.find(&ways[0], None, day(TODAY)).unwrap();
        assert_eq!(found.id, unit.id);
        // without its district it is found where no other has its name and kind
        let is_only = old.iter().filter(|other| text::same_spelling(&other.name, &unit.name) && other.kind == unit.kind).count() == 1;
        if is_only {
            assert_eq!(id(&region, full, BEFORE), unit.id, "{full}");
        }
    }
}

#[test]
fn every_unit_of_today_is_read_by_name_kind_tones_and_code_and_wins_unless_the_day_says_otherwise() {
    let region = pack();
    let new = region.communes(day(TODAY));
    assert_eq!(new.len(), 126);
    for unit in &new {
        let mut ways = vec![
            unit.full_name.clone(),
            unit.name.clone(),
            unit.full_name.to_uppercase(),
            format!("Số 5, tổ 3, {}, thành phố Hà Nội, Việt Nam", unit.full_name),
            format!("{} (mới)", unit.full_name),
        ];
        ways.extend(tones(&unit.full_name));
        for way in &ways {
            assert_eq!(id(&region, way, TODAY), unit.id, "{way}");
        }
        assert_eq!(read(&region, &unit.full_name, TODAY).unwrap().1, Vec::<String>::new(), "{}", unit.full_name);
        assert_eq!(id(&region, &format!("{} (mới)", unit.full_name), BEFORE), unit.id);
        assert_eq!(id(&region, &unit.code, TODAY), unit.id, "a code means today's unit");
        assert_eq!(region.find(&unit.code, None, day(TODAY)).unwrap().id, unit.id);
    }
}

#[test]
fn every_unit_is_written_so_that_it_is_found_again_on_its_day() {
    let region = pack();
    for unit in region.units().iter().filter(|unit| unit.level != Level::Province) {
        for on in [BEFORE, TODAY] {
            let written = region.written(&unit.id, Some(day(on)), day(TODAY));
            assert_eq!(id(&region, &written, on), unit.id, "{written}");
        }
    }
    assert_eq!(region.written("00577.2025", Some(day(BEFORE)), day(TODAY)), "Xã Bát Tràng (mới)");
    assert_eq!(region.written("00577.2025", Some(day(TODAY)), day(TODAY)), "Xã Bát Tràng");
}

#[test]
fn addresses_are_read_from_their_end() {
    let region = pack();
    for (typed, today, before) in [
        ("Số 12, thôn 3, xã Bát Tràng, huyện Gia Lâm, TP Hà Nội", "00583.old", "00583.old"),
        ("Bát Tràng/Gia Lâm", "00583.old", "00583.old"),
        ("xã Bát Tràng – H. Gia Lâm", "00583.old", "00583.old"),
        ("Xã Tản Lĩnh huyện Ba Vì", "09694.old", "09694.old"),
        ("Km 5 đường Láng, phường Láng", "00199.2025", "00199.2025"),
        ("Xóm Giả Định, Bát Tràng, Hà Nội", "00577.2025", "00583.old"),
        ("Khu 3 TT Tây Đằng, Ba Vì", "09619.old", "09619.old"),
        ("Đường Lâm, Sơn Tây", "09592.old", "09592.old"),
        ("Số 58 Quốc Tử Giám, phường Văn Miếu - Quốc Tử Giám, Hà Nội 100000", "00226.2025", "00226.2025"),
        ("phường Văn Miếu - Quốc Tử Giám - TP Hà Nội", "00226.2025", "00226.2025"),
        ("Thị trấn Chúc Sơn, huyện Chương Mĩ", "10015.old", "10015.old"),
        ("Thôn 10, xã Ba Vì, thành phố Hà Nội", "09700.2025", "09703.old"),
        ("Xã Hoà Lạc, Huyện Thạch Thất", "09988.2025", "09988.2025"),
        ("577", "00577.2025", "00577.old"),
        ("00577 Xã Đa Tốn", "00577.old", "00577.old"),
        ("00577, Xã Bát Tràng", "00577.2025", "00577.2025"),
        ("Xã Suối Hai (Xã Ba Trại cũ)", "09694.2025", "09697.old"),
        ("Xã Ba Trại (nay là Xã Suối Hai)", "09697.old", "09697.old"),
        ("Xã Đa Tốn cũ, nay là xã Gia Lâm", "00565.2025", "00565.2025"),
        ("Số 9 ngõ 12, xã Bát Tràng (xã Kim Lan cũ), thành phố Hà Nội", "00577.2025", "00586.older"),
        ("Bát Tràng (cũ)", "00583.old", "00583.old"),
        ("huyện Gia Lâm Hà Nội", "d018.old", "d018.old"),
        ("Gia Lâm", "00565.2025", "d018.old"),
        ("Phường Thanh Xuân Nam, Quận Thanh Xuân", "00370.older", "00370.older"),
        ("Phường Yết Kiêu, Quận Hà Đông", "09547.older", "09547.older"),
    ] {
        assert_eq!(id(&region, typed, TODAY), today, "{typed}");
        assert_eq!(id(&region, typed, "2023-06-19"), before, "{typed} in 2023");
    }
}

#[test]
fn what_is_assumed_is_told() {
    let region = pack();
    for (typed, on, told) in [
        ("Phường Yên Hoà", "2023-06-19", "trước 01/07/2025 là Phường Yên Hòa, Quận Cầu Giấy"),
        ("Xã Hòa Phú", "2025-06-19", "ghi Xã Hoà Phú của nay"),
        ("00577, Xã Kim Lan", TODAY, "mã 00577 không phải của “Xã Kim Lan”; ghi theo mã"),
        ("00577, Xã Bát Tràng", "2023-06-19", "mã này khi đó là của Xã Đa Tốn"),
        ("577", TODAY, "được đọc là mã 00577"),
        ("Xã Bắt Tràng", TODAY, "khác dấu với Xã Bát Tràng"),
        ("Phường Bát Tràng", TODAY, "được đọc là Xã Bát Tràng"),
        ("Xã Hoà Lạc, Huyện Thạch Thất", TODAY, "từ 01/07/2025 không còn “Huyện Thạch Thất”"),
        ("Xã Hòa Xá, Huyện Ứng Hòa", TODAY, "Xã Hòa Xá, Huyện Ứng Hòa không còn từ 01/01/2025; giữ như đã ghi, nay là"),
        ("Phường Thanh Xuân Nam", TODAY, "chưa rõ nay là xã, phường nào"),
        ("huyện Gia Lâm", TODAY, "chưa rõ nay là đơn vị nào: "),
        ("79 Đinh Tiên Hoàng, Hoàn Kiếm, Hà Nội", TODAY, "vừa là Quận Hoàn Kiếm trước đây vừa là Phường Hoàn Kiếm"),
        ("Xã Ba Vì (Xã Ba Trại cũ)", TODAY, "không vào Xã Ba Vì"),
        ("Yên Viên, Gia Lâm", TODAY, "cả hai nay thuộc Xã Phù Đổng"),
        ("Xã Quảng Trực, huyện Tuy Đức, tỉnh Đắk Nông", TODAY, "ghi xuất xứ Lâm Đồng"),
    ] {
        let (_, notes) = read(&region, typed, on).unwrap();
        assert!(notes.iter().any(|note| note.contains(told)), "{typed}: {notes:?}");
    }
}

#[test]
fn only_what_never_existed_or_fits_several_is_refused_with_what_is_near() {
    let region = pack();
    let find = |typed: &str| region.find(typed, None, day(TODAY)).unwrap_err();
    for (typed, near) in [
        ("Xã Bát Trang Mới", "Xã Bát Tràng"),
        ("Xã Bát Tràng, huyện Ba Vì", "Xã Bát Tràng, Huyện Gia Lâm"),
        ("Phường Thanh Xuân Na, Quận Thanh Xuân", "Phường Thanh Xuân Nam, Quận Thanh Xuân"),
    ] {
        match find(typed) {
            UnitRefusal::Unknown(unknown) => assert!(unknown.near.iter().any(|name| name.starts_with(near)), "{typed}: {:?}", unknown.near),
            other => panic!("{typed}: {other:?}"),
        }
    }
    assert!(matches!(find("phường Minh Khai"), UnitRefusal::Ambiguous { .. }));
    assert!(matches!(find("Vạn Phúc"), UnitRefusal::Ambiguous { .. }), "marks count: not Vân Phúc");
    assert!(matches!(find("xã A, tỉnh Bắc Ninh"), UnitRefusal::Elsewhere { province, .. } if province == "Bắc Ninh"));
    assert!(matches!(find("Thôn Thanh Thuỷ"), UnitRefusal::Unknown(_)));
}

#[test]
fn other_provinces_are_read_by_their_names_of_any_day() {
    assert_eq!(
        (
            provinces().iter().filter(|province| province.stands()).count(),
            provinces().iter().filter(|province| !province.stands() && province.valid_to == Some(day("2025-07-01"))).count()
        ),
        (34, 29)
    );
    for province in provinces().iter().filter(|province| !province.stands()) {
        assert!(provinces().iter().any(|heir| heir.stands() && heir.name == province.into), "{}", province.name);
    }
    let origin = |typed: &str| origin(typed, "Hà Nội");
    for (typed, name, is_told) in [
        ("Bắc Giang", "Bắc Ninh", true),
        ("tỉnh Đắk Nông", "Lâm Đồng", true),
        ("Đắc Lắc", "Đắk Lắk", false),
        ("TP.HCM", "Hồ Chí Minh", false),
        ("Thanh Hoá", "Thanh Hóa", false),
        ("SON LA", "Sơn La", false),
        ("Hà Nội", "", false),
        ("tỉnh Hà Tây", "", true),
        ("Lào", "Lào", true),
        ("Việt Nam", "", false),
    ] {
        let (found, note) = origin(typed);
        assert_eq!((found.as_str(), note.is_some()), (name, is_told), "{typed}: {note:?}");
    }
    let region = pack();
    for (typed, place) in [
        ("Xã Tam Hồng, Vĩnh Phúc", "Phú Thọ"),
        ("Vĩnh Phúc", "00006.old"),
        ("Phường 5, quận Gò Vấp, Sài Gòn", "Hồ Chí Minh"),
        ("Thôn Bắc Ninh, xã Bát Tràng", "00577.2025"),
        ("Hòa Bình", "10198.old"),
        ("Phường Hoà Bình, tỉnh Phú Thọ", "Phú Thọ"),
    ] {
        assert_eq!(id(&region, typed, TODAY), place, "{typed}");
    }
}

#[test]
fn rows_of_a_file_say_their_place_in_several_cells() {
    let region = pack();
    let mut places = Places::new(&region, day(TODAY));
    let mut found =
        |unit: &str, district: &str, address: &str, origin: &str| match places.find(Said { unit, district, address, origin, on: None }) {
            Ok(Some(at)) => {
                let place = places.get(at);
                (
                    place.unit_id.clone().unwrap_or_else(|| place.origin.clone()),
                    place.notes.iter().map(|note| note.vi.to_string()).collect::<Vec<_>>().join(" / "),
                )
            }
            Ok(None) => ("–".to_owned(), String::new()),
            Err((cell, text)) => (format!("{cell:?}"), text.vi.into_owned()),
        };
    assert_eq!(found("Bát Tràng", "Gia Lâm", "", "").0, "00583.old");
    assert_eq!(found("", "Gia Lâm", "", "").0, "d018.old");
    assert_eq!(found("Xã Bát Tràng", "Quận Không Có", "", "").0, "District");
    assert_eq!(found("Xã Không Đâu", "Gia Lâm", "", "").0, "Unit");
    let (unit, told) = found("", "", "Xưởng ở số 4, ngách 2, ngõ 7, xóm 5, xã Bát Tràng, huyện Gia Lâm, Hà Nội", "");
    assert!(unit == "00583.old" && told.contains("đọc từ địa chỉ"), "{unit}: {told}");
    assert_eq!(found("", "", "79 phố Không Tên", "").0, "–", "an address that names no unit is no fault");
    let (unit, told) = found("Xã Bát Tràng", "", "Thôn 3, xã Ba Vì, Hà Nội", "");
    assert!(unit == "00577.2025" && told.contains("khác Xã Bát Tràng đã ghi"), "{unit}: {told}");
    assert_eq!(
        found("Xã Bát Tràng", "", "Thôn 3, xã Bát Tràng, huyện Gia Lâm", ""),
        ("00577.2025".to_owned(), String::new()),
        "the old name of the same place agrees"
    );
    assert_eq!(found("Xã Phú Cường", "", "Thôn 3, xã Phú Cường, huyện Ba Vì", "").0, "09625.old", "the address says which of two");
    assert_eq!(found("", "", "", "Lào").0, "Lào");
    assert_eq!(found("Xã Bát Tràng", "", "", "Hà Nội").0, "00577.2025");
    let (place, told) = found("Xã Bát Tràng", "", "", "Sơn La");
    assert!(place == "Sơn La" && told.contains("hãy bỏ xuất xứ"), "{place}: {told}");
    assert_eq!(found("", "", "", "").0, "–");
}

#[test]
fn where_today_has_no_hits_the_old_units_of_its_name_come_first() {
    let region = pack();
    let names = |id: &str| region.instead_of(id).into_iter().map(|unit| unit.full_name.clone()).collect::<Vec<_>>();
    assert_eq!(names("00565.2025")[0], "Huyện Gia Lâm");
    assert_eq!(names("00070.2025")[0], "Quận Hoàn Kiếm");
    assert!(names("00577.2025").contains(&"Huyện Gia Lâm".to_owned()) && names("00577.2025")[0] == "Xã Bát Tràng");
}
