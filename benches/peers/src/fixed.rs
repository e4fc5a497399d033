//! The least that an axum server can do for a poll: it reads the form, and answers a fixed error.

use std::collections::HashMap;
use std::error::Error;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Form, Router};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Router::new()
        .route("/token", post(fixed))
        .route("/device_authorization", post(codes));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn fixed(Form(form): Form<HashMap<String, String>>) -> impl IntoResponse {
    let status = if form.contains_key("device_code") {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::NOT_FOUND
    };
    (status, HEADERS, r#"{"error":"authorization_pending"}"#)
}

async fn codes(Form(form): Form<HashMap<String, String>>) -> impl IntoResponse {
    let status = if form.contains_key("client_id") {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    (status, HEADERS, CODES)
}

const HEADERS: [(header::HeaderName, &str); 2] = [
    (header::CONTENT_TYPE, "application/json"),
    (header::CACHE_CONTROL, "no-store"),
];
const CODES: &str = r#"{"device_code":"gz3crzyjwknzljvsy4ryvvv6v5ezh6vyhkrsmlnyv5wkcvhgmkra","user_code":"WDJB-MJHT","verification_uri":"https://example.com/device","expires_in":600,"interval":5}"#;
