//! `device-grant` with its default features: issues codes over its store in memory, and polls.

use std::error::Error;
use std::time::Duration;

use device_grant::host::{Client, Redemption, Terms, issuer_fn};
use device_grant::message::TokenResponse;
use device_grant::{DeviceAuthorizationRequest, DeviceGrants, DeviceTokenRequest};
use futures_executor::block_on;

fn main() -> Result<(), Box<dyn Error>> {
    let issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("a token", Duration::from_secs(3600)))
    });
    let grants = DeviceGrants::builder("https://id.example.com", issuer)
        .verification_uri("https://id.example.com/activate")
        .in_memory()
        .build()?;
    let tv = Client::new("tv").device_grant(Terms::new("openid".parse()?));
    let asked = [("client_id", "tv"), ("scope", "openid")];
    block_on(async {
        let request = DeviceAuthorizationRequest::from_pairs(asked)?;
        let codes = grants.authorize(&tv, request).await?;
        let poll = DeviceTokenRequest::new(&*codes.device_code);
        println!("{}", grants.poll(&tv, poll).await?.reply().status);
        Ok(())
    })
}
