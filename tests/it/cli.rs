//! The command line: its help is a snapshot, its exit status says what happened.

use std::path::Path;
use std::process::{Command, Output};

use ocop::testing::Folder;

/// Runs the program in a folder of its own with nothing of our environment.
fn ocop(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ocop")).args(arguments).current_dir(folder).env_clear().env("COLUMNS", "100").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The names under "Commands:" of a help text.
fn commands(help: &str) -> Vec<String> {
    let Some((_, rest)) = help.split_once("Commands:\n") else { return Vec::new() };
    rest.lines()
        .take_while(|line| !line.trim().is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// The help of a command and of those below it: a snapshot each.
fn help_of(folder: &Path, path: &[&str]) {
    let words = [path, &["--help"]].concat();
    let output = ocop(folder, &words);
    assert_eq!(output.status.code(), Some(0));
    let help = text(&output.stdout);
    insta::assert_snapshot!([&["help"], path].concat().join("_"), format!("$ ocop {}\n{help}", words.join(" ")));
    for name in commands(&help) {
        help_of(folder, &[path, &[name.as_str()]].concat());
    }
}

#[test]
fn help_of_every_command() {
    let folder = Folder::new();
    help_of(folder.path(), &[]);
}

#[test]
fn wrong_usage_is_2() {
    let folder = Folder::new();
    for arguments in [&["nonsense"][..], &["serve", "--no-such-flag"], &["user", "add"], &[]] {
        assert_eq!(ocop(folder.path(), arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_refusal_is_1_with_its_reason_on_stderr() {
    let folder = Folder::new();
    for (arguments, reason) in [
        (&["verify"][..], "ocop init"),
        (&["serve"], "ocop init"),
        (&["config", "--database-url", "mysql://x"], "OCOP_DATABASE_URL"),
        (&["user", "add", "a@b.vn", "--name", "A", "--role", "leader", "--body", "x"], "ocop init"),
    ] {
        let output = ocop(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(reason), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}: reasons belong on stderr, not on stdout: {}", text(&output.stdout));
    }
}

#[test]
fn a_store_is_made_used_and_verified() {
    let folder = Folder::new();
    let run = |arguments: &[&str]| ocop(folder.path(), arguments);
    let init = run(&["init", "--demo"]);
    assert_eq!(init.status.code(), Some(0), "{}", text(&init.stderr));
    assert!(folder.path().join("var/ocop.db").is_file());
    let verify = run(&["verify"]);
    assert_eq!(verify.status.code(), Some(0), "{}", text(&verify.stderr));
    let head = text(&verify.stdout).split_whitespace().nth(1).unwrap().to_owned();
    assert_eq!(run(&["verify", "--head", &head]).status.code(), Some(0));
    assert_eq!(run(&["verify", "--head", "0000"]).status.code(), Some(1));
    // once more changes nothing, and is no error
    assert_eq!(run(&["init", "--demo"]).status.code(), Some(0));
    assert_eq!(text(&run(&["verify"]).stdout), text(&verify.stdout), "a second init wrote to the journal");
    let invited = run(&["user", "add", "moi@ocop.example", "--name", "Người Mới", "--role", "surveyor", "--body", "so-cong-thuong"]);
    assert_eq!(invited.status.code(), Some(0), "{}", text(&invited.stderr));
    assert!(text(&invited.stdout).contains("/lien-ket/"));
    for arguments in [
        &["user", "add", "x@y.vn", "--name", "X", "--role", "king", "--body", "so-cong-thuong"][..],
        &["user", "add", "x@y.vn", "--name", "X", "--role", "leader", "--body", "nowhere"],
    ] {
        assert_eq!(run(arguments).status.code(), Some(1));
    }
    // the clock moves only in a demo store
    assert_eq!(run(&["config", "--test-now", "2026-01-01"]).status.code(), Some(0));
    let real = Folder::new();
    let made = ocop(real.path(), &["init"]);
    assert_eq!(made.status.code(), Some(0));
    assert!(
        text(&made.stdout).contains("ocop user add") && text(&made.stdout).contains("ocop body list"),
        "a new store says what comes next: {}",
        text(&made.stdout)
    );
    let listed = ocop(real.path(), &["body", "list", "so cong thuong"]);
    assert!(text(&listed.stdout).starts_with("so-cong-thuong\t"), "{}", text(&listed.stdout));
    assert!(text(&ocop(real.path(), &["body", "list"]).stdout).lines().filter(|line| line.starts_with("ubnd-")).count() >= 126);
    assert_eq!(ocop(real.path(), &["body", "list", "khong co"]).status.code(), Some(1));
    let lost = ocop(real.path(), &["user", "add", "x@y.vn", "--name", "X", "--role", "leader", "--body", "nowhere"]);
    assert!(text(&lost.stderr).contains("ocop body list"), "{}", text(&lost.stderr));
    let moved = ocop(real.path(), &["verify", "--test-now", "2026-01-01"]);
    assert_eq!(moved.status.code(), Some(1), "{}", text(&moved.stdout));
    assert_eq!(ocop(real.path(), &["init", "--demo"]).status.code(), Some(1), "sample accounts do not enter a real store");
}

#[test]
fn settings_are_shown_with_secrets_masked() {
    let folder = Folder::new();
    let shown = ocop(
        folder.path(),
        &["config", "--database-url", "postgres://ocop:s3cret@db/ocop", "--smtp-url", "smtps://me:s3cret@mail.example"],
    );
    assert_eq!(shown.status.code(), Some(0));
    assert!(!text(&shown.stdout).contains("s3cret"), "{}", text(&shown.stdout));
    // a flag wins over the environment, and that over the file
    std::fs::write(folder.path().join("ocop.toml"), "listen = \"127.0.0.1:1\"\nmail_from = \"file@x.vn\"\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ocop"))
        .args(["config", "--listen", "127.0.0.1:3"])
        .current_dir(folder.path())
        .env_clear()
        .env("OCOP_LISTEN", "127.0.0.1:2")
        .env("OCOP_MAIL_FROM", "env@x.vn")
        .output()
        .unwrap();
    let shown = text(&output.stdout);
    assert!(shown.contains("127.0.0.1:3") && shown.contains("env@x.vn"), "{shown}");
    let broken = ocop(folder.path(), &["config", "--config", "none.toml"]);
    assert_eq!(broken.status.code(), Some(1));
}
