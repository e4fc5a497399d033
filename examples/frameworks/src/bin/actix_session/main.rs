//! Adds the device authorization grant to an actix-web 4 app whose sessions are those of `actix-session` and
//! `actix-identity`.
//!
//! `with_device_grant.rs` is all that the app adds, beside `conversion.rs` of the example `actix_web`.
//!
//! ```sh
//! cargo run -p frameworks --bin actix_session
//! curl -d client_id=tv -d scope=openid http://127.0.0.1:8630/device_authorization
//! ```

#[path = "../actix_web/conversion.rs"]
mod conversion;
mod with_device_grant;

use std::error::Error;
use std::net::TcpListener;

use actix_identity::{Identity, IdentityMiddleware};
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::{Key, SameSite};
use actix_web::error::ErrorServiceUnavailable;
use actix_web::http::header::LOCATION;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, Form};
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, HttpServer};
use frameworks::{Options, draw, is_cross_site};
use serde::Deserialize;

/// The name under which a session keeps which sign-in it is of: `actix-session` tells nobody the key of a session.
const SIGN_IN: &str = "sign_in";

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let listener = TcpListener::bind(options.listen)?;
    let url = format!("http://{}", listener.local_addr()?);
    println!("listening on {url}");
    let layer = with_device_grant::layer(&url)?
        .body_deadline(move || tokio::time::sleep(options.body_deadline));
    // A server of yours has it from its settings, so that sessions outlive the process.
    let key = Key::generate();
    let is_https = url.starts_with("https://");
    let app = move || {
        // `Lax`: a link from the device's screen finds the session, and a post from another site does not.
        let sessions = SessionMiddleware::builder(CookieSessionStore::default(), key.clone())
            .cookie_same_site(SameSite::Lax)
            .cookie_secure(is_https)
            .build();
        App::new()
            .route("/login", web::get().to(login_page))
            .route("/login", web::post().to(log_in))
            .route("/logout", web::post().to(log_out))
            .app_data(Data::new(layer.clone()))
            // Inside of the sessions: what is wrapped later is further out.
            .wrap(from_fn(with_device_grant::first))
            .wrap(IdentityMiddleware::default())
            .wrap(sessions)
    };
    HttpServer::new(app)
        .workers(1)
        .client_request_timeout(options.head_deadline)
        .listen(listener)?
        .run()
        .await?;
    Ok(())
}

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: String,
}

async fn login_page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(
            "<!doctype html><title>Sign in</title><form method=post>\
         <label>User name <input name=username required></label>\
         <label>Password <input name=password type=password required></label>\
         <button>Sign in</button></form>",
        )
}

/// `POST /login`. Whoever it is, the password is the name.
async fn log_in(
    request: HttpRequest,
    session: Session,
    Form(presented): Form<Credentials>,
) -> actix_web::Result<HttpResponse> {
    let site = request.headers().get("sec-fetch-site");
    if is_cross_site(site.map(|site| site.as_bytes())) {
        return Ok(HttpResponse::Forbidden().finish());
    }
    if presented.username != presented.password {
        return Ok(HttpResponse::Unauthorized().finish());
    }
    Identity::login(&request.extensions(), presented.username)?;
    session.insert(SIGN_IN, draw().map_err(ErrorServiceUnavailable)?)?;
    Ok(see_other("/activate"))
}

async fn log_out(user: Identity) -> HttpResponse {
    user.logout();
    see_other("/login")
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, to))
        .finish()
}
