use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The body of a request that a [`DeviceGrantLayer`](super::DeviceGrantLayer) passes on (feature `tower`).
///
/// It implements `http_body::Body`. Use it if the bodies of your server cannot be made of bytes, such as hyper's: they are
/// passed on as [`Streamed`](Self::Streamed).
///
/// ```
/// use bytes::Bytes;
/// use device_grant::http::{ClientIpSource, DeviceGrantLayer, RequestBody, Route};
/// use http::{Request, Response};
/// use http_body_util::{BodyExt, Full};
/// use tower::{BoxError, ServiceBuilder, service_fn};
///
/// async fn own(request: Request<RequestBody<Full<Bytes>>>) -> Result<Response<Full<Bytes>>, BoxError> {
///     let body = request.into_body().collect().await?.to_bytes();
///     Ok(Response::new(Full::new(body)))
/// }
///
/// fn stack(route: impl Route + 'static) {
///     let service = ServiceBuilder::new()
///         .map_request(|request: Request<Full<Bytes>>| request.map(RequestBody::Streamed))
///         .layer(DeviceGrantLayer::new(route, ClientIpSource::extension()))
///         .service(service_fn(own));
/// #   fn takes<S: tower::Service<Request<Full<Bytes>>>>(_: S) {}
/// #   takes(service);
/// }
/// ```
#[derive(Clone)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a body was read into memory or it was not"
)]
pub enum RequestBody<B> {
    /// The body, unread.
    Streamed(B),
    /// The body, read into memory.
    Whole(Bytes),
}

impl<B> From<Bytes> for RequestBody<B> {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for RequestBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.get_mut() {
            Self::Streamed(body) => Pin::new(body).poll_frame(context),
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(mem::take(bytes))))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Streamed(body) => body.is_end_stream(),
            Self::Whole(bytes) => bytes.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Streamed(body) => body.size_hint(),
            Self::Whole(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
        }
    }
}

/// Shows no bytes, because they may be secrets.
impl<B> fmt::Debug for RequestBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Streamed(_) => "Streamed",
            Self::Whole(_) => "Whole",
        })
    }
}
