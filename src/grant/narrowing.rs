use serde_json::Value;

use super::Access;
use crate::message::{ErrorCode, Scope};

/// A reduction of access. Parts that you do not set stay unchanged.
///
/// It never adds access, and an empty part stays empty. A narrowing that leaves nothing of a part that was not empty is
/// refused, because to an issuer an empty list could mean its own default.
///
/// ```
/// use device_grant::grant::Narrowing;
///
/// let readers = Narrowing::new().with_scope("read".parse()?).with_resources(["https://api.example"]);
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Narrowing {
    scope: Option<Scope>,
    resources: Option<Vec<String>>,
    authorization_details: Option<Vec<Value>>,
}

impl Narrowing {
    /// A narrowing that changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps only those scope tokens that are in `scope`.
    #[must_use]
    pub fn with_scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Keeps only those resources that are among `resources`.
    #[must_use]
    pub fn with_resources<R: Into<String>>(
        mut self,
        resources: impl IntoIterator<Item = R>,
    ) -> Self {
        self.resources = Some(resources.into_iter().map(Into::into).collect());
        self
    }

    /// Keeps only those authorization details that are among `details`, compared as JSON values.
    #[must_use]
    pub fn with_authorization_details(mut self, details: impl IntoIterator<Item = Value>) -> Self {
        self.authorization_details = Some(details.into_iter().collect());
        self
    }
}

impl Narrowing {
    /// The access that names these parts in place of its own, be it more.
    pub(crate) fn in_place_of(&self, access: &Access) -> Access {
        let mut named = access.clone();
        if let Some(scope) = &self.scope {
            named.scope.clone_from(scope);
        }
        if let Some(resources) = &self.resources {
            named.resources.clone_from(resources);
        }
        if let Some(details) = &self.authorization_details {
            named.authorization_details.clone_from(details);
        }
        named
    }
}

impl Access {
    /// Takes away what `narrowing` does not leave.
    ///
    /// # Errors
    ///
    /// The error that belongs to the part, if one that is not empty would become so.
    pub(crate) fn narrow(&self, narrowing: &Narrowing) -> Result<Self, ErrorCode> {
        let narrowed = self.common_with(narrowing);
        self.not_emptied_by(&narrowed).map(|()| narrowed)
    }

    /// The part of this access that `narrowing` leaves, be it nothing.
    pub(crate) fn common_with(&self, narrowing: &Narrowing) -> Self {
        let mut narrowed = self.clone();
        if let Some(scope) = &narrowing.scope {
            narrowed.scope = self.scope.intersection(scope);
        }
        if let Some(resources) = &narrowing.resources {
            narrowed.resources.retain(|held| resources.contains(held));
        }
        if let Some(details) = &narrowing.authorization_details {
            let held = &mut narrowed.authorization_details;
            held.retain(|detail| details.contains(detail));
        }
        narrowed
    }

    /// Checks that each part of this access which is not empty is not empty in `narrower` either.
    ///
    /// # Errors
    ///
    /// The error that belongs to the first part of which nothing is left.
    pub(crate) fn not_emptied_by(&self, narrower: &Self) -> Result<(), ErrorCode> {
        if !self.scope.is_empty() && narrower.scope.is_empty() {
            return Err(ErrorCode::InvalidScope);
        }
        if !self.resources.is_empty() && narrower.resources.is_empty() {
            return Err(ErrorCode::InvalidTarget);
        }
        if !self.authorization_details.is_empty() && narrower.authorization_details.is_empty() {
            return Err(ErrorCode::InvalidAuthorizationDetails);
        }
        Ok(())
    }
}
