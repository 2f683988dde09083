mod reading;

use chrono::NaiveDate;

use super::{Level, Region, Today, Under, Unit, UnitRefusal};
use crate::geo::Boundaries;
use crate::testing::{TestApp, begin_day};
use crate::{store_test, text};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn unit(id: &str, level: Level, name: &str, parent: Option<&str>, from: Option<&str>, to: Option<&str>) -> Unit {
    Unit {
        id: id.into(),
        code: id.split('.').next().unwrap_or(id).into(),
        level,
        kind: if level == Level::Commune { "xa" } else { "huyen" }.into(),
        name: name.into(),
        full_name: format!("{} {name}", if level == Level::Commune { "Xã" } else { "Huyện" }),
        name_fold: text::fold(name),
        parent_id: parent.map(str::to_owned),
        valid_from: from.map(day),
        valid_to: to.map(day),
        lon: None,
        lat: None,
    }
}

/// An invented province: one old commune split into two new ones with square boundaries, one taken over whole.
fn invented(with_boundaries: bool) -> Region {
    const CUT: &str = "2025-07-01";
    let units = vec![
        unit("01", Level::Province, "Đất Mẫu", None, None, None),
        unit("d1.old", Level::District, "Huyện Mẫu", Some("01"), None, Some(CUT)),
        unit("a.old", Level::Commune, "Cũ", Some("d1.old"), None, Some(CUT)),
        unit("b.old", Level::Commune, "Trọn", Some("d1.old"), None, Some(CUT)),
        unit("west.new", Level::Commune, "Tây", Some("01"), Some(CUT), None),
        unit("east.new", Level::Commune, "Đông", Some("01"), Some(CUT), None),
    ];
    let successors: Vec<(String, String)> =
        [("a.old", "west.new"), ("a.old", "east.new"), ("b.old", "west.new")].iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
    // two squares side by side: west 105.0–105.1, east 105.1–105.2
    let topojson = r#"{"type":"Topology","objects":{"units":{"type":"GeometryCollection","geometries":[
        {"type":"Polygon","properties":{"code":"west"},"arcs":[[0]]},{"type":"Polygon","properties":{"code":"east"},"arcs":[[1]]}]}},
        "arcs":[[[105.0,21.0],[105.1,21.0],[105.1,21.1],[105.0,21.1],[105.0,21.0]],[[105.1,21.0],[105.2,21.0],[105.2,21.1],[105.1,21.1],[105.1,21.0]]]}"#;
    let boundaries = with_boundaries.then(|| Boundaries::from_topojson(topojson).expect("two squares"));
    Region::new(units, &successors, boundaries)
}

#[test]
fn a_whole_successor_is_certain_and_a_split_one_is_a_question() {
    let region = invented(false);
    let on = begin_day();
    assert_eq!(region.today("b.old", None, on), Today::Known("west.new".into()));
    assert_eq!(region.today("a.old", None, on), Today::Unclear(vec!["east.new".into(), "west.new".into()]));
    assert_eq!(
        region.today("a.old", Some((105.05, 21.05)), on),
        Today::Unclear(vec!["east.new".into(), "west.new".into()]),
        "no boundary, no guess"
    );
    assert_eq!(region.today("a.old", None, day("2025-06-30")), Today::Known("a.old".into()), "on its own day it is itself");
    assert_eq!(region.today("nowhere", None, on), Today::Unclear(Vec::new()));
}

#[test]
fn invented_boundaries_decide_by_the_pin() {
    let region = invented(true);
    let on = begin_day();
    assert_eq!(region.today("a.old", Some((105.05, 21.05)), on), Today::Known("west.new".into()));
    assert_eq!(region.today("a.old", Some((105.15, 21.05)), on), Today::Known("east.new".into()));
    assert_eq!(region.today("d1.old", Some((105.15, 21.05)), on), Today::Known("east.new".into()), "a district and a pin are enough");
    assert!(matches!(region.today("a.old", Some((106.0, 21.05)), on), Today::Unclear(_)), "a pin outside decides nothing");
}

#[test]
fn a_pin_outside_its_unit_is_told() {
    let region = invented(true);
    let on = begin_day();
    assert_eq!(region.pin_fits("west.new", 105.05, 21.05, on), Some(true));
    assert_eq!(region.pin_fits("west.new", 105.15, 21.05, on), Some(false));
    assert_eq!(region.pin_fits("a.old", 105.15, 21.05, on), Some(true), "either successor will do");
    assert_eq!(region.pin_fits("a.old", 106.0, 21.05, on), Some(false));
    assert_eq!(invented(false).pin_fits("west.new", 105.15, 21.05, on), None, "without boundaries nobody can say");
}

#[test]
fn a_place_is_listed_under_old_and_new_units() {
    let region = invented(false);
    let listed = |unit: &str, today: &Today| {
        region
            .listed(unit, today)
            .into_iter()
            .map(|listed| format!("{}{}", listed.unit_id, if listed.is_sure { "" } else { "?" }))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(listed("b.old", &Today::Known("west.new".into())), "b.old d1.old west.new");
    assert_eq!(listed("a.old", &region.today("a.old", None, begin_day())), "a.old d1.old east.new? west.new?");
    assert_eq!(
        listed("west.new", &Today::Known("west.new".into())),
        "a.old b.old d1.old west.new",
        "who looks for the old name finds what is there now"
    );
}

store_test! {
    async fn the_pack_is_in_the_store(app: TestApp) {
        let region = app.region();
        assert_eq!(region.communes(begin_day()).len(), 126);
        assert_eq!(region.communes(day("2025-06-30")).iter().filter(|unit| unit.id.ends_with(".old")).count(), 526);
        assert_eq!(region.districts().iter().filter(|unit| unit.id.ends_with(".old")).count(), 30);
        assert_eq!(region.province().name, "Hà Nội");
        assert!(!region.has_boundaries());
    }

    async fn what_lies_under_a_unit_is_what_is_listed_under_it(app: TestApp) {
        for region in [app.region(), &invented(true)] {
            let units: Vec<&Unit> = region.units().iter().filter(|unit| unit.level != Level::Province).collect();
            for day in [day("2024-01-01"), begin_day()] {
                let listed: Vec<_> = units.iter().map(|unit| region.listed(&unit.id, &region.today(&unit.id, None, day))).collect();
                for asked in &units {
                    let mut naive = Under::default();
                    for (unit, listed) in units.iter().zip(&listed) {
                        for listed in listed.iter().filter(|listed| listed.unit_id == asked.id) {
                            if listed.is_sure { naive.recorded.push(unit.id.clone()) } else { naive.maybe.push(unit.id.clone()) }
                        }
                        if unit.id == asked.id || unit.parent_id.as_ref() == Some(&asked.id) {
                            naive.now.push(unit.id.clone());
                        }
                    }
                    assert_eq!(region.under(&asked.id, day), naive, "{} on {day}", asked.id);
                }
            }
        }
    }

    async fn names_and_codes_find_their_unit(app: TestApp) {
        let region = app.region();
        let find = |typed: &str| region.find(typed, None, begin_day()).map(|unit| unit.id.clone());
        assert_eq!(find("Bát Tràng").unwrap(), "00577.2025");
        assert_eq!(find("xã bát tràng, Hà Nội").unwrap(), "00577.2025");
        assert_eq!(find("BAT TRANG").unwrap(), "00577.2025");
        assert_eq!(find("00577.2025").unwrap(), "00577.2025");
        assert_eq!(find("Bát Tràng, Gia Lâm").unwrap(), "00583.old", "with its district the old one is meant");
        assert_eq!(find("Vạn Phúc, Hà Đông").unwrap(), "09544.old");
        assert_eq!(find("phường Vạn Phúc, quận Hà Đông, thành phố Hà Nội").unwrap(), "09544.old");
        assert_eq!(find("Vạn Phúc, Thanh Trì").unwrap(), "00676.old");
        assert!(find("  ").is_err());
        // decomposed letters find the same
        assert_eq!(find("Ba\u{301}t Tra\u{300}ng").unwrap(), "00577.2025");
    }

    async fn a_name_that_fits_several_is_refused_with_the_candidates(app: TestApp) {
        match app.region().find("Vạn Phúc", None, begin_day()) {
            Err(refusal @ UnitRefusal::Ambiguous { .. }) => {
                let text = refusal.text().vi.into_owned();
                assert!(text.contains("Hà Đông") && text.contains("Thanh Trì") && text.contains("hãy ghi rõ"), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }

    async fn an_old_district_is_found(app: TestApp) {
        let unit = app.region().find("huyện Ba Vì", None, begin_day()).unwrap();
        assert_eq!(unit.level, Level::District);
        assert!(app.region().suggest("gia lâm", begin_day(), 12).iter().any(|unit| unit.level == Level::District));
    }

    async fn a_unit_that_never_existed_or_not_then_is_refused(app: TestApp) {
        let region = app.region();
        let refusal = region.find("Xã Không Có Thật", None, begin_day()).unwrap_err();
        assert!(matches!(refusal, UnitRefusal::Unknown(_)) && refusal.text().vi.contains("chính tả"), "{refusal:?}");
        let future = Some((day("2026-01-01"), day("2026-12-31")));
        let refusal = region.find("Vạn Phúc, Hà Đông", future, begin_day()).unwrap_err();
        assert!(matches!(refusal, UnitRefusal::NotOnDate { .. }) && refusal.text().vi.contains("không còn từ ngày 01/07/2025"), "{}", refusal.text().vi);
        let past = Some((day("2021-01-01"), day("2021-12-31")));
        assert_eq!(region.find("Bát Tràng", past, begin_day()).unwrap().id, "00583.old");
        let refusal = region.find("00577.2025", past, begin_day()).unwrap_err();
        assert!(refusal.text().vi.contains("chỉ có từ ngày 01/07/2025"), "{}", refusal.text().vi);
    }

    async fn every_old_commune_leads_somewhere(app: TestApp) {
        let region = app.region();
        let (mut known, mut unclear) = (0, 0);
        for unit in region.communes(day("2025-06-30")).into_iter().filter(|unit| unit.id.ends_with(".old")) {
            match region.today(&unit.id, None, begin_day()) {
                Today::Known(id) => {
                    assert!(region.get(&id).unwrap().is_valid(begin_day()));
                    known += 1;
                }
                Today::Unclear(ids) => {
                    assert!(!ids.is_empty(), "{} leads nowhere", unit.id);
                    unclear += 1;
                }
            }
        }
        assert_eq!(known + unclear, 526);
        assert!(unclear > 100, "sources count 128 or 198 split communes, here {unclear}");
    }

    async fn the_unit_field_suggests(app: TestApp) {
        app.client().get("/don-vi/goi-y?q=b%C3%A1t%20tr").await.expect(200).says("Xã Bát Tràng");
        let labels = app.client().get("/don-vi/nhan.geojson").await.expect(200);
        let parsed: serde_json::Value = serde_json::from_str(&labels.body).unwrap();
        assert_eq!(parsed["features"].as_array().unwrap().len(), 126);
    }
}
