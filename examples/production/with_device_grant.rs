//! All that the server adds: service, endpoints, pages, and whom they ask.

use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Uri;
use axum::http::request::Parts;
use axum::routing::get;
use device_grant::DeviceGrants;
use device_grant::code::CodeKeys;
use device_grant::grant::Facts;
use device_grant::host::{
    Client, Event, IssueError, Observer, PortError, Redemption, Severity, Terms, TokenIssuer,
    TokenRevocation, TokenRevoker, Visitor,
};
use device_grant::http::{
    ClientCredentials, ClientDirectory, ClientIpSource, DeviceGrantLayer, Endpoint, Endpoints,
    SignIn, VisitorSource,
};
use device_grant::limiter::SqlLimiter;
use device_grant::message::{ErrorResponse, TokenResponse};
use device_grant::page::Pages;
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use device_grant::telemetry::MetricsObserver;
use tokio::time::sleep;

use crate::clients::Clients;
use crate::health::{Readiness, Sleep, check_at_start};
use crate::log::log;
use crate::metrics;
use crate::server::{Document, Server};
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::tokens::{self, Fallible, NewSignIn, Tokens};

pub(crate) struct Added {
    pub(crate) grants: DeviceGrants,
    pub(crate) endpoints: Endpoints,
    pub(crate) layer: DeviceGrantLayer,
    pub(crate) readiness: Router,
}

pub(crate) async fn add(
    host: &Server,
    settings: &Settings,
    document: &mut Document,
) -> Fallible<Added> {
    let grants = connect(host, settings).await?;
    check_at_start(&grants).await?;
    keep_up(grants.clone());
    let endpoints = Endpoints::new(grants.clone(), host.clients.clone())
        .paths(Endpoint::Revocation, ["/revoke"]);
    endpoints.add_metadata(document)?;
    let mut pages = Pages::new(grants.clone(), host.sessions.clone()).devices();
    // Read once. A `Presenter` would also know clients that are registered later.
    for (id, name) in host.clients.names().await? {
        pages = pages.application(id, &name);
    }
    let layer = DeviceGrantLayer::new(endpoints.clone(), client_ip(settings.proxies)).and(pages);
    let readiness = Readiness::new(grants.clone());
    Ok(Added {
        grants,
        endpoints,
        // A client that sends its body byte by byte would keep a request open.
        layer: layer.body_deadline(|| sleep(Duration::from_secs(10))),
        readiness: Router::new()
            .route("/readyz", get(Readiness::get))
            .with_state(readiness),
    })
}

async fn connect(host: &Server, settings: &Settings) -> Fallible<DeviceGrants> {
    let database = Database::from(host.pool.clone());
    // Where the role of the server may not create tables, apply the files of `migrations` when you deploy.
    database.migrate().await?;
    let store = SqlStore::new(database.clone());
    let mut builder = DeviceGrants::builder(&host.url, host.tokens.clone())
        .verification_uri(host.at("/activate"))
        .store(store.clone())
        .directory(store.clone())
        .limiter(SqlLimiter::new(database))
        .keys(CodeKeys::parse(&settings.code_keys)?)
        .token_revoker(host.tokens.clone())
        // For as long, a device is listed and can be signed out.
        .retention(tokens::LONGEST_SIGN_IN)
        // For a device whose connection was lost while its poll waited.
        .redelivery(Duration::from_secs(30))
        .timer(Sleep);
    if let Some(announcer) = store.announcer() {
        builder = builder.announcer(announcer);
    }
    Ok(builder.observer(observer(settings).await?).build()?)
}

/// Writes who did what to standard error, and counts everything for Prometheus.
async fn observer(settings: &Settings) -> Fallible<impl Observer + use<>> {
    let log = log(Severity::Info);
    let mut counting: Option<MetricsObserver> = None;
    if let Some(address) = settings.metrics {
        let bound = metrics::Metrics::bind(address).await;
        let (metrics, observer) = bound.map_err(|error| error.to_string())?;
        tokio::spawn(metrics.run());
        counting = Some(observer);
    }
    Ok(move |event: &Event| {
        log.observe(event);
        if let Some(counting) = &counting {
            counting.observe(event);
        }
    })
}

/// Forgets what is over, and hears decisions of other nodes.
fn keep_up(grants: DeviceGrants) {
    let listener = grants.clone();
    tokio::spawn(async move { listener.listen().await });
    tokio::spawn(async move {
        // At once, because the first regular round comes after half a minute, and a server may have been down for long.
        _ = grants.purge_all().await;
        grants.purge_regularly(Sleep).await
    });
}

/// The address that a request comes from, which nobody can forge behind this number of proxies.
fn client_ip(proxies: u32) -> ClientIpSource {
    match proxies {
        0 => ClientIpSource::peer::<ConnectInfo<SocketAddr>>(),
        // The proxy appends the address of its client.
        1 => ClientIpSource::from_fn(|request| {
            client_ip::rightmost_x_forwarded_for(&request.headers).ok()
        }),
        // The inner one works the client out by a list of those that it trusts, and overwrites this header.
        _ => ClientIpSource::from_fn(|request| client_ip::x_real_ip(&request.headers).ok()),
    }
}

#[async_trait]
impl TokenIssuer for Tokens {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        let grant = redemption.grant.id.to_string();
        let new = NewSignIn {
            client: redemption.client.id.as_str(),
            user: redemption.subject().as_str(),
            scope: redemption.access.scope.as_str(),
            origin: &grant,
            // Nobody has what was issued before, unless a response was received that the device thought lost.
            replaces: redemption.is_redelivery || redemption.ordinal > 1,
            nonce: redemption.grant.sign_in.nonce.as_deref(),
        };
        let issued = self.begin(&new).await.map_err(IssueError::unavailable)?;
        Ok(issued
            .ok_or_else(ErrorResponse::access_denied)?
            .try_into()?)
    }

    async fn discard(&self, redemption: &Redemption, tokens: TokenResponse) {
        let client = redemption.client.id.as_str();
        // Only the sign-in of these tokens. A later attempt at the same grant may have been delivered.
        _ = self.revoke(client, &tokens.access_token).await;
    }
}

#[async_trait]
impl TokenRevoker for Tokens {
    async fn revoke_grant(&self, grant: &Facts) -> Result<(), PortError> {
        let ended = self.end_origin(&grant.id.to_string()).await;
        ended.map_err(PortError::unavailable)
    }

    async fn revoke_token(&self, request: &TokenRevocation) -> Result<bool, PortError> {
        let revoked = self.revoke(request.client.id.as_str(), &request.token);
        revoked.await.map_err(PortError::unavailable)?;
        // An unknown token is answered like one that was revoked (RFC 7009 §2.2).
        Ok(true)
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
