//! The list of people, for administrators and auditors.

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;

use crate::access::store::{self, PeopleFilter, Person};
use crate::access::{Act, Need, Role, Routes};
use crate::error::Result;
use crate::page::{Ask, Choice, Form, Rows, Shell, Visit, html};

/// Who sees people.
pub const SEE_PEOPLE: Need = Need::May(Act::ReadPeople);

/// States of an account, with their words and tones.
const STATES: &[(&str, &str, &str)] = &[
    ("active", "đang dùng", "ok"),
    ("invited", "đã mời", "info"),
    ("unconfirmed", "chờ xã xác nhận", "warn"),
    ("disabled", "đã khóa", "bad"),
];

/// The word and the tone of a state.
pub fn state(status: &str) -> (&'static str, &'static str) {
    STATES.iter().find(|(word, ..)| *word == status).map_or(("", "quiet"), |(_, name, tone)| (*name, *tone))
}

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/nguoi-dung", SEE_PEOPLE, people)
}

struct Row {
    person: Person,
    roles: Vec<(Role, String)>,
}

impl Row {
    fn state(&self) -> (&'static str, &'static str) {
        state(&self.person.status)
    }
}

#[derive(Template)]
#[template(path = "account/people.html")]
struct PeoplePage {
    shell: Shell,
    list: Rows<Row>,
    form: Form,
    roles: Vec<Choice>,
    states: Vec<Choice>,
    is_narrowed: bool,
    ask: Ask,
    may_edit: bool,
}

async fn people(visit: Visit) -> Result<Response> {
    const ROWS: i64 = 50;
    let (ask, today) = (Ask::new(&visit), visit.app.clock().today());
    let filter = PeopleFilter {
        q: ask.get("q").chars().take(100).collect(),
        role: Role::read(ask.get("vai-tro")),
        body: ask.get("co-quan").chars().take(100).collect(),
        status: ask.get("trang-thai").to_owned(),
    };
    let mut tx = visit.app.db().read().await?;
    let found = store::people_page(&mut tx, &filter, ask.get("sau"), ROWS + 1, today).await?;
    let page = Rows::cut(found, ROWS, ask.get("sau"), |person| person.id.clone());
    let ids: Vec<&str> = page.rows.iter().map(|person| person.id.as_str()).collect();
    let mut held: HashMap<String, Vec<(Role, String)>> = HashMap::new();
    for (person, role, body) in store::roles_of(&mut tx, &ids, today).await? {
        held.entry(person).or_default().push((role, body));
    }
    let list = page.map(|person| Row { roles: held.remove(&person.id).unwrap_or_default(), person });
    let all = |label: &str| vec![(String::new(), label.to_owned())];
    let page = PeoplePage {
        list,
        form: ask.form(),
        roles: [all("Mọi vai trò"), Role::all().map(|role| (role.word().to_owned(), role.name().to_owned())).collect()].concat(),
        states: [all("Mọi trạng thái"), STATES.iter().map(|(word, name, _)| ((*word).to_owned(), (*name).to_owned())).collect()].concat(),
        is_narrowed: filter.role.is_some() || !filter.body.is_empty() || !filter.status.is_empty(),
        ask,
        may_edit: visit.actor.may(Act::KeepPeople),
        shell: visit.shell("Người dùng"),
    };
    html(&page)
}
