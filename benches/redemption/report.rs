use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Duration;

use device_grant::code::GrantId;
use device_grant::host::GrantStore;
use device_grant::testing::stored_in;

use crate::arguments::Run;
use crate::ledger::{Book, Entry};
use crate::node::LEASE;

/// Which attempt the store says was committed, of each grant whose tokens nobody got.
pub(crate) async fn committed(
    book: &Book,
    store: &dyn GrantStore,
) -> BTreeMap<String, Option<String>> {
    let mut committed = BTreeMap::new();
    for (grant, entry) in &book.grants {
        if !entry.delivered.is_empty() {
            continue;
        }
        let id: GrantId = grant.parse().expect("an id");
        let found = store.find(&id).await.expect("the store is there");
        let attempt = found.map(stored_in).and_then(|found| {
            let is_redeemed = found.state == "redeemed";
            found.attempt.filter(|_| is_redeemed)
        });
        let attempt = attempt.map(|attempt| attempt.to_string());
        committed.insert(grant.clone(), attempt);
    }
    committed
}

/// Prints the table; whether everything is as it has to be.
pub(crate) fn print(
    run: &Run,
    book: &Book,
    committed: &BTreeMap<String, Option<String>>,
    took: Duration,
) -> ExitCode {
    let kills = book.killed.iter().filter(|killed| **killed).count();
    let doubled = book
        .grants
        .values()
        .filter(|entry| sets(entry, run) > 1)
        .count();
    let explained = committed.iter().filter(|(grant, attempt)| {
        let by_killed = |(made, worker): &(String, usize)| {
            Some(made) == attempt.as_ref() && book.killed[*worker]
        };
        book.grants[*grant].attempts.iter().any(by_killed)
    });
    let (none, explained) = (committed.len(), explained.count());
    let counts = &book.counts;
    let (store, redelivery) = (run.kind.name(), if run.redelivery { "on" } else { "off" });
    let row = |what: &str, number: String| {
        println!("| {store}, redelivery {redelivery} | {what} | {number} |")
    };
    row("approved grants", book.grants.len().to_string());
    row("processes killed", kills.to_string());
    row(
        "grants with more than one set of tokens delivered",
        doubled.to_string(),
    );
    row("grants with none", none.to_string());
    row(
        "of those, committed by a process that was killed before it answered",
        explained.to_string(),
    );
    row("attempts", counts.attempts.to_string());
    row(
        "calls in which the issuer failed",
        counts.issuer_failures.to_string(),
    );
    row("discards", counts.discards.to_string());
    row("redeliveries", counts.redeliveries.to_string());
    row(
        "polls told to come again: pending",
        counts.pending.to_string(),
    );
    row(
        "polls told to come again: issuer unavailable",
        counts.unavailable.to_string(),
    );
    row(
        "polls told to come again: store failed",
        counts.faults.to_string(),
    );
    row("approval to tokens: median, p99, worst", times(book));
    row("lease", format!("{} s", LEASE.as_secs()));
    row("the run took", format!("{} s", took.as_secs()));
    for wrong in book.wrong.iter().take(10) {
        eprintln!("wrong: {wrong}");
    }
    let is_complete = book.grants.len() == run.grants && !(run.redelivery && none > 0);
    if doubled == 0 && none == explained && book.wrong.is_empty() && is_complete {
        ExitCode::SUCCESS
    } else {
        eprintln!("that is not as it has to be");
        ExitCode::FAILURE
    }
}

/// Returns the number of delivered sets of tokens. With redelivery, an attempt counts once, however often it was answered.
fn sets(entry: &Entry, run: &Run) -> usize {
    if run.redelivery {
        entry.delivered.iter().collect::<BTreeSet<_>>().len()
    } else {
        entry.delivered.len()
    }
}

fn times(book: &Book) -> String {
    let mut times: Vec<i64> = book
        .grants
        .values()
        .filter_map(|entry| Some(entry.delivered_at? - entry.approved_at))
        .collect();
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(place).copied().unwrap_or_default() / 1_000
    };
    format!("{} ms, {} ms, {} ms", at(50), at(99), at(100))
}
