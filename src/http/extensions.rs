use std::net::IpAddr;

use crate::grant::{KeyThumbprint, Place, Subject};
use crate::host::Client;

/// Says, as a request extension, that the host has authenticated the client by its own means: mutual TLS,
/// `private_key_jwt`, or anything else.
///
/// The directory is then not asked, and secrets in the request are not looked at. A `client_id` in the body has
/// to be that of this client.
///
/// ```
/// use device_grant::host::Client;
/// use device_grant::http::AuthenticatedClient;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(AuthenticatedClient(Client::new("tv")));
/// ```
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a newtype to be put around one value"
)]
pub struct AuthenticatedClient(pub Client);

/// Says, as a request extension, which key the host saw the device prove: by a DPoP proof that it checked
/// ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)), or by mutual TLS
/// ([RFC 8705](https://www.rfc-editor.org/rfc/rfc8705)).
///
/// A device authorization request with it binds the grant to the key; only requests with the same key can then
/// poll. A poll with it has the tokens of a grant that is bound to none [bound to
/// it](crate::host::Redemption::key). A request that the host answers itself, because its proof is wrong or wants a
/// nonce (`use_dpop_nonce`), does not get here: it is no poll, and costs the device nothing.
///
/// ```
/// use device_grant::grant::KeyThumbprint;
/// use device_grant::http::VerifiedKey;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(VerifiedKey(KeyThumbprint::from_bytes([7; 32])));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a newtype to be put around one value"
)]
pub struct VerifiedKey(pub KeyThumbprint);

/// Says, as a request extension, from which address the request came, as the host's edge determined it.
///
/// Issuance is limited by it, the review shows it, and the ready-made pages charge wrong user codes to it. Without it
/// nothing but the limits for everybody apply.
/// The crate takes it from no header: what a proxy writes into `X-Forwarded-For`, anybody else can write too. A
/// `DeviceGrantLayer` puts it here, from the `ClientIpSource` of its host.
///
/// ```
/// use device_grant::http::ClientIp;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(ClientIp([203, 0, 113, 7].into()));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a newtype to be put around one value"
)]
pub struct ClientIp(pub IpAddr);

/// Says, as a request extension, where the address is that the request came from, as far as the host knows.
///
/// A policy can compare where a device and its end user are
/// ([`Nearby`](crate::host::Nearby)): the endpoints keep it with the grant, and the ready-made pages take it for a visitor of
/// whom nothing else is known.
///
/// ```
/// use device_grant::grant::Place;
/// use device_grant::http::ClientPlace;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(ClientPlace(Place::new().country("DE")));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a newtype to be put around one value"
)]
pub struct ClientPlace(pub Place);

/// Says, as a request extension, whose device it is: nobody else can approve.
///
/// ```
/// use device_grant::http::ExpectedSubject;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(ExpectedSubject("alice".into()));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a newtype to be put around one value"
)]
pub struct ExpectedSubject(pub Subject);
