//! Adds the device authorization grant to an axum app whose sessions are those of `axum-login` and `tower-sessions`, with a
//! page of the devices that an end user has signed in.
//!
//! The app has one pool, of `sqlx` 0.8 as `tower-sessions-sqlx-store` wants it. Sessions, grants, limits and tokens share it.
//! `with_device_grant.rs` is all that the app adds.
//!
//! ```sh
//! export DATABASE_URL=postgres://postgres@localhost/postgres
//! export DEVICE_GRANT_CODE_KEY=$(head -c 32 /dev/urandom | base64)
//! cargo run -p frameworks --bin axum_login
//! curl -d client_id=tv -d scope=openid http://127.0.0.1:8630/device_authorization
//! ```

mod server;
mod tokens;
mod with_device_grant;

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::body::Body;
use axum_login::AuthManagerLayerBuilder;
use axum_login::tower_sessions::cookie::SameSite;
use axum_login::tower_sessions::{ExpiredDeletion, SessionManagerLayer};
use frameworks::{Options, listen, serve};
use server::Users;
use sqlx_08::postgres::PgPoolOptions;
use tokens::Tokens;
use tower_sessions_sqlx_store::PostgresStore;

const EVERY_MINUTE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let (listener, address) = listen(options.listen).await?;
    let url = options.public_url.unwrap_or(address);
    let pool = PgPoolOptions::new().test_before_acquire(false);
    let pool = pool.connect(&env::var("DATABASE_URL")?).await?;
    let store = PostgresStore::new(pool.clone());
    store.migrate().await?;
    let deleting = store.clone();
    tokio::spawn(deleting.continuously_delete_expired(EVERY_MINUTE));
    let tokens = Tokens::create(pool.clone()).await?;
    let (devices, layer) = with_device_grant::add(&url, pool, tokens.clone()).await?;
    let layer = layer.body_deadline(move || tokio::time::sleep(options.body_deadline));
    // `Lax`: a link from the device's screen finds the session, and a post from another site does not.
    let sessions = SessionManagerLayer::new(store)
        .with_same_site(SameSite::Lax)
        .with_secure(url.starts_with("https://"));
    let app = server::app(tokens)
        .merge(devices)
        // Inside of the sessions.
        .layer(layer.clone())
        .layer(AuthManagerLayerBuilder::new(Users, sessions).build());
    layer.check::<Body, _>(app.clone()).await?;
    serve(listener, app, options.head_deadline).await?;
    Ok(())
}
