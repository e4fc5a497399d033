use std::net::IpAddr;

use http::Extensions;

use crate::grant::{HostData, KeyThumbprint, Origin, Place, Subject};
use crate::host::Client;

/// The facts that a host knows of a request besides its bytes, as an extension of the request.
///
/// Whatever stands in front of the endpoints and the pages sets what it knows and leaves the rest alone; so there is no
/// constructor, and nothing overwrites what another middleware found out.
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
    /// The client, if the host has authenticated it by its own means: mutual TLS, `private_key_jwt`, or anything else.
    ///
    /// The directory is then not asked, and secrets in the request are not looked at. A `client_id` in the body has
    /// to be that of this client.
    pub client: Option<Client>,
    /// The key that the host saw the device prove: by mutual TLS
    /// ([RFC 8705](https://www.rfc-editor.org/rfc/rfc8705)), or by a DPoP proof that it checked itself
    /// ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)). The endpoints check proofs with `Endpoints::dpop` (feature `dpop`).
    ///
    /// A device authorization request with it binds the grant to the key; only requests with the same key can then
    /// poll. A poll with it has the tokens of a grant that is bound to none [bound to
    /// it](crate::host::Redemption::key). A request that the host answers itself, because its proof is wrong or wants a
    /// nonce (`use_dpop_nonce`), does not get here: it is no poll, and costs the device nothing.
    pub key: Option<KeyThumbprint>,
    /// The address that the request came from, as the host's edge determined it.
    ///
    /// New codes are limited by it, the review shows it, and the ready-made pages charge wrong user codes to it. Without it
    /// nothing but the limits for everybody apply. The crate takes it from no header: what a proxy writes into
    /// `X-Forwarded-For`, anybody else can write too. A `DeviceGrantLayer` sets it, from the `ClientIpSource` of its host.
    pub ip: Option<IpAddr>,
    /// The place where the address is, as far as the host knows.
    ///
    /// A policy can compare where a device and its end user are
    /// ([`Nearby`](crate::host::Nearby)): the endpoints keep it with the grant, and the ready-made pages take it for a
    /// visitor of whom nothing else is known.
    pub place: Option<Place>,
    /// The end user whose device it is: nobody else can approve.
    pub expected_subject: Option<Subject>,
    /// The origin of a device authorization request, in place of what `ip`, `place` and the `User-Agent` say.
    pub origin: Option<Origin>,
    /// Data that is kept with the grant of a device authorization request.
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

    /// Returns the facts of a request, to be added to.
    pub fn of(extensions: &mut Extensions) -> &mut Self {
        extensions.get_or_insert_with(|| Self::NONE)
    }

    /// Returns the facts that were set.
    pub(crate) fn in_extensions(extensions: &Extensions) -> &Self {
        extensions.get().unwrap_or(&Self::NONE)
    }
}
