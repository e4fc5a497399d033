//! All that the server adds: service, endpoints, pages, and whom they ask.

use std::env;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::Uri;
use axum::http::request::Parts;
use device_grant::DeviceGrants;
use device_grant::code::CodeKeys;
use device_grant::host::{Client, IssueError, PortError, Redemption, Terms, TokenIssuer, Visitor};
use device_grant::http::{
    ClientCredentials, ClientDirectory, ClientIpSource, DeviceGrantLayer, Endpoint, Endpoints,
    SignIn, VisitorSource,
};
use device_grant::limiter::SqlLimiter;
use device_grant::message::{ErrorResponse, TokenResponse};
use device_grant::page::Pages;
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use tokio::time::sleep;

use crate::clients::Clients;
use crate::server::{Document, Server};
use crate::sessions::Sessions;
use crate::tokens::{Fallible, Tokens};

pub(crate) async fn layer(
    host: &Server,
    document: &mut Document,
) -> Fallible<(Endpoints, DeviceGrantLayer)> {
    let database = Database::from(host.pool.clone());
    database.migrate().await?;
    let grants = DeviceGrants::builder(&host.url, host.tokens.clone())
        .verification_uri(host.at("/activate"))
        .store(SqlStore::new(database.clone()))
        .limiter(SqlLimiter::new(database))
        .keys(CodeKeys::from_base64(&env::var("DEVICE_GRANT_CODE_KEY")?)?)
        .build()?;
    let endpoints = Endpoints::new(grants.clone(), host.clients.clone())
        .paths(Endpoint::Revocation, ["/revoke"]);
    endpoints.add_metadata(document)?;
    let mut pages = Pages::new(grants.clone(), host.sessions.clone());
    for (id, name) in host.clients.names().await? {
        pages = pages.application(id, &name);
    }
    tokio::spawn(async move {
        loop {
            _ = grants.purge(1_000).await;
            sleep(Duration::from_secs(60)).await;
        }
    });
    let layer = DeviceGrantLayer::new(endpoints.clone(), ClientIpSource::extension()).and(pages);
    let layer = layer.body_deadline(|| sleep(Duration::from_secs(10)));
    Ok((endpoints, layer))
}

#[async_trait]
impl TokenIssuer for Tokens {
    async fn issue(&self, grant: &Redemption) -> Result<TokenResponse, IssueError> {
        let (client, user) = (grant.client.id.as_str(), grant.subject().as_str());
        let issued = self.begin(client, user, grant.access.scope.as_str()).await;
        let issued = issued.map_err(IssueError::unavailable)?;
        Ok(issued
            .ok_or_else(ErrorResponse::access_denied)?
            .try_into()?)
    }

    async fn discard(&self, grant: &Redemption, tokens: TokenResponse) {
        let client = grant.client.id.as_str();
        _ = self.revoke(client, &tokens.access_token).await;
    }
}

#[async_trait]
impl ClientDirectory for Clients {
    async fn authenticate(&self, given: &ClientCredentials) -> Result<Option<Client>, PortError> {
        let known = self.find(given.client_id.as_str(), given.secret()).await;
        let Some(known) = known.map_err(PortError::unavailable)? else {
            return Ok(None);
        };
        let scope = known.scope.parse().map_err(PortError::broken)?;
        Ok(Some(Client::new(known.id).device_grant(Terms::new(scope))))
    }
}

#[async_trait]
impl VisitorSource for Sessions {
    async fn visitor(&self, request: &Parts) -> SignIn {
        match self.find(&request.headers).await {
            Ok(Some(session)) => SignIn::As(Visitor::new(session.user).with_session(&session.id)),
            Ok(None) => SignIn::Redirect(Uri::from_static("/login")),
            Err(error) => SignIn::Unavailable(error.into()),
        }
    }
}
