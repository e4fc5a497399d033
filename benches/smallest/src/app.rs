//! An axum app with the layer and the pages.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use device_grant::Builder;
use device_grant::DeviceGrants;
use device_grant::host::{Client, Redemption, Terms, Visitor, issuer_fn};
use device_grant::http::{
    ClientIpSource, ClientRegistry, DeviceGrantLayer, Endpoints, SignIn, visitor_fn,
};
use device_grant::message::TokenResponse;
use device_grant::page::Pages;
use tokio::net::TcpListener;

pub(crate) async fn serve(store: impl FnOnce(Builder) -> Builder) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("a token", Duration::from_secs(3600)))
    });
    let builder = DeviceGrants::builder(url.as_str(), issuer);
    let builder = builder.verification_uri(format!("{url}/activate"));
    let grants = store(builder).build()?;
    let tv = Client::new("tv").device_grant(Terms::new("openid".parse()?));
    let endpoints = Endpoints::new(grants.clone(), ClientRegistry::new().public(tv));
    let visitors = visitor_fn(|_: Parts| async { SignIn::As(Visitor::new("alice")) });
    let pages = Pages::new(grants, visitors).application("tv", "Example TV");
    let layer = DeviceGrantLayer::new(endpoints, ClientIpSource::peer::<ConnectInfo<SocketAddr>>());
    let app = Router::new().layer(layer.and(pages));
    println!("listening on {url}");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
