//! What is sensitive of a person is in no output: every list of the registry of nouns, every page without a parameter, every page of
//! a dossier, in whatever format, asked by every role; the journal, the queue, the mails. The two places that may show it do, to
//! those who may read it.

use std::io::{Cursor, Read as _};

use axum::http::Method;
use ocop::access::{Need, Role};
use ocop::fetch_all;
use ocop::testing::{Engine, TestApp, run};

use crate::nouns::NOUNS;
use crate::scope::Asking;
use crate::world::{World, everybody};

const ETHNIC: &str = "DaucuaDantoc";
const DISABILITY: &str = "DaucuaKhuyettat";
const ADDRESS: &str = "DaucuaThuongtru";

/// The text of an answer, of a workbook or archive what is packed in it, of a paper what is printed on it.
fn text_of(bytes: &[u8]) -> String {
    if bytes.starts_with(b"PK") {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        return (0..archive.len())
            .map(|at| {
                let mut text = Vec::new();
                archive.by_index(at).unwrap().read_to_end(&mut text).unwrap();
                text_of(&text)
            })
            .collect();
    }
    if bytes.starts_with(b"%PDF") {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pdf");
        std::fs::write(&path, bytes).unwrap();
        let printed = std::process::Command::new("pdftotext").arg(&path).arg("-").output().expect("pdftotext of poppler-utils");
        return String::from_utf8_lossy(&printed.stdout).into_owned();
    }
    String::from_utf8_lossy(bytes).into_owned()
}

fn shown(bytes: &[u8]) -> Vec<&'static str> {
    let text = text_of(bytes);
    [ETHNIC, DISABILITY, ADDRESS].into_iter().filter(|mark| text.contains(mark)).collect()
}

async fn story(app: &TestApp) {
    let world = World::new(app).await;
    let noun = NOUNS.iter().find(|noun| noun.name == "dossier").unwrap();
    let rows = (noun.make)(&world).await;
    for row in &rows {
        let given = [
            ("id", row.id.as_str()),
            ("name", "Nguyễn Thị Mẫu"),
            ("sex", "female"),
            ("address", ADDRESS),
            ("ethnic", ETHNIC),
            ("disability", DISABILITY),
            ("consent", "self"),
            ("version", "1"),
        ];
        world.put("dossier_person", &given).await;
    }
    let routes = ocop::app::routes();
    let plain = routes.needs().iter().filter(|(method, path, _)| *method == Method::GET && !path.contains('{'));
    let mut asked: Vec<(String, Need)> = plain.map(|(_, path, need)| (path.clone(), *need)).collect();
    asked.extend(NOUNS.iter().flat_map(|noun| noun.lists).map(|list| (list.0.to_owned(), Need::Public)));
    for page in noun.pages {
        asked.extend(rows.iter().map(|row| (row.fill(page.0), Need::Public)));
    }
    let (mut seen, mut allowed) = (0, 0);
    let mut told = std::collections::BTreeSet::new();
    for who in everybody().into_iter().filter(|who| told.insert((who.role, who.body))) {
        let client = Asking::new(app, &who).await;
        for (path, need) in &asked {
            if !need.allows(Some(who.role)) {
                continue;
            }
            let answer = client.ask(&Method::GET, path).await;
            let found = shown(&answer.bytes);
            seen += 1;
            let may = matches!(who.role, Role::BUSINESS | Role::COMMUNE)
                && (path.ends_with("/nguoi-dai-dien") || (path.contains("/mau-02.") || path.contains("/mau-03.")));
            assert!(found.is_empty() || may, "{path} shows {found:?}: {who}");
            allowed += usize::from(!found.is_empty());
        }
    }
    assert!(seen > 500, "{seen} answers were looked at");
    assert!(allowed > 4, "those who may read it do: {allowed}");
    // a producer who tells it leaves no trace of what it told
    let producer = app.sign_in(Role::BUSINESS).await;
    let path = format!("/ho-so-danh-gia/{}/nguoi-dai-dien", rows.iter().find(|row| row.kind == "draft").unwrap().id);
    let fields = [("version", "1"), ("ethnic", ETHNIC), ("address", ADDRESS), ("consent", "self")];
    producer.post(&path, &fields).await.expect(303);
    app.work().await;
    let mut tx = app.db().read().await.unwrap();
    let mut kept = fetch_all!(&mut tx, (String,), "select detail from journal").unwrap();
    kept.extend(fetch_all!(&mut tx, (String,), "select payload from job").unwrap());
    kept.extend(fetch_all!(&mut tx, (String,), "select value from journal_personal").unwrap());
    assert!(kept.iter().any(|(text,)| text.contains("ethnic")), "which lines were told is in the journal");
    assert!(kept.iter().all(|(text,)| shown(text.as_bytes()).is_empty()));
    assert!(app.outbox().iter().all(|mail| shown(mail.as_bytes()).is_empty()));
}

#[test]
fn what_is_sensitive_is_in_no_output() {
    run(Engine::Sqlite, async |app| story(app).await);
}
