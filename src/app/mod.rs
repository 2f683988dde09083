//! The application: settings, store, clock, region; its routes with their needs; the layers around them.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;

use crate::access::{Need, Routes};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, Probe, fact};
use crate::error::{Error, Refusal, Result};
use crate::file::{self, Depot, Files};
use crate::keys::Keyring;
use crate::region::Region;
use crate::state::{App, Held, Peer, RequestNumber};
use crate::text::Tongue;
use crate::{
    access, account, aid, api, asof, blank, call, change, clock, conference, connection, council, dossier, duty, enrolment, find,
    inspection, job, law, limit, map, matching, meeting, operation, pack, page, panel, paper, party, plan, point, portal, preparation,
    producer, product, prospect, publication, question, record, region, result, rule, scoring, selection, setting, survey, talk, trace,
    view, work,
};

pub mod backup;
mod body;
pub mod cli;
pub mod demo;
pub mod erasure;
pub mod jobs;
mod menu;
pub mod testing;
#[cfg(test)]
mod tests;
mod tidy;

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
        .merge(panel::routes())
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
        .merge(scoring::routes())
        .merge(dossier::routes())
        .merge(council::routes())
        .merge(setting::routes())
        .merge(matching::routes())
        .merge(conference::routes())
        .merge(result::routes())
        .merge(question::routes())
        .merge(work::routes())
        .merge(find::routes())
        .merge(view::routes())
        .merge(talk::routes())
        .merge(map::routes())
        .merge(portal::routes())
        .merge(api::routes())
}

/// All lists of the law that the program reads.
pub fn lists() -> law::Lists {
    let all = [
        law::lists(),
        vec![setting::list(), region::list(), point::kind::list(), connection::zone::list()],
        product::lists(),
        scoring::lists(),
        dossier::lists(),
        aid::model::lists().to_vec(),
    ];
    law::Lists(all.concat())
}

/// Texts of the tables whose columns are named once, for the guard that prepares them.
pub fn table_texts() -> Vec<&'static str> {
    [
        point::Point::texts(),
        product::Product::texts(),
        prospect::Prospect::texts(),
        enrolment::Enrolment::texts(),
        connection::Connection::texts(),
        aid::model::Aid::texts(),
        dossier::model::Dossier::texts(),
        dossier::model::Evidence::texts(),
        dossier::person::Person::texts(),
        dossier::sample::Sample::texts(),
        council::model::Procedure::texts(),
        council::model::Sitting::texts(),
        council::model::Item::texts(),
        panel::Panel::texts(),
        panel::Member::texts(),
        conference::model::Conference::texts(),
        call::model::Call::texts(),
        operation::model::Stop::texts(),
    ]
    .concat()
}

/// Where the slices name bodies.
pub fn places() -> party::join::Places {
    party::join::Places {
        places: vec![
            product::store::PLACES,
            point::store::PLACES,
            access::store::PLACES,
            enrolment::store::PLACES,
            aid::store::PLACES,
            dossier::store::PLACES,
            prospect::store::PLACES,
            conference::store::PLACES,
            producer::store::PLACES,
            inspection::store::PLACES,
            publication::store::PLACES,
            call::store::PLACES,
            panel::store::PLACES,
            council::store::PLACES,
            meeting::store::PLACES,
            work::PLACES,
        ],
        chain: connection::store::CHAIN,
        outside: vec![point::store::OUTSIDE, product::store::OUTSIDE],
    }
}

/// What slices know that a producer need not prove.
fn questions() -> dossier::known::Questions {
    dossier::known::Questions(vec![
        connection::store::ON_SHELVES,
        conference::store::CAME_TO,
        aid::store::DELIVERED,
        connection::store::NEARBY,
    ])
}

/// Whether the store still takes what is written.
struct Door(Probe);

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
        let demo = fact::find(&mut tx, "demo").await?.is_some();
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
        let folder = config.data_dir.join("keys");
        let held = Held::default()
            .with(access::Needs::of(&routes()))
            .with(access::Policy(csp))
            .with(page::Whole(App::router))
            .with(page::menu::Menu(menu::ENTRIES))
            .with(region::Units::new(units, region))
            .with(Files::new(Depot::open(&config.files)?))
            .with(file::Gate::default())
            .with(limit::Limits::default())
            .with(Keyring::open(&db, &folder, clock.now()).await?)
            .with(if demo { account::SignIns { accounts: demo::SIGN_INS, password: demo::PASSWORD } } else { account::SignIns::default() })
            .with(account::Codes(|tx, code| Box::pin(point::store::creator_of(tx, code))))
            .with(places())
            .with(questions())
            .with(council::on_agenda())
            .with(product::HasSheets(|day| scoring::books::on(day).is_some()))
            .with(talk::Things(&[
                ("/ho-so/", |tx, visit, id| Box::pin(point::thing(tx, visit, id))),
                ("/san-pham-ocop/", |tx, visit, id| Box::pin(product::thing(tx, visit, id))),
                ("/chu-the/", |tx, visit, id| Box::pin(producer::thing(tx, visit, id))),
                ("/ho-so-danh-gia/", |tx, visit, id| Box::pin(dossier::thing(tx, visit, id))),
                ("/ket-noi/", |tx, visit, id| Box::pin(connection::thing(tx, visit, id))),
            ]))
            .with(rule::Uses(|tx, set, of| Box::pin(survey::store::uses(tx, set, of))))
            .with(job::Desk::new(jobs::KINDS))
            .with(Door(Probe::default()));
        Ok(App::new(db, clock, config, demo, held))
    }

    /// Learns what law and pack of this program say, if the store does not know it yet; tells it in the log. Whoever only looks
    /// at a store or takes it away does not come here.
    pub async fn learn(&self) -> Result<()> {
        let unknown = access::store::unknown_roles(&mut self.db().read().await?).await?.join(", ");
        if !unknown.is_empty() {
            return Err(Error::internal(format!(
                "Kho có vai trò mà bản ocop này không biết: {unknown}; hãy chạy bản mới hơn. / The store holds roles that this ocop does not know: {unknown}; run a newer one."
            )));
        }
        // whatever the clock of a demo store shows, the law is learnt today
        let learnt = pack::open(self.db(), &lists(), Clock::default().now()).await?;
        for line in learnt.lines(Tongue::Vi) {
            tracing::info!("{line}");
        }
        self.refresh().await
    }

    /// Reads again what this process holds in memory, if it was changed: units. All else comes from the store each time.
    pub async fn refresh(&self) -> Result<()> {
        let mut tx = self.db().read().await?;
        let units = self.held::<region::Units>();
        if change::number(&mut tx, change::UNITS).await? != units.number() {
            let (number, region) = read_region(&mut tx).await?;
            units.renew(number, region);
        }
        Ok(())
    }

    /// The whole program as a service.
    pub fn router(&self) -> Router {
        let app = self.clone();
        routes()
            .into_router()
            .fallback(async || Error::from(Refusal::not_found()))
            .layer(middleware::from_fn_with_state(app.clone(), access::guard))
            .layer(tower_http::catch_panic::CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
                Error::internal("a handler panicked").into_response()
            }))
            .layer(tower_http::compression::CompressionLayer::new())
            .layer(middleware::from_fn_with_state(app.clone(), page::error_page))
            .layer(middleware::from_fn_with_state(app.clone(), access::security_headers))
            .layer(middleware::from_fn(body::watch))
            .layer(middleware::from_fn_with_state(app.clone(), number_and_log))
            .with_state(app)
    }
}

/// The administrative units, and how often they were changed.
async fn read_region(tx: &mut crate::db::Tx) -> Result<(i64, Region)> {
    let folder = fact::find(tx, "pack_folder").await?.map(std::path::PathBuf::from);
    let units = change::number(tx, change::UNITS).await?;
    Ok((units, region::store::load(tx, pack::boundaries(folder.as_deref())?).await?))
}

async fn number_and_log(State(app): State<App>, mut request: Request, next: Next) -> Response {
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
    tracing::info!(number, %method, path = app.held::<access::Needs>().logged(&path), status, ms = took.as_millis() as u64, "request");
    if let Ok(value) = HeaderValue::from_str(&number) {
        response.headers_mut().insert("x-request-number", value);
    }
    response
}

async fn ready(State(app): State<App>) -> Response {
    let stamp = app.clock().now().to_rfc3339();
    let is_ready = app.health().is_well() && app.db().is_ready().await && app.held::<Door>().0.can_write(app.db(), &stamp).await;
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
