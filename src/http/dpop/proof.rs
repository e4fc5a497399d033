use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::public_key::{Jwk, PublicKey};
use crate::grant::{KeyThumbprint, Timestamp};

/// The longest proof that is read, in bytes.
const MAX_LEN: usize = 8 * 1024;

const MALFORMED: &str = "the DPoP proof is no JWT with jwk, jti, htm, htu and iat";

/// A proof whose signature is that of the key in it
/// ([RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3), checks 2 to 7). Its claims are not checked.
pub(super) struct Proof {
    pub(super) key: KeyThumbprint,
    pub(super) htm: String,
    pub(super) htu: String,
    pub(super) nonce: Option<String>,
    /// The time in `iat`; `None` if it is no time after 1970.
    pub(super) issued_at: Option<Timestamp>,
    jti: String,
    ath: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
    /// Names members that change what the JWT means. None is known here.
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: serde_json::Number,
    nonce: Option<String>,
    ath: Option<String>,
}

impl Proof {
    /// Reads a proof and verifies its signature. The error describes what is wrong.
    pub(super) fn verify(header: &[u8]) -> Result<Self, &'static str> {
        if header.len() > MAX_LEN {
            return Err("the DPoP proof is too long");
        }
        let text = std::str::from_utf8(header).map_err(|_| MALFORMED)?;
        let (signed, signature) = text.rsplit_once('.').ok_or(MALFORMED)?;
        let (head, claims) = signed.split_once('.').ok_or(MALFORMED)?;
        let head: Header = json(head)?;
        if head.typ != "dpop+jwt" || head.crit.is_some() {
            return Err("the typ of a DPoP proof is dpop+jwt, and it has no crit");
        }
        let key = PublicKey::read(&head.alg, &head.jwk)?;
        let signature = Base64UrlUnpadded::decode_vec(signature).map_err(|_| MALFORMED)?;
        key.verify(signed.as_bytes(), &signature)?;
        let claims: Claims = json(claims)?;
        if claims.jti.is_empty() {
            return Err(MALFORMED);
        }
        Ok(Self {
            key: key.thumbprint(),
            htm: claims.htm,
            htu: claims.htu,
            nonce: claims.nonce,
            // A NumericDate may have a fraction (RFC 7519 §2).
            issued_at: claims.iat.as_f64().and_then(time),
            jti: claims.jti,
            ath: claims.ath,
        })
    }

    /// Checks that the proof is for this access token.
    pub(super) fn check_access_token(&self, token: &str) -> Result<(), &'static str> {
        let expected = Base64UrlUnpadded::encode_string(&Sha256::digest(token));
        let ath = self.ath.as_deref().unwrap_or_default();
        if ath.as_bytes().ct_eq(expected.as_bytes()).into() {
            Ok(())
        } else {
            Err("the ath of the DPoP proof is not that of the access token")
        }
    }

    /// Returns the name under which the proof is remembered. It has more than the `jti`, which a proof with another key, method
    /// or URI may repeat.
    pub(super) fn name(&self) -> String {
        let Self {
            key, htm, htu, jti, ..
        } = self;
        // Not a digest of the text: an ECDSA signature has a second valid form, in which a proof could be used again.
        format!("{key} {htm} {htu} {jti}")
    }
}

fn json<T>(part: &str) -> Result<T, &'static str>
where
    T: serde::de::DeserializeOwned,
{
    let bytes = Base64UrlUnpadded::decode_vec(part).map_err(|_| MALFORMED)?;
    serde_json::from_slice(&bytes).map_err(|_| MALFORMED)
}

fn time(seconds: f64) -> Option<Timestamp> {
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    Some(Timestamp::from_micros(0) + since)
}
