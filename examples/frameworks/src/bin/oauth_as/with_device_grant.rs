//! All that is added.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use device_grant::DeviceGrants;
use device_grant::host::PortError;
use device_grant::host::{Client, IssueError, Redemption, Terms, TokenIssuer, async_trait};
use device_grant::http::{
    ClientCredentials, ClientDirectory, ClientIpSource, DeviceGrantLayer, Endpoints,
};
use device_grant::message::{Scope, TokenResponse};
use device_grant::page::Pages;
use frameworks::draw;
use oauth_as::client::ClientId;
use oauth_as::device::{DeviceGrant, DeviceGrantState};
use oauth_as::grant::GrantType;
use oauth_as::scope::ScopeSet;
use oauth_as::server::{AuthorizationServer, TokenRequest};
use oauth_as::store::Storage;
use tokio::task::spawn;

use crate::server::Server;
use crate::storage::{HostStorage, for_authenticated_client};

pub(crate) fn layer(host: &Server, url: &str) -> Result<DeviceGrantLayer, Box<dyn Error>> {
    let grants = DeviceGrants::builder(url, Tokens(Arc::clone(&host.oauth)))
        .verification_uri(format!("{url}/activate"))
        .in_memory()
        .build()?;
    let endpoints = Endpoints::new(grants.clone(), Clients(Arc::clone(&host.oauth)));
    let pages = Pages::new(grants, host.accounts.visitors()).application("tv", "Example TV");
    // Whatever accepts the connection notes its peer.
    Ok(DeviceGrantLayer::new(endpoints, ClientIpSource::extension()).and(pages))
}

/// The registrations of `oauth-as` as a client directory.
struct Clients(Arc<AuthorizationServer<HostStorage>>);

#[async_trait]
impl ClientDirectory for Clients {
    async fn authenticate(
        &self,
        credentials: &ClientCredentials,
    ) -> Result<Option<Client>, PortError> {
        let id = ClientId::new(credentials.client_id.as_str());
        let known = self.0.store().get_client(&id).await;
        let known = known.map_err(PortError::unavailable)?;
        let known = known.filter(|client| client.auth.verify(credentials.secret()));
        let Some(known) = known else {
            return Ok(None);
        };
        let client = Client::new(known.client_id.as_str());
        if !known.allows_grant(GrantType::DeviceCode) {
            return Ok(Some(client));
        }
        let terms = Terms::new(scope(&known.allowed_scopes.to_string())?)
            .default_scope(scope(&known.default_scopes.to_string())?);
        Ok(Some(client.device_grant(terms)))
    }
}

fn scope(text: &str) -> Result<Scope, PortError> {
    text.parse().map_err(PortError::broken)
}

/// `oauth-as` as a token issuer.
struct Tokens(Arc<AuthorizationServer<HostStorage>>);

#[async_trait]
impl TokenIssuer for Tokens {
    /// Puts a grant that is approved into `oauth-as`, and redeems it there and then. Its codes never leave this process.
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        let approved = DeviceGrant {
            device_code: draw().map_err(IssueError::unavailable)?,
            user_code: draw().map_err(IssueError::unavailable)?,
            client_id: client_id(redemption),
            scope: ScopeSet::parse(redemption.access.scope.as_str())
                .map_err(IssueError::unavailable)?,
            state: DeviceGrantState::Approved {
                subject: redemption.subject().to_string(),
            },
            created_at: redemption.granted.at.into(),
            expires_at: redemption.deadline.into(),
            interval: Duration::ZERO,
            last_poll_at: None,
        };
        let request = TokenRequest::DeviceCode {
            client_id: approved.client_id.clone(),
            client_secret: None,
            device_code: approved.device_code.clone(),
        };
        self.0
            .store()
            .put_device_grant(approved)
            .await
            .map_err(IssueError::unavailable)?;
        // A future of `oauth-as` must not be dropped half-way, and the device may hang up at any time.
        let server = Arc::clone(&self.0);
        let issued = spawn(for_authenticated_client(async move {
            server.token(request).await
        }))
        .await;
        let issued = issued.map_err(IssueError::unavailable)?;
        let issued = issued.map_err(IssueError::unavailable)?;
        let tokens =
            TokenResponse::bearer(issued.access_token, Duration::from_secs(issued.expires_in));
        Ok(match issued.refresh_token {
            Some(refresh_token) => tokens.with_refresh_token(refresh_token),
            None => tokens,
        })
    }

    /// Revokes the refresh token, and with it the family.
    async fn discard(&self, redemption: &Redemption, tokens: TokenResponse) {
        let token = tokens
            .refresh_token
            .as_ref()
            .unwrap_or(&tokens.access_token);
        let client = client_id(redemption);
        _ = for_authenticated_client(self.0.revoke(&client, None, token, None)).await;
    }
}

fn client_id(redemption: &Redemption) -> ClientId {
    ClientId::new(redemption.client.id.as_str())
}
