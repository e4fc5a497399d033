//! Clauses 3 to 5, for issuers that keep track of their tokens: one live set, whatever gets lost.
//!
//! An issuer whose tokens nobody can void, such as signed ones that are checked offline, goes without: undelivered
//! tokens harm nobody. Clause 3 it needs for [`redelivery`](crate::device_grants::Builder::redelivery), where the
//! same attempt is asked for twice.

use super::IssuerHost;
use super::attempts::Approved;
use crate::testing::must;

/// The same attempt, the same tokens; or others, and the first ones are dead.
pub async fn clause_03_the_same_attempt_again_leaves_one_live_set(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let mut grant = Approved::new(host, 1, &user);
    let attempt = grant.attempt();
    let first = must(grant.issue(&attempt).await);
    let again = grant.again();
    let second = must(grant.issue(&again).await);
    assert!(
        host.good_for(&second).await.is_some(),
        "the later ones do not work"
    );
    let is_same =
        first.access_token == second.access_token && first.refresh_token == second.refresh_token;
    let is_dead = host.good_for(&first).await.is_none();
    assert!(is_same || is_dead, "there are two live sets");
}

/// What an earlier attempt produced is never delivered: once there is a later one, it is dead.
pub async fn clause_04_a_higher_ordinal_voids_earlier_attempts(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let mut grant = Approved::new(host, 1, &user);
    let mut earlier = Vec::new();
    for _ in 0..3 {
        let attempt = grant.attempt();
        let tokens = must(grant.issue(&attempt).await);
        assert!(host.good_for(&tokens).await.is_some(), "they do not work");
        for tokens in &earlier {
            assert!(
                host.good_for(tokens).await.is_none(),
                "of an earlier attempt"
            );
        }
        earlier.push(tokens);
    }
}

/// Access token and refresh token both.
pub async fn clause_05_discarded_tokens_are_dead(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let mut grant = Approved::new(host, 1, &user);
    let attempt = grant.attempt();
    let tokens = must(grant.issue(&attempt).await);
    grant.discard(&attempt, &tokens).await;
    assert!(host.good_for(&tokens).await.is_none(), "they still work");
}
