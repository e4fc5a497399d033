//! Events on standard error.

use device_grant::host::{Event, Observer, Severity};
use device_grant::telemetry::without_bursts;

/// Writes events of this severity and above, one a line, and equal faults once a second.
pub(crate) fn log(least: Severity) -> impl Observer {
    without_bursts(move |event: &Event| {
        if event.severity() >= least {
            eprintln!("{event}");
        }
    })
}
