//! Stopping for a time or for good, what is then owed, and what takes the place. Pure.

use chrono::{DateTime, NaiveDate, Utc};

use crate::error::{Both, Refusal, both};
use crate::point::State;
use crate::text::{Tongue, dong};
use crate::words;

words! {
    /// Why a point stopped.
    pub enum Cause {
        /// Sửa chữa, nâng cấp.
        Repair = "repair" / "Sửa chữa, nâng cấp" / "Repair or refitting",
        /// Hết hạn hoặc mất quyền dùng mặt bằng.
        Premises = "premises" / "Hết hạn hoặc mất quyền dùng mặt bằng" / "Lease ended or premises lost",
        /// Kinh doanh không hiệu quả.
        Business = "business" / "Kinh doanh không hiệu quả" / "Business did not pay",
        /// Không còn đáp ứng tiêu chí.
        Criteria = "criteria" / "Không còn đáp ứng tiêu chí" / "No longer meets the criteria",
        /// Chuyển sang địa điểm khác.
        Moved = "moved" / "Chuyển sang địa điểm khác" / "Moved elsewhere",
        /// Đơn vị vận hành giải thể hoặc ngừng kinh doanh.
        Operator = "operator" / "Đơn vị vận hành giải thể hoặc ngừng kinh doanh" / "Operator dissolved or out of business",
        /// Thiên tai, dịch bệnh, sự cố.
        Disaster = "disaster" / "Thiên tai, dịch bệnh, sự cố" / "Disaster, epidemic, accident",
        /// Khác.
        Other = "other" / "Lý do khác" / "Another reason",
    }
}

/// A stop as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Stop {
    /// Identifier.
    pub id: String,
    /// The point.
    pub point_id: String,
    /// `suspend` or `close`.
    pub kind: String,
    /// First day.
    pub from_on: NaiveDate,
    /// When it means to run again.
    pub until_on: Option<NaiveDate>,
    /// When a pause ended.
    pub ended_on: Option<NaiveDate>,
    /// Word of the cause.
    pub cause: String,
    /// In words.
    pub reason: String,
    /// Last day of a promise that was still running.
    pub commitment_to: Option<NaiveDate>,
    /// Support still bound on that day, đồng.
    pub support_total: i64,
    /// Findings carried to the file.
    pub open_findings: i64,
    /// What was decided about paying back.
    pub payback_state: String,
    /// To be paid back, đồng.
    pub payback: i64,
    /// By when.
    pub payback_due: Option<NaiveDate>,
    /// By which paper or agreement.
    pub payback_basis: String,
    /// Paid back so far, đồng.
    pub repaid: i64,
    /// Who recorded it: role and body.
    pub recorded_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Row version.
    pub version: i64,
}

impl Stop {
    /// Name of the cause.
    pub fn cause_name(&self) -> &'static str {
        Cause::read(&self.cause).unwrap_or(Cause::Other).name(Tongue::Vi)
    }

    /// Whether it ended the point.
    pub fn is_closing(&self) -> bool {
        self.kind == "close"
    }

    /// How many days a pause has lasted or lasted.
    pub fn days(&self, today: NaiveDate) -> i64 {
        (self.ended_on.unwrap_or(today) - self.from_on).num_days()
    }

    /// Still to be paid back, đồng.
    pub fn owed(&self) -> i64 {
        if self.payback_state == "due" { self.payback - self.repaid } else { 0 }
    }

    /// Whether money is late.
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.owed() > 0 && self.payback_due.is_some_and(|due| due < today)
    }

    /// Decides what is paid back: nothing, or an amount by a day; always with what it rests on. No source fixes the
    /// amount, so it is the official's; it never exceeds the support that was still bound.
    pub fn settle(mut self, payback: i64, due: Option<NaiveDate>, basis: String) -> Result<Stop, Refusal> {
        if !self.is_closing() || self.payback_state.is_empty() {
            return Err(nothing_bound());
        }
        if payback > self.support_total {
            return Err(more_than("support-total", "số hỗ trợ còn ràng buộc", "the support still bound", self.support_total));
        }
        if payback < self.repaid {
            return Err(less_than_repaid(self.repaid));
        }
        self.payback_state = match payback {
            0 => "none",
            all if all == self.repaid => "paid",
            _ => "due",
        }
        .into();
        (self.payback, self.payback_due, self.payback_basis) = (payback, due, basis);
        Ok(self)
    }

    /// Takes in a repayment.
    pub fn repay(mut self, amount: i64) -> Result<Stop, Refusal> {
        if self.payback_state != "due" {
            return Err(nothing_bound());
        }
        if amount > self.owed() {
            return Err(more_than("owed", "số còn phải hoàn trả", "what is still owed", self.owed()));
        }
        self.repaid += amount;
        if self.owed() == 0 {
            self.payback_state = "paid".into();
        }
        Ok(self)
    }
}

fn nothing_bound() -> Refusal {
    Refusal::rule(
        "nothing-bound",
        both("Lần đóng này không có khoản nào phải hoàn trả.", "Nothing is to be paid back for this closing."),
        both("Hãy mở lại trang để xem số mới nhất.", "Open the page again for the latest figures."),
    )
}

fn more_than(code: &'static str, vi: &str, en: &str, most: i64) -> Refusal {
    Refusal::rule(
        code,
        both(format!("Số tiền lớn hơn {vi} ({}).", dong(most)), format!("The amount is more than {en} ({}).", dong(most))),
        both("Hãy kiểm tra lại số tiền rồi gửi lại.", "Check the amount and send again."),
    )
}

fn less_than_repaid(repaid: i64) -> Refusal {
    Refusal::rule(
        "repaid",
        both(
            format!("Đã hoàn trả {}, không đặt số thấp hơn được.", dong(repaid)),
            format!("{} has been paid back already; the amount cannot be lower.", dong(repaid)),
        ),
        both("Hãy đặt số bằng hoặc lớn hơn số đã trả.", "Set it to at least what was paid."),
    )
}

/// A proposal to take the place of a point that stopped.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Replacement {
    /// The point that stopped.
    pub stopped_id: String,
    /// The one that takes its place.
    pub by_id: String,
    /// `proposed`, `chosen` or `dropped`.
    pub state: String,
    /// Why this one.
    pub note: String,
    /// Who proposed it: role and body.
    pub proposed_by: String,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// Day of the choice.
    pub chosen_on: Option<NaiveDate>,
    /// Code of the new point.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its state.
    pub point_state: State,
    /// Its opening.
    pub opened_on: Option<NaiveDate>,
}

/// Days without a point: from the closing to the opening of what replaced it, or to today.
pub fn days_without(closed_on: NaiveDate, replaced_on: Option<NaiveDate>, today: NaiveDate) -> i64 {
    // what was open all along made good for nothing
    (replaced_on.filter(|on| *on > closed_on).unwrap_or(today) - closed_on).num_days().max(0)
}

/// Whether a point that was chosen ends the days without one: it opened after the other had closed, or has yet to open, and
/// stands in for no other.
pub fn may_fill(closed_on: Option<NaiveDate>, by: (State, Option<NaiveDate>), replaces_others: bool) -> Result<(), Refusal> {
    let refuse = |code, vi: &'static str, en: &'static str, todo: Both| Err(Refusal::rule(code, both(vi, en), todo));
    if replaces_others {
        return refuse(
            "one-for-one",
            "Điểm này đã thay thế một điểm khác; một điểm chỉ thay thế cho một điểm.",
            "This point replaces another already; one replaces one.",
            both("Hãy chọn một điểm khác.", "Choose another point."),
        );
    }
    let is_open = matches!(by.0, State::Operating | State::Suspended);
    if is_open && closed_on.is_none_or(|closed| by.1.is_none_or(|opened| opened <= closed)) {
        return refuse(
            "open-before",
            "Điểm này đã mở trước khi điểm kia đóng (hoặc chưa rõ ngày mở) nên không bù được cho điểm đã đóng.",
            "This point was open before the other closed, or its opening is not known, so it makes good for nothing.",
            both(
                "Hãy chọn điểm mở sau ngày đóng hoặc điểm đang chuẩn bị; nếu thiếu ngày mở, hãy bổ sung ngày mở trước.",
                "Choose one that opened later or is being prepared; if its opening is missing, give it first.",
            ),
        );
    }
    Ok(())
}

/// Whether `by` may take the place of `stopped`. `after_by` are the points that take the place of `by`, and of those, and
/// so on: a point never replaces itself by a detour.
pub fn may_replace(stopped: (&str, State), by: (&str, State), after_by: &[String]) -> Result<(), Refusal> {
    let refuse = |code, vi: &'static str, en: &'static str| {
        Err(Refusal::rule(code, both(vi, en), both("Hãy chọn một điểm khác.", "Choose another point.")))
    };
    if !matches!(stopped.1, State::Suspended | State::Closed) {
        return refuse("runs", "Điểm này đang hoạt động nên chưa cần điểm thay thế.", "This point is running and needs no replacement.");
    }
    if stopped.0 == by.0 {
        return refuse("itself", "Một điểm không thay thế cho chính nó.", "A point cannot replace itself.");
    }
    if matches!(by.1, State::Closed | State::Withdrawn) {
        return refuse(
            "gone",
            "Điểm được chọn đã đóng hoặc đã rút nên không thay thế được.",
            "The point chosen is closed or withdrawn and cannot replace another.",
        );
    }
    if after_by.iter().any(|id| id == stopped.0) {
        return refuse(
            "circle",
            "Điểm được chọn chính là điểm đã được điểm này thay thế; không thay thế vòng tròn.",
            "The point chosen was itself replaced by this one; replacements cannot go in a circle.",
        );
    }
    Ok(())
}

/// Reads a reason: something, and not a book.
pub fn reason(typed: &str) -> Result<String, Both> {
    match typed.chars().count() {
        0 => Err(both("Hãy ghi lý do.", "State the reason.")),
        1..=2000 => Ok(typed.to_owned()),
        _ => Err(both("Nội dung dài quá 2.000 ký tự; hãy rút gọn.", "The text is longer than 2,000 characters; shorten it.")),
    }
}
