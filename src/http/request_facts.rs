use std::net::IpAddr;

use http::Extensions;

use crate::grant::{HostData, KeyThumbprint, Origin, Place, Subject};
use crate::host::Client;

/// The facts that your server knows of a request besides its bytes, as an extension of the request.
///
/// Each middleware in front of the endpoints and the pages sets the fields that it knows, and does not change the others. So
/// there is no constructor: get the value by [`of`](Self::of).
///
/// ```
/// use device_grant::grant::{KeyThumbprint, Place};
/// use device_grant::host::Client;
/// use device_grant::http::RequestFacts;
///
/// let mut request = http::Request::new(());
/// let facts = RequestFacts::of(request.extensions_mut());
/// facts.client = Some(Client::new("tv"));
/// facts.key = Some(KeyThumbprint::from_bytes([7; 32]));
/// facts.ip = Some([203, 0, 113, 7].into());
/// facts.place = Some(Place::new().with_country("DE"));
/// facts.expected_subject = Some("alice".into());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestFacts {
    /// The client, if your server has authenticated it by its own means, such as mutual TLS or `private_key_jwt`.
    ///
    /// The endpoints then do not call the directory, and ignore secrets in the request. A `client_id` in the body has
    /// to be that of this client.
    pub client: Option<Client>,
    /// The key that the device has proved to your server: by mutual TLS
    /// ([RFC 8705](https://www.rfc-editor.org/rfc/rfc8705)), or by a DPoP proof that you verified
    /// ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)). With `Endpoints::dpop` (feature `dpop`) the endpoints verify proofs.
    ///
    /// A device authorization request with a key binds the grant to it; every poll then has to prove the same key. If the grant
    /// is not bound, the key of the poll [binds the tokens](crate::host::Redemption::key). If a proof is wrong or needs a nonce
    /// (`use_dpop_nonce`), answer the request yourself; it then does not count as a poll.
    pub key: Option<KeyThumbprint>,
    /// The address of the request, as the edge of your server saw it. A `DeviceGrantLayer` sets it from its `ClientIpSource`.
    ///
    /// New codes and, at the ready-made pages, wrong user codes count for it, and the review shows it. Without it, there are no
    /// limits for addresses. The crate never takes it from a header, because anybody can write `X-Forwarded-For`.
    pub ip: Option<IpAddr>,
    /// The place of the address, as far as your server knows it.
    ///
    /// A policy such as [`Nearby`](crate::host::Nearby) can compare the places of device and end user: the endpoints store it
    /// with the grant, and the ready-made pages use it for a visitor without a place of their own.
    pub place: Option<Place>,
    /// The only end user who may approve, because your server knows whose device it is.
    pub expected_subject: Option<Subject>,
    /// The origin of a device authorization request. It replaces `ip`, `place` and the `User-Agent`.
    pub origin: Option<Origin>,
    /// Your own data for the grant of a device authorization request.
    pub data: Option<HostData>,
}

impl RequestFacts {
    /// No facts.
    const NONE: Self = Self {
        client: None,
        key: None,
        ip: None,
        place: None,
        expected_subject: None,
        origin: None,
        data: None,
    };

    /// Returns the facts of a request, so that you can set some.
    pub fn of(extensions: &mut Extensions) -> &mut Self {
        extensions.get_or_insert_with(|| Self::NONE)
    }

    /// Returns the facts that were set.
    pub(crate) fn in_extensions(extensions: &Extensions) -> &Self {
        extensions.get().unwrap_or(&Self::NONE)
    }
}
