//! The screen of numbers that can be set.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;

use super::{KNOWN, Known, Value};
use crate::access::{Act, Need, Routes};
use crate::error::{Both, Refusal, Result, both};
use crate::journal::Note;
use crate::page::{Errors, Fields, Form, Sent, Shell, Visit, go, html_as};
use crate::text::{self, Tongue};

/// What the numbers are about, by how their names begin; the first that fits.
const GROUPS: &[(&str, &[&str])] = &[
    ("Điểm bán đang hoạt động", &["confirm_", "finding_", "commitment_", "risk_"]),
    ("Công bố, nguồn tin cho máy", &["portal_", "feed_"]),
    ("Đợt đề nghị", &["call_"]),
    ("Sản phẩm: mã, giấy chứng nhận, phôi", &["product_code_", "certificate_", "blank_"]),
    ("Kệ hàng, hỗ trợ chủ thể", &["takedown_", "shelf_", "aid_"]),
    ("Ghép nối sản phẩm và điểm bán", &["match_"]),
    ("Khác", &[""]),
];

fn group_of(name: &str) -> &'static str {
    GROUPS.iter().find(|(_, begins)| begins.iter().any(|begin| name.starts_with(begin))).map_or("Khác", |(title, _)| title)
}

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().get("/thong-so", Need::May(Act::ReadSettings), list).post("/thong-so/{name}", Need::May(Act::KeepSettings), set)
}

#[derive(Clone)]
struct Line {
    known: &'static Known,
    now: i64,
    history: Vec<Value>,
    form: Form,
}

impl Line {
    fn field(&self, part: &str) -> String {
        format!("{}-{part}", self.known.name)
    }
}

#[derive(Template)]
#[template(path = "setting/list.html")]
struct ListPage {
    shell: Shell,
    /// Groups with what they hold.
    groups: Vec<(&'static str, Vec<Line>)>,
    q: String,
    may_set: bool,
    today: NaiveDate,
}

impl ListPage {
    /// Whether a group is open on a phone too: it was searched for, or something in it is wrong.
    fn is_open(&self, lines: &[Line]) -> bool {
        !self.q.is_empty() || lines.iter().any(|line| !line.form.errors.is_empty())
    }
}

async fn page(visit: &Visit, wrong: Option<(&str, Fields, Errors)>) -> Result<Response> {
    let today = visit.app.clock().today();
    let mut tx = visit.app.db().read().await?;
    let q = text::fold(visit.query.get("q"));
    let is_asked = |known: &Known| q.split(' ').all(|word| text::fold(&format!("{} {}", known.vi, group_of(&known.name))).contains(word));
    let mut lines = Vec::new();
    for known in KNOWN.all().iter().filter(|known| is_asked(known)) {
        let form = match &wrong {
            Some((name, fields, errors)) if *name == known.name => Form::with(fields.clone(), errors.clone(), Tongue::Vi),
            _ => Form::with(Fields::new([(format!("{}-from", known.name), text::date_vi(today))]), Errors::default(), Tongue::Vi),
        };
        lines.push(Line {
            known,
            now: super::value(&mut tx, &known.name, today).await?,
            history: super::history(&mut tx, &known.name).await?,
            form,
        });
    }
    let status = wrong.map_or(StatusCode::OK, |(_, _, errors)| errors.status());
    let mut groups: Vec<(&'static str, Vec<Line>)> = GROUPS.iter().map(|(title, _)| (*title, Vec::new())).collect();
    for line in lines {
        let title = group_of(&line.known.name);
        groups.iter_mut().filter(|(known, _)| *known == title).for_each(|(_, own)| own.push(line.clone()));
    }
    groups.retain(|(_, lines)| !lines.is_empty());
    let page = ListPage {
        shell: visit.shell("Thông số"),
        groups,
        q: visit.query.get("q").to_owned(),
        may_set: visit.actor.may(Act::KeepSettings),
        today,
    };
    html_as(status, &page)
}

async fn list(visit: Visit) -> Result<Response> {
    page(&visit, None).await
}

async fn set(visit: Visit, Path(name): Path<String>, sent: Sent) -> Result<Response> {
    let (now, today) = (visit.app.clock().now(), visit.app.clock().today());
    let known = KNOWN.all().iter().find(|known| known.name == name).ok_or_else(Refusal::not_found)?;
    let fields = sent.fields;
    let field = |part: &str| format!("{name}-{part}");
    let mut errors = Errors::default();
    let number = errors.take(&field("value"), number(fields.get(&field("value")), known));
    let from = errors.take(&field("from"), first_day(fields.get(&field("from")), today));
    let reason = fields.get(&field("reason")).to_owned();
    if reason.is_empty() {
        errors.add(field("reason"), both("Hãy ghi lý do hoặc văn bản làm căn cứ.", "State the reason, or the paper it rests on."));
    }
    let (Some(value), Some(valid_from), true) = (number, from, errors.is_empty()) else {
        return page(&visit, Some((&name, fields, errors))).await;
    };
    let mut tx = visit.app.db().write().await?;
    let before = super::value(&mut tx, &name, valid_from).await?;
    super::set(&mut tx, &name, &Value { valid_from, value, reason: reason.clone(), set_by: visit.actor.journal_name(), set_at: now })
        .await?;
    let detail = serde_json::json!({"name": name, "before": before, "value": value, "valid_from": valid_from, "reason": reason});
    Note::of("set_number", ("setting", &name), detail).by(&mut tx, now, &visit.actor).await?;
    tx.commit().await?;
    Ok(go("/thong-so", "da-luu"))
}

fn number(typed: &str, known: &Known) -> Result<i64, Both> {
    let (least, most) = (known.least, known.most);
    typed
        .replace(['.', ' '], "")
        .parse()
        .ok()
        .filter(|value| (least..=most).contains(value))
        .ok_or_else(|| both(format!("Hãy ghi số nguyên từ {least} đến {most}."), format!("Give a whole number from {least} to {most}.")))
}

/// What was decided by an earlier number stays decided, so a new one counts from today at the earliest.
fn first_day(typed: &str, today: NaiveDate) -> Result<NaiveDate, Both> {
    let day = text::parse_date(typed).map_err(Both::from)?;
    if day < today {
        return Err(both("Thông số mới áp dụng sớm nhất từ hôm nay.", "A new value counts from today at the earliest."));
    }
    Ok(day)
}
