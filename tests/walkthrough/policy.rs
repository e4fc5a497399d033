//! A server whose access policy has no rule for this grant, in this process.

use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use device_grant::DeviceGrants;
use device_grant::host::{
    ApprovalContext, AuthorizationContext, Client, Policy, PortError, Redemption, Ruling, Terms,
    issuer_fn,
};
use device_grant::http::{ClientIpSource, ClientRegistry, DeviceGrantLayer, Endpoints};
use device_grant::message::{ErrorResponse, TokenResponse};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::curl::post;

/// The rules: which clients may use the grant.
struct Rules(&'static [&'static str]);

#[async_trait]
impl Policy for Rules {
    async fn at_authorization(
        &self,
        context: &AuthorizationContext<'_>,
    ) -> Result<Ruling, PortError> {
        Ok(if self.0.contains(&context.client.id.as_str()) {
            Ruling::Allow
        } else {
            let refusal = ErrorResponse::access_denied();
            Ruling::Refuse(refusal.with_description("No rule of the access policy allows this."))
        })
    }

    async fn at_approval(&self, _: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }

    async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }
}

/// S10.
#[test]
fn a_client_that_no_rule_of_the_access_policy_allows_gets_no_codes() {
    let (_runtime, url) = serve(Rules(&["tv"]));
    let refused = post(&url, &[("client_id", "cli"), ("scope", "openid")]);
    assert_eq!(refused.error(), (400, "access_denied".to_owned()));
    let words = "No rule of the access policy allows this.";
    assert_eq!(refused.json()["error_description"], words);
    assert!(!refused.body.contains("code\""));
    assert_eq!(post(&url, &[("client_id", "tv")]).status, 200);
}

/// Serves until the runtime is dropped.
fn serve(rules: Rules) -> (Runtime, String) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().layer(DeviceGrantLayer::new(
        endpoints(&url, rules),
        ClientIpSource::unknown(),
    ));
    runtime.spawn(async { axum::serve(listener, app).await });
    (runtime, format!("{url}/device_authorization"))
}

fn endpoints(url: &str, rules: Rules) -> Endpoints {
    let issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("token", Duration::from_secs(3600)))
    });
    let grants = DeviceGrants::builder(url, issuer)
        .verification_uri(format!("{url}/activate"))
        .in_memory()
        .policy(rules)
        .build()
        .unwrap();
    let terms = Terms::new("openid".parse().unwrap());
    let clients = ClientRegistry::new()
        .public(Client::new("tv").device_grant(terms.clone()))
        .public(Client::new("cli").device_grant(terms));
    Endpoints::new(grants, clients)
}
