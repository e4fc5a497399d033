use std::{fmt, time::Duration};

use serde_json::Value;
use zeroize::Zeroizing;

use crate::{message::members::ExtraMembers, poller::members::Members};

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
/// assert_eq!((tokens.access_token(), tokens.token_type()), ("2YotnFZF", "bearer"));
/// assert_eq!(tokens.extra("id").and_then(|id| id.as_u64()), Some(7));
/// # Ok::<(), device_grant::poller::InvalidAuthorization>(())
/// ```
#[derive(Clone)]
pub struct Tokens {
    access_token: Zeroizing<String>,
    token_type: String,
    expires_in: Option<Duration>,
    refresh_token: Option<Zeroizing<String>>,
    id_token: Option<Zeroizing<String>>,
    scope: Option<String>,
    extra: ExtraMembers,
}

impl Tokens {
    /// Takes the tokens out of an answer; without an access token there are none.
    pub(super) fn take(mut members: Members) -> Option<Self> {
        Some(Self {
            access_token: members.secret("access_token")?,
            token_type: members
                .text("token_type")
                .unwrap_or_else(|| "Bearer".to_owned()),
            expires_in: members.seconds("expires_in"),
            refresh_token: members.secret("refresh_token"),
            id_token: members.secret("id_token"),
            scope: members.secret("scope").map(|scope| String::clone(&scope)),
            extra: members.into_rest(),
        })
    }

    /// Returns the access token.
    #[must_use]
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// Returns its type, in the server's spelling; `Bearer` if the server left it out.
    #[must_use]
    pub fn token_type(&self) -> &str {
        &self.token_type
    }

    /// Returns how long the access token lives, if the server says so.
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    /// Returns the refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_ref().map(|token| token.as_str())
    }

    /// Returns the ID token; nothing of it has been checked.
    #[must_use]
    pub fn id_token(&self) -> Option<&str> {
        self.id_token.as_ref().map(|token| token.as_str())
    }

    /// Returns the scope as the server wrote it; some separate tokens by commas.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// Returns any other member.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&Value> {
        self.extra.get(name)
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
