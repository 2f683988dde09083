//! Rows that wait until somebody has said who they name: kept as they stood in their file, written as a file again.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{Ground, Taken, Whole};
use crate::db::{DbResult, Tx};
use crate::error::{Both, Error, Result};
use crate::party::question::{self, Asked};
use crate::{clock, execute, execute_many, fetch_all, text};

/// A row that waits or waited.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// Identifier.
    pub id: String,
    /// Kind of the job that reads such files.
    pub import: String,
    /// Name of its file.
    pub file: String,
    /// Its number, as the spreadsheet counts.
    pub number: i64,
    /// Names of the columns, JSON.
    pub header: String,
    /// Values, JSON.
    pub cells: String,
    /// What holds for its whole file, JSON; see [`Row::whole`].
    pub options: String,
    /// `waiting`, `ready`, `written`, `refused`, `dropped`.
    pub state: String,
    /// Why it was refused.
    pub outcome: String,
}

impl Row {
    /// What holds for its whole file.
    pub fn whole(&self) -> Whole {
        serde_json::from_str(&self.options).unwrap_or_default()
    }

    /// Column names with the values that this row has.
    pub fn filled(&self) -> Vec<(String, String)> {
        let names: Vec<String> = serde_json::from_str(&self.header).unwrap_or_default();
        let cells: Vec<String> = serde_json::from_str(&self.cells).unwrap_or_default();
        names.into_iter().zip(cells).filter(|(_, cell)| !cell.is_empty()).collect()
    }
}

type Picked = (Vec<String>, Vec<(u32, Vec<String>)>);

/// The header and the rows of these numbers; where a number comes twice, the row that has the name.
fn pick(taken: &Taken, wanted: &HashMap<u32, String>) -> Result<Picked, Both> {
    let mut found: HashMap<u32, (bool, Vec<String>)> = HashMap::new();
    let head = taken.scan(&mut |_, row| {
        let Some(name) = wanted.get(&row.number) else { return };
        let has_name = row.cells.iter().any(|cell| text::nfc(cell) == *name);
        if has_name || !found.contains_key(&row.number) {
            let mut cells: Vec<String> = (0..row.cells.len()).map(|at| row.plain(at)).collect();
            cells.truncate(cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1));
            found.insert(row.number, (has_name, cells));
        }
    });
    let mut rows: Vec<(u32, Vec<String>)> = found.into_iter().map(|(number, (_, cells))| (number, cells)).collect();
    rows.sort_unstable_by_key(|(number, _)| *number);
    Ok((head.map_err(Both::from)?.names, rows))
}

/// What a file says of rows beside their cells, in a heading above them: the column it would stand in, and the values by row.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Name of the column.
    pub column: String,
    /// Values by the number of their row.
    pub values: HashMap<u32, String>,
}

/// Keeps what a file asks and the rows that wait for it, with what stood beside them. A row that waits already, or waited, is
/// not kept twice.
pub async fn keep(tx: &mut Tx, ground: Ground<'_>, import: &'static str, taken: &Taken, asked: &Asked, beside: &Beside) -> Result<()> {
    if asked.rows.is_empty() {
        return Ok(());
    }
    let wanted: HashMap<u32, String> = asked.rows.iter().map(|(row, question)| (*row, asked.questions[*question].name.clone())).collect();
    let taken = taken.clone();
    let count = wanted.len();
    let picked = tokio::task::spawn_blocking(move || pick(&taken, &wanted)).await?;
    let (mut header, rows) = picked.map_err(|text| Error::internal(text.en.into_owned()))?;
    if rows.len() < count {
        return Err(Error::internal(format!("{}: {} of {count} rows that wait were found again", ground.file, rows.len())));
    }
    let mut ids = Vec::with_capacity(asked.questions.len());
    for question in &asked.questions {
        ids.push(question::keep(tx, question, ground.now).await?);
    }
    let question_of: HashMap<u32, usize> = asked.rows.iter().copied().collect();
    let width = header.len();
    if !beside.values.is_empty() {
        header.push(beside.column.clone());
    }
    let header = serde_json::to_string(&header)?;
    let options = if ground.whole.is_empty() { String::new() } else { serde_json::to_string(ground.whole)? };
    let mut lines: Vec<(String, u32, String, usize)> = Vec::with_capacity(count);
    let mut at: HashMap<String, usize> = HashMap::new();
    for (number, mut cells) in rows {
        let Some(question) = question_of.get(&number) else { continue };
        if let Some(value) = beside.values.get(&number) {
            cells.resize(width, String::new());
            cells.push(value.clone());
        }
        let cells = serde_json::to_string(&cells)?;
        let digest = clock::digest(format!("{header}\n{cells}{options}").as_bytes());
        let line = (digest.clone(), number, cells, *question);
        match at.get(&digest) {
            Some(known) => lines[*known] = line,
            None => {
                at.insert(digest, lines.len());
                lines.push(line);
            }
        }
    }
    execute_many!(
        tx,
        13,
        "insert into waiting_row (id, question_id, import, digest, file, number, header, cells, options, state, outcome, asked_by, asked_name, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', '', $10, $11, $12, $13)
         on conflict (import, digest) do update set question_id = excluded.question_id, file = excluded.file, number = excluded.number, state = 'waiting', outcome = '', updated_at = excluded.updated_at",
        lines,
        |line| [clock::new_id(), &ids[line.3], import, &line.0, ground.file, i64::from(line.1), &header, &line.2, &options, ground.actor, ground.actor_name, ground.now, ground.now]
    )?;
    Ok(())
}

/// The imports of which rows belong to a question.
pub async fn imports_of(tx: &mut Tx, question: &str) -> DbResult<Vec<String>> {
    Ok(fetch_all!(tx, (String,), "select distinct import from waiting_row where question_id = $1", question)?
        .into_iter()
        .map(|(import,)| import)
        .collect())
}

/// Lets all rows be read again whose question was answered elsewhere, at a form.
pub async fn release_answered(tx: &mut Tx, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "update waiting_row set state = 'ready', updated_at = $1 where state = 'waiting' and question_id in (select id from body_question where state = 'answered')",
        now
    )
}

/// Lets the rows of a question be read again.
pub async fn release(tx: &mut Tx, question: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "update waiting_row set state = 'ready', updated_at = $2 where question_id = $1 and state = 'waiting'", question, now)
}

/// Leaves the rows of a question unwritten.
pub async fn drop_rows(tx: &mut Tx, question: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(tx, "update waiting_row set state = 'dropped', updated_at = $2 where question_id = $1 and state = 'waiting'", question, now)
}

/// Rows that may be read again, those of one file beside each other.
pub async fn ready(tx: &mut Tx, rows: i64) -> DbResult<Vec<Row>> {
    fetch_all!(
        tx,
        Row,
        "select id, import, file, number, header, cells, options, state, outcome from waiting_row where state = 'ready' order by import, file, header, options, number, id limit $1",
        rows
    )
}

/// The rows of a question after one of them.
pub async fn of(tx: &mut Tx, question: &str, after: &str, rows: i64) -> DbResult<Vec<Row>> {
    fetch_all!(
        tx,
        Row,
        "select id, import, file, number, header, cells, options, state, outcome from waiting_row where question_id = $1 and id > $2 order by id limit $3",
        question,
        after,
        rows
    )
}

/// Notes what became of a row that was read again, unless it waits anew.
pub async fn note(tx: &mut Tx, id: &str, state: &str, outcome: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "update waiting_row set state = $2, outcome = $3, updated_at = $4 where id = $1 and state = 'ready'",
        id,
        state,
        outcome,
        now
    )
}

/// The first of these rows that make one file: one import, one file, one header, numbers that rise.
pub fn file_of(rows: &[Row]) -> usize {
    let Some(first) = rows.first() else { return 0 };
    let mut last = 0;
    rows.iter()
        .take_while(|row| {
            let is_next = row.import == first.import
                && row.file == first.file
                && row.header == first.header
                && row.options == first.options
                && row.number > last;
            last = row.number;
            is_next
        })
        .count()
}

/// Rows as a file in which each has the number it had.
pub fn document(rows: &[Row]) -> Result<Vec<u8>> {
    let line = |cells: &str| -> Result<String> {
        let cells: Vec<String> = serde_json::from_str(cells)?;
        Ok(cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect::<Vec<_>>().join(",") + "\n")
    };
    let mut document = rows.first().map(|first| line(&first.header)).transpose()?.unwrap_or_default();
    // a header stands above its rows, so the second line is the first that a row can have
    let mut at = 1;
    for row in rows {
        document.push_str(&"\n".repeat(usize::try_from(row.number - 1 - at).unwrap_or_default()));
        document.push_str(&line(&row.cells)?);
        at = row.number;
    }
    Ok(document.into_bytes())
}
