//! Who the client is: one method per request, and identifiers that agree.

use base64ct::{Base64, Encoding};
use http::header;
use http::request::Parts;
use zeroize::Zeroizing;

use super::{
    AuthenticatedClient, ClientCredentials, ClientDirectory, ClientError, Endpoint, form, refusal,
};
use crate::device_grants::DeviceGrants;
use crate::host::Client;
use crate::message::{ErrorCode, ErrorResponse, Parameters, Reply};

/// The parameters that say who the client is.
pub(super) const PARAMETERS: [&str; 4] = [
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
];

/// The longest `Authorization` header that is read, in bytes.
const MAX_HEADER: usize = 16 * 1024;

/// Authenticates the client of a request, or identifies it if it is public.
pub(super) async fn authenticate(
    grants: &DeviceGrants,
    clients: &dyn ClientDirectory,
    endpoint: Endpoint,
    parts: &Parts,
    parameters: &Parameters,
) -> Result<Client, Reply> {
    let body_id = parameters.client_id().map_err(|error| error.reply())?;
    if let Some(AuthenticatedClient(client)) = parts.extensions.get() {
        return match body_id {
            Some(id) if id != client.id().as_str() => Err(ids_differ()),
            Some(_) | None => Ok(client.clone()),
        };
    }
    let credentials = credentials(parts, parameters, body_id)?.at(endpoint);
    clients
        .authenticate(&credentials)
        .await
        .map_err(|error| match error {
            ClientError::Failed => refusal::invalid_client(has_header(parts)),
            ClientError::Unavailable(cause) => grants.client_directory_fault(cause).reply(),
        })
}

fn credentials(
    parts: &Parts,
    parameters: &Parameters,
    body_id: Option<String>,
) -> Result<ClientCredentials, Reply> {
    let once = |name| parameters.once(name).map_err(|error| error.reply());
    let body_secret = once("client_secret")?;
    if once("client_assertion")?.is_some() || once("client_assertion_type")?.is_some() {
        // Whoever verifies assertions says so by an extension. To fall back to the bare identifier would turn
        // an unverified assertion into a public client.
        return Err(refusal::invalid_client(has_header(parts)));
    }
    let mut headers = parts.headers.get_all(header::AUTHORIZATION).iter();
    match (headers.next(), headers.next(), body_id, body_secret) {
        (None, _, Some(id), None) => Ok(ClientCredentials::none(id)),
        (None, _, Some(id), Some(secret)) if is_plain(secret) => {
            Ok(ClientCredentials::post(id, secret))
        }
        (None, _, Some(_), Some(_)) => Err(refusal::invalid_client(false)),
        (None, _, None, _) => Err(invalid_request("client_id is missing")),
        (Some(_), Some(_), _, _) => Err(invalid_request("Authorization is repeated")),
        (Some(_), None, _, Some(_)) => Err(invalid_request(
            "the client authenticates in the header and in the body",
        )),
        (Some(header), None, body_id, None) => {
            let (id, secret) =
                basic(header.as_bytes()).ok_or_else(|| refusal::invalid_client(true))?;
            if body_id.is_some_and(|body_id| body_id != id) {
                return Err(ids_differ());
            }
            Ok(ClientCredentials::basic(id, secret))
        }
    }
}

fn has_header(parts: &Parts) -> bool {
    parts.headers.contains_key(header::AUTHORIZATION)
}

/// Reads `Basic` credentials, whose two parts are form-encoded before they are joined
/// ([RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
fn basic(header: &[u8]) -> Option<(String, String)> {
    if header.len() > MAX_HEADER {
        return None;
    }
    let (scheme, encoded) = std::str::from_utf8(header).ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = Zeroizing::new(Base64::decode_vec(encoded.trim_matches(' ')).ok()?);
    let mut halves = decoded.splitn(2, |&byte| byte == b':');
    let id = form::decode(halves.next()?)?;
    let secret = Zeroizing::new(form::decode(halves.next()?)?);
    let is_id = !id.is_empty() && id.len() <= 2048 && id.bytes().all(is_visible);
    (is_id && is_plain(&secret)).then(|| (id, (*secret).clone()))
}

/// Control characters are in no secret ([RFC 6749 appendix A.2](https://www.rfc-editor.org/rfc/rfc6749#appendix-A.2)),
/// and some databases fail at them.
fn is_plain(secret: &str) -> bool {
    !secret.contains(char::is_control)
}

fn is_visible(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

fn ids_differ() -> Reply {
    invalid_request("client_id is not that of the authenticated client")
}

fn invalid_request(description: &str) -> Reply {
    ErrorResponse::new(ErrorCode::InvalidRequest)
        .description(description)
        .reply()
}
