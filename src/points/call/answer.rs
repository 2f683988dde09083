//! What an addressee answers: how many points, which, with what money; or none, and why.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;

use super::model::{self, Call, Money, Proposal, Reply, Said, sources};
use super::{answers_for, store};
use crate::access::{Act, Need, Routes, Scope};
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::law::money::Money as Source;
use crate::page::{Errors, Field, Fields, Form, Sent, Shell, Visit, go};
use crate::point;
use crate::prospect;
use crate::text::{Tongue, dong};
use crate::typed::money;

/// Who answers.
const ANSWERERS: Need = Need::May(Act::AnswerCalls);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/dot-de-nghi/{id}/tra-loi", ANSWERERS, form).post("/dot-de-nghi/{id}/tra-loi", ANSWERERS, send)
}

/// Something that can be ticked: id, name, address.
struct Offer {
    id: String,
    name: String,
    address: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "call/answer.html")]
struct AnswerPage {
    shell: Shell,
    call: Call,
    reply: Reply,
    proposals: Vec<Proposal>,
    money: Vec<(String, i64)>,
    form: Form,
    prospects: Vec<Offer>,
    points: Vec<Offer>,
    today: NaiveDate,
    is_open: bool,
    may_mobilise: bool,
}

impl AnswerPage {
    fn amounts(&self) -> Vec<Field> {
        sources(self.today)
            .into_iter()
            .map(|source| self.form.text(&field(source.word()), source.name()).limit(30).with("inputmode", "numeric"))
            .collect()
    }

    fn sum(&self) -> i64 {
        self.money.iter().map(|(_, amount)| amount).sum()
    }
}

fn field(source: &str) -> String {
    format!("money-{source}")
}

/// The call and the reader's own answer to it; somebody else's does not exist.
async fn load(tx: &mut Tx, visit: &Visit, id: &str) -> Result<(Call, Reply)> {
    let (body, unit) = answers_for(&visit.actor);
    let call = store::find(tx, id).await?.filter(|call| call.state != model::State::Draft).ok_or_else(Refusal::not_found)?;
    let reply = store::reply_of(tx, id, &body, &unit).await?.ok_or_else(Refusal::not_found)?;
    Ok((call, reply))
}

/// Prospects and records of the reader's area that can be proposed, and those that the answer has already.
async fn offers(tx: &mut Tx, visit: &Visit, reply: &Reply) -> Result<(Vec<Offer>, Vec<Offer>)> {
    const MOST: i64 = 50;
    let today = visit.app.clock().today();
    // a department sees the whole city, but proposes what it works on itself
    let scope = match visit.actor.scope() {
        Scope::All => Scope::Body(reply.body_id.clone()),
        scope => scope,
    };
    let filter = prospect::store::Filter { state: Some(prospect::State::Open), size: MOST, ..Default::default() };
    let found = prospect::store::list(tx, &scope, &filter, today).await?.rows;
    let mut prospects: Vec<Offer> =
        found.into_iter().map(|row| Offer { id: row.id, name: row.name, address: row.address, chosen: false }).collect();
    let mut points = Vec::new();
    for state in [point::State::Draft, point::State::Returned, point::State::Nominated] {
        let rows = point::list::waiting(tx, &scope, state, MOST).await?;
        points.extend(rows.into_iter().map(|row| Offer { id: row.id, name: row.name, address: row.address, chosen: false }));
    }
    for line in store::proposals(tx, &reply.id).await? {
        let (list, id) = match (line.prospect_id, line.point_id) {
            (Some(id), _) => (&mut prospects, id),
            (_, Some(id)) => (&mut points, id),
            _ => continue,
        };
        if !list.iter().any(|known| known.id == id) {
            list.push(Offer { id, name: line.name, address: line.address, chosen: false });
        }
    }
    Ok((prospects, points))
}

fn fields_of(reply: &Reply, proposals: &[Proposal], money: &[Money]) -> Fields {
    let mut pairs = vec![
        ("version".to_owned(), reply.version.to_string()),
        ("state".to_owned(), if reply.state == Said::Waiting { String::new() } else { reply.state.word().to_owned() }),
        ("number".to_owned(), if reply.state == Said::Given { reply.number.to_string() } else { String::new() }),
        ("reason".to_owned(), reply.reason.clone()),
        ("note".to_owned(), reply.note.clone()),
    ];
    let places: Vec<String> =
        proposals.iter().filter(|line| line.kind == "place").map(|line| format!("{}; {}", line.name, line.address)).collect();
    pairs.push(("places".to_owned(), places.join("\n")));
    pairs.extend(proposals.iter().filter_map(|line| {
        line.prospect_id.clone().map(|id| ("prospect".to_owned(), id)).or_else(|| line.point_id.clone().map(|id| ("point".to_owned(), id)))
    }));
    pairs.extend(money.iter().map(|line| (field(&line.source), dong(line.amount).trim_end_matches(" đ").to_owned())));
    Fields::new(pairs)
}

async fn form(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, None).await
}

async fn page(visit: &Visit, id: &str, typed: Option<(Fields, Errors)>) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let (call, reply) = load(&mut tx, visit, id).await?;
    let (mut prospects, mut points) = offers(&mut tx, visit, &reply).await?;
    let proposals = store::proposals(&mut tx, &reply.id).await?;
    let money = store::money(&mut tx, &reply.id).await?;
    let form = match typed {
        Some((fields, errors)) => Form::with(fields, errors, Tongue::Vi),
        None => Form::with(fields_of(&reply, &proposals, &money), Errors::default(), Tongue::Vi),
    };
    for (name, list) in [("prospect", &mut prospects), ("point", &mut points)] {
        for offer in list.iter_mut() {
            offer.chosen = form.is(name, &offer.id);
        }
    }
    let named = Source::all()
        .filter_map(|source| money.iter().find(|line| line.source == source.word()).map(|line| (source.name().to_owned(), line.amount)))
        .collect();
    let page = AnswerPage {
        shell: visit.shell("Trả lời đợt đề nghị"),
        is_open: call.must_take_answers().is_ok(),
        call,
        reply,
        proposals,
        money: named,
        form,
        prospects,
        points,
        today,
        may_mobilise: prospect::may_write(&visit.actor),
    };
    page.form.answer(&page)
}

/// Reads what is proposed and with what money.
fn read(fields: &Fields, prospects: &[Offer], points: &[Offer], today: NaiveDate, errors: &mut Errors) -> (i64, Vec<Proposal>, Vec<Money>) {
    let number = errors.take("number", model::number(fields.get("number"))).unwrap_or(0);
    let mut lines = Vec::new();
    for (kind, list) in [("prospect", prospects), ("point", points)] {
        for id in fields.all(kind) {
            match list.iter().find(|offer| offer.id == id) {
                Some(offer)
                    if !lines
                        .iter()
                        .any(|line: &Proposal| line.prospect_id.as_deref() == Some(id) || line.point_id.as_deref() == Some(id)) =>
                {
                    let of = |wanted: &str| Some(id.to_owned()).filter(|_| kind == wanted);
                    lines.push(Proposal {
                        place: 0,
                        kind: kind.to_owned(),
                        prospect_id: of("prospect"),
                        point_id: of("point"),
                        name: offer.name.clone(),
                        address: offer.address.clone(),
                    });
                }
                Some(_) => {}
                None => errors.add(
                    "number",
                    both(
                        "Một nơi đã chọn không còn trong danh sách của bạn; hãy chọn lại.",
                        "Something you chose is no longer in your list; choose again.",
                    ),
                ),
            }
        }
    }
    let places = errors.take("places", model::places(fields.get("places"))).unwrap_or_default();
    lines.extend(places.into_iter().map(|(name, address)| Proposal {
        place: 0,
        kind: "place".into(),
        prospect_id: None,
        point_id: None,
        name,
        address,
    }));
    for (at, line) in lines.iter_mut().enumerate() {
        line.place = at as i64 + 1;
    }
    if number > 0 && lines.len() as i64 > number {
        errors.add(
            "number",
            both(
                format!("Đề nghị {number} điểm nhưng danh sách có {} nơi; hãy sửa số điểm hoặc bớt danh sách.", lines.len()),
                format!("{number} points are proposed but {} places are listed; correct the number or the list.", lines.len()),
            ),
        );
    }
    let mut sums = Vec::new();
    for source in sources(today) {
        let name = field(source.word());
        if let Some(typed) = fields.some(&name).filter(|typed| *typed != "0")
            && let Some(amount) = errors.take(&name, money(typed))
        {
            sums.push(Money { source: source.word().to_owned(), amount });
        }
    }
    (number, lines, sums)
}

async fn send(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let mut tx = visit.app.db().write().await?;
    let (call, before) = load(&mut tx, &visit, &id).await?;
    call.must_take_answers()?;
    let (prospects, points) = offers(&mut tx, &visit, &before).await?;
    let mut errors = Errors::default();
    let mut reply = before.clone();
    reply.note = fields.get("note").to_owned();
    for name in ["note", "reason"] {
        errors.within(name, fields.get(name), 2000);
    }
    let (lines, sums) = match fields.get("state") {
        "given" => {
            let (number, lines, sums) = read(&fields, &prospects, &points, today, &mut errors);
            (reply.state, reply.number) = (Said::Given, number);
            reply.reason.clear();
            (lines, sums)
        }
        "nothing" => {
            (reply.state, reply.number) = (Said::Nothing, 0);
            reply.reason = fields.get("reason").to_owned();
            if reply.reason.is_empty() {
                errors.add("reason", both("Hãy ghi lý do không có điểm nào để đề nghị.", "State why there is no point to propose."));
            }
            (Vec::new(), Vec::new())
        }
        _ => {
            errors.add("state", both("Hãy chọn có đề nghị hay không có.", "Choose whether you propose points or have none."));
            Default::default()
        }
    };
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, Some((fields, errors))).await;
    }
    reply.first_on = reply.first_on.or(Some(today));
    reply.answered_on = Some(today);
    if reply.reached_on.is_none() {
        (reply.reached_on, reply.reached_how) = (Some(today), "account".to_owned());
    }
    reply.is_late = reply.is_late || call.is_over(today) && reply.had_time(&call);
    if before.version != fields.version() || store::save_reply(&mut tx, &reply, before.version).await? == 0 {
        return Err(Refusal::stale().into());
    }
    store::put_proposals(&mut tx, &reply.id, &lines).await?;
    store::put_money(&mut tx, &reply.id, &sums).await?;
    let detail = serde_json::json!({
        "body": reply.body_id, "state": reply.state.word(), "number": reply.number, "late": reply.is_late, "reason": reply.reason,
        "lines": lines.iter().map(|line| line.prospect_id.as_ref().or(line.point_id.as_ref()).unwrap_or(&line.name)).collect::<Vec<_>>(),
        "money": sums.iter().map(|line| (line.source.clone(), serde_json::json!(line.amount))).collect::<serde_json::Map<_, _>>(),
        "note": format!("{}: {}{}", reply.name, reply.state.name(), if reply.state == Said::Given { format!(" {} điểm", reply.number) } else { String::new() }),
    });
    Note::of("answer_call", ("call", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/dot-de-nghi/{id}/tra-loi"), "answer_call"))
}
