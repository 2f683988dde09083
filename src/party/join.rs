//! Two bodies that are one: everything that names the first names the second from then on, row by row as recorded, until they
//! are parted again. Nothing is deleted: the joined body keeps its row, its name stays findable and stands for the other.

use chrono::{DateTime, Utc};

use super::question::By;
use super::{Body, BodyKind, store};
use crate::db::{DbResult, Tx};
use crate::error::{Refusal, both};
use crate::{clock, execute, execute_many, fetch_all, fetch_one, fetch_optional};

/// A column that names bodies.
struct Place {
    /// Table and column, as recorded with each row.
    name: &'static str,
    /// What its rows are called on screens.
    label: &'static str,
    /// How many rows name `$1`.
    count: &'static str,
    /// Names `$2` where `$1` was named; gives the keys of these rows.
    forth: &'static str,
    /// Names `$2` again in the row of key `$3`, if it still names `$1`.
    back: &'static str,
}

/// Every column that names a body which can be joined. A row of which the other body has one of its own (a guest of the same
/// conference) stays where it is. A test holds this list against the schema.
const PLACES: [Place; 20] = [
    Place { name: "product.producer_id", label: "sản phẩm", count: "select count(*) from product where producer_id = $1", forth: "update product set producer_id = $2 where producer_id = $1 returning id", back: "update product set producer_id = $2 where producer_id = $1 and id = $3" },
    Place { name: "point.operator_id", label: "điểm vận hành", count: "select count(*) from point where operator_id = $1", forth: "update point set operator_id = $2 where operator_id = $1 returning id", back: "update point set operator_id = $2 where operator_id = $1 and id = $3" },
    Place { name: "point.nominated_by", label: "điểm đã đề nghị", count: "select count(*) from point where nominated_by = $1", forth: "update point set nominated_by = $2 where nominated_by = $1 returning id", back: "update point set nominated_by = $2 where nominated_by = $1 and id = $3" },
    Place { name: "point.supporter_id", label: "điểm được đồng hành", count: "select count(*) from point where supporter_id = $1", forth: "update point set supporter_id = $2 where supporter_id = $1 returning id", back: "update point set supporter_id = $2 where supporter_id = $1 and id = $3" },
    Place { name: "role_grant.body_id", label: "tài khoản, vai trò", count: "select count(*) from role_grant where body_id = $1", forth: "update role_grant set body_id = $2 where body_id = $1 returning id", back: "update role_grant set body_id = $2 where body_id = $1 and id = $3" },
    Place { name: "enrolment.producer_id", label: "đăng ký đánh giá", count: "select count(*) from enrolment where producer_id = $1", forth: "update enrolment set producer_id = $2 where producer_id = $1 returning id", back: "update enrolment set producer_id = $2 where producer_id = $1 and id = $3" },
    Place { name: "aid.producer_id", label: "hỗ trợ", count: "select count(*) from aid where producer_id = $1", forth: "update aid set producer_id = $2 where producer_id = $1 returning id", back: "update aid set producer_id = $2 where producer_id = $1 and id = $3" },
    Place { name: "aid.asker_id", label: "hỗ trợ đã đề nghị", count: "select count(*) from aid where asker_id = $1", forth: "update aid set asker_id = $2 where asker_id = $1 returning id", back: "update aid set asker_id = $2 where asker_id = $1 and id = $3" },
    Place { name: "aid.provider_id", label: "hỗ trợ đã cấp", count: "select count(*) from aid where provider_id = $1", forth: "update aid set provider_id = $2 where provider_id = $1 returning id", back: "update aid set provider_id = $2 where provider_id = $1 and id = $3" },
    Place { name: "prospect.supporter_id", label: "đầu mối được đồng hành", count: "select count(*) from prospect where supporter_id = $1", forth: "update prospect set supporter_id = $2 where supporter_id = $1 returning id", back: "update prospect set supporter_id = $2 where supporter_id = $1 and id = $3" },
    Place { name: "prospect.made_by", label: "đầu mối đã ghi", count: "select count(*) from prospect where made_by = $1", forth: "update prospect set made_by = $2 where made_by = $1 returning id", back: "update prospect set made_by = $2 where made_by = $1 and id = $3" },
    Place { name: "conference.organiser_id", label: "hội nghị tổ chức", count: "select count(*) from conference where organiser_id = $1", forth: "update conference set organiser_id = $2 where organiser_id = $1 returning id", back: "update conference set organiser_id = $2 where organiser_id = $1 and id = $3" },
    Place {
        name: "conference_guest.body_id",
        label: "lượt dự hội nghị",
        count: "select count(*) from conference_guest where body_id = $1",
        forth: "update conference_guest set body_id = $2 where body_id = $1
                and not exists (select 1 from conference_guest own where own.conference_id = conference_guest.conference_id and own.side = conference_guest.side and own.body_id = $2)
                returning conference_id || ' ' || side",
        back: "update conference_guest set body_id = $2 where body_id = $1 and conference_id || ' ' || side = $3",
    },
    Place { name: "producer_claim.body_id", label: "lần tự đăng ký", count: "select count(*) from producer_claim where body_id = $1", forth: "update producer_claim set body_id = $2 where body_id = $1 returning id", back: "update producer_claim set body_id = $2 where body_id = $1 and id = $3" },
    Place { name: "inspection.body_id", label: "lượt kiểm tra được giao", count: "select count(*) from inspection where body_id = $1", forth: "update inspection set body_id = $2 where body_id = $1 returning id", back: "update inspection set body_id = $2 where body_id = $1 and id = $3" },
    Place { name: "outlet.body_id", label: "cổng công bố", count: "select count(*) from outlet where body_id = $1", forth: "update outlet set body_id = $2 where body_id = $1 returning id", back: "update outlet set body_id = $2 where body_id = $1 and id = $3" },
    Place { name: "proposal_call.body_id", label: "đợt đề xuất", count: "select count(*) from proposal_call where body_id = $1", forth: "update proposal_call set body_id = $2 where body_id = $1 returning id", back: "update proposal_call set body_id = $2 where body_id = $1 and id = $3" },
    Place {
        name: "call_body.body_id",
        label: "đợt đề xuất được gửi",
        count: "select count(*) from call_body where body_id = $1",
        forth: "update call_body set body_id = $2 where body_id = $1 and not exists (select 1 from call_body own where own.call_id = call_body.call_id and own.body_id = $2) returning call_id",
        back: "update call_body set body_id = $2 where body_id = $1 and call_id = $3",
    },
    Place {
        name: "call_answer.body_id",
        label: "trả lời đợt đề xuất",
        count: "select count(*) from call_answer where body_id = $1",
        forth: "update call_answer set body_id = $2 where body_id = $1 and not exists (select 1 from call_answer own where own.call_id = call_answer.call_id and own.body_id = $2) returning id",
        back: "update call_answer set body_id = $2 where body_id = $1 and id = $3",
    },
    Place {
        name: "meeting_guest.body_id",
        label: "lượt dự họp",
        count: "select count(*) from meeting_guest where body_id = $1",
        forth: "update meeting_guest set body_id = $2 where body_id = $1 returning meeting_id || ' ' || cast(seq as text)",
        back: "update meeting_guest set body_id = $2 where body_id = $1 and meeting_id || ' ' || cast(seq as text) = $3",
    },
];

/// One body that was joined to another.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Join {
    /// Identifier.
    pub id: String,
    /// The body that was joined.
    pub joined_id: String,
    /// The body that stands for it.
    pub into_id: String,
    /// Why they are one.
    pub reason: String,
    /// Role and body of whoever said so.
    pub joined_name: String,
    /// When.
    pub joined_at: DateTime<Utc>,
    /// Role and body of whoever parted them again.
    pub parted_name: String,
    /// When.
    pub parted_at: Option<DateTime<Utc>>,
}

/// How many rows of each kind name a body; kinds without any are left out.
pub async fn counts(tx: &mut Tx, body: &str) -> DbResult<Vec<(&'static str, i64)>> {
    let mut counts = Vec::new();
    for place in &PLACES {
        let (count,) = fetch_one!(tx, (i64,), place.count, body)?;
        if count > 0 {
            counts.push((place.label, count));
        }
    }
    Ok(counts)
}

/// Why a body cannot be joined to another.
pub async fn hindrance(tx: &mut Tx, joined: &Body, into: &Body) -> DbResult<Option<Refusal>> {
    let refuse = |vi: &'static str, en: &'static str, vi_todo: &'static str, en_todo: &'static str| {
        Ok(Some(Refusal::rule("not-joined", both(vi, en), both(vi_todo, en_todo))))
    };
    if joined.id == into.id {
        return refuse("Đây là cùng một chủ thể.", "This is one body.", "Hãy chọn một chủ thể khác.", "Choose another body.");
    }
    let is_maker = |body: &Body| body.kind.is_empty() || BodyKind::read(&body.kind).is_some();
    if !is_maker(joined) || !is_maker(into) || !store::powers(tx, &joined.id).await?.is_empty() {
        return refuse(
            "Cơ quan không nhập vào nhau ở đây.",
            "Agencies are not joined here.",
            "Hãy dùng “Kết thúc hoạt động, sáp nhập” ở trang Cơ quan.",
            "Use the end of a body with its successor.",
        );
    }
    if joined.demo != into.demo {
        return refuse(
            "Một bên là dữ liệu mẫu.",
            "One of them is sample data.",
            "Hãy chọn hai chủ thể cùng loại dữ liệu.",
            "Choose two real bodies or two of the sample.",
        );
    }
    if into_of(tx, &joined.id).await?.is_some() || into_of(tx, &into.id).await?.is_some() {
        return refuse(
            "Một bên đã được nhập vào chủ thể khác.",
            "One of them is joined to another already.",
            "Hãy mở chủ thể còn lại rồi nhập từ đó.",
            "Open the body that stands for it.",
        );
    }
    if fetch_optional!(tx, (String,), "select id from chain where id = $1", &joined.id)?.is_some() {
        return refuse(
            "Chủ thể này là một chuỗi siêu thị có cửa hàng và kệ hàng của mình.",
            "This body is a supermarket chain with stores and shelves of its own.",
            "Hãy nhập theo chiều ngược lại: nhập bên kia vào chuỗi.",
            "Join the other one to the chain.",
        );
    }
    Ok(None)
}

/// The body that a joined one stands for.
pub async fn into_of(tx: &mut Tx, id: &str) -> DbResult<Option<String>> {
    Ok(fetch_optional!(tx, (Option<String>,), "select joined_to from body where id = $1", id)?.and_then(|(into,)| into))
}

/// Joins one body to another; gives the join and how many rows moved.
pub async fn join(tx: &mut Tx, joined: &str, into: &str, reason: &str, by: By<'_>) -> DbResult<(String, usize)> {
    let id = clock::new_id();
    execute!(
        tx,
        "insert into body_join (id, joined_id, into_id, reason, joined_by, joined_name, joined_at, parted_by, parted_name, parted_at) values ($1, $2, $3, $4, $5, $6, $7, '', '', null)",
        &id,
        joined,
        into,
        reason,
        by.id,
        by.name,
        by.at
    )?;
    let (mut moved, join) = (0, id.as_str());
    for place in &PLACES {
        let keys = fetch_all!(tx, (String,), place.forth, joined, into)?;
        moved += keys.len();
        execute_many!(tx, 3, "insert into body_join_row (join_id, place, row_key) values ($1, $2, $3)", keys, |key| [
            join, place.name, &key.0
        ])?;
    }
    execute!(tx, "update body set joined_to = $2 where id = $1", joined, into)?;
    Ok((id, moved))
}

/// What came of parting two bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parted {
    /// Rows that went back.
    pub back: usize,
    /// Rows that name somebody else by now, or are gone.
    pub left: usize,
}

/// A join by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Join>> {
    fetch_optional!(
        tx,
        Join,
        "select id, joined_id, into_id, reason, joined_name, joined_at, parted_name, parted_at from body_join where id = $1",
        id
    )
}

/// Joins that a body has part in, the latest first.
pub async fn of(tx: &mut Tx, body: &str) -> DbResult<Vec<Join>> {
    fetch_all!(
        tx,
        Join,
        "select id, joined_id, into_id, reason, joined_name, joined_at, parted_name, parted_at from body_join where joined_id = $1 or into_id = $1 order by id desc limit 50",
        body
    )
}

/// Parts two bodies again: what was moved goes back, rows made since then stay where they are.
pub async fn part(tx: &mut Tx, join: &Join, by: By<'_>) -> DbResult<Parted> {
    let mut parted = Parted { back: 0, left: 0 };
    for place in &PLACES {
        let mut after = String::new();
        loop {
            let keys = fetch_all!(
                tx,
                (String,),
                "select row_key from body_join_row where join_id = $1 and place = $2 and row_key > $3 order by row_key limit 500",
                &join.id,
                place.name,
                &after
            )?;
            let Some((last,)) = keys.last() else { break };
            after.clone_from(last);
            for (key,) in &keys {
                match execute!(tx, place.back, &join.into_id, &join.joined_id, key)? {
                    0 => parted.left += 1,
                    _ => parted.back += 1,
                }
            }
        }
    }
    execute!(tx, "update body set joined_to = null where id = $1", &join.joined_id)?;
    execute!(tx, "update body_join set parted_by = $2, parted_name = $3, parted_at = $4 where id = $1", &join.id, by.id, by.name, by.at)?;
    Ok(parted)
}

/// The columns that are moved, for the test that holds them against the schema.
#[cfg(test)]
pub fn places() -> Vec<&'static str> {
    PLACES.iter().map(|place| place.name).collect()
}
