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
    /// Claims a request. Returns the function that answers it or returns it unchanged; `None` if the request is not for
    /// this route.
    ///
    /// It reads only method, host and path, and has to be fast, because it is called once for every request of the server. Only
    /// the bodies of claimed requests are read into memory.
    #[doc(hidden)]
    fn claim(route: &Arc<Self>, parts: &Parts) -> Option<Answering>;

    /// Returns a method and a path for each fixed address that the route answers, with which a layer that requests do not reach is
    /// found.
    #[doc(hidden)]
    fn addresses(&self) -> Vec<(Method, String)>;

    /// Tells the observer that a request was refused because the layer does not know its address.
    #[doc(hidden)]
    fn address_unknown(&self) {}
}

/// The function that answers a claimed request.
pub type Answering =
    Box<dyn FnOnce(Request<Bytes>) -> Pin<Box<dyn Future<Output = Routed> + Send>> + Send>;

impl<R: Route> Route for Arc<R> {
    fn claim(route: &Arc<Self>, parts: &Parts) -> Option<Answering> {
        R::claim(route, parts)
    }

    fn addresses(&self) -> Vec<(Method, String)> {
        (**self).addresses()
    }

    fn address_unknown(&self) {
        (**self).address_unknown();
    }
}
