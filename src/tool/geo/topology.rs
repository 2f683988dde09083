//! TopoJSON: areas whose borders are shared arcs.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::{Polygon, Ring};
use crate::text::Tongue;

/// Why a file of boundaries is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GeoError {
    /// Not JSON, or not the members that TopoJSON has.
    Json {
        /// What the parser said.
        detail: String,
    },
    /// JSON, but no topology.
    NotTopology,
    /// An area has neither a property `code` nor an `id`.
    NoCode {
        /// Which geometry it is, counted from 0 through the file.
        index: usize,
    },
    /// A geometry that is no area, as a point or a line.
    NotArea {
        /// Its kind.
        kind: String,
    },
    /// An area names an arc that the file has not.
    NoArc {
        /// Code of the unit.
        code: String,
        /// The arc, as written.
        arc: i64,
    },
    /// A ring is not closed or has less than three corners.
    Ring {
        /// Code of the unit.
        code: String,
    },
}

impl GeoError {
    /// What happened and what to do.
    pub fn text(&self, tongue: Tongue) -> String {
        let (vi, en) = match self {
            GeoError::Json { detail } => (
                format!("Tệp ranh giới không phải là TopoJSON hợp lệ: {detail}."),
                format!("The boundary file is not valid TopoJSON: {detail}."),
            ),
            GeoError::NotTopology => (
                "Tệp ranh giới không phải là TopoJSON (thiếu type “Topology”).".into(),
                "The boundary file is not TopoJSON (its type is not “Topology”).".into(),
            ),
            GeoError::NoCode { index } => (
                format!("Vùng thứ {index} trong tệp ranh giới không có mã (code)."),
                format!("Area number {index} of the boundary file has no code."),
            ),
            GeoError::NotArea { kind } => (
                format!("Tệp ranh giới có hình “{kind}”, không phải là vùng."),
                format!("The boundary file has a “{kind}”, which is no area."),
            ),
            GeoError::NoArc { code, arc } => (
                format!("Vùng {code} dùng đường {arc} không có trong tệp ranh giới."),
                format!("Area {code} uses arc {arc}, which the boundary file has not."),
            ),
            GeoError::Ring { code } => {
                (format!("Đường bao của vùng {code} không khép kín."), format!("The outline of area {code} is not closed."))
            }
        };
        match tongue {
            Tongue::Vi => format!("{vi} Hãy xuất lại tệp từ nguồn bản đồ."),
            Tongue::En => format!("{en} Export the file again from the source of the map."),
        }
    }
}

impl fmt::Display for GeoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Tongue::En))
    }
}

impl std::error::Error for GeoError {}

#[derive(Deserialize)]
struct Topology {
    arcs: Vec<Vec<Vec<f64>>>,
    transform: Option<Transform>,
    objects: BTreeMap<String, Geometry>,
}

#[derive(Deserialize)]
struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    geometries: Vec<Geometry>,
    #[serde(default)]
    arcs: Value,
    id: Option<Value>,
    properties: Option<BTreeMap<String, Value>>,
}

/// The polygons of each code.
pub(super) fn read(json: &str) -> Result<BTreeMap<String, Vec<Polygon>>, GeoError> {
    let value: Value = serde_json::from_str(json).map_err(malformed)?;
    if value.get("type").and_then(Value::as_str) != Some("Topology") {
        return Err(GeoError::NotTopology);
    }
    let topology: Topology = serde_json::from_value(value).map_err(malformed)?;
    let mut reader = Reader { arcs: positions(&topology.arcs, topology.transform.as_ref())?, units: BTreeMap::new(), count: 0 };
    for object in topology.objects.values() {
        reader.geometry(object)?;
    }
    Ok(reader.units)
}

fn malformed(error: serde_json::Error) -> GeoError {
    GeoError::Json { detail: error.to_string() }
}

/// The arcs in degrees. With a transform each position is told by its steps from the last.
fn positions(arcs: &[Vec<Vec<f64>>], transform: Option<&Transform>) -> Result<Vec<Ring>, GeoError> {
    let of_arc = |arc: &Vec<Vec<f64>>| {
        let mut sum = [0.0, 0.0];
        arc.iter()
            .map(|position| match (position.as_slice(), transform) {
                ([x, y, ..], None) => Ok([*x, *y]),
                ([x, y, ..], Some(Transform { scale, translate })) => {
                    sum = [sum[0] + x, sum[1] + y];
                    Ok([sum[0] * scale[0] + translate[0], sum[1] * scale[1] + translate[1]])
                }
                _ => Err(GeoError::Json { detail: "a position has less than two numbers".into() }),
            })
            .collect()
    };
    arcs.iter().map(of_arc).collect()
}

struct Reader {
    arcs: Vec<Ring>,
    units: BTreeMap<String, Vec<Polygon>>,
    count: usize,
}

impl Reader {
    fn geometry(&mut self, geometry: &Geometry) -> Result<(), GeoError> {
        let polygons: Vec<Vec<Vec<i64>>> = match geometry.kind.as_deref() {
            None => return Ok(()),
            Some("GeometryCollection") => {
                return geometry.geometries.iter().try_for_each(|inner| self.geometry(inner));
            }
            Some("Polygon") => vec![parsed(&geometry.arcs)?],
            Some("MultiPolygon") => parsed(&geometry.arcs)?,
            Some(kind) => {
                return Err(GeoError::NotArea { kind: kind.to_owned() });
            }
        };
        let code = code(geometry).ok_or(GeoError::NoCode { index: self.count })?;
        self.count += 1;
        for polygon in polygons {
            let rings: Result<Vec<Ring>, GeoError> = polygon.iter().map(|ring| self.ring(&code, ring)).collect();
            self.units.entry(code.clone()).or_default().push(Polygon::new(rings?));
        }
        Ok(())
    }

    /// The arcs of a ring joined; a negative number is the complement of the arc to go backwards.
    fn ring(&self, code: &str, arcs: &[i64]) -> Result<Ring, GeoError> {
        let mut ring = Ring::new();
        for arc in arcs {
            let index = if *arc < 0 { !*arc } else { *arc };
            let line = usize::try_from(index).ok().and_then(|index| self.arcs.get(index));
            let line = line.ok_or_else(|| GeoError::NoArc { code: code.to_owned(), arc: *arc })?;
            // each arc begins where the last ended
            let from = usize::from(!ring.is_empty());
            if *arc < 0 {
                ring.extend(line.iter().rev().skip(from));
            } else {
                ring.extend(line.iter().skip(from));
            }
        }
        if ring.len() < 4 || ring.first() != ring.last() {
            return Err(GeoError::Ring { code: code.to_owned() });
        }
        Ok(ring)
    }
}

fn parsed<T: serde::de::DeserializeOwned>(arcs: &Value) -> Result<T, GeoError> {
    serde_json::from_value(arcs.clone()).map_err(malformed)
}

fn code(geometry: &Geometry) -> Option<String> {
    let property = geometry.properties.as_ref().and_then(|properties| properties.get("code"));
    [property, geometry.id.as_ref()].into_iter().flatten().find_map(|value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}
