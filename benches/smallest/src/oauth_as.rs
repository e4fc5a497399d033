//! `oauth-as` with its default features: issues codes over its storage in memory, and polls.

use std::error::Error;

use futures_executor::block_on;
use oauth_as::{
    AuthorizationServer, Client, ClientAuth, ClientId, GrantType, MemoryStorage, ScopeSet,
    ServerConfig, TokenRequest,
};

fn main() -> Result<(), Box<dyn Error>> {
    let config = ServerConfig::new("https://id.example.com", "https://id.example.com/activate");
    let server = AuthorizationServer::new(config, MemoryStorage::new());
    let (tv, scopes) = (ClientId::new("tv"), ScopeSet::from_tokens(["openid"])?);
    block_on(async {
        let client = Client {
            client_id: tv.clone(),
            auth: ClientAuth::Public,
            grant_types: vec![GrantType::DeviceCode],
            redirect_uris: Vec::new(),
            allowed_scopes: scopes.clone(),
            default_scopes: scopes.clone(),
            name: None,
            registration: None,
        };
        server.register_client(client).await?;
        let codes = server.device_authorization(&tv, None, Some(&scopes));
        let device_code = codes
            .await
            .map_err(|error| format!("{error:?}"))?
            .device_code;
        let poll = TokenRequest::DeviceCode {
            client_id: tv,
            client_secret: None,
            device_code,
        };
        println!("{:?}", server.token(poll).await.map(|_| ()));
        Ok(())
    })
}
