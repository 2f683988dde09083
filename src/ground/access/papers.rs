//! Papers of a thing, each with the person who sent it.

use crate::db::{DbResult, Tx, Where};
use crate::file::Paper;
use crate::{fetch_all, fetch_optional, fetch_texts};

/// Documents of a thing, oldest first, at most 200. Its pictures are another list: [`crate::file::of`].
pub async fn of(tx: &mut Tx, kind: &str, id: &str) -> DbResult<Vec<Paper>> {
    fetch_all!(
        tx,
        Paper,
        "select a.id, a.file_id, a.subject_kind, a.subject_id, a.field, f.name, f.kind, f.digest, f.bytes, f.pages, f.created_at, coalesce(p.name, '') as sender
         from attachment a join file f on f.id = a.file_id left join person p on p.id = f.created_by
         where a.subject_kind = $1 and a.subject_id = $2 and f.kind <> 'picture' order by a.id limit 200",
        kind,
        id
    )
}

/// Documents and pictures of a thing whose field begins so, oldest first, at most 400.
pub async fn within(tx: &mut Tx, kind: &str, id: &str, field: &str) -> DbResult<Vec<Paper>> {
    fetch_all!(
        tx,
        Paper,
        "select a.id, a.file_id, a.subject_kind, a.subject_id, a.field, f.name, f.kind, f.digest, f.bytes, f.pages, f.created_at, coalesce(p.name, '') as sender
         from attachment a join file f on f.id = a.file_id left join person p on p.id = f.created_by
         where a.subject_kind = $1 and a.subject_id = $2 and substr(a.field, 1, length(cast($3 as text))) = $3 order by a.id limit 400",
        kind,
        id,
        field
    )
}

/// Documents and pictures of several things of a kind, oldest first, at most 4,000.
pub async fn of_all(tx: &mut Tx, kind: &str, ids: &[String]) -> DbResult<Vec<Paper>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted = Where::default();
    let bind = wanted.bind(kind);
    wanted.and(&format!("a.subject_kind = {bind}"));
    let list = wanted.list("a.subject_id", ids);
    wanted.and(&list);
    let sql = format!(
        "select a.id, a.file_id, a.subject_kind, a.subject_id, a.field, f.name, f.kind, f.digest, f.bytes, f.pages, f.created_at, coalesce(p.name, '') as sender
         from attachment a join file f on f.id = a.file_id left join person p on p.id = f.created_by{} order by a.id limit 4000",
        wanted.sql
    );
    fetch_texts!(tx, Paper, sql, wanted.binds)
}

/// One paper, document or picture.
pub async fn find(tx: &mut Tx, id: &str) -> DbResult<Option<Paper>> {
    fetch_optional!(
        tx,
        Paper,
        "select a.id, a.file_id, a.subject_kind, a.subject_id, a.field, f.name, f.kind, f.digest, f.bytes, f.pages, f.created_at, coalesce(p.name, '') as sender
         from attachment a join file f on f.id = a.file_id left join person p on p.id = f.created_by where a.id = $1",
        id
    )
}
