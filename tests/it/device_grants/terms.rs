//! The terms of a client: what it may ask for by a rule, and what it has to bring before codes exist.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use device_grant::DeviceAuthorizationRequest;
use device_grant::grant::{HostData, KeyThumbprint};
use device_grant::host::{
    ApprovalContext, AuthorizationContext, Client, Policy, PortError, Redemption, Ruling, Terms,
};
use device_grant::message::{ErrorCode, Scope};
use device_grant::testing::{Device, Poll, StepError};

use super::{Server, Test};

const MATRIX: &str = "urn:matrix:client:device:";

fn terms(scope: &str) -> Terms {
    Terms::new(scope.parse().unwrap())
}

fn matrix() -> Terms {
    terms("openid").scope_rule(|token| token.starts_with(MATRIX))
}

fn device(server: &Server, terms: Terms) -> Device {
    let client = Client::new("tv").device_grant(terms);
    server.t.device("tv").client(client)
}

#[test]
fn a_rule_lets_a_client_ask_for_tokens_that_nobody_can_list() -> Test {
    let server = Server::new([]);
    let asked = format!("openid {MATRIX}ABCDEFGHIJ");
    let tv = device(&server, matrix()).authorize(&asked)?;
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    let granted = tv.tokens().unwrap();
    assert_eq!(granted.scope.as_ref(), Some(&asked.parse()?));
    let refused = Err(StepError::AuthorizationRefused(ErrorCode::InvalidScope));
    for other in [
        "urn:matrix:client:api:*",
        "admin",
        "urn:matrix:client:device",
    ] {
        let start = device(&server, matrix()).authorize(&format!("openid {other}"));
        assert_eq!(start.map(|_| ()), refused, "{other}");
    }
    Ok(())
}

#[test]
fn a_rule_that_no_longer_holds_when_tokens_are_due_takes_the_token_away() -> Test {
    let server = Server::new([]);
    let asked = format!("openid {MATRIX}ABC");
    let tv = device(&server, matrix()).authorize(&asked)?;
    server.t.visitor("alice").approve(&tv)?;
    let now = Client::new("tv").device_grant(terms("openid"));
    assert_eq!(tv.poll_as(&now)?, Poll::Tokens);
    assert_eq!(
        tv.tokens().unwrap().scope.as_ref(),
        Some(&"openid".parse()?)
    );
    Ok(())
}

#[test]
fn a_ceiling_may_have_more_tokens_than_a_scope() -> Test {
    let server = Server::new([]);
    let known: HashSet<String> = (0..1_000).map(|n| format!("api:{n}")).collect();
    let terms = || {
        let known = known.clone();
        terms("").scope_rule(move |token| known.contains(token))
    };
    assert!(known.len() > Scope::MAX_TOKENS);
    device(&server, terms()).authorize("api:7 api:999")?;
    device(&server, terms()).authorize("api:1000").unwrap_err();
    Ok(())
}

#[test]
fn a_default_scope_may_come_by_the_rule() -> Test {
    let server = Server::new([]);
    let default = format!("{MATRIX}ABC");
    let tv = device(&server, matrix().default_scope(default.parse()?));
    let tv = tv.request(DeviceAuthorizationRequest::default())?;
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(tv.tokens().unwrap().scope.as_ref(), Some(&default.parse()?));
    Ok(())
}

#[test]
fn a_client_that_has_to_use_pkce_gets_no_codes_without() -> Test {
    let server = Server::new([]);
    let start = || device(&server, terms("openid").require_pkce());
    let refused = start().authorize("openid").map(|_| ());
    assert_eq!(
        refused,
        Err(StepError::AuthorizationRefused(ErrorCode::InvalidRequest))
    );
    assert_eq!(server.t.events().names(), ["authorization_refused"]);
    start().pkce(&"a".repeat(43)).authorize("openid")?;
    Ok(())
}

#[test]
fn a_client_that_has_to_prove_a_key_gets_no_codes_without() -> Test {
    let server = Server::new([]);
    let start = || device(&server, terms("openid").require_key());
    let refused = start().authorize("openid").map(|_| ());
    assert_eq!(
        refused,
        Err(StepError::AuthorizationRefused(ErrorCode::InvalidRequest))
    );
    start()
        .key(KeyThumbprint::from_bytes([7; 32]))
        .authorize("openid")?;
    Ok(())
}

/// Writes down what it sees at the authorization.
#[derive(Clone, Default)]
struct Watching(Arc<Mutex<String>>);

#[async_trait]
impl Policy for Watching {
    async fn at_authorization(
        &self,
        context: &AuthorizationContext<'_>,
    ) -> Result<Ruling, PortError> {
        *self.0.lock().unwrap() = format!(
            "{:?} {} {:?} {:?}",
            context.key.is_some(),
            context.has_code_challenge,
            context.expected_subject.map(|subject| subject.as_str()),
            context.data.get("tenant"),
        );
        Ok(Ruling::Allow)
    }

    async fn at_approval(&self, _: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }

    async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }
}

#[test]
fn a_policy_sees_key_challenge_expected_end_user_and_host_data() -> Test {
    let watching = Watching::default();
    let server = Server::with([], |builder| builder.policy(watching.clone()));
    server.t.device("tv").authorize("openid")?;
    assert_eq!(*watching.0.lock().unwrap(), "false false None None");
    let tv = server.t.device("tv").pkce(&"a".repeat(43));
    let tv = tv.key(KeyThumbprint::from_bytes([7; 32]));
    let data = HostData::new([("tenant", "north")])?;
    tv.expected_subject("alice")
        .data(data)
        .authorize("openid")?;
    let seen = "true true Some(\"alice\") Some(String(\"north\"))";
    assert_eq!(*watching.0.lock().unwrap(), seen);
    Ok(())
}
