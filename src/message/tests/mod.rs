#![expect(clippy::string_slice, reason = "the tests slice their own ASCII texts")]

mod device_authorization;
mod device_token;
mod error;
mod extra_parameters;
mod metadata;
mod parameters;
mod pkce;
mod prefer;
mod reply;
mod rfc_examples;
mod scope;
mod sign_in_parameters;
mod token_response;
mod uri;

use serde_json::Value;

use super::Reply;

fn json(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn header<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    let found = reply.headers.iter().find(|(held, _)| *held == name);
    found.map(|(_, value)| value.as_str())
}
