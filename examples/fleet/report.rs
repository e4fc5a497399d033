use std::fmt::Write;

use crate::costs::Costs;
use crate::figures::Figures;
use crate::plan::double;

/// A column for each run, a row for each figure.
pub(crate) fn table(runs: &[Figures], costs: &Costs) -> String {
    let mut table = String::from("|");
    for run in runs {
        let waits = if run.waits { ", `Prefer: wait`" } else { "" };
        let _ = write!(table, " | {}{waits}", number(double(run.devices)));
    }
    let _ = writeln!(table, " |\n|---{}|", "|---:".repeat(runs.len()));
    for (name, value) in ROWS {
        let _ = write!(table, "| {name}");
        for run in runs {
            let _ = write!(table, " | {}", value(run, costs));
        }
        table.push_str(" |\n");
    }
    table
}

type Value = fn(&Figures, &Costs) -> String;

const ROWS: [(&str, Value); 25] = [
    ("simulated", |run, _| format!("one in {}", run.one_in)),
    ("user codes", |run, _| run.codes.clone()),
    ("signed in", |run, _| number(run.signed_in)),
    ("codes expired", |run, _| number(run.expired)),
    ("requests for codes refused", |run, _| number(run.refused)),
    ("devices that got no codes", |run, _| {
        number(run.without_codes)
    }),
    ("entries of codes answered 429", |run, _| {
        number(run.turned_away)
    }),
    ("new codes in a second, mean", |run, _| {
        number(run.codes_per_second.mean)
    }),
    ("new codes in a second, peak", |run, _| {
        number(run.codes_per_second.highest())
    }),
    ("polls in a second, mean", |run, _| {
        number(run.polls_per_second.mean)
    }),
    ("polls in a second, peak of the evening", |run, _| {
        number(run.polls_per_second.peak)
    }),
    ("polls in a second, peak of the launch", |run, _| {
        number(run.polls_per_second.launch)
    }),
    ("polls in a second, peak after the outage", |run, _| {
        number(run.polls_per_second.outage)
    }),
    ("requests for each sign-in", |run, _| {
        number(run.requests_per_sign_in)
    }),
    ("polls answered `slow_down`", |run, _| {
        format!("{:.1} %", run.slow_down_share * 100.0)
    }),
    ("approval to tokens, p50", |run, _| {
        seconds(run.after_approval.p50)
    }),
    ("approval to tokens, p99", |run, _| {
        seconds(run.after_approval.p99)
    }),
    ("statements in a second, peak", |run, _| {
        number(run.statements_per_second.highest())
    }),
    ("PostgreSQL's WAL, peak", |run, costs| {
        format!("{} MB/s", number(costs.wal(&run.busiest) / 1e6))
    }),
    ("processors busy with statements, peak", |run, costs| {
        number(costs.processors(&run.busiest))
    }),
    ("processors busy with HTTP, peak", |run, costs| {
        number(costs.http_processors(run))
    }),
    ("live codes, peak", |run, _| number(run.live.highest())),
    ("waiting polls, peak; their memory", |run, costs| {
        let bytes = run.waiting_peak * costs.waiting_bytes;
        format!("{}; {}", number(run.waiting_peak), megabytes(bytes))
    }),
    ("rows, peak; their size in PostgreSQL", |run, costs| {
        let bytes = run.rows_peak * costs.row_bytes;
        format!("{}; {}", number(run.rows_peak), megabytes(bytes))
    }),
    ("longest code that at least 1 % got", |run, _| {
        format!("{} characters", run.longest())
    }),
];

pub(crate) fn megabytes(bytes: f64) -> String {
    if bytes < 1e9 {
        format!("{} MB", number(bytes / 1e6))
    } else {
        format!("{} GB", number(bytes / 1e9))
    }
}

pub(crate) fn seconds(value: f64) -> String {
    if value < 1.0 {
        format!("{:.0} ms", value * 1e3)
    } else {
        format!("{value:.2} s")
    }
}

/// Three digits, with commas.
pub(crate) fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 100.0 && value.fract() != 0.0 {
        let places = if value.abs() < 10.0 { 2 } else { 1 };
        return format!("{value:.places$}");
    }
    let scale = 10_f64.powf((value.abs().max(1.0).log10().floor() - 2.0).max(0.0));
    let digits = format!("{:.0}", (value / scale).round() * scale);
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
