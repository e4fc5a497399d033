use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;

use http::request::Parts;

use super::RequestFacts;
use super::rejection::Rejection;

/// The source of the client address of a request, for a [`DeviceGrantLayer`](super::DeviceGrantLayer) (feature `tower`).
///
/// Limits count by this address, at the endpoints and at the ready-made pages, and the review shows it. If the source has no
/// address for a request, the request gets 500 and `server_error`, so that you notice that the limit does not work. If your
/// server knows no addresses, use [`unknown`](Self::unknown).
///
/// | server | source |
/// |---|---|
/// | axum, with `into_make_service_with_connect_info` | [`peer::<ConnectInfo<SocketAddr>>()`](Self::peer) |
/// | hyper, warp, actix-web, where your code sets [`RequestFacts::ip`] | [`extension()`](Self::extension) |
/// | any, behind a proxy | [`from_fn`](Self::from_fn) |
///
/// ```
/// use std::net::SocketAddr;
///
/// use axum::extract::ConnectInfo;
/// use device_grant::http::{ClientIpSource, DeviceGrantLayer, Route};
///
/// /// Served by `app.into_make_service_with_connect_info::<SocketAddr>()`.
/// fn layer(route: impl Route + 'static) -> DeviceGrantLayer {
///     DeviceGrantLayer::new(route, ClientIpSource::peer::<ConnectInfo<SocketAddr>>())
/// }
/// ```
///
/// # Behind proxies
///
/// Every connection comes from the proxy's address, so a limit for that address would shut everybody out. The proxy writes the
/// address of the client into a header, which a client can write as well. So make the server reachable only through the
/// proxy, and read only the entry that this proxy wrote, which is the last one. This crate reads no such header; use the
/// crate `client-ip`, or the extractor of your framework.
///
/// Behind one proxy that appends to `X-Forwarded-For`, the last entry is the client:
///
/// ```
/// # use device_grant::http::ClientIpSource;
/// let source = ClientIpSource::from_fn(|request| {
///     client_ip::rightmost_x_forwarded_for(&request.headers).ok()
/// });
/// ```
///
/// Behind two proxies the last entry is the outer proxy. There are two solutions. In the first, the inner proxy determines the
/// client by a list of trusted proxies, and overwrites a header with it (in nginx: `set_real_ip_from`, `real_ip_recursive on`,
/// and `proxy_set_header X-Real-IP $remote_addr`). This works behind any number of proxies:
///
/// ```
/// # use device_grant::http::ClientIpSource;
/// let source = ClientIpSource::from_fn(|request| client_ip::x_real_ip(&request.headers).ok());
/// ```
///
/// In the second, the outer proxy overwrites a header that the inner one does not change, as Cloudflare does with
/// `CF-Connecting-IP` (`client_ip::cf_connecting_ip`), and the inner one accepts connections only from the outer one.
///
/// Never use the first entry of `X-Forwarded-For`, which some frameworks call the real address: the client can write it.
#[derive(Clone)]
pub struct ClientIpSource(Kind);

#[derive(Clone)]
enum Kind {
    Extension,
    Function(Arc<ClientIpFn>),
    Unknown,
}

type ClientIpFn = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;

impl ClientIpSource {
    /// Takes [`RequestFacts::ip`], which your code in front of the layer sets.
    #[must_use]
    pub fn extension() -> Self {
        Self(Kind::Extension)
    }

    /// Takes the address of the connection from an extension of the framework, such as axum's `ConnectInfo<SocketAddr>`.
    #[must_use]
    pub fn peer<E>() -> Self
    where
        E: Deref<Target = SocketAddr> + Send + Sync + 'static,
    {
        Self::from_fn(|request| Some(request.extensions.get::<E>()?.ip()))
    }

    /// Takes the address that this function returns. If it returns `None`, the request is refused.
    #[must_use]
    pub fn from_fn(client_ip: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        Self(Kind::Function(Arc::new(client_ip)))
    }

    /// Takes no addresses, except from [`RequestFacts::ip`].
    ///
    /// Without addresses there are no limits for them, only those for accounts and for the whole server. A stranger can use
    /// the latter up, and the review does not show the place of the device.
    #[must_use]
    pub fn unknown() -> Self {
        Self(Kind::Unknown)
    }

    /// Puts the address into the [`RequestFacts`] of a request, where endpoints and pages find it.
    pub(super) fn note(&self, parts: &mut Parts) -> Result<(), Rejection> {
        let is_told = match &self.0 {
            Kind::Unknown => true,
            Kind::Extension => RequestFacts::in_extensions(&parts.extensions).ip.is_some(),
            Kind::Function(client_ip) => {
                let told = client_ip(parts);
                if told.is_some() {
                    RequestFacts::of(&mut parts.extensions).ip = told;
                }
                told.is_some()
            }
        };
        if is_told {
            Ok(())
        } else {
            Err(Rejection::unknown_client_ip())
        }
    }
}

impl fmt::Debug for ClientIpSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::Extension => "Extension",
            Kind::Function(_) => "Function",
            Kind::Unknown => "Unknown",
        })
    }
}
