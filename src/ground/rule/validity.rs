//! Periods of sets and decisions: what applies when, what a draft lacks to come into force, which decision may be
//! recorded. Pure.

use chrono::NaiveDate;

use super::model::{Application, Applies, CriteriaSet, applicable};
use crate::error::{Both, Refusal, both};
use crate::text::date_vi;

/// A stretch of time in which the same applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// First day.
    pub from: NaiveDate,
    /// Last day, if it ends.
    pub last: Option<NaiveDate>,
    /// The set that applies, with its number; none: nothing does.
    pub set: Option<(String, String)>,
    /// Identifier of the decision by which it is applied after its period.
    pub application: Option<String>,
}

impl Span {
    /// Whether a day lies in it.
    pub fn holds(&self, on: NaiveDate) -> bool {
        self.from <= on && self.last.is_none_or(|last| on <= last)
    }
}

/// The days from the first set on, cut where what applies changes; oldest first.
pub fn spans(sets: &[CriteriaSet], applications: &[Application]) -> Vec<Span> {
    let bases = sets.iter().filter(|set| !set.overlay && set.status == "in_force");
    let mut cuts: Vec<NaiveDate> = bases.flat_map(|set| [set.valid_from, set.valid_to]).flatten().collect();
    cuts.extend(applications.iter().flat_map(|application| [Some(application.valid_from), application.valid_to]).flatten());
    cuts.sort();
    cuts.dedup();
    let mut spans: Vec<Span> = Vec::new();
    for (at, from) in cuts.iter().enumerate() {
        let (set, application) = match applicable(sets, applications, *from) {
            Applies::InForce { base, .. } => (Some((base.id.clone(), base.number().to_owned())), None),
            Applies::ByDecision { base, application, .. } => {
                (Some((base.id.clone(), base.number().to_owned())), Some(application.id.clone()))
            }
            Applies::Gap(_) => (None, None),
        };
        let last = cuts.get(at + 1).and_then(|next| next.pred_opt());
        match spans.last_mut() {
            Some(before) if before.set == set && before.application == application => before.last = last,
            _ => spans.push(Span { from: *from, last, set, application }),
        }
    }
    spans
}

/// Whether two half-open periods share a day.
fn share(a: (Option<NaiveDate>, Option<NaiveDate>), b: (Option<NaiveDate>, Option<NaiveDate>)) -> bool {
    let begins_before = |from: Option<NaiveDate>, to: Option<NaiveDate>| from.is_none_or(|from| to.is_none_or(|to| from < to));
    begins_before(a.0, b.1) && begins_before(b.0, a.1)
}

/// "từ 18/04/2023 đến hết 31/12/2025".
pub fn period(from: Option<NaiveDate>, to: Option<NaiveDate>) -> String {
    let from = from.map_or("không rõ ngày đầu".to_owned(), |from| format!("từ {}", date_vi(from)));
    match to.and_then(|to| to.pred_opt()) {
        Some(last) => format!("{from} đến hết {}", date_vi(last)),
        None => from,
    }
}

/// What keeps a draft from coming into force on a day: the field, and what to do. If nothing, the set that it ends.
pub fn check_force<'a>(
    draft: &CriteriaSet,
    sets: &'a [CriteriaSet],
    from: NaiveDate,
    to: Option<NaiveDate>,
) -> Result<Option<&'a CriteriaSet>, Vec<(&'static str, Both)>> {
    let mut lacks = Vec::new();
    match &draft.instrument {
        None => lacks.push((
            "instrument",
            both("Chưa chọn văn bản ban hành; hãy sửa phần chung của bản thảo.", "No instrument is chosen; edit the head of the draft."),
        )),
        Some(instrument) if instrument.number.is_empty() => {
            lacks.push((
                "instrument",
                both(
                    "Văn bản chưa có số; ghi “không rõ” nếu không biết.",
                    "The instrument has no number; write “không rõ” if it is not known.",
                ),
            ));
        }
        Some(_) => {}
    }
    if draft.source.is_empty() || draft.confidence.is_empty() {
        lacks.push((
            "source",
            both(
                "Chưa ghi nguồn đọc được văn bản và độ tin cậy; hãy sửa phần chung của bản thảo.",
                "Source and confidence are missing; edit the head of the draft.",
            ),
        ));
    }
    if draft.groups.iter().all(|group| group.criteria.is_empty()) {
        lacks.push(("items", both("Bản thảo chưa có tiêu chí nào.", "The draft has no criterion.")));
    }
    for group in draft.groups.iter().filter(|group| group.clause.is_empty() && !group.criteria.is_empty()) {
        lacks.push((
            "clause",
            both(
                format!("Nhóm {} chưa ghi điều, khoản của văn bản.", group.id),
                format!("Group {} names no clause of the instrument.", group.id),
            ),
        ));
    }
    for group in draft.groups.iter().filter(|group| group.state == "unknown" && !group.criteria.is_empty()) {
        lacks.push(("state", filled_but_unknown(group)));
    }
    if to.is_some_and(|to| to <= from) {
        lacks.push(("to", both("Ngày cuối trước ngày đầu.", "The last day lies before the first.")));
    }
    let mut ended = None;
    if draft.overlay {
        ended = draft
            .based_on
            .as_ref()
            .and_then(|id| sets.iter().find(|set| set.id == *id))
            .filter(|set| set.overlay && set.is_valid(from) && set.valid_from.is_none_or(|first| first < from));
    } else {
        for set in
            sets.iter().filter(|set| !set.overlay && set.status == "in_force" && share((set.valid_from, set.valid_to), (Some(from), to)))
        {
            if set.is_valid(from) && set.valid_from.is_none_or(|first| first < from) {
                ended = Some(set);
            } else {
                lacks.push((
                    "from",
                    both(
                        format!(
                            "Bộ tiêu chí {} đã có hiệu lực {}; hai bộ không được trùng thời gian.",
                            set.number(),
                            period(set.valid_from, set.valid_to)
                        ),
                        format!("Set {} is already in force in that time; two sets must not overlap.", set.number()),
                    ),
                ));
            }
        }
    }
    if lacks.is_empty() { Ok(ended) } else { Err(lacks) }
}

/// A group that is said to be unknown although it has items.
pub(super) fn filled_but_unknown(group: &super::Group) -> Both {
    both(
        format!("Nhóm {} có tiêu chí nhưng còn ghi “chưa có”; hãy sửa nhóm: đủ, hay một phần.", group.id),
        format!("Group {} has items but is said to be unknown; say whether it is complete or partial.", group.id),
    )
}

/// What keeps another period of a set in force from being written: an end before its beginning, another set at the same time.
pub fn check_period(
    set: &CriteriaSet,
    sets: &[CriteriaSet],
    from: NaiveDate,
    to: Option<NaiveDate>,
) -> Result<(), Vec<(&'static str, Both)>> {
    if to.is_some_and(|to| to <= from) {
        return Err(vec![("to", both("Ngày cuối trước ngày đầu.", "The last day lies before the first."))]);
    }
    let others = sets.iter().filter(|other| other.id != set.id && !other.overlay && !set.overlay && other.status == "in_force");
    let lacks: Vec<_> = others
        .filter(|other| share((other.valid_from, other.valid_to), (Some(from), to)))
        .map(|other| {
            let text = both(
                format!(
                    "Bộ tiêu chí {} đã có hiệu lực {}; hai bộ không được trùng thời gian.",
                    other.number(),
                    period(other.valid_from, other.valid_to)
                ),
                format!("Set {} is already in force in that time; two sets must not overlap.", other.number()),
            );
            ("from", text)
        })
        .collect();
    if lacks.is_empty() { Ok(()) } else { Err(lacks) }
}

/// Whether a set may be applied by decision in a period: only where no set is in force by itself.
pub fn check_application(sets: &[CriteriaSet], set_id: &str, from: NaiveDate, to: Option<NaiveDate>) -> Result<(), (&'static str, Both)> {
    let Some(named) = sets.iter().find(|set| set.id == set_id && set.status == "in_force" && !set.overlay) else {
        return Err(("set", both("Hãy chọn một bộ tiêu chí đã ban hành.", "Choose a set that was issued.")));
    };
    if to.is_some_and(|to| to <= from) {
        return Err(("to", both("Ngày cuối trước ngày đầu.", "The last day lies before the first.")));
    }
    if named.valid_from.is_some_and(|first| from < first) {
        return Err((
            "from",
            both("Ngày bắt đầu trước khi bộ tiêu chí này được ban hành.", "The period begins before this set was issued."),
        ));
    }
    let running =
        sets.iter().find(|set| !set.overlay && set.status == "in_force" && share((set.valid_from, set.valid_to), (Some(from), to)));
    if let Some(set) = running {
        return Err((
            "from",
            both(
                format!(
                    "Bộ tiêu chí {} có hiệu lực {}, trùng với thời gian này; khi có bộ đang hiệu lực thì không vận dụng bộ khác.",
                    set.number(),
                    period(set.valid_from, set.valid_to)
                ),
                format!("Set {} is in force in that time; while a set is in force no other is applied.", set.number()),
            ),
        ));
    }
    Ok(())
}

/// A set in force was to be changed.
pub fn fixed() -> Refusal {
    Refusal::rule(
        "set-in-force",
        both("Bộ tiêu chí này đã có hiệu lực nên không sửa được.", "This set is in force and cannot be edited."),
        both(
            "Hãy tạo bản sao để soạn, rồi đặt hiệu lực cho bản đó; nó sẽ thay bộ này từ ngày bạn chọn.",
            "Copy it, edit the copy, and put that in force; it supersedes this one from the day you choose.",
        ),
    )
}
