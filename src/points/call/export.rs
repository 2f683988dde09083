//! The answers of a call as a table: one row an addressee.

use std::collections::HashMap;

use axum::extract::Path;
use axum::response::Response;

use super::model::{Said, sources};
use super::pages::OVERSEERS;
use super::store::{self, Only};
use super::{model, sees_all};
use crate::access::Routes;
use crate::error::{Refusal, Result};
use crate::intake::attachment;
use crate::page::Visit;
use crate::sheet::{Column, Format, Value, Writer};

/// Rows read at a time.
const PAGE: i64 = 100;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/dot-de-nghi/{id}/tra-loi.csv", OVERSEERS, async |visit: Visit, id: Path<String>| download(visit, id, Format::Csv).await)
        .get("/dot-de-nghi/{id}/tra-loi.xlsx", OVERSEERS, async |visit: Visit, id: Path<String>| download(visit, id, Format::Xlsx).await)
}

fn columns(today: chrono::NaiveDate) -> Vec<Column> {
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
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let call = store::find(&mut tx, &id)
        .await?
        .filter(|call| sees_all(&visit.actor) && call.state != model::State::Draft)
        .ok_or_else(Refusal::not_found)?;
    let mut writer = Writer::new(format, "Trả lời đợt đề nghị", columns(today))?;
    let mut next = Some(String::new());
    while let Some(after) = next {
        let page = store::replies(&mut tx, &id, Only::All, (call.due_on, call.is_over(today)), &after, PAGE).await?;
        let ids: Vec<&str> = page.rows.iter().map(|reply| reply.id.as_str()).collect();
        let money: HashMap<(String, String), i64> =
            store::money_of(&mut tx, &ids).await?.into_iter().map(|(answer, source, amount)| ((answer, source), amount)).collect();
        let lines = store::lines_of(&mut tx, &ids).await?;
        for reply in &page.rows {
            let amounts: Vec<Option<i64>> =
                sources(today).into_iter().map(|source| money.get(&(reply.id.clone(), source.word().to_owned())).copied()).collect();
            let date = |day: Option<chrono::NaiveDate>| day.map_or(Value::Empty, Value::Date);
            let mut row = vec![
                Value::from(reply.name.as_str()),
                Value::from(reply.state.name()),
                if reply.state == Said::Waiting { Value::Empty } else { Value::Int(reply.number) },
            ];
            row.extend(amounts.iter().map(|amount| amount.map_or(Value::Empty, Value::Int)));
            row.push(if reply.state == Said::Waiting { Value::Empty } else { Value::Int(amounts.iter().flatten().sum()) });
            row.extend([
                date(reply.first_on),
                date(reply.answered_on),
                Value::from(if reply.late(&call, today) { "chậm" } else { "" }),
                Value::Text(reply.reached()),
            ]);
            let places: Vec<String> = lines
                .iter()
                .filter(|(answer, _)| *answer == reply.id)
                .map(|(_, line)| if line.address.is_empty() { line.name.clone() } else { format!("{}; {}", line.name, line.address) })
                .collect();
            row.extend([Value::Text(places.join("\n")), Value::from(reply.reason.as_str()), Value::from(reply.note.as_str())]);
            writer.row(&row)?;
        }
        next = page.next().map(str::to_owned);
    }
    Ok(attachment(&format!("tra-loi-{}.{}", call.year, format.extension()), format.media_type(), writer.finish()?.into()))
}
