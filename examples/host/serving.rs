//! Serves as `axum::serve` does, with a bound on how long a client may take to send the head of a request.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;
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
const HEAD_DEADLINE: Duration = Duration::from_secs(15);

/// The time for requests on connections that were accepted by the end.
const LAST_REQUESTS: Duration = Duration::from_millis(500);

/// Serves until `stop` is ready, and then what has begun.
pub(crate) async fn serve(mut listener: TcpListener, app: Router, stop: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let begin = |(stream, peer)| {
        let connection = connections.watch(connection(stream, peer, app.clone()));
        // A client may break its connection at any time. Nobody is there to be told.
        tokio::spawn(async move { _ = connection.await });
    };
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            accepted = Listener::accept(&mut listener) => begin(accepted),
            () = &mut stop => break,
        }
    }
    // Those that the system has accepted would be reset with the listener, and a proxy does not send their requests again.
    while let Some(accepted) = accepted_by_now(&listener).await {
        begin(accepted);
    }
    drop(listener);
    // A connection on which nothing was asked yet would be closed, and its request be lost.
    tokio::time::sleep(LAST_REQUESTS).await;
    connections.shutdown().await;
}

/// A connection for which nobody has to wait.
async fn accepted_by_now(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    poll_fn(|context| {
        Poll::Ready(match listener.poll_accept(context) {
            Poll::Ready(accepted) => accepted.ok(),
            Poll::Pending => None,
        })
    })
    .await
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
