use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use crate::line::{Again, Line};

/// The outcome of each grant.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Default)]
pub(crate) struct Book {
    pub(crate) grants: BTreeMap<String, Entry>,
    pub(crate) counts: Counts,
    /// For each worker, true if it was killed.
    pub(crate) killed: Vec<bool>,
    pub(crate) wrong: Vec<String>,
    /// The number of grants that are not finished.
    pub(crate) open: usize,
}

#[derive(Default)]
pub(crate) struct Entry {
    /// When the approval was acknowledged.
    pub(crate) approved_at: i64,
    /// When tokens were there for the first time.
    pub(crate) delivered_at: Option<i64>,
    /// The attempts whose tokens were delivered, once for each delivery.
    pub(crate) delivered: Vec<String>,
    /// The attempts, and who made them.
    pub(crate) attempts: Vec<(String, usize)>,
    /// The workers for whom the store failed at it.
    pub(crate) faults: Vec<usize>,
    /// The workers whose pollers all came to an end.
    pub(crate) ended: Vec<usize>,
}

#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) attempts: usize,
    pub(crate) redeliveries: usize,
    pub(crate) issuer_failures: usize,
    pub(crate) discards: usize,
    pub(crate) pending: usize,
    pub(crate) unavailable: usize,
    pub(crate) faults: usize,
}

/// The number of desks.
pub(crate) const DESKS: usize = 2;

impl Ledger {
    /// A grant that was approved.
    pub(crate) fn approved(&self, grant: &str, at: i64) {
        let mut book = self.book_mut();
        book.open += 1;
        book.grants.entry(grant.to_owned()).or_default().approved_at = at;
    }

    /// The number of grants that are not finished.
    pub(crate) fn open(&self) -> usize {
        self.book_mut().open
    }

    /// The number of a new worker.
    pub(crate) fn hire(&self) -> usize {
        let mut book = self.book_mut();
        book.killed.push(false);
        book.killed.len() - 1
    }

    /// A worker was killed.
    pub(crate) fn dismiss(&self, worker: usize) {
        self.book_mut().killed[worker] = true;
    }

    pub(crate) fn book(&self, worker: usize, line: Line) {
        let mut book = self.book_mut();
        let book = &mut *book;
        let counts = &mut book.counts;
        match line {
            Line::Attempt { grant, attempt } => {
                counts.attempts += 1;
                let entry = book.grants.entry(grant).or_default();
                entry.attempts.push((attempt, worker));
            }
            Line::Redelivery => counts.redeliveries += 1,
            Line::IssuerFailed => counts.issuer_failures += 1,
            Line::Discard => counts.discards += 1,
            Line::Delivered { grant, attempt, at } => {
                let entry = book.grants.entry(grant).or_default();
                entry.delivered_at.get_or_insert(at);
                entry.delivered.push(attempt);
            }
            Line::Again(Again::Pending) => counts.pending += 1,
            Line::Again(Again::Unavailable) => counts.unavailable += 1,
            Line::Fault { grant } => {
                counts.faults += 1;
                book.grants.entry(grant).or_default().faults.push(worker);
            }
            Line::Wrong(what) => book.wrong.push(what),
            Line::Ended { grant } => {
                let entry = book.grants.entry(grant).or_default();
                entry.ended.push(worker);
                if entry.ended.len() == DESKS {
                    book.open -= 1;
                }
            }
        }
    }

    pub(crate) fn close(self) -> Book {
        self.0.into_inner().expect("nobody panicked")
    }

    fn book_mut(&self) -> MutexGuard<'_, Book> {
        self.0.lock().expect("nobody panicked")
    }
}
