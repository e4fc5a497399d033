use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use device_grant::http::RequestFacts;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tower::{Service, ServiceExt};

/// Serves a `tower` service over HTTP/1.1, and tells it where each request comes from. The head of a request may take
/// `head_deadline` to arrive.
///
/// # Errors
///
/// No more connections can be accepted.
pub async fn serve<S, R>(
    listener: TcpListener,
    service: S,
    head_deadline: Duration,
) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Into<Box<dyn Error + Send + Sync>>,
{
    loop {
        let (stream, peer) = listener.accept().await?;
        let service = service.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            RequestFacts::of(request.extensions_mut()).ip = Some(peer.ip());
            service.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_deadline)
            .serve_connection(TokioIo::new(stream), service);
        // A connection that breaks is its client's affair.
        tokio::spawn(async move { _ = connection.await });
    }
}
