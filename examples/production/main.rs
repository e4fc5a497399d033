//! A production host: an authorization server on axum with everything in PostgreSQL, which adds the device authorization
//! grant. Users, sessions, clients, signing keys and refresh tokens are in tables of its own, grants and limits in those of
//! the crate, on one pool. It can run as many times as one likes.
//!
//! `with_device_grant.rs` is all that the server adds. The other modules are what it had before, and know nothing of
//! devices; but `credentials.rs` leaves authenticating clients to the crate.
//!
//! ```sh
//! export DATABASE_URL=postgres://postgres@localhost/postgres
//! export DEVICE_GRANT_CODE_KEY=$(head -c 32 /dev/urandom | base64)
//! cargo run --example production --features metrics,page,postgres-sqlx-09,tower -- --demo
//! curl -d client_id=tv -d scope='openid offline_access' http://127.0.0.1:8630/device_authorization
//! ```
//!
//! With `--demo` there are the users `alice` and `bob`, whose passwords are their names, and the clients `tv` (public) and
//! `box` (secret: `box-secret`). `settings.rs` has the other options.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program speaks to its terminal"
)]

mod clients;
mod credentials;
mod database;
mod documents;
#[path = "../host/health.rs"]
mod health;
#[path = "../host/log.rs"]
mod log;
mod login;
#[path = "../host/metrics.rs"]
mod metrics;
mod secrets;
mod server;
#[path = "../host/serving.rs"]
mod serving;
mod sessions;
mod settings;
mod signing;
#[path = "../host/stopping.rs"]
mod stopping;
mod token_endpoints;
mod tokens;
mod users;
mod with_device_grant;

use axum::body::Body;
use tokio::net::TcpListener;

use self::server::Server;
use self::settings::Settings;
use self::tokens::Fallible;

#[tokio::main]
async fn main() -> Fallible<()> {
    let settings = Settings::from_args()?;
    let listener = TcpListener::bind(settings.listen).await?;
    let address = listener.local_addr()?;
    let server = Server::connect(&settings, address).await?;
    let mut document = server.document();
    let added = with_device_grant::add(&server, &settings, &mut document).await?;
    let app = server
        .app(document, added.endpoints)
        .merge(added.readiness)
        // Last, because `Router::layer` wraps only the routes that are there already.
        .layer(added.layer.clone());
    // A layer that a path does not reach would fail in silence.
    added.layer.check::<Body, _>(app.clone()).await?;
    println!("listening on http://{address}");
    let stop = async {
        stopping::told_to_stop().await;
        // A poll that waits would hold the shutdown up for as long as it may wait.
        added.grants.end_waits();
    };
    serving::serve(listener, app, stop).await;
    server.pool.close().await;
    Ok(())
}
