//! Points written out in the layout of the import, a page of rows at a time.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::json;

use super::IMPORTED;
use super::layout::Col;
use crate::access::Scope;
use crate::db::Tx;
use crate::error::Result;
use crate::export::List;
use crate::party::BodyKind;
use crate::point::bulk::{self, Exported};
use crate::point::day::{self, AsOf};
use crate::point::model::{Kind, State};
use crate::region::Region;
use crate::sheet::{self, Blank, Column, Columns, EXAMPLE, Format, Value};
use crate::state::App;
use crate::text::{Edtf, Tongue};

/// Rows read at a time.
const PAGE: i64 = 1000;

/// How units are written, by the time that a row is of.
type Labels = HashMap<(String, NaiveDate), String>;

/// The columns of a file, with their keys or as people call them; the register of a day says besides how sure each state is, and why
/// not.
fn columns(of_day: bool, for_people: bool) -> Vec<Column> {
    let name = |key: &'static str, name: &'static str| if for_people { name } else { key };
    let more = [(name("certainty", "Mức chắc chắn"), 14.0), (name("certainty_reason", "Lý do"), 44.0)].into_iter().filter(|_| of_day);
    Col::ALL
        .iter()
        .copied()
        .map(|col| Column::new(name(col.key(), col.name(Tongue::Vi)), col.width()))
        .chain(more.map(|(name, width)| Column::new(name, width)))
        .collect()
}

/// A workbook in the layout, to be filled: with lists to choose from and a row that shows how.
pub fn template(region: &Region, today: NaiveDate) -> Result<Vec<u8>> {
    let blank = |col: Col| {
        let example = |text: &str| Value::from(text);
        let (choices, example) = match col {
            Col::Code => (Vec::new(), example(EXAMPLE)),
            Col::Name => (Vec::new(), example("Cửa hàng OCOP Ví dụ")),
            Col::Kind => (
                Kind::all().into_iter().map(|kind| kind.name(Tongue::Vi).to_owned()).collect(),
                example(Kind::all().first().map_or("", |kind| kind.name(Tongue::Vi))),
            ),
            Col::Address => (Vec::new(), example("Số 1, phố Ví dụ")),
            Col::Unit => (
                region.communes(today).into_iter().map(|unit| region.label(&unit.id)).collect(),
                region.communes(today).first().map_or(Value::Empty, |unit| Value::Text(region.label(&unit.id))),
            ),
            Col::Lon => (Vec::new(), Value::Float(105.85)),
            Col::Lat => (Vec::new(), Value::Float(21.03)),
            Col::AreaM2 => (Vec::new(), Value::Quantity(45.0)),
            Col::Operator => (Vec::new(), example("Hợp tác xã Ví dụ")),
            Col::OperatorKind => {
                (BodyKind::ALL.into_iter().map(|kind| kind.name().to_owned()).collect(), example(BodyKind::Cooperative.name()))
            }
            Col::TaxCode => (Vec::new(), example("0100109106")),
            Col::Contact => (Vec::new(), example("Nguyễn Văn Ví Dụ")),
            Col::Phone => (Vec::new(), example("0900000000")),
            Col::Hours => (Vec::new(), example("Mo-Su 08:00-20:00")),
            Col::State => {
                (IMPORTED.into_iter().map(|state| state.name(Tongue::Vi).to_owned()).collect(), example(State::Operating.name(Tongue::Vi)))
            }
            Col::OpenedOn | Col::LastConfirmedOn => (Vec::new(), Value::Date(today)),
            Col::ClosedOn => (Vec::new(), Value::Empty),
            Col::CountedBy => (COUNTED.into_iter().map(|(_, name)| name.to_owned()).collect(), example(COUNTED[0].1)),
            Col::Source => (Vec::new(), example("Quyết định số …, ngày …")),
        };
        Blank { column: Column::new(col.name(Tongue::Vi), col.width()), choices, example }
    };
    let columns: Vec<Blank> = Col::ALL.iter().copied().map(blank).collect();
    Ok(sheet::template("Điểm bán OCOP", &columns, &[])?)
}

/// Who counts a point: the word and how people say it.
const COUNTED: [(&str, &str); 3] = [("city", "thành phố"), ("ministry", "bộ"), ("city ministry", "thành phố, bộ")];

/// What is written: what was asked, and how units are written so far.
pub struct Points {
    app: App,
    scope: Scope,
    all: bool,
    as_of: Option<AsOf>,
    today: NaiveDate,
    labels: Labels,
}

impl Points {
    /// What `scope` holds: everything, or only public points and leads.
    pub fn new(app: &App, scope: Scope, all: bool) -> Points {
        Points { app: app.clone(), scope, all, as_of: None, today: app.clock().today(), labels: Labels::new() }
    }

    /// The register of a day: what was public, as it was. Contact persons are for those who see the whole city.
    pub fn of_day(app: &App, as_of: AsOf, scope: Scope) -> Points {
        Points { as_of: Some(as_of), ..Points::new(app, scope, false) }
    }
}

impl List for Points {
    type Row = Exported;
    /// Code and state of a point; only in the register of a day can it stand in two.
    type Key = (String, &'static str);

    const TITLE: &'static str = "Điểm bán OCOP";

    fn columns(&self, format: Format) -> Vec<Column> {
        columns(self.as_of.is_some(), format == Format::Xlsx)
    }

    async fn page(&mut self, tx: &mut Tx, (code, state): Self::Key) -> Result<(Vec<Exported>, Option<Self::Key>)> {
        let rows = match self.as_of {
            Some(as_of) if self.scope == Scope::All => day::page(tx, as_of, (&code, state), PAGE).await?,
            Some(as_of) => day::page(tx, as_of, (&code, state), PAGE).await?.into_iter().map(Exported::without_contact).collect(),
            None => bulk::page(tx, &self.scope, self.all, &code, PAGE).await?,
        };
        let is_full = rows.len() as i64 == PAGE;
        let next = rows.last().filter(|_| is_full).map(|last| (last.point.code.clone(), last.point.state.word()));
        Ok((rows, next))
    }

    fn cells(&mut self, row: &Exported, format: Format) -> Vec<Value> {
        values(row, self.app.region(), self.today, &mut self.labels, format == Format::Xlsx)
    }

    fn feature(&mut self, row: &Exported) -> serde_json::Value {
        feature(row, self.app.region(), self.today, &mut self.labels)
    }
}

/// The unit as people read it if that leads back to the same unit, else its id.
fn unit(row: &Exported, region: &Region, today: NaiveDate, labels: &mut Labels) -> String {
    let Some(id) = row.point.unit_id.as_deref() else { return String::new() };
    let on = row.point.opened().and_then(Edtf::latest).or(row.point.closed().and_then(Edtf::latest)).unwrap_or(today);
    labels.entry((id.to_owned(), region.epoch(on))).or_insert_with(|| region.written(id, Some(on), today)).clone()
}

fn kind(row: &Exported) -> &str {
    row.operator_kind.as_deref().filter(|word| BodyKind::read(word).is_some()).unwrap_or_default()
}

/// The values of a row: as words, or as people call them.
fn values(row: &Exported, region: &Region, today: NaiveDate, labels: &mut Labels, for_people: bool) -> Vec<Value> {
    let word = |word: &str, name: Option<&str>| {
        name.filter(|_| for_people).or(Some(word).filter(|word| !word.is_empty())).map_or(Value::Empty, Value::from)
    };
    let point = &row.point;
    let float = |value: Option<f64>| value.map_or(Value::Empty, Value::Float);
    let date = |value: Option<NaiveDate>| value.map_or(Value::Empty, Value::Date);
    let text = |value: &str| if value.is_empty() { Value::Empty } else { Value::from(value) };
    Col::ALL
        .iter()
        .copied()
        .map(|col| match col {
            Col::Code => text(&point.code),
            Col::Name => text(&point.name),
            Col::Kind => word(&point.kind, Kind::read(&point.kind).map(|kind| kind.name(Tongue::Vi))),
            Col::Address => text(&point.address),
            Col::Unit => text(&unit(row, region, today, labels)),
            Col::Lon => float(point.lon),
            Col::Lat => float(point.lat),
            Col::AreaM2 => point.area_m2.map_or(Value::Empty, Value::Quantity),
            Col::Operator => text(row.operator_name.as_deref().unwrap_or_default()),
            Col::OperatorKind => word(kind(row), BodyKind::read(kind(row)).map(BodyKind::name)),
            Col::TaxCode => text(row.operator_tax_code.as_deref().unwrap_or_default()),
            Col::Contact => text(&point.contact),
            Col::Phone => text(&point.phone),
            Col::Hours => text(&point.hours),
            Col::State => word(point.state.word(), Some(point.state.name(Tongue::Vi))),
            Col::OpenedOn => point.opened().map_or(Value::Empty, Value::given),
            Col::ClosedOn => point.closed().map_or(Value::Empty, Value::given),
            Col::LastConfirmedOn => date(point.last_confirmed_on),
            Col::CountedBy => word(&point.counted_by, COUNTED.iter().find(|(word, _)| *word == point.counted_by).map(|(_, name)| *name)),
            Col::Source => text(&point.source),
        })
        .chain(row.of_day.iter().flat_map(|day| [Value::from(day.bound.word()), text(&day.why)]))
        .collect()
}

fn feature(row: &Exported, region: &Region, today: NaiveDate, labels: &mut Labels) -> serde_json::Value {
    let point = &row.point;
    let geometry = point.pin().map(|(lon, lat)| json!({"type": "Point", "coordinates": [lon, lat]}));
    let mut feature = json!({
        "type": "Feature",
        "id": point.code,
        "geometry": geometry,
        "properties": {
            "code": point.code, "name": point.name, "kind": point.kind, "address": point.address, "unit": unit(row, region, today, labels),
            "unit_id": point.unit_id, "unit_today": point.unit_today, "area_m2": point.area_m2, "operator": row.operator_name,
            "operator_kind": kind(row), "tax_code": row.operator_tax_code, "hours": point.hours, "state": point.state.word(),
            "opened_on": point.opened().map(Edtf::word), "closed_on": point.closed().map(Edtf::word), "last_confirmed_on": point.last_confirmed_on,
            "counted_by": point.counted_by, "source": point.source,
        },
    });
    if let (Some(day), Some(properties)) = (&row.of_day, feature["properties"].as_object_mut()) {
        properties.insert("certainty".into(), json!(day.bound.word()));
        properties.insert("certainty_reason".into(), json!(Some(&day.why).filter(|why| !why.is_empty())));
    }
    feature
}
