//! What a body is called is put right: the same body, its name, kind or tax code as they should have been written.

use super::identity::Name;
use super::{Body, BodyKind, JOINED_JOB, store};
use crate::access::Actor;
use crate::db::Tx;
use crate::error::{Refusal, Result, both};
use crate::journal::Note;
use crate::page::Errors;
use crate::party::join::Places;
use crate::{execute, fetch_one, fetch_optional, job, text};

/// How a body should be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: BodyKind,
    /// Mã số thuế.
    pub tax_code: Option<String>,
    /// Why, with its paper if there is one.
    pub reason: String,
}

/// Whether a body runs points or makes products outside one unit: what it is called is then not for that unit to say.
pub async fn reaches_beyond(tx: &mut Tx, places: &Places, body: &str, unit: &str) -> Result<bool> {
    for outside in &places.outside {
        let (found,) = fetch_one!(tx, (i64,), *outside, body, unit)?;
        if found > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Puts a body right, with a line in its history and in the journal; errors where that would make it another's double.
/// False if nothing is other than it was.
pub async fn correct(
    tx: &mut Tx,
    actor: &Actor,
    before: &Body,
    to: &Correction,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<std::result::Result<bool, Errors>> {
    let is_same = before.name == to.name && before.kind == to.kind.word() && before.tax_code == to.tax_code;
    if is_same {
        return Ok(Ok(false));
    }
    let mut errors = Errors::default();
    let keys = Name::of(&to.name);
    if let Some(code) = &to.tax_code
        && let Some(other) = store::find_by_tax_code(tx, code).await?.filter(|other| other.id != before.id)
    {
        errors.add(
            "tax_code",
            both(
                format!("Mã số thuế này đã là của “{}”; nếu đó là đơn vị vận hành, hãy chọn “đơn vị khác”.", other.name),
                format!("This tax code is that of “{}”; if that is the operator, choose “another body”.", other.name),
            ),
        );
    }
    let double = fetch_optional!(
        tx,
        (String,),
        "select name from body where name_key = $1 and kind = $2 and id <> $3 and joined_to is null and (unit_id = $4 or unit_id is null and $4 is null) limit 1",
        &keys.key,
        to.kind.word(),
        &before.id,
        &before.unit_id
    )?;
    if let Some((name,)) = double {
        errors.add(
            "operator",
            both(
                format!("“{name}” đã có trong sổ ở cùng xã, phường; nếu là một, hãy chọn “đơn vị khác” để ghi đơn vị ấy."),
                format!("“{name}” is in the register in the same unit; if it is the same, choose “another body”."),
            ),
        );
    }
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let changed = execute!(
        tx,
        "update body set name = $2, name_fold = $3, name_key = $4, near_key = $5, kind = $6, tax_code = $7, version = version + 1 where id = $1 and version = $8",
        &before.id,
        &to.name,
        text::fold(&to.name),
        &keys.key,
        &keys.near,
        to.kind.word(),
        &to.tax_code,
        before.version
    )?;
    if changed == 0 {
        return Err(Refusal::stale().into());
    }
    let detail = serde_json::json!({
        "reason": to.reason, "before": {"name": before.name, "kind": before.kind, "tax_code": before.tax_code},
        "set": {"name": to.name, "kind": to.kind.word(), "tax_code": to.tax_code},
    });
    Note::of("correct_body", ("body", &before.id), detail).by(tx, at, actor).await?;
    job::queue(tx, at, JOINED_JOB, "", actor.journal_id()).await?;
    Ok(Ok(true))
}
