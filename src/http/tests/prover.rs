//! A client's key, and the proofs that it signs: right ones, and what an attacker would make of them.

use base64ct::{Base64UrlUnpadded, Encoding};
use bytes::Bytes;
use http::{HeaderValue, Request};
use p256::ecdsa::signature::Signer;
use serde_json::{Value, json};

use super::Server;

pub(super) enum Prover {
    P256(p256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

impl Prover {
    pub(super) fn p256(seed: u8) -> Self {
        Self::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub(super) fn ed25519(seed: u8) -> Self {
        Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }

    /// The thumbprint, worked out from the key and not by the code under test.
    pub(super) fn jkt(&self) -> String {
        use sha2::{Digest, Sha256};
        let jwk = self.jwk();
        let text = |name: &str| jwk[name].as_str().unwrap().to_owned();
        let canonical = match self {
            Self::P256(_) => format!(
                r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
                text("x"),
                text("y")
            ),
            Self::Ed25519(_) => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text("x"))
            }
        };
        base64(&Sha256::digest(canonical))
    }

    pub(super) fn jwk(&self) -> Value {
        match self {
            Self::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let point = point.as_bytes();
                json!({ "kty": "EC", "crv": "P-256", "x": base64(&point[1..33]), "y": base64(&point[33..]) })
            }
            Self::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64(key.verifying_key().as_bytes()) })
            }
        }
    }

    pub(super) fn header(&self) -> Value {
        let alg = match self {
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        };
        json!({ "typ": "dpop+jwt", "alg": alg, "jwk": self.jwk() })
    }

    /// Signs these, whatever they are.
    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encoded(header), encoded(claims));
        let signature = match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(signed.as_bytes());
                signature.to_bytes().to_vec()
            }
            Self::Ed25519(key) => key.sign(signed.as_bytes()).to_bytes().to_vec(),
        };
        format!("{signed}.{}", base64(&signature))
    }

    /// A right proof for a request to this path.
    pub(super) fn proof(&self, server: &Server, path: &str, jti: &str) -> String {
        self.sign(&self.header(), &claims(server, path, jti))
    }

    /// A right proof but for these claims.
    pub(super) fn proof_with(&self, server: &Server, path: &str, other: Value) -> String {
        let mut claims = claims(server, path, "other");
        for (name, value) in other.as_object().unwrap() {
            claims[name] = value.clone();
        }
        self.sign(&self.header(), &claims)
    }
}

/// The claims of a right proof.
pub(super) fn claims(server: &Server, path: &str, jti: &str) -> Value {
    let htu = format!("https://id.example{path}");
    json!({ "jti": jti, "htm": "POST", "htu": htu, "iat": server.seconds() })
}

/// A request with this proof in its header.
pub(super) fn proven(mut request: Request<Bytes>, path: &str, proof: &str) -> Request<Bytes> {
    *request.uri_mut() = path.parse().unwrap();
    let proof = HeaderValue::from_str(proof).unwrap();
    request.headers_mut().append("DPoP", proof);
    request
}

pub(super) fn encoded(value: &Value) -> String {
    base64(value.to_string().as_bytes())
}

pub(super) fn base64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
