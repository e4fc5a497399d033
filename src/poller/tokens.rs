use std::{fmt, time::Duration};

use serde_json::Value;
use zeroize::Zeroize;

use crate::{
    message::members::ExtraMembers,
    poller::members::{Members, plain},
};

/// Holds the tokens that a device was given
/// ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
///
/// `Debug` hides them, and they are wiped when dropped.
///
/// ```
/// use std::time::Instant;
/// use device_grant::poller::{PollAnswer, DeviceAuthorization, Poller, Progress};
///
/// # let authorization = DeviceAuthorization::from_json(br#"{"device_code": "GmRhmhcx",
/// #     "user_code": "WDJB-MJHT", "verification_uri": "https://example.com/device",
/// #     "expires_in": 600, "interval": 5}"#)?;
/// # let now = Instant::now();
/// # let mut poller = Poller::new(authorization, now);
/// let body = br#"{"access_token":"2YotnFZF","token_type":"bearer","expires_in":3600,"id":7}"#;
/// let answer = PollAnswer { status: 200, retry_after: None, date: None, body };
/// let Progress::Tokens(tokens) = poller.answered(&answer, now) else { unreachable!() };
/// assert_eq!((&*tokens.access_token, &*tokens.token_type), ("2YotnFZF", "bearer"));
/// assert_eq!(tokens.extra("id").and_then(|id| id.as_u64()), Some(7));
/// # Ok::<(), device_grant::poller::InvalidAuthorization>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// The type of the access token, in the server's spelling; `Bearer` if the server left it out.
    pub token_type: String,
    /// The lifetime of the access token, if the server says so.
    pub expires_in: Option<Duration>,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// The ID token; nothing of it has been checked.
    pub id_token: Option<String>,
    /// The scope as the server wrote it; some separate tokens by commas.
    pub scope: Option<String>,
    extra: ExtraMembers,
}

impl Tokens {
    /// Takes the tokens out of an answer; without an access token there are none.
    pub(super) fn take(mut members: Members) -> Option<Self> {
        Some(Self {
            access_token: plain(members.secret("access_token"))?,
            token_type: members
                .text("token_type")
                .unwrap_or_else(|| "Bearer".to_owned()),
            expires_in: members.seconds("expires_in"),
            refresh_token: plain(members.secret("refresh_token")),
            id_token: plain(members.secret("id_token")),
            scope: plain(members.secret("scope")),
            extra: members.into_rest(),
        })
    }

    /// Returns any other member.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&Value> {
        self.extra.get(name)
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        self.access_token.zeroize();
        self.refresh_token.zeroize();
        self.id_token.zeroize();
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("refresh_token", &self.refresh_token.is_some())
            .field("id_token", &self.id_token.is_some())
            .field("scope", &self.scope)
            .field("extra", &self.extra)
            .finish_non_exhaustive()
    }
}
