//! Mails when something waits for somebody.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{Point, State};
use crate::access::{Role, store as access};
use crate::db::{DbResult, Tx};
use crate::mail;

/// Tells those who have the next step that a point waits for them, in the caller's transaction.
pub async fn tell(tx: &mut Tx, now: DateTime<Utc>, today: NaiveDate, base_url: &str, point: &Point, words: &str) -> DbResult<()> {
    let unit = point.unit_today.as_deref();
    let operator = point.operator_id.as_deref();
    let mut people: Vec<(String, String)> = Vec::new();
    match point.state {
        State::Draft if unit.is_some() => people = access::mail_addresses(tx, Role::Commune, unit, None, None, today).await?,
        State::Nominated => people = access::mail_addresses(tx, Role::Surveyor, None, None, Some("accept"), today).await?,
        State::Accepted => people = access::mail_addresses(tx, Role::Surveyor, None, None, Some("survey"), today).await?,
        State::Surveyed => people = access::mail_addresses(tx, Role::Leader, None, None, Some("select"), today).await?,
        State::Returned | State::Selected | State::Declined | State::Preparing | State::Operating | State::Suspended | State::Closed => {
            if matches!(point.state, State::Suspended | State::Closed) {
                people = access::mail_addresses(tx, Role::Surveyor, None, None, Some("inspect"), today).await?;
            }
            if unit.is_some() {
                people.extend(access::mail_addresses(tx, Role::Commune, unit, None, None, today).await?);
            }
            if operator.is_some() {
                people.extend(access::mail_addresses(tx, Role::Business, None, operator, None, today).await?);
            }
            if point.supporter_id.is_some() {
                people.extend(access::mail_addresses(tx, Role::Association, None, point.supporter_id.as_deref(), None, today).await?);
            }
        }
        _ => {}
    }
    people.sort();
    people.dedup();
    let state = point.state.name(crate::text::Tongue::Vi);
    for (email, name) in people {
        let due = point.due_on.map(|due| format!("\nHạn: {}.", crate::text::date_vi(due))).unwrap_or_default();
        let words = if words.is_empty() { String::new() } else { format!("\n{words}") };
        let text = format!(
            "Kính gửi {name},\n\nHồ sơ {} – {} chuyển sang trạng thái “{state}” và chờ bạn xử lý hoặc theo dõi.{due}{words}\n\nMở hồ sơ: {base_url}/ho-so/{}\n",
            point.code, point.name, point.id
        );
        mail::queue(tx, now, &email, &format!("{} – {state}", point.name), &text).await?;
    }
    Ok(())
}
