//! The server as it was before: `oauth-as` in memory, with sessions and a login of the host's own.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::get;
use frameworks::Host;
use oauth_as::client::{Client, ClientAuth, ClientId, SecretHash};
use oauth_as::grant::GrantType;
use oauth_as::http::ServiceBuilder;
use oauth_as::scope::ScopeSet;
use oauth_as::server::{AuthorizationServer, ServerConfig};
use oauth_as::store::Storage;

use crate::storage::HostStorage;

pub(crate) struct Server {
    /// Sessions and the login.
    pub(crate) accounts: Host,
    pub(crate) oauth: Arc<AuthorizationServer<HostStorage>>,
}

impl Server {
    pub(crate) async fn new(url: &str) -> Result<Self, Box<dyn Error>> {
        let storage = HostStorage::default();
        storage
            .put_client(client("tv", ClientAuth::Public)?)
            .await?;
        let hash = SecretHash::sha256("box-secret");
        let secret = ClientAuth::ConfidentialSecretHash { hash };
        storage.put_client(client("box", secret)?).await?;
        let config = ServerConfig::new(url, format!("{url}/activate"));
        Ok(Self {
            accounts: Host::default(),
            oauth: Arc::new(AuthorizationServer::new(config, storage)),
        })
    }

    pub(crate) fn app(&self) -> Result<Router, Box<dyn Error>> {
        let accounts = self.accounts.clone();
        let service = ServiceBuilder::new(Arc::clone(&self.oauth))
            .with_subject_resolver(move |headers| Some(accounts.signed_in(headers)?.1))
            .build()?;
        let login = Router::new()
            .route("/login", get(login_page).post(log_in))
            .with_state(self.accounts.clone());
        Ok(Router::from(service).merge(login))
    }
}

fn client(id: &str, auth: ClientAuth) -> Result<Client, Box<dyn Error>> {
    let scope = ScopeSet::parse("email profile")?;
    Ok(Client {
        client_id: ClientId::new(id),
        auth,
        grant_types: vec![GrantType::DeviceCode, GrantType::RefreshToken],
        redirect_uris: Vec::new(),
        allowed_scopes: scope.clone(),
        default_scopes: scope,
        name: None,
        registration: None,
    })
}

async fn login_page(State(accounts): State<Host>) -> Response<Body> {
    accounts.login_page().map(Body::from)
}

async fn log_in(State(accounts): State<Host>, headers: HeaderMap, form: Bytes) -> Response<Body> {
    accounts.log_in(&headers, &form).map(Body::from)
}
