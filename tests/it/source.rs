//! The source tree as text, for the guards that read it.

use std::path::{Path, PathBuf};

/// The folder of the crate.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the source tree.
pub struct Source {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The line a byte lies in, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    /// Area and module of a file below `src/`: `points`, `point` for `src/points/point/store.rs`; `app`, `cli` for
    /// `src/app/cli/mod.rs`; files that put everything together belong to `app`, `app`.
    pub fn place(&self) -> (&str, &str) {
        let rest = self.path.strip_prefix("src/").unwrap_or(&self.path);
        match rest.split('/').collect::<Vec<_>>()[..] {
            ["app", module, _, ..] => ("app", module),
            [area, file, ..] if area != "app" && file != "mod.rs" => (area, file.trim_end_matches(".rs")),
            _ => ("app", "app"),
        }
    }

    /// The module of a file below `src/`.
    pub fn module(&self) -> &str {
        self.place().1
    }

    /// Whether it is part of the tests only.
    pub fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs") || self.path.contains("/tests/")
    }

    /// The text without comments and without what stands under `#[cfg(test)] mod tests {`.
    pub fn code(&self) -> String {
        let text = self.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or("");
        text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line }).collect::<Vec<_>>().join("\n")
    }
}

/// Files below a folder with one of these endings, in order.
pub fn files(folder: &str, endings: &[&str]) -> Vec<Source> {
    fn walk(folder: &Path, endings: &[&str], out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, endings, out);
            } else if path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| endings.contains(&ending)) {
                out.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&root().join(folder), endings, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| Source {
            path: path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"),
            text: std::fs::read_to_string(&path).unwrap(),
        })
        .collect()
}

/// The text of a file of the repository.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
