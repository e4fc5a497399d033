//! All that the app adds: the grant, and the page of an end user's devices.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, State};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use device_grant::DeviceGrants;
use device_grant::code::{CodeKeys, GrantId};
use device_grant::device_grants::Standing;
use device_grant::grant::Facts;
use device_grant::host::{
    Client, IssueError, PortError, Redemption, System, Terms, TokenIssuer, TokenRevocation,
    TokenRevoker, Visitor, async_trait,
};
use device_grant::http::{ClientIpSource, ClientRegistry, DeviceGrantLayer, Endpoints, session_fn};
use device_grant::limiter::SqlLimiter;
use device_grant::message::TokenResponse;
use device_grant::page::Pages;
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use frameworks::draw;
use serde::Deserialize;
use sqlx_08::PgPool;

use crate::server::AuthSession;
use crate::tokens::Tokens;

pub(crate) async fn add(
    url: &str,
    pool: PgPool,
    tokens: Tokens,
) -> Result<(Router, DeviceGrantLayer), Box<dyn Error>> {
    let database = Database::from(pool);
    database.migrate().await?;
    let store = SqlStore::new(database.clone());
    let grants = DeviceGrants::builder(url, tokens.clone())
        .verification_uri(format!("{url}/activate"))
        .store(store.clone())
        .directory(store)
        .retention(Duration::from_secs(30 * 86_400))
        .limiter(SqlLimiter::new(database))
        .keys(CodeKeys::parse(&env::var("DEVICE_GRANT_CODE_KEY")?)?)
        .token_revoker(tokens)
        .timer(System)
        .build()?;
    let purging = grants.clone();
    tokio::spawn(async move { purging.purge_regularly(System).await });
    let tv = Client::new("tv").device_grant(Terms::new("openid profile".parse()?));
    let endpoints = Endpoints::new(grants.clone(), ClientRegistry::new().public(tv));
    let visitors = session_fn(
        Uri::from_static("/login"),
        |session: AuthSession| async move { Ok::<_, Infallible>(visitor(&session)) },
    );
    let pages = Pages::new(grants.clone(), visitors).application("tv", "Example TV");
    let layer = DeviceGrantLayer::new(endpoints, ClientIpSource::extension()).and(pages);
    let devices = Router::new().route("/devices", get(list).post(sign_out));
    Ok((devices.with_state(grants), layer))
}

fn visitor(session: &AuthSession) -> Option<Visitor> {
    let (user, id) = session.user.as_ref().zip(session.session.id())?;
    Some(Visitor::new(user.name.as_str()).with_session(&id.to_string()))
}

/// `GET /devices`
async fn list(State(grants): State<DeviceGrants>, session: AuthSession) -> Response {
    let Some(visitor) = visitor(&session) else {
        return Redirect::to("/login").into_response();
    };
    let Ok(page) = grants.list_own(&visitor, None, 100).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let signed_in = page.grants.iter();
    let signed_in = signed_in.filter(|grant| grant.standing == Standing::Redeemed);
    // Identifiers of clients are the host's, and of grants hexadecimal: neither holds markup.
    let items: String = signed_in
        .map(|grant| {
            let (client, id) = (&grant.client_id, grant.id);
            format!("<li>{client} <button name=id value={id}>Sign out</button>")
        })
        .collect();
    let page = format!(
        "<!doctype html><title>My devices</title><form method=post><ul>{items}</ul></form>"
    );
    Html(page).into_response()
}

#[derive(Deserialize)]
struct SignOut {
    id: GrantId,
}

/// `POST /devices`
async fn sign_out(
    State(grants): State<DeviceGrants>,
    session: AuthSession,
    Form(chosen): Form<SignOut>,
) -> Response {
    let Some(visitor) = visitor(&session) else {
        return Redirect::to("/login").into_response();
    };
    match grants.revoke_own(&chosen.id, &visitor).await {
        Ok(_) => Redirect::to("/devices").into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[async_trait]
impl TokenIssuer for Tokens {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        let token = draw().map_err(IssueError::unavailable)?;
        let sign_in = redemption.grant.id.to_string();
        let (user, client) = (redemption.subject().as_str(), redemption.client.id.as_str());
        let put = self.put(&token, user, client, &sign_in).await;
        put.map_err(IssueError::unavailable)?;
        Ok(TokenResponse::bearer(token, Duration::from_secs(3600)))
    }

    async fn discard(&self, redemption: &Redemption, tokens: TokenResponse) {
        let client = redemption.client.id.as_str();
        _ = self.remove(&tokens.access_token, client).await;
    }
}

#[async_trait]
impl TokenRevoker for Tokens {
    async fn revoke_grant(&self, grant: &Facts) -> Result<(), PortError> {
        let ended = self.end(&grant.id.to_string()).await;
        ended.map_err(PortError::unavailable)
    }

    async fn revoke_token(&self, revocation: &TokenRevocation) -> Result<bool, PortError> {
        let client = revocation.client.id.as_str();
        let removed = self.remove(&revocation.token, client).await;
        // An unknown token is answered like one that was revoked (RFC 7009 §2.2).
        removed.map(|()| true).map_err(PortError::unavailable)
    }
}
