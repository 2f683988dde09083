//! The wallet of a producer: each paper once, with its issuer, number, day and end; which answers it proves; taken back.

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::model::{Evidence, State};
use super::pages::WRITERS;
use super::store;
use crate::access::{Routes, papers};
use crate::clock::new_id;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::file::{self, Kept, Paper};
use crate::journal::Note;
use crate::page::{Ask, Errors, Fields, Form, Rows, Sent, Shell, Visit, go, html, keep_papers, once};
use crate::text::Tongue;

/// What the files of a paper of a wallet are attached to.
pub const PAPER: &str = "evidence";

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/minh-chung", WRITERS, list).post_large("/minh-chung", WRITERS, add).post("/minh-chung/{id}/rut", WRITERS, withdraw)
}

/// A paper with its files and where it is used.
struct Held {
    evidence: Evidence,
    files: Vec<Paper>,
    used: Vec<(String, String, State)>,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "dossier/wallet.html")]
struct WalletPage {
    shell: Shell,
    form: Form,
    ask: Ask,
    held: Vec<Held>,
    list: Rows<()>,
}

fn own(visit: &Visit) -> Result<String> {
    Ok(visit.actor.body_id().map(str::to_owned).ok_or_else(Refusal::forbidden)?)
}

async fn page(visit: &Visit, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let body = own(visit)?;
    let ask = Ask::at(visit, "/minh-chung");
    let mut tx = visit.app.db().read().await?;
    let (rows, list) = store::wallet(&mut tx, &body, ask.after().as_deref(), ask.size(30)).await?.take();
    let mut files = by_paper(&mut tx, &rows.iter().map(|paper| paper.id.clone()).collect::<Vec<_>>()).await?;
    let mut held = Vec::new();
    for evidence in rows {
        held.push(Held {
            files: files.remove(&evidence.id).unwrap_or_default(),
            used: store::used_by(&mut tx, &evidence.id).await?,
            fault: evidence.fault(today),
            evidence,
        });
    }
    let page = WalletPage { shell: visit.shell("Ví minh chứng"), list, held, ask, form };
    if page.form.errors.is_empty() { html(&page) } else { page.form.answer(&page) }
}

async fn list(visit: Visit) -> Result<Response> {
    page(&visit, Form::new(visit.lang)).await
}

/// Longest name of a paper, an issuer, a number.
const TITLE: usize = 200;

/// Puts papers that were sent into a wallet: one paper of the wallet for all files of the form. Gives what was put there.
pub async fn put(
    tx: &mut Tx,
    visit: &Visit,
    body: &str,
    fields: &Fields,
    files: &[Kept],
    title: &str,
    errors: &mut Errors,
) -> Result<Vec<String>> {
    let now = visit.app.clock().now();
    let typed = fields.text("title", TITLE, errors);
    let issued_on = fields.some("issued_on").and_then(|_| fields.day("issued_on", errors));
    let valid_until = fields.some("valid_until").and_then(|_| fields.day("valid_until", errors));
    let evidence = Evidence {
        id: new_id(),
        body_id: body.to_owned(),
        title: if typed.is_empty() { title.to_owned() } else { typed },
        issuer: fields.text("issuer", TITLE, errors),
        number: fields.text("number", TITLE, errors),
        issued_on,
        valid_to: valid_until.and_then(|last| last.succ_opt()),
        withdrawn_on: None,
        withdrawn_reason: String::new(),
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
    };
    if let (Some(from), Some(to)) = (evidence.issued_on, evidence.valid_to)
        && to <= from
    {
        errors.add("valid_until", both("Ngày hết hạn phải sau ngày cấp.", "It ends after the day it was issued."));
    }
    if !errors.is_empty() {
        return Ok(Vec::new());
    }
    store::keep(tx, &evidence).await?;
    for kept in files {
        let place = file::Place { kind: PAPER, id: &evidence.id, field: "files", caption: "", position: None, is_public: false };
        file::add(tx, now, kept, place, visit.actor.journal_id()).await?;
    }
    let detail = serde_json::json!({"set": {"title": evidence.title, "issuer": evidence.issuer, "number": evidence.number, "issued_on": evidence.issued_on, "valid_to": evidence.valid_to}});
    Note::of("keep_evidence", ("evidence", &evidence.id), detail).by(tx, now, &visit.actor).await?;
    Ok(vec![evidence.id])
}

async fn add(visit: Visit, sent: Sent) -> Result<Response> {
    let body = own(&visit)?;
    if !visit.actor.confirmed {
        return Err(Refusal::forbidden().into());
    }
    let (fields, files) = (sent.fields, sent.files);
    let mut errors = Errors::default();
    if fields.get("title").trim().is_empty() {
        errors.add("title", both("Hãy ghi tên giấy.", "Name the paper."));
    }
    let papers = keep_papers(&visit, files, "files", &mut errors).await?;
    if papers.is_empty() && errors.is_empty() {
        errors.add("files", both("Hãy chọn ít nhất một tệp hoặc ảnh.", "Choose at least one file or picture."));
    }
    let mut tx = once::begin(&visit, &fields).await?;
    if errors.is_empty() {
        put(&mut tx, &visit, &body, &fields, &papers, "", &mut errors).await?;
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, Form::with(fields, errors, Tongue::Vi)).await;
    }
    once::end(tx, &fields, go("/minh-chung", "keep_evidence")).await
}

async fn withdraw(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let body = own(&visit)?;
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let fields = sent.fields;
    let reason = fields.get("reason").trim().to_owned();
    let mut tx = visit.app.db().write().await?;
    let evidence = store::evidence(&mut tx, &id).await?.filter(|paper| paper.body_id == body).ok_or_else(Refusal::not_found)?;
    if reason.is_empty() || reason.chars().count() > TITLE {
        return Err(Refusal::invalid(both("Hãy ghi lý do rút, nhiều nhất 200 ký tự.", "State why, in 200 characters at most.")).into());
    }
    if evidence.withdrawn_on.is_some() {
        return Err(Refusal::stale().into());
    }
    let after = Evidence { withdrawn_on: Some(today), withdrawn_reason: reason.clone(), ..evidence };
    if store::save_evidence(&mut tx, &after).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"reason": reason, "set": {"withdrawn_on": today}});
    Note::of("withdraw_evidence", ("evidence", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go("/minh-chung", "withdraw_evidence"))
}

/// The files of the proofs of a dossier, by paper.
pub async fn files_of(tx: &mut Tx, proofs: &[store::Proof]) -> Result<HashMap<String, Vec<Paper>>> {
    let papers: BTreeSet<&String> = proofs.iter().map(|proof| &proof.evidence.id).collect();
    by_paper(tx, &papers.into_iter().cloned().collect::<Vec<_>>()).await
}

/// The files of papers of a wallet, by paper.
async fn by_paper(tx: &mut Tx, papers: &[String]) -> Result<HashMap<String, Vec<Paper>>> {
    let mut found: HashMap<String, Vec<Paper>> = HashMap::new();
    for file in papers::of_all(tx, PAPER, papers).await? {
        found.entry(file.subject_id.clone()).or_default().push(file);
    }
    Ok(found)
}
