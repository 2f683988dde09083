//! What makes a point need a visit, and what a visit and its findings must fulfil. Pure.

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::access::{Act, Actor, Voice};
use crate::error::{Both, Refusal, both};
use crate::point::{Point, State};
use crate::rule::sheet::Kept;
use crate::text::date_vi;
use crate::words;

/// An inspection as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Inspection {
    /// Identifier.
    pub id: String,
    /// The point inspected.
    pub point_id: String,
    /// `planned`, `open`, `done` or `cancelled`.
    pub state: String,
    /// Planned day.
    pub planned_on: NaiveDate,
    /// Why it was planned.
    pub reason: String,
    /// Why it was put off or called off.
    pub change_reason: String,
    /// Who is to go; none: anybody of the body.
    pub inspector_id: Option<String>,
    /// The body that is to go.
    pub body_id: Option<String>,
    /// Names and bodies, one a line.
    pub team: String,
    /// Day of the visit.
    pub visited_on: Option<NaiveDate>,
    /// Word of [`Running`], or empty.
    pub running: String,
    /// The ministry's set, fixed with the first answer.
    pub set_id: Option<String>,
    /// The decision to go on applying that set, if it needed one.
    pub application_id: Option<String>,
    /// Longitude of where the inspector stood.
    pub lon: Option<f64>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Overall note.
    pub note: String,
    /// [`Kept`] as JSON, from the first answer on.
    pub result: String,
    /// Result word, or empty.
    pub outcome: String,
    /// Row version.
    pub version: i64,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
}

impl Inspection {
    /// Whether it can still be filled, put off or called off.
    pub fn is_under_way(&self) -> bool {
        matches!(self.state.as_str(), "planned" | "open")
    }

    /// Whether it is finished.
    pub fn is_done(&self) -> bool {
        self.state == "done"
    }

    /// What column `result` holds.
    pub fn kept(&self) -> Option<Kept> {
        serde_json::from_str(&self.result).ok()
    }

    /// Where the inspector stood.
    pub fn position(&self) -> Option<(f64, f64)> {
        self.lon.zip(self.lat)
    }
}

words! {
    /// Whether a point still runs, as an inspector saw it.
    pub enum Running {
        /// It runs.
        Yes = "yes" / "Đang hoạt động",
        /// It has stopped.
        No = "no" / "Không còn hoạt động",
        /// It could not be told.
        Unclear = "unclear" / "Chưa xác định được",
    }
}

impl Running {
    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            Running::Yes => "ok",
            Running::No => "bad",
            Running::Unclear => "warn",
        }
    }
}

/// A finding as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Finding {
    /// Identifier.
    pub id: String,
    /// The point.
    pub point_id: String,
    /// The visit that found it.
    pub inspection_id: String,
    /// `set/criterion`, or empty.
    pub criterion: String,
    /// What is wrong.
    pub what: String,
    /// By when to fix it.
    pub fix_by: Option<NaiveDate>,
    /// 1: the business and who inspected; 2: commune and department; 3: leaders.
    pub level: i64,
    /// `draft`, `open`, `fixed` or `carried`.
    pub state: String,
    /// When the business said that it is fixed.
    pub reported_on: Option<NaiveDate>,
    /// What the business said.
    pub reported_note: String,
    /// When it was closed.
    pub closed_on: Option<NaiveDate>,
    /// Who saw it fixed, or why it was carried.
    pub closed_how: String,
    /// Remark at closing.
    pub note: String,
    /// Row version.
    pub version: i64,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

impl Finding {
    /// Whether its day has passed and nobody saw it fixed.
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.state == "open" && self.fix_by.is_some_and(|day| day < today)
    }

    /// Identifier of the criterion it breaks, if any.
    pub fn criterion_id(&self) -> &str {
        self.criterion.rsplit('/').next().unwrap_or("")
    }
}

/// Who is told at a level.
pub fn level_name(level: i64) -> &'static str {
    match level {
        1 => "cơ sở khắc phục",
        2 => "đã báo xã, phường và Sở Công Thương",
        _ => "đã báo lãnh đạo Sở Công Thương",
    }
}

/// How much each reason for a visit counts: numbers of the day. No source orders points for inspection; the first values are
/// chosen so that a missed date comes first, then a point that nobody ever saw, then what people complain about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is explained in programme/law/settings.toml")]
pub struct Weights {
    pub late: i64,
    pub late_each: i64,
    pub open: i64,
    pub open_each: i64,
    pub never_confirmed: i64,
    pub confirmed_long_ago: i64,
    pub complaint: i64,
    pub complaint_each: i64,
    pub commitment: i64,
    pub goods: i64,
    pub goods_each: i64,
}

impl Weights {
    /// Out of the numbers of a day.
    pub fn of(number: impl Fn(&str) -> i64) -> Weights {
        Weights {
            late: number("risk_late"),
            late_each: number("risk_late_each"),
            open: number("risk_open"),
            open_each: number("risk_open_each"),
            never_confirmed: number("risk_never_confirmed"),
            confirmed_long_ago: number("risk_confirmed_long_ago"),
            complaint: number("risk_complaint"),
            complaint_each: number("risk_complaint_each"),
            commitment: number("risk_commitment"),
            goods: number("risk_goods"),
            goods_each: number("risk_goods_each"),
        }
    }
}

/// Numbers of days that an administrator sets (/thong-so).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Days without a confirmation before a point is asked.
    pub confirm_every: i64,
    /// Days before the end of a commitment from which it counts as near.
    pub commitment_notice: i64,
    /// How much each reason counts.
    pub weights: Weights,
}

/// What is known of a point that bears on its risk.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub state_since: NaiveDate,
    /// First day open, if known.
    pub opened_on: Option<NaiveDate>,
    /// Last day somebody saw it running.
    pub last_confirmed_on: Option<NaiveDate>,
    /// Days by which its open findings have to be fixed.
    pub fix_by: Vec<NaiveDate>,
    /// Until when its operator or its support is bound.
    pub commitment_to: Option<NaiveDate>,
    /// Complaints not answered.
    pub complaints: i64,
    /// Products on its shelf that may no longer stand there.
    pub goods: i64,
}

/// Why a point needs a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Nobody ever confirmed it, at most its opening on this day.
    NeverConfirmed(Option<NaiveDate>),
    /// Last confirmed too long ago: on this day, so many days ago.
    ConfirmedLongAgo(NaiveDate, i64),
    /// Findings open, of which so many are late.
    Findings(i64, i64),
    /// A commitment ends on this day.
    CommitmentEnds(NaiveDate),
    /// Complaints not answered.
    Complaints(i64),
    /// Products to be taken down that nobody has confirmed.
    LapsedGoods(i64),
}

/// The most of findings or complaints that are weighed one by one.
const MOST: i64 = 5;

impl Reason {
    /// What it adds to the score.
    pub fn weight(&self, by: &Weights) -> i64 {
        let late = |late: i64| if late > 0 { by.late + by.late_each * late.min(MOST) } else { 0 };
        match self {
            Reason::Findings(open, overdue) => by.open + by.open_each * (*open).min(MOST) + late(*overdue),
            Reason::NeverConfirmed(_) => by.never_confirmed,
            Reason::Complaints(n) => by.complaint + by.complaint_each * (*n).min(MOST),
            Reason::ConfirmedLongAgo(..) => by.confirmed_long_ago,
            Reason::CommitmentEnds(_) => by.commitment,
            Reason::LapsedGoods(n) => by.goods + by.goods_each * (*n).min(MOST),
        }
    }

    /// The reason written out, for people.
    pub fn words(&self) -> String {
        match self {
            Reason::NeverConfirmed(Some(opened)) => format!("chưa ai xác nhận từ khi khai trương ({})", date_vi(*opened)),
            Reason::NeverConfirmed(None) => "chưa ai xác nhận còn hoạt động".to_owned(),
            Reason::ConfirmedLongAgo(day, ago) => format!("xác nhận gần nhất {}, cách đây {ago} ngày", date_vi(*day)),
            Reason::Findings(open, 0) => format!("{open} phát hiện chưa khắc phục"),
            Reason::Findings(open, late) => format!("{open} phát hiện chưa khắc phục, {late} quá hạn"),
            Reason::CommitmentEnds(day) => format!("cam kết hỗ trợ hết {}", date_vi(*day)),
            Reason::Complaints(n) => format!("{n} phản ánh chưa trả lời"),
            Reason::LapsedGoods(n) => format!("{n} sản phẩm chờ gỡ khỏi kệ"),
        }
    }

    /// Whether a date was missed.
    pub fn is_pressing(&self) -> bool {
        matches!(self, Reason::Findings(_, late) if *late > 0)
    }
}

/// The day on which somebody last stood for a point beyond its opening.
fn confirmed_on(facts: &Facts) -> Option<NaiveDate> {
    facts.last_confirmed_on.filter(|day| facts.opened_on.is_none_or(|opened| *day > opened))
}

/// From which day on somebody has to ask whether the point still runs. None: it is not said to run.
pub fn confirm_by(facts: &Facts, limits: Limits) -> Option<NaiveDate> {
    if facts.state != State::Operating {
        return None;
    }
    match facts.last_confirmed_on {
        Some(day) => Some(day + chrono::Duration::days(limits.confirm_every + 1)),
        // nobody ever stood for it: it has been due since it is on the list
        None => Some(facts.opened_on.unwrap_or(facts.state_since)),
    }
}

/// Why a point needs a visit on a day, the weightiest reason first. Empty: no reason known.
pub fn risk(facts: &Facts, limits: Limits, today: NaiveDate) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let (open, late) = (facts.fix_by.len() as i64, facts.fix_by.iter().filter(|day| **day < today).count() as i64);
    if open > 0 {
        reasons.push(Reason::Findings(open, late));
    }
    if confirm_by(facts, limits).is_some_and(|day| day <= today) {
        reasons.push(match confirmed_on(facts) {
            Some(day) => Reason::ConfirmedLongAgo(day, (today - day).num_days()),
            None => Reason::NeverConfirmed(facts.opened_on),
        });
    }
    if let Some(end) = facts.commitment_to.filter(|end| (0..=limits.commitment_notice).contains(&(*end - today).num_days())) {
        reasons.push(Reason::CommitmentEnds(end));
    }
    if facts.complaints > 0 {
        reasons.push(Reason::Complaints(facts.complaints));
    }
    if facts.goods > 0 {
        reasons.push(Reason::LapsedGoods(facts.goods));
    }
    reasons.sort_by_key(|reason| -reason.weight(&limits.weights));
    reasons
}

/// Place of a point in the list: the lowest first.
pub fn rank(reasons: &[Reason], by: &Weights) -> i64 {
    1_000_000 - reasons.iter().map(|reason| reason.weight(by)).sum::<i64>()
}

/// States in which a point is inspected.
pub fn is_running(state: State) -> bool {
    matches!(state, State::Operating | State::Suspended)
}

/// Whether somebody acting so may inspect at all (rows are a matter of scope).
pub fn may_inspect(actor: &Actor) -> bool {
    actor.may(Act::Inspect) && actor.can("inspect")
}

/// Whether somebody acting so may plan inspections.
pub fn may_plan(actor: &Actor) -> bool {
    actor.may(Act::PlanInspections) && actor.can("inspect")
}

/// Whether somebody acting so may say that a finding is fixed.
pub fn may_close(actor: &Actor) -> bool {
    may_inspect(actor) || (actor.may(Act::AcceptPoints) && actor.can("accept"))
}

/// Whether the caller is the business that runs the point.
pub fn is_operator(actor: &Actor, point: &Point) -> bool {
    actor.is(Voice::Business) && actor.confirmed && actor.body_id().is_some() && actor.body_id() == point.operator_id.as_deref()
}

/// Whether the caller may say that the point runs.
pub fn may_confirm(actor: &Actor, point: &Point) -> bool {
    point.state == State::Operating && (may_inspect(actor) || is_operator(actor, point))
}

/// Whether the caller may record and answer complaints.
pub fn may_hear(actor: &Actor) -> bool {
    may_plan(actor) || (actor.may(Act::AcceptPoints) && actor.can("accept"))
}

/// Whether a visit can be planned for a day.
pub fn check_plan(planned_on: NaiveDate, today: NaiveDate) -> Result<(), Both> {
    if planned_on < today {
        return Err(both(
            "Ngày kiểm tra dự kiến ở quá khứ; hãy chọn từ hôm nay trở đi.",
            "The planned day has passed; choose today or later.",
        ));
    }
    if planned_on > today + Days::new(366) {
        return Err(both("Ngày kiểm tra dự kiến xa hơn một năm; hãy kiểm tra lại.", "The day is more than a year ahead; check it."));
    }
    Ok(())
}

/// Whether a point can have been visited on a day.
pub fn check_visit(point: &Point, visited_on: NaiveDate, today: NaiveDate) -> Result<(), Both> {
    if visited_on > today {
        return Err(both(
            "Ngày kiểm tra ở tương lai; hãy ghi ngày đã đến điểm.",
            "The visit lies in the future; state the day you were there.",
        ));
    }
    if let Some(opened) = point.opened_on.filter(|opened| visited_on < *opened) {
        return Err(both(
            format!("Ngày kiểm tra trước ngày khai trương của điểm ({}).", date_vi(opened)),
            format!("The visit lies before the point opened ({}).", date_vi(opened)),
        ));
    }
    if let Some(closed) = point.closed_on.filter(|closed| point.state == State::Closed && visited_on > *closed) {
        return Err(both(
            format!("Ngày kiểm tra sau ngày điểm đóng cửa ({}).", date_vi(closed)),
            format!("The visit lies after the point closed ({}).", date_vi(closed)),
        ));
    }
    Ok(())
}

/// Whether a finding of a visit can be due on a day.
pub fn check_fix_by(fix_by: Option<NaiveDate>, visited_on: NaiveDate) -> Result<NaiveDate, Both> {
    let Some(day) = fix_by else {
        return Err(both("Hãy ghi ngày phải khắc phục xong.", "State the day by which it has to be fixed."));
    };
    if day < visited_on {
        return Err(both(
            format!("Hạn khắc phục {} trước ngày kiểm tra {}.", date_vi(day), date_vi(visited_on)),
            format!("The day to fix it, {}, lies before the visit of {}.", date_vi(day), date_vi(visited_on)),
        ));
    }
    if day > visited_on + Days::new(2 * 366) {
        return Err(both("Hạn khắc phục xa hơn hai năm; hãy kiểm tra lại.", "The day to fix it is more than two years ahead; check it."));
    }
    Ok(day)
}

/// Whether a finding can have been seen fixed on a day.
pub fn check_fixed(fixed_on: NaiveDate, found_on: NaiveDate, today: NaiveDate) -> Result<(), Both> {
    if fixed_on > today {
        return Err(both("Ngày khắc phục ở tương lai.", "The day lies in the future."));
    }
    if fixed_on < found_on {
        return Err(both(
            format!("Ngày khắc phục trước ngày phát hiện ({}).", date_vi(found_on)),
            format!("The day lies before the finding was made ({}).", date_vi(found_on)),
        ));
    }
    Ok(())
}

words! {
    /// How somebody knows that a point runs.
    pub enum How {
        /// Seen on a visit.
        Visit = "visit" / "đến tận nơi",
        /// By telephone.
        Call = "call" / "gọi điện",
        /// The operator says so.
        Owner = "owner" / "cơ sở tự xác nhận",
        /// A photo shows it.
        Photo = "photo" / "xem ảnh mới chụp",
    }
}

/// Whether somebody may take a confirmation back: whoever gave it, on the same day, or a leader.
pub fn may_take_back(actor: &Actor, by: &str, recorded_at: DateTime<Utc>, today: NaiveDate) -> bool {
    let is_own = by == actor.journal_id() && crate::clock::local(recorded_at).date_naive() == today;
    is_own || actor.may(Act::Oversee) && actor.can("inspect")
}

/// From whom a complaint comes: word and Vietnamese name.
pub const SOURCES: [(&str, &str); 7] = [
    ("visitor", "Khách mua hàng"),
    ("neighbour", "Người dân quanh điểm"),
    ("press", "Báo chí"),
    ("agency", "Cơ quan khác"),
    ("operator", "Cơ sở vận hành"),
    ("commune", "Xã, phường"),
    ("other", "Nguồn khác"),
];

/// The Vietnamese name of a source of complaints.
pub fn source_name(word: &str) -> &'static str {
    SOURCES.iter().find(|(known, _)| *known == word).map_or("Nguồn khác", |(_, name)| name)
}

/// Why something about an inspection cannot be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InspectionRefusal {
    /// It is finished or called off.
    Over,
    /// The point is not in operation.
    NotRunning(State),
    /// The finding is not open.
    Closed,
    /// Only finished inspections are shown to this reader.
    NotYetDone,
}

impl From<InspectionRefusal> for Refusal {
    fn from(refusal: InspectionRefusal) -> Refusal {
        use crate::text::Tongue::{En, Vi};
        match refusal {
            InspectionRefusal::Over => Refusal::rule(
                "inspection-over",
                both(
                    "Lần kiểm tra này đã hoàn thành hoặc đã hủy nên không sửa được nữa.",
                    "This inspection is finished or called off and cannot be changed.",
                ),
                both(
                    "Nếu cần kiểm tra lại, hãy lập một lần kiểm tra mới của điểm.",
                    "To inspect again, plan a new inspection of the point.",
                ),
            ),
            InspectionRefusal::NotRunning(state) => Refusal::rule(
                "point-not-running",
                both(format!("Điểm đang ở trạng thái “{}”.", state.name(Vi)), format!("The point is in state “{}”.", state.name(En))),
                both(
                    "Chỉ kiểm tra, xác nhận điểm đang hoạt động hoặc tạm ngừng.",
                    "Only points that operate or are suspended are inspected and confirmed.",
                ),
            ),
            InspectionRefusal::Closed => Refusal::rule(
                "finding-closed",
                both("Phát hiện này không còn mở.", "This finding is not open any more."),
                both("Hãy mở lại trang để xem kết quả đã ghi.", "Open the page again to see what was recorded."),
            ),
            InspectionRefusal::NotYetDone => Refusal {
                code: "inspection-not-done",
                what: both("Lần kiểm tra này chưa hoàn thành.", "This inspection is not finished."),
                todo: both(
                    "Kết quả xem được tại đây sau khi cán bộ kiểm tra hoàn thành.",
                    "The result can be read here once the inspector has finished.",
                ),
                ..Refusal::forbidden()
            },
        }
    }
}
