use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;

use http::request::Parts;

use super::RequestFacts;
use super::rejection::Rejection;

/// Tells a [`DeviceGrantLayer`](super::DeviceGrantLayer) which address a request comes from (feature `tower`).
///
/// Limits are charged to this address, at the endpoints and at the ready-made pages alike, and the review shows it. A source
/// that does not tell the address of a request has the request refused, with 500 and `server_error`: a limit that
/// is off must not go unnoticed. A host that knows no addresses says so with [`unknown`](Self::unknown).
///
/// | server | source |
/// |---|---|
/// | axum, with `into_make_service_with_connect_info` | [`peer::<ConnectInfo<SocketAddr>>()`](Self::peer) |
/// | hyper, warp, actix-web: whoever accepts the connection sets [`RequestFacts::ip`] | [`extension()`](Self::extension) |
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
/// The address of the connection is the proxy's, and a limit that is charged to it shuts everybody out. The address of
/// the client is in a header, which every client can write, too. So the server has to be reachable through the proxy alone,
/// and the host reads what this proxy wrote, and nothing to the left of it. This crate reads no such header; the
/// `client-ip` crate, or the framework's own extractor, does.
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
/// Behind two proxies the last entry is the outer proxy. Either the inner one works out the client, by a list of the proxies
/// that it trusts, and overwrites a header with it (in nginx: `set_real_ip_from`, `real_ip_recursive on`, and
/// `proxy_set_header X-Real-IP $remote_addr`). This is right behind any number of proxies:
///
/// ```
/// # use device_grant::http::ClientIpSource;
/// let source = ClientIpSource::from_fn(|request| client_ip::x_real_ip(&request.headers).ok());
/// ```
///
/// Or the outer proxy overwrites a header that the inner one leaves alone, as Cloudflare does with `CF-Connecting-IP`
/// (`client_ip::cf_connecting_ip`), and the inner one takes connections from the outer one alone.
///
/// The first entry of `X-Forwarded-For`, which some frameworks call the real address, is whatever the client wrote.
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
    /// Takes the [`RequestFacts::ip`] that whatever is in front of the layer set.
    #[must_use]
    pub fn extension() -> Self {
        Self(Kind::Extension)
    }

    /// Takes the address of the connection from an extension of the framework's, such as axum's `ConnectInfo<SocketAddr>`.
    #[must_use]
    pub fn peer<E>() -> Self
    where
        E: Deref<Target = SocketAddr> + Send + Sync + 'static,
    {
        Self::from_fn(|request| Some(request.extensions.get::<E>()?.ip()))
    }

    /// Asks this function. `None` means that it cannot tell, and has the request refused.
    #[must_use]
    pub fn from_fn(client_ip: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        Self(Kind::Function(Arc::new(client_ip)))
    }

    /// Says that this host knows no addresses. A [`RequestFacts::ip`] counts nevertheless.
    ///
    /// Then nothing bounds what one address can do: only the limits for one account and for everybody hold, a
    /// stranger can use the latter up, and the review does not show where the device is.
    #[must_use]
    pub fn unknown() -> Self {
        Self(Kind::Unknown)
    }

    /// Puts the address among the extensions, where everybody finds the same one.
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
