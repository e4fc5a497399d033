use std::path::Path;

use crate::costs::{self, Costs};
use crate::documents;
use crate::figures::Figures;
use crate::plan::{Plan, double};
use crate::report;
use crate::simulation::simulate;
use crate::tally::Counts;

/// Small enough for an unoptimized build.
const FEW: u64 = 300;

fn counted(plan: &Plan) -> Counts {
    simulate(plan, |_| ()).unwrap()
}

fn figures(plan: &Plan) -> Figures {
    Figures::new(plan, &counted(plan))
}

fn is_near(one: f64, other: f64, tolerance: f64) -> bool {
    (one - other).abs() <= tolerance * one.abs().max(other.abs())
}

#[test]
fn every_device_comes_to_one_end() {
    for waits in [false, true] {
        let counts = counted(&Plan::day(FEW, 1, waits));
        let ends = counts.signed_in + counts.denied + counts.expired + counts.without_codes;
        assert_eq!(ends, FEW, "{waits}");
        assert!(counts.expired > FEW / 10 && counts.denied > 0, "{waits}");
        assert_eq!(counts.buckets.last().unwrap().live, 0, "{waits}");
    }
}

/// Little's law.
#[test]
fn live_codes_are_their_rate_times_their_time() {
    for waits in [false, true] {
        let plan = Plan::day(FEW, 1, waits);
        let figures = figures(&plan);
        let expected = figures.codes_per_second.mean * figures.live_time;
        let live = figures.live.mean;
        assert!(is_near(live, expected, 0.05), "{live} {expected}");
    }
}

#[test]
fn polls_that_wait_are_fewer_and_the_tokens_come_sooner() {
    let [plain, waiting] = [false, true].map(|waits| figures(&Plan::day(FEW, 1, waits)));
    assert!(waiting.polls_per_second.mean < plain.polls_per_second.mean / 2.0);
    assert!(waiting.after_approval.p50 < plain.after_approval.p50 / 10.0);
    assert!(waiting.waiting_peak > 0.0 && plain.waiting_peak == 0.0);
    // The store is looked at once in each interval all the same.
    let (waits, plain) = (waiting.statements_per_second, plain.statements_per_second);
    assert!(is_near(waits.mean, plain.mean, 0.3), "{waits:?} {plain:?}");
}

#[test]
fn devices_that_keep_the_interval_are_never_slowed() {
    let careful = Plan {
        hasty: 0.0,
        by_timer: 0.0,
        ..Plan::day(FEW, 1, false)
    };
    assert_eq!(figures(&careful).slow_down_share, 0.0);
    let hasty = Plan {
        hasty: 0.5,
        ..careful
    };
    assert!(figures(&hasty).slow_down_share > 0.2);
}

#[test]
fn a_seed_is_one_day() {
    let plan = Plan::day(FEW / 4, 1, true);
    let once = figures(&plan);
    assert_eq!(figures(&plan), once);
    assert_ne!(figures(&Plan { seed: 2, ..plan }), once);
}

/// The rows of `tests/operations/fleet.rs` in docs/stores.md.
fn measured(waits: bool) -> (f64, f64, f64) {
    let page = include_str!("../../docs/stores.md");
    let row = if waits {
        "| memory, 1 | yes |"
    } else {
        "| memory, 1 | no |"
    };
    let row = page
        .lines()
        .find_map(|line| line.strip_prefix(row))
        .unwrap();
    let mut numbers = row.split('|').map(|cell| {
        let cell = cell.trim().trim_end_matches(" ms").replace(',', "");
        cell.parse::<f64>().unwrap_or_default()
    });
    let mut next = || numbers.next().unwrap();
    (next() / 1e3, next() / 1e3, next())
}

#[test]
fn the_load_test_is_simulated_as_it_was_measured() {
    for waits in [false, true] {
        let figures = figures(&Plan::load_test(waits));
        let (p50, p99, requests) = measured(waits);
        let simulated = figures.requests_per_sign_in;
        assert!(is_near(simulated, requests, 0.2), "{simulated} {requests}");
        // That test ends at the first `slow_down`.
        assert_eq!(figures.slow_down_share, 0.0);
        for (simulated, measured) in [
            (figures.after_approval.p50, p50),
            (figures.after_approval.p99, p99),
        ] {
            // The simulated server takes no time: so many milliseconds less are no matter.
            let is_alike = is_near(simulated, measured, 0.2) || (simulated - measured).abs() < 0.02;
            assert!(is_alike, "{simulated} {measured}");
        }
    }
}

#[test]
#[ignore = "takes minutes unless optimized: scripts/test-long runs it"]
fn a_sample_is_like_its_fleet() {
    for waits in [false, true] {
        let [all, sample] = [1, 4].map(|one_in| figures(&Plan::day(100_000, one_in, waits)));
        let figures = |of: &Figures| {
            [
                of.polls_per_second.mean,
                of.polls_per_second.launch,
                of.statements_per_second.mean,
                of.live.launch,
                of.requests_per_sign_in,
                of.signed_in,
                of.rows_peak,
            ]
        };
        for (one, other) in figures(&all).into_iter().zip(figures(&sample)) {
            assert!(is_near(one, other, 0.1), "{all:?}\n{sample:?}");
        }
        assert_eq!(all.longest(), sample.longest());
    }
}

#[test]
fn the_costs_of_http_are_those_that_were_measured() {
    let page = include_str!("../../docs/performance.md");
    let row = "| device-grant, example server |";
    let row = page.lines().find_map(|line| line.strip_prefix(row));
    let micros = row.unwrap().split('|').filter_map(|cell| {
        let micros = cell.trim().strip_suffix(" µs")?;
        micros.parse().ok()
    });
    let costs = Costs::read().unwrap();
    let [codes, poll] = [costs.codes_micros, costs.poll_micros];
    assert_eq!(micros.collect::<Vec<f64>>(), [codes, poll]);
}

/// The runs of `examples/fleet/record`.
fn recorded() -> Vec<Figures> {
    let lines = include_str!("recorded.jsonl").lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_recorded_day_is_what_this_version_simulates() {
    for run in recorded().iter().filter(|run| run.devices == 500) {
        let again = figures(&Plan::day(500, 1, run.waits));
        for (recorded, again) in [
            (run.polls_per_second.mean, again.polls_per_second.mean),
            (
                run.statements_per_second.mean,
                again.statements_per_second.mean,
            ),
            (run.live.mean, again.live.mean),
            (run.requests_per_sign_in, again.requests_per_sign_in),
            (run.slow_down_share, again.slow_down_share),
            (run.after_approval.p50, again.after_approval.p50),
            (run.after_approval.p99, again.after_approval.p99),
        ] {
            let is_same = is_near(recorded, again, 0.05);
            assert!(is_same, "run examples/fleet/record: {recorded} {again}");
        }
    }
}

/// Compares a part of a document, between two comments, with what was recorded. With `WRITE_DOCS=1` it writes it instead.
fn assert_document(path: &str, name: &str, table: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join(path)).unwrap();
    let (begin, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let (before, rest) = page.split_once(&begin).unwrap();
    let (shown, after) = rest.split_once(&end).unwrap();
    if std::env::var_os("WRITE_DOCS").is_some() {
        let page = format!("{before}{begin}{table}{end}{after}");
        std::fs::write(root.join(path), page).unwrap();
    } else {
        assert_eq!(shown, table, "{path}: run this test with WRITE_DOCS=1");
    }
}

#[test]
fn the_documents_have_the_recorded_figures() {
    let (recorded, costs) = (recorded(), Costs::read().unwrap());
    let of = |devices: u64| -> Vec<Figures> {
        let runs = recorded.iter().filter(|run| run.devices == devices);
        runs.cloned().collect()
    };
    let page = "docs/fleet.md";
    assert_document(page, "a million", &report::table(&of(1_000_000), &costs));
    assert_document(
        page,
        "hundred million",
        &report::table(&of(100_000_000), &costs),
    );
    assert_document(page, "sample", &report::table(&of(100_000), &costs));
    let load_test = [false, true].map(|waits| (figures(&Plan::load_test(waits)), measured(waits)));
    assert_document(page, "load test", &documents::comparison(&load_test));
    assert_document(
        "src/guide/operating.md",
        "capacity",
        &documents::capacity(&recorded, &costs),
    );
}

#[test]
fn every_cost_has_a_unit_and_says_what_it_is() {
    Costs::read().unwrap();
    let mut lines = costs::FILE.lines();
    assert!(lines.next().unwrap().starts_with("# Measured on 20"));
    for line in lines.filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(cells.len(), 4, "{line}");
        assert!(double(cells[1].parse().unwrap()) > 0.0, "{line}");
        assert!(
            ["us", "B"].contains(&cells[2]) && cells[3].len() > 10,
            "{line}"
        );
    }
}
