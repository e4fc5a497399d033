use std::{fmt, time::Duration};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use zeroize::Zeroize;

use crate::invalid_value::InvalidValue;
use crate::message::{Reply, Scope, members::ExtraMembers, reason::Reason, reply};

/// The response with tokens for a client ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
///
/// `scope` is always sent, because some clients fail without it, and so is `expires_in` unless you leave it
/// [out](Self::new). `Debug` hides the tokens, and they are wiped when dropped.
///
/// An invalid response is not sent, and counts as a failure of the issuer: a token that is empty or has other characters than
/// printable ASCII, an invalid token type ([RFC 6749 §8.1](https://www.rfc-editor.org/rfc/rfc6749#section-8.1)), an extra member
/// with the name of a standard one, or more than [`TokenResponse::MAX_LEN`] bytes.
///
/// ```
/// use std::time::Duration;
/// use device_grant::message::{Scope, TokenResponse};
///
/// let tokens = TokenResponse::bearer("2YotnFZFEjr1zCsicMWpAA", Duration::from_secs(3600))
///     .with_refresh_token("tGzv3JOkF0XG5Qx2TlKWIA")
///     .with_scope("openid".parse()?)
///     .with("id_token", "eyJ0.eyJz.c2ln");
/// assert_eq!(tokens.scope.as_ref().map(Scope::as_str), Some("openid"));
/// assert!(!format!("{tokens:?}").contains("2Yotn"));
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
///
/// If you have the answer of your token endpoint as JSON, convert it:
///
/// ```
/// use device_grant::message::TokenResponse;
/// use serde_json::json;
///
/// let own = json!({ "access_token": "2YotnFZFEjr1zCsicMWpAA", "token_type": "Bearer", "expires_in": 3600 });
/// let tokens = TokenResponse::try_from(own)?;
/// assert_eq!(tokens.access_token, "2YotnFZFEjr1zCsicMWpAA");
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct TokenResponse {
    /// The access token, in printable ASCII.
    pub access_token: String,
    /// The type of the access token, such as `Bearer` or `DPoP`.
    pub token_type: String,
    /// The lifetime of the access token, sent in whole seconds, rounded down. `None` sends none.
    pub expires_in: Option<Duration>,
    /// The refresh token, in printable ASCII.
    pub refresh_token: Option<String>,
    /// The scope, if the tokens have less than was granted. `None` sends the granted scope.
    pub scope: Option<Scope>,
    extra: ExtraMembers,
}

impl TokenResponse {
    /// The largest number of bytes of the response as JSON: 64 KiB.
    pub const MAX_LEN: usize = 64 * 1024;
    const MAX_TOKEN_TYPE: usize = 256;
    const DETAILS: &str = "authorization_details";
    // An `error` beside tokens would make clients throw the tokens away.
    const STANDARD: [&str; 8] = [
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "error",
        "error_description",
        "error_uri",
    ];

    /// A response with a bearer token ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)); `expires_in` is rounded down to
    /// whole seconds.
    #[must_use]
    pub fn bearer(access_token: impl Into<String>, expires_in: Duration) -> Self {
        let mut tokens = Self::new(access_token, "Bearer");
        tokens.expires_in = Some(expires_in);
        tokens
    }

    /// A response with a token of any type, such as `DPoP`, and without a lifetime.
    ///
    /// Set [`expires_in`](Self::expires_in) if you can: [RFC 6749
    /// §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1) recommends it, and some clients fail without.
    ///
    /// ```
    /// use device_grant::message::TokenResponse;
    ///
    /// let tokens = TokenResponse::new("2YotnFZFEjr1zCsicMWpAA", "Bearer");
    /// assert_eq!(tokens.expires_in, None);
    /// ```
    #[must_use]
    pub fn new(access_token: impl Into<String>, token_type: impl Into<String>) -> Self {
        Self {
            access_token: access_token.into(),
            token_type: token_type.into(),
            expires_in: None,
            refresh_token: None,
            scope: None,
            extra: ExtraMembers::default(),
        }
    }

    /// Sets `refresh_token`.
    #[must_use]
    pub fn with_refresh_token(mut self, token: impl Into<String>) -> Self {
        self.refresh_token = Some(token.into());
        self
    }

    /// Sets `scope`, if the tokens have less than was granted.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Adds a member beyond the standard ones, such as `id_token`.
    ///
    /// A member with the name of a standard one makes the response invalid.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// Sets all members beyond the standard ones.
    #[cfg(feature = "poller")]
    pub(crate) fn with_extra(mut self, extra: ExtraMembers) -> Self {
        self.extra = extra;
        self
    }

    /// Returns a member beyond the standard ones, such as `id_token`.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&Value> {
        self.extra.get(name)
    }

    /// Checks that a client can understand the answer: that no token is empty or holds anything but printable ASCII, that
    /// the token type is one ([RFC 6749 §8.1](https://www.rfc-editor.org/rfc/rfc6749#section-8.1)), that no extra member
    /// has the name of a standard one, and that the answer is no longer than [`TokenResponse::MAX_LEN`].
    pub(crate) fn check(&self) -> Result<(), InvalidValue> {
        if !is_token(&self.access_token) {
            return Err(Reason::AccessToken.into());
        }
        if self
            .refresh_token
            .as_deref()
            .is_some_and(|token| !is_token(token))
        {
            return Err(Reason::RefreshToken.into());
        }
        if !is_token_type(&self.token_type) {
            return Err(Reason::TokenType.into());
        }
        if self
            .extra
            .iter()
            .any(|(name, _)| Self::STANDARD.contains(&name))
        {
            return Err(Reason::ReservedMember.into());
        }
        // What cannot be written as JSON would become a reply of status 500.
        if reply::length(self).is_none_or(|length| length > Self::MAX_LEN) {
            return Err(Reason::ResponseTooLong.into());
        }
        Ok(())
    }

    /// Returns the status, headers and body to send.
    #[must_use]
    pub fn reply(&self) -> Reply {
        Reply::json(200, self)
    }

    /// Sets `scope` and `authorization_details`, which has to be stated where there are some ([RFC 9396
    /// §7](https://www.rfc-editor.org/rfc/rfc9396#section-7)), unless the issuer did.
    #[must_use]
    pub(crate) fn or_granted(mut self, scope: &Scope, details: &[Value]) -> Self {
        self.scope.get_or_insert_with(|| scope.clone());
        let is_stated = self.extra(Self::DETAILS).is_some();
        if is_stated || details.is_empty() {
            return self;
        }
        self.with(Self::DETAILS, details.to_vec())
    }
}

impl TryFrom<Value> for TokenResponse {
    type Error = InvalidValue;

    /// Takes over the JSON of a token endpoint, all members of it, with or without `expires_in`, if a client can understand them.
    fn try_from(json: Value) -> Result<Self, InvalidValue> {
        let Value::Object(members) = json else {
            return Err(Reason::NoObject.into());
        };
        let mut extra = ExtraMembers::new(members);
        let access_token = take_text(&mut extra, "access_token")?;
        let token_type = take_text(&mut extra, "token_type")?;
        let expires_in = match extra.take("expires_in") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let seconds = value.as_u64().ok_or_else(|| unfit("expires_in"))?;
                Some(Duration::from_secs(seconds))
            }
        };
        let refresh_token = take_text(&mut extra, "refresh_token")?;
        let scope = take_text(&mut extra, "scope")?.map(|scope| Scope::parse(&scope));
        let tokens = Self {
            access_token: access_token.ok_or_else(|| unfit("access_token"))?,
            token_type: token_type.ok_or_else(|| unfit("token_type"))?,
            expires_in,
            refresh_token,
            scope: scope.transpose().map_err(|_| unfit("scope"))?,
            extra,
        };
        tokens.check()?;
        Ok(tokens)
    }
}

/// A text, if it is there; `null` is as good as nothing.
fn take_text(
    members: &mut ExtraMembers,
    name: &'static str,
) -> Result<Option<String>, InvalidValue> {
    match members.take(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(unfit(name)),
    }
}

fn unfit(name: &'static str) -> InvalidValue {
    Reason::Unfit(name).into()
}

impl Serialize for TokenResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("access_token", &self.access_token)?;
        map.serialize_entry("token_type", &self.token_type)?;
        if let Some(lifetime) = self.expires_in {
            map.serialize_entry("expires_in", &lifetime.as_secs())?;
        }
        if let Some(token) = &self.refresh_token {
            map.serialize_entry("refresh_token", token)?;
        }
        map.serialize_entry("scope", self.scope.as_ref().map_or("", Scope::as_str))?;
        for (name, value) in self.extra.iter() {
            // Nobody has to call `check`: of a repeated member, two parsers would take different ones.
            if !Self::STANDARD.contains(&name) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

impl Drop for TokenResponse {
    fn drop(&mut self) {
        self.access_token.zeroize();
        self.refresh_token.zeroize();
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("refresh_token", &self.refresh_token.is_some())
            .field("scope", &self.scope)
            .field("extra", &self.extra)
            .finish_non_exhaustive()
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x20..=0x7E))
}

fn is_token_type(text: &str) -> bool {
    let printable = text
        .bytes()
        .all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E));
    !text.is_empty() && text.len() <= TokenResponse::MAX_TOKEN_TYPE && printable
}
