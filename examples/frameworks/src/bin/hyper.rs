//! Adds the device authorization grant to a server on hyper 1 without a framework, on one thread.
//!
//! The server has one function for all of its requests. `DeviceGrantLayer::answer` goes in front of it: what it does not
//! claim comes back unread, and what it gives back has the same bytes.
//!
//! ```sh
//! cargo run -p frameworks --bin hyper
//! curl -d client_id=tv -d scope=openid http://127.0.0.1:8630/device_authorization
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use device_grant::http::{DeviceGrantLayer, RequestBody, RequestFacts, Routed};
use frameworks::{Host, Options, listen};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

const BODY_LIMIT: usize = 64 * 1024;

struct Server {
    device_grant: DeviceGrantLayer,
    host: Host,
}

impl Server {
    // What the host adds.
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        match self.device_grant.answer(request).await {
            Routed::Answered(response) => response.map(Full::new),
            Routed::NotOurs(request) => self.own(request).await,
        }
    }

    // What the host had before, but for the type of the body.
    async fn own(&self, request: Request<RequestBody<Incoming>>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
            let mut refusal = Response::new(Full::default());
            *refusal.status_mut() = StatusCode::BAD_REQUEST;
            return refusal;
        };
        let request = Request::from_parts(parts, body.to_bytes());
        self.host.answer(&request).map(Full::new)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let (listener, url) = listen(options.listen).await?;
    let host = Host::default();
    let device_grant = host
        .device_grant(&url)?
        .body_deadline(move || tokio::time::sleep(options.body_deadline));
    let server = Arc::new(Server { device_grant, host });
    loop {
        let (stream, peer) = listener.accept().await?;
        let server = Arc::clone(&server);
        let service = service_fn(move |mut request: Request<Incoming>| {
            RequestFacts::of(request.extensions_mut()).ip = Some(peer.ip());
            let server = Arc::clone(&server);
            async move { Ok::<_, Infallible>(server.answer(request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(options.head_deadline)
            .serve_connection(TokioIo::new(stream), service);
        // A connection that breaks is its client's affair.
        tokio::spawn(async move { _ = connection.await });
    }
}
