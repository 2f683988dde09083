//! Public holidays: no source of the program lists those of a year, so an administrator enters them. Deadlines move past them.

use askama::Template;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};

use crate::access::{Act, Need, Routes};
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Form, Sent, Shell, Visit, go};
use crate::text::Tongue;
use crate::{execute, fetch_all};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/thong-so/ngay-nghi", Need::May(Act::ReadHolidays), list)
        .post("/thong-so/ngay-nghi", Need::May(Act::KeepSettings), add)
        .post("/thong-so/ngay-nghi/xoa", Need::May(Act::KeepSettings), drop_day)
}

/// A day off.
#[derive(Clone, Debug, sqlx::FromRow)]
struct DayOff {
    day: NaiveDate,
    name: String,
    reason: String,
    set_by: String,
}

#[derive(Template)]
#[template(path = "setting/days.html")]
struct DaysPage {
    shell: Shell,
    days: Vec<DayOff>,
    form: Form,
    may_set: bool,
    today: NaiveDate,
}

impl DaysPage {
    fn knows_this_year(&self) -> bool {
        use chrono::Datelike;
        self.days.iter().any(|off| off.day.year() == self.today.year())
    }
}

async fn page(visit: &Visit, form: Form) -> Result<Response> {
    let mut tx = visit.app.db().read().await?;
    let days = fetch_all!(&mut tx, DayOff, "select day, name, reason, set_by from day_off order by day desc limit 200")?;
    let page = DaysPage {
        shell: visit.shell("Ngày nghỉ lễ"),
        days,
        form,
        may_set: visit.actor.may(Act::KeepSettings),
        today: visit.app.clock().today(),
    };
    page.form.answer(&page)
}

async fn list(visit: Visit) -> Result<Response> {
    page(&visit, Form::new(Tongue::Vi)).await
}

async fn add(visit: Visit, sent: Sent) -> Result<Response> {
    let now: DateTime<Utc> = visit.app.clock().now();
    let fields = sent.fields;
    let mut errors = Errors::default();
    let day = fields.day("day", &mut errors);
    for (name, missing) in [
        ("name", both("Hãy ghi tên ngày nghỉ.", "Name the day off.")),
        ("reason", both("Hãy ghi văn bản hoặc lý do.", "Name the paper, or the reason.")),
    ] {
        if fields.get(name).is_empty() {
            errors.add(name, missing);
        } else {
            errors.within(name, fields.get(name), 300);
        }
    }
    let Some(day) = day.filter(|_| errors.is_empty()) else { return page(&visit, Form::with(fields, errors, Tongue::Vi)).await };
    let mut tx = visit.app.db().write().await?;
    execute!(
        &mut tx,
        "insert into day_off (day, name, reason, set_by, set_at) values ($1, $2, $3, $4, $5)
         on conflict (day) do update set name = excluded.name, reason = excluded.reason, set_by = excluded.set_by, set_at = excluded.set_at",
        day,
        fields.get("name"),
        fields.get("reason"),
        visit.actor.journal_name(),
        now
    )?;
    let detail = serde_json::json!({"note": fields.get("name"), "reason": fields.get("reason"), "set": {"day": day}});
    Note::of("add_day_off", ("day_off", &day.to_string()), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go("/thong-so/ngay-nghi", "da-luu"))
}

async fn drop_day(visit: Visit, sent: Sent) -> Result<Response> {
    let day: NaiveDate = sent.fields.get("day").parse().map_err(|_| Refusal::not_found())?;
    let mut tx = visit.app.db().write().await?;
    if execute!(&mut tx, "delete from day_off where day = $1", day)? == 0 {
        return Err(Refusal::stale().into());
    }
    Note::of("drop_day_off", ("day_off", &day.to_string()), serde_json::json!({"set": {"day": null}}))
        .by(&mut tx, visit.app.clock().now(), &visit.actor)
        .await?;
    tx.commit().await?;
    Ok(go("/thong-so/ngay-nghi", "da-luu"))
}
