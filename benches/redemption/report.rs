use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Duration;

use device_grant::code::GrantId;
use device_grant::host::GrantStore;
use device_grant::testing::stored_in;

use crate::arguments::Run;
use crate::ledger::{Book, Counts, Entry};

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

/// "Explained" are grants without tokens that a process committed that was killed before it answered, or for which the store failed.
/// "Again" counts polls that have to come again: they are pending, the issuer is unavailable, or the store failed.
const HEADER: &str = "\
| store | redelivery | grants | kills | more than one set of tokens | no tokens | explained | attempts | issuer failed \
| discards | redeliveries | again: pending | again: issuer | again: store | approval to tokens: median, p99, worst | time |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|";

/// Prints the outcome as a table of one row; whether everything is as it has to be.
pub(crate) fn print(
    run: &Run,
    book: &Book,
    committed: &BTreeMap<String, Option<String>>,
    took: Duration,
) -> ExitCode {
    let doubled = book.grants.values();
    let doubled = doubled.filter(|entry| sets(entry, run) > 1).count();
    let (none, explained) = (committed.len(), explained(book, committed));
    println!(
        "{HEADER}\n| {} | {} | {} | {} | {doubled} | {none} | {explained} | {} | {} | {} s |",
        run.kind.name(),
        run.redelivery_name(),
        book.grants.len(),
        book.killed.iter().filter(|killed| **killed).count(),
        counts(&book.counts),
        times(book),
        took.as_secs(),
    );
    for wrong in book.wrong.iter().take(10) {
        eprintln!("{run}: wrong: {wrong}");
    }
    let is_complete = book.grants.len() == run.grants && !(run.redelivery && none > 0);
    if doubled == 0 && none == explained && book.wrong.is_empty() && is_complete {
        ExitCode::SUCCESS
    } else {
        eprintln!("{run}: that is not as it has to be");
        ExitCode::FAILURE
    }
}

/// The number of grants whose tokens were committed by a process that was killed before it answered, or for which the store failed
/// to say that they were committed.
fn explained(book: &Book, committed: &BTreeMap<String, Option<String>>) -> usize {
    let is_explained = |(grant, attempt): &(&String, &Option<String>)| {
        let entry = &book.grants[*grant];
        let has_lost_them = |(made, worker): &(String, usize)| {
            // Who was killed later had answered all of its pollers.
            let in_time = book.killed[*worker] && !entry.ended.contains(worker);
            Some(made) == attempt.as_ref() && (in_time || entry.faults.contains(worker))
        };
        entry.attempts.iter().any(has_lost_them)
    };
    committed.iter().filter(is_explained).count()
}

/// The cells from "attempts" to the last "again".
fn counts(counts: &Counts) -> String {
    let cells = [
        counts.attempts,
        counts.issuer_failures,
        counts.discards,
        counts.redeliveries,
        counts.pending,
        counts.unavailable,
        counts.faults,
    ];
    cells.map(|count| count.to_string()).join(" | ")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;
    use crate::line::Line;

    const GRANT: &str = "grant";

    /// Returns how many grants are explained of one that nobody got tokens for, if these are the lines of the worker that committed.
    fn explained_by(lines: &[&str], is_killed: bool) -> usize {
        let ledger = Ledger::default();
        let worker = ledger.hire();
        ledger.approved(GRANT, 0);
        for line in ["attempt grant 1"].iter().chain(lines) {
            ledger.book(worker, Line::parse(line).unwrap());
        }
        if is_killed {
            ledger.dismiss(worker);
        }
        let committed = BTreeMap::from([(GRANT.to_owned(), Some("1".to_owned()))]);
        explained(&ledger.close(), &committed)
    }

    #[test]
    fn tokens_are_lost_only_by_who_was_killed_before_it_answered_or_met_a_fault_of_the_store() {
        assert_eq!(explained_by(&[], true), 1);
        assert_eq!(explained_by(&[], false), 0);
        assert_eq!(explained_by(&["ended grant"], true), 0);
        assert_eq!(explained_by(&["ended another"], true), 1);
        for is_killed in [false, true] {
            assert_eq!(explained_by(&["fault grant", "ended grant"], is_killed), 1);
        }
    }
}
