use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use device_grant::code::GrantId;
use device_grant::device_grants::Revocation;
use device_grant::grant::Facts;
use device_grant::host::{Client, PortError, TokenRevocation, TokenRevoker};
use device_grant::testing::{Poll, Ran, block_on};

use super::{Server, Test};

/// Notes what it is told, and fails as often as it was asked to.
#[derive(Clone, Default)]
pub(super) struct Revoker {
    told: Arc<Mutex<Vec<GrantId>>>,
    failures: Arc<Mutex<u32>>,
}

impl Revoker {
    /// Returns the grants with which it was called.
    pub(super) fn told(&self) -> Vec<GrantId> {
        self.told.lock().unwrap().clone()
    }

    /// Fails so often from now on.
    pub(super) fn fail(&self, times: u32) {
        *self.failures.lock().unwrap() = times;
    }
}

#[async_trait]
impl TokenRevoker for Revoker {
    async fn revoke_grant(&self, grant: &Facts) -> Result<(), PortError> {
        self.told.lock().unwrap().push(grant.id);
        let mut failures = self.failures.lock().unwrap();
        match failures.checked_sub(1) {
            Some(left) => {
                *failures = left;
                Err(PortError::unavailable("down"))
            }
            None => Ok(()),
        }
    }

    async fn revoke_token(&self, revocation: &TokenRevocation) -> Result<bool, PortError> {
        match revocation.token.as_str() {
            "saml" => Ok(false),
            _ => Ok(true),
        }
    }
}

fn server_with(revoker: &Revoker) -> Server {
    Server::with([], |builder| builder.token_revoker(revoker.clone()))
}

#[test]
fn the_revoker_is_told_of_a_grant_that_has_tokens() -> Test {
    let revoker = Revoker::default();
    let server = server_with(&revoker);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(server.t.revoke(&tv.grant_id())?, Revocation::TokensEnded);
    assert_eq!(revoker.told(), [tv.grant_id()]);
    Ok(())
}

#[test]
fn the_revoker_is_not_told_of_a_grant_without_tokens() -> Test {
    let revoker = Revoker::default();
    let server = server_with(&revoker);
    let tv = server.approved_device();
    assert_eq!(
        server.t.revoke(&tv.grant_id())?,
        Revocation::BeforeRedemption
    );
    assert!(revoker.told().is_empty());
    Ok(())
}

#[test]
fn a_revoker_that_failed_is_told_again() -> Test {
    let revoker = Revoker::default();
    revoker.fail(1);
    let server = server_with(&revoker);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert!(server.t.revoke(&tv.grant_id()).is_err());
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert_eq!(server.t.revoke(&tv.grant_id())?, Revocation::TokensEnded);
    assert_eq!(revoker.told().len(), 2);
    Ok(())
}

#[test]
fn a_token_is_revoked_through_the_revoker_or_not_at_all() {
    let client = Client::new("tv");
    let without = Server::new([]);
    let revoked = block_on(
        without
            .t
            .grants()
            .revoke_token(&TokenRevocation::new(client.clone(), "t")),
    );
    assert!(matches!(revoked, Ran::Done(Ok(false))));
    let with = server_with(&Revoker::default());
    let revoked = block_on(
        with.t
            .grants()
            .revoke_token(&TokenRevocation::new(client.clone(), "t")),
    );
    assert!(matches!(revoked, Ran::Done(Ok(true))));
    let unsupported = block_on(
        with.t
            .grants()
            .revoke_token(&TokenRevocation::new(client.clone(), "saml")),
    );
    assert!(matches!(unsupported, Ran::Done(Ok(false))));
}

#[test]
fn an_arc_of_a_revoker_revokes() -> Test {
    let revoker = Revoker::default();
    let shared: Arc<dyn TokenRevoker> = Arc::new(revoker.clone());
    let server = Server::with([], |builder| builder.token_revoker(shared));
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    server.t.revoke(&tv.grant_id())?;
    assert_eq!(revoker.told(), [tv.grant_id()]);
    let client = Client::new("tv");
    let revoked = block_on(
        server
            .t
            .grants()
            .revoke_token(&TokenRevocation::new(client.clone(), "saml")),
    );
    let Ran::Done(Ok(false)) = revoked else {
        panic!("{revoked:?}");
    };
    Ok(())
}
