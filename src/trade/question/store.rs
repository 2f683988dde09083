//! SQL of open questions.

use chrono::{DateTime, Utc};

use crate::db::{DbResult, Tx};
use crate::{fetch_all, fetch_many, fetch_one, fetch_optional};

/// A question, and how many rows wait for it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    /// Identifier.
    pub id: String,
    /// The name as typed.
    pub name: String,
    /// Word of its kind, if it said so.
    pub kind: String,
    /// Its tax code, if it said so.
    pub tax_code: String,
    /// Its unit, if it said so.
    pub unit_id: Option<String>,
    /// `open`, `answered`, `dropped`.
    pub state: String,
    /// Role and body of whoever answered.
    pub answered_name: String,
    /// When.
    pub answered_at: Option<DateTime<Utc>>,
    /// Rows that wait.
    pub rows: i64,
    /// One of their files.
    pub file: Option<String>,
}

impl Line {
    /// Whether and when it was answered, for a form: another answer since then is another mark.
    pub fn mark(&self) -> String {
        format!("{} {}", self.state, self.answered_at.map(|at| at.timestamp_millis()).unwrap_or_default())
    }
}

/// A body that a name may mean.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Candidate {
    /// Of which question.
    pub question_id: String,
    /// Word of the reason.
    pub why: String,
    /// What was answered about it.
    pub answer: String,
    /// The body.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Word of its kind.
    pub kind: String,
    /// Its tax code.
    pub tax_code: Option<String>,
    /// Where it sits.
    pub unit_id: Option<String>,
}

/// Which registers somebody may import into: kinds of jobs, an empty text for none.
#[derive(Clone, Copy, Debug)]
pub struct Imports<'a>(pub &'a str, pub &'a str);

/// Open questions after one of them, of these registers.
pub async fn open(tx: &mut Tx, imports: Imports<'_>, after: &str, rows: i64) -> DbResult<Vec<Line>> {
    fetch_all!(
        tx,
        Line,
        "select q.id, q.name, q.kind, q.tax_code, q.unit_id, q.state, q.answered_name, q.answered_at,
           (select count(*) from waiting_row r where r.question_id = q.id and r.state = 'waiting') as rows,
           (select min(r.file) from waiting_row r where r.question_id = q.id and r.state = 'waiting') as file
         from body_question q where q.state = 'open' and q.id > $1
           and exists (select 1 from waiting_row r where r.question_id = q.id and r.state = 'waiting' and (r.import = $2 or r.import = $3))
         order by q.id limit $4",
        after,
        imports.0,
        imports.1,
        rows
    )
}

/// How many there are, and how many rows wait for them.
pub async fn count(tx: &mut Tx, imports: Imports<'_>) -> DbResult<(i64, i64)> {
    fetch_one!(
        tx,
        (i64, i64),
        "select count(distinct r.question_id), count(*) from waiting_row r where r.state = 'waiting' and (r.import = $1 or r.import = $2)",
        imports.0,
        imports.1
    )
}

/// A question by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Line>> {
    fetch_optional!(
        tx,
        Line,
        "select q.id, q.name, q.kind, q.tax_code, q.unit_id, q.state, q.answered_name, q.answered_at,
           (select count(*) from waiting_row r where r.question_id = q.id and r.state = 'waiting') as rows,
           (select min(r.file) from waiting_row r where r.question_id = q.id) as file
         from body_question q where q.id = $1",
        id
    )
}

/// Who the names of these questions may mean.
pub async fn candidates(tx: &mut Tx, questions: &[&str]) -> DbResult<Vec<Candidate>> {
    let mut found = fetch_many!(
        tx,
        Candidate,
        "select c.question_id, c.why, c.answer, b.id, b.name, b.kind, b.tax_code, b.unit_id from body_candidate c join body b on b.id = c.body_id where c.question_id in ($1)",
        questions
    )?;
    found.sort_by(|a, b| (&a.question_id, &a.id).cmp(&(&b.question_id, &b.id)));
    Ok(found)
}
