//! Mails to or about a person: those that lie on disk, and those that wait.

use std::path::Path;

use base64::Engine;

use crate::access::Known;

/// Removes the written mails of a folder that are to a person or speak of one; gives how many.
pub(super) async fn forget(folder: &Path, known: &Known) -> std::io::Result<usize> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut removed = 0;
    while let Some(entry) = entries.next_entry().await? {
        let raw = tokio::fs::read(entry.path()).await?;
        if is_about(&readable(&String::from_utf8_lossy(&raw)), known) {
            tokio::fs::remove_file(entry.path()).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Whether a text names the mail address or the telephone of a person, or addresses the person by name.
pub(super) fn is_about(text: &str, known: &Known) -> bool {
    let text = text.to_lowercase();
    [&known.email, &known.phone].into_iter().any(|value| !value.is_empty() && text.contains(&value.to_lowercase()))
        || known.name.chars().count() > 5 && text.contains(&format!("kính gửi {},", known.name.to_lowercase()))
}

/// A written mail with the transfer encoding of its body undone.
fn readable(raw: &str) -> String {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((raw, ""));
    let kind = head.to_lowercase();
    let body = if kind.contains("content-transfer-encoding: base64") {
        let packed: String = body.split_whitespace().collect();
        base64::engine::general_purpose::STANDARD
            .decode(packed)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    } else if kind.contains("content-transfer-encoding: quoted-printable") {
        // "=C3" is "%C3" otherwise
        percent_encoding::percent_decode_str(&body.replace("=\r\n", "").replace('%', "%25").replace('=', "%"))
            .decode_utf8_lossy()
            .into_owned()
    } else {
        body.to_owned()
    };
    format!("{head}\n{body}")
}
