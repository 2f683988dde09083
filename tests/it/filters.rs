//! Every list with each of its filters: the texts of lists are put together from what was asked, so each part is asked for
//! once, on both stores, by somebody who sees all, somebody of one unit and somebody of one body. The filters are those that
//! the pages offer.

use std::collections::BTreeSet;

use axum::http::Method;
use ocop::access::{Need, Role};
use ocop::store_test;
use ocop::testing::{Client, TestApp};

/// The value of an attribute of a tag.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    tag.split_once(&format!(" {name}=\""))?.1.split_once('"').map(|(value, _)| value)
}

/// The tags of that name with what follows each up to the next.
fn tags<'t>(html: &'t str, name: &str) -> impl Iterator<Item = (&'t str, &'t str)> {
    html.split(&format!("<{name}")[..])
        .skip(1)
        .filter(|rest| rest.starts_with([' ', '>']))
        .filter_map(|rest| rest.split_once('>'))
        .collect::<Vec<_>>()
        .into_iter()
}

/// A field of a filter with what may be asked of it: a few of a list, a word where one is typed.
struct Field {
    name: String,
    values: Vec<String>,
}

/// Where the filters of a page lead, with their fields.
fn filters(path: &str, html: &str) -> Vec<(String, Vec<Field>)> {
    let mut found = Vec::new();
    for (tag, rest) in tags(html, "form").filter(|(tag, _)| attribute(tag, "method") != Some("post")) {
        let form = rest.split("</form>").next().unwrap_or_default();
        let mut fields = Vec::new();
        for (input, _) in tags(form, "input") {
            let Some(name) = attribute(input, "name") else { continue };
            let value = match (attribute(input, "type"), attribute(input, "inputmode")) {
                (Some("hidden" | "checkbox" | "radio"), _) => attribute(input, "value").unwrap_or("1"),
                (Some("date"), _) => "2026-11-22",
                _ if ["ngay", "biet", "tu", "den", "from", "to"].contains(&name) => "22/11/2026",
                (Some("number"), _) | (_, Some("numeric")) => "3",
                _ => "Phường Hà Đông",
            };
            fields.push(Field { name: name.to_owned(), values: vec![value.to_owned()] });
        }
        for (select, rest) in tags(form, "select") {
            let Some(name) = attribute(select, "name") else { continue };
            let options = rest.split("</select>").next().unwrap_or_default();
            let all: Vec<String> = tags(options, "option")
                .filter_map(|(option, _)| attribute(option, "value"))
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .collect();
            let few: BTreeSet<String> = [all.first(), all.get(1), all.last()].into_iter().flatten().cloned().collect();
            fields.push(Field { name: name.to_owned(), values: few.into_iter().collect() });
        }
        let action = attribute(tag, "action").unwrap_or(path).to_owned();
        if !fields.is_empty() {
            found.push((action, fields));
        }
    }
    found
}

fn query(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect::<Vec<_>>().join("&")
}

/// Addresses of the page itself with something asked: tabs, and the pages that follow.
fn links(path: &str, html: &str) -> BTreeSet<String> {
    let own = format!("{path}?");
    tags(html, "a")
        .filter_map(|(tag, _)| attribute(tag, "href"))
        .map(|link| link.replace("&amp;", "&").replace("&#38;", "&"))
        .filter(|link| link.starts_with(&own))
        .collect()
}

/// Asks a list for each value of each filter, and for all at once; which filters there were.
async fn ask_each(client: &Client, who: &str, path: &str, seen: &mut BTreeSet<String>) {
    let page = client.get(path).await;
    assert!(matches!(page.status.as_u16(), 200 | 303 | 403 | 404), "{path} as {who}: {}", page.status);
    let short = client.get(&format!("{path}?page_size=1")).await.body;
    for link in links(path, &page.body).into_iter().chain(links(path, &short)) {
        seen.extend(link[path.len() + 1..].split('&').filter_map(|pair| pair.split_once('=')).map(|(name, _)| format!("{path}?{name}")));
        let status = client.get(&link).await.status.as_u16();
        assert!(status == 200, "{status} at {link} as {who}");
    }
    for (action, fields) in filters(path, &page.body) {
        let mut asked: Vec<Vec<(&str, &str)>> = Vec::new();
        for field in &fields {
            asked.extend(field.values.iter().map(|value| vec![(field.name.as_str(), value.as_str())]));
            seen.insert(format!("{action}?{}", field.name));
        }
        asked.push(fields.iter().filter_map(|field| Some((field.name.as_str(), field.values.last()?.as_str()))).collect());
        for fields in asked {
            let address = format!("{action}?{}", query(&fields));
            let status = client.get(&address).await.status.as_u16();
            assert!(status == 200, "{status} at {address} ({fields:?}) as {who}");
        }
    }
}

store_test! {
    async fn every_list_answers_each_of_its_filters(app: TestApp) {
        for number in 1..=2 {
            app.add_point(|point| (point.name, point.state) = (format!("Điểm {number}"), ocop::point::State::Operating)).await;
            app.add_product(&format!("OCOP-{number}"), Some((4, "2026-01-01".parse().unwrap())), |_| {}).await;
        }
        let mut seen = BTreeSet::new();
        let whos = [
            ("somebody of the city", app.sign_in(Role::LEADER).await),
            ("the keeper of products", app.sign_in_as("sanpham@ocop.example").await),
            ("somebody of a commune", app.sign_in(Role::COMMUNE).await),
            ("an association", app.sign_in(Role::ASSOCIATION).await),
            ("an administrator", app.sign_in(Role::ADMINISTRATOR).await),
        ];
        for (method, path, need) in ocop::app::routes().needs() {
            if *method != Method::GET || path.contains('{') || path.starts_with("/api/") || path.contains('.') {
                continue;
            }
            for (who, client) in &whos[..if *need == Need::Public { 1 } else { whos.len() }] {
                ask_each(client, who, path, &mut seen).await;
            }
        }
        insta::assert_snapshot!("filters", seen.into_iter().collect::<Vec<_>>().join("\n"));
    }
}
