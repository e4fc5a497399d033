use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response, header};

use super::cors::Incoming;
use super::rejection::Rejection;
use super::{Endpoint, Endpoints, RequestFacts, form};
use crate::grant::Origin;
use crate::host::DeviceAuthorizationRequest;
use crate::message::{ExtraParameters, Parameters, Reply};

/// The parameters that a request must not repeat, besides those of the client.
const PARAMETERS: [&str; 9] = [
    "scope",
    "code_challenge",
    "code_challenge_method",
    "authorization_details",
    "acr_values",
    "max_age",
    "login_hint",
    "ui_locales",
    "nonce",
];

impl Endpoints {
    /// Answers a device authorization request
    /// ([RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)), whatever its path.
    ///
    /// Another method than POST gets 405. A refused request stores nothing.
    pub async fn device_authorization(&self, request: Request<Bytes>) -> Response<Bytes> {
        let caller = match self
            .cors()
            .meet(request.method(), request.headers(), "POST")
        {
            Incoming::Preflight(response) => return response,
            Incoming::Request(caller) => caller,
        };
        if request.method() != Method::POST {
            return caller.mark(Rejection::method().into());
        }
        let (parts, body) = request.into_parts();
        let parameters = form::take(&parts, body);
        let reply = match parameters {
            Ok(parameters) => self.authorize(&parts, &parameters).await,
            Err(refusal) => Err(refusal),
        };
        let response = reply.map_or_else(Response::from, Response::from);
        caller.mark(self.with_nonce(self.asks_nonce(&parts.headers), response))
    }

    async fn authorize(&self, parts: &Parts, parameters: &Parameters) -> Result<Reply, Rejection> {
        form::refuse_repeats(parameters, &PARAMETERS)?;
        let extras = ExtraParameters::read_named(parameters, self.extras())?;
        let client = self
            .client(Endpoint::DeviceAuthorization, parts, parameters)
            .await?;
        let request =
            DeviceAuthorizationRequest::try_from(parameters)?.with_extra_parameters(extras);
        let facts = RequestFacts::in_extensions(&parts.extensions);
        let mut request = with_facts(request.with_origin(origin(parts, facts)), facts);
        // After client and parameters, because this uses the proof up, and each proof takes a key of the limiter.
        if let Some(thumbprint) = self.key_to_bind(parts, parameters).await? {
            request = request.with_key(thumbprint);
        }
        let response = self.grants().authorize(&client, request).await?;
        Ok(response.reply())
    }
}

fn with_facts(
    mut request: DeviceAuthorizationRequest,
    facts: &RequestFacts,
) -> DeviceAuthorizationRequest {
    if let Some(subject) = &facts.expected_subject {
        request = request.with_expected_subject(subject.clone());
    }
    if let Some(data) = &facts.data {
        request = request.with_data(data.clone());
    }
    request
}

/// Returns the origin that the host sets. Without one, makes it of the host's address and place, and of the `User-Agent`.
fn origin(parts: &Parts, facts: &RequestFacts) -> Origin {
    if let Some(origin) = &facts.origin {
        return origin.clone();
    }
    let mut origin = Origin::new();
    if let Some(ip) = facts.ip {
        origin = origin.with_ip(ip);
    }
    if let Some(place) = facts.place {
        origin = origin.with_place(place);
    }
    let user_agent = parts.headers.get(header::USER_AGENT);
    match user_agent.and_then(|value| value.to_str().ok()) {
        Some(user_agent) => origin.with_user_agent(user_agent),
        None => origin,
    }
}
