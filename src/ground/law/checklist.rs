//! The checklist of a preparation and the papers of each product, as data.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use super::dated::{Dated, Listed, Period, built_in};
use super::list::List;
use crate::state::App;

/// What a point prepares, as it is asked on a day; from `programme/law/points/preparation.toml`.
#[derive(Clone, Debug)]
pub struct Checklist {
    /// What has to be ready.
    pub item: Vec<&'static ChecklistItem>,
    /// What belongs to the opening.
    pub opening_item: Vec<&'static ChecklistItem>,
    /// Papers that each product of the point has.
    pub product_paper: Vec<&'static ProductPaper>,
}

/// A kind of paper of a product.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductPaper {
    /// Identifier.
    pub id: String,
    /// Wording.
    pub text: String,
    /// That it lacks is said.
    #[serde(default)]
    pub required: bool,
    /// Read from the register of products, where that knows it: `certificate`.
    #[serde(default)]
    pub from: String,
    /// Instrument it comes from.
    #[serde(default)]
    pub instrument: String,
    /// Clause.
    #[serde(default)]
    pub clause: String,
    /// What is open about it.
    #[serde(default)]
    pub note: String,
    /// How sure it is.
    #[serde(default)]
    pub confidence: String,
    /// First day on which it is asked.
    pub valid_from: Option<NaiveDate>,
    /// First day no longer.
    pub valid_to: Option<NaiveDate>,
}

/// A line of the checklist.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    /// Identifier.
    pub id: String,
    /// Wording.
    pub text: String,
    /// `check`, `sign` or `document`.
    #[serde(default)]
    pub kind: String,
    /// Must be done before opening.
    #[serde(default)]
    pub required: bool,
    /// `shared_sellers`: only where several sellers share the point.
    pub only_if: Option<String>,
    /// `opening`: done by the step itself.
    #[serde(default)]
    pub fed_by: String,
    /// Where what it stands on is recorded: `meetings`, `product-papers`, `connections`, `conferences`.
    #[serde(default)]
    pub page: String,
    /// The kind of deadline that is met when this is done: `report`, `complete`; or empty.
    #[serde(default)]
    pub meets: String,
    /// Instrument it comes from.
    #[serde(default)]
    pub instrument: String,
    /// Clause.
    #[serde(default)]
    pub clause: String,
    /// What is open about it.
    #[serde(default)]
    pub note: String,
    /// Allowed ratios of a sign, as "1:1.61".
    #[serde(default)]
    pub ratios: Vec<String>,
    /// How far a measured ratio may be off, in percent (a house default).
    #[serde(default)]
    pub tolerance_percent: f64,
    /// How sure it is.
    #[serde(default)]
    pub confidence: String,
    /// First day on which it is asked.
    pub valid_from: Option<NaiveDate>,
    /// First day no longer.
    pub valid_to: Option<NaiveDate>,
}

/// An item of the opening.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
struct OpeningItem(ChecklistItem);

impl Listed for ChecklistItem {
    const FILE: &'static str = "points/preparation.toml";
    const TABLE: &'static str = "item";

    fn id(&self) -> &str {
        &self.id
    }

    fn period(&self) -> Period {
        Period::new(self.valid_from, self.valid_to)
    }

    fn instruments(&self) -> Vec<&str> {
        self.instrument.split_whitespace().collect()
    }
}

impl Listed for OpeningItem {
    const FILE: &'static str = "points/preparation.toml";
    const TABLE: &'static str = "opening_item";

    fn id(&self) -> &str {
        &self.0.id
    }

    fn period(&self) -> Period {
        Period::new(self.0.valid_from, self.0.valid_to)
    }

    fn instruments(&self) -> Vec<&str> {
        self.0.instrument.split_whitespace().collect()
    }
}

impl Listed for ProductPaper {
    const FILE: &'static str = "points/preparation.toml";
    const TABLE: &'static str = "product_paper";

    fn id(&self) -> &str {
        &self.id
    }

    fn period(&self) -> Period {
        Period::new(self.valid_from, self.valid_to)
    }

    fn instruments(&self) -> Vec<&str> {
        self.instrument.split_whitespace().collect()
    }
}

static ITEMS: LazyLock<Dated<ChecklistItem>> = LazyLock::new(built_in);
static OPENING: LazyLock<Dated<OpeningItem>> = LazyLock::new(built_in);
static PAPERS: LazyLock<Dated<ProductPaper>> = LazyLock::new(built_in);

/// The lists of this file.
pub fn lists() -> [List; 3] {
    [List::of::<ChecklistItem>(), List::of::<OpeningItem>(), List::of::<ProductPaper>()]
}

/// What a point prepares, as it is asked on a day.
pub fn checklist(day: NaiveDate) -> Checklist {
    Checklist {
        item: ITEMS.on(day).collect(),
        opening_item: OPENING.on(day).map(|item| &item.0).collect(),
        product_paper: PAPERS.on(day).collect(),
    }
}

impl App {
    /// What a point prepares, as it is asked today.
    pub fn checklist(&self) -> Checklist {
        checklist(self.clock().today())
    }
}
