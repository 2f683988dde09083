//! The application: settings, store, clock, region; its routes with their needs; the layers around them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::handler::Handler;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use chrono::NaiveDate;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;

use crate::access::Need;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Probe};
use crate::error::{Error, Refusal, Result};
use crate::file::{self, Depot, Files};
use crate::region::Region;
use crate::{
    access, account, aid, api, asof, blank, call, change, clock, conference, connection, duty, enrolment, fetch_optional, inspection, job,
    limit, map, matching, meeting, operation, pack, page, paper, party, plan, point, portal, preparation, producer, product, prospect,
    publication, question, record, region, result, rule, selection, setting, survey, trace, work,
};

mod body;
mod caller;
pub mod demo;
pub mod jobs;
#[cfg(test)]
mod tests;
mod tidy;

pub use caller::{Caller, Peer};

/// Routes of a slice, each with its need.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    needs: Vec<(Method, String, Need)>,
}

impl Routes {
    /// No routes yet.
    pub fn new() -> Routes {
        Routes::default()
    }

    /// A page or document.
    pub fn get<H, T>(mut self, path: &str, need: Need, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.needs.push((Method::GET, path.to_owned(), need));
        self.router = self.router.route(path, get(handler));
        self
    }

    /// A form without files (at most 2 MB).
    pub fn post<H, T>(mut self, path: &str, need: Need, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.needs.push((Method::POST, path.to_owned(), need));
        self.router = self.router.route(path, post(handler));
        self
    }

    /// A change that a program sends (at most 2 MB).
    pub fn patch<H, T>(mut self, path: &str, need: Need, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.needs.push((Method::PATCH, path.to_owned(), need));
        self.router = self.router.route(path, patch(handler));
        self
    }

    /// A form with files (at most 100 MB in all).
    pub fn post_files<H, T>(mut self, path: &str, need: Need, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.needs.push((Method::POST, path.to_owned(), need));
        self.router = self.router.route(path, post(handler).layer(DefaultBodyLimit::max(104 * 1024 * 1024)));
        self
    }

    /// Adds another slice's routes.
    pub fn merge(mut self, other: Routes) -> Routes {
        self.needs.extend(other.needs);
        self.router = self.router.merge(other.router);
        self
    }

    /// The table of routes, for the snapshot.
    pub fn needs(&self) -> &[(Method, String, Need)] {
        &self.needs
    }
}

/// All routes of the program.
pub fn routes() -> Routes {
    Routes::new()
        .get("/healthz", Need::Public, async || "ok")
        .get("/readyz", Need::Public, ready)
        .get("/static/{*file}", Need::Public, page::serve_static)
        .merge(account::routes())
        .merge(trace::routes())
        .merge(plan::routes())
        .merge(region::routes())
        .merge(party::routes())
        .merge(producer::routes())
        .merge(rule::routes())
        .merge(point::routes())
        .merge(product::routes())
        .merge(record::routes())
        .merge(survey::routes())
        .merge(selection::routes())
        .merge(duty::routes())
        .merge(preparation::routes())
        .merge(meeting::routes())
        .merge(operation::routes())
        .merge(asof::routes())
        .merge(publication::routes())
        .merge(inspection::routes())
        .merge(paper::routes())
        .merge(prospect::routes())
        .merge(call::routes())
        .merge(connection::routes())
        .merge(enrolment::routes())
        .merge(aid::routes())
        .merge(blank::routes())
        .merge(setting::routes())
        .merge(matching::routes())
        .merge(conference::routes())
        .merge(result::routes())
        .merge(question::routes())
        .merge(work::routes())
        .merge(map::routes())
        .merge(portal::routes())
        .merge(api::routes())
}

/// The running application; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    config: Config,
    region: region::Held,
    /// How often units were changed when they were read.
    units: Mutex<i64>,
    files: Files,
    limits: limit::Limits,
    gate: file::Gate,
    probe: Probe,
    keyring: publication::Keyring,
    checklist: pack::Checklist,
    needs: HashMap<(Method, String), Need>,
    csp: HeaderValue,
    demo: bool,
    wake: watch::Sender<()>,
    health: job::Health,
    day: Mutex<Option<NaiveDate>>,
}

impl App {
    /// Opens the store, brings its schema up, and reads what is held in memory. Serving needs [`Db::is_ready`] too.
    pub async fn open(config: Config) -> Result<App> {
        if let Some(file) = config.database_url.strip_prefix("sqlite:") {
            let file = std::path::Path::new(file.split('?').next().unwrap_or(file).trim_start_matches("//"));
            if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder)?;
            }
        }
        let db = Db::open(&config.database_url).await?;
        db.migrate().await?;
        App::with_db(config, db).await
    }

    /// The same over a store that is open already.
    pub async fn with_db(config: Config, db: Db) -> Result<App> {
        party::store::ensure_keys(&db).await?;
        product::bulk::ensure_folds(&db).await?;
        let mut tx = db.read().await?;
        let demo = fetch_optional!(&mut tx, (String,), "select value from meta where name = 'demo'")?.is_some();
        let (units, region) = read_region(&mut tx).await?;
        drop(tx);
        let clock = match config.test_now.as_deref() {
            None => Clock::default(),
            Some(_) if !demo => {
                return Err(Error::internal(
                    "OCOP_TEST_NOW chỉ dùng được trong kho dữ liệu tạo bằng “ocop init --demo” / works only in a store made with “ocop init --demo”",
                ));
            }
            Some(text) => Clock::moved_to(clock::parse_moment(text).ok_or_else(|| {
                Error::internal(format!("OCOP_TEST_NOW: “{text}” không phải thời điểm RFC 3339 hay ngày / is no RFC 3339 moment or date"))
            })?),
        };
        let tiles = config
            .tiles_url
            .as_deref()
            .and_then(|url| url.split('/').nth(2).map(|host| format!(" {}//{host}", url.split('/').next().unwrap_or("https:"))))
            .unwrap_or_default();
        let csp = format!(
            "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{tiles}; connect-src 'self'{tiles}; worker-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        );
        let csp = HeaderValue::from_str(&csp).map_err(|error| Error::internal(format!("OCOP_TILES_URL: {error}")))?;
        let needs = routes().needs.into_iter().map(|(method, path, need)| ((method, path), need)).collect();
        let files = Files::new(Depot::open(&config.files)?);
        let keyring = publication::Keyring::open(&db, &config.data_dir.join("keys"), clock.now()).await?;
        let checklist = pack::checklist()?;
        Ok(App(Arc::new(Inner {
            db,
            clock,
            config,
            region: region::Held::new(region),
            units: Mutex::new(units),
            files,
            limits: limit::Limits::default(),
            gate: file::Gate::default(),
            probe: Probe::default(),
            keyring,
            checklist,
            needs,
            csp,
            demo,
            wake: watch::Sender::new(()),
            health: job::Health::default(),
            day: Mutex::new(None),
        })))
    }

    /// The store.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Administrative units.
    pub fn region(&self) -> &Region {
        self.0.region.now()
    }

    /// Reads again what this process holds in memory, if it was changed: units. All else comes from the store each time.
    pub async fn refresh(&self) -> Result<()> {
        let mut tx = self.db().read().await?;
        let held = *self.0.units.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if change::number(&mut tx, change::UNITS).await? != held {
            let (units, region) = read_region(&mut tx).await?;
            self.0.region.renew(region);
            *self.0.units.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = units;
        }
        Ok(())
    }

    /// Files that people sent.
    pub fn files(&self) -> &Files {
        &self.0.files
    }

    /// How often callers asked.
    pub fn limits(&self) -> &limit::Limits {
        &self.0.limits
    }

    /// The gate of forms with files.
    pub fn gate(&self) -> &file::Gate {
        &self.0.gate
    }

    /// The keys of this installation.
    pub fn keyring(&self) -> &publication::Keyring {
        &self.0.keyring
    }

    /// The checklist of preparation and opening.
    pub fn checklist(&self) -> &pack::Checklist {
        &self.0.checklist
    }

    /// Whether the store was made with `--demo`.
    pub fn is_demo(&self) -> bool {
        self.0.demo
    }

    /// The content security policy of every answer.
    pub fn csp(&self) -> &HeaderValue {
        &self.0.csp
    }

    /// Strips shown on top of every page.
    pub fn banner(&self, lang: page::Lang) -> Vec<String> {
        let mut strips = Vec::new();
        if self.clock().is_moved() {
            let today = crate::text::date_vi(self.clock().today());
            strips.push(
                lang.pick("Đồng hồ đã được chỉnh để thử: hôm nay là {}.", "The clock was moved for testing: today is {}.")
                    .replace("{}", &today),
            );
        }
        if self.is_demo() {
            strips.push(
                lang.pick("Kho dữ liệu dùng thử: có tài khoản mẫu và dữ liệu mẫu.", "Trial store: it has sample accounts and sample data.")
                    .to_owned(),
            );
        }
        strips
    }

    /// What a route asks of its caller. None: the route declares nothing and is closed.
    pub fn need(&self, method: &Method, path: &str) -> Option<Need> {
        let asked = if *method == Method::HEAD { &Method::GET } else { method };
        if let Some(need) = self.0.needs.get(&(asked.clone(), path.to_owned())) {
            return Some(*need);
        }
        // a known path with another method: the router answers 405
        self.0.needs.keys().any(|(_, known)| known == path).then_some(Need::Public)
    }

    /// Tells the worker that something was queued.
    pub fn wake(&self) {
        self.0.wake.send_replace(());
    }

    /// Is told of each [`App::wake`].
    pub fn woken(&self) -> watch::Receiver<()> {
        self.0.wake.subscribe()
    }

    /// What this process knows of its worker.
    pub fn health(&self) -> &job::Health {
        &self.0.health
    }

    /// Whether the work of this day was surely queued.
    pub fn knows_day(&self, today: NaiveDate) -> bool {
        self.0.day.lock().is_ok_and(|day| *day == Some(today))
    }

    /// Notes that it was.
    pub fn note_day(&self, today: NaiveDate) {
        if let Ok(mut day) = self.0.day.lock() {
            *day = Some(today);
        }
    }

    /// The whole program as a service.
    pub fn router(&self) -> Router {
        let app = self.clone();
        routes()
            .router
            .fallback(async || Error::from(Refusal::not_found()))
            .layer(middleware::from_fn_with_state(app.clone(), access::guard))
            .layer(tower_http::catch_panic::CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
                Error::internal("a handler panicked").into_response()
            }))
            .layer(tower_http::compression::CompressionLayer::new())
            .layer(middleware::from_fn_with_state(app.clone(), page::error_page))
            .layer(middleware::from_fn_with_state(app.clone(), access::security_headers))
            .layer(middleware::from_fn(body::watch))
            .layer(middleware::from_fn(number_and_log))
            .with_state(app)
    }
}

/// The administrative units, and how often they were changed.
async fn read_region(tx: &mut crate::db::Tx) -> Result<(i64, Region)> {
    let folder = fetch_optional!(tx, (String,), "select value from meta where name = 'pack_folder'")?
        .map(|(folder,)| std::path::PathBuf::from(folder));
    let units = change::number(tx, change::UNITS).await?;
    Ok((units, region::store::load(tx, pack::boundaries(folder.as_deref())?).await?))
}

/// The number a request has in the log and on an error page.
#[derive(Clone, Debug)]
pub struct RequestNumber(pub String);

/// A path as the log may hold it: one-time links and the pages of portals carry a secret in theirs.
pub(crate) fn logged(path: &str) -> &str {
    match path {
        path if path.starts_with("/lien-ket/") => "/lien-ket/…",
        path if path.starts_with("/cong/") => "/cong/…",
        path => path,
    }
}

async fn number_and_log(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let number = clock::letters(10);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    request.extensions_mut().insert(RequestNumber(number.clone()));
    let span = tracing::info_span!("request", number);
    let mut response = tracing::Instrument::instrument(next.run(request), span).await;
    let took = started.elapsed();
    let status = response.status().as_u16();
    metrics::counter!("ocop_requests_total", "route" => route.clone(), "status" => status.to_string()).increment(1);
    metrics::histogram!("ocop_request_seconds", "route" => route).record(took.as_secs_f64());
    tracing::info!(number, %method, path = logged(&path), status, ms = took.as_millis() as u64, "request");
    if let Ok(value) = HeaderValue::from_str(&number) {
        response.headers_mut().insert("x-request-number", value);
    }
    response
}

async fn ready(State(app): State<App>) -> Response {
    let stamp = app.clock().now().to_rfc3339();
    let is_ready = app.health().is_well() && app.db().is_ready().await && app.0.probe.can_write(app.db(), &stamp).await;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, format!("{}\n{}\n", if is_ready { "ready" } else { "not ready" }, app.health().lines())).into_response()
}

fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new().set_buckets(&[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0]).ok()?.install_recorder().ok()
        })
        .as_ref()
}

/// Figures for the operator, on an address of their own.
async fn serve_metrics(address: &str) -> Result<tokio::task::JoinHandle<()>> {
    let listener =
        tokio::net::TcpListener::bind(address).await.map_err(|error| Error::internal(format!("OCOP_METRICS_LISTEN {address}: {error}")))?;
    let router = Router::new().route("/metrics", get(async || recorder().map(PrometheusHandle::render).unwrap_or_default()));
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(crate::framing::GuardedListener::new(listener).with_most(32), router).await {
            tracing::error!(%error, "metrics");
        }
    }))
}

/// Serves until the process is told to stop; requests under way are finished (at most 20 seconds), work is given back.
pub async fn serve(app: App, listener: tokio::net::TcpListener) -> Result<()> {
    recorder();
    for line in app.config().warnings() {
        tracing::warn!("{line}");
    }
    let figures = match &app.config().metrics_listen {
        Some(address) => Some(serve_metrics(address).await?),
        None => None,
    };
    let (stop, mut stopped) = watch::channel(false);
    let worker = tokio::spawn(job::run_forever(app.clone(), stopped.clone()));
    let watch = tokio::spawn(watch_over(app.clone()));
    let service = app.router().into_make_service_with_connect_info::<Peer>();
    let door = crate::framing::GuardedListener::new(listener).with_most(app.config().max_connections);
    let server = axum::serve(door, service).with_graceful_shutdown(async move {
        told_to_stop().await;
        let _ = stop.send(true);
    });
    tokio::select! {
        result = server => result?,
        () = async { let _ = stopped.wait_for(|stop| *stop).await; tokio::time::sleep(Duration::from_secs(20)).await } => {}
    }
    let _ = worker.await;
    watch.abort();
    if let Some(figures) = figures {
        figures.abort();
    }
    app.db().close().await;
    Ok(())
}

/// Reads again what this process holds and another one changed, and how the work stands.
async fn watch_over(app: App) {
    for second in 0_u64.. {
        if let Err(error) = app.refresh().await {
            tracing::warn!(%error, "what is held in memory could not be read again");
        }
        if second % 10 == 0
            && let Err(error) = app.health().read(&app).await
        {
            tracing::warn!(%error, "queue of work");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}
