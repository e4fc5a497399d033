//! The check that requests reach a layer in a host's app.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::device_grants::Problem;

/// The identity of a layer, which its clones share.
#[derive(Clone, Default)]
pub(super) struct Mark(Arc<()>);

/// The mark of a request that looks for layers. It is an extension, so no request from outside has it.
#[derive(Clone)]
pub(super) struct Probe(Arc<Met>);

struct Met {
    looked_for: Mark,
    looked_for_times: AtomicUsize,
    others: AtomicUsize,
}

impl Probe {
    pub(super) fn of(looked_for: &Mark) -> Self {
        Self(Arc::new(Met {
            looked_for: looked_for.clone(),
            looked_for_times: AtomicUsize::new(0),
            others: AtomicUsize::new(0),
        }))
    }

    /// Takes note of a layer that would answer.
    pub(super) fn meet(&self, mark: &Mark) {
        let met = &self.0;
        let counter = if Arc::ptr_eq(&mark.0, &met.looked_for.0) {
            &met.looked_for_times
        } else {
            &met.others
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The problem with what was asked, if there is one.
    pub(super) fn problem(&self, asked: &str) -> Option<Problem> {
        let times = self.0.looked_for_times.load(Ordering::Relaxed);
        let others = self.0.others.load(Ordering::Relaxed);
        match (times, others) {
            (0, 0) => Some(misplaced(
                format!("is not reached by {asked}"),
                "add the layer to the outermost router, after its last route and its fallback, or route this path to it",
            )),
            (0, _) => Some(misplaced(
                format!("is not reached by {asked}, and another layer is"),
                "give each its own paths",
            )),
            (1, 0) => None,
            (_, 0) => Some(misplaced(
                format!("is reached by {asked} {times} times"),
                "add it once",
            )),
            (..) => Some(misplaced(
                format!(
                    "is reached by {asked}, and so is another layer; only the outer one answers"
                ),
                "give each its own paths",
            )),
        }
    }
}

/// Makes the problem of a misplaced layer.
pub(super) fn misplaced(bound: String, remedy: &'static str) -> Problem {
    Problem {
        setting: "DeviceGrantLayer",
        value: String::new(),
        bound,
        remedy,
    }
}
