//! Adds the device authorization grant to a server made of warp's filters, on one thread.
//!
//! Filters become a `tower` service, and the layer goes in front of it. Among the smaller frameworks this is the one that
//! runs on hyper 1, is kept up, and does not need a newer Rust than the crate does.
//!
//! ```sh
//! cargo run -p frameworks --bin warp
//! curl -d client_id=tv -d scope=openid http://127.0.0.1:8630/device_authorization
//! ```

use std::error::Error;

use bytes::Bytes;
use device_grant::http::RequestBody;
use frameworks::{Host, Options, listen, serve};
use http::{HeaderMap, Request};
use hyper::body::Incoming;
use tower::ServiceBuilder;
use warp::reject::Rejection;
use warp::reply::Reply;
use warp::{Filter, body, header, path};

const BODY_LIMIT: u64 = 64 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let (listener, url) = listen(options.listen).await?;
    let host = Host::default();
    let device_grant = host
        .device_grant(&url)?
        .body_deadline(move || tokio::time::sleep(options.body_deadline));
    let service = ServiceBuilder::new()
        // What the host adds.
        .map_request(|request: Request<Incoming>| request.map(RequestBody::Streamed))
        .layer(device_grant)
        .service(warp::service(own(host)));
    serve(listener, service, options.head_deadline).await?;
    Ok(())
}

// What the host had before.
fn own(host: Host) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let host = warp::any().map(move || host.clone());
    let form = body::content_length_limit(BODY_LIMIT).and(body::bytes());
    let login_page = path!("login")
        .and(warp::get())
        .and(host.clone())
        .map(|host: Host| host.login_page());
    let log_in = path!("login")
        .and(warp::post())
        .and(host.clone())
        .and(header::headers_cloned())
        .and(form)
        .map(|host: Host, headers: HeaderMap, form: Bytes| host.log_in(&headers, &form));
    let token = path!("token")
        .and(warp::post())
        .and(host)
        .and(form)
        .map(|host: Host, form: Bytes| host.token(&form));
    login_page.or(log_in).or(token)
}
