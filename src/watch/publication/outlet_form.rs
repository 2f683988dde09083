//! Adding, changing and ending a portal; the secret of its page.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::model::{self, COUNTERS, How, Outlet};
use super::pages::{WRITERS, load, may_write, page};
use super::send::FILL_JOB;
use super::store;
use crate::access::Routes;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, html, once};
use crate::region::Level;
use crate::text::{self, Tongue};
use crate::{clock, job, mail, party};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cong-bo/moi", WRITERS, new_form)
        .post("/cong-bo/moi", WRITERS, create)
        .get("/cong-bo/{outlet}/sua", WRITERS, edit_form)
        .post("/cong-bo/{outlet}/sua", WRITERS, edit)
        .post("/cong-bo/{outlet}/ket-thuc", WRITERS, end)
        .post("/cong-bo/{outlet}/lien-ket", WRITERS, rotate)
}

fn must_write(visit: &Visit) -> Result<()> {
    if may_write(&visit.actor) { Ok(()) } else { Err(Refusal::forbidden().into()) }
}

#[derive(Template)]
#[template(path = "publication/form.html")]
struct FormPage {
    shell: Shell,
    form: Form,
    title: &'static str,
    back: String,
    bodies: Vec<Choice>,
    hows: Vec<Choice>,
    counters: Vec<Choice>,
}

async fn form_page(visit: &Visit, id: Option<&str>, form: Form) -> Result<Response> {
    let title = if id.is_some() { "Sửa cổng" } else { "Thêm cổng" };
    let mut bodies = vec![(String::new(), "Chưa gắn với cơ quan nào".to_owned())];
    let mut tx = visit.app.db().read().await?;
    bodies.extend(party::store::offices(&mut tx, visit.app.clock().today()).await?.into_iter().map(|body| (body.id, body.name)));
    drop(tx);
    let page = FormPage {
        shell: visit.shell(title),
        form,
        title,
        back: id.map_or_else(|| "/cong-bo".to_owned(), |id| format!("/cong-bo/{id}")),
        bodies,
        hows: How::ALL.into_iter().map(|(how, name)| (how.word().to_owned(), name.to_owned())).collect(),
        counters: COUNTERS.into_iter().map(|(word, name)| (word.to_owned(), name.to_owned())).collect(),
    };
    page.form.answer(&page)
}

async fn new_form(visit: Visit) -> Result<Response> {
    must_write(&visit)?;
    let fields = Fields::new([("how".to_owned(), "mail".to_owned()), ("valid_from".to_owned(), text::date_vi(visit.app.clock().today()))]);
    form_page(&visit, None, Form::with(fields, Errors::default(), Tongue::Vi)).await
}

/// Reads the form into a portal; what is wrong goes to its fields.
async fn read(visit: &Visit, fields: &Fields, mut outlet: Outlet) -> Result<(Outlet, Errors)> {
    let mut errors = Errors::default();
    let today = visit.app.clock().today();
    outlet.name = fields.get("name").to_owned();
    if outlet.name.is_empty() || outlet.name.chars().count() > 200 {
        errors.add("name", both("Hãy nhập tên cổng, tối đa 200 ký tự.", "Enter the name of the portal, at most 200 characters."));
    }
    outlet.sort = text::sort_key(&outlet.name);
    if let Some(address) = errors.take("address", model::web_address(fields.get("address"))) {
        outlet.address = address;
    }
    match How::read(fields.get("how")) {
        Some(how) => outlet.how = how,
        None => errors.add("how", both("Hãy chọn cách gửi.", "Choose how it is told.")),
    }
    outlet.mail = match fields.some("mail") {
        Some(typed) => errors.take("mail", mail::address(typed)).unwrap_or_default(),
        None if outlet.how == How::Mail => {
            errors.add(
                "mail",
                both("Cổng nhận đề nghị bằng thư thì phải có địa chỉ thư điện tử.", "A portal that is told by mail needs a mail address."),
            );
            String::new()
        }
        None => String::new(),
    };
    if let Some(origin) = errors.take("origin", model::origin(fields.get("origin"))) {
        outlet.origin = origin;
    }
    match COUNTERS.iter().find(|(word, _)| *word == fields.get("counter")) {
        Some((word, _)) => outlet.counter = (*word).to_owned(),
        None => errors.add("counter", both("Hãy chọn cổng này hiện những điểm nào.", "Choose which points this portal shows.")),
    }
    outlet.unit_id = match visit.app.region().of_form(fields, today) {
        None => None,
        Some(found) => {
            let unit = errors.take("unit", found.map_err(|refusal| refusal.text()));
            unit.filter(|unit| unit.level != Level::Province).map(|unit| unit.id.clone())
        }
    };
    let scope = visit.actor.scope();
    if let Some(Some(own)) = store::bound_to(&scope)
        && outlet.unit_id.as_deref() != Some(own)
    {
        errors.add("unit", both("Bạn chỉ được ghi cổng của địa bàn mình.", "You may only record portals of your own unit."));
    }
    match text::parse_date(fields.get("valid_from")) {
        Ok(day) => outlet.valid_from = day,
        Err(error) => errors.add("valid_from", both(error.text(Tongue::Vi), error.text(Tongue::En))),
    }
    if outlet.valid_to.is_some_and(|to| to <= outlet.valid_from) {
        errors.add("valid_from", both("Ngày bắt đầu phải trước ngày kết thúc đã ghi.", "The first day must come before the recorded end."));
    }
    outlet.source = fields.get("source").to_owned();
    if outlet.source.is_empty() || outlet.source.chars().count() > 300 {
        errors.add("source", both("Hãy ghi văn bản làm căn cứ, tối đa 300 ký tự.", "State the paper it rests on, at most 300 characters."));
    }
    outlet.body_id = fields.some("body_id").map(str::to_owned);
    if let Some(body) = &outlet.body_id {
        let mut tx = visit.app.db().read().await?;
        if party::store::find(&mut tx, body).await?.is_none() {
            errors.add("body_id", both("Cơ quan này không có trong danh sách.", "This body is not in the list."));
        }
    }
    Ok((outlet, errors))
}

/// What the journal says of a portal.
fn detail(outlet: &Outlet) -> serde_json::Value {
    serde_json::json!({"set": {"name": outlet.name, "body_id": outlet.body_id, "address": outlet.address, "mail": outlet.mail, "how": outlet.how.word(), "origin": outlet.origin,
        "unit_id": outlet.unit_id, "counter": outlet.counter, "valid_from": outlet.valid_from, "source": outlet.source}})
}

#[derive(Template)]
#[template(path = "publication/secret.html")]
struct SecretPage {
    shell: Shell,
    outlet: Outlet,
    link: String,
}

/// The address of a portal's page, told once.
fn told(visit: &Visit, outlet: Outlet, secret: &str) -> Result<Response> {
    html(&SecretPage {
        shell: visit.shell("Liên kết xác nhận của cổng"),
        link: format!("{}/cong/{secret}", visit.app.config().base_url),
        outlet,
    })
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    must_write(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let id = clock::new_id();
    let secret = visit.app.keyring().link_secret(&id, 1)?;
    let blank = Outlet {
        id,
        name: String::new(),
        sort: String::new(),
        body_id: None,
        address: String::new(),
        mail: String::new(),
        how: How::Mail,
        origin: String::new(),
        unit_id: None,
        counter: String::new(),
        secret_hash: clock::digest(secret.as_bytes()),
        secret_no: 1,
        valid_from: today,
        valid_to: None,
        filled_on: None,
        reminded_on: None,
        source: String::new(),
        demo: false,
        version: 1,
    };
    let (outlet, errors) = read(&visit, &sent.fields, blank).await?;
    if !errors.is_empty() {
        return form_page(&visit, None, Form::with(sent.fields, errors, Tongue::Vi)).await;
    }
    let mut tx = once::begin(&visit, &sent.fields).await?;
    store::add_outlet(&mut tx, &outlet, visit.actor.journal_id(), now).await?;
    Note::of("add_outlet", ("outlet", &outlet.id), detail(&outlet)).by(&mut tx, now, &visit.actor).await?;
    job::queue(&mut tx, now, FILL_JOB, &outlet.id, visit.actor.journal_id()).await?;
    once::answer(&mut tx, &sent.fields, &format!("/cong-bo/{}", outlet.id)).await?;
    tx.commit().await?;
    visit.app.wake();
    told(&visit, outlet, &secret)
}

async fn edit_form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let outlet = load(&mut tx, &visit, &id).await?;
    drop(tx);
    must_write(&visit)?;
    let unit = outlet.unit_id.as_deref().map(|unit| visit.app.region().label(unit)).unwrap_or_default();
    let fields = [
        ("version", outlet.version.to_string()),
        ("name", outlet.name),
        ("address", outlet.address),
        ("how", outlet.how.word().to_owned()),
        ("mail", outlet.mail),
        ("origin", outlet.origin),
        ("counter", outlet.counter),
        ("unit", unit),
        ("unit_id", outlet.unit_id.unwrap_or_default()),
        ("body_id", outlet.body_id.unwrap_or_default()),
        ("valid_from", text::date_vi(outlet.valid_from)),
        ("source", outlet.source),
    ];
    form_page(
        &visit,
        Some(&id),
        Form::with(Fields::new(fields.map(|(name, value)| (name.to_owned(), value))), Errors::default(), Tongue::Vi),
    )
    .await
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().read().await?;
    let before = load(&mut tx, &visit, &id).await?;
    drop(tx);
    must_write(&visit)?;
    let (mut outlet, errors) = read(&visit, &sent.fields, before.clone()).await?;
    if !errors.is_empty() {
        return form_page(&visit, Some(&id), Form::with(sent.fields, errors, Tongue::Vi)).await;
    }
    if sent.fields.version() != before.version {
        return Err(Refusal::stale().into());
    }
    let covers = |outlet: &Outlet| (outlet.how, outlet.unit_id.clone(), outlet.counter.clone(), outlet.valid_from);
    let is_other = covers(&outlet) != covers(&before);
    if is_other {
        outlet.filled_on = None;
    }
    let mut tx = visit.app.db().write().await?;
    if store::save_outlet(&mut tx, &outlet).await? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of("edit_outlet", ("outlet", &id), detail(&outlet)).by(&mut tx, now, &visit.actor).await?;
    if is_other {
        job::queue(&mut tx, now, FILL_JOB, &id, visit.actor.journal_id()).await?;
    }
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/cong-bo/{id}"), "da-luu"))
}

/// From a day on a portal need not show anything; what it showed stays in the record.
async fn end(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    let mut outlet = load(&mut tx, &visit, &id).await?;
    must_write(&visit)?;
    let mut errors = Errors::default();
    let to = sent.fields.day("valid_to", &mut errors);
    if to.is_some_and(|to| to < today || to <= outlet.valid_from) {
        errors.add(
            "valid_to",
            both(
                "Ngày kết thúc phải sau ngày bắt đầu và không ở quá khứ.",
                "The end must come after the beginning and not lie in the past.",
            ),
        );
    }
    let reason = sent.fields.get("reason").to_owned();
    if reason.is_empty() || reason.chars().count() > 300 {
        errors.add("reason", both("Hãy ghi lý do hoặc văn bản, tối đa 300 ký tự.", "State the reason or paper, at most 300 characters."));
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, None, Form::with(sent.fields, errors, Tongue::Vi)).await;
    }
    outlet.valid_to = to;
    if sent.fields.version() != outlet.version || store::save_outlet(&mut tx, &outlet).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"reason": reason, "set": {"valid_to": to}});
    Note::of("end_outlet", ("outlet", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/cong-bo/{id}"), "da-luu"))
}

/// A new secret; the old address stops working at once.
async fn rotate(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let mut tx = visit.app.db().write().await?;
    let mut outlet = load(&mut tx, &visit, &id).await?;
    must_write(&visit)?;
    outlet.secret_no += 1;
    let secret = visit.app.keyring().link_secret(&id, outlet.secret_no)?;
    outlet.secret_hash = clock::digest(secret.as_bytes());
    if sent.fields.version() != outlet.version || store::save_outlet(&mut tx, &outlet).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"set": {"secret_no": outlet.secret_no}});
    Note::of("outlet_secret", ("outlet", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    told(&visit, outlet, &secret)
}
