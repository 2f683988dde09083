//! Every route has a need, and what each role gets at each route is a snapshot.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::Method;
use ocop::access::{Need, Role};
use ocop::point::Step;
use ocop::testing::{Client, Engine, TestApp, run};

/// A path with its parameters filled by something that does not exist.
fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{*file}" => "none.css",
            part if part.starts_with('{') => "00000000000000000000000000000000",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// A step has a rule of its own (`Step::may`): a line for each.
fn by_step((method, path, need): &(Method, String, Need)) -> Vec<(Method, String, Need)> {
    let words: Vec<&str> = if path.contains("{step}") { Step::ALL.iter().map(|step| step.word()).collect() } else { vec![""] };
    words.into_iter().map(|word| (method.clone(), path.replace("{step}", word), *need)).collect()
}

/// What the gate decided: `open` says nothing of what lies behind it.
async fn decision(client: &Client, method: &Method, path: &str) -> &'static str {
    let answer = match *method {
        Method::GET => client.get(path).await,
        Method::POST => client.post(path, &[]).await,
        _ => client.send(axum::http::Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap()).await,
    };
    match answer.status.as_u16() {
        // a cookie opens nothing for programs
        401 if path.starts_with("/api/") => "token",
        303 if answer.location().starts_with("/dang-nhap?tiep=") => "sign in",
        403 if answer.body.contains("Vai trò hiện tại không được làm việc này") => "no",
        500.. => "FAILS",
        _ => "open",
    }
}

#[test]
fn role_and_route_decide() {
    run::<TestApp>(Engine::Sqlite, async |app: &TestApp| {
        let routes = ocop::app::routes();
        let mut clients: Vec<(&str, Client)> = vec![("nobody", app.client())];
        for role in Role::ALL {
            clients.push((role.word(), app.sign_in(role).await));
        }
        // signing out ends the session, so each role signs in again for it
        let mut table: BTreeMap<(String, String), String> = BTreeMap::new();
        for (method, path, need) in routes.needs().iter().flat_map(by_step) {
            let mut line = String::new();
            for (name, client) in &clients {
                let decided = if path == "/dang-xuat" {
                    let fresh = match Role::read(name) {
                        Some(role) => app.sign_in(role).await,
                        None => app.client(),
                    };
                    decision(&fresh, &method, &path).await
                } else {
                    decision(client, &method, &filled(&path)).await
                };
                assert_ne!(decided, "FAILS", "{method} {path} as {name}");
                let _ = write!(line, " {decided:<9}");
                // the need alone must never be weaker than what the gate did
                if decided == "open" {
                    assert!(need.allows(Role::read(name)), "{method} {path} let {name} in against its need");
                }
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
    });
}

#[test]
fn a_route_without_a_need_is_closed() {
    run::<TestApp>(Engine::Sqlite, async |app: &TestApp| {
        assert_eq!(app.need(&Method::GET, "/khong-khai-bao"), None);
        assert_eq!(app.need(&Method::HEAD, "/viec"), Some(Need::SignedIn));
    });
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

/// The auditor reads all and changes nothing: no POST is open to that role alone.
#[test]
fn the_auditor_changes_nothing() {
    for (method, path, need) in ocop::app::routes().needs() {
        if *method != Method::GET
            && let Need::Roles(roles) = need
        {
            assert!(!roles.contains(&Role::Auditor), "{path} lets the auditor change something");
        }
    }
}
