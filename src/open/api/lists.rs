//! Units, kinds of place, counts.

use axum::response::Response;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::store::{self, Reader};
use super::{answer, points};
use crate::access::Scope;
use crate::error::Result;
use crate::etag;
use crate::page::page_key;
use crate::point::{Kind, State, day};
use crate::region::{Level, Unit};
use crate::text::{self, Tongue};

/// Parameters of the list of units.
pub const UNITS: &[&str] = &["limit", "cursor", "q", "level", "on"];
/// Parameters of the counts.
pub const COUNTS: &[&str] = &["unit", "counted_by", "as_of"];

fn level_word(level: Level) -> &'static str {
    match level {
        Level::Province => "province",
        Level::District => "district",
        Level::Commune => "commune",
    }
}

/// Order of a unit in the list: by name, then id; both as a cursor may hold them.
fn order(unit: &Unit) -> (String, String) {
    (text::sort_key(&unit.name), unit.id.replace('.', "-"))
}

/// The units that exist on a day, in dictionary order.
pub async fn units(call: Call) -> Result<Response> {
    let mut params = call.params(UNITS);
    let (rows, after) = (params.limit() as usize, params.cursor());
    let level = params.word("level", &["province", "district", "commune"], |word| Some(word.to_owned()));
    let on = params.day("on").unwrap_or_else(|| call.visit.app.clock().today());
    let q = params.q();
    params.done()?;
    let region = call.visit.app.region();
    let fits = |unit: &&Unit| {
        unit.is_valid(on)
            && level.as_deref().is_none_or(|level| level == level_word(unit.level))
            && (q.is_empty() || unit.name_fold.contains(&q) || unit.code == q)
    };
    let mut found: Vec<((String, String), &Unit)> =
        region.units().iter().filter(fits).map(|unit| (order(unit), unit)).filter(|(order, _)| *order > after).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let next = (found.len() > rows).then(|| page_key(&found[rows - 1].0.0, &found[rows - 1].0.1));
    let items = found.into_iter().take(rows).map(|(_, unit)| {
        json!({
            "id": unit.id,
            "code": Some(&unit.code).filter(|code| !code.is_empty()),
            "level": level_word(unit.level),
            "kind": unit.kind,
            "name": unit.name,
            "full_name": unit.full_name,
            "parent_id": unit.parent_id,
            "valid_from": unit.valid_from,
            "valid_to": unit.valid_to,
            "successors": region.successors(&unit.id),
            "lon": unit.lon,
            "lat": unit.lat,
        })
    });
    Ok(answer::page(&call, items.collect(), next))
}

/// The kinds of place.
pub async fn kinds(call: Call) -> Result<Response> {
    call.params(&[]).done()?;
    let items = Kind::all()
        .into_iter()
        .map(|kind| json!({"kind": kind.word(), "name": {"vi": kind.name(Tongue::Vi), "en": kind.name(Tongue::En)}}));
    Ok(answer::page(&call, items.collect(), None))
}

/// How many points there are today or were on a day, by state and kind. Of a day everybody learns what was public then.
pub async fn counts(call: Call) -> Result<Response> {
    let today = call.visit.app.clock().today();
    let region = call.visit.app.region();
    let mut params = call.params(COUNTS);
    let unit = params.unit().filter(|unit| *unit != region.province().id);
    let counter = params.word("counted_by", &["city", "ministry"], |word| Some(word.to_owned())).unwrap_or_default();
    let mut tx = call.visit.app.db().read().await?;
    let first = day::first(&mut tx).await?;
    let as_of =
        params.day("as_of").and_then(|asked| params.take("as_of", day::answers(asked, first, today).map_err(super::model::Wrong::Meaning)));
    params.done()?;
    let key = unit.as_deref().unwrap_or("*");
    let sure = |counts: Vec<store::Count>| counts.into_iter().map(|(state, kind, n)| (state, kind, n, n)).collect::<Vec<_>>();
    let mut found = match points::reader(&call) {
        _ if as_of.is_some() => {
            store::counted(&mut tx, key, if counter.is_empty() { "all" } else { &counter }, as_of.unwrap_or(today)).await?
        }
        Reader::Public | Reader::Scoped(Scope::All) if counter.is_empty() => sure(store::counts(&mut tx, key).await?),
        Reader::Public | Reader::Scoped(Scope::All) => store::counted(&mut tx, key, &counter, today).await?,
        Reader::Scoped(scope) => sure(store::scoped_counts(&mut tx, &scope, unit.as_deref().unwrap_or(""), &counter).await?),
    };
    drop(tx);
    if !call.visit.actor.is_signed_in() {
        found.retain(|(state, ..)| State::read(state).is_some_and(State::is_public));
    }
    let (mut states, mut states_most): (Map<String, Value>, Map<String, Value>) = (Map::new(), Map::new());
    for (state, _, n, most) in &found {
        for (sums, n) in [(&mut states, n), (&mut states_most, most)] {
            let sum = sums.get(state).and_then(Value::as_i64).unwrap_or(0) + n;
            sums.insert(state.clone(), sum.into());
        }
    }
    let items: Vec<Value> = found
        .iter()
        .map(|(state, kind, n, most)| json!({"state": state, "kind": Some(kind).filter(|kind| !kind.is_empty()), "n": n, "most": most}))
        .collect();
    let body = json!({
        "on": as_of.unwrap_or(today),
        "unit_id": unit,
        "unit_name": unit.as_deref().map(|unit| region.label(unit)),
        "counted_by": Some(&counter).filter(|counter| !counter.is_empty()),
        "total": found.iter().map(|(_, _, n, _)| n).sum::<i64>(),
        "states": states,
        "states_most": states_most,
        "items": items,
    })
    .to_string();
    let tag = etag::weak(&body);
    Ok(answer::read(&call, body, &tag))
}
