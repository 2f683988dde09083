//! What a person has to say about names that are near: asked once, remembered for good.

use chrono::{DateTime, Utc};

use super::identity::Why;
use crate::db::{DbResult, Tx};
use crate::error::{Both, both};
use crate::{clock, execute, fetch_many, fetch_one};

/// A name that may be one of several known bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What was typed, as one text: key of the name, tax code, unit of today, kind.
    pub key: String,
    /// The name as first typed.
    pub name: String,
    /// To be compared.
    pub name_key: String,
    /// Word of the kind; empty where nothing is said.
    pub kind: String,
    /// Mã số thuế; empty where nothing is said.
    pub tax_code: String,
    /// The unit of today, else the unit as recorded.
    pub unit_id: Option<String>,
    /// Who it may be.
    pub candidates: Vec<Candidate>,
}

/// A body that a name may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The body.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Why that is asked.
    pub why: Why,
}

impl Question {
    /// That a row waits for it, and for what.
    pub fn text(&self) -> Both {
        let names = |tongue: &str| {
            self.candidates
                .iter()
                .take(3)
                .map(|candidate| {
                    format!("“{}” ({})", candidate.name, if tongue == "vi" { candidate.why.name() } else { candidate.why.word() })
                })
                .collect::<Vec<_>>()
                .join(", ")
        };
        both(
            format!("chưa ghi, chờ xác định “{}” có phải là {}; hãy trả lời ở màn hình “Chủ thể cần xác định”", self.name, names("vi")),
            format!(
                "not written yet, waits for somebody to say whether “{}” is {}; answer on the screen “Chủ thể cần xác định”",
                self.name,
                names("en")
            ),
        )
    }
}

/// What the rows of a file ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Each once.
    pub questions: Vec<Question>,
    /// Which row waits for which of them.
    pub rows: Vec<(u32, usize)>,
}

/// What was answered about one candidate.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Answer {
    /// Of the name that was asked about.
    pub name_key: String,
    /// Its kind, if it said so.
    pub kind: String,
    /// Its tax code, if it said so.
    pub tax_code: String,
    /// Its unit.
    pub unit_id: Option<String>,
    /// The candidate.
    pub body_id: String,
    /// `same` or `other`.
    pub answer: String,
}

/// What was answered about names of these keys.
pub async fn answers(tx: &mut Tx, keys: &[&str]) -> DbResult<Vec<Answer>> {
    fetch_many!(
        tx,
        Answer,
        "select q.name_key, q.kind, q.tax_code, q.unit_id, c.body_id, c.answer from body_question q join body_candidate c on c.question_id = q.id where c.answer <> '' and q.name_key in ($1)",
        keys
    )
}

/// Keeps a question, and opens it again where there are candidates that nobody was asked about; gives its id.
pub async fn keep(tx: &mut Tx, question: &Question, now: DateTime<Utc>) -> DbResult<String> {
    let (id,) = fetch_one!(
        tx,
        (String,),
        "insert into body_question (id, key, name, name_key, kind, tax_code, unit_id, state, answered_by, answered_name, answered_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'open', '', '', null, $8) on conflict (key) do update set state = 'open' returning id",
        clock::new_id(),
        &question.key,
        &question.name,
        &question.name_key,
        &question.kind,
        &question.tax_code,
        &question.unit_id,
        now
    )?;
    for candidate in &question.candidates {
        execute!(
            tx,
            "insert into body_candidate (question_id, body_id, why, answer) values ($1, $2, $3, '') on conflict do nothing",
            &id,
            &candidate.id,
            candidate.why.word()
        )?;
    }
    Ok(id)
}

/// Who answers, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// Person id.
    pub id: &'a str,
    /// Role and body.
    pub name: &'a str,
    /// The moment.
    pub at: DateTime<Utc>,
}

/// Records an answer: the same as one candidate, or another than all of them. 0 if there is no such candidate.
pub async fn answer(tx: &mut Tx, question: &str, same: Option<&str>, by: By<'_>) -> DbResult<u64> {
    let changed = match same {
        None => execute!(tx, "update body_candidate set answer = 'other' where question_id = $1", question)?,
        Some(body) => {
            execute!(tx, "update body_candidate set answer = '' where question_id = $1 and answer = 'same'", question)?;
            execute!(tx, "update body_candidate set answer = 'same' where question_id = $1 and body_id = $2", question, body)?
        }
    };
    settle(tx, question, "answered", by).await?;
    Ok(changed)
}

/// Ends a question: `answered`, or `dropped` where its rows are not wanted.
pub async fn settle(tx: &mut Tx, question: &str, state: &str, by: By<'_>) -> DbResult<u64> {
    execute!(
        tx,
        "update body_question set state = $2, answered_by = $3, answered_name = $4, answered_at = $5 where id = $1",
        question,
        state,
        by.id,
        by.name,
        by.at
    )
}
