//! Undo where the note on a safety snapshot is lost: which restore it was taken for is not known.

use std::fs;

use super::{restored_thrice, undo_error};

#[test]
fn undo_stops_at_a_safety_snapshot_whose_note_cannot_be_read() {
    let contents: [Option<&str>; 3] = [Some("garbage"), Some(""), None];
    for newest_first in [true, false] {
        for content in contents {
            let (sandbox, states) = restored_thrice();
            let stamp = if newest_first {
                "20210315T140000Z"
            } else {
                "20210315T130000Z"
            };
            let rewinds = sandbox.data().join("snapshots/rewind");
            let note = rewinds.join(format!("{stamp}_safety.note"));
            match content {
                Some(content) => fs::write(&note, content).unwrap(),
                None => fs::remove_file(&note).unwrap(),
            }
            if !newest_first {
                sandbox.undo().unwrap();
            }
            let before = sandbox.dump();
            let message = undo_error(sandbox.undo());
            let reason = format!(
                "the restore for which rewind/{stamp}_safety was taken cannot be undone: the note on that safety snapshot is missing or cannot be read"
            );
            assert_eq!(message, reason);
            assert_eq!(sandbox.dump(), before);
            assert_ne!(before, states[1]);
        }
    }
}
