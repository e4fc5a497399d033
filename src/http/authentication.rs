//! Finds the client of a request, which authenticates by one method, with the same identifier everywhere.

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, header};
use zeroize::Zeroizing;

use super::form;
use super::rejection::Rejection;
use super::{ClientCredentials, Endpoint, Endpoints, RequestFacts};
use crate::grant::ClientId;
use crate::host::Client;
use crate::message::Parameters;
use crate::text::is_printable;

/// The longest identifier that is read, in bytes.
const MAX_CLIENT_ID: usize = 2048;

/// The longest `Authorization` header that is read, in bytes.
const MAX_HEADER: usize = 16 * 1024;

impl Endpoints {
    /// Reads a form and authenticates its client as these endpoints do, for your other grants and your own revocation
    /// endpoint.
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

    /// Authenticates the client of a request, or identifies it if it is public.
    pub(super) async fn client(
        &self,
        endpoint: Endpoint,
        parts: &Parts,
        parameters: &Parameters,
    ) -> Result<Client, Rejection> {
        let body_id = parameters.client_id()?;
        if let Some(client) = &RequestFacts::in_extensions(&parts.extensions).client {
            return match body_id {
                Some(id) if id != client.id.as_str() => Err(ids_differ()),
                Some(_) | None => Ok(client.clone().authenticated()),
            };
        }
        let credentials = credentials(&parts.headers, parameters, body_id);
        let credentials = match credentials {
            Ok((id, secret)) => ClientCredentials {
                endpoint,
                // A client may leave out an empty secret (RFC 6749 §2.3.1), so sending one proves nothing.
                secret: secret.filter(|secret| !secret.is_empty()),
                ..ClientCredentials::new(id)
            },
            Err(Unusable::Refused(refusal)) => return Err(refusal),
            Err(Unusable::Failed) => return Err(self.failed(parts, body_id)),
        };
        match self.clients().authenticate(&credentials).await {
            Ok(Some(client)) if credentials.secret.is_some() => Ok(client.authenticated()),
            Ok(Some(client)) => Ok(client),
            Ok(None) => Err(self.failed(parts, Some(credentials.client_id.as_str()))),
            Err(error) => Err(self.grants().client_directory_fault(error).into()),
        }
    }

    /// Refuses a client that does not authenticate, and tells the host which one it claims to be.
    fn failed(&self, parts: &Parts, claimed: Option<&str>) -> Rejection {
        let source = RequestFacts::in_extensions(&parts.extensions).ip;
        self.grants().client_refused(claimed, source);
        Rejection::invalid_client(parts.headers.contains_key(header::AUTHORIZATION))
    }
}

/// The reason why the directory is not asked.
enum Unusable {
    /// The client tried to authenticate, and cannot have succeeded.
    Failed,
    /// The request is malformed.
    Refused(Rejection),
}

impl<R: Into<Rejection>> From<R> for Unusable {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

/// An identifier and, if it has one, the secret.
type Presented = (ClientId, Option<Zeroizing<String>>);

fn credentials(
    headers: &HeaderMap,
    parameters: &Parameters,
    body_id: Option<&str>,
) -> Result<Presented, Unusable> {
    // A host that verifies assertions sets `RequestFacts::client`. Nobody has verified this one: without this refusal, the client
    // would pass as a public one, by its identifier alone.
    for name in ["client_assertion", "client_assertion_type"] {
        if parameters.once(name)?.is_some() {
            return Err(Unusable::Failed);
        }
    }
    let secret = parameters.once("client_secret")?;
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => from_body(body_id, secret),
        // RFC 6749 §2.3: one method in each request.
        (Some(_), None) if secret.is_some() => {
            Err(Rejection::invalid_request("the client authenticates twice").into())
        }
        (Some(value), None) => from_header(value, body_id),
        (Some(_), Some(_)) => Err(Rejection::invalid_request("Authorization is repeated").into()),
    }
}

fn from_body(body_id: Option<&str>, secret: Option<&str>) -> Result<Presented, Unusable> {
    let id = body_id.ok_or_else(|| Rejection::invalid_request("client_id is missing"))?;
    let id = ClientId::from(id);
    match secret {
        None => Ok((id, None)),
        Some(secret) if is_plain(secret) => Ok((id, Some(Zeroizing::new(secret.to_owned())))),
        Some(_) => Err(Unusable::Failed),
    }
}

fn from_header(value: &HeaderValue, body_id: Option<&str>) -> Result<Presented, Unusable> {
    let Some((id, secret)) = basic(value.as_bytes()) else {
        return Err(Unusable::Failed);
    };
    match body_id {
        Some(body_id) if body_id != id => Err(ids_differ().into()),
        Some(_) | None => Ok((id.into(), Some(secret))),
    }
}

/// Reads `Basic` credentials, whose two parts are form-encoded before they are joined
/// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
fn basic(value: &[u8]) -> Option<(String, Zeroizing<String>)> {
    if value.len() > MAX_HEADER {
        return None;
    }
    let (scheme, encoded) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = Zeroizing::new(Base64::decode_vec(encoded.trim_matches(' ')).ok()?);
    // The first colon ends the identifier, whose own colons are encoded.
    let mut halves = decoded.splitn(2, |&byte| byte == b':');
    let id = form::decode(halves.next()?).filter(|id| is_client_id(id))?;
    let secret = Zeroizing::new(form::decode(halves.next()?)?);
    is_plain(&secret).then_some((id, secret))
}

/// Returns whether a text is a client identifier of
/// [RFC 6749 appendix A.1](https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1), as it has to be in a body.
fn is_client_id(id: &str) -> bool {
    (1..=MAX_CLIENT_ID).contains(&id.len()) && is_printable(id)
}

/// Returns whether a secret has no control characters. None may have them
/// ([RFC 6749 appendix A.2](https://www.rfc-editor.org/rfc/rfc6749#appendix-A.2)), and some databases fail at them.
fn is_plain(secret: &str) -> bool {
    !secret.contains(char::is_control)
}

fn ids_differ() -> Rejection {
    Rejection::invalid_request("client_id is not that of the authenticated client")
}
