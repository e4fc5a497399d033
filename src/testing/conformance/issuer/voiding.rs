//! Clauses 3 to 5, for issuers that can void their tokens.
//!
//! Leave these tests out if nobody can void your tokens, for instance because they are signed and verified offline. For
//! [`redelivery`](crate::device_grants::Builder::redelivery), an issuer has to keep clause 3.

use super::IssuerHost;
use super::attempts::Approved;
use crate::testing::must;

/// Checks that the same attempt, repeated, returns the same tokens, or others that replace the first.
pub async fn clause_03_the_same_attempt_again_leaves_one_live_set(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let mut grant = Approved::new(host, 1, &user);
    let attempt = grant.attempt();
    let first = must(grant.issue(&attempt).await);
    let again = grant.again();
    let second = must(grant.issue(&again).await);
    assert!(
        host.good_for(&second).await.is_some(),
        "`good_for` says that the later tokens do not work"
    );
    let is_same =
        first.access_token == second.access_token && first.refresh_token == second.refresh_token;
    let is_dead = host.good_for(&first).await.is_none();
    assert!(is_same || is_dead, "two sets of tokens work");
}

/// Checks that tokens of an earlier attempt do not work once a later attempt was made.
pub async fn clause_04_a_higher_ordinal_voids_earlier_attempts(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let mut grant = Approved::new(host, 1, &user);
    let mut earlier = Vec::new();
    for _ in 0..3 {
        let attempt = grant.attempt();
        let tokens = must(grant.issue(&attempt).await);
        assert!(
            host.good_for(&tokens).await.is_some(),
            "`good_for` says that tokens that were just issued do not work"
        );
        for tokens in &earlier {
            assert!(
                host.good_for(tokens).await.is_none(),
                "the tokens of an earlier attempt still work"
            );
        }
        earlier.push(tokens);
    }
}

/// Checks that neither the access token nor the refresh token works after a discard.
pub async fn clause_05_discarded_tokens_are_dead(host: &dyn IssuerHost) {
    let user = host.add_user("alice").await;
    let mut grant = Approved::new(host, 1, &user);
    let attempt = grant.attempt();
    let tokens = must(grant.issue(&attempt).await);
    grant.discard(&attempt, &tokens).await;
    assert!(
        host.good_for(&tokens).await.is_none(),
        "discarded tokens still work"
    );
}
