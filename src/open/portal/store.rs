//! SQL of the public pages beyond the lists of `point`.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::db::{DbResult, Tx};
use crate::point::State;
use crate::{fetch_all, fetch_many};

/// What a card shows beyond its row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Extra {
    /// The point.
    pub id: String,
    /// Where the record comes from.
    pub source: String,
    /// Its first public picture.
    pub picture: Option<String>,
}

/// Sources and first public pictures of the points of a page, 50 at a time; empty ids find nothing.
pub async fn extras(tx: &mut Tx, ids: &[&str]) -> DbResult<Vec<Extra>> {
    let mut found = Vec::new();
    for part in ids.chunks(50) {
        let id = |at: usize| part.get(at).copied().unwrap_or("");
        found.extend(fetch_all!(
            tx,
            Extra,
            "select p.id, p.source,
               (select min(a.id) from attachment a where a.subject_kind = 'point' and a.subject_id = p.id and a.is_public) as picture
             from point p where p.id in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
               $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50)",
            id(0), id(1), id(2), id(3), id(4), id(5), id(6), id(7), id(8), id(9),
            id(10), id(11), id(12), id(13), id(14), id(15), id(16), id(17), id(18), id(19),
            id(20), id(21), id(22), id(23), id(24), id(25), id(26), id(27), id(28), id(29),
            id(30), id(31), id(32), id(33), id(34), id(35), id(36), id(37), id(38), id(39),
            id(40), id(41), id(42), id(43), id(44), id(45), id(46), id(47), id(48), id(49)
        )?);
    }
    Ok(found)
}

/// A point that opened lately.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Opened {
    /// Identifier.
    pub id: String,
    /// Name in the URL.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Kind of place.
    pub kind: String,
    /// Address as printed.
    pub address: String,
    /// Opening hours.
    pub hours: String,
    /// First day open.
    pub opened_on: NaiveDate,
    /// Sample data.
    pub demo: bool,
}

/// The six points that opened last, among the sixty that began to operate last.
pub async fn newly_opened(tx: &mut Tx) -> DbResult<Vec<Opened>> {
    fetch_all!(
        tx,
        Opened,
        "select p.id, p.slug, p.name, p.kind, p.address, p.hours, p.opened_on, p.demo
         from (select point_id from period where state = 'operating' and valid_to is null and known_to is null order by valid_from desc limit 60) x
         join point p on p.id = x.point_id where p.opened_on is not null and p.state = 'operating' order by p.opened_on desc, p.id desc limit 6"
    )
}

/// Units in which at least one point operates, from the counters.
pub async fn units_with_points(tx: &mut Tx) -> DbResult<Vec<String>> {
    let found = fetch_all!(tx, (String,), "select unit_id from point_count where kind = '*' and state = $1 and n > 0", State::Operating)?;
    Ok(found.into_iter().map(|(unit,)| unit).collect())
}

/// Urls on one page of the site map.
pub const SITEMAP_PAGE: i64 = 1000;

/// First ids of the pages of the site map; sample data stays out.
pub async fn sitemap_starts(tx: &mut Tx) -> DbResult<Vec<String>> {
    let found = fetch_all!(
        tx,
        (String,),
        "select id from (select id, row_number() over (order by id) as place from point where state in ('operating', 'suspended', 'closed') and not demo) x
         where (place - 1) % $1 = 0 order by id",
        SITEMAP_PAGE
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// A page of the site map from an id on: name in the URL, last change. `case` keeps the read along the primary key.
pub async fn sitemap_page(tx: &mut Tx, from: &str) -> DbResult<Vec<(String, chrono::DateTime<chrono::Utc>)>> {
    fetch_all!(
        tx,
        (String, chrono::DateTime<chrono::Utc>),
        "select slug, updated_at from point where id >= $1 and case when state in ('operating', 'suspended', 'closed') then not demo else false end order by id limit $2",
        from,
        SITEMAP_PAGE
    )
}

/// The first public picture of each of these things.
pub async fn first_pictures(tx: &mut Tx, kind: &str, ids: &[&str]) -> DbResult<HashMap<String, String>> {
    let sql = "select subject_id, id, subject_kind from attachment where is_public and subject_id in ($1)";
    let mut found: HashMap<String, String> = HashMap::new();
    for (subject, id, of) in fetch_many!(tx, (String, String, String), sql, ids)? {
        if of == kind && found.get(&subject).is_none_or(|known| id < *known) {
            found.insert(subject, id);
        }
    }
    Ok(found)
}
