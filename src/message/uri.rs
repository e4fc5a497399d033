use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use iri_string::types::UriStr;
use thiserror::Error;

use crate::message::percent::push_encoded;

/// Holds the absolute URI of an endpoint: `https`, or `http` on a loopback host.
///
/// It has no fragment and no user information, and is kept as written, byte for byte. Loopback
/// hosts are `127.0.0.0/8`, `[::1]` and `localhost`. At most [`EndpointUri::MAX_LEN`] bytes are
/// read.
///
/// ```
/// use device_grant::message::EndpointUri;
///
/// let uri = EndpointUri::parse("https://example.com/activate?lang=en")?;
/// let complete = uri.with_query_parameter("user_code", "WDJB-MJHT");
/// assert_eq!(complete, "https://example.com/activate?lang=en&user_code=WDJB-MJHT");
/// assert!(EndpointUri::parse("http://example.com/activate").is_err());
/// # Ok::<(), device_grant::message::InvalidUri>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct EndpointUri(Box<str>);

impl EndpointUri {
    /// The longest URI that is read, in bytes.
    pub const MAX_LEN: usize = 2048;

    /// Reads an endpoint's URI.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidUri`] if the text is not such a URI; the error says which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidUri> {
        if text.len() > Self::MAX_LEN {
            return Err(InvalidUri(Reason::TooLong));
        }
        let uri = UriStr::new(text).map_err(|_| InvalidUri(Reason::Syntax))?;
        if uri.fragment().is_some() {
            return Err(InvalidUri(Reason::Fragment));
        }
        check_authority(uri)?;
        Ok(Self(text.into()))
    }

    /// Returns the URI as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        let scheme = self.0.split(':').next();
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
    }

    /// Returns the URI with one more query parameter, percent-encoded, behind the query it has.
    ///
    /// This is how `verification_uri_complete` is made. The result is a plain string because it
    /// holds the user code, which this type would show in its `Debug`.
    #[must_use]
    pub fn with_query_parameter(&self, name: &str, value: &str) -> String {
        let separator = match self.0.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        let mut uri = String::with_capacity(self.0.len() + 3 * (name.len() + value.len()) + 2);
        uri.push_str(&self.0);
        uri.push_str(separator);
        push_encoded(&mut uri, name);
        uri.push('=');
        push_encoded(&mut uri, value);
        uri
    }
}

impl FromStr for EndpointUri {
    type Err = InvalidUri;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for EndpointUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Holds an authorization server's issuer identifier: an [`EndpointUri`] without a query
/// ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
///
/// ```
/// use device_grant::message::Issuer;
///
/// let issuer = Issuer::parse("https://as.example.com/tenant")?;
/// assert_eq!(issuer.as_str(), "https://as.example.com/tenant");
/// assert!(Issuer::parse("https://as.example.com/?tenant=1").is_err());
/// # Ok::<(), device_grant::message::InvalidUri>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Issuer(EndpointUri);

impl Issuer {
    /// Reads an issuer identifier.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidUri`] if the text is not an [`EndpointUri`], or has a query.
    pub fn parse(text: &str) -> Result<Self, InvalidUri> {
        let uri = EndpointUri::parse(text)?;
        if text.contains('?') {
            return Err(InvalidUri(Reason::Query));
        }
        Ok(Self(uri))
    }

    /// Returns the identifier as it was written; clients compare it byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.is_https()
    }
}

impl FromStr for Issuer {
    type Err = InvalidUri;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Says which rule a text breaks that should be an [`EndpointUri`] or an [`Issuer`].
///
/// ```
/// use device_grant::message::EndpointUri;
///
/// let error = EndpointUri::parse("http://example.com/").unwrap_err();
/// assert_eq!(error.to_string(), "the scheme must be https, or http on a loopback host");
/// ```
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error(transparent)]
pub struct InvalidUri(Reason);

#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
enum Reason {
    #[error("the text is not an absolute URI")]
    Syntax,
    #[error("the URI is longer than {} bytes", EndpointUri::MAX_LEN)]
    TooLong,
    #[error("the scheme must be https, or http on a loopback host")]
    Scheme,
    #[error("the URI has no host")]
    Host,
    #[error("the port is not a number up to 65535")]
    Port,
    #[error("the URI must not have user information")]
    UserInfo,
    #[error("the URI must not have a query")]
    Query,
    #[error("the URI must not have a fragment")]
    Fragment,
}

fn check_authority(uri: &UriStr) -> Result<(), InvalidUri> {
    let authority = uri.authority_components().ok_or(InvalidUri(Reason::Host))?;
    if authority.userinfo().is_some() {
        return Err(InvalidUri(Reason::UserInfo));
    }
    if authority.host().is_empty() {
        return Err(InvalidUri(Reason::Host));
    }
    let port = authority.port().filter(|port| !port.is_empty());
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err(InvalidUri(Reason::Port));
    }
    let scheme = uri.scheme_str();
    let plain = scheme.eq_ignore_ascii_case("http") && is_loopback(authority.host());
    if !plain && !scheme.eq_ignore_ascii_case("https") {
        return Err(InvalidUri(Reason::Scheme));
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    if let Some(address) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return address
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback());
    }
    let v4 = host
        .parse::<Ipv4Addr>()
        .is_ok_and(|address| address.is_loopback());
    v4 || host.eq_ignore_ascii_case("localhost")
}
