//! SQL of the journal and the arithmetic of its chain.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

use crate::access::Actor;
use crate::db::{self, DbResult, Dialect, Statement, Tx};
use crate::{clock, execute, execute_many, fetch_all, fetch_one, fetch_optional, fetch_texts, fill_many};

/// A line of the journal.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Entry {
    /// Number in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Person id, `public` or `system`.
    pub actor: String,
    /// Role and body at that moment.
    pub actor_name: String,
    /// What was done.
    pub verb: String,
    /// Kind of thing.
    pub subject_kind: String,
    /// Which thing.
    pub subject_id: String,
    /// The change, as JSON text.
    pub detail: String,
    /// Digest of this line and the one before.
    pub hash: String,
}

impl Entry {
    /// The moment in Vietnamese time.
    pub fn when(&self) -> String {
        clock::local(self.at).format("%d/%m/%Y %H:%M").to_string()
    }

    /// What was done, in Vietnamese.
    pub fn what(&self) -> String {
        crate::text::Tongue::Vi.t(&format!("verb.{}", self.verb)).to_owned()
    }

    /// The part of the change that is told beside it, if any: reason, guidance, paper.
    pub fn why(&self) -> String {
        let detail: Value = serde_json::from_str(&self.detail).unwrap_or(Value::Null);
        ["reason", "guidance", "number", "note"]
            .iter()
            .filter_map(|key| detail[*key].as_str())
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    }
}

/// Every part is preceded by its length, so that moving a letter from one column to the next changes the digest.
#[expect(clippy::too_many_arguments, reason = "one argument a column of the line")]
fn line_hash(
    before: &str,
    seq: i64,
    at: DateTime<Utc>,
    actor: &str,
    actor_name: &str,
    verb: &str,
    kind: &str,
    id: &str,
    detail: &str,
) -> String {
    let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let number = seq.to_string();
    let mut text = String::new();
    for part in [before, &number, &at, actor, actor_name, verb, kind, id, detail] {
        text.push_str(&part.len().to_string());
        text.push(':');
        text.push_str(part);
    }
    clock::digest(text.as_bytes())
}

/// A line that is still to be appended: who did it and when is said once for all lines of an action.
#[derive(Clone, Debug)]
pub struct Note<'a> {
    /// What was done.
    pub verb: &'a str,
    /// Kind and id of the thing.
    pub subject: (&'a str, &'a str),
    /// The change.
    pub detail: Value,
    /// Values kept aside: only their salted digests enter the chain.
    pub personal: Vec<(&'a str, &'a str)>,
}

impl<'a> Note<'a> {
    /// What was done to which thing, and the change.
    pub fn of(verb: &'a str, subject: (&'a str, &'a str), detail: Value) -> Note<'a> {
        Note { verb, subject, detail, personal: Vec::new() }
    }

    /// With values of persons.
    pub fn aside(mut self, personal: &[(&'a str, &'a str)]) -> Note<'a> {
        self.personal.extend(personal);
        self
    }

    /// Appends the line, by somebody who is signed in or by the public.
    pub async fn by(mut self, tx: &mut Tx, now: DateTime<Utc>, actor: &Actor) -> DbResult<i64> {
        // a line that a program caused says by which token
        if let (Some(token), Value::Object(map)) = (&actor.token, &mut self.detail) {
            map.insert("token".into(), token.id.as_str().into());
        }
        // and one that was done in the place of somebody, in whose
        let away = actor.acting.as_ref().and_then(|grant| grant.stands_for.as_deref());
        if let (Some(person), Value::Object(map)) = (away, &mut self.detail) {
            map.insert("stands_for".into(), person.into());
        }
        self.by_name(tx, now, (actor.journal_id(), &actor.journal_name())).await
    }

    /// Appends the line, by whoever has this id and name.
    pub async fn by_name(self, tx: &mut Tx, now: DateTime<Utc>, (actor, actor_name): (&str, &str)) -> DbResult<i64> {
        let Note { verb, subject, mut detail, personal } = self;
        let salted: Vec<(&str, String, &str)> = personal.iter().map(|(field, value)| (*field, clock::secret(), *value)).collect();
        if let (Value::Object(map), false) = (&mut detail, salted.is_empty()) {
            let digests =
                salted.iter().map(|(field, salt, value)| ((*field).to_owned(), Value::String(salted_digest(salt, value)))).collect();
            map.insert("personal".into(), Value::Object(digests));
        }
        let detail = detail.to_string();
        let (seq, before) = fetch_one!(tx, (i64, String), "update journal_head set seq = seq + 1 where id = 1 returning seq, hash")?;
        let hash = line_hash(&before, seq, now, actor, actor_name, verb, subject.0, subject.1, &detail);
        execute!(
            tx,
            "insert into journal (seq, at, actor, actor_name, verb, subject_kind, subject_id, detail, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            seq,
            now,
            actor,
            actor_name,
            verb,
            subject.0,
            subject.1,
            detail,
            &hash
        )?;
        execute!(tx, "update journal_head set hash = $1 where id = 1", hash)?;
        for (field, salt, value) in salted {
            execute!(tx, "insert into journal_personal (seq, field, salt, value) values ($1, $2, $3, $4)", seq, field, salt, value)?;
        }
        Ok(seq)
    }
}

/// A note without personal values, its change written as JSON.
#[derive(Clone, Debug)]
pub struct PlainLine<'a> {
    /// What was done.
    pub verb: &'a str,
    /// Kind and id of the thing.
    pub subject: (&'a str, &'a str),
    /// The change: one JSON object.
    pub detail: String,
}

/// Appends many lines of one moment and actor: the head is locked once, the chain computed in memory.
pub async fn note_many(tx: &mut Tx, now: DateTime<Utc>, actor: &str, actor_name: &str, lines: Vec<Note<'_>>) -> DbResult<()> {
    let mut plain = Vec::with_capacity(lines.len());
    let mut aside = Vec::new();
    for (place, mut line) in (0_i64..).zip(lines) {
        let mut digests = serde_json::Map::new();
        for (field, value) in &line.personal {
            let salt = clock::secret();
            digests.insert((*field).to_owned(), Value::String(salted_digest(&salt, value)));
            aside.push((place, *field, salt, *value));
        }
        if let (Value::Object(map), false) = (&mut line.detail, digests.is_empty()) {
            map.insert("personal".into(), Value::Object(digests));
        }
        plain.push(PlainLine { verb: line.verb, subject: line.subject, detail: line.detail.to_string() });
    }
    let mut end = Appender::lock(tx).await?;
    let first = end.seq + 1;
    let statements = end.append(tx.dialect(), now, actor, actor_name, &plain)?;
    db::run(tx, &mut statements.into_iter().map(Ok)).await?;
    end.close(tx).await?;
    execute_many!(tx, 4, "insert into journal_personal (seq, field, salt, value) values ($1, $2, $3, $4)", aside, |row| [
        first + row.0,
        row.1,
        &row.2,
        row.3
    ])
}

/// The end of the journal while many lines that name nobody are appended. It is locked until the transaction ends, so the
/// lines can be put together anywhere.
pub struct Appender {
    seq: i64,
    hash: String,
}

impl Appender {
    /// Locks the end.
    pub async fn lock(tx: &mut Tx) -> DbResult<Appender> {
        let (seq, hash) = fetch_one!(tx, (i64, String), "update journal_head set seq = seq where id = 1 returning seq, hash")?;
        Ok(Appender { seq, hash })
    }

    /// What appends these lines of one moment and actor; to be run in this order, before [`Appender::close`].
    pub fn append(
        &mut self,
        dialect: Dialect,
        now: DateTime<Utc>,
        actor: &str,
        actor_name: &str,
        lines: &[PlainLine<'_>],
    ) -> DbResult<Vec<Statement>> {
        let mut rows = Vec::with_capacity(lines.len());
        for line in lines {
            self.seq += 1;
            self.hash = line_hash(&self.hash, self.seq, now, actor, actor_name, line.verb, line.subject.0, line.subject.1, &line.detail);
            rows.push((self.seq, line, self.hash.clone()));
        }
        fill_many!(
            dialect,
            9,
            "insert into journal (seq, at, actor, actor_name, verb, subject_kind, subject_id, detail, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            rows,
            |row| [row.0, now, actor, actor_name, row.1.verb, row.1.subject.0, row.1.subject.1, &row.1.detail, &row.2]
        )
        .collect()
    }

    /// Notes where the journal ends now.
    pub async fn close(self, tx: &mut Tx) -> DbResult<u64> {
        execute!(tx, "update journal_head set seq = $1, hash = $2 where id = 1", self.seq, self.hash)
    }
}

fn salted_digest(salt: &str, value: &str) -> String {
    clock::digest(format!("{salt}:{value}").as_bytes())
}

/// The history of one thing, newest first, from before `before`.
pub async fn history(tx: &mut Tx, kind: &str, id: &str, before: i64, rows: i64) -> DbResult<Vec<Entry>> {
    fetch_all!(
        tx,
        Entry,
        "select seq, at, actor, actor_name, verb, subject_kind, subject_id, detail, hash from journal
         where subject_kind = $1 and subject_id = $2 and seq < $3 order by seq desc limit $4",
        kind,
        id,
        before,
        rows
    )
}

/// What lines keep aside of devices and network addresses: line, field, value.
pub async fn aside(tx: &mut Tx, lines: &[i64]) -> DbResult<Vec<(i64, String, String)>> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let lines = lines.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select seq, field, value from journal_personal where seq in ({lines}) and field in ('address', 'device') order by seq, field"
    );
    fetch_texts!(tx, (i64, String, String), sql, Vec::<String>::new())
}

/// What a line says of a changed thing: what is set now, and what was before of that which differs.
pub fn changed(before: &Value, mut after: Value) -> Value {
    let empty = serde_json::Map::new();
    let (old, new) = (before["set"].as_object().unwrap_or(&empty), after["set"].as_object().unwrap_or(&empty));
    let differing: serde_json::Map<String, Value> = old
        .iter()
        .filter(|(field, value)| new.get(*field).is_some_and(|now| now != *value))
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect();
    if let Value::Object(detail) = &mut after {
        detail.insert("before".into(), Value::Object(differing));
    }
    after
}

/// The last line of a thing with one verb.
pub async fn last(tx: &mut Tx, kind: &str, id: &str, verb: &str) -> DbResult<Option<Entry>> {
    fetch_optional!(
        tx,
        Entry,
        "select seq, at, actor, actor_name, verb, subject_kind, subject_id, detail, hash from journal
         where subject_kind = $1 and subject_id = $2 and verb = $3 order by seq desc limit 1",
        kind,
        id,
        verb
    )
}

/// Number and hash of the last line.
pub async fn head(tx: &mut Tx) -> DbResult<(i64, String)> {
    fetch_one!(tx, (i64, String), "select seq, hash from journal_head where id = 1")
}

/// A chain that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many lines.
    pub lines: i64,
    /// Hash of the last.
    pub head: String,
}

/// Where a chain breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The line of this number was altered.
    Altered(i64),
    /// The line of this number is missing.
    Missing(i64),
    /// A personal value beside the line of this number was altered.
    Personal(i64, String),
    /// The chain holds, but lines after this number were cut off.
    CutOff(i64),
    /// The chain holds, but the head that was kept outside is not in it.
    UnknownHead,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Broken::Altered(seq) => write!(f, "dòng nhật ký số {seq} đã bị sửa / journal line {seq} was altered"),
            Broken::Missing(seq) => write!(f, "thiếu dòng nhật ký số {seq} / journal line {seq} is missing"),
            Broken::Personal(seq, field) => {
                write!(f, "giá trị cá nhân “{field}” của dòng số {seq} đã bị sửa / personal value “{field}” of line {seq} was altered")
            }
            Broken::CutOff(seq) => write!(f, "nhật ký bị cắt sau dòng số {seq} / the journal was cut off after line {seq}"),
            Broken::UnknownHead => write!(
                f,
                "mã đầu chuỗi đã lưu không có trong nhật ký: phần đuôi đã bị cắt hoặc viết lại / the kept head is not in the journal: its tail was cut off or rewritten"
            ),
        }
    }
}

/// Reads the chain from the first line on, in batches, and names the first line that does not hold.
/// `kept` is a head hash that was written down elsewhere earlier.
pub async fn verify(tx: &mut Tx, kept: Option<&str>, mut progress: impl FnMut(i64)) -> DbResult<Result<Verified, Broken>> {
    const BATCH: i64 = 2_000;
    let (last, head) = head(tx).await?;
    let (mut seq, mut before, mut seen) = (0_i64, String::new(), kept.is_none_or(str::is_empty));
    loop {
        let rows = fetch_all!(
            tx,
            Entry,
            "select seq, at, actor, actor_name, verb, subject_kind, subject_id, detail, hash from journal where seq > $1 order by seq limit $2",
            seq,
            BATCH
        )?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq != seq + 1 {
                return Ok(Err(Broken::Missing(seq + 1)));
            }
            let hash = line_hash(
                &before,
                row.seq,
                row.at,
                &row.actor,
                &row.actor_name,
                &row.verb,
                &row.subject_kind,
                &row.subject_id,
                &row.detail,
            );
            if hash != row.hash {
                return Ok(Err(Broken::Altered(row.seq)));
            }
            if let Some(broken) = verify_personal(tx, &row).await? {
                return Ok(Err(broken));
            }
            seen = seen || kept == Some(hash.as_str());
            seq = row.seq;
            before = hash;
        }
        progress(seq);
    }
    if seq < last {
        return Ok(Err(Broken::CutOff(seq)));
    }
    if before != head {
        return Ok(Err(Broken::Altered(seq)));
    }
    if !seen {
        return Ok(Err(Broken::UnknownHead));
    }
    Ok(Ok(Verified { lines: seq, head }))
}

async fn verify_personal(tx: &mut Tx, row: &Entry) -> DbResult<Option<Broken>> {
    if !row.detail.contains("\"personal\"") {
        return Ok(None);
    }
    let detail: Value = serde_json::from_str(&row.detail).unwrap_or(Value::Null);
    let kept = fetch_all!(tx, (String, String, String), "select field, salt, value from journal_personal where seq = $1", row.seq)?;
    Ok(kept
        .into_iter()
        .find(|(field, salt, value)| detail["personal"][field].as_str() != Some(&salted_digest(salt, value)))
        .map(|(field, ..)| Broken::Personal(row.seq, field)))
}

/// Erases the personal values beside all lines about a thing; the chain, which holds their digests, stays whole.
pub async fn forget(tx: &mut Tx, kind: &str, id: &str) -> DbResult<u64> {
    execute!(
        tx,
        "delete from journal_personal where seq in (select seq from journal where subject_kind = $1 and subject_id = $2)",
        kind,
        id
    )
}

/// Erases a value that is one person's alone, beside whatever line it stands.
pub async fn forget_value(tx: &mut Tx, value: &str) -> DbResult<u64> {
    execute!(tx, "delete from journal_personal where value = $1", value)
}
