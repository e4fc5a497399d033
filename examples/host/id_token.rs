//! ID tokens ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value, json};

use super::clients;
use super::signing_keys::SigningKeys;

const LIFETIME: Duration = Duration::from_secs(3_600);

pub(crate) struct IdTokens {
    issuer: String,
    keys: SigningKeys,
}

/// The claims of an ID token: the user, the client, and the sign-in.
pub(crate) struct Claims<'a> {
    pub(crate) user: &'a str,
    pub(crate) client: &'a str,
    pub(crate) auth_time: Option<SystemTime>,
    pub(crate) has_profile: bool,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) organization: Option<&'a str>,
}

impl IdTokens {
    pub(crate) fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            keys: SigningKeys::new(),
        }
    }

    pub(crate) fn sign(&self, claims: &Claims<'_>, now: SystemTime) -> String {
        let mut payload = Map::new();
        let mut claim = |name: &str, value: Value| _ = payload.insert(name.to_owned(), value);
        claim("iss", self.issuer.as_str().into());
        claim("sub", claims.user.into());
        claim("aud", claims.client.into());
        claim("iat", seconds(now).into());
        claim("exp", seconds(now + LIFETIME).into());
        if let Some(auth_time) = claims.auth_time {
            claim("auth_time", seconds(auth_time).into());
        }
        if let Some(nonce) = claims.nonce {
            claim("nonce", nonce.into());
        }
        if let Some(organization) = claims.organization {
            claim("organization", organization.into());
        }
        if claims.has_profile {
            claim("preferred_username", claims.user.into());
        }
        let algorithm = clients::id_token_algorithm(claims.client);
        let header = json!({ "alg": algorithm.name(), "kid": algorithm.name(), "typ": "JWT" });
        let signed = format!("{}.{}", encode(&header), encode(&payload.into()));
        let signature = self.keys.sign(algorithm, &signed);
        let signature = Base64UrlUnpadded::encode_string(&signature);
        format!("{signed}.{signature}")
    }

    /// The public keys, as `/jwks.json` has them.
    pub(crate) fn key_set(&self) -> Value {
        self.keys.public()
    }
}

fn encode(value: &Value) -> String {
    Base64UrlUnpadded::encode_string(value.to_string().as_bytes())
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
