//! SQL of calls and answers.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Call, Money, Proposal, Reply, State, Totals};
use crate::access::{Act, Role, store as access};
use crate::db::{Column, DbResult, Tx};
use crate::page::{Rows, page_key, read_key};
use crate::{clock, execute, execute_many, fetch_all, fetch_many, fetch_one, fetch_optional, fetch_texts, table, text};

/// A call by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Call>> {
    fetch_optional!(tx, Call, "select * from proposal_call where id = $1", id)
}

table! {
    "proposal_call" of Call {
        fixed: body_id, created_by, created_at;
        saved: title, year, text, basis, due_on, least, communes, state, issued_on, closed_on, updated_at
    }
}

/// Saves a call if nobody saved it since `version`; 0 rows = somebody did.
pub async fn save(tx: &mut Tx, call: &Call, version: i64, now: DateTime<Utc>) -> DbResult<u64> {
    Call { updated_at: now, ..call.clone() }.update(tx, version).await
}

/// The bodies chosen while a call is written.
pub async fn chosen(tx: &mut Tx, call_id: &str) -> DbResult<Vec<String>> {
    Ok(fetch_all!(tx, (String,), "select body_id from call_body where call_id = $1 order by body_id", call_id)?
        .into_iter()
        .map(|(id,)| id)
        .collect())
}

/// Chooses them anew.
pub async fn choose(tx: &mut Tx, call_id: &str, bodies: &[String]) -> DbResult<()> {
    execute!(tx, "delete from call_body where call_id = $1", call_id)?;
    execute_many!(tx, 2, "insert into call_body (call_id, body_id) values ($1, $2)", bodies, |body| [call_id, body])
}

/// Makes the row of an addressee: body, commune governed, name.
pub async fn address(tx: &mut Tx, call_id: &str, bodies: &[(String, Option<String>, String)]) -> DbResult<()> {
    let rows: Vec<_> = bodies.iter().map(|body| (clock::new_id(), text::sort_key(&body.2), body)).collect();
    execute_many!(
        tx,
        14,
        "insert into call_answer (id, call_id, body_id, unit_id, name, sort, state, number, reason, note, is_late, version, reminded_on, risen_on)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        rows,
        |row| [&row.0, call_id, &row.2.0, &row.2.1, &row.2.2, &row.1, "waiting", 0_i64, "", "", false, 1_i64, None::<NaiveDate>, None::<NaiveDate>]
    )
}

/// A line of the list of calls.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Line {
    /// Identifier.
    pub id: String,
    /// Title.
    pub title: String,
    /// Year.
    pub year: i64,
    /// Due.
    pub due_on: NaiveDate,
    /// State.
    pub state: State,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Addressees.
    pub addressees: i64,
    /// Answered.
    pub answered: i64,
    /// Points proposed.
    pub number: i64,
}

/// Calls, the newest first, before the one with this id.
pub async fn list(tx: &mut Tx, before: &str, size: i64) -> DbResult<Vec<Line>> {
    fetch_all!(
        tx,
        Line,
        "select c.id, c.title, c.year, c.due_on, c.state, c.created_at, (select count(*) from call_answer a where a.call_id = c.id) as addressees,
           (select count(*) from call_answer a where a.call_id = c.id and a.state <> 'waiting') as answered,
           (select cast(coalesce(sum(a.number), 0) as bigint) from call_answer a where a.call_id = c.id) as number
         from proposal_call c where $1 = '' or c.id < $1 order by c.id desc limit $2",
        before,
        size
    )
}

/// Calls that went to a body or a commune, the newest first.
pub async fn list_of(tx: &mut Tx, body: &str, unit: &str, before: &str, size: i64) -> DbResult<Vec<(Call, Reply)>> {
    let replies = fetch_all!(
        tx,
        Reply,
        "select * from call_answer where (body_id = $1 or (unit_id = $2 and $2 <> '')) and ($3 = '' or call_id < $3) order by call_id desc limit $4",
        body,
        unit,
        before,
        size
    )?;
    let ids: Vec<&str> = replies.iter().map(|reply| reply.call_id.as_str()).collect();
    let calls = fetch_many!(tx, Call, "select * from proposal_call where id in ($1)", ids)?;
    Ok(replies
        .into_iter()
        .filter_map(|reply| calls.iter().find(|call| call.id == reply.call_id).map(|call| (call.clone(), reply)))
        .collect())
}

/// The answer of a body, or of whoever works for its commune.
pub async fn reply_of(tx: &mut Tx, call_id: &str, body: &str, unit: &str) -> DbResult<Option<Reply>> {
    fetch_optional!(
        tx,
        Reply,
        "select * from call_answer where call_id = $1 and (body_id = $2 or (unit_id = $3 and $3 <> '')) order by id limit 1",
        call_id,
        body,
        unit
    )
}

/// Saves an answer if nobody saved it since `version`; 0 rows = somebody did.
pub async fn save_reply(tx: &mut Tx, reply: &Reply, version: i64) -> DbResult<u64> {
    execute!(
        tx,
        "update call_answer set state = $3, number = $4, reason = $5, note = $6, first_on = $7, answered_on = $8, is_late = $9, reached_on = $10, reached_how = $11, version = version + 1
         where id = $1 and version = $2",
        &reply.id,
        version,
        reply.state.word(),
        reply.number,
        &reply.reason,
        &reply.note,
        reply.first_on,
        reply.answered_on,
        reply.is_late,
        reply.reached_on,
        &reply.reached_how
    )
}

/// Replaces what an answer proposes.
pub async fn put_proposals(tx: &mut Tx, answer_id: &str, lines: &[Proposal]) -> DbResult<()> {
    execute!(tx, "delete from call_line where answer_id = $1", answer_id)?;
    execute_many!(
        tx,
        7,
        "insert into call_line (answer_id, place, kind, prospect_id, point_id, name, address) values ($1, $2, $3, $4, $5, $6, $7)",
        lines,
        |line| [answer_id, line.place, &line.kind, &line.prospect_id, &line.point_id, &line.name, &line.address]
    )
}

/// Replaces the money of an answer.
pub async fn put_money(tx: &mut Tx, answer_id: &str, money: &[Money]) -> DbResult<()> {
    execute!(tx, "delete from call_money where answer_id = $1", answer_id)?;
    execute_many!(tx, 3, "insert into call_money (answer_id, source, amount) values ($1, $2, $3)", money, |line| [
        answer_id,
        &line.source,
        line.amount
    ])
}

/// What an answer proposes.
pub async fn proposals(tx: &mut Tx, answer_id: &str) -> DbResult<Vec<Proposal>> {
    fetch_all!(
        tx,
        Proposal,
        "select place, kind, prospect_id, point_id, name, address from call_line where answer_id = $1 order by place",
        answer_id
    )
}

/// The money of an answer.
pub async fn money(tx: &mut Tx, answer_id: &str) -> DbResult<Vec<Money>> {
    fetch_all!(tx, Money, "select source, amount from call_money where answer_id = $1 order by source", answer_id)
}

/// Sums over all answers of a call that was due on a day.
pub async fn totals(tx: &mut Tx, call_id: &str, due_on: NaiveDate) -> DbResult<Totals> {
    fetch_one!(
        tx,
        Totals,
        "select count(*) as addressees, count(*) filter (where unit_id is not null) as communes, count(*) filter (where state = 'given') as given,
           count(*) filter (where state = 'nothing') as empty, count(*) filter (where state = 'waiting') as waiting,
           count(*) filter (where state = 'waiting' and reached_on <= $2) as missing, count(*) filter (where state = 'waiting' and reached_on is null) as unreached,
           count(*) filter (where state <> 'waiting' and is_late) as late, cast(coalesce(sum(number), 0) as bigint) as number
         from call_answer where call_id = $1",
        call_id,
        due_on
    )
}

/// Money of all answers by source.
pub async fn money_totals(tx: &mut Tx, call_id: &str) -> DbResult<Vec<Money>> {
    fetch_all!(
        tx,
        Money,
        "select m.source, cast(sum(m.amount) as bigint) as amount from call_answer a join call_money m on m.answer_id = a.id where a.call_id = $1 group by m.source order by m.source",
        call_id
    )
}

/// Which answers are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Only {
    /// All.
    #[default]
    All,
    /// Late with an answer, or answered late.
    Late,
    /// Not answered.
    Waiting,
    /// Answered.
    Answered,
    /// Neither an account nor a paper.
    Unreached,
}

/// A page of the answers of a call that is due on a day, in the order of names. `is_over`: that day has passed.
pub async fn replies(
    tx: &mut Tx,
    call_id: &str,
    only: Only,
    (due_on, is_over): (NaiveDate, bool),
    after: &str,
    size: i64,
) -> DbResult<Rows<Reply>> {
    let (sort, id) = read_key(after).unwrap_or(("", ""));
    let word = match (only, is_over) {
        (Only::All, _) => "all",
        (Only::Late, true) => "late",
        (Only::Late, false) => "answered late",
        (Only::Waiting, _) => "waiting",
        (Only::Answered, _) => "answered",
        (Only::Unreached, _) => "unreached",
    };
    let rows = fetch_all!(
        tx,
        Reply,
        "select * from call_answer where call_id = $1 and (sort, id) > ($2, $3)
           and ($4 = 'all' or ($4 = 'waiting' and state = 'waiting') or ($4 = 'answered' and state <> 'waiting')
             or ($4 = 'late' and (state = 'waiting' and reached_on <= $6 or is_late)) or ($4 = 'answered late' and is_late)
             or ($4 = 'unreached' and state = 'waiting' and reached_on is null))
         order by sort, id limit $5",
        call_id,
        sort,
        id,
        word,
        size + 1,
        due_on
    )?;
    Ok(Rows::cut(rows, size, after, |row| page_key(&row.sort, &row.id)))
}

/// Money of some answers: answer, source, amount.
pub async fn money_of(tx: &mut Tx, answers: &[&str]) -> DbResult<Vec<(String, String, i64)>> {
    fetch_many!(tx, (String, String, i64), "select answer_id, source, amount from call_money where answer_id in ($1)", answers)
}

/// What some answers propose, each line with its answer.
pub async fn lines_of(tx: &mut Tx, answers: &[&str]) -> DbResult<Vec<(String, Proposal)>> {
    type Row = (String, i64, String, Option<String>, Option<String>, String, String);
    let mut lines = fetch_many!(
        tx,
        Row,
        "select answer_id, place, kind, prospect_id, point_id, name, address from call_line where answer_id in ($1)",
        answers
    )?;
    lines.sort();
    Ok(lines
        .into_iter()
        .map(|(answer, place, kind, prospect_id, point_id, name, address)| {
            (answer, Proposal { place, kind, prospect_id, point_id, name, address })
        })
        .collect())
}

/// Open calls that a body or commune has not answered, the next due first.
pub async fn waiting_for(tx: &mut Tx, body: &str, unit: &str, most: i64) -> DbResult<Vec<(String, String, NaiveDate)>> {
    fetch_all!(
        tx,
        (String, String, NaiveDate),
        "select c.id, c.title, c.due_on from call_answer a join proposal_call c on c.id = a.call_id
         where a.state = 'waiting' and c.state = 'issued' and (a.body_id = $1 or (a.unit_id = $2 and $2 <> '')) order by c.due_on, c.id limit $3",
        body,
        unit,
        most
    )
}

/// Addressees of a body's calls that are late: call, title, due, name.
pub async fn late_of(tx: &mut Tx, body: &str, today: NaiveDate, most: i64) -> DbResult<Vec<(String, String, NaiveDate, String)>> {
    fetch_all!(
        tx,
        (String, String, NaiveDate, String),
        "select c.id, c.title, c.due_on, a.name from proposal_call c join call_answer a on a.call_id = c.id
         where c.state = 'issued' and c.due_on < $1 and c.body_id = $2 and a.state = 'waiting' and a.reached_on <= c.due_on order by c.due_on, c.id, a.sort, a.id limit $3",
        today,
        body,
        most
    )
}

/// How many they are.
pub async fn late_count(tx: &mut Tx, body: &str, today: NaiveDate) -> DbResult<i64> {
    let (count,) = fetch_one!(
        tx,
        (i64,),
        "select count(*) from proposal_call c join call_answer a on a.call_id = c.id where c.state = 'issued' and c.due_on < $1 and c.body_id = $2 and a.state = 'waiting' and a.reached_on <= c.due_on",
        today,
        body
    )?;
    Ok(count)
}

/// Issued calls that are due on or before a day, with somebody to remind or to rise.
pub async fn pressing(tx: &mut Tx, until: NaiveDate) -> DbResult<Vec<Call>> {
    fetch_all!(
        tx,
        Call,
        "select c.* from proposal_call c where c.state = 'issued' and c.due_on <= $1
           and exists (select 1 from call_answer a where a.call_id = c.id and a.state = 'waiting' and a.risen_on is null and a.reached_on <= c.due_on) order by c.due_on, c.id",
        until
    )
}

/// Addressees to remind, who are marked as reminded.
pub async fn remind(tx: &mut Tx, call_id: &str, today: NaiveDate) -> DbResult<Vec<Reply>> {
    fetch_all!(
        tx,
        Reply,
        "update call_answer set reminded_on = $2 where call_id = $1 and state = 'waiting' and reached_how = 'account' and reminded_on is null and risen_on is null returning *",
        call_id,
        today
    )
}

/// Addressees that had the call in time and are late, who are marked as told.
pub async fn rise(tx: &mut Tx, call: &Call, today: NaiveDate) -> DbResult<Vec<Reply>> {
    fetch_all!(
        tx,
        Reply,
        "update call_answer set risen_on = $2 where call_id = $1 and state = 'waiting' and risen_on is null and reached_on <= $3 returning *",
        &call.id,
        today,
        call.due_on
    )
}

/// Notes how an addressee was reached; 0 = it was reached before.
pub async fn reach(tx: &mut Tx, answer_id: &str, how: &str, by: &str, on: NaiveDate) -> DbResult<u64> {
    execute!(
        tx,
        "update call_answer set reached_how = $2, reached_by = $3, reached_on = $4 where id = $1 and reached_on is null",
        answer_id,
        how,
        by,
        on
    )
}

/// Takes back that an addressee was reached.
pub async fn unreach(tx: &mut Tx, answer_id: &str) -> DbResult<u64> {
    execute!(tx, "update call_answer set reached_how = '', reached_by = '', reached_on = null, risen_on = null where id = $1", answer_id)
}

/// Addressees of a call that nobody reached yet, in the order of ids after one.
pub async fn unreached(tx: &mut Tx, call_id: &str, after: &str, most: i64) -> DbResult<Vec<Reply>> {
    fetch_all!(
        tx,
        Reply,
        "select * from call_answer where call_id = $1 and state = 'waiting' and reached_on is null and id > $2 order by id limit $3",
        call_id,
        after,
        most
    )
}

/// Issued calls with addressees that nobody reached yet.
pub async fn unknown_somewhere(tx: &mut Tx, most: i64) -> DbResult<Vec<Call>> {
    fetch_all!(
        tx,
        Call,
        "select c.* from proposal_call c where c.state = 'issued' and exists (select 1 from call_answer a where a.call_id = c.id and a.state = 'waiting' and a.reached_on is null)
         order by c.id desc limit $1",
        most
    )
}

/// Addressees that have an active account: body, or the commune it governs.
pub async fn with_account(tx: &mut Tx, today: NaiveDate) -> DbResult<Vec<(String, Option<String>, Role)>> {
    let mut wanted = access::held_by(Act::AnswerCalls, today);
    wanted.and("p.email is not null");
    let sql = format!("select distinct g.body_id, g.unit_id, g.role from role_grant g join person p on p.id = g.person_id{}", wanted.sql);
    fetch_texts!(tx, (String, Option<String>, Role), sql, wanted.binds)
}

/// An addressee of a call.
pub async fn reply(tx: &mut Tx, call_id: &str, answer_id: &str) -> DbResult<Option<Reply>> {
    fetch_optional!(tx, Reply, "select * from call_answer where call_id = $1 and id = $2", call_id, answer_id)
}

/// A place that an answer named becomes a prospect; 0 = it is none any more.
pub async fn place_is(tx: &mut Tx, answer_id: &str, place: i64, prospect_id: &str) -> DbResult<u64> {
    let changed = execute!(
        tx,
        "update call_line set kind = 'prospect', prospect_id = $3 where answer_id = $1 and place = $2 and kind = 'place'",
        answer_id,
        place,
        prospect_id
    )?;
    if changed > 0 {
        // a form that was opened before would put the place back
        execute!(tx, "update call_answer set version = version + 1 where id = $1", answer_id)?;
    }
    Ok(changed)
}

/// Where this slice names bodies.
pub const PLACES: &[Column] = &[
    Column {
        name: "proposal_call.body_id",
        label: "đợt đề xuất",
        count: "select count(*) from proposal_call where body_id = $1",
        forth: "update proposal_call set body_id = $2 where body_id = $1 returning id",
        back: "update proposal_call set body_id = $2 where body_id = $1 and id = $3",
    },
    Column {
        name: "call_body.body_id",
        label: "đợt đề xuất được gửi",
        count: "select count(*) from call_body where body_id = $1",
        forth: "update call_body set body_id = $2 where body_id = $1 and not exists (select 1 from call_body own where own.call_id = call_body.call_id and own.body_id = $2) returning call_id",
        back: "update call_body set body_id = $2 where body_id = $1 and call_id = $3",
    },
    Column {
        name: "call_answer.body_id",
        label: "trả lời đợt đề xuất",
        count: "select count(*) from call_answer where body_id = $1",
        forth: "update call_answer set body_id = $2 where body_id = $1 and not exists (select 1 from call_answer own where own.call_id = call_answer.call_id and own.body_id = $2) returning id",
        back: "update call_answer set body_id = $2 where body_id = $1 and id = $3",
    },
];
