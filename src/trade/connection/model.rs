//! A connection of a product with a place: its stages, who may take which step, and the days. Pure.
//!
//! ```mermaid
//! stateDiagram-v2
//!   [*] --> proposed : propose (producer, seller, office)
//!   proposed --> sample : sample
//!   proposed --> agreed : agree
//!   sample --> agreed : agree
//!   proposed --> on_shelf : put on the shelf
//!   sample --> on_shelf : put on the shelf
//!   agreed --> on_shelf : put on the shelf
//!   on_shelf --> agreed : take off (it may come back)
//!   proposed --> ended : end, with a reason
//!   sample --> ended : end, with a reason
//!   agreed --> ended : end, with a reason
//!   on_shelf --> ended : end, with a reason
//! ```
//! Whoever proposed does not agree for the other side; only the seller or an office says that goods stand on the shelf.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::access::{Act, Actor, Voice};
use crate::error::{Both, Refusal, both};
use crate::point;
use crate::product::{Product, model::KEEPER};
use crate::text::date_vi;

use super::zone::{Basis, Out};
use crate::words;

pub use super::task::{How, Takedown};

words! {
    /// Where a connection stands.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum Stage {
        /// One side asked.
        Proposed = "proposed" / "Đã đề nghị",
        /// A sample was sent.
        Sample = "sample" / "Đã gửi mẫu",
        /// Price and terms are agreed.
        Agreed = "agreed" / "Đã thỏa thuận",
        /// The product stands on the shelf.
        OnShelf = "on_shelf" / "Đang trên kệ",
        /// Over.
        Ended = "ended" / "Đã kết thúc",
    }
}

impl Stage {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            Stage::Proposed | Stage::Sample | Stage::Agreed => "info",
            Stage::OnShelf => "ok",
            Stage::Ended => "quiet",
        }
    }
}

words! {
    /// Who acts in a connection.
    pub enum Side {
        /// Chủ thể, who makes the product.
        Producer = "producer" / "chủ thể",
        /// The operator of the point, or the chain.
        Seller = "seller" / "bên bán",
        /// A department or the commune.
        Office = "office" / "cơ quan",
        /// The association that stands by the point: it proposes, and agrees to nothing.
        Association = "association" / "hội, hiệp hội",
    }
}

words! {
    /// What is done with a running connection.
    pub enum Step {
        /// A sample is sent.
        Sample = "sample",
        /// Price and terms are agreed.
        Agree = "agree",
        /// The product goes on the shelf.
        Shelf = "shelf",
        /// It comes off the shelf; the agreement stays.
        Off = "off",
        /// Over.
        End = "end",
    }
}

impl Step {
    /// The verb of the journal.
    pub fn verb(self) -> &'static str {
        match self {
            Step::Sample => "connect_sample",
            Step::Agree => "connect_agree",
            Step::Shelf => "connect_shelf",
            Step::Off => "connect_off",
            Step::End => "connect_end",
        }
    }

    /// What the ledger of steps calls it.
    pub fn entered(self) -> &'static str {
        match self {
            Step::Sample => Stage::Sample.word(),
            Step::Agree => Stage::Agreed.word(),
            Step::Shelf => Stage::OnShelf.word(),
            Step::Off => OFF_SHELF,
            Step::End => Stage::Ended.word(),
        }
    }

    /// Stages from which it is taken.
    pub fn from(self) -> &'static [Stage] {
        match self {
            Step::Sample => &[Stage::Proposed],
            Step::Agree => &[Stage::Proposed, Stage::Sample],
            Step::Shelf => &[Stage::Proposed, Stage::Sample, Stage::Agreed],
            Step::Off => &[Stage::OnShelf],
            Step::End => &[Stage::Proposed, Stage::Sample, Stage::Agreed, Stage::OnShelf],
        }
    }

    /// Whether somebody who acts for these sides may take it now.
    pub fn may(self, connection: &Connection, sides: &[Side]) -> bool {
        self.from().contains(&connection.stage) && self.side(connection, sides).is_some()
    }

    /// For which of these sides it is taken.
    pub fn side(self, connection: &Connection, sides: &[Side]) -> Option<Side> {
        let proposer = Side::read(&connection.proposed_by);
        if sides.contains(&Side::Association) {
            // it takes its own proposal back, and no other step
            return (self == Step::End && connection.stage == Stage::Proposed && proposer == Some(Side::Association))
                .then_some(Side::Association);
        }
        // what an association proposes to a point is answered by who sells there, or the city
        let consents = |side: &&Side| match proposer {
            Some(Side::Association) => matches!(side, Side::Seller | Side::Office),
            _ => **side == Side::Office || proposer != Some(**side),
        };
        let sells = |side: &&Side| matches!(side, Side::Seller | Side::Office);
        match self {
            Step::Sample | Step::End => sides.first(),
            Step::Agree => sides.iter().find(consents),
            // going straight to the shelf is agreeing too
            Step::Shelf if connection.stage != Stage::Agreed => {
                sides.iter().find(sells).filter(|_| sides.iter().any(|side| consents(&side)))
            }
            Step::Shelf | Step::Off => sides.iter().find(sells),
        }
        .copied()
    }
}

/// What the ledger of steps calls a product that came off the shelf.
pub const OFF_SHELF: &str = "off_shelf";

/// The name of a step in the ledger.
pub fn step_name(word: &str) -> &'static str {
    match Stage::read(word) {
        Some(Stage::Proposed) => "Đề nghị kết nối",
        Some(Stage::Sample) => "Gửi mẫu",
        Some(Stage::Agreed) => "Thỏa thuận",
        Some(Stage::OnShelf) => "Lên kệ",
        Some(Stage::Ended) => "Kết thúc",
        None => "Đưa khỏi kệ",
    }
}

/// A connection as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Connection {
    /// Identifier.
    pub id: String,
    /// The product.
    pub product_id: String,
    /// The point, if it is one.
    pub point_id: Option<String>,
    /// The chain, if it is one.
    pub chain_id: Option<String>,
    /// `point:ID` or `chain:ID`.
    pub place: String,
    /// Stage.
    pub stage: Stage,
    /// Its first day.
    pub since: NaiveDate,
    /// Word of the [`Side`] that proposed.
    pub proposed_by: String,
    /// Price agreed, đồng; never public.
    pub price: Option<i64>,
    /// Terms agreed; never public.
    pub terms: String,
    /// On which basis it went on the shelf.
    pub basis: String,
    /// First day on the shelf, the last time it went there.
    pub on_shelf_from: Option<NaiveDate>,
    /// First day no longer.
    pub off_shelf_on: Option<NaiveDate>,
    /// Last change to ended.
    pub ended_on: Option<NaiveDate>,
    /// Word of the side that ended it; empty while it runs.
    pub ended_by: String,
    /// Why.
    pub ended_reason: String,
    /// The place while it runs.
    pub open_place: Option<String>,
    /// Row version.
    pub version: i64,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// Where a product can go: a point or a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A point, by id.
    Point(String),
    /// A chain, by the id of its body.
    Chain(String),
}

impl Place {
    /// What column `place` holds for it.
    pub fn key(&self) -> String {
        match self {
            Place::Point(id) => format!("point:{id}"),
            Place::Chain(id) => format!("chain:{id}"),
        }
    }

    /// Reads what [`Place::key`] writes.
    pub fn read(key: &str) -> Option<Place> {
        match key.split_once(':')? {
            ("point", id) => Some(Place::Point(id.to_owned())),
            ("chain", id) => Some(Place::Chain(id.to_owned())),
            _ => None,
        }
    }

    /// Id of the point.
    pub fn point(&self) -> Option<&str> {
        match self {
            Place::Point(id) => Some(id),
            Place::Chain(_) => None,
        }
    }

    /// Id of the chain.
    pub fn chain(&self) -> Option<&str> {
        match self {
            Place::Chain(id) => Some(id),
            Place::Point(_) => None,
        }
    }
}

impl Connection {
    /// A new proposal.
    pub fn proposed(product: &Product, place: &Place, by: Side, day: NaiveDate, created_by: &str, now: DateTime<Utc>) -> Connection {
        Connection {
            id: crate::clock::new_id(),
            product_id: product.id.clone(),
            point_id: place.point().map(str::to_owned),
            chain_id: place.chain().map(str::to_owned),
            place: place.key(),
            stage: Stage::Proposed,
            since: day,
            proposed_by: by.word().to_owned(),
            price: None,
            terms: String::new(),
            basis: String::new(),
            on_shelf_from: None,
            off_shelf_on: None,
            ended_on: None,
            ended_by: String::new(),
            ended_reason: String::new(),
            open_place: Some(place.key()),
            version: 1,
            created_by: created_by.to_owned(),
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether it runs.
    pub fn is_open(&self) -> bool {
        self.stage != Stage::Ended
    }

    fn enter(mut self, step: Step, stage: Stage, day: NaiveDate, today: NaiveDate) -> Result<Connection, Refusal> {
        if !step.from().contains(&self.stage) {
            return Err(Refusal::rule(
                "stage",
                both(
                    format!("Kết nối đang ở bước “{}”; không làm được việc này.", self.stage.name()),
                    format!("The connection is at “{}”; this step is not open.", self.stage.word()),
                ),
                both("Hãy mở lại kết nối để xem bước tiếp theo.", "Open the connection again to see what is next."),
            ));
        }
        check_day(day, Some(self.since), today).map_err(Refusal::invalid)?;
        (self.stage, self.since) = (stage, day);
        Ok(self)
    }

    /// A sample was sent.
    ///
    /// # Errors
    /// A stage from which it does not follow; a day before the last step or in the future.
    pub fn sample(self, day: NaiveDate, today: NaiveDate) -> Result<Connection, Refusal> {
        self.enter(Step::Sample, Stage::Sample, day, today)
    }

    /// Price and terms are agreed.
    ///
    /// # Errors
    /// The same.
    pub fn agree(self, price: Option<i64>, terms: &str, day: NaiveDate, today: NaiveDate) -> Result<Connection, Refusal> {
        let mut after = self.enter(Step::Agree, Stage::Agreed, day, today)?;
        (after.price, after.terms) = (price, terms.to_owned());
        Ok(after)
    }

    /// The product goes on the shelf, on the basis it has that day.
    ///
    /// # Errors
    /// The same, and no basis.
    pub fn put_on_shelf(self, basis: Result<&Basis, Out>, day: NaiveDate, today: NaiveDate) -> Result<Connection, Refusal> {
        let mut after = self.enter(Step::Shelf, Stage::OnShelf, day, today)?;
        after.basis = basis.map_err(|out| out.refusal(day))?.id.clone();
        (after.on_shelf_from, after.off_shelf_on) = (Some(day), None);
        Ok(after)
    }

    /// The product comes off the shelf on this day; what was agreed stays.
    ///
    /// # Errors
    /// A stage from which it does not follow; a day before it went there or in the future.
    pub fn take_off(self, day: NaiveDate, today: NaiveDate) -> Result<Connection, Refusal> {
        let mut after = self.enter(Step::Off, Stage::Agreed, day, today)?;
        after.off_shelf_on = Some(day);
        Ok(after)
    }

    /// Over, with a reason.
    ///
    /// # Errors
    /// The same, and no reason.
    pub fn end(self, by: Side, reason: &str, day: NaiveDate, today: NaiveDate) -> Result<Connection, Refusal> {
        if reason.is_empty() {
            return Err(Refusal::invalid(both("Hãy ghi lý do kết thúc kết nối.", "State why the connection ends.")));
        }
        let stood = self.stage == Stage::OnShelf;
        let mut after = self.enter(Step::End, Stage::Ended, day, today)?;
        if stood {
            after.off_shelf_on = Some(day);
        }
        (after.ended_on, after.ended_by, after.ended_reason, after.open_place) = (Some(day), by.word().to_owned(), reason.to_owned(), None);
        Ok(after)
    }
}

/// A step in the ledger.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Taken {
    /// Number in the connection, from 1.
    pub seq: i64,
    /// Stage entered, or `off_shelf`.
    pub stage: String,
    /// Its day.
    pub day: NaiveDate,
    /// Word of the side that said so.
    pub by_side: String,
    /// Role and body.
    pub by_name: String,
    /// Remark.
    pub note: String,
}

impl Taken {
    /// Its name.
    pub fn name(&self) -> &'static str {
        step_name(&self.stage)
    }
}

/// Whether a step can have happened on a day: not before the one before it, not in the future.
pub fn check_day(day: NaiveDate, after: Option<NaiveDate>, today: NaiveDate) -> Result<(), Both> {
    if day > today {
        return Err(both(
            format!("Ngày {} ở tương lai; hãy ghi khi việc đã xong.", date_vi(day)),
            format!("{} lies in the future; record it once it is done.", date_vi(day)),
        ));
    }
    match after.filter(|after| day < *after) {
        Some(after) => Err(both(
            format!("Ngày {} trước bước liền trước ({}); hãy kiểm tra lại.", date_vi(day), date_vi(after)),
            format!("{} lies before the step before it ({}); check the day.", date_vi(day), date_vi(after)),
        )),
        None => crate::law::before_programme(day.year()).map_or(Ok(()), Err),
    }
}

/// Whether a point can be proposed to and agreed with: it is being fitted out, open or paused.
pub fn takes_goods(state: point::State) -> Result<(), Refusal> {
    match state {
        point::State::Preparing | point::State::Operating | point::State::Suspended => Ok(()),
        point::State::Closed | point::State::Withdrawn => Err(Refusal::rule(
            "point-over",
            both(
                "Điểm đã đóng hoặc đã rút; không kết nối sản phẩm vào được.",
                "The point is closed or withdrawn; no product can be connected with it.",
            ),
            both("Hãy chọn điểm khác.", "Choose another point."),
        )),
        _ => Err(Refusal::rule(
            "point-early",
            both(
                "Điểm chưa được lựa chọn và chuẩn bị; chưa kết nối sản phẩm vào được.",
                "The point is not being prepared yet; no product can be connected with it.",
            ),
            both(
                "Có thể đề nghị và thỏa thuận từ khi điểm bắt đầu chuẩn bị.",
                "A connection can be proposed and agreed once its preparation has begun.",
            ),
        )),
    }
}

/// Whether goods can have gone on the shelf of a point that was in this state on the day; none: it did not exist.
pub fn has_shelf(state: Option<point::State>, day: NaiveDate) -> Result<(), Refusal> {
    match state {
        Some(point::State::Operating | point::State::Suspended) => Ok(()),
        Some(point::State::Closed | point::State::Withdrawn) => takes_goods(point::State::Closed),
        _ => Err(Refusal::rule(
            "point-not-open",
            both(
                format!("Ngày {} điểm chưa khai trương; chưa có kệ để bày.", date_vi(day)),
                format!("On {} the point had not opened; it had no shelf.", date_vi(day)),
            ),
            both(
                "Hãy ghi lên kệ từ ngày khai trương; trước đó có thể ghi thỏa thuận.",
                "Record the shelf from the opening on; an agreement may come before.",
            ),
        )),
    }
}

/// Whether somebody works for an office that keeps the ledger and brings producers and sellers together: Sở Công Thương, or who
/// keeps the register of products.
pub fn is_office(actor: &Actor) -> bool {
    actor.may(Act::KeepConnections) && (actor.can("accept") || actor.can(KEEPER))
}

/// For which sides a caller acts in a connection of this producer and seller. Rows are a matter of scope.
pub fn sides(actor: &Actor, producer: Option<&str>, seller: Option<&str>) -> Vec<Side> {
    match actor.voice() {
        Some(Voice::City) if is_office(actor) => vec![Side::Office],
        Some(Voice::Commune) => vec![Side::Office],
        Some(Voice::Association) if actor.can("nominate") => vec![Side::Association],
        Some(Voice::Business) if actor.confirmed && actor.body_id().is_some() => {
            let of = |body: Option<&str>, side: Side| (body == actor.body_id()).then_some(side);
            [of(producer, Side::Producer), of(seller, Side::Seller)].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

/// A store of a chain.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct ChainStore {
    /// Identifier.
    pub id: String,
    /// Of which chain.
    pub chain_id: String,
    /// Name.
    pub name: String,
    /// Folded name.
    pub name_fold: String,
    /// Address as printed.
    pub address: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// Today's unit, if certain.
    pub unit_today: Option<String>,
    /// Longitude, degrees.
    pub lon: Option<f64>,
    /// Latitude, degrees.
    pub lat: Option<f64>,
    /// First day closed.
    pub closed_on: Option<NaiveDate>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
}

impl ChainStore {
    /// Whether it is open on a day.
    pub fn is_open(&self, day: NaiveDate) -> bool {
        self.closed_on.is_none_or(|closed| day < closed)
    }
}

/// Name and tone of a stage of the ledger.
pub fn stage_words(word: &str) -> (&'static str, &'static str) {
    match word {
        "proposed" => ("Đã đề nghị", "info"),
        "sample" => ("Gửi mẫu", "info"),
        "agreed" => ("Đã thỏa thuận", "warn"),
        "on_shelf" => ("Trên kệ", "ok"),
        "ended" => ("Đã dừng", "quiet"),
        _ => ("Chưa kết nối", "quiet"),
    }
}
