//! Adds the device authorization grant to an actix-web 4 app, as one more middleware.
//!
//! actix-web has the types of http 0.2, and bodies that stay on their thread. `conversion.rs` turns its requests into those
//! of http 1 and answers back, and is there to be copied. A body is read as it arrives, with the layer's limit and
//! deadline; what the layer does not claim goes on with its body unread.
//!
//! ```sh
//! cargo run -p frameworks --bin actix_web
//! curl -d client_id=tv -d scope=openid http://127.0.0.1:8630/device_authorization
//! ```

mod conversion;

use std::error::Error;
use std::net::TcpListener;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use device_grant::http::{DeviceGrantLayer, Routed};
use frameworks::{Host, Options};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let listener = TcpListener::bind(options.listen)?;
    let url = format!("http://{}", listener.local_addr()?);
    println!("listening on {url}");
    let host = Host::default();
    let device_grant = host
        .device_grant(&url)?
        .body_deadline(move || tokio::time::sleep(options.body_deadline));
    let app = move || {
        App::new()
            .app_data(Data::new(host.clone()))
            .route("/login", web::get().to(login_page))
            .route("/login", web::post().to(log_in))
            .route("/token", web::post().to(token))
            // What the host adds.
            .app_data(Data::new(device_grant.clone()))
            .wrap(from_fn(device_grant_first))
    };
    // One worker is one thread; each has its own app.
    HttpServer::new(app)
        .workers(1)
        .client_request_timeout(options.head_deadline)
        .listen(listener)?
        .run()
        .await?;
    Ok(())
}

// What the host adds.
async fn device_grant_first<B: MessageBody>(
    device_grant: Data<DeviceGrantLayer>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let (request, converted) = conversion::request(request)?;
    match device_grant.answer(converted).await {
        Routed::Answered(response) => {
            let response = request.into_response(conversion::response(response));
            Ok(response.map_into_right_body())
        }
        Routed::NotOurs(converted) => {
            let request = conversion::give_back(request, converted);
            Ok(next.call(request).await?.map_into_left_body())
        }
    }
}

// What the host had before.

async fn login_page(host: Data<Host>) -> HttpResponse {
    conversion::response(host.login_page())
}

async fn log_in(host: Data<Host>, request: HttpRequest, form: Bytes) -> HttpResponse {
    let headers = conversion::headers(request.headers());
    conversion::response(host.log_in(&headers, &form))
}

async fn token(host: Data<Host>, form: Bytes) -> HttpResponse {
    conversion::response(host.token(&form))
}
