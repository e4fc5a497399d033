//! Adds the device authorization grant to an authorization server made of `oxide-auth` and `oxide-auth-axum`, which have none.
//!
//! `with_device_grant.rs` is all that the server adds: the registrar is the client directory, and the issuer issues the tokens.
//! `server.rs` is the server as it was before: authorization codes with PKCE, refresh tokens, and a protected resource.
//!
//! ```sh
//! cargo run -p frameworks --bin oxide_auth
//! curl -d client_id=tv http://127.0.0.1:8630/device_authorization
//! ```
//!
//! The clients are `tv` (public) and `box` (secret: `box-secret`); the password of a user is the name.

mod server;
mod with_device_grant;

use std::error::Error;
use std::time::Duration;

use frameworks::{Options, listen, serve};
use server::Server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let (listener, url) = listen(options.listen).await?;
    let server = Server::new()?;
    let device_grant = with_device_grant::layer(&server, &url)?
        .body_deadline(move || tokio::time::sleep(options.body_deadline));
    let app = server.app().layer(device_grant);
    serve(listener, app, options.head_deadline).await?;
    Ok(())
}

/// The lifetime of an access token.
const LIFETIME: Duration = Duration::from_secs(3600);
