use super::approval::Approval;
use super::inner::Inner;
use crate::grant::{Facts, Timestamp};
use crate::message::SignInParameters;

impl Inner {
    /// Returns the client's demands on the sign-in that the approval does not meet; `None` if it meets all.
    ///
    /// An approval that states no `acr` or no `auth_time` does not meet a demand for it.
    pub(super) fn unmet(
        &self,
        facts: &Facts,
        approval: &Approval,
        now: Timestamp,
    ) -> Option<SignInParameters> {
        let wanted = &facts.sign_in;
        // Classes that this server does not support are ignored, as OpenID Connect Core §15.1 allows. They would refuse everybody.
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
                // A sign-in after the codes were issued is always recent enough: nobody can decide within `max_age=0`.
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

/// Rounds a time down to seconds, because `auth_time` of OpenID Connect has seconds. A sign-in in the second in which the codes
/// were issued counts as one after it.
fn whole_seconds(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(1_000_000)
}
