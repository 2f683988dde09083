//! Products written out in the layout of the import, a page of rows at a time: each with the certificate that counts.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::layout::Col;
use crate::access::Scope;
use crate::db::Tx;
use crate::error::Result;
use crate::intake::Piecewise;
use crate::party::BodyKind;
use crate::product::bulk::{self, After, Exported};
use crate::product::model::{Certificate, standing};
use crate::product::{group, store};
use crate::region::{Region, Under};
use crate::sheet::{self, Blank, Column, Columns, EXAMPLE, Format, Value, Writer, csv_piece};
use crate::state::App;
use crate::text::Tongue;

/// Rows read at a time.
const PAGE: i64 = 1000;

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// CSV in UTF-8
    Csv,
    /// Excel workbook
    Xlsx,
}

/// The columns of a file: with their keys, or as people call them.
fn columns(for_people: bool) -> Vec<Column> {
    Col::written().map(|col| Column::new(if for_people { col.name(Tongue::Vi) } else { col.key() }, col.width())).collect()
}

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

/// An export under way: what was asked, and up to where it is written.
#[derive(Clone, Debug)]
pub struct Pages {
    scope: Scope,
    scoped: Option<Under>,
    today: NaiveDate,
    after: After,
    begun: bool,
    ended: bool,
    rows: usize,
}

impl Piecewise for Pages {
    async fn next_piece(&mut self, app: &App) -> Result<Option<Vec<u8>>> {
        let mut tx = app.db().read().await?;
        self.next(&mut tx, app.region()).await
    }
}

impl Pages {
    /// Begins an export of what `scope` holds.
    pub fn new(app: &App, scope: &Scope) -> Pages {
        let today = app.clock().today();
        let scoped = match scope {
            Scope::Unit(unit) => Some(app.region().under(unit, today)),
            _ => None,
        };
        Pages {
            scope: scope.clone(),
            scoped,
            today,
            after: After::Code(String::new()),
            begun: false,
            ended: *scope == Scope::None,
            rows: 0,
        }
    }

    /// How many products were written.
    pub fn rows(&self) -> usize {
        self.rows
    }

    async fn read(&mut self, tx: &mut Tx) -> Result<Vec<(Exported, Option<Certificate>)>> {
        let rows = bulk::page(tx, &self.scope, self.scoped.as_ref(), &self.after, PAGE).await?;
        let is_last = (rows.len() as i64) < PAGE;
        match (&self.after, rows.last()) {
            (After::Code(_), _) if is_last => self.after = After::Id(String::new()),
            (After::Code(_), Some(last)) => self.after = After::Code(last.product.code.clone()),
            (After::Id(_), Some(last)) => {
                self.after = After::Id(last.product.id.clone());
                self.ended = is_last;
            }
            (_, None) => self.ended = true,
        }
        self.rows += rows.len();
        let ids: Vec<&str> = rows.iter().map(|row| row.product.id.as_str()).collect();
        let mut certificates = store::certificates_of(tx, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let known = certificates.remove(&row.product.id).unwrap_or_default();
                let counts = standing(&known, self.today).certificate.or(known.first()).cloned();
                (row, counts)
            })
            .collect())
    }

    /// The next piece of a CSV file; none when it is whole.
    pub async fn next(&mut self, tx: &mut Tx, region: &Region) -> Result<Option<Vec<u8>>> {
        if self.ended && self.begun {
            return Ok(None);
        }
        let is_first = !std::mem::replace(&mut self.begun, true);
        let rows = if self.ended { Vec::new() } else { self.read(tx).await? };
        let mut labels = HashMap::new();
        let values: Vec<Vec<Value>> = rows.iter().map(|row| values(row, region, self.today, &mut labels, false)).collect();
        Ok(Some(csv_piece(columns(false), values.into_iter(), is_first)?))
    }
}

/// A whole workbook; Excel's format cannot be written piece by piece.
pub async fn document(tx: &mut Tx, pages: &mut Pages, region: &Region) -> Result<Vec<u8>> {
    let mut writer = Writer::new(Format::Xlsx, "Sản phẩm OCOP", columns(true))?;
    let mut labels = HashMap::new();
    while !pages.ended {
        for row in pages.read(tx).await? {
            writer.row(&values(&row, region, pages.today, &mut labels, true))?;
        }
    }
    Ok(writer.finish()?)
}

fn values(
    (row, certificate): &(Exported, Option<Certificate>),
    region: &Region,
    today: NaiveDate,
    labels: &mut HashMap<(String, NaiveDate), String>,
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
