use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request};

use super::Routed;

/// A part that a [`DeviceGrantLayer`](super::DeviceGrantLayer) can put in front of a server:
/// [`Endpoints`](super::Endpoints), or the ready-made verification pages.
///
/// Only this crate implements it. Without `tower`, call `Endpoints::answer` and `Pages::answer`.
pub trait Route: Send + Sync {
    /// Claims a request: the function that answers it, or gives it back as it came. `None` if the request is not for
    /// this route.
    ///
    /// It looks at nothing but method, host and path, and is cheap: it sees every request of the host, once. Only what it
    /// claims is read into memory.
    #[doc(hidden)]
    fn claim(route: &Arc<Self>, parts: &Parts) -> Option<Answering>;

    /// Returns a method and a path for each fixed address that the route answers, as requests have them: a layer that is
    /// out of reach is found by them.
    #[doc(hidden)]
    fn addresses(&self) -> Vec<(Method, String)>;
}

/// Answers a request that was claimed.
///
/// Its targets stay inside, because what they are is the route's affair. The price is an allocation for each request that
/// is claimed.
pub type Answering =
    Box<dyn FnOnce(Request<Bytes>) -> Pin<Box<dyn Future<Output = Routed> + Send>> + Send>;

impl<R: Route> Route for Arc<R> {
    fn claim(route: &Arc<Self>, parts: &Parts) -> Option<Answering> {
        R::claim(route, parts)
    }

    fn addresses(&self) -> Vec<(Method, String)> {
        (**self).addresses()
    }
}
