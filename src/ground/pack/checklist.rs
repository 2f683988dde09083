//! The checklist of a preparation and the papers of each product, as data.

use serde::Deserialize;

use crate::state::App;

/// The checklist of preparation and opening, from `programme/law/points/preparation.toml`.
#[derive(Clone, Debug, Deserialize)]
pub struct Checklist {
    /// What has to be ready.
    pub item: Vec<ChecklistItem>,
    /// What belongs to the opening.
    #[serde(default)]
    pub opening_item: Vec<ChecklistItem>,
    /// Papers that each product of the point has.
    #[serde(default)]
    pub product_paper: Vec<ProductPaper>,
}

/// A kind of paper of a product.
#[derive(Clone, Debug, Deserialize)]
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
}

/// A line of the checklist.
#[derive(Clone, Debug, Deserialize)]
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
}

impl App {
    /// The checklist of preparation and opening.
    pub fn checklist(&self) -> &Checklist {
        self.held()
    }
}
