//! Errors of a token that is to be revoked, on a server that has a token revoker.

use super::{Answered, Endpoint, answered, case, form_with, golden, revoking};

#[tokio::test]
async fn no_token() {
    for body in ["client_id=tv", "client_id=tv&token="] {
        golden(case::NO_TOKEN, revoked(body).await);
    }
}

#[tokio::test]
async fn a_token_of_another_kind() {
    let answers = revoked("client_id=tv&token=saml").await;
    golden(case::TOKEN_NOT_REVOCABLE, answers);
}

#[tokio::test]
async fn a_token_revoker_that_is_away() {
    let answers = revoked("client_id=tv&token=later").await;
    golden(case::TOKEN_REVOKER_AWAY, answers);
}

async fn revoked(body: &str) -> [Answered; 1] {
    let (server, _) = revoking();
    let response = answered(server.endpoints.revocation(form_with(body)).await);
    [(Endpoint::Revocation, response)]
}
