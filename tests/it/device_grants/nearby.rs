//! Where the device and its end user are, side by side.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use device_grant::Approval;
use device_grant::grant::Place;
use device_grant::host::{
    ApprovalContext, AuthorizationContext, Nearby, Policy, PortError, Redemption, Ruling, Warning,
};
use device_grant::message::{ErrorResponse, SignInParameters};
use device_grant::testing::{Poll, StepError};

use super::{Server, Test};

/// Notes what it is told of the two.
#[derive(Clone, Default)]
struct Noting(Arc<Mutex<Vec<Compared>>>);

/// The results for one network and for one country.
type Compared = (Option<bool>, Option<bool>);

#[async_trait]
impl Policy for Noting {
    async fn at_authorization(&self, _: &AuthorizationContext<'_>) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }

    async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        let compared = (context.is_same_network(), context.is_same_country());
        self.0.lock().unwrap().push(compared);
        Ok(Ruling::Allow)
    }

    async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }
}

fn at(country: &str, system: u32) -> Place {
    Place::new()
        .with_country(country)
        .with_autonomous_system(system)
}

/// Returns the comparison that a policy gets of a device and a visitor at these addresses and places.
fn compared(device: (&str, Place), visitor: (&str, Place)) -> Compared {
    let noting = Noting::default();
    let server = Server::with([], |builder| builder.policy(noting.clone()));
    let mut tv = server.t.device("tv").at(device.1);
    if let Ok(ip) = device.0.parse::<IpAddr>() {
        tv = tv.ip(ip);
    }
    let mut alice = server.t.visitor("alice").at(visitor.1);
    if let Ok(ip) = visitor.0.parse::<IpAddr>() {
        alice = alice.ip(ip);
    }
    alice.approve(&tv.authorize("").unwrap()).unwrap();
    let compared = noting.0.lock().unwrap();
    compared[0]
}

#[test]
fn neighbouring_addresses_are_one_network() {
    let cases = [
        ("192.0.2.7", "192.0.2.200", Some(true)),
        ("192.0.2.7", "192.0.3.7", Some(false)),
        ("192.0.2.7", "::ffff:192.0.2.8", Some(true)),
        ("2001:db8:1:2::3", "2001:db8:1:ffff::4", Some(true)),
        ("2001:db8:1:2::3", "2001:db8:2:2::3", Some(false)),
        ("192.0.2.7", "2001:db8::1", None),
        ("192.0.2.7", "", None),
        ("", "192.0.2.7", None),
    ];
    let nowhere = Place::new();
    for (device, visitor, is_same) in cases {
        let (network, country) = compared((device, nowhere), (visitor, nowhere));
        assert_eq!(network, is_same, "{device} {visitor}");
        assert_eq!(country, None);
    }
}

#[test]
fn an_autonomous_system_is_one_network_whatever_the_addresses() {
    let cases = [
        ("192.0.2.7", 64_500, "2001:db8::1", 64_500, Some(true)),
        ("192.0.2.7", 64_500, "203.0.113.7", 64_500, Some(true)),
        ("192.0.2.7", 64_500, "2001:db8::1", 64_501, Some(false)),
        ("192.0.2.7", 64_500, "192.0.2.8", 64_501, Some(true)),
        ("192.0.2.7", 64_500, "2001:db8::1", 0, None),
        ("", 64_500, "", 64_500, Some(true)),
    ];
    for (device, one, visitor, other, is_same) in cases {
        let (network, _) = compared((device, at("", one)), (visitor, at("", other)));
        assert_eq!(network, is_same, "{device} {one}, {visitor} {other}");
    }
}

#[test]
fn countries_are_compared_if_both_are_known() {
    let cases = [
        ("DE", "de", Some(true)),
        ("DE", "NL", Some(false)),
        ("DE", "", None),
        ("XX", "XX", None),
        ("EU", "EU", None),
        ("T1", "T1", Some(false)),
        ("T1", "DE", Some(false)),
        ("DE", "T1", Some(false)),
        ("T1", "XX", Some(false)),
    ];
    for (device, visitor, is_same) in cases {
        let (_, country) = compared(("", at(device, 0)), ("", at(visitor, 0)));
        assert_eq!(country, is_same, "{device} {visitor}");
    }
}

fn warning() -> Warning {
    Warning::new("This device is not where you are.")
}

fn guarded() -> Server {
    let nearby = Nearby::new()
        .other_country(Ruling::StepUp(SignInParameters::acr(["mfa"])))
        .other_network(Ruling::Warn(warning()));
    Server::with([], |builder| builder.policy(nearby))
}

#[test]
fn an_approval_from_another_country_takes_a_stronger_sign_in() -> Test {
    let server = guarded();
    let tv = server.t.device("tv").at(at("NL", 1)).authorize("")?;
    let alice = server.t.visitor("alice").at(at("DE", 1));
    let review = alice.review(&tv)?;
    let step_up = Err(StepError::StepUp(SignInParameters::acr(["mfa"])));
    assert_eq!(alice.approve(&review), step_up);
    let weak = alice.clone().granting(Approval::all().acr("pwd"));
    assert_eq!(weak.approve(&review), step_up);
    let strong = alice.granting(Approval::all().acr("mfa"));
    strong.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn an_approval_from_another_network_is_warned_of() -> Test {
    let server = guarded();
    let tv = server.t.device("tv").at(at("DE", 1)).authorize("")?;
    let alice = server.t.visitor("alice").at(at("DE", 2));
    let review = alice.review(&tv)?;
    let warned = Err(StepError::Warned(warning()));
    assert_eq!(alice.approve(&review), warned);
    let despite = Approval::all().despite(warning().id());
    alice.granting(despite).approve(&review)?;
    Ok(())
}

#[test]
fn an_approval_from_nearby_is_allowed() -> Test {
    let server = guarded();
    let tv = server.t.device("tv").at(at("DE", 1)).authorize("")?;
    server.t.visitor("alice").at(at("DE", 1)).approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn what_is_not_known_takes_the_strictest_ruling_that_there_is() -> Test {
    let step_up = Ruling::StepUp(SignInParameters::acr(["mfa"]));
    let warn = Ruling::Warn(warning());
    let refuse = Ruling::Refuse(ErrorResponse::access_denied());
    let stepped_up = || StepError::StepUp(SignInParameters::acr(["mfa"]));
    let forbidden = || StepError::Forbidden(ErrorResponse::access_denied());
    let warned = || StepError::Warned(warning());
    let cases = [
        (Some(&step_up), Some(&warn), Err(stepped_up())),
        (Some(&warn), Some(&step_up), Err(stepped_up())),
        (Some(&warn), Some(&refuse), Err(forbidden())),
        (Some(&refuse), Some(&step_up), Err(forbidden())),
        (None, Some(&warn), Err(warned())),
        (Some(&warn), Some(&Ruling::Allow), Err(warned())),
        (Some(&Ruling::Allow), None, Ok(())),
        (None, None, Ok(())),
    ];
    for (country, network, expected) in cases {
        let mut nearby = Nearby::new();
        if let Some(ruling) = country {
            nearby = nearby.other_country(ruling.clone());
        }
        if let Some(ruling) = network {
            nearby = nearby.other_network(ruling.clone());
        }
        let shown = format!("{nearby:?}");
        let server = Server::with([], |builder| builder.policy(nearby));
        let tv = server.t.device("tv").authorize("")?;
        let approved = server.t.visitor("alice").approve(&tv);
        assert_eq!(approved, expected, "{shown}");
    }
    Ok(())
}

#[test]
fn of_two_rulings_the_stricter_holds() -> Test {
    let nearby = Nearby::new()
        .other_country(Ruling::Warn(warning()))
        .other_network(Ruling::Refuse(ErrorResponse::access_denied()));
    let server = Server::with([], |builder| builder.policy(nearby));
    let tv = server.t.device("tv").at(at("NL", 1)).authorize("")?;
    let approved = server.t.visitor("alice").at(at("DE", 2)).approve(&tv);
    let refused = Err(StepError::Forbidden(ErrorResponse::access_denied()));
    assert_eq!(approved, refused);
    Ok(())
}

/// The policy of `docs/phishing.md`.
#[test]
fn a_strict_server_lets_no_tor_exit_through() -> Test {
    let home: IpAddr = [192, 0, 2, 7].into();
    let exit: IpAddr = "2001:db8::1".parse()?;
    // As an edge tells them, or does not.
    for (device, visitor) in [
        (at("T1", 0), at("DE", 0)),
        (at("T1", 0), at("T1", 0)),
        (at("XX", 0), at("DE", 0)),
        (at("XX", 0), at("XX", 0)),
        (Place::new(), Place::new()),
        (at("DE", 0), at("DE", 0)),
    ] {
        let server = guarded();
        let tv = server.t.device("tv").ip(exit).at(device).authorize("")?;
        let alice = server.t.visitor("alice").ip(home).at(visitor);
        let approved = alice.approve(&tv);
        let step_up = Err(StepError::StepUp(SignInParameters::acr(["mfa"])));
        assert_eq!(approved, step_up, "{device:?} {visitor:?}");
    }
    Ok(())
}

#[test]
fn a_ruling_for_what_is_not_known_comes_before_the_strictest() -> Test {
    let lenient = Nearby::new()
        .other_country(Ruling::Refuse(ErrorResponse::access_denied()))
        .unknown(Ruling::Allow);
    let server = Server::with([], |builder| builder.policy(lenient));
    let radio = server.t.device("radio").authorize("")?;
    server.t.visitor("alice").approve(&radio)?;

    let refusal = ErrorResponse::access_denied();
    let nearby = Nearby::new()
        .other_country(Ruling::Warn(warning()))
        .unknown(Ruling::Refuse(refusal.clone()));
    let strict = Server::with([], |builder| builder.policy(nearby));
    let tv = strict.t.device("tv").authorize("")?;
    let refused = strict.t.visitor("alice").approve(&tv);
    assert_eq!(refused, Err(StepError::Forbidden(refusal)));
    let known = strict.t.device("tv").at(at("DE", 0)).authorize("")?;
    strict.t.visitor("bob").at(at("DE", 0)).approve(&known)?;
    Ok(())
}
