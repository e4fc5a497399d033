//! Counts of what happened, in the text format that Prometheus reads.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use device_grant::host::{Event, Observer};

#[derive(Clone, Default)]
pub(crate) struct Metrics {
    counts: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

impl Observer for Metrics {
    fn observe(&self, event: &Event) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(event.kind.name()).or_default() += 1;
    }
}

impl Metrics {
    pub(crate) fn text(&self) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::from(
            "# HELP device_grant_events_total What happened to device authorization grants.\n\
             # TYPE device_grant_events_total counter\n",
        );
        for (name, count) in &*counts {
            _ = writeln!(
                text,
                "device_grant_events_total{{event=\"{name}\"}} {count}"
            );
        }
        text
    }
}
