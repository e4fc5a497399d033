//! Puts the device authorization grant in front of `oauth-as`, a whole authorization server, in place of its own.
//!
//! `with_device_grant.rs` is all that is added: clients, tokens, refresh and revocation stay those of `oauth-as`, whose own
//! device grant answers `slow_down` without end to a client that polls a little too early.
//!
//! ```sh
//! cargo run -p frameworks --bin oauth_as
//! curl -d client_id=tv http://127.0.0.1:8630/device_authorization
//! ```
//!
//! The clients are `tv` (public) and `box` (secret: `box-secret`); the password of a user is the name.

mod server;
mod storage;
mod with_device_grant;

use std::error::Error;

use frameworks::{Options, listen, serve};
use server::Server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let (listener, url) = listen(options.listen).await?;
    let server = Server::new(&url).await?;
    let device_grant = with_device_grant::layer(&server, &url)?
        .body_deadline(move || tokio::time::sleep(options.body_deadline));
    let app = server.app()?.layer(device_grant);
    serve(listener, app, options.head_deadline).await?;
    Ok(())
}
