//! One box that finds things by code, number, name or place, in whatever order the words come.
//!
//! A reading slice: each kind is asked of the list it stands in, so that nobody finds what he could not list.

mod store;
#[cfg(test)]
mod tests;

use askama::Template;
use axum::response::Response;

use crate::access::{Act, Need, Routes};
use crate::db::Tx;
use crate::error::Result;
use crate::page::{Shell, Visit, html, menu, query_escape};
use crate::region::Level;
use crate::text::fold;
use crate::{dossier, point, producer, product, prospect};

/// Hits of a kind.
const MOST: i64 = 6;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().get("/tim", Need::SignedIn, show)
}

/// Something found.
struct Hit {
    href: String,
    title: String,
    about: String,
    /// What the reader may do with it at once: words, where.
    deed: Option<(&'static str, String)>,
}

/// What was found of one kind.
struct Group {
    title: &'static str,
    hits: Vec<Hit>,
    /// Where all of them are listed, if there are more.
    all: Option<String>,
}

impl Group {
    fn new(title: &'static str, hits: impl IntoIterator<Item = Hit>, all: Option<String>) -> Group {
        Group { title, hits: hits.into_iter().collect(), all }
    }
}

#[derive(Template)]
#[template(path = "find/show.html")]
struct Page {
    shell: Shell,
    typed: String,
    groups: Vec<Group>,
}

/// The hits alone, for the box in the header.
#[derive(Template)]
#[template(path = "find/hits.html")]
struct Hits {
    typed: String,
    groups: Vec<Group>,
}

async fn show(visit: Visit) -> Result<Response> {
    let typed: String = visit.query.get("q").trim().chars().take(100).collect();
    let mut tx = visit.app.db().read().await?;
    let groups = if fold(&typed).chars().count() < 2 { Vec::new() } else { found(&mut tx, &visit, &typed).await? };
    if visit.query.is_on("phan") {
        return html(&Hits { typed, groups });
    }
    html(&Page { shell: visit.shell("Tìm"), typed, groups })
}

async fn found(tx: &mut Tx, visit: &Visit, typed: &str) -> Result<Vec<Group>> {
    let q = fold(typed);
    let entries = menu::of(&visit.app, &visit.actor);
    let opens = |path: &str| entries.iter().any(|entry| entry.path == path);
    let all = |path: &str, more: bool| more.then(|| format!("{path}?q={}", query_escape(typed)));
    let mut groups = vec![pages(&entries, &q), places(visit, &q, &opens)];
    if opens("/ho-so") {
        groups.push(points(tx, visit, &q, &all).await?);
    }
    if opens("/san-pham-ocop") {
        groups.push(products(tx, visit, &q, &all).await?);
    }
    if opens("/chu-the") {
        let filter = producer::list::Filter { q: typed.to_owned(), size: MOST, ..Default::default() };
        let today = visit.app.clock().today();
        let found = producer::list::page(tx, &filter, &visit.actor.scope(), product::pages::scoped(visit).as_ref(), today).await?;
        let more = found.next().is_some();
        let hit = |row: producer::list::Row| Hit {
            href: format!("/chu-the/{}", row.id),
            about: format!("{} sản phẩm · {} điểm", row.products, row.points),
            title: row.name,
            deed: None,
        };
        groups.push(Group::new("Chủ thể", found.rows.into_iter().map(hit), all("/chu-the", more)));
    }
    if opens("/ho-so-danh-gia") {
        let filter = dossier::store::Filter { q: q.clone(), size: MOST, ..Default::default() };
        let found = dossier::store::list(tx, &visit.actor.scope(), &filter).await?;
        let more = found.next().is_some();
        let hit = |row: dossier::store::Row| Hit {
            href: format!("/ho-so-danh-gia/{}", row.dossier.id),
            about: format!("{} · {} · {}", row.dossier.kind.name(), row.dossier.state.name(), row.producer),
            title: row.product,
            deed: None,
        };
        groups.push(Group::new("Hồ sơ đánh giá", found.rows.into_iter().map(hit), all("/ho-so-danh-gia", more)));
    }
    if opens("/van-dong") {
        let filter = prospect::store::Filter { q: q.clone(), size: MOST, ..Default::default() };
        let found = prospect::store::list(tx, &visit.actor.scope(), &filter, visit.app.clock().today()).await?;
        let more = found.next().is_some();
        let hit = |row: prospect::Prospect| Hit { href: format!("/van-dong/{}", row.id), title: row.name, about: row.address, deed: None };
        groups.push(Group::new("Địa điểm tiềm năng", found.rows.into_iter().map(hit), all("/van-dong", more)));
    }
    groups.push(Group::new("Văn bản, quyết định", papers(tx, &q, &opens).await?, None));
    groups.retain(|group| !group.hits.is_empty());
    Ok(groups)
}

/// Whether every word of a folded text stands in another.
fn has_all(text: &str, words: &str) -> bool {
    let text = fold(text);
    words.split(' ').all(|word| text.contains(word))
}

fn pages(entries: &[menu::Entry], q: &str) -> Group {
    let hits = entries.iter().filter(|entry| has_all(&format!("{} {}", entry.area.name(), entry.name), q)).take(MOST as usize);
    let hit = |entry: &menu::Entry| Hit {
        href: entry.path.to_owned(),
        title: entry.name.to_owned(),
        about: entry.area.name().to_owned(),
        deed: None,
    };
    Group::new("Trang", hits.map(hit), None)
}

/// Units, old and new, with what lies in them.
fn places(visit: &Visit, q: &str, opens: &impl Fn(&str) -> bool) -> Group {
    let (region, today) = (visit.app.region(), visit.app.clock().today());
    let lists = [("/ho-so", "điểm bán"), ("/san-pham-ocop", "sản phẩm")];
    let units = region.suggest(q, today, 3);
    let hits = units.into_iter().filter(|unit| unit.level != Level::Province).flat_map(|unit| {
        let label = region.label_dated(&unit.id, today);
        lists.iter().filter(|(path, _)| opens(path)).map(move |(path, noun)| Hit {
            href: format!("{path}?unit_id={}&unit={}", query_escape(&unit.id), query_escape(&label)),
            title: label.clone(),
            about: (*noun).to_owned(),
            deed: None,
        })
    });
    Group::new("Xã, phường, quận, huyện", hits, None)
}

async fn points(tx: &mut Tx, visit: &Visit, q: &str, all: &impl Fn(&str, bool) -> Option<String>) -> Result<Group> {
    let filter = point::list::Filter { q: q.to_owned(), size: MOST, ..Default::default() };
    let found = point::list::staff(tx, &visit.actor.scope(), &filter).await?;
    let more = found.next().is_some();
    let hit = |row: point::list::Row| Hit {
        href: format!("/ho-so/{}", row.id),
        about: [row.code.as_str(), row.state.name(visit.lang), &row.address]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        deed: (visit.actor.may(Act::Inspect) && row.state.is_public()).then(|| ("Kiểm tra", format!("/ho-so/{}/kiem-tra", row.id))),
        title: row.name,
    };
    Ok(Group::new("Điểm bán", found.rows.into_iter().map(hit), all("/ho-so", more)))
}

async fn products(tx: &mut Tx, visit: &Visit, q: &str, all: &impl Fn(&str, bool) -> Option<String>) -> Result<Group> {
    let filter = product::list::Filter { q: q.to_owned(), is_wide: true, size: MOST, ..Default::default() };
    let found = product::list::page(tx, &filter, &visit.actor.scope(), product::pages::scoped(visit).as_ref()).await?;
    let more = found.next().is_some();
    let ids: Vec<&str> = found.rows.iter().map(|row| row.id.as_str()).collect();
    let numbers = store::certificates(tx, &ids, q).await?;
    let withdraws = product::model::may_certify(&visit.actor);
    let hit = |row: product::list::Row| {
        let number = numbers.iter().find(|(product, _)| *product == row.id).map_or("", |(_, number)| number);
        let parts = [product::code::shown(&row.code), number, &row.producer];
        Hit {
            href: format!("/san-pham-ocop/{}", row.id),
            about: parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            deed: (withdraws && row.state == product::State::Live)
                .then(|| ("Thu hồi", format!("/san-pham-ocop/{}?viec=thu-hoi#withdraw", row.id))),
            title: row.name.clone(),
        }
    };
    Ok(Group::new("Sản phẩm", found.rows.into_iter().map(hit), all("/san-pham-ocop", more)))
}

/// Decisions, plans, criteria and calls, by number or title.
async fn papers(tx: &mut Tx, q: &str, opens: &impl Fn(&str) -> bool) -> Result<Vec<Hit>> {
    let mut kinds = Vec::new();
    if opens("/lua-chon") {
        kinds.push(("Quyết định lựa chọn", "/quyet-dinh", store::selections(tx).await?));
    }
    if opens("/ke-hoach") {
        kinds.push(("Kế hoạch", "/ke-hoach", store::plans(tx).await?));
    }
    if opens("/bo-tieu-chi") {
        kinds.push(("Bộ tiêu chí", "/bo-tieu-chi", store::sets(tx).await?));
    }
    if opens("/dot-de-nghi") {
        kinds.push(("Đợt đề nghị", "/dot-de-nghi", store::calls(tx).await?));
    }
    let mut hits = Vec::new();
    for (noun, path, papers) in kinds {
        let papers = papers.into_iter().map(|(id, number, title)| (id, crate::rule::plain(&number), title));
        let found = papers.filter(|(_, number, title)| has_all(&format!("{noun} {number} {title}"), q)).take(MOST as usize);
        hits.extend(found.map(|(id, number, title)| {
            let (title, about) = if number.is_empty() { (title, noun.to_owned()) } else { (number, format!("{noun} {title}")) };
            Hit { href: format!("{path}/{id}"), title, about, deed: None }
        }));
    }
    Ok(hits)
}
