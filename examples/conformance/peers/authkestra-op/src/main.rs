//! Serves `authkestra-op` by the handlers of `authkestra-axum`, with its stores in memory, to two public clients.
//! Whoever posts to its page is alice.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use authkestra_axum::op::{axum_device_authorization_handler, axum_token_handler};
use authkestra_axum::{AxumError, TokenManager};
use authkestra_engine::Identity;
use authkestra_engine::store::KvStore;
use authkestra_engine::store::memory::MemoryStore;
use authkestra_op::config::OpConfig;
use authkestra_op::device::DeviceCodeSession;
use authkestra_op::handlers::{DeviceVerifyRequest, handle_device_verify};
use authkestra_op::store::CompositeOpStore;
use authkestra_op::{ClientRegistration, CloneableOpStore, GrantType};
use axum::extract::{Form, FromRef, State};
use axum::http::StatusCode;
use axum::routing::post;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const YEAR: Duration = Duration::from_secs(365 * 24 * 3_600);

#[derive(Clone)]
struct Host {
    store: Arc<dyn CloneableOpStore>,
    devices: MemoryStore<DeviceCodeSession>,
    tokens: Arc<TokenManager>,
    config: OpConfig,
}

impl FromRef<Host> for Result<Arc<dyn CloneableOpStore>, AxumError> {
    fn from_ref(host: &Host) -> Self {
        Ok(host.store.clone())
    }
}

impl FromRef<Host> for Result<Arc<TokenManager>, AxumError> {
    fn from_ref(host: &Host) -> Self {
        Ok(host.tokens.clone())
    }
}

impl FromRef<Host> for OpConfig {
    fn from_ref(host: &Host) -> Self {
        host.config.clone()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = format!("127.0.0.1:{}", std::env::var("PORT")?);
    let clients = MemoryStore::new();
    for id in ["tv", "cli"] {
        clients.set(id, public_client(id), YEAR).await?;
    }
    let devices = MemoryStore::new();
    let (codes, refresh) = (MemoryStore::new(), MemoryStore::new());
    let issuer = format!("http://{address}");
    let host = Host {
        store: Arc::new(CompositeOpStore::<
            _,
            MemoryStore<authkestra_op::AuthorizationCode>,
            MemoryStore<authkestra_op::refresh::RefreshToken>,
            _,
        >::new(clients, codes, refresh, devices.clone())),
        devices,
        tokens: Arc::new(TokenManager::new(
            b"not a secret, but as long as one has to be",
            Some(issuer.clone()),
        )),
        config: config(issuer),
    };
    let router = axum::Router::new()
        .route(
            "/device_authorization",
            post(axum_device_authorization_handler::<Host>),
        )
        .route("/token", post(axum_token_handler::<Host>))
        .route("/device", post(decide))
        .with_state(host);
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening");
    axum::serve(listener, router).await?;
    Ok(())
}

async fn decide(
    State(mut host): State<Host>,
    Form(decision): Form<DeviceVerifyRequest>,
) -> Result<&'static str, StatusCode> {
    let alice = Identity {
        provider_id: "peer".to_owned(),
        external_id: "alice".to_owned(),
        email: None,
        username: None,
        attributes: HashMap::new(),
    };
    let decided = handle_device_verify(decision, alice, &mut host.devices).await;
    decided.map_or(Err(StatusCode::NOT_FOUND), |_| Ok("decided"))
}

#[expect(deprecated, reason = "a field that is no longer read has to be given")]
fn public_client(id: &str) -> ClientRegistration {
    ClientRegistration {
        client_id: id.to_owned(),
        client_secret_hash: None,
        redirect_uris: Vec::new(),
        grant_types: vec![GrantType::DeviceCode],
        scopes: vec!["openid".to_owned()],
        require_pkce: false,
        allowed_audiences: Vec::new(),
        token_endpoint_auth_method: None,
        jwks: None,
    }
}

fn config(issuer: String) -> OpConfig {
    OpConfig {
        issuer,
        scopes_supported: vec!["openid".to_owned()],
        response_types_supported: vec!["code".to_owned()],
        grant_types_supported: vec![DEVICE_CODE.to_owned()],
        id_token_signing_alg: "RS256".to_owned(),
        authorization_code_ttl_secs: 60,
        access_token_ttl_secs: 3_600,
        device_code_ttl_secs: 600,
        token_exchange_enabled: false,
    }
}
