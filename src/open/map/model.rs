//! Features as a map reads them. Pure.

use serde_json::{Value, json};

use crate::point::State;
use crate::point::grid::Bounds;
use crate::point::list::Row;
use crate::point::model::kind_name;
use crate::point::tile::Cluster;
use crate::text::Tongue;

/// Whose pages the features link to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// Those that everybody sees.
    Public,
    /// Records.
    Staff,
}

/// A collection of features that grows layer by layer; a feature says its layer, and its own properties.
#[derive(Debug)]
pub struct Features {
    lang: Tongue,
    features: Vec<Value>,
}

/// Seven digits: about a centimetre.
fn degrees(value: f64) -> f64 {
    (value * 1e7).round() / 1e7
}

impl Features {
    /// None yet.
    pub fn new(lang: Tongue) -> Features {
        Features { lang, features: Vec::new() }
    }

    /// Adds a feature at a position.
    pub fn add(&mut self, layer: &str, id: &str, lon: f64, lat: f64, mut properties: Value) {
        properties["layer"] = layer.into();
        self.features.push(json!({"type": "Feature", "id": id, "geometry": {"type": "Point", "coordinates": [degrees(lon), degrees(lat)]}, "properties": properties}));
    }

    /// Adds a point of the register; one without a position is on no map.
    pub fn point(&mut self, row: &Row, pages: Pages) {
        let Some((lon, lat)) = row.lon.zip(row.lat) else { return };
        let url = match pages {
            Pages::Public => format!("{}/diem-ban/{}", self.lang.prefix(), row.slug),
            Pages::Staff => format!("/ho-so/{}", row.id),
        };
        let properties = json!({
            "id": row.id, "name": row.name, "url": url, "state": row.state.word(), "state_label": row.state.name(self.lang), "kind": row.kind,
            "kind_label": kind_name(&row.kind, self.lang), "address": row.address,
        });
        self.add("point", &row.id, lon, lat, properties);
    }

    /// Adds a place whose owner is being approached.
    pub fn prospect(&mut self, (id, name, address, kind, lon, lat): &(String, String, String, String, f64, f64)) {
        let properties = json!({
            "id": id, "name": name, "url": format!("/van-dong/{id}"), "state": State::Lead.word(), "state_label": self.lang.pick("Đang vận động", "Being approached"),
            "kind": kind, "kind_label": kind_name(kind, self.lang), "address": address,
        });
        self.add("prospect", id, *lon, *lat, properties);
    }

    /// Adds several points as one.
    pub fn cluster(&mut self, cluster: &Cluster) {
        let Bounds { west, south, east, north } = cluster.bounds();
        let mut properties = json!({"point_count": cluster.n, "lon": degrees(cluster.lon), "lat": degrees(cluster.lat), "bounds": [west, south, east, north]});
        if let Some(state) = cluster.state {
            properties["state"] = state.word().into();
        }
        self.add("point", &format!("{west}_{south}_{north}"), cluster.lon, cluster.lat, properties);
    }

    /// The whole, with the box it lies in, how many points have no position, and whether all were counted.
    pub fn collection(self, bounds: Option<Bounds>, unplaced: i64, is_whole: bool) -> Value {
        let mut collection = json!({"type": "FeatureCollection", "features": self.features, "unplaced": unplaced, "complete": is_whole});
        if let Some(Bounds { west, south, east, north }) = bounds {
            collection["bbox"] = json!([west, south, east, north]);
        }
        collection
    }
}
