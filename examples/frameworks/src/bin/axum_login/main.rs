//! Adds the device authorization grant to an axum app whose sessions are those of `axum-login` and `tower-sessions`, with a
//! page of the devices that an end user has signed in.
//!
//! `with_device_grant.rs` is all that the app adds.
//!
//! ```sh
//! cargo run -p frameworks --bin axum_login
//! curl -d client_id=tv -d scope=openid http://127.0.0.1:8630/device_authorization
//! ```

mod server;
mod tokens;
mod with_device_grant;

use std::error::Error;

use axum::body::Body;
use axum_login::AuthManagerLayerBuilder;
use axum_login::tower_sessions::cookie::SameSite;
use axum_login::tower_sessions::{MemoryStore, SessionManagerLayer};
use frameworks::{Options, listen, serve};
use server::Users;
use tokens::Tokens;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let (listener, url) = listen(options.listen).await?;
    let tokens = Tokens::default();
    let (devices, layer) = with_device_grant::add(&url, tokens.clone())?;
    let layer = layer.body_deadline(move || tokio::time::sleep(options.body_deadline));
    // `Lax`: a link from the device's screen finds the session, and a post from another site does not.
    let sessions = SessionManagerLayer::new(MemoryStore::default())
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
