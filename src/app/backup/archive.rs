//! Writing and reading the archive.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::schema::{Cells, Table, tables};
use super::{BackupError, FORMAT, Progress};
use crate::clock::{self, Clock};
use crate::db::{Db, MIGRATIONS, fact};
use crate::file::Depot;
use crate::{fetch_all, journal};

/// Rows read or written at a time.
const PAGE: usize = 500;

/// What an archive says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `ocop-backup`.
    pub kind: String,
    /// Version of the archive's layout.
    pub format: u32,
    /// Version of the program that wrote it.
    pub program: String,
    /// When, RFC 3339.
    pub created: String,
    /// Migrations of the store: name and digest.
    pub migrations: Vec<(String, String)>,
    /// Number of the journal's last line.
    pub journal_lines: i64,
    /// Hash of the journal's last line, for `ocop verify --head`.
    pub journal_head: String,
    /// Tables in the order they can be filled.
    pub tables: Vec<Part>,
    /// How many files that people sent it holds.
    pub files: u64,
    /// Files that rows name but that were not there.
    pub missing: Vec<String>,
}

/// A table in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Name of the table.
    pub name: String,
    /// How many rows.
    pub rows: u64,
    /// SHA-256 of its lines.
    pub digest: String,
}

/// A file beside `path`, made whole before it takes its place, removed if it never does.
struct Draft {
    part: PathBuf,
    done: bool,
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.done {
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

/// Writes everything a store holds to `path`, from one consistent view, while others go on working.
///
/// # Errors
/// When store, files or target cannot be read or written; nothing is left at `path` then.
pub async fn backup(db: &Db, files: &Depot, clock: &Clock, path: &Path, progress: Progress<'_>) -> Result<Manifest, BackupError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.part", clock::new_id()));
    let mut draft = Draft { part: name.into(), done: false };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // it holds personal values and password hashes
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut zip = ZipWriter::new(options.open(&draft.part)?);
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);

    let mut tx = db.read().await?;
    let migrations = fetch_all!(&mut tx, (String, String), "select name, digest from migration order by number")?;
    let (journal_lines, journal_head) = journal::head(&mut tx).await?;
    let mut parts = Vec::new();
    for table in tables(migrations.len()).await? {
        zip.start_file(format!("{}.jsonl", table.name), packed).map_err(broken)?;
        let (mut rows, mut digest, mut after) = (0_u64, Sha256::new(), None::<Cells>);
        loop {
            let page = table.page(&mut tx, after.as_ref(), PAGE).await?;
            for row in &page {
                let line = table.line(row) + "\n";
                digest.update(line.as_bytes());
                zip.write_all(line.as_bytes())?;
            }
            rows += page.len() as u64;
            progress(&table.name, rows);
            if page.len() < PAGE {
                break;
            }
            after = page.into_iter().next_back();
        }
        parts.push(Part { name: table.name, rows, digest: clock::hex(&digest.finalize()) });
    }
    // files are written before their rows, so every row of this view has its file by now
    let mut held = BTreeSet::new();
    for (name, _) in files.list("files").await? {
        // one that was removed since is not named by a row
        let Some(bytes) = files.get(&name).await? else { continue };
        zip.start_file(&*name, stored).map_err(broken)?;
        zip.write_all(&bytes)?;
        held.insert(name);
        progress("files", held.len() as u64);
    }
    let missing = missing(&mut tx, &held).await?;
    drop(tx);
    let manifest = Manifest {
        kind: "ocop-backup".into(),
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").into(),
        created: clock.now().to_rfc3339(),
        migrations,
        journal_lines,
        journal_head,
        tables: parts,
        files: held.len() as u64,
        missing,
    };
    zip.start_file("manifest.json", packed).map_err(broken)?;
    zip.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
    zip.finish().map_err(broken)?.sync_all()?;
    std::fs::rename(&draft.part, path)?;
    draft.done = true;
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(manifest)
}

fn broken(error: zip::result::ZipError) -> BackupError {
    BackupError::NotArchive(error.to_string())
}

/// Files that rows name and that are not there.
async fn missing(tx: &mut crate::db::Tx, held: &BTreeSet<String>) -> Result<Vec<String>, BackupError> {
    let ids: BTreeSet<&str> = held.iter().filter_map(|path| path.rsplit('/').next()).filter_map(|name| name.split('.').next()).collect();
    let (mut missing, mut after) = (Vec::new(), String::new());
    loop {
        let rows = fetch_all!(tx, (String, String), "select id, name from file where id > $1 order by id limit 1000", &after)?;
        let Some((last, _)) = rows.last() else { return Ok(missing) };
        after.clone_from(last);
        missing.extend(rows.iter().filter(|(id, _)| !ids.contains(id.as_str())).map(|(id, name)| format!("{id} ({name})")));
    }
}

/// Fills an empty store from an archive: all of it, or nothing.
///
/// # Errors
/// When the archive does not fit, is damaged or altered, its journal does not hold, or the store is not empty.
pub async fn restore(db: &Db, files: &Depot, path: &Path, progress: Progress<'_>) -> Result<Manifest, BackupError> {
    let mut zip = ZipArchive::new(File::open(path)?).map_err(broken)?;
    let manifest = manifest(&mut zip)?;
    fits(&manifest)?;
    let tables = tables(manifest.migrations.len()).await?;
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    if names != manifest.tables.iter().map(|part| part.name.as_str()).collect::<Vec<_>>() {
        return Err(BackupError::Damaged("manifest.json".into()));
    }
    check(&mut zip, &manifest, &tables, progress)?;
    prepare(db, &manifest, &tables).await?;

    let mut tx = db.write().await?;
    for table in &tables {
        let is_untouched = made_at_start(&table.name)
            || table.is_empty(&mut tx).await?
            || (table.name == "journal_head" && journal::head(&mut tx).await?.0 == 0);
        if !is_untouched {
            return Err(BackupError::NotEmpty);
        }
    }
    for table in &tables {
        table.clear(&mut tx).await?;
        let mut rows = 0;
        let mut page: Vec<Cells> = Vec::with_capacity(PAGE);
        let mut lines = lines(&mut zip, table)?;
        loop {
            let row = lines.next().transpose()?;
            let ended = row.is_none();
            page.extend(row);
            if page.len() == PAGE || (ended && !page.is_empty()) {
                table.insert(&mut tx, &page).await.map_err(|error| BackupError::Damaged(format!("{}: {error}", table.name)))?;
                rows += page.len() as u64;
                progress(&table.name, rows);
                page.clear();
            }
            if ended {
                break;
            }
        }
        drop(lines);
        if table.has_self() {
            for row in self::lines(&mut zip, table)? {
                table.refer(&mut tx, &row?).await.map_err(|error| BackupError::Damaged(format!("{}: {error}", table.name)))?;
            }
        }
    }
    match journal::verify(&mut tx, None, |_| {}).await? {
        Err(why) => return Err(BackupError::Chain(why.to_string())),
        Ok(held) if held.head != manifest.journal_head || held.lines != manifest.journal_lines => {
            return Err(BackupError::Chain(format!("{} {}", held.lines, held.head)));
        }
        Ok(_) => {}
    }
    // where files lie now is another place: the first start writes down which
    fact::drop(&mut tx, "files").await?;
    put_files(&mut zip, files, progress).await?;
    tx.commit().await?;
    Ok(manifest)
}

fn manifest(zip: &mut ZipArchive<File>) -> Result<Manifest, BackupError> {
    const MOST: u64 = 16 * 1024 * 1024;
    let mut text = String::new();
    let entry = zip.by_name("manifest.json").map_err(|_| BackupError::NotArchive("manifest.json".into()))?;
    entry.take(MOST).read_to_string(&mut text).map_err(|error| BackupError::NotArchive(error.to_string()))?;
    let about: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| BackupError::NotArchive(format!("manifest.json: {error}")))?;
    if about["kind"] != "ocop-backup" {
        return Err(BackupError::NotArchive("manifest.json".into()));
    }
    if about["format"].as_u64().is_none_or(|format| format > FORMAT.into()) {
        return Err(BackupError::OtherVersion(format!("format {}", about["format"])));
    }
    serde_json::from_value(about).map_err(|error| BackupError::NotArchive(format!("manifest.json: {error}")))
}

/// Whether this program has the archive's schema, perhaps with later migrations on top.
fn fits(manifest: &Manifest) -> Result<(), BackupError> {
    if manifest.migrations.len() > MIGRATIONS.len() {
        return Err(BackupError::OtherVersion(format!("ocop {}", manifest.program)));
    }
    for ((name, digest), known) in manifest.migrations.iter().zip(MIGRATIONS) {
        if name != known.name || *digest != clock::digest(known.sql.as_bytes()) {
            return Err(BackupError::OtherVersion(name.clone()));
        }
    }
    Ok(())
}

/// Reads the whole archive once, before anything is written.
fn check(zip: &mut ZipArchive<File>, manifest: &Manifest, tables: &[Table], progress: Progress<'_>) -> Result<(), BackupError> {
    for (part, table) in manifest.tables.iter().zip(tables) {
        let name = format!("{}.jsonl", table.name);
        let damaged = |why: &dyn std::fmt::Display| BackupError::Damaged(format!("{name}: {why}"));
        let entry = zip.by_name(&name).map_err(|error| damaged(&error))?;
        let (mut reader, mut line, mut rows, mut digest) = (BufReader::new(entry), String::new(), 0_u64, Sha256::new());
        while reader.read_line(&mut line).map_err(|error| damaged(&error))? > 0 {
            rows += 1;
            digest.update(line.as_bytes());
            table.row(line.trim_end()).ok_or_else(|| damaged(&format!("{rows}")))?;
            line.clear();
        }
        if rows != part.rows || clock::hex(&digest.finalize()) != part.digest {
            return Err(damaged(&format!("{rows}/{}", part.rows)));
        }
    }
    let mut files = 0;
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).map_err(|error| BackupError::Damaged(error.to_string()))?;
        let name = entry.name().unwrap_or_default().to_string();
        let Some(relative) = name.strip_prefix("files/") else { continue };
        within(relative)?;
        std::io::copy(&mut entry, &mut std::io::sink()).map_err(|error| BackupError::Damaged(format!("{name}: {error}")))?;
        files += 1;
        progress("files", files);
    }
    if files == manifest.files { Ok(()) } else { Err(BackupError::Damaged(format!("files: {files}/{}", manifest.files))) }
}

/// A path that stays within the folder.
fn within(relative: &str) -> Result<&Path, BackupError> {
    let path = Path::new(relative);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_))) && !relative.contains('\\') && !relative.is_empty();
    plain.then_some(path).ok_or_else(|| BackupError::Damaged(relative.to_owned()))
}

/// What every program that opens a store puts there: the keys, which those of the archive replace.
fn made_at_start(table: &str) -> bool {
    table == "secret_key"
}

/// Brings an untouched store to the archive's schema; one that was used is refused.
async fn prepare(db: &Db, manifest: &Manifest, tables: &[Table]) -> Result<(), BackupError> {
    db.migrate_to(0).await?;
    let mut tx = db.read().await?;
    let done = fetch_all!(&mut tx, (i64,), "select number from migration")?.len();
    if done == 0 {
        drop(tx);
        db.migrate_to(manifest.migrations.len()).await?;
        return Ok(());
    }
    if fact::find(&mut tx, "pack").await?.is_some() {
        return Err(BackupError::NotEmpty);
    }
    for table in tables.iter().filter(|table| table.name != "journal_head" && !made_at_start(&table.name)) {
        if !table.is_empty(&mut tx).await? {
            return Err(BackupError::NotEmpty);
        }
    }
    if done == manifest.migrations.len() { Ok(()) } else { Err(BackupError::NotEmpty) }
}

type Lines<'a> = Box<dyn Iterator<Item = Result<Cells, BackupError>> + 'a>;

/// The rows of a table in the archive.
fn lines<'a>(zip: &'a mut ZipArchive<File>, table: &'a Table) -> Result<Lines<'a>, BackupError> {
    let entry = zip.by_name(&format!("{}.jsonl", table.name)).map_err(broken)?;
    Ok(Box::new(BufReader::new(entry).lines().map(|line| {
        let line = line.map_err(|error| BackupError::Damaged(format!("{}: {error}", table.name)))?;
        table.row(&line).ok_or_else(|| BackupError::Damaged(table.name.clone()))
    })))
}

/// Writes the files.
async fn put_files(zip: &mut ZipArchive<File>, files: &Depot, progress: Progress<'_>) -> Result<(), BackupError> {
    let mut done = 0;
    for at in 0..zip.len() {
        let Some((name, bytes)) = read_file(zip, at)? else { continue };
        files.put(&name, bytes).await?;
        done += 1;
        progress("files", done);
    }
    Ok(())
}

/// A part of the archive, if it is a file that somebody sent.
fn read_file(zip: &mut ZipArchive<File>, at: usize) -> Result<Option<(String, Vec<u8>)>, BackupError> {
    let mut entry = zip.by_index(at).map_err(broken)?;
    let name = entry.name().unwrap_or_default().to_string();
    let Some(relative) = name.strip_prefix("files/") else { return Ok(None) };
    within(relative)?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    Ok(Some((name, bytes)))
}
