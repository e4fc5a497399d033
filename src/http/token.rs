use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};

use super::cors::Arrival;
use super::refusal::Refusal;
use super::{Answer, Endpoint, Endpoints, VerifiedKey, form};
use crate::device_grants::{PollOutcome, PollRequest};
use crate::message::{DeviceTokenRequest, Parameters, Reply};

/// The parameters that a request must not repeat, besides those of the client.
const PARAMETERS: [&str; 3] = ["grant_type", "device_code", "code_verifier"];

impl Endpoints {
    /// Answers a device access token request
    /// ([RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)), whatever its path, and gives every
    /// other request back: another method, or a body without this `grant_type`. Not so with
    /// [`no_other_grants`](Self::no_other_grants).
    ///
    /// A body that names this grant type among others is answered here, with `invalid_request`: what two parsers
    /// could take for two grants is none. A request that fails client authentication is not a poll.
    pub async fn token(&self, request: Request<Bytes>) -> Answer {
        let caller = match self
            .cors()
            .meet(request.method(), request.headers(), "POST")
        {
            Arrival::Preflight(response) => return response.into(),
            Arrival::Request(caller) => caller,
        };
        let is_ours = request.method() == Method::POST
            && form::has(request.body(), "grant_type", DeviceTokenRequest::GRANT_TYPE);
        if !is_ours && !self.is_alone() {
            return Answer::NotOurs(request);
        }
        if request.method() != Method::POST {
            return caller.mark(Refusal::method().into()).into();
        }
        let (parts, body) = request.into_parts();
        let parameters = form::take(&parts, body);
        let reply = match parameters {
            Ok(parameters) => self.poll(&parts, &parameters).await,
            Err(refusal) => Err(refusal),
        };
        caller
            .mark(reply.map_or_else(Response::from, Response::from))
            .into()
    }

    async fn poll(&self, parts: &Parts, parameters: &Parameters) -> Result<Reply, Refusal> {
        form::refuse_repeats(parameters, &PARAMETERS)?;
        if parameters.once("grant_type")? != Some(DeviceTokenRequest::GRANT_TYPE) {
            // Before the client is: it says what is wrong with the request.
            DeviceTokenRequest::try_from(parameters)?;
        }
        let client = self.client(Endpoint::Token, parts, parameters).await?;
        if client.terms().is_none() {
            // It would be refused in any case; here it comes before the complaint about a missing device code.
            return Err(PollOutcome::UnauthorizedClient.reply().into());
        }
        let request = DeviceTokenRequest::try_from(parameters)?;
        let outcome = self
            .grants()
            .poll(&client, presented(request, parts))
            .await?;
        Ok(outcome.reply())
    }
}

/// A request with the key that the host saw the device prove.
pub(super) fn presented(request: DeviceTokenRequest, parts: &Parts) -> PollRequest {
    let request = PollRequest::from(request);
    match parts.extensions.get() {
        Some(VerifiedKey(thumbprint)) => request.key(*thumbprint),
        None => request,
    }
}
