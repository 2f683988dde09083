//! What the system knows itself and a producer need not prove: where a product stands on shelves, which conferences its producer
//! came to, what aid it got, which points sell near it. Each slice hands in the question that it can answer; which line of which
//! sheet it proves is data of the law.

use std::collections::BTreeMap;

use super::model::Dossier;
use super::rule;
use crate::db::{DbResult, Tx};
use crate::{execute, execute_many, fetch_all};

/// A question that a slice answers.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Its word in the law's data.
    pub word: &'static str,
    /// What its answers are called.
    pub label: &'static str,
    /// Gives titles and addresses, at most a hundred, of product `$1` and producer `$2`.
    pub sql: &'static str,
}

/// All questions, handed in by the slices.
pub struct Questions(pub Vec<Question>);

/// Something that is known.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Fact {
    /// In words.
    pub title: String,
    /// Where it is recorded; empty where there is no page of it.
    pub href: String,
}

/// What is known for a line of a sheet.
async fn of_line(tx: &mut Tx, questions: &Questions, dossier: &Dossier, words: &[String]) -> DbResult<Vec<Fact>> {
    let mut facts = Vec::new();
    for question in questions.0.iter().filter(|question| words.iter().any(|word| word == question.word)) {
        let found = fetch_all!(tx, Fact, question.sql, &dossier.product_id, &dossier.producer_id)?;
        facts.extend(found.into_iter().map(|fact| Fact { title: format!("{}: {}", question.label, fact.title), href: fact.href }));
    }
    Ok(facts)
}

/// What is known for a dossier, by line: as it is now while its producer writes, as it was when it was sent afterwards.
pub async fn of(tx: &mut Tx, questions: &Questions, dossier: &Dossier, only: Option<&str>) -> DbResult<BTreeMap<String, Vec<Fact>>> {
    let mut known: BTreeMap<String, Vec<Fact>> = BTreeMap::new();
    if dossier.is_open() {
        for line in rule::known(&dossier.sheet).filter(|line| only.is_none_or(|only| only == line.line)) {
            let facts = of_line(tx, questions, dossier, &line.what).await?;
            if !facts.is_empty() {
                known.insert(line.line.clone(), facts);
            }
        }
        return Ok(known);
    }
    let rows = fetch_all!(
        tx,
        (String, String, String),
        "select no, title, href from dossier_fact where dossier_id = $1 and ($2 = '' or no = $2) order by no, seq",
        &dossier.id,
        only.unwrap_or_default()
    )?;
    for (no, title, href) in rows {
        known.entry(no).or_default().push(Fact { title, href });
    }
    Ok(known)
}

/// Keeps what is known on the day a dossier is sent.
pub async fn keep(tx: &mut Tx, dossier: &str, known: &BTreeMap<String, Vec<Fact>>) -> DbResult<()> {
    execute!(tx, "delete from dossier_fact where dossier_id = $1", dossier)?;
    let rows = known.iter().flat_map(|(no, facts)| facts.iter().enumerate().map(move |(seq, fact)| (no, seq as i64, fact)));
    let rows: Vec<(&String, i64, &Fact)> = rows.collect();
    execute_many!(tx, 5, "insert into dossier_fact (dossier_id, no, seq, title, href) values ($1, $2, $3, $4, $5)", rows, |row| [
        dossier,
        row.0,
        row.1,
        &row.2.title,
        &row.2.href
    ])?;
    Ok(())
}
