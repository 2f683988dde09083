//! The local rules of the council: entered from the city's Quy chế, each from a day on. Nothing is assumed before somebody did.

use askama::Template;
use axum::response::Response;

use super::model::Procedure;
use super::store;
use super::tally::Minimum;
use crate::access::{Act, Need, Routes};
use crate::clock::new_id;
use crate::error::{Result, both};
use crate::journal::Note;
use crate::page::{Choice, Errors, Fields, Form, Sent, Shell, Visit, go, once};
use crate::text::{self, Tongue};

const READERS: Need = Need::Any(&[Act::ConductSessions, Act::KeepPanels, Act::ReadPanels]);
const KEEPERS: Need = Need::Any(&[Act::ConductSessions, Act::KeepSettings]);

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/quy-che-hoi-dong", READERS, list).post("/quy-che-hoi-dong", KEEPERS, add)
}

#[derive(Template)]
#[template(path = "council/procedure.html")]
struct ProcedurePage {
    shell: Shell,
    form: Form,
    rules: Vec<Procedure>,
    in_force: Option<String>,
    may_keep: bool,
}

impl ProcedurePage {
    fn minima(&self) -> Vec<Choice> {
        Minimum::ALL.into_iter().map(|rule| (rule.word().to_owned(), rule.name().to_owned())).collect()
    }

    fn is_on(&self, rule: &Procedure) -> bool {
        self.in_force.as_ref() == Some(&rule.id)
    }
}

async fn page(visit: &Visit, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let page = ProcedurePage {
        shell: visit.shell("Quy chế hội đồng"),
        rules: store::procedures(&mut tx).await?,
        in_force: store::procedure_on(&mut tx, visit.app.clock().today()).await?.map(|rule| rule.id),
        may_keep: KEEPERS.allows(visit.actor.role()),
        form,
    };
    page.form.answer(&page)
}

async fn list(visit: Visit) -> Result<Response> {
    page(&visit, Form::new(Tongue::Vi)).await
}

/// A share as people write it: "2/3".
fn share(typed: &str) -> Option<(i64, i64)> {
    let (of, whole) = typed.split_once('/')?;
    let (of, whole) = (of.trim().parse::<i64>().ok()?, whole.trim().parse::<i64>().ok()?);
    ((1..=100).contains(&whole) && (1..=whole).contains(&of)).then_some((of, whole))
}

/// A whole number within bounds.
fn whole(fields: &Fields, name: &str, most: i64, errors: &mut Errors) -> Option<i64> {
    let typed = fields.some(name)?;
    let found = text::whole(typed).filter(|number| (0..=most).contains(number));
    if found.is_none() {
        errors.add(name, both(format!("Hãy ghi số nguyên từ 0 đến {most}."), format!("Write a whole number from 0 to {most}.")));
    }
    found
}

async fn add(visit: Visit, sent: Sent) -> Result<Response> {
    let fields = sent.fields;
    let now = visit.app.clock().now();
    let mut errors = Errors::default();
    let title = fields.must("title", 300, both("Hãy ghi số, ngày của Quy chế.", "Name the rules."), &mut errors);
    let from_on = fields.day("from_on", &mut errors);
    let quorum = share(fields.get("quorum"));
    if quorum.is_none() {
        errors.add("quorum", both("Hãy ghi dạng phân số, ví dụ 2/3.", "Write a fraction, as 2/3."));
    }
    let spread = whole(&fields, "spread", 100, &mut errors);
    let lead_days = whole(&fields, "lead_days", 60, &mut errors).unwrap_or_default();
    let minimum = Minimum::read(fields.get("minimum"));
    if minimum.is_none() {
        errors.add("minimum", both("Hãy chọn cách tính điều kiện của hạng sao.", "Choose how a minimum counts."));
    }
    let visits = fields.text("visits", 1000, &mut errors);
    let mut tx = once::begin(&visit, &fields).await?;
    if let Some(from) = from_on
        && store::procedures(&mut tx).await?.iter().any(|rule| rule.from_on >= from)
    {
        errors.add(
            "from_on",
            both(
                "Đã có Quy chế áp dụng từ ngày ấy hoặc sau; Quy chế mới phải bắt đầu sau Quy chế trước.",
                "Rules from that day or later are known; new ones begin after those of before.",
            ),
        );
    }
    let (Some(from_on), Some((quorum_of, quorum_in)), Some(minimum), true) = (from_on, quorum, minimum, errors.is_empty()) else {
        drop(tx);
        return page(&visit, Form::with(fields, errors, Tongue::Vi)).await;
    };
    let rule = Procedure {
        id: new_id(),
        title,
        from_on,
        to_on: None,
        quorum_of,
        quorum_in,
        spread,
        lead_days,
        minimum,
        secretary_marks: fields.get("secretary_marks") == "1",
        expert_marks: fields.get("expert_marks") == "1",
        visits,
        version: 1,
        created_by: visit.actor.journal_id().to_owned(),
        created_at: now,
    };
    store::add_procedure(&mut tx, &rule).await?;
    let detail = serde_json::json!({"set": {
        "name": rule.title, "valid_from": rule.from_on, "quorum": format!("{quorum_of}/{quorum_in}"), "spread": rule.spread,
        "lead_days": rule.lead_days, "minimum": rule.minimum.word(), "secretary_marks": rule.secretary_marks,
        "expert_marks": rule.expert_marks, "visits": rule.visits,
    }});
    Note::of("add_procedure", ("procedure", &rule.id), detail).by(&mut tx, now, &visit.actor).await?;
    once::end(tx, &fields, go("/quy-che-hoi-dong", "add_procedure")).await
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_is_a_fraction_of_at_most_a_whole() {
        assert_eq!(share(" 2 / 3 "), Some((2, 3)));
        for typed in ["2", "3/2", "0/3", "2/0", "a/b", ""] {
            assert_eq!(share(typed), None, "{typed}");
        }
    }
}
