use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    LOCATION, PRAGMA, REFERRER_POLICY, RETRY_AFTER, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};

use super::Language;
use crate::message::ceil_seconds;

/// A page with its headers.
pub(super) fn page(
    status: StatusCode,
    html: String,
    policy: HeaderValue,
    language: Language,
) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    protect(&mut response, policy);
    response
}

/// A redirect that is followed by a GET.
pub(super) fn redirect(to: &str, policy: HeaderValue) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(location) = HeaderValue::try_from(to) {
        response.headers_mut().insert(LOCATION, location);
    }
    protect(&mut response, policy);
    response
}

pub(super) fn set_cookie(response: &mut Response<Bytes>, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

pub(super) fn retry_after(response: &mut Response<Bytes>, delay: Duration) {
    let seconds = ceil_seconds(delay).max(1);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
}

/// Makes the browser continue to another page at once, without a script.
pub(super) fn refresh(response: &mut Response<Bytes>, to: &str) {
    if let Ok(refresh) = HeaderValue::try_from(format!("0; url={to}")) {
        let headers = response.headers_mut();
        headers.insert(HeaderName::from_static("refresh"), refresh);
    }
}

pub(super) fn allow(response: &mut Response<Bytes>, methods: &'static str) {
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(methods));
}

/// The headers of every answer, redirects included.
fn protect(response: &mut Response<Bytes>, policy: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    let fixed = [
        // For browsers that do not know `frame-ancestors`.
        (X_FRAME_OPTIONS, "DENY"),
        // The host's login and linked pages do not learn which grant is under review.
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // A page that the browser keeps would show code and request to the next person in front of it.
        (CACHE_CONTROL, "no-store"),
        // For caches of HTTP/1.0.
        (PRAGMA, "no-cache"),
        (
            // A page that opened this one gets no handle to its window, and cannot replace it under a click.
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
