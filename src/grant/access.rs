use serde_json::Value;

use crate::message::Scope;

/// The access that a client requests or is granted: scope, resources and authorization details.
///
/// ```
/// use device_grant::grant::Access;
///
/// let mut access = Access::new("openid profile".parse()?);
/// access.resources = vec!["https://api.example/".to_owned()];
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Access {
    /// Scope tokens ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).
    pub scope: Scope,
    /// Resource indicators ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)), compared byte for byte. Empty if
    /// the client named none; an empty list never means "all" or "none left".
    pub resources: Vec<String>,
    /// Authorization details ([RFC 9396](https://www.rfc-editor.org/rfc/rfc9396)), each a JSON object.
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

    /// Returns whether everything in this access is in `wider` too.
    ///
    /// Authorization details are compared as JSON values: a host that narrows inside one detail does
    /// so where it understands the type, when it issues the tokens.
    #[must_use]
    pub(crate) fn is_within(&self, wider: &Self) -> bool {
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

    /// Returns whether `details`, the `authorization_details` of a token response, are within those of this access.
    ///
    /// Each has to come from one that was granted: of the same `type` and `identifier`, and with no other `locations`,
    /// `actions`, `datatypes` and `privileges` ([RFC 9396 §2.2](https://www.rfc-editor.org/rfc/rfc9396#section-2.2)).
    /// What is its type's own may differ: an issuer narrows it, or [enriches
    /// it](https://www.rfc-editor.org/rfc/rfc9396#section-7.1).
    #[must_use]
    pub(crate) fn covers_details(&self, details: &Value) -> bool {
        let granted = &self.authorization_details;
        details.as_array().is_some_and(|details| {
            let mut details = details.iter();
            details.all(|detail| granted.iter().any(|granted| comes_from(detail, granted)))
        })
    }
}

fn comes_from(detail: &Value, granted: &Value) -> bool {
    let is_equal = |member: &str| detail.get(member) == granted.get(member);
    let is_part = |member: &str| match (detail.get(member), granted.get(member)) {
        (Some(Value::Array(detail)), Some(Value::Array(granted))) => {
            detail.iter().all(|item| granted.contains(item))
        }
        // A missing list may mean everything of its kind, so it does not count as a part of a granted list.
        (detail, granted) => detail == granted,
    };
    let lists = ["locations", "actions", "datatypes", "privileges"];
    // Without a type on either side, the two would be equal in having none.
    detail.get("type").is_some()
        && ["type", "identifier"].into_iter().all(is_equal)
        && lists.into_iter().all(is_part)
}
