use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::host::{ApprovalContext, AuthorizationContext, Policy, PortError, Redemption, Ruling};

/// A policy with rulings that the test sets. It allows everything else. Clones are the same policy.
///
/// ```
/// use device_grant::host::Ruling;
/// use device_grant::message::SignInParameters;
/// use device_grant::testing::{Checkpoint, Scenario, ScriptedIssuer, ScriptedPolicy, StepError};
///
/// let policy = ScriptedPolicy::new();
/// let t = Scenario::with(ScriptedIssuer::new([]), |builder| builder.policy(policy.clone()))?;
/// let tv = t.device("tv").authorize("openid")?;
/// policy.rule(Checkpoint::Approval, Ruling::StepUp(SignInParameters::acr(["mfa"])));
/// let approved = t.visitor("alice").approve(&tv);
/// assert_eq!(approved, Err(StepError::StepUp(SignInParameters::acr(["mfa"]))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ScriptedPolicy(Arc<Mutex<Rules>>);

/// A checkpoint at which a [`Policy`] is called.
///
/// ```
/// use device_grant::testing::{Checkpoint, Scenario, ScriptedIssuer, ScriptedPolicy};
///
/// let policy = ScriptedPolicy::new();
/// let t = Scenario::with(ScriptedIssuer::new([]), |builder| builder.policy(policy.clone()))?;
/// t.visitor("alice").approve(&t.device("tv").authorize("openid")?)?;
/// assert_eq!(policy.asked(), [Checkpoint::Authorization, Checkpoint::Approval]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "these are the methods of the policy port"
)]
pub enum Checkpoint {
    /// [`Policy::at_authorization`].
    Authorization,
    /// [`Policy::at_approval`].
    Approval,
    /// [`Policy::at_redemption`].
    Redemption,
}

#[derive(Debug, Default)]
struct Rules {
    /// The last rule for a checkpoint holds; `None` is a failure.
    rules: Vec<(Checkpoint, Option<Ruling>)>,
    asked: Vec<Checkpoint>,
}

impl ScriptedPolicy {
    /// A policy that allows everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the ruling at a checkpoint from now on.
    pub fn rule(&self, at: Checkpoint, ruling: Ruling) {
        self.rules().rules.push((at, Some(ruling)));
    }

    /// Fails at a checkpoint from now on.
    pub fn fail(&self, at: Checkpoint) {
        self.rules().rules.push((at, None));
    }

    /// Returns the checkpoints at which it was called, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Checkpoint> {
        self.rules().asked.clone()
    }

    fn answer(&self, at: Checkpoint) -> Result<Ruling, PortError> {
        let mut rules = self.rules();
        rules.asked.push(at);
        match rules.rules.iter().rev().find(|(point, _)| *point == at) {
            Some((_, Some(ruling))) => Ok(ruling.clone()),
            Some((_, None)) => Err(PortError::unavailable("the test says so")),
            None => Ok(Ruling::Allow),
        }
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Policy for ScriptedPolicy {
    async fn at_authorization(
        &self,
        _context: &AuthorizationContext<'_>,
    ) -> Result<Ruling, PortError> {
        self.answer(Checkpoint::Authorization)
    }

    async fn at_approval(&self, _context: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        self.answer(Checkpoint::Approval)
    }

    async fn at_redemption(&self, _redemption: &Redemption) -> Result<Ruling, PortError> {
        self.answer(Checkpoint::Redemption)
    }
}
