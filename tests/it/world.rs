//! What scope is tried on: people of every role in several units and bodies, points and products here and there, and rows
//! of every other noun that hang on them.

use std::collections::BTreeSet;
use std::sync::Mutex;

use ocop::access::Role;
use ocop::point::State;
use ocop::testing::TestApp;

use crate::rows::Schema;

/// A commune, and one far from it.
pub const BAT_TRANG: &str = "00577.2025";
/// The other commune; a part of an old commune went to it.
pub const HA_DONG: &str = "09556.2025";

/// Somebody acting: role, body, unit.
pub struct Who {
    /// The role.
    pub role: Role,
    /// The body acted for.
    pub body: &'static str,
    /// The unit of the grant.
    pub unit: Option<&'static str>,
}

impl std::fmt::Display for Who {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(out, "{:?} of {} in {:?}", self.role, self.body, self.unit)
    }
}

impl Who {
    /// Whether the whole city is theirs.
    pub fn is_of_the_city(&self) -> bool {
        self.unit == Some("01")
    }

    /// Whether they act for a body only, not for a place.
    pub fn is_of_a_body(&self) -> bool {
        matches!(self.role, Role::BUSINESS | Role::ASSOCIATION)
    }
}

/// Every role, in two places each.
pub fn everybody() -> Vec<Who> {
    let mut all = Vec::new();
    for role in Role::all() {
        match role {
            Role::BUSINESS | Role::ASSOCIATION => {
                for body in ["demo-coso", "demo-hoi"] {
                    all.push(Who { role, body, unit: None });
                }
            }
            Role::COMMUNE => {
                all.push(Who { role, body: "ubnd-00577.2025", unit: Some(BAT_TRANG) });
                all.push(Who { role, body: "ubnd-09556.2025", unit: Some(HA_DONG) });
            }
            // sits in councils, and has no rows anywhere
            Role::COUNCIL_MEMBER => all.push(Who { role, body: "so-nn-mt", unit: None }),
            _ => {
                all.push(Who { role, body: "so-cong-thuong", unit: Some("01") });
                // somebody of the city who was given one commune only
                all.push(Who { role, body: "so-cong-thuong", unit: Some(BAT_TRANG) });
            }
        }
    }
    all
}

/// A row of a noun: where it is found, what lists show of it, and whose it is by the paper.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Identifier.
    pub id: String,
    /// What lists show of it.
    pub name: String,
    /// Units it lies in, or may lie in.
    pub units: Vec<String>,
    /// Bodies it is of.
    pub bodies: Vec<String>,
    /// Values of a path other than the identifier.
    pub path: Vec<(&'static str, String)>,
    /// A word on which the rule of its noun turns.
    pub kind: &'static str,
}

impl Row {
    /// A template with the values of this row.
    pub fn fill(&self, template: &str) -> String {
        let mut out = template.replace("{name}", &self.name);
        for (name, value) in &self.path {
            out = out.replace(&format!("{{{name}}}"), value);
        }
        let mut parts: Vec<String> = Vec::new();
        for part in out.split('/') {
            match (part.find('{'), part.find('}')) {
                (Some(begin), Some(end)) => parts.push(format!("{}{}{}", &part[..begin], self.id, &part[end + 1..])),
                _ => parts.push(part.to_owned()),
            }
        }
        parts.join("/")
    }

    /// A row in these units, of these bodies.
    pub fn of(id: &str, name: &str, units: &[&str], bodies: &[&str]) -> Row {
        let own = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        Row { id: id.to_owned(), name: name.to_owned(), units: own(units), bodies: own(bodies), ..Row::default() }
    }

    /// The same row, found under an id and a name of its own.
    pub fn called(&self, id: &str, name: &str) -> Row {
        Row { id: id.to_owned(), name: name.to_owned(), ..self.clone() }
    }

    /// The row with one more body.
    pub fn and_of(mut self, body: &str) -> Row {
        self.bodies.push(body.to_owned());
        self
    }
}

/// The application with its points and products, to which a noun adds its rows.
pub struct World<'a> {
    /// The application.
    pub app: &'a TestApp,
    schema: Schema,
    made: Mutex<BTreeSet<String>>,
    /// Points in operation.
    pub points: Vec<Row>,
    /// Products with stars; `path` has their code.
    pub products: Vec<Row>,
    /// An old commune of which a part went to Hà Đông.
    pub split: String,
}

impl<'a> World<'a> {
    /// Points and products here, there, perhaps there and nowhere, of this body, of that and of none.
    pub async fn new(app: &'a TestApp) -> World<'a> {
        let region = app.region();
        let today = ocop::testing::begin_day();
        let split = region
            .communes("2025-06-30".parse().unwrap())
            .into_iter()
            .find(|unit| matches!(region.today(&unit.id, None, today), ocop::region::Today::Unclear(ids) if ids.iter().any(|id| id == HA_DONG)))
            .expect("a commune of which a part went to Hà Đông")
            .id
            .clone();
        let mut world = World {
            app,
            schema: Schema::after(ocop::db::MIGRATIONS.len()).await,
            made: Mutex::default(),
            points: Vec::new(),
            products: Vec::new(),
            split,
        };
        let split = world.split.clone();
        let places = [
            (Some(BAT_TRANG), vec![BAT_TRANG]),
            (Some("00583.old"), vec![BAT_TRANG]),
            (Some(HA_DONG), vec![HA_DONG]),
            (Some(split.as_str()), vec![HA_DONG]),
            (None, vec![]),
        ];
        for (at, (unit, units)) in places.iter().enumerate() {
            let body = [None, Some("demo-coso"), Some("demo-hoi"), None, Some("demo-coso")][at];
            let name = format!("Gian hàng {}", at + 1);
            let point = app
                .add_point(|point| {
                    (point.name, point.unit_id) = (name.clone(), unit.map(str::to_owned));
                    let pin = [Some((105.912, 20.969)), None, Some((105.775, 20.971)), None, None][at];
                    (point.lon, point.lat, point.operator_id) = (pin.map(|pin| pin.0), pin.map(|pin| pin.1), None);
                    (point.state, point.opened_on, point.counted_by) = (State::Operating, Some(today), "city".to_owned());
                    match at {
                        1 => point.operator_id = body.map(str::to_owned),
                        2 => point.supporter_id = body.map(str::to_owned),
                        _ => point.nominated_by = body.map(str::to_owned),
                    }
                })
                .await;
            let mut row = Row::of(&point.id, &name, units, body.as_slice());
            row.path = vec![("code", point.code), ("place", format!("point:{}", point.id))];
            row.kind = if at == 1 { "run" } else { "" };
            if at % 2 == 0 && at < 4 {
                row.path.push(("pin", String::new()));
            }
            world.points.push(row);
            let maker = [Some("demo-coso"), None, Some("demo-hoi"), None, Some("demo-coso")][at];
            let name = format!("Trà ướp {}", at + 1);
            let code = format!("HN-SP-{}", at + 1);
            let product = app
                .add_product(&code, Some((4, "2026-01-01".parse().unwrap())), |product| {
                    (product.name, product.unit_id, product.producer_id) =
                        (name.clone(), unit.map(str::to_owned), maker.map(str::to_owned));
                    (product.lon, product.lat) = (None, None);
                })
                .await;
            let mut row = Row::of(&product.id, &name, units, maker.as_slice());
            row.path = vec![("code", code)];
            world.products.push(row);
        }
        world
    }

    /// Adds a row of a table, told with its key first; a noun may ask for rows that another made.
    pub async fn put(&self, table: &str, given: &[(&str, &str)]) {
        if !self.made.lock().unwrap().insert(format!("{table} {:?}", &given[..2])) {
            return;
        }
        let mut tx = self.app.db().write().await.unwrap();
        self.schema.put(&mut tx, table, given).await;
        tx.commit().await.unwrap();
    }

    /// A row of a table for each point: what is told of it besides its id and its point.
    pub async fn for_each_point(&self, table: &str, prefix: &str, given: &[(&str, &str)]) -> Vec<Row> {
        let mut rows = Vec::new();
        for (at, point) in self.points.iter().enumerate() {
            let id = format!("{prefix}-{at}");
            self.put(table, &[&[("id", id.as_str()), ("point_id", point.id.as_str())], given].concat()).await;
            rows.push(point.called(&id, &point.name));
        }
        rows
    }

    /// A connection of each product with the point two further on, so that its sides lie apart.
    pub async fn connections(&self, stage: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        for (at, product) in self.products.iter().enumerate() {
            let point = &self.points[(at + 2) % self.points.len()];
            let id = format!("ket-noi-{at}");
            let given = [
                ("id", id.as_str()),
                ("product_id", &product.id),
                ("point_id", &point.id),
                ("chain_id", "null"),
                ("place", &point.id),
                ("stage", stage),
                ("since", "2026-03-01"),
                ("on_shelf_from", if stage == "on_shelf" { "2026-03-01" } else { "null" }),
                ("open_place", &point.id),
                ("version", "1"),
            ];
            self.put("connection", &given).await;
            if stage == "on_shelf" {
                let given = [
                    ("connection_id", id.as_str()),
                    ("seq", "1"),
                    ("product_id", &product.id),
                    ("point_id", &point.id),
                    ("valid_from", "2026-03-01"),
                ];
                self.put("connection_shelf", &given).await;
            }
            let mut row = product.called(&id, &product.name);
            row.units.extend(point.units.clone());
            row.bodies.extend(point.bodies.clone());
            row.path = vec![("connection", id), ("point", point.name.clone())];
            rows.push(row);
        }
        rows
    }
}
