use std::sync::Arc;

use object_store::memory::InMemory;
use object_store::path::Path as Key;

use super::depot::Depot;
use super::*;
use crate::sheet::Source;
use crate::state::App;
use crate::store_test;
use crate::testing::TestApp;

fn folder(of: &tempfile::TempDir) -> Depot {
    Depot::Folder(of.path().join("shared"))
}

async fn works(depot: &Depot) {
    assert_eq!(depot.get("files/ab/1.large.jpg").await.unwrap(), None);
    assert!(!depot.has("uploads/x").await.unwrap() && depot.source("uploads/x").await.unwrap().is_none());
    assert!(depot.list("files").await.unwrap().is_empty());
    depot.put("files/ab/1.large.jpg", b"first".to_vec()).await.unwrap();
    depot.put("files/ab/1.large.jpg", b"second".to_vec()).await.unwrap();
    depot.put("files/aa/2.small.jpg", b"2".to_vec()).await.unwrap();
    depot.put("uploads/x", "tên\nĐiểm\n".into()).await.unwrap();
    assert_eq!(depot.get("files/ab/1.large.jpg").await.unwrap().unwrap(), b"second");
    let names: Vec<String> = depot.list("files").await.unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["files/aa/2.small.jpg", "files/ab/1.large.jpg"]);
    let (_, at) = depot.list("uploads").await.unwrap().remove(0);
    assert!((crate::clock::Clock::default().now() - at).num_seconds().abs() < 60);
    let source = depot.source("uploads/x").await.unwrap().unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut source.open().unwrap(), &mut text).unwrap();
    assert_eq!(text, "tên\nĐiểm\n");
    assert_eq!(matches!(source, Source::File(_)), matches!(depot, Depot::Folder(_)));
    depot.remove("uploads/x").await.unwrap();
    depot.remove("uploads/x").await.unwrap();
    assert!(!depot.has("uploads/x").await.unwrap());
}

#[tokio::test]
async fn a_folder_and_a_bucket_do_the_same() {
    let temp = tempfile::tempdir().unwrap();
    works(&folder(&temp)).await;
    works(&Depot::Bucket(Arc::new(InMemory::new()), Key::default())).await;
    works(&Depot::Bucket(Arc::new(InMemory::new()), Key::from("ocop/hà nội"))).await;
}

#[tokio::test]
async fn what_is_half_written_has_no_name() {
    let temp = tempfile::tempdir().unwrap();
    let depot = folder(&temp);
    std::fs::create_dir_all(temp.path().join("shared/files/ab")).unwrap();
    std::fs::write(temp.path().join("shared/files/ab/1.part"), b"half").unwrap();
    assert!(depot.list("files").await.unwrap().is_empty());
    // where a folder cannot be, writing says so
    std::fs::write(temp.path().join("shared/uploads"), b"").unwrap();
    assert!(depot.put("uploads/x", vec![1]).await.is_err());
}

store_test! {
    async fn m8_a_wrong_or_empty_folder_is_noticed(app: TestApp) {
        let (temp, other, shared) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let depot = folder(&temp);
        let (one, two) = tokio::join!(depot.check(app.db()), depot.check(app.db()));
        one.unwrap();
        two.unwrap();
        depot.check(app.db()).await.unwrap();
        let mark = String::from_utf8(depot.get("ocop-store.txt").await.unwrap().unwrap()).unwrap();
        // the second node looks into a folder of its own: nothing is mounted there
        let told = folder(&other).check(app.db()).await.unwrap_err().to_string();
        let number = mark.lines().next().unwrap();
        assert!(told.contains("OCOP_FILES") && told.contains(number) && told.contains("không có tệp"), "{told}");
        assert!(!other.path().join("shared/ocop-store.txt").exists(), "and writes nothing there");
        // or into that of another installation
        let bucket = Depot::Bucket(Arc::new(InMemory::new()), Key::from("of/another"));
        bucket.put("ocop-store.txt", b"0192aaaa\n".to_vec()).await.unwrap();
        assert!(bucket.check(app.db()).await.unwrap_err().to_string().contains("0192aaaa"));
        // moved with all that lies there
        let moved = folder(&shared);
        moved.put("ocop-store.txt", mark.into_bytes()).await.unwrap();
        moved.check(app.db()).await.unwrap();
    }

    async fn m8_two_nodes_with_one_place_of_files_have_the_same_pictures(app: TestApp) {
        let other = App::with_db(app.config().clone(), app.db().clone()).await.unwrap();
        let mut picture = Vec::new();
        image::DynamicImage::new_rgb8(40, 30).write_to(&mut std::io::Cursor::new(&mut picture), image::ImageFormat::Png).unwrap();
        let kept = app.files().keep_picture("a.png", crate::testing::upload(app.store.folder.path(), &picture).await).await.unwrap();
        assert_eq!(other.files().read(&kept.id, Size::Small).await.unwrap(), app.files().read(&kept.id, Size::Small).await.unwrap());
        assert!(other.files().read("../../etc/passwd", Size::Small).await.is_err());
    }

    async fn units_that_one_process_changes_are_read_again_by_the_others(app: TestApp) {
        let other = App::with_db(app.config().clone(), app.db().clone()).await.unwrap();
        let id = app.region().province().id.clone();
        let before = other.region().get(&id).unwrap().clone();
        other.refresh().await.unwrap();
        assert!(std::ptr::eq(other.region(), other.region()));
        let mut tx = app.db().write().await.unwrap();
        crate::execute!(&mut tx, "update unit set name = 'Thủ đô' where id = $1", &id).unwrap();
        crate::change::tell(&mut tx, crate::change::UNITS).await.unwrap();
        other.refresh().await.unwrap();
        assert_eq!(other.region().get(&id).unwrap().name, before.name, "not before it is committed");
        tx.commit().await.unwrap();
        let held = other.region();
        other.refresh().await.unwrap();
        assert_eq!((other.region().get(&id).unwrap().name.as_str(), held.get(&id).unwrap().name.as_str()), ("Thủ đô", before.name.as_str()));
    }
}
