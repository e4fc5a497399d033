//! Serves as `axum::serve` does, with a bound on how long a client may take to send the head of a request.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

/// The longest time that the head of a request may take, and that a connection may be idle between two.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);

/// Serves until `stop` is ready, and then what has begun.
pub(crate) async fn serve(mut listener: TcpListener, app: Router, stop: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stop => break,
        };
        let connection = connections.watch(connection(stream, peer, app.clone()));
        // A connection that breaks is its client's affair.
        tokio::spawn(async move { _ = connection.await });
    }
    drop(listener);
    connections.shutdown().await;
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_DEADLINE)
        .serve_connection(TokioIo::new(stream), service)
}
