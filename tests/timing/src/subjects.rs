//! The comparisons: what is timed, and the two classes of its input.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use device_grant::grant::Arrival;
use device_grant::host::{Client, Redemption, Terms, Visitor, issuer_fn};
use device_grant::http::{ClientCredentials, ClientDirectory, ClientRegistry};
use device_grant::message::{DeviceAuthorizationResponse, TokenResponse};
use device_grant::store::MemoryStore;
use device_grant::testing::Unlimited;
use device_grant::{
    Approval, DeviceAuthorizationRequest, DeviceGrants, DeviceTokenRequest, ReviewTicket,
};

use crate::ready::ready;
use crate::sampling::{Times, measure};

/// A comparison of two classes.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) classes: [&'static str; 2],
    /// True if the classes are to differ, as those of the control are. None if they may: `docs/timing.md` says why.
    pub(crate) must_differ: Option<bool>,
    pub(crate) measure: fn(usize, usize) -> Times,
}

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        name: "control: a comparison that returns at the first wrong byte",
        classes: ["first byte wrong", "last byte wrong"],
        must_differ: Some(true),
        measure: control,
    },
    Subject {
        name: "client secret",
        classes: ["first character wrong", "last character wrong"],
        must_differ: Some(false),
        measure: client_secret,
    },
    Subject {
        name: "client",
        classes: ["wrong secret", "unknown client"],
        must_differ: None,
        measure: unknown_client,
    },
    Subject {
        name: "review ticket",
        classes: ["first digit wrong", "last digit wrong"],
        must_differ: Some(false),
        measure: ticket,
    },
    Subject {
        name: "device code",
        classes: ["unknown", "another client's"],
        must_differ: Some(false),
        measure: device_code_of_another_client,
    },
    Subject {
        name: "device code",
        classes: ["first character wrong", "last but one wrong"],
        must_differ: Some(false),
        measure: device_code_by_place,
    },
    Subject {
        name: "user code",
        classes: ["unknown", "another issuer's"],
        must_differ: Some(false),
        measure: user_code_of_another_issuer,
    },
    Subject {
        name: "user code",
        classes: ["unknown", "used"],
        must_differ: None,
        measure: used_user_code,
    },
];

/// Grants of each kind: no input is much warmer in the caches than another.
const GRANTS: usize = 1_000;
const SECRET: &str = "bm90IGEgc2VjcmV0OiBmb3IgdGVzdHMgb2YgdGltaW5nLCA0OCBieXRlcyBvZiBpdC4u";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The text with another character at this place, of the same kind.
fn changed(text: &str, place: usize) -> String {
    let change = |(at, letter): (usize, char)| match letter {
        _ if at != place => letter,
        'a' => 'b',
        _ => 'a',
    };
    text.chars().enumerate().map(change).collect()
}

fn control(samples: usize, run: usize) -> Times {
    let wrong = [changed(SECRET, 0), changed(SECRET, SECRET.len() - 1)];
    let early = |presented: &str| {
        for (one, other) in presented.bytes().zip(SECRET.bytes()) {
            if black_box(one) != black_box(other) {
                return false;
            }
        }
        true
    };
    measure(samples, run, |first, _| &*wrong[usize::from(!first)], early)
}

fn client_secret(samples: usize, run: usize) -> Times {
    let registry = ClientRegistry::new().confidential(Client::new("tv"), SECRET);
    let wrong = [changed(SECRET, 0), changed(SECRET, SECRET.len() - 1)];
    measure(
        samples,
        run,
        |first, _| ClientCredentials::new("tv").with_secret(&wrong[usize::from(!first)]),
        |credentials| ready(registry.authenticate(&credentials)).map(|client| client.is_none()),
    )
}

fn unknown_client(samples: usize, run: usize) -> Times {
    let registry = ClientRegistry::new().confidential(Client::new("tv"), SECRET);
    let wrong = changed(SECRET, 0);
    measure(
        samples,
        run,
        |first, _| ClientCredentials::new(if first { "tv" } else { "no" }).with_secret(&wrong),
        |credentials| ready(registry.authenticate(&credentials)).map(|client| client.is_none()),
    )
}

fn ticket(samples: usize, run: usize) -> Times {
    let house = House::new();
    let tickets: Vec<[ReviewTicket; 2]> = house
        .codes(&house.ours, "tv")
        .iter()
        .map(|codes| {
            let ticket = house.review(codes).expose();
            let nonce = ticket.find('.').expect("a dot") + 1;
            let wrong = |place| changed(&ticket, place).parse().expect("a ticket");
            [wrong(nonce), wrong(ticket.len() - 1)]
        })
        .collect();
    measure(
        samples,
        run,
        |first, number| &tickets[number % GRANTS][usize::from(!first)],
        |ticket| ready(house.ours.approve(ticket, &alice(), Approval::all())).is_err(),
    )
}

fn device_code_of_another_client(samples: usize, run: usize) -> Times {
    let house = House::new();
    let unknown = house.codes(&House::new().ours, "tv");
    let foreign = house.codes(&house.ours, "cli");
    house.measure_polls(
        samples,
        run,
        &device_codes(&unknown),
        &device_codes(&foreign),
    )
}

fn device_code_by_place(samples: usize, run: usize) -> Times {
    let house = House::new();
    let live = device_codes(&house.codes(&house.ours, "tv"));
    let wrong = |place: fn(&str) -> usize| -> Vec<String> {
        live.iter().map(|code| changed(code, place(code))).collect()
    };
    // The very last character has bits that must be zero: another one there is no device code at all.
    house.measure_polls(samples, run, &wrong(|_| 0), &wrong(|code| code.len() - 2))
}

fn user_code_of_another_issuer(samples: usize, run: usize) -> Times {
    let house = House::new();
    let unknown = house.codes(&House::new().ours, "tv");
    let foreign = house.codes(&house.theirs, "tv");
    house.measure_reviews(samples, run, &user_codes(&unknown), &user_codes(&foreign))
}

fn used_user_code(samples: usize, run: usize) -> Times {
    let house = House::new();
    let unknown = house.codes(&House::new().ours, "tv");
    let used = house.codes(&house.ours, "tv");
    for codes in &used {
        let ticket = house.review(codes);
        ready(house.ours.approve(&ticket, &alice(), Approval::all())).expect("it was reviewed");
    }
    house.measure_reviews(samples, run, &user_codes(&unknown), &user_codes(&used))
}

/// Two issuers on one store.
struct House {
    ours: DeviceGrants,
    theirs: DeviceGrants,
}

impl House {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let on = |issuer: &str| {
            let tokens = issuer_fn(|_: Redemption| async {
                Ok(TokenResponse::bearer("token", Duration::from_secs(3_600)))
            });
            DeviceGrants::builder(issuer, tokens)
                .verification_uri(format!("{issuer}/activate"))
                .in_memory()
                .store(store.clone())
                .limiter(Unlimited)
                .build()
                .expect("the settings are sound")
        };
        Self {
            ours: on("https://id.example"),
            theirs: on("https://other.example"),
        }
    }

    /// The codes of a thousand devices of this client.
    fn codes(&self, grants: &DeviceGrants, client: &str) -> Vec<DeviceAuthorizationResponse> {
        let client = device_client(client);
        let device = |_| ready(grants.authorize(&client, DeviceAuthorizationRequest::default()));
        (0..GRANTS)
            .map(|number| device(number).expect("codes are issued"))
            .collect()
    }

    fn review(&self, codes: &DeviceAuthorizationResponse) -> ReviewTicket {
        ready(self.ours.review(&codes.user_code, Arrival::Typed, &alice()))
            .expect("the code is live")
            .ticket
    }

    fn measure_polls(&self, samples: usize, run: usize, one: &[String], other: &[String]) -> Times {
        let client = device_client("tv");
        let prepare = |first, number: usize| {
            let code = &(if first { one } else { other })[number % GRANTS];
            let pairs = [("grant_type", DEVICE_CODE), ("device_code", code)];
            DeviceTokenRequest::from_pairs(pairs).expect("a good request")
        };
        measure(samples, run, prepare, |request| {
            ready(self.ours.poll(&client, request)).expect("memory does not fail")
        })
    }

    fn measure_reviews(
        &self,
        samples: usize,
        run: usize,
        one: &[String],
        other: &[String],
    ) -> Times {
        let visitor = alice();
        let prepare = |first, number: usize| &*(if first { one } else { other })[number % GRANTS];
        measure(samples, run, prepare, |code| {
            ready(self.ours.review(code, Arrival::Typed, &visitor)).is_err()
        })
    }
}

fn device_client(id: &str) -> Client {
    Client::new(id).device_grant(Terms::new("openid".parse().expect("a scope")))
}

fn alice() -> Visitor {
    Visitor::new("alice").with_session("laptop")
}

fn device_codes(codes: &[DeviceAuthorizationResponse]) -> Vec<String> {
    let text = |codes: &DeviceAuthorizationResponse| codes.device_code.clone();
    codes.iter().map(text).collect()
}

fn user_codes(codes: &[DeviceAuthorizationResponse]) -> Vec<String> {
    let text = |codes: &DeviceAuthorizationResponse| codes.user_code.clone();
    codes.iter().map(text).collect()
}
