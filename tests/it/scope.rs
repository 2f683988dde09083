//! Rows: who sees which. Generated for every noun (`nouns.rs`), every role and several units and bodies, and compared with
//! a rule written there once more, from the paper and not from the code.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request};
use ocop::access::{Need, Role, token};
use ocop::point::State;
use ocop::store_test;
use ocop::testing::{Answer, Client, Engine, TestApp, run};

use crate::nouns::{NOUNS, Noun, POWERS, Page, has_reason};
use crate::world::{BAT_TRANG, Row, Who, World, everybody};

/// The need of the route that answers a path.
fn need(path: &str) -> Need {
    let path = path.split('?').next().unwrap_or(path);
    let found =
        ocop::app::routes().needs().iter().find(|(method, known, _)| *method == Method::GET && known == path).map(|(.., need)| *need);
    found.unwrap_or_else(|| panic!("no route answers GET {path}"))
}

fn has_power(path: &str, who: &Who) -> bool {
    POWERS.iter().all(|(known, has)| *known != path || has(who))
}

/// What the paper's rule makes of a page of one row.
fn wanted(noun: &Noun, page: &Page, need: Need, who: &Who, row: &Row) -> u16 {
    match (need.allows(Some(who.role)) && has_power(page.0, who), (noun.may_see)(who, row)) {
        (false, _) => 403,
        (true, false) => 404,
        (true, true) => page.1(who, row),
    }
}

/// Somebody with a browser, and with a program.
pub struct Asking {
    client: Client,
    program: Client,
    token: String,
}

impl Asking {
    /// Signs somebody in and makes a token for their program.
    pub async fn new(app: &TestApp, who: &Who) -> Asking {
        let client = app.sign_in_new(who.role, who.body, who.unit).await;
        let page = client.get("/tai-khoan/ma-truy-cap").await;
        if who.role == Role::COUNCIL_MEMBER {
            // whoever only sits in councils has no program either
            page.expect(403);
            return Asking { client, program: app.client(), token: String::new() };
        }
        let page = page.expect(200);
        let grant = page
            .body
            .split_once("name=\"grant\"")
            .and_then(|(_, rest)| rest.split_once("value=\""))
            .and_then(|(_, rest)| rest.split_once('"'));
        let fields = [("name", "thử"), ("grant", grant.expect("a role to choose").0), ("scope", "read"), ("expires_on", "31/12/2026")];
        let made = client.post("/tai-khoan/ma-truy-cap", &fields).await.expect(200);
        let (_, rest) = made.body.split_once(token::PREFIX).expect("a token");
        let secret: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        Asking { client, program: app.client(), token: format!("{}{secret}", token::PREFIX) }
    }

    /// Asks for a page, or sends an empty form; below `/api/` the program does.
    pub async fn ask(&self, method: &Method, path: &str) -> Answer {
        if path.starts_with("/api/") && !self.token.is_empty() {
            let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", self.token));
            return self.program.send(request.body(Body::empty()).unwrap()).await;
        }
        match *method {
            Method::GET => self.client.get(path).await,
            _ => self.client.post(path, &[]).await,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(&Method::GET, path).await
    }
}

/// What differs from the paper, and which papers were printed.
#[derive(Default)]
struct Found {
    wrong: Vec<String>,
    printed: BTreeSet<&'static str>,
}

/// Asks everything of a noun as one person.
async fn look(noun: &Noun, rows: &[Row], who: &Who, client: &Asking, found: &mut Found) {
    // without a token a program gets 401 everywhere
    let has = |path: &str| !path.starts_with("/api/") || !client.token.is_empty();
    for page in noun.pages.iter().filter(|page| has(page.0)) {
        let need = need(page.0);
        for row in rows {
            let path = row.fill(page.0);
            let wanted = wanted(noun, page, need, who, row);
            // a paper is printed once: what it shows is its own test's matter
            if page.0.ends_with(".pdf") && wanted == 200 && !found.printed.insert(page.0) {
                continue;
            }
            let got = client.get(&path).await.status.as_u16();
            if got != wanted {
                found.wrong.push(format!("{} of {}: {got}, not {wanted}: {who}, {} {}", page.0, row.name, row.id, row.kind));
            }
        }
    }
    for list in noun.lists.iter().filter(|list| has(list.0)) {
        let answer = client.get(list.0).await;
        let wanted = if need(list.0).allows(Some(who.role)) && has_power(list.0, who) { 200 } else { 403 };
        if answer.status.as_u16() != wanted {
            found.wrong.push(format!("{}: {}, not {wanted}: {who}", list.0, answer.status));
        }
        for row in rows.iter().filter(|_| wanted == 200) {
            let wanted = list.2.unwrap_or(noun.may_see)(who, row);
            if answer.body.contains(&row.fill(list.1)) != wanted {
                found.wrong.push(format!("{} {} {} {}: {who}", list.0, if wanted { "hides" } else { "shows" }, row.name, row.kind));
            }
        }
    }
}

async fn story(app: &TestApp, noun: &Noun) {
    let world = World::new(app).await;
    let rows = (noun.make)(&world).await;
    let mut found = Found::default();
    for who in everybody() {
        let client = Asking::new(app, &who).await;
        look(noun, &rows, &who, &client, &mut found).await;
    }
    let wrong = found.wrong;
    assert!(wrong.is_empty(), "{}: {} answers differ from the paper\n{}", noun.name, wrong.len(), wrong.join("\n"));
    // both answers were wanted of something, or the rows say nothing
    for wanted in [true, false] {
        assert!(
            everybody().iter().any(|who| rows.iter().any(|row| (noun.may_see)(who, row) == wanted)),
            "{}: nobody gets {wanted}",
            noun.name
        );
    }
}

/// Two tests for each noun, by the name it has in the registry.
macro_rules! rows_of {
    ($($name:ident),* $(,)?) => {
        /// The nouns that have tests.
        const TESTED: &[&str] = &[$(stringify!($name)),*];
        mod rows_are_seen_within_scope_only {
            use super::*;
            $(mod $name {
                use super::*;

                fn noun() -> &'static Noun {
                    NOUNS.iter().find(|noun| noun.name == stringify!($name)).expect("the noun is in the registry")
                }

                #[test]
                fn on_sqlite() {
                    run::<TestApp>(Engine::Sqlite, async |app: &TestApp| story(app, noun()).await);
                }

                #[test]
                fn on_postgres() {
                    run::<TestApp>(Engine::Postgres, async |app: &TestApp| story(app, noun()).await);
                }
            })*
        }
    };
}

rows_of! {
    draft, point, product, survey, inspection, finding, meeting, selection, prospect, call, aid, enrolment, connection, result, takedown,
    conference, outlet, blank, producer, dossier, attachment,
}

#[test]
fn every_noun_of_the_registry_is_tested() {
    let known: Vec<&str> = NOUNS.iter().map(|noun| noun.name).collect();
    assert_eq!(TESTED, known);
}

/// A page of one thing that is not for everybody belongs to a noun, or says why place does not matter.
#[test]
fn every_page_of_one_thing_belongs_to_a_noun() {
    let known: BTreeSet<&str> = NOUNS.iter().flat_map(|noun| noun.pages).map(|page| page.0).collect();
    let routes = ocop::app::routes();
    let missing: Vec<&String> = routes
        .needs()
        .iter()
        .filter(|(method, path, need)| *method == Method::GET && path.contains('{') && *need != Need::Public)
        .map(|(_, path, _)| path)
        .filter(|path| !known.contains(path.as_str()) && !has_reason(path))
        .collect();
    assert!(missing.is_empty(), "these pages show rows and belong to no noun of tests/it/nouns.rs: {missing:#?}");
}

store_test! {
    async fn a_step_is_taken_within_scope_only(app: TestApp) {
        let world = World::new(app).await;
        let rows = crate::make::drafts(&world).await;
        let noun = &NOUNS[0];
        let mut before = Vec::new();
        for row in &rows {
            before.push(app.point(&row.id).await);
        }
        for who in everybody() {
            let client = app.sign_in_new(who.role, who.body, who.unit).await;
            for row in &rows {
                // nobody accepts a draft: whoever accepts points is told so of those that they see
                let step = client.post(&format!("/ho-so/{}/buoc/accept", row.id), &[("version", "1")]).await.status.as_u16();
                let accepts = matches!(who.role, Role::SURVEYOR | Role::LEADER);
                let wanted = match (accepts, (noun.may_see)(&who, row)) {
                    (false, _) => 403,
                    (true, false) => 404,
                    (true, true) => 409,
                };
                assert_eq!(step, wanted, "{who}: step on {}", row.name);
            }
        }
        for point in before {
            assert_eq!(app.point(&point.id).await, point);
        }
    }

    async fn pictures_follow_their_point(app: TestApp) {
        let hidden = app.add_point(|_| {}).await;
        let shown = app.add_point(|point| point.state = State::Operating).await;
        let kept = app.files().keep_picture("anh.png", ocop::testing::upload(app.store.folder.path(), &tiny_png()).await).await.unwrap();
        let first = kept.id.clone();
        let mut pictures = Vec::new();
        for (point, is_public) in [(&hidden, true), (&shown, true), (&shown, false)] {
            let kept = ocop::file::Kept { id: ocop::clock::new_id(), ..kept.clone() };
            let depot = app.files().depot();
            for (name, _) in depot.list("files").await.unwrap().into_iter().filter(|(name, _)| name.contains(&first)) {
                let bytes = depot.get(&name).await.unwrap().unwrap();
                let size = &name[name.find(&first).unwrap() + first.len()..];
                depot.put(&format!("files/{}/{}{size}", &kept.id[kept.id.len() - 2..], kept.id), bytes).await.unwrap();
            }
            let mut tx = app.db().write().await.unwrap();
            let place = ocop::file::Place { kind: "point", id: &point.id, field: "photo", caption: "Mặt tiền", position: None, is_public };
            pictures.push(ocop::file::add(&mut tx, app.clock().now(), &kept, place, "test").await.unwrap());
            tx.commit().await.unwrap();
        }
        let [of_hidden, of_shown, inner] = &pictures[..] else { unreachable!() };
        let (nobody, near, far) = (app.client(), app.sign_in_new(Role::COMMUNE, "ubnd-00577.2025", Some(BAT_TRANG)).await, app.sign_in(Role::COMMUNE).await);
        for (picture, public, inside, outside) in [(of_hidden, 404, 200, 404), (of_shown, 200, 200, 200), (inner, 404, 200, 404)] {
            let path = format!("/anh/{picture}");
            nobody.get(&path).await.expect(public);
            far.get(&path).await.expect(outside);
            let answer = near.get(&path).await.expect(inside);
            assert_eq!(answer.header("content-type"), "image/jpeg");
        }
        assert!(near.get(&format!("/anh/{of_hidden}")).await.header("cache-control").contains("no-store"));
        assert!(nobody.get(&format!("/anh/{of_shown}")).await.header("cache-control").contains("public"));
    }
}

/// A red picture of 8 × 8, made here so that none has to be committed.
pub fn tiny_png() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(8, 8, image::Rgb([200, 30, 30])).write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}
