//! JWTs ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519)) signed with ES256.

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Error, Signature};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) struct SigningKey(p256::ecdsa::SigningKey);

/// Bytes that make a key.
pub(crate) fn draw_key(draw: fn() -> [u8; 32]) -> Vec<u8> {
    loop {
        // A random number is no key once in 2^32 draws.
        let bytes = draw();
        if p256::ecdsa::SigningKey::from_slice(&bytes).is_ok() {
            return bytes.to_vec();
        }
    }
}

impl SigningKey {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        p256::ecdsa::SigningKey::from_slice(bytes).map(Self)
    }

    /// A JWT of this type with these claims.
    pub(crate) fn sign(&self, kind: &str, claims: &impl Serialize) -> serde_json::Result<String> {
        let header = json!({ "alg": "ES256", "kid": self.id(), "typ": kind });
        let signed = format!("{}.{}", encode(&header)?, encode(claims)?);
        let signature: Signature = self.0.sign(signed.as_bytes());
        let signature = Base64UrlUnpadded::encode_string(&signature.to_bytes());
        Ok(format!("{signed}.{signature}"))
    }

    /// The claims of a JWT of this type, if it was signed with this key.
    pub(crate) fn verify<T: DeserializeOwned>(&self, kind: &str, token: &str) -> Option<T> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let signature = Base64UrlUnpadded::decode_vec(signature).ok()?;
        let signature = Signature::from_slice(&signature).ok()?;
        let key = self.0.verifying_key();
        key.verify(signed.as_bytes(), &signature).ok()?;
        let header: Value = decode(header)?;
        let has = |name, value: &str| header.get(name).is_some_and(|held| held == value);
        // The type is compared as well: an ID token must not pass as an access token (RFC 9068 §4).
        (has("typ", kind) && has("alg", "ES256")).then(|| decode(claims))?
    }

    /// The public key as a JWK ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)).
    pub(crate) fn public(&self) -> Value {
        let (x, y) = self.coordinates();
        let (kid, kty, crv) = (self.id(), "EC", "P-256");
        json!({ "alg": "ES256", "crv": crv, "kid": kid, "kty": kty, "use": "sig", "x": x, "y": y })
    }

    /// The key's thumbprint ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
    fn id(&self) -> String {
        let (x, y) = self.coordinates();
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        Base64UrlUnpadded::encode_string(&crate::secrets::digest(&members))
    }

    fn coordinates(&self) -> (String, String) {
        let point = self.0.verifying_key().to_sec1_point(false);
        let encode =
            |bytes: Option<&[u8]>| Base64UrlUnpadded::encode_string(bytes.unwrap_or_default());
        (
            encode(point.x().map(|x| x.as_slice())),
            encode(point.y().map(|y| y.as_slice())),
        )
    }
}

fn encode(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_vec(value)?;
    Ok(Base64UrlUnpadded::encode_string(&json))
}

fn decode<T: DeserializeOwned>(text: &str) -> Option<T> {
    let json = Base64UrlUnpadded::decode_vec(text).ok()?;
    serde_json::from_slice(&json).ok()
}
