//! Products written out in the layout of the import, a page of rows at a time: each with the certificate that counts.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::layout::Col;
use crate::access::Scope;
use crate::db::Tx;
use crate::error::Result;
use crate::export::List;
use crate::party::BodyKind;
use crate::product::bulk::{self, After, Exported};
use crate::product::model::{Certificate, standing};
use crate::product::{group, store};
use crate::region::{Region, Under};
use crate::sheet::{self, Blank, Column, Columns, EXAMPLE, Format, Value};
use crate::state::App;
use crate::text::Tongue;

/// Rows read at a time.
const PAGE: i64 = 1000;

/// How units are written, by the time that a row is of.
type Labels = HashMap<(String, NaiveDate), String>;

/// A workbook in the layout, to be filled: with lists to choose from and a row that shows how.
pub fn template(region: &Region, today: NaiveDate) -> Result<Vec<u8>> {
    let blank = |col: Col| {
        let example = |text: &str| Value::from(text);
        let (choices, example) = match col {
            Col::Code => (Vec::new(), example(EXAMPLE)),
            Col::Name => (Vec::new(), example("Ấm chén men lam")),
            Col::Producer => (Vec::new(), example("Hợp tác xã Ví dụ")),
            Col::ProducerKind => {
                (BodyKind::ALL.into_iter().map(|kind| kind.name().to_owned()).collect(), example(BodyKind::Cooperative.name()))
            }
            Col::TaxCode => (Vec::new(), example("0100109106")),
            Col::Unit => (
                region.communes(today).into_iter().map(|unit| region.label(&unit.id)).collect(),
                region.communes(today).first().map_or(Value::Empty, |unit| Value::Text(region.label(&unit.id))),
            ),
            Col::Group => (
                group::all().iter().map(|group| group.name.clone()).collect(),
                group::all().first().map_or(Value::Empty, |group| Value::from(group.name.as_str())),
            ),
            Col::Stars => ((1..=5).map(|stars: i64| stars.to_string()).collect(), Value::Int(4)),
            Col::Score => (Vec::new(), Value::Float(82.5)),
            Col::DecisionNo => (Vec::new(), example("123/QĐ-UBND")),
            Col::DecidedOn => (Vec::new(), Value::Date(today)),
            Col::Price => (Vec::new(), Value::Int(1_250_000)),
            Col::Source => (Vec::new(), example("Quyết định số …, ngày …")),
            _ => (Vec::new(), Value::Empty),
        };
        Blank { column: Column::new(col.name(Tongue::Vi), col.width()), choices, example }
    };
    let columns: Vec<Blank> = Col::written().map(blank).collect();
    Ok(sheet::template("Sản phẩm OCOP", &columns, &[])?)
}

/// What is written: whose products, and how units are written so far.
pub struct Products {
    app: App,
    scope: Scope,
    scoped: Option<Under>,
    today: NaiveDate,
    labels: Labels,
}

impl Products {
    /// What `scope` holds.
    pub fn new(app: &App, scope: &Scope) -> Products {
        let today = app.clock().today();
        let scoped = match scope {
            Scope::Unit(unit) => Some(app.region().under(unit, today)),
            _ => None,
        };
        Products { app: app.clone(), scope: scope.clone(), scoped, today, labels: Labels::new() }
    }
}

impl List for Products {
    /// A product and the certificate that counts.
    type Row = (Exported, Option<Certificate>);
    type Key = After;

    const TITLE: &'static str = "Sản phẩm OCOP";

    fn columns(&self, format: Format) -> Vec<Column> {
        let name = |col: Col| if format == Format::Xlsx { col.name(Tongue::Vi) } else { col.key() };
        Col::written().map(|col| Column::new(name(col), col.width())).collect()
    }

    async fn page(&mut self, tx: &mut Tx, after: After) -> Result<(Vec<Self::Row>, Option<After>)> {
        if self.scope == Scope::None {
            return Ok((Vec::new(), None));
        }
        let rows = bulk::page(tx, &self.scope, self.scoped.as_ref(), &after, PAGE).await?;
        let last = rows.last().filter(|_| rows.len() as i64 == PAGE).map(|row| &row.product);
        let next = match (after, last) {
            (After::Code(_), None) => Some(After::Id(String::new())),
            (After::Code(_), Some(last)) => Some(After::Code(last.code.clone())),
            (After::Id(_), last) => last.map(|last| After::Id(last.id.clone())),
        };
        let ids: Vec<&str> = rows.iter().map(|row| row.product.id.as_str()).collect();
        let mut certificates = store::certificates_of(tx, &ids).await?;
        let counted = |row: Exported| {
            let known = certificates.remove(&row.product.id).unwrap_or_default();
            let counts = standing(&known, self.today).certificate.or(known.first()).cloned();
            (row, counts)
        };
        Ok((rows.into_iter().map(counted).collect(), next))
    }

    fn cells(&mut self, row: &Self::Row, format: Format) -> Vec<Value> {
        values(row, self.app.region(), self.today, &mut self.labels, format == Format::Xlsx)
    }
}

fn values(
    (row, certificate): &(Exported, Option<Certificate>),
    region: &Region,
    today: NaiveDate,
    labels: &mut Labels,
    for_people: bool,
) -> Vec<Value> {
    let product = &row.product;
    let float = |value: Option<f64>| value.map_or(Value::Empty, Value::Float);
    let date = |value: Option<NaiveDate>| value.map_or(Value::Empty, Value::Date);
    let int = |value: Option<i64>| value.map_or(Value::Empty, Value::Int);
    let text = |value: &str| if value.is_empty() { Value::Empty } else { Value::from(value) };
    let paper = certificate.as_ref();
    Col::written()
        .map(|col| match col {
            Col::Code => text(&product.code),
            Col::Name => text(&product.name),
            Col::Producer => text(row.producer_name.as_deref().unwrap_or_default()),
            Col::ProducerKind => text(
                row.producer_kind
                    .as_deref()
                    .and_then(BodyKind::read)
                    .map(|kind| if for_people { kind.name() } else { kind.word() })
                    .unwrap_or_default(),
            ),
            Col::TaxCode => text(row.producer_tax_code.as_deref().unwrap_or_default()),
            Col::Unit => product.unit_id.as_deref().map_or(Value::Empty, |id| {
                let on = paper.map_or(today, |paper| paper.decided().and_then(crate::text::Edtf::latest).unwrap_or(paper.valid_from));
                Value::from(labels.entry((id.to_owned(), region.epoch(on))).or_insert_with(|| region.written(id, Some(on), today)).as_str())
            }),
            Col::Origin => text(&product.origin),
            Col::Group if !product.group_as.is_empty() => text(&product.group_as),
            Col::Group if product.group_id.is_empty() => Value::Empty,
            Col::Group => text(group::name(&product.group_id, Tongue::Vi)),
            Col::Set => text(&product.set_name),
            Col::Stars => int(paper.map(|paper| paper.stars)),
            Col::Score => float(paper.and_then(|paper| paper.score).map(|score| score as f64 / 100.0)),
            Col::DecisionNo => text(paper.map(|paper| paper.decision_no.as_str()).unwrap_or_default()),
            Col::DecidedOn => paper.map_or(Value::Empty, |paper| paper.decided().map_or(Value::Date(paper.valid_from), Value::given)),
            Col::CertificateNo => text(paper.and_then(|paper| paper.number.as_deref()).unwrap_or_default()),
            Col::ValidUntil => date(paper.map(Certificate::last_day)),
            Col::Price => int(product.price),
            Col::Description => text(&product.description),
            Col::Lon => float(product.lon),
            Col::Lat => float(product.lat),
            Col::Source => text(&product.source),
            Col::RecognisedBy => text(paper.map(|paper| paper.recognised_by.as_str()).unwrap_or_default()),
            Col::Recognition => text(paper.map(|paper| paper.recognition.as_str()).unwrap_or_default()),
            Col::District | Col::Year | Col::Address | Col::StarsToday | Col::Standing | Col::Assessment => Value::Empty,
        })
        .collect()
}
