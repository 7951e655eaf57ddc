//! Listing: which files are snapshots, their order, and which are damaged, without reading whole
//! files.

use std::{
    fs::{self, File},
    io::{Seek, SeekFrom, Write},
};

use chrono::TimeDelta;
use unrewind::core::{Damage, Id, Kind, Stamp};

use crate::sandbox::{Sandbox, at};

const WHOLE: &str =
    r#"{"last_event_id": 7, "event_log": [{"id": 7, "text": "a, \"b\""}], "bots": []}"#;

/// Why a file with these bytes is listed as damaged, if it is.
fn damage(bytes: impl AsRef<[u8]>) -> Option<String> {
    let snapshot = Sandbox::without_tables().put(Kind::Periodic, at(0), bytes);
    reason(snapshot.damage)
}

fn reason(damage: Option<Damage>) -> Option<String> {
    damage.map(|damage| match damage {
        Damage::Bytes(reason) => reason,
        _ => panic!("{damage}"),
    })
}

/// A snapshot long enough that its first and last kilobytes are not all of it.
fn long(text: &str) -> String {
    let rows: Vec<String> = (0..400)
        .map(|id| format!(r#"{{"id": {id}, "text": "{text}", "kind": null}}"#))
        .collect();
    format!(
        r#"{{"last_event_id": 399, "event_log": [{}], "bots": []}}"#,
        rows.join(", ")
    )
}

#[test]
fn both_kinds_are_listed_together_newest_first() {
    let sandbox = Sandbox::new();
    for (kind, minute) in [
        (Kind::Rewind, 10),
        (Kind::Periodic, 20),
        (Kind::Periodic, 0),
        (Kind::Rewind, 20),
        (Kind::Rewind, 5),
    ] {
        sandbox.put(kind, at(minute), WHOLE);
    }
    let names: Vec<String> = sandbox
        .list()
        .iter()
        .map(unrewind::core::Snapshot::name)
        .collect();
    let expected = [
        "rewind/20210314T122000Z",
        "periodic/20210314T122000Z",
        "rewind/20210314T121000Z",
        "rewind/20210314T120500Z",
        "periodic/20210314T120000Z",
    ];
    assert_eq!(names, expected);
    let periodic = sandbox.store().list(&[Kind::Periodic]).unwrap();
    assert!(
        periodic
            .iter()
            .all(|snapshot| snapshot.kind() == Some(Kind::Periodic))
    );
    assert_eq!(periodic.len(), 2);
}

#[test]
fn a_snapshot_is_listed_with_its_size_times_and_last_event() {
    let sandbox = Sandbox::new();
    sandbox.put(Kind::Rewind, at(0), WHOLE);
    crate::sandbox::age(&sandbox.list()[0].path, at(90));
    let snapshot = sandbox.list().remove(0);
    assert_eq!(snapshot.size, WHOLE.len() as u64);
    assert_eq!((snapshot.taken_at(), snapshot.modified), (at(0), at(90)));
    assert_eq!(snapshot.last_event_id, Some(7));
    assert_eq!(snapshot.damage, None);
}

#[test]
fn the_time_of_a_snapshot_is_that_of_its_stamp() {
    let sandbox = Sandbox::new();
    for minute in [0, 10] {
        let snapshot = sandbox.put(Kind::Rewind, at(minute), WHOLE);
        crate::sandbox::age(&snapshot.path, at(-minute));
    }
    assert_eq!(sandbox.list()[0].taken_at(), at(10));
}

#[test]
fn the_list_is_empty_without_a_folder() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.list(), []);
    fs::create_dir_all(sandbox.data().join("snapshots/rewind")).unwrap();
    assert_eq!(sandbox.list(), []);
}

#[test]
fn files_with_other_names_are_ignored() {
    let sandbox = Sandbox::new();
    let kept = sandbox.put(Kind::Rewind, at(0), WHOLE);
    let folder = kept.path.parent().unwrap();
    let others = [
        "20210314T120001Z.json.tmp",
        "20210314T120002Z.json.gz",
        "20210314T120003Z.JSON",
        "20210314T120004Z",
        "20210314T120005.json",
        "20210314T120060Z.json",
        "20211314T120006Z.json",
        "2021-03-14T12:00:07Z.json",
        "copy of 20210314T120008Z.json",
        "20210314T120009Z (1).json",
        "+20210314T120009Z.json",
        "20210314t120009z.json",
        ".unrewind-x.tmp",
        ".20210314T120010Z.json",
        "notes.txt",
    ];
    for name in others {
        fs::write(folder.join(name), WHOLE).unwrap();
    }
    fs::create_dir(folder.parent().unwrap().join("hourly")).unwrap();
    fs::write(
        folder
            .parent()
            .unwrap()
            .join("hourly/20210314T120000Z.json"),
        WHOLE,
    )
    .unwrap();
    assert_eq!(sandbox.list(), [kept]);
}

#[test]
fn an_intact_snapshot_is_not_listed_as_damaged() {
    let intact = [
        WHOLE,
        "{}",
        r#"{"last_event_id": 3}"#,
        r#"{"last_event_id": 3, "event_log": []}"#,
        "\n {\"event_log\" : [ ] , \"last_event_id\" : 3 } \n",
        r#"{"bots": [{"name": "]}"}]}"#,
        r#"{"bots": [{"name": "\\"}]}"#,
        r#"{"bots": [{"name": "\\\""}], "chats": [ ]  }"#,
        &long("plain"),
        &long(r#"{\"a\": [1, {\"b\": \"\\\"\"}]}"#),
        &long(&"x".repeat(5000)),
        &long(&"\\\"".repeat(2500)),
    ];
    for bytes in intact {
        assert_eq!(damage(bytes), None, "{bytes:.80}");
    }
}

#[test]
fn an_intact_snapshot_is_not_damaged_at_any_offset_of_its_last_kilobytes() {
    for shift in 0..32 {
        for escapes in [r#"\""#, r#"\\\""#, r"\\n"] {
            let text = format!("{}{}", escapes.repeat(20), "x".repeat(shift));
            assert_eq!(damage(long(&text)), None, "{escapes} {shift}");
        }
    }
}

#[test]
fn a_file_that_is_not_a_snapshot_is_listed_with_the_reason() {
    let not_a_snapshot = Some("not a snapshot: it does not begin with {".to_owned());
    assert_eq!(damage(""), Some("the file is empty".to_owned()));
    assert_eq!(damage(" \n\t"), Some("the file is empty".to_owned()));
    for bytes in ["[]", "null", "SQLite format 3\0", "<html>{}"] {
        assert_eq!(damage(bytes), not_a_snapshot, "{bytes}");
    }
    // A byte order mark before the text is no damage; what follows is checked.
    assert_eq!(damage("\u{feff}[]"), not_a_snapshot);
    let folder = Sandbox::new();
    let path = folder.put(Kind::Rewind, at(0), WHOLE).path;
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(
        reason(folder.list()[0].damage.clone()),
        Some("not a file".to_owned())
    );
}

#[cfg(unix)]
#[test]
fn a_link_is_listed_as_damaged_whatever_its_target() {
    let sandbox = Sandbox::new();
    sandbox.put(Kind::Rewind, at(0), WHOLE);
    for (minute, target) in [
        (10, "nowhere"),
        (20, "20210314T122000Z.json"),
        (30, "/dev/null"),
        (40, "20210314T120000Z.json"),
    ] {
        let link = sandbox.put(Kind::Rewind, at(minute), WHOLE).path;
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(target, link).unwrap();
    }
    let listed = sandbox.list().into_iter();
    let damages: Vec<_> = listed.map(|snapshot| reason(snapshot.damage)).collect();
    let link = || Some("a symbolic link; replace it with the file".to_owned());
    assert_eq!(damages, [link(), link(), link(), link(), None]);
    let ran = sandbox.run(&["verify"]);
    assert_eq!((ran.code, &*ran.err), (1, ""));
    let line = "damaged  a symbolic link; replace it with the file\n";
    assert_eq!(ran.out.matches(line).count(), 4, "{}", ran.out);
    for arguments in [
        &["restore", "20210314T124000Z", "--yes"][..],
        &["show", "20210314T124000Z"],
        &["diff", "20210314T124000Z"],
        &["pin", "20210314T124000Z"],
    ] {
        let refused = sandbox.run(arguments);
        let message = "20210314T124000Z.json is a symbolic link; replace it with the file\n";
        let is_refused = refused.code != 0 && refused.err.contains(message);
        assert!(is_refused, "{arguments:?}: {refused:?}");
    }
    assert_eq!(sandbox.run(&["show", "latest"]).code, 0);
}

#[cfg(unix)]
#[test]
fn a_link_outside_the_folders_names_its_target_snapshot() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let link = sandbox.path().join("newest.json");
    std::os::unix::fs::symlink(&taken.path, &link).unwrap();
    let ran = sandbox.run(&["show", "./newest.json"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
}

#[test]
fn a_name_may_have_the_separator_of_the_system() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let name = taken.name().replace('/', std::path::MAIN_SEPARATOR_STR);
    let ran = sandbox.run(&["show", &name]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
}

#[test]
fn a_truncated_file_is_listed_as_cut_short() {
    let cut = Some("cut short".to_owned());
    for length in 1..WHOLE.len() {
        assert_eq!(damage(&WHOLE[..length]), cut, "{}", &WHOLE[..length]);
    }
    let text = r#"he said \"]}\" and: {\"a\": [1, 2]}"#;
    let long = long(text);
    let ends = [
        ("behind a row's brace", r#""kind": null}"#, 13),
        ("behind a row's comma", r#""kind": null}, "#, 15),
        (
            "inside a text that ends as a snapshot does",
            r#"he said \"]}"#,
            12,
        ),
        ("inside a text, behind an array and a brace", r"[1, 2]}", 7),
        ("inside a text, behind a backslash", r"he said \", 9),
        ("behind a text", r#"]}""#, 3),
        ("behind a key", r#""kind""#, 6),
        ("behind a table", r"null}]", 6),
    ];
    for (place, end, length) in ends {
        let last = long.rfind(end).unwrap() + length;
        assert_eq!(damage(&long[..last]), cut, "cut {place}");
    }
}

#[test]
fn white_space_after_a_snapshot_is_no_damage() {
    for length in [1, 300, 5000] {
        assert_eq!(damage(format!("{WHOLE}{}", " \n".repeat(length))), None);
    }
}

#[test]
fn a_file_truncated_inside_numbers_in_a_text_is_listed_as_cut_short() {
    let numbers: Vec<String> = (0..2000).map(|number| format!("0.{number}")).collect();
    let long = long(&format!("[{}]}}", numbers.join(", ")));
    let last = long.rfind("0.1999]}").unwrap() + 8;
    assert_eq!(damage(&long[..last]), Some("cut short".to_owned()));
}

#[test]
fn a_file_truncated_inside_a_text_of_brackets_is_listed_as_cut_short() {
    for numbers in [0, 50, 150, 1000] {
        let long = long(&format!("{}[]}}", "1, ".repeat(numbers)));
        let last = long.rfind(r#"[]}", "kind"#).unwrap() + 3;
        let found = damage(&long[..last]);
        assert_eq!(found, Some("cut short".to_owned()), "behind {numbers}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_is_listed_as_damaged_without_waiting_for_it() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let sandbox = Sandbox::new();
    let path = sandbox.put(Kind::Rewind, at(0), WHOLE).path;
    fs::remove_file(&path).unwrap();
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR, 0).unwrap();
    assert_eq!(
        reason(sandbox.list()[0].damage.clone()),
        Some("not a file".to_owned())
    );
}

#[test]
fn a_damaged_file_hides_no_other_snapshot() {
    let sandbox = Sandbox::new();
    sandbox.put(Kind::Rewind, at(0), WHOLE);
    sandbox.put(Kind::Rewind, at(10), "");
    sandbox.put(Kind::Periodic, at(20), &WHOLE[..40]);
    let listed: Vec<_> = sandbox
        .list()
        .iter()
        .map(|snapshot| (snapshot.taken_at(), snapshot.is_intact()))
        .collect();
    assert_eq!(listed, [(at(20), false), (at(10), false), (at(0), true)]);
    assert_eq!(sandbox.list()[0].last_event_id, Some(7));
}

#[test]
fn ten_thousand_large_snapshots_are_listed_by_their_ends() {
    const COUNT: i64 = 10_000;
    const LENGTH: u64 = 100_000_000;
    let sandbox = Sandbox::new();
    let rows = vec![r#"{"id": 7}"#; 600].join(", ");
    let head = format!(r#"{{"last_event_id": 7, "event_log": [{rows}"#);
    let tail = format!(r#"{rows}], "bots": []}}"#);
    // Between the ends is a hole, which is not JSON. All the files are links to one, to save time.
    let first = sandbox.put(Kind::Rewind, at(0), head).path;
    let mut file = File::options().write(true).open(&first).unwrap();
    file.seek(SeekFrom::Start(LENGTH - tail.len() as u64))
        .unwrap();
    file.write_all(tail.as_bytes()).unwrap();
    for second in 1..COUNT {
        let stamp = Stamp::at(at(0) + TimeDelta::seconds(second));
        let path = sandbox.store().path(Id::plain(Kind::Rewind, stamp));
        fs::hard_link(&first, path).unwrap();
    }
    let listed = sandbox.list();
    assert_eq!(listed.len(), 10_000);
    assert_eq!(listed[0].taken_at(), at(0) + TimeDelta::seconds(COUNT - 1));
    for snapshot in listed {
        let (size, last_event_id) = (snapshot.size, snapshot.last_event_id);
        assert_eq!(
            (size, last_event_id, snapshot.damage),
            (LENGTH, Some(7), None)
        );
    }
}

#[test]
fn list_warns_of_a_file_that_the_application_would_load_as_the_newest() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Periodic, at(0));
    assert_eq!(sandbox.run(&["list"]).err, "");
    for (name, warns) in [("2021-copy.json", false), ("zz-copy.json", true)] {
        fs::copy(&snapshot.path, snapshot.path.with_file_name(name)).unwrap();
        assert_eq!(sandbox.run(&["list"]).err.contains(name), warns, "{name}");
    }
}
