//! The server: what it had before, and the few lines that add the device authorization grant.

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use device_grant::grant::{Access, KeyThumbprint};
use device_grant::host::Severity;
#[cfg(feature = "metrics")]
use device_grant::host::{Event, Observer};
use device_grant::http::{ClientIpSource, DeviceGrantLayer, Dpop, Endpoint, Endpoints};
use device_grant::message::{ErrorCode, ErrorResponse, Parameters, Reply, Scope, TokenResponse};
use device_grant::page::Pages;
use device_grant::{Builder, DeviceGrants};
use serde_json::json;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::accounts::Accounts;
#[cfg(unix)]
use super::admin::{self, Admin};
use super::clients::Clients;
use super::health::{Readiness, Sleep};
use super::log::log;
#[cfg(feature = "metrics")]
use super::metrics::Metrics;
use super::place::Place;
use super::tokens::Tokens;
use super::{clients, discovery, health, login, serving, store};

/// The time for which a device is listed. The tokens of this server end with the process, or when they are not refreshed.
const RETENTION: Duration = Duration::from_secs(30 * 86_400);
/// The longest time for a body to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    /// As `--store` takes it.
    pub(crate) store: String,
    pub(crate) lifetime: Duration,
    pub(crate) interval: Duration,
    /// The number of users besides alice and bob.
    pub(crate) users: u32,
    /// Where the metrics are, if anywhere.
    pub(crate) metrics: Option<SocketAddr>,
    /// The socket at which operators are listened to, if at any.
    pub(crate) admin: Option<PathBuf>,
}

/// A server that accepts connections.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    listener: TcpListener,
    app: Router,
    grants: DeviceGrants,
    #[cfg(unix)]
    admin: Option<(Admin, UnixListener)>,
    #[cfg(feature = "metrics")]
    metrics: Option<Metrics>,
}

/// The parts that the server had before.
#[derive(Clone)]
struct Host {
    endpoints: Endpoints,
    tokens: Tokens,
}

impl Server {
    pub(crate) async fn bind(settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let listener = TcpListener::bind(settings.listen)
            .await
            .map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
        let address = listener.local_addr()?;
        let place = match &settings.public_url {
            Some(url) => Place::new(url),
            None => Place::new(&format!("http://{address}")),
        };
        let url = place.url();
        let tokens = Tokens::new(url);
        let accounts = Accounts::new(place.clone(), settings.users);

        // The device authorization grant: the service, its endpoints, its pages.
        let builder = DeviceGrants::builder(url, tokens.clone())
            .verification_uri(format!("{url}/activate"))
            .lifetime(settings.lifetime)
            .polling_interval(settings.interval)
            .token_revoker(tokens.clone())
            .retention(RETENTION)
            .redelivery(Tokens::REDELIVERY)
            .timer(Sleep);
        let observed = observed(builder, settings.metrics).await?;
        let builder = observed.builder;
        let grants = store::connect(builder, &settings.store).await?.build()?;
        health::check_at_start(&grants).await?;
        let clients = Clients::new()?;
        let admin = settings.admin.as_deref();
        #[cfg_attr(not(unix), expect(unused_variables, reason = "it is an error there"))]
        let admin = admin
            .map(|path| admin_at(path, &grants, &clients))
            .transpose()?;
        let endpoints = endpoints(&grants, clients, &place)?;
        let pages = pages(&grants, &accounts)?.devices();

        let host = Host {
            endpoints: endpoints.clone(),
            tokens,
        };
        let before = before(host, accounts, Readiness::new(grants.clone()));
        let everywhere = match place.prefix() {
            "" => before,
            // At both places: a proxy may keep the path of the public URL or strip it.
            prefix => Router::new().nest(prefix, before.clone()).merge(before),
        };
        // Behind a proxy of its own, a server would take the address that the proxy notes.
        let client_ip = ClientIpSource::peer::<ConnectInfo<SocketAddr>>();
        let app = everywhere
            .layer(
                DeviceGrantLayer::new(endpoints, client_ip)
                    // For a proxy that strips the path. The pages after it answer where the path is kept.
                    .and(pages.clone().mounted_at("/activate"))
                    .and(pages)
                    .body_deadline(|| tokio::time::sleep(BODY_DEADLINE)),
            )
            .layer(middleware::map_response(never_stored));
        Ok(Self {
            address,
            listener,
            app,
            grants,
            #[cfg(unix)]
            admin,
            #[cfg(feature = "metrics")]
            metrics: observed.metrics,
        })
    }

    /// Serves until `stop` is ready.
    pub(crate) async fn run(self, stop: impl Future<Output = ()>) {
        let (grants, waiting) = (self.grants.clone(), self.grants);
        let purging = tokio::spawn(async move { grants.purge_regularly(Sleep).await });
        let listener = waiting.clone();
        let listening = tokio::spawn(async move { listener.listen().await });
        #[cfg(unix)]
        if let Some((admin, listener)) = self.admin {
            tokio::spawn(admin.run(listener));
        }
        #[cfg(feature = "metrics")]
        let _serving = self.metrics.map(|metrics| tokio::spawn(metrics.run()));
        let stopping = async {
            stop.await;
            // What has begun is answered before the server ends, and polls that wait are not to hold it up.
            waiting.end_waits();
        };
        serving::serve(self.listener, self.app, stopping).await;
        purging.abort();
        listening.abort();
    }
}

#[cfg(unix)]
fn admin_at(
    path: &Path,
    grants: &DeviceGrants,
    clients: &Clients,
) -> Result<(Admin, UnixListener), Box<dyn Error>> {
    let (grants, clients) = (grants.clone(), clients.clone());
    Ok((Admin { grants, clients }, admin::bind(path)?))
}

#[cfg(not(unix))]
fn admin_at(_: &Path, _: &DeviceGrants, _: &Clients) -> Result<(), Box<dyn Error>> {
    Err("--admin needs Unix domain sockets".into())
}

/// A builder with its observer, and the metrics that it counts for.
struct Observed {
    builder: Builder,
    #[cfg(feature = "metrics")]
    metrics: Option<Metrics>,
}

#[cfg(feature = "metrics")]
async fn observed(
    builder: Builder,
    address: Option<SocketAddr>,
) -> Result<Observed, Box<dyn Error>> {
    let log = log(Severity::Warning);
    let Some(address) = address else {
        return Ok(Observed {
            builder: builder.observer(log),
            metrics: None,
        });
    };
    let (metrics, counting) = Metrics::bind(address).await?;
    let observer = move |event: &Event| {
        log.observe(event);
        counting.observe(event);
    };
    Ok(Observed {
        builder: builder.observer(observer),
        metrics: Some(metrics),
    })
}

#[cfg(not(feature = "metrics"))]
async fn observed(
    builder: Builder,
    address: Option<SocketAddr>,
) -> Result<Observed, Box<dyn Error>> {
    match address {
        Some(_) => Err("metrics are not in this build: add --features metrics".into()),
        None => Ok(Observed {
            builder: builder.observer(log(Severity::Warning)),
        }),
    }
}

/// Endpoints where the public URL has them, and where a proxy leaves them that strips the URL's path.
fn endpoints(
    grants: &DeviceGrants,
    clients: Clients,
    place: &Place,
) -> Result<Endpoints, Box<dyn Error>> {
    // The public URL has the first of each, which is the one that is advertised.
    let paths = |paths: &[&str]| -> Vec<String> {
        let prefixes = [place.prefix(), ""].into_iter();
        prefixes
            .flat_map(|prefix| paths.iter().map(move |path| format!("{prefix}{path}")))
            .collect()
    };
    // The paths at which clients that are written for Okta look.
    let okta = "/oauth2/default/v1";
    let endpoints = Endpoints::new(grants.clone(), clients)
        .paths(
            Endpoint::DeviceAuthorization,
            paths(&["/device_authorization", &format!("{okta}/device/authorize")]),
        )
        .paths(
            Endpoint::Token,
            paths(&["/token", &format!("{okta}/token")]),
        )
        .paths(
            Endpoint::Revocation,
            paths(&["/revoke", &format!("{okta}/revoke")]),
        )
        .dpop(Dpop::new().public_url(place.url())?);
    let document = discovery::document(place.url(), &endpoints)?;
    let endpoints = endpoints.serve_metadata(document);
    // RFC 8414 puts the issuer's path behind the well-known one, OpenID Connect Discovery before it.
    Ok(["", place.prefix()]
        .iter()
        .fold(endpoints, |endpoints, prefix| {
            endpoints
                .also_metadata_path(&format!("{prefix}/.well-known/openid-configuration"))
                .also_metadata_path(&format!("{prefix}/.well-known/oauth-authorization-server"))
        }))
}

fn pages(grants: &DeviceGrants, accounts: &Accounts) -> Result<Pages, Box<dyn Error>> {
    let sessions = accounts.clone();
    let login: Uri = accounts.place.path("/login").parse()?;
    let pages = Pages::new(grants.clone(), accounts.clone())
        .host_name("Example")
        .switch_account({
            let login = login.clone();
            move |_| login.clone()
        })
        .step_up(move |_| login.clone())
        .optional(Access::new(clients::OPTIONAL_SCOPES.parse()?))
        .presenter(clients::Organizations)
        .approval(move |request, _| login::approval(&sessions, &request.headers));
    let pages = clients::SCOPE_WORDS
        .iter()
        .fold(pages, |pages, (token, words)| pages.scope(token, words));
    Ok(clients::NAMES
        .iter()
        .fold(pages, |pages, (id, name)| pages.application(*id, name)))
}

/// The routes that the server had before.
fn before(host: Host, accounts: Accounts, readiness: Readiness) -> Router {
    let login = Router::new()
        .route("/login", get(login::form).post(login::submit))
        .route("/devices", get(login::devices))
        .with_state(accounts);
    Router::new()
        .route("/token", post(token))
        .route("/oauth2/default/v1/token", post(token))
        .route(
            "/jwks.json",
            get(|State(host): State<Host>| async move { Json(host.tokens.id_tokens.key_set()) }),
        )
        .route("/userinfo", get(userinfo).post(userinfo))
        .route("/healthz", get(|| async { "ok" }))
        .with_state(host)
        .merge(login)
        .merge(
            Router::new()
                .route("/readyz", get(Readiness::get))
                .with_state(readiness),
        )
}

/// Tokens, codes and pages are in these answers, and a key set that ends with the process: nobody keeps any of them.
async fn never_stored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `POST /token` for the grants that the server had before: refresh.
async fn token(State(host): State<Host>, parts: Parts, body: Bytes) -> Response {
    let (client, parameters) = match host
        .endpoints
        .authenticate(Endpoint::Token, &parts, &body)
        .await
    {
        Ok(authenticated) => authenticated,
        Err(refusal) => return refusal.map(Body::from),
    };
    let tokens = match parameters.once("grant_type") {
        Ok(Some("refresh_token")) => match host.endpoints.dpop_key(&parts, None).await {
            Ok(key) => refresh(&host, client.id.as_str(), &parameters, key),
            Err(refusal) => return refusal.map(Body::from),
        },
        Ok(Some(_)) => Err(ErrorCode::UnsupportedGrantType.into()),
        Ok(None) => Err(missing("grant_type")),
        Err(error) => Err(error),
    };
    respond(match tokens {
        Ok(tokens) => tokens.reply(),
        Err(error) => error.reply(),
    })
}

fn refresh(
    host: &Host,
    client: &str,
    parameters: &Parameters,
    key: Option<KeyThumbprint>,
) -> Result<TokenResponse, ErrorResponse> {
    let token = parameters
        .once("refresh_token")?
        .ok_or_else(|| missing("refresh_token"))?;
    let scope = parameters
        .once("scope")?
        .map(str::parse::<Scope>)
        .transpose();
    let scope = scope.map_err(|_| ErrorCode::InvalidScope)?;
    host.tokens
        .refresh(token, client, scope, key)
        .ok_or(ErrorCode::InvalidGrant.into())
}

/// `GET /userinfo`, and `POST` ([OpenID Connect Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)).
async fn userinfo(State(host): State<Host>, parts: Parts) -> Response {
    let Some((scheme, token)) = authorization(&parts.headers) else {
        return challenge(StatusCode::UNAUTHORIZED, "Bearer");
    };
    let Some(access) = host.tokens.access(token) else {
        return challenge(StatusCode::UNAUTHORIZED, "Bearer error=\"invalid_token\"");
    };
    // A key counts only with the scheme `DPoP`: a bound token may not be used as a bearer token (RFC 9449 §7.1).
    let proven = match host.endpoints.dpop_key(&parts, Some(token)).await {
        Ok(key) => key.filter(|_| scheme.eq_ignore_ascii_case("DPoP")),
        Err(refusal) => return refusal.map(Body::from),
    };
    if access.key.is_some() && access.key != proven {
        return challenge(StatusCode::UNAUTHORIZED, "DPoP error=\"invalid_token\"");
    }
    if !access.scope.contains("openid") {
        return challenge(
            StatusCode::FORBIDDEN,
            "Bearer error=\"insufficient_scope\", scope=\"openid\"",
        );
    }
    Json(json!({ "sub": access.user, "preferred_username": access.user })).into_response()
}

/// The scheme and the token of a request ([RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1),
/// [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1)).
fn authorization(headers: &HeaderMap) -> Option<(&str, &str)> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let is_known = ["Bearer", "DPoP"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    is_known.then_some((scheme, token))
}

fn challenge(status: StatusCode, challenge: &'static str) -> Response {
    (status, [(WWW_AUTHENTICATE, challenge)]).into_response()
}

fn missing(parameter: &str) -> ErrorResponse {
    ErrorResponse::new(ErrorCode::InvalidRequest)
        .with_description(format!("{parameter} is missing"))
}

fn respond(reply: Reply) -> Response {
    Response::<Bytes>::from(reply).map(Body::from)
}
