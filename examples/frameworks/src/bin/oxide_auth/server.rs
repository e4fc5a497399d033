//! The server as it was before.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use frameworks::Host;
use oxide_auth::endpoint::{
    AccessTokenFlow, AuthorizationFlow, OwnerConsent, QueryParameter, Solicitation,
};
use oxide_auth::frontends::simple::endpoint::{
    FnSolicitor, Generic, Vacant, refresh_flow, resource_flow,
};
use oxide_auth::frontends::simple::extensions::{AddonList, Extended, Pkce};
use oxide_auth::primitives::prelude::{
    AuthMap, Client, ClientMap, RandomGenerator, Scope, TokenMap,
};
use oxide_auth::primitives::registrar::{ExactUrl, RegisteredUrl};
use oxide_auth_axum::{OAuthRequest, OAuthResource, OAuthResponse, WebError};

use crate::LIFETIME;

/// The redirection URI of a client that has none: oxide-auth registers no client without.
const NO_REDIRECTION: &str = "urn:ietf:wg:oauth:2.0:oob";

#[derive(Clone)]
pub(crate) struct Server {
    /// Sessions and the login.
    pub(crate) accounts: Host,
    primitives: Arc<Mutex<Primitives>>,
}

/// The parts of an authorization server, by oxide-auth's names.
pub(crate) struct Primitives {
    pub(crate) registrar: ClientMap,
    authorizer: AuthMap<RandomGenerator>,
    pub(crate) issuer: TokenMap<RandomGenerator>,
    /// The scope of `/userinfo`.
    profile: Scope,
}

impl Server {
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let scope: Scope = "email profile".parse()?;
        let none = RegisteredUrl::from(ExactUrl::new(NO_REDIRECTION.to_owned())?);
        let back = RegisteredUrl::from(ExactUrl::new("http://localhost/back".to_owned())?);
        let registrar = ClientMap::from_iter([
            Client::public("tv", none.clone(), scope.clone()),
            Client::confidential("box", none, scope.clone(), b"box-secret"),
            Client::public("web", back, scope),
        ]);
        let mut issuer = TokenMap::new(RandomGenerator::new(32));
        issuer.valid_for(chrono::Duration::from_std(LIFETIME)?);
        let primitives = Primitives {
            registrar,
            authorizer: AuthMap::new(RandomGenerator::new(32)),
            issuer,
            profile: "profile".parse()?,
        };
        Ok(Self {
            accounts: Host::default(),
            primitives: Arc::new(Mutex::new(primitives)),
        })
    }

    pub(crate) fn app(&self) -> Router {
        Router::new()
            .route("/login", get(login_page).post(log_in))
            .route("/authorize", get(authorize).post(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(user_info))
            .with_state(self.clone())
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Primitives> {
        self.primitives
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

async fn login_page(State(server): State<Server>) -> Response<Body> {
    server.accounts.login_page().map(Body::from)
}

async fn log_in(State(server): State<Server>, headers: HeaderMap, form: Bytes) -> Response<Body> {
    server.accounts.log_in(&headers, &form).map(Body::from)
}

/// `GET /authorize` asks the end user; its form is a `POST` of the same request, to which no other site's page can add
/// the cookie of the session.
async fn authorize(
    State(server): State<Server>,
    method: Method,
    headers: HeaderMap,
    request: OAuthRequest,
) -> Result<Response<Body>, WebError> {
    let Some((_, user)) = server.accounts.signed_in(&headers) else {
        return Ok(Redirect::to("/login").into_response());
    };
    let solicitor = FnSolicitor(move |_: &mut OAuthRequest, asked: Solicitation<'_>| {
        if method == Method::POST {
            OwnerConsent::Authorized(user.clone())
        } else {
            ask(&asked).map_or_else(OwnerConsent::Error, OwnerConsent::InProgress)
        }
    });
    let mut primitives = server.lock();
    let primitives = &mut *primitives;
    let endpoint = Generic {
        registrar: &primitives.registrar,
        authorizer: &mut primitives.authorizer,
        issuer: Vacant,
        solicitor,
        scopes: Vacant,
        response: Vacant,
    };
    let mut flow = AuthorizationFlow::prepare(Extended::extend_with(endpoint, pkce()))?;
    Ok(flow.execute(request)?.into_response())
}

fn ask(asked: &Solicitation<'_>) -> Result<OAuthResponse, WebError> {
    // Both are the registrar's, which registers no markup.
    let (client, scope) = (&asked.pre_grant().client_id, &asked.pre_grant().scope);
    let form = format!(
        "<!doctype html><title>Allow</title><form method=post>{client} asks for {scope}. <button>Allow</button></form>"
    );
    OAuthResponse::default()
        .body(&form)
        .content_type("text/html; charset=utf-8")
}

async fn token(
    State(server): State<Server>,
    request: OAuthRequest,
) -> Result<OAuthResponse, WebError> {
    let grant_type = request
        .body()
        .and_then(|form| form.unique_value("grant_type"));
    let is_refresh = grant_type.as_deref() == Some("refresh_token");
    let mut primitives = server.lock();
    let primitives = &mut *primitives;
    if is_refresh {
        let mut flow = refresh_flow(&primitives.registrar, &mut primitives.issuer);
        return Ok(flow.execute(request)?);
    }
    let endpoint = Generic {
        registrar: &primitives.registrar,
        authorizer: &mut primitives.authorizer,
        issuer: &mut primitives.issuer,
        solicitor: Vacant,
        scopes: Vacant,
        response: Vacant,
    };
    let mut flow = AccessTokenFlow::prepare(Extended::extend_with(endpoint, pkce()))?;
    flow.allow_credentials_in_body(true);
    Ok(flow.execute(request)?)
}

fn pkce() -> AddonList {
    let mut addons = AddonList::new();
    addons.push_code(Pkce::required());
    addons
}

/// `GET /userinfo` takes a token with the scope `profile`.
async fn user_info(
    State(server): State<Server>,
    request: OAuthResource,
) -> Result<String, Response<Body>> {
    let mut primitives = server.lock();
    let scopes = [primitives.profile.clone()];
    let mut flow = resource_flow(&mut primitives.issuer, &scopes);
    match flow.execute(OAuthRequest::from(request)) {
        Ok(grant) => Ok(grant.owner_id),
        Err(Ok(refusal)) => Err(refusal.into_response()),
        Err(Err(error)) => Err(WebError::from(error).into_response()),
    }
}
