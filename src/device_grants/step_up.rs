use super::approval::Approval;
use super::inner::Inner;
use crate::grant::{Facts, Timestamp};
use crate::message::SignInParameters;

impl Inner {
    /// The client's demands on the sign-in that the approval does not meet, whatever the policy says.
    ///
    /// An approval that states no `acr` or no `auth_time` does not meet a demand for it.
    pub(super) fn unmet(
        &self,
        facts: &Facts,
        approval: &Approval,
        now: Timestamp,
    ) -> Option<SignInParameters> {
        let wanted = &facts.sign_in;
        // A class that no sign-in here can meet would refuse everybody;
        // OpenID Connect Core §15.1 lets a server ignore it.
        let acr_values: Vec<String> = wanted
            .acr_values
            .iter()
            .filter(|value| self.acr_values.contains(value))
            .cloned()
            .collect();
        let is_met = |acr: &str| acr_values.iter().any(|value| value == acr);
        let is_recent = |age| {
            let signed_in = approval.auth_time?;
            Some(
                // A sign-in for this very request is recent enough: nobody decides within `max_age=0`.
                whole_seconds(signed_in) >= whole_seconds(facts.issued_at)
                    || signed_in + age >= now,
            )
        };
        let mut step_up = SignInParameters::default();
        if !acr_values.is_empty() && !approval.acr.as_deref().is_some_and(is_met) {
            step_up.acr_values = acr_values;
        }
        step_up.max_age = wanted.max_age.filter(|age| is_recent(*age) != Some(true));
        (step_up != SignInParameters::default()).then_some(step_up)
    }
}

/// OpenID Connect tells `auth_time` in seconds: a sign-in in the very second in which the codes were issued is one
/// after it.
fn whole_seconds(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(1_000_000)
}
