use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request};
use serde_json::{Map, Value};

use super::cors::Cors;
use super::metadata::Published;
use super::route::{Answering, Route};
use super::{ClientDirectory, Endpoint, Routed};
use crate::device_grants::DeviceGrants;
use crate::invalid_value::InvalidValue;
use crate::message::{self, EndpointUri, ExtraParameter};

/// The HTTP endpoints of the device authorization grant. Cheap to clone.
///
/// Each endpoint is a method, if you do the routing; as a [`Route`], it routes by the paths. Every
/// answer has `Cache-Control: no-store`. Parameters are read only from the body, which has to be
/// `application/x-www-form-urlencoded` with at most 64 KiB.
///
/// ```
/// # #[cfg(feature = "memory")] {
/// # use std::time::Duration;
/// # use device_grant::host::{Redemption, issuer_fn};
/// # use device_grant::message::TokenResponse;
/// use bytes::Bytes;
/// use device_grant::DeviceGrants;
/// use device_grant::host::{Client, Terms};
/// use device_grant::http::{ClientRegistry, Endpoints, Routed};
///
/// # let issuer = issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("token", Duration::from_secs(3600))) });
/// let grants = DeviceGrants::builder("https://id.example", issuer)
///     .verification_uri("https://id.example/activate")
///     .in_memory()
///     .build()?;
/// let clients = ClientRegistry::new().public(Client::new("tv").device_grant(Terms::new("openid".parse()?)));
/// let endpoints = Endpoints::new(grants, clients);
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let request = http::Request::post("/device_authorization")
///     .header("Content-Type", "application/x-www-form-urlencoded")
///     .body(Bytes::from_static(b"client_id=tv&scope=openid"))?;
/// let response = endpoints.device_authorization(request).await;
/// assert_eq!(response.status(), 200);
///
/// let other = http::Request::post("/token").body(Bytes::from_static(b"grant_type=refresh_token"))?;
/// assert!(matches!(endpoints.token(other).await, Routed::NotOurs(_)));
/// # Ok::<(), http::Error>(()) })?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Endpoints {
    grants: DeviceGrants,
    clients: Arc<dyn ClientDirectory>,
    paths: Paths,
    is_alone: bool,
    extras: Vec<ExtraParameter>,
    cors: Cors,
    pub(super) published: Option<Published>,
    #[cfg(feature = "dpop")]
    pub(super) dpop: Option<super::Dpop>,
}

/// The paths of the endpoints; the first of each is the advertised one.
#[derive(Clone, Debug)]
struct Paths {
    device_authorization: Vec<Box<str>>,
    token: Vec<Box<str>>,
    revocation: Vec<Box<str>>,
}

impl Endpoints {
    /// The endpoints at `/device_authorization` and `/token`.
    pub fn new(grants: DeviceGrants, clients: impl ClientDirectory + 'static) -> Self {
        Self {
            grants,
            clients: Arc::new(clients),
            paths: Paths {
                device_authorization: vec!["/device_authorization".into()],
                token: vec!["/token".into()],
                revocation: Vec::new(),
            },
            is_alone: false,
            extras: Vec::new(),
            cors: Cors::default(),
            published: None,
            #[cfg(feature = "dpop")]
            dpop: None,
        }
    }

    /// Sets the paths of an endpoint, from the root of the server. They replace the present ones, and the metadata advertises
    /// the first. Default: `/device_authorization` and `/token`; none for revocation, so that device codes cannot be
    /// cancelled.
    pub fn paths<P: Into<Box<str>>>(
        mut self,
        endpoint: Endpoint,
        paths: impl IntoIterator<Item = P>,
    ) -> Self {
        let paths = paths.into_iter().map(Into::into).collect();
        match endpoint {
            Endpoint::DeviceAuthorization => self.paths.device_authorization = paths,
            Endpoint::Token => self.paths.token = paths,
            Endpoint::Revocation => self.paths.revocation = paths,
        }
        self
    }

    /// Refuses requests for other grants at the token endpoint, with 405, `invalid_request` or `unsupported_grant_type`,
    /// because your server has no other grants. Default: they are passed on.
    pub fn no_other_grants(mut self) -> Self {
        self.is_alone = true;
        self
    }

    /// Adds a parameter of device authorization requests, with at most `max_len` bytes, up to
    /// [`ExtraParameters::MAX_LEN`](crate::message::ExtraParameters::MAX_LEN). It is stored with the grant, for the policy,
    /// the page and the token issuer. Default: none; unknown parameters are ignored.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] for a name that is empty, longer than 64 bytes or not printable ASCII, and for one that has a
    /// meaning of its own: this crate reads it, or it is a secret, which must not be stored.
    pub fn extra_parameter(mut self, name: &str, max_len: usize) -> Result<Self, InvalidValue> {
        let parameter = ExtraParameter::new(name, max_len)?;
        self.extras.retain(|known| known.name() != name);
        self.extras.push(parameter);
        Ok(self)
    }

    /// Allows pages of this origin to call the endpoints, for devices that run in a browser
    /// ([CORS](https://fetch.spec.whatwg.org/#http-cors-protocol)). Default: pages of other origins may not.
    ///
    /// The origin is compared byte for byte, and cookies are never allowed. It is not access control: only browsers respect
    /// CORS. Answers to other grants at the token endpoint have the headers that your server sets.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] unless it is `https`, or `http` on a loopback host, as browsers write it: scheme, host in
    /// lower case, and the port if it is not the scheme's default. `null`, which stands for all pages without an origin, and
    /// `*` are refused.
    ///
    /// ```
    /// # #[cfg(feature = "memory")] {
    /// # use std::time::Duration;
    /// # use device_grant::DeviceGrants;
    /// # use device_grant::host::{Redemption, issuer_fn};
    /// # use device_grant::message::TokenResponse;
    /// # let issuer = issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("token", Duration::from_secs(3600))) });
    /// # let grants = DeviceGrants::builder("https://id.example", issuer).verification_uri("https://id.example/activate").in_memory().build()?;
    /// use device_grant::http::{ClientRegistry, Endpoints};
    ///
    /// let endpoints = Endpoints::new(grants, ClientRegistry::new());
    /// assert!(endpoints.clone().allow_origin("https://tv.example").is_ok());
    /// for text in ["*", "null", "https://tv.example/", "https://TV.example", "https://tv.example:443"] {
    ///     assert!(endpoints.clone().allow_origin(text).is_err(), "{text}");
    /// }
    /// # }
    /// # Ok::<(), device_grant::BuildError>(())
    /// ```
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, InvalidValue> {
        self.cors.allow(origin)?;
        Ok(self)
    }

    /// Adds this grant to your metadata document, with the endpoint's path at the issuer's origin.
    ///
    /// If clients reach the endpoint at another address, call
    /// [`message::add_metadata`](crate::message::add_metadata).
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if the endpoint has no path, if its path does not begin with a slash, or if origin and path do not make a
    /// URI.
    pub fn add_metadata(&self, document: &mut Map<String, Value>) -> Result<(), InvalidValue> {
        let uri = self.uri_of(&self.paths.device_authorization)?;
        message::add_metadata(document, &uri)
    }

    /// Answers a request for one of these paths, and returns any other: for servers without `tower`.
    pub async fn answer(&self, request: Request<Bytes>) -> Routed {
        let (parts, body) = request.into_parts();
        let target = self.target(&parts);
        let request = Request::from_parts(parts, body);
        match target {
            Some(target) => self.answer_at(target, request).await,
            None => Routed::NotOurs(request),
        }
    }

    /// The first of these paths, at the issuer's origin.
    pub(super) fn uri_of(&self, paths: &[Box<str>]) -> Result<String, InvalidValue> {
        // Without the slash it would be a part of the host's name.
        let path = paths.first().filter(|path| path.starts_with('/'));
        let path = path.ok_or(InvalidValue::because("a path begins with a slash"))?;
        let uri = format!("{}{path}", self.origin());
        EndpointUri::parse(&uri)?;
        Ok(uri)
    }

    pub(super) fn origin(&self) -> &str {
        origin_of(self.grants.issuer())
    }

    pub(super) fn token_paths(&self) -> &[Box<str>] {
        &self.paths.token
    }

    pub(super) fn revocation_paths(&self) -> &[Box<str>] {
        &self.paths.revocation
    }

    pub(super) fn extras(&self) -> &[ExtraParameter] {
        &self.extras
    }

    pub(super) fn cors(&self) -> &Cors {
        &self.cors
    }

    pub(super) fn grants(&self) -> &DeviceGrants {
        &self.grants
    }

    pub(super) fn clients(&self) -> &dyn ClientDirectory {
        &*self.clients
    }

    pub(super) fn is_alone(&self) -> bool {
        self.is_alone
    }

    fn is_published_at(&self, path: &str) -> bool {
        let published = self.published.as_ref();
        published.is_some_and(|it| it.paths.iter().any(|known| **known == *path))
    }

    #[cfg(feature = "dpop")]
    pub(super) fn paths_of(&self, endpoint: Endpoint) -> &[Box<str>] {
        match endpoint {
            Endpoint::DeviceAuthorization => &self.paths.device_authorization,
            Endpoint::Token => &self.paths.token,
            Endpoint::Revocation => &self.paths.revocation,
        }
    }

    pub(super) fn endpoint_at(&self, path: &str) -> Option<Endpoint> {
        let paths = &self.paths;
        let known = [
            (&paths.device_authorization, Endpoint::DeviceAuthorization),
            (&paths.token, Endpoint::Token),
            (&paths.revocation, Endpoint::Revocation),
        ];
        let found = known
            .into_iter()
            .find(|(paths, _)| paths.iter().any(|known| **known == *path));
        found.map(|(_, endpoint)| endpoint)
    }
}

impl Route for Endpoints {
    fn claim(route: &Arc<Self>, parts: &Parts) -> Option<Answering> {
        let target = route.target(parts)?;
        let endpoints = Arc::clone(route);
        Some(Box::new(move |request| match target {
            Some(Endpoint::Token) => Self::token_claimed(endpoints, request),
            Some(Endpoint::DeviceAuthorization) => {
                Box::pin(async move { endpoints.device_authorization(request).await.into() })
            }
            other => Box::pin(async move { endpoints.answer_at(other, request).await }),
        }))
    }

    fn address_unknown(&self) {
        self.grants.address_unknown();
    }

    fn addresses(&self) -> Vec<(Method, String)> {
        let Paths {
            device_authorization,
            token,
            revocation,
        } = &self.paths;
        let revocation = revocation.iter().filter(|_| self.grants.revokes_tokens());
        let endpoints = device_authorization.iter().chain(token).chain(revocation);
        let documents = self.published.iter().flat_map(|it| &it.paths);
        let endpoints = endpoints.map(|path| (Method::POST, path.to_string()));
        let documents = documents.map(|path| (Method::GET, path.to_string()));
        endpoints.chain(documents).collect()
    }
}

/// One of the endpoints; `None` is the metadata document.
type Target = Option<Endpoint>;

impl Endpoints {
    fn target(&self, parts: &Parts) -> Option<Target> {
        let path = parts.uri.path();
        let Some(endpoint) = self.endpoint_at(path) else {
            return self.is_published_at(path).then_some(None);
        };
        let is_alone = match endpoint {
            Endpoint::DeviceAuthorization => true,
            Endpoint::Token => self.is_alone,
            Endpoint::Revocation => self.grants.revokes_tokens(),
        };
        // The host has endpoints of its own at these paths, and answers other methods there, except a preflight.
        let is_asked =
            parts.method == Method::POST || (parts.method == Method::OPTIONS && self.cors.is_on());
        (is_alone || is_asked).then_some(Some(endpoint))
    }

    async fn answer_at(&self, target: Target, request: Request<Bytes>) -> Routed {
        match target {
            Some(Endpoint::DeviceAuthorization) => self.device_authorization(request).await.into(),
            Some(Endpoint::Token) => self.token(request).await,
            Some(Endpoint::Revocation) => self.revocation(request).await,
            None => self.document(&request).into(),
        }
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints")
            .field("grants", &self.grants)
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}

/// Scheme and authority of an issuer identifier, which has neither query nor fragment.
pub(super) fn origin_of(issuer: &str) -> &str {
    let authority = issuer.find("://").map_or(0, |at| at.saturating_add(3));
    let rest = issuer.get(authority..).unwrap_or_default();
    let end = rest.find('/').map_or(issuer.len(), |at| authority + at);
    issuer.get(..end).unwrap_or(issuer)
}
