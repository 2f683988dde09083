//! Screens of matching: points with little on the shelf, what is proposed for a point and for a product, what a point is
//! looking for.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Place, Want};
use super::propose::{self, Goods, Looked};
use super::store::{self, Shelf};
use crate::access::{Act, Actor, Need, Routes, Scope, Voice};
use crate::clock;
use crate::connection::model::is_office;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::point::list::Row;
use crate::point::{self, Point, State};
use crate::product::{self, Product, group, list};
use crate::text::{Tongue, fold};
use crate::typed;

/// Most proposals on a page.
const SHOWN: usize = 40;
/// Who may say what a point is looking for, if it is theirs to say.
const WANTERS: Need = Need::May(Act::WantProducts);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/ghep-noi", Need::Rows, index)
        .get("/ghep-noi/diem/{id}", Need::Rows, of_point)
        .post("/ghep-noi/diem/{id}/tim", WANTERS, want)
        .post("/ghep-noi/diem/{id}/tim/{want}/bo", WANTERS, unwant)
        .get("/ghep-noi/san-pham/{id}", Need::Rows, of_product)
}

/// Whether a caller proposes connections: either side, or the city.
fn may_propose(actor: &Actor) -> bool {
    is_office(actor) || actor.is(Voice::Business)
}

/// Whether a caller says what a point is looking for.
fn may_want(actor: &Actor, point: &Point) -> bool {
    let own = actor.is(Voice::Business) && actor.confirmed && actor.body_id().is_some() && actor.body_id() == point.operator_id.as_deref();
    own || is_office(actor) || actor.is(Voice::Commune)
}

/// States in which a point takes products, now or soon.
fn takes_products(state: State) -> bool {
    matches!(state, State::Selected | State::Preparing | State::Operating | State::Suspended)
}

/// How many products the points of a tab have: word of the address, name, least and most.
const SHELVES: [(&str, &str, (i64, i64)); 3] =
    [("", "Chưa có sản phẩm nào", (0, 0)), ("it", "1 đến 4 sản phẩm", (1, 4)), ("vua", "5 đến 9 sản phẩm", (5, 9))];

#[derive(Template)]
#[template(path = "matching/index.html")]
struct IndexPage {
    shell: Shell,
    on: &'static str,
    ask: Ask,
    shelves: Rows<Shelf>,
    units: Vec<String>,
    q: String,
    products: Option<Vec<(list::Row, String)>>,
    is_business: bool,
}

async fn index(visit: Visit) -> Result<Response> {
    let (today, scope) = (visit.app.clock().today(), visit.actor.scope());
    let ask = Ask::new(&visit);
    let (on, _, span) = SHELVES.into_iter().find(|(word, ..)| *word == ask.get("ke")).unwrap_or(SHELVES[0]);
    let mut tx = visit.app.db().read().await?;
    let shelves = store::by_shelf(&mut tx, &scope, span, ask.get("sau"), ask.size(20)).await?;
    let units = shelves.rows.iter().map(|row| unit_name(&visit, row.unit_today.as_deref().or(row.unit_id.as_deref()))).collect();
    let (q, is_business) = (ask.get("q").to_owned(), matches!(scope, Scope::Body(_)));
    // a business sees its own without asking; others ask by name
    let products = if q.is_empty() && !is_business {
        None
    } else {
        let under = match &scope {
            Scope::Unit(unit) => Some(visit.app.region().under(unit, today)),
            _ => None,
        };
        let filter = list::Filter { live_on: Some(today), q: fold(&q), size: 20, ..list::Filter::default() };
        let found = list::page(&mut tx, &filter, &scope, under.as_ref()).await?.rows;
        Some(
            found
                .into_iter()
                .map(|row| {
                    let unit = unit_name(&visit, row.unit_today.as_deref().or(row.unit_id.as_deref()));
                    (row, unit)
                })
                .collect(),
        )
    };
    html(&IndexPage { shell: visit.shell("Ghép nối cung cầu"), on, ask, shelves, units, q, products, is_business })
}

fn unit_name(visit: &Visit, unit: Option<&str>) -> String {
    unit.map(|id| visit.app.region().label_dated(id, visit.app.clock().today())).unwrap_or_default()
}

#[derive(Template)]
#[template(path = "matching/point.html")]
struct PointPage {
    shell: Shell,
    point: Point,
    place: Place,
    looked: Looked<Goods>,
    units: Vec<String>,
    groups: Vec<(&'static str, i64)>,
    only: String,
    kinds: Vec<Choice>,
    form: Form,
    may_want: bool,
    may_propose: bool,
    takes: bool,
    today: NaiveDate,
}

async fn of_point(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    point_page(&visit, &id, Form::new(Tongue::Vi)).await
}

async fn point_page(visit: &Visit, id: &str, form: Form) -> Result<Response> {
    let (region, today) = (visit.app.region(), visit.app.clock().today());
    let mut tx = visit.app.db().read().await?;
    let point = point::load(&mut tx, visit, id).await?;
    let weights = store::weights(&mut tx, today).await?;
    let place = propose::place_of(&mut tx, region, &point, today).await?;
    let mut looked = propose::for_point(&mut tx, region, &point, &place, &weights, today).await?;
    let takes = takes_products(point.state);
    let only = visit.query.get("nhom").to_owned();
    looked.found.retain(|(goods, _)| takes && (only.is_empty() || goods.product.group_id == only));
    looked.found.truncate(SHOWN);
    let units = looked
        .found
        .iter()
        .map(|(goods, _)| unit_name(visit, goods.product.unit_today.as_deref().or(goods.product.unit_id.as_deref())))
        .collect();
    let groups = group::all()
        .iter()
        .filter(|group| model::is_goods(&group.id))
        .map(|group| (group.name.as_str(), place.shelf.get(&group.id).copied().unwrap_or(0)))
        .collect();
    let page = PointPage {
        shell: visit.shell(&format!("Ghép nối: {}", point.name)),
        may_want: may_want(&visit.actor, &point) && takes,
        may_propose: may_propose(&visit.actor),
        kinds: std::iter::once((String::new(), "Chọn nhóm".to_owned())).chain(group::choices(Tongue::Vi)).collect(),
        takes,
        point,
        place,
        looked,
        units,
        groups,
        only,
        form,
        today,
    };
    page.form.answer(&page)
}

/// Reads a wish.
fn read_want(fields: &Fields, point_id: &str, today: NaiveDate) -> Result<Want, Errors> {
    let mut errors = Errors::default();
    if group::get(fields.get("group_id")).is_none() {
        errors.add("group_id", both("Hãy chọn nhóm sản phẩm điểm đang tìm.", "Choose the group of products the point is looking for."));
    }
    errors.within("what", fields.get("what"), 120);
    let per_month = fields.some("per_month").and_then(|typed| match typed.replace(['.', ' '], "").parse::<i64>() {
        Ok(count) if (1..=1_000_000_000).contains(&count) => Some(count),
        _ => {
            errors
                .add("per_month", both("Hãy ghi số nguyên lớn hơn 0, hoặc để trống.", "Write a whole number above 0, or leave it empty."));
            None
        }
    });
    match (per_month, fields.get("unit")) {
        (Some(_), "") => errors.add("unit", both("Hãy ghi đơn vị tính, ví dụ kg, hộp.", "Write what is counted, as kg or boxes.")),
        (_, unit) => {
            errors.within("unit", unit, 20);
        }
    }
    let until = errors.take("until", typed::ahead(fields.get("until"), today, 2)).flatten();
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Want {
        id: clock::new_id(),
        point_id: point_id.to_owned(),
        group_id: fields.get("group_id").to_owned(),
        what: fields.get("what").to_owned(),
        per_month,
        unit: per_month.map(|_| fields.get("unit").to_owned()).unwrap_or_default(),
        until,
    })
}

/// A point whose wishes the caller may change.
async fn load_wanting(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Point> {
    let point = point::load(tx, visit, id).await?;
    if !may_want(&visit.actor, &point) {
        return Err(Refusal::forbidden().into());
    }
    if !takes_products(point.state) {
        return Err(Refusal::rule(
            "point-takes-nothing",
            both(
                format!("Điểm này ở trạng thái “{}” nên không nhận sản phẩm.", point.state.name(Tongue::Vi)),
                "This point takes no products in its present state.",
            ),
            both(
                "Chỉ điểm đã được lựa chọn, đang chuẩn bị, đang hoạt động hoặc tạm ngừng mới ghi được nhu cầu.",
                "Only points that were selected, are prepared, run or pause can be looking for goods.",
            ),
        )
        .into());
    }
    Ok(point)
}

async fn want(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    const MOST: usize = 30;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = once::begin(&visit, &sent.fields).await?;
    load_wanting(&mut tx, &visit, &id).await?;
    let known = store::wants(&mut tx, &[&id]).await?.remove(&id).unwrap_or_default();
    let mut read = read_want(&sent.fields, &id, today);
    if known.len() >= MOST {
        let mut errors = Errors::default();
        errors.add(
            "group_id",
            both(
                format!("Điểm đã ghi {MOST} nhu cầu; hãy bỏ bớt nhu cầu cũ."),
                format!("The point has {MOST} wishes; take old ones back."),
            ),
        );
        read = Err(errors);
    }
    let want = match read {
        Ok(want) => want,
        Err(errors) => {
            drop(tx);
            return point_page(&visit, &id, Form::with(sent.fields, errors, Tongue::Vi)).await;
        }
    };
    store::add_want(&mut tx, &want, visit.actor.journal_id(), now).await?;
    let detail = serde_json::json!({
        "note": want.text(), "set": {"want": want.id, "group": want.group_id, "what": want.what, "per_month": want.per_month, "unit": want.unit, "until": want.until},
    });
    Note::of("want_products", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &sent.fields, go(&format!("/ghep-noi/diem/{id}"), "da-luu")).await
}

async fn unwant(visit: Visit, Path((id, want)): Path<(String, String)>) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    load_wanting(&mut tx, &visit, &id).await?;
    let want = store::want(&mut tx, &id, &want).await?.ok_or_else(Refusal::not_found)?;
    store::drop_want(&mut tx, &want.id).await?;
    let detail = serde_json::json!({"note": want.text(), "want": want.id});
    Note::of("unwant_products", ("point", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/ghep-noi/diem/{id}"), "da-luu"))
}

#[derive(Template)]
#[template(path = "matching/product.html")]
struct ProductPage {
    shell: Shell,
    product: Product,
    producer: String,
    unit: String,
    looked: Looked<Row>,
    units: Vec<String>,
    may_propose: bool,
    today: NaiveDate,
}

async fn of_product(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let (region, today) = (visit.app.region(), visit.app.clock().today());
    let mut tx = visit.app.db().read().await?;
    let product = product::pages::load(&mut tx, &visit, &id).await?;
    let weights = store::weights(&mut tx, today).await?;
    let mut looked = propose::for_product(&mut tx, region, &product, &weights, today).await?;
    looked.found.truncate(SHOWN);
    let units = looked.found.iter().map(|(row, _)| unit_name(&visit, row.unit_today.as_deref().or(row.unit_id.as_deref()))).collect();
    let producer = match &product.producer_id {
        Some(id) => store::bodies(&mut tx, &[id]).await?.remove(id).map(|(name, _)| name).unwrap_or_default(),
        None => String::new(),
    };
    let unit = unit_name(&visit, product.unit_today.as_deref().or(product.unit_id.as_deref()));
    html(&ProductPage {
        shell: visit.shell(&format!("Ghép nối: {}", product.name)),
        may_propose: may_propose(&visit.actor),
        product,
        producer,
        unit,
        looked,
        units,
        today,
    })
}
