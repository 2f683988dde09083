//! The map of modules: who imports whom, what a file may hold, and that ARCHITECTURE.md tells the truth.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{files, read};

/// From the bottom up: a file uses its own area and those before it. `office` and `events` come with their first slices.
const AREAS: &[&str] = &["tool", "ground", "points", "products", "trade", "watch", "office", "events", "desk", "open", "app"];

/// Neighbours that do not know each other, one way or the other.
const APART: &[(&str, &str)] = &[("products", "points"), ("open", "desk")];

fn rank(area: &str) -> usize {
    AREAS.iter().position(|known| *known == area).unwrap_or_else(|| panic!("src/{area} is no area: {AREAS:?}"))
}

/// Whether a file of one area may use what lies in another.
pub fn may_use(area: &str, other: &str) -> bool {
    rank(other) <= rank(area) && !APART.contains(&(area, other))
}

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

/// The area of each module.
fn areas() -> BTreeMap<String, String> {
    let sources = files("src", &["rs", "html"]);
    sources.iter().map(|source| source.place()).map(|(area, module)| (module.to_owned(), area.to_owned())).collect()
}

/// Every module, the modules it uses, and where; tests left out.
fn graph() -> BTreeMap<String, BTreeMap<String, String>> {
    let areas = areas();
    let mut graph: BTreeMap<String, BTreeMap<String, String>> = areas.keys().map(|module| (module.clone(), BTreeMap::new())).collect();
    for source in files("src", &["rs", "html"]).iter().filter(|source| !source.is_test()) {
        for name in imports(&source.code()) {
            if areas.contains_key(&name) && name != source.module() {
                graph.entry(source.module().to_owned()).or_default().entry(name).or_insert_with(|| source.path.clone());
            }
        }
    }
    graph
}

#[test]
fn there_is_room_below_src() {
    let entries = std::fs::read_dir(crate::source::root().join("src")).unwrap().count();
    assert!(entries <= 14, "{entries} entries lie below src/; a new noun belongs into an area");
}

#[test]
fn imports_go_down() {
    let areas = areas();
    for (module, used) in graph() {
        for (name, file) in used {
            let (area, other) = (&areas[&module], &areas[&name]);
            assert!(may_use(area, other), "{module} ({area}) uses {name} ({other}) in {file}");
        }
    }
}

/// One spelling: `crate::point`, whatever area it lies in.
#[test]
fn areas_are_not_named_in_paths() {
    for source in files("src", &["rs", "html"]).iter().chain(&files("tests", &["rs"])) {
        for area in AREAS.iter().filter(|area| **area != "app") {
            for root in ["crate", "ocop"] {
                assert!(
                    !source.text.contains(&format!("{root}::{area}::")),
                    "{} names the area {area}; modules are named without",
                    source.path
                );
            }
        }
    }
}

#[test]
fn the_graph_is_the_one_on_paper() {
    let (areas, graph) = (areas(), graph());
    let mut text = String::new();
    for area in AREAS.iter().filter(|area| **area != "app") {
        text.push_str(&format!("{area}\n"));
        for (module, used) in graph.iter().filter(|(module, _)| areas[*module] == *area) {
            // what every slice stands on is not repeated for each of them
            let used: Vec<&str> = used.keys().map(String::as_str).filter(|name| areas[*name] != "tool" || *area == "tool").collect();
            text.push_str(format!("  {module} -> {}", used.join(" ")).trim_end());
            text.push('\n');
        }
    }
    insta::assert_snapshot!("slices", text);
}

#[test]
fn modules_do_not_go_in_circles() {
    let (areas, graph) = (areas(), graph());
    let stands = |module: &str| areas[module] != "app";
    let mut done: BTreeSet<&str> = BTreeSet::new();
    loop {
        let free: Vec<&str> = graph
            .iter()
            .filter(|(module, used)| {
                stands(module)
                    && !done.contains(module.as_str())
                    && used.keys().filter(|name| stands(name)).all(|name| done.contains(name.as_str()))
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
        .filter(|(module, _)| stands(module) && !done.contains(module.as_str()))
        .map(|(module, used)| {
            let edges = used.iter().filter(|(name, _)| stands(name) && !done.contains(name.as_str()));
            format!("{module} -> {}", edges.map(|(name, file)| format!("{name} (in {file})")).collect::<Vec<_>>().join(", "))
        })
        .collect();
    assert!(stuck.is_empty(), "these modules are in a circle, or stand on one:\n{}", stuck.join("\n"));
}

/// Words of what is not pure: the network, the store, the state of the program, files, the clock, chance.
const IMPURE: &[&str] = &[
    "axum",
    "askama",
    "tokio",
    "sqlx::query",
    "fetch_all!",
    "fetch_one!",
    "fetch_optional!",
    "fetch_many!",
    "execute!",
    "execute_many!",
    "store::",
    "crate::db",
    "crate::app",
    "crate::state",
    "crate::page",
    "std::fs",
    "std::env",
    "clock::secret",
    "clock::letters",
];

/// What keeps a text from being pure.
fn is_impure(code: &str) -> Option<&'static str> {
    IMPURE.iter().find(|word| code.contains(**word)).copied()
}

/// A model is pure, and so is every file that says it is; a file that nothing keeps from being pure says so in its head.
#[test]
fn pure_files_are_pure_and_say_so() {
    let (mut pure, mut wrong) = (0, Vec::new());
    for source in files("src", &["rs"]).iter().filter(|source| !source.is_test() && source.module() != "testing") {
        let is_model = source.path.ends_with("/model.rs") || source.path.contains("/model/");
        let head: Vec<&str> = source.text.lines().take_while(|line| line.starts_with("//!")).collect();
        let says = head.iter().any(|line| line.contains("Pure.") || line.contains("Pure:"));
        match is_impure(&source.code()) {
            Some(word) if is_model || says => wrong.push(format!("{} says {word}, but is a model or calls itself pure", source.path)),
            None if is_model && !says => wrong.push(format!("{} is pure and does not say \"Pure.\" in its head", source.path)),
            Some(_) => {}
            None => pure += usize::from(says),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(pure > 60, "only {pure} pure files were found: the finder is blind");
}

/// Who may name a role: who gives one, and the program that makes samples. Everybody else asks for an act or a voice.
const GRANTING: &[&str] = &[
    "src/ground/account/sheet/",
    "src/ground/party/registrant.rs",
    "src/points/point/owner.rs",
    "src/trade/producer/pages.rs",
    "src/trade/producer/people.rs",
    "src/trade/producer/settle.rs",
    "src/app/demo",
];

#[test]
fn rules_ask_for_acts_and_not_for_roles() {
    let mut granting = BTreeSet::new();
    for source in files("src", &["rs", "html"]).iter().filter(|source| !source.is_test() && source.module() != "testing") {
        let code = source.code();
        let Some(at) = code.match_indices("Role::").map(|(at, _)| at).find(|at| {
            let name = &code[at + "Role::".len()..];
            name.starts_with(|letter: char| letter.is_ascii_uppercase()) && !code[..*at].ends_with(|letter: char| letter.is_alphanumeric())
        }) else {
            continue;
        };
        let may = GRANTING.iter().find(|begin| source.path.starts_with(**begin));
        granting.insert(*may.unwrap_or_else(|| {
            panic!("{}:{} names a role; ask for an act (programme/roles.toml) or a voice", source.path, code[..at].lines().count())
        }));
    }
    assert_eq!(granting, GRANTING.iter().copied().collect(), "one of these names no role any more: take it from the list");
}

/// What is wrong with a form is known to its `Errors`; a page with a form is answered by `form.answer`, the rest of the answers
/// that say "this cannot be taken" are refusals.
#[test]
fn forms_are_refused_in_one_place() {
    for source in files("src", &["rs"]).iter().filter(|source| !source.is_test()) {
        let (area, module) = source.place();
        if area != "tool" && module != "page" && module != "api" {
            assert!(!source.code().contains("UNPROCESSABLE_ENTITY"), "{} answers 422 by itself; see page::Form::answer", source.path);
        }
    }
}

/// Letters are templates beside their slice, greeted and counted by `mail::letter` and `mail::Gathered`; who reads them is asked
/// of `access::Readers`.
#[test]
fn letters_are_written_in_one_way() {
    for source in files("src", &["rs"]).iter().filter(|source| !source.is_test() && source.module() != "mail") {
        let code = source.code();
        for word in ["Kính gửi", "mail::queue"] {
            assert!(!code.contains(word), "{} says {word}; a letter is a template `letter_….txt`, written by mail::letter", source.path);
        }
        // the lines of a letter are those of its file
        for (at, _) in code.match_indices("/letter_") {
            let line = code[at..].lines().next().unwrap_or("");
            assert!(
                line.ends_with(".txt\", whitespace = \"preserve\")]"),
                "{} gives a letter without its empty lines: {line}",
                source.path
            );
        }
    }
    for letter in files("src", &["txt"]).iter().filter(|source| source.path.contains("/letter_")) {
        assert!(!letter.text.contains("Kính gửi"), "{} greets; mail::letter does", letter.path);
    }
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
    let modules: BTreeSet<String> = areas().into_keys().collect();
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
