use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request};

use super::cors::{Caller, Incoming};
use super::rejection::Rejection;
use super::{Endpoint, Endpoints, RequestFacts, Routed, form, prepared};
use crate::grant::KeyThumbprint;
use crate::host::{Client, DeviceTokenRequest};
use crate::message::{ErrorCode, ErrorResponse};

/// The parameters that a request must not repeat, besides those of the client.
const PARAMETERS: [&str; 2] = ["device_code", "code_verifier"];

impl Endpoints {
    /// Answers a device access token request
    /// ([RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)), whatever its path. It returns
    /// requests with another method or another `grant_type`, unless [`no_other_grants`](Self::no_other_grants) is set.
    ///
    /// A body with several `grant_type` parameters, one of them this grant, gets `invalid_request`, because two parsers could
    /// read different grants. A request that fails client authentication does not count as a poll.
    pub async fn token(&self, request: Request<Bytes>) -> Routed {
        self.finish(Box::pin(Self::begin(self, request))).await
    }

    /// Answers a request of its own at the token endpoint.
    pub(super) fn token_claimed(
        endpoints: Arc<Self>,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Routed> + Send>> {
        let begin = Box::pin(Self::begin(Arc::clone(&endpoints), request));
        Box::pin(async move { endpoints.finish(begin).await })
    }

    /// Answers what was begun. That is boxed: a poll that waits takes no room for its request, or for how it was read.
    async fn finish(&self, begin: Pin<Box<impl Future<Output = Result<Begun, Routed>>>>) -> Routed {
        let (caller, asks_nonce, poll) = match begin.await {
            Ok(begun) => (begun.caller, begun.asks_nonce, begun.poll),
            Err(routed) => return routed,
        };
        let response = match poll {
            Ok(poll) => match self.grants().heard(&poll.0, &poll.1).await {
                Ok(heard) => prepared::response(&heard),
                Err(fault) => Rejection::from(fault).into(),
            },
            Err(refusal) => refusal.into(),
        };
        caller.mark(self.with_nonce(asks_nonce, response)).into()
    }

    /// Reads a request, unless it is answered here or not this grant's.
    async fn begin(
        endpoints: impl Deref<Target = Self>,
        request: Request<Bytes>,
    ) -> Result<Begun, Routed> {
        let endpoints = &*endpoints;
        let caller = match endpoints
            .cors()
            .meet(request.method(), request.headers(), "POST")
        {
            Incoming::Preflight(response) => return Err(response.into()),
            Incoming::Request(caller) => caller,
        };
        let is_post = request.method() == Method::POST;
        let named = GrantTypes::of(request.body());
        // By the bytes, before the form is known to be well-formed: the host has to get other grants as they came.
        let is_ours = endpoints.is_alone() || (is_post && named.has_ours);
        if !is_ours {
            return Err(Routed::NotOurs(request));
        }
        if !is_post {
            return Err(caller.mark(Rejection::method().into()).into());
        }
        let (parts, body) = request.into_parts();
        Ok(Begun {
            caller,
            asks_nonce: endpoints.asks_nonce(&parts.headers),
            poll: endpoints.read(&parts, body, named).await.map(Box::new),
        })
    }

    /// Reads a poll, and authenticates its client.
    async fn read(
        &self,
        parts: &Parts,
        body: Bytes,
        named: GrantTypes,
    ) -> Result<(Client, DeviceTokenRequest), Rejection> {
        let parameters = &form::take(parts, body)?;
        // Before the client is authenticated: a malformed request is told what is wrong with it, whoever sends it.
        named.check()?;
        form::refuse_repeats(parameters, &PARAMETERS)?;
        let client = self.client(Endpoint::Token, parts, parameters).await?;
        if client.terms.is_none() {
            // It would be refused in any case; here it comes before the complaint about a missing device code.
            let source = RequestFacts::in_extensions(&parts.extensions).ip;
            let refused = self.grants().poll_refused(&client, source);
            return Err(refused.reply().into());
        }
        let request = DeviceTokenRequest::of_this_grant(parameters)?;
        // Last: a proof is used up by this, and a request that is refused before may repeat it.
        let key = self.key(Endpoint::Token, parts).await?;
        let request = presented(request, key, parts);
        Ok((client, request.with_prefer(preferences(parts))))
    }
}

/// A token request that is to be answered as a poll.
struct Begun {
    caller: Caller,
    asks_nonce: bool,
    poll: Result<Box<(Client, DeviceTokenRequest)>, Rejection>,
}

/// Returns the values of the `Prefer` headers that are text.
fn preferences(parts: &Parts) -> impl Iterator<Item = &str> {
    let values = parts.headers.get_all("prefer").into_iter();
    values.filter_map(|value| value.to_str().ok())
}

/// A request with the key that the device proved, and the address that it came from.
pub(super) fn presented(
    request: DeviceTokenRequest,
    key: Option<KeyThumbprint>,
    parts: &Parts,
) -> DeviceTokenRequest {
    let request = match key {
        Some(thumbprint) => request.with_key(thumbprint),
        None => request,
    };
    match RequestFacts::in_extensions(&parts.extensions).ip {
        Some(ip) => request.with_ip(ip),
        None => request,
    }
}

/// The grant types that a body names, however the rest of it looks.
#[derive(Clone, Copy)]
struct GrantTypes {
    number: usize,
    has_ours: bool,
}

impl GrantTypes {
    fn of(body: &[u8]) -> Self {
        let mut named = Self {
            number: 0,
            has_ours: false,
        };
        for is_ours in form::values_are(body, "grant_type", DeviceTokenRequest::GRANT_TYPE) {
            named.number = named.number.saturating_add(1);
            named.has_ours |= is_ours;
        }
        named
    }

    /// Checks that there is one, and that it is this one.
    fn check(self) -> Result<(), Rejection> {
        match self.number {
            1 if self.has_ours => Ok(()),
            0 => Err(Rejection::invalid_request("grant_type is missing")),
            1 => Err(ErrorResponse::from(ErrorCode::UnsupportedGrantType).into()),
            _ => Err(Rejection::invalid_request("grant_type is repeated")),
        }
    }
}
