//! Every route has a need, and what each role gets at each route is a snapshot.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{Method, Request};
use axum::middleware::from_fn_with_state;
use axum::routing::any;
use ocop::access::{Need, Role};
use ocop::point::Step;
use ocop::testing::{Answer, Client, TestApp};
use ocop::{fetch_one, store_test};

use crate::nouns::NOUNS;
use crate::scope::Asking;
use crate::world::{Row, Who, World};

/// Things that exist, by the beginning of the paths that show them.
struct Things(Vec<(String, Row)>);

impl Things {
    async fn new(world: &World<'_>) -> Things {
        let mut found = Vec::new();
        for noun in NOUNS {
            let rows = (noun.make)(world).await;
            // of the commune of the sample accounts, where there is one
            let row = rows.iter().find(|row| row.units.iter().any(|unit| unit == crate::world::HA_DONG)).or(rows.first()).expect("a row");
            for page in noun.pages {
                let (begin, rest) = page.0.split_once('{').expect("a page of one row");
                let (_, rest) = rest.split_once('}').expect("a page of one row");
                if rest.contains('{') {
                    found.push((page.0.to_owned(), row.clone()));
                }
                found.push((format!("{begin}{{"), row.clone()));
            }
        }
        world.put("chain", &[("id", "demo-coso"), ("version", "1")]).await;
        let mut tx = world.app.db().read().await.unwrap();
        let (plan,) = fetch_one!(&mut tx, (String,), "select id from plan order by id limit 1").unwrap();
        let (person,) = fetch_one!(&mut tx, (String,), "select id from person order by id limit 1").unwrap();
        let (point, product) = (&world.points[2].id, &world.products[2].id);
        let (of_point,) = fetch_one!(&mut tx, (String,), "select slug from point where id = $1", point).unwrap();
        let (of_product,) = fetch_one!(&mut tx, (String,), "select slug from product where id = $1", product).unwrap();
        for (begin, id) in [
            ("/bo-tieu-chi/{", "950-2023"),
            ("/co-quan/{", "so-cong-thuong"),
            ("/ket-noi/chuoi/{", "demo-coso"),
            ("/ke-hoach/{", &plan),
            ("/nguoi-dung/{", &person),
            ("/diem-ban/{", &of_point),
            ("/en/diem-ban/{", &of_point),
            ("/san-pham/{", &of_product),
            ("/en/san-pham/{", &of_product),
        ] {
            found.push((begin.to_owned(), Row { id: id.to_owned(), ..Row::default() }));
        }
        // the longest beginning is the one that is meant
        found.sort_by_key(|(begin, _)| std::cmp::Reverse(begin.len()));
        Things(found)
    }

    /// A path with its parameters filled by what exists, and by what does not where nothing is known.
    fn fill(&self, path: &str) -> String {
        let known = self.0.iter().find(|(begin, _)| path.starts_with(begin.as_str()));
        let filled = match known {
            Some((_, row)) => {
                let (begin, rest) = path.split_once('{').expect("a parameter");
                let (name, rest) = rest.split_once('}').expect("a parameter");
                let own = row.path.iter().find(|(known, _)| *known == name).map_or(&row.id, |(_, value)| value);
                let mut path = format!("{begin}{own}{rest}");
                for (name, value) in &row.path {
                    path = path.replace(&format!("{{{name}}}"), value);
                }
                path
            }
            None => path.to_owned(),
        };
        filled
            .split('/')
            .map(|part| match part {
                "{*file}" => "none.css",
                part if part.starts_with('{') => "00000000000000000000000000000000",
                part => part,
            })
            .collect::<Vec<_>>()
            .join("/")
    }
}

/// A step has a rule of its own (`Step::may`): a line for each.
fn by_step((method, path, need): &(Method, String, Need)) -> Vec<(Method, String, Need)> {
    let words: Vec<&str> = if path.contains("{step}") { Step::ALL.iter().map(|step| step.word()).collect() } else { vec![""] };
    words.into_iter().map(|word| (method.clone(), path.replace("{step}", word), *need)).collect()
}

async fn ask(client: &Client, method: &Method, path: &str) -> Answer {
    match *method {
        Method::GET => client.get(path).await,
        Method::POST => client.post(path, &[]).await,
        _ => client.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await,
    }
}

/// What came of it: the gate sent to sign in, wanted a token or said no; else the status of what lies behind it.
fn decision(answer: &Answer, path: &str, is_allowed: bool) -> String {
    match answer.status.as_u16() {
        // a cookie opens nothing for programs
        401 if path.starts_with("/api/") => "token".to_owned(),
        303 if answer.location().starts_with("/dang-nhap?tiep=") => "sign in".to_owned(),
        403 if !is_allowed => "no".to_owned(),
        status => status.to_string(),
    }
}

store_test! {
    async fn role_and_route_decide(app: TestApp) {
        let things = Things::new(&World::new(app).await).await;
        let routes = ocop::app::routes();
        let mut clients: Vec<(&str, Client)> = vec![("nobody", app.client())];
        for role in Role::all() {
            clients.push((role.word(), app.sign_in(role).await));
        }
        let mut table: BTreeMap<(String, String), String> = BTreeMap::new();
        let mut wrongly_optional = std::collections::BTreeSet::new();
        for (method, path, need) in routes.needs().iter().flat_map(by_step) {
            let mut line = String::new();
            for (name, client) in &clients {
                let is_allowed = need.allows(Role::read(name));
                let filled = things.fill(&path);
                // signing out ends the session, so each role signs in again for it
                let answer = match (path.as_str(), Role::read(name)) {
                    ("/dang-xuat", Some(role)) => ask(&app.sign_in(role).await, &method, &filled).await,
                    _ => ask(client, &method, &filled).await,
                };
                assert!(answer.status.as_u16() < 500, "{method} {filled} as {name}: {}", answer.status);
                wrongly_optional.extend(optional_and_refused(&answer.body).map(|label| format!("{path}: {label}")));
                let decided = decision(&answer, &path, is_allowed);
                // the need alone must never be weaker than what the gate did
                if !matches!(decided.as_str(), "no" | "sign in" | "token") {
                    assert!(is_allowed, "{method} {path} let {name} in against its need");
                }
                let _ = write!(line, " {decided:<9}");
            }
            table.insert((path, method.to_string()), line);
        }
        let mut text = format!("{:<48}", "");
        for (name, _) in &clients {
            let _ = write!(text, " {:<9}", name.get(..9.min(name.len())).unwrap_or(name));
        }
        text = format!("{}\n", text.trim_end());
        for ((path, method), line) in table {
            let _ = writeln!(text, "{}", format!("{:<48}{line}", format!("{method:<4} {path}")).trim_end());
        }
        insta::assert_snapshot!("role_and_route", text);
        assert!(wrongly_optional.is_empty(), "fields that “may stay empty” and are refused when they do: {wrongly_optional:#?}");
        // an empty form is refused; who forgot a password is told the same whatever was typed
        let taken: Vec<&str> = text.lines().filter(|line| line.starts_with("POST ") && line.contains(" 200 ")).collect();
        assert!(taken.iter().all(|line| line.contains(" /quen-mat-khau ")), "an empty form is answered 200:\n{}", taken.join("\n"));
    }

    async fn a_route_without_a_need_is_closed(app: TestApp) {
        assert_eq!(app.need(&Method::GET, "/khong-khai-bao"), None);
        assert_eq!(app.need(&Method::HEAD, "/viec"), Some(Need::SignedIn));
        // a route that was registered beside the table of needs, behind the gate of the program
        let router = axum::Router::new()
            .route("/khong-khai-bao", any(async || "open"))
            .layer(from_fn_with_state(app.app.clone(), ocop::access::guard))
            .with_state(app.app.clone());
        let administrator = app.sign_in(Role::ADMINISTRATOR).await.secret();
        for cookie in [String::new(), format!("ocop={administrator}")] {
            for method in [Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::DELETE] {
                let request = Request::builder()
                    .method(&method)
                    .uri("/khong-khai-bao")
                    .header("host", "ocop.test")
                    .header("origin", "http://ocop.test")
                    .header("cookie", &cookie)
                    .body(Body::empty())
                    .unwrap();
                let answer = tower::ServiceExt::oneshot(router.clone(), request).await.unwrap();
                assert_eq!(answer.status().as_u16(), 403, "{method} with “{cookie}”");
            }
        }
    }

    async fn the_auditor_changes_nothing(app: TestApp) {
        let things = Things::new(&World::new(app).await).await;
        let who = Who { role: Role::AUDITOR, body: "so-cong-thuong", unit: Some("01") };
        let auditor = Asking::new(app, &who).await;
        let before = changes(app).await;
        for (method, path, need) in ocop::app::routes().needs().iter().flat_map(by_step).filter(|(method, ..)| *method != Method::GET) {
            match need {
                Need::May(_) | Need::Any(_) => assert!(!need.allows(Some(Role::AUDITOR)), "{path} lets the auditor change something"),
                // what everybody does for themselves, and what everybody does without an account
                Need::SignedIn | Need::Rows if OWN.iter().any(|own| path.starts_with(own)) => {}
                Need::Public => {}
                Need::SignedIn | Need::Rows | Need::Staff => {
                    let filled = things.fill(&path);
                    let status = auditor.ask(&method, &filled).await.status.as_u16();
                    assert!(matches!(status, 403 | 404), "{method} {filled} answers the auditor {status}");
                }
            }
        }
        assert_eq!(changes(app).await, before, "the auditor changed something");
    }
}

/// Labels of the fields of a refused form that are said to be optional.
fn optional_and_refused(body: &str) -> impl Iterator<Item = &str> {
    let labels = body
        .split(" data-invalid")
        .skip(1)
        .filter_map(|rest| rest.split_once("<label ").or_else(|| rest.split_once("<legend")).map(|(_, label)| label));
    labels.filter_map(|label| label.split("</").next()).filter(|label| label.contains("không bắt buộc") || label.contains("optional"))
}

/// What anybody signed in does for themselves.
const OWN: &[&str] = &["/tai-khoan", "/dang-xuat", "/vai-tro"];

async fn changes(app: &TestApp) -> i64 {
    let mut tx = app.db().read().await.unwrap();
    fetch_one!(&mut tx, (i64,), "select count(*) from journal").unwrap().0
}

/// A route that is registered twice, or a need for a path the router does not know, is a slip of the pen.
#[test]
fn every_route_is_declared_once() {
    let routes = ocop::app::routes();
    let mut seen = std::collections::BTreeSet::new();
    for (method, path, _) in routes.needs() {
        assert!(seen.insert((method.to_string(), path.clone())), "{method} {path} is declared twice");
    }
}
