//! Reading points: the list, one of them, its history.

use axum::extract::Path;
use axum::response::Response;
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::answer;
use super::call::{Call, Params};
use super::model::{self, Wrong};
use super::store::{self, Filter, Reader};
use super::view;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal;
use crate::page::page_key;
use crate::point::day::{self, AsOf, Bound, Counter, DayRow};
use crate::point::{Kind, Point, State, bulk, list};
use crate::point::{model as points, store as register};
use crate::text::Tongue;

/// Parameters of the list.
pub const LIST: &[&str] = &["limit", "cursor", "state", "kind", "unit", "q", "counted_by", "bbox", "as_of"];
/// Parameters of the history.
pub const HISTORY: &[&str] = &["limit", "cursor"];

/// Whose points a caller reads.
pub fn reader(call: &Call) -> Reader {
    if call.visit.actor.is_signed_in() { Reader::Scoped(call.visit.actor.scope()) } else { Reader::Public }
}

/// A page of points.
pub async fn list(call: Call) -> Result<Response> {
    let reader = reader(&call);
    let mut params = call.params(LIST);
    let states: Vec<&str> = State::ALL.iter().map(|state| state.word()).collect();
    let kinds: Vec<&str> = Kind::all().iter().map(|kind| kind.word()).collect();
    let filter = Filter {
        state: params.word("state", &states, State::read),
        kind: params.word("kind", &kinds, |kind| Some(kind.to_owned())).unwrap_or_default(),
        unit: params.unit().filter(|unit| *unit != call.visit.app.region().province().id),
        q: params.q(),
        counted_by: params.word("counted_by", &["city", "ministry"], |word| Some(word.to_owned())).unwrap_or_default(),
        bbox: params.bbox(),
        after: params.cursor(),
        rows: params.limit() + 1,
    };
    let as_of = params.day("as_of");
    if let Some(day) = as_of {
        return of_day(&call, params, filter, day).await;
    }
    params.done()?;
    let mut tx = call.visit.app.db().read().await?;
    let mut found = store::points(&mut tx, &reader, &filter).await?;
    let is_public = reader == Reader::Public;
    let has_more = found.len() as i64 == filter.rows;
    if has_more {
        found.pop();
    }
    let names = view::names(&mut tx, &found, !is_public).await?;
    drop(tx);
    let next = found.last().filter(|_| has_more).map(|point| page_key(&point.sort, &point.id));
    let show = |point: &Point| {
        Value::Object(if is_public { view::public(&call.visit, point, &names) } else { view::whole(&call.visit, point, &names) })
    };
    Ok(answer::page(&call, found.iter().map(show).collect(), next))
}

/// A page of the points that were in a public state on a day, or can have been, with why that is not sure: what everybody may know.
async fn of_day(call: &Call, mut params: Params<'_>, filter: Filter, on: NaiveDate) -> Result<Response> {
    let meaning = |vi: &'static str, en: &'static str| Wrong::Meaning(both(vi, en));
    let today = call.visit.app.clock().today();
    let mut tx = call.visit.app.db().read().await?;
    let first = day::first(&mut tx).await?;
    params.take("as_of", day::answers(on, first, today).map_err(Wrong::Meaning));
    if filter.bbox.is_some() {
        params.take::<()>("bbox", Err(meaning("Không đi cùng as_of.", "Does not go with as_of.")));
    }
    if filter.state.is_some_and(|state| !state.is_public()) {
        params.take::<()>(
            "state",
            Err(meaning(
                "Sổ của một ngày chỉ có operating, suspended, closed.",
                "The register of a day knows operating, suspended and closed.",
            )),
        );
    }
    params.done()?;
    let state = filter.state.unwrap_or(State::Operating);
    let counter = Counter::read(&filter.counted_by).unwrap_or_default();
    let asked = AsOf { day: on, known: None };
    let wanted = list::Filter {
        unit: filter.unit,
        kind: Some(filter.kind).filter(|kind| !kind.is_empty()),
        state: Some(state),
        q: filter.q,
        after: Some(page_key(&filter.after.0, &filter.after.1)).filter(|_| !filter.after.1.is_empty()),
        size: filter.rows - 1,
        ..list::Filter::default()
    };
    let rows = day::list(&mut tx, asked, counter, Bound::All, &wanted).await?;
    let codes: Vec<&str> = rows.rows.iter().map(|day| day.row.code.as_str()).collect();
    let points = bulk::by_codes(&mut tx, &codes).await?;
    let listed: Vec<Point> = points.values().cloned().collect();
    let names = view::names(&mut tx, &listed, false).await?;
    drop(tx);
    let items = rows.rows.iter().filter_map(|DayRow { row, span }| {
        let mut map = view::public(&call.visit, points.get(&row.code)?, &names);
        let why = |tongue| span.why(state, on, tongue);
        map.insert("state".into(), json!(state.word()));
        map.insert("state_since".into(), json!(row.state_since));
        map.insert("certainty".into(), json!(if span.is_sure(on) { Bound::Sure.word() } else { Bound::Perhaps.word() }));
        map.insert(
            "certainty_reason".into(),
            if span.is_sure(on) { Value::Null } else { json!({"vi": why(Tongue::Vi), "en": why(Tongue::En)}) },
        );
        Some(Value::Object(map))
    });
    Ok(answer::page(call, items.collect(), rows.next().map(str::to_owned)))
}

/// A point by its code, and whether the caller may see it whole; what is neither in scope nor public is not there.
pub async fn find(tx: &mut Tx, call: &Call, code: &str) -> Result<(Point, bool)> {
    let point = register::find_by_code(tx, code).await?.ok_or_else(Refusal::not_found)?;
    let units = register::units_of(tx, &point.id).await?;
    let is_whole = call.visit.actor.is_signed_in() && points::in_scope(&call.visit.actor.scope(), &point, &units);
    if is_whole || point.state.is_public() { Ok((point, is_whole)) } else { Err(Refusal::not_found().into()) }
}

/// One point.
pub async fn one(call: Call, Path(code): Path<String>) -> Result<Response> {
    call.params(&[]).done()?;
    let mut tx = call.visit.app.db().read().await?;
    let (point, is_whole) = find(&mut tx, &call, &code).await?;
    let body = view::body(&mut tx, &call.visit, &point, is_whole).await?;
    let tag = model::point_tag(point.version, &body);
    Ok(answer::read(&call, body, &tag))
}

/// What was done with a point, the newest first, as its record shows it.
pub async fn history(call: Call, Path(code): Path<String>) -> Result<Response> {
    let mut params = call.params(HISTORY);
    let shape = || {
        Wrong::Shape(both(
            "Con trỏ này không phải của hệ thống; hãy đọc lại từ trang đầu.",
            "This cursor is none of ours; read again from the first page.",
        ))
    };
    let digits = |text: &str| {
        Some(text)
            .filter(|text| (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse::<i64>().ok())
    };
    let before = params.read("cursor", |text| digits(text).ok_or_else(shape)).unwrap_or(i64::MAX);
    let rows = params.limit() + 1;
    params.done()?;
    let mut tx = call.visit.app.db().read().await?;
    let (point, is_whole) = find(&mut tx, &call, &code).await?;
    if !is_whole {
        return Err(Refusal::not_found().into());
    }
    let mut lines = journal::history(&mut tx, "point", &point.id, before, rows).await?;
    let has_more = lines.len() as i64 == rows;
    if has_more {
        lines.pop();
    }
    let next = lines.last().filter(|_| has_more).map(|line| line.seq.to_string());
    let items = lines.iter().map(|line| {
        let detail: Value = serde_json::from_str(&line.detail).unwrap_or(Value::Null);
        let key = format!("verb.{}", line.verb);
        json!({
            "seq": line.seq,
            "at": line.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "by": line.actor_name,
            "verb": line.verb,
            "what": {"vi": Tongue::Vi.t(&key), "en": Tongue::En.t(&key)},
            "why": line.why(),
            "from": detail["from"].as_str(),
            "to": detail["to"].as_str(),
            "by_program": detail["token"].is_string(),
        })
    });
    Ok(answer::page(&call, items.collect(), next))
}
