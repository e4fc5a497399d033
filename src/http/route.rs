use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request};

use super::Routed;

/// Answers some of the requests of a server: [`Endpoints`](super::Endpoints), and the ready-made verification pages.
///
/// # Contract
///
/// 1. [`target`](Self::target) looks at nothing but method, host and path, and is cheap: it sees every request
///    of the host, once. Only what it claims is read into memory.
/// 2. A request that [`answer`](Self::answer) gives back is as it came.
/// 3. [`addresses`](Self::addresses) names what [`target`](Self::target) claims. *Broken: a layer that is out of reach goes
///    unnoticed at start-up.*
/// 4. Dropping the future of [`answer`](Self::answer) is harmless.
///
/// ```
/// use bytes::Bytes;
/// use device_grant::http::{Route, Routed};
/// use http::{Method, Request, Response, request::Parts};
///
/// struct Health;
///
/// impl Route for Health {
///     type Target = ();
///
///     fn target(&self, parts: &Parts) -> Option<()> {
///         (parts.uri.path() == "/healthz").then_some(())
///     }
///
///     fn addresses(&self) -> Vec<(Method, String)> {
///         vec![(Method::GET, "/healthz".to_owned())]
///     }
///
///     async fn answer(&self, (): (), _: Request<Bytes>) -> Routed {
///         Response::new(Bytes::from_static(b"ok")).into()
///     }
/// }
/// ```
pub trait Route: Send + Sync {
    /// The parts of the route that a request can be for.
    type Target: Send + 'static;

    /// Finds the target of a request; `None` if the request is not for this route.
    fn target(&self, parts: &Parts) -> Option<Self::Target>;

    /// Returns a method and a path for each fixed address that the route answers, as requests have them.
    fn addresses(&self) -> Vec<(Method, String)>;

    /// Answers a request for this target, or gives it back.
    fn answer(
        &self,
        target: Self::Target,
        request: Request<Bytes>,
    ) -> impl Future<Output = Routed> + Send;
}

impl<R: Route + ?Sized> Route for Arc<R> {
    type Target = R::Target;

    fn target(&self, parts: &Parts) -> Option<R::Target> {
        (**self).target(parts)
    }

    fn addresses(&self) -> Vec<(Method, String)> {
        (**self).addresses()
    }

    async fn answer(&self, target: R::Target, request: Request<Bytes>) -> Routed {
        (**self).answer(target, request).await
    }
}
