//! Has `ocop-paper` print. What it prints goes to the reader and is kept nowhere.

use std::collections::BTreeMap;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use chrono::{Datelike, Timelike};
use serde_json::{Value, json};

use crate::error::Result;
use crate::setter::{self, Task};
use crate::state::App;
use crate::{clock, law};

/// A paper to be printed.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Template of `ocop-paper`.
    pub template: &'static str,
    /// What the file is called, without its ending; made plain for every system.
    pub name: String,
    /// Values of the template.
    pub data: Value,
    /// Pictures by the name the values know them under.
    pub pictures: BTreeMap<String, Vec<u8>>,
}

/// Prints a paper by the layout in force today.
pub async fn print(app: &App, paper: &Paper) -> Result<Vec<u8>> {
    let now = clock::local(app.clock().now());
    let encode = |bytes: &Vec<u8>| base64::engine::general_purpose::STANDARD.encode(bytes);
    let request = json!({
        "template": paper.template,
        "data": paper.data,
        "layout": law::paper_layout(now.date_naive())?,
        "pictures": paper.pictures.iter().map(|(name, bytes)| (name.clone(), Value::String(encode(bytes)))).collect::<serde_json::Map<_, _>>(),
        "at": [now.year(), now.month() as i32, now.day() as i32, now.hour() as i32, now.minute() as i32, now.second() as i32],
    });
    setter::run(app, Task::Paper, serde_json::to_vec(&request)?.into()).await
}

/// What the file of a paper is called, without its ending.
pub fn file_name(name: &str) -> String {
    let plain = crate::text::slug(name);
    if plain.is_empty() { "giay-to".to_owned() } else { plain }
}

/// Prints a paper and shows it to one reader.
pub async fn answer(app: &App, paper: &Paper) -> Result<Response> {
    let pdf = print(app, paper).await?;
    let shown = format!("inline; filename=\"{}.pdf\"", file_name(&paper.name));
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, shown),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, pdf).into_response())
}
