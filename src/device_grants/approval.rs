use serde_json::Value;

use crate::grant::{Access, Claim, Granted, HostData, Narrowing, Timestamp};
use crate::host::Warning;
#[cfg(feature = "page")]
use crate::invalid_value::InvalidValue;
use crate::message::Scope;

/// The approval of an end user: the access that they grant, and how they signed in.
///
/// A part that you do not set is approved as it was requested. If nothing is left of a requested part, the approval
/// fails with [`DecisionError::NothingLeft`](super::DecisionError); to grant nothing, deny.
///
/// ```
/// use device_grant::Approval;
///
/// let everything = Approval::all().acr("urn:mace:incommon:iap:silver");
/// let less = Approval::all().scope("openid".parse()?);
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Approval {
    access: Narrowing,
    /// The part that the end user has not left out.
    kept: Narrowing,
    pub(super) acr: Option<String>,
    pub(super) amr: Vec<String>,
    pub(super) auth_time: Option<Timestamp>,
    pub(super) data: HostData,
    despite: Option<String>,
}

impl Approval {
    /// Approves everything that was requested.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Approves only those requested scope tokens that are in `scope`.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.access = self.access.with_scope(scope);
        self
    }

    /// Approves only those requested resources that are among `resources`.
    #[must_use]
    pub fn resources<R: Into<String>>(mut self, resources: impl IntoIterator<Item = R>) -> Self {
        self.access = self.access.with_resources(resources);
        self
    }

    /// Approves only those requested authorization details that are among `details`.
    #[must_use]
    pub fn authorization_details(mut self, details: impl IntoIterator<Item = Value>) -> Self {
        self.access = self.access.with_authorization_details(details);
        self
    }

    /// Sets the authentication context class of the end user's sign-in (`acr`). Default: unknown.
    #[must_use]
    pub fn acr(mut self, acr: impl Into<String>) -> Self {
        self.acr = Some(acr.into());
        self
    }

    /// Sets the methods by which the end user signed in (`amr`). Default: none.
    #[must_use]
    pub fn amr<M: Into<String>>(mut self, methods: impl IntoIterator<Item = M>) -> Self {
        self.amr = methods.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the time at which the end user signed in (`auth_time`). Default: unknown; a request with `max_age` is then not
    /// approved.
    #[must_use]
    pub fn auth_time(mut self, at: impl Into<Timestamp>) -> Self {
        self.auth_time = Some(at.into());
        self
    }

    /// Adds your own data, which policy and token issuer get with the redemption.
    #[must_use]
    pub fn data(mut self, data: HostData) -> Self {
        self.data = data;
        self
    }

    /// Approves in spite of a warning of the policy. `warning` is the [identifier](crate::host::Warning::id) of the warning that
    /// the end user has read and confirmed.
    #[must_use]
    pub fn despite(mut self, warning: impl Into<String>) -> Self {
        self.despite = Some(warning.into());
        self
    }

    /// Returns whether the end user has read this warning, and approves in spite of it.
    pub(super) fn is_despite(&self, warning: &Warning) -> bool {
        self.despite.as_ref() == Some(&warning.id())
    }

    /// Takes what an end user chose on a page: the part of the request that they kept, and a member of the data for each
    /// choice.
    ///
    /// # Errors
    ///
    /// As [`HostData::new`].
    #[cfg(feature = "page")]
    pub(crate) fn chosen(
        mut self,
        kept: Narrowing,
        choices: &[(&str, &str)],
    ) -> Result<Self, InvalidValue> {
        self.data = self.data.and(choices)?;
        self.kept = kept;
        Ok(self)
    }

    /// The approved part of a request, even if it is more than was requested.
    pub(super) fn access(&self, requested: &Access) -> Access {
        // The host's own access is not cut to the request: a host
        // that adds to it by mistake gets `Widened`, not less access.
        self.access.in_place_of(requested).common_with(&self.kept)
    }

    pub(super) fn granted(&self, claim: &Claim, access: Access, at: Timestamp) -> Granted {
        let mut granted = Granted::new(claim.clone(), access, at);
        granted.acr.clone_from(&self.acr);
        granted.amr.clone_from(&self.amr);
        granted.auth_time = self.auth_time;
        granted.data = self.data.clone();
        granted
    }
}
