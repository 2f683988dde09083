//! What a person has to say about names that are near: asked once, remembered for good.


use super::identity::Why;
use crate::db::{DbResult, Tx};
use crate::fetch_many;

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
    /// Who it may be, and why that is asked.
    pub candidates: Vec<(String, Why)>,
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
