use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response, header};
use zeroize::Zeroize;

use super::authentication::{self, authenticate};
use super::{
    Answer, ClientDirectory, ClientIp, Endpoint, ExpectedSubject, Route, VerifiedKey, form,
    refusal, response,
};
use crate::code::DeviceCode;
use crate::device_grants::{Authorization, DeviceGrants, PollOutcome, PollRequest, Revocation};
use crate::grant::{HostData, Origin};
use crate::host::Client;
use crate::message::{
    DeviceAuthorizationRequest, DeviceGrantMetadata, DeviceTokenRequest, EndpointUri, InvalidUri,
    Parameters, PkceVerifier, Reply,
};

/// The HTTP endpoints of the device authorization grant. Cheap to clone.
///
/// Every answer is a whole response that must not be stored (`Cache-Control: no-store`). Forms are read up to
/// 64 KiB, and only from the body; a request that fails client authentication is not a poll.
#[derive(Clone)]
pub struct Endpoints {
    grants: DeviceGrants,
    clients: Arc<dyn ClientDirectory>,
    paths: Paths,
}

#[derive(Clone, Debug)]
struct Paths {
    device_authorization: Vec<Box<str>>,
    token: Vec<Box<str>>,
    revocation: Vec<Box<str>>,
}

impl Endpoints {
    /// The endpoints at `/device_authorization` and `/token`.
    #[must_use]
    pub fn new(grants: DeviceGrants, clients: impl ClientDirectory + 'static) -> Self {
        Self {
            grants,
            clients: Arc::new(clients),
            paths: Paths {
                device_authorization: vec!["/device_authorization".into()],
                token: vec!["/token".into()],
                revocation: Vec::new(),
            },
        }
    }

    /// The path of the device authorization endpoint, as [`Route`] and [`metadata`](Self::metadata) have it.
    #[must_use]
    pub fn device_authorization_path(mut self, path: &str) -> Self {
        self.paths.device_authorization = vec![path.into()];
        self
    }

    /// One more path of the device authorization endpoint, which is not advertised.
    #[must_use]
    pub fn also_device_authorization_path(mut self, path: &str) -> Self {
        self.paths.device_authorization.push(path.into());
        self
    }

    /// The path of the token endpoint.
    #[must_use]
    pub fn token_path(mut self, path: &str) -> Self {
        self.paths.token = vec![path.into()];
        self
    }

    /// One more path of the token endpoint.
    #[must_use]
    pub fn also_token_path(mut self, path: &str) -> Self {
        self.paths.token.push(path.into());
        self
    }

    /// One more path of the revocation endpoint. Default: none, and device codes cannot be cancelled over HTTP.
    #[must_use]
    pub fn revocation_path(mut self, path: &str) -> Self {
        self.paths.revocation.push(path.into());
        self
    }

    /// Answers a device authorization request
    /// ([RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)), whatever its path.
    pub async fn device_authorization(&self, request: Request<Bytes>) -> Response<Bytes> {
        if request.method() != Method::POST {
            return refusal::method_not_allowed().into();
        }
        let (parts, body) = request.into_parts();
        let parameters = form::read(&parts, &body);
        wipe(body);
        let reply = match parameters {
            Ok(parameters) => self.authorize(&parts, &parameters).await,
            Err(reply) => Err(reply),
        };
        reply.unwrap_or_else(|refused| refused).into()
    }

    /// Answers a device access token request
    /// ([RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)), whatever its path, and gives every
    /// other request back: another method, or a body that nowhere names this grant type.
    pub async fn token(&self, request: Request<Bytes>) -> Answer {
        let is_ours = request.method() == Method::POST
            && form::has(request.body(), "grant_type", DeviceTokenRequest::GRANT_TYPE);
        if !is_ours {
            return Answer::NotOurs(request);
        }
        let (parts, body) = request.into_parts();
        let parameters = form::read(&parts, &body);
        wipe(body);
        let reply = match parameters {
            Ok(parameters) => self.poll(&parts, &parameters).await,
            Err(reply) => Err(reply),
        };
        Answer::Answered(reply.unwrap_or_else(|refused| refused).into())
    }

    /// Answers a revocation request ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1)) whose
    /// token is a device code of its client, and gives every other request back.
    ///
    /// The grant is withdrawn: the user no longer finds it, and polls get `access_denied`. The RFC leaves it open
    /// what may be revoked; a device whose user presses "cancel" says so here.
    pub async fn revocation(&self, request: Request<Bytes>) -> Answer {
        if request.method() != Method::POST {
            return Answer::NotOurs(request);
        }
        let (parts, body) = request.into_parts();
        match self.cancel(&parts, &body).await {
            Some(response) => {
                wipe(body);
                Answer::Answered(response)
            }
            None => Answer::NotOurs(Request::from_parts(parts, body)),
        }
    }

    /// What to say of this grant in the server's metadata document: the endpoint is at the issuer's origin.
    ///
    /// # Errors
    ///
    /// [`InvalidUri`] if origin and path do not make a URI.
    pub fn metadata(&self) -> Result<DeviceGrantMetadata, InvalidUri> {
        let path = self.paths.device_authorization.first();
        let path = path.map(AsRef::as_ref).unwrap_or_default();
        let origin = origin_of(self.grants.issuer());
        EndpointUri::parse(&format!("{origin}{path}")).map(DeviceGrantMetadata::new)
    }

    /// Reads a form and authenticates its client as these endpoints do, for the host's own grants and its own
    /// revocation: one registry, one set of rules.
    ///
    /// # Errors
    ///
    /// The response to send.
    pub async fn authenticate(
        &self,
        endpoint: Endpoint,
        parts: &Parts,
        body: &[u8],
    ) -> Result<(Client, Parameters), Response<Bytes>> {
        let parameters = form::read(parts, body)?;
        let client = self.client(endpoint, parts, &parameters).await?;
        Ok((client, parameters))
    }

    async fn authorize(&self, parts: &Parts, parameters: &Parameters) -> Result<Reply, Reply> {
        const KNOWN: [&str; 4] = [
            "scope",
            "code_challenge",
            "code_challenge_method",
            "authorization_details",
        ];
        form::refuse_repeats(parameters, &KNOWN).map_err(|error| error.reply())?;
        let client = self
            .client(Endpoint::DeviceAuthorization, parts, parameters)
            .await?;
        let request = DeviceAuthorizationRequest::from_parameters(parameters);
        let mut request = Authorization::from(request.map_err(|error| error.reply())?);
        if let Some(VerifiedKey(thumbprint)) = parts.extensions.get() {
            request = request.key(*thumbprint);
        }
        if let Some(ExpectedSubject(subject)) = parts.extensions.get() {
            request = request.expected_subject(subject.clone());
        }
        if let Some(data) = parts.extensions.get::<HostData>() {
            request = request.data(data.clone());
        }
        let response = self.grants.authorize(&client, request, origin(parts)).await;
        response
            .map(|response| response.reply())
            .map_err(|error| error.reply())
    }

    async fn poll(&self, parts: &Parts, parameters: &Parameters) -> Result<Reply, Reply> {
        const KNOWN: [&str; 3] = ["grant_type", "device_code", "code_verifier"];
        form::refuse_repeats(parameters, &KNOWN).map_err(|error| error.reply())?;
        let client = self.client(Endpoint::Token, parts, parameters).await?;
        if client.terms().is_none() {
            // Comes before a missing device code, which is the next thing that would be refused.
            return Err(PollOutcome::UnauthorizedClient.reply());
        }
        let request = DeviceTokenRequest::from_parameters(parameters);
        let request = presented(request.map_err(|error| error.reply())?, parts);
        let outcome = self.grants.poll(&client, request).await;
        outcome
            .map(|outcome| outcome.reply())
            .map_err(|fault| fault.reply())
    }

    /// Cancels, or finds that there is nothing of ours to cancel.
    async fn cancel(&self, parts: &Parts, body: &[u8]) -> Option<Response<Bytes>> {
        let parameters = form::read(parts, body).ok()?;
        let token = parameters.once("token").ok()??;
        DeviceCode::parse(token).ok()?;
        let mut request = DeviceTokenRequest::new(token);
        if let Some(verifier) = parameters.once("code_verifier").ok()? {
            request = request.code_verifier(PkceVerifier::parse(verifier).ok()?);
        }
        let client = self.client(Endpoint::Revocation, parts, &parameters).await;
        let client = match client {
            Ok(client) => client,
            Err(reply) if reply.status() >= 500 => return Some(reply.into()),
            Err(_) => return None,
        };
        let request = presented(request, parts);
        match self.grants.cancel(&client, request).await {
            Ok(Revocation::BeforeRedemption | Revocation::AfterRedemption) => {
                Some(response::empty())
            }
            Ok(Revocation::NothingToRevoke) => None,
            Err(fault) => Some(fault.reply().into()),
        }
    }

    async fn client(
        &self,
        endpoint: Endpoint,
        parts: &Parts,
        parameters: &Parameters,
    ) -> Result<Client, Reply> {
        form::refuse_repeats(parameters, &authentication::PARAMETERS)
            .map_err(|error| error.reply())?;
        authenticate(&self.grants, &*self.clients, endpoint, parts, parameters).await
    }
}

#[async_trait]
impl Route for Endpoints {
    fn matches(&self, parts: &Parts) -> bool {
        let path = parts.uri.path();
        let is_one_of = |paths: &[Box<str>]| paths.iter().any(|known| **known == *path);
        is_one_of(&self.paths.device_authorization)
            || parts.method == Method::POST
                && (is_one_of(&self.paths.token) || is_one_of(&self.paths.revocation))
    }

    async fn answer(&self, request: Request<Bytes>) -> Answer {
        let path = request.uri().path();
        let is_one_of = |paths: &[Box<str>]| paths.iter().any(|known| **known == *path);
        if is_one_of(&self.paths.device_authorization) {
            Answer::Answered(self.device_authorization(request).await)
        } else if is_one_of(&self.paths.token) {
            self.token(request).await
        } else if is_one_of(&self.paths.revocation) {
            self.revocation(request).await
        } else {
            Answer::NotOurs(request)
        }
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints")
            .field("grants", &self.grants)
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}

/// What the host says of the origin; without that, the address it vouches for and the `User-Agent`.
fn origin(parts: &Parts) -> Origin {
    if let Some(origin) = parts.extensions.get::<Origin>() {
        return origin.clone();
    }
    let mut origin = Origin::new();
    if let Some(ClientIp(ip)) = parts.extensions.get() {
        origin = origin.ip(*ip);
    }
    match parts
        .headers
        .get(header::USER_AGENT)
        .map(|value| value.to_str())
    {
        Some(Ok(user_agent)) => origin.user_agent(user_agent),
        Some(Err(_)) | None => origin,
    }
}

fn presented(request: DeviceTokenRequest, parts: &Parts) -> PollRequest {
    let request = PollRequest::from(request);
    match parts.extensions.get() {
        Some(VerifiedKey(thumbprint)) => request.key(*thumbprint),
        None => request,
    }
}

/// Scheme and authority of a checked issuer identifier.
fn origin_of(issuer: &str) -> &str {
    let rest = issuer.split_once("://").map_or("", |(_, rest)| rest);
    let path = rest.find('/').map_or(0, |at| rest.len() - at);
    issuer
        .get(..issuer.len().saturating_sub(path))
        .unwrap_or(issuer)
}

/// Wipes what nobody else holds: codes and secrets are in it.
fn wipe(body: Bytes) {
    if let Ok(mut body) = body.try_into_mut() {
        body.as_mut().zeroize();
    }
}
