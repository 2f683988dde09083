use super::*;
use crate::text::Tongue;

/// Two squares of 10 × 10 steps side by side that share an edge, the second with a hole; a unit
/// of two parts; one step is a tenth of a degree from 105, 21. Drawn for these tests.
const SQUARES: &str = r#"{
  "type": "Topology",
  "transform": {"scale": [0.1, 0.1], "translate": [105, 21]},
  "arcs": [
    [[10, 0], [0, 10]],
    [[10, 10], [-10, 0], [0, -10], [10, 0]],
    [[10, 10], [10, 0], [0, -10], [-10, 0]],
    [[14, 4], [0, 2], [2, 0], [0, -2], [-2, 0]],
    [[30, 0], [2, 0], [0, 2], [-2, 0], [0, -2]],
    [[40, 0], [2, 0], [0, 2], [-2, 0], [0, -2]]
  ],
  "objects": {
    "units": {"type": "GeometryCollection", "geometries": [
      {"type": "Polygon", "arcs": [[0, 1]], "properties": {"code": "00001", "name": "tây"}},
      {"type": "Polygon", "arcs": [[-1, -3], [3]], "id": "unused", "properties": {"code": "00002"}},
      {"type": "MultiPolygon", "arcs": [[[4]], [[5]]], "id": 7},
      {"type": null}
    ]}
  }
}"#;

fn squares() -> Boundaries {
    Boundaries::from_topojson(SQUARES).unwrap()
}

#[test]
fn a_position_is_found_in_the_unit_that_holds_it() {
    let squares = squares();
    assert_eq!(squares.find(105.5, 21.5), ["00001"]);
    assert_eq!(squares.find(106.2, 21.2), ["00002"]);
    assert_eq!(squares.find(108.1, 21.1), ["7"]);
    assert_eq!(squares.find(109.1, 21.1), ["7"]);
    assert!(squares.find(108.5, 21.1).is_empty());
    assert!(squares.find(104.9, 21.5).is_empty() && squares.find(105.5, 22.1).is_empty());
}

#[test]
fn a_position_in_a_hole_is_outside() {
    let squares = squares();
    assert_eq!(squares.contains("00002", 106.5, 21.5), Some(false));
    assert_eq!(squares.contains("00002", 106.35, 21.5), Some(true));
    assert!(squares.find(106.5, 21.5).is_empty());
}

#[test]
fn a_position_on_a_shared_border_is_in_one_unit_only() {
    let squares = squares();
    for step in 0..100 {
        let lat = 21.0 + f64::from(step) / 100.0;
        assert_eq!(squares.find(106.0, lat).len(), 1, "{lat}");
    }
}

#[test]
fn a_unit_that_is_not_known_is_neither_in_nor_out() {
    assert_eq!(squares().contains("9", 105.5, 21.5), None);
    assert_eq!(squares().contains("00001", 106.5, 21.1), Some(false));
    assert_eq!(squares().bounds("9"), None);
}

#[test]
fn codes_and_boxes_are_those_of_the_file() {
    let squares = squares();
    assert_eq!(squares.codes().collect::<Vec<_>>(), ["00001", "00002", "7"]);
    let bounds = squares.bounds("7").unwrap();
    for (got, expected) in bounds.iter().zip([108.0, 21.0, 109.2, 21.2]) {
        assert!((got - expected).abs() < 1e-9, "{bounds:?}");
    }
}

#[test]
fn plain_arcs_are_positions_themselves() {
    let plain = r#"{"type":"Topology","arcs":[[[1,1],[3,1],[3,3],[1,3],[1,1]]],
        "objects":{"a":{"type":"Polygon","arcs":[[0]],"id":"x"}}}"#;
    let plain = Boundaries::from_topojson(plain).unwrap();
    assert_eq!(plain.find(2.0, 2.0), ["x"]);
    assert!(plain.find(f64::NAN, 2.0).is_empty());
}

#[test]
fn a_file_that_is_not_as_it_should_be_is_refused_with_the_reason() {
    let with = |from: &str, to: &str| Boundaries::from_topojson(&SQUARES.replace(from, to)).unwrap_err();
    assert!(matches!(Boundaries::from_topojson("{"), Err(GeoError::Json { .. })));
    assert_eq!(with("Topology", "FeatureCollection"), GeoError::NotTopology);
    assert_eq!(with(r#""id": 7"#, r#""id": null"#), GeoError::NoCode { index: 2 });
    assert_eq!(with("[[[4]], [[5]]]", "[[[4]], [[-9]]]"), GeoError::NoArc { code: "7".into(), arc: -9 });
    assert_eq!(with("[[0, 1]]", "[[1]]"), GeoError::Ring { code: "00001".into() });
    assert_eq!(with(r#""MultiPolygon""#, r#""LineString""#), GeoError::NotArea { kind: "LineString".into() });
    assert!(matches!(with("[[0, 1]]", r#""arcs""#), GeoError::Json { .. }));
    assert!(matches!(with("[10, 0], [0, 10]", "[10], [0, 10]"), GeoError::Json { .. }));
}

#[test]
fn distances_are_those_of_the_globe() {
    assert_eq!(distance_m(105.85, 21.03, 105.85, 21.03), 0.0);
    let degree = distance_m(0.0, 0.0, 0.0, 1.0);
    assert!((degree - 111_195.0).abs() < 1.0, "{degree}");
    let narrowed = distance_m(0.0, 60.0, 1.0, 60.0);
    assert!((narrowed - degree / 2.0).abs() < 10.0, "{narrowed}");
    let half_way_round = distance_m(0.0, 0.0, 180.0, 0.0);
    assert!((half_way_round - 180.0 * degree).abs() < 1.0, "{half_way_round}");
}

#[test]
fn swapped_and_mistyped_coordinates_are_not_in_viet_nam() {
    assert!(vietnam_box(105.85, 21.03) && vietnam_box(106.7, 10.8) && vietnam_box(112.3, 16.5));
    assert!(!vietnam_box(21.03, 105.85) && !vietnam_box(0.0, 0.0) && !vietnam_box(f64::NAN, 21.0));
}

#[test]
fn every_refusal_says_in_both_languages_what_to_do() {
    for error in [
        GeoError::Json { detail: "x".into() },
        GeoError::NotTopology,
        GeoError::NoCode { index: 1 },
        GeoError::NotArea { kind: "Point".into() },
        GeoError::NoArc { code: "1".into(), arc: 2 },
        GeoError::Ring { code: "1".into() },
    ] {
        assert!(error.text(Tongue::Vi).contains("Hãy"), "{error:?}");
        assert!(error.text(Tongue::En).contains("Export the file again"), "{error:?}");
    }
}
