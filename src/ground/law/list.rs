//! Which lists of the law there are: each module that reads one hands it in.

use serde_json::{Map, Value};

use super::books::{Source, bad};
use super::dated::{Dated, Listed};
use super::entry::Entry;
use crate::error::Result;

/// A list of the law.
#[derive(Clone, Copy)]
pub struct List {
    file: &'static str,
    table: &'static str,
    read: fn(&str) -> Result<Vec<Entry>, String>,
    instruments: fn(&str) -> Result<Vec<(String, String)>, String>,
}

/// All lists of the program.
pub struct Lists(pub Vec<List>);

fn name<T: Listed>() -> String {
    format!("{} {}", T::FILE, T::TABLE)
}

fn entries<T: Listed>(text: &str) -> Result<Vec<Entry>, String> {
    let list: Dated<T> = Dated::read(text)?;
    let file: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let rows = file.get(T::TABLE).and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let body = |row: &toml::Value| match serde_json::to_value(row) {
        Ok(Value::Object(body)) => body,
        _ => Map::new(),
    };
    Ok(list
        .all()
        .iter()
        .zip(rows)
        .map(|(known, row)| Entry { list: name::<T>(), id: known.id().to_owned(), period: known.period(), body: body(row) })
        .collect())
}

fn named<T: Listed>(text: &str) -> Result<Vec<(String, String)>, String> {
    let list: Dated<T> = Dated::read(text)?;
    let all = list.all().iter().flat_map(|row| row.instruments().into_iter().map(|id| (row.id().to_owned(), id.to_owned())));
    Ok(all.collect())
}

impl List {
    /// The list of these entries.
    pub fn of<T: Listed>() -> List {
        List { file: T::FILE, table: T::TABLE, read: entries::<T>, instruments: named::<T> }
    }

    /// Its name among the entries.
    pub fn name(&self) -> String {
        format!("{} {}", self.file, self.table)
    }

    /// Its entries as a law says them.
    ///
    /// # Errors
    /// Its file is wrong, or an entry names an instrument that is none of `known`.
    pub fn read(&self, law: &Source, known: &[&str]) -> Result<Vec<Entry>> {
        let text = law.must(self.file)?;
        for (id, instrument) in (self.instruments)(&text).map_err(|error| bad(self.file, error))? {
            if !known.contains(&instrument.as_str()) {
                return Err(bad(self.file, format!("{id}: unknown instrument {instrument}")));
            }
        }
        (self.read)(&text).map_err(|error| bad(self.file, error))
    }
}
