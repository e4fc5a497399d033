use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use device_grant::DeviceAuthorizationRequest;
use device_grant::Limits;
use device_grant::code::UserCodeFormat;
use device_grant::device_grants::AuthorizeError;
use device_grant::grant::HostData;
use device_grant::host::{Client, Entropy, PortError, Quota, Terms};
use device_grant::message::{ErrorCode, ErrorResponse, Reply};
use device_grant::testing::{
    Disruption, FailingEntropy, Poll, Ran, Scenario, ScriptedIssuer, SeededEntropy, StepError,
    StoreCall, block_on,
};

use super::{INTERVAL, LIFETIME, SECOND, Server, Test};

fn refused(code: ErrorCode) -> Option<StepError> {
    Some(StepError::AuthorizationRefused(code))
}

fn client(terms: Terms) -> Client {
    Client::new("tv").device_grant(terms)
}

fn terms() -> Terms {
    Terms::new("openid profile".parse().unwrap())
}

#[test]
fn the_response_has_everything_that_clients_need() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid")?;
    let response = tv.response();
    assert_eq!(response.device_code.len(), 52);
    assert_eq!(response.user_code.len(), "XXXX-XXXX".len());
    assert_eq!(response.verification_uri, Scenario::VERIFICATION_URI);
    assert_eq!(
        (response.expires_in, response.interval),
        (600 * SECOND, 5 * SECOND)
    );
    assert_eq!(response.verification_uri_complete, None);
    Ok(())
}

#[test]
fn a_client_without_the_grant_is_refused_and_nothing_is_stored() {
    let server = Server::new([]);
    let web = server.t.device("web").client(Client::new("web"));
    assert_eq!(
        web.authorize("openid").err(),
        refused(ErrorCode::UnauthorizedClient)
    );
    assert_eq!(server.store.calls(), []);
    assert_eq!(server.t.events().names(), ["authorization_refused"]);
}

#[test]
fn more_than_the_ceiling_is_an_invalid_scope_and_nothing_is_stored() {
    let server = Server::new([]);
    let tv = server.t.device("tv").client(client(terms()));
    assert_eq!(
        tv.authorize("openid email").err(),
        refused(ErrorCode::InvalidScope)
    );
    assert_eq!(server.store.calls(), []);
}

#[test]
fn no_scope_asks_for_the_default_below_the_ceiling() -> Test {
    let server = Server::new([]);
    let terms = terms().default_scope("profile email".parse()?);
    let tv = server.t.device("tv").client(client(terms)).authorize("")?;
    let review = server.t.visitor("alice").review(&tv)?;
    assert_eq!(review.grant.requested.scope, "profile".parse()?);
    Ok(())
}

#[test]
fn what_is_requested_reaches_the_review() -> Test {
    let server = Server::new([]);
    let details = serde_json::json!([{"type": "payment"}]);
    let request = DeviceAuthorizationRequest::from_pairs([
        ("scope", "openid"),
        ("resource", "https://api.example"),
        ("authorization_details", &*details.to_string()),
    ])?;
    let ip: IpAddr = [203, 0, 113, 7].into();
    let device = server.t.device("tv").ip(ip).label("Living room");
    let tv = device
        .data(HostData::new([("tenant", "blue")])?)
        .request(request)?;
    let review = server.t.visitor("alice").review(&tv)?;
    assert_eq!(review.grant.client_id.as_str(), "tv");
    assert_eq!(review.grant.requested.resources, ["https://api.example"]);
    assert_eq!(
        review.grant.requested.authorization_details,
        [details[0].clone()]
    );
    assert_eq!(review.grant.origin.ip, Some(ip));
    assert_eq!(review.grant.origin.device_label(), Some("Living room"));
    assert_eq!(review.grant.data.get("tenant"), Some(&"blue".into()));
    assert_eq!(review.user_code(), tv.user_code());
    assert_eq!(review.grant.issued_at, server.t.now());
    assert_eq!(review.grant.expires_at, server.t.now() + LIFETIME);
    Ok(())
}

#[test]
fn details_of_a_type_that_the_client_may_not_ask_for_are_refused() -> Test {
    let server = Server::new([]);
    let request = |kind: &str| {
        let details = serde_json::json!([{ "type": kind }]).to_string();
        DeviceAuthorizationRequest::from_pairs([("authorization_details", details)])
    };
    let device = |terms| server.t.device("tv").client(client(terms));
    let refused = device(terms()).request(request("payment")?);
    assert!(
        refused.is_err(),
        "no type is known unless the terms name it"
    );
    let terms = || terms().authorization_details_types(["payment"]);
    device(terms()).request(request("payment")?)?;
    let refused = device(terms()).request(request("Payment")?).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("invalid_authorization_details"),
        "{refused}"
    );
    Ok(())
}

#[test]
fn a_clients_own_terms_are_advertised_and_enforced() -> Test {
    let server = Server::with([], |builder| {
        builder.also_user_code_format(UserCodeFormat::crockford())
    });
    let terms = terms()
        .lifetime(60 * SECOND)
        .interval(20 * SECOND)
        .user_code_format(UserCodeFormat::crockford());
    let device = server.t.device("tv").client(client(terms));
    let tv = device.authorize("openid")?;
    assert_eq!(tv.response().expires_in, 60 * SECOND);
    assert_eq!(tv.response().interval, 20 * SECOND);
    let is_crockford = |c: char| c == '-' || "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(c);
    assert!(
        tv.user_code().chars().all(is_crockford),
        "{}",
        tv.user_code()
    );
    assert_eq!(tv.poll()?, Poll::Pending);
    server.t.advance(17 * SECOND);
    assert_eq!(tv.poll()?, Poll::SlowDown { interval: 25 });
    server.t.advance(43 * SECOND);
    assert_eq!(tv.poll()?, Poll::Expired);
    Ok(())
}

#[test]
fn terms_out_of_bounds_are_the_hosts_fault_and_nothing_is_stored() {
    let milli = Duration::from_millis(1);
    let out_of_bounds = [
        ("lifetime is 601s", terms().lifetime(LIFETIME + SECOND)),
        ("lifetime is 0ns", terms().lifetime(Duration::ZERO)),
        ("lifetime is 60.001s", terms().lifetime(60 * SECOND + milli)),
        ("interval is 5s", terms().lifetime(9 * SECOND)),
        ("interval is 0ns", terms().interval(Duration::ZERO)),
        ("interval is 5.001s", terms().interval(5 * SECOND + milli)),
        ("interval is 61s", terms().interval(61 * SECOND)),
        (
            "interval is 18446744073709551615.999999999s",
            terms().interval(Duration::MAX),
        ),
        (
            "user_code_format is none",
            terms().user_code_format(UserCodeFormat::crockford()),
        ),
    ];
    for (problem, terms) in out_of_bounds {
        let server = Server::new([]);
        let what = format!("{terms:?}");
        let device = server.t.device("tv").client(client(terms));
        let error = device.authorize("openid").unwrap_err();
        assert!(
            matches!(&error, StepError::Fault { retryable: false, cause }
                if cause.starts_with(&format!("the terms of a client are out of bounds: tv: {problem}"))),
            "{error}: {what}"
        );
        assert_eq!(server.store.calls(), [], "{what}");
        assert_eq!(server.t.events().names(), ["fault"], "{what}");
    }
}

#[test]
fn the_complete_uri_holds_the_code_for_clients_whose_terms_say_so() -> Test {
    let server = Server::new([]);
    let terms = terms().verification_uri_complete(true);
    let device = server.t.device("cli").client(client(terms));
    let cli = device.authorize("openid")?;
    let expected = format!(
        "{}?user_code={}",
        Scenario::VERIFICATION_URI,
        cli.user_code()
    );
    assert_eq!(
        cli.response().verification_uri_complete.as_deref(),
        Some(expected.as_str())
    );
    Ok(())
}

#[test]
fn no_code_can_be_read_from_what_is_stored_heard_or_shown() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    alice.approve(&review)?;
    let _ = tv.poll()?;
    let state = server.grant_of(&tv);
    let row = server.row_of(&tv).unwrap();
    let stored = format!("{row:?} {}", str::from_utf8(row.body.as_bytes())?);
    let shown = format!(
        "{review:?} {review} {:?} {tv:?} {alice:?} {state:?} {} {:?} {:?} {:?}",
        review.ticket,
        stored,
        server.t,
        server.t.events().all(),
        tv.poll_request(),
    );
    let plain = tv.user_code().replace('-', "");
    let ticket = review.ticket.expose();
    let (_, nonce) = ticket.split_once('.').unwrap();
    for secret in [&*tv.response().device_code, tv.user_code(), &plain] {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
    assert!(!format!("{review:?}{:?}", review.ticket).contains(nonce));
    Ok(())
}

#[test]
fn a_generator_that_fails_yields_no_code_at_any_draw() {
    let mut failures = 0;
    for draws in 0.. {
        let entropy = FailingEntropy::after(64);
        let server = Server::with([], |builder| builder.entropy(entropy.clone()));
        entropy.refill(draws);
        match server.t.device("tv").authorize("openid") {
            Ok(_) => break,
            Err(error) => assert!(matches!(
                error,
                StepError::Fault {
                    retryable: true,
                    ..
                }
            )),
        }
        assert_eq!(server.store.calls(), [], "after {draws} draws");
        failures += 1;
    }
    assert!(failures >= 1, "{failures}");
}

/// Gives out the same sequence again whenever it is rewound.
struct Rewinding(Mutex<SeededEntropy>);

impl Rewinding {
    fn new() -> Self {
        Self(Mutex::new(SeededEntropy::new(0)))
    }
}

impl Entropy for &'static Rewinding {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        self.0.lock().unwrap().fill(bytes)
    }
}

#[test]
fn a_code_that_is_taken_is_drawn_anew() -> Test {
    let entropy: &'static Rewinding = Box::leak(Box::new(Rewinding::new()));
    let server = Server::with([], |builder| builder.entropy(entropy));
    *entropy.0.lock().unwrap() = SeededEntropy::new(1);
    let tv = server.t.device("tv").authorize("openid")?;
    *entropy.0.lock().unwrap() = SeededEntropy::new(1);
    server.store.forget_calls();
    let radio = server.t.device("radio").authorize("openid")?;
    assert_eq!(server.store.calls(), [StoreCall::Insert, StoreCall::Insert]);
    assert_ne!(tv.user_code(), radio.user_code());
    assert_ne!(tv.response().device_code, radio.response().device_code);
    assert_eq!(
        server
            .t
            .visitor("alice")
            .review(&tv)?
            .grant
            .client_id
            .as_str(),
        "tv"
    );
    Ok(())
}

/// Gives out the same bytes again for every authorization.
struct Looping(Mutex<SeededEntropy>);

impl Entropy for Looping {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        let mut sequence = self.0.lock().unwrap();
        if bytes.len() > 32 {
            *sequence = SeededEntropy::new(1);
        }
        sequence.fill(bytes)
    }
}

#[test]
fn codes_that_stay_taken_are_given_up_after_a_few_tries() -> Test {
    let server = Server::with([], |builder| {
        builder.entropy(Looping(Mutex::new(SeededEntropy::new(1))))
    });
    let tv = server.t.device("tv").authorize("openid")?;
    server.store.forget_calls();
    let error = server.t.device("radio").authorize("openid").unwrap_err();
    assert!(matches!(
        error,
        StepError::Fault {
            retryable: false,
            ..
        }
    ));
    assert!(server.store.calls().len() <= 5);
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}

#[test]
fn a_store_that_fails_yields_no_codes() -> Test {
    for how in [
        Disruption::FailBefore,
        Disruption::FailAfter,
        Disruption::FailThenDo,
    ] {
        let server = Server::new([]);
        server.store.disrupt(StoreCall::Insert.nth(1), how);
        let error = server.t.device("tv").authorize("openid").unwrap_err();
        assert!(matches!(
            error,
            StepError::Fault {
                retryable: true,
                ..
            }
        ));
        assert_eq!(server.t.events().names(), ["fault"]);
        server.t.device("tv").authorize("openid")?;
    }
    Ok(())
}

#[test]
fn one_address_gets_so_many_codes_and_others_go_on() -> Test {
    let limits = Limits::default().authorizations_per_source(Quota::new(2, 60 * SECOND));
    let server = Server::with([], |builder| builder.limits(limits));
    let from = |last: u8| server.t.device("tv").ip([203, 0, 113, last]).authorize("");
    from(1)?;
    from(1)?;
    let retry_after = 30 * SECOND;
    let limited = StepError::TooManyAuthorizations { retry_after };
    assert_eq!(from(1).err(), Some(limited));
    assert_eq!(server.t.events().names().last(), Some(&"limited"));
    from(2)?;
    server.t.advance(retry_after);
    from(1)?;
    Ok(())
}

#[test]
fn a_source_that_is_shut_out_uses_up_nothing_of_the_others() -> Test {
    let limits = Limits::default()
        .authorizations_per_source(Quota::new(1, 60 * SECOND))
        .expected_hits(1.41e-7);
    let format = UserCodeFormat::base20().with_lengths(8..=8)?;
    let server = Server::with([], |builder| {
        builder.limits(limits).user_code_format(format)
    });
    let from = |last: u8| server.t.device("tv").ip([203, 0, 113, last]).authorize("");
    from(1)?;
    for _ in 0..100 {
        assert!(from(1).is_err());
    }
    from(2)?;
    Ok(())
}

#[test]
fn every_call_returns_a_future_that_may_change_threads() {
    fn is_send<T: Send>(_: T) {}
    let t = Scenario::new(ScriptedIssuer::new([]));
    let tv = t.device("tv").authorize("").unwrap();
    let (alice, client) = (t.visitor("alice"), tv.client().clone());
    let ticket = alice.review(&tv).unwrap().ticket;
    let (grants, visitor) = (t.grants(), alice.visitor());
    is_send(grants.authorize(&client, DeviceAuthorizationRequest::default()));
    is_send(grants.review("", device_grant::grant::Arrival::Typed, visitor));
    is_send(grants.approve(&ticket, visitor, device_grant::Approval::all()));
    is_send(grants.deny(&ticket, visitor));
    is_send(grants.report_not_me(&ticket, visitor));
    is_send(grants.release(&ticket, visitor));
    is_send(grants.poll(&client, tv.poll_request()));
    is_send(grants.cancel(&client, tv.poll_request()));
    is_send(grants.revoke_as_administrator(&tv.grant_id()));
    is_send(grants.purge(1));
}

#[test]
fn the_interval_is_advertised_as_it_is_stored() -> Test {
    let server = Server::with([], |builder| builder.polling_interval(7 * SECOND));
    let tv = server.t.device("tv").authorize("")?;
    assert_eq!(tv.response().interval, 7 * SECOND);
    let body = server.row_of(&tv).unwrap().body;
    let body: serde_json::Value = serde_json::from_slice(body.as_bytes())?;
    assert_eq!(body["n"], 7);
    assert_ne!(7 * SECOND, INTERVAL);
    Ok(())
}

#[test]
fn an_error_turns_into_the_reply_that_it_makes() {
    let same = |reply: Reply, expected: Reply| {
        assert_eq!(reply.status, expected.status);
        assert_eq!(reply.headers, expected.headers);
        assert_eq!(reply.body, expected.body);
    };
    let slow_down = || {
        let mut response = ErrorResponse::new(ErrorCode::SlowDown);
        response.retry_after = Some(10 * SECOND);
        response
    };
    same(slow_down().into(), slow_down().reply());
    let refused = || AuthorizeError::from(ErrorCode::InvalidScope);
    same(refused().into(), refused().reply());
    let server = Server::new([]);
    server
        .store
        .disrupt(StoreCall::Purge.nth(1), Disruption::FailBefore);
    let Ran::Done(Err(fault)) = block_on(server.t.grants().purge(1)) else {
        panic!("the store works");
    };
    let expected = fault.reply();
    same(fault.into(), expected);
}
