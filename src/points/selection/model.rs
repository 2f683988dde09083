//! What a leader's decision says of surveyed points, and how it stands to a plan's target. Pure.

use chrono::{Months, NaiveDate};

use crate::error::{Both, both};
use crate::rule::{Outcome, SurveyResult};
use crate::text::{date_vi, parse_date};
use crate::typed::{Errors, Fields};

/// Stands for a decision under no plan.
pub const NO_PLAN: &str = "-";

/// Longest number, guidance or reason.
const NUMBER_LIMIT: usize = 100;
/// Longest text of guidance or reason.
pub const TEXT_LIMIT: usize = 2_000;
/// Most points in one act.
pub const MOST: usize = 100;

/// A surveyed point that waits for a decision, with its latest finished survey.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Candidate {
    /// The point.
    pub id: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Dictionary order.
    pub sort: String,
    /// Kind of place.
    pub kind: String,
    /// Address as printed.
    pub address: String,
    /// Unit as recorded.
    pub unit_id: Option<String>,
    /// Today's unit.
    pub unit_today: Option<String>,
    /// Surveyed since.
    pub state_since: NaiveDate,
    /// Row version.
    pub version: i64,
    /// Sample data.
    pub demo: bool,
    /// The survey.
    pub survey_id: Option<String>,
    /// Its day.
    pub done_on: Option<NaiveDate>,
    /// Its result word.
    pub outcome: Option<String>,
    /// Its result as JSON.
    pub result: Option<String>,
    /// The decision to go on applying a set that ended ("vận dụng"), if the survey went by one.
    pub application_id: Option<String>,
    /// Number of that decision.
    pub application_number: Option<String>,
}

impl Candidate {
    /// Result of the survey.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome.as_deref().and_then(Outcome::read)
    }

    /// Results group by group, if the survey kept them.
    pub fn result(&self) -> Option<SurveyResult> {
        self.result.as_deref().and_then(|text| serde_json::from_str(text).ok())
    }

    /// Whole days since the survey was finished.
    pub fn waiting(&self, today: NaiveDate) -> i64 {
        (today - self.state_since).num_days().max(0)
    }

    /// Choosing this point needs a reason: its survey does not say that it meets the criteria.
    pub fn needs_reason(&self) -> bool {
        needs_reason(self.outcome())
    }
}

/// Whether choosing a point with this result is the leader's own responsibility and needs a reason.
pub fn needs_reason(outcome: Option<Outcome>) -> bool {
    matches!(outcome, None | Some(Outcome::Fails | Outcome::Incomplete))
}

/// A finished survey as the decision sees it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Finished {
    /// Identifier.
    pub id: String,
    /// Day done.
    pub done_on: NaiveDate,
    /// Result word.
    pub outcome: String,
}

/// A point named in the form, as it is in the store at this moment.
#[derive(Clone, Debug)]
pub struct Named {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Surveyed, and not changed since the form was shown.
    pub is_fresh: bool,
    /// Latest finished survey.
    pub survey: Option<Finished>,
}

/// A decision that can be written down.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectionForm {
    /// Plan it serves.
    pub plan_id: Option<String>,
    /// Number as given.
    pub number: String,
    /// Its date.
    pub decided_on: NaiveDate,
    /// Anything else.
    pub note: String,
    /// Points chosen, with the reason where one was needed.
    pub selected: Vec<(String, String)>,
    /// Points not chosen: what to fix and by when.
    pub declined: Vec<(String, String, NaiveDate)>,
}

/// Points that a form names, chosen or not, each once.
pub fn named(fields: &Fields) -> Vec<String> {
    let mut ids: Vec<String> = fields.all("select").chain(fields.all("decline")).map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Reads a decision against the points as they are now.
pub fn check(fields: &Fields, points: &[Named], today: NaiveDate) -> Result<SelectionForm, Errors> {
    let mut errors = Errors::default();
    let number = fields.get("number").to_owned();
    if number.is_empty() {
        errors.add(
            "number",
            both(
                "Hãy ghi số quyết định như trên văn bản; nếu chưa biết, ghi “không rõ”.",
                "Give the number of the decision as printed; if it is not known, write “không rõ”.",
            ),
        );
    } else {
        errors.within("number", &number, NUMBER_LIMIT);
    }
    let decided_on = fields.day("decided_on", &mut errors);
    if let Some(day) = decided_on {
        if day > today {
            errors.add(
                "decided_on",
                both("Ngày quyết định ở tương lai; hãy ghi ngày đã ký.", "The decision lies in the future; give the day it was signed."),
            );
        } else if let Some((point, survey)) = points
            .iter()
            .filter_map(|point| Some((point, point.survey.as_ref()?)))
            .filter(|(_, survey)| survey.done_on > day)
            .max_by_key(|(_, survey)| survey.done_on)
        {
            let done_on = date_vi(survey.done_on);
            errors.add(
                "decided_on",
                both(
                    format!(
                        "Ngày quyết định trước ngày khảo sát {done_on} của “{}”; hãy sửa ngày hoặc bỏ điểm đó khỏi quyết định.",
                        point.name
                    ),
                    format!(
                        "The decision lies before the survey of {done_on} of “{}”; correct the date or leave that point out.",
                        point.name
                    ),
                ),
            );
        }
    }
    errors.within("note", fields.get("note"), TEXT_LIMIT);
    if points.is_empty() {
        errors.add("", both("Chưa có điểm nào được đánh dấu chọn hoặc chưa chọn.", "No point is marked as selected or not selected."));
    } else if points.len() > MOST {
        errors.add("", both(format!("Mỗi lần ghi tối đa {MOST} điểm."), format!("At most {MOST} points at a time.")));
    }
    let mut selected = Vec::new();
    let mut declined = Vec::new();
    for point in points {
        let (is_selected, is_declined) = (fields.all("select").any(|id| id == point.id), fields.all("decline").any(|id| id == point.id));
        let field = |name: &str| format!("{name}-{}", point.id);
        if !point.is_fresh {
            errors.clash(
                field("row"),
                both(
                    format!("“{}” vừa được người khác thay đổi nên cả quyết định chưa được ghi; hãy xem lại điểm này rồi gửi lại, các mục đã nhập vẫn còn.", point.name),
                    format!("“{}” was changed by somebody else, so nothing of the decision was saved; look at it again and send again, what you typed is kept.", point.name),
                ),
            );
            continue;
        }
        match (is_selected, is_declined) {
            (true, true) => errors.add(
                field("row"),
                both(
                    format!("“{}” vừa được chọn vừa bị đánh dấu chưa chọn; hãy bỏ một dấu.", point.name),
                    format!("“{}” is marked both selected and not selected; remove one mark.", point.name),
                ),
            ),
            (true, false) => {
                let Some(survey) = &point.survey else {
                    errors.add(
                        field("row"),
                        both(
                            format!("“{}” chưa có khảo sát hoàn thành nên chưa chọn được.", point.name),
                            format!("“{}” has no finished survey and cannot be selected.", point.name),
                        ),
                    );
                    continue;
                };
                let outcome = Outcome::read(&survey.outcome);
                let reason = fields.get(&field("reason")).to_owned();
                if needs_reason(outcome) && reason.is_empty() {
                    let word = outcome.map_or("Chưa có kết quả", Outcome::name);
                    errors.add(
                        field("reason"),
                        both(
                            format!("Kết quả khảo sát của “{}” là “{word}”; muốn chọn, hãy ghi lý do (được lưu vào nhật ký).", point.name),
                            format!("The survey of “{}” does not say that it meets the criteria; to select it, state the reason (kept in the journal).", point.name),
                        ),
                    );
                } else if errors.within(field("reason"), &reason, TEXT_LIMIT) {
                    selected.push((point.id.clone(), if needs_reason(outcome) { reason } else { String::new() }));
                }
            }
            (false, _) => {
                let guidance = fields.get(&field("guidance")).to_owned();
                if guidance.is_empty() {
                    errors.add(
                        field("guidance"),
                        both(format!("Hãy ghi “{}” cần khắc phục gì.", point.name), format!("State what “{}” has to fix.", point.name)),
                    );
                } else {
                    errors.within(field("guidance"), &guidance, TEXT_LIMIT);
                }
                let fix_by = errors.take(&field("fix_by"), fix_by(fields.get(&field("fix_by")), &point.name, today));
                if let Some(fix_by) = fix_by {
                    declined.push((point.id.clone(), guidance, fix_by));
                }
            }
        }
    }
    match (errors.is_empty(), decided_on) {
        (true, Some(decided_on)) => Ok(SelectionForm {
            plan_id: fields.some("plan").filter(|id| *id != NO_PLAN).map(str::to_owned),
            number,
            decided_on,
            note: fields.get("note").to_owned(),
            selected,
            declined,
        }),
        _ => Err(errors),
    }
}

fn fix_by(typed: &str, name: &str, today: NaiveDate) -> Result<NaiveDate, Both> {
    if typed.is_empty() {
        return Err(both(format!("Hãy ghi “{name}” phải khắc phục trước ngày nào."), format!("State by when “{name}” has to fix it.")));
    }
    let day = parse_date(typed).map_err(Both::from)?;
    if day < today {
        return Err(both("Hạn khắc phục đã ở quá khứ.", "The day to fix it by lies in the past."));
    }
    if day > today + Months::new(60) {
        return Err(both(
            "Hạn khắc phục xa hơn 5 năm; hãy kiểm tra lại năm.",
            "The day to fix it by is more than five years away; check the year.",
        ));
    }
    Ok(day)
}

/// How a number stands to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// So many short of the least.
    Short(i64),
    /// Within; room up to the most, if there is one.
    Within(Option<i64>),
    /// So many over the most.
    Over(i64),
}

impl Standing {
    /// Compares a number with the least and the most.
    pub fn of(count: i64, least: Option<i64>, most: Option<i64>) -> Standing {
        match (least, most) {
            (Some(least), _) if count < least => Standing::Short(least - count),
            (_, Some(most)) if count > most => Standing::Over(count - most),
            (_, most) => Standing::Within(most.map(|most| most - count)),
        }
    }

    /// In words.
    pub fn text(self) -> String {
        match self {
            Standing::Short(by) => format!("còn thiếu {by} so với mức tối thiểu"),
            Standing::Within(Some(0)) => "đạt mức tối đa".to_owned(),
            Standing::Within(Some(room)) => format!("đạt; còn có thể thêm {room} đến mức tối đa"),
            Standing::Within(None) => "đạt mức tối thiểu".to_owned(),
            Standing::Over(by) => format!("vượt {by} so với mức tối đa"),
        }
    }

    /// Tone of its chip.
    pub fn tone(self) -> &'static str {
        match self {
            Standing::Short(_) | Standing::Over(_) => "warn",
            Standing::Within(_) => "ok",
        }
    }
}
