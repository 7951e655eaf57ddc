//! How time and memory grow with the data: a table, and a plot of it in `screenshots`.

use std::{fs, path::Path};

use unrewind::text::{self, Align};

use crate::{
    Args, Outcome,
    contest::{
        Contender,
        Program::{Service, Unrewind},
        arguments, contender, restore,
    },
    measure::{Run, median},
    plot::{self, Panel},
    run, seconds,
    site::Site,
};

/// What is measured while the data grows.
const GROWTH: &[Contender] = &[
    contender("unrewind take", Unrewind, |_| arguments([&"take"])),
    contender("unrewind show", Unrewind, |site| {
        arguments([&"show", &site.snapshot()])
    }),
    contender("unrewind restore --dry-run", Unrewind, |site| {
        arguments([&"restore", &site.snapshot(), &"--dry-run"])
    }),
    contender("unrewind restore", Unrewind, |site| {
        restore(site, &site.live(), "full", &[])
    }),
    contender("service take", Service, |site| {
        arguments([&site.live(), &"take", &site.scratch()])
    }),
    contender("service restore", Service, |site| {
        let copy = site.copy(&site.live())?;
        arguments([&copy, &"restore", &site.snapshot()])
    }),
];

const PLOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/screenshots/growth.svg");

/// Measures every contender on each of the sites, the smallest first.
pub fn measure(sites: &[(u32, Site)], args: &Args) -> anyhow::Result<()> {
    let mut curves: Vec<Vec<(u32, Run)>> = GROWTH.iter().map(|_| Vec::new()).collect();
    for (events, site) in sites {
        let mut outcomes: Vec<Outcome> = GROWTH.iter().map(|_| Ok(Vec::new())).collect();
        for _ in 0..args.runs {
            for (contender, outcome) in GROWTH.iter().zip(&mut outcomes) {
                let Ok(runs) = outcome else { continue };
                match contender.program.command(site, args.service.as_deref()) {
                    Ok(command) => runs.push(run(contender, command, site)?),
                    Err(reason) => *outcome = Err(reason),
                }
            }
        }
        for (curve, outcome) in curves.iter_mut().zip(outcomes) {
            curve.extend(outcome.ok().map(|runs| (*events, middle(&runs))));
        }
        site.clear()?;
    }
    println!("{}", table(sites, &curves));
    fs::write(PLOT, draw(&curves))?;
    println!("{}", Path::new(PLOT).display());
    Ok(())
}

/// The median of each figure.
fn middle(runs: &[Run]) -> Run {
    Run {
        time: median(runs.iter().map(|run| run.time)),
        cpu: median(runs.iter().map(|run| run.cpu)),
        peak: median(runs.iter().map(|run| run.peak)),
        written: None,
    }
}

fn table(sites: &[(u32, Site)], curves: &[Vec<(u32, Run)>]) -> String {
    let head = sites
        .iter()
        .map(|(events, _)| text::count((*events).into()));
    let mut rows = vec![std::iter::once("events".to_owned()).chain(head).collect()];
    for (contender, curve) in GROWTH.iter().zip(curves) {
        let cell = |(_, run): &(u32, Run)| {
            format!(
                "{}, cpu {}, {}",
                seconds(run.time),
                seconds(run.cpu),
                text::size(run.peak)
            )
        };
        let cells = curve.iter().map(cell);
        rows.push(
            std::iter::once(contender.name.to_owned())
                .chain(cells)
                .collect(),
        );
    }
    let mut aligns = vec![Align::Right; sites.len() + 1];
    aligns[0] = Align::Left;
    text::columns(&rows, &aligns)
}

fn draw(curves: &[Vec<(u32, Run)>]) -> String {
    let points = |figure: fn(&Run) -> f64| -> Vec<Vec<(f64, f64)>> {
        let point = |(events, run): &(u32, Run)| (f64::from(*events), figure(run));
        curves
            .iter()
            .map(|curve| curve.iter().map(point).collect())
            .collect()
    };
    let time = Panel {
        title: "time",
        tick: |power| match power {
            ..0 => format!("{} ms", 10_u64.pow((power + 3).unsigned_abs())),
            _ => format!("{} s", 10_u64.pow(power.unsigned_abs())),
        },
        curves: points(|run| run.time.as_secs_f64()),
    };
    let memory = Panel {
        title: "peak memory",
        tick: |power| text::size(10_u64.pow(power.unsigned_abs())).replace(".0", ""),
        curves: points(|run| u32::try_from(run.peak / 1024).map_or(f64::NAN, f64::from) * 1024.0),
    };
    let names: Vec<&str> = GROWTH.iter().map(|contender| contender.name).collect();
    plot::draw(&[time, memory], &names, "events")
}
