//! Keys that clients prove by DPoP ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).

mod nonce;
mod proof;
mod public_key;
mod target;

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use self::proof::Proof;
pub(in crate::http) use self::public_key::ALGORITHMS;
use super::rejection::Rejection;
use super::{Endpoint, Endpoints, RequestFacts};
use crate::grant::{KeyThumbprint, Timestamp};
use crate::invalid_value::InvalidValue;
use crate::message::{ErrorCode, ErrorResponse, Issuer, Parameters};

const PROOF: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The most that `iat` may differ from the server's clock, either way, in a proof without a nonce.
const IAT_WINDOW: Duration = Duration::from_secs(60);

/// The time for which proofs are remembered. It is longer than any proof is accepted, on nodes whose clocks differ by half a
/// minute.
const REMEMBERED: Duration = Duration::from_secs(180);

/// The settings for DPoP proofs at the endpoints (feature `dpop`).
///
/// A proof is a JWT in a `DPoP` header, signed by `ES256`, or by `EdDSA` (`Ed25519`) on the curve Ed25519. The checks are:
///
/// - **Replay.** A proof is accepted once; the [`Limiter`](crate::host::Limiter) remembers it for three minutes.
/// - **Freshness.** A proof is fresh if it has a nonce of the last two minutes, or an `iat` within one minute of the server's
///   clock. Otherwise the answer is `use_dpop_nonce`; the device repeats the request with the nonce, even if its clock is
///   wrong. Nonces are derived from the [`CodeKeys`](crate::code::CodeKeys), and all nodes accept them; keep the clocks of the
///   nodes within half a minute.
/// - **Address.** The `htu` has to be a public URL: the issuer's origin with the path of the request, or with a path of the
///   endpoint.
///
/// ```
/// # #[cfg(feature = "memory")] {
/// # use std::time::Duration;
/// # use device_grant::DeviceGrants;
/// # use device_grant::host::{Client, Terms};
/// # use device_grant::http::ClientRegistry;
/// use device_grant::host::{Redemption, issuer_fn};
/// use device_grant::http::{Dpop, Endpoints};
/// use device_grant::message::TokenResponse;
/// # fn sign(_: Option<serde_json::Value>) -> &'static str { "2YotnFZFEjr1zCsicMWpAA" }
///
/// let issuer = issuer_fn(|redemption: Redemption| async move {
///     // An access token that is a JWT has this as its claim `cnf`.
///     let confirmation = redemption.key.map(|key| serde_json::json!({ "jkt": key.to_string() }));
///     let mut tokens = TokenResponse::bearer(sign(confirmation), Duration::from_secs(3600));
///     if redemption.key.is_some() {
///         tokens.token_type = "DPoP".to_owned();
///     }
///     Ok(tokens)
/// });
/// # let grants = DeviceGrants::builder("https://id.example", issuer)
/// #     .verification_uri("https://id.example/activate").in_memory().build()?;
/// # let clients = ClientRegistry::new().public(Client::new("tv").device_grant(Terms::new("openid".parse()?)));
/// let endpoints = Endpoints::new(grants, clients).dpop(Dpop::new());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Dpop {
    requires_nonce: bool,
    bases: Vec<Box<str>>,
}

impl Dpop {
    /// Settings without required nonces, and with the issuer's origin as the only public URL.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires a nonce in every proof, so that nobody can make proofs in advance
    /// ([RFC 9449 §11.2](https://www.rfc-editor.org/rfc/rfc9449#section-11.2)). Each client then makes one more request at its
    /// start. Default: a proof with a fresh `iat` needs none.
    pub fn require_nonce(mut self) -> Self {
        self.requires_nonce = true;
        self
    }

    /// Adds a public URL below which clients reach the endpoints, such as `https://id.example/auth` if a proxy or a
    /// router strips `/auth`. It may be repeated. Default: only the issuer's origin.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] unless it is an `https` URI, or an `http` URI on a loopback host, without a query and a fragment.
    pub fn public_url(mut self, url: &str) -> Result<Self, InvalidValue> {
        // Paths are put behind it, as behind an issuer.
        Issuer::parse(url)?;
        self.bases.push(url.trim_end_matches('/').into());
        Ok(self)
    }
}

impl Endpoints {
    /// Accepts DPoP proofs (feature `dpop`). A device authorization request with a proof, or with the parameter
    /// `dpop_jkt`, binds the grant to the key, and [`Redemption::key`](crate::host::Redemption::key) passes the key to the
    /// token issuer. [`server_metadata`](Self::server_metadata) then names the algorithms. Default: the header `DPoP` is ignored.
    ///
    /// Clients may go without a proof, unless [`Terms::require_key`](crate::host::Terms::require_key) is set. If you set
    /// [`RequestFacts::key`], it counts instead of the header.
    pub fn dpop(mut self, dpop: Dpop) -> Self {
        self.dpop = Some(dpop);
        self
    }

    /// Verifies the proof of a request that you answer yourself, such as a refresh, and returns its key; `None` if the
    /// request has no proof, or [`dpop`](Self::dpop) is off.
    ///
    /// At a resource, pass the access token, which the proof then has to name in `ath`
    /// ([RFC 9449 §7](https://www.rfc-editor.org/rfc/rfc9449#section-7)), and compare the key with that of the token.
    ///
    /// # Errors
    ///
    /// The response to send: 400 with JSON; for an access token 401 with the challenge `DPoP`.
    pub async fn dpop_key(
        &self,
        parts: &Parts,
        access_token: Option<&str>,
    ) -> Result<Option<KeyThumbprint>, Response<Bytes>> {
        let endpoint = self.endpoint_at(parts.uri.path());
        let key = self.proven_key(endpoint, parts, access_token).await;
        key.map_err(|refusal| {
            let mut response = Response::from(refusal);
            if access_token.is_some() && response.status() == StatusCode::BAD_REQUEST {
                challenge(&mut response);
            }
            self.with_nonce(self.asks_nonce(&parts.headers), response)
        })
    }

    /// Returns the key of a request for this endpoint: the one that the host vouches for, or else that of the proof.
    pub(super) async fn key(
        &self,
        endpoint: Endpoint,
        parts: &Parts,
    ) -> Result<Option<KeyThumbprint>, Rejection> {
        match RequestFacts::in_extensions(&parts.extensions).key {
            Some(key) => Ok(Some(key)),
            None => self.proven_key(Some(endpoint), parts, None).await,
        }
    }

    /// Returns the [`key`](Self::key) of a device authorization request, or the key that `dpop_jkt` names and polls prove later
    /// ([RFC 9449 §10](https://www.rfc-editor.org/rfc/rfc9449#section-10)).
    pub(super) async fn key_to_bind(
        &self,
        parts: &Parts,
        parameters: &Parameters,
    ) -> Result<Option<KeyThumbprint>, Rejection> {
        let proven = self.key(Endpoint::DeviceAuthorization, parts).await?;
        if self.dpop.is_none() {
            return Ok(proven);
        }
        let Some(text) = parameters.once("dpop_jkt")? else {
            return Ok(proven);
        };
        let mut named = [0; 32];
        match Base64UrlUnpadded::decode(text, &mut named) {
            Ok(bytes) if bytes.len() == 32 => {}
            Ok(_) | Err(_) => return Err(Rejection::invalid_request("dpop_jkt is malformed")),
        }
        let named = KeyThumbprint::from_bytes(named);
        if proven.is_some_and(|proven| proven != named) {
            return Err(invalid_proof("dpop_jkt is not the key of the DPoP proof"));
        }
        Ok(Some(named))
    }

    /// Returns whether a request came with a proof, so that its answer tells the nonce for the next one.
    pub(super) fn asks_nonce(&self, headers: &HeaderMap) -> bool {
        self.dpop.is_some() && headers.contains_key(PROOF)
    }

    /// Adds the nonce for the next proof to the answer to a request that came with a proof.
    pub(super) fn with_nonce(&self, asked: bool, mut response: Response<Bytes>) -> Response<Bytes> {
        if asked {
            let nonce = nonce::at(self.grants(), self.grants().now());
            if let Ok(nonce) = HeaderValue::try_from(nonce) {
                response.headers_mut().insert(NONCE, nonce);
            }
        }
        response
    }

    async fn proven_key(
        &self,
        endpoint: Option<Endpoint>,
        parts: &Parts,
        access_token: Option<&str>,
    ) -> Result<Option<KeyThumbprint>, Rejection> {
        let mut headers = parts.headers.get_all(PROOF).iter();
        let (Some(dpop), Some(header)) = (&self.dpop, headers.next()) else {
            return Ok(None);
        };
        if headers.next().is_some() {
            return Err(invalid_proof("the DPoP header is repeated"));
        }
        // The signature first: claims of a proof that its key did not sign mean nothing.
        let proof = Proof::verify(header.as_bytes()).map_err(invalid_proof)?;
        self.check_target(dpop, endpoint, parts, &proof)?;
        if let Some(token) = access_token {
            proof.check_access_token(token).map_err(invalid_proof)?;
        }
        if !self.is_fresh(dpop, &proof) {
            return Err(ErrorResponse::from(ErrorCode::UseDpopNonce).into());
        }
        // Last, because it writes: a proof that is refused for another reason is not used up.
        let name = proof.name();
        if !self.grants().is_first_use(&name, REMEMBERED).await? {
            return Err(invalid_proof("the DPoP proof was used before"));
        }
        Ok(Some(proof.key))
    }

    fn is_fresh(&self, dpop: &Dpop, proof: &Proof) -> bool {
        let now = self.grants().now();
        match &proof.nonce {
            // Whatever `iat` says (RFC 9449 §4.3, check 11): the nonce is how a device with a wrong clock gets through.
            Some(nonce) => nonce::is_live(self.grants(), nonce, now),
            None if dpop.requires_nonce => false,
            None => proof.issued_at.is_some_and(|at| is_near(at, now)),
        }
    }

    fn check_target(
        &self,
        dpop: &Dpop,
        endpoint: Option<Endpoint>,
        parts: &Parts,
        proof: &Proof,
    ) -> Result<(), Rejection> {
        if proof.htm != parts.method.as_str() {
            return Err(invalid_proof("the htm of the DPoP proof is another method"));
        }
        let bases = [self.origin()]
            .into_iter()
            .chain(dpop.bases.iter().map(|base| &**base));
        let paths = endpoint.map_or(&[][..], |endpoint| self.paths_of(endpoint));
        let claimed = target::normalized(&proof.htu);
        // A claim that cannot be normalized is no match: it would equal any other URI without a normal form.
        let is_here = claimed.is_some() && {
            let paths = paths.iter().map(|path| &**path);
            let mut paths = [parts.uri.path()].into_iter().chain(paths);
            paths.any(|path| {
                let mut urls = bases.clone().map(|base| format!("{base}{path}"));
                urls.any(|url| target::normalized(&url) == claimed)
            })
        };
        if is_here {
            Ok(())
        } else {
            Err(invalid_proof("the htu of the DPoP proof is another URI"))
        }
    }
}

fn is_near(at: Timestamp, now: Timestamp) -> bool {
    at.duration_until(now) <= IAT_WINDOW && now.duration_until(at) <= IAT_WINDOW
}

fn invalid_proof(description: &str) -> Rejection {
    let error = ErrorResponse::new(ErrorCode::InvalidDpopProof);
    error.with_description(description).into()
}

/// Makes the answer one of a resource ([RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).
fn challenge(response: &mut Response<Bytes>) {
    #[derive(serde::Deserialize)]
    struct Body {
        error: ErrorCode,
    }
    let body = serde_json::from_slice::<Body>(response.body());
    let error = body.map_or(ErrorCode::InvalidDpopProof, |body| body.error);
    let algorithms = ALGORITHMS.join(" ");
    let challenge = format!(r#"DPoP error="{error}", algs="{algorithms}""#);
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
}
