use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::Verifier;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::grant::KeyThumbprint;

/// `Ed25519` is the newer name of `EdDSA` on that curve ([RFC 9864](https://www.rfc-editor.org/rfc/rfc9864)).
pub(in crate::http) const ALGORITHMS: [&str; 3] = ["ES256", "EdDSA", "Ed25519"];

/// The members that only private and symmetric keys have ([RFC 7518 §6](https://www.rfc-editor.org/rfc/rfc7518#section-6)).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const UNFIT: &str = "the jwk of the DPoP proof is no public key for its alg";

/// A key as it stands in a proof.
#[derive(Deserialize)]
pub(super) struct Jwk {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// A public key that proofs can be verified with.
///
/// RSA is left out: its only maintained implementation without C has an open advisory (RUSTSEC-2023-0071), and clients make
/// DPoP keys for the purpose.
pub(super) enum PublicKey {
    P256(p256::ecdsa::VerifyingKey, [Coordinate; 2]),
    Ed25519(ed25519_dalek::VerifyingKey),
}

type Coordinate = [u8; 32];

impl PublicKey {
    pub(super) fn read(alg: &str, jwk: &Jwk) -> Result<Self, &'static str> {
        if PRIVATE.iter().any(|name| jwk.others.contains_key(*name)) {
            return Err("the jwk of the DPoP proof is not public");
        }
        let curve = jwk.crv.as_deref().unwrap_or_default();
        match (alg, &*jwk.kty, curve) {
            ("ES256", "EC", "P-256") => {
                let [x, y] = [coordinate(jwk.x.as_deref())?, coordinate(jwk.y.as_deref())?];
                let point = [&[4][..], &x, &y].concat();
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point);
                Ok(Self::P256(key.map_err(|_| UNFIT)?, [x, y]))
            }
            ("EdDSA" | "Ed25519", "OKP", "Ed25519") => {
                let x = coordinate(jwk.x.as_deref())?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(&x);
                Ok(Self::Ed25519(key.map_err(|_| UNFIT)?))
            }
            (alg, _, _) if ALGORITHMS.contains(&alg) => Err(UNFIT),
            _ => Err("the alg of a DPoP proof is ES256 or EdDSA"),
        }
    }

    pub(super) fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<(), &'static str> {
        let is_right = match self {
            Self::P256(key, _) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(signed, &signature).is_ok()),
            // Strict, because a weak key verifies the signature of any text.
            Self::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(signed, &signature).is_ok()),
        };
        is_right
            .then_some(())
            .ok_or("the signature of the DPoP proof is wrong")
    }

    /// Returns the SHA-256 thumbprint ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
    pub(super) fn thumbprint(&self) -> KeyThumbprint {
        let text = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
        // The members are those that are required, in the order of their names, without white space.
        let canonical = match self {
            Self::P256(_, [x, y]) => format!(
                r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
                text(x),
                text(y)
            ),
            Self::Ed25519(key) => format!(
                r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#,
                text(key.as_bytes())
            ),
        };
        KeyThumbprint::from_bytes(Sha256::digest(canonical).into())
    }
}

fn coordinate(text: Option<&str>) -> Result<Coordinate, &'static str> {
    let mut bytes = [0; 32];
    let read = Base64UrlUnpadded::decode(text.unwrap_or_default(), &mut bytes);
    match read.map(<[u8]>::len) {
        Ok(32) => Ok(bytes),
        Ok(_) | Err(_) => Err(UNFIT),
    }
}
