//! What the program asks of the machine it runs on: files of its own, and enough of them.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::Config;

/// Files kept free for the store, pictures, papers and mails when connections are counted.
const SPARE: u64 = 128;

/// From here on every file and folder that is made is the user's alone.
#[cfg(unix)]
pub fn keep_private() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Elsewhere the system's own rules stand.
#[cfg(not(unix))]
pub fn keep_private() {}

/// Takes other users' rights from the data folder, from what lies directly in it, and from the embedded store; gives what was open.
/// Below a closed folder nobody comes to anything.
///
/// # Errors
/// Something is open and belongs to another user.
#[cfg(unix)]
pub fn close(config: &Config) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![config.data_dir.clone()];
    match std::fs::read_dir(&config.data_dir) {
        Ok(entries) => found.extend(entries.flatten().map(|entry| entry.path())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if let Some(store) = config.store_file() {
        found.extend(["", "-wal", "-shm"].map(|ending| PathBuf::from(format!("{}{ending}", store.display()))));
    }
    let mut closed = Vec::new();
    for path in found {
        if close_one(&path)? {
            closed.push(path);
        }
    }
    Ok(closed)
}

#[cfg(unix)]
fn close_one(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let meta = match std::fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() || meta.is_dir() => meta,
        Ok(_) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let mode = meta.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(false);
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700))?;
    Ok(true)
}

/// Elsewhere the system's own rules stand.
#[cfg(not(unix))]
pub fn close(_: &Config) -> io::Result<Vec<PathBuf>> {
    Ok(Vec::new())
}

/// How many connections fit: as many as asked for, if the system gives so many open files. Asks it for as many as it may give.
#[cfg(unix)]
pub fn room_for(asked: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let wanted = asked as u64 + SPARE;
    let mut given = now.current.unwrap_or(u64::MAX);
    if given < wanted {
        let more = wanted.min(now.maximum.unwrap_or(u64::MAX));
        if setrlimit(Resource::Nofile, Rlimit { current: Some(more), maximum: now.maximum }).is_ok() {
            given = more;
        }
    }
    let room = given.saturating_sub(SPARE).max(16);
    asked.min(usize::try_from(room).unwrap_or(usize::MAX))
}

/// Elsewhere the number asked for stands.
#[cfg(not(unix))]
pub fn room_for(asked: usize) -> usize {
    asked
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
    }

    #[test]
    fn m5_a_store_that_others_could_read_is_closed_at_start() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("var");
        for name in ["outbox", "uploads", "files"] {
            std::fs::create_dir_all(data.join(name)).unwrap();
            std::fs::set_permissions(data.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let store = folder.path().join("elsewhere.db");
        for path in [store.clone(), folder.path().join("elsewhere.db-wal"), data.join("feed.key")] {
            std::fs::write(&path, "secret").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
        let config = crate::testing::config(&format!("sqlite:{}", store.display()), &data);
        let closed = close(&config).unwrap();
        for path in [&data, &data.join("outbox"), &data.join("uploads"), &data.join("files")] {
            assert_eq!(mode(path), 0o700, "{}", path.display());
            assert!(closed.contains(path), "{closed:?}");
        }
        for path in [&store, &folder.path().join("elsewhere.db-wal"), &data.join("feed.key")] {
            assert_eq!(mode(path), 0o600, "{}", path.display());
        }
        assert!(close(&config).unwrap().is_empty(), "nothing is open any more");
    }

    #[test]
    fn m5_what_is_made_after_the_start_is_private() {
        let folder = tempfile::tempdir().unwrap();
        keep_private();
        std::fs::create_dir(folder.path().join("inner")).unwrap();
        std::fs::write(folder.path().join("file"), "x").unwrap();
        assert_eq!((mode(&folder.path().join("inner")), mode(&folder.path().join("file"))), (0o700, 0o600));
    }
}
