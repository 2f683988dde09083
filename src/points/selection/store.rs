//! SQL of selection: candidates, what was decided, what a plan has reached.

use chrono::{DateTime, NaiveDate, Utc};

use super::Verdict;
use super::model::{Candidate, Finished, SelectionForm};
use crate::access::Scope;
use crate::db::{DbResult, Tx, Where};
use crate::page::{Rows, page_key, read_key};
use crate::point::State;
use crate::rule::Outcome;
use crate::{execute, fetch_all, fetch_many, fetch_one, fetch_optional, fetch_texts, words};

/// What decisions said of a point, newest first.
pub async fn of(tx: &mut Tx, point_id: &str) -> DbResult<Vec<Verdict>> {
    fetch_all!(
        tx,
        Verdict,
        "select s.id as selection_id, i.verdict, i.guidance, i.fix_by, s.number, s.decided_on from selection_item i join selection s on s.id = i.selection_id
         where i.point_id = $1 order by s.created_at desc, s.id desc",
        point_id
    )
}

/// A decision as written down.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Decision {
    /// Identifier.
    pub id: String,
    /// Plan it serves.
    pub plan_id: Option<String>,
    /// Number as given.
    pub number: String,
    /// Its date.
    pub decided_on: NaiveDate,
    /// Anything else.
    pub note: String,
}

/// A decision by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Decision>> {
    fetch_optional!(tx, Decision, "select id, plan_id, number, decided_on, note from selection where id = $1", id)
}

/// The decisions written down last.
pub async fn recent(tx: &mut Tx, most: i64) -> DbResult<Vec<Decision>> {
    fetch_all!(tx, Decision, "select id, plan_id, number, decided_on, note from selection order by id desc limit $1", most)
}

/// What a decision says of a point, with the survey it rests on.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    /// The point.
    pub point_id: String,
    /// `selected` or `declined`.
    pub verdict: String,
    /// What to fix, or why it was selected in spite of its survey.
    pub guidance: String,
    /// By when.
    pub fix_by: Option<NaiveDate>,
    /// Day of the survey.
    pub done_on: Option<NaiveDate>,
    /// Its result word.
    pub outcome: Option<String>,
}

/// What a decision says, in the order of names.
pub async fn items(tx: &mut Tx, id: &str) -> DbResult<Vec<Line>> {
    fetch_all!(
        tx,
        Line,
        "select i.point_id, i.verdict, i.guidance, i.fix_by, s.done_on, s.outcome
         from selection_item i join point p on p.id = i.point_id left join survey s on s.id = i.survey_id
         where i.selection_id = $1 order by p.sort, p.id",
        id
    )
}

words! {
    /// By what candidates are ordered.
    #[derive(Default)]
    pub enum Order {
        /// By name.
        #[default]
        Name = "" / "Tên",
        /// Met first, then met once put right, then not met.
        Result = "ket-qua" / "Kết quả tốt nhất",
        /// Who has waited longest.
        Waiting = "cho" / "Chờ lâu nhất",
    }
}

/// What is asked of the candidates.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Only this result.
    pub outcome: Option<Outcome>,
    /// Only this kind of place.
    pub kind: String,
    /// Folded words in name, code or address.
    pub q: String,
    /// Stands first, whatever the order.
    pub first: String,
    /// By what they are ordered.
    pub order: Order,
    /// Rows after this key.
    pub after: Option<String>,
    /// Rows a page.
    pub size: i64,
}

const RESULT: &str = "case s.outcome when 'meets' then '1' when 'fix' then '2' when 'fails' then '3' else '4' end";
const FROM: &str = "point p
  left join survey s on s.id = (select w.id from survey w where w.point_id = p.id and w.state = 'done' and w.done_on is not null
    order by w.done_on desc, w.created_at desc, w.id desc limit 1)
  left join application a on a.id = s.application_id";

impl Asked {
    fn by(&self) -> &'static str {
        match self.order {
            Order::Name => "p.sort",
            Order::Result => RESULT,
            Order::Waiting => "cast(p.state_since as text)",
        }
    }

    fn of(&self, row: &Candidate) -> String {
        match self.order {
            Order::Name => row.sort.clone(),
            Order::Result => match row.outcome() {
                Some(Outcome::Meets) => "1",
                Some(Outcome::Fix) => "2",
                Some(Outcome::Fails) => "3",
                _ => "4",
            }
            .to_owned(),
            Order::Waiting => row.state_since.to_string(),
        }
    }

    fn wanted(&self, scope: &Scope) -> Where {
        let mut wanted = Where::default();
        wanted.and("p.state = 'surveyed'");
        match scope {
            Scope::All => {}
            Scope::Unit(unit) => {
                let bind = wanted.bind(unit);
                wanted.and(&format!("p.id in (select u.point_id from point_unit u where u.unit_id = {bind} and u.state = 'surveyed')"));
            }
            Scope::None | Scope::Body(_) => wanted.and("1 = 0"),
        }
        if let Some(outcome) = self.outcome {
            let bind = wanted.bind(outcome.word());
            wanted.and(&format!("s.outcome = {bind}"));
        }
        if !self.kind.is_empty() {
            let bind = wanted.bind(&self.kind);
            wanted.and(&format!("p.kind = {bind}"));
        }
        wanted.words(&self.q, |word| format!("p.name_fold like {word} or p.address_fold like {word} or lower(p.code) like {word}"));
        wanted
    }
}

/// How many candidates a list has, counted up to one more than `most`.
pub async fn count(tx: &mut Tx, scope: &Scope, asked: &Asked, most: i64) -> DbResult<i64> {
    asked.wanted(scope).count(tx, FROM, most).await
}

/// A page of the surveyed points of a scope, each with its latest finished survey; the one that was asked for first.
pub async fn candidates(tx: &mut Tx, scope: &Scope, asked: &Asked) -> DbResult<Rows<Candidate>> {
    const COLUMNS: &str = "p.id, p.code, p.name, p.sort, p.kind, p.address, p.unit_id, p.unit_today, p.state_since, p.version, p.demo,
      s.id as survey_id, s.done_on, s.outcome, s.result, a.id as application_id, a.number as application_number";
    let mut first = Vec::new();
    if !asked.first.is_empty() && asked.after.is_none() {
        let mut one = Asked::default().wanted(scope);
        let bind = one.bind(&asked.first);
        one.and(&format!("p.id = {bind}"));
        first = fetch_texts!(tx, Candidate, format!("select {COLUMNS} from {FROM}{}", one.sql), one.binds)?;
    }
    let mut wanted = asked.wanted(scope);
    let by = asked.by();
    if !asked.first.is_empty() {
        let bind = wanted.bind(&asked.first);
        wanted.and(&format!("p.id <> {bind}"));
    }
    if let Some((value, id)) = asked.after.as_deref().and_then(read_key) {
        let (value, id) = (wanted.bind(value), wanted.bind(id));
        wanted.and(&format!("({by}, p.id) > ({value}, {id})"));
    }
    let sql = format!("select {COLUMNS} from {FROM}{} order by {by}, p.id limit {}", wanted.sql, asked.size + 1);
    let rows = fetch_texts!(tx, Candidate, sql, wanted.binds)?;
    let page = Rows::cut(rows, asked.size, asked.after.as_deref(), |row| page_key(&asked.of(row), &row.id));
    Ok(page.after(first))
}

/// The latest finished survey of a point.
pub async fn latest(tx: &mut Tx, point_id: &str) -> DbResult<Option<Finished>> {
    fetch_optional!(
        tx,
        Finished,
        "select id, done_on, outcome from survey where point_id = $1 and state = 'done' and done_on is not null
         order by done_on desc, created_at desc, id desc limit 1",
        point_id
    )
}

/// How many points decisions of these days selected.
pub async fn selected_in(tx: &mut Tx, from: NaiveDate, to: NaiveDate) -> DbResult<i64> {
    fetch_one!(
        tx,
        (i64,),
        "select count(distinct i.point_id) from selection s join selection_item i on i.selection_id = s.id
         where s.decided_on >= $1 and s.decided_on < $2 and i.verdict = 'selected'",
        from,
        to
    )
    .map(|(n,)| n)
}

/// How many points surely opened for the first time in these days.
pub async fn opened_in(tx: &mut Tx, from: NaiveDate, to: NaiveDate) -> DbResult<i64> {
    fetch_one!(
        tx,
        (i64,),
        "select count(distinct q.point_id) from period q join point p on p.id = q.point_id
         where q.state = 'operating' and q.known_to is null and q.may_from >= $1 and q.valid_from < $2 and (p.opened_on >= $1 and p.opened_on < $2 or p.opened_on is null and q.from_as <> '')",
        from,
        to
    )
    .map(|(n,)| n)
}

/// The same for each unit that such points surely lie in.
pub async fn opened_by_unit(tx: &mut Tx, from: NaiveDate, to: NaiveDate) -> DbResult<Vec<(String, i64)>> {
    fetch_all!(
        tx,
        (String, i64),
        "select u.unit_id, count(distinct q.point_id) from period q join point p on p.id = q.point_id join point_unit u on u.point_id = q.point_id
         where q.state = 'operating' and q.known_to is null and q.may_from >= $1 and q.valid_from < $2 and (p.opened_on >= $1 and p.opened_on < $2 or p.opened_on is null and q.from_as <> '') and u.certainty = 'is'
         group by u.unit_id",
        from,
        to
    )
}

/// Points of each unit that are open, on their way to opening, or waiting for a decision.
pub async fn by_unit(tx: &mut Tx) -> DbResult<Vec<(String, State, i64)>> {
    fetch_all!(
        tx,
        (String, State, i64),
        "select unit_id, state, n from point_count where kind = '*' and state in ('operating', 'surveyed', 'selected', 'preparing') and n > 0"
    )
}

/// Writes a decision down.
pub async fn add(tx: &mut Tx, id: &str, form: &SelectionForm, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into selection (id, plan_id, number, decided_on, note, decided_by, created_at) values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        &form.plan_id,
        &form.number,
        form.decided_on,
        &form.note,
        by,
        now
    )
}

/// What a decision says of one point.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The point.
    pub point_id: &'a str,
    /// `selected` or `declined`.
    pub verdict: &'a str,
    /// What to fix, or why it was selected in spite of its survey.
    pub guidance: &'a str,
    /// By when.
    pub fix_by: Option<NaiveDate>,
    /// The survey it rests on.
    pub survey_id: Option<&'a str>,
}

/// Writes down what a decision says of one point.
pub async fn add_item(tx: &mut Tx, selection_id: &str, item: Item<'_>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into selection_item (selection_id, point_id, verdict, guidance, fix_by, survey_id) values ($1, $2, $3, $4, $5, $6)",
        selection_id,
        item.point_id,
        item.verdict,
        item.guidance,
        item.fix_by,
        item.survey_id
    )
}

/// Items that surveys found not met or to be fixed and that have to be met each: survey, set, group, item.
pub async fn failed(tx: &mut Tx, surveys: &[&str]) -> DbResult<Vec<(String, String, String, String)>> {
    fetch_many!(
        tx,
        (String, String, String, String),
        "select a.survey_id, a.set_id, c.group_id, a.criterion_id from survey_answer a join criterion c on c.set_id = a.set_id and c.id = a.criterion_id
         where a.verdict <> 'meets' and c.rule = 'all' and a.survey_id in ($1)",
        surveys
    )
}
