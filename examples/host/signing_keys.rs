//! The keys of ID tokens, which live as long as the process.

use std::sync::OnceLock;

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::Signer as _;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::SigningKey as RsaKey;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding, Signer as _};
use rsa::traits::PublicKeyParts;
use serde_json::{Value, json};

use super::random;

/// A signature algorithm of [RFC 7518 §3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1).
#[derive(Clone, Copy)]
pub(crate) enum Algorithm {
    /// The one that a client of OpenID Connect expects if it registered none.
    Rs256,
    Es256,
}

impl Algorithm {
    /// The name of the algorithm, and here that of its key too.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

pub(crate) struct SigningKeys {
    es256: p256::ecdsa::SigningKey,
    /// Made when it is first asked for, because two large primes take a moment to find.
    rs256: OnceLock<RsaKey<Sha256>>,
}

impl SigningKeys {
    pub(crate) fn new() -> Self {
        // A random number is no key once in 2^32 draws.
        let es256 = std::iter::repeat_with(random::bytes)
            .find_map(|bytes| p256::ecdsa::SigningKey::from_slice(&bytes).ok())
            // `repeat_with` has no end, so `find_map` always finds a key.
            .unwrap_or_else(|| unreachable!("the draws never end"));
        Self {
            es256,
            rs256: OnceLock::new(),
        }
    }

    pub(crate) fn sign(&self, algorithm: Algorithm, text: &str) -> Vec<u8> {
        match algorithm {
            Algorithm::Rs256 => self.rs256().sign(text.as_bytes()).to_vec(),
            Algorithm::Es256 => {
                let signature: p256::ecdsa::Signature = self.es256.sign(text.as_bytes());
                signature.to_bytes().to_vec()
            }
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "a server without random bytes can do nothing that is safe"
    )]
    fn rs256(&self) -> &RsaKey<Sha256> {
        self.rs256.get_or_init(|| {
            let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2_048);
            RsaKey::new(key.expect("the operating system has random bytes"))
        })
    }

    /// The public keys, as `/jwks.json` has them ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)).
    pub(crate) fn public(&self) -> Value {
        let rsa: &RsaPrivateKey = self.rs256().as_ref();
        let point = self.es256.verifying_key().to_sec1_point(false);
        let number = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
        json!({ "keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": "RS256",
            "n": number(&rsa.n().to_bytes_be()),
            "e": number(&rsa.e().to_bytes_be()),
        }, {
            "kty": "EC",
            "crv": "P-256",
            "use": "sig",
            "alg": "ES256",
            "kid": "ES256",
            "x": number(point.x().map(|x| x.as_slice()).unwrap_or_default()),
            "y": number(point.y().map(|y| y.as_slice()).unwrap_or_default()),
        }] })
    }
}
