//! Which criteria a survey goes by, and what it still lacks. Pure.

use chrono::{DateTime, NaiveDate, Utc};

use crate::error::{Both, Refusal, both};
use crate::rule::CriteriaSet;
use crate::rule::model::Application;
use crate::rule::sheet::{Basis, Gap, Kept, basis_kept, basis_on};
use crate::text::date_vi;

/// A survey as stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Survey {
    /// Identifier.
    pub id: String,
    /// The point surveyed.
    pub point_id: String,
    /// `planned`, `open` or `done`.
    pub state: String,
    /// Planned day.
    pub planned_on: Option<NaiveDate>,
    /// Day done.
    pub done_on: Option<NaiveDate>,
    /// Names and bodies, one a line.
    pub team: String,
    /// Who planned it.
    pub lead_id: Option<String>,
    /// The ministry's set, fixed with the first answer.
    pub set_id: Option<String>,
    /// The decision to go on applying that set, if it needed one.
    pub application_id: Option<String>,
    /// Longitude of where the team stood.
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

impl Survey {
    /// Whether it is finished.
    pub fn is_done(&self) -> bool {
        self.state == "done"
    }

    /// The day whose law it goes by, as long as the sets are not fixed.
    pub fn day(&self, today: NaiveDate) -> NaiveDate {
        self.done_on.or(self.planned_on).unwrap_or(today)
    }

    /// What column `result` holds.
    pub fn kept(&self) -> Option<Kept> {
        serde_json::from_str(&self.result).ok()
    }

    /// Where the team stood.
    pub fn position(&self) -> Option<(f64, f64)> {
        self.lon.zip(self.lat)
    }
}

/// The sets of a survey: those fixed with its first answer, else those of its day.
pub fn basis_of(
    survey: &Survey,
    sets: &[CriteriaSet],
    applications: &[Application],
    units: &[String],
    province: &str,
    today: NaiveDate,
) -> Result<Basis, Gap> {
    match (&survey.set_id, survey.kept()) {
        (Some(_), Some(kept)) => Ok(basis_kept(&kept, survey.application_id.as_deref(), sets, applications)),
        _ => basis_on(sets, applications, units, province, survey.day(today)),
    }
}

/// Whether a survey can have been done on a day.
pub fn check_day(basis: &Basis, done_on: NaiveDate, accepted_on: Option<NaiveDate>, today: NaiveDate) -> Result<(), Both> {
    if done_on > today {
        return Err(both(
            "Ngày khảo sát ở tương lai; hãy ghi ngày đoàn đã khảo sát.",
            "The survey lies in the future; state the day on which the team was there.",
        ));
    }
    if let Some(accepted) = accepted_on.filter(|accepted| done_on < *accepted) {
        return Err(both(
            format!("Ngày khảo sát trước ngày tiếp nhận hồ sơ ({}).", date_vi(accepted)),
            format!("The survey lies before the record was accepted ({}).", date_vi(accepted)),
        ));
    }
    if let Some(since) = basis.since().filter(|since| done_on < *since) {
        let words = if basis.application.is_some() { "quyết định vận dụng" } else { "bộ tiêu chí" };
        return Err(both(
            format!("Ngày khảo sát trước ngày {words} có hiệu lực ({}).", date_vi(since)),
            format!("The survey lies before its criteria took effect ({}).", date_vi(since)),
        ));
    }
    Ok(())
}

/// Whether a survey can be planned for a day.
pub fn check_plan(planned_on: NaiveDate, accepted_on: Option<NaiveDate>, today: NaiveDate) -> Result<(), Both> {
    if let Some(accepted) = accepted_on.filter(|accepted| planned_on < *accepted) {
        return Err(both(
            format!("Ngày dự kiến trước ngày tiếp nhận hồ sơ ({}).", date_vi(accepted)),
            format!("The day lies before the record was accepted ({}).", date_vi(accepted)),
        ));
    }
    if planned_on > today + chrono::Days::new(366) {
        return Err(both("Ngày dự kiến xa hơn một năm; hãy kiểm tra lại.", "The day is more than a year ahead; check it."));
    }
    Ok(())
}

/// Why a survey cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SurveyRefusal {
    /// It is finished.
    Done,
    /// Another survey of the point is not finished.
    UnderWay,
    /// Only finished surveys are shown to this reader.
    NotYetDone,
}

impl From<SurveyRefusal> for Refusal {
    fn from(refusal: SurveyRefusal) -> Refusal {
        match refusal {
            SurveyRefusal::Done => Refusal::rule(
                "survey-done",
                both("Khảo sát này đã hoàn thành nên không sửa được nữa.", "This survey is finished and cannot be changed."),
                both(
                    "Nếu cần đánh giá lại, hãy lập một khảo sát mới của điểm; khảo sát này vẫn được giữ.",
                    "To assess again, plan a new survey of the point; this one is kept.",
                ),
            ),
            SurveyRefusal::UnderWay => Refusal::rule(
                "survey-under-way",
                both("Điểm này đang có một khảo sát chưa hoàn thành.", "A survey of this point is not finished yet."),
                both(
                    "Hãy mở khảo sát đó từ hồ sơ điểm và điền tiếp; nhiều người có thể cùng điền.",
                    "Open that survey from the record and go on filling it; several people can.",
                ),
            ),
            SurveyRefusal::NotYetDone => Refusal {
                code: "survey-not-done",
                what: both("Khảo sát này chưa hoàn thành.", "This survey is not finished."),
                todo: both(
                    "Kết quả xem được tại đây sau khi đoàn khảo sát hoàn thành phiếu.",
                    "The result can be read here once the team has finished.",
                ),
                ..Refusal::forbidden()
            },
        }
    }
}
