//! What may stand in the OCOP zone of a point on a day, and on which basis. Pure: the bases are data of the law.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::error::{Both, Refusal, both};
use crate::product::model::{Certificate, State, standing};
use crate::text::{Tongue, date_vi};

/// Word of the basis that is a certificate; all others are claims with a paper.
pub const CERTIFICATE: &str = "certificate";

/// A basis on which a product may stand in the zone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Word in the store.
    pub id: String,
    /// Name.
    pub name: String,
    /// English name.
    pub en: String,
    /// Fewest stars of a live certificate; none where a paper is asked for.
    pub stars_from: Option<i64>,
    /// Whether a claim with its paper is asked for.
    #[serde(default)]
    pub paper: bool,
    /// Instrument that names it.
    pub instrument: String,
    /// Where in it.
    pub clause: String,
    /// Which criterion of the sets of points says the same.
    pub criterion: String,
    /// Other instruments that name it, with their clauses.
    pub also: Vec<String>,
    /// How sure the wording is.
    pub confidence: String,
    /// Why.
    #[serde(default)]
    pub note: String,
}

#[derive(Deserialize)]
struct Listed {
    basis: Vec<Basis>,
}

static LISTED: LazyLock<Vec<Basis>> = LazyLock::new(|| toml::from_str::<Listed>(include_str!("../../programme/law/products/zone.toml")).map(|listed| listed.basis).unwrap_or_default());

/// All bases in the order of the law. A list that cannot be read is empty, which a test refuses.
pub fn all() -> &'static [Basis] {
    &LISTED
}

/// A basis by its word.
pub fn get(id: &str) -> Option<&'static Basis> {
    LISTED.iter().find(|basis| basis.id == id)
}

/// Its name; empty for none.
pub fn name(id: &str, lang: Tongue) -> &'static str {
    get(id).map_or("", |basis| lang.pick(basis.name.as_str(), basis.en.as_str()))
}

/// Fewest stars of a certificate that opens the zone.
pub fn stars_from() -> i64 {
    get(CERTIFICATE).and_then(|basis| basis.stars_from).unwrap_or(i64::MAX)
}

/// What may stand there besides products with a certificate: a claim with its paper.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct ZoneClaim {
    /// Identifier.
    pub id: String,
    /// Of which product.
    pub product_id: String,
    /// Word of the basis.
    pub basis: String,
    /// Another province or a partner country; empty: of this city.
    pub origin: String,
    /// Number of the paper.
    pub paper_no: String,
    /// Who issued it.
    pub paper_issuer: String,
    /// First day.
    pub valid_from: NaiveDate,
    /// First day no longer, when the paper says so.
    pub valid_to: Option<NaiveDate>,
    /// First day no longer because it was ended before.
    pub withdrawn_on: Option<NaiveDate>,
    /// Remark.
    pub note: String,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl ZoneClaim {
    /// Whether it holds on a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.ends_on().is_none_or(|to| day < to) && get(&self.basis).is_some_and(|basis| basis.paper)
    }

    /// First day on which it holds no longer, for whatever reason.
    pub fn ends_on(&self) -> Option<NaiveDate> {
        match (self.valid_to, self.withdrawn_on) {
            (Some(to), Some(day)) => Some(to.min(day)),
            (to, day) => to.or(day),
        }
    }

    /// Last day as papers print it.
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.ends_on().and_then(|to| to.pred_opt())
    }
}

/// Why a product may not stand in the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Out {
    /// Its certificate ran out.
    Lapsed,
    /// Its certificate was taken back.
    Withdrawn,
    /// It has no certificate, too few stars, or its claim has ended.
    Claim,
}

impl Out {
    /// The word of the store.
    pub fn word(self) -> &'static str {
        match self {
            Out::Lapsed => "lapsed",
            Out::Withdrawn => "withdrawn",
            Out::Claim => "claim",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Out> {
        [Out::Lapsed, Out::Withdrawn, Out::Claim].into_iter().find(|out| out.word() == word)
    }

    /// The Vietnamese words.
    pub fn name(self) -> &'static str {
        match self {
            Out::Lapsed => "Giấy chứng nhận OCOP hết hiệu lực",
            Out::Withdrawn => "Giấy chứng nhận OCOP đã bị thu hồi",
            Out::Claim => "Không có giấy chứng nhận hay căn cứ còn hiệu lực",
        }
    }

    /// The same in the width of a chip.
    pub fn short(self) -> &'static str {
        match self {
            Out::Lapsed => "hết hiệu lực",
            Out::Withdrawn => "đã thu hồi",
            Out::Claim => "hết căn cứ",
        }
    }

    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            Out::Lapsed | Out::Claim => "warn",
            Out::Withdrawn => "bad",
        }
    }

    /// Says no to a product that would go on the shelf on a day.
    pub fn refusal(self, day: NaiveDate) -> Refusal {
        let why: Both = match self {
            Out::Lapsed => both(
                format!("Ngày {}, giấy chứng nhận OCOP của sản phẩm đã hết hiệu lực.", date_vi(day)),
                format!("On {} the OCOP certificate of this product had lapsed.", date_vi(day)),
            ),
            Out::Withdrawn => both(
                format!("Ngày {}, giấy chứng nhận OCOP của sản phẩm đã bị thu hồi.", date_vi(day)),
                format!("On {} the OCOP certificate of this product was withdrawn.", date_vi(day)),
            ),
            Out::Claim => both(
                format!("Ngày {}, sản phẩm không có giấy chứng nhận OCOP từ {} sao hay căn cứ nào khác còn hiệu lực.", date_vi(day), stars_from()),
                format!("On {} this product has neither an OCOP certificate of {} stars or more nor another valid basis.", date_vi(day), stars_from()),
            ),
        };
        let todo = both(
            "Chỉ lên kệ OCOP khi có giấy chứng nhận còn hiệu lực hoặc căn cứ kèm văn bản; hàng khác của điểm bày ngoài khu OCOP.",
            "Only products with a live certificate or a claim with its paper go on the OCOP shelf; other goods stand outside the zone.",
        );
        Refusal::rule("zone", why, todo)
    }
}

/// On which basis a product may stand in the OCOP zone on a day, or why it may not. A certificate counts first; of several
/// claims the first in the order of the law.
pub fn may_stand(certificates: &[Certificate], claims: &[ZoneClaim], day: NaiveDate) -> Result<&'static Basis, Out> {
    let standing = standing(certificates, day);
    let stars = standing.certificate.map_or(0, |certificate| certificate.stars);
    if standing.state == State::Live && stars >= stars_from() {
        return get(CERTIFICATE).ok_or(Out::Claim);
    }
    let claimed = all().iter().find(|basis| basis.paper && claims.iter().any(|claim| claim.basis == basis.id && claim.holds(day)));
    claimed.ok_or(match standing.state {
        State::Lapsed => Out::Lapsed,
        State::Withdrawn => Out::Withdrawn,
        State::Live | State::None => Out::Claim,
    })
}
