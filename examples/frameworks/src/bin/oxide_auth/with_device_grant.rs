//! All that the server adds.

use std::error::Error;

use chrono::Utc;
use device_grant::DeviceGrants;
use device_grant::host::PortError;
use device_grant::host::{Client, IssueError, Redemption, Terms, TokenIssuer, async_trait};
use device_grant::http::{
    ClientCredentials, ClientDirectory, ClientIpSource, DeviceGrantLayer, Endpoints,
};
use device_grant::message::TokenResponse;
use device_grant::page::Pages;
use oxide_auth::primitives::grant::{Extensions, Grant};
use oxide_auth::primitives::prelude::{ClientUrl, Issuer, PreGrant, Registrar};
use oxide_auth::primitives::registrar::RegistrarError;

use crate::LIFETIME;
use crate::server::{Primitives, Server};

pub(crate) fn layer(host: &Server, url: &str) -> Result<DeviceGrantLayer, Box<dyn Error>> {
    let grants = DeviceGrants::builder(url, host.clone())
        .verification_uri(format!("{url}/activate"))
        .in_memory()
        .build()?;
    let endpoints = Endpoints::new(grants.clone(), host.clone());
    let pages = Pages::new(grants, host.accounts.visitors()).application("tv", "Example TV");
    // Whatever accepts the connection notes its peer.
    Ok(DeviceGrantLayer::new(endpoints, ClientIpSource::extension()).and(pages))
}

/// The registrar as a client directory.
#[async_trait]
impl ClientDirectory for Server {
    async fn authenticate(&self, given: &ClientCredentials) -> Result<Option<Client>, PortError> {
        let (server, given) = (self.clone(), given.clone());
        // A password hash: too long for a thread that serves others.
        let found = tokio::task::spawn_blocking(move || server.lock().authenticate(&given));
        let found = found.await.map_err(PortError::unavailable)?;
        let found = match found {
            Ok(found) => found,
            Err(RegistrarError::Unspecified) => return Ok(None),
            Err(RegistrarError::PrimitiveError) => {
                return Err(PortError::unavailable("the registrar failed"));
            }
        };
        let scope = found.scope.to_string().parse();
        let scope: device_grant::message::Scope = scope.map_err(PortError::broken)?;
        // What a client of oxide-auth gets unless it asks for less is also the most that it can have.
        let terms = Terms::new(scope.clone()).default_scope(scope);
        Ok(Some(Client::new(found.client_id).device_grant(terms)))
    }
}

/// The issuer as a token issuer.
#[async_trait]
impl TokenIssuer for Server {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        let mut primitives = self.lock();
        let client = primitives.client(redemption.client.id.as_str());
        let client = client.map_err(|_| IssueError::unavailable("the client is gone"))?;
        let scope = redemption.access.scope.as_str().parse();
        let issued = primitives.issuer.issue(Grant {
            owner_id: redemption.subject().as_str().to_owned(),
            client_id: client.client_id,
            scope: scope.map_err(|_| IssueError::unavailable("oxide-auth has no such scope"))?,
            redirect_uri: client.redirect_uri.into_url(),
            until: Utc::now() + LIFETIME,
            extensions: Extensions::new(),
        });
        let issued = issued.map_err(|()| IssueError::unavailable("the issuer failed"))?;
        let left = (issued.until - Utc::now()).to_std().unwrap_or_default();
        let tokens = TokenResponse::bearer(issued.token, left);
        Ok(match issued.refresh {
            Some(refresh_token) => tokens.with_refresh_token(refresh_token),
            None => tokens,
        })
    }

    async fn discard(&self, _: &Redemption, tokens: TokenResponse) {
        let mut primitives = self.lock();
        primitives.issuer.revoke(&tokens.access_token);
        primitives
            .issuer
            .revoke(tokens.refresh_token.as_deref().unwrap_or_default());
    }
}

impl Primitives {
    fn authenticate(&self, credentials: &ClientCredentials) -> Result<PreGrant, RegistrarError> {
        let id = credentials.client_id.as_str();
        let secret = credentials.secret().map(str::as_bytes);
        self.registrar.check(id, secret)?;
        self.client(id)
    }

    /// The registrar's entry of a client.
    fn client(&self, id: &str) -> Result<PreGrant, RegistrarError> {
        let client = self.registrar.bound_redirect(ClientUrl {
            client_id: id.into(),
            redirect_uri: None,
        })?;
        self.registrar.negotiate(client, None)
    }
}
