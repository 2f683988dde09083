//! Where a point is missing: communes of today and units of before, kinds of place, craft villages. Everything is read from
//! the kept counters, so a page costs its rows and one look along the counters of units.

use std::collections::HashMap;

/// The word of the kind of place that a craft village is.
const CRAFT_VILLAGE: &str = "craft_village";

use askama::Template;
use axum::response::Response;
use chrono::{Days, NaiveDate};

use super::pages::{READERS, may_write};
use super::store;
use crate::access::{Routes, Scope};
use crate::db::{DbResult, Tx};
use crate::error::Result;
use crate::page::{Ask, Choice, Fields, Form, Rows, Shell, Visit, html};
use crate::point::{Kind, State};
use crate::region::{Level, Region, Unit};
use crate::text::Tongue;
use crate::{fetch_all, fetch_many};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/van-dong/con-thieu", READERS, show)
}

/// States of a point that is on its way.
const COMING: [State; 7] =
    [State::Draft, State::Nominated, State::Returned, State::Accepted, State::Surveyed, State::Selected, State::Preparing];

/// What is being looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Units,
    Old,
    Kinds,
    Villages,
}

impl By {
    const ALL: [(By, &'static str, &'static str); 4] = [
        (By::Units, "", "Xã, phường hiện nay"),
        (By::Old, "cu", "Đơn vị trước 1/7/2025"),
        (By::Kinds, "loai", "Loại hình"),
        (By::Villages, "lang-nghe", "Làng nghề"),
    ];

    fn read(word: &str) -> By {
        By::ALL.into_iter().find(|(_, known, _)| *known == word).map_or(By::Units, |(by, ..)| by)
    }
}

/// One place where a point is missing, with why and where to begin.
struct Line {
    name: String,
    below: String,
    reasons: Vec<String>,
    href: String,
}

#[derive(Template)]
#[template(path = "prospect/gap.html")]
struct GapPage {
    shell: Shell,
    by: By,
    tabs: Vec<(bool, String, &'static str)>,
    lines: Rows<Line>,
    missing: usize,
    coming: usize,
    of: usize,
    form: Form,
    unit_name: String,
    may_add: bool,
    may_import: bool,
    unplaced: i64,
    districts: Vec<Choice>,
    ask: Ask,
}

/// Points of any kind in a state, by unit.
async fn by_unit(tx: &mut Tx) -> DbResult<HashMap<String, Vec<(State, i64)>>> {
    let rows = fetch_all!(tx, (String, State, i64), "select unit_id, state, n from point_count where kind = '*' and n > 0")?;
    let mut units: HashMap<String, Vec<(State, i64)>> = HashMap::new();
    for (unit, state, n) in rows {
        units.entry(unit).or_default().push((state, n));
    }
    Ok(units)
}

fn sum(counts: &[(State, i64)], states: &[State]) -> i64 {
    counts.iter().filter(|(state, _)| states.contains(state)).map(|(_, n)| n).sum()
}

/// The day before the present communes began.
fn day_before(region: &Region, today: NaiveDate) -> Option<NaiveDate> {
    region.communes(today).into_iter().filter_map(|unit| unit.valid_from).max().and_then(|day| day.checked_sub_days(Days::new(1)))
}

async fn show(visit: Visit) -> Result<Response> {
    let today = visit.app.clock().today();
    let region = visit.app.region();
    let mut ask = Ask::new(&visit);
    let by = By::read(ask.get("theo"));
    let scope = visit.actor.scope();
    let own = match &scope {
        Scope::Unit(unit) => Some(unit.clone()),
        _ => None,
    };
    let asked = ask.unit(&visit);
    let unit = own.clone().or_else(|| asked.map(|unit| unit.id.clone()));
    let mut page = GapPage {
        shell: visit.shell("Nơi còn thiếu điểm"),
        by,
        tabs: By::ALL
            .into_iter()
            .map(|(known, word, name)| {
                (known == by, format!("/van-dong/con-thieu{}{word}", if word.is_empty() { "" } else { "?theo=" }), name)
            })
            .collect(),
        lines: Rows::none(),
        missing: 0,
        coming: 0,
        of: 0,
        form: ask.form(),
        unit_name: unit.as_deref().map(|id| region.label_dated(id, today)).unwrap_or_default(),
        may_add: may_write(&visit.actor),
        may_import: super::village::may_read(&visit.actor),
        unplaced: 0,
        districts: Vec::new(),
        ask,
    };
    let mut tx = visit.app.db().read().await?;
    match by {
        By::Units => {
            let units: Vec<&Unit> =
                region.communes(today).into_iter().filter(|known| own.as_ref().is_none_or(|own| *own == known.id)).collect();
            let counts = by_unit(&mut tx).await?;
            if own.is_none() {
                let placed: i64 = units.iter().filter_map(|unit| counts.get(&unit.id)).map(|known| sum(known, &[State::Operating])).sum();
                page.unplaced = (sum(&crate::point::store::counts(&mut tx, "*", "*").await?, &[State::Operating]) - placed).max(0);
            }
            units_page(&mut tx, &mut page, region, units, &counts).await?;
        }
        By::Old => {
            let before = day_before(region, today).map(|day| region.communes(day)).unwrap_or_default();
            page.districts = std::iter::once((String::new(), "Tất cả".to_owned()))
                .chain(region.districts().into_iter().map(|unit| (unit.id.clone(), unit.full_name.clone())))
                .collect();
            let district = page.ask.get("huyen").to_owned();
            let units = before
                .into_iter()
                .filter(|unit| !unit.is_valid(today) && (district.is_empty() || unit.parent_id.as_deref() == Some(district.as_str())))
                .filter(|unit| own.as_ref().is_none_or(|own| reaches(region, unit, own, today)))
                .collect();
            let counts = by_unit(&mut tx).await?;
            units_page(&mut tx, &mut page, region, units, &counts).await?;
        }
        By::Kinds => kinds_page(&mut tx, &mut page, unit.as_deref().unwrap_or("*")).await?,
        By::Villages => villages_page(&mut tx, &mut page, region, unit.as_deref(), today).await?,
    }
    html(&page)
}

/// Whether an old unit went into a unit of today, surely or not.
fn reaches(region: &Region, old: &Unit, unit: &str, today: NaiveDate) -> bool {
    region.listed(&old.id, &region.today(&old.id, None, today)).iter().any(|listed| listed.unit_id == unit)
}

/// The form of a prospect, filled with what is known of a missing point.
fn begin(unit: Option<&str>, kind: &str, name: &str) -> String {
    let mut query = Fields::default();
    query.set("unit_id", unit.unwrap_or(""));
    query.set("kind", kind);
    query.set("name", name);
    query.address("/van-dong/moi", &[])
}

/// Operating points that may lie in these units, because the unit of their address was split.
async fn perhaps(tx: &mut Tx, units: &[&str]) -> DbResult<HashMap<String, i64>> {
    let rows = fetch_many!(
        tx,
        (String,),
        "select unit_id from point_unit where certainty = 'may' and state = 'operating' and unit_id in ($1)",
        units
    )?;
    let mut counts = HashMap::new();
    for (unit,) in rows {
        *counts.entry(unit).or_default() += 1;
    }
    Ok(counts)
}

/// Units without an operating point and without one on its way, a page of them.
async fn units_page(
    tx: &mut Tx,
    page: &mut GapPage,
    region: &Region,
    units: Vec<&Unit>,
    counts: &HashMap<String, Vec<(State, i64)>>,
) -> Result<()> {
    let of = |unit: &Unit| counts.get(&unit.id).map(Vec::as_slice).unwrap_or_default();
    page.of = units.len();
    let without: Vec<&Unit> = units.into_iter().filter(|unit| sum(of(unit), &[State::Operating]) == 0).collect();
    let without_any = without.len();
    let missing: Vec<&Unit> = without.into_iter().filter(|unit| sum(of(unit), &COMING) == 0).collect();
    page.missing = missing.len();
    page.coming = without_any - missing.len();
    // the units stand in the order of their names; the key is the unit the last page ended with
    let shown = Rows::of_all(missing, page.ask.size(30), page.ask.get("sau"), |unit| unit.id.clone());
    let ids: Vec<&str> = shown.rows.iter().map(|unit| unit.id.as_str()).collect();
    let prospects: HashMap<String, i64> = store::open_in(tx, &ids).await?.into_iter().collect();
    let perhaps = perhaps(tx, &ids).await?;
    page.lines = shown.map(|unit| {
        let mut reasons = vec!["Chưa có điểm đang hoạt động, chưa có hồ sơ nào đang làm".to_owned()];
        for (state, word) in [(State::Suspended, "tạm ngừng"), (State::Closed, "đã đóng")] {
            let n = sum(of(unit), &[state]);
            if n > 0 {
                reasons.push(format!("có {n} điểm {word}"));
            }
        }
        if let Some(n) = perhaps.get(&unit.id) {
            reasons.push(format!("{n} điểm đang hoạt động ghi theo đơn vị cũ có thể nằm ở đây, chưa xác định"));
        }
        if let Some(n) = prospects.get(&unit.id) {
            reasons.push(format!("đang vận động {n} địa điểm tiềm năng"));
        }
        let below = match unit.parent_id.as_deref().and_then(|id| region.get(id)) {
            Some(parent) if parent.level == Level::District => parent.full_name.clone(),
            _ => String::new(),
        };
        Line { name: unit.full_name.clone(), below, reasons, href: begin(Some(&unit.id), "", "") }
    });
    Ok(())
}

/// Kinds of place without an operating point and without one on its way, in the city or in a unit.
async fn kinds_page(tx: &mut Tx, page: &mut GapPage, unit: &str) -> Result<()> {
    let rows =
        fetch_all!(tx, (String, State, i64), "select kind, state, n from point_count where unit_id = $1 and kind <> '*' and n > 0", unit)?;
    page.of = Kind::all().len();
    for kind in Kind::all() {
        let counts: Vec<(State, i64)> = rows.iter().filter(|(known, ..)| known == kind.word()).map(|(_, state, n)| (*state, *n)).collect();
        if sum(&counts, &[State::Operating]) > 0 {
            continue;
        }
        if sum(&counts, &COMING) > 0 {
            page.coming += 1;
            continue;
        }
        page.missing += 1;
        let place = if unit == "*" { "Thành phố".to_owned() } else { page.unit_name.clone() };
        let reasons = vec![format!("{place} chưa có điểm loại hình này đang hoạt động, chưa có hồ sơ nào đang làm")];
        let known = Some(unit).filter(|unit| *unit != "*");
        page.lines.rows.push(Line {
            name: kind.name(Tongue::Vi).to_owned(),
            below: String::new(),
            reasons,
            href: begin(known, kind.word(), ""),
        });
    }
    Ok(())
}

/// Craft villages whose commune has no operating point of the kind “craft village”.
async fn villages_page(tx: &mut Tx, page: &mut GapPage, region: &Region, unit: Option<&str>, today: NaiveDate) -> Result<()> {
    let (missing, of) = super::village::counts(tx, unit.unwrap_or("")).await?;
    (page.missing, page.of) = (missing as usize, of as usize);
    let list = super::village::without_point(tx, unit.unwrap_or(""), page.ask.get("sau"), page.ask.size(30)).await?;
    page.lines = list.map(|village| {
        let place = village.unit_today.as_deref().unwrap_or(&village.unit_id);
        let mut reasons = vec![format!("{} chưa có điểm loại hình làng nghề đang hoạt động", region.label_dated(place, today))];
        if village.coming > 0 {
            reasons.push(format!("{} hồ sơ loại này đang làm", village.coming));
        }
        let below =
            [village.note.as_str(), village.source.as_str()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
        Line { href: begin(Some(place), CRAFT_VILLAGE, &village.name), name: village.name, below, reasons }
    });
    Ok(())
}
