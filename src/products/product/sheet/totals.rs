//! How many products there were, as papers printed it before there was a register: each with its day, who counted and the source.

use askama::Template;
use axum::response::Response;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::access::{Need, Routes};
use crate::db::fact;
use crate::error::{Error, Result};
use crate::law::{Books, Source};
use crate::page::{Shell, Visit, html};
use crate::product::State;
use crate::product::store;
use crate::text;

/// A total as printed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Total {
    /// Of which day.
    pub on: NaiveDate,
    /// The same in words, as far as the source says.
    pub about: String,
    /// All products of three stars and more.
    pub total: i64,
    /// Producers.
    pub producers: Option<i64>,
    /// Of five stars.
    pub five: Option<i64>,
    /// Of four stars, waiting for five.
    pub potential: Option<i64>,
    /// Of four stars.
    pub four: Option<i64>,
    /// Of three stars.
    pub three: Option<i64>,
    /// Who counted; empty when no source says.
    pub counter: String,
    /// Where it is printed.
    pub source: String,
    /// How sure it is, A to M.
    pub confidence: String,
    /// What has to be known of it.
    #[serde(default)]
    pub note: String,
}

#[derive(Deserialize)]
struct Listed {
    total: Vec<Total>,
}

/// The totals of a pack, the oldest first; none where the pack has no such file.
pub fn of_pack(pack: &Source) -> Result<Vec<Total>> {
    let Some(text) = pack.read("products.toml")? else { return Ok(Vec::new()) };
    let mut totals = toml::from_str::<Listed>(&text).map_err(|error| Error::internal(format!("products.toml: {error}")))?.total;
    totals.sort_by_key(|total| total.on);
    Ok(totals)
}

/// The route of this screen.
pub fn routes() -> Routes {
    Routes::new().get("/san-pham-ocop/tong-so", Need::Rows, show)
}

#[derive(Template)]
#[template(path = "product/totals.html")]
struct TotalsPage {
    shell: Shell,
    totals: Vec<Total>,
    most: i64,
    today: NaiveDate,
    /// In this register: live, and all.
    live: i64,
    all: i64,
    /// Live ones of five, four and three stars.
    stars: [i64; 3],
    /// Producers of live ones.
    producers: i64,
}

impl TotalsPage {
    /// "1.571".
    fn plain(&self, n: &i64) -> String {
        text::dong(*n).trim_end_matches(" đ").to_owned()
    }

    /// The same, or a dash where the source prints none.
    fn shown(&self, n: &Option<i64>) -> String {
        n.map_or_else(|| "–".to_owned(), |n| self.plain(&n))
    }
}

async fn show(visit: Visit) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let folder = fact::find(&mut tx, "pack_folder").await?.map(Into::into);
    let counts = store::counts(&mut tx).await?;
    let producers = store::live_producers(&mut tx).await?;
    drop(tx);
    let totals = of_pack(&Books::new(folder).pack)?;
    let sum = |only_live: bool| counts.iter().filter(|(_, _, state, _)| !only_live || *state == State::Live).map(|(.., n)| n).sum();
    let (live, all): (i64, i64) = (sum(true), sum(false));
    html(&TotalsPage {
        shell: visit.shell("Tổng số sản phẩm qua các năm"),
        most: totals.iter().map(|total| total.total).max().unwrap_or(0).max(live),
        totals,
        today: visit.app.clock().today(),
        live,
        all,
        stars: [5, 4, 3]
            .map(|of| counts.iter().filter(|(_, stars, state, _)| *stars == of && *state == State::Live).map(|(.., n)| n).sum()),
        producers,
    })
}
