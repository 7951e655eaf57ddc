//! The header: what it warns of, and how much of it fits.

use unrewind::{
    core::{Counts, Coverage, Replay},
    tui::{LiveView, Reply, Slot},
};

use crate::{sandbox::Sandbox, screen::Tui};

#[test]
fn the_header_shows_every_warning_and_a_key_explains_them() {
    let mut tui = Sandbox::demo().tui(80, 24);
    tui.hold(Slot::Refresh);
    let warnings = |outside: usize, lacking: &[&str], rows_back| LiveView {
        path: "/home/robin/chat.db".into(),
        size: 12_345,
        counts: Counts {
            last_event_id: 1_487,
            tables: Vec::new(),
        },
        since_newest: Some(5),
        since_periodic: Some(5),
        coverage: Coverage {
            outside: (0..outside)
                .map(|number| format!("notes_{number}"))
                .collect(),
            lacking: lacking.iter().map(ToString::to_string).collect(),
            ..Coverage::default()
        },
        description: "data/unrewind.toml".into(),
        archive: std::sync::Arc::default(),
        replay: Replay::Nothing,
        rows_back,
        shadows: Vec::new(),
    };
    let header = |tui: &Tui| tui.frame().lines().nth(1).unwrap().trim().to_owned();
    let cases = [
        (
            warnings(8, &[], 0),
            "! R recovers 72 events   ! 8 tables in no snapshot   L explains",
        ),
        (
            warnings(8, &["memoriez"], 0),
            "! R recovers 72 events   ! 8 tables not held, 1 unknown   L explains",
        ),
        (
            warnings(0, &[], 4),
            "! R recovers 72 events   ! take a periodic snapshot   L explains",
        ),
        (
            warnings(8, &["memoriez"], 4),
            "! R recovers 72 events rewound 11 min ago   ! 2 more   L explains",
        ),
    ];
    for (live, expected) in cases {
        tui.keys("<f5>").answer(Reply::Live(Ok(live)));
        assert_eq!(header(&tui), expected);
    }
    let explained = tui.keys("L").dialog().unwrap();
    for part in [
        "notes_7",
        "no table memoriez",
        "brings 4 rewound events' rows",
    ] {
        assert!(explained.contains(part), "{part}: {explained}");
    }
}
