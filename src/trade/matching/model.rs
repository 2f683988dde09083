//! Which product fits which point, and why. Pure: the same product, point, weights and day always give the same answer,
//! whatever else is looked at and in whatever order.
//!
//! A product is proposed for a point only where the point needs it: it asked for such goods, has none of the group on its
//! shelf, or has not this one of its own commune or craft village. Distance, stars, capacity and the life left of the
//! certificate then say which of several come first. Every point of a score is told in words.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::geo;
use crate::product::group;
use crate::text::{Tongue, fold};

/// Most products looked at for a point, and points for a product.
pub const LOOKED_AT: usize = 300;
/// The group of services: they stand on no shelf.
const SERVICE: &str = "tourism";
/// Days of a certificate's whole life, for the share that is left.
const WHOLE_LIFE: i64 = 3 * 365;

/// How much each reason counts: settings of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// What the point said it is looking for.
    pub want: i64,
    /// A group that is not on the shelf.
    pub group: i64,
    /// The same commune.
    pub unit: i64,
    /// A craft village of that commune.
    pub village: i64,
    /// Right beside it; less and less farther away.
    pub near: i64,
    /// Kilometres at which being near no longer counts.
    pub near_km: i64,
    /// One star.
    pub star: i64,
    /// The producer can still deliver.
    pub capacity: i64,
    /// A certificate that has just begun; less and less later.
    pub life: i64,
    /// A certificate that ends within so many days is not proposed.
    pub life_days: i64,
    /// Nor is a pair whose connection ended within so many days.
    pub rest_days: i64,
}

/// Where something is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spot {
    /// Today's unit, or the one recorded.
    pub unit: Option<String>,
    /// Longitude and latitude.
    pub at: Option<(f64, f64)>,
    /// Only the middle of its unit is known.
    pub is_rough: bool,
}

/// What a point says it is looking for.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Want {
    /// Identifier.
    pub id: String,
    /// Which point.
    pub point_id: String,
    /// Group of products.
    pub group_id: String,
    /// More exactly, in its own words.
    pub what: String,
    /// How much a month.
    pub per_month: Option<i64>,
    /// Of what.
    pub unit: String,
    /// Last day it is wanted.
    pub until: Option<NaiveDate>,
}

impl Want {
    /// "Đồ uống: trà sen, 50 hộp mỗi tháng".
    pub fn text(&self) -> String {
        let mut text = group::name(&self.group_id, Tongue::Vi).to_owned();
        if !self.what.is_empty() {
            text.push_str(&format!(": {}", self.what));
        }
        if let Some(count) = self.per_month {
            text.push_str(&format!(", {count} {} mỗi tháng", self.unit));
        }
        text
    }

    /// Whether it still counts on a day.
    pub fn is_open(&self, today: NaiveDate) -> bool {
        self.until.is_none_or(|until| today <= until)
    }
}

/// A point as it is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Where it is.
    pub spot: Spot,
    /// Products on its shelf by group.
    pub shelf: BTreeMap<String, i64>,
    /// What it is looking for.
    pub wants: Vec<Want>,
    /// Names of the craft villages of its commune.
    pub villages: Vec<String>,
}

/// A product as it is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offer {
    /// Its name, folded.
    pub name_fold: String,
    /// Name of its producer, folded.
    pub producer_fold: String,
    /// Group of today.
    pub group_id: String,
    /// Where it is made.
    pub spot: Spot,
    /// Stars.
    pub stars: i64,
    /// First day its certificate is no longer valid; none: it has none.
    pub valid_to: Option<NaiveDate>,
    /// What can be delivered in a month.
    pub capacity: Option<i64>,
    /// Of what.
    pub capacity_unit: String,
    /// What goes out in a month already, as far as results tell it in the same unit.
    pub taken: i64,
}

/// What was between a product and a point before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// A connection runs.
    pub is_running: bool,
    /// The last day one ended.
    pub ended_on: Option<NaiveDate>,
}

/// Why a pair is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// Connected, or being connected.
    Connected,
    /// The connection ended not long ago.
    Ended,
    /// No certificate, or one that ends soon.
    Ending,
    /// The producer has nothing left to deliver.
    Spent,
    /// Nothing says that the point needs it.
    NoNeed,
}

impl LeftOut {
    /// In words, after a number.
    pub fn text(self) -> &'static str {
        match self {
            LeftOut::Connected => "đã hoặc đang kết nối",
            LeftOut::Ended => "mới dừng kết nối",
            LeftOut::Ending => "không còn hoặc sắp hết giấy chứng nhận",
            LeftOut::Spent => "đã cung ứng hết sản lượng",
            LeftOut::NoNeed => "điểm không thiếu",
        }
    }
}

/// One reason with what it adds to the score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// In words.
    pub text: String,
    /// Points; 0 where it is only told.
    pub points: i64,
}

/// How well a product fits a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The sum of its reasons.
    pub points: i64,
    /// Metres between the two, where both are known.
    pub metres: Option<i64>,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
}

/// How well a product fits a point on a day.
///
/// # Errors
/// Why it is not proposed at all.
pub fn fit(place: &Place, offer: &Offer, past: Past, weights: &Weights, today: NaiveDate) -> Result<Fit, LeftOut> {
    if past.is_running {
        return Err(LeftOut::Connected);
    }
    if past.ended_on.is_some_and(|day| (today - day).num_days() < weights.rest_days) {
        return Err(LeftOut::Ended);
    }
    let days_left = offer.valid_to.map_or(0, |to| (to - today).num_days());
    if days_left <= weights.life_days.max(0) {
        return Err(LeftOut::Ending);
    }
    let left = offer.capacity.map(|capacity| capacity - offer.taken);
    if left.is_some_and(|left| left <= 0) {
        return Err(LeftOut::Spent);
    }
    let mut reasons = needs(place, offer, weights, today);
    if reasons.is_empty() {
        return Err(LeftOut::NoNeed);
    }
    let mut add = |points: i64, text: String| reasons.push(Reason { text, points });
    let metres = place
        .spot
        .at
        .zip(offer.spot.at)
        .map(|((lon, lat), (other_lon, other_lat))| geo::distance_m(lon, lat, other_lon, other_lat).round() as i64);
    if let Some(metres) = metres {
        let text = match (place.spot.is_rough || offer.spot.is_rough, place.spot.unit.is_some() && place.spot.unit == offer.spot.unit) {
            (false, _) => format!("cách {}", distance(metres)),
            (true, true) => "ở gần, chưa rõ cách bao xa".to_owned(),
            (true, false) => format!("cách khoảng {} (tính từ giữa xã, phường)", distance(metres)),
        };
        let reach = (weights.near_km * 1000).max(1);
        add(weights.near * (reach - metres).max(0) / reach, text);
    }
    add(weights.star * offer.stars, format!("{} sao", offer.stars));
    if let Some(left) = left {
        let asked = place
            .wants
            .iter()
            .filter(|want| want.group_id == offer.group_id && want.is_open(today) && fold(&want.unit) == fold(&offer.capacity_unit))
            .filter_map(|want| want.per_month)
            .max();
        let (unit, spare) = (&offer.capacity_unit, format!("còn giao được {left} {} mỗi tháng", offer.capacity_unit));
        match asked {
            Some(asked) if left < asked => add(0, format!("{spare}, ít hơn {asked} {unit} điểm cần")),
            Some(asked) => add(weights.capacity, format!("{spare}, đủ {asked} {unit} điểm cần")),
            None => add(weights.capacity, spare),
        }
    }
    add(weights.life * days_left.min(WHOLE_LIFE) / WHOLE_LIFE, format!("giấy chứng nhận còn {days_left} ngày"));
    reasons.sort_by_key(|reason| Reverse(reason.points));
    Ok(Fit { points: reasons.iter().map(|reason| reason.points).sum(), metres, reasons })
}

/// What says that the point needs the product; empty: nothing does.
fn needs(place: &Place, offer: &Offer, weights: &Weights, today: NaiveDate) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add = |points: i64, text: String| reasons.push(Reason { text, points });
    let asked = place.wants.iter().filter(|want| want.group_id == offer.group_id && want.is_open(today));
    let exact = |want: &Want| want.what.is_empty() || holds(&offer.name_fold, &fold(&want.what));
    // an exact wish before one that only names the group; of two alike the first by its words
    if let Some(want) = asked.min_by_key(|want| (!exact(want), want.text())) {
        match exact(want) {
            true => add(weights.want, format!("điểm đang tìm {}", want.text())),
            false => add(weights.want / 2, format!("cùng nhóm với thứ điểm đang tìm ({})", want.text())),
        }
    }
    if !offer.group_id.is_empty() && is_goods(&offer.group_id) && place.shelf.get(&offer.group_id).is_none_or(|count| *count == 0) {
        add(weights.group, format!("điểm chưa có nhóm {}", group::name(&offer.group_id, Tongue::Vi)));
    }
    let is_same_unit = is_goods(&offer.group_id) && place.spot.unit.is_some() && place.spot.unit == offer.spot.unit;
    if is_same_unit {
        add(weights.unit, "cùng xã, phường".to_owned());
        let village = place.villages.iter().filter(|village| of_village(offer, village)).min();
        if let Some(village) = village {
            let word = if fold(village).starts_with("lang ") { "" } else { "làng nghề " };
            add(weights.village, format!("của {word}{village} trong xã, phường"));
        }
    }
    reasons
}

/// Whether the name of a product or of its producer names a craft village: "Khăn lụa Vạn Phúc" and "Làng nghề lụa Vạn Phúc".
fn of_village(offer: &Offer, village: &str) -> bool {
    let folded = fold(village);
    let bare = ["lang nghe truyen thong ", "lang nghe ", "lang "].iter().find_map(|word| folded.strip_prefix(word)).unwrap_or(&folded);
    holds(&offer.name_fold, bare) || holds(&offer.producer_fold, bare)
}

/// Whether a folded text holds folded words, whole.
fn holds(text: &str, words: &str) -> bool {
    !words.is_empty() && format!(" {text} ").contains(&format!(" {words} "))
}

/// "350 m", "2,3 km", "41 km".
pub fn distance(metres: i64) -> String {
    match metres {
        ..1000 => format!("{metres} m"),
        1000..10_000 => format!("{:.1} km", metres as f64 / 1000.0).replace('.', ","),
        _ => format!("{} km", (metres + 500) / 1000),
    }
}

/// Puts proposals in order: the best fit first, of two alike the nearer, then by `key`. The order they came in counts nothing.
pub fn rank<T, K: Ord>(proposals: &mut [(T, Fit)], key: impl Fn(&T) -> K) {
    proposals.sort_by_cached_key(|(what, fit)| (Reverse(fit.points), fit.metres.unwrap_or(i64::MAX), key(what)));
}

/// Whether products of a group can stand on a shelf.
pub fn is_goods(group: &str) -> bool {
    group != SERVICE
}

/// The groups of which nothing stands on a shelf, in the order of the law.
pub fn missing(shelf: &BTreeMap<String, i64>) -> Vec<&'static str> {
    group::all().iter().map(|group| group.id.as_str()).filter(|id| is_goods(id) && shelf.get(*id).is_none_or(|count| *count == 0)).collect()
}
