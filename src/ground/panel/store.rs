//! The SQL of panels.

use chrono::NaiveDate;

use super::model::{Kind, Member, Panel};
use crate::db::{Column, DbResult, Tx};
use crate::page::Rows;
use crate::{execute, fetch_all, fetch_optional, table};

table! {
    "panel" of Panel {
        fixed: kind, body_id, created_by, created_at;
        saved: name, decision_no, decided_on, from_on, to_on, end_paper, note
    }
}

table! {
    "panel_member" of Member {
        fixed: panel_id, replaces, created_by, created_at;
        saved: part, name, post, agency, body_id, person_id, phone, tax_code, address, from_on, to_on, paper, end_paper
    }
}

/// A panel by id.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Panel>> {
    fetch_optional!(tx, Panel, "select * from panel where id = $1", id)
}

/// Adds one.
pub async fn add(tx: &mut Tx, panel: &Panel) -> DbResult<bool> {
    panel.insert(tx).await
}

/// Saves it if nobody did since; 0 rows = somebody did.
pub async fn save(tx: &mut Tx, panel: &Panel) -> DbResult<u64> {
    panel.update(tx, panel.version).await
}

/// A row of the list: a panel, who set it up, how many sit in it today.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// The panel.
    #[sqlx(flatten)]
    pub panel: Panel,
    /// Who set it up.
    pub body: String,
    /// Members of today.
    pub members: i64,
}

/// A page of panels, the latest first.
pub async fn list(tx: &mut Tx, kind: Option<Kind>, today: NaiveDate, after: Option<&str>, size: i64) -> DbResult<Rows<Row>> {
    let rows = fetch_all!(
        tx,
        Row,
        "select p.*, b.name as body,
           (select count(*) from panel_member m where m.panel_id = p.id and m.from_on <= $2 and (m.to_on is null or m.to_on > $2)) as members
         from panel p join body b on b.id = p.body_id
         where ($1 = '' or p.kind = $1) and ($3 = '' or p.id < $3) order by p.id desc limit $4",
        kind.map(Kind::word).unwrap_or_default(),
        today,
        after.unwrap_or_default(),
        size + 1
    )?;
    Ok(Rows::cut(rows, size, after.unwrap_or_default(), |row| row.panel.id.clone()))
}

/// Panels of a kind whose term holds a day, by name.
pub async fn in_term(tx: &mut Tx, kind: Kind, day: NaiveDate) -> DbResult<Vec<Panel>> {
    fetch_all!(
        tx,
        Panel,
        "select * from panel where kind = $1 and from_on <= $2 and (to_on is null or to_on > $2) order by name, id limit 100",
        kind.word(),
        day
    )
}

/// Everybody who sits or sat in a panel, in the order in which they were entered.
pub async fn members(tx: &mut Tx, panel: &str) -> DbResult<Vec<Member>> {
    fetch_all!(tx, Member, "select * from panel_member where panel_id = $1 order by id", panel)
}

/// A member by id.
pub async fn member(tx: &mut Tx, id: &str) -> DbResult<Option<Member>> {
    fetch_optional!(tx, Member, "select * from panel_member where id = $1", id)
}

/// Adds one.
pub async fn add_member(tx: &mut Tx, member: &Member) -> DbResult<bool> {
    member.insert(tx).await
}

/// Saves one if nobody did since; 0 rows = somebody did.
pub async fn save_member(tx: &mut Tx, member: &Member) -> DbResult<u64> {
    member.update(tx, member.version).await
}

/// Ends the membership of those who still sit there when a panel ends.
pub async fn end_members(tx: &mut Tx, panel: &str, on: NaiveDate, paper: &str) -> DbResult<u64> {
    execute!(
        tx,
        "update panel_member set to_on = $2, end_paper = $3, version = version + 1 where panel_id = $1 and (to_on is null or to_on > $2)",
        panel,
        on,
        paper
    )
}

/// Where panels name bodies.
pub const PLACES: &[Column] = &[
    Column {
        name: "panel.body_id",
        label: "hội đồng, tổ đã lập",
        count: "select count(*) from panel where body_id = $1",
        forth: "update panel set body_id = $2 where body_id = $1 returning id",
        back: "update panel set body_id = $2 where body_id = $1 and id = $3",
    },
    Column {
        name: "panel_member.body_id",
        label: "thành viên hội đồng, tổ",
        count: "select count(*) from panel_member where body_id = $1",
        forth: "update panel_member set body_id = $2 where body_id = $1 returning id",
        back: "update panel_member set body_id = $2 where body_id = $1 and id = $3",
    },
];
