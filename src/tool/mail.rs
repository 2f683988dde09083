//! Mails: queued in the caller's transaction, sent by SMTP or written to `<data-dir>/outbox`.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use chrono::{DateTime, Utc};
use lettre::message::{Mailbox, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::db::{DbResult, Tx};
use crate::error::{Both, Error, Result, both};
use crate::job::{self, Job, Kind, Lane};
use crate::{execute, fetch_all, fetch_optional};

/// Name of the job that sends one mail.
pub const JOB: Kind = Kind::new("mail", Lane::Mail);

#[derive(Deserialize, Serialize)]
struct Letter {
    to: String,
    subject: String,
    text: String,
}

/// Queues a mail; it leaves only if the caller's transaction is committed. Its subject is one short line without links.
pub async fn queue(tx: &mut Tx, now: DateTime<Utc>, to: &str, subject: &str, text: &str) -> DbResult<String> {
    let letter = Letter { to: to.to_owned(), subject: plain(subject), text: text.to_owned() };
    let payload = serde_json::to_string(&letter).unwrap_or_default();
    job::queue(tx, now, JOB, &payload, "system").await
}

/// Writes to readers, an address and a name each, who are greeted by it; the text is a template of the slice. Whoever wants one
/// letter a day is kept it until then. Gives how many were written to.
pub async fn letter(
    tx: &mut Tx,
    now: DateTime<Utc>,
    readers: impl IntoIterator<Item = (String, String)>,
    subject: &str,
    text: &impl Display,
) -> DbResult<usize> {
    let text = text.to_string();
    let mut written = 0;
    for (address, name) in readers {
        if is_daily(tx, &address).await? {
            let id = crate::clock::new_id();
            execute!(
                tx,
                "insert into mail_held (id, address, name, subject, text, created_at) values ($1, $2, $3, $4, $5, $6)",
                id,
                &address,
                &name,
                plain(subject),
                text.trim_end(),
                now
            )?;
        } else {
            queue(tx, now, &address, subject, &greeted(&name, &text)).await?;
        }
        written += 1;
    }
    Ok(written)
}

/// The same at once, whatever pace the reader wants: invitations, links, what keeps an account safe.
pub async fn at_once(
    tx: &mut Tx,
    now: DateTime<Utc>,
    (address, name): (String, String),
    subject: &str,
    text: &impl Display,
) -> DbResult<()> {
    queue(tx, now, &address, subject, &greeted(&name, &text.to_string())).await?;
    Ok(())
}

fn greeted(name: &str, text: &str) -> String {
    format!("Kính gửi {name},\n\n{}\n", text.trim_end())
}

/// Whether an address gets one letter a day.
pub async fn is_daily(tx: &mut Tx, address: &str) -> DbResult<bool> {
    Ok(fetch_optional!(tx, (String,), "select address from mail_daily where address = $1", address)?.is_some())
}

/// Sets whether an address gets one letter a day; what was kept for it leaves with the next one.
pub async fn set_daily(tx: &mut Tx, address: &str, daily: bool) -> DbResult<u64> {
    if daily {
        execute!(tx, "insert into mail_daily (address) values ($1) on conflict do nothing", address)
    } else {
        execute!(tx, "delete from mail_daily where address = $1", address)
    }
}

/// Forgets an address.
pub async fn forget(tx: &mut Tx, address: &str) -> DbResult<u64> {
    execute!(tx, "delete from mail_daily where address = $1", address)?;
    execute!(tx, "delete from mail_held where address = $1", address)
}

/// Sends what was kept: one letter to each address.
pub async fn daily(app: &crate::state::App) -> Result<()> {
    const MOST: i64 = 200;
    let now = app.clock().now();
    let mut tx = app.db().write().await?;
    for (address,) in fetch_all!(&mut tx, (String,), "select distinct address from mail_held order by address")? {
        let held = fetch_all!(
            &mut tx,
            (String, String, String, String),
            "select id, name, subject, text from mail_held where address = $1 order by id limit $2",
            &address,
            MOST
        )?;
        let (Some((_, name, ..)), Some((last, ..))) = (held.first(), held.last()) else { continue };
        let one = |(at, (.., subject, text)): (usize, &(String, String, String, String))| {
            format!("{}. {subject}\n{}", at + 1, text.lines().map(|line| format!("   {line}")).collect::<Vec<_>>().join("\n"))
        };
        let all: Vec<String> = held.iter().enumerate().map(one).collect();
        let text = format!("{}\n\nĐổi lại nhận từng thư: {}/tai-khoan", all.join("\n\n"), app.config().base_url);
        let subject = format!("OCOP ngày {}: {} tin", crate::text::date_vi(app.clock().today()), held.len());
        queue(&mut tx, now, &address, &subject, &greeted(name, &text)).await?;
        execute!(&mut tx, "delete from mail_held where address = $1 and id <= $2", &address, last)?;
    }
    tx.commit().await?;
    app.wake();
    Ok(())
}

/// Lines gathered for readers, so that each gets one letter with all of theirs.
#[derive(Debug, Default)]
pub struct Gathered(BTreeMap<(String, String), Vec<String>>);

/// The lines of one reader; shown, so many that a mail can be read, and how many more there are.
pub struct Lines {
    lines: Vec<String>,
    most: usize,
}

impl Gathered {
    /// Adds a line to the letter of each reader.
    pub fn add(&mut self, readers: impl IntoIterator<Item = (String, String)>, line: &str) {
        for reader in readers {
            self.0.entry(reader).or_default().push(line.to_owned());
        }
    }

    /// Writes the letters; `say` gives subject and text for the lines of one reader, of which at most so many are shown.
    pub async fn send<T: Display>(self, tx: &mut Tx, now: DateTime<Utc>, most: usize, say: impl Fn(Lines) -> (String, T)) -> DbResult<()> {
        for (reader, lines) in self.0 {
            let (subject, text) = say(Lines { lines, most });
            letter(tx, now, [reader], &subject, &text).await?;
        }
        Ok(())
    }
}

impl Lines {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.lines.len()
    }
}

impl Display for Lines {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.lines[..self.lines.len().min(self.most)].join("\n"))?;
        match self.lines.len().saturating_sub(self.most) {
            0 => Ok(()),
            rest => write!(out, "\n… và {rest} dòng khác"),
        }
    }
}

/// Words that somebody else wrote, as they may stand in a mail of the office: one line of at most 120 characters, in which no
/// mail program finds a link.
pub fn plain(text: &str) -> String {
    const MOST: usize = 120;
    let mut out = unlinked(&crate::text::nfc(text));
    if out.chars().count() > MOST {
        out = out.chars().take(MOST - 1).chain(['…']).collect();
    }
    out
}

/// The text of a mail in which only addresses of this site are links, whoever wrote the other words.
fn without_foreign_links(text: &str, base_url: &str) -> String {
    let is_kept = |word: &str| match word.contains("://") {
        true => word.strip_prefix(base_url).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        // a mail address is no page
        false => word.contains('@'),
    };
    let shown = |piece: &str| {
        let word = piece.trim_end();
        if is_kept(word) { piece.to_owned() } else { format!("{}{}", unlinked(word), &piece[word.len()..]) }
    };
    text.split_inclusive(char::is_whitespace).map(shown).collect()
}

/// Words in which no mail program finds a link: "a.vn" is one to many, "8.5" and "TP. Hà Nội" are not.
fn unlinked(text: &str) -> String {
    let line = text.replace("://", ": ");
    let mut letters = line.chars().peekable();
    let (mut out, mut before) = (String::with_capacity(line.len()), ' ');
    while let Some(letter) = letters.next() {
        out.push(letter);
        if letter == '.' && before.is_alphanumeric() && letters.peek().is_some_and(|next| next.is_alphabetic()) {
            out.push(' ');
        }
        before = letter;
    }
    out
}

/// A slip of the hand in the domain of a mail address, and what was probably meant: `gmial.com`.
pub fn slip(address: &str) -> Option<String> {
    const KNOWN: &[&str] = &["gmail.com", "yahoo.com", "yahoo.com.vn", "hotmail.com", "outlook.com", "icloud.com", "hanoi.gov.vn"];
    const SLIPS: &[(&str, &str)] = &[
        ("gmail.vn", "gmail.com"),
        ("gmail.com.vn", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("yahoo.con", "yahoo.com"),
        ("yaho.com", "yahoo.com"),
        ("gmai.com", "gmail.com"),
    ];
    let (name, domain) = address.rsplit_once('@')?;
    if KNOWN.contains(&domain) {
        return None;
    }
    let meant = SLIPS
        .iter()
        .find(|(slip, _)| *slip == domain)
        .map(|(_, meant)| *meant)
        .or_else(|| KNOWN.iter().copied().find(|known| is_one_slip(domain, known)))?;
    Some(format!("{name}@{meant}"))
}

/// Whether one letter too few, too many, another one, or two that changed places make one word of the other.
fn is_one_slip(typed: &str, meant: &str) -> bool {
    let (typed, meant): (Vec<char>, Vec<char>) = (typed.chars().collect(), meant.chars().collect());
    let from = typed.iter().zip(&meant).take_while(|(one, other)| one == other).count();
    let (rest, whole) = (&typed[from..], &meant[from..]);
    let swapped = rest.len() >= 2 && whole.len() >= 2 && rest[0] == whole[1] && rest[1] == whole[0] && rest[2..] == whole[2..];
    swapped
        || (!rest.is_empty() && rest[1..] == *whole)
        || (!whole.is_empty() && *rest == whole[1..])
        || (!rest.is_empty() && !whole.is_empty() && rest[1..] == whole[1..])
}

/// Reads a mail address as typed; the domain and name are kept, lower case.
pub fn address(text: &str) -> Result<String, Both> {
    let text = text.trim().to_lowercase();
    match text.parse::<lettre::Address>() {
        Ok(address) if address.domain().contains('.') && text.len() <= 200 => Ok(text),
        _ => Err(both(
            "Địa chỉ thư điện tử chưa đúng; ví dụ: ten@congty.vn.",
            "The mail address is not right; for example: name@company.vn.",
        )),
    }
}

/// Sends one queued mail. It carries the job's id, so a mail that leaves twice because a node died between sending and
/// noting so is known for one: in the outbox it is the same file, in a mailbox the same message.
pub async fn send(config: &Config, job: &Job) -> Result<()> {
    let letter: Letter = serde_json::from_str(&job.payload)?;
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|error| Error::internal(error.to_string()));
    let from = mailbox(&config.mail_from)?;
    let message = Message::builder()
        .message_id(Some(format!("<{}@{}>", job.id, from.email.domain())))
        .from(from)
        .to(mailbox(&letter.to)?)
        .subject(letter.subject)
        .header(ContentType::TEXT_PLAIN)
        .body(without_foreign_links(&letter.text, &config.base_url))?;
    match &config.smtp_url {
        Some(url) => {
            let transport =
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|error| Error::internal(error.to_string()))?.build();
            transport.send(message).await.map_err(|error| Error::internal(error.to_string()))?;
        }
        None => {
            let folder = config.data_dir.join("outbox");
            tokio::fs::create_dir_all(&folder).await?;
            let part = folder.join(format!("{}.part", job.id));
            tokio::fs::write(&part, message.formatted()).await?;
            tokio::fs::rename(part, folder.join(format!("{}.eml", job.id))).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m3_words_of_strangers_are_one_line_without_links() {
        let stranger = "Quý khách, tài khoản bị khóa.\r\nMở http://evil.example/mo-khoa hoặc www.evil.example ngay";
        let shown = plain(stranger);
        assert!(!shown.contains('\n') && !shown.contains("://") && !shown.contains("evil.example"), "{shown}");
        assert_eq!(plain("Gốm Bà Tư – 8.5 m², TP. Hà Nội"), "Gốm Bà Tư – 8.5 m², TP. Hà Nội");
        assert_eq!(plain(&"a".repeat(300)).chars().count(), 120);
    }

    #[test]
    fn m3_only_addresses_of_this_site_are_links_in_a_mail() {
        let base = "https://ocop.hanoi.vn";
        let own = "Mở hồ sơ: https://ocop.hanoi.vn/ho-so/1?a=b\n\nBáo ten@congty.vn, điểm 8.5.\n";
        assert_eq!(without_foreign_links(own, base), own);
        for foreign in [
            "Điểm http://evil.example/ngay",
            "Điểm www.evil.example",
            "https://ocop.hanoi.vn.evil.example/x",
            "a@b.vn://evil.example",
            "https://ocop.hanoi.vn@evil.example/",
        ] {
            let shown = without_foreign_links(foreign, base);
            assert!(!shown.contains("://") && !shown.contains("evil.example"), "{shown}");
        }
    }

    #[test]
    fn what_a_letter_leaves_out_is_counted() {
        let lines = |count: usize| Lines { lines: (1..=count).map(|line| format!("- {line}")).collect(), most: 2 }.to_string();
        assert_eq!(lines(2), "- 1\n- 2");
        assert_eq!(lines(5), "- 1\n- 2\n… và 3 dòng khác");
    }

    #[test]
    fn known_slips_of_mail_addresses_are_noticed() {
        for (typed, meant) in [
            ("nam@gmial.com", "nam@gmail.com"),
            ("nam@gmai.com", "nam@gmail.com"),
            ("nam@gmaill.com", "nam@gmail.com"),
            ("a@yaho.com", "a@yahoo.com"),
            ("a@gmail.con", "a@gmail.com"),
            ("a@hotnail.com", "a@hotmail.com"),
        ] {
            assert_eq!(slip(typed).as_deref(), Some(meant), "{typed}");
        }
        for right in ["nam@gmail.com", "nam@lua.vn", "a@congthuong.hanoi.gov.vn", "a@mail.com.vn"] {
            assert_eq!(slip(right), None, "{right}");
        }
    }
}
