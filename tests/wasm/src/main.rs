//! A whole flow on wasm32-unknown-unknown, where neither clock nor random numbers are. The host brings both, as ports.

use device_grant::testing::{Poll, Scenario, ScriptedIssuer, StepError};

fn sign_in() -> Result<Poll, StepError> {
    // On a clock and on random numbers of its own, as a host there would have them from its environment.
    let t = Scenario::new(ScriptedIssuer::new([]));
    let tv = t.device("tv").authorize("openid")?;
    t.visitor("alice").approve(&tv)?;
    tv.poll()
}

fn main() {
    assert_eq!(sign_in(), Ok(Poll::Tokens));
}
