//! Servers that are observed as those in production are.

use device_grant::telemetry::{MetricsObserver, trace, without_bursts};
use metrics_exporter_prometheus::PrometheusBuilder;
use tracing_subscriber::filter::LevelFilter;

use crate::server::Server;

/// A server whose events are counted for Prometheus.
pub(crate) fn metered() -> Server {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::set_global_recorder(recorder).expect("the only one");
    Server::with(|builder| builder.observer(MetricsObserver::new()))
}

/// A server that logs what is worth a line, with a span for each operation.
pub(crate) fn traced() -> Server {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::INFO)
        .with_writer(std::io::sink)
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only one");
    Server::with(|builder| builder.observer(without_bursts(trace)))
}
