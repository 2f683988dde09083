//! Who represents the producer by law, as Mẫu 02 asks it: name, sex, ethnic origin, permanent address; disability only where the
//! dossier claims it. Ethnic origin and disability are sensitive (Decree 356/2025): told with consent to one purpose, read by the
//! producer and the officers of the case, in no list, export, journal or interface, erased with the mark kept. A form that is left
//! empty is a form that prints empty lines.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use super::model::{self, Dossier};
use super::pages::{WRITERS, load, load_own, sheet_of};
use super::rule;
use crate::access::{Act, Actor, Need, Routes, papers};
use crate::db::{DbResult, Tx};
use crate::error::{Refusal, Result, both};
use crate::file::{self, Paper};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, html, keep_papers};
use crate::scoring::mark;
use crate::text::Tongue;
use crate::{fetch_optional, product, table, words};

/// What the consent on paper is attached to.
pub const CONSENT: &str = "consent";

/// Whoever tells it or may have the case; rows and state narrow it.
const CONCERNED: Need = Need::Any(&[Act::PrepareDossiers, Act::CheckDossiers, Act::KeepProducts]);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/ho-so-danh-gia/{id}/nguoi-dai-dien", CONCERNED, show)
        .post_files("/ho-so-danh-gia/{id}/nguoi-dai-dien", WRITERS, tell)
        .post("/ho-so-danh-gia/{id}/nguoi-dai-dien/xoa", CONCERNED, erase)
}

table! {
    "dossier_person" of Person {
        fixed: created_by, created_at;
        saved: name, post, sex, address, ethnic, disability, consent, consented_on, erased_on
    }
}

words! {
    /// Sex, as the form asks it.
    pub enum Sex {
        /// Woman.
        Female = "female" / "Nữ",
        /// Man.
        Male = "male" / "Nam",
    }
}

/// The representative of a dossier.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Person {
    /// The dossier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Post.
    pub post: String,
    /// Sex: a word of [`Sex`], empty where it is not told.
    pub sex: String,
    /// Permanent address.
    pub address: String,
    /// Ethnic origin.
    pub ethnic: String,
    /// Disability.
    pub disability: String,
    /// How consent was given: `self`, `paper`, empty.
    pub consent: String,
    /// The day of it.
    pub consented_on: Option<NaiveDate>,
    /// When what is sensitive was erased.
    pub erased_on: Option<NaiveDate>,
    /// Version.
    pub version: i64,
    /// Who told it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Person {
    /// The name of the sex.
    pub fn sex_name(&self) -> &'static str {
        Sex::read(&self.sex).map_or("", Sex::name)
    }

    /// Whether anything sensitive is told.
    pub fn is_sensitive(&self) -> bool {
        !self.ethnic.is_empty() || !self.disability.is_empty()
    }
}

/// Whether somebody reads what a dossier says of the representative: its producer, and whoever has the case now.
pub fn may_read(actor: &Actor, dossier: &Dossier) -> bool {
    model::may_prepare(actor, &dossier.producer_id) || model::has_case(actor, dossier)
}

async fn find(tx: &mut Tx, dossier: &str) -> DbResult<Option<Person>> {
    fetch_optional!(tx, Person, "select * from dossier_person where id = $1", dossier)
}

/// The representative, for whoever may read that.
pub async fn readable(tx: &mut Tx, actor: &Actor, dossier: &Dossier) -> Result<Option<Person>> {
    Ok(if may_read(actor, dossier) { find(tx, &dossier.id).await? } else { None })
}

async fn load_readable(tx: &mut Tx, visit: &Visit, id: &str) -> Result<Dossier> {
    let dossier = load(tx, visit, id).await?;
    if may_read(&visit.actor, &dossier) { Ok(dossier) } else { Err(Refusal::forbidden().into()) }
}

/// Whether somebody may open the paper of a consent.
pub async fn may_open(tx: &mut Tx, visit: &Visit, dossier: &str) -> Result<()> {
    let dossier = load(tx, visit, dossier).await?;
    if may_read(&visit.actor, &dossier) { Ok(()) } else { Err(Refusal::not_found().into()) }
}

/// Whether the dossier claims what only somebody's disability may earn it: the line of the sheet that asks who represents the
/// producer is answered with points.
async fn claims(tx: &mut Tx, dossier: &Dossier, today: NaiveDate) -> Result<bool> {
    let line = rule::of(dossier, today).map_or("", |rule| rule.representative.as_str());
    let sheet = sheet_of(tx, dossier).await?;
    let marks = dossier.answers();
    Ok(sheet.criterion(line).and_then(|line| mark::chosen(&marks, line)).is_some_and(|answer| answer.points > 0))
}

#[derive(Template)]
#[template(path = "dossier/person.html")]
struct PersonPage {
    shell: Shell,
    form: Form,
    dossier: Dossier,
    product: String,
    person: Option<Person>,
    papers: Vec<Paper>,
    claims: bool,
    may_write: bool,
    may_erase: bool,
}

impl PersonPage {
    fn sexes(&self) -> Vec<Choice> {
        let known = Sex::ALL.into_iter().map(|sex| (sex.word().to_owned(), sex.name().to_owned()));
        known.chain([(String::new(), "Không ghi".to_owned())]).collect()
    }

    fn consents(&self) -> Vec<Choice> {
        [("self", "Tôi là người đại diện và đồng ý"), ("paper", "Người đại diện đã ký văn bản đồng ý, kèm bên dưới")]
            .map(|(word, name)| (word.to_owned(), name.to_owned()))
            .to_vec()
    }
}

async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    page(&visit, &id, None).await
}

async fn page(visit: &Visit, id: &str, typed: Option<Form>) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let dossier = load_readable(&mut tx, visit, id).await?;
    let person = find(&mut tx, id).await?;
    let form = typed.unwrap_or_else(|| match &person {
        Some(person) => {
            let fields = Fields::new(
                [
                    ("name", &person.name),
                    ("post", &person.post),
                    ("sex", &person.sex),
                    ("address", &person.address),
                    ("ethnic", &person.ethnic),
                    ("disability", &person.disability),
                    ("consent", &person.consent),
                ]
                .map(|(name, value)| (name.to_owned(), value.clone())),
            );
            Form::with(fields, Errors::default(), Tongue::Vi)
        }
        None => Form::new(visit.lang),
    });
    let own = model::may_prepare(&visit.actor, &dossier.producer_id);
    let page = PersonPage {
        shell: visit.shell("Người đại diện pháp luật"),
        product: product::store::find(&mut tx, &dossier.product_id).await?.map(|product| product.name).unwrap_or_default(),
        papers: papers::within(&mut tx, CONSENT, id, "").await?,
        claims: claims(&mut tx, &dossier, today).await?,
        may_write: own && dossier.is_open(),
        may_erase: person.as_ref().is_some_and(Person::is_sensitive),
        person,
        dossier,
        form,
    };
    if page.form.errors.is_empty() { html(&page) } else { page.form.answer(&page) }
}

/// Longest of each text.
const TEXT: usize = 300;

async fn tell(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (fields, files) = (sent.fields, sent.files);
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut errors = Errors::default();
    let kept = keep_papers(&visit, files, "paper", &mut errors).await?;
    let mut tx = visit.app.db().write().await?;
    let dossier = load_own(&mut tx, &visit, &id).await?;
    if !dossier.is_open() {
        return Err(Refusal::stale().into());
    }
    let before = find(&mut tx, &id).await?;
    if before.as_ref().map_or(0, |person| person.version) != fields.version() {
        return Err(Refusal::stale().into());
    }
    let claims = claims(&mut tx, &dossier, today).await?;
    let mut person = Person {
        id: id.clone(),
        name: fields.text("name", TEXT, &mut errors),
        post: fields.text("post", TEXT, &mut errors),
        sex: Sex::read(fields.get("sex")).map_or("", Sex::word).to_owned(),
        address: fields.text("address", TEXT, &mut errors),
        ethnic: fields.text("ethnic", TEXT, &mut errors),
        disability: if claims { fields.text("disability", TEXT, &mut errors) } else { String::new() },
        consent: String::new(),
        consented_on: None,
        erased_on: None,
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
    };
    if person.is_sensitive() {
        let has_paper = !kept.is_empty() || !papers::within(&mut tx, CONSENT, &id, "").await?.is_empty();
        match fields.get("consent") {
            "self" => person.consent = "self".into(),
            "paper" if has_paper => person.consent = "paper".into(),
            "paper" => errors.add("paper", both("Hãy kèm văn bản đồng ý đã ký.", "Attach the signed consent.")),
            _ => errors.add(
                "consent",
                both(
                    "Dân tộc, khuyết tật chỉ ghi khi người đại diện đồng ý; hãy chọn, hoặc để trống hai ô ấy.",
                    "These two need consent; choose it, or leave them empty.",
                ),
            ),
        }
        let same = before.as_ref().filter(|before| before.consent == person.consent).and_then(|before| before.consented_on);
        person.consented_on = Some(same.unwrap_or(today));
    }
    if !errors.is_empty() {
        drop(tx);
        return page(&visit, &id, Some(Form::with(fields, errors, Tongue::Vi))).await;
    }
    match &before {
        Some(before) => {
            if person.update(&mut tx, before.version).await? == 0 {
                return Err(Refusal::stale().into());
            }
        }
        None => {
            if !person.insert(&mut tx).await? {
                return Err(Refusal::stale().into());
            }
        }
    }
    for kept in &kept {
        let place = file::Place { kind: CONSENT, id: &id, field: "files", caption: "", position: None, is_public: false };
        file::add(&mut tx, now, kept, place, visit.actor.journal_id()).await?;
    }
    // which lines were told, never what they say
    let told = [
        ("name", &person.name),
        ("post", &person.post),
        ("sex", &person.sex),
        ("address", &person.address),
        ("ethnic", &person.ethnic),
        ("disability", &person.disability),
    ];
    let told: Vec<&str> = told.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, _)| name).collect();
    let detail = serde_json::json!({"lines": told.join(", "), "consent": person.consent});
    Note::of("tell_representative", ("dossier", &id), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go(&format!("/ho-so-danh-gia/{id}"), "da-luu"))
}

async fn erase(visit: Visit, Path(id): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let mut tx = visit.app.db().write().await?;
    load_readable(&mut tx, &visit, &id).await?;
    let before = find(&mut tx, &id).await?.ok_or_else(Refusal::not_found)?;
    if before.version != sent.fields.version() {
        return Err(Refusal::stale().into());
    }
    let blank = String::new;
    let after =
        Person { ethnic: blank(), disability: blank(), consent: blank(), consented_on: None, erased_on: Some(today), ..before.clone() };
    if after.update(&mut tx, before.version).await? == 0 {
        return Err(Refusal::stale().into());
    }
    // the paper of the consent says the same
    let consents = papers::within(&mut tx, CONSENT, &id, "").await?;
    for paper in &consents {
        file::remove(&mut tx, paper).await?;
    }
    Note::of("erase_representative", ("dossier", &id), serde_json::json!({})).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    for paper in &consents {
        visit.app.files().forget(paper).await?;
    }
    Ok(go(&format!("/ho-so-danh-gia/{id}/nguoi-dai-dien"), "erase_representative"))
}
