//! The origins whose pages may call the endpoints from a browser. Default: none.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::response;
use crate::invalid_value::InvalidValue;
use crate::message::EndpointUri;

/// The headers that a device may send besides the form.
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, DPoP, Prefer");

const NOT_AN_ORIGIN: InvalidValue =
    InvalidValue::because("the text is not an origin as browsers write it");

/// The headers that a device may read besides the body.
const ANSWER_HEADERS: HeaderValue =
    HeaderValue::from_static("DPoP-Nonce, Preference-Applied, Retry-After, WWW-Authenticate");

/// The origins whose pages may read the answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Cors {
    origins: Vec<HeaderValue>,
}

/// A request, as far as CORS is concerned.
pub(super) enum Incoming {
    /// A browser asks whether it may send one.
    Preflight(Response<Bytes>),
    /// The request itself.
    Request(Caller),
}

/// The origin that will read the answer.
pub(super) struct Caller {
    /// The origin, if it is allowed.
    origin: Option<HeaderValue>,
    /// True if a caller of another origin would get another answer.
    varies: bool,
}

impl Cors {
    /// Adds an origin.
    pub(super) fn allow(&mut self, origin: &str) -> Result<(), InvalidValue> {
        if !is_origin(origin) {
            return Err(NOT_AN_ORIGIN);
        }
        let origin = HeaderValue::from_str(origin).map_err(|_| NOT_AN_ORIGIN)?;
        if !self.origins.contains(&origin) {
            self.origins.push(origin);
        }
        Ok(())
    }

    /// Returns whether any page in a browser may call.
    pub(super) fn is_on(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Answers a preflight for an endpoint that takes `methods`, or finds the caller of another request.
    pub(super) fn meet(
        &self,
        method: &Method,
        headers: &HeaderMap,
        methods: &'static str,
    ) -> Incoming {
        let caller = Caller {
            origin: self.origin_of(headers),
            varies: self.is_on(),
        };
        let is_preflight = *method == Method::OPTIONS
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
            && caller.origin.is_some();
        if !is_preflight {
            return Incoming::Request(caller);
        }
        let mut response = response::empty();
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static(methods),
        );
        // No `Access-Control-Max-Age`: an origin that is taken off the list must be refused at once.
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
        Incoming::Preflight(caller.mark(response))
    }

    /// The origin of the request, if it is listed: byte for byte, as the browser writes it.
    fn origin_of(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let mut origins = headers.get_all(ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (Some(origin), None) if self.origins.contains(origin) => Some(origin.clone()),
            _ => None,
        }
    }
}

impl Caller {
    /// Allows the caller's page to read the answer. The answer allows no cookies, and names no other origin.
    pub(super) fn mark(self, mut response: Response<Bytes>) -> Response<Bytes> {
        let headers = response.headers_mut();
        // Also on answers to callers without an allowed origin: a cache must not give one of those to a page of an allowed origin.
        if self.varies {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(origin) = self.origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS);
        }
        response
    }
}

/// Returns whether a text is an origin on `https`, or on `http` at a loopback host, written as in an `Origin` header.
fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else {
        return false;
    };
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b':' | b'[' | b']');
    matches!(scheme, "http" | "https")
        && EndpointUri::parse(text).is_ok()
        && authority.bytes().all(is_plain)
        && !authority.ends_with(own_port)
        && !authority.ends_with(':')
}
