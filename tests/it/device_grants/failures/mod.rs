//! The effects of each failure: the golden cases of `docs/failures.md`, which has a row for each.

#[macro_use]
#[path = "../../../../src/http/tests/errors/cases.rs"]
mod cases;

mod case;
mod deciding;
mod lost;
mod redeeming;
mod starting;
mod table;

use device_grant::Builder;
use device_grant::host::Redemption;
use device_grant::testing::{Poll, Script, StepError, WaitingDevice};

use self::case::Case;
use self::table::{Row, golden};
use super::{INTERVAL, Server, Test, wire};

/// A device whose grant is approved, and what it has heard since.
struct Redeeming {
    server: Server,
    tv: WaitingDevice,
    heard: Vec<String>,
}

impl Redeeming {
    fn new(script: impl IntoIterator<Item = Script>) -> Self {
        Self::with(script, |builder| builder)
    }

    fn with(
        script: impl IntoIterator<Item = Script>,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let server = Server::with(script, configure);
        let tv = server.approved_device();
        server.t.events().clear();
        Self {
            server,
            tv,
            heard: Vec::new(),
        }
    }

    /// The poll that meets the failure; the store is well again afterwards.
    fn poll(&mut self) -> &mut Self {
        let polled = self.tv.poll();
        self.server.store.heal();
        self.heard.push(heard(&self.tv, &polled));
        self
    }

    /// Polls at the interval until there is a definite answer, and holds the failure against its row.
    fn golden(mut self, case: Case) -> Test {
        if self.heard.is_empty() {
            self.poll();
        }
        while self.heard.last().is_some_and(|last| is_open(last)) {
            self.server.t.advance(INTERVAL);
            self.poll();
        }
        let host = self.server.t.events().names();
        let issuer = attempts(&self.server, &self.tv);
        let person = self.what_the_person_has_to_do();
        golden(
            case,
            &Row {
                device: sequence(self.heard),
                issuer,
                person: person.to_owned(),
                host: sequence(host.iter().map(|name| format!("`{name}`")).collect()),
            },
        );
        Ok(())
    }

    /// Tries what a person would.
    fn what_the_person_has_to_do(&self) -> &'static str {
        if self.heard.last().is_some_and(|last| last == "tokens") {
            return "nothing";
        }
        let again = self.server.approved_device();
        match again.poll() {
            Ok(Poll::Tokens) => "start again",
            refused => {
                assert_eq!(refused, Ok(Poll::Refused));
                "ask for access, then start again"
            }
        }
    }
}

/// Returns the answer to the device, in the words of the table.
fn heard(device: &WaitingDevice, polled: &Result<Poll, StepError>) -> String {
    if matches!(polled, Ok(Poll::Hung | Poll::Panicked)) {
        return "nothing".to_owned();
    }
    let (status, _, json) = wire(device);
    match json.get("error") {
        Some(error) => format!("`{}`", error.as_str().unwrap()),
        None => {
            assert_eq!(status, 200);
            "tokens".to_owned()
        }
    }
}

fn is_open(heard: &str) -> bool {
    let is_open = [
        "nothing",
        "`authorization_pending`",
        "`temporarily_unavailable`",
        "`server_error`",
    ];
    is_open.contains(&heard)
}

/// For what the issuer was asked, and what came of the tokens.
fn attempts(server: &Server, device: &WaitingDevice) -> String {
    let asked = server.issuer.asked();
    let asked = asked.iter().filter(|of| of.grant.id == device.grant_id());
    let attempts: Vec<String> = asked.map(|of| attempt(server, device, of)).collect();
    match &attempts[..] {
        [] => "nothing".to_owned(),
        [first, .., last] if attempts.len() > 3 => format!("{first} to {last}"),
        _ => attempts.join("; "),
    }
}

fn attempt(server: &Server, device: &WaitingDevice, redemption: &Redemption) -> String {
    let attempt = &redemption.attempt;
    let again = if redemption.is_redelivery {
        " again"
    } else {
        ""
    };
    let issued = server.issuer.issued().into_iter();
    let mut issued = issued.filter(|tokens| tokens.attempt == *attempt);
    let tokens = match redemption.is_redelivery {
        true => issued.nth(1),
        false => issued.next(),
    };
    let delivered = device.tokens().map(|tokens| tokens.access_token.to_owned());
    let what = match tokens {
        None => "",
        Some(tokens) if Some(&tokens.access_token) == delivered.as_ref() => ", delivered",
        Some(tokens) if server.issuer.discarded().contains(&tokens) => ", discarded",
        Some(_) => ", lost",
    };
    format!("attempt {}{again}{what}", redemption.ordinal)
}

/// One after the other, each said once.
fn sequence(mut steps: Vec<String>) -> String {
    steps.dedup();
    match &steps[..] {
        [] => "nothing".to_owned(),
        _ => steps.join(", "),
    }
}
