use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use http::request::Parts;

use super::Answer;

/// Whatever answers some of the requests of a server: [`Endpoints`](super::Endpoints), and the ready-made
/// verification pages.
///
/// # Contract
///
/// 1. [`matches`](Self::matches) looks at nothing but method and path, and is cheap: it sees every request
///    of the host. Only what it claims is read into memory.
/// 2. A request that [`answer`](Self::answer) gives back is as it came.
/// 3. Dropping the future of [`answer`](Self::answer) is harmless.
///
/// ```
/// use async_trait::async_trait;
/// use bytes::Bytes;
/// use device_grant::http::{Answer, Route};
/// use http::{Request, Response, request::Parts};
///
/// struct Health;
///
/// #[async_trait]
/// impl Route for Health {
///     fn matches(&self, parts: &Parts) -> bool {
///         parts.uri.path() == "/healthz"
///     }
///
///     async fn answer(&self, _: Request<Bytes>) -> Answer {
///         Response::new(Bytes::from_static(b"ok")).into()
///     }
/// }
/// ```
#[async_trait]
pub trait Route: Send + Sync {
    /// Whether [`answer`](Self::answer) wants to see the request.
    fn matches(&self, parts: &Parts) -> bool;

    /// Answers the request, or gives it back.
    async fn answer(&self, request: Request<Bytes>) -> Answer;
}

#[async_trait]
impl<R: Route + ?Sized> Route for Arc<R> {
    fn matches(&self, parts: &Parts) -> bool {
        (**self).matches(parts)
    }

    async fn answer(&self, request: Request<Bytes>) -> Answer {
        (**self).answer(request).await
    }
}
