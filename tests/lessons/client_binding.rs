use device_grant::DeviceTokenRequest;
use device_grant::host::Client;
use device_grant::testing::{Poll, WaitingDevice};

use crate::server::{LIFETIME, Lesson, SECOND, Server, client};

/// Lesson 6: in Keycloak, any client could redeem a device code that it had got hold of.
#[test]
fn another_client_learns_nothing_and_uses_nothing_up() -> Lesson {
    let server = Server::new();
    let tv = server.approved_device();
    let before = server.row_of(&tv).revision;
    assert_eq!(tv.poll_as(&client("thief"))?, Poll::InvalidGrant);
    assert_eq!(server.row_of(&tv).revision, before);
    assert_eq!(
        server.t.events().names().last(),
        Some(&"unknown_device_code")
    );
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

/// Lesson 26: in better-auth, a client with another's code read its scopes off the error, and slow_down was forgotten.
#[test]
fn the_holder_is_checked_before_anything_is_told_and_slow_down_is_kept() -> Lesson {
    let server = Server::new();
    let tv = server.device();
    let thief = client("thief");
    let told_the_thief = |tv: &WaitingDevice| -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        assert_eq!(tv.poll_as(&thief)?, Poll::InvalidGrant);
        Ok(tv.reply().unwrap().into_parts().2)
    };
    let while_pending = told_the_thief(&tv)?;
    assert_eq!(tv.poll()?, Poll::Pending);
    server.t.advance(SECOND);
    assert_eq!(tv.poll()?, Poll::SlowDown { interval: 10 });
    server.t.advance(SECOND);
    assert_eq!(tv.poll()?, Poll::SlowDown { interval: 15 });
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(told_the_thief(&tv)?, while_pending);
    server.t.advance(LIFETIME);
    assert_eq!(told_the_thief(&tv)?, while_pending);
    Ok(())
}

/// Lesson 36: at GitHub, a code was unknown for a moment after it had been issued; Keycloak calls that pending.
#[test]
fn a_code_is_known_from_the_moment_it_is_issued() -> Lesson {
    let server = Server::new();
    for _ in 0..100 {
        let tv = server.t.device("tv").authorize("")?;
        assert_eq!(tv.poll()?, Poll::Pending);
        server.t.visitor("alice").review(&tv)?;
        server.t.advance(LIFETIME / 5);
    }
    Ok(())
}

/// Lesson 37: ZITADEL needed a name for a request that a page may have, and encrypted the device code for it.
#[test]
fn the_name_of_a_grant_is_no_code() -> Lesson {
    let server = Server::new();
    let tv = server.approved_device();
    let name = tv.grant_id().to_string();
    assert!(!tv.response().device_code.contains(&name));
    let by_name = DeviceTokenRequest::new(name.clone());
    assert_eq!(tv.poll_with(tv.client(), by_name)?, Poll::InvalidGrant);
    assert!(server.t.visitor("alice").type_code(&name).is_err());
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

/// Lesson 38: idenplane answered `authorization_pending` for codes that do not exist, and clients polled for ever.
#[test]
fn a_code_that_does_not_exist_is_an_invalid_grant() -> Lesson {
    let server = Server::new();
    let tv = server.device();
    let unknown = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpiydcmrtgq2q";
    for code in [unknown, "", "nonsense"] {
        let request = DeviceTokenRequest::new(code);
        assert_eq!(tv.poll_with(tv.client(), request)?, Poll::InvalidGrant);
    }
    Ok(())
}

/// Lesson 32: dex demanded a secret from public clients, and the secret found its way into the browser.
#[test]
fn a_public_client_has_no_secret_and_a_grant_keeps_none() -> Lesson {
    let server = Server::new();
    let tv = server
        .t
        .device("tv")
        .client(client("tv"))
        .authorize("openid")?;
    let row = server.row_of(&tv);
    assert_eq!(row.client_id.as_str(), "tv");
    let stored = String::from_utf8_lossy(row.body.as_bytes()).into_owned();
    assert!(!stored.contains("secret"), "{stored}");
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

/// Lesson 40: new servers leave the grant off for a client that says nothing of it, raise the interval by five seconds up
/// to sixty, and count only unknown codes against everybody.
#[test]
fn the_grant_is_off_until_a_client_has_terms_and_intervals_end_at_a_minute() -> Lesson {
    let server = Server::new();
    let web = server.t.device("web").client(Client::new("web"));
    assert!(web.authorize("").is_err());
    let tv = server.device();
    assert_eq!(tv.poll_as(&Client::new("tv"))?, Poll::UnauthorizedClient);
    assert_eq!((tv.poll()?, tv.poll()?), (Poll::Pending, Poll::Pending));
    for expected in [10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60] {
        assert_eq!(tv.poll()?, Poll::SlowDown { interval: expected });
    }
    Ok(())
}
