use std::fmt::Write;

use crate::costs::Costs;
use crate::figures::Figures;
use crate::plan::double;
use crate::report::{megabytes, number, seconds};

/// A row for each fleet of which the figures were recorded, for the guide.
pub(crate) fn capacity(recorded: &[Figures], costs: &Costs) -> String {
    let mut table = String::from(
        "| sign-ins on one day | new codes in a second | live codes | longest code | polls in a second, with `Prefer: wait` \
         | processors for statements | processors for HTTP | log of PostgreSQL | rows in PostgreSQL |\n|---:|---:|---:|---|---:|---:|---:|---:|---:|\n",
    );
    // A fleet that was sampled more than once has its closest figures first.
    let mut last = 0;
    for plain in recorded
        .iter()
        .filter(|run| !run.waits && run.devices >= 10_000)
    {
        let waiting = |run: &&Figures| {
            run.waits && run.devices == plain.devices && run.one_in == plain.one_in
        };
        let Some(waiting) = recorded.iter().find(waiting) else {
            continue;
        };
        if std::mem::replace(&mut last, plain.devices) == plain.devices {
            continue;
        }
        let both = |of: &dyn Fn(&Figures) -> f64| {
            format!("{}, {}", number(of(plain)), number(of(waiting)))
        };
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} of {} | {} | {} | {} | {} MB/s | {} |",
            number(double(plain.devices)),
            number(plain.codes_per_second.highest()),
            number(plain.live.highest()),
            plain.longest(),
            plain.codes,
            both(&|run: &Figures| run.polls_per_second.highest()),
            both(&|run: &Figures| costs.processors(&run.busiest)),
            both(&|run: &Figures| costs.http_processors(run)),
            both(&|run: &Figures| costs.wal(&run.busiest) / 1e6),
            megabytes(plain.rows_peak * costs.row_bytes),
        );
    }
    table
}

/// The load test as it was simulated and as it was measured: p50, p99, requests for each sign-in.
pub(crate) fn comparison(runs: &[(Figures, (f64, f64, f64))]) -> String {
    let mut table = String::from(
        "| `Prefer: wait` | | p50 | p99 | requests for each sign-in | `slow_down` |\n|---|---|---:|---:|---:|---:|\n",
    );
    for (run, (p50, p99, requests)) in runs {
        let waits = if run.waits { "yes" } else { "no" };
        let told = run.after_approval;
        let rows = [
            ("simulated", told.p50, told.p99, run.requests_per_sign_in),
            ("measured", *p50, *p99, *requests),
        ];
        for (name, p50, p99, requests) in rows {
            let (p50, p99) = (seconds(p50), seconds(p99));
            let _ = writeln!(
                table,
                "| {waits} | {name} | {p50} | {p99} | {requests:.1} | none |"
            );
        }
    }
    table
}
