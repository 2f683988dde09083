//! One criterion a screen: the question, its answers, what is said beside it, what proves it.

use super::known::{self, Fact};
use super::model::{self, Dossier, Evidence};
use super::pages::{READERS, WRITERS, bands, load, load_own, sheet_of};
use super::store::{self, Proof};
use super::wallet;
use crate::access::Routes;
use crate::error::{Refusal, Result, both};
use crate::page::{Errors, Fields, Form, Sent, Shell, Visit, go, html};
use crate::product;
use crate::scoring::mark::{self, Outcome};
use crate::scoring::sheet::{Answer, Criterion};
use crate::text::Tongue;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/ho-so-danh-gia/{id}/muc/{no}", READERS, show).post_large("/ho-so-danh-gia/{id}/muc/{no}", WRITERS, answer)
}

#[derive(Template)]
#[template(path = "dossier/criterion.html")]
struct CriterionPage {
    shell: Shell,
    form: Form,
    dossier: Dossier,
    product: String,
    line: &'static Criterion,
    heading: String,
    answers: &'static [Answer],
    outcome: Outcome<'static>,
    chosen: Option<usize>,
    grounds: Vec<(String, &'static str, &'static str, bool)>,
    proofs: Vec<(Proof, Option<String>)>,
    /// What the system knows itself.
    known: Vec<Fact>,
    wallet: Vec<Evidence>,
    at: usize,
    of: usize,
    before: Option<&'static str>,
    after: Option<&'static str>,
    applies: bool,
    may_write: bool,
}

impl CriterionPage {
    fn is_chosen(&self, at: &usize) -> bool {
        match self.form.value("answer") {
            "" => self.chosen == Some(*at),
            typed => typed == at.to_string(),
        }
    }

    /// What an answer would bring against the one that is chosen.
    fn gain(&self, answer: &Answer) -> i64 {
        let now = self.chosen.and_then(|at| self.answers.get(at)).map_or(0, |answer| answer.points);
        answer.points - now
    }

    fn pages(&self, proof: &Proof) -> String {
        format!("pages-{}", proof.evidence.id)
    }
}

/// So many papers of the wallet are offered beside an answer.
const OFFERED: i64 = 50;

async fn show(visit: Visit, Path((id, no)): Path<(String, String)>) -> Result<Response> {
    page(&visit, &id, &no, Form::new(visit.lang)).await
}

async fn page(visit: &Visit, id: &str, no: &str, form: Form) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let dossier = load(&mut tx, visit, id).await?;
    let sheet = sheet_of(&mut tx, &dossier).await?;
    let line = sheet.criterion(no).filter(|line| line.is_asked()).ok_or_else(Refusal::not_found)?;
    let marks = dossier.answers();
    let asked: Vec<&'static Criterion> = sheet.asked().collect();
    let at = asked.iter().position(|other| other.no == line.no).unwrap_or_default();
    let mut words = store::words(&mut tx, id).await?;
    let proofs: Vec<Proof> = store::proofs(&mut tx, id).await?.into_iter().filter(|proof| proof.no == no).collect();
    let may_write = model::may_prepare(&visit.actor, &dossier.producer_id) && dossier.is_open();
    let used: Vec<&str> = proofs.iter().map(|proof| proof.evidence.id.as_str()).collect();
    let wallet = match may_write {
        true => store::wallet(&mut tx, &dossier.producer_id, None, OFFERED).await?.rows,
        false => Vec::new(),
    };
    let wallet = wallet.into_iter().filter(|paper| paper.fault(today).is_none() && !used.contains(&paper.id.as_str())).collect();
    let form = if form.errors.is_empty() {
        let mut fields = Fields::default();
        fields.set("words", words.remove(no).unwrap_or_default());
        for proof in &proofs {
            fields.set(&format!("pages-{}", proof.evidence.id), proof.pages.clone());
        }
        Form::with(fields, Errors::default(), Tongue::Vi)
    } else {
        form
    };
    let grounds = mark::grounds(sheet).into_iter().filter(|ground| ground.criterion.is_some_and(|other| other.no == no));
    let known = known::of(&mut tx, visit.app.held(), &dossier, Some(no)).await?.remove(no).unwrap_or_default();
    let heading =
        line.above().and_then(|above| sheet.criterion(above)).map(|above| format!("{}. {}", above.no, above.vi)).unwrap_or_default();
    let product = product::store::find(&mut tx, &dossier.product_id).await?.map(|product| product.name).unwrap_or_default();
    let page = CriterionPage {
        shell: visit.shell(&format!("Mục {no}: {}", line.vi)),
        answers: line.answers(Some(&marks.case)).unwrap_or_default(),
        outcome: mark::outcome(sheet, &marks, &bands(sheet, today)),
        chosen: marks.answers.get(no).copied(),
        grounds: grounds
            .map(|ground| (ground.key(), ground.knock_out.effect.name(), ground.knock_out.vi.as_str(), marks.found.contains(&ground.key())))
            .collect(),
        proofs: proofs.into_iter().map(|proof| (proof.clone(), proof.evidence.fault(today))).collect(),
        before: at.checked_sub(1).and_then(|at| asked.get(at)).map(|line| line.no.as_str()),
        after: asked.get(at + 1).map(|line| line.no.as_str()),
        applies: mark::applies(&marks, line),
        of: asked.len(),
        at: at + 1,
        heading,
        known,
        product,
        line,
        wallet,
        may_write,
        dossier,
        form,
    };
    if page.form.errors.is_empty() { html(&page) } else { page.form.answer(&page) }
}

/// Longest words beside an answer.
const WORDS: usize = 2000;
/// Longest reference to pages.
const PAGES: usize = 60;

async fn answer(visit: Visit, Path((id, no)): Path<(String, String)>, sent: Sent) -> Result<Response> {
    let (fields, files) = (sent.fields, sent.files);
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let words = fields.text("words", WORDS, &mut errors);
    let chosen = match fields.some("answer").map(str::parse::<usize>) {
        None => None,
        Some(Ok(at)) => Some(at),
        Some(Err(_)) => {
            errors.add("answer", both("Hãy chọn một câu trong danh sách.", "Choose an answer of the list."));
            None
        }
    };
    let papers = crate::page::keep_papers(&visit, files, "paper", &mut errors).await?;
    let mut tx = visit.app.db().write().await?;
    let before = load_own(&mut tx, &visit, &id).await?;
    let sheet = sheet_of(&mut tx, &before).await?;
    let line = sheet.criterion(&no).filter(|line| line.is_asked()).ok_or_else(Refusal::not_found)?;
    let mut marks = before.answers();
    // of two who answer the same criterion the second sees what the first chose
    let was = fields.get("was");
    if !was.is_empty() && was != marks.answers.get(&no).map_or_else(|| "-".to_owned(), usize::to_string) {
        return Err(Refusal::stale().into());
    }
    match chosen {
        Some(at) if mark::answers(&marks, line).get(at).is_none() => {
            errors.add("answer", both("Câu này không thuộc thang của mục; hãy chọn lại.", "No answer of this ladder; choose again."));
        }
        Some(at) => {
            marks.answers.insert(no.clone(), at);
        }
        None if fields.is_on("clear") => {
            marks.answers.remove(&no);
        }
        None => {}
    }
    for ground in mark::grounds(sheet).into_iter().filter(|ground| ground.criterion.is_some_and(|other| other.no == no)) {
        let key = ground.key();
        if fields.all("found").any(|found| found == key) {
            marks.found.insert(key)
        } else {
            marks.found.remove(&key)
        };
    }
    let mut pages = Vec::new();
    for evidence in fields.all("proof") {
        let name = format!("pages-{evidence}");
        pages.push((evidence.to_owned(), fields.text(&name, PAGES, &mut errors)));
    }
    let mut kept = Vec::new();
    if errors.is_empty() && !papers.is_empty() {
        kept =
            wallet::put(&mut tx, &visit, &before.producer_id, &fields, &papers, &format!("Minh chứng mục {no}: {}", line.vi), &mut errors)
                .await?;
    }
    for (evidence, _) in &pages {
        let own = store::evidence(&mut tx, evidence).await?.filter(|paper| paper.body_id == before.producer_id);
        if own.is_none_or(|paper| paper.fault(today).is_some() && !fields.all("had").any(|had| had == evidence)) {
            errors
                .add("proof", both("Có giấy không còn dùng được; hãy chọn giấy khác.", "A paper proves nothing any more; choose another."));
        }
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, &no, Form::with(fields, errors, Tongue::Vi)).await;
    }
    let after = before.clone().answer(sheet, &marks, &bands(sheet, today))?;
    store::say(&mut tx, &id, &no, &words).await?;
    for had in fields.all("had").filter(|had| pages.iter().all(|(evidence, _)| evidence != had)) {
        store::unprove(&mut tx, &id, &no, had).await?;
    }
    for (evidence, pages) in pages.iter().map(|(id, pages)| (id.as_str(), pages.as_str())).chain(kept.iter().map(|id| (id.as_str(), ""))) {
        store::prove(&mut tx, &id, &no, evidence, pages).await?;
    }
    if store::save(&mut tx, &after, before.version, now).await? == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({"criterion": no, "set": {"points": after.points, "answered": after.answered}});
    crate::journal::Note::of("answer_dossier", ("dossier", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    let asked: Vec<&Criterion> = sheet.asked().filter(|line| mark::applies(&marks, line)).collect();
    let at = asked.iter().position(|other| other.no == no);
    let next = at.and_then(|at| asked.get(at + 1)).map(|line| line.no.clone());
    Ok(match (fields.get("then"), next) {
        ("next", Some(next)) => go(&format!("/ho-so-danh-gia/{id}/muc/{next}"), ""),
        ("stay", _) => go(&format!("/ho-so-danh-gia/{id}/muc/{no}"), "da-luu"),
        _ => go(&format!("/ho-so-danh-gia/{id}"), "da-luu"),
    })
}
