//! Adds the device authorization grant to an authorization server with everything in PostgreSQL: users, sessions, clients,
//! signing keys and refresh tokens in tables of its own, grants and limits in those of the crate, on one pool. It can
//! run as many times as one likes.
//!
//! `with_device_grant.rs` is all that the server adds. The other modules are what it had before, and know nothing of
//! devices; but `credentials.rs` leaves authenticating clients to the crate, in place of 83 lines of its own.
//!
//! ```sh
//! export DATABASE_URL=postgres://postgres@localhost/postgres
//! export DEVICE_GRANT_CODE_KEY=$(head -c 32 /dev/urandom | base64)
//! cargo run -p frameworks --bin axum_postgres -- --demo
//! curl -d client_id=tv -d scope='openid offline_access' http://127.0.0.1:8630/device_authorization
//! ```
//!
//! With `--demo` there are the users `alice` and `bob`, whose passwords are their names, and the clients `tv` (public) and
//! `box` (secret: `box-secret`).

mod clients;
mod credentials;
mod database;
mod documents;
mod login;
mod secrets;
mod server;
mod sessions;
mod settings;
mod signing;
mod token_endpoints;
mod tokens;
mod users;
mod with_device_grant;

use std::time::Duration;

use frameworks::serve;
use server::Server;
use settings::Settings;
use tokens::Fallible;
use tokio::net::TcpListener;

/// The longest time that the head of a request may take to arrive.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Fallible<()> {
    let settings = Settings::from_args()?;
    let listener = TcpListener::bind(settings.listen).await?;
    let address = listener.local_addr()?;
    let server = Server::connect(&settings, address).await?;
    let mut document = server.document();
    let (endpoints, device_grant) = with_device_grant::layer(&server, &mut document).await?;
    let app = server.app(document, endpoints).layer(device_grant.clone());
    device_grant
        .check::<axum::body::Body, _>(app.clone())
        .await?;
    println!("listening on http://{address}");
    serve(listener, app, HEAD_DEADLINE).await?;
    Ok(())
}
