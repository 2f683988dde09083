//! Public pages of products: the list of those with a valid certificate, and one product, which says whether its certificate
//! is valid, lapsed or withdrawn, and since when.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::pages::public;
use super::words;
use crate::access::{Need, Routes, Scope};
use crate::connection;
use crate::connection::shelf::{At, Place};
use crate::error::{Refusal, Result};
use crate::file::{self, Attachment};
use crate::page::{Ask, Choice, Form, Rows, Shell, Visit};
use crate::party::{self, Body};
use crate::product::list::{self, Filter, Origin, Row};
use crate::product::model::{Certificate, Standing, standing};
use crate::product::pages::star_choices;
use crate::product::{Product, State, group, store};
use crate::region::{Hit, Level};
use crate::text::{self, Tongue};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/san-pham", Need::Public, products)
        .get("/en/san-pham", Need::Public, products)
        .get("/san-pham/{slug}", Need::Public, product)
        .get("/en/san-pham/{slug}", Need::Public, product)
}

/// The picture that stands for a group where there is no photo.
fn group_picture(group_id: &str) -> String {
    match group::get(group_id) {
        Some(group) => crate::page::asset(&format!("img/group-{}.svg", group.id)),
        None => crate::page::asset("img/kind-unknown.svg"),
    }
}

struct Card {
    row: Row,
    picture: String,
    place: String,
}

#[derive(Template)]
#[template(path = "portal/products.html")]
struct ProductsPage {
    shell: Shell,
    form: Form,
    list: Rows<Card>,
    groups: Vec<Choice>,
    stars: Vec<Choice>,
    ask: Ask,
    count: String,
    elsewhere: String,
    origins: Vec<Choice>,
    hits: Vec<Hit>,
    is_filtered: bool,
}

impl ProductsPage {
    /// The same list under another unit.
    fn under(&self, hit: &Hit) -> String {
        self.ask.with(&[("unit", &hit.label), ("unit_id", &hit.unit_id)])
    }
}

/// So many are counted where no counter knows; beyond that it is "more than".
const COUNTED: i64 = 500;

async fn products(visit: Visit) -> Result<Response> {
    let (lang, today, region) = (visit.lang, visit.app.clock().today(), visit.app.region());
    let mut ask = Ask::new(&visit);
    let unit = ask.unit(&visit);
    let filter = Filter {
        live_on: Some(today),
        group: ask.one("group", group::get).map(|group| group.id.clone()),
        stars: ask.one("stars", |typed| typed.parse().ok()),
        from: Origin::read(ask.get("origin")),
        under: unit.filter(|unit| unit.level != Level::Province).map(|unit| region.under(&unit.id, today)),
        q: ask.text(),
        after: ask.after().filter(|key| crate::page::read_key(key).is_some()),
        size: ask.size(24),
        ..Filter::default()
    };
    let mut tx = visit.app.db().read().await?;
    let found = list::page(&mut tx, &filter, &Scope::All, None).await?;
    let was_counted = !filter.q.is_empty() || filter.under.is_some();
    let (mut count, mut elsewhere) = (0, 0);
    for (from, counted) in [(Origin::Here, &mut count), (Origin::Elsewhere, &mut elsewhere)] {
        if filter.from == Origin::Any || filter.from == from {
            *counted = list::count_live(&mut tx, &Filter { from, ..filter.clone() }, today, COUNTED).await?;
        }
    }
    let mut hits = Vec::new();
    for other in
        unit.filter(|_| found.rows.is_empty() && filter.after.is_none()).map(|unit| region.instead_of(&unit.id)).unwrap_or_default()
    {
        let wanted = Filter { under: Some(region.under(&other.id, today)), ..filter.clone() };
        let n = list::count_live(&mut tx, &wanted, today, COUNTED).await?;
        hits.extend(Hit::new(region, other, n.min(COUNTED) as usize, n > COUNTED, ("sản phẩm", "products"), today, lang));
    }
    let ids: Vec<&str> = found.rows.iter().map(|row| row.id.as_str()).collect();
    let pictures = super::store::first_pictures(&mut tx, "product", &ids).await?;
    drop(tx);
    let list = found.map(|row| Card {
        picture: pictures.get(&row.id).map_or_else(|| group_picture(&row.group_id), |picture| format!("/anh/{picture}?co=nho")),
        place: words::source(region, &row.origin, row.unit_id.as_deref(), row.unit_today.as_deref(), today, lang),
        row,
    });
    let many = |count: i64, was_counted: bool| {
        if was_counted && count > COUNTED {
            format!("{} {}", lang.t("product.more_than"), words::number(COUNTED, lang))
        } else {
            words::number(count, lang)
        }
    };
    let empty = |text: &str| (String::new(), text.to_owned());
    let page = ProductsPage {
        shell: visit.shell(lang.t("product.heading")),
        list,
        groups: std::iter::once(empty(lang.t("product.any_group"))).chain(group::choices(lang)).collect(),
        stars: star_choices("")
            .into_iter()
            .map(
                |(value, label)| {
                    if value.is_empty() { empty(lang.t("product.any_stars")) } else { (value.clone(), star_words(&value, &label, lang)) }
                },
            )
            .collect(),
        hits,
        elsewhere: if elsewhere == 0 { String::new() } else { many(elsewhere, true) },
        origins: ["", "here", "elsewhere"]
            .iter()
            .zip(["product.anywhere", "product.of_here", "product.of_elsewhere"])
            .map(|(word, text)| ((*word).to_owned(), lang.t(text).to_owned()))
            .collect(),
        is_filtered: ["q", "unit", "group", "stars", "origin"].iter().any(|name| ask.some(name).is_some()),
        form: ask.form(),
        ask,
        count: many(count, was_counted),
    };
    public(&visit, &page)
}

fn star_words(value: &str, label: &str, lang: Tongue) -> String {
    if lang == Tongue::Vi { label.to_owned() } else { format!("{value} stars") }
}

#[derive(Template)]
#[template(path = "portal/product.html")]
struct ProductPage {
    shell: Shell,
    product: Product,
    state: State,
    since: Option<NaiveDate>,
    certificate: Certificate,
    group: &'static str,
    producer: Option<Body>,
    place: String,
    photos: Vec<Attachment>,
    illustration: String,
    description: String,
    linked_data: String,
    shared_picture: String,
    list_path: String,
    places: Vec<Place>,
    today: NaiveDate,
    origin: String,
}

async fn product(visit: Visit, Path(slug): Path<String>) -> Result<Response> {
    let (lang, today, region) = (visit.lang, visit.app.clock().today(), visit.app.region());
    let base = &visit.app.config().base_url;
    let mut tx = visit.app.db().read().await?;
    let product = store::find_by_slug(&mut tx, &slug).await?.ok_or_else(Refusal::not_found)?;
    let certificates = store::certificates(&mut tx, &product.id).await?;
    let Standing { state, certificate, since } = standing(&certificates, today);
    // what was never recognised is nobody's OCOP product
    let certificate = certificate.cloned().ok_or_else(Refusal::not_found)?;
    let producer = match &product.producer_id {
        Some(id) => party::store::find(&mut tx, id).await?,
        None => None,
    };
    let mut photos = file::of(&mut tx, "product", &product.id).await?;
    let places = connection::shelf::of_product(&mut tx, &product.id, today).await?;
    let claims = connection::store::claims(&mut tx, &product.id).await?;
    let origin =
        claims.into_iter().find(|claim| claim.holds(today) && !claim.origin.is_empty()).map(|claim| claim.origin).unwrap_or_default();
    drop(tx);
    photos.retain(|photo| photo.is_public);
    photos.truncate(12);
    let shared_picture = photos.first().map(|photo| format!("{base}/anh/{}", photo.id)).unwrap_or_default();
    let place = match product.origin.as_str() {
        "" => words::whole_place(region, product.unit_id.as_deref(), product.unit_today.as_deref(), today, lang),
        origin => format!("{} {origin}", lang.t("product.from")),
    };
    let shell = visit.shell(&product.name);
    let description = if product.description.is_empty() { format!("{} – {place}", product.name) } else { product.description.clone() };
    let linked_data = linked_data(&product, state, &certificate, producer.as_ref(), &format!("{base}{}", shell.path), &shared_picture);
    let page = ProductPage {
        group: group::name(&product.group_id, lang),
        illustration: group_picture(&product.group_id),
        description: text::clip(&description, 155),
        list_path: format!("{}/san-pham", lang.prefix()),
        shell,
        state,
        since,
        certificate,
        producer,
        place,
        photos,
        places,
        today,
        origin,
        linked_data,
        shared_picture,
        product,
    };
    public(&visit, &page)
}

/// schema.org `Product` with its certification.
fn linked_data(product: &Product, state: State, certificate: &Certificate, producer: Option<&Body>, url: &str, picture: &str) -> String {
    let mut data = serde_json::json!({
        "@context": "https://schema.org", "@type": "Product", "@id": url, "url": url, "name": product.name, "sku": (!product.code.is_empty()).then_some(&product.code), "category": group::name(&product.group_id, Tongue::En),
        "hasCertification": {
            "@type": "Certification", "name": "OCOP", "certificationIdentification": certificate.number, "datePublished": certificate.decided_on, "validFrom": certificate.valid_from,
            "expires": certificate.ends_on().pred_opt(), "certificationStatus": if state == State::Live { "https://schema.org/CertificationActive" } else { "https://schema.org/CertificationInactive" },
            "certificationRating": {"@type": "Rating", "ratingValue": certificate.stars, "bestRating": 5, "worstRating": 1},
        },
    });
    if !product.origin.is_empty() {
        data["countryOfOrigin"] = product.origin.clone().into();
    }
    if !product.description.is_empty() {
        data["description"] = product.description.clone().into();
    }
    if !picture.is_empty() {
        data["image"] = picture.into();
    }
    if let Some(body) = producer {
        data["manufacturer"] = serde_json::json!({"@type": "Organization", "name": body.name});
    }
    if let (Some(price), State::Live) = (product.price, state) {
        data["offers"] = serde_json::json!({"@type": "Offer", "price": price, "priceCurrency": "VND"});
    }
    words::script_json(&data)
}
