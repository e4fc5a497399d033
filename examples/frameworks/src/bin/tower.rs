//! Adds the device authorization grant to a plain `tower` service, as one more layer of its stack, on one thread.
//!
//! The layer takes bodies that can be made of bytes. Those of a server cannot, so `RequestBody` is put around them
//! first.
//!
//! ```sh
//! cargo run -p frameworks --bin tower
//! curl -d client_id=tv -d scope=openid http://127.0.0.1:8630/device_authorization
//! ```

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use device_grant::http::RequestBody;
use frameworks::{Host, Options, listen, serve};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use tower::{BoxError, ServiceBuilder};

const BODY_LIMIT: usize = 64 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let (listener, url) = listen(options.listen).await?;
    let host = Host::default();
    let device_grant = host
        .device_grant(&url)?
        .body_deadline(move || tokio::time::sleep(options.body_deadline));
    let service = ServiceBuilder::new()
        .concurrency_limit(1_000)
        .timeout(TIMEOUT)
        // What the host adds.
        .map_request(|request: Request<Incoming>| request.map(RequestBody::Streamed))
        .layer(device_grant)
        .service_fn(move |request| own(host.clone(), request));
    serve(listener, service, options.head_deadline).await?;
    Ok(())
}

// What the host had before, but for the type of the body.
async fn own(
    host: Host,
    request: Request<RequestBody<Incoming>>,
) -> Result<Response<Full<Bytes>>, BoxError> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT).collect().await?.to_bytes();
    let request = Request::from_parts(parts, body);
    Ok(host.answer(&request).map(Full::new))
}
