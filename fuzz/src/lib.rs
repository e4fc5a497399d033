//! The server that the targets attack, and requests made of any bytes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use device_grant::host::{Client, GrantStore, Redemption, Terms, issuer_fn};
use device_grant::message::TokenResponse;
use device_grant::testing::{ManualClock, Ran, Unlimited, block_on};
use device_grant::{Builder, DeviceGrants};
use http::{Request, Response};

/// A server with all defaults, that limits nobody.
fn server(store: impl GrantStore + 'static) -> Builder {
    let issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("token", Duration::from_secs(60)))
    });
    DeviceGrants::builder("https://id.example", issuer)
        .verification_uri("https://id.example/activate")
        .in_memory()
        .store(store)
        .limiter(Unlimited)
}

/// One server for all runs, because to build one takes longer than what is asked of it. Each run begins an hour after the one
/// before it, and all that is due is forgotten.
#[derive(Debug)]
pub struct Standing<S> {
    /// The store.
    pub store: Arc<S>,
    /// The server.
    pub grants: DeviceGrants,
    clock: ManualClock,
}

impl<S: GrantStore + 'static> Standing<S> {
    /// A server on the store that `store` makes on its clock.
    pub fn new(store: impl FnOnce(ManualClock) -> S) -> Self {
        let clock = ManualClock::new();
        let store = Arc::new(store(clock.clone()));
        let builder = server(store.clone()).clock(clock.clone());
        Self {
            store,
            grants: builder.build().expect("it is sound"),
            clock,
        }
    }

    /// Begins a run.
    pub fn begin(&self) -> &DeviceGrants {
        self.clock.advance(Duration::from_secs(3_600));
        run(self.grants.purge(10)).expect("nothing fails");
        &self.grants
    }
}

/// A public client that may ask for `openid` and `profile`.
pub fn tv() -> Client {
    let terms = Terms::new("openid profile".parse().expect("a scope"));
    Client::new("tv").device_grant(terms)
}

/// Runs a future that waits for nothing outside the process.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    match block_on(future) {
        Ran::Done(done) => done,
        Ran::Hung => panic!("it waits for something that never comes"),
        Ran::Panicked(message) => panic!("{message}"),
    }
}

/// The request that the bytes say: a line for the method and the target, a line for each header field, an empty line, and the
/// body. `None` if no such request can reach a server.
pub fn request(data: &[u8]) -> Option<Request<Bytes>> {
    let (head, body) = match data.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&data[..end], &data[end + 2..]),
        None => (data, &data[..0]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut first = lines.next()?.splitn(2, |byte| *byte == b' ');
    let mut request = Request::builder().method(first.next()?).uri(first.next()?);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        request = request.header(&line[..colon], &line[colon + 1..]);
    }
    request.body(Bytes::copy_from_slice(body)).ok()
}

/// Checks what every answer keeps.
pub fn check(response: &Response<Bytes>) {
    assert_ne!(response.status(), 500, "{response:?}");
    let no_store = response.headers().get("cache-control");
    let is_for_everybody = response.status() == 204 || response.status() == 200;
    assert!(is_for_everybody || no_store.is_some(), "{response:?}");
}
