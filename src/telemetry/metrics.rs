use std::collections::BTreeMap;
use std::fmt;

use metrics::{Counter, Gauge, Histogram, Unit};

use super::live::Live;
use crate::host::{Event, EventKind, Observer};

/// Counts and measures events, by the [`metrics`](https://docs.rs/metrics) facade.
///
/// Create it after you have installed the recorder; one that was created before counts nothing. All series exist from the start.
/// No label has a value from a request.
///
/// [Metrics](https://docs.rs/device-grant/latest/device_grant/guide/metrics/) lists them, and shows how to install an exporter.
///
/// ```
/// use device_grant::host::Observer;
/// use device_grant::telemetry::MetricsObserver;
///
/// let observer = MetricsObserver::new();
/// # fn takes(_: impl Observer) {}
/// # takes(observer);
/// ```
pub struct MetricsObserver {
    /// The counters of events, in the order of their names.
    events: Vec<Counter>,
    calls: Vec<Call>,
    faults: BTreeMap<(&'static str, bool), Counter>,
    held_back: Counter,
    purged: Counter,
    approval: Histogram,
    redemption: Histogram,
    live: Live,
    live_grants: Gauge,
    length: Gauge,
}

/// A method of a port, and what is measured of it.
struct Call {
    port: &'static str,
    operation: &'static str,
    ok: Counter,
    error: Counter,
    took: Histogram,
}

/// A metric, as it is described to the recorder and in the documentation.
struct Metric {
    name: &'static str,
    kind: &'static str,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the documentation's table names them")
    )]
    labels: &'static str,
    unit: Unit,
    meaning: &'static str,
}

const EVENTS: Metric = Metric {
    name: "device_grant_events_total",
    kind: "counter",
    labels: "event",
    unit: Unit::Count,
    meaning: "Events, by the name of their kind.",
};
const CALLS: Metric = Metric {
    name: "device_grant_port_calls_total",
    kind: "counter",
    labels: "port, operation, outcome",
    unit: Unit::Count,
    meaning: "Calls of ports that ended, with the outcome `ok` or `error`. Those of a directory have the port `store`.",
};
const DURATIONS: Metric = Metric {
    name: "device_grant_port_duration_seconds",
    kind: "histogram",
    labels: "port, operation",
    unit: Unit::Seconds,
    meaning: "The time that such a call took.",
};
const FAULTS: Metric = Metric {
    name: "device_grant_faults_total",
    kind: "counter",
    labels: "port, retryable",
    unit: Unit::Count,
    meaning: "Requests that failed because a port did. `retryable` is `true` if trying again may help.",
};
const HELD_BACK: Metric = Metric {
    name: "device_grant_events_held_back_total",
    kind: "counter",
    labels: "",
    unit: Unit::Count,
    meaning: "Events that did not reach this observer, if it stands behind a queue.",
};
const PURGED: Metric = Metric {
    name: "device_grant_purged_grants_total",
    kind: "counter",
    labels: "",
    unit: Unit::Count,
    meaning: "Grants that were forgotten.",
};
const APPROVAL: Metric = Metric {
    name: "device_grant_approval_duration_seconds",
    kind: "histogram",
    labels: "",
    unit: Unit::Seconds,
    meaning: "The time from the codes to the approval.",
};
const REDEMPTION: Metric = Metric {
    name: "device_grant_redemption_duration_seconds",
    kind: "histogram",
    labels: "",
    unit: Unit::Seconds,
    meaning: "The time from the approval to the tokens.",
};
const LIVE_GRANTS: Metric = Metric {
    name: "device_grant_live_grants",
    kind: "gauge",
    labels: "",
    unit: Unit::Count,
    meaning: "Unexpired grants that this process issued and of which it has seen no decision.",
};
const LENGTH: Metric = Metric {
    name: "device_grant_user_code_length",
    kind: "gauge",
    labels: "",
    unit: Unit::Count,
    meaning: "The number of characters of the last user code; 0 before the first one.",
};

/// The ports that can fail.
const PORTS: &[&str] = &[
    "announcer",
    "clients",
    "entropy",
    "issuer",
    "limiter",
    "policy",
    "revoker",
    "settings",
    "store",
    "visitors",
];

/// The calls that are measured. That of each poll is found first.
const OPERATIONS: &[(&str, &str)] = &[
    ("store", "record_poll"),
    ("announcer", "announce"),
    ("issuer", "discard"),
    ("issuer", "issue"),
    ("limiter", "charge"),
    ("limiter", "check"),
    ("limiter", "purge"),
    ("policy", "at_approval"),
    ("policy", "at_authorization"),
    ("policy", "at_redemption"),
    ("revoker", "revoke_grant"),
    ("revoker", "revoke_token"),
    ("store", "check"),
    ("store", "find"),
    ("store", "find_by_user_code"),
    ("store", "insert"),
    ("store", "list"),
    ("store", "now"),
    ("store", "purge"),
    ("store", "replace"),
];

impl MetricsObserver {
    /// An observer that describes and registers all metrics with the installed recorder.
    #[must_use]
    pub fn new() -> Self {
        for metric in ALL {
            metric.describe();
        }
        let calls = OPERATIONS.iter().map(|&call| Call::new(call));
        let faults = PORTS.iter().flat_map(|&port| {
            [(true, "true"), (false, "false")].map(|(is_retryable, retryable)| {
                let labels = [("port", port), ("retryable", retryable)];
                ((port, is_retryable), FAULTS.counter(&labels))
            })
        });
        let events = EventKind::NAMES
            .iter()
            .map(|&name| EVENTS.counter(&[("event", name)]));
        Self {
            events: events.collect(),
            calls: calls.collect(),
            faults: faults.collect(),
            held_back: HELD_BACK.counter(&[]),
            purged: PURGED.counter(&[]),
            approval: metrics::histogram!(APPROVAL.name),
            redemption: metrics::histogram!(REDEMPTION.name),
            live: Live::default(),
            live_grants: LIVE_GRANTS.gauge(),
            length: LENGTH.gauge(),
        }
    }

    /// Counts what only some kinds have.
    fn measure(&self, event: &Event) {
        if let EventKind::PortCalled {
            port,
            operation,
            took,
            is_ok,
        } = event.kind
        {
            let is_it = |call: &&Call| call.operation == operation && call.port == port;
            if let Some(call) = self.calls.iter().find(is_it) {
                let counter = if is_ok { &call.ok } else { &call.error };
                counter.increment(1);
                call.took.record(took.as_secs_f64());
            }
        } else if let EventKind::Fault {
            port, is_retryable, ..
        } = event.kind
        {
            // A port that the list lacks is not counted: no series begins while the server runs.
            if let Some(faults) = self.faults.get(&(port, is_retryable)) {
                faults.increment(1);
            }
        } else if let EventKind::Authorized { length, .. } = event.kind {
            self.length
                .set(f64::from(u32::try_from(length).unwrap_or(u32::MAX)));
        } else if let EventKind::Purged { grants } = event.kind {
            self.purged.increment(grants);
        } else if event.kind == EventKind::Approved {
            record(&self.approval, event.since_issued);
        } else if event.kind == EventKind::Redeemed {
            record(&self.redemption, event.since_approval);
        }
    }
}

impl Call {
    fn new((port, operation): (&'static str, &'static str)) -> Self {
        let counter = |outcome| {
            let labels = [
                ("port", port),
                ("operation", operation),
                ("outcome", outcome),
            ];
            CALLS.counter(&labels)
        };
        let labels = [("port", port), ("operation", operation)];
        Self {
            port,
            operation,
            ok: counter("ok"),
            error: counter("error"),
            took: metrics::histogram!(DURATIONS.name, &labels),
        }
    }
}

fn record(histogram: &Histogram, duration: Option<std::time::Duration>) {
    if let Some(duration) = duration {
        histogram.record(duration.as_secs_f64());
    }
}

impl Default for MetricsObserver {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for MetricsObserver {
    fn observe(&self, event: &Event) {
        // By its index and not by its name, because this runs for every poll.
        if let Some(events) = self.events.get(event.kind.place()) {
            events.increment(1);
        }
        if event.held_back > 0 {
            self.held_back.increment(event.held_back);
        }
        self.measure(event);
        self.live.after(event, |live| {
            self.live_grants
                .set(f64::from(u32::try_from(live).unwrap_or(u32::MAX)));
        });
    }
}

impl fmt::Debug for MetricsObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsObserver").finish_non_exhaustive()
    }
}

const ALL: &[&Metric] = &[
    &EVENTS,
    &CALLS,
    &DURATIONS,
    &FAULTS,
    &HELD_BACK,
    &PURGED,
    &APPROVAL,
    &REDEMPTION,
    &LIVE_GRANTS,
    &LENGTH,
];

impl Metric {
    fn describe(&self) {
        match self.kind {
            "counter" => metrics::describe_counter!(self.name, self.unit, self.meaning),
            "gauge" => metrics::describe_gauge!(self.name, self.unit, self.meaning),
            _ => metrics::describe_histogram!(self.name, self.unit, self.meaning),
        }
    }

    /// A counter that is there from now on.
    fn counter(&self, labels: &[(&'static str, &'static str)]) -> Counter {
        let counter = metrics::counter!(self.name, labels);
        // A series that appears with its first event shows no rate at that event.
        counter.increment(0);
        counter
    }

    fn gauge(&self) -> Gauge {
        let gauge = metrics::gauge!(self.name);
        gauge.set(0.0);
        gauge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table in the documentation.
    fn table() -> String {
        let mut table = String::from("| metric | kind | labels | meaning |\n|---|---|---|---|\n");
        for metric in ALL {
            let labels = metric.labels.split(", ").filter(|label| !label.is_empty());
            let labels: Vec<_> = labels.map(|label| format!("`{label}`")).collect();
            let (name, kind, labels) = (metric.name, metric.kind, labels.join(", "));
            table += &format!("| `{name}` | {kind} | {labels} | {} |\n", metric.meaning);
        }
        table
    }

    #[test]
    fn each_kind_is_counted_under_its_name() {
        let kinds = [
            EventKind::ClientRefused,
            EventKind::PollPending,
            EventKind::Approved,
            EventKind::Purged { grants: 1 },
        ];
        for kind in kinds {
            assert_eq!(EventKind::NAMES.get(kind.place()), Some(&kind.name()));
        }
    }

    /// A call that the list lacks would not be counted, and nobody would notice.
    #[test]
    fn every_watched_call_is_measured() {
        let watch = include_str!("../device_grants/watch.rs");
        for begun in ["bounded(\"", "begun(\"", "raced(\"", "tell(\""] {
            for rest in watch.split(begun).skip(1) {
                let operation = rest.split('"').next().unwrap();
                let is_it = |(_, known): &(&str, &str)| *known == operation;
                assert!(OPERATIONS.iter().any(is_it), "{operation}");
            }
        }
    }

    #[test]
    fn the_documentation_has_every_metric() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md");
        let page = include_str!("../../docs/metrics.md");
        let (introduction, written) = page.split_at(page.find("| metric |").unwrap());
        if std::env::var_os("WRITE_METRICS").is_some() {
            std::fs::write(path, introduction.to_owned() + &table()).unwrap();
        }
        assert_eq!(written, table(), "run with WRITE_METRICS=1");
    }
}
