//! The answers of a call as a table: one row an addressee.

use std::collections::HashMap;

use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{Call, Reply, Said, sources};
use super::pages::OVERSEERS;
use super::store::{self, Only};
use super::{model, sees_all};
use crate::access::Routes;
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::export::{Export, List};
use crate::page::Visit;
use crate::sheet::{Column, Format, Value};

/// Rows read at a time.
const PAGE: i64 = 100;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/dot-de-nghi/{id}/tra-loi.csv", OVERSEERS, async |visit: Visit, id: Path<String>| download(visit, id, Format::Csv).await)
        .get("/dot-de-nghi/{id}/tra-loi.xlsx", OVERSEERS, async |visit: Visit, id: Path<String>| download(visit, id, Format::Xlsx).await)
}

fn columns(today: NaiveDate) -> Vec<Column> {
    let mut columns = vec![Column::new("Nơi nhận", 34.0), Column::new("Trả lời", 14.0), Column::new("Số điểm đề nghị", 10.0)];
    columns.extend(sources(today).into_iter().map(|source| Column::new(format!("{} (đồng)", source.name()), 18.0)));
    columns.extend(
        [
            ("Cộng kinh phí (đồng)", 18.0),
            ("Trả lời lần đầu", 12.0),
            ("Sửa lần cuối", 12.0),
            ("Chậm", 8.0),
            ("Đã nhận đề nghị", 30.0),
            ("Các nơi đề nghị", 60.0),
            ("Lý do không có", 40.0),
            ("Ghi chú", 40.0),
        ]
        .map(|(name, width)| Column::new(name, width)),
    );
    columns
}

async fn download(visit: Visit, Path(id): Path<String>, format: Format) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let call = store::find(&mut tx, &id)
        .await?
        .filter(|call| sees_all(&visit.actor) && call.state != model::State::Draft)
        .ok_or_else(Refusal::not_found)?;
    drop(tx);
    let name = format!("tra-loi-{}", call.year);
    let today = visit.app.clock().today();
    Export::new(Replies { call, today }, format).download(&visit.app, &name).await
}

/// The answers of a call.
struct Replies {
    call: Call,
    today: NaiveDate,
}

/// An answer with its money by source and the places it proposes.
struct Told {
    reply: Reply,
    amounts: Vec<Option<i64>>,
    places: Vec<String>,
}

impl List for Replies {
    type Row = Told;
    type Key = String;

    const TITLE: &'static str = "Trả lời đợt đề nghị";

    fn columns(&self, _: Format) -> Vec<Column> {
        columns(self.today)
    }

    async fn page(&mut self, tx: &mut Tx, after: String) -> Result<(Vec<Told>, Option<String>)> {
        let due = (self.call.due_on, self.call.is_over(self.today));
        let page = store::replies(tx, &self.call.id, Only::All, due, &after, PAGE).await?;
        let next = page.next().map(str::to_owned);
        let ids: Vec<&str> = page.rows.iter().map(|reply| reply.id.as_str()).collect();
        let money: HashMap<(String, String), i64> =
            store::money_of(tx, &ids).await?.into_iter().map(|(answer, source, amount)| ((answer, source), amount)).collect();
        let lines = store::lines_of(tx, &ids).await?;
        let told = |reply: Reply| Told {
            amounts: sources(self.today)
                .into_iter()
                .map(|source| money.get(&(reply.id.clone(), source.word().to_owned())).copied())
                .collect(),
            places: lines
                .iter()
                .filter(|(answer, _)| *answer == reply.id)
                .map(|(_, line)| if line.address.is_empty() { line.name.clone() } else { format!("{}; {}", line.name, line.address) })
                .collect(),
            reply,
        };
        Ok((page.rows.into_iter().map(told).collect(), next))
    }

    fn cells(&mut self, Told { reply, amounts, places }: &Told, _: Format) -> Vec<Value> {
        let date = |day: Option<NaiveDate>| day.map_or(Value::Empty, Value::Date);
        let answered = |number: i64| if reply.state == Said::Waiting { Value::Empty } else { Value::Int(number) };
        let mut row = vec![Value::from(reply.name.as_str()), Value::from(reply.state.name()), answered(reply.number)];
        row.extend(amounts.iter().map(|amount| amount.map_or(Value::Empty, Value::Int)));
        row.push(answered(amounts.iter().flatten().sum()));
        row.extend([
            date(reply.first_on),
            date(reply.answered_on),
            Value::from(if reply.late(&self.call, self.today) { "chậm" } else { "" }),
            Value::Text(reply.reached()),
            Value::Text(places.join("\n")),
            Value::from(reply.reason.as_str()),
            Value::from(reply.note.as_str()),
        ]);
        row
    }
}
