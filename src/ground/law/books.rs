//! Where the files of law and pack come from: built in, a folder, or (in tests) texts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::clock::digest;
use crate::error::{Error, Result};

#[derive(rust_embed::RustEmbed)]
#[folder = "programme/"]
struct BuiltIn;

/// Where files come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A folder of the program itself, below `programme/`.
    BuiltIn(&'static str),
    /// A folder on disk.
    Folder(PathBuf),
    /// Texts by name, over those of another source.
    Texts(BTreeMap<String, String>, Box<Source>),
}

/// Why files cannot be used: which one, and what is wrong in it.
pub fn bad(name: &str, error: impl std::fmt::Display) -> Error {
    Error::internal(format!("{name}: {error}"))
}

impl Source {
    /// A text, if there is one of this name.
    pub fn read(&self, name: &str) -> Result<Option<String>> {
        match self {
            Source::BuiltIn(folder) => match BuiltIn::get(&format!("{folder}/{name}")) {
                Some(file) => String::from_utf8(file.data.into_owned()).map(Some).map_err(|error| bad(name, error)),
                None => Ok(None),
            },
            Source::Folder(folder) => match std::fs::read_to_string(folder.join(name)) {
                Ok(text) => Ok(Some(text)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(bad(name, error)),
            },
            Source::Texts(texts, beneath) => match texts.get(name) {
                Some(text) => Ok(Some(text.clone())),
                None => beneath.read(name),
            },
        }
    }

    /// A text that must be there.
    pub fn must(&self, name: &str) -> Result<String> {
        self.read(name)?.ok_or_else(|| bad(name, "thiếu tệp này / this file lacks"))
    }

    /// The `.toml` texts of a folder, by name.
    pub fn under(&self, folder: &str) -> Result<Vec<(String, String)>> {
        let mut names = self.names(folder)?;
        names.retain(|name| name.ends_with(".toml"));
        names.into_iter().map(|name| Ok((name.clone(), self.must(&name)?))).collect()
    }

    /// The names of the files of a folder, in order.
    fn names(&self, folder: &str) -> Result<Vec<String>> {
        let mut names: Vec<String> = match self {
            Source::BuiltIn(root) => {
                let before = format!("{root}/");
                BuiltIn::iter().filter_map(|path| path.strip_prefix(&before).map(str::to_owned)).collect()
            }
            Source::Folder(root) => match std::fs::read_dir(root.join(folder)) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
                Err(error) => return Err(bad(folder, error)),
                Ok(entries) => {
                    let names = entries.map(|entry| Ok(format!("{folder}/{}", entry?.file_name().to_string_lossy())));
                    names.collect::<std::io::Result<_>>()?
                }
            },
            Source::Texts(texts, beneath) => [texts.keys().cloned().collect(), beneath.names(folder)?].concat(),
        };
        let inside = |name: &String| name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        names.retain(inside);
        names.sort();
        names.dedup();
        Ok(names)
    }
}

/// The national law and the pack of a province.
#[derive(Clone, Debug)]
pub struct Books {
    /// `programme/law`.
    pub law: Source,
    /// A folder laid out like `programme/hanoi`.
    pub pack: Source,
}

/// Files of a pack that are told by their digest beside those of the folder `plans`.
const PACK: [&str; 4] = ["pack.toml", "agencies.toml", "units/units.csv", "units/successors.csv"];

impl Books {
    /// The law of this program, and the built-in Hà Nội or a folder.
    pub fn new(pack: Option<PathBuf>) -> Books {
        Books { law: Source::BuiltIn("law"), pack: pack.map_or(Source::BuiltIn("hanoi"), Source::Folder) }
    }

    /// What tells whether any of these files changed.
    pub fn digest(&self) -> Result<String> {
        let mut all = Vec::new();
        for folder in ["", "paper", "points", "products"] {
            for name in self.law_names(folder)? {
                all.push(digest(format!("{name}\n{}", self.law.must(&name)?).as_bytes()));
            }
        }
        for name in PACK {
            all.push(digest(self.pack.read(name)?.unwrap_or_default().as_bytes()));
        }
        for (name, text) in self.pack.under("plans")? {
            all.push(digest(format!("{name}\n{text}").as_bytes()));
        }
        Ok(digest(all.join(" ").as_bytes()))
    }

    fn law_names(&self, folder: &str) -> Result<Vec<String>> {
        match folder {
            "" => Ok(LAW.iter().map(|name| (*name).to_owned()).collect()),
            folder => Ok(self.law.under(folder)?.into_iter().map(|(name, _)| name).collect()),
        }
    }
}

/// Files of the law that lie in no folder of their own.
const LAW: [&str; 5] = ["decisions.toml", "settings.toml", "provinces.toml", "programme.toml", "money.toml"];
