//! ID tokens ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)), signed with
//! ES256 by a key that lives as long as the process.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Map, Value, json};

use super::random;

const LIFETIME: Duration = Duration::from_secs(3_600);
const KEY_ID: &str = "example";

pub(crate) struct IdTokens {
    issuer: String,
    key: SigningKey,
}

/// Who signed in, for whom, and how.
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
        // A random number is no key once in 2^32 draws.
        let key = std::iter::repeat_with(random::bytes)
            .find_map(|bytes| SigningKey::from_slice(&bytes).ok())
            .unwrap_or_else(|| unreachable!("the draws never end"));
        Self {
            issuer: issuer.to_owned(),
            key,
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
        let header = json!({ "alg": "ES256", "kid": KEY_ID, "typ": "JWT" });
        let signed = format!("{}.{}", encode(&header), encode(&payload.into()));
        let signature: Signature = self.key.sign(signed.as_bytes());
        let signature = Base64UrlUnpadded::encode_string(&signature.to_bytes());
        format!("{signed}.{signature}")
    }

    /// The public key, as `/jwks.json` has it ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)).
    pub(crate) fn key_set(&self) -> Value {
        let point = self.key.verifying_key().to_sec1_point(false);
        let coordinate =
            |bytes: Option<&[u8]>| Base64UrlUnpadded::encode_string(bytes.unwrap_or_default());
        json!({ "keys": [{
            "kty": "EC",
            "crv": "P-256",
            "use": "sig",
            "alg": "ES256",
            "kid": KEY_ID,
            "x": coordinate(point.x().map(|x| x.as_slice())),
            "y": coordinate(point.y().map(|y| y.as_slice())),
        }] })
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
