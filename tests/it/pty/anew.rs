//! Live disappears while the UI runs: the UI offers to create a new database, and does so only after a yes.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::{assert_quits, close, start, wait_readable};

/// Removes live, or replaces it with these bytes.
fn lose(data: &Path, bytes: Option<&[u8]>) {
    for ending in ["-wal", "-shm", ""] {
        let _ = fs::remove_file(data.join(format!("chat.db{ending}")));
    }
    if let Some(bytes) = bytes {
        fs::write(data.join("chat.db"), bytes).unwrap();
    }
}

#[test]
fn the_ui_offers_to_create_a_new_database_if_live_is_lost() {
    let broken = b"this is no database any more".as_slice();
    for (bytes, message) in [
        (None, "there is no file of that name now"),
        (Some(broken), "nothing is deleted: chat.db"),
    ] {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("demo");
        let live = data.join("chat.db");
        let mut terminal = start(folder.path(), &["demo", "demo"], &[]);
        terminal.wait_for("R recovers").wait_for("all 13");
        lose(&data, bytes);
        let asks = "Make the database anew from";
        terminal.keys("r").wait_for(asks).wait_for(message);
        wait_readable(&mut terminal)
            .keys("<enter>")
            .wait_until(|screen| !screen.contents().contains(asks));
        assert_eq!(fs::read(&live).ok().as_deref(), bytes, "no is the default");
        terminal.keys("r").wait_for(asks);
        wait_readable(&mut terminal)
            .keys("y")
            .wait_for("✓ Made anew");
        let made = rusqlite::Connection::open(&live).unwrap();
        let count = "SELECT count(*) > 1000 FROM event_log";
        assert!(
            made.query_row(count, [], |row| row.get::<_, bool>(0))
                .unwrap()
        );
        let kept = fs::read_dir(&data).unwrap().flatten().any(|file| {
            file.file_name().to_string_lossy().ends_with(".bak")
                && fs::read(file.path()).ok().as_deref() == bytes
        });
        assert_eq!(kept, bytes.is_some());
        close(&mut terminal).wait_for("last event");
        assert_quits(terminal);
    }
}
