//! Requests and answers of actix-web, which has http 0.2, as those of http 1.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::{ErrorBadRequest, PayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpResponse};
use device_grant::http::{RequestBody, RequestFacts};
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};

/// Takes the body out of a request, and makes a request of http 1 with it.
///
/// # Errors
///
/// A method or a URI that http 1 does not take: there is none that is known.
pub(crate) fn request(
    mut original: ServiceRequest,
) -> Result<(ServiceRequest, http::Request<PayloadBody>), Error> {
    let body = PayloadBody {
        announced: announced(original.headers()),
        payload: original.take_payload(),
    };
    let mut request = http::Request::new(body);
    let method = original.method().as_str().as_bytes();
    *request.method_mut() = http::Method::from_bytes(method).map_err(ErrorBadRequest)?;
    *request.uri_mut() = original
        .uri()
        .to_string()
        .parse()
        .map_err(ErrorBadRequest)?;
    *request.headers_mut() = headers(original.headers());
    if let Some(peer) = original.peer_addr() {
        RequestFacts::of(request.extensions_mut()).ip = Some(peer.ip());
    }
    Ok((original, request))
}

/// Puts the body back, as it came or as it was read.
pub(crate) fn give_back(
    mut original: ServiceRequest,
    request: http::Request<RequestBody<PayloadBody>>,
) -> ServiceRequest {
    original.set_payload(match request.into_body() {
        RequestBody::Streamed(body) => body.payload,
        RequestBody::Whole(bytes) => Payload::from(bytes),
    });
    original
}

/// Both versions take the same names and values, so nothing is left out.
pub(crate) fn headers(headers: &HeaderMap) -> http::HeaderMap {
    let pairs = headers.iter().filter_map(|(name, value)| {
        let name = http::HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        let value = http::HeaderValue::from_bytes(value.as_bytes()).ok()?;
        Some((name, value))
    });
    let mut converted = http::HeaderMap::new();
    for (name, value) in pairs {
        converted.append(name, value);
    }
    converted
}

pub(crate) fn response(response: http::Response<Bytes>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16());
    let mut converted = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in &parts.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            converted.append_header((name, value));
        }
    }
    converted.body(body)
}

/// Returns the value of `Content-Length`, by which a body that is too long is refused before it arrives.
fn announced(headers: &HeaderMap) -> usize {
    let length = headers.get(CONTENT_LENGTH).map(HeaderValue::to_str);
    length
        .and_then(|length| length.ok()?.parse().ok())
        .unwrap_or(0)
}

/// A request's body, to be read piece by piece.
pub(crate) struct PayloadBody {
    payload: Payload,
    announced: usize,
}

impl Body for PayloadBody {
    type Data = Bytes;
    type Error = PayloadError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, PayloadError>>> {
        let piece = ready!(Pin::new(&mut self.payload).poll_next(context));
        if let Some(Ok(bytes)) = &piece {
            self.announced = self.announced.saturating_sub(bytes.len());
        }
        Poll::Ready(piece.map(|bytes| bytes.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(u64::try_from(self.announced).unwrap_or(u64::MAX));
        hint
    }
}
