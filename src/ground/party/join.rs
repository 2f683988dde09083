//! Two bodies that are one: everything that names the first names the second from then on, row by row as recorded, until they
//! are parted again. Nothing is deleted: the joined body keeps its row, its name stays findable and stands for the other.

use chrono::{DateTime, NaiveDate, Utc};

use super::question::By;
use super::{Body, BodyKind, store};
use crate::db::{Column, DbResult, Tx};
use crate::error::{Refusal, both};
use crate::{clock, execute, execute_many, fetch_all, fetch_one, fetch_optional};

/// All columns that name bodies, handed in by the slices whose they are, and what is asked of a body that cannot be joined:
/// whether it is a chain with stores and shelves of its own.
pub struct Places {
    /// The columns.
    pub places: Vec<&'static [Column]>,
    /// The chain of id `$1`.
    pub chain: &'static str,
    /// Whether there is something of body `$1` that does not lie in unit `$2`: a count, of each slice that has such things.
    pub outside: Vec<&'static str>,
}

impl Places {
    /// Table and column of each.
    pub fn names(&self) -> Vec<&'static str> {
        self.all().map(|place| place.name).collect()
    }

    fn all(&self) -> impl Iterator<Item = &'static Column> {
        self.places.iter().flat_map(|places| places.iter())
    }
}

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
    /// `same`: recorded twice; `succession`: one became the other.
    pub kind: String,
    /// The day on which it became the other.
    pub happened_on: Option<NaiveDate>,
    /// The paper that says so.
    pub basis: String,
    /// The tax code that it kept, if it kept one.
    pub kept_code: String,
    /// Role and body of whoever said so.
    pub joined_name: String,
    /// When.
    pub joined_at: DateTime<Utc>,
    /// Role and body of whoever parted them again.
    pub parted_name: String,
    /// When.
    pub parted_at: Option<DateTime<Utc>>,
}

/// Why two bodies are one.
#[derive(Clone, Copy, Debug)]
pub struct Why<'a> {
    /// In words.
    pub reason: &'a str,
    /// One became the other. None: one body that was recorded twice.
    pub succession: Option<Succession<'a>>,
}

/// One body became another.
#[derive(Clone, Copy, Debug)]
pub struct Succession<'a> {
    /// From which day.
    pub on: NaiveDate,
    /// By which paper.
    pub basis: &'a str,
    /// The tax code that stays, as an enterprise that changes its form keeps it; empty: none.
    pub kept_code: &'a str,
}

/// How many rows of each kind name a body; kinds without any are left out.
pub async fn counts(tx: &mut Tx, places: &Places, body: &str) -> DbResult<Vec<(&'static str, i64)>> {
    let mut counts = Vec::new();
    for place in places.all() {
        let (count,) = fetch_one!(tx, (i64,), place.count, body)?;
        if count > 0 {
            counts.push((place.label, count));
        }
    }
    Ok(counts)
}

/// Why a body cannot be joined to another.
pub async fn hindrance(tx: &mut Tx, places: &Places, joined: &Body, into: &Body) -> DbResult<Option<Refusal>> {
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
    if fetch_optional!(tx, (String,), places.chain, &joined.id)?.is_some() {
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
pub async fn join(tx: &mut Tx, places: &Places, joined: &str, into: &str, why: Why<'_>, by: By<'_>) -> DbResult<(String, usize)> {
    let kind = if why.succession.is_some() { "succession" } else { "same" };
    let (on, basis, kept_code) = why.succession.map_or((None, "", ""), |became| (Some(became.on), became.basis, became.kept_code));
    let id = clock::new_id();
    execute!(
        tx,
        "insert into body_join (id, joined_id, into_id, reason, joined_by, joined_name, joined_at, parted_by, parted_name, parted_at, kind, happened_on, basis, kept_code) values ($1, $2, $3, $4, $5, $6, $7, '', '', null, $8, $9, $10, $11)",
        &id,
        joined,
        into,
        why.reason,
        by.id,
        by.name,
        by.at,
        kind,
        on,
        basis,
        kept_code
    )?;
    let (mut moved, join) = (0, id.as_str());
    for place in places.all() {
        let keys = fetch_all!(tx, (String,), place.forth, joined, into)?;
        moved += keys.len();
        execute_many!(tx, 3, "insert into body_join_row (join_id, place, row_key) values ($1, $2, $3)", keys, |key| [
            join, place.name, &key.0
        ])?;
    }
    execute!(tx, "update body set joined_to = $2 where id = $1", joined, into)?;
    if let Some(became) = why.succession {
        execute!(tx, "update body set valid_to = $2 where id = $1", joined, became.on)?;
        hand_code(tx, joined, into, became.kept_code).await?;
    }
    Ok((id, moved))
}

/// A tax code goes from one body to another.
async fn hand_code(tx: &mut Tx, from: &str, to: &str, code: &str) -> DbResult<()> {
    if !code.is_empty() && execute!(tx, "update body set tax_code = null where id = $1 and tax_code = $2", from, code)? > 0 {
        execute!(tx, "update body set tax_code = $2 where id = $1", to, code)?;
    }
    Ok(())
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
        "select id, joined_id, into_id, reason, kind, happened_on, basis, kept_code, joined_name, joined_at, parted_name, parted_at from body_join where id = $1",
        id
    )
}

/// Joins that a body has part in, the latest first.
pub async fn of(tx: &mut Tx, body: &str) -> DbResult<Vec<Join>> {
    fetch_all!(
        tx,
        Join,
        "select id, joined_id, into_id, reason, kind, happened_on, basis, kept_code, joined_name, joined_at, parted_name, parted_at from body_join where joined_id = $1 or into_id = $1 order by id desc limit 50",
        body
    )
}

/// Parts two bodies again: what was moved goes back, rows made since then stay where they are.
pub async fn part(tx: &mut Tx, places: &Places, join: &Join, by: By<'_>) -> DbResult<Parted> {
    let mut parted = Parted { back: 0, left: 0 };
    for place in places.all() {
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
    if join.kind == "succession" {
        execute!(tx, "update body set valid_to = null where id = $1", &join.joined_id)?;
        hand_code(tx, &join.into_id, &join.joined_id, &join.kept_code).await?;
    }
    execute!(tx, "update body_join set parted_by = $2, parted_name = $3, parted_at = $4 where id = $1", &join.id, by.id, by.name, by.at)?;
    Ok(parted)
}
