//! Any record that a store may hand out: one that was written by somebody else, or half of one. It is read or is a fault, and a
//! fault leaves it as it was.

#![no_main]

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use device_grant::code::GrantId;
use device_grant::code::UserCodeDigest;
use device_grant::grant::{Arrival, Timestamp};
use device_grant::host::{
    Body, GrantStore, NewRow, PollRecord, PortError, Replacement, Row, Visitor, async_trait,
};
use device_grant::store::MemoryStore;
use device_grant::{Approval, DeviceAuthorizationRequest, DeviceTokenRequest};
use device_grant_fuzz::{Standing, run, tv};
use libfuzzer_sys::fuzz_target;

/// A store whose records somebody changes.
#[derive(Default)]
struct Changed {
    inner: MemoryStore,
    change: std::sync::Mutex<Vec<u8>>,
    writes: AtomicUsize,
}

impl Changed {
    /// The record with the change: the change alone, or pairs of a place and a byte.
    fn change(&self, mut row: Row) -> Row {
        let change = self.change.lock().expect("nobody panicked");
        if let Some((mode, rest)) = change.split_first() {
            row.body = if mode % 2 == 0 {
                Body::from(rest)
            } else {
                let mut body = row.body.as_bytes().to_vec();
                for place in rest.chunks_exact(3) {
                    let at =
                        usize::from(u16::from_le_bytes([place[0], place[1]])) % body.len().max(1);
                    if let Some(byte) = body.get_mut(at) {
                        *byte = place[2];
                    }
                }
                Body::from(body)
            };
        }
        row
    }
}

#[async_trait]
impl GrantStore for Changed {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        self.inner.insert(new).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        Ok(self.inner.find(id).await?.map(|row| self.change(row)))
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        let rows = self.inner.find_by_user_code(codes).await?;
        Ok(rows.into_iter().map(|row| self.change(row)).collect())
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.inner.replace(replacement).await
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        let row = self.inner.record_poll(poll).await?;
        Ok(row.map(|row| self.change(row)))
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.inner.now().await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.inner.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}

static SERVER: LazyLock<Standing<Changed>> = LazyLock::new(|| {
    Standing::new(|clock| Changed {
        inner: MemoryStore::new().with_clock(clock),
        ..Changed::default()
    })
});

fuzz_target!(|data: &[u8]| {
    let Some((stage, change)) = data.split_first() else {
        return;
    };
    let store = &SERVER.store;
    store.change.lock().expect("nobody panicked").clear();
    let grants = SERVER.begin();
    let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")]).expect("a request");
    let device = run(grants.authorize(&tv(), request)).expect("nobody is limited");
    let alice = Visitor::new("alice");
    let ticket = (stage % 5 > 0).then(|| {
        run(grants.review(&device.user_code, Arrival::Typed, &alice))
            .expect("it is hers")
            .ticket
    });
    let poll = || run(grants.poll(&tv(), DeviceTokenRequest::new(&*device.device_code)));
    match (stage % 5, &ticket) {
        (2, Some(ticket)) => {
            drop(run(grants.approve(ticket, &alice, Approval::all())).expect("she may"))
        }
        (3, Some(ticket)) => run(grants.deny(ticket, &alice)).expect("she may"),
        (4, Some(ticket)) => {
            let _ = run(grants.approve(ticket, &alice, Approval::all())).expect("she may");
            let _ = poll().expect("nothing fails");
        }
        _ => {}
    }
    *store.change.lock().expect("nobody panicked") = change.to_vec();
    let writes = store.writes.load(Ordering::Relaxed);
    if poll().is_err() {
        assert_eq!(
            store.writes.load(Ordering::Relaxed),
            writes,
            "what cannot be read stays as it was"
        );
    }
    let _ = run(grants.review(&device.user_code, Arrival::Typed, &alice));
    if let Some(ticket) = &ticket {
        let _ = run(grants.approve(ticket, &alice, Approval::all()));
        let _ = run(grants.deny(ticket, &alice));
        let _ = run(grants.revoke_as_administrator(&ticket.grant_id()));
    }
    let _ = poll();
});
