//! Empty groups of a set in force, filled once somebody has read them: the same law, the same period, no other set. What a
//! group has already is never changed; the groups are written as a draft and go into the set when a second person confirms.

use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, Utc};

use super::model::{CriteriaSet, Criterion, Group};
use super::pages::find;
use super::store;
use crate::access::{Act, Need, Routes};
use crate::db::{DbResult, Tx};
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Sent, Visit, go, once};
use crate::rule::{Used, Uses};
use crate::{clock, execute, fetch_all, fetch_optional};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().post("/bo-tieu-chi/{id}/bo-sung", Need::May(Act::EditCriteria), begin)
}

/// The set that a draft fills, and whether it has.
pub async fn of(tx: &mut Tx, draft: &str) -> DbResult<Option<(String, bool)>> {
    let found =
        fetch_optional!(tx, (String, Option<DateTime<Utc>>), "select set_id, filled_at from criteria_fill where draft_id = $1", draft)?;
    Ok(found.map(|(set, filled)| (set, filled.is_some())))
}

/// Drafts whose groups went into a set: they are no drafts any more.
pub async fn done(tx: &mut Tx) -> DbResult<Vec<String>> {
    Ok(fetch_all!(tx, (String,), "select draft_id from criteria_fill where filled_at is not null")?.into_iter().map(|(id,)| id).collect())
}

/// The groups of a set in force that have nothing in them.
pub fn empty(set: &CriteriaSet) -> impl Iterator<Item = &Group> {
    set.groups.iter().filter(|group| set.status == "in_force" && group.criteria.is_empty())
}

/// Begins a draft of the empty groups; one that is being written is shown instead.
async fn begin(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let mut tx = once::begin(&visit, &sent.fields).await?;
    let set = find(&mut tx, &id).await?;
    if let Some((draft,)) = fetch_optional!(
        &mut tx,
        (String,),
        "select draft_id from criteria_fill where set_id = $1 and filled_at is null order by draft_id limit 1",
        &id
    )? {
        return once::end(tx, &sent.fields, go(&format!("/bo-tieu-chi/{draft}"), "")).await;
    }
    let groups: Vec<Group> = empty(&set).cloned().collect();
    if groups.is_empty() {
        return Err(Refusal::rule(
            "nothing-empty",
            both("Bộ này không còn nhóm nào chưa có nội dung.", "No group of this set is empty."),
            both("Nếu văn bản đã đổi, hãy soạn bản mới từ bộ này.", "If the law has changed, write a new set from this one."),
        )
        .into());
    }
    let draft = CriteriaSet {
        id: clock::new_id(),
        title: format!("Bổ sung nội dung còn thiếu của {}", set.number()),
        status: "draft".into(),
        origin: "admin".into(),
        based_on: Some(set.id.clone()),
        confidence: String::new(),
        source: String::new(),
        note: String::new(),
        version: 1,
        groups,
        ..set
    };
    store::add_set(&mut tx, &draft).await?;
    execute!(&mut tx, "insert into criteria_fill (draft_id, set_id) values ($1, $2)", &draft.id, &id)?;
    let detail = serde_json::json!({"fills": id, "set": {"title": draft.title}});
    Note::of("draft_set", ("criteria_set", &draft.id), detail).by(&mut tx, visit.app.clock().now(), &visit.actor).await?;
    once::end(tx, &sent.fields, go(&format!("/bo-tieu-chi/{}", draft.id), "draft_set")).await
}

/// What keeps a draft from filling a set: nothing read, no source, a group that is another or no longer empty, a mark that is taken.
pub fn check(draft: &CriteriaSet, set: &CriteriaSet) -> Result<(), Vec<(&'static str, Both)>> {
    let mut lacks = Vec::new();
    if draft.source.is_empty() || draft.confidence.is_empty() {
        lacks.push((
            "source",
            both(
                "Chưa ghi nguồn đọc được văn bản và độ tin cậy; hãy sửa phần chung của bản thảo.",
                "Source and confidence are missing; edit the head of the draft.",
            ),
        ));
    }
    let read: Vec<&Group> = draft.groups.iter().filter(|group| !group.criteria.is_empty()).collect();
    if read.is_empty() {
        lacks.push(("items", both("Bản thảo chưa có tiêu chí nào.", "The draft has no criterion.")));
    }
    let taken = |item: &Criterion| set.groups.iter().flat_map(|group| &group.criteria).any(|known| known.id == item.id);
    for group in read {
        if group.clause.is_empty() {
            lacks.push((
                "clause",
                both(
                    format!("Nhóm {} chưa ghi điều, khoản của văn bản.", group.id),
                    format!("Group {} names no clause of the instrument.", group.id),
                ),
            ));
        }
        if group.state == "unknown" {
            lacks.push(("state", super::validity::filled_but_unknown(group)));
        }
        match set.groups.iter().find(|known| known.id == group.id) {
            Some(known) if known.criteria.is_empty() => {}
            _ => lacks.push((
                "groups",
                both(
                    format!(
                        "Nhóm {} không phải nhóm còn trống của {}: nội dung đã có thì chỉ thay bằng một bộ mới.",
                        group.id,
                        set.number()
                    ),
                    format!("Group {} is no empty group of {}: what stands there is replaced only by a new set.", group.id, set.number()),
                ),
            )),
        }
        for item in group.criteria.iter().filter(|item| taken(item)) {
            lacks.push((
                "items",
                both(
                    format!("Ký hiệu {} đã dùng trong {}.", item.id, set.number()),
                    format!("The mark {} is used in {}.", item.id, set.number()),
                ),
            ));
        }
    }
    if lacks.is_empty() { Ok(()) } else { Err(lacks) }
}

/// What will be other than it is, line by line.
pub async fn effects(tx: &mut Tx, uses: &Uses, draft: &CriteriaSet, set: &CriteriaSet) -> DbResult<Vec<String>> {
    let mut lines: Vec<String> = draft
        .groups
        .iter()
        .filter(|group| !group.criteria.is_empty())
        .map(|group| {
            format!("{}, nhóm {} ({}): chưa có → {} tiêu chí, {}", set.number(), group.id, group.title, group.criteria.len(), group.clause)
        })
        .collect();
    lines.push("Thời hạn và các nhóm đã có nội dung giữ nguyên".to_owned());
    let kept = uses.of(tx, &set.id, Used::Done).await?;
    if kept > 0 {
        lines.push(format!("{kept} phiếu khảo sát đã hoàn thành giữ nguyên kết quả; phiếu chưa hoàn thành có thêm các mục này"));
    }
    Ok(lines)
}

/// Puts the groups of a draft into the set; the draft is no draft any more. False when a group is not empty any more.
pub async fn write(tx: &mut Tx, draft: &CriteriaSet, set: &CriteriaSet, now: DateTime<Utc>) -> DbResult<bool> {
    for group in draft.groups.iter().filter(|group| !group.criteria.is_empty()) {
        if store::fill_group(tx, &set.id, group).await? == 0 {
            return Ok(false);
        }
    }
    execute!(tx, "update criteria_fill set filled_at = $2 where draft_id = $1 and filled_at is null", &draft.id, now).map(|rows| rows == 1)
}

/// What was put in, for the journal of the set.
pub fn record(draft: &CriteriaSet) -> serde_json::Value {
    let groups = draft.groups.iter().filter(|group| !group.criteria.is_empty());
    let groups: Vec<serde_json::Value> = groups
        .map(|group| {
            let items: Vec<serde_json::Value> = group
                .criteria
                .iter()
                .map(|item| serde_json::json!({"id": item.id, "text": item.text, "rule": item.rule, "clause": item.clause}))
                .collect();
            serde_json::json!({"group": group.id, "title": group.title, "clause": group.clause, "state": group.state, "criteria": items})
        })
        .collect();
    serde_json::json!({"draft": draft.id, "source": draft.source, "confidence": draft.confidence, "groups": groups})
}
