use serde_json::{Map, Value, json};

use crate::message::{EndpointUri, GRANT_TYPE, InvalidMessage, PkceChallenge};

/// Holds what a server says about this grant in its metadata document
/// ([RFC 8628 §4](https://www.rfc-editor.org/rfc/rfc8628#section-4)).
///
/// It is a fragment to merge into the host's own document, because the rest of [RFC 8414
/// §2](https://www.rfc-editor.org/rfc/rfc8414#section-2) is the host's to say. A host that has the
/// grant switched off merges nothing.
///
/// ```
/// use device_grant::message::DeviceGrantMetadata;
/// use serde_json::{Map, json};
///
/// let endpoint = "https://as.example.com/device_authorization";
/// let mut document = Map::new();
/// document.insert("grant_types_supported".to_owned(), json!(["refresh_token"]));
/// DeviceGrantMetadata::new(endpoint)?.merge_into(&mut document);
///
/// assert_eq!(
///     document["device_authorization_endpoint"],
///     "https://as.example.com/device_authorization",
/// );
/// assert_eq!(
///     document["grant_types_supported"],
///     json!(["refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]),
/// );
/// # Ok::<(), device_grant::message::InvalidMessage>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeviceGrantMetadata {
    device_authorization_endpoint: EndpointUri,
    pkce: bool,
}

impl DeviceGrantMetadata {
    /// Starts from the device authorization endpoint.
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] unless it is an `https` URI, or an `http` URI on a loopback host, without a fragment.
    pub fn new(device_authorization_endpoint: &str) -> Result<Self, InvalidMessage> {
        Ok(Self {
            device_authorization_endpoint: EndpointUri::parse(device_authorization_endpoint)?,
            pkce: false,
        })
    }

    /// Adds `S256` to `code_challenge_methods_supported`, which is left alone by default.
    ///
    /// The member is defined for the authorization endpoint: naming a method there promises PKCE
    /// for the authorization code grant too. Only a host that keeps that promise, or has no such
    /// endpoint, says so.
    #[must_use]
    pub fn with_pkce(mut self) -> Self {
        self.pkce = true;
        self
    }

    /// Adds the members to a metadata document; a second time changes nothing.
    ///
    /// A document without `grant_types_supported` means `authorization_code` and `implicit`. These
    /// two are written down together with this grant, so that adding it takes nothing away.
    pub fn merge_into(&self, document: &mut Map<String, Value>) {
        let endpoint = self.device_authorization_endpoint.as_str();
        document.insert("device_authorization_endpoint".to_owned(), endpoint.into());
        let grant_types = document.entry("grant_types_supported");
        let grant_types = grant_types.or_insert_with(|| json!(["authorization_code", "implicit"]));
        append(grant_types, GRANT_TYPE);
        if self.pkce {
            let methods = document.entry("code_challenge_methods_supported");
            append(methods.or_insert_with(|| json!([])), PkceChallenge::METHOD);
        }
    }
}

/// What should be a list and is none is the host's mistake; the client is better served with a
/// list.
fn append(list: &mut Value, item: &str) {
    if let Value::Array(items) = list {
        if !items.iter().any(|held| held == item) {
            items.push(item.into());
        }
    } else {
        *list = json!([item]);
    }
}
