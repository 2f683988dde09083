//! The SQL of sittings, their agenda, sheets and marks, and of the local rules.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::decide::Outcome;
use super::model::{Item, Procedure, Sitting};
use crate::clock::new_id;
use crate::db::{Column, DbResult, Tx, Where};
use crate::page::Rows;
use crate::scoring::mark::Marks;
use crate::scoring::sheet::Sheet;
use crate::{execute, fetch_all, fetch_one, fetch_optional, fetch_texts, table};

table! {
    "procedure" of Procedure {
        fixed: created_by, created_at;
        saved: title, from_on, to_on, quorum_of, quorum_in, spread, lead_days, minimum, secretary_marks, expert_marks, visits
    }
}

table! {
    "sitting" of Sitting {
        fixed: panel_id, kind, created_by, created_at;
        saved: title, held_on, place, state, procedure_id, papers_on, members, came, opened_at, closed_at, closed_by, minutes
    }
}

table! {
    "sitting_item" of Item {
        fixed: sitting_id, dossier_id, created_by, created_at;
        saved: seq, state, turn, case_id, discussion, settled_minima, heads, total, least, most, star, ended, settled_at
    }
}

/// All local rules, the latest first.
pub async fn procedures(tx: &mut Tx) -> DbResult<Vec<Procedure>> {
    fetch_all!(tx, Procedure, "select * from procedure order by from_on desc, id desc limit 100")
}

/// The rules of a day; none where nobody entered them.
pub async fn procedure_on(tx: &mut Tx, day: NaiveDate) -> DbResult<Option<Procedure>> {
    fetch_optional!(
        tx,
        Procedure,
        "select * from procedure where from_on <= $1 and (to_on is null or to_on > $1) order by from_on desc, id desc limit 1",
        day
    )
}

/// Rules by id.
pub async fn procedure(tx: &mut Tx, id: &str) -> DbResult<Option<Procedure>> {
    fetch_optional!(tx, Procedure, "select * from procedure where id = $1", id)
}

/// Adds rules; those of before end on the day they begin.
pub async fn add_procedure(tx: &mut Tx, procedure: &Procedure) -> DbResult<()> {
    execute!(
        tx,
        "update procedure set to_on = $1, version = version + 1 where from_on < $1 and (to_on is null or to_on > $1)",
        procedure.from_on
    )?;
    procedure.insert(tx).await?;
    Ok(())
}

/// Saves rules if nobody did since.
pub async fn save_procedure(tx: &mut Tx, procedure: &Procedure) -> DbResult<u64> {
    procedure.update(tx, procedure.version).await
}

/// A sitting by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Sitting>> {
    fetch_optional!(tx, Sitting, "select * from sitting where id = $1", id)
}

/// Adds one.
pub async fn add(tx: &mut Tx, sitting: &Sitting) -> DbResult<bool> {
    sitting.insert(tx).await
}

/// Saves one if nobody did since; 0 rows = somebody did.
pub async fn save(tx: &mut Tx, sitting: &Sitting) -> DbResult<u64> {
    sitting.update(tx, sitting.version).await
}

/// A row of the list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// The sitting.
    #[sqlx(flatten)]
    pub sitting: Sitting,
    /// Name of the council.
    pub panel: String,
    /// Dossiers on its agenda.
    pub items: i64,
    /// Those whose result stands.
    pub settled: i64,
}

/// A page of sittings, the latest first; `person`: only those in which somebody sits who has this account.
pub async fn list(tx: &mut Tx, person: Option<&str>, after: Option<(NaiveDate, &str)>, size: i64) -> DbResult<Rows<Row>> {
    let mut wanted = Where::default();
    if let Some((day, id)) = after {
        let id = wanted.bind(id);
        wanted.and(&format!("(s.held_on < '{day}' or (s.held_on = '{day}' and s.id < {id}))"));
    }
    if let Some(person) = person {
        let person = wanted.bind(person);
        wanted.and(&format!(
            "exists (select 1 from panel_member m where m.panel_id = s.panel_id and m.person_id = {person} and m.from_on <= s.held_on and (m.to_on is null or m.to_on > s.held_on))"
        ));
    }
    let sql = format!(
        "select s.*, p.name as panel, (select count(*) from sitting_item i where i.sitting_id = s.id) as items,
           (select count(*) from sitting_item i where i.sitting_id = s.id and i.state = 'settled') as settled
         from sitting s join panel p on p.id = s.panel_id{} order by s.held_on desc, s.id desc limit {}",
        wanted.sql,
        size + 1
    );
    let rows = fetch_texts!(tx, Row, sql, wanted.binds)?;
    let shown = after.map(|(day, id)| key(day, id)).unwrap_or_default();
    Ok(Rows::cut(rows, size, shown.as_str(), |row| key(row.sitting.held_on, &row.sitting.id)))
}

fn key(day: NaiveDate, id: &str) -> String {
    format!("{day} {id}")
}

/// Those who came to a sitting: member, whether it presides.
pub async fn came(tx: &mut Tx, sitting: &str) -> DbResult<BTreeMap<String, bool>> {
    let rows = fetch_all!(tx, (String, bool), "select member_id, chairs from sitting_seat where sitting_id = $1", sitting)?;
    Ok(rows.into_iter().collect())
}

/// Writes down who came, and who presides.
pub async fn put_came(tx: &mut Tx, sitting: &str, members: &[String], chair: Option<&str>) -> DbResult<()> {
    execute!(tx, "delete from sitting_seat where sitting_id = $1", sitting)?;
    for member in members {
        execute!(
            tx,
            "insert into sitting_seat (sitting_id, member_id, chairs) values ($1, $2, $3)",
            sitting,
            member,
            Some(member.as_str()) == chair
        )?;
    }
    Ok(())
}

/// An item of an agenda with what stands on the list of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Listed {
    /// The item.
    #[sqlx(flatten)]
    pub item: Item,
    /// The product.
    pub product: String,
    /// Who makes it.
    pub producer: String,
    /// The same, by id.
    pub producer_id: String,
    /// Its sheet.
    pub sheet: String,
    /// Digest of the wording by which it was sent.
    pub sheet_digest: String,
    /// Sheets that were handed in for its present turn.
    pub submitted: i64,
}

const LISTED: &str = "select i.*, p.name as product, b.name as producer, d.producer_id, d.sheet, d.sheet_digest,
    (select count(*) from mark_sheet m where m.item_id = i.id and m.turn = i.turn and m.submitted_at is not null) as submitted
  from sitting_item i join dossier d on d.id = i.dossier_id join product p on p.id = d.product_id join body b on b.id = d.producer_id";

/// The agenda of a sitting in its order, from a place on.
pub async fn agenda(tx: &mut Tx, sitting: &str, from: i64, size: i64) -> DbResult<Vec<Listed>> {
    let mut wanted = Where::default();
    let sitting = wanted.bind(sitting);
    wanted.and(&format!("i.sitting_id = {sitting} and i.seq >= {from}"));
    let sql = format!("{LISTED}{} order by i.seq, i.id limit {size}", wanted.sql);
    fetch_texts!(tx, Listed, sql, wanted.binds)
}

/// How many items of a sitting there are, and how many are settled.
pub async fn progress(tx: &mut Tx, sitting: &str) -> DbResult<(i64, i64)> {
    fetch_one!(
        tx,
        (i64, i64),
        "select count(*), coalesce(sum(case when state = 'settled' then 1 else 0 end), 0) from sitting_item where sitting_id = $1",
        sitting
    )
}

/// An item by id.
pub async fn item(tx: &mut Tx, id: &str) -> DbResult<Option<Item>> {
    fetch_optional!(tx, Item, "select * from sitting_item where id = $1", id)
}

/// Puts a dossier on an agenda, behind what is there.
pub async fn put_item(tx: &mut Tx, item: &Item) -> DbResult<bool> {
    item.insert(tx).await
}

/// Saves an item if nobody did since; 0 rows = somebody did.
pub async fn save_item(tx: &mut Tx, item: &Item) -> DbResult<u64> {
    item.update(tx, item.version).await
}

/// Takes a dossier from an agenda; 0 where it is before the council.
pub async fn drop_item(tx: &mut Tx, id: &str) -> DbResult<u64> {
    execute!(tx, "delete from sitting_item where id = $1 and state = 'planned'", id)
}

/// The last place on an agenda.
pub async fn last_place(tx: &mut Tx, sitting: &str) -> DbResult<i64> {
    Ok(fetch_one!(tx, (Option<i64>,), "select max(seq) from sitting_item where sitting_id = $1", sitting)?.0.unwrap_or_default())
}

/// What is planned goes before the council.
pub async fn begin_items(tx: &mut Tx, sitting: &str) -> DbResult<u64> {
    execute!(tx, "update sitting_item set state = 'marking', version = version + 1 where sitting_id = $1 and state = 'planned'", sitting)
}

/// A dossier that a council may take up: proposed, and on no agenda that still runs, nor settled by one.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Waiting {
    /// The dossier.
    pub id: String,
    /// The product.
    pub product: String,
    /// Who makes it.
    pub producer: String,
    /// Word of its kind.
    pub kind: String,
    /// Its sheet.
    pub sheet: String,
    /// What the producer marked itself.
    pub points: i64,
    /// When the commune reported.
    pub reported_on: Option<NaiveDate>,
    /// When it was sent.
    pub sent_on: Option<NaiveDate>,
}

/// Dossiers that wait for a council, the first reported first, at most `most`.
pub async fn waiting(tx: &mut Tx, most: i64) -> DbResult<Vec<Waiting>> {
    fetch_all!(
        tx,
        Waiting,
        "select d.id, p.name as product, b.name as producer, d.kind, d.sheet, d.points, d.reported_on, d.sent_on
         from dossier d join product p on p.id = d.product_id join body b on b.id = d.producer_id
         where d.state = 'proposed' and not exists (select 1 from sitting_item i where i.dossier_id = d.id)
         order by d.reported_on, d.id limit $1",
        most
    )
}

/// A tie between a member and a producer.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Tie {
    /// Identifier.
    pub id: String,
    /// Who.
    pub member_id: String,
    /// To whom.
    pub body_id: String,
    /// `declared` or `found`.
    pub kind: String,
    /// What ties them.
    pub what: String,
    /// Why one that was found is none; empty while it stands.
    pub lifted_reason: String,
}

/// The ties that were written down of members of a council.
pub async fn ties(tx: &mut Tx, panel: &str) -> DbResult<Vec<Tie>> {
    fetch_all!(
        tx,
        Tie,
        "select t.id, t.member_id, t.body_id, t.kind, t.what, t.lifted_reason from tie t join panel_member m on m.id = t.member_id
         where m.panel_id = $1 order by t.id",
        panel
    )
}

/// Writes a tie down, or what was said of it.
pub async fn put_tie(tx: &mut Tx, tie: &Tie, by: &str, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "insert into tie (id, member_id, body_id, kind, what, lifted_reason, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &tie.id,
        &tie.member_id,
        &tie.body_id,
        &tie.kind,
        &tie.what,
        &tie.lifted_reason,
        by,
        now
    )
}

/// A member's sheet.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Marked {
    /// Identifier.
    pub id: String,
    /// For which item.
    pub item_id: String,
    /// Whose.
    pub member_id: String,
    /// For which turn.
    pub turn: i64,
    /// When it was handed in.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Its total, once it was handed in.
    pub points: i64,
    /// Its star.
    pub star: i64,
    /// Row version.
    pub version: i64,
}

/// The sheet of a member for a turn, if it began one.
pub async fn sheet(tx: &mut Tx, item: &str, member: &str, turn: i64) -> DbResult<Option<Marked>> {
    fetch_optional!(
        tx,
        Marked,
        "select id, item_id, member_id, turn, submitted_at, points, star, version from mark_sheet where item_id = $1 and member_id = $2 and turn = $3",
        item,
        member,
        turn
    )
}

/// The sheets of an item for a turn that were handed in. Only whoever brings a result together reads them.
pub async fn handed_in(tx: &mut Tx, item: &str, turn: i64) -> DbResult<Vec<Marked>> {
    fetch_all!(
        tx,
        Marked,
        "select id, item_id, member_id, turn, submitted_at, points, star, version from mark_sheet where item_id = $1 and turn = $2 and submitted_at is not null order by id",
        item,
        turn
    )
}

/// Members who handed in their sheet of an item for a turn: who, never what.
pub async fn who_handed_in(tx: &mut Tx, item: &str, turn: i64) -> DbResult<Vec<String>> {
    let rows = fetch_all!(
        tx,
        (String,),
        "select member_id from mark_sheet where item_id = $1 and turn = $2 and submitted_at is not null order by member_id",
        item,
        turn
    )?;
    Ok(rows.into_iter().map(|(member,)| member).collect())
}

/// What a member handed in of a sitting: items, by id.
pub async fn own_handed_in(tx: &mut Tx, sitting: &str, member: &str) -> DbResult<Vec<String>> {
    let rows = fetch_all!(
        tx,
        (String,),
        "select i.id from mark_sheet m join sitting_item i on i.id = m.item_id
         where i.sitting_id = $1 and m.member_id = $2 and m.turn = i.turn and m.submitted_at is not null",
        sitting,
        member
    )?;
    Ok(rows.into_iter().map(|(item,)| item).collect())
}

/// Begins a sheet; gives it, or the one that is there.
pub async fn begin_sheet(tx: &mut Tx, item: &Item, member: &str, by: &str, now: DateTime<Utc>) -> DbResult<Marked> {
    execute!(
        tx,
        "insert into mark_sheet (id, item_id, member_id, turn, submitted_at, points, star, version, created_by, created_at)
         values ($1, $2, $3, $4, null, 0, 0, 1, $5, $6) on conflict (item_id, member_id, turn) do nothing",
        new_id(),
        &item.id,
        member,
        item.turn,
        by,
        now
    )?;
    sheet(tx, &item.id, member, item.turn).await?.ok_or(sqlx::Error::RowNotFound)
}

/// Hands a sheet in; 0 rows where it was handed in meanwhile.
pub async fn hand_in(tx: &mut Tx, sheet: &Marked, points: i64, star: i64, now: DateTime<Utc>) -> DbResult<u64> {
    execute!(
        tx,
        "update mark_sheet set submitted_at = $3, points = $4, star = $5, version = version + 1 where id = $1 and version = $2 and submitted_at is null",
        &sheet.id,
        sheet.version,
        now,
        points,
        star
    )
}

/// A mark that was added to a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// Number of the line, or the word of what ends the marking.
    pub no: String,
    /// Place of the answer; none: taken back.
    pub answer: Option<usize>,
    /// Why it is another than before.
    pub reason: String,
}

/// Adds marks to a sheet, and counts its version on.
pub async fn add_marks(tx: &mut Tx, sheet: &str, added: &[Added], now: DateTime<Utc>) -> DbResult<()> {
    for mark in added {
        execute!(
            tx,
            "insert into mark (id, sheet_id, no, answer, reason, created_at) values ($1, $2, $3, $4, $5, $6)",
            new_id(),
            sheet,
            &mark.no,
            mark.answer.map_or(-1, |at| at as i64),
            &mark.reason,
            now
        )?;
    }
    execute!(tx, "update mark_sheet set version = version + 1 where id = $1", sheet)?;
    Ok(())
}

/// The reasons that were given on a sheet, by line: the last of each.
pub async fn reasons(tx: &mut Tx, sheet: &str) -> DbResult<BTreeMap<String, String>> {
    let rows = fetch_all!(tx, (String, String), "select no, reason from mark where sheet_id = $1 and reason <> '' order by id", sheet)?;
    Ok(rows.into_iter().collect())
}

/// The marks of sheets as they stand, by sheet: of several for a line the last counts.
pub async fn marks(tx: &mut Tx, sheets: &[String], wording: &Sheet, case: &str) -> DbResult<BTreeMap<String, Marks>> {
    let mut found: BTreeMap<String, Marks> =
        sheets.iter().map(|id| (id.clone(), Marks { case: case.to_owned(), ..Marks::default() })).collect();
    if sheets.is_empty() {
        return Ok(found);
    }
    let mut wanted = Where::default();
    let list = wanted.list("sheet_id", sheets);
    wanted.and(&list);
    let sql = format!("select sheet_id, no, answer from mark{} order by sheet_id, id", wanted.sql);
    for (sheet, no, answer) in fetch_texts!(tx, (String, String, i64), sql, wanted.binds)? {
        let Some(marks) = found.get_mut(&sheet) else { continue };
        let is_line = wording.criterion(&no).is_some();
        match (is_line, usize::try_from(answer)) {
            (true, Ok(at)) => drop(marks.answers.insert(no, at)),
            (true, Err(_)) => drop(marks.answers.remove(&no)),
            (false, Ok(_)) => drop(marks.found.insert(no)),
            (false, Err(_)) => drop(marks.found.remove(&no)),
        }
    }
    Ok(found)
}

/// Where sittings name bodies.
pub const PLACES: &[Column] = &[Column {
    name: "tie.body_id",
    label: "xung đột lợi ích đã ghi",
    count: "select count(*) from tie where body_id = $1",
    forth: "update tie set body_id = $2 where body_id = $1 returning id",
    back: "update tie set body_id = $2 where body_id = $1 and id = $3",
}];

/// A sitting in which somebody has sheets to hand in.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Left {
    /// The sitting.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Its day.
    pub held_on: NaiveDate,
    /// How many items wait for the sheet; those from which a tie keeps the person are among them.
    pub left: i64,
}

/// Open sittings in which an account has sheets to hand in, the first day first.
pub async fn sheets_waiting(tx: &mut Tx, person: &str, most: i64) -> DbResult<Vec<Left>> {
    fetch_all!(
        tx,
        Left,
        "select s.id, s.title, s.held_on, count(*) as left
         from sitting s join sitting_seat c on c.sitting_id = s.id join panel_member m on m.id = c.member_id and m.person_id = $1
         join sitting_item i on i.sitting_id = s.id and i.state = 'marking'
         where s.state = 'open'
           and not exists (select 1 from mark_sheet k where k.item_id = i.id and k.member_id = m.id and k.turn = i.turn and k.submitted_at is not null)
         group by s.id, s.title, s.held_on order by s.held_on, s.id limit $2",
        person,
        most
    )
}

/// Sittings that have a dossier on their agenda and in whose council somebody with this account sits on that day, with the producer.
pub async fn over(tx: &mut Tx, person: &str, dossier: &str) -> DbResult<Vec<(String, String)>> {
    fetch_all!(
        tx,
        (String, String),
        "select s.id, d.producer_id from sitting_item i join dossier d on d.id = i.dossier_id join sitting s on s.id = i.sitting_id
         where i.dossier_id = $2 and exists (select 1 from panel_member m where m.panel_id = s.panel_id and m.person_id = $1
           and m.from_on <= s.held_on and (m.to_on is null or m.to_on > s.held_on))",
        person,
        dossier
    )
}

/// The decision on a sitting.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Decision {
    /// Identifier.
    pub id: String,
    /// On which sitting.
    pub sitting_id: String,
    /// Its number.
    pub number: String,
    /// Its day.
    pub decided_on: NaiveDate,
    /// Who decided, as printed.
    pub body: String,
    /// Who signed.
    pub signer: String,
}

/// What a decision says of a product.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Decided {
    /// The item of the sitting.
    pub item_id: String,
    /// The dossier.
    pub dossier_id: String,
    /// What.
    pub outcome: Outcome,
    /// Its star.
    pub star: i64,
    /// The certificate, where it is recognised.
    pub certificate_id: Option<String>,
    /// Why it is not recognised, a line each.
    pub reasons: String,
}

/// The decision on a sitting, once there is one.
pub async fn decision(tx: &mut Tx, sitting: &str) -> DbResult<Option<Decision>> {
    fetch_optional!(
        tx,
        Decision,
        "select id, sitting_id, number, decided_on, body, signer from star_decision where sitting_id = $1",
        sitting
    )
}

/// Adds a decision; false where the sitting has one.
pub async fn add_decision(tx: &mut Tx, decision: &Decision, by: &str, now: DateTime<Utc>) -> DbResult<bool> {
    let added = execute!(
        tx,
        "insert into star_decision (id, sitting_id, number, decided_on, body, signer, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        &decision.id,
        &decision.sitting_id,
        &decision.number,
        decision.decided_on,
        &decision.body,
        &decision.signer,
        by,
        now
    )?;
    Ok(added == 1)
}

/// What a decision says, by item.
pub async fn decided(tx: &mut Tx, decision: &str) -> DbResult<BTreeMap<String, Decided>> {
    let rows = fetch_all!(
        tx,
        Decided,
        "select item_id, dossier_id, outcome, star, certificate_id, reasons from star_outcome where decision_id = $1",
        decision
    )?;
    Ok(rows.into_iter().map(|row| (row.item_id.clone(), row)).collect())
}

/// Adds what a decision says of a product.
pub async fn add_decided(tx: &mut Tx, decision: &str, decided: &Decided) -> DbResult<u64> {
    execute!(
        tx,
        "insert into star_outcome (decision_id, item_id, dossier_id, outcome, star, certificate_id, reasons) values ($1, $2, $3, $4, $5, $6, $7)",
        decision,
        &decided.item_id,
        &decided.dossier_id,
        decided.outcome,
        decided.star,
        decided.certificate_id.as_deref(),
        &decided.reasons
    )
}
