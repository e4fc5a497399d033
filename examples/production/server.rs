//! The server as it was before.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use device_grant::http::Endpoints;
use serde_json::{Map, Value};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::clients::Clients;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::signing::SigningKey;
use crate::tokens::{Fallible, Tokens};
use crate::users::Users;
use crate::{database, documents, login, token_endpoints};

/// The members of the metadata document.
pub(crate) type Document = Map<String, Value>;

#[derive(Clone)]
pub(crate) struct Server {
    /// The URL of the server, for clients and browsers.
    pub(crate) url: String,
    pub(crate) pool: PgPool,
    pub(crate) users: Users,
    pub(crate) sessions: Sessions,
    pub(crate) clients: Clients,
    pub(crate) tokens: Tokens,
}

impl Server {
    pub(crate) async fn connect(settings: &Settings, address: SocketAddr) -> Fallible<Self> {
        let url = match &settings.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{address}"),
        };
        let pool = connect(&settings.database).await?;
        let key = Arc::new(SigningKey::from_bytes(&database::prepare(&pool).await?)?);
        let server = Self {
            users: Users::new(pool.clone()),
            sessions: Sessions::new(pool.clone(), url.starts_with("https://")),
            clients: Clients::new(pool.clone()),
            tokens: Tokens::new(pool.clone(), key, &url),
            pool,
            url,
        };
        if settings.demo {
            server.furnish().await?;
        }
        tokio::spawn(server.clone().purge());
        Ok(server)
    }

    /// The address of one of its paths.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Makes the metadata document ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)).
    pub(crate) fn document(&self) -> Document {
        documents::metadata(self)
    }

    pub(crate) fn app(&self, document: Document, endpoints: Endpoints) -> Router {
        let for_clients = Router::new()
            .route("/token", post(token_endpoints::token))
            .with_state((self.clone(), endpoints));
        Router::new()
            .route("/login", get(login::form).post(login::submit))
            .route("/userinfo", get(token_endpoints::user_info))
            .route("/jwks.json", get(documents::key_set))
            .with_state(self.clone())
            .merge(for_clients)
            .merge(documents::well_known(document))
    }

    /// Users and clients to try it with.
    async fn furnish(&self) -> Fallible<()> {
        const SCOPE: &str = "openid profile offline_access";
        for name in ["alice", "bob"] {
            self.users.register(name, name).await?;
        }
        self.clients
            .register("tv", "Example TV", None, SCOPE)
            .await?;
        let secret = Some("box-secret");
        self.clients
            .register("box", "Example Box", secret, SCOPE)
            .await?;
        Ok(())
    }

    /// Forgets what has ended.
    async fn purge(self) {
        let mut every_minute = tokio::time::interval(Duration::from_secs(60));
        loop {
            every_minute.tick().await;
            // A failure is ignored: the next round, a minute later, deletes the same rows.
            _ = self.sessions.purge().await;
            _ = self.tokens.purge().await;
        }
    }
}

/// The one pool of the server. Nobody waits for the database without an end: not for a connection, not for a statement,
/// not for a lock, and no transaction that was left open holds its locks.
async fn connect(url: &str) -> Fallible<PgPool> {
    let options: PgConnectOptions = url.parse()?;
    let options = options.options([
        ("statement_timeout", "5s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(3))
        .max_lifetime(Duration::from_secs(1_800))
        // Saves a round trip before each statement; a connection that is dead costs one call an error that may be repeated.
        .test_before_acquire(false);
    Ok(pool.connect_with(options).await?)
}
