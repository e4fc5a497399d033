use std::future::{Future, ready};
use std::ops::{ControlFlow, Deref};
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
use crate::message::{ErrorCode, ErrorResponse, Parameters};

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
        match self.asked(request) {
            ControlFlow::Continue(asked) => {
                let begin = Box::pin(Self::begin(self, asked));
                self.finish(begin).await
            }
            ControlFlow::Break(routed) => routed,
        }
    }

    /// Answers a claimed request at the token endpoint.
    pub(super) fn token_claimed(
        endpoints: Arc<Self>,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Routed> + Send>> {
        let asked = match endpoints.asked(request) {
            ControlFlow::Continue(asked) => asked,
            ControlFlow::Break(routed) => return Box::pin(ready(routed)),
        };
        let begin = Box::pin(Self::begin(Arc::clone(&endpoints), asked));
        Box::pin(async move { endpoints.finish(begin).await })
    }

    /// Answers a poll that was begun. `begin` is boxed, so that a poll that waits holds no memory for reading its request.
    async fn finish(&self, begin: Pin<Box<impl Future<Output = Begun>>>) -> Routed {
        let Begun {
            caller,
            asks_nonce,
            poll,
        } = begin.await;
        let response = match poll {
            Ok(poll) => match self.grants().heard(&poll.0, &poll.1).await {
                Ok(heard) => prepared::response(&heard),
                Err(fault) => Rejection::from(fault).into(),
            },
            Err(refusal) => refusal.into(),
        };
        caller.mark(self.with_nonce(asks_nonce, response)).into()
    }

    /// Returns a request to answer as a poll. Breaks with the answer to any other request, or with the request itself if it is
    /// for another grant.
    fn asked(&self, request: Request<Bytes>) -> ControlFlow<Routed, Asked> {
        let caller = match self
            .cors()
            .meet(request.method(), request.headers(), "POST")
        {
            Incoming::Preflight(response) => return ControlFlow::Break(response.into()),
            Incoming::Request(caller) => caller,
        };
        let is_post = request.method() == Method::POST;
        let (parts, body) = request.into_parts();
        let form = form::read(&parts, &body);
        let named = match &form {
            Ok(parameters) => GrantTypes::of_parameters(parameters),
            // A malformed form may be a request for another grant, which the host has to get as it came.
            Err(_) => GrantTypes::of_body(&body),
        };
        let is_ours = self.is_alone() || (is_post && named.has_ours);
        if !is_ours {
            return ControlFlow::Break(Routed::NotOurs(Request::from_parts(parts, body)));
        }
        form::wipe(body);
        if !is_post {
            let refusal = Rejection::method().into();
            return ControlFlow::Break(caller.mark(refusal).into());
        }
        ControlFlow::Continue(Asked {
            caller,
            parts,
            named,
            form,
        })
    }

    /// Reads a poll, and authenticates its client.
    fn begin(endpoints: impl Deref<Target = Self>, asked: Asked) -> impl Future<Output = Begun> {
        let Asked {
            caller,
            parts,
            named,
            form,
        } = asked;
        // Not an async function, which would keep its arguments in addition to what it makes of them. The block keeps the request
        // once.
        async move {
            let poll = match form {
                Ok(parameters) => endpoints.read(&parts, &parameters, named).await,
                Err(refusal) => Err(refusal),
            };
            Begun {
                caller,
                asks_nonce: endpoints.asks_nonce(&parts.headers),
                poll: poll.map(Box::new),
            }
        }
    }

    async fn read(
        &self,
        parts: &Parts,
        parameters: &Parameters,
        named: GrantTypes,
    ) -> Result<(Client, DeviceTokenRequest), Rejection> {
        // Before the client is authenticated: the answer to a malformed request says what is wrong, whoever sent it.
        named.check()?;
        form::refuse_repeats(parameters, &PARAMETERS)?;
        let client = self.client(Endpoint::Token, parts, parameters).await?;
        if client.terms.is_none() {
            // The grants would refuse it later. Refused here, it gets this error and not one about a missing device code.
            let source = RequestFacts::in_extensions(&parts.extensions).ip;
            let refused = self.grants().poll_refused(&client, source);
            return Err(refused.reply().into());
        }
        let request = DeviceTokenRequest::of_this_grant(parameters)?;
        // Last, because this uses the proof up: a request that is refused before may repeat its proof.
        let key = self.key(Endpoint::Token, parts).await?;
        let request = presented(request, key, parts);
        Ok((client, request.with_prefer(preferences(parts))))
    }
}

/// A token request that is to be answered as a poll, and its form.
struct Asked {
    caller: Caller,
    parts: Parts,
    named: GrantTypes,
    form: Result<Parameters, Rejection>,
}

/// A poll that was read, with what its response needs in addition.
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

/// The grant types that a body names, even if the rest of it is malformed.
#[derive(Clone, Copy)]
struct GrantTypes {
    number: usize,
    has_ours: bool,
}

impl GrantTypes {
    fn of_parameters(parameters: &Parameters) -> Self {
        let named = parameters.all("grant_type");
        Self::of(named.map(|named| named == DeviceTokenRequest::GRANT_TYPE))
    }

    /// Reads the grant types of a body that may be no form.
    fn of_body(body: &[u8]) -> Self {
        Self::of(form::values_are(
            body,
            "grant_type",
            DeviceTokenRequest::GRANT_TYPE,
        ))
    }

    fn of(are_ours: impl Iterator<Item = bool>) -> Self {
        let mut named = Self {
            number: 0,
            has_ours: false,
        };
        for is_ours in are_ours {
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
