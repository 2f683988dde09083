//! What came of a product meeting a point or a chain.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::form::read_outcome;
use super::guest::not_yet;
use super::model::{Conference, Outcome, Side, check_point, check_product};
use super::pages::{HOLDERS, label, load_own, outcome_choices, show_page};
use super::store::{self, Write};
use crate::access::Routes;
use crate::connection::model::Place;
use crate::db::Tx;
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, once};
use crate::point::{self, Point};
use crate::product::{self, Product};
use crate::text::{Tongue, dong, fold};
use crate::{clock, fetch_all};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .post("/hoi-nghi/{id}/ket-qua", HOLDERS, add)
        .get("/hoi-nghi/{id}/ket-qua/{outcome}", HOLDERS, edit_form)
        .post("/hoi-nghi/{id}/ket-qua/{outcome}", HOLDERS, edit)
        .post("/hoi-nghi/{id}/ket-qua/{outcome}/bo", HOLDERS, remove)
}

/// The only id of several, or why there is none.
fn only(ids: Vec<(String,)>, typed: &str) -> Result<String, Both> {
    match <[(String,); 1]>::try_from(ids) {
        Ok([(id,)]) => Ok(id),
        Err(ids) if ids.is_empty() => Err(both(
            format!("Không tìm thấy “{typed}”; hãy gõ vài chữ rồi chọn, hoặc ghi mã."),
            format!("“{typed}” was not found; type a few letters and choose, or write its code."),
        )),
        Err(_) => Err(both(
            format!("Có nhiều kết quả tên “{typed}”; hãy chọn trong danh sách gợi ý hoặc ghi mã."),
            format!("Several are called “{typed}”; choose one or write its code."),
        )),
    }
}

/// The product that was chosen or typed.
async fn typed_product(tx: &mut Tx, fields: &Fields) -> Result<Result<Product, Both>> {
    let typed = fields.get("product");
    if typed.is_empty() {
        return Ok(Err(both("Hãy ghi sản phẩm.", "Write the product.")));
    }
    if let Some(product) = product::store::find(tx, fields.get("product_id")).await?
        && label(&product.name, &product.code) == typed
    {
        return Ok(Ok(product));
    }
    if let Some(product) = product::store::find_typed(tx, typed).await? {
        return Ok(Ok(product));
    }
    let found = fetch_all!(tx, (String,), "select id from product where name_fold = $1 limit 2", fold(typed))?;
    Ok(match only(found, typed) {
        Ok(id) => product::store::find(tx, &id).await?.ok_or_else(|| both("Sản phẩm này không còn.", "This product is gone.")),
        Err(text) => Err(text),
    })
}

/// A point or chain with the body that sells there.
struct Seller {
    place: Place,
    name: String,
    body: Option<String>,
}

fn at_point(point: Point, conference: &Conference) -> Result<Seller, Both> {
    check_point(&point, conference.held_on)?;
    Ok(Seller { place: Place::Point(point.id), name: point.name, body: point.operator_id })
}

/// The point or chain that was chosen or typed.
async fn typed_place(tx: &mut Tx, fields: &Fields, conference: &Conference) -> Result<Result<Seller, Both>> {
    let typed = fields.get("place");
    if typed.is_empty() {
        return Ok(Err(both("Hãy ghi điểm hoặc chuỗi siêu thị.", "Write the point or chain.")));
    }
    match Place::read(fields.get("place_key")) {
        Some(Place::Point(id)) => {
            if let Some(point) = point::store::find(tx, &id).await?
                && label(&point.name, &point.code) == typed
            {
                return Ok(at_point(point, conference));
            }
        }
        Some(Place::Chain(id)) => {
            if let Some(name) = store::chain(tx, &id).await?
                && name == typed
            {
                return Ok(Ok(Seller { place: Place::Chain(id.clone()), name, body: Some(id) }));
            }
        }
        None => {}
    }
    if let Some(point) = point::store::find_by_code(tx, typed).await? {
        return Ok(at_point(point, conference));
    }
    let folded = fold(typed);
    let chains = fetch_all!(tx, (String,), "select c.id from chain c join body b on b.id = c.id where b.name_fold = $1 limit 2", &folded)?;
    if let [(id,)] = chains.as_slice() {
        return Ok(Ok(Seller { place: Place::Chain(id.clone()), name: typed.to_owned(), body: Some(id.clone()) }));
    }
    let points = fetch_all!(tx, (String,), "select id from point where name_fold = $1 limit 2", &folded)?;
    Ok(match only(points, typed) {
        Ok(id) => match point::store::find(tx, &id).await? {
            Some(point) => at_point(point, conference),
            None => Err(both("Điểm này không còn.", "This point is gone.")),
        },
        Err(text) => Err(text),
    })
}

async fn add(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = once::begin(&visit, &fields).await?;
    let conference = load_own(&mut tx, &visit, &id).await?;
    if !conference.has_begun(today) {
        return Err(not_yet(&conference).into());
    }
    let (said, mut errors) = read_outcome(&fields);
    let product = match typed_product(&mut tx, &fields).await? {
        Ok(product) => check_product(&product).map(str::to_owned).map(|producer| (product, producer)),
        Err(text) => Err(text),
    };
    let product = errors.take("product", product);
    let seller = errors.take("place", typed_place(&mut tx, &fields, &conference).await?);
    let (Some((product, producer)), Some(seller), Some((outcome, value, note))) = (product, seller, said) else {
        drop(tx);
        return show_page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let write =
        Write { id: &clock::new_id(), conference: &conference, product: &product, place: &seller.place, outcome, value, note: &note };
    if !store::add_outcome(&mut tx, &write, visit.actor.journal_id(), now).await? {
        drop(tx);
        let mut errors = Errors::default();
        errors.clash(
            "product",
            both(
                "Sản phẩm và nơi bán này đã có kết quả tại hội nghị; hãy sửa dòng đã ghi.",
                "This product and place have an outcome already; correct that line.",
            ),
        );
        return show_page(&visit, &id, Form::with(fields, errors, Tongue::Vi)).await;
    }
    // whoever met came, invited or not
    for (side, body) in [(Side::Producer, Some(&producer)), (Side::Seller, seller.body.as_ref())] {
        if let Some(body) = body {
            store::invite(&mut tx, &conference, side, std::slice::from_ref(body)).await?;
            store::came(&mut tx, &conference, side, body, true).await?;
        }
    }
    let detail = serde_json::json!({
        "note": told(&product.name, &seller.name, outcome, value),
        "set": {"outcome_id": write.id, "product": product.id, "place": seller.place.key(), "outcome": outcome.word(), "value": value, "note": note},
    });
    Note::of("note_outcome", ("conference", &id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go(&format!("/hoi-nghi/{id}"), "da-luu")).await
}

fn told(product: &str, place: &str, outcome: Outcome, value: Option<i64>) -> String {
    let value = value.map(|value| format!(" · {}", dong(value))).unwrap_or_default();
    format!("{product} · {place} · {}{value}", outcome.name())
}

#[derive(Template)]
#[template(path = "conference/outcome.html")]
struct OutcomePage {
    shell: Shell,
    conference: Conference,
    id: String,
    product: String,
    place: String,
    form: Form,
    outcomes: Vec<Choice>,
}

/// An outcome with its conference and the names of its sides.
struct Known {
    conference: Conference,
    outcome: Outcome,
    value: Option<i64>,
    note: String,
    version: i64,
    product: String,
    place: String,
}

async fn known(tx: &mut Tx, visit: &Visit, id: &str, outcome_id: &str) -> Result<Known> {
    let conference = load_own(tx, visit, id).await?;
    let (product, value, outcome, note, version, place) =
        store::outcome(tx, &conference, outcome_id).await?.ok_or_else(Refusal::not_found)?;
    let product = product::store::find(tx, &product).await?.map(|product| product.name).unwrap_or_default();
    let place = match Place::read(&place) {
        Some(Place::Point(id)) => point::store::find(tx, &id).await?.map(|point| point.name),
        Some(Place::Chain(id)) => store::chain(tx, &id).await?,
        None => None,
    };
    Ok(Known { conference, outcome, value, note, version, product, place: place.unwrap_or_default() })
}

fn outcome_page(visit: &Visit, id: &str, known: Known, form: Form) -> Result<Response> {
    let Known { conference, product, place, .. } = known;
    let page =
        OutcomePage {
            shell: visit.shell("Sửa kết quả"), conference, id: id.to_owned(), product, place, form, outcomes: outcome_choices()
        };
    page.form.answer(&page)
}

async fn edit_form(visit: Visit, Path((id, outcome)): Path<(String, String)>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let known = known(&mut tx, &visit, &id, &outcome).await?;
    let mut form = Form::new(Tongue::Vi);
    form.fields.set("version", known.version.to_string());
    form.fields.set("outcome", known.outcome.word());
    form.fields.set("value", known.value.map(dong).unwrap_or_default());
    form.fields.set("outcome_note", known.note.clone());
    outcome_page(&visit, &outcome, known, form)
}

async fn edit(visit: Visit, Path((id, outcome_id)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let known = known(&mut tx, &visit, &id, &outcome_id).await?;
    let (Some((outcome, value, note)), _) = read_outcome(&sent.fields) else {
        let (_, errors) = read_outcome(&sent.fields);
        drop(tx);
        return outcome_page(&visit, &outcome_id, known, Form::with(sent.fields, errors, Tongue::Vi));
    };
    if store::save_outcome(&mut tx, &outcome_id, sent.fields.version(), outcome, value, &note).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({
        "note": told(&known.product, &known.place, outcome, value), "from": {"outcome": known.outcome.word(), "value": known.value, "note": known.note},
        "set": {"outcome_id": outcome_id, "outcome": outcome.word(), "value": value, "note": note},
    });
    Note::of("correct_outcome", ("conference", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/hoi-nghi/{id}"), "da-luu"))
}

async fn remove(visit: Visit, Path((id, outcome_id)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let known = known(&mut tx, &visit, &id, &outcome_id).await?;
    if store::drop_outcome(&mut tx, &outcome_id, sent.fields.version()).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"note": told(&known.product, &known.place, known.outcome, known.value), "outcome_id": outcome_id});
    Note::of("drop_outcome", ("conference", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/hoi-nghi/{id}"), "da-luu"))
}
