//! `init`, `user`, `verify`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::access::{self, Role};
use crate::app::demo;
use crate::config::Config;
use crate::db::fact;
use crate::error::{Error, Result};
use crate::journal::Note;
use crate::law::Books;
use crate::state::App;
use crate::text::Tongue;
use crate::{erasure, journal, mail, pack, party, point};

/// `ocop init`.
#[derive(Args)]
pub struct Init {
    /// Province folder laid out like programme/hanoi [default: the built-in Hà Nội]
    #[arg(long)]
    pack: Option<PathBuf>,
    /// Adds sample sign-ins and sample data, all labelled as such
    #[arg(long)]
    demo: bool,
}

impl Init {
    /// Fills or updates the store.
    pub async fn run(self, config: Config, tongue: Tongue) -> Result<ExitCode> {
        let app = App::open(Config { test_now: None, ..config.clone() }).await?;
        let books = Books::new(self.pack.clone());
        let now = app.clock().now();
        let mut tx = app.db().write().await?;
        let is_new = fact::find(&mut tx, "pack").await?.is_none();
        let learnt = pack::sync(&mut tx, &books, &crate::app::lists(), now).await?;
        if let Some(folder) = &self.pack {
            let folder = folder.canonicalize()?.display().to_string();
            fact::put(&mut tx, "pack_folder", &folder).await?;
        }
        if self.demo && is_new {
            demo::write(&mut tx, now).await?;
        } else if self.demo && fact::find(&mut tx, "demo").await?.is_none() {
            return Err(Error::internal(tongue.pick(
                "Kho này đã có dữ liệu thật; --demo chỉ dùng khi tạo kho mới.",
                "This store holds real data; --demo works only when a store is made.",
            )));
        }
        if is_new {
            Note::of("init", ("store", "1"), serde_json::json!({"demo": self.demo})).by_name(&mut tx, now, ("system", "ocop init")).await?;
        }
        tx.commit().await?;
        // the region has just been written: open again with it
        let app = App::with_db(config, app.db().clone()).await?;
        if is_new {
            point::seed(&app, &books.pack).await?;
            if self.demo {
                demo::points(&app).await?;
            }
        }
        if !is_new {
            for line in learnt.lines(tongue) {
                println!("{line}");
            }
            if learnt.is_empty() {
                println!(
                    "{}",
                    tongue.pick("Kho đã biết các văn bản mà chương trình mang theo.", "The store knows the law that the program brings.")
                );
            }
        }
        println!("{}", tongue.pick("Kho dữ liệu đã sẵn sàng.", "The store is ready."));
        if access::store::people_page(&mut app.db().read().await?, &access::store::PeopleFilter::default(), "", 1, app.clock().today())
            .await?
            .is_empty()
        {
            println!("{}", tongue.pick("Chưa có ai đăng nhập được. Tiếp theo:", "Nobody can sign in yet. Next:"));
            println!("  ocop body list    {}", tongue.pick("# mã các cơ quan", "# ids of bodies"));
            println!(
                "  ocop user add {} --name \"{}\" --role administrator --body so-cong-thuong",
                tongue.pick("ban@co-quan.vn", "you@example.vn"),
                tongue.pick("Họ và tên", "Full name")
            );
            println!("  ocop serve");
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// `ocop user …`.
#[derive(Subcommand)]
pub enum User {
    /// Adds a person with a role, or another role to a person, and prints a link for choosing a password
    Add {
        /// Mail address
        email: String,
        /// Full name
        #[arg(long)]
        name: String,
        #[arg(long, help = format!("One of: {}", role_words()))]
        role: String,
        /// Id of the body, e.g. so-cong-thuong, ubnd-09556.2025; `ocop body list` shows them
        #[arg(long)]
        body: String,
    },
    /// Erases what is personal of an account (name, mail address, telephone, sign-in) and closes it for good
    Erase {
        /// Mail address or file code
        login: String,
    },
}

fn role_words() -> String {
    Role::all().map(Role::word).collect::<Vec<_>>().join(", ")
}

impl User {
    /// Does it.
    pub async fn run(self, config: Config, tongue: Tongue) -> Result<ExitCode> {
        let app = super::open(config).await?;
        let (email, name, role, body) = match self {
            User::Erase { login } => return erase(&app, &login, tongue).await,
            User::Add { email, name, role, body } => (email, name, role, body),
        };
        let role = Role::read(&role).ok_or_else(|| {
            Error::internal(format!("{} {}", tongue.pick("Vai trò phải là một trong:", "The role must be one of:"), role_words()))
        })?;
        let email = mail::address(&email).map_err(|text| Error::internal(text.get(tongue).to_owned()))?;
        let (now, today) = (app.clock().now(), app.clock().today());
        let mut tx = app.db().write().await?;
        let body = party::store::find(&mut tx, &body).await?.ok_or_else(|| {
            Error::internal(tongue.pick(
                "Không có cơ quan mã này; xem các mã bằng lệnh: ocop body list.",
                "There is no body of this id; see the ids with: ocop body list.",
            ))
        })?;
        let name = crate::text::nfc(&name);
        let seat = party::seat(&body, app.region(), today);
        let known = access::store::find_login(&mut tx, &email).await?;
        let is_held = match &known {
            Some(person) => {
                access::store::grants(&mut tx, &person.id, today).await?.iter().any(|grant| grant.role == role && grant.body_id == body.id)
            }
            None => false,
        };
        // whoever stands at the machine may always open an account that exists: the same role again is only a new link
        let id = match known {
            Some(person) if is_held && person.status != "disabled" => person.id,
            _ => {
                let invitation =
                    access::Invitation { name: &name, email: &email, role, seat, province: &app.region().province().id, by: None };
                access::invite(&mut tx, invitation, now, today).await.map_err(|error| in_words(error, tongue))?.person_id
            }
        };
        let secret = access::again(&mut tx, &id, now).await?;
        let detail = serde_json::json!({"role": role.word(), "body": body.id});
        Note::of("invite", ("person", &id), detail)
            .aside(&[("name", &name), ("email", &email)])
            .by_name(&mut tx, now, ("system", "ocop user add"))
            .await?;
        tx.commit().await?;
        println!("{}/lien-ket/{secret}", app.config().base_url);
        Ok(ExitCode::SUCCESS)
    }
}

/// `ocop body …`.
#[derive(Subcommand)]
pub enum Bodies {
    /// Prints agencies, commune committees and associations with their ids
    List {
        /// Part of the name, marks or not
        name: Option<String>,
    },
}

impl Bodies {
    /// Does it.
    pub async fn run(self, config: Config, tongue: Tongue) -> Result<ExitCode> {
        const ROWS: i64 = 200;
        let Bodies::List { name } = self;
        let app = super::open(config).await?;
        let today = app.clock().today();
        let q = name.as_deref().map(crate::text::fold).unwrap_or_default();
        let (mut tx, mut after, mut shown) = (app.db().read().await?, String::new(), 0);
        loop {
            let bodies = party::store::office_page(&mut tx, &q, &after, ROWS).await?;
            let Some(last) = bodies.last().map(|body| body.id.clone()) else { break };
            for body in
                bodies.iter().filter(|body| body.valid_from.is_none_or(|from| from <= today) && body.valid_to.is_none_or(|to| to > today))
            {
                // whoever reads only the first lines closes the pipe
                if writeln!(std::io::stdout(), "{}\t{}", body.id, body.name).is_err() {
                    return Ok(ExitCode::SUCCESS);
                }
                shown += 1;
            }
            after = last;
        }
        if shown == 0 {
            eprintln!("{}", tongue.pick("Không có cơ quan nào khớp.", "No body matches."));
            return Ok(ExitCode::from(1));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A refusal in the language of the terminal.
fn in_words(error: Error, tongue: Tongue) -> Error {
    match error {
        Error::Refused(refusal) => Error::internal(format!("{} {}", refusal.what.get(tongue), refusal.todo.get(tongue))),
        other => other,
    }
}

async fn erase(app: &App, login: &str, tongue: Tongue) -> Result<ExitCode> {
    let now = app.clock().now();
    let mut tx = app.db().read().await?;
    let person = access::store::find_login(&mut tx, login).await?.ok_or_else(|| {
        Error::internal(tongue.pick(
            "Không có tài khoản này; hãy kiểm tra thư điện tử hoặc mã hồ sơ.",
            "There is no such account; check the mail address or file code.",
        ))
    })?;
    drop(tx);
    let done = erasure::erase(app.db(), &app.config().data_dir, &person.id, now).await?;
    println!("{}", done.told().get(tongue));
    if let Err(error) = app.db().compact().await {
        let left = "Chưa dọn được các trang cũ của tệp dữ liệu; hãy chạy lại lệnh này khi máy chủ dừng hoặc rảnh.";
        eprintln!(
            "{} ({error})",
            tongue.pick(
                left,
                "Old pages of the store's file could not be cleaned; run this command again while the server is stopped or idle."
            )
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// `ocop verify`.
#[derive(Args)]
pub struct Verify {
    /// A head hash that was written down earlier; finds a tail that was cut off
    #[arg(long)]
    head: Option<String>,
}

impl Verify {
    /// Reads the whole chain.
    pub async fn run(self, config: Config) -> Result<ExitCode> {
        let app = super::open(config).await?;
        let mut tx = app.db().read().await?;
        let terminal = std::io::stderr().is_terminal();
        let result = journal::verify(&mut tx, self.head.as_deref(), |seq| {
            if terminal {
                eprint!("\r{seq}");
            }
        })
        .await?;
        if terminal {
            eprintln!();
        }
        match result {
            Ok(verified) => {
                println!("{} {}", verified.lines, verified.head);
                Ok(ExitCode::SUCCESS)
            }
            Err(broken) => {
                eprintln!("{broken}");
                Ok(ExitCode::from(1))
            }
        }
    }
}
