use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::mounting::{Mark, Probe, misplaced};
use super::rejection::Rejection;
use super::route::{Answering, Route};
use super::{ClientIpSource, RequestBody, Routed, body, form};
use crate::device_grants::BuildError;
use crate::host::{Cause, until};

/// A `tower` layer that puts routes in front of an existing service, such as an axum app (feature `tower`).
///
/// Requests that no route claims pass unchanged, with their body unread. The body of a claimed request is read into memory; if
/// the route does not answer, the request passes on with the same bytes, and only trailers are lost.
///
/// # Where to add it
///
/// Add it outside of the part that answers unknown paths, and inside of layers that set request extensions. In axum, a router's
/// layers are around the routes and the fallback that were added before, and the last one is the outermost:
///
/// | where | effect |
/// |---|---|
/// | `Router::layer`, after the last `route`, `merge`, `nest` and `fallback` | right: all endpoints and pages work |
/// | before the `layer` that sets sessions or addresses | right: the pages find the session |
/// | after the `layer` that sets sessions | wrong: the pages find no session; [`session_fn`](super::session_fn) reports it by an event, and the page cannot be shown |
/// | before a `route` | wrong: that route does not pass through the layer |
/// | `route_layer`, or the `layer` of one `MethodRouter` | wrong: only these routes pass through the layer, not its own paths |
/// | on a router that is then nested, or merged with one that has a `fallback` | wrong: only that router's routes pass through the layer |
/// | on a router that is then merged, if neither has a `fallback` | right if this router is merged into the other one, wrong if the other one is merged into it |
/// | as a service at its own paths, and on the token route | right, also in a router that is merged or nested: see [below](#as-routes) |
/// | a second layer outside of this one, with the same path | wrong: only the second layer answers |
///
/// [`check`](Self::check) finds each of these mistakes, except the one with sessions, when the server starts.
///
/// ```
/// # #[cfg(feature = "memory")] {
/// # use std::time::Duration;
/// # use device_grant::DeviceGrants;
/// # use device_grant::host::{Client, Redemption, Terms, issuer_fn};
/// # use device_grant::http::ClientRegistry;
/// # use device_grant::message::TokenResponse;
/// use std::net::SocketAddr;
///
/// use axum::{Router, extract::ConnectInfo, routing::post};
/// use device_grant::http::{ClientIpSource, DeviceGrantLayer, Endpoints};
/// # let issuer = issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("token", Duration::from_secs(3600))) });
/// # let grants = DeviceGrants::builder("https://id.example", issuer)
/// #     .verification_uri("https://id.example/activate")
/// #     .in_memory()
/// #     .build()?;
/// # let clients = ClientRegistry::new().public(Client::new("tv").device_grant(Terms::new("openid".parse()?)));
///
/// let endpoints = Endpoints::new(grants, clients);
/// let layer = DeviceGrantLayer::new(endpoints, ClientIpSource::peer::<ConnectInfo<SocketAddr>>())
///     .body_deadline(|| tokio::time::sleep(Duration::from_secs(10)));
/// let app: Router = Router::new()
///     .route("/token", post(|| async { "the other grants" }))
///     .layer(layer.clone());
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// layer.check::<axum::body::Body, _>(app.clone()).await?;
/// # Ok::<(), device_grant::BuildError>(()) })?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # As routes
///
/// Around an empty router, the layer is a service that any router accepts at the grant's paths. Your other grants share the
/// token path, so put the layer around that route.
///
/// ```
/// use axum::{Router, routing::post};
/// use device_grant::http::DeviceGrantLayer;
/// use tower_layer::Layer;
///
/// fn device_grant(layer: DeviceGrantLayer) -> Router {
///     let service = layer.layer(Router::new());
///     Router::new()
///         .route("/token", post(|| async { "the other grants" }).layer(layer))
///         .route_service("/device_authorization", service.clone())
///         .route_service("/activate", service.clone())
///         .route_service("/activate/{*rest}", service)
/// }
///
/// fn app(layer: DeviceGrantLayer) -> Router {
///     Router::new().fallback(|| async { "nothing here" }).merge(device_grant(layer))
/// }
/// ```
///
/// A nested router gets paths without their prefix. So pass the short paths to [`Endpoints::paths`](super::Endpoints::paths) and
/// `Pages::mounted_at`, the whole path to the verification URI, and call [`check`](Self::check) with the router before you nest
/// it.
#[derive(Clone)]
#[must_use]
pub struct DeviceGrantLayer {
    routes: Vec<Arc<dyn AnyRoute>>,
    body_limit: usize,
    body_deadline: Option<Arc<dyn Fn() -> Timer + Send + Sync>>,
    client_ip: ClientIpSource,
    mark: Mark,
}

type Timer = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The answer of a route.
type Answer = Pin<Box<dyn Future<Output = Routed> + Send>>;

impl DeviceGrantLayer {
    /// A layer with this route, such as [`Endpoints`](super::Endpoints), which takes the address of a request from
    /// this source. A request that is passed on has the address in [`RequestFacts::ip`](super::RequestFacts::ip).
    pub fn new(route: impl Route + 'static, client_ip: ClientIpSource) -> Self {
        Self {
            routes: vec![Arc::new(Shared(Arc::new(route)))],
            body_limit: form::MAX_BODY,
            body_deadline: None,
            client_ip,
            mark: Mark::default(),
        }
    }

    /// Adds a route, which is asked if those before it do not answer.
    pub fn and(mut self, route: impl Route + 'static) -> Self {
        self.routes.push(Arc::new(Shared(Arc::new(route))));
        self
    }

    /// Sets the largest size of the body of a claimed request. A larger one gets 413. Default: 64 KiB, the largest size of a
    /// request of this grant. While it arrives, a body takes at most twice this limit in memory.
    ///
    /// The limit also holds for requests for other grants on the token path: raise it if one of them can be larger.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the longest time for the body of a claimed request: until the future that `timer` returns is
    /// ready, such as `|| tokio::time::sleep(Duration::from_secs(10))`. A later body gets 408. Default: no limit, because the
    /// crate has no timer of its own.
    pub fn body_deadline<F, T>(mut self, timer: F) -> Self
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        self.body_deadline = Some(Arc::new(move || Box::pin(timer())));
        self
    }

    /// Checks that requests reach this layer in a whole app, at every path of its routes, and no second layer
    /// there. Call it when the server starts, with the type of the app's bodies and the app.
    ///
    /// It sends one marked request without a body to each path. No layer answers it; your app does, as an unknown path
    /// or a token request without parameters.
    ///
    /// # Errors
    ///
    /// [`BuildError`] with each path at which requests do not reach the layer, and the remedy.
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
    pub async fn check<B, S>(&self, app: S) -> Result<(), BuildError>
    where
        S: Service<Request<B>> + Clone,
        B: From<Bytes>,
    {
        let mut problems = Vec::new();
        for (method, path) in self.routes.iter().flat_map(|route| route.addresses()) {
            let probe = Probe::of(&self.mark);
            let mut request = Request::new(B::from(Bytes::new()));
            let asked = format!("{method} {path}");
            let Ok(uri) = path.parse() else {
                problems.push(misplaced(
                    format!("cannot be asked for {asked}"),
                    "name a path that a request can have",
                ));
                continue;
            };
            *request.method_mut() = method;
            *request.uri_mut() = uri;
            request.extensions_mut().insert(probe.clone());
            let mut app = app.clone();
            if poll_fn(|context| app.poll_ready(context)).await.is_ok() {
                // The answer does not matter: the layers on the way have noted the probe.
                _ = app.call(request).await;
            }
            problems.extend(probe.problem(&asked));
        }
        BuildError::of(problems)
    }

    /// Answers a request as the layered service does, or returns it: for servers without `tower`.
    ///
    /// It reads the body only if a route claims the request. If your framework's bodies are streams of bytes, wrap them
    /// into a `StreamBody` of `http-body-util`.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use device_grant::http::{DeviceGrantLayer, RequestBody, Routed};
    /// use http::{Method, Request, Response};
    /// use http_body_util::Full;
    /// # type Incoming = Full<Bytes>;
    ///
    /// async fn own(request: Request<RequestBody<Incoming>>) -> Response<Full<Bytes>> {
    ///     Response::new(Full::from("what the server answered before"))
    /// }
    ///
    /// /// What hyper's `service_fn` calls.
    /// async fn serve(device_grant: DeviceGrantLayer, request: Request<Incoming>) -> Response<Full<Bytes>> {
    ///     match device_grant.answer(request).await {
    ///         Routed::Answered(response) => response.map(Full::new),
    ///         Routed::NotOurs(request) => own(request).await,
    ///     }
    /// }
    /// ```
    pub async fn answer<B>(&self, request: Request<B>) -> Routed<RequestBody<B>>
    where
        B: Body,
        B::Error: Into<Cause>,
    {
        let (parts, body) = request.into_parts();
        let Some((number, answering)) = self.claim(&parts) else {
            let request = Request::from_parts(parts, body);
            return Routed::NotOurs(request.map(RequestBody::Streamed));
        };
        let begin = Box::pin(Self::begin(self, answering, parts, body));
        match self.finish(number, begin).await {
            Routed::Answered(response) => Routed::Answered(response),
            Routed::NotOurs(request) => Routed::NotOurs(request.map(RequestBody::Whole)),
        }
    }
}

impl fmt::Debug for DeviceGrantLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceGrantLayer")
            .field("routes", &self.routes.len())
            .field("body_limit", &self.body_limit)
            .field("client_ip", &self.client_ip)
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
///
/// ```
/// use device_grant::http::{ClientIpSource, DeviceGrantLayer, DeviceGrantService, Route};
/// use tower_layer::Layer;
///
/// fn in_front_of<S>(service: S, route: impl Route + 'static) -> DeviceGrantService<S> {
///     DeviceGrantLayer::new(route, ClientIpSource::extension()).layer(service)
/// }
/// ```
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
        let Some((number, answering)) = self.layer.claim(&parts) else {
            return Box::pin(self.inner.call(Request::from_parts(parts, body)));
        };
        // `poll_ready` was called on this service: a clone of it need not be ready.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let layer = Arc::clone(&self.layer);
        let begin = Box::pin(DeviceGrantLayer::begin(
            Arc::clone(&layer),
            answering,
            parts,
            body,
        ));
        Box::pin(async move {
            let passed_on = match layer.finish(number, begin).await {
                Routed::Answered(response) => return Ok(response.map(R::from)),
                Routed::NotOurs(request) => inner.call(request.map(B::from)),
            };
            passed_on.await
        })
    }
}

impl DeviceGrantLayer {
    /// The first of the routes from this one on that claims a request, with its number.
    fn find(&self, first: usize, parts: &Parts) -> Option<(usize, Answering)> {
        let mut routes = self.routes.iter().enumerate().skip(first);
        routes.find_map(|(number, route)| route.claim(parts).map(|answering| (number, answering)))
    }

    /// The route that claims a request, if one does. A probe is claimed by none.
    fn claim(&self, parts: &Parts) -> Option<(usize, Answering)> {
        let mut found = self.find(0, parts);
        if let Some(probe) = parts.extensions.get::<Probe>()
            // Not claimed, so that the probe goes on to the app, and meets a second layer at the same path.
            && found.take().is_some()
        {
            probe.meet(&self.mark);
        }
        found
    }

    /// Reads a request, and begins to answer it.
    // Not an async function, which would keep its arguments in addition to what it makes of them. The block keeps the request once.
    fn begin<B>(
        layer: impl Deref<Target = Self>,
        answering: Answering,
        mut parts: Parts,
        body: B,
    ) -> impl Future<Output = Result<Answer, Rejection>>
    where
        B: Body,
        B::Error: Into<Cause>,
    {
        // Before the body is read: a request without an address is refused unread.
        let noted = layer.client_ip.note(&mut parts);
        if let (Err(_), Some(route)) = (&noted, layer.routes.first()) {
            route.address_unknown();
        }
        async move {
            noted?;
            let body = pin!(body);
            let body = pin!(body::read(body, layer.body_limit));
            let body = layer.in_time(body).await;
            let body = body.unwrap_or_else(|| Err(Rejection::too_slow()))?;
            Ok(answering(Request::from_parts(parts, body)))
        }
    }

    /// Answers a request that the route of this number claimed, or lets the later routes answer it. `begin` is boxed, so that a
    /// long wait for the answer holds no memory for the request and its reading.
    async fn finish(
        &self,
        mut number: usize,
        begin: Pin<Box<impl Future<Output = Result<Answer, Rejection>>>>,
    ) -> Routed {
        let mut answer = match begin.await {
            Ok(answer) => answer,
            Err(refusal) => return Routed::Answered(refusal.into()),
        };
        loop {
            let (parts, body) = match answer.await {
                answered @ Routed::Answered(_) => return answered,
                Routed::NotOurs(request) => request.into_parts(),
            };
            // Only later routes: the route that gave the request back must not be asked again.
            let next = self.find(number.saturating_add(1), &parts);
            let request = Request::from_parts(parts, body);
            let Some((found, answering)) = next else {
                return Routed::NotOurs(request);
            };
            number = found;
            answer = answering(request);
        }
    }

    /// The output of the future, unless the deadline comes first.
    async fn in_time<T>(&self, future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        match &self.body_deadline {
            // A body that is there already, as most are, arms no timer.
            Some(deadline) => until(future, || deadline()).await,
            None => Some(future.await),
        }
    }
}

/// A route of any type.
trait AnyRoute: Send + Sync {
    fn claim(&self, parts: &Parts) -> Option<Answering>;

    fn addresses(&self) -> Vec<(Method, String)>;

    fn address_unknown(&self);
}

/// A route that its answers share with the layer, because they may outlive the call.
struct Shared<R>(Arc<R>);

impl<R: Route> AnyRoute for Shared<R> {
    fn claim(&self, parts: &Parts) -> Option<Answering> {
        R::claim(&self.0, parts)
    }

    fn addresses(&self) -> Vec<(Method, String)> {
        self.0.addresses()
    }

    fn address_unknown(&self) {
        self.0.address_unknown();
    }
}
