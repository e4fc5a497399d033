use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};

use super::refusal::Refusal;
use super::token::presented;
use super::{Answer, Endpoint, Endpoints, form, response};
use crate::code::DeviceCode;
use crate::device_grants::{Fault, Revocation};
use crate::host::RevokeError;
use crate::message::{DeviceTokenRequest, ErrorCode, ErrorResponse, Parameters, PkceVerifier};

impl Endpoints {
    /// Answers a revocation request ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1)).
    ///
    /// Tokens are revoked by the [`TokenRevoker`](crate::host::TokenRevoker) of these grants, and a method other than
    /// POST is answered with 405. Without a revoker, every request is given back whose `token` is not a device code of
    /// its client, one that is refused included.
    ///
    /// # Device codes
    ///
    /// The grant is withdrawn: its user code stops working, and polls get `access_denied`. This crate takes
    /// device codes, which the RFC leaves open, because a device whose user presses "cancel" has nothing else to
    /// say it with. A grant bound by PKCE takes the `code_verifier` as well.
    pub async fn revocation(&self, request: Request<Bytes>) -> Answer {
        if request.method() != Method::POST {
            return if self.grants().revokes_tokens() {
                Answer::Answered(Refusal::method().into())
            } else {
                Answer::NotOurs(request)
            };
        }
        let (parts, body) = request.into_parts();
        match self.cancel(&parts, &body).await {
            Some(response) => {
                form::wipe(body);
                Answer::Answered(response)
            }
            None if self.grants().revokes_tokens() => {
                let revoked = self.revoke(&parts, &body).await;
                form::wipe(body);
                Answer::Answered(revoked.unwrap_or_else(Refusal::into))
            }
            None => Answer::NotOurs(Request::from_parts(parts, body)),
        }
    }

    /// Revokes a token of the client through the revoker.
    async fn revoke(&self, parts: &Parts, body: &[u8]) -> Result<Response<Bytes>, Refusal> {
        let parameters = form::read(parts, body)?;
        form::refuse_repeats(&parameters, &["token", "token_type_hint"])?;
        let client = self
            .client(Endpoint::Revocation, parts, &parameters)
            .await?;
        let Some(token) = parameters.once("token")? else {
            return Err(Refusal::invalid_request("token is missing"));
        };
        let hint = parameters.once("token_type_hint")?;
        match self.grants().revoke_token(&client, token, hint).await {
            Some(Ok(())) | None => Ok(response::empty()),
            Some(Err(RevokeError::UnsupportedTokenType)) => {
                Err(ErrorResponse::from(ErrorCode::UnsupportedTokenType).into())
            }
            Some(Err(error @ RevokeError::Unavailable(_))) => Err(Fault::from(error).into()),
        }
    }

    /// Cancels, fails, or finds that there is nothing of ours to cancel.
    async fn cancel(&self, parts: &Parts, body: &[u8]) -> Option<Response<Bytes>> {
        let parameters = form::read(parts, body).ok()?;
        let request = device_code(&parameters)?;
        let client = self.client(Endpoint::Revocation, parts, &parameters).await;
        let client = match client {
            Ok(client) => client,
            Err(refusal) if refusal.is_fault() => return Some(refusal.into()),
            Err(_) => return None,
        };
        match self
            .grants()
            .cancel(&client, presented(request, parts))
            .await
        {
            Ok(Revocation::BeforeRedemption | Revocation::AfterRedemption) => {
                Some(response::empty())
            }
            Ok(Revocation::NothingToRevoke) => None,
            Err(fault) => Some(Refusal::from(fault).into()),
        }
    }
}

/// What cancels, if the token can be a device code at all.
fn device_code(parameters: &Parameters) -> Option<DeviceTokenRequest> {
    let token = parameters.once("token").ok()??;
    DeviceCode::parse(token).ok()?;
    let request = DeviceTokenRequest::new(token);
    match parameters.once("code_verifier").ok()? {
        Some(verifier) => Some(request.code_verifier(PkceVerifier::parse(verifier).ok()?)),
        None => Some(request),
    }
}
