use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower_layer::Layer;
use tower_service::Service;

use super::refusal::Refusal;
use super::{Answer, Route, form};
use crate::host::Cause;

/// Puts routes in front of an existing `tower` service: an axum app, a hyper server (feature `tower`).
///
/// What no route claims passes untouched, body unread. What a route claims is read into memory, and passes on with
/// the same bytes if the route gives it back; only trailers are lost.
///
/// It needs no runtime and no timer. A body that never ends is bounded by whatever bounds requests in front of
/// it, such as a timeout layer; a dropped request is harmless.
#[derive(Clone)]
#[must_use]
pub struct DeviceGrantLayer {
    routes: Vec<Arc<dyn Route>>,
    body_limit: usize,
}

impl DeviceGrantLayer {
    /// Answers what this route claims, such as [`Endpoints`](super::Endpoints).
    pub fn new(route: impl Route + 'static) -> Self {
        Self {
            routes: vec![Arc::new(route)],
            body_limit: form::MAX_BODY,
        }
    }

    /// Answers what this route claims, too, if the ones before it do not answer.
    pub fn and(mut self, route: impl Route + 'static) -> Self {
        self.routes.push(Arc::new(route));
        self
    }

    /// How much of a request's body is read into memory, if a route claims the request. Default: 64 KiB. More is
    /// answered with 413.
    ///
    /// Requests for other grants on the token path count, too: raise it if one of them has larger requests.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }
}

impl fmt::Debug for DeviceGrantLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceGrantLayer")
            .field("routes", &self.routes.len())
            .field("body_limit", &self.body_limit)
            .finish()
    }
}

impl<S> Layer<S> for DeviceGrantLayer {
    type Service = DeviceGrantService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        DeviceGrantService {
            layer: Arc::new(self.clone()),
            inner,
        }
    }
}

/// A service with the routes of a [`DeviceGrantLayer`] in front of it.
#[derive(Clone, Debug)]
pub struct DeviceGrantService<S> {
    layer: Arc<DeviceGrantLayer>,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for DeviceGrantService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + From<Bytes> + Send + 'static,
    B::Data: Send,
    B::Error: Into<Cause>,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let is_claimed = self.layer.routes.iter().any(|route| route.matches(&parts));
        let request = Request::from_parts(parts, body);
        if !is_claimed {
            return Box::pin(self.inner.call(request));
        }
        // The one that is ready is the one to call; its clone need not be.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let layer = Arc::clone(&self.layer);
        Box::pin(async move {
            match layer.answer(request).await {
                Answer::Answered(response) => Ok(response.map(R::from)),
                Answer::NotOurs(request) => inner.call(request.map(B::from)).await,
            }
        })
    }
}

impl DeviceGrantLayer {
    async fn answer<B>(&self, request: Request<B>) -> Answer
    where
        B: Body,
        B::Error: Into<Cause>,
    {
        let (parts, body) = request.into_parts();
        let mut request = match self.read(body).await {
            Ok(body) => Request::from_parts(parts, body),
            Err(refusal) => return Answer::Answered(refusal.into()),
        };
        for route in &self.routes {
            let (parts, body) = request.into_parts();
            let is_claimed = route.matches(&parts);
            request = Request::from_parts(parts, body);
            if is_claimed {
                request = match route.answer(request).await {
                    Answer::NotOurs(request) => request,
                    answered @ Answer::Answered(_) => return answered,
                };
            }
        }
        Answer::NotOurs(request)
    }

    async fn read<B>(&self, body: B) -> Result<Bytes, Refusal>
    where
        B: Body,
        B::Error: Into<Cause>,
    {
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > self.body_limit {
            return Err(Refusal::too_large());
        }
        match Limited::new(body, self.body_limit).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(Refusal::too_large()),
            Err(_) => Err(Refusal::invalid_request("the body cannot be read")),
        }
    }
}
