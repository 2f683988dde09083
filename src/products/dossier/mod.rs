//! A producer's dossier for the evaluation of a product: the answers of its self-assessment, the papers that prove them, and the
//! part of the commune.
//!
//! `model` and `rule` are pure; `store` the SQL, `pages` list and overview, `begin` a new dossier, `steps` the producer's, `criterion` one
//! question a screen, `wallet` the papers of a producer, `person` who represents it, `known` what the system proves
//! itself, `sample` samples and tests, `commune` check, report and return, `serial` the
//! code of the product.

mod begin;
#[cfg(test)]
mod case_tests;
mod commune;
mod criterion;
pub mod known;
pub mod model;
mod pages;
pub mod person;
#[cfg(test)]
mod person_tests;
mod rule;
pub mod sample;
mod serial;
mod steps;
pub mod store;
#[cfg(test)]
pub(crate) mod tests;
mod wallet;

use std::pin::Pin;

use askama::Template;
use chrono::{Days, NaiveDate};

pub use commune::{Case, Part, Read, Whole, before_council, whole};
pub use pages::{bands, thing};
pub use rule::working as working_days;
pub use wallet::PAPER;

use crate::access::{Act, Of, Readers, Routes, Scope, Voice};
use crate::db::Tx;
use crate::error::{Refusal, Result};
use crate::mail;
use crate::page::{Todo, TodoRow, Visit, Whose};
use crate::product;
use model::{Dossier, State};

/// The lists of the law that this slice reads.
pub fn lists() -> Vec<crate::law::List> {
    rule::lists()
}

/// The routes of this slice.
pub fn routes() -> Routes {
    pages::routes()
        .merge(begin::routes())
        .merge(steps::routes())
        .merge(criterion::routes())
        .merge(wallet::routes())
        .merge(commune::routes())
        .merge(person::routes())
        .merge(sample::routes())
}

/// Whether a caller sits in the council that has a dossier before it, and nothing ties it to the producer: handed in by councils.
pub struct OnAgenda(pub for<'a> fn(&'a mut Tx, &'a Visit, &'a str) -> Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>>);

/// Whether a caller may read a dossier because it is before a council that the caller sits in.
async fn sits_over(tx: &mut Tx, visit: &Visit, dossier: &str) -> Result<bool> {
    if !visit.actor.may(Act::AttendSessions) {
        return Ok(false);
    }
    (visit.app.held::<OnAgenda>().0)(tx, visit, dossier).await
}

/// Whether somebody may open the files of a paper of a wallet: its producer, and whoever reads a dossier that it proves.
pub async fn may_open(tx: &mut Tx, visit: &Visit, evidence: &str) -> Result<()> {
    let paper = store::evidence(tx, evidence).await?.ok_or_else(Refusal::not_found)?;
    if visit.actor.body_id() == Some(paper.body_id.as_str()) && visit.actor.may(Act::PrepareDossiers) {
        return Ok(());
    }
    for (dossier, ..) in store::used_by(tx, evidence).await? {
        if visit.actor.may(Act::ReadDossiers) && pages::load(tx, visit, &dossier).await.is_ok() || sits_over(tx, visit, &dossier).await? {
            return Ok(());
        }
    }
    Err(Refusal::not_found().into())
}

#[derive(Template)]
#[template(path = "dossier/letter_state.txt", whitespace = "preserve")]
struct StateLetter<'a> {
    dossier: &'a Dossier,
    product: &'a str,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "dossier/letter_sample.txt", whitespace = "preserve")]
struct SampleLetter<'a> {
    dossier: &'a Dossier,
    sample: &'a sample::Sample,
    product: &'a str,
    base: &'a str,
}

/// Tells whoever a dossier waits for now, or whose it is.
async fn tell(tx: &mut Tx, visit: &Visit, dossier: &Dossier) -> Result<()> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let readers = match dossier.state {
        State::Sent | State::Withdrawn => Readers::find(tx, Voice::Commune, dossier.unit_id.as_deref().map(Of::Unit), today).await?,
        State::Returned => Readers::find(tx, Voice::Business, Some(Of::Body(&dossier.producer_id)), today).await?,
        State::Proposed => {
            let mut readers = Readers::find(tx, Act::KeepProducts, Of::Power(product::model::KEEPER), today).await?;
            readers.add(tx, Voice::Business, Some(Of::Body(&dossier.producer_id)), today).await?;
            readers
        }
        State::Draft => return Ok(()),
    };
    let product = product::store::find(tx, &dossier.product_id).await?.map(|product| product.name).unwrap_or_default();
    let text = StateLetter { dossier, product: &product, base: &visit.app.config().base_url };
    mail::letter(tx, now, readers, &format!("Hồ sơ đánh giá OCOP: {product}"), &text).await?;
    Ok(())
}

/// Tells the producer that a sample or test was asked for.
async fn tell_sample(tx: &mut Tx, visit: &Visit, dossier: &Dossier, sample: &sample::Sample) -> Result<()> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let readers = Readers::find(tx, Voice::Business, Some(Of::Body(&dossier.producer_id)), today).await?;
    let product = product::store::find(tx, &dossier.product_id).await?.map(|product| product.name).unwrap_or_default();
    let text = SampleLetter { dossier, sample, product: &product, base: &visit.app.config().base_url };
    mail::letter(tx, now, readers, &format!("{}: {product}", sample.kind.name()), &text).await?;
    Ok(())
}

/// Dossiers that wait for the reader.
pub async fn todo(tx: &mut Tx, visit: &Visit) -> Result<Vec<Todo>> {
    const MOST: i64 = 30;
    if !visit.actor.may(Act::ReadDossiers) {
        return Ok(Vec::new());
    }
    let scope = visit.actor.scope();
    let asked: &[(State, &'static str, &'static str, Whose)] = match (visit.actor.voice(), &scope) {
        (Some(Voice::Business), Scope::Body(_)) => &[
            (State::Returned, "dossiers-returned", "Cần bổ sung hồ sơ đánh giá", Whose::Do),
            (State::Draft, "dossiers-open", "Hồ sơ đánh giá đang làm dở", Whose::Do),
            (State::Sent, "dossiers-sent", "Hồ sơ đánh giá chờ xã, phường", Whose::Wait),
        ],
        (Some(Voice::Commune), Scope::Unit(_)) if visit.actor.may(Act::CheckDossiers) => &[
            (State::Sent, "dossiers", "Cần xem hồ sơ đánh giá", Whose::Decide),
            (State::Returned, "dossiers-returned", "Chờ chủ thể bổ sung hồ sơ đánh giá", Whose::Wait),
        ],
        _ => &[],
    };
    let counts = if asked.is_empty() { Vec::new() } else { store::counts(tx, &scope).await? };
    let mut todos = Vec::new();
    for (state, id, deed, whose) in asked {
        let rows = store::waiting(tx, &scope, *state, MOST).await?;
        let rows = rows
            .into_iter()
            .map(|row| TodoRow {
                due: row.dossier.due_on,
                since: Some(row.dossier.state_since),
                title: row.product,
                href: format!("/ho-so-danh-gia/{}", row.dossier.id),
                place: format!("{} · {} trong {} mục", row.producer, row.dossier.answered, row.dossier.asked),
                chip: Some(("info", row.dossier.kind.name().to_owned())),
            })
            .collect();
        todos.push(Todo {
            id,
            title: (*deed).into(),
            count: counts.iter().find(|(known, _)| known == state).map_or(0, |(_, n)| *n),
            rows,
            all: format!("/ho-so-danh-gia?trang-thai={}", state.word()),
            deed,
            whose: *whose,
        });
    }
    if let (Some(Voice::Business), Scope::Body(body)) = (visit.actor.voice(), &scope) {
        todos.extend(ending(tx, body, visit.app.clock().today(), MOST).await?);
    }
    Ok(todos)
}

/// Papers of a producer's wallet that end within a month, or have ended and are not taken back.
async fn ending(tx: &mut Tx, body: &str, today: NaiveDate, most: i64) -> Result<Option<Todo>> {
    let (rows, count) = store::ending(tx, body, today + Days::new(30), most).await?;
    let rows: Vec<TodoRow> = rows
        .into_iter()
        .map(|paper| TodoRow {
            due: paper.valid_to.and_then(|to| to.pred_opt()),
            since: None,
            place: paper.about(),
            title: paper.title,
            href: "/minh-chung".to_owned(),
            chip: None,
        })
        .collect();
    Ok((count > 0).then(|| Todo {
        id: "papers-ending",
        title: "Giấy minh chứng sắp hết hạn".into(),
        count,
        rows,
        all: "/minh-chung".to_owned(),
        deed: "Cần thay giấy minh chứng",
        whose: Whose::Do,
    }))
}
