//! Every answer but success, as it is on the wire: the golden cases of `docs/errors.md`, which has a row for each.

#[macro_use]
mod cases;

mod authorization;
mod case;
mod clients;
#[cfg(feature = "dpop")]
mod dpop;
mod faults;
mod form;
#[cfg(feature = "tower")]
mod layer;
mod poll;
mod revocation;
mod table;

use bytes::Bytes;
use http::{Request, Response};

use super::revocation::revoking;
use super::{
    BOX_BASIC, GRANT_TYPE, Server, answered, basic, error, form as form_with, registry,
    unknown_code,
};
use crate::http::Endpoint;
use case::Case;
use table::rows;

/// Where an answer came from, and the answer.
type Answered = (Endpoint, Response<Bytes>);

/// Holds the answers to one condition against its row, which names the same endpoints.
#[track_caller]
fn golden(Case(case): Case, answers: impl IntoIterator<Item = Answered>) {
    let rows = rows();
    let row = rows.iter().find(|row| row.case == case);
    let row = row.unwrap_or_else(|| panic!("docs/errors.md has no row {case:?}"));
    let mut endpoints = Vec::new();
    for (endpoint, response) in answers {
        row.assert_describes(&response);
        endpoints.push(endpoint);
    }
    assert_eq!(endpoints, row.endpoints, "{case}");
}

/// Sends the same to both endpoints of this grant; `request` makes it of parameters.
async fn at_both(
    server: &Server,
    parameters: &str,
    request: impl Fn(&str) -> Request<Bytes>,
) -> [Answered; 2] {
    let start = server
        .endpoints
        .device_authorization(request(parameters))
        .await;
    let poll = request(&format!("{GRANT_TYPE}&{parameters}"));
    [
        (Endpoint::DeviceAuthorization, start),
        (Endpoint::Token, server.poll(poll).await),
    ]
}

/// Sends the same to all three endpoints; the server has a token revoker.
async fn at_each(parameters: &str, request: impl Fn(&str) -> Request<Bytes>) -> [Answered; 3] {
    let (mut server, _) = revoking();
    server.endpoints = server.endpoints.no_other_grants();
    let [start, poll] = at_both(&server, parameters, &request).await;
    let revoke = request(&format!("token=x&{parameters}"));
    let revoked = answered(server.endpoints.revocation(revoke).await);
    [start, poll, (Endpoint::Revocation, revoked)]
}

/// Sends a device authorization request.
async fn started(server: &Server, parameters: &str) -> [Answered; 1] {
    let response = server.authorize(parameters).await;
    [(Endpoint::DeviceAuthorization, response)]
}

/// Polls with these parameters besides the grant type.
async fn polled(server: &Server, parameters: &str) -> [Answered; 1] {
    let request = form_with(&format!("{GRANT_TYPE}&{parameters}"));
    [(Endpoint::Token, server.poll(request).await)]
}
