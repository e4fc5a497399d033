use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response};

use super::cors::Arrival;
use super::refusal::Refusal;
use super::{Endpoints, response};
use crate::message::{EndpointUri, InvalidUri, Issuer, ServerMetadata};

/// What can be done with the document.
const METHODS: &str = "GET, HEAD";

/// A metadata document and where it is.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) paths: Vec<Box<str>>,
    body: Bytes,
}

impl Endpoints {
    /// What a server has to say of itself that has no metadata document
    /// ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)) and no other grants: the endpoints, this
    /// grant, how clients authenticate, PKCE, the authentication context classes. The host adds what it has besides,
    /// such as `scopes_supported`, `jwks_uri` or more of `grant_types_supported`, by [`ServerMetadata::with`].
    ///
    /// # Errors
    ///
    /// [`InvalidUri`] if the issuer's origin and the paths do not make URIs.
    pub fn server_metadata(&self) -> Result<ServerMetadata, InvalidUri> {
        let issuer = Issuer::parse(self.grants().issuer())?;
        let token = EndpointUri::parse(&self.uri_of(self.token_paths()))?;
        // Without an authorization endpoint, this promises PKCE for no other grant.
        let grant = self.metadata()?.with_pkce();
        let methods = vec!["none", "client_secret_basic", "client_secret_post"];
        let mut metadata = ServerMetadata::new(&issuer, &token, &grant)
            .with("token_endpoint_auth_methods_supported", methods.clone())
            .with(
                "acr_values_supported",
                self.grants().acr_values_supported().to_vec(),
            );
        if !self.revocation_paths().is_empty() {
            let revocation = EndpointUri::parse(&self.uri_of(self.revocation_paths()))?;
            metadata = metadata
                .with("revocation_endpoint", revocation.as_str())
                .with("revocation_endpoint_auth_methods_supported", methods);
        }
        Ok(metadata)
    }

    /// Serves this metadata document, at the
    /// [path that belongs to the issuer](ServerMetadata::well_known_path). Default: none is served, because a server
    /// that has one adds [`metadata`](Self::metadata) to it.
    ///
    /// ```
    /// # #[cfg(feature = "memory")] {
    /// # use std::time::Duration;
    /// # use device_grant::DeviceGrants;
    /// # use device_grant::host::{Redemption, issuer_fn};
    /// # use device_grant::message::TokenResponse;
    /// # let issuer = issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("token", Duration::from_secs(3600))) });
    /// # let grants = DeviceGrants::builder("https://id.example", "https://id.example/activate", issuer).in_memory().build()?;
    /// use device_grant::http::{ClientRegistry, Endpoints};
    ///
    /// let endpoints = Endpoints::new(grants, ClientRegistry::new());
    /// let metadata = endpoints.server_metadata()?.with("scopes_supported", vec!["openid", "profile"]);
    /// let endpoints = endpoints.serve_metadata(&metadata);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn serve_metadata(mut self, metadata: &ServerMetadata) -> Self {
        self.published = Some(Published {
            paths: vec![metadata.well_known_path().into()],
            body: metadata.to_value().to_string().into(),
        });
        self
    }

    /// One more path of the metadata document, such as `/.well-known/openid-configuration`; of no effect before
    /// [`serve_metadata`](Self::serve_metadata).
    pub fn also_metadata_path(mut self, path: &str) -> Self {
        if let Some(published) = &mut self.published {
            published.paths.push(path.into());
        }
        self
    }

    /// Answers with the metadata document.
    pub(super) fn document(
        &self,
        published: &Published,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let method = request.method();
        let caller = match self.cors().meet(method, request.headers(), METHODS) {
            Arrival::Preflight(response) => return response,
            Arrival::Request(caller) => caller,
        };
        let mut response = response::empty();
        match *method {
            Method::GET | Method::HEAD => {
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(CONTENT_TYPE, json);
            }
            _ => response = Refusal::reading_method().into(),
        }
        if *method == Method::GET {
            *response.body_mut() = published.body.clone();
        }
        caller.mark(response)
    }
}
