use serde_json::{Map, Value, json};

use crate::message::{DeviceGrantMetadata, EndpointUri, Issuer};

/// Holds a complete metadata document ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)), for a server
/// that has none.
///
/// It begins as that of a server with this grant alone, and without an authorization endpoint:
/// `response_types_supported`, which is required and must not be empty, then says `none`.
///
/// ```
/// use device_grant::message::{DeviceGrantMetadata, EndpointUri, Issuer, ServerMetadata};
///
/// let issuer = Issuer::parse("https://as.example.com/tenant")?;
/// let endpoint = |path: &str| EndpointUri::parse(&format!("https://as.example.com{path}"));
/// let grant = DeviceGrantMetadata::new(endpoint("/device_authorization")?);
/// let metadata = ServerMetadata::new(&issuer, &endpoint("/token")?, &grant)
///     .with("scopes_supported", vec!["openid"]);
///
/// assert_eq!(metadata.well_known_path(), "/.well-known/oauth-authorization-server/tenant");
/// assert_eq!(metadata.to_value()["issuer"], "https://as.example.com/tenant");
/// # Ok::<(), device_grant::message::InvalidUri>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ServerMetadata {
    issuer: Issuer,
    members: Map<String, Value>,
}

impl ServerMetadata {
    const SUFFIX: &str = "/.well-known/oauth-authorization-server";

    /// Starts with what is required, and with this grant.
    #[must_use]
    pub fn new(
        issuer: &Issuer,
        token_endpoint: &EndpointUri,
        device_grant: &DeviceGrantMetadata,
    ) -> Self {
        let mut members = Map::new();
        // Else the document would mean the grants of an authorization endpoint.
        members.insert("grant_types_supported".to_owned(), json!([]));
        device_grant.merge_into(&mut members);
        let metadata = Self {
            issuer: issuer.clone(),
            members,
        };
        metadata
            .with("token_endpoint", token_endpoint.as_str())
            .with("response_types_supported", vec!["none"])
    }

    /// Sets a member, in place of what it was; one that is null or an empty list is left out, as [RFC 8414
    /// §3.2](https://www.rfc-editor.org/rfc/rfc8414#section-3.2) has it. `issuer` cannot be set: it has to be what
    /// the document was asked for by.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let is_nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if is_nothing {
            self.members.remove(name);
        } else {
            self.members.insert(name.to_owned(), value);
        }
        self
    }

    /// Returns the path at which clients look for it: the well-known one, between the issuer's host and its path
    /// ([RFC 8414 §3.1](https://www.rfc-editor.org/rfc/rfc8414#section-3.1)).
    #[must_use]
    pub fn well_known_path(&self) -> String {
        let issuer = self.issuer.as_str();
        let authority = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
        let path = authority.split_once('/').map_or("", |(_, path)| path);
        match path.strip_suffix('/').unwrap_or(path) {
            "" => Self::SUFFIX.to_owned(),
            path => format!("{}/{path}", Self::SUFFIX),
        }
    }

    /// Returns the document.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut document = self.members.clone();
        document.insert("issuer".to_owned(), self.issuer.as_str().into());
        document.into()
    }
}
