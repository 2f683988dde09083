//! What will have to be evaluated again: certificates that end, by month and by commune.

use askama::Template;
use axum::response::Response;
use chrono::{Datelike, Days, Months, NaiveDate};

use super::State;
use super::list;
use super::pages::scoped;
use crate::access::{Need, Routes};
use crate::error::Result;
use crate::page::{Fields, Shell, Visit, html};

/// Months shown.
const MONTHS: u32 = 24;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/san-pham-ocop/het-han", Need::Rows, show)
}

struct Month {
    first: NaiveDate,
    n: i64,
}

impl Month {
    fn word(&self) -> String {
        format!("{:04}-{:02}", self.first.year(), self.first.month())
    }

    fn name(&self) -> String {
        format!("{:02}/{:04}", self.first.month(), self.first.year())
    }
}

#[derive(Template)]
#[template(path = "product/forecast.html")]
struct ForecastPage {
    shell: Shell,
    months: Vec<Month>,
    most: i64,
    total: i64,
    chosen: Option<String>,
    units: Vec<(String, String, i64)>,
    most_in_unit: i64,
    lapsed: i64,
    /// Between which days the certificates end whose files are taken today, and how many they are.
    filing: Option<(NaiveDate, NaiveDate, i64)>,
}

/// Which of the months shown was chosen.
fn chosen(query: &Fields, months: &[Month]) -> Option<String> {
    query.some("thang").filter(|word| months.iter().any(|month| month.word() == **word)).map(str::to_owned)
}

async fn show(visit: Visit) -> Result<Response> {
    let (today, region) = (visit.app.clock().today(), visit.app.region());
    let scope = visit.actor.scope();
    let scoped = scoped(&visit);
    let first = today.with_day(1).unwrap_or(today);
    let last = first.checked_add_months(Months::new(MONTHS)).unwrap_or(first);
    let mut tx = visit.app.db().read().await?;
    let found = list::endings(&mut tx, &scope, scoped.as_ref(), today, last).await?;
    let lapsed =
        list::counts(&mut tx, &scope, scoped.as_ref()).await?.into_iter().find(|(state, _)| *state == State::Lapsed).map_or(0, |(_, n)| n);
    let filing = match super::term::regrading_on(today) {
        Some(rule) => {
            let (from, by) = (today + Days::new(rule.closes), today + Days::new(rule.opens));
            let n = list::endings(&mut tx, &scope, scoped.as_ref(), from + Days::new(1), by + Days::new(2))
                .await?
                .into_iter()
                .map(|(.., n)| n)
                .sum();
            Some((from, by, n))
        }
        None => None,
    };
    let mut months: Vec<Month> =
        (0..MONTHS).filter_map(|at| first.checked_add_months(Months::new(at))).map(|first| Month { first, n: 0 }).collect();
    for (word, _, n) in &found {
        if let Some(month) = months.iter_mut().find(|month| month.word() == *word) {
            month.n += n;
        }
    }
    let chosen = chosen(&visit.query, &months);
    let mut units: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    for (word, unit, n) in &found {
        if chosen.as_ref().is_none_or(|chosen| chosen == word) {
            *units.entry(unit.clone()).or_default() += n;
        }
    }
    let mut units: Vec<(String, String, i64)> = units
        .into_iter()
        .map(|(unit, n)| (if unit.is_empty() { "Chưa rõ xã, phường hiện nay".to_owned() } else { region.label(&unit) }, unit, n))
        .collect();
    units.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    html(&ForecastPage {
        shell: visit.shell("Sắp hết hạn theo tháng"),
        most: months.iter().map(|month| month.n).max().unwrap_or(0).max(1),
        total: units.iter().map(|(.., n)| n).sum(),
        most_in_unit: units.first().map_or(1, |(.., n)| *n).max(1),
        months,
        chosen,
        units,
        lapsed,
        filing,
    })
}
