use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request};

use super::cors::Incoming;
use super::rejection::Rejection;
use super::token::presented;
use super::{Endpoint, Endpoints, Routed, form, response};
use crate::code::DeviceCode;
use crate::device_grants::Revocation;
use crate::host::DeviceTokenRequest;
use crate::host::{Client, TokenRevocation};
use crate::message::{ErrorCode, ErrorResponse, Parameters, PkceVerifier};
use crate::text::is_printable;

impl Endpoints {
    /// Answers a revocation request ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1)).
    ///
    /// The [`TokenRevoker`](crate::host::TokenRevoker) of these grants revokes tokens. Another method than POST gets 405.
    /// Without a revoker, it answers only requests whose `token` is a device code of the client, or looks like one if the proof
    /// of a key is refused. It returns all others.
    ///
    /// # Device codes
    ///
    /// A device can cancel its grant by revoking its device code, for instance when its user presses "cancel"; the RFC does not
    /// define this. The user code then becomes invalid, and polls get `access_denied`. If the grant is bound by PKCE, the
    /// request needs the `code_verifier` as well.
    pub async fn revocation(&self, request: Request<Bytes>) -> Routed {
        let caller = match self
            .cors()
            .meet(request.method(), request.headers(), "POST")
        {
            Incoming::Preflight(response) => return response.into(),
            Incoming::Request(caller) => caller,
        };
        let is_alone = self.grants().revokes_tokens();
        if request.method() != Method::POST {
            return if is_alone {
                caller.mark(Rejection::method().into()).into()
            } else {
                Routed::NotOurs(request)
            };
        }
        let (parts, body) = request.into_parts();
        let response = match self.withdraw(&parts, &body).await {
            Ok(Withdrawal::Done) => response::empty(),
            Ok(Withdrawal::Unproven(refusal)) => refusal.into(),
            // A fault is answered here: the host's endpoint says 200 to an unknown token (RFC 7009 §2.2), and the
            // device would believe that its code is cancelled.
            Err(refusal) if is_alone || refusal.is_fault() => refusal.into(),
            Ok(Withdrawal::NothingOfOurs) | Err(_) => {
                return Routed::NotOurs(Request::from_parts(parts, body));
            }
        };
        // Wiped only now, because a request that is passed on keeps its body.
        form::wipe(body);
        let response = self.with_nonce(self.asks_nonce(&parts.headers), response);
        caller.mark(response).into()
    }

    /// Cancels the grant of a device code, or revokes a token through the revoker.
    async fn withdraw(&self, parts: &Parts, body: &[u8]) -> Result<Withdrawal, Rejection> {
        let parameters = form::read(parts, body)?;
        form::refuse_repeats(&parameters, &["token", "token_type_hint"])?;
        let device_code = device_code(&parameters);
        if device_code.is_none() && !self.grants().revokes_tokens() {
            // A token of the host, whose endpoint authenticates the client.
            return Ok(Withdrawal::NothingOfOurs);
        }
        let client = self
            .client(Endpoint::Revocation, parts, &parameters)
            .await?;
        if let Some(request) = device_code {
            let key = match self.key(Endpoint::Revocation, parts).await {
                Ok(key) => key,
                Err(refusal) => return Ok(Withdrawal::Unproven(refusal)),
            };
            let cancelled = self
                .grants()
                .cancel(&client, presented(request, key, parts));
            match cancelled.await? {
                Revocation::BeforeRedemption
                | Revocation::TokensEnded
                | Revocation::TokensLiveOn => {
                    return Ok(Withdrawal::Done);
                }
                // No code of this client: it may be a token that looks like one.
                Revocation::NothingToRevoke => {}
            }
        }
        self.revoke(&client, &parameters).await
    }

    async fn revoke(
        &self,
        client: &Client,
        parameters: &Parameters,
    ) -> Result<Withdrawal, Rejection> {
        let Some(token) = parameters.once("token")? else {
            return Err(Rejection::invalid_request("token is missing"));
        };
        let hint = parameters.once("token_type_hint")?;
        if !self.grants().revokes_tokens() {
            return Ok(Withdrawal::NothingOfOurs);
        }
        // It is no token of anybody's, and the revoker's database may fail at it.
        if !is_printable(token) {
            return Ok(Withdrawal::Done);
        }
        let mut revocation = TokenRevocation::new(client.clone(), token);
        revocation.token_type_hint = hint.filter(|hint| is_printable(hint)).map(str::to_owned);
        match self.grants().revoke_token(&revocation).await? {
            true => Ok(Withdrawal::Done),
            false => Err(ErrorResponse::from(ErrorCode::UnsupportedTokenType).into()),
        }
    }
}

/// The outcome of a revocation request.
enum Withdrawal {
    Done,
    NothingOfOurs,
    /// The client may own the device code, and its proof of a key was refused. The answer is ours: the device repeats the
    /// request if it gets a nonce, and must not hear the host's 200 to an unknown token.
    Unproven(Rejection),
}

/// Returns the request that cancels a grant; `None` if the token cannot be a device code.
fn device_code(parameters: &Parameters) -> Option<DeviceTokenRequest> {
    let token = parameters.once("token").ok()??;
    DeviceCode::parse(token).ok()?;
    let request = DeviceTokenRequest::new(token);
    match parameters.once("code_verifier").ok()? {
        Some(verifier) => Some(request.with_code_verifier(PkceVerifier::parse(verifier).ok()?)),
        None => Some(request),
    }
}
