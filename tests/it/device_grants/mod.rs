//! The service as a host uses it, held to what its documentation says.

use std::error::Error;
use std::time::Duration;

use device_grant::Builder;
use device_grant::host::{Client, GrantStore, Redemption, Row, Terms};
use device_grant::message::{ErrorCode, ErrorResponse};
use device_grant::store::MemoryStore;
use device_grant::testing::{
    FaultyStore, ManualClock, Ran, Scenario, Script, ScriptedIssuer, StoredGrant, WaitingDevice,
    block_on, stored_in,
};
use serde_json::Value;

mod always_lost;
mod authorize;
mod bad_rows;
mod build;
mod check;
mod confirmation;
mod decide;
mod directory;
mod entry_limits;
mod events;
mod events_of_polls;
mod failures;
mod interleavings;
mod issuers;
mod late;
mod lengths;
mod limiter;
mod look_up;
mod lying_store;
mod nearby;
mod pacing;
#[cfg(feature = "page")]
mod passed_on;
mod policy;
mod poll;
mod proofs;
mod purging;
mod recheck;
mod reconfigure;
mod redeem;
mod redelivery;
mod redemption_faults;
mod redemption_window;
mod resources;
mod review;
mod revisit;
mod revoke;
mod revoker;
#[cfg(all(feature = "metrics", feature = "tracing"))]
mod secrets;
mod shared_ports;
mod shoulder_surfing;
mod sign_in;
mod slow_ports;
mod support;
mod suspend;
mod terms;
mod waiting;
mod warnings;

type Test = Result<(), Box<dyn Error>>;

const MILLI: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_secs(5);
const LIFETIME: Duration = Duration::from_secs(600);
const LEASE: Duration = Duration::from_secs(30);

/// A server with all defaults, whose tokens come from a script.
struct Server {
    t: Scenario,
    store: FaultyStore<MemoryStore>,
    issuer: ScriptedIssuer,
}

impl Server {
    fn new(script: impl IntoIterator<Item = Script>) -> Self {
        Self::with(script, |builder| builder)
    }

    fn with(
        script: impl IntoIterator<Item = Script>,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let clock = ManualClock::new();
        let issuer = ScriptedIssuer::new(script).clock(&clock);
        let store = FaultyStore::new(MemoryStore::new().with_clock(clock.clone()));
        let t = Scenario::on_clock(clock, issuer.clone(), |builder| {
            configure(builder.store(store.clone()))
        });
        Self {
            t: t.unwrap(),
            store,
            issuer,
        }
    }

    /// As [`with`](Self::with), with the store as its directory.
    fn with_directory(
        script: impl IntoIterator<Item = Script>,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let mut server = Self::with(script, |builder| builder);
        let clock = server.t.clock().clone();
        let store = server.store.clone();
        let t = Scenario::on_clock(clock, server.issuer.clone(), |builder| {
            configure(
                builder
                    .store(store.clone())
                    .directory(store)
                    .retention(3_600 * SECOND),
            )
        });
        server.t = t.unwrap();
        server
    }

    /// Another node of the same server, that reaches the grants through `store`.
    fn again_on(&self, store: impl GrantStore + 'static) -> Scenario {
        let clock = self.t.clock().clone();
        let other = Scenario::on_clock(clock, self.issuer.clone(), |builder| builder.store(store));
        other.unwrap()
    }

    /// A device whose grant alice has approved, all store calls up to then forgotten.
    fn approved_device(&self) -> WaitingDevice {
        let tv = self.t.device("tv").authorize("openid profile").unwrap();
        self.t.visitor("alice").approve(&tv).unwrap();
        self.store.forget_calls();
        tv
    }

    /// The row of a device, whatever the store's disruptions.
    fn row_of(&self, device: &WaitingDevice) -> Option<Row> {
        let Ran::Done(found) = block_on(self.store.inner().find(&device.grant_id())) else {
            panic!("the memory store answers at once");
        };
        found.unwrap()
    }

    /// Changes with each write of the grant.
    fn revision_of(&self, device: &WaitingDevice) -> u64 {
        self.row_of(device).unwrap().revision
    }

    fn grant_of(&self, device: &WaitingDevice) -> StoredGrant {
        stored_in(self.row_of(device).unwrap())
    }
}

fn client(id: &str) -> Client {
    Client::new(id).device_grant(Terms::new("openid".parse().unwrap()))
}

/// The random part of an attempt.
fn fence_of(redemption: &Redemption) -> String {
    let attempt = redemption.attempt.clone();
    attempt.split('/').next().unwrap().to_owned()
}

/// The last answer's status, its `Retry-After`, and its JSON.
fn wire(device: &WaitingDevice) -> (u16, Option<String>, Value) {
    let (status, headers, body) = device.reply().unwrap().into_parts();
    assert!(headers.contains(&("Cache-Control", "no-store".to_owned())));
    let retry_after = headers.into_iter().find(|(name, _)| *name == "Retry-After");
    let json = serde_json::from_slice(&body).unwrap();
    (status, retry_after.map(|(_, value)| value), json)
}

/// Returns an error response with only this code and its description.
fn plain_error(code: &str) -> Value {
    let code: ErrorCode = code.parse().unwrap();
    serde_json::to_value(ErrorResponse::from(code)).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
