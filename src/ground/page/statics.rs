//! Our own and npm's front-end files, built by `assets/build.mjs` and carried inside the binary.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

#[derive(rust_embed::RustEmbed)]
#[folder = "assets/dist/"]
struct Dist;

static MANIFEST: LazyLock<HashMap<String, String>> =
    LazyLock::new(|| Dist::get("manifest.json").and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default());

/// URL of a built file by its logical name; its content never changes under that URL.
pub fn asset(name: &str) -> String {
    match MANIFEST.get(name) {
        Some(file) => format!("/static/{file}"),
        None => format!("/static/{name}"),
    }
}

/// `GET /static/{*file}`.
pub async fn serve(Path(file): Path<String>) -> Response {
    let Some(content) = Dist::get(&file) else { return StatusCode::NOT_FOUND.into_response() };
    let kind = match file.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")], content.data).into_response()
}
