//! Tokens: signed, refreshed, revoked.

use std::thread;

use base64ct::{Base64, Encoding};

use super::device::{Device, SCOPE, approve, refresh, revoke, text, user_info};
use crate::client::{GRANT_TYPE, encode, get, post, send};
use crate::database::Database;
use crate::jwt;
use crate::person::Person;

#[test]
fn a_device_gets_tokens_that_the_host_signed() {
    let database = Database::new();
    let server = database.node();
    let device = Device::start(&server);
    assert_eq!(
        device.poll(&server).json()["error"],
        "authorization_pending"
    );

    let mut alice = Person::at(&server.url);
    let page = alice.open("/activate");
    assert_eq!(
        (page.status(), page.header("location")),
        (303, Some("/login"))
    );
    alice.sign_in("alice", "alice");
    let review = alice.review(device.code("user_code"));
    assert!(
        review.body().contains("Example TV"),
        "its name is in the database"
    );
    assert!(review.body().contains("127.0.0.1"), "{}", review.body());
    assert_eq!(alice.decide(&review, "approve").status(), 200);

    let answer = device.poll(&server);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = answer.json();
    let keys = get(&format!("{}/jwks.json", server.url)).json();
    let (header, claims) = jwt::verified(text(&tokens, "access_token"), &keys);
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(
        (&claims["sub"], &claims["client_id"]),
        (&"alice".into(), &"tv".into())
    );
    assert_eq!(
        (&claims["iss"], &claims["scope"]),
        (&server.url.as_str().into(), &SCOPE.into())
    );
    let (_, claims) = jwt::verified(text(&tokens, "id_token"), &keys);
    assert_eq!(
        (&claims["sub"], &claims["aud"]),
        (&"alice".into(), &"tv".into())
    );
    assert_eq!(user_info(&server, &tokens).json()["sub"], "alice");
}

/// Four at a time: a device may have sent more than one poll before it gave the response up.
#[test]
fn tokens_that_are_delivered_again_end_those_before() {
    let database = Database::new();
    let server = database.node();
    let device = Device::start(&server);
    approve(&server, &device);
    let mut delivered = vec![device.poll(&server).json()];
    for _ in 0..3 {
        let answers = thread::scope(|scope| {
            let polls: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| device.poll(&server)))
                .collect();
            let answers = polls.into_iter().map(|poll| poll.join().unwrap().json());
            answers.collect::<Vec<_>>()
        });
        delivered.extend(answers);
    }
    let live = |tokens: &&serde_json::Value| user_info(&server, tokens).status() == 200;
    assert_eq!(delivered.iter().filter(live).count(), 1);
    assert_eq!(user_info(&server, &delivered[0]).status(), 401);
}

#[test]
fn the_metadata_document_names_the_grant() {
    let database = Database::new();
    let server = database.node();
    let document = get(&format!(
        "{}/.well-known/oauth-authorization-server",
        server.url
    ))
    .json();
    assert_eq!(document["issuer"], server.url);
    let endpoint = format!("{}/device_authorization", server.url);
    assert_eq!(document["device_authorization_endpoint"], endpoint);
    let grants = &document["grant_types_supported"];
    assert_eq!(*grants, serde_json::json!(["refresh_token", GRANT_TYPE]));
}

#[test]
fn a_confidential_client_authenticates() {
    let database = Database::new();
    let server = database.node();
    let endpoint = format!("{}/device_authorization", server.url);
    let ask = |secret: &str| {
        let basic = format!(
            "Basic {}",
            Base64::encode_string(format!("box:{secret}").as_bytes())
        );
        let headers = [
            ("authorization", basic.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        send("POST", &endpoint, &headers, &encode(&[("scope", "openid")]))
    };
    assert_eq!(ask("box-secret").status(), 200);
    assert_eq!(ask("wrong").json()["error"], "invalid_client");
    let nobody = post(&endpoint, &[("client_id", "box")]);
    assert_eq!(nobody.json()["error"], "invalid_client");
}

#[test]
fn a_refresh_token_rotates_and_ends_the_sign_in_when_it_comes_again() {
    let database = Database::new();
    let server = database.node();
    let first = Device::sign_in(&server);
    let second = refresh(&server, text(&first, "refresh_token")).json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(user_info(&server, &second).status(), 200);
    let again = refresh(&server, text(&first, "refresh_token"));
    assert_eq!(again.json()["error"], "invalid_grant");
    let newest = refresh(&server, text(&second, "refresh_token"));
    assert_eq!(newest.json()["error"], "invalid_grant");
    assert_eq!(user_info(&server, &second).status(), 401);
}

#[test]
fn racing_refreshes_are_not_both_served() {
    let database = Database::new();
    let server = database.node();
    let tokens = Device::sign_in(&server);
    let served = thread::scope(|scope| {
        let racers: Vec<_> = std::iter::repeat_with(|| {
            scope.spawn(|| refresh(&server, text(&tokens, "refresh_token")).status())
        })
        .take(8)
        .collect();
        let statuses = racers.into_iter().map(|racer| racer.join().unwrap());
        statuses.filter(|status| *status == 200).count()
    });
    assert!(served <= 1, "{served} were served");
}

#[test]
fn a_revoked_token_takes_its_sign_in_along() {
    let database = Database::new();
    let server = database.node();
    for kind in ["refresh_token", "access_token"] {
        let tokens = Device::sign_in(&server);
        assert_eq!(revoke(&server, "box", text(&tokens, kind)), 200);
        assert_eq!(
            user_info(&server, &tokens).status(),
            200,
            "it is not the box's"
        );
        assert_eq!(revoke(&server, "tv", text(&tokens, kind)), 200);
        assert_eq!(user_info(&server, &tokens).status(), 401);
        let after = refresh(&server, text(&tokens, "refresh_token"));
        assert_eq!(after.json()["error"], "invalid_grant");
    }
}

#[test]
fn a_pending_device_code_can_be_revoked() {
    let database = Database::new();
    let server = database.node();
    let device = Device::start(&server);
    assert_eq!(revoke(&server, "tv", device.code("device_code")), 200);
    assert_eq!(device.poll(&server).json()["error"], "access_denied");
}
