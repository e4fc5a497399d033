//! Errors of the requested access.

use std::time::Duration;

use super::{Server, case, golden, registry, started};
use crate::code::UserCodeFormat;
use crate::device_grants::Limits;
use crate::grant::Narrowing;
use crate::host::{Client, Ruling, Terms};
use crate::http::ClientRegistry;
use crate::message::{ErrorResponse, SignInParameters};

#[tokio::test]
async fn a_malformed_scope() {
    for scope in ["openid++profile", "+openid", "openid+"] {
        let body = format!("client_id=tv&scope={scope}");
        golden(case::MALFORMED_SCOPE, started(&Server::new(), &body).await);
    }
}

#[tokio::test]
async fn more_scope_than_the_client_may_have() {
    for scope in ["admin", "openid+admin", "OpenID"] {
        let body = format!("client_id=tv&scope={scope}");
        let answers = started(&Server::new(), &body).await;
        golden(case::SCOPE_BEYOND_TERMS, answers);
    }
}

#[tokio::test]
async fn a_resource_that_is_none() {
    for resource in ["x", "/files", "https%3A%2F%2Fa.example%2F%23part"] {
        let body = format!("client_id=tv&resource={resource}");
        let answers = started(&Server::new(), &body).await;
        golden(case::MALFORMED_RESOURCE, answers);
    }
}

#[tokio::test]
async fn too_many_resources() {
    let resources: String = (0..17)
        .map(|n| format!("&resource=urn%3Ax%3A{n}"))
        .collect();
    let answers = started(&Server::new(), &format!("client_id=tv{resources}")).await;
    golden(case::TOO_MANY_RESOURCES, answers);
}

#[tokio::test]
async fn a_resource_that_the_client_may_not_ask_for() {
    for resource in ["https%3A%2F%2Fc.example", "https%3A%2F%2Fa.example%2F"] {
        let body = format!("client_id=tv&resource=https%3A%2F%2Fa.example&resource={resource}");
        let answers = started(&Server::new(), &body).await;
        golden(case::RESOURCE_BEYOND_TERMS, answers);
    }
}

#[tokio::test]
async fn a_max_age_that_is_no_number() {
    for age in ["-1", "1.5", "x", "99999999999"] {
        let answers = started(&Server::new(), &format!("client_id=tv&max_age={age}")).await;
        golden(case::MALFORMED_MAX_AGE, answers);
    }
}

#[tokio::test]
async fn malformed_acr_values() {
    for values in ["m%C3%BC", &"a+".repeat(17), &"x".repeat(257)] {
        let answers = started(&Server::new(), &format!("client_id=tv&acr_values={values}")).await;
        golden(case::MALFORMED_ACR_VALUES, answers);
    }
}

#[tokio::test]
async fn a_malformed_login_hint() {
    for hint in ["a%0Ab", &"x".repeat(513)] {
        let answers = started(&Server::new(), &format!("client_id=tv&login_hint={hint}")).await;
        golden(case::MALFORMED_LOGIN_HINT, answers);
    }
}

/// Answers of a server whose client has these terms, to a request without a challenge and without a key.
async fn started_on(terms: Terms) -> [super::Answered; 1] {
    let tv = Client::new("tv").device_grant(terms);
    let server = Server::with(ClientRegistry::new().public(tv));
    started(&server, "client_id=tv").await
}

#[tokio::test]
async fn terms_that_want_more_than_the_request_brings() {
    let terms = || Terms::new("openid".parse().unwrap());
    golden(
        case::NO_PKCE_CHALLENGE,
        started_on(terms().require_pkce()).await,
    );
    golden(case::NO_KEY, started_on(terms().require_key()).await);
}

#[tokio::test]
async fn a_malformed_nonce() {
    for nonce in ["a%0Ab", &"x".repeat(513)] {
        let answers = started(&Server::new(), &format!("client_id=tv&nonce={nonce}")).await;
        golden(case::MALFORMED_NONCE, answers);
    }
}

#[tokio::test]
async fn a_parameter_of_the_hosts_own_that_is_too_long() {
    let mut server = Server::new();
    server.endpoints = server.endpoints.extra_parameter("tenant", 8).unwrap();
    let answers = started(&server, "client_id=tv&tenant=123456789").await;
    golden(case::EXTRA_PARAMETER_TOO_LONG, answers);
}

#[tokio::test]
async fn authorization_details_that_are_none() {
    for details in ["x", "%7B%7D", "null"] {
        let body = format!("client_id=tv&authorization_details={details}");
        let answers = started(&Server::new(), &body).await;
        golden(case::DETAILS_NOT_AN_ARRAY, answers);
    }
}

#[tokio::test]
async fn authorization_details_without_a_type() {
    for details in ["[1]", "[%7B%7D]", "[%7B%22type%22:%22%22%7D]"] {
        let body = format!("client_id=tv&authorization_details={details}");
        let answers = started(&Server::new(), &body).await;
        golden(case::DETAILS_WITHOUT_TYPE, answers);
    }
}

#[tokio::test]
async fn authorization_details_that_the_client_may_not_ask_for() {
    let body = "client_id=tv&authorization_details=[%7B%22type%22:%22payment%22%7D]";
    let answers = started(&Server::new(), body).await;
    golden(case::DETAILS_BEYOND_TERMS, answers);
}

#[tokio::test]
async fn authorization_details_of_too_many_values() {
    let members = vec!["0"; 300].join(",");
    let body = format!(
        "client_id=tv&authorization_details=[%7B%22type%22:%22a%22,%22b%22:[{members}]%7D]"
    );
    let answers = started(&Server::new(), &body).await;
    golden(case::TOO_MANY_DETAILS, answers);
}

#[tokio::test]
async fn pkce_other_than_s256() {
    for method in [
        "",
        "&code_challenge_method=plain",
        "&code_challenge_method=s256",
    ] {
        let body = format!("client_id=tv&code_challenge=x{method}");
        let answers = started(&Server::new(), &body).await;
        golden(case::PKCE_NOT_S256, answers);
    }
}

#[tokio::test]
async fn a_pkce_method_without_a_challenge() {
    let answers = started(&Server::new(), "client_id=tv&code_challenge_method=S256").await;
    golden(case::PKCE_METHOD_ALONE, answers);
}

#[tokio::test]
async fn a_malformed_pkce_challenge() {
    let body = "client_id=tv&code_challenge=x&code_challenge_method=S256";
    let answers = started(&Server::new(), body).await;
    golden(case::MALFORMED_PKCE_CHALLENGE, answers);
}

#[tokio::test]
async fn a_policy_that_refuses() {
    let rulings: [fn() -> Ruling; 2] = [
        || Ruling::Refuse(ErrorResponse::access_denied()),
        || Ruling::StepUp(SignInParameters::acr(["high"])),
    ];
    for ruling in rulings {
        let server = super::faults::ruled(move || Ok(ruling()), || Ok(Ruling::Allow));
        let answers = started(&server, "client_id=tv").await;
        golden(case::POLICY_REFUSES_AT_START, answers);
    }
}

#[tokio::test]
async fn a_policy_that_leaves_nothing() {
    let nothing = || Narrowing::new().with_scope("offline_access".parse().unwrap());
    let server = super::faults::ruled(move || Ok(Ruling::Narrow(nothing())), || Ok(Ruling::Allow));
    let answers = started(&server, "client_id=tv&scope=openid").await;
    golden(case::POLICY_LEAVES_NO_SCOPE, answers);

    let none = || Narrowing::new().with_resources(["https://b.example"]);
    let server = super::faults::ruled(move || Ok(Ruling::Narrow(none())), || Ok(Ruling::Allow));
    let body = "client_id=tv&resource=https%3A%2F%2Fa.example";
    let answers = started(&server, body).await;
    golden(case::POLICY_LEAVES_NO_RESOURCES, answers);

    let none = || Narrowing::new().with_authorization_details([]);
    let server = super::faults::ruled(move || Ok(Ruling::Narrow(none())), || Ok(Ruling::Allow));
    let details = "%5B%7B%22type%22%3A%22files%22%7D%5D";
    let body = format!("client_id=tv&authorization_details={details}");
    let answers = started(&server, &body).await;
    golden(case::POLICY_LEAVES_NO_DETAILS, answers);
}

#[tokio::test]
async fn too_many_codes() {
    // Twenty codes for one client, and one in 15 seconds.
    let limits = Limits::default().expected_hits(1.41e-7);
    let format = UserCodeFormat::base20().with_lengths(8..=8).unwrap();
    let server = super::faults::working(registry(), |builder| {
        builder.limits(limits).user_code_format(format)
    });
    for _ in 0..20 {
        server.codes("client_id=tv").await;
    }
    let answers = started(&server, "client_id=tv").await;
    golden(case::TOO_MANY_CODES, answers);
}

#[tokio::test]
async fn terms_out_of_bounds() {
    let terms = Terms::new("openid".parse().unwrap()).lifetime(Duration::from_secs(100_000));
    let server = Server::with(ClientRegistry::new().public(Client::new("tv").device_grant(terms)));
    let answers = started(&server, "client_id=tv").await;
    golden(case::TERMS_OUT_OF_BOUNDS, answers);
}
