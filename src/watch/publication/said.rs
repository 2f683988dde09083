//! SQL of what portals said: answers for one entry, for a whole list, from a file; taken back.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Listing, ListingState};
use super::store::count;
use crate::db::{DbResult, Tx};
use crate::{execute, execute_many, fetch_all, fetch_many, fetch_optional};

/// An answer.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Answer {
    /// Identifier.
    pub id: String,
    /// The portal.
    pub outlet_id: String,
    /// `shown` or `gone`.
    pub said: String,
    /// `one`, `list`, `file`.
    pub how: String,
    /// Where it is shown, if one address is for all.
    pub url: String,
    /// Who said so.
    pub by_name: String,
    /// For how many entries.
    pub number: i64,
    /// What was wrong in the file, a line each.
    pub faults: String,
    /// `outlet:ID`, or a person.
    pub made_by: String,
    /// When it came.
    pub made_at: DateTime<Utc>,
    /// When it was taken; a file that nobody confirmed yet has none.
    pub said_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub undone_at: Option<DateTime<Utc>>,
}

impl Answer {
    /// Whether it says that entries are shown.
    pub fn is_shown(&self) -> bool {
        self.said == "shown"
    }

    /// The moment in Vietnamese time.
    pub fn when(&self) -> String {
        crate::clock::local(self.said_at.unwrap_or(self.made_at)).format("%d/%m/%Y %H:%M").to_string()
    }

    /// What was wrong in the file.
    pub fn fault_lines(&self) -> Vec<&str> {
        self.faults.lines().collect()
    }
}

/// One entry of an answer.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub struct Spoken {
    /// The point.
    pub point_id: String,
    /// Where it is shown.
    pub url: String,
    /// Confirmed before, since.
    pub before_on: Option<NaiveDate>,
    /// There.
    pub before_url: String,
    /// By.
    pub before_by: String,
}

/// Adds an answer with its entries.
pub async fn add(tx: &mut Tx, answer: &Answer, lines: &[Spoken]) -> DbResult<()> {
    execute!(
        tx,
        "insert into listing_answer (id, outlet_id, said, how, url, by_name, number, faults, made_by, made_at, said_at, undone_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, null)",
        &answer.id,
        &answer.outlet_id,
        &answer.said,
        &answer.how,
        &answer.url,
        &answer.by_name,
        answer.number,
        &answer.faults,
        &answer.made_by,
        answer.made_at,
        answer.said_at
    )?;
    execute_many!(
        tx,
        6,
        "insert into listing_answer_line (answer_id, point_id, url, before_on, before_url, before_by) values ($1, $2, $3, $4, $5, $6)",
        lines,
        |line| [&answer.id, &line.point_id, &line.url, line.before_on, &line.before_url, &line.before_by]
    )
}

/// An answer of a portal.
pub async fn find(tx: &mut Tx, outlet: &str, id: &str) -> DbResult<Option<Answer>> {
    fetch_optional!(tx, Answer, "select * from listing_answer where outlet_id = $1 and id = $2", outlet, id)
}

/// Its entries.
pub async fn lines(tx: &mut Tx, id: &str) -> DbResult<Vec<Spoken>> {
    fetch_all!(
        tx,
        Spoken,
        "select point_id, url, before_on, before_url, before_by from listing_answer_line where answer_id = $1 order by point_id",
        id
    )
}

/// The first entries of an answer with code and name of their points.
pub async fn named(tx: &mut Tx, id: &str, rows: i64) -> DbResult<Vec<(String, String, String)>> {
    fetch_all!(
        tx,
        (String, String, String),
        "select p.code, p.name, l.url from listing_answer_line l join point p on p.id = l.point_id where l.answer_id = $1 order by p.code limit $2",
        id,
        rows
    )
}

/// The last answers of a portal that were taken.
pub async fn latest(tx: &mut Tx, outlet: &str, rows: i64) -> DbResult<Vec<Answer>> {
    fetch_all!(
        tx,
        Answer,
        "select * from listing_answer where outlet_id = $1 and said_at is not null order by id desc limit $2",
        outlet,
        rows
    )
}

/// Takes the entries of a file that was compared: notes when, by whom, and what each was before.
pub async fn confirm(tx: &mut Tx, id: &str, by: &str, number: i64, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "update listing_answer set said_at = $3, by_name = $2, number = $4 where id = $1 and said_at is null", id, by, now, number)
}

/// What an entry was before the answer that is being taken.
pub async fn note_before(tx: &mut Tx, answer: &str, before: &Listing) -> DbResult<u64> {
    execute!(
        tx,
        "update listing_answer_line set before_on = $3, before_url = $4, before_by = $5 where answer_id = $1 and point_id = $2",
        answer,
        &before.point_id,
        before.confirmed_on,
        &before.confirmed_url,
        &before.confirmed_by
    )
}

/// Files that were compared and never confirmed go after some days.
pub async fn forget_drafts(tx: &mut Tx, before: DateTime<Utc>) -> DbResult<()> {
    execute!(
        tx,
        "delete from listing_answer_line where answer_id in (select a.id from listing_answer a where a.said_at is null and a.made_at < $1)",
        before
    )?;
    execute!(tx, "delete from listing_answer where said_at is null and made_at < $1", before)?;
    Ok(())
}

/// Every entry that waits counts as shown there; gives the points.
pub async fn show_all(tx: &mut Tx, answer: &Answer, today: NaiveDate) -> DbResult<Vec<String>> {
    let points = fetch_all!(
        tx,
        (String,),
        "update listing set state = 'confirmed', stage = 'shown', since = $2, confirmed_on = $2, confirmed_url = $3, confirmed_by = $4, answer_id = $5, version = version + 1
         where outlet_id = $1 and stage = 'publish' and state = 'sent' returning point_id",
        &answer.outlet_id,
        today,
        &answer.url,
        &answer.by_name,
        &answer.id
    )?;
    move_count(tx, &answer.outlet_id, ListingState::Sent, ListingState::Confirmed, points.len()).await?;
    Ok(points.into_iter().map(|(point,)| point).collect())
}

/// Every entry that is to be taken down counts as gone; gives the points.
pub async fn remove_all(tx: &mut Tx, answer: &Answer, today: NaiveDate) -> DbResult<Vec<String>> {
    let mut gone = Vec::new();
    for from in [ListingState::TakedownWanted, ListingState::TakedownSent] {
        let points = fetch_all!(
            tx,
            (String,),
            "update listing set state = 'taken_down', stage = 'gone', since = $2, taken_down_on = $2, taken_down_by = $3, answer_id = $4, version = version + 1
             where outlet_id = $1 and stage = 'takedown' and state = $5 returning point_id",
            &answer.outlet_id,
            today,
            &answer.by_name,
            &answer.id,
            from
        )?;
        move_count(tx, &answer.outlet_id, from, ListingState::TakenDown, points.len()).await?;
        gone.extend(points.into_iter().map(|(point,)| point));
    }
    Ok(gone)
}

async fn move_count(tx: &mut Tx, outlet: &str, from: ListingState, to: ListingState, by: usize) -> DbResult<()> {
    if by > 0 {
        count(tx, outlet, from, -(by as i64)).await?;
        count(tx, outlet, to, by as i64).await?;
    }
    Ok(())
}

/// Which answer brought an entry where it is.
pub async fn mark(tx: &mut Tx, listing: &Listing, answer: &str) -> DbResult<u64> {
    execute!(tx, "update listing set answer_id = $3 where outlet_id = $1 and point_id = $2", &listing.outlet_id, &listing.point_id, answer)
}

/// The entries that are still as an answer left them.
pub async fn standing(tx: &mut Tx, answer: &Answer) -> DbResult<Vec<Listing>> {
    let state = if answer.is_shown() { ListingState::Confirmed } else { ListingState::TakenDown };
    fetch_all!(
        tx,
        Listing,
        "select * from listing where answer_id = $1 and answer_id <> '' and outlet_id = $2 and state = $3 order by point_id",
        &answer.id,
        &answer.outlet_id,
        state
    )
}

/// Notes that an answer was taken back; 0 when it was already.
pub async fn undo(tx: &mut Tx, id: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "update listing_answer set undone_at = $2 where id = $1 and said_at is not null and undone_at is null", id, now)
}

/// Entries of a portal by the codes of their points.
pub async fn by_codes(tx: &mut Tx, outlet: &str, codes: &[String]) -> DbResult<Vec<(String, Listing)>> {
    #[derive(sqlx::FromRow)]
    struct Coded {
        code: String,
        #[sqlx(flatten)]
        listing: Listing,
    }
    let found = fetch_many!(tx, Coded, "select p.code, l.* from point p join listing l on l.point_id = p.id where p.code in ($1)", codes)?;
    Ok(found.into_iter().filter(|row| row.listing.outlet_id == outlet).map(|row| (row.code, row.listing)).collect())
}
