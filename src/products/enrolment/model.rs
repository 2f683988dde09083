//! A product's registration for a year's evaluation. Pure.
//!
//! ```mermaid
//! stateDiagram-v2
//!   [*] --> draft
//!   draft --> sent : the producer sends it to its commune
//!   draft --> forwarded : a commune registers and forwards in one go
//!   sent --> forwarded : the commune forwards it to the city
//!   sent --> returned : the commune asks for something
//!   forwarded --> returned : the city asks for something
//!   returned --> sent
//!   returned --> forwarded
//!   forwarded --> accepted
//!   draft --> withdrawn
//!   sent --> withdrawn
//!   returned --> withdrawn
//!   forwarded --> withdrawn
//!   accepted --> withdrawn : by the city
//! ```

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::access::{Act, Actor, Scope, Voice};
use crate::error::{Both, Refusal, both};
use crate::product::model::{Certificate, KEEPER, State as Standing, standing};
use crate::product::scale;
use crate::text::{date_vi, fold};
use crate::words;

words! {
    /// Why a product is registered.
    #[derive(PartialOrd, Ord)]
    pub enum Kind {
        /// It was never recognised, or its certificate was taken back.
        New = "new" / "Sản phẩm mới",
        /// It aims at more stars.
        Upgrade = "upgrade" / "Nâng hạng sao",
        /// Its certificate ends, or ended.
        Renewal = "renewal" / "Đánh giá lại",
    }
}

impl Kind {
    /// Refuses a product that does not stand so, and an aim that does not fit it. `year_end` is the first day after the
    /// year registered for.
    pub fn check(self, certificates: &[Certificate], aim: i64, year: i64, today: NaiveDate) -> Result<(), Both> {
        let standing = standing(certificates, today);
        let Some(certificate) = standing.certificate else {
            return match self {
                Kind::New => Ok(()),
                _ => Err(both(
                    "Sản phẩm này chưa có giấy chứng nhận; hãy chọn “Sản phẩm mới”.",
                    "This product has no certificate; choose “new product”.",
                )),
            };
        };
        let stars = certificate.stars;
        match (self, standing.state) {
            (Kind::New, Standing::None | Standing::Withdrawn) => Ok(()),
            (Kind::New, _) => Err(both(
                format!("Sản phẩm này đã được công nhận {stars} sao; hãy chọn “Nâng hạng sao” hoặc “Đánh giá lại”."),
                format!("This product was recognised with {stars} stars; choose “upgrade” or “renewal”."),
            )),
            (_, Standing::Withdrawn) => Err(both(
                format!(
                    "Giấy chứng nhận của sản phẩm này đã bị thu hồi từ ngày {}; sản phẩm phải đăng ký như sản phẩm mới.",
                    date_vi(certificate.ends_on())
                ),
                format!(
                    "The certificate of this product was withdrawn from {}; it has to register as a new product.",
                    date_vi(certificate.ends_on())
                ),
            )),
            (Kind::Upgrade, Standing::Live) if aim <= stars => Err(both(
                format!("Sản phẩm đang có {stars} sao; nâng hạng phải hướng tới nhiều sao hơn."),
                format!("The product has {stars} stars; an upgrade must aim at more."),
            )),
            (Kind::Upgrade, Standing::Live) => Ok(()),
            (Kind::Upgrade, _) => Err(both(
                format!(
                    "Giấy chứng nhận {stars} sao của sản phẩm này đã hết hạn từ ngày {}; hãy chọn “Đánh giá lại”.",
                    date_vi(certificate.ends_on())
                ),
                format!("The certificate ({stars} stars) ended on {}; choose “renewal”.", date_vi(certificate.ends_on())),
            )),
            (Kind::Renewal, _) if year_end(year).is_none_or(|end| certificate.ends_on() > due_by(end)) => Err(both(
                format!(
                    "Giấy chứng nhận có giá trị đến hết {}, sau năm {year}; chưa cần đánh giá lại trong năm đó.",
                    date_vi(certificate.last_day())
                ),
                format!(
                    "The certificate is valid until {}, after {year}; it need not be renewed in that year.",
                    date_vi(certificate.last_day())
                ),
            )),
            (Kind::Renewal, _) if aim < stars => Err(both(
                format!("Sản phẩm đã đạt {stars} sao; hạng hướng tới khi đánh giá lại không thấp hơn."),
                format!("The product reached {stars} stars; a renewal does not aim below."),
            )),
            (Kind::Renewal, _) => Ok(()),
        }
    }
}

/// The latest first day without validity of a certificate whose product may be registered for grading again in a year that ends
/// before `end`: its files are taken from so many days before its last day.
pub fn due_by(end: NaiveDate) -> NaiveDate {
    let rule = end.pred_opt().and_then(crate::product::term::regrading_on);
    end + chrono::Days::new(rule.map_or(0, |rule| rule.opens))
}

/// The first day after a year.
pub fn year_end(year: i64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year + 1).ok()?, 1, 1)
}

words! {
    /// Where a registration stands.
    #[derive(PartialOrd, Ord)]
    pub enum State {
        /// Being written; nobody else sees it.
        Draft = "draft" / "Đang lập",
        /// At the commune.
        Sent = "sent" / "Chờ xã, phường",
        /// At the city.
        Forwarded = "forwarded" / "Chờ Thành phố",
        /// In the year's list.
        Accepted = "accepted" / "Đã tiếp nhận",
        /// Sent back to whoever registered it.
        Returned = "returned" / "Trả lại bổ sung",
        /// Given up.
        Withdrawn = "withdrawn" / "Đã rút",
    }
}

impl State {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            State::Draft | State::Withdrawn => "quiet",
            State::Sent | State::Forwarded => "info",
            State::Accepted => "ok",
            State::Returned => "warn",
        }
    }

    /// Whether it counts as registered in the year's totals.
    pub fn counts(self) -> bool {
        matches!(self, State::Sent | State::Forwarded | State::Accepted)
    }
}

/// Who registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Side {
    /// The producer itself.
    Producer,
    /// Its commune.
    Commune,
}

impl Side {
    /// The side somebody registers on; none where they do not register.
    pub fn of(actor: &Actor) -> Option<Side> {
        match (actor.voice(), actor.scope()) {
            (Some(Voice::Business), Scope::Body(_)) if actor.confirmed => Some(Side::Producer),
            (Some(Voice::Commune), Scope::Unit(_)) => Some(Side::Commune),
            _ => None,
        }
    }

    /// The Vietnamese name.
    pub fn name(self) -> &'static str {
        match self {
            Side::Producer => "Chủ thể",
            Side::Commune => "Xã, phường",
        }
    }
}

/// Whether somebody keeps the year's list for the city.
pub fn may_keep(actor: &Actor) -> bool {
    actor.may(Act::KeepProducts) && actor.can(KEEPER) && actor.scope() == Scope::All
}

/// A registration.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Enrolment {
    /// Identifier.
    pub id: String,
    /// Year of the evaluation.
    pub year: i64,
    /// Who registers.
    pub side: Side,
    /// Why.
    pub kind: Kind,
    /// The product, if it is in the register.
    pub product_id: Option<String>,
    /// Name.
    pub name: String,
    /// Folded name.
    pub name_fold: String,
    /// Dictionary order.
    pub sort: String,
    /// Group of today.
    pub group_id: String,
    /// Producer, if it is known.
    pub producer_id: Option<String>,
    /// Its name.
    pub producer: String,
    /// Word of its kind.
    pub producer_kind: String,
    /// Its tax code, or empty.
    pub tax_code: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// The commune of today.
    pub unit_today: Option<String>,
    /// Stars aimed at.
    pub aim: i64,
    /// Remark.
    pub note: String,
    /// State.
    pub state: State,
    /// Since when.
    pub state_since: NaiveDate,
    /// First day on which it was handed on.
    pub sent_on: Option<NaiveDate>,
    /// Why it was returned or withdrawn.
    pub reason: String,
    /// What keeps a product from being registered twice in a year.
    pub once: Option<String>,
    /// Row version.
    pub version: i64,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// What can be done with a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The producer sends it to its commune.
    Send,
    /// The commune forwards it to the city.
    Forward,
    /// Commune or city send it back.
    Return,
    /// The city takes it into the year's list.
    Accept,
    /// It is given up.
    Withdraw,
}

impl Step {
    /// All steps in the order of screens.
    pub const ALL: [Step; 5] = [Step::Send, Step::Forward, Step::Accept, Step::Return, Step::Withdraw];

    /// The word in addresses.
    pub fn path(self) -> &'static str {
        match self {
            Step::Send => "gui",
            Step::Forward => "chuyen",
            Step::Return => "tra-lai",
            Step::Accept => "tiep-nhan",
            Step::Withdraw => "rut",
        }
    }

    /// The verb of the journal.
    pub fn verb(self) -> &'static str {
        match self {
            Step::Send => "enrol_send",
            Step::Forward => "enrol_forward",
            Step::Return => "enrol_return",
            Step::Accept => "enrol_accept",
            Step::Withdraw => "enrol_withdraw",
        }
    }

    /// What its button says.
    pub fn button(self) -> &'static str {
        match self {
            Step::Send => "Gửi xã, phường",
            Step::Forward => "Chuyển Thành phố",
            Step::Return => "Trả lại để bổ sung",
            Step::Accept => "Tiếp nhận vào danh sách năm",
            Step::Withdraw => "Rút đăng ký",
        }
    }

    /// Whether a reason has to be given.
    pub fn needs_reason(self) -> bool {
        matches!(self, Step::Return | Step::Withdraw)
    }

    /// Reads the word of an address.
    pub fn read(path: &str) -> Option<Step> {
        Step::ALL.into_iter().find(|step| step.path() == path)
    }

    /// Whether a caller who sees the registration may take this step now.
    pub fn may(self, actor: &Actor, enrolment: &Enrolment) -> bool {
        let (side, state) = (Side::of(actor), enrolment.state);
        let owns = side == Some(enrolment.side);
        let open = matches!(state, State::Draft | State::Returned);
        match self {
            Step::Send => owns && side == Some(Side::Producer) && open,
            Step::Forward => side == Some(Side::Commune) && (state == State::Sent || (owns && open)),
            Step::Return => (side == Some(Side::Commune) && state == State::Sent) || (may_keep(actor) && state == State::Forwarded),
            Step::Accept => may_keep(actor) && state == State::Forwarded,
            Step::Withdraw => {
                (owns && !matches!(state, State::Accepted | State::Withdrawn)) || (may_keep(actor) && state == State::Accepted)
            }
        }
    }

    /// The state it leads to.
    pub fn to(self) -> State {
        match self {
            Step::Send => State::Sent,
            Step::Forward => State::Forwarded,
            Step::Return => State::Returned,
            Step::Accept => State::Accepted,
            Step::Withdraw => State::Withdrawn,
        }
    }
}

impl Enrolment {
    /// Takes a step.
    ///
    /// # Errors
    /// A step that this caller cannot take in this state.
    pub fn step(mut self, step: Step, actor: &Actor, reason: &str, today: NaiveDate) -> Result<Enrolment, Refusal> {
        if !step.may(actor, &self) {
            return Err(Refusal::rule(
                "enrolment-step",
                both(
                    format!("Đăng ký đang ở trạng thái “{}”; bạn không làm được bước “{}” lúc này.", self.state.name(), step.button()),
                    format!("The registration is “{}”; you cannot take this step now.", self.state.word()),
                ),
                both("Hãy mở lại đăng ký để xem các bước có thể làm.", "Open it again to see the steps it allows."),
            ));
        }
        self.state = step.to();
        self.state_since = today;
        self.reason = reason.to_owned();
        if matches!(step, Step::Send | Step::Forward) {
            self.sent_on = self.sent_on.or(Some(today));
        }
        if step == Step::Withdraw {
            self.once = None;
        }
        Ok(self)
    }

    /// Whether a caller who sees it may change what it says.
    pub fn may_edit(&self, actor: &Actor) -> bool {
        Side::of(actor) == Some(self.side) && matches!(self.state, State::Draft | State::Returned)
    }

    /// Whether it was handed on after the closing day, or still lies with whoever registers it then.
    pub fn is_late(&self, closes_on: Option<NaiveDate>, today: NaiveDate) -> bool {
        self.state != State::Withdrawn && closes_on.is_some_and(|day| day < self.sent_on.unwrap_or(today))
    }

    /// What keeps the same product from being registered twice in a year.
    pub fn once(&self) -> String {
        match (&self.product_id, &self.producer_id) {
            (Some(product), _) => format!("{}:{product}", self.year),
            (None, Some(producer)) => format!("{}:{producer}:{}", self.year, self.name_fold),
            (None, None) if !self.tax_code.is_empty() => format!("{}:{}:{}", self.year, self.tax_code, self.name_fold),
            (None, None) => format!("{}:{}:{}", self.year, fold(&self.producer), self.name_fold),
        }
    }

    /// Whether it lies in a scope. A draft is seen by the side that writes it.
    pub fn in_scope(&self, actor: &Actor) -> bool {
        let shown = self.state != State::Draft || Side::of(actor) == Some(self.side);
        shown
            && match actor.scope() {
                Scope::All => true,
                Scope::Unit(unit) => self.unit_today.as_deref() == Some(unit.as_str()),
                Scope::Body(body) => self.producer_id.as_deref() == Some(body.as_str()),
                Scope::None => false,
            }
    }
}

/// Years that can be registered for on a day: this one and the next.
pub fn years(today: NaiveDate) -> [i64; 2] {
    [i64::from(today.year()), i64::from(today.year()) + 1]
}

/// Reads a year that products can be registered for.
pub fn read_year(typed: &str, today: NaiveDate) -> Result<i64, Both> {
    let [this, next] = years(today);
    typed.parse::<i64>().ok().filter(|year| (this..=next).contains(year)).ok_or_else(|| {
        both(
            format!("Chỉ đăng ký được cho năm {this} hoặc {next}; hãy chọn lại năm."),
            format!("Products are registered for {this} or {next}; choose the year again."),
        )
    })
}

/// Stars that can be aimed at on a day: those that have a certificate.
pub fn aims(today: NaiveDate) -> Vec<i64> {
    scale::on(today).map(|scale| (scale.certified_from..=scale.thresholds.len() as i64).collect()).unwrap_or_default()
}

/// Reads stars aimed at.
pub fn read_aim(typed: &str, today: NaiveDate) -> Result<i64, Both> {
    let aims = aims(today);
    let (least, most) = (aims.first().copied().unwrap_or_default(), aims.last().copied().unwrap_or_default());
    typed.parse::<i64>().ok().filter(|aim| aims.contains(aim)).ok_or_else(|| {
        both(
            format!("Hạng sao hướng tới là số từ {least} đến {most}; hãy chọn lại."),
            format!("Stars aimed at are a number from {least} to {most}; choose again."),
        )
    })
}

/// How many registrations of a year are alike.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Part {
    /// The commune of today.
    pub unit_today: Option<String>,
    /// Group.
    pub group_id: String,
    /// Why.
    pub kind: Kind,
    /// Stars aimed at.
    pub aim: i64,
    /// State.
    pub state: State,
    /// How many.
    pub n: i64,
}

/// A line of the totals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// What is counted.
    pub name: String,
    /// Registered.
    pub registered: i64,
    /// Of these taken into the year's list.
    pub accepted: i64,
}

/// Adds parts up by whatever `name` tells of each; those that do not count are left out.
pub fn sums(parts: &[Part], key: impl Fn(&Part) -> (String, String)) -> Vec<Sum> {
    let mut found: std::collections::BTreeMap<(String, String), (i64, i64)> = std::collections::BTreeMap::new();
    for part in parts.iter().filter(|part| part.state.counts()) {
        let sum = found.entry(key(part)).or_default();
        sum.0 += part.n;
        sum.1 += if part.state == State::Accepted { part.n } else { 0 };
    }
    found.into_iter().map(|((_, name), (registered, accepted))| Sum { name, registered, accepted }).collect()
}
