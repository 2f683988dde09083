//! Mails: queued in the caller's transaction, sent by SMTP or written to `<data-dir>/outbox`.

use chrono::{DateTime, Utc};
use lettre::message::{Mailbox, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::db::{DbResult, Tx};
use crate::error::{Both, Error, Result, both};
use crate::job::{self, Job, Kind, Lane};

/// Name of the job that sends one mail.
pub const JOB: Kind = Kind::new("mail", Lane::Mail);

#[derive(Deserialize, Serialize)]
struct Letter {
    to: String,
    subject: String,
    text: String,
}

/// Queues a mail; it leaves only if the caller's transaction is committed.
pub async fn queue(tx: &mut Tx, now: DateTime<Utc>, to: &str, subject: &str, text: &str) -> DbResult<String> {
    let letter = Letter { to: to.to_owned(), subject: subject.to_owned(), text: text.to_owned() };
    let payload = serde_json::to_string(&letter).unwrap_or_default();
    job::queue(tx, now, JOB, &payload, "system").await
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
        .body(letter.text)?;
    match &config.smtp_url {
        Some(url) => {
            let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|error| Error::internal(error.to_string()))?.build();
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
