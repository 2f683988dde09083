//! Settings: flag, then environment, then TOML file, then default.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What an installation decides. Every field can be given as `--flag`, `OCOP_…` or a line of the TOML file.
#[derive(Clone, Debug, Default, clap::Args, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, global = true, env = "OCOP_LISTEN")]
    pub listen: Option<String>,
    /// Folder of files, outbox and the embedded store [default: var]
    #[arg(long, global = true, env = "OCOP_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Store: sqlite:FILE or postgres://… [default: sqlite:<data-dir>/ocop.db]
    #[arg(long, global = true, env = "OCOP_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Public address of the site, for links in mails [default: http://<listen>]
    #[arg(long, global = true, env = "OCOP_BASE_URL")]
    pub base_url: Option<String>,
    /// Mail server: smtp://… or smtps://user:password@host; without it mails are written to <data-dir>/outbox
    #[arg(long, global = true, env = "OCOP_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Sender of mails [default: OCOP <ocop@localhost>]
    #[arg(long, global = true, env = "OCOP_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Moves the clock to this moment; only in a store made with --demo
    #[arg(long, global = true, env = "OCOP_TEST_NOW")]
    pub test_now: Option<String>,
    /// Take the caller's address from X-Forwarded-For (only behind an own proxy)
    #[arg(long, global = true, env = "OCOP_TRUST_PROXY")]
    pub trust_proxy: Option<bool>,
    /// How many own proxies a request passes, each adding an address to X-Forwarded-For [default: 1]
    #[arg(long, global = true, env = "OCOP_PROXY_HOPS")]
    pub proxy_hops: Option<u8>,
    /// Address where /metrics is served, e.g. 127.0.0.1:9101; never on the public address [default: nowhere]
    #[arg(long, global = true, env = "OCOP_METRICS_LISTEN")]
    pub metrics_listen: Option<String>,
    /// Most connections at the same time [default: 4096, fewer where the system allows fewer open files]
    #[arg(long, global = true, env = "OCOP_MAX_CONNECTIONS")]
    pub max_connections: Option<usize>,
    /// Days after which mails in <data-dir>/outbox are removed [default: 30]
    #[arg(long, global = true, env = "OCOP_OUTBOX_DAYS")]
    pub outbox_days: Option<u32>,
    /// Raster map tiles, e.g. https://tiles.example/{z}/{x}/{y}.png; without it maps need nothing from outside
    #[arg(long, global = true, env = "OCOP_TILES_URL")]
    pub tiles_url: Option<String>,
    /// Tell browsers that every host below this one speaks HTTPS too [default: false]
    #[arg(long, global = true, env = "OCOP_HSTS_SUBDOMAINS")]
    pub hsts_subdomains: Option<bool>,
    /// Hours after which an administrator signs in again; unused, after a quarter of them [default: 12]
    #[arg(long, global = true, env = "OCOP_ADMIN_HOURS")]
    pub admin_hours: Option<i64>,
    /// Program that prints papers as PDF [default: ocop-paper beside this program]
    #[arg(long, global = true, env = "OCOP_PAPER_BIN")]
    pub paper_bin: Option<PathBuf>,
    /// Where files that people send lie: a folder (several nodes need a shared one) or s3://BUCKET/PREFIX [default: <data-dir>]
    #[arg(long, global = true, env = "OCOP_FILES")]
    pub files: Option<String>,
    /// Seconds after which another node takes over the work of one that fell silent [default: 120]
    #[arg(long, global = true, env = "OCOP_JOB_LEASE")]
    pub job_lease: Option<u32>,
}

/// Settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// `host:port`.
    pub listen: String,
    /// Folder of everything that is not in the database.
    pub data_dir: PathBuf,
    /// Database URL.
    pub database_url: String,
    /// Scheme and host without trailing slash.
    pub base_url: String,
    /// SMTP URL, if mails go out.
    pub smtp_url: Option<String>,
    /// Sender.
    pub mail_from: String,
    /// Moved clock, as given.
    pub test_now: Option<String>,
    /// Whether X-Forwarded-For is believed.
    pub trust_proxy: bool,
    /// How many own proxies stand before the program.
    pub proxy_hops: u8,
    /// Where figures for the operator are served, if anywhere.
    pub metrics_listen: Option<String>,
    /// Most connections at the same time.
    pub max_connections: usize,
    /// Days that written mails are kept.
    pub outbox_days: u32,
    /// Tile template, if any.
    pub tiles_url: Option<String>,
    /// Whether hosts below this one speak HTTPS too.
    pub hsts_subdomains: bool,
    /// Hours that an administrator's session lives.
    pub admin_hours: i64,
    /// Program that prints papers, if it does not lie beside this one.
    pub paper_bin: Option<PathBuf>,
    /// Where files that people send lie: a folder or `s3://…`.
    pub files: String,
    /// After how long work of a node that fell silent is taken over.
    pub job_lease: chrono::Duration,
}

/// Why the settings cannot be used.
#[derive(Debug)]
pub struct ConfigError(pub String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Merges flags and environment (already in `given`) with the TOML file.
    pub fn resolve(given: Given, file: Option<&Path>) -> Result<Config, ConfigError> {
        let from_file = match file {
            Some(path) => read(path)?,
            None if Path::new("ocop.toml").is_file() => read(Path::new("ocop.toml"))?,
            None => Given::default(),
        };
        let listen = given.listen.or(from_file.listen).unwrap_or_else(|| "127.0.0.1:8080".into());
        let data_dir = given.data_dir.or(from_file.data_dir).unwrap_or_else(|| "var".into());
        let database_url =
            given.database_url.or(from_file.database_url).unwrap_or_else(|| format!("sqlite:{}/ocop.db", data_dir.display()));
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| database_url.starts_with(scheme)) {
            return Err(ConfigError(
                "OCOP_DATABASE_URL phải bắt đầu bằng sqlite: hoặc postgres:// / must start with sqlite: or postgres://".into(),
            ));
        }
        let base_url = given.base_url.or(from_file.base_url).unwrap_or_else(|| format!("http://{listen}"));
        let files = given.files.or(from_file.files).filter(|place| !place.is_empty()).unwrap_or_else(|| data_dir.display().to_string());
        Ok(Config {
            files,
            base_url: base_url.trim_end_matches('/').to_owned(),
            listen,
            data_dir,
            database_url,
            smtp_url: given.smtp_url.or(from_file.smtp_url).filter(|url| !url.is_empty()),
            mail_from: given.mail_from.or(from_file.mail_from).unwrap_or_else(|| "OCOP <ocop@localhost>".into()),
            test_now: given.test_now.or(from_file.test_now).filter(|text| !text.is_empty()),
            trust_proxy: given.trust_proxy.or(from_file.trust_proxy).unwrap_or(false),
            proxy_hops: given.proxy_hops.or(from_file.proxy_hops).unwrap_or(1).max(1),
            metrics_listen: given.metrics_listen.or(from_file.metrics_listen).filter(|address| !address.is_empty()),
            max_connections: given.max_connections.or(from_file.max_connections).unwrap_or(4096).max(1),
            outbox_days: given.outbox_days.or(from_file.outbox_days).unwrap_or(30),
            tiles_url: given.tiles_url.or(from_file.tiles_url).filter(|url| !url.is_empty()),
            hsts_subdomains: given.hsts_subdomains.or(from_file.hsts_subdomains).unwrap_or(false),
            admin_hours: given.admin_hours.or(from_file.admin_hours).unwrap_or(12),
            paper_bin: given.paper_bin.or(from_file.paper_bin).filter(|path| !path.as_os_str().is_empty()),
            job_lease: chrono::Duration::seconds(given.job_lease.or(from_file.job_lease).unwrap_or(120).max(2).into()),
        })
    }

    /// The settings as TOML with passwords masked, for `ocop config`.
    pub fn masked(&self) -> String {
        let shown = Given {
            listen: Some(self.listen.clone()),
            data_dir: Some(self.data_dir.clone()),
            database_url: Some(mask(&self.database_url)),
            base_url: Some(self.base_url.clone()),
            smtp_url: self.smtp_url.as_deref().map(mask),
            mail_from: Some(self.mail_from.clone()),
            test_now: self.test_now.clone(),
            trust_proxy: Some(self.trust_proxy),
            proxy_hops: Some(self.proxy_hops),
            metrics_listen: self.metrics_listen.clone(),
            max_connections: Some(self.max_connections),
            outbox_days: Some(self.outbox_days),
            tiles_url: self.tiles_url.clone(),
            hsts_subdomains: Some(self.hsts_subdomains),
            admin_hours: Some(self.admin_hours),
            paper_bin: self.paper_bin.clone(),
            files: Some(self.files.clone()),
            job_lease: u32::try_from(self.job_lease.num_seconds()).ok(),
        };
        toml::to_string(&shown).unwrap_or_default()
    }

    /// The file of the embedded store, if it is embedded.
    pub fn store_file(&self) -> Option<&Path> {
        let file = self.database_url.strip_prefix("sqlite:")?;
        Some(Path::new(file.split('?').next().unwrap_or(file).trim_start_matches("//")))
    }

    /// What the operator should be told at start: settings that are allowed and dangerous.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut said = Vec::new();
        if self.is_https() && !self.trust_proxy {
            said.push(
                "OCOP_BASE_URL là https nhưng OCOP_TRUST_PROXY chưa bật: mọi người xem sẽ mang địa chỉ của proxy, một người thử sai mật khẩu là cả thành phố bị chặn. \
                 Sau proxy của mình, hãy đặt OCOP_TRUST_PROXY=true. / the base URL is https and OCOP_TRUST_PROXY is off: all visitors bear the proxy's address, and one who guesses passwords shuts all out. \
                 Behind your own proxy set OCOP_TRUST_PROXY=true.",
            );
        }
        if self.metrics_listen.is_some() && self.metrics_listen.as_deref() == Some(self.listen.as_str()) {
            said.push("OCOP_METRICS_LISTEN trùng OCOP_LISTEN; số liệu vận hành phải ở địa chỉ riêng / the address of metrics is the public one; give it one of its own");
        }
        said
    }

    /// Whether cookies must only travel encrypted.
    pub fn is_https(&self) -> bool {
        self.base_url.starts_with("https://")
    }
}

fn read(path: &Path) -> Result<Given, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError(format!("{}: {error}", path.display())))?;
    toml::from_str(&text).map_err(|error| ConfigError(format!("{}: {}", path.display(), error.message())))
}

/// Hides the password of a URL, and of its query.
fn mask(url: &str) -> String {
    let (head, query) = url.split_once('?').map_or((url, None), |(head, query)| (head, Some(query)));
    let masked = match head.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((user, host)) => {
                let user = user.split_once(':').map_or_else(|| user.to_owned(), |(name, _)| format!("{name}:***"));
                format!("{scheme}://{user}@{host}")
            }
            None => head.to_owned(),
        },
        None => head.to_owned(),
    };
    match query {
        Some(query) if query.contains("password") => format!("{masked}?***"),
        Some(query) => format!("{masked}?{query}"),
        None => masked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_masked() {
        assert_eq!(mask("postgres://ocop:s3cret@db:5432/ocop"), "postgres://ocop:***@db:5432/ocop");
        assert_eq!(mask("smtps://a%40b:p@w@mail"), "smtps://a%40b:***@mail");
        assert_eq!(mask("postgres://db/ocop?user=x&password=y"), "postgres://db/ocop?***");
        assert_eq!(mask("sqlite:var/ocop.db"), "sqlite:var/ocop.db");
    }

    #[test]
    fn m2_https_without_trust_in_the_proxy_is_said_loudly() {
        let of = |base: &str, trust: bool| {
            let given = Given { base_url: Some(base.into()), trust_proxy: Some(trust), ..Given::default() };
            Config::resolve(given, None).unwrap().warnings()
        };
        assert!(of("https://ocop.example", false).iter().any(|line| line.contains("OCOP_TRUST_PROXY=true")));
        assert!(of("https://ocop.example", true).is_empty());
        assert!(of("http://127.0.0.1:8080", false).is_empty());
    }

    #[test]
    fn an_unknown_line_of_the_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ocop.toml");
        std::fs::write(&path, "listn = \"x\"").unwrap();
        let error = Config::resolve(Given::default(), Some(&path)).unwrap_err();
        assert!(error.0.contains("listn"), "{error}");
    }
}
