//! One support: what it is, and granting, declining, delivering, giving up, noting its effect.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::READERS;
use super::model::{Aid, May, State, may_grant, sources};
use super::store;
use crate::access::{Act, Need, Of, Readers, Routes, Voice, Who};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::{self, Entry, Note};
use crate::law::money::Money as Source;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go};
use crate::party::{self, Body};
use crate::product::{self, Product, model::KEEPER};
use crate::text::{Tongue, date_vi};
use crate::typed::{ahead, money, past};
use crate::{mail, setting};

/// Longest line and longest text.
const LINE: usize = 300;
const TEXT: usize = 2_000;

/// The routes of this file.
pub fn routes() -> Routes {
    const DOERS: Need = Need::May(Act::AskAid);
    Routes::new().get("/ho-tro-chu-the/{id}", READERS, show).post("/ho-tro-chu-the/{id}/{step}", DOERS, step)
}

async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Aid> {
    Ok(store::find(tx, id).await?.filter(|aid| aid.in_scope(&visit.actor.scope())).ok_or_else(Refusal::not_found)?)
}

#[derive(Template)]
#[template(path = "aid/show.html")]
struct ShowPage {
    shell: Shell,
    aid: Aid,
    producer: Option<Body>,
    product: Option<Product>,
    provider: Option<Body>,
    unit: String,
    may: May,
    sources: Vec<Choice>,
    form: Form,
    today: NaiveDate,
    effect_days: i64,
    history: Vec<Entry>,
}

impl ShowPage {
    fn over(&self) -> Option<i64> {
        self.aid.spent.zip(self.aid.cost).map(|(spent, cost)| spent - cost).filter(|over| *over > 0)
    }

    fn has(&self, field: &str) -> bool {
        !self.form.error(field).is_empty()
    }
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    show_page(&visit, &id, None).await
}

async fn show_page(visit: &Visit, id: &str, typed: Option<(Fields, Errors)>) -> Result<Response> {
    const LINES: i64 = 50;
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let aid = load(&mut tx, visit, id).await?;
    let (fields, errors) = typed.unwrap_or_else(|| {
        let mut fields = Fields::default();
        fields.set("granted_on", date_vi(today));
        fields.set("delivered_on", date_vi(today));
        fields.set("effect", aid.effect.clone());
        (fields, Errors::default())
    });
    let provider = match &aid.provider_id {
        Some(id) => party::store::find(&mut tx, id).await?,
        None => None,
    };
    let product = match &aid.product_id {
        Some(id) => product::store::find(&mut tx, id).await?,
        None => None,
    };
    let page = ShowPage {
        shell: visit.shell(&format!("Hỗ trợ: {}", aid.what_name())),
        producer: party::store::find(&mut tx, &aid.producer_id).await?,
        unit: aid.unit_id.as_deref().map(|unit| visit.app.region().label_dated(unit, today)).unwrap_or_default(),
        may: May::of(&visit.actor, &aid),
        sources: std::iter::once((String::new(), "Chọn nguồn".to_owned()))
            .chain(sources(&visit.actor, aid.asked_on).into_iter().map(|source| (source.word().to_owned(), source.name().to_owned())))
            .collect(),
        form: Form::with(fields, errors, Tongue::Vi),
        effect_days: setting::value(&mut tx, "aid_effect_days", today).await?,
        history: journal::history(&mut tx, "aid", id, i64::MAX, LINES).await?,
        product,
        provider,
        today,
        aid,
    };
    page.form.answer(&page)
}

/// Takes a step, as its form asks; the word is the verb of the journal.
async fn step(visit: Visit, Path((id, word)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let now = visit.app.clock().now();
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let before = load(&mut tx, &visit, &id).await?;
    let may = May::of(&visit.actor, &before);
    let mut errors = Errors::default();
    let (verb, allowed, read): (&str, bool, Read) = match word.as_str() {
        "ho-tro" => ("grant_aid", may.give, grant),
        "khong" => ("decline_aid", may.decline, decline),
        "xong" => ("deliver_aid", may.give, deliver),
        "rut" => ("withdraw_aid", may.withdraw, withdraw),
        "ket-qua" => ("aid_effect", may.tell, effect),
        _ => return Err(Refusal::not_found().into()),
    };
    if !may.anything() || !allowed {
        return Err(closed(&before).into());
    }
    let after = read(&visit, &fields, before.clone(), &mut errors)?;
    if !errors.is_empty() {
        drop(tx);
        return show_page(&visit, &id, Some((fields, errors))).await;
    }
    if before.version != fields.version() || store::save(&mut tx, &after, before.version, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({
        "reason": after.reason, "number": if verb == "grant_aid" { after.granted_no.as_str() } else { "" },
        "set": {
            "state": after.state.word(), "state_since": after.state_since, "granted_on": after.granted_on, "cost": after.cost, "source": after.source, "provider_id": after.provider_id,
            "granted_no": after.granted_no, "due_on": after.due_on, "delivered_on": after.delivered_on, "spent": after.spent, "effect": after.effect, "effect_on": after.effect_on,
        },
    });
    Note::of(verb, ("aid", &id), detail).by(&mut tx, now, &visit.actor).await?;
    if after.state != before.state {
        let producer = party::store::find(&mut tx, &after.producer_id).await?.map(|body| body.name).unwrap_or_default();
        tell(&mut tx, &visit, &after, &producer).await?;
    }
    tx.commit().await?;
    visit.app.wake();
    Ok(go(&format!("/ho-tro-chu-the/{id}"), verb))
}

type Read = fn(&Visit, &Fields, Aid, &mut Errors) -> Result<Aid>;

fn closed(aid: &Aid) -> Refusal {
    Refusal::rule(
        "aid-closed",
        both(
            format!("Hỗ trợ đang ở trạng thái “{}”; bạn không làm được bước này lúc này.", aid.state.name()),
            format!("It is “{}”; you cannot take this step now.", aid.state.word()),
        ),
        both("Hãy mở lại hỗ trợ này để xem các bước có thể làm.", "Open it again to see the steps it allows."),
    )
}

fn grant(visit: &Visit, fields: &Fields, aid: Aid, errors: &mut Errors) -> Result<Aid> {
    let today = visit.app.clock().today();
    let mut after = aid.to(State::Granted, "", today)?;
    let granted_on = errors.take("granted_on", past(fields.get("granted_on"), today));
    match granted_on {
        Some(None) => errors.add("granted_on", both("Hãy ghi ngày quyết định hỗ trợ.", "Give the day on which it was granted.")),
        Some(Some(day)) if day < after.asked_on => errors.add(
            "granted_on",
            both(
                format!("Ngày quyết định trước ngày đề nghị ({}).", date_vi(after.asked_on)),
                format!("It was granted before it was asked for ({}).", date_vi(after.asked_on)),
            ),
        ),
        _ => {}
    }
    after.granted_on = granted_on.flatten();
    let day = after.granted_on.unwrap_or(today);
    after.cost = errors.take("cost", money(fields.get("cost")));
    let source = Source::read(fields.get("source"));
    match source {
        None => errors.add("source", both("Hãy chọn nguồn kinh phí.", "Choose the source of money.")),
        Some(source) if !source.holds(day) => {
            errors.add(
                "source",
                both(
                    format!("Ngày {} không còn nguồn “{}”; hãy chọn nguồn khác.", date_vi(day), source.name()),
                    format!("There was no “{}” on {}; choose another source.", source.en(), date_vi(day)),
                ),
            );
        }
        Some(source) if !may_grant(&visit.actor, source) => {
            errors.add(
                "source",
                both(
                    "Xã, phường không quyết định nguồn này; hãy chọn nguồn khác hoặc để Thành phố quyết định.",
                    "A commune does not dispose of this source; choose another or leave it to the city.",
                ),
            );
        }
        Some(source) => after.source = source.word().to_owned(),
    }
    after.granted_no = fields.get("granted_no").to_owned();
    let public = source.is_some_and(Source::is_public);
    if after.granted_no.is_empty() && public {
        errors.add(
            "granted_no",
            both("Hãy ghi số văn bản; ngân sách nhà nước cần văn bản quyết định.", "Give the number of the paper; public money needs one."),
        );
    } else {
        errors.within("granted_no", &after.granted_no, LINE);
    }
    after.due_on = errors.take("due_on", ahead(fields.get("due_on"), day, 5)).flatten();
    if fields.some("due_on").is_none() {
        errors.add("due_on", both("Hãy ghi hạn hoàn thành.", "Give the day by which it is done."));
    }
    after.provider_id = visit.actor.body_id().map(str::to_owned);
    Ok(after)
}

fn deliver(visit: &Visit, fields: &Fields, aid: Aid, errors: &mut Errors) -> Result<Aid> {
    let today = visit.app.clock().today();
    let mut after = aid.to(State::Delivered, "", today)?;
    let day = errors.take("delivered_on", past(fields.get("delivered_on"), today));
    match (day, after.granted_on) {
        (Some(None), _) => errors.add("delivered_on", both("Hãy ghi ngày hoàn thành.", "Give the day on which it was done.")),
        (Some(Some(day)), Some(granted)) if day < granted => errors.add(
            "delivered_on",
            both(
                format!("Ngày hoàn thành trước ngày quyết định hỗ trợ ({}).", date_vi(granted)),
                format!("It was done before it was granted ({}).", date_vi(granted)),
            ),
        ),
        _ => {}
    }
    after.delivered_on = day.flatten();
    after.spent = errors.take("spent", money(fields.get("spent")));
    Ok(after)
}

fn decline(visit: &Visit, fields: &Fields, aid: Aid, errors: &mut Errors) -> Result<Aid> {
    let reason = fields.must("decline_reason", LINE, both("Hãy ghi lý do không hỗ trợ.", "State why it is declined."), errors);
    Ok(aid.to(State::Declined, &reason, visit.app.clock().today())?)
}

fn withdraw(visit: &Visit, fields: &Fields, aid: Aid, errors: &mut Errors) -> Result<Aid> {
    let reason = fields.must("withdraw_reason", LINE, both("Hãy ghi lý do rút.", "State why it is given up."), errors);
    Ok(aid.to(State::Withdrawn, &reason, visit.app.clock().today())?)
}

fn effect(visit: &Visit, fields: &Fields, mut aid: Aid, errors: &mut Errors) -> Result<Aid> {
    aid.effect = fields.must("effect", TEXT, both("Hãy ghi kết quả của hỗ trợ.", "State what came of it."), errors);
    aid.effect_on = Some(visit.app.clock().today());
    Ok(aid)
}

#[derive(Template)]
#[template(path = "aid/letter_state.txt", whitespace = "preserve")]
struct StateLetter<'a> {
    aid: &'a Aid,
    producer: &'a str,
    base: &'a str,
}

/// Tells the other side: the city of what is asked, the producer and its commune of what is decided.
pub(super) async fn tell(tx: &mut Tx, visit: &Visit, aid: &Aid, producer: &str) -> Result<()> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let (who, of): (Who, _) = match aid.state == State::Asked && aid.side == "request" {
        true => (Act::KeepProducts.into(), Of::Power(KEEPER)),
        false => (Voice::Business.into(), Of::Body(&aid.producer_id)),
    };
    let mut readers = Readers::find(tx, who, of, today).await?;
    readers.add(tx, Voice::Commune, aid.unit_id.as_deref().map(Of::Unit), today).await?;
    let text = StateLetter { aid, producer, base: &visit.app.config().base_url };
    mail::letter(tx, now, readers, &format!("Hỗ trợ chủ thể OCOP: {}", aid.what_name()), &text).await?;
    Ok(())
}
