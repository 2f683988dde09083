//! The list of support, its totals by year, and asking for it or offering it.

use askama::Template;
use axum::response::Response;
use chrono::{Datelike, NaiveDate};

use super::READERS;
use super::model::{self, Aid, Named, Part, State, Sum, kinds, may_ask, may_keep, priorities, sums};
use super::store::{self, Filter, Row};
use crate::access::{Act, Need, Routes, Scope, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::law::money::Money as Source;
use crate::page::{Ask, Choice, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html, once};
use crate::party::{self, Body};
use crate::region::Today;
use crate::text::{self, Tongue, date_vi};
use crate::typed::past;
use crate::{clock, product};

/// The routes of this file.
pub fn routes() -> Routes {
    const ASKERS: Need = Need::May(Act::AskAid);
    Routes::new()
        .get("/ho-tro-chu-the", READERS, list)
        .get("/ho-tro-chu-the/tong-hop", READERS, totals)
        .get("/ho-tro-chu-the/moi", ASKERS, new_form)
        .post("/ho-tro-chu-the/moi", ASKERS, create)
}

/// Choices of a list of the law.
fn choices(first: &str, list: &[&Named]) -> Vec<Choice> {
    std::iter::once((String::new(), first.to_owned())).chain(list.iter().map(|named| (named.id.clone(), named.vi.clone()))).collect()
}

#[derive(Template)]
#[template(path = "aid/list.html")]
struct ListPage {
    shell: Shell,
    tab: &'static str,
    list: Rows<Row>,
    filter: Filter,
    ask: Ask,
    form: Form,
    whats: Vec<Choice>,
    tabs: Vec<(State, i64)>,
    producer: Option<Body>,
    today: NaiveDate,
    may_ask: bool,
    is_keeper: bool,
}

async fn list(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let ask = Ask::new(&visit).paged_by(&["truoc"]);
    let filter = Filter {
        state: ask.one("trang-thai", State::read),
        what: ask.some("loai").filter(|id| !model::kind_name(id).is_empty()).unwrap_or_default().to_owned(),
        producer: ask.get("chu-the").to_owned(),
        before: ask.get("truoc").to_owned(),
        size: ask.size(30),
    };
    let scope = visit.actor.scope();
    let mut tx = visit.app.db().read().await?;
    let list = store::list(&mut tx, &scope, &filter).await?;
    let counts = store::counts(&mut tx, &scope, &filter.producer).await?;
    let tabs = State::ALL.into_iter().filter_map(|state| counts.iter().find(|(known, _)| *known == state).copied()).collect();
    // a producer is named only where the reader sees something of it
    let producer =
        if filter.producer.is_empty() || counts.is_empty() { None } else { party::store::find(&mut tx, &filter.producer).await? };
    html(&ListPage {
        shell: visit.shell("Hỗ trợ chủ thể"),
        tab: "list",
        whats: choices("Tất cả", &kinds(today)),
        form: ask.form(),
        today: visit.app.clock().today(),
        may_ask: may_ask(&visit.actor),
        is_keeper: may_keep(&visit.actor),
        list,
        filter,
        ask,
        tabs,
        producer,
    })
}

#[derive(Template)]
#[template(path = "aid/totals.html")]
struct TotalsPage {
    shell: Shell,
    tab: &'static str,
    year: i32,
    years: Vec<i32>,
    by: Vec<(&'static str, Vec<Sum>)>,
    all: Part,
    today: NaiveDate,
}

impl TotalsPage {
    fn most(&self, sums: &[Sum]) -> i64 {
        sums.iter().map(|sum| sum.cost).max().unwrap_or(1).max(1)
    }
}

async fn totals(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let first = store::first_grant(&mut tx).await?.map_or(today.year(), |day| day.year()).min(today.year());
    let years: Vec<i32> = (first..=today.year()).rev().collect();
    let year = visit.query.get("nam").parse().ok().filter(|year| years.contains(year)).unwrap_or(today.year());
    let (from, to) = NaiveDate::from_ymd_opt(year, 1, 1).zip(NaiveDate::from_ymd_opt(year + 1, 1, 1)).ok_or_else(Refusal::not_found)?;
    let parts = store::parts(&mut tx, &visit.actor.scope(), from, to).await?;
    let all =
        parts.iter().fold(Part { what: String::new(), source: String::new(), n: 0, cost: 0, delivered: 0, spent: 0 }, |sum, part| Part {
            n: sum.n + part.n,
            cost: sum.cost + part.cost,
            delivered: sum.delivered + part.delivered,
            spent: sum.spent + part.spent,
            ..sum
        });
    html(&TotalsPage {
        shell: visit.shell(&format!("Tổng hợp hỗ trợ chủ thể năm {year}")),
        tab: "totals",
        by: vec![
            ("Nội dung hỗ trợ", sums(&parts, kinds(today).iter().map(|kind| (kind.id.as_str(), kind.vi.as_str())), |part| &part.what)),
            ("Nguồn kinh phí", sums(&parts, Source::all().map(|source| (source.word(), source.name())), |part| &part.source)),
        ],
        year,
        years,
        all,
        today,
    })
}

#[derive(Template)]
#[template(path = "aid/edit.html")]
struct EditPage {
    shell: Shell,
    form: Form,
    whats: Vec<Choice>,
    priorities: Vec<Choice>,
    is_keeper: bool,
    is_producer: bool,
    is_commune: bool,
    notes: Vec<&'static Named>,
}

async fn edit_page(visit: &Visit, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let page = EditPage {
        shell: visit.shell(if may_keep(&visit.actor) { "Đề xuất hỗ trợ chủ thể" } else { "Đề nghị hỗ trợ" }),
        whats: choices("Chọn nội dung", &kinds(today)),
        priorities: choices("Không thuộc diện ưu tiên nào", &priorities(today)),
        is_keeper: may_keep(&visit.actor),
        is_producer: visit.actor.is(Voice::Business),
        is_commune: visit.actor.is(Voice::Commune),
        notes: kinds(today),
        form,
    };
    page.form.answer(&page)
}

fn must_ask(visit: &Visit) -> Result<()> {
    if may_ask(&visit.actor) { Ok(()) } else { Err(Refusal::forbidden().into()) }
}

async fn new_form(visit: Visit) -> Result<Response> {
    must_ask(&visit)?;
    let mut form = Form::new(Tongue::Vi);
    form.fields.set("asked_on", date_vi(visit.app.clock().today()));
    form.fields.set("product", visit.query.get("san-pham"));
    edit_page(&visit, form).await
}

/// The producer that was meant: an account's own body, else by tax code or name within the caller's scope.
async fn maker(tx: &mut Tx, visit: &Visit, fields: &Fields, errors: &mut Errors) -> Result<Option<Body>> {
    let scope = visit.actor.scope();
    if let Scope::Body(body) = &scope {
        return Ok(party::store::find(tx, body).await?);
    }
    let Some(typed) = fields.some("producer") else {
        errors.add("producer", both("Hãy ghi mã số thuế hoặc tên chủ thể.", "Give the tax code or the name of the producer."));
        return Ok(None);
    };
    let mut found = store::makers(tx, typed).await?;
    if let Scope::Unit(unit) = &scope {
        let mut own = Vec::new();
        for body in found {
            if store::is_in_unit(tx, &body.id, unit).await? {
                own.push(body);
            }
        }
        found = own;
    }
    match found.len() {
        1 => return Ok(found.pop()),
        0 => errors.add(
            "producer",
            both(
                format!("Không có chủ thể “{typed}” trong phạm vi của bạn; hãy ghi đúng mã số thuế hoặc tên trong sổ."),
                format!("There is no producer “{typed}” within your scope; give its tax code or its name in the register."),
            ),
        ),
        _ => errors.add(
            "producer",
            both(
                format!("Có nhiều chủ thể tên “{typed}”; hãy ghi mã số thuế."),
                format!("Several producers are called “{typed}”; give the tax code."),
            ),
        ),
    }
    Ok(None)
}

/// The commune of today that some support lies in: that of the product, of the caller, of the producer, or as typed.
async fn place(
    tx: &mut Tx,
    visit: &Visit,
    fields: &Fields,
    body: &Body,
    product: Option<&product::Product>,
    errors: &mut Errors,
) -> Result<Option<String>> {
    let (region, today) = (visit.app.region(), visit.app.clock().today());
    if let Some(unit) = product.and_then(|product| product.unit_today.clone()) {
        return Ok(Some(unit));
    }
    if let Scope::Unit(unit) = visit.actor.scope() {
        return Ok(Some(unit));
    }
    let now = |unit: &str| match region.today(unit, None, today) {
        Today::Known(unit) => Some(unit),
        Today::Unclear(_) => None,
    };
    if let Some(found) = region.of_form(fields, today) {
        let Some(unit) = errors.take("unit", found.map_err(|refusal| refusal.text())) else { return Ok(None) };
        if now(&unit.id).is_none() {
            errors.add("unit", both("Hãy ghi xã, phường hiện nay (tên mới).", "Give the commune of today."));
        }
        return Ok(now(&unit.id));
    }
    if let Some(unit) = body.unit_id.as_deref().and_then(now) {
        return Ok(Some(unit));
    }
    let found = store::unit_of(tx, &body.id).await?;
    if found.is_none() {
        errors.add(
            "unit",
            both("Chưa rõ chủ thể ở xã, phường nào; hãy ghi xã, phường.", "It is not known in which commune the producer is; give it."),
        );
    }
    Ok(found)
}

async fn create(visit: Visit, sent: Sent) -> Result<Response> {
    const TEXT: usize = 2_000;
    must_ask(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let keeper = may_keep(&visit.actor);
    let mut errors = Errors::default();
    let mut tx = once::begin(&visit, &fields).await?;
    let body = maker(&mut tx, &visit, &fields, &mut errors).await?;
    let mut product = None;
    if let (Some(code), Some(body)) = (fields.some("product"), &body) {
        product =
            product::store::find_typed(&mut tx, code).await?.filter(|product| product.producer_id.as_deref() == Some(body.id.as_str()));
        if product.is_none() {
            errors.add(
                "product",
                both(
                    format!("Chủ thể này không có sản phẩm mã “{code}”; hãy kiểm tra lại mã."),
                    format!("This producer has no product “{code}”; check the code."),
                ),
            );
        }
    }
    let what = fields.get("what");
    if !kinds(today).iter().any(|kind| kind.id == what) {
        errors.add("what", both("Hãy chọn nội dung hỗ trợ.", "Choose what the support is."));
    }
    let priority = fields.get("priority");
    if !priority.is_empty() && !priorities(today).iter().any(|known| known.id == priority) {
        errors.add("priority", both("Lý do ưu tiên này không có trong danh sách.", "This reason of priority is not in the list."));
    }
    let detail = fields.get("detail");
    if detail.is_empty() {
        errors.add("detail", both("Hãy ghi rõ cần hỗ trợ gì.", "State what is needed."));
    } else {
        errors.within("detail", detail, TEXT);
    }
    let asked_on = if keeper && fields.some("asked_on").is_some() {
        errors.take("asked_on", past(fields.get("asked_on"), today)).flatten()
    } else {
        Some(today)
    };
    let unit_id = match &body {
        Some(body) => place(&mut tx, &visit, &fields, body, product.as_ref(), &mut errors).await?,
        None => None,
    };
    let (Some(body), Some(asked_on), true) = (body, asked_on, errors.is_empty()) else {
        drop(tx);
        return edit_page(&visit, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let aid = Aid {
        id: clock::new_id(),
        producer_id: body.id,
        product_id: product.map(|product| product.id),
        unit_id,
        side: if keeper { "offer" } else { "request" }.to_owned(),
        asker_id: visit.actor.body_id().map(str::to_owned),
        what: what.to_owned(),
        detail: text::nfc_block(detail),
        priority: priority.to_owned(),
        state: State::Asked,
        state_since: today,
        asked_on,
        granted_on: None,
        cost: None,
        source: String::new(),
        provider_id: None,
        granted_no: String::new(),
        due_on: None,
        delivered_on: None,
        spent: None,
        effect: String::new(),
        effect_on: None,
        asked_effect_on: None,
        reason: String::new(),
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
        updated_at: now,
    };
    aid.insert(&mut tx).await?;
    let told = serde_json::json!({
        "note": format!("{}: {}", aid.what_name(), body.name),
        "set": {
            "producer_id": aid.producer_id, "product_id": aid.product_id, "unit_id": aid.unit_id, "side": aid.side, "what": aid.what, "detail": aid.detail, "priority": aid.priority,
            "state": aid.state.word(), "asked_on": aid.asked_on,
        },
    });
    Note::of(if keeper { "offer_aid" } else { "ask_aid" }, ("aid", &aid.id), told).by(&mut tx, now, &visit.actor).await?;
    super::steps::tell(&mut tx, &visit, &aid, &body.name).await?;
    let answer = once::end(tx, &fields, go(&format!("/ho-tro-chu-the/{}", aid.id), if keeper { "offer_aid" } else { "ask_aid" })).await?;
    visit.app.wake();
    Ok(answer)
}
