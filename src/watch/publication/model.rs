//! Portals and the way of an entry on them. Pure: a step takes the entry as it was and gives it as it will be, nothing
//! when there is nothing to do, or a refusal.
//!
//! ```mermaid
//! stateDiagram-v2
//!   [*] --> wanted : the point is public
//!   wanted --> sent : feed or mail
//!   sent --> confirmed : the portal, or staff for it
//!   confirmed --> confirmed : another address
//!   wanted --> taken_down : stopped before it was sent
//!   sent --> takedown_wanted : the point stops
//!   confirmed --> takedown_wanted
//!   takedown_wanted --> takedown_sent : feed or mail
//!   takedown_wanted --> taken_down : the portal, or staff for it
//!   takedown_sent --> taken_down
//!   takedown_sent --> takedown_wanted : the reason is another one
//!   takedown_wanted --> wanted : the point runs again
//!   takedown_sent --> wanted
//!   taken_down --> wanted
//! ```

use chrono::{Duration, NaiveDate};

use crate::error::{Both, Refusal, both};
use crate::point::State;
use crate::text::{Tongue, date_vi};
use crate::words;

/// Longest address of a page.
const URL_LIMIT: usize = 500;
/// Longest name of who answers.
const NAME_LIMIT: usize = 120;

/// How a portal is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum How {
    /// It reads the signed feed.
    Feed,
    /// It gets mails.
    Mail,
}

impl How {
    /// Both, with their names.
    pub const ALL: [(How, &'static str); 2] =
        [(How::Feed, "Cổng tự đọc nguồn tin có chữ ký (Atom, JSON)"), (How::Mail, "Gửi thư điện tử cho người phụ trách cổng")];

    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            How::Feed => "feed",
            How::Mail => "mail",
        }
    }

    /// Reads the word back.
    pub fn read(word: &str) -> Option<How> {
        How::ALL.into_iter().map(|(how, _)| how).find(|how| how.word() == word)
    }

    /// In two words.
    pub fn short(self) -> &'static str {
        match self {
            How::Feed => "nguồn tin",
            How::Mail => "thư điện tử",
        }
    }
}

/// Which points a portal counts, with names for the screen.
pub const COUNTERS: [(&str, &str); 3] =
    [("", "Tất cả điểm đang hoạt động"), ("city", "Điểm Thành phố tính"), ("ministry", "Điểm Bộ Công Thương hỗ trợ")];

/// A portal that must show the points.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Outlet {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Dictionary order.
    pub sort: String,
    /// Whose portal it is.
    pub body_id: Option<String>,
    /// Address of the site.
    pub address: String,
    /// Mail address of whoever keeps it.
    pub mail: String,
    /// How it is told.
    pub how: How,
    /// Origin that may show our embeds, or empty.
    pub origin: String,
    /// Shows the points of this unit only.
    pub unit_id: Option<String>,
    /// Shows the points of this count only: empty, `city`, `ministry`.
    pub counter: String,
    /// Digest of the secret of its page.
    pub secret_hash: String,
    /// Which secret, from 1.
    pub secret_no: i64,
    /// First day.
    pub valid_from: NaiveDate,
    /// First day no longer.
    pub valid_to: Option<NaiveDate>,
    /// When its entries were last compared with the whole register.
    pub filled_on: Option<NaiveDate>,
    /// Last reminder.
    pub reminded_on: Option<NaiveDate>,
    /// Which paper says that it must show them.
    pub source: String,
    /// Sample data.
    pub demo: bool,
    /// Row version.
    pub version: i64,
}

impl Outlet {
    /// Whether it counts on a day.
    pub fn is_in_force(&self, on: NaiveDate) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|to| to > on)
    }

    /// Whether a point belongs on it as long as the point operates. Sample points go to sample portals by mail only:
    /// the feed never holds them.
    pub fn covers(&self, facts: &Facts) -> bool {
        let counted = self.counter.is_empty() || facts.counted_by.split(' ').any(|word| word == self.counter);
        let sample = !facts.demo || self.demo && self.how == How::Mail;
        counted && sample && (self.unit_id.is_none() || facts.in_unit)
    }

    /// Whether an address lies on the portal's own site or below it.
    pub fn is_own(&self, address: &str) -> bool {
        match (host(&self.address), host(address)) {
            (Some(own), Some(host)) => {
                let own = own.strip_prefix("www.").unwrap_or(&own);
                host == own || host.ends_with(&format!(".{own}"))
            }
            _ => false,
        }
    }
}

/// What decides on which portals a point belongs.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Facts {
    /// The point.
    pub id: String,
    /// Its state.
    pub state: State,
    /// Since when.
    pub state_since: NaiveDate,
    /// Who counts it.
    pub counted_by: String,
    /// Sample data.
    pub demo: bool,
    /// Whether it surely lies in the portal's unit.
    pub in_unit: bool,
}

words! {
    /// How far an entry has come.
    #[derive(PartialOrd, Ord)]
    pub enum ListingState {
        /// To be told to the portal.
        Wanted = "wanted",
        /// Told.
        Sent = "sent",
        /// The portal shows it.
        Confirmed = "confirmed",
        /// The portal is to be told to take it down.
        TakedownWanted = "takedown_wanted",
        /// Told.
        TakedownSent = "takedown_sent",
        /// No longer there, or never was.
        TakenDown = "taken_down",
    }
}

impl ListingState {
    /// The name on screens, with the tone of its chip.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            ListingState::Wanted => ("info", "chưa gửi đề nghị đăng"),
            ListingState::Sent => ("info", "chờ cổng đăng"),
            ListingState::Confirmed => ("ok", "đã đăng"),
            ListingState::TakedownWanted => ("warn", "chưa gửi đề nghị gỡ"),
            ListingState::TakedownSent => ("warn", "chờ cổng gỡ"),
            ListingState::TakenDown => ("quiet", "đã gỡ"),
        }
    }

    /// What is outstanding in this state.
    pub fn stage(self) -> Stage {
        match self {
            ListingState::Wanted | ListingState::Sent => Stage::Publish,
            ListingState::Confirmed => Stage::Shown,
            ListingState::TakedownWanted | ListingState::TakedownSent => Stage::Takedown,
            ListingState::TakenDown => Stage::Gone,
        }
    }
}

words! {
    /// What is outstanding of an entry.
    pub enum Stage {
        /// The portal is to take it down.
        Takedown = "takedown" / "Chờ gỡ",
        /// The portal is to show it.
        Publish = "publish" / "Chờ đăng",
        /// Nothing: it is shown.
        Shown = "shown" / "Đang đăng",
        /// Nothing: it is gone.
        Gone = "gone" / "Đã gỡ",
    }
}

impl Stage {
    /// Whether the portal still has to do something.
    pub fn is_outstanding(self) -> bool {
        matches!(self, Stage::Takedown | Stage::Publish)
    }
}

/// One point on one portal.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Listing {
    /// The portal.
    pub outlet_id: String,
    /// The point.
    pub point_id: String,
    /// How far it has come.
    pub state: ListingState,
    /// Since when it should be shown.
    pub wanted_on: NaiveDate,
    /// When the portal was told.
    pub sent_on: Option<NaiveDate>,
    /// How: `feed`, `mail`, or empty.
    pub sent_how: String,
    /// When it was confirmed.
    pub confirmed_on: Option<NaiveDate>,
    /// Where it is shown.
    pub confirmed_url: String,
    /// Who said so.
    pub confirmed_by: String,
    /// Since when it should be taken down.
    pub takedown_on: Option<NaiveDate>,
    /// When the portal was told that first.
    pub takedown_sent_on: Option<NaiveDate>,
    /// When it was gone.
    pub taken_down_on: Option<NaiveDate>,
    /// Who said so.
    pub taken_down_by: String,
    /// Why it has to go.
    pub note: String,
    /// Row version.
    pub version: i64,
}

impl Listing {
    /// An entry that is wanted from today on.
    pub fn new(outlet: &str, point: &str, today: NaiveDate) -> Listing {
        Listing {
            outlet_id: outlet.to_owned(),
            point_id: point.to_owned(),
            state: ListingState::Wanted,
            wanted_on: today,
            sent_on: None,
            sent_how: String::new(),
            confirmed_on: None,
            confirmed_url: String::new(),
            confirmed_by: String::new(),
            takedown_on: None,
            takedown_sent_on: None,
            taken_down_on: None,
            taken_down_by: String::new(),
            note: String::new(),
            version: 1,
        }
    }

    /// First day of the present state.
    pub fn since(&self) -> NaiveDate {
        let day = match self.state {
            ListingState::Wanted => Some(self.wanted_on),
            ListingState::Sent => self.sent_on,
            ListingState::Confirmed => self.confirmed_on,
            ListingState::TakedownWanted | ListingState::TakedownSent => self.takedown_sent_on.or(self.takedown_on),
            ListingState::TakenDown => self.taken_down_on,
        };
        day.unwrap_or(self.wanted_on)
    }

    /// The point is public: nothing if the portal has it or was asked for it. The last address stays as a hint; a portal that
    /// was asked to take it down learns since when that no longer holds.
    pub fn want(self, since: NaiveDate, today: NaiveDate) -> Option<Listing> {
        let stage = self.state.stage();
        if !matches!(stage, Stage::Takedown | Stage::Gone) {
            return None;
        }
        let note = match stage {
            Stage::Takedown => format!("Điểm hoạt động lại từ {}; tin chưa gỡ thì giữ nguyên và xác nhận.", date_vi(since)),
            _ => String::new(),
        };
        let (outlet, point) = (self.outlet_id, self.point_id);
        Some(Listing { confirmed_url: self.confirmed_url, version: self.version, note, ..Listing::new(&outlet, &point, today) })
    }

    /// The point is no longer to be shown there. What the portal was never told is simply dropped; where it was asked already
    /// and the reason is another one now, it is told again, and stays late since it was asked first.
    pub fn unwant(mut self, reason: &str, today: NaiveDate) -> Option<Listing> {
        match self.state {
            ListingState::Wanted => {
                self.state = ListingState::TakenDown;
                self.taken_down_on = Some(today);
            }
            ListingState::Sent | ListingState::Confirmed => {
                self.state = ListingState::TakedownWanted;
                self.takedown_on = Some(today);
                self.takedown_sent_on = None;
            }
            ListingState::TakedownWanted | ListingState::TakedownSent if self.note != reason => self.state = ListingState::TakedownWanted,
            _ => return None,
        }
        self.note = reason.to_owned();
        Some(self)
    }

    /// The portal shows it there, says `by`. A later answer may give another address.
    pub fn confirm(mut self, url: &str, by: &str, today: NaiveDate) -> Result<Listing, ListingRefusal> {
        match self.state {
            ListingState::Sent | ListingState::Confirmed => {}
            ListingState::Wanted => return Err(ListingRefusal::NeverSent),
            ListingState::TakedownWanted | ListingState::TakedownSent => {
                return Err(ListingRefusal::TakedownAsked(self.takedown_on.unwrap_or(today)));
            }
            ListingState::TakenDown => return Err(ListingRefusal::IsGone),
        }
        self.state = ListingState::Confirmed;
        self.confirmed_on = Some(today);
        self.confirmed_url = url.to_owned();
        self.confirmed_by = by.to_owned();
        Ok(self)
    }

    /// The portal took it down, says `by`.
    pub fn take_down(mut self, by: &str, today: NaiveDate) -> Result<Listing, ListingRefusal> {
        match self.state.stage() {
            Stage::Takedown => {}
            Stage::Gone => return Err(ListingRefusal::IsGone),
            Stage::Publish | Stage::Shown => return Err(ListingRefusal::NotAsked),
        }
        self.state = ListingState::TakenDown;
        self.taken_down_on = Some(today);
        self.taken_down_by = by.to_owned();
        Ok(self)
    }

    /// What was said of it is taken back; `was`: it was confirmed before, since a day, there, by somebody.
    pub fn take_back(mut self, was: Option<(NaiveDate, String, String)>) -> Listing {
        match (self.state, was) {
            (ListingState::Confirmed, Some((day, url, by))) => {
                (self.confirmed_on, self.confirmed_url, self.confirmed_by) = (Some(day), url, by)
            }
            (ListingState::Confirmed, None) => {
                self.state = ListingState::Sent;
                (self.confirmed_on, self.confirmed_url, self.confirmed_by) = (None, String::new(), String::new());
            }
            (ListingState::TakenDown, _) => {
                self.state = if self.takedown_sent_on.is_some() { ListingState::TakedownSent } else { ListingState::TakedownWanted };
                (self.taken_down_on, self.taken_down_by) = (None, String::new());
            }
            _ => {}
        }
        self
    }
}

/// What becomes of an entry now that a point is as it is; none: nothing changes.
pub fn decide(outlet: &Outlet, facts: &Facts, listing: Option<Listing>, today: NaiveDate) -> Option<Listing> {
    let covers = outlet.covers(facts);
    match (listing, facts.state == State::Operating && covers) {
        (None, true) => Some(Listing::new(&outlet.id, &facts.id, today)),
        (Some(listing), true) => listing.want(facts.state_since, today),
        (None, false) => None,
        (Some(listing), false) => {
            let reason = match facts.state {
                State::Operating => "Điểm không còn thuộc phạm vi của cổng này.".to_owned(),
                state => format!("Điểm {} từ {}.", state.name(Tongue::Vi).to_lowercase(), date_vi(facts.state_since)),
            };
            listing.unwant(&reason, today)
        }
    }
}

/// First day on which what was asked on `since` is late, less one: the last day for an answer.
pub fn due(since: NaiveDate, reply_days: i64) -> NaiveDate {
    since.checked_add_signed(Duration::days(reply_days)).unwrap_or(since)
}

/// Why an answer is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingRefusal {
    /// Confirmed what the portal was never sent.
    NeverSent,
    /// Confirmed what is to be taken down.
    TakedownAsked(NaiveDate),
    /// Answered for what is gone.
    IsGone,
    /// Taken down what nobody asked to be taken down.
    NotAsked,
}

impl From<ListingRefusal> for Refusal {
    fn from(refusal: ListingRefusal) -> Refusal {
        match refusal {
            ListingRefusal::NeverSent => Refusal::rule(
                "never-sent",
                both(
                    "Điểm này chưa được gửi cho cổng nên chưa thể xác nhận đã đăng.",
                    "This point was never sent to the portal, so it cannot be confirmed.",
                ),
                both(
                    "Hãy chờ nguồn tin hoặc thư đề nghị đăng, rồi xác nhận.",
                    "Wait for the feed or the mail that asks for it, then confirm.",
                ),
            ),
            ListingRefusal::TakedownAsked(day) => Refusal::rule(
                "takedown-asked",
                both(
                    format!("Từ {} điểm này phải được gỡ khỏi cổng; không xác nhận đăng được nữa.", date_vi(day)),
                    format!("Since {} this point is to be taken down; it can no longer be confirmed.", date_vi(day)),
                ),
                both("Hãy gỡ tin rồi bấm “Đã gỡ”.", "Take the entry down, then press “Taken down”."),
            ),
            ListingRefusal::IsGone => Refusal::rule(
                "already-gone",
                both("Tin này đã được ghi là đã gỡ.", "This entry is recorded as taken down already."),
                both(
                    "Không cần làm gì thêm. Nếu điểm hoạt động lại, cổng sẽ nhận đề nghị mới.",
                    "Nothing more to do. If the point runs again, the portal will be asked again.",
                ),
            ),
            ListingRefusal::NotAsked => Refusal::rule(
                "takedown-not-asked",
                both("Chưa có đề nghị gỡ điểm này; điểm vẫn đang hoạt động.", "Nobody asked to take this point down; it is operating."),
                both(
                    "Hãy giữ tin trên cổng. Nếu điểm đã ngừng, báo cơ quan công bố để ghi vào sổ trước.",
                    "Keep the entry. If the point has stopped, tell the publishing office so that the register says so first.",
                ),
            ),
        }
    }
}

/// Host of a web address.
fn host(address: &str) -> Option<String> {
    url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned))
}

/// Reads the address of a web page: http or https, with a host, without a password.
pub fn web_address(typed: &str) -> Result<String, Both> {
    let wrong = || {
        both(
            "Hãy dán địa chỉ đầy đủ của trang, bắt đầu bằng https:// hoặc http://.",
            "Paste the whole address of the page, beginning with https:// or http://.",
        )
    };
    let typed = typed.trim();
    if typed.chars().count() > URL_LIMIT {
        return Err(both(format!("Địa chỉ dài quá {URL_LIMIT} ký tự."), format!("The address is longer than {URL_LIMIT} characters.")));
    }
    let url = url::Url::parse(typed).map_err(|_| wrong())?;
    let host = url.host_str().unwrap_or("");
    let named =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'[' | b']' | b':'));
    if !matches!(url.scheme(), "http" | "https") || !named || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong());
    }
    Ok(url.into())
}

/// Reads an origin that may frame our embeds: scheme, host, port, nothing else.
pub fn origin(typed: &str) -> Result<String, Both> {
    if typed.trim().is_empty() {
        return Ok(String::new());
    }
    let address = web_address(typed).map_err(|_| {
        both("Hãy ghi như https://congthuong.example, không kèm đường dẫn.", "Write it like https://congthuong.example, without a path.")
    })?;
    Ok(url::Url::parse(&address).map(|url| url.origin().ascii_serialization()).unwrap_or_default())
}

/// Reads the name of whoever answers for a portal.
pub fn answerer(typed: &str) -> Result<String, Both> {
    match typed.chars().count() {
        0 => Err(both("Hãy ghi họ tên người xác nhận.", "Give the name of who confirms.")),
        length if length > NAME_LIMIT => {
            Err(both(format!("Họ tên dài quá {NAME_LIMIT} ký tự."), format!("The name is longer than {NAME_LIMIT} characters.")))
        }
        _ => Ok(typed.to_owned()),
    }
}
