//! Handlers: home, list, one point. The answers are the same for everybody who is not signed in, so they may be kept
//! a minute by browsers and proxies.

use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use chrono::{Datelike, Timelike};

use super::store::{self, Extra, Opened};
use super::words;
use crate::access::{Need, Routes};
use crate::error::{Refusal, Result, both};
use crate::page::{Ask, Choice, Errors, Fields, Form, Pager, Shell, Visit, html};
use crate::point::grid::Bounds;
use crate::point::hours::Hours;
use crate::point::list::{self, Filter, Moment, Row};
use crate::point::model::kind_name;
use crate::point::store as points;
use crate::point::tile::{self, Asked, Reader};
use crate::point::{Kind, State};
use crate::region::{Hit, Level, Unit, UnitRefusal};
use crate::text::{self, Tongue};

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new()
        .get("/", Need::Public, home)
        .get("/en", Need::Public, home)
        .get("/diem-ban", Need::Public, list)
        .get("/en/diem-ban", Need::Public, list)
        .get("/diem-ban/{slug}", Need::Public, super::point::point)
        .get("/en/diem-ban/{slug}", Need::Public, super::point::point)
}

/// A page that everybody may keep a minute; what a signed-in reader sees is kept by nobody.
pub(super) fn public(visit: &Visit, page: &impl Template) -> Result<Response> {
    let mut response = html(page)?;
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("cookie"));
    if !visit.actor.is_signed_in() {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    }
    Ok(response)
}

/// The picture that stands for a kind of place where there is no photo.
pub(super) fn kind_picture(kind: &str) -> String {
    let word = Kind::read(kind).map_or("unknown", Kind::word);
    crate::page::asset(&format!("img/kind-{word}.svg"))
}

/// Day of the week (0 = Monday) and minute of the day in Việt Nam.
pub(super) fn moment(visit: &Visit) -> (usize, u16) {
    let now = crate::clock::local(visit.app.clock().now());
    (now.weekday().num_days_from_monday() as usize, (now.hour() * 60 + now.minute()) as u16)
}

/// A line on hours for a card: whether it is open now, or the hours as typed.
fn door(hours: &str, at: (usize, u16), lang: Tongue) -> String {
    match Hours::parse(hours) {
        Some(parsed) => parsed.door_words(at.0, at.1, lang).1,
        None => text::clip(hours, 60),
    }
}

struct KindCard {
    word: &'static str,
    name: &'static str,
    picture: String,
    count: String,
}

struct NewCard {
    point: Opened,
    picture: String,
    door: String,
}

#[derive(Template)]
#[template(path = "portal/home.html")]
struct HomePage {
    shell: Shell,
    operating: i64,
    stats: Vec<(&'static str, String)>,
    kinds: Vec<KindCard>,
    new: Vec<NewCard>,
}

async fn home(visit: Visit) -> Result<Response> {
    let (lang, today, at) = (visit.lang, visit.app.clock().today(), moment(&visit));
    let region = visit.app.region();
    let mut tx = visit.app.db().read().await?;
    let counts = points::counts(&mut tx, "*", "*").await?;
    let by_kind = points::counts_by_kind(&mut tx, "*", State::Operating).await?;
    let covered = store::units_with_points(&mut tx).await?;
    let new = store::newly_opened(&mut tx).await?;
    let pictures = extras(&mut tx, new.iter().map(|point| point.id.as_str())).await?;
    drop(tx);
    let of = |state: State| counts.iter().find(|(known, _)| *known == state).map_or(0, |(_, n)| *n);
    let communes = region.communes(today).len();
    let covered =
        covered.iter().filter_map(|id| region.get(id)).filter(|unit| unit.level == Level::Commune && unit.is_valid(today)).count();
    let mut kinds: Vec<(Kind, i64)> =
        Kind::all().into_iter().map(|kind| (kind, by_kind.iter().find(|(word, _)| word == kind.word()).map_or(0, |(_, n)| *n))).collect();
    if kinds.iter().any(|(_, n)| *n > 0) {
        kinds.retain(|(_, n)| *n > 0);
        kinds.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    }
    let kinds_open = kinds.iter().filter(|(_, n)| *n > 0).count();
    let mut stats = vec![
        (lang.t("home.open_now"), words::number(of(State::Operating), lang)),
        (lang.t("home.covered"), format!("{covered} / {communes}")),
        (lang.t("home.kinds_open"), kinds_open.to_string()),
    ];
    if of(State::Suspended) > 0 {
        stats.push((lang.t("home.suspended"), words::number(of(State::Suspended), lang)));
    }
    let kinds = kinds.into_iter().map(|(kind, n)| KindCard {
        word: kind.word(),
        name: kind.name(lang),
        picture: kind_picture(kind.word()),
        count: if n > 0 { count_words(n, lang) } else { String::new() },
    });
    let new = new.into_iter().map(|point| NewCard {
        picture: picture(&pictures, &point.id).unwrap_or_else(|| kind_picture(&point.kind)),
        door: door(&point.hours, at, lang),
        point,
    });
    let page = HomePage {
        shell: visit.shell(lang.t("home.title")),
        operating: of(State::Operating),
        stats,
        kinds: kinds.collect(),
        new: new.collect(),
    };
    public(&visit, &page)
}

/// "12 điểm", "1 shop".
fn count_words(n: i64, lang: Tongue) -> String {
    let word = match lang {
        Tongue::Vi => "điểm",
        Tongue::En if n == 1 => "shop",
        Tongue::En => "shops",
    };
    format!("{} {word}", words::number(n, lang))
}

async fn extras(tx: &mut crate::db::Tx, ids: impl Iterator<Item = &str>) -> Result<Vec<Extra>> {
    let ids: Vec<&str> = ids.collect();
    Ok(if ids.is_empty() { Vec::new() } else { store::extras(tx, &ids).await? })
}

fn picture(extras: &[Extra], id: &str) -> Option<String> {
    let extra = extras.iter().find(|extra| extra.id == id)?;
    extra.picture.as_ref().map(|picture| format!("/anh/{picture}?co=nho"))
}

struct Card {
    row: Row,
    far: String,
    picture: String,
    kind: &'static str,
    place: String,
    door: String,
    source: String,
}

/// A link with what it says.
type Link = (String, String);

#[derive(Template)]
#[template(path = "portal/list.html")]
struct ListPage {
    shell: Shell,
    form: Form,
    heading: String,
    cards: Vec<Card>,
    found: String,
    kinds: Vec<Choice>,
    states: Vec<Choice>,
    orders: Vec<Choice>,
    kept: Vec<Link>,
    tags: Vec<Link>,
    unclear: bool,
    hits: Vec<Link>,
    instead: Vec<Link>,
    pager: Pager,
    inline: String,
    map: MapLinks,
    state: State,
    is_filtered: bool,
    note: String,
}

/// What the map beside a list needs to know.
struct MapLinks {
    data: String,
    list: String,
    frame: String,
    place: String,
}

async fn list(visit: Visit) -> Result<Response> {
    let (lang, today, at) = (visit.lang, visit.app.clock().today(), moment(&visit));
    let (region, mut ask) = (visit.app.region(), Ask::new(&visit));
    let path = format!("{}/diem-ban", lang.prefix());
    let mut instead = Vec::new();
    let unit = match region.of_form(&visit.query, today) {
        None => None,
        Some(Ok(unit)) if unit.level == Level::Province => None,
        Some(Ok(unit)) => {
            // an old district and a new ward often share a name: offer the other one
            let same =
                region.suggest(&unit.name, today, 12).into_iter().filter(|other| other.name_fold == unit.name_fold && other.id != unit.id);
            instead.extend(same.map(|other| {
                (
                    words::upper_first(&words::unit(other, today, lang)),
                    ask.with(&[("unit", &region.label(&other.id)), ("unit_id", &other.id)]),
                )
            }));
            Some(unit)
        }
        Some(Err(refusal)) => {
            match &refusal {
                UnitRefusal::Ambiguous { candidates, .. } => {
                    instead.extend(
                        candidates
                            .iter()
                            .map(|label| (label.clone(), ask.with(&[("unit", label.trim_end_matches(" (cũ)")), ("unit_id", "")]))),
                    );
                }
                _ if ask.get("q").is_empty() => {
                    let typed = ask.get("unit");
                    instead.push((
                        lang.t("portal.search_text").replace("{}", typed),
                        ask.with(&[("unit", ""), ("unit_id", ""), ("q", typed)]),
                    ));
                }
                _ => {}
            }
            let text = match &refusal {
                UnitRefusal::Ambiguous { typed, .. } => both(
                    format!("Có nhiều nơi tên “{typed}”; hãy chọn một nơi bên dưới."),
                    format!("Several places are called “{typed}”; choose one below."),
                ),
                other => other.text(),
            };
            ask.errors.add("unit", text);
            None
        }
    };
    let frame = ask.some("bbox").map(Bounds::read).transpose().map_err(Refusal::invalid)?;
    let is_near = ask.get("near") == "1";
    let place = if is_near { near(&visit, unit, &mut ask.errors) } else { None };
    // a unit that says where to begin is no filter
    let begin = unit.filter(|_| place.is_some() && ask.some("lon").is_none());
    let unit = if begin.is_some() { None } else { unit };
    let open = ask.some("open").map(|_| Moment::of(visit.app.clock().now()));
    let state = ask.one("state", State::read).filter(|state| state.is_public()).unwrap_or(State::Operating);
    let kind = ask.one("kind", Kind::read);
    let filter = Filter {
        unit: unit.map(|unit| unit.id.clone()),
        kind: kind.map(|kind| kind.word().to_owned()),
        state: Some(state),
        q: ask.text(),
        open,
        after: ask.after().filter(|key| crate::page::read_key(key).is_some()),
        size: ask.size(20),
        ..Filter::default()
    };
    let unit_key = filter.unit.as_deref().unwrap_or("*");
    let asked = Asked { reader: Reader::Everybody, filter: &filter };
    let mut tx = visit.app.db().read().await?;
    // what all of it comes to, where the counters of the register do not tell
    let total = if open.is_some() || place.is_some() { Some(tile::count(&mut tx, asked).await?) } else { None };
    let mut far = Vec::new();
    let slice = match (place.or(frame.map(|frame| frame.middle())), open, total) {
        (Some(middle), ..) => {
            let found = tile::around(&mut tx, asked, middle, frame, filter.size).await?;
            far = if place.is_some() { found.rows.iter().map(|(_, metres)| *metres).collect() } else { Vec::new() };
            found.map(|(row, _)| row)
        }
        (None, Some(moment), Some(total)) if filter.unit.is_none() && filter.q.is_empty() && total.all <= 400 => {
            list::few_open(&mut tx, &filter, moment).await?
        }
        _ => list::public(&mut tx, &filter).await?,
    };
    // what stands under the old unit of this name, or one that went into it
    let mut hits = Vec::new();
    for other in unit
        .filter(|_| slice.rows.is_empty() && filter.after.is_none() && frame.is_none())
        .map(|unit| region.instead_of(&unit.id))
        .unwrap_or_default()
    {
        let found = list::public(&mut tx, &Filter { unit: Some(other.id.clone()), ..filter.clone() }).await?;
        hits.extend(Hit::new(region, other, found.rows.len(), found.next().is_some(), ("điểm", "points"), today, lang));
    }
    let by_state = points::counts(&mut tx, unit_key, filter.kind.as_deref().unwrap_or("*")).await?;
    let by_kind = points::counts_by_kind(&mut tx, unit_key, state).await?;
    let extras = extras(&mut tx, slice.rows.iter().map(|row| row.id.as_str())).await?;
    drop(tx);

    let count = |wanted: State| by_state.iter().find(|(known, _)| *known == wanted).map_or(0, |(_, n)| *n);
    let with_count = |name: &str, n: i64| {
        if filter.q.is_empty() && open.is_none() && frame.is_none() {
            format!("{name} ({})", words::number(n, lang))
        } else {
            name.to_owned()
        }
    };
    let states = State::PUBLIC
        .iter()
        .map(|known| (if *known == State::Operating { "" } else { known.word() }.to_owned(), with_count(known.name(lang), count(*known))))
        .collect();
    let kind_count = |kind: Kind| by_kind.iter().find(|(word, _)| word == kind.word()).map_or(0, |(_, n)| *n);
    let mut kinds = vec![(String::new(), lang.t("portal.any_kind").to_owned())];
    kinds.extend(Kind::all().into_iter().map(|kind| (kind.word().to_owned(), with_count(kind.name(lang), kind_count(kind)))));

    let mut tags = Vec::new();
    if let Some(text) = ask.some("q") {
        tags.push((format!("“{text}”"), ask.with(&[("q", "")])));
    }
    if let Some(unit) = unit {
        tags.push((region.label_dated(&unit.id, today), ask.with(&[("unit", ""), ("unit_id", "")])));
    }
    if let Some(kind) = kind {
        tags.push((kind.name(lang).to_owned(), ask.with(&[("kind", "")])));
    }
    if state != State::Operating {
        tags.push((state.name(lang).to_owned(), ask.with(&[("state", "")])));
    }
    if open.is_some() {
        tags.push((lang.t("portal.open").to_owned(), ask.with(&[("open", "")])));
    }
    if place.is_some() {
        let from = match begin {
            Some(unit) => lang.t("portal.from_unit").replace("{}", &words::unit(unit, today, lang)),
            None => lang.t("portal.from_you").to_owned(),
        };
        let gone: &[(&str, &str)] =
            if begin.is_some() { &[("near", ""), ("unit", ""), ("unit_id", "")] } else { &[("near", ""), ("lon", ""), ("lat", "")] };
        tags.push((from, ask.with(gone)));
    }
    if frame.is_some() {
        tags.push((lang.t("portal.in_frame").to_owned(), ask.with(&[("bbox", "")])));
    }
    let shown = slice.rows.len() as i64;
    let found = match (
        total.filter(|total| total.is_whole && frame.is_none()),
        filter.q.is_empty() && frame.is_none(),
        filter.after.is_none() && slice.next().is_none(),
    ) {
        (Some(total), ..) if place.is_some() => count_words(total.all - total.unplaced, lang),
        (Some(total), ..) => count_words(total.all, lang),
        (None, true, _) => count_words(count(state), lang),
        (None, false, true) => count_words(shown, lang),
        (None, false, false) => lang.t("portal.on_page").replace("{}", &count_words(shown, lang)),
    };
    let mut notes = Vec::new();
    if let (Some(total), true) = (total.filter(|total| total.unstated > 0), open.is_some()) {
        notes.push(lang.t("portal.unstated").replace("{}", &count_words(total.unstated, lang)));
    }
    if let (Some(total), true) = (total.filter(|total| total.unplaced > 0), place.is_some()) {
        notes.push(lang.t("portal.unplaced").replace("{}", &count_words(total.unplaced, lang)));
    }
    let (rows, slice) = slice.take();
    let features: Vec<serde_json::Value> = rows.iter().filter_map(|row| feature(row, &path, lang)).collect();
    let cards = rows.into_iter().enumerate().map(|(place, row)| Card {
        far: far.get(place).map(|far| lang.t("portal.far").replace("{}", &words::distance(*far, lang))).unwrap_or_default(),
        picture: picture(&extras, &row.id).unwrap_or_else(|| kind_picture(&row.kind)),
        kind: kind_name(&row.kind, lang),
        place: words::place(region, row.unit_id.as_deref(), row.unit_today.as_deref(), &row.address, today, lang),
        door: if row.state == State::Operating { door(&row.hours, at, lang) } else { String::new() },
        source: match extras.iter().find(|extra| extra.id == row.id) {
            Some(extra) if row.last_confirmed_on.is_none() => text::clip(&extra.source, 90),
            _ => String::new(),
        },
        row,
    });
    let heading = match unit {
        Some(unit) => format!("{} – {}", lang.t("portal.heading"), words::unit(unit, today, lang)),
        None => lang.t("portal.heading").to_owned(),
    };
    let mut form = ask.form();
    if state == State::Operating {
        form.fields.set("state", "");
    }
    let map_query = {
        let wanted = [
            ("q", ask.get("q")),
            ("unit_id", filter.unit.as_deref().unwrap_or("")),
            ("kind", filter.kind.as_deref().unwrap_or("")),
            ("state", state.word()),
            ("open", if open.is_some() { "1" } else { "" }),
        ];
        Fields::default().address(&format!("{}/ban-do/diem.geojson", lang.prefix()), &wanted)
    };
    let map = MapLinks {
        data: map_query,
        list: ask.with(&[("bbox", ""), ("near", ""), ("lon", ""), ("lat", "")]),
        frame: frame.map(|frame| frame.text()).unwrap_or_default(),
        place: place.map(|(lon, lat)| format!("{lon},{lat}")).unwrap_or_default(),
    };
    let kept = [("page_size", ask.get("page_size")), ("bbox", ask.get("bbox"))]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let page = ListPage {
        shell: visit.shell(&heading),
        heading,
        found,
        kinds,
        states,
        orders: vec![(String::new(), lang.t("portal.by_name").to_owned()), ("1".to_owned(), lang.t("portal.by_distance").to_owned())],
        kept: kept.collect(),
        unclear: !form.errors.is_empty(),
        form,
        hits: hits.into_iter().map(|hit: Hit| (hit.text, ask.with(&[("unit", &hit.label), ("unit_id", &hit.unit_id)]))).collect(),
        instead,
        pager: ask.pager(&slice).spoken(&lang),
        inline: words::script_json(&serde_json::json!({"type": "FeatureCollection", "features": features})),
        map,
        state,
        note: notes.join(" "),
        is_filtered: !tags.is_empty(),
        tags,
        cards: cards.collect(),
    };
    let mut response = public(&visit, &page)?;
    if visit.query.some("lon").is_some() || visit.query.some("lat").is_some() {
        // where somebody stands is kept by nobody
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    Ok(response)
}

/// Where the nearest points are asked for: at a position, or in the middle of the unit that was typed.
fn near(visit: &Visit, unit: Option<&Unit>, errors: &mut Errors) -> Option<(f64, f64)> {
    let number = |name: &str| visit.query.some(name).map(|typed| typed.replace(',', ".").trim().parse::<f64>().unwrap_or(f64::NAN));
    let nowhere = both(
        "Chưa biết tìm quanh đâu: hãy gõ tên xã, phường, hoặc bấm “Gần tôi”.",
        "Where to search around is not known: type a commune or ward, or press “Near me”.",
    );
    let found = match (number("lon"), number("lat"), unit) {
        (Some(lon), Some(lat), _) if crate::geo::vietnam_box(lon, lat) => Ok((lon, lat)),
        (Some(_), _, _) | (_, Some(_), _) => Err(both(
            "Vị trí này không nằm ở Việt Nam; hãy gõ tên xã, phường.",
            "This position is not in Viet Nam; type a commune or ward instead.",
        )),
        (None, None, Some(unit)) => visit.app.region().middle(&unit.id, visit.app.clock().today()).ok_or(nowhere),
        (None, None, None) => Err(nowhere),
    };
    errors.take("near", found)
}

/// A point of the map beside the list.
fn feature(row: &Row, path: &str, lang: Tongue) -> Option<serde_json::Value> {
    let (lon, lat) = row.lon.zip(row.lat)?;
    Some(serde_json::json!({
        "type": "Feature", "id": row.id, "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"name": row.name, "url": format!("{path}/{}", row.slug), "state": row.state.word(), "state_label": row.state.name(lang),
            "kind": row.kind, "kind_label": kind_name(&row.kind, lang), "address": row.address}
    }))
}
