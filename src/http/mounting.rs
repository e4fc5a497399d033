//! The check by which a layer finds out where it is in a host's app.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The identity of a layer, which its clones share.
#[derive(Clone, Default)]
pub(super) struct Mark(Arc<()>);

/// A request that looks for layers, as an extension, so that none from outside is one.
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
    pub(super) fn problem(&self, asked: &str) -> Option<String> {
        let times = self.0.looked_for_times.load(Ordering::Relaxed);
        let others = self.0.others.load(Ordering::Relaxed);
        match (times, others) {
            (0, 0) => Some(format!(
                "{asked} does not reach the layer: add the layer to the outermost router, after its last route and its \
                 fallback, or route this path to it"
            )),
            (0, _) => Some(format!(
                "{asked} reaches another layer, and not this one: give each its own paths"
            )),
            (1, 0) => None,
            (_, 0) => Some(format!(
                "{asked} reaches the layer {times} times: add it once"
            )),
            (..) => Some(format!(
                "{asked} reaches another layer, too, and the outer one answers: give each its own paths"
            )),
        }
    }
}

/// The paths at which requests do not reach a layer as they should, from
/// [`DeviceGrantLayer::check`](super::DeviceGrantLayer::check).
///
/// ```
/// use axum::{Router, body::Body, routing::post};
/// use device_grant::http::{ClientIpSource, DeviceGrantLayer, Route};
///
/// async fn tell(route: impl Route + 'static) {
///     let layer = DeviceGrantLayer::new(route, ClientIpSource::unknown());
///     // A `route_layer` is on the routes that were there before, and on nothing else.
///     let app: Router = Router::new().route("/token", post(|| async {})).route_layer(layer.clone());
///     if let Err(misplaced) = layer.check::<Body, _>(app).await {
///         panic!("{misplaced}");
///     }
/// }
/// ```
#[derive(Debug)]
pub struct MisplacedLayer {
    problems: Vec<String>,
}

impl MisplacedLayer {
    pub(super) fn of(problems: Vec<String>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self { problems })
        }
    }

    /// Returns a sentence for each path: method, path, and what to do.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for MisplacedLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the layer is misplaced: {}", self.problems.join("; "))
    }
}

impl std::error::Error for MisplacedLayer {}
