//! Clauses 1 and 2, and those parts of clauses 4 and 5 that hold for every issuer.

use super::IssuerHost;
use super::attempts::Approved;
use crate::grant::Access;
use crate::host::IssueError;
use crate::message::{Scope, TokenResponse};
use crate::testing::must;

/// Checks that a user who may have tokens gets them. Otherwise an issuer that refuses everybody would pass.
pub async fn clause_01_a_user_who_may_have_tokens_gets_them(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let mut grant = Approved::new(host, 1, &user);
    let attempt = grant.attempt();
    let tokens = must(grant.issue(&attempt).await);
    assert!(
        host.good_for(&tokens).await.is_some(),
        "`good_for` says that tokens that were just issued do not work"
    );
}

/// Checks that a user who was locked after the approval is refused.
pub async fn clause_01_a_locked_user_is_refused(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let mut grant = Approved::new(host, 1, &user);
    host.lock_user(&user).await;
    let attempt = grant.attempt();
    is_refused(&grant.issue(&attempt).await);
}

/// Checks that a user who was locked after an earlier attempt is refused at the next one.
pub async fn clause_01_a_user_who_is_locked_between_two_attempts_is_refused(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let mut grant = Approved::new(host, 1, &user);
    let first = grant.attempt();
    let tokens = must(grant.issue(&first).await);
    grant.discard(&first, &tokens).await;
    host.lock_user(&user).await;
    let second = grant.attempt();
    is_refused(&grant.issue(&second).await);
}

/// Checks that a locked user is refused a redelivery of the same attempt.
pub async fn clause_01_a_locked_user_is_refused_a_redelivery(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let mut grant = Approved::new(host, 1, &user);
    let attempt = grant.attempt();
    must(grant.issue(&attempt).await);
    host.lock_user(&user).await;
    let again = grant.again();
    is_refused(&grant.issue(&again).await);
}

/// Checks that locking a user does not refuse other users.
pub async fn clause_01_locking_one_user_refuses_no_other(host: &dyn IssuerHost) {
    let (alice, bob) = (host.add_user("alice").await, host.add_user("bob").await);
    assert_ne!(alice, bob, "the host has to tell users apart");
    let mut grant = Approved::new(host, 1, &bob);
    host.lock_user(&alice).await;
    let attempt = grant.attempt();
    let tokens = must(grant.issue(&attempt).await);
    assert!(
        host.good_for(&tokens).await.is_some(),
        "`good_for` says that tokens that were just issued do not work"
    );
}

/// Checks that tokens have no more access than the end user granted.
pub async fn clause_02_tokens_carry_no_more_than_the_end_user_granted(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let granted = less(&host.scope());
    let mut grant = Approved::of(host, 1, &user, granted.clone());
    let attempt = grant.attempt();
    let tokens = must(grant.issue(&attempt).await);
    carry_no_more(host, &tokens, &granted).await;
}

/// Checks that tokens have no more than the access of the redemption, which a policy may have narrowed after the
/// approval.
pub async fn clause_02_tokens_carry_no_more_than_the_policy_left(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let left = less(&host.scope());
    let mut grant = Approved::new(host, 1, &user);
    let attempt = grant.attempt().narrowed(Access::new(left.clone()));
    let tokens = must(grant.issue(&attempt).await);
    carry_no_more(host, &tokens, &left).await;
}

/// Checks that a later attempt at one grant does not end the tokens of another grant of the same user.
pub async fn clause_04_a_higher_ordinal_ends_nothing_of_another_grant(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let (mut one, mut other) = (Approved::new(host, 1, &user), Approved::new(host, 2, &user));
    let attempt = one.attempt();
    let delivered = must(one.issue(&attempt).await);
    for _ in 0..2 {
        let attempt = other.attempt();
        must(other.issue(&attempt).await);
    }
    assert!(
        host.good_for(&delivered).await.is_some(),
        "the tokens of another grant were voided"
    );
}

/// Checks that a discard ends neither the tokens of a later attempt nor those of another grant.
pub async fn clause_05_a_discard_ends_nothing_else(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let (mut one, mut other) = (Approved::new(host, 1, &user), Approved::new(host, 2, &user));
    let attempt = other.attempt();
    let elsewhere = must(other.issue(&attempt).await);
    let late = one.attempt();
    let too_late = must(one.issue(&late).await);
    let second = one.attempt();
    let delivered = must(one.issue(&second).await);
    one.discard(&late, &too_late).await;
    assert!(
        host.good_for(&delivered).await.is_some(),
        "of the later attempt"
    );
    assert!(
        host.good_for(&elsewhere).await.is_some(),
        "of another grant"
    );
}

fn is_refused(issued: &Result<TokenResponse, IssueError>) {
    assert!(
        matches!(issued, Err(IssueError::Refused(_))),
        "expected a refusal, not {issued:?}"
    );
}

async fn carry_no_more(host: &dyn IssuerHost, tokens: &TokenResponse, granted: &Scope) {
    must(tokens.check());
    if let Some(told) = &tokens.scope {
        assert!(
            told.is_subset_of(granted),
            "the response names the scope {told}, and only {granted} was granted"
        );
    }
    let good_for = host.good_for(tokens).await;
    assert!(
        good_for.is_some(),
        "`good_for` says that tokens that were just issued do not work"
    );
    let good_for = good_for.unwrap_or_default();
    assert!(
        good_for.is_subset_of(granted),
        "the tokens are good for {good_for}, and only {granted} was granted"
    );
}

/// The first of the scope tokens.
fn less(scope: &Scope) -> Scope {
    let first = must(scope.iter().next().unwrap_or_default().parse());
    assert_ne!(
        first, *scope,
        "the host's scope has to have two tokens at least"
    );
    first
}
