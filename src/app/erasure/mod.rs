//! A person asks to be forgotten: the account, and wherever else the system knows this person by name, mail or telephone.
//!
//! What the law wants kept stays, without the person: points, decisions, the journal's chain, which holds digests only. A list
//! of who was erased lies in the data folder, apart from the store and its back-ups, so that a back-up that is older than an
//! erasure is put right when it is restored.

mod mails;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::access::{Known, store as access};
use crate::db::{Db, Tx};
use crate::error::{Both, Result, both};
use crate::journal::Note;
use crate::{connection, job, journal, mail, party, point, producer, prospect, talk, view, work};

/// What was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Points whose contact it was.
    pub points: usize,
    /// Households and firms whose name or telephone it was.
    pub bodies: usize,
    /// Prospects whose contact it was.
    pub prospects: usize,
    /// Personal values beside lines of the journal.
    pub values: u64,
    /// Mails waiting, and mails on disk.
    pub mails: usize,
}

impl Done {
    /// What was done, and truthfully what is left.
    pub fn told(&self) -> Both {
        let Done { points, bodies, prospects, values, mails } = self;
        both(
            format!(
                "Đã xóa tài khoản và thông tin cá nhân: {points} điểm, {bodies} chủ thể, {prospects} địa điểm tiềm năng, {values} giá trị cạnh nhật ký, {mails} thư.\n\
                 Còn lại, không xóa được ở đây: tên trong quyết định, giấy chứng nhận đã cấp và biên bản; tên chủ thể trong nội dung nhật ký (chuỗi không sửa được); \
                 chữ viết tự do trong ghi chú; ảnh; tệp đã gửi để nhập (tự xóa sau 30 ngày); thư đã gửi đi; bản sao lưu làm trước lúc này (khi khôi phục sẽ được xóa lại theo {LIST})."
            ),
            format!(
                "The account and personal data were erased: {points} point(s), {bodies} bodies, {prospects} prospect(s), {values} value(s) beside the journal, {mails} mail(s).\n\
                 What is left and cannot be erased here: names in decisions, certificates and minutes; names of bodies inside the journal (the chain cannot be changed); \
                 free words in notes; pictures; files sent for import (removed after 30 days); mails that were sent; back-ups made before now (erased again after {LIST} when they are restored)."
            ),
        )
    }
}

/// Name of the list of who was erased, in the data folder.
pub const LIST: &str = "erasures.txt";

/// Erases a person, and notes that on the list.
pub async fn erase(db: &Db, data: &Path, person: &str, now: DateTime<Utc>) -> Result<Done> {
    let mut tx = db.write().await?;
    let Some(known) = access::known(&mut tx, person).await? else { return Ok(Done::default()) };
    // from here on what is deleted is written over
    tx.overwrite_deleted().await?;
    let mut done = in_store(&mut tx, &known, now).await?;
    // first the list, then the commit: an erasure that is listed and not done is done at the next restore, never the other way round
    list(&data.join(LIST), person, now)?;
    tx.commit().await?;
    done.mails += mails::forget(&data.join("outbox"), &known).await?;
    Ok(done)
}

async fn in_store(tx: &mut Tx, known: &Known, now: DateTime<Utc>) -> Result<Done> {
    let points = point::store::forget(tx, known, now).await?;
    let prospects = prospect::store::forget(tx, known, now).await?;
    let mut bodies = party::store::forget(tx, known).await?;
    bodies.extend(producer::forget(tx, known).await?);
    bodies.sort();
    bodies.dedup();
    let mut subjects: Vec<(&str, &str)> = vec![("person", known.id.as_str())];
    subjects.extend(points.iter().map(|id| ("point", id.as_str())));
    subjects.extend(prospects.iter().map(|id| ("prospect", id.as_str())));
    subjects.extend(bodies.iter().map(|id| ("body", id.as_str())));
    let mut values = 0;
    for (kind, id) in &subjects {
        values += journal::forget(tx, kind, id).await?;
    }
    connection::store::forget_mail(tx, &known.email).await?;
    for value in [known.email.as_str(), known.phone.as_str()].into_iter().filter(|value| !value.is_empty()) {
        values += journal::forget_value(tx, value).await?;
    }
    let mut mails = 0;
    for (id, payload) in job::mails(tx).await? {
        if mails::is_about(&payload, known) {
            job::forget(tx, &id).await?;
            mails += 1;
        }
    }
    mail::forget(tx, &known.email).await?;
    view::forget(tx, &known.id).await?;
    talk::forget(tx, &known.id).await?;
    work::forget(tx, &known.id).await?;
    access::erase(tx, &known.id).await?;
    journal::forget(tx, "person", &known.id).await?;
    for (kind, id) in subjects {
        Note::of("erase", (kind, id), serde_json::json!({})).by_name(tx, now, ("system", "ocop user erase")).await?;
    }
    Ok(Done { points: points.len(), bodies: bodies.len(), prospects: prospects.len(), values, mails })
}

fn list(path: &PathBuf, person: &str, now: DateTime<Utc>) -> std::io::Result<()> {
    use std::io::Write;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::File::options().create(true).append(true).open(path)?;
    writeln!(file, "{} {person}", now.to_rfc3339())?;
    file.sync_all()
}

/// Erases again, in a store that was restored, whoever is on a list; gives how many were still there.
pub async fn again(db: &Db, data: &Path, listed: &Path, now: DateTime<Utc>) -> Result<usize> {
    let lines = match std::fs::read_to_string(listed) {
        Ok(lines) => lines,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error.into()),
    };
    let mut again = 0;
    let mut people: Vec<&str> = lines.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    people.sort_unstable();
    people.dedup();
    for person in people {
        let mut tx = db.read().await?;
        let there = access::find(&mut tx, person).await?.is_some_and(|person| person.name != access::ERASED);
        drop(tx);
        if there {
            erase(db, data, person, now).await?;
            again += 1;
        }
    }
    Ok(again)
}
