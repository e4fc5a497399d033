//! Adds the device authorization grant to an axum app that already exists, in memory.

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use device_grant::DeviceGrants;
use device_grant::host::{Client, Redemption, Terms, Visitor, issuer_fn};
use device_grant::http::{ClientRegistry, DeviceGrantLayer, Endpoints, SignIn, visitor_fn};
use device_grant::message::TokenResponse;
use device_grant::page::Pages;

// region: host
fn with_device_grant(app: Router) -> Result<Router, Box<dyn Error>> {
    let issuer = issuer_fn(|grant: Redemption| async move {
        let token = sign_token(grant.subject().as_str(), grant.scope().as_str());
        Ok(TokenResponse::bearer(token, Duration::from_secs(3600)))
    });
    let url = "http://127.0.0.1:3000";
    let grants = DeviceGrants::builder(url, format!("{url}/activate"), issuer)
        .in_memory()
        .build()?;
    let tv = Client::new("tv").device_grant(Terms::new("openid profile".parse()?));
    let clients = ClientRegistry::new().public(tv);
    let visitors = visitor_fn(|request| async move {
        match signed_in_user(&request.headers) {
            Some((user, session)) => SignIn::As(Visitor::new(user).session(&session)),
            None => SignIn::Redirect("/login".parse().unwrap_or_default()),
        }
    });
    let endpoints = Endpoints::new(grants.clone(), clients);
    Ok(app.layer(DeviceGrantLayer::new(endpoints).and(Pages::new(grants, visitors))))
}
// endregion
