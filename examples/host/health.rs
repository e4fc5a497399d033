//! For whoever starts and balances the server.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use device_grant::DeviceGrants;
use device_grant::device_grants::Problem;
use device_grant::host::{Timer, async_trait};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// The longest that a check may take: whoever asks does not wait longer either.
const PATIENCE: Duration = Duration::from_secs(2);
/// The time for which an answer holds, so that asking often costs the store nothing.
const HOLDS: Duration = Duration::from_secs(1);

/// The last answer of `/readyz`.
#[derive(Clone)]
pub(crate) struct Readiness {
    grants: DeviceGrants,
    last: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Readiness {
    pub(crate) fn new(grants: DeviceGrants) -> Self {
        let last = Arc::default();
        Self { grants, last }
    }

    /// `GET /readyz`. The findings are the operator's: they go to standard error.
    pub(crate) async fn get(State(this): State<Self>) -> (StatusCode, &'static str) {
        // Requests that come meanwhile wait for this check: a store that is slow does not get one of each.
        let mut last = this.last.lock().await;
        let is_ready = match *last {
            Some((at, is_ready)) if at.elapsed() < HOLDS => is_ready,
            Some(_) | None => {
                let is_ready = this.check().await;
                *last = Some((Instant::now(), is_ready));
                is_ready
            }
        };
        if is_ready {
            (StatusCode::OK, "ready")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready")
        }
    }

    async fn check(&self) -> bool {
        let Ok(findings) = timeout(PATIENCE, self.grants.check()).await else {
            eprintln!("not ready: the store or the limiter does not answer within {PATIENCE:?}");
            return false;
        };
        for finding in &findings {
            let stops = finding.stops_service();
            let level = if stops { "not ready" } else { "warning" };
            eprintln!("{level}: {finding}");
        }
        !findings.iter().any(Problem::stops_service)
    }
}

/// Ends the start of a server that could serve nobody, and tells of what else is to be mended.
pub(crate) async fn check_at_start(grants: &DeviceGrants) -> Result<(), String> {
    for finding in grants.check().await {
        if finding.stops_service() {
            return Err(finding.to_string());
        }
        eprintln!("warning: {finding}");
    }
    Ok(())
}

/// The runtime's timer, which bounds the calls of the store.
pub(crate) struct Sleep;

#[async_trait]
impl Timer for Sleep {
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
