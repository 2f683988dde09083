//! What may stand in the OCOP zone of a point on a day, and on which basis. Pure: the bases are data of the law.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::error::{Both, Refusal, both};
use crate::law::{Dated, List, built_in};
use crate::listed;
use crate::product::model::{Certificate, State, standing};
use crate::rule::validity::period;
use crate::text::{Tongue, date_vi};
use crate::words;

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
    /// First day of that instrument.
    pub valid_from: NaiveDate,
    /// First day on which it is no longer in force by itself.
    pub valid_to: Option<NaiveDate>,
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

impl Basis {
    /// The time of its instrument in words.
    pub fn period(&self) -> String {
        period(Some(self.valid_from), self.valid_to)
    }
}

listed! { "products/zone.toml" / "basis" of Basis by id, valid_from..valid_to; instrument }

static LISTED: LazyLock<Dated<Basis>> = LazyLock::new(built_in);

/// The list of them.
pub fn list() -> List {
    List::of::<Basis>()
}

/// All bases in the order of the law.
pub fn all() -> &'static [Basis] {
    LISTED.all()
}

/// A basis by its word.
pub fn get(id: &str) -> Option<&'static Basis> {
    LISTED.ever(id)
}

/// Its name; empty for none.
pub fn name(id: &str, lang: Tongue) -> &'static str {
    get(id).map_or("", |basis| lang.pick(basis.name.as_str(), basis.en.as_str()))
}

/// Fewest stars of a certificate that opens the zone on a day: of several such bases the one that began last counts.
pub fn stars_from(day: NaiveDate) -> i64 {
    certificate_basis(day).and_then(|basis| basis.stars_from).unwrap_or(i64::MAX)
}

/// The basis of certificates on a day; before the first, the first.
fn certificate_basis(day: NaiveDate) -> Option<&'static Basis> {
    let begun = all().iter().filter(|basis| basis.id == CERTIFICATE && basis.valid_from <= day).max_by_key(|basis| basis.valid_from);
    begun.or_else(|| get(CERTIFICATE))
}

/// What keeps the bases of the zone in force: criteria sets with their criteria, and decisions to go on applying one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Law {
    /// Instruments whose set is applied by decision, from, to.
    pub applied: Vec<(String, NaiveDate, Option<NaiveDate>)>,
    /// Criteria of sets in force by themselves, from, to.
    pub criteria: Vec<(String, Option<NaiveDate>, Option<NaiveDate>)>,
}

impl Law {
    /// Whether a basis opens the zone to something new on a day. What was done before its instrument began is history and not
    /// judged by it.
    pub fn is_in_force(&self, basis: &Basis, day: NaiveDate) -> bool {
        let within = |from: Option<NaiveDate>, to: Option<NaiveDate>| from.is_none_or(|from| from <= day) && to.is_none_or(|to| day < to);
        basis.valid_to.is_none_or(|to| day < to)
            || self.applied.iter().any(|(instrument, from, to)| *instrument == basis.instrument && within(Some(*from), *to))
            || self.criteria.iter().any(|(criterion, from, to)| *criterion == basis.criterion && within(*from, *to))
    }

    /// Bases that are over and that no decision goes on applying.
    pub fn over(&self, day: NaiveDate) -> Vec<&'static Basis> {
        all().iter().filter(|basis| !self.is_in_force(basis, day)).collect()
    }
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

words! {
    /// Why a product may not stand in the zone.
    pub enum Out {
        /// Its certificate ran out.
        Lapsed = "lapsed" / "Giấy chứng nhận OCOP hết hiệu lực",
        /// Its certificate was taken back.
        Withdrawn = "withdrawn" / "Giấy chứng nhận OCOP đã bị thu hồi",
        /// It has no certificate, too few stars, or its claim has ended.
        Claim = "claim" / "Không có giấy chứng nhận hay căn cứ còn hiệu lực",
        /// The instrument on which its basis rests is over and nobody decided to go on applying it.
        Law = "law" / "Văn bản về khu OCOP đã hết thời gian, chưa có quyết định tiếp tục áp dụng",
    }
}

impl Out {
    /// Whether a decision is lacking, not anything of the product.
    pub fn is_law(self) -> bool {
        self == Out::Law
    }

    /// The same in the width of a chip.
    pub fn short(self) -> &'static str {
        match self {
            Out::Lapsed => "hết hiệu lực",
            Out::Withdrawn => "đã thu hồi",
            Out::Claim => "hết căn cứ",
            Out::Law => "chưa có văn bản",
        }
    }

    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            Out::Lapsed | Out::Claim | Out::Law => "warn",
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
                format!(
                    "Ngày {}, sản phẩm không có giấy chứng nhận OCOP từ {} sao hay căn cứ nào khác còn hiệu lực.",
                    date_vi(day),
                    stars_from(day)
                ),
                format!(
                    "On {} this product has neither an OCOP certificate of {} stars or more nor another valid basis.",
                    date_vi(day),
                    stars_from(day)
                ),
            ),
            Out::Law => both(
                format!(
                    "Ngày {}, văn bản cho phép sản phẩm này vào khu OCOP đã hết thời gian áp dụng và chưa có quyết định tiếp tục.",
                    date_vi(day)
                ),
                format!(
                    "On {} the instrument that lets this product into the OCOP zone was over, and no decision to go on applying it is recorded.",
                    date_vi(day)
                ),
            ),
        };
        if self == Out::Law {
            let todo = both(
                "Lãnh đạo Sở Công Thương ghi quyết định tiếp tục áp dụng ở mục Bộ tiêu chí, “Vận dụng”; sản phẩm đang ở trên kệ không bị ảnh hưởng.",
                "A leader of the Department records the decision to go on applying it under Bộ tiêu chí; what stands on shelves stays there.",
            );
            return Refusal::rule("zone-law", why, todo);
        }
        let todo = both(
            "Chỉ lên kệ OCOP khi có giấy chứng nhận còn hiệu lực hoặc căn cứ kèm văn bản; hàng khác của điểm bày ngoài khu OCOP.",
            "Only products with a live certificate or a claim with its paper go on the OCOP shelf; other goods stand outside the zone.",
        );
        Refusal::rule("zone", why, todo)
    }
}

/// On which bases a product may stand in the OCOP zone on a day, a certificate first, then claims in the order of the law.
fn bases(certificates: &[Certificate], claims: &[ZoneClaim], day: NaiveDate) -> impl Iterator<Item = &'static Basis> {
    let standing = standing(certificates, day);
    let certificate = certificate_basis(day).filter(|basis| {
        standing.state == State::Live
            && standing.certificate.is_some_and(|paper| basis.stars_from.is_some_and(|stars| stars <= paper.stars))
    });
    let claimed = all().iter().filter(move |basis| basis.paper && claims.iter().any(|claim| claim.basis == basis.id && claim.holds(day)));
    certificate.into_iter().chain(claimed)
}

fn out(certificates: &[Certificate], day: NaiveDate) -> Out {
    match standing(certificates, day).state {
        State::Lapsed => Out::Lapsed,
        State::Withdrawn => Out::Withdrawn,
        State::Live | State::None => Out::Claim,
    }
}

/// On which basis a product may stand in the OCOP zone on a day, or why it may not. What stands there stays while its
/// certificate or claim holds, whatever became of the instrument that let it in.
pub fn may_stand(certificates: &[Certificate], claims: &[ZoneClaim], day: NaiveDate) -> Result<&'static Basis, Out> {
    bases(certificates, claims, day).next().ok_or_else(|| out(certificates, day))
}

/// On which basis a product may go there on a day: one whose instrument is in force then.
pub fn may_begin(law: &Law, certificates: &[Certificate], claims: &[ZoneClaim], day: NaiveDate) -> Result<&'static Basis, Out> {
    may_stand(certificates, claims, day)?;
    bases(certificates, claims, day).find(|basis| law.is_in_force(basis, day)).ok_or(Out::Law)
}

/// Why a product that stood there on a basis may no longer: what became of that basis, in words with its paper and day.
pub fn why(basis: &str, certificates: &[Certificate], claims: &[ZoneClaim], day: NaiveDate) -> (Out, String) {
    let ended = claims
        .iter()
        .filter(|claim| claim.basis == basis && claim.ends_on().is_some_and(|to| to <= day))
        .max_by_key(|claim| claim.ends_on());
    if let (true, Some(claim)) = (basis != CERTIFICATE, ended) {
        let paper = format!("{}: giấy số {} của {}", name(basis, Tongue::Vi), claim.paper_no, claim.paper_issuer);
        let to = claim.ends_on().map(date_vi).unwrap_or_default();
        let what = if claim.withdrawn_on.is_some() && claim.withdrawn_on == claim.ends_on() {
            "không còn được tính"
        } else {
            "hết hạn"
        };
        return (Out::Claim, format!("{paper} {what} từ {to}"));
    }
    let standing = standing(certificates, day);
    let out = out(certificates, day);
    let number = standing.certificate.and_then(|paper| paper.number.as_deref()).map(|number| format!(" số {number}")).unwrap_or_default();
    let since = standing.since.map(date_vi).unwrap_or_default();
    let text = match out {
        Out::Lapsed => format!("Giấy chứng nhận OCOP{number} hết hiệu lực từ {since}"),
        Out::Withdrawn => {
            let by = standing
                .certificate
                .map(|paper| paper.withdrawn_decision.as_str())
                .filter(|decision| !decision.is_empty())
                .map(|decision| format!(", theo {decision}"))
                .unwrap_or_default();
            format!("Giấy chứng nhận OCOP{number} bị thu hồi từ {since}{by}")
        }
        Out::Claim | Out::Law => out.name().to_owned(),
    };
    (out, text)
}
