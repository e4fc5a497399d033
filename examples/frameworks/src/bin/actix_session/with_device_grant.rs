//! All that the app adds.

use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use actix_identity::IdentityExt;
use actix_session::SessionExt;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use device_grant::DeviceGrants;
use device_grant::host::{Client, Redemption, Terms, Visitor, issuer_fn};
use device_grant::http::{
    ClientIpSource, ClientRegistry, DeviceGrantLayer, Endpoints, Routed, session_fn,
};
use device_grant::message::TokenResponse;
use device_grant::page::Pages;
use http::Uri;

use crate::{SIGN_IN, conversion};

pub(crate) fn layer(url: &str) -> Result<DeviceGrantLayer, Box<dyn Error>> {
    let issuer = issuer_fn(|grant: Redemption| async move {
        let token = format!("a-token-of-{}", grant.subject());
        Ok(TokenResponse::bearer(token, Duration::from_secs(3600)))
    });
    let grants = DeviceGrants::builder(url, issuer)
        .verification_uri(format!("{url}/activate"))
        .in_memory()
        .build()?;
    let tv = Client::new("tv").device_grant(Terms::new("openid profile".parse()?));
    let endpoints = Endpoints::new(grants.clone(), ClientRegistry::new().public(tv));
    let visitors = session_fn(
        Uri::from_static("/login"),
        |SignedIn(visitor): SignedIn| async { Ok::<_, Infallible>(visitor) },
    );
    let pages = Pages::new(grants, visitors).application("tv", "Example TV");
    Ok(DeviceGrantLayer::new(endpoints, ClientIpSource::extension()).and(pages))
}

/// The visitor whom the session of a request is of: sessions themselves stay on their thread.
#[derive(Clone)]
struct SignedIn(Option<Visitor>);

impl SignedIn {
    fn of(request: &ServiceRequest) -> Self {
        let user = request.get_identity().and_then(|identity| identity.id());
        let sign_in = request.get_session().get::<String>(SIGN_IN);
        let known = user.ok().zip(sign_in.ok().flatten());
        Self(known.map(|(user, sign_in)| Visitor::new(user).with_session(&sign_in)))
    }
}

pub(crate) async fn first<B: MessageBody>(
    layer: Data<DeviceGrantLayer>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let signed_in = SignedIn::of(&request);
    let (request, mut converted) = conversion::request(request)?;
    converted.extensions_mut().insert(signed_in);
    match layer.answer(converted).await {
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
