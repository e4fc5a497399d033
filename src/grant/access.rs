use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message::Scope;

/// What a client asks for, or is granted: scope, resources and authorization details.
///
/// ```
/// use device_grant::grant::Access;
///
/// let requested = Access::new("openid profile".parse()?);
/// let granted = Access::new("openid".parse()?);
/// assert!(granted.is_within(&requested));
/// assert!(!requested.is_within(&granted));
/// # Ok::<(), device_grant::message::InvalidScope>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Access {
    /// Scope tokens ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).
    pub scope: Scope,
    /// Resource indicators ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Authorization details ([RFC 9396](https://www.rfc-editor.org/rfc/rfc9396)), each a JSON object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<Value>,
}

impl Access {
    /// Access with this scope, to no named resource and with no details.
    #[must_use]
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            ..Self::default()
        }
    }

    /// Whether everything in this access is in `wider` too.
    ///
    /// Authorization details are compared as JSON values: a host that narrows inside one detail does
    /// so where it understands the type, when it issues the tokens.
    #[must_use]
    pub fn is_within(&self, wider: &Self) -> bool {
        self.scope.is_subset_of(&wider.scope)
            && self
                .resources
                .iter()
                .all(|resource| wider.resources.contains(resource))
            && self
                .authorization_details
                .iter()
                .all(|detail| wider.authorization_details.contains(detail))
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let resources = self
            .resources
            .iter()
            .filter(|resource| other.resources.contains(resource));
        let details = self
            .authorization_details
            .iter()
            .filter(|detail| other.authorization_details.contains(detail));
        Self {
            scope: self.scope.intersection(&other.scope),
            resources: resources.cloned().collect(),
            authorization_details: details.cloned().collect(),
        }
    }
}
