//! The key of a request where the feature `dpop` is off.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Response};

use super::rejection::Rejection;
use super::{Endpoint, Endpoints, RequestFacts};
use crate::grant::KeyThumbprint;
use crate::message::Parameters;

impl Endpoints {
    /// Returns the key that the host vouches for.
    #[expect(clippy::unused_async, reason = "as with the feature `dpop`")]
    pub(super) async fn key(
        &self,
        _: Endpoint,
        parts: &Parts,
    ) -> Result<Option<KeyThumbprint>, Rejection> {
        Ok(RequestFacts::in_extensions(&parts.extensions).key)
    }

    /// Returns the key to bind the grant to.
    pub(super) async fn key_to_bind(
        &self,
        parts: &Parts,
        _: &Parameters,
    ) -> Result<Option<KeyThumbprint>, Rejection> {
        self.key(Endpoint::DeviceAuthorization, parts).await
    }

    /// Returns false: nobody proves keys to the endpoints.
    pub(super) fn asks_nonce(&self, _: &HeaderMap) -> bool {
        false
    }

    /// Returns the response as it is.
    pub(super) fn with_nonce(&self, _: bool, response: Response<Bytes>) -> Response<Bytes> {
        response
    }
}
