//! Serves `oauth-as` by its own HTTP service, with its storage in memory and its default limits, to two public clients.
//! Whoever opens its page is alice.

use std::sync::Arc;

use oauth_as::http::ServiceBuilder;
use oauth_as::{
    AuthorizationServer, Client, ClientAuth, ClientId, GrantType, MemoryStorage, ScopeSet,
    ServerConfig,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = format!("127.0.0.1:{}", std::env::var("PORT")?);
    let issuer = format!("http://{address}");
    let config = ServerConfig::new(issuer.clone(), format!("{issuer}/device"));
    let server = Arc::new(AuthorizationServer::new(config, MemoryStorage::new()));
    let scopes = ScopeSet::from_tokens(["openid"])?;
    for id in ["tv", "cli"] {
        server
            .register_client(Client {
                client_id: ClientId::new(id),
                auth: ClientAuth::Public,
                grant_types: vec![GrantType::DeviceCode],
                redirect_uris: Vec::new(),
                allowed_scopes: scopes.clone(),
                default_scopes: scopes.clone(),
                name: None,
                registration: None,
            })
            .await?;
    }
    let service = ServiceBuilder::new(server)
        .with_subject_resolver(|_| Some("alice".to_owned()))
        // One person has one session.
        .with_csrf_tokens(|_| Some("alice's".to_owned()), |_| Some("alice's".to_owned()))
        .build()?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening");
    axum::serve(listener, axum::Router::from(service)).await?;
    Ok(())
}
