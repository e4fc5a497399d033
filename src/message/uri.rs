use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use iri_string::types::UriStr;

use crate::invalid_value::InvalidValue;
use crate::message::{percent::push_encoded, reason::Reason};

/// Holds the absolute URI of an endpoint: `https`, or `http` on a loopback host.
///
/// It has no fragment and no user information, and is kept as written, byte for byte. Loopback
/// hosts are `127.0.0.0/8`, `[::1]` and `localhost`. At most [`EndpointUri::MAX_LEN`] bytes are
/// read.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct EndpointUri(Box<str>);

impl EndpointUri {
    /// The longest URI that is read, in bytes.
    pub(crate) const MAX_LEN: usize = 2048;

    /// Reads an endpoint's URI.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidValue`] if the text is not such a URI; the error says which rule it breaks.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        if text.len() > Self::MAX_LEN {
            return Err(Reason::UriTooLong.into());
        }
        let uri = UriStr::new(text).map_err(|_| Reason::UriSyntax)?;
        if uri.fragment().is_some() {
            return Err(Reason::UriFragment.into());
        }
        check_authority(uri)?;
        Ok(Self(text.into()))
    }

    /// Returns the URI as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the URI with one more query parameter, percent-encoded, behind the query it has.
    ///
    /// This is how `verification_uri_complete` is made. The result is a plain string because it
    /// holds the user code, which this type would show in its `Debug`.
    pub(crate) fn with_query_parameter(&self, name: &str, value: &str) -> String {
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

impl fmt::Display for EndpointUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Holds an authorization server's issuer identifier: an [`EndpointUri`] without a query
/// ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Issuer(EndpointUri);

impl Issuer {
    /// Reads an issuer identifier.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidValue`] if the text is not an [`EndpointUri`], or has a query.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidValue> {
        let uri = EndpointUri::parse(text)?;
        if text.contains('?') {
            return Err(Reason::UriQuery.into());
        }
        Ok(Self(uri))
    }

    /// Returns the identifier as it was written; clients compare it byte for byte.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

fn check_authority(uri: &UriStr) -> Result<(), InvalidValue> {
    let authority = uri.authority_components().ok_or(Reason::UriHost)?;
    // `https://id.example@evil.example` reads like an address of the first host.
    if authority.userinfo().is_some() {
        return Err(Reason::UriUserInfo.into());
    }
    if authority.host().is_empty() {
        return Err(Reason::UriHost.into());
    }
    // RFC 3986 §3.2.3: an empty port is legal, and a port has any number of digits.
    let port = authority.port().filter(|port| !port.is_empty());
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err(Reason::UriPort.into());
    }
    let scheme = uri.scheme_str();
    let plain = scheme.eq_ignore_ascii_case("http") && is_loopback(authority.host());
    if !plain && !scheme.eq_ignore_ascii_case("https") {
        return Err(Reason::UriScheme.into());
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
