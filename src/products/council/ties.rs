//! What ties a member of a council to a producer: found in what the store knows, or declared. A member that is tied neither reads
//! nor marks what that producer makes; one that was found is lifted only by a person, with a reason.

use std::collections::BTreeSet;

use super::store::{self, Tie};
use crate::db::{DbResult, Tx, Where};
use crate::fetch_texts;
use crate::panel::Member;
use crate::text::fold;

/// Why somebody is kept from a producer's dossiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bond {
    /// Who.
    pub member: String,
    /// From whose dossiers.
    pub body: String,
    /// What ties them, in words.
    pub what: String,
    /// Whether it was declared: such a one is never lifted.
    pub is_declared: bool,
    /// Why it is none, where somebody said so.
    pub lifted: String,
}

impl Bond {
    /// Whether it keeps the member out.
    pub fn stands(&self) -> bool {
        self.is_declared || self.lifted.is_empty()
    }
}

/// All bonds of a council to producers.
#[derive(Clone, Debug, Default)]
pub struct Bonds(pub Vec<Bond>);

impl Bonds {
    /// Those between a member and a producer.
    pub fn between<'a>(&'a self, member: &'a str, body: &'a str) -> impl Iterator<Item = &'a Bond> {
        self.0.iter().filter(move |bond| bond.member == member && bond.body == body)
    }

    /// Whether a member is kept from a producer's dossiers.
    pub fn keeps(&self, member: &str, body: &str) -> bool {
        self.between(member, body).any(Bond::stands)
    }

    /// Whom they keep from a producer's dossiers.
    pub fn kept(&self, body: &str) -> BTreeSet<&str> {
        self.0.iter().filter(|bond| bond.body == body && bond.stands()).map(|bond| bond.member.as_str()).collect()
    }
}

/// A producer as ties are looked for.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Producer {
    id: String,
    tax_code: Option<String>,
    address: String,
    phone: String,
}

/// Digits of a telephone number, without the prefix of the country.
fn digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    digits.strip_prefix("84").or_else(|| digits.strip_prefix('0')).unwrap_or(&digits).to_owned()
}

/// What the facts of a member and of a producer have in common.
fn common(member: &Member, producer: &Producer, works: bool, names: &BTreeSet<String>, phones: &BTreeSet<String>) -> Vec<&'static str> {
    const SHORTEST: usize = 8;
    let mut found = Vec::new();
    if member.body_id.as_deref() == Some(producer.id.as_str()) {
        found.push("công tác tại chủ thể này");
    } else if works {
        found.push("có tài khoản làm việc cho chủ thể này");
    }
    if !member.tax_code.is_empty() && producer.tax_code.as_deref() == Some(member.tax_code.as_str()) {
        found.push("cùng mã số thuế");
    }
    let phone = digits(&member.phone);
    if phone.len() >= SHORTEST && (digits(&producer.phone) == phone || phones.contains(&phone)) {
        found.push("cùng số điện thoại");
    }
    let address = fold(&member.address);
    if address.len() >= SHORTEST && fold(&producer.address) == address {
        found.push("cùng địa chỉ");
    }
    if names.contains(&fold(&member.name)) {
        found.push("trùng tên người đại diện hoặc người của chủ thể");
    }
    found
}

/// What ties these members to these producers: found now, and written down.
pub async fn bonds(tx: &mut Tx, panel: &str, members: &[Member], producers: &[String]) -> DbResult<Bonds> {
    let written = store::ties(tx, panel).await?;
    let known = producers_of(tx, producers).await?;
    let people = people_of(tx, producers).await?;
    let mut bonds = Vec::new();
    for member in members {
        for producer in &known {
            let of: Vec<&Person> = people.iter().filter(|person| person.body == producer.id).collect();
            let works = of.iter().any(|person| member.person_id.as_deref() == Some(person.id.as_str()));
            let names = of.iter().map(|person| fold(&person.name)).filter(|name| !name.is_empty()).collect();
            let phones = of.iter().map(|person| digits(&person.phone)).filter(|phone| !phone.is_empty()).collect();
            let lifted = written.iter().rev().find(|tie| tie.kind == "found" && tie.member_id == member.id && tie.body_id == producer.id);
            for what in common(member, producer, works, &names, &phones) {
                bonds.push(Bond {
                    member: member.id.clone(),
                    body: producer.id.clone(),
                    what: what.to_owned(),
                    is_declared: false,
                    lifted: lifted.map(|tie| tie.lifted_reason.clone()).unwrap_or_default(),
                });
            }
        }
    }
    let declared = written.into_iter().filter(|tie| tie.kind == "declared").map(|tie: Tie| Bond {
        member: tie.member_id,
        body: tie.body_id,
        what: tie.what,
        is_declared: true,
        lifted: String::new(),
    });
    bonds.extend(declared);
    Ok(Bonds(bonds))
}

async fn producers_of(tx: &mut Tx, ids: &[String]) -> DbResult<Vec<Producer>> {
    let ids: Vec<String> = ids.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted = Where::default();
    let list = wanted.list("id", &ids);
    wanted.and(&list);
    let sql = format!("select id, tax_code, address, phone from body{}", wanted.sql);
    fetch_texts!(tx, Producer, sql, wanted.binds)
}

/// Somebody who works for a producer or represents it.
#[derive(Clone, Debug, sqlx::FromRow)]
struct Person {
    body: String,
    id: String,
    name: String,
    phone: String,
}

async fn people_of(tx: &mut Tx, bodies: &[String]) -> DbResult<Vec<Person>> {
    let bodies: Vec<String> = bodies.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
    if bodies.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted = Where::default();
    let list = wanted.list("g.body_id", &bodies);
    wanted.and(&list);
    let sql = format!(
        "select g.body_id as body, p.id, p.name, p.phone from role_grant g join person p on p.id = g.person_id{} and g.role = 'business'",
        wanted.sql
    );
    let mut people = fetch_texts!(tx, Person, sql, wanted.binds)?;
    let mut wanted = Where::default();
    let list = wanted.list("d.producer_id", &bodies);
    wanted.and(&list);
    let sql = format!(
        "select d.producer_id as body, '' as id, r.name, '' as phone from dossier_person r join dossier d on d.id = r.id{}",
        wanted.sql
    );
    people.extend(fetch_texts!(tx, Person, sql, wanted.binds)?);
    Ok(people)
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn a_number_is_the_same_with_and_without_its_prefix() {
        for typed in ["0912 345 678", "+84 912345678", "(0912)345678"] {
            assert_eq!(digits(typed), "912345678", "{typed}");
        }
    }
}
