//! The map of modules: who imports whom, what a file may hold, and that ARCHITECTURE.md tells the truth.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, files, read};

/// Know no slice and no frame.
const TOOLS: &[&str] = &["change", "clock", "config", "db", "error", "file", "framing", "geo", "job", "mail", "picture", "sheet", "text"];

/// Put everything together; every module may use `App` and `Routes`, and these may use every module.
const WIRING: &[&str] = &["app", "cli", "lib", "main", "testing"];

/// Names after `crate::` in a text: `crate::a::b`, `crate::{a, b::{c, d}}`.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        // `$crate::` is a macro's own path, `my_crate::` another word
        if text[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let word =
            |text: &str| text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect::<String>();
        match rest.strip_prefix('{') {
            None => drop(found.insert(word(rest))),
            Some(list) => {
                let mut depth = 0;
                let mut start = true;
                for (at, letter) in list.char_indices() {
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        letter if start && letter.is_alphabetic() => {
                            found.insert(word(&list[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

fn is_test(source: &Source) -> bool {
    source.path.ends_with("/tests.rs") || source.path.contains("/tests/")
}

/// Every module and the modules it imports, tests left out.
fn graph() -> BTreeMap<String, BTreeMap<String, String>> {
    let sources = files("src", &["rs", "html"]);
    let modules: BTreeSet<String> = sources.iter().map(|source| source.module().to_owned()).collect();
    let mut graph: BTreeMap<String, BTreeMap<String, String>> = modules.iter().map(|module| (module.clone(), BTreeMap::new())).collect();
    for source in sources.iter().filter(|source| !is_test(source)) {
        for name in imports(&source.code()) {
            if modules.contains(&name) && name != source.module() {
                graph.entry(source.module().to_owned()).or_default().entry(name).or_insert_with(|| source.path.clone());
            }
        }
    }
    graph
}

fn is_slice(module: &str) -> bool {
    !TOOLS.contains(&module) && !WIRING.contains(&module)
}

#[test]
fn the_slice_graph_is_the_one_on_paper() {
    let mut text = String::new();
    for (module, used) in graph() {
        if is_slice(&module) {
            let used: Vec<&str> = used.keys().map(String::as_str).filter(|name| is_slice(name)).collect();
            text.push_str(format!("{module} -> {}", used.join(" ")).trim_end());
            text.push('\n');
        }
    }
    insta::assert_snapshot!("slices", text);
}

#[test]
fn slices_do_not_go_in_circles() {
    let graph = graph();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    loop {
        let free: Vec<&str> = graph
            .iter()
            .filter(|(module, used)| {
                is_slice(module)
                    && !done.contains(module.as_str())
                    && used.keys().filter(|name| is_slice(name)).all(|name| done.contains(name.as_str()))
            })
            .map(|(module, _)| module.as_str())
            .collect();
        if free.is_empty() {
            break;
        }
        done.extend(free);
    }
    let stuck: Vec<String> = graph
        .iter()
        .filter(|(module, _)| is_slice(module) && !done.contains(module.as_str()))
        .map(|(module, used)| {
            let edges: Vec<String> = used
                .iter()
                .filter(|(name, _)| is_slice(name) && !done.contains(name.as_str()))
                .map(|(name, file)| format!("{name} (in {file})"))
                .collect();
            format!("{module} -> {}", edges.join(", "))
        })
        .collect();
    assert!(stuck.is_empty(), "these slices are in a circle, or stand on one:\n{}", stuck.join("\n"));
}

#[test]
fn tools_know_no_slice() {
    for (module, used) in graph() {
        if TOOLS.contains(&module.as_str()) {
            for (name, file) in used {
                let allowed = !is_slice(&name) && name != "testing";
                assert!(allowed, "the tool {module} imports {name} in {file}");
            }
        }
    }
}

#[test]
fn nobody_imports_a_reading_slice() {
    for (module, used) in graph() {
        for reading in ["portal", "record", "work"] {
            assert!(WIRING.contains(&module.as_str()) || !used.contains_key(reading), "{module} imports {reading}, which only reads");
        }
    }
}

#[test]
fn models_are_pure() {
    let mut seen = 0;
    for source in files("src", &["rs"]) {
        if !(source.path.ends_with("/model.rs") || source.path.contains("/model/")) {
            continue;
        }
        seen += 1;
        // what a person typed and what is wrong with it are plain values
        let code = source
            .code()
            .replace("crate::page::{Errors, Fields}", "")
            .replace("crate::page::Fields", "")
            .replace("crate::page::Errors", "");
        for word in [
            "axum",
            "sqlx::query",
            "fetch_all!",
            "fetch_one!",
            "fetch_optional!",
            "execute!",
            "::store",
            "store::",
            "crate::db",
            "crate::app",
            "crate::page",
            "std::fs",
            "tokio",
        ] {
            assert!(!code.contains(word), "{} says {word}: a model is pure", source.path);
        }
    }
    assert!(seen >= 5, "only {seen} models were found");
}

#[test]
fn files_stay_short_and_finished() {
    for source in files("src", &["rs", "html"]).iter().chain(&files("tests", &["rs", "mjs"])).chain(&files("assets/js", &["ts"])) {
        let lines = source.text.lines().count();
        assert!(lines <= 600, "{} has {lines} lines; over 600 it holds two things: cut it", source.path);
        if source.path != "tests/it/architecture.rs" {
            for word in ["TODO", "FIXME", "todo!(", "unimplemented!(", "dbg!("] {
                assert!(!source.text.contains(word), "{} still says {word}", source.path);
            }
        }
    }
}

/// Every module has one line in ARCHITECTURE.md: "- `name` …" or "- `name/` …".
#[test]
fn every_module_is_on_the_map_once() {
    let map = read("ARCHITECTURE.md");
    let mut listed: Vec<String> = Vec::new();
    for line in map.lines().filter(|line| line.starts_with("| `")) {
        let name: String = line["| `".len()..].chars().take_while(|letter| *letter != '`').collect();
        listed.push(name);
    }
    let modules: BTreeSet<String> = graph().into_keys().filter(|module| !matches!(module.as_str(), "lib" | "main")).collect();
    for module in &modules {
        let times = listed.iter().filter(|name| *name == module).count();
        assert_eq!(times, 1, "ARCHITECTURE.md names the module `{module}` {times} times in its tables; once is right");
    }
    for name in &listed {
        assert!(modules.contains(name), "ARCHITECTURE.md names `{name}`, which is no module");
    }
}

/// Paths that papers name exist.
#[test]
fn papers_name_what_exists() {
    for paper in ["README.md", "README.vi.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/glossary.md"] {
        let text = read(paper);
        for part in text.split('`').skip(1).step_by(2) {
            let is_path = ["src/", "tests/", "assets/", "programme/", "migrations/", "locales/", "docs/", "bench/", ".ci/"]
                .iter()
                .any(|start| part.starts_with(start));
            if is_path && !part.contains(['…', '*', '<', ' ', '{']) && !part.contains("NNNN") && !part.starts_with("assets/dist") {
                assert!(crate::source::root().join(part).exists(), "{paper} names {part}, which does not exist");
            }
        }
        for part in text.split("](").skip(1) {
            let link = part.split(')').next().unwrap_or("").split('#').next().unwrap_or("");
            if !link.is_empty() && !link.contains("://") {
                let from = std::path::Path::new(paper).parent().unwrap();
                assert!(crate::source::root().join(from).join(link).exists(), "{paper} links to {link}, which does not exist");
            }
        }
    }
}

#[test]
fn imports_are_read_as_rust_reads_them() {
    let names = |text: &str| imports(text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(names("use crate::point::{self, Kind};"), "point");
    assert_eq!(names("use crate::{access, db::{self, Tx},\n  page};"), "access db page");
    assert_eq!(names("{{ crate::page::day(x) }} $crate::db::Tx my_crate::no"), "page");
}
