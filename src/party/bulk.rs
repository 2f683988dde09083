//! Bodies that the rows of a file name: told apart by tax code, else by folded name and kind, each looked up once and made once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::BodyKind;
use crate::db::{DbResult, Tx};
use crate::{clock, execute, execute_many, fetch_many};

/// What is compared of a body.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Known {
    /// Identifier.
    pub id: String,
    /// Which kind.
    pub kind: String,
    /// Folded name.
    pub name_fold: String,
    /// Mã số thuế.
    pub tax_code: Option<String>,
}

/// How a row names a body.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// Name as written; empty where the row names none.
    pub name: &'a str,
    /// The same, folded.
    pub fold: &'a str,
    /// Which kind, if it says so.
    pub kind: Option<BodyKind>,
    /// Mã số thuế, if it says so.
    pub tax_code: Option<&'a str>,
    /// Where a new body of this name sits.
    pub unit: Option<&'a str>,
}

/// A body that a file brings.
#[derive(Clone, Debug)]
pub struct New {
    id: String,
    kind: &'static str,
    name: String,
    fold: String,
    tax_code: Option<String>,
    unit: Option<String>,
}

/// What was met so far, so that the rows of one file agree with each other.
#[derive(Debug, Default)]
pub struct Finder {
    bodies: HashMap<String, Known>,
    by_tax_code: HashMap<String, Option<String>>,
    by_name: HashMap<String, Vec<String>>,
    new: Vec<New>,
}

fn unmet<'a>(keys: impl Iterator<Item = &'a str>, is_met: impl Fn(&str) -> bool) -> Vec<&'a str> {
    keys.filter(|key| !is_met(key)).collect::<HashSet<_>>().into_iter().collect()
}

impl Finder {
    /// Reads bodies of these ids, tax codes and folded names, once each.
    pub async fn look_up<'a>(&mut self, tx: &mut Tx, ids: impl Iterator<Item = &'a str>, named: impl Iterator<Item = Named<'a>> + Clone) -> DbResult<()> {
        let ids = unmet(ids, |id| self.bodies.contains_key(id));
        let known = fetch_many!(tx, Known, "select id, kind, name_fold, tax_code from body where id in ($1)", ids)?;
        self.keep(known);
        let codes = unmet(named.clone().filter_map(|named| named.tax_code), |code| self.by_tax_code.contains_key(code));
        let known = fetch_many!(tx, Known, "select id, kind, name_fold, tax_code from body where tax_code in ($1)", codes)?;
        self.by_tax_code.extend(codes.into_iter().map(|code| (code.to_owned(), None)));
        for body in &known {
            self.by_tax_code.insert(body.tax_code.clone().unwrap_or_default(), Some(body.id.clone()));
        }
        self.keep(known);
        let names = unmet(named.map(|named| named.fold).filter(|name| !name.is_empty()), |name| self.by_name.contains_key(name));
        let known = fetch_many!(tx, Known, "select id, kind, name_fold, tax_code from body where tax_code is null and name_fold in ($1)", names)?;
        for body in &known {
            self.by_name.entry(body.name_fold.clone()).or_default().push(body.id.clone());
        }
        for name in names {
            match self.by_name.get_mut(name) {
                Some(ids) => ids.sort(),
                None => drop(self.by_name.insert(name.to_owned(), Vec::new())),
            }
        }
        self.keep(known);
        Ok(())
    }

    fn keep(&mut self, known: Vec<Known>) {
        self.bodies.extend(known.into_iter().map(|body| (body.id.clone(), body)));
    }

    /// The body that a row names: by tax code, else by folded name and kind, else a new one.
    pub fn body(&mut self, named: Named<'_>) -> Option<String> {
        if named.name.is_empty() {
            return None;
        }
        let kind = named.kind.map(BodyKind::word);
        let known = match named.tax_code {
            Some(code) => self.by_tax_code.get(code).cloned().flatten(),
            None => {
                let fits = |id: &&String| kind.is_none_or(|kind| self.bodies.get(*id).is_some_and(|body| body.kind == kind));
                self.by_name.get(named.fold).and_then(|ids| ids.iter().find(fits)).cloned()
            }
        };
        if known.is_some() {
            return known;
        }
        let id = clock::new_id();
        let kind = kind.unwrap_or_default();
        let tax_code = named.tax_code.map(str::to_owned);
        match &tax_code {
            Some(code) => drop(self.by_tax_code.insert(code.clone(), Some(id.clone()))),
            None => self.by_name.entry(named.fold.to_owned()).or_default().push(id.clone()),
        }
        self.keep(vec![Known { id: id.clone(), kind: kind.to_owned(), name_fold: named.fold.to_owned(), tax_code: tax_code.clone() }]);
        self.new.push(New { id: id.clone(), kind, name: named.name.to_owned(), fold: named.fold.to_owned(), tax_code, unit: named.unit.map(str::to_owned) });
        Some(id)
    }

    /// Whether a row names the body that a thing has; with the tax code that this body lacks, if the row has it.
    pub fn same(&self, current: Option<&str>, named: Named<'_>) -> Option<Option<String>> {
        let Some(current) = current.and_then(|id| self.bodies.get(id)) else { return named.name.is_empty().then_some(None) };
        if named.name.is_empty() {
            return None;
        }
        match (named.tax_code, &current.tax_code) {
            (Some(typed), Some(known)) => (typed == known).then_some(None),
            _ if named.fold != current.name_fold => None,
            _ if named.kind.is_some_and(|kind| kind.word() != current.kind) => None,
            (Some(typed), None) => match self.by_tax_code.get(typed) {
                Some(Some(_)) => None,
                _ => Some(Some(typed.to_owned())),
            },
            (None, _) => Some(None),
        }
    }

    /// The bodies met since this was last asked, which are not in the store yet.
    pub fn take_new(&mut self) -> Vec<New> {
        std::mem::take(&mut self.new)
    }
}

/// Adds new bodies.
pub async fn add(tx: &mut Tx, new: &[New], source: &str, now: DateTime<Utc>) -> DbResult<()> {
    execute_many!(
        tx,
        8,
        "insert into body (id, kind, name, name_fold, tax_code, unit_id, short, address, phone, source, note, demo, version, created_at) values ($1, $2, $3, $4, $5, $6, '', '', '', $7, '', false, 1, $8)",
        new,
        |body| [&body.id, body.kind, &body.name, &body.fold, &body.tax_code, &body.unit, source, now]
    )
}

/// Notes the tax code of a body that had none.
pub async fn set_tax_code(tx: &mut Tx, id: &str, tax_code: &str) -> DbResult<u64> {
    execute!(tx, "update body set tax_code = $2, version = version + 1 where id = $1 and tax_code is null", id, tax_code)
}
