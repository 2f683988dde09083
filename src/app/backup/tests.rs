use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::*;
use crate::clock::Clock;
use crate::db::Db;
use crate::file::Depot;
use crate::journal::Note;
use crate::law::Books;
use crate::pack;
use crate::{execute, fetch_one, journal};

async fn filled(folder: &Path) -> Db {
    let db = Db::open(&format!("sqlite:{}/a.db", folder.display())).await.unwrap();
    db.migrate().await.unwrap();
    let now = Clock::default().now();
    let mut tx = db.write().await.unwrap();
    pack::sync(&mut tx, &Books::new(None), &crate::app::lists(), now).await.unwrap();
    for number in 0..3 {
        let detail = serde_json::json!({"n": number, "text": "dấu “nháy”\nxuống dòng"});
        Note::of("edit", ("point", "x"), detail).aside(&[("phone", "0912345678")]).by_name(&mut tx, now, ("system", "test")).await.unwrap();
    }
    execute!(
        &mut tx,
        "insert into file (id, kind, name, digest, width, height, bytes, created_by, created_at) values ('f1', 'picture', 'ảnh.jpg', '', 1, 1, 1, 'x', $1)",
        now
    )
    .unwrap();
    execute!(
        &mut tx,
        "insert into attachment (id, file_id, subject_kind, subject_id, field, caption, lon, lat, is_public, created_at) values ('a1', 'f1', 'point', 'x', 'photo', '', 105.85219999999998, 0.1, $1, $2)",
        true,
        now
    )
    .unwrap();
    tx.commit().await.unwrap();
    std::fs::create_dir_all(folder.join("files/f1")).unwrap();
    std::fs::write(folder.join("files/f1/f1.large.jpg"), b"jpeg").unwrap();
    db
}

async fn empty(folder: &Path, name: &str) -> Db {
    Db::open(&format!("sqlite:{}/{name}.db", folder.display())).await.unwrap()
}

async fn made(folder: &Path, db: &Db) -> (PathBuf, Manifest) {
    let path = folder.join("sao-lưu.zip");
    let manifest = backup(db, &Depot::Folder(folder.to_owned()), &Clock::default(), &path, &mut |_, _| {}).await.unwrap();
    (path, manifest)
}

#[tokio::test]
async fn what_comes_back_is_what_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let db = filled(folder).await;
    let (path, manifest) = made(folder, &db).await;
    assert!(manifest.missing.is_empty() && manifest.files == 1 && manifest.journal_lines == 3);
    let other = empty(folder, "b").await;
    restore(&other, &Depot::Folder(folder.join("b")), &path, &mut |_, _| {}).await.unwrap();
    assert_eq!(std::fs::read(folder.join("b/files/f1/f1.large.jpg")).unwrap(), b"jpeg");
    let (mut a, mut b) = (db.read().await.unwrap(), other.read().await.unwrap());
    for table in schema::tables(crate::db::MIGRATIONS.len()).await.unwrap() {
        assert_eq!(table.page(&mut a, None, 5000).await.unwrap(), table.page(&mut b, None, 5000).await.unwrap(), "{}", table.name);
    }
    assert_eq!(journal::verify(&mut b, Some(&manifest.journal_head), |_| {}).await.unwrap().unwrap().lines, 3);
    drop(b);
    let again = restore(&other, &Depot::Folder(folder.join("b")), &path, &mut |_, _| {}).await.unwrap_err();
    assert!(matches!(again, BackupError::NotEmpty));
}

#[tokio::test]
async fn a_picture_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let db = filled(folder.path()).await;
    std::fs::remove_file(folder.path().join("files/f1/f1.large.jpg")).unwrap();
    assert_eq!(made(folder.path(), &db).await.1.missing, ["f1 (ảnh.jpg)"]);
}

/// The archive with one of its parts put through `change`; the manifest's digest follows when `sealed`.
fn altered(path: &Path, part: &str, sealed: bool, change: impl Fn(String) -> String) -> PathBuf {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let target = path.with_extension("altered.zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&target).unwrap());
    let mut digest = String::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let name = entry.name().unwrap().to_string();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if name == part {
            bytes = change(String::from_utf8(bytes).unwrap()).into_bytes();
            digest = crate::clock::digest(&bytes);
        }
        if name == "manifest.json" && sealed {
            let mut about: Manifest = serde_json::from_slice(&bytes).unwrap();
            about
                .tables
                .iter_mut()
                .filter(|table| format!("{}.jsonl", table.name) == part)
                .for_each(|table| table.digest.clone_from(&digest));
            bytes = serde_json::to_vec(&about).unwrap();
        }
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap();
    target
}

#[tokio::test]
async fn a_bad_archive_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let db = filled(folder).await;
    let (path, _) = made(folder, &db).await;
    let other = empty(folder, "b").await;
    let refused = async |path: &Path| restore(&other, &Depot::Folder(folder.join("b")), path, &mut |_, _| {}).await.unwrap_err();

    let half = folder.join("half.zip");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&half, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(refused(&half).await, BackupError::NotArchive(_)));
    std::fs::write(&half, b"no archive at all").unwrap();
    assert!(matches!(refused(&half).await, BackupError::NotArchive(_)));

    let letter = altered(&path, "unit.jsonl", false, |text| text.replacen("Bát Tràng", "Bát Tráng", 1));
    assert!(matches!(refused(&letter).await, BackupError::Damaged(_)));
    let sealed = altered(&path, "journal.jsonl", true, |text| text.replacen("nháy", "nhảy", 1));
    let chain = refused(&sealed).await;
    assert!(matches!(&chain, BackupError::Chain(why) if why.contains('1')), "{chain:?}");
    let newer = altered(&path, "manifest.json", false, |text| text.replace("\"format\": 1", "\"format\": 2"));
    assert!(matches!(refused(&newer).await, BackupError::OtherVersion(_)));
    let schema = altered(&path, "manifest.json", false, |text| text.replace("0002_point", "0002_other"));
    assert!(matches!(refused(&schema).await, BackupError::OtherVersion(_)));

    let mut tx = other.read().await.unwrap();
    let (count,) = fetch_one!(&mut tx, (i64,), "select count(*) from unit").unwrap();
    assert_eq!(count, 0);
    assert!(!folder.join("b").exists());
    drop(tx);
    restore(&other, &Depot::Folder(folder.join("b")), &path, &mut |_, _| {}).await.unwrap();
}
