//! SQL for many points at once: what an import reads and writes a chunk at a time, and what an export reads by key.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::day::OnDay;
use super::model::Point;
use super::period::{self, Flow, Period};
use super::tile::Tiles;
use crate::access::Scope;
use crate::db::{DbResult, Tx, fact, run};
use crate::region::{Listed, Region, Today};
use crate::{execute_many, fetch_all, fetch_many};

/// Points by code.
pub async fn by_codes(tx: &mut Tx, codes: &[&str]) -> DbResult<HashMap<String, Point>> {
    let points = fetch_many!(tx, Point, "select * from point where code in ($1)", codes)?;
    Ok(points.into_iter().map(|point| (point.code.clone(), point)).collect())
}

/// Which of these names for URLs are taken.
pub async fn taken_slugs(tx: &mut Tx, slugs: &[&str]) -> DbResult<Vec<String>> {
    Ok(fetch_many!(tx, (String,), "select slug from point where slug in ($1)", slugs)?.into_iter().map(|(slug,)| slug).collect())
}

/// New points with their periods and places in the lists; counters are the caller's, once for all.
pub async fn add(tx: &mut Tx, added: &[(Point, Vec<Period>)], region: &Region, today: NaiveDate, counts: &mut Counts) -> DbResult<()> {
    let points: Vec<&Point> = added.iter().map(|(point, _)| point).collect();
    let dialect = tx.dialect();
    run(tx, &mut Point::fill_many(dialect, &points)).await?;
    period::add_many(tx, added).await?;
    let mut listed: Vec<(&Point, Listed)> = Vec::new();
    for (point, periods) in added {
        let of_point = units(point, region, today);
        let sure: Vec<&str> = of_point.iter().filter(|listed| listed.is_sure).map(|listed| listed.unit_id.as_str()).collect();
        counts.move_by(point, sure.iter().copied(), 1);
        counts.tiles.add(point, 1);
        counts.flow.add(&sure, &point.kind, periods, 1);
        listed.extend(of_point.into_iter().map(|listed| (point, listed)));
    }
    execute_many!(
        tx,
        6,
        "insert into point_unit (unit_id, certainty, state, kind, sort, point_id) values ($1, $2, $3, $4, $5, $6)",
        listed,
        |row| [&row.1.unit_id, if row.1.is_sure { "is" } else { "may" }, row.0.state, &row.0.kind, &row.0.sort, &row.0.id]
    )
}

fn units(point: &Point, region: &Region, today: NaiveDate) -> Vec<Listed> {
    let Some(unit) = &point.unit_id else { return Vec::new() };
    let today = match &point.unit_today {
        Some(unit) => Today::Known(unit.clone()),
        None => region.today(unit, point.pin(), today),
    };
    region.listed(unit, &today)
}

/// Counters of lists, gathered in memory and written once.
#[derive(Debug, Default)]
pub struct Counts {
    now: HashMap<(String, String, &'static str), i64>,
    flow: Flow,
    tiles: Tiles,
}

impl Counts {
    fn move_by<'a>(&mut self, point: &Point, units: impl Iterator<Item = &'a str>, by: i64) {
        let mut kinds = vec!["*", point.kind.as_str()];
        kinds.dedup();
        for unit in std::iter::once("*").chain(units) {
            for kind in &kinds {
                *self.now.entry((unit.to_owned(), (*kind).to_owned(), point.state.word())).or_default() += by;
            }
        }
    }

    /// Writes what was gathered.
    pub async fn write(self, tx: &mut Tx) -> DbResult<()> {
        let mut rows: Vec<_> = self.now.into_iter().filter(|(_, n)| *n != 0).collect();
        rows.sort();
        execute_many!(
            tx,
            4,
            "insert into point_count (unit_id, kind, state, n) values ($1, $2, $3, $4)
             on conflict (unit_id, kind, state) do update set n = point_count.n + excluded.n",
            rows,
            |row| [&row.0.0, &row.0.1, row.0.2, row.1]
        )?;
        self.flow.write(tx).await?;
        self.tiles.write(tx).await
    }
}

/// Keeps the running number of a year's codes above those that came by a file.
pub async fn raise_code(tx: &mut Tx, year: i32, number: i64) -> DbResult<u64> {
    fact::raise_number(tx, &format!("point_code_{year}"), number).await
}

/// A point as an export writes it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Exported {
    /// The point.
    #[sqlx(flatten)]
    pub point: Point,
    /// Name of its operator.
    pub operator_name: Option<String>,
    /// Kind of its operator.
    pub operator_kind: Option<String>,
    /// Tax code of its operator.
    pub operator_tax_code: Option<String>,
    /// In the register of a day: how sure its state is.
    #[sqlx(skip)]
    pub of_day: Option<OnDay>,
}

impl Exported {
    /// Without whom to ask for.
    pub fn without_contact(mut self) -> Exported {
        self.point.contact.clear();
        self.point.phone.clear();
        self
    }
}

/// Points after a code, in the order of codes: real ones only, within a scope, of all states or only public ones and leads.
pub async fn page(tx: &mut Tx, scope: &Scope, all: bool, after: &str, rows: i64) -> DbResult<Vec<Exported>> {
    let (unit, body) = match scope {
        Scope::All => ("", ""),
        Scope::Unit(unit) => (unit.as_str(), ""),
        Scope::Body(body) => ("", body.as_str()),
        Scope::None => return Ok(Vec::new()),
    };
    fetch_all!(
        tx,
        Exported,
        "select p.*, b.name as operator_name, b.kind as operator_kind, b.tax_code as operator_tax_code
         from point p left join body b on b.id = p.operator_id
         where p.code > $1 and not p.demo and ($2 = 'all' or p.state in ('lead', 'operating', 'suspended', 'closed'))
           and ($3 = '' or exists (select 1 from point_unit u where u.unit_id = $3 and u.point_id = p.id))
           and ($4 = '' or p.operator_id = $4 or p.nominated_by = $4 or p.supporter_id = $4)
         order by p.code limit $5",
        after,
        if all { "all" } else { "" },
        unit,
        body,
        rows
    )
}
