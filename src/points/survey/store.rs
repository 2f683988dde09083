//! SQL of surveys.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::Survey;
use crate::db::{DbResult, Tx};
use crate::rule::Answer;
use crate::rule::Used;
use crate::rule::sheet::decision_words;
use crate::{execute, fetch_all, fetch_one, fetch_optional};

/// A survey in one line.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Summary {
    /// Identifier.
    pub id: String,
    /// `planned`, `open` or `done`.
    pub state: String,
    /// Planned day.
    pub planned_on: Option<NaiveDate>,
    /// Day done.
    pub done_on: Option<NaiveDate>,
    /// Result word, or empty.
    pub outcome: String,
    /// The ministry's set, once it is fixed.
    pub set_id: Option<String>,
    /// Its number.
    pub set_number: Option<String>,
    /// Number of the decision to go on applying it, if it needed one.
    pub decision_number: Option<String>,
    /// Date of that decision.
    pub decision_on: Option<NaiveDate>,
    /// Or the leader's reason.
    pub decision_reason: Option<String>,
}

impl Summary {
    /// "vận dụng 950/QĐ-BCT theo …", if the set was no longer in force by itself.
    pub fn applied(&self) -> Option<String> {
        let number = self.decision_number.as_deref()?;
        let words = decision_words(number, self.decision_on, self.decision_reason.as_deref().unwrap_or(""));
        Some(format!("vận dụng {} theo {words}", self.set_number.as_deref().unwrap_or("")))
    }
}

/// The surveys of a point, newest first.
pub async fn of(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Summary>> {
    fetch_all!(
        tx,
        Summary,
        "select s.id, s.state, s.planned_on, s.done_on, s.outcome, s.set_id, coalesce(i.number, c.title) as set_number,
           a.number as decision_number, a.decided_on as decision_on, a.reason as decision_reason
         from survey s left join criteria_set c on c.id = s.set_id left join instrument i on i.id = c.instrument_id
           left join application a on a.id = s.application_id
         where s.point_id = $1 order by s.created_at desc, s.id desc",
        point_id
    )
}

/// The point a survey belongs to.
pub async fn point_of(tx: &mut Tx, survey_id: &str) -> DbResult<Option<String>> {
    Ok(fetch_optional!(tx, (String,), "select point_id from survey where id = $1", survey_id)?.map(|(id,)| id))
}

/// A survey by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Survey>> {
    fetch_optional!(
        tx,
        Survey,
        "select id, point_id, state, planned_on, done_on, team, lead_id, set_id, application_id, lon, lat, note, result, outcome, version, created_at
         from survey where id = $1",
        id
    )
}

/// The answers of a survey.
pub async fn answers(tx: &mut Tx, id: &str) -> DbResult<Vec<Answer>> {
    fetch_all!(
        tx,
        Answer,
        "select set_id, criterion_id, verdict, fix_by, note from survey_answer where survey_id = $1 order by set_id, criterion_id",
        id
    )
}

/// The survey of a point that is not finished, if there is one.
pub async fn under_way(tx: &mut Tx, point_id: &str) -> DbResult<Option<String>> {
    Ok(fetch_optional!(
        tx,
        (String,),
        "select id from survey where point_id = $1 and state <> 'done' order by created_at limit 1",
        point_id
    )?
    .map(|(id,)| id))
}

/// How many surveys of a point are not finished.
pub async fn count_under_way(tx: &mut Tx, point_id: &str) -> DbResult<i64> {
    fetch_one!(tx, (i64,), "select count(*) from survey where point_id = $1 and state <> 'done'", point_id).map(|(n,)| n)
}

/// Plans a survey.
pub async fn add(tx: &mut Tx, survey: &Survey) -> DbResult<u64> {
    execute!(
        tx,
        "insert into survey (id, point_id, state, planned_on, done_on, team, lead_id, set_id, application_id, lon, lat, note, result, outcome, version, created_at)
         values ($1, $2, 'planned', $3, null, $4, $5, null, null, null, null, '', '', '', 1, $6)",
        &survey.id,
        &survey.point_id,
        survey.planned_on,
        &survey.team,
        &survey.lead_id,
        survey.created_at
    )
}

/// Saves what is not an answer, if nobody saved since `version` and the survey is not finished; 0 rows = refused.
/// The sets are written only as long as none are fixed.
pub async fn save(tx: &mut Tx, survey: &Survey, version: i64) -> DbResult<u64> {
    execute!(
        tx,
        "update survey set state = 'open', team = $3, lon = $4, lat = $5, note = $6,
           application_id = case when set_id is null then $8 else application_id end,
           result = case when set_id is null then $9 else result end,
           set_id = coalesce(set_id, $7), version = version + 1
         where id = $1 and version = $2 and state <> 'done'",
        &survey.id,
        version,
        &survey.team,
        survey.lon,
        survey.lat,
        &survey.note,
        &survey.set_id,
        &survey.application_id,
        &survey.result
    )
}

/// Writes an answer; only after [`save`] has said that the survey is open and as the writer saw it.
pub async fn put_answer(tx: &mut Tx, id: &str, answer: &Answer, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into survey_answer (survey_id, set_id, criterion_id, verdict, fix_by, note, answered_at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (survey_id, set_id, criterion_id) do update set verdict = excluded.verdict, fix_by = excluded.fix_by, note = excluded.note,
           answered_at = excluded.answered_at",
        id,
        &answer.set_id,
        &answer.criterion_id,
        answer.verdict,
        answer.fix_by,
        &answer.note,
        now
    )
}

/// Finishes a survey if nobody saved since `version`; 0 rows = somebody did, or it is finished.
pub async fn finish(tx: &mut Tx, id: &str, version: i64, done_on: NaiveDate, result: &str, outcome: &str) -> DbResult<u64> {
    execute!(
        tx,
        "update survey set state = 'done', done_on = $3, result = $4, outcome = $5, version = version + 1 where id = $1 and version = $2 and state = 'open'",
        id,
        version,
        done_on,
        result,
        outcome
    )
}

/// How many surveys stand on a criteria set.
pub async fn uses(tx: &mut Tx, set_id: &str, of: Used) -> DbResult<i64> {
    let (n,) = match of {
        Used::Ever => fetch_one!(tx, (i64,), "select count(*) from survey where set_id = $1", set_id)?,
        Used::Done => fetch_one!(tx, (i64,), "select count(*) from survey where set_id = $1 and done_on is not null", set_id)?,
        Used::DoneIn(from, to) => {
            fetch_one!(tx, (i64,), "select count(*) from survey where set_id = $1 and done_on >= $2 and done_on < $3", set_id, from, to)?
        }
    };
    Ok(n)
}
