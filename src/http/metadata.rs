use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Map, Value, json};

use super::cors::Incoming;
use super::endpoints::origin_of;
use super::rejection::Rejection;
use super::{Endpoints, response};
use crate::invalid_value::InvalidValue;
use crate::message::PkceChallenge;

/// The methods that read the document.
const METHODS: &str = "GET, HEAD";

/// The path at which clients look for an issuer's document: the well-known one, between the issuer's host and its path.
fn well_known_path(issuer: &str) -> String {
    const SUFFIX: &str = "/.well-known/oauth-authorization-server";
    let path = issuer.strip_prefix(origin_of(issuer)).unwrap_or_default();
    format!("{SUFFIX}{}", path.strip_suffix('/').unwrap_or(path))
}

/// A metadata document and where it is.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) paths: Vec<Box<str>>,
    body: Bytes,
}

impl Endpoints {
    /// Returns a metadata document for a server without one
    /// ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)) and without other grants: the endpoints, this
    /// grant, the authentication methods of clients, PKCE, the authentication context classes, the algorithms of DPoP proofs. Add
    /// your own members, such as `scopes_supported`, `jwks_uri` or more of `grant_types_supported`.
    ///
    /// `response_types_supported` is `none`: the member is required and must not be empty, and this crate has no authorization
    /// endpoint.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if the issuer's origin and the paths do not make URIs.
    pub fn server_metadata(&self) -> Result<Map<String, Value>, InvalidValue> {
        let methods = json!(["none", "client_secret_basic", "client_secret_post"]);
        let token = self.uri_of(self.token_paths())?;
        let mut document = Map::new();
        let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
        set("issuer", self.grants().issuer().into());
        set("token_endpoint", token.into());
        set("token_endpoint_auth_methods_supported", methods.clone());
        set("response_types_supported", json!(["none"]));
        // A document without the list would stand for the grants of an authorization endpoint (RFC 8414 §2).
        set("grant_types_supported", json!([]));
        set(
            "acr_values_supported",
            self.grants().acr_values_supported().into(),
        );
        if !self.revocation_paths().is_empty() {
            let revocation = self.uri_of(self.revocation_paths())?;
            set("revocation_endpoint", revocation.into());
            set("revocation_endpoint_auth_methods_supported", methods);
        }
        #[cfg(feature = "dpop")]
        if self.dpop.is_some() {
            let algorithms = json!(super::dpop::ALGORITHMS);
            set("dpop_signing_alg_values_supported", algorithms);
        }
        // Without an authorization endpoint, this promises PKCE for no other grant.
        set(
            "code_challenge_methods_supported",
            json!([PkceChallenge::METHOD]),
        );
        self.add_metadata(&mut document)?;
        Ok(document)
    }

    /// Serves this metadata document, at the path for the issuer
    /// ([RFC 8414 §3.1](https://www.rfc-editor.org/rfc/rfc8414#section-3.1)). Default: none is served. If your server has a
    /// document, add this grant to it with [`add_metadata`](Self::add_metadata) instead.
    ///
    /// Members that are null or an empty list are left out, as [RFC 8414
    /// §3.2](https://www.rfc-editor.org/rfc/rfc8414#section-3.2) requires, and `issuer` is always that of the grants.
    ///
    /// ```
    /// # #[cfg(feature = "memory")] {
    /// # use std::time::Duration;
    /// # use device_grant::DeviceGrants;
    /// # use device_grant::host::{Redemption, issuer_fn};
    /// # use device_grant::message::TokenResponse;
    /// # let issuer = issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("token", Duration::from_secs(3600))) });
    /// # let grants = DeviceGrants::builder("https://id.example", issuer).verification_uri("https://id.example/activate").in_memory().build()?;
    /// use device_grant::http::{ClientRegistry, Endpoints};
    ///
    /// let endpoints = Endpoints::new(grants, ClientRegistry::new());
    /// let mut metadata = endpoints.server_metadata()?;
    /// metadata.insert("scopes_supported".to_owned(), vec!["openid", "profile"].into());
    /// let endpoints = endpoints.serve_metadata(metadata);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn serve_metadata(mut self, mut document: Map<String, Value>) -> Self {
        let issuer = self.grants().issuer();
        let path = well_known_path(issuer);
        document.insert("issuer".to_owned(), issuer.into());
        document.retain(|_, value| {
            !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty())
        });
        self.published = Some(Published {
            paths: vec![path.into()],
            body: Value::from(document).to_string().into(),
        });
        self
    }

    /// Adds a path of the metadata document, such as `/.well-known/openid-configuration`. Call it after
    /// [`serve_metadata`](Self::serve_metadata); it has no effect before.
    pub fn also_metadata_path(mut self, path: &str) -> Self {
        if let Some(published) = &mut self.published {
            published.paths.push(path.into());
        }
        self
    }

    /// Answers with the metadata document.
    pub(super) fn document(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let method = request.method();
        let caller = match self.cors().meet(method, request.headers(), METHODS) {
            Incoming::Preflight(response) => return response,
            Incoming::Request(caller) => caller,
        };
        let mut response = response::empty();
        match *method {
            Method::GET | Method::HEAD => {
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(CONTENT_TYPE, json);
            }
            _ => response = Rejection::reading_method().into(),
        }
        if *method == Method::GET
            && let Some(published) = &self.published
        {
            *response.body_mut() = published.body.clone();
        }
        caller.mark(response)
    }
}

#[cfg(test)]
mod tests {
    use super::well_known_path;

    #[test]
    fn rfc_8414_section_3_1_path() {
        for (issuer, path) in [
            ("https://as.example", ""),
            ("https://as.example/", ""),
            ("https://as.example/issuer1", "/issuer1"),
            ("https://as.example/a/b/", "/a/b"),
            ("https://as.example:8443/a", "/a"),
            ("http://[::1]:1/a", "/a"),
        ] {
            let expected = format!("/.well-known/oauth-authorization-server{path}");
            assert_eq!(well_known_path(issuer), expected, "{issuer}");
        }
    }
}
