//! Failures when a device asks for its codes: it asks again, and nobody else has to do anything.

use device_grant::host::Ruling;
use device_grant::testing::{Checkpoint, Disruption, ScriptedPolicy, StepError, StoreCall};

use super::super::{Server, Test};
use super::{Row, attempts, case, golden, heard, sequence};

/// Asks for codes until there are some, and goes on to the tokens; `mended` is called after the first failure.
fn start(server: &Server, mended: impl Fn()) -> Result<Row, StepError> {
    let mut told = Vec::new();
    let tv = loop {
        match server.t.device("tv").authorize("openid profile") {
            Ok(tv) => break tv,
            Err(StepError::Fault { retryable, .. }) => {
                assert!(retryable);
                told.push("`temporarily_unavailable`".to_owned());
            }
            Err(StepError::Hung) => told.push("nothing".to_owned()),
            Err(other) => panic!("{other}"),
        }
        server.store.heal();
        mended();
    };
    told.push("codes".to_owned());
    let failed = server.t.events().names();
    server.t.visitor("alice").approve(&tv)?;
    let polled = tv.poll();
    told.push(heard(&tv, &polled));
    let failed = failed.iter().map(|name| format!("`{name}`"));
    Ok(Row {
        device: sequence(told),
        issuer: attempts(server, &tv),
        person: "nothing".to_owned(),
        host: sequence(failed.collect()),
    })
}

/// With one call of the store cut short.
fn cut(how: Disruption) -> Result<Row, StepError> {
    let server = Server::new([]);
    server.store.disrupt(StoreCall::Insert.nth(1), how);
    start(&server, || {})
}

#[test]
fn the_store_is_away() -> Test {
    golden(case::START_STORE_AWAY, &cut(Disruption::FailBefore)?);
    Ok(())
}

#[test]
fn the_answer_to_the_insertion_is_lost() -> Test {
    golden(case::START_ANSWER_LOST, &cut(Disruption::FailAfter)?);
    Ok(())
}

#[test]
fn the_codes_are_lost() -> Test {
    golden(case::START_CODES_LOST, &cut(Disruption::HangAfter)?);
    Ok(())
}

#[test]
fn the_policy_is_away() -> Test {
    let policy = ScriptedPolicy::new();
    let server = Server::with([], |builder| builder.policy(policy.clone()));
    policy.fail(Checkpoint::Authorization);
    let row = start(&server, || {
        policy.rule(Checkpoint::Authorization, Ruling::Allow)
    })?;
    golden(case::START_POLICY_AWAY, &row);
    Ok(())
}
