//! Positions on the map: distances, and which unit's area holds a position.
//!
//! All coordinates are WGS 84 degrees, longitude before latitude as GeoJSON has it.

#[cfg(test)]
mod tests;
mod topology;

pub use topology::GeoError;

use std::collections::BTreeMap;

/// Mean radius of the Earth in metres (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Distance between two positions on a sphere of the Earth's mean radius, in metres
/// (haversine; within 0.6 % of the ellipsoid).
pub fn distance_m(lon_a: f64, lat_a: f64, lon_b: f64, lat_b: f64) -> f64 {
    let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let across = lat_a.to_radians().cos() * lat_b.to_radians().cos() * half(lon_b - lon_a);
    let chord = (half(lat_b - lat_a) + across).clamp(0.0, 1.0);
    2.0 * EARTH_RADIUS_M * chord.sqrt().asin()
}

/// Whether a position can lie in Viet Nam at all: longitude 102 to 118, latitude 8 to 24.
///
/// The mainland reaches from 8°34′ north (Đất Mũi) to 23°23′ (Lũng Cú) and from 102°09′ east
/// (Sín Thầu) to 109°24′ (Vạn Thạnh), as school geography gives it; rounded outwards, and
/// eastwards to 118 for the islands (117°20′). The waters south of 8° and west of 102° are left
/// out. This is a check against swapped and mistyped coordinates, no statement about borders.
pub fn vietnam_box(lon: f64, lat: f64) -> bool {
    (102.0..=118.0).contains(&lon) && (8.0..=24.0).contains(&lat)
}

/// The areas of units, each under its code.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Boundaries {
    units: BTreeMap<String, Vec<Polygon>>,
}

impl Boundaries {
    /// Reads TopoJSON: of every object each Polygon and MultiPolygon (holes too), under its
    /// property `code`, or without one its `id`. Geometries of the same code are one unit.
    /// Quantised and plain arcs are both understood.
    ///
    /// # Errors
    /// [`GeoError`], for the first thing that is not as it should be.
    pub fn from_topojson(json: &str) -> Result<Self, GeoError> {
        topology::read(json).map(|units| Boundaries { units })
    }

    /// The codes of the units whose area holds a position, in the order of codes. A position on
    /// a border that two units share is in one of them only.
    pub fn find(&self, lon: f64, lat: f64) -> Vec<&str> {
        self.units.iter().filter(|(_, area)| holds(area, lon, lat)).map(|(code, _)| code.as_str()).collect()
    }

    /// Whether the area of a unit holds a position; none if its area is not known.
    pub fn contains(&self, code: &str, lon: f64, lat: f64) -> Option<bool> {
        self.units.get(code).map(|area| holds(area, lon, lat))
    }

    /// The least box around a unit's area: west, south, east, north. None if it is not known.
    pub fn bounds(&self, code: &str) -> Option<[f64; 4]> {
        let boxes = self.units.get(code)?.iter().map(|polygon| polygon.bounds);
        boxes.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
    }

    /// The codes of all units, in their order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.units.keys().map(String::as_str)
    }
}

fn holds(area: &[Polygon], lon: f64, lat: f64) -> bool {
    area.iter().any(|polygon| polygon.holds(lon, lat))
}

/// A closed line of positions; its last is its first.
type Ring = Vec<[f64; 2]>;

/// An outer ring and the rings of its holes.
#[derive(Debug, Clone, PartialEq)]
struct Polygon {
    rings: Vec<Ring>,
    /// West, south, east, north.
    bounds: [f64; 4],
}

impl Polygon {
    fn new(rings: Vec<Ring>) -> Self {
        let none = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let bounds = rings
            .iter()
            .flatten()
            .fold(none, |[west, south, east, north], [x, y]| [west.min(*x), south.min(*y), east.max(*x), north.max(*y)]);
        Polygon { rings, bounds }
    }

    /// By the even-odd rule, so that a position in a hole is outside.
    fn holds(&self, lon: f64, lat: f64) -> bool {
        let [west, south, east, north] = self.bounds;
        let near = (west..=east).contains(&lon) && (south..=north).contains(&lat);
        let crossings = || {
            let edges = self.rings.iter().flat_map(|ring| ring.windows(2));
            edges.filter(|edge| is_crossed(edge[0], edge[1], lon, lat)).count()
        };
        near && crossings() % 2 == 1
    }
}

/// Whether a line eastwards from a position crosses an edge. The edge is always taken from south
/// to north, so that two areas that share it agree on which side a position is.
fn is_crossed(a: [f64; 2], b: [f64; 2], lon: f64, lat: f64) -> bool {
    let (low, high) = if a[1] <= b[1] { (a, b) } else { (b, a) };
    let spans = low[1] <= lat && lat < high[1];
    spans && lon < low[0] + (high[0] - low[0]) * (lat - low[1]) / (high[1] - low[1])
}
