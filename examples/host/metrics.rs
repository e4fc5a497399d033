//! Metrics for Prometheus.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use device_grant::telemetry::MetricsObserver;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

/// The time between two gatherings of measurements, which would pile up else.
const UPKEEP: Duration = Duration::from_secs(5);

/// The bounds of the histograms, in seconds: calls of ports, and the time that people take.
const BOUNDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
    120.0, 300.0, 600.0, 1_800.0,
];

/// An address of its own for what nobody else should read.
pub(crate) struct Metrics {
    address: SocketAddr,
    listener: TcpListener,
    handle: PrometheusHandle,
}

impl Metrics {
    /// Becomes the recorder of this process, and listens.
    pub(crate) async fn bind(
        address: SocketAddr,
    ) -> Result<(Self, MetricsObserver), Box<dyn Error>> {
        let durations = Matcher::Suffix("_duration_seconds".to_owned());
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(durations, BOUNDS)?
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder)?;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("cannot listen on {address}: {error}"))?;
        let metrics = Self {
            address: listener.local_addr()?,
            listener,
            handle,
        };
        Ok((metrics, MetricsObserver::new()))
    }

    /// Says where it is, and serves until it is dropped.
    pub(crate) async fn run(self) {
        println!("metrics on http://{}/metrics", self.address);
        let upkeep = self.handle.clone();
        let render = move || {
            let text = self.handle.render();
            async move { text }
        };
        let app = Router::new().route("/metrics", get(render));
        let serving = async { _ = axum::serve(self.listener, app).await };
        let upkeep = async {
            let mut times = tokio::time::interval(UPKEEP);
            loop {
                times.tick().await;
                upkeep.run_upkeep();
            }
        };
        tokio::join!(serving, upkeep);
    }
}
