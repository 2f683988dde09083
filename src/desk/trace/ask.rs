//! Finds lines of the journal. They are read in the order of their numbers, so cost follows what is looked at: a search looks
//! through a stretch of the chain at a time and says how far it came.

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::clock;
use crate::db::{DbResult, Tx};
use crate::journal::{self, Entry};
use crate::page::Fields;
use crate::{fetch_all, fetch_many, fetch_optional};

/// Lines looked at for one page of a search.
const STRETCH: i64 = 20_000;

/// What is asked of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// From this day on.
    pub from: Option<NaiveDate>,
    /// Up to this day.
    pub to: Option<NaiveDate>,
    /// By this person.
    pub person: String,
    /// With this verb.
    pub verb: String,
    /// Of this kind of thing.
    pub kind: String,
    /// Of this thing.
    pub id: String,
}

impl Asked {
    /// From a form; days that cannot be read are left out and told by their names.
    pub fn read(fields: &Fields) -> (Asked, Vec<&'static str>) {
        let mut wrong = Vec::new();
        let mut day = |name: &'static str| {
            let typed = fields.some(name)?;
            let read = crate::text::parse_date(typed).ok();
            if read.is_none() {
                wrong.push(name);
            }
            read
        };
        let (from, to) = (day("tu"), day("den"));
        let text = |name: &str| fields.get(name).to_owned();
        (Asked { from, to, person: text("nguoi"), verb: text("viec"), kind: text("loai"), id: text("ma") }, wrong)
    }

    /// Whether everything is asked for.
    pub fn is_all(&self) -> bool {
        *self == Asked::default()
    }
}

/// Lines found, newest first, and where to look on.
#[derive(Debug, Default)]
pub struct Found {
    /// The lines.
    pub entries: Vec<Entry>,
    /// The number before which there may be more.
    pub next: Option<i64>,
}

/// The number of the first line at or after a moment.
async fn first_from(tx: &mut Tx, moment: DateTime<Utc>, head: i64) -> DbResult<i64> {
    let (mut low, mut high) = (1, head + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let at = fetch_optional!(tx, (DateTime<Utc>,), "select at from journal where seq = $1", middle)?;
        if at.is_some_and(|(at,)| at < moment) { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

/// Lines before a number that fit, at most `rows`.
pub async fn find(tx: &mut Tx, asked: &Asked, before: i64, rows: i64) -> DbResult<Found> {
    let (head, _) = journal::head(tx).await?;
    let low = match asked.from {
        Some(day) => first_from(tx, clock::midnight(day), head).await?,
        None => 1,
    };
    let high = match asked.to.and_then(|day| day.checked_add_days(Days::new(1))) {
        Some(day) => first_from(tx, clock::midnight(day), head).await?,
        None => head + 1,
    };
    let high = high.min(before);
    // one thing has an index of its own; without a filter every line fits
    let is_sparse = asked.id.is_empty() && !(asked.person.is_empty() && asked.verb.is_empty() && asked.kind.is_empty());
    let floor = if is_sparse { low.max(high - STRETCH) } else { low };
    let mut entries = if asked.id.is_empty() {
        fetch_all!(
            tx,
            Entry,
            "select seq, at, actor, actor_name, verb, subject_kind, subject_id, detail, hash from journal
             where seq < $1 and seq >= $2 and ($3 = '' or actor = $3) and ($4 = '' or verb = $4) and ($5 = '' or subject_kind = $5) order by seq desc limit $6",
            high,
            floor,
            &asked.person,
            &asked.verb,
            &asked.kind,
            rows + 1
        )?
    } else {
        fetch_all!(
            tx,
            Entry,
            "select seq, at, actor, actor_name, verb, subject_kind, subject_id, detail, hash from journal
             where subject_kind = $5 and subject_id = $7 and seq < $1 and seq >= $2 and ($3 = '' or actor = $3) and ($4 = '' or verb = $4) order by seq desc limit $6",
            high,
            floor,
            &asked.person,
            &asked.verb,
            &asked.kind,
            rows + 1,
            &asked.id
        )?
    };
    let next = if entries.len() as i64 > rows {
        entries.truncate(rows as usize);
        entries.last().map(|entry| entry.seq)
    } else {
        Some(floor).filter(|floor| *floor > low)
    };
    Ok(Found { entries, next })
}

/// Something that a typed name may mean: kind, id, what it is called.
pub type Meant = (String, String, String);

/// Things whose code, number or name is typed; at most some of each kind.
pub async fn things(tx: &mut Tx, typed: &str) -> DbResult<Vec<Meant>> {
    let like = format!("%{}%", crate::text::fold(typed));
    let mut found: Vec<Meant> = Vec::new();
    let mut take = |kind: &str, rows: Vec<(String, String)>| found.extend(rows.into_iter().map(|(id, name)| (kind.to_owned(), id, name)));
    take(
        "point",
        fetch_all!(
            tx,
            (String, String),
            "select id, code || ' – ' || name from point where code = $1 or name_fold like $2 order by code limit 6",
            typed,
            &like
        )?,
    );
    take(
        "product",
        fetch_all!(
            tx,
            (String, String),
            "select id, case when code = '' then name else code || ' – ' || name end from product where code = $1 or name_fold like $2 order by code, id limit 6",
            typed,
            &like
        )?,
    );
    take(
        "selection",
        fetch_all!(tx, (String, String), "select id, 'Số ' || number from selection where number = $1 order by id limit 6", typed)?,
    );
    take(
        "body",
        fetch_all!(
            tx,
            (String, String),
            "select id, name from body where tax_code = $1 or name_fold like $2 order by name_fold, id limit 6",
            typed,
            &like
        )?,
    );
    take(
        "person",
        fetch_all!(tx, (String, String), "select id, name from person where name_fold like $1 order by name_fold, id limit 6", &like)?,
    );
    Ok(found)
}

/// People whose name is typed.
pub async fn people(tx: &mut Tx, typed: &str) -> DbResult<Vec<(String, String)>> {
    fetch_all!(
        tx,
        (String, String),
        "select id, name from person where name_fold like $1 order by name_fold, id limit 10",
        format!("%{}%", crate::text::fold(typed))
    )
}

/// Names of people by id.
pub async fn names(tx: &mut Tx, entries: &[Entry]) -> DbResult<std::collections::HashMap<String, String>> {
    let ids: std::collections::HashSet<&str> =
        entries.iter().map(|entry| entry.actor.as_str()).filter(|id| !["public", "system"].contains(id)).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    Ok(fetch_many!(tx, (String, String), "select id, name from person where id in ($1)", ids)?.into_iter().collect())
}
