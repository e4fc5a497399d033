use std::{fmt, time::Duration};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::message::{Reply, Scope, members::ExtraMembers};

/// Hands a client its tokens ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
///
/// `scope` is always sent, because some clients fail without it, and so is `expires_in` unless the response is [made
/// without](Self::without_expires_in). The setters
/// are called `refresh_token` and `scope`, the getters `issued_refresh_token` and `granted_scope`.
/// `Debug` hides the tokens, and they are wiped when dropped.
///
/// ```
/// use std::time::Duration;
/// use device_grant::message::{Scope, TokenResponse};
///
/// let tokens = TokenResponse::bearer("2YotnFZFEjr1zCsicMWpAA", Duration::from_secs(3600))
///     .refresh_token("tGzv3JOkF0XG5Qx2TlKWIA")
///     .scope(Scope::parse("openid").unwrap())
///     .with("id_token", "eyJ0.eyJz.c2ln");
/// assert!(tokens.check().is_ok());
/// assert!(!format!("{tokens:?}").contains("2Yotn"));
/// ```
///
/// A host that has the answer of its token endpoint as JSON takes it over as it is:
///
/// ```
/// use device_grant::message::TokenResponse;
/// use serde_json::json;
///
/// let own = json!({ "access_token": "2YotnFZFEjr1zCsicMWpAA", "token_type": "Bearer", "expires_in": 3600 });
/// let tokens = TokenResponse::try_from(own)?;
/// assert_eq!(tokens.access_token(), "2YotnFZFEjr1zCsicMWpAA");
/// # Ok::<(), device_grant::message::InvalidTokenResponse>(())
/// ```
#[derive(Clone)]
pub struct TokenResponse {
    access_token: Zeroizing<String>,
    token_type: String,
    expires_in: Option<u64>,
    refresh_token: Option<Zeroizing<String>>,
    scope: Option<Scope>,
    extra: ExtraMembers,
}

impl TokenResponse {
    /// The largest answer that is sent, in bytes of JSON.
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

    /// Starts from a bearer token ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)).
    #[must_use]
    pub fn bearer(access_token: impl Into<String>, expires_in: Duration) -> Self {
        Self::new(access_token, "Bearer", expires_in)
    }

    /// Starts from a token of any type, such as `DPoP`; `expires_in` is rounded down to whole
    /// seconds.
    #[must_use]
    pub fn new(
        access_token: impl Into<String>,
        token_type: impl Into<String>,
        expires_in: Duration,
    ) -> Self {
        Self {
            expires_in: Some(expires_in.as_secs()),
            ..Self::without_expires_in(access_token, token_type)
        }
    }

    /// Starts from a token of any type whose lifetime is not told: an opaque token that can end at any time, or one whose
    /// lifetime clients know otherwise. [RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1) recommends
    /// `expires_in`, and some clients fail without it.
    ///
    /// ```
    /// use device_grant::message::TokenResponse;
    ///
    /// let tokens = TokenResponse::without_expires_in("2YotnFZFEjr1zCsicMWpAA", "Bearer");
    /// assert_eq!(tokens.expires_in(), None);
    /// assert!(tokens.check().is_ok());
    /// ```
    #[must_use]
    pub fn without_expires_in(
        access_token: impl Into<String>,
        token_type: impl Into<String>,
    ) -> Self {
        Self {
            access_token: Zeroizing::new(access_token.into()),
            token_type: token_type.into(),
            expires_in: None,
            refresh_token: None,
            scope: None,
            extra: ExtraMembers::default(),
        }
    }

    /// Sets `refresh_token`.
    #[must_use]
    pub fn refresh_token(mut self, token: impl Into<String>) -> Self {
        self.refresh_token = Some(Zeroizing::new(token.into()));
        self
    }

    /// Sets `scope`, if the tokens carry less than was granted.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Adds a member beyond the standard ones, such as `id_token`.
    ///
    /// [`TokenResponse::check`] refuses the name of a standard member, and it is never sent.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// Returns `access_token`.
    #[must_use]
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// Returns `token_type`.
    #[must_use]
    pub fn token_type(&self) -> &str {
        &self.token_type
    }

    /// Returns `expires_in`, in seconds, if the response has it.
    #[must_use]
    pub fn expires_in(&self) -> Option<u64> {
        self.expires_in
    }

    /// Returns `refresh_token`.
    #[must_use]
    pub fn issued_refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_ref().map(|token| token.as_str())
    }

    /// Returns `scope`, if it was set.
    #[must_use]
    pub fn granted_scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// Returns a member beyond the standard ones.
    #[must_use]
    pub fn extra(&self, name: &str) -> Option<&Value> {
        self.extra.get(name)
    }

    /// Checks that a client can understand the answer.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidTokenResponse`] if a token is empty or holds anything but printable ASCII,
    /// if the token type is not one ([RFC 6749
    /// §8.1](https://www.rfc-editor.org/rfc/rfc6749#section-8.1)), if an extra member has the name
    /// of a standard one, or if the answer is longer than [`TokenResponse::MAX_LEN`].
    pub fn check(&self) -> Result<(), InvalidTokenResponse> {
        if !is_token(&self.access_token) {
            return Err(InvalidTokenResponse(Reason::AccessToken));
        }
        if self
            .issued_refresh_token()
            .is_some_and(|token| !is_token(token))
        {
            return Err(InvalidTokenResponse(Reason::RefreshToken));
        }
        if !is_token_type(&self.token_type) {
            return Err(InvalidTokenResponse(Reason::TokenType));
        }
        if self
            .extra
            .iter()
            .any(|(name, _)| Self::STANDARD.contains(&name))
        {
            return Err(InvalidTokenResponse(Reason::ReservedMember));
        }
        let reply = self.reply();
        if reply.status() != 200 || reply.body().len() > Self::MAX_LEN {
            return Err(InvalidTokenResponse(Reason::TooLong));
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
    type Error = InvalidTokenResponse;

    /// Takes over the JSON of a token endpoint, all members of it, with or without `expires_in`, if [`check`](Self::check) has nothing against it.
    fn try_from(json: Value) -> Result<Self, InvalidTokenResponse> {
        let Value::Object(members) = json else {
            return Err(InvalidTokenResponse(Reason::NoObject));
        };
        let mut extra = ExtraMembers::new(members);
        let access_token = take_text(&mut extra, "access_token")?;
        let token_type = take_text(&mut extra, "token_type")?;
        let expires_in = match extra.take("expires_in") {
            None | Some(Value::Null) => None,
            Some(value) => Some(value.as_u64().ok_or_else(|| unfit("expires_in"))?),
        };
        let refresh_token = take_text(&mut extra, "refresh_token")?;
        let scope = take_text(&mut extra, "scope")?.map(|scope| Scope::parse(&scope));
        let tokens = Self {
            access_token: Zeroizing::new(access_token.ok_or_else(|| unfit("access_token"))?),
            token_type: token_type.ok_or_else(|| unfit("token_type"))?,
            expires_in,
            refresh_token: refresh_token.map(Zeroizing::new),
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
) -> Result<Option<String>, InvalidTokenResponse> {
    match members.take(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(unfit(name)),
    }
}

fn unfit(name: &'static str) -> InvalidTokenResponse {
    InvalidTokenResponse(Reason::Unfit(name))
}

impl Serialize for TokenResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("access_token", self.access_token())?;
        map.serialize_entry("token_type", &self.token_type)?;
        if let Some(seconds) = self.expires_in {
            map.serialize_entry("expires_in", &seconds)?;
        }
        if let Some(token) = self.issued_refresh_token() {
            map.serialize_entry("refresh_token", token)?;
        }
        map.serialize_entry("scope", self.scope.as_ref().map_or("", Scope::as_str))?;
        for (name, value) in self.extra.iter() {
            if !Self::STANDARD.contains(&name) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
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

/// Says why a [`TokenResponse`] cannot be sent; it never quotes a token.
///
/// ```
/// use std::time::Duration;
/// use device_grant::message::TokenResponse;
///
/// let error = TokenResponse::bearer("", Duration::from_secs(60)).check().unwrap_err();
/// assert_eq!(error.to_string(), "access_token is not printable ASCII, or is empty");
/// ```
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error(transparent)]
pub struct InvalidTokenResponse(Reason);

#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
enum Reason {
    #[error("access_token is not printable ASCII, or is empty")]
    AccessToken,
    #[error("refresh_token is not printable ASCII, or is empty")]
    RefreshToken,
    #[error("token_type is neither a name nor a URI")]
    TokenType,
    #[error("an extra member has the name of a standard one")]
    ReservedMember,
    #[error("the response is longer than {} bytes", TokenResponse::MAX_LEN)]
    TooLong,
    #[error("the response is no JSON object")]
    NoObject,
    #[error("{0} is missing, or of the wrong type")]
    Unfit(&'static str),
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
