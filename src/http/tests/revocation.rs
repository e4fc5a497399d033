use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::{BOX_BASIC, Server, answered, basic, error, form, given_back, registry, unknown_code};
use crate::grant::Arrival;
use crate::grant::Facts;
use crate::host::{PortError, TokenRevocation, TokenRevoker, Visitor};

#[tokio::test]
async fn a_device_cancels_its_own_grant() {
    let server = Server::new();
    let (device_code, user_code) = server.codes("client_id=tv").await;
    let body = format!("token={device_code}&client_id=tv&token_type_hint=refresh_token");
    let response = answered(server.endpoints.revocation(form(&body)).await);
    assert_eq!(response.status(), 200);
    assert!(response.body().is_empty());
    assert_eq!(response.headers()["cache-control"], "no-store");
    let polled = server.poll_as_tv(&device_code).await;
    assert_eq!(error(&polled), (400, "access_denied".to_owned()));
    let visitor = Visitor::new("alice");
    assert!(
        server
            .grants
            .review(&user_code, Arrival::Typed, &visitor)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn nobody_else_cancels_it() {
    let server = Server::new();
    let (device_code, _) = server.codes("client_id=tv").await;
    let token = format!("token={device_code}");
    for request in [
        form(&token),
        form(&format!("{token}&client_id=cli")),
        form(&format!("{token}&client_id=nobody")),
        form(&format!("{token}&client_id=tv&client_secret=x")),
        basic(BOX_BASIC, &token),
        basic("Basic Ym94Ondyb25n", &token),
        form(&format!("{token}&client_id=tv&token=x")),
        form(&format!("{token}&client_id=tv&code_verifier=x")),
    ] {
        let shown = format!("{request:?}");
        let body = request.body().clone();
        let request = given_back(server.endpoints.revocation(request).await);
        assert_eq!(request.body(), &body, "{shown}");
    }
    let polled = server.poll_as_tv(&device_code).await;
    assert_eq!(error(&polled).1, "authorization_pending");
}

#[tokio::test]
async fn what_is_no_device_code_comes_back() {
    let server = Server::new();
    let unknown = unknown_code();
    for body in [
        // RFC 7009 section 2.1.
        "token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token",
        "client_id=tv",
        "token=%ff&client_id=tv",
        &format!("token={unknown}&client_id=tv"),
    ] {
        let request = given_back(server.endpoints.revocation(form(body)).await);
        assert_eq!(request.body(), body.as_bytes());
    }
    let mut get = form(&format!("token={unknown}"));
    *get.method_mut() = http::Method::GET;
    given_back(server.endpoints.revocation(get).await);
    assert!(!server.events().contains(&"fault"));
}

#[tokio::test]
async fn a_used_or_cancelled_device_code_comes_back() {
    let server = Server::new();
    let (device_code, user_code) = server.codes("client_id=tv").await;
    server.approve(&user_code).await;
    assert_eq!(server.poll_as_tv(&device_code).await.status(), 200);
    let body = format!("token={device_code}&client_id=tv");
    given_back(server.endpoints.revocation(form(&body)).await);
    let (device_code, _) = server.codes("client_id=tv").await;
    server.advance(Duration::from_secs(1));
    let body = format!("token={device_code}&client_id=tv");
    answered(server.endpoints.revocation(form(&body)).await);
    given_back(server.endpoints.revocation(form(&body)).await);
}

/// Notes what it is asked to revoke, as `client/token/hint`.
#[derive(Clone, Default)]
pub(super) struct Revoker(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl TokenRevoker for Revoker {
    async fn revoke_grant(&self, _grant: &Facts) -> Result<(), PortError> {
        Ok(())
    }

    async fn revoke_token(&self, revocation: &TokenRevocation) -> Result<bool, PortError> {
        let (client, token) = (&revocation.client, &revocation.token);
        let hint = revocation.token_type_hint.as_deref().unwrap_or("-");
        self.0
            .lock()
            .unwrap()
            .push(format!("{}/{token}/{hint}", client.id));
        match token.as_str() {
            "saml" => Ok(false),
            "later" => Err(PortError::unavailable("down")),
            _ => Ok(true),
        }
    }
}

pub(super) fn revoking() -> (Server, Revoker) {
    let revoker = Revoker::default();
    let server = Server::built(registry(), |builder| builder.token_revoker(revoker.clone()));
    (server, revoker)
}

#[tokio::test]
async fn tokens_are_revoked_through_the_revoker() {
    let (server, revoker) = revoking();
    for body in [
        "client_id=tv&token=known&token_type_hint=refresh_token",
        "client_id=tv&token=unknown",
    ] {
        let response = answered(server.endpoints.revocation(form(body)).await);
        assert_eq!(response.status(), 200, "{body}");
        assert!(response.body().is_empty());
        assert_eq!(response.headers()["cache-control"], "no-store");
    }
    answered(
        server
            .endpoints
            .revocation(basic(BOX_BASIC, "token=t"))
            .await,
    );
    let told = revoker.0.lock().unwrap().clone();
    assert_eq!(told, ["tv/known/refresh_token", "tv/unknown/-", "box/t/-"]);
}

#[tokio::test]
async fn the_revoker_sees_only_what_can_be_a_token() {
    let (server, revoker) = revoking();
    for (body, told) in [
        ("token=%00", None),
        ("token=a%0Ab", None),
        ("token=%C3%BC", None),
        ("token=a&token_type_hint=%00", Some("tv/a/-")),
        ("token=a~+b", Some("tv/a~ b/-")),
    ] {
        let body = format!("client_id=tv&{body}");
        let response = answered(server.endpoints.revocation(form(&body)).await);
        assert_eq!(response.status(), 200, "{body}");
        assert_eq!(revoker.0.lock().unwrap().pop().as_deref(), told, "{body}");
    }
}

#[tokio::test]
async fn what_cannot_be_revoked_is_said() {
    let (server, revoker) = revoking();
    for (body, expected) in [
        ("client_id=tv&token=saml", (400, "unsupported_token_type")),
        ("client_id=tv&token=later", (503, "temporarily_unavailable")),
        ("client_id=tv&token=", (400, "invalid_request")),
        ("client_id=tv&token=a&token=b", (400, "invalid_request")),
        ("client_id=nobody&token=a", (400, "invalid_client")),
        ("client_id=box&token=a", (400, "invalid_client")),
    ] {
        let response = answered(server.endpoints.revocation(form(body)).await);
        assert_eq!(
            error(&response),
            (expected.0, expected.1.to_owned()),
            "{body}"
        );
    }
    assert_eq!(*revoker.0.lock().unwrap(), ["tv/saml/-", "tv/later/-"]);
    assert_eq!(server.events().last(), Some(&"client_refused"));
    assert!(server.events().contains(&"fault"));
}

#[tokio::test]
async fn a_device_code_is_cancelled_and_no_token() {
    let (server, revoker) = revoking();
    let (device_code, _) = server.codes("client_id=tv").await;
    let body = format!("token={device_code}&client_id=tv");
    let response = answered(server.endpoints.revocation(form(&body)).await);
    assert_eq!(response.status(), 200);
    assert!(revoker.0.lock().unwrap().is_empty());
    assert_eq!(
        error(&server.poll_as_tv(&device_code).await).1,
        "access_denied"
    );
}

#[tokio::test]
async fn a_refused_device_code_is_authenticated_and_observed_once() {
    for (client, event) in [
        ("client_id=box", "client_refused"),
        ("client_id=cli", "unknown_device_code"),
    ] {
        let (server, _) = revoking();
        let (device_code, _) = server.codes("client_id=tv").await;
        let before = server.events().len();
        let body = format!("token={device_code}&{client}");
        answered(server.endpoints.revocation(form(&body)).await);
        assert_eq!(server.events().split_off(before), [event]);
    }
}
