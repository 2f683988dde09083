//! The screen of blanks: what is left, what was received, what became of each.

use askama::Template;
use axum::response::Response;

use super::model::{State, Stock};
use super::store::{self, Counted, Filter, Row};
use super::{may_keep, may_read};
use crate::access::{Act, Need, Routes};
use crate::error::{Refusal, Result};
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Shell, Visit};
use crate::setting;
use crate::text::{Tongue, date_vi};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/phoi-giay", Need::May(Act::ReadBlanks), show)
}

#[derive(Template)]
#[template(path = "blank/show.html")]
struct ShowPage {
    shell: Shell,
    stock: Vec<Stock>,
    left: i64,
    low: i64,
    batches: Rows<Counted>,
    list: Rows<Row>,
    ask: Ask,
    filter: Filter,
    form: Form,
    part: &'static str,
    states: Vec<Choice>,
    may_keep: bool,
}

impl ShowPage {
    fn is_low(&self) -> bool {
        self.left < self.low && !self.stock.is_empty()
    }

    fn reason(&self, row: &Row) -> String {
        format!("reason-{}-{}", row.used.batch_id, row.used.serial)
    }
}

async fn show(visit: Visit) -> Result<Response> {
    page(&visit, "", None).await
}

/// The page; `part` is the form that was wrong.
pub(super) async fn page(visit: &Visit, part: &'static str, typed: Option<(Fields, Errors)>) -> Result<Response> {
    if !may_read(visit) {
        return Err(Refusal::forbidden().into());
    }
    let today = visit.app.clock().today();
    let ask = Ask::at(visit, "/phoi-giay").paged_by(&["sau", "truoc"]);
    let filter = Filter {
        state: ask.some("loai").filter(|word| State::read(word).is_some()).unwrap_or_default().to_owned(),
        serial: ask.get("so").parse().ok(),
        after: ask.get("sau").to_owned(),
        size: ask.size(30),
    };
    let mut tx = visit.app.db().read().await?;
    let stock = store::stock(&mut tx).await?;
    let (mut fields, errors) = typed.unwrap_or_default();
    for name in ["received_on", "day"] {
        if fields.some(name).is_none() && errors.is_empty() {
            fields.set(name, date_vi(today));
        }
    }
    if fields.some("state").is_none() {
        fields.set("state", State::Used.word());
    }
    if fields.some("series").is_none()
        && let [only] = &stock[..]
    {
        fields.set("series", only.series.clone());
    }
    let page = ShowPage {
        shell: visit.shell("Phôi giấy chứng nhận"),
        left: stock.iter().map(Stock::left).sum(),
        stock,
        low: setting::value(&mut tx, "blank_low_count", today).await?,
        batches: store::batches(&mut tx, ask.get("truoc"), 20).await?,
        list: store::list(&mut tx, &filter).await?,
        form: Form::with(fields, errors, Tongue::Vi),
        part,
        states: State::ALL.into_iter().map(|state| (state.word().to_owned(), state.name().to_owned())).collect(),
        may_keep: may_keep(visit),
        ask,
        filter,
    };
    page.form.answer(&page)
}
