//! What no list of its own answers: papers by number, which certificate was meant.

use crate::db::{DbResult, Tx, Where, plain_number};
use crate::{fetch_all, fetch_texts};

/// A paper: identifier, number, title.
pub type Paper = (String, String, String);

/// So many papers of a kind are looked through, the latest first.
const LOOKED: i64 = 300;

/// Decisions of selection.
pub async fn selections(tx: &mut Tx) -> DbResult<Vec<Paper>> {
    fetch_all!(tx, Paper, "select id, number, '' from selection order by decided_on desc, id limit $1", LOOKED)
}

/// Plans.
pub async fn plans(tx: &mut Tx) -> DbResult<Vec<Paper>> {
    fetch_all!(tx, Paper, "select id, number, title from plan order by year desc, id limit $1", LOOKED)
}

/// Criteria sets, by the instrument they stand in.
pub async fn sets(tx: &mut Tx) -> DbResult<Vec<Paper>> {
    fetch_all!(
        tx,
        Paper,
        "select s.id, coalesce(i.number, ''), s.title from criteria_set s left join instrument i on i.id = s.instrument_id order by s.valid_from desc, s.id limit $1",
        LOOKED
    )
}

/// Calls to propose points.
pub async fn calls(tx: &mut Tx) -> DbResult<Vec<Paper>> {
    fetch_all!(tx, Paper, "select id, '', title from proposal_call where state <> 'draft' order by year desc, id limit $1", LOOKED)
}

/// Certificates of products that were found by their number: product, number.
pub async fn certificates(tx: &mut Tx, products: &[&str], q: &str) -> DbResult<Vec<(String, String)>> {
    let mut wanted = Where::default();
    let ids: Vec<String> = products.iter().map(|id| (*id).to_owned()).collect();
    let list = wanted.list("c.product_id", &ids);
    wanted.and(&list);
    let number = plain_number("c.number");
    wanted.words(q, |word| format!("{number} like {word}"));
    fetch_texts!(tx, (String, String), format!("select c.product_id, c.number from certificate c{}", wanted.sql), wanted.binds)
}
