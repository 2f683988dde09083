//! Sign-in, sign-out, switching roles.

use std::pin::Pin;

use askama::Template;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use serde_json::json;

use super::{device, trail};
use crate::access::{Life, Need, Role, Routes, cookie_secret, device_secret, password, store, with_cookie, with_device};
use crate::db::{DbResult, Tx};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Fields, Form, Sent, Shell, Visit, go};
use crate::state::Caller;
use crate::{clock, limit};

/// Tries of one account, and of one device it knows, before it waits.
const FREE: i64 = 5;
/// Tries of one address before it waits.
pub const ADDRESS_FREE: i64 = 30;
/// Tries of one account and of one address that may be under way at once.
const AT_ONCE: u32 = 3;
const ADDRESS_AT_ONCE: u32 = 16;
/// Longest name that is looked up.
const LONGEST: usize = 200;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/dang-nhap", Need::Public, sign_in_form)
        .post("/dang-nhap", Need::Public, sign_in)
        .post("/dang-xuat", Need::SignedIn, sign_out)
        .post("/vai-tro", Need::SignedIn, switch)
}

/// Only paths of this site may be the place to go on to.
fn safe_path(path: &str) -> &str {
    let ok = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.contains(char::is_control);
    if ok { path } else { "/viec" }
}

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    shell: Shell,
    form: Form,
    next: String,
    demo: Vec<(&'static str, &'static str)>,
    password: &'static str,
}

/// A sample account.
pub struct SignIn {
    /// What is typed at sign-in.
    pub login: &'static str,
    /// Name shown.
    pub name: &'static str,
    /// Role held.
    pub role: Role,
    /// Body it is held in.
    pub body: &'static str,
    /// Unit below which rows are seen.
    pub unit: Option<&'static str>,
}

/// The sample accounts that the sign-in page offers: those of a demo store.
#[derive(Default)]
pub struct SignIns {
    /// The accounts.
    pub accounts: &'static [SignIn],
    /// The password of all of them.
    pub password: &'static str,
}

/// Whose account a code means that is none of this slice: the point's, whose owner has no mail.
pub struct Codes(pub for<'a> fn(&'a mut Tx, &'a str) -> CodeOwner<'a>);

/// The person of a code, while it is looked up.
pub type CodeOwner<'a> = Pin<Box<dyn Future<Output = DbResult<Option<String>>> + Send + 'a>>;

fn sign_in_page(visit: &Visit, form: Form, next: &str) -> Result<Response> {
    let sample: &SignIns = visit.app.held();
    let demo = sample.accounts.iter().map(|sign_in| (sign_in.role.name(), sign_in.login)).collect();
    let page =
        SignInPage { shell: visit.shell(visit.lang.t("sign_in.title")), form, next: next.to_owned(), demo, password: sample.password };
    page.form.answer(&page)
}

async fn sign_in_form(visit: Visit) -> Result<Response> {
    let next = visit.query.get("tiep").to_owned();
    if visit.actor.is_signed_in() {
        return Ok(go(safe_path(if next.is_empty() { "/viec" } else { &next }), ""));
    }
    sign_in_page(&visit, Form::new(visit.lang), &next)
}

fn not_right(visit: &Visit, fields: &Fields) -> Result<Response> {
    let mut errors = Errors::default();
    errors.add(
        "login",
        both(
            "Tên đăng nhập hoặc mật khẩu không đúng. Hãy nhập lại, hoặc chọn “Quên mật khẩu”.",
            "The sign-in name or password is not right. Try again, or choose “Forgotten password”.",
        ),
    );
    let mut kept = fields.clone();
    kept.set("password", "");
    let next = fields.get("tiep").to_owned();
    sign_in_page(visit, Form::with(kept, errors, visit.lang), &next)
}

/// Too many tries, and the way in that stays open: a link goes to the owner's mailbox only.
fn wait_for(seconds: i64) -> Refusal {
    let minutes = (seconds + 59) / 60;
    let mut refusal = Refusal::slow_down(seconds);
    refusal.todo = both(
        format!(
            "Hãy chờ {minutes} phút rồi thử lại. Cần vào ngay: chọn “Quên mật khẩu” để nhận liên kết qua thư; tài khoản không có thư thì xin xã, phường PIN mới."
        ),
        format!(
            "Wait {minutes} minute(s), then try again. To get in at once, choose “Forgotten password” for a link by mail; without mail, ask the commune for a new PIN."
        ),
    );
    refusal
}

/// Whom a typed name means: a mail address, a file code, or the code of a point whose owner has no mail.
async fn find(tx: &mut Tx, codes: &Codes, login: &str) -> Result<Option<store::Person>> {
    if let Some(person) = store::find_login(tx, login).await? {
        return Ok(Some(person));
    }
    let Some(id) = (codes.0)(tx, &login.to_uppercase()).await? else { return Ok(None) };
    Ok(store::find(tx, &id).await?.filter(|person| person.file_code.is_some()))
}

/// What a try is counted by. A device that the person signed in on before is counted by itself: the guesses of others,
/// also those from the same address, do not keep it out.
struct Keys {
    account: String,
    address: Option<String>,
}

impl Keys {
    async fn of(tx: &mut Tx, person: Option<&store::Person>, login: &str, caller: &Caller, device: Option<&str>) -> Result<Keys> {
        if let (Some(person), Some(secret)) = (person, device)
            && store::knows_device(tx, &person.id, secret).await?
        {
            return Ok(Keys { account: format!("device:{}:{}", person.id, clock::digest(secret.as_bytes())), address: None });
        }
        let account = person
            .map_or_else(|| format!("login:?{}", clock::digest(login.to_lowercase().as_bytes())), |person| format!("login:{}", person.id));
        Ok(Keys { account, address: Some(format!("address:{}", limit::network(&caller.0))) })
    }

    async fn wait(&self, tx: &mut Tx, visit: &Visit) -> Result<i64> {
        let now = visit.app.clock().now();
        let mut wait = store::blocked_for(tx, &self.account, now).await?;
        if let Some(address) = &self.address {
            wait = wait.max(store::blocked_for(tx, address, now).await?);
        }
        Ok(wait)
    }

    /// Counts the try; gives how many of the account and of the address there were.
    async fn reserve(&self, visit: &Visit) -> Result<(i64, i64)> {
        let now = visit.app.clock().now();
        let mut tx = visit.app.db().write().await?;
        let tries = store::reserve(&mut tx, &self.account, now, FREE).await?;
        let from_address = match &self.address {
            Some(address) => store::reserve(&mut tx, address, now, ADDRESS_FREE).await?,
            None => Some(0),
        };
        let (Some(tries), Some(from_address)) = (tries, from_address) else {
            drop(tx);
            let wait = self.wait(&mut visit.app.db().read().await?, visit).await?;
            return Err(wait_for(wait.max(1)).into());
        };
        tx.commit().await?;
        Ok((tries, from_address))
    }

    async fn succeeded(&self, tx: &mut Tx) -> Result<()> {
        store::clear(tx, &self.account).await?;
        if let Some(address) = &self.address {
            store::give_back(tx, address).await?;
        }
        Ok(())
    }
}

/// The try is counted before the password is looked at, and a refused one writes nothing.
async fn sign_in(visit: Visit, caller: Caller, headers: HeaderMap, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let login = fields.get("login");
    if login.chars().count() > LONGEST {
        return not_right(&visit, &fields);
    }
    let (https, now, today) = (visit.app.config().is_https(), visit.app.clock().now(), visit.app.clock().today());
    let device = device_secret(&headers, https);
    let mut tx = visit.app.db().read().await?;
    let person = find(&mut tx, visit.app.held(), login).await?;
    let keys = Keys::of(&mut tx, person.as_ref(), login, &caller, device.as_deref()).await?;
    let wait = keys.wait(&mut tx, &visit).await?;
    drop(tx);
    if wait > 0 {
        return Err(wait_for(wait).into());
    }
    let _of_account = visit.app.limits().enter(&keys.account, AT_ONCE)?;
    let _of_address = match &keys.address {
        Some(address) => Some(visit.app.limits().enter(address, ADDRESS_AT_ONCE)?),
        None => None,
    };
    let turn = password::turn().await?;
    let (tries, from_address) = keys.reserve(&visit).await?;
    let seen = device::seen(&headers, &caller);
    let fits = turn.fits(fields.get("password"), person.as_ref().map_or("", |person| &person.password_hash)).await?;
    let failure = trail::Failure { person: person.as_ref().map(|person| person.id.as_str()), login, tries, from_address, free: FREE };
    if fits
        && let Some(person) = &person
        && matches!(person.status.as_str(), "active" | "unconfirmed")
    {
        let mut tx = visit.app.db().write().await?;
        // locked, or given another password, while this one was looked at
        let still = store::find(&mut tx, &person.id)
            .await?
            .is_some_and(|now| now.status == person.status && now.password_hash == person.password_hash);
        let grants = store::grants(&mut tx, &person.id, today).await?;
        if let (true, Some(grant)) = (still, grants.first()) {
            keys.succeeded(&mut tx).await?;
            if let Some(old) = cookie_secret(&headers, https) {
                store::close_session(&mut tx, &old).await?;
            }
            let device = device.unwrap_or_else(clock::secret);
            store::remember_device(&mut tx, &person.id, &device, now).await?;
            let life = Life::of(grant.role, visit.app.config().admin_hours);
            let secret = store::open_session(&mut tx, &person.id, &grant.id, life, &seen, now).await?;
            let who = format!("{} – {}", grant.role.name(), grant.body_name);
            Note::of("sign_in", ("person", &person.id), json!({"tries": tries}))
                .aside(&trail::aside(&seen))
                .by_name(&mut tx, now, (&person.id, &who))
                .await?;
            tx.commit().await?;
            tracing::info!(person = person.id, address = seen.address, "signed in");
            let next = fields.get("tiep");
            let response = with_cookie(go(safe_path(if next.is_empty() { "/viec" } else { next }), ""), &secret, https)?;
            return with_device(response, &device, https);
        }
    }
    tracing::info!(person = failure.person.unwrap_or("unknown"), address = seen.address, tries, from_address, "sign-in failed");
    if failure.is_told() {
        let mut tx = visit.app.db().write().await?;
        failure.note(&mut tx, now, &seen).await?;
        tx.commit().await?;
    }
    not_right(&visit, &fields)
}

async fn sign_out(visit: Visit, caller: Caller, headers: HeaderMap) -> Result<Response> {
    let https = visit.app.config().is_https();
    if let Some(secret) = cookie_secret(&headers, https) {
        let mut tx = visit.app.db().write().await?;
        if store::close_session(&mut tx, &secret).await?.is_some() {
            let person = visit.actor.journal_id();
            Note::of("sign_out", ("person", person), json!({}))
                .aside(&trail::aside(&device::seen(&headers, &caller)))
                .by(&mut tx, visit.app.clock().now(), &visit.actor)
                .await?;
        }
        tx.commit().await?;
    }
    let mut response = with_cookie(go("/dang-nhap", ""), "", https)?;
    // what was kept of this person's pages and drafts; the cookie of the device stays
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(response)
}

async fn switch(visit: Visit, headers: HeaderMap, sent: Sent) -> Result<Response> {
    let wanted = sent.fields.get("grant");
    let Some(grant) = visit.actor.grants.iter().find(|grant| grant.id == wanted) else {
        return Err(Refusal::forbidden().into());
    };
    if let Some(secret) = cookie_secret(&headers, visit.app.config().is_https()) {
        let mut tx = visit.app.db().write().await?;
        store::switch_session(&mut tx, &secret, wanted, Life::of(grant.role, visit.app.config().admin_hours)).await?;
        let detail = json!({"role": grant.role.word(), "body": grant.body_id});
        Note::of("switch_role", ("person", visit.actor.journal_id()), detail).by(&mut tx, visit.app.clock().now(), &visit.actor).await?;
        tx.commit().await?;
    }
    Ok(go("/viec", ""))
}
