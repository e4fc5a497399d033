//! The server of the lessons.

use std::error::Error;
use std::time::Duration;

use device_grant::Builder;
use device_grant::host::{Client, GrantStore, Row, Terms};
use device_grant::store::MemoryStore;
use device_grant::testing::{
    FaultyStore, ManualClock, Ran, Scenario, Script, ScriptedIssuer, StoredGrant, WaitingDevice,
    block_on, stored_in,
};

pub(crate) type Lesson = Result<(), Box<dyn Error>>;

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);
pub(crate) const LEASE: Duration = Duration::from_secs(30);

pub(crate) struct Server {
    pub(crate) t: Scenario,
    pub(crate) store: FaultyStore<MemoryStore>,
    pub(crate) issuer: ScriptedIssuer,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let clock = ManualClock::new();
        let issuer = ScriptedIssuer::new([]).clock(&clock);
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

    pub(crate) fn scripted(script: impl IntoIterator<Item = Script>) -> Self {
        let server = Self::new();
        for line in script {
            server.issuer.then(line);
        }
        server
    }

    pub(crate) fn device(&self) -> WaitingDevice {
        self.t.device("tv").authorize("openid profile").unwrap()
    }

    pub(crate) fn approved_device(&self) -> WaitingDevice {
        let tv = self.device();
        self.t.visitor("alice").approve(&tv).unwrap();
        tv
    }

    pub(crate) fn grant_of(&self, device: &WaitingDevice) -> StoredGrant {
        stored_in(self.row_of(device))
    }

    pub(crate) fn row_of(&self, device: &WaitingDevice) -> Row {
        let found = block_on(self.store.inner().find(&device.grant_id()));
        let Ran::Done(Ok(Some(row))) = found else {
            panic!("{found:?}");
        };
        row
    }
}

/// A client on these terms and with the grant.
pub(crate) fn client(id: &str) -> Client {
    Client::new(id).device_grant(Terms::new("openid profile".parse().unwrap()))
}
