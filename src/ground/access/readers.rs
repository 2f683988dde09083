//! Who reads a letter: people by what they do and where, each once.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::role::Who;
use super::store;
use crate::db::{DbResult, Tx};

/// Whose people are meant.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    /// Everybody's.
    All,
    /// Those who act for a unit.
    Unit(&'a str),
    /// Those of a body.
    Body(&'a str),
    /// Those of every body that has a power.
    Power(&'a str),
    /// Those of a body, if it has a power.
    BodyWith(&'a str, &'a str),
}

/// Readers of a letter: mail addresses, each with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers(BTreeMap<String, String>);

impl Readers {
    /// Those of one kind; nobody where it is not known whose.
    pub async fn find<'a>(tx: &mut Tx, who: impl Into<Who>, of: impl Into<Option<Of<'a>>>, on: NaiveDate) -> DbResult<Readers> {
        let mut readers = Readers::default();
        readers.add(tx, who, of, on).await?;
        Ok(readers)
    }

    /// Adds those of another kind; nobody where it is not known whose.
    pub async fn add<'a>(&mut self, tx: &mut Tx, who: impl Into<Who>, of: impl Into<Option<Of<'a>>>, on: NaiveDate) -> DbResult<()> {
        let Some(of) = of.into() else { return Ok(()) };
        let (unit, body, power) = match of {
            Of::All => (None, None, None),
            Of::Unit(unit) => (Some(unit), None, None),
            Of::Body(body) => (None, Some(body), None),
            Of::Power(power) => (None, None, Some(power)),
            Of::BodyWith(body, power) => (None, Some(body), Some(power)),
        };
        self.0.extend(store::mail_addresses(tx, who, unit, body, power, on).await?);
        Ok(())
    }

    /// These people, as far as they have a mail address and are let in.
    pub async fn people(tx: &mut Tx, ids: &[String]) -> DbResult<Readers> {
        let mut readers = Readers::default();
        for id in ids {
            if let Some(person) = store::find(tx, id).await?.filter(|person| person.status != "disabled")
                && let Some(email) = person.email
            {
                readers.0.insert(email, person.name);
            }
        }
        Ok(readers)
    }

    /// Leaves one out.
    pub fn without(mut self, address: &str) -> Readers {
        self.0.remove(address);
        self
    }

    /// Adds those of others.
    pub fn extend(&mut self, others: Readers) {
        self.0.extend(others.0);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody reads it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Readers {
    type Item = (String, String);
    type IntoIter = std::collections::btree_map::IntoIter<String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
