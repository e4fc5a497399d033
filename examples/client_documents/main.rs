//! A client directory that answers from the request: identifiers of clients are URLs of their metadata documents
//! ([draft-ietf-oauth-client-id-metadata-document](https://datatracker.ietf.org/doc/draft-ietf-oauth-client-id-metadata-document/)),
//! so that nobody has to register.
//!
//! `documents.rs` is the directory, with what keeps it from being used against your own network. `web.rs` is the port that
//! it fetches by: yours is an HTTP client.
//!
//! `cargo test --example client_documents --features http` runs its tests, and `cargo run` instead of `cargo test` a request
//! of a client that nobody registered.

#![expect(clippy::print_stdout, reason = "a program speaks to its terminal")]

mod address;
mod documents;
#[cfg(test)]
mod tests;
mod web;

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use device_grant::DeviceGrants;
use device_grant::host::{Redemption, Terms, issuer_fn};
use device_grant::http::{Endpoints, Routed};
use device_grant::message::TokenResponse;

use self::documents::ClientDocuments;
use self::web::Shelf;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("token", Duration::from_secs(3_600)))
    });
    let grants = DeviceGrants::builder("https://id.example", issuer)
        .verification_uri("https://id.example/activate")
        .in_memory()
        .build()?;
    let terms = Terms::new("openid profile".parse()?).require_pkce();
    let documents = ClientDocuments::new(Shelf::with_a_television(), terms);
    let endpoints = Endpoints::new(grants, documents);
    let form = "client_id=https%3A%2F%2Ftv.example%2Fclient.json&scope=openid\
        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let request = http::Request::post("/device_authorization")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Bytes::from_static(form.as_bytes()))?;
    if let Routed::Answered(response) = endpoints.answer(request).await {
        println!(
            "{} {}",
            response.status(),
            String::from_utf8_lossy(response.body())
        );
    }
    Ok(())
}
