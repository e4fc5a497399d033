use device_grant::grant::HostData;
use device_grant::message::add_metadata;
use device_grant::testing::{Disruption, Poll, StepError, StoreCall};
use serde_json::Map;

use crate::server::{Lesson, Server};

/// Lesson 31: in authelia, a column that must not be null made every answer an empty object, for several releases.
#[test]
fn a_store_that_cannot_write_is_an_error_and_no_empty_answer() -> Lesson {
    let server = Server::new();
    server
        .store
        .disrupt(StoreCall::Insert.nth(1), Disruption::FailBefore);
    let error = server.t.device("tv").authorize("").unwrap_err();
    assert!(matches!(error, StepError::Fault { .. }), "{error}");
    assert_eq!(server.t.events().names(), ["fault"]);

    let (status, _, body) = server.device().response().reply().into_parts();
    let answer: serde_json::Value = serde_json::from_slice(&body)?;
    for member in [
        "device_code",
        "user_code",
        "verification_uri",
        "expires_in",
        "interval",
    ] {
        assert!(answer.get(member).is_some(), "{member}");
    }
    assert_eq!(status, 200);
    Ok(())
}

/// Lesson 35: hosts of Keycloak and Janssen want to carry a hint from the device's request to the login.
#[test]
fn a_hosts_own_facts_travel_with_the_grant_within_bounds() -> Lesson {
    let server = Server::new();
    let facts = HostData::new([("idp_hint", "corp"), ("acr_values", "mfa")])?;
    let tv = server.t.device("tv").data(facts.clone()).authorize("")?;
    let alice = server.t.visitor("alice");
    assert_eq!(alice.review(&tv)?.grant.data, facts);
    alice.approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(server.issuer.asked()[0].grant.data, facts);
    let too_large = "x".repeat(HostData::MAX_BYTES);
    assert!(HostData::new([("hint", too_large)]).is_err());
    Ok(())
}

/// Lesson 39: command-line tools of today send PKCE with the device grant and look for it in the metadata.
#[test]
fn pkce_binds_the_device_code_and_the_metadata_say_so() -> Lesson {
    let server = Server::new();
    let cli = server.t.device("cli").pkce(&"v".repeat(43)).authorize("")?;
    server.t.visitor("alice").approve(&cli)?;
    let bare = device_grant::DeviceTokenRequest::new(&*cli.response().device_code);
    assert_eq!(cli.poll_with(cli.client(), bare)?, Poll::InvalidGrant);
    assert_eq!(cli.poll()?, Poll::Tokens);

    let endpoint = "https://id.example/device_authorization";
    let mut document = Map::new();
    add_metadata(&mut document, endpoint)?;
    assert_eq!(
        document["grant_types_supported"]
            .as_array()
            .unwrap()
            .last()
            .unwrap(),
        "urn:ietf:params:oauth:grant-type:device_code"
    );
    #[cfg(feature = "http")]
    {
        use device_grant::http::{ClientRegistry, Endpoints};

        let endpoints = Endpoints::new(server.t.grants().clone(), ClientRegistry::new());
        let document = endpoints.server_metadata()?;
        assert_eq!(document["code_challenge_methods_supported"][0], "S256");
    }
    Ok(())
}
