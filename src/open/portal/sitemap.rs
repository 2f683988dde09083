//! `robots.txt` and the site map for search engines.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::store;
use crate::access::{Need, Routes};
use crate::clock;
use crate::error::{Refusal, Result};
use crate::page::Visit;

/// The routes of this file.
pub fn routes() -> Routes {
    Routes::new().get("/robots.txt", Need::Public, robots).get("/sitemap.xml", Need::Public, index).get(
        "/sitemap/{page}",
        Need::Public,
        page,
    )
}

fn answer(kind: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=3600")], body).into_response()
}

async fn robots(visit: Visit) -> Result<Response> {
    let base = &visit.app.config().base_url;
    let body = format!(
        "User-agent: *\nDisallow: /dang-nhap\nDisallow: /ho-so\nDisallow: /viec\nDisallow: /lien-ket/\nDisallow: /cong/\nDisallow: /nhung/\nSitemap: {base}/sitemap.xml\n"
    );
    Ok(answer("text/plain; charset=utf-8", body))
}

/// The pages of the site map.
async fn index(visit: Visit) -> Result<Response> {
    let base = &visit.app.config().base_url;
    let mut tx = visit.app.db().read().await?;
    let starts = store::sitemap_starts(&mut tx).await?;
    let pages: String = starts.iter().map(|id| format!("<sitemap><loc>{base}/sitemap/{id}.xml</loc></sitemap>\n")).collect();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n<sitemap><loc>{base}/sitemap/main.xml</loc></sitemap>\n{pages}</sitemapindex>\n"
    );
    Ok(answer("application/xml; charset=utf-8", body))
}

/// One page: home and list (`main`), or points from an id on.
async fn page(visit: Visit, Path(page): Path<String>) -> Result<Response> {
    let base = &visit.app.config().base_url;
    let from = page
        .strip_suffix(".xml")
        .filter(|id| !id.is_empty() && id.len() <= 40 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        .ok_or_else(Refusal::not_found)?;
    let both = |path: &str, english: &str, changed: String| {
        let links = format!(
            "<xhtml:link rel=\"alternate\" hreflang=\"vi\" href=\"{base}{path}\"/><xhtml:link rel=\"alternate\" hreflang=\"en\" href=\"{base}{english}\"/>"
        );
        format!("<url><loc>{base}{path}</loc>{links}{changed}</url>\n<url><loc>{base}{english}</loc>{links}{changed}</url>\n")
    };
    let urls: String = if from == "main" {
        both("/", "/en", String::new()) + &both("/diem-ban", "/en/diem-ban", String::new())
    } else {
        let mut tx = visit.app.db().read().await?;
        let rows = store::sitemap_page(&mut tx, from).await?;
        rows.iter()
            .map(|(slug, changed)| {
                let changed = format!("<lastmod>{}</lastmod>", clock::local(*changed).date_naive().format("%Y-%m-%d"));
                both(&format!("/diem-ban/{slug}"), &format!("/en/diem-ban/{slug}"), changed)
            })
            .collect()
    };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n{urls}</urlset>\n"
    );
    Ok(answer("application/xml; charset=utf-8", body))
}
