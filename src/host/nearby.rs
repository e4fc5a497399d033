use async_trait::async_trait;

use super::{ApprovalContext, AuthorizationContext, Policy, PortError, Redemption, Ruling};
use crate::message::SignInParameters;

/// A policy that compares the place of the device with the place of the end user who approves it.
///
/// Set both places, with [`Origin::with_place`](crate::grant::Origin::with_place) and
/// [`Visitor::with_place`](super::Visitor::with_place). An honest television and the phone of its owner are often in two
/// networks, but seldom in two countries. A phisher with a proxy near the victim passes this policy.
///
/// ```
/// # #[cfg(feature = "memory")] {
/// # use std::time::Duration;
/// # use device_grant::DeviceGrants;
/// # use device_grant::host::{Redemption, issuer_fn};
/// # use device_grant::message::TokenResponse;
/// # let issuer = issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("token", Duration::from_secs(3600))) });
/// use device_grant::host::{Nearby, Ruling, Warning};
/// use device_grant::message::SignInParameters;
///
/// let nearby = Nearby::new()
///     .other_country(Ruling::StepUp(SignInParameters::acr(["mfa"])))
///     .other_network(Ruling::Warn(Warning::new("This device is not where you are.")));
/// let grants = DeviceGrants::builder("https://id.example", issuer)
///     .verification_uri("https://id.example/activate")
///     .in_memory()
///     .policy(nearby)
///     .build()?;
/// # }
/// # Ok::<(), device_grant::BuildError>(())
/// ```
///
/// A [`Ruling::StepUp`] is satisfied if the [approval](crate::Approval::acr) states one of its `acr_values`; a ruling without
/// `acr_values` never is. If you have a policy of your own, call [`rule`](Self::rule) in its `at_approval`.
#[derive(Clone, Debug, Default)]
pub struct Nearby {
    other_country: Option<Ruling>,
    other_network: Option<Ruling>,
    unknown: Option<Ruling>,
}

impl Nearby {
    /// A policy that allows everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the ruling used when the two [are in different countries](ApprovalContext::is_same_country). Default: allowed.
    #[must_use]
    pub fn other_country(mut self, ruling: Ruling) -> Self {
        self.other_country = Some(ruling);
        self
    }

    /// Sets the ruling used when the two [are in different networks](ApprovalContext::is_same_network). Default: allowed.
    #[must_use]
    pub fn other_network(mut self, ruling: Ruling) -> Self {
        self.other_network = Some(ruling);
        self
    }

    /// Sets the ruling used when a configured comparison cannot be made, because one of the two places is unknown.
    /// Default: the strictest ruling that is set, so that nobody gains by hiding their place. The order, from the strictest:
    /// [`Refuse`](Ruling::Refuse), [`StepUp`](Ruling::StepUp), [`Confirm`](Ruling::Confirm),
    /// [`Warn`](Ruling::Warn), [`Narrow`](Ruling::Narrow), [`Allow`](Ruling::Allow).
    #[must_use]
    pub fn unknown(mut self, ruling: Ruling) -> Self {
        self.unknown = Some(ruling);
        self
    }

    /// Returns the stricter of the two rulings, on the country and on the network.
    #[must_use]
    pub fn rule(&self, context: &ApprovalContext<'_>) -> Ruling {
        let rulings = [
            self.judge(self.other_network.as_ref(), context.is_same_network()),
            self.judge(self.other_country.as_ref(), context.is_same_country()),
        ];
        // Each is judged before the stricter one is chosen, so that a step-up that is met does not hide a warning.
        let unmet = rulings.map(|ruling| ruling.filter(|ruling| !is_met(ruling, context)));
        strictest(unmet).cloned().unwrap_or(Ruling::Allow)
    }

    fn judge<'a>(&'a self, other: Option<&'a Ruling>, is_same: Option<bool>) -> Option<&'a Ruling> {
        let other = other?;
        match is_same {
            Some(true) => None,
            Some(false) => Some(other),
            None => self.unknown.as_ref().or_else(|| self.strictest()),
        }
    }

    fn strictest(&self) -> Option<&Ruling> {
        strictest([self.other_network.as_ref(), self.other_country.as_ref()])
    }
}

/// The stricter of the two; of two that are as strict, the second.
fn strictest(rulings: [Option<&Ruling>; 2]) -> Option<&Ruling> {
    let rulings = rulings.into_iter().flatten();
    rulings.max_by_key(|ruling| match ruling {
        Ruling::Allow => 0,
        Ruling::Narrow(_) => 1,
        Ruling::Warn(_) => 2,
        Ruling::Confirm => 3,
        Ruling::StepUp(_) => 4,
        Ruling::Refuse(_) => 5,
    })
}

fn is_met(ruling: &Ruling, context: &ApprovalContext<'_>) -> bool {
    match ruling {
        Ruling::StepUp(SignInParameters { acr_values, .. }) => {
            acr_values.iter().any(|value| context.acr == Some(value))
        }
        Ruling::Allow
        | Ruling::Narrow(_)
        | Ruling::Warn(_)
        | Ruling::Confirm
        | Ruling::Refuse(_) => false,
    }
}

#[async_trait]
impl Policy for Nearby {
    async fn at_authorization(&self, _: &AuthorizationContext<'_>) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }

    async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        Ok(self.rule(context))
    }

    async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }
}
