//! Bodies. Pure.

use crate::words;
use chrono::NaiveDate;

/// A body: everybody who is not a person.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Body {
    /// Identifier.
    pub id: String,
    /// Which kind (see [`BodyKind`]; agencies have kinds of their own).
    pub kind: String,
    /// Full name.
    pub name: String,
    /// Short name.
    pub short: String,
    /// The body above (a division's department).
    pub parent_id: Option<String>,
    /// Where it sits, or which unit it governs.
    pub unit_id: Option<String>,
    /// Mã số thuế.
    pub tax_code: Option<String>,
    /// Address as printed.
    pub address: String,
    /// Telephone.
    pub phone: String,
    /// First day.
    pub valid_from: Option<NaiveDate>,
    /// First day no longer.
    pub valid_to: Option<NaiveDate>,
    /// Sample data.
    pub demo: bool,
    /// Row version.
    pub version: i64,
}

impl Body {
    /// A body of which no more is known.
    pub fn named(name: &str, kind: BodyKind, tax_code: Option<&str>, unit_id: Option<&str>) -> Body {
        Body {
            id: crate::clock::new_id(),
            kind: kind.word().to_owned(),
            name: name.to_owned(),
            short: String::new(),
            parent_id: None,
            unit_id: unit_id.map(str::to_owned),
            tax_code: tax_code.map(str::to_owned),
            address: String::new(),
            phone: String::new(),
            valid_from: None,
            valid_to: None,
            demo: false,
            version: 1,
        }
    }
}

words! {
    own read;
    /// Kinds of body that can run a point or make a product.
    pub enum BodyKind {
        /// Doanh nghiệp.
        Enterprise = "enterprise" / "Doanh nghiệp",
        /// Hợp tác xã.
        Cooperative = "cooperative" / "Hợp tác xã",
        /// Tổ hợp tác.
        Group = "group" / "Tổ hợp tác",
        /// Hộ kinh doanh, cơ sở.
        Household = "household" / "Hộ kinh doanh",
        /// Hội, hiệp hội.
        Association = "association" / "Hội, hiệp hội",
        /// Đơn vị sự nghiệp, cơ quan.
        StateUnit = "state_unit" / "Đơn vị sự nghiệp, cơ quan",
        /// Doanh nghiệp lữ hành.
        TravelFirm = "travel_firm" / "Doanh nghiệp lữ hành",
    }
}

impl BodyKind {
    /// Reads the word, or the Vietnamese name in any spelling.
    pub fn read(text: &str) -> Option<BodyKind> {
        let folded = crate::text::fold(text);
        BodyKind::ALL.into_iter().find(|kind| kind.word() == text || crate::text::fold(kind.name()) == folded)
    }

    /// Value and label for a select.
    pub fn choices() -> Vec<(String, String)> {
        BodyKind::ALL.into_iter().map(|kind| (kind.word().to_owned(), kind.name().to_owned())).collect()
    }
}
