//! Serves `oauth-as` by its own HTTP service over axum, with its storage in memory and its default settings, to a public client.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use oauth_as::http::ServiceBuilder;
use oauth_as::{
    AuthorizationServer, Client, ClientAuth, ClientId, GrantType, MemoryStorage, ScopeSet,
    ServerConfig,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let issuer = format!("http://{}", listener.local_addr()?);
    let config = ServerConfig::new(issuer.clone(), format!("{issuer}/device"));
    let server = Arc::new(AuthorizationServer::new(config, MemoryStorage::new()));
    let scopes = ScopeSet::from_tokens(["openid"])?;
    server
        .register_client(Client {
            client_id: ClientId::new("tv"),
            auth: ClientAuth::Public,
            grant_types: vec![GrantType::DeviceCode],
            redirect_uris: Vec::new(),
            allowed_scopes: scopes.clone(),
            default_scopes: scopes,
            name: None,
            registration: None,
        })
        .await?;
    // Nobody opens its page, but it is built with it alone.
    let service = ServiceBuilder::new(server)
        .with_subject_resolver(|_| None)
        .with_csrf_tokens(|_| None, |_| None)
        .build()?;
    println!("listening on {issuer}");
    axum::serve(listener, Router::from(service)).await?;
    Ok(())
}
