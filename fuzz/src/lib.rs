//! The server that the targets attack, and requests made of any bytes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use device_grant::grant::Arrival;
use device_grant::host::{Client, GrantStore, Redemption, Terms, Visitor, issuer_fn};
use device_grant::message::{DeviceAuthorizationResponse, TokenResponse};
use device_grant::testing::{ManualClock, Ran, Unlimited, block_on};
use device_grant::{Approval, Builder, DeviceAuthorizationRequest, DeviceGrants};
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

    /// Puts live codes of a run in the place of their names, for what a run of chance never guesses: `$D` is a device code, `$U`
    /// its user code, `$T` alice's ticket for it, and `$A` a device code that alice has approved.
    pub fn fill(&self, data: &[u8]) -> Vec<u8> {
        if !data.contains(&b'$') {
            return data.to_vec();
        }
        let (visitor, grants) = (alice(), &self.grants);
        let [pending, approved] = [self.authorized(), self.authorized()];
        let [ticket, other] = [&pending, &approved].map(|codes| {
            let review = grants.review(&codes.user_code, Arrival::Typed, &visitor);
            run(review).expect("it is live").ticket
        });
        let approval = grants.approve(&other, &visitor, Approval::all());
        run(approval).expect("alice may");
        let names: [(&[u8], &str); 4] = [
            (b"$D", &pending.device_code),
            (b"$U", &pending.user_code),
            (b"$T", &ticket.expose()),
            (b"$A", &approved.device_code),
        ];
        let mut filled = data.to_vec();
        for (name, value) in names {
            let places = filled.windows(2).enumerate();
            let found: Vec<usize> = places
                .filter(|(_, pair)| *pair == name)
                .map(|(at, _)| at)
                .collect();
            for at in found.into_iter().rev() {
                filled.splice(at..at + 2, value.bytes());
            }
        }
        filled
    }

    fn authorized(&self) -> DeviceAuthorizationResponse {
        let scope = [("scope", "openid profile")];
        let request = DeviceAuthorizationRequest::from_pairs(scope).expect("a request");
        run(self.grants.authorize(&tv(), request)).expect("nobody is limited")
    }
}

/// The person of the pages.
pub fn alice() -> Visitor {
    Visitor::new("alice").with_session("a browser")
}

/// A public client that may ask for `openid` and `profile`, and for authorization details.
pub fn tv() -> Client {
    let terms = Terms::new("openid profile".parse().expect("a scope"));
    Client::new("tv").device_grant(terms.authorization_details_types(["payment", "files"]))
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
    let has = |secret: &[u8]| {
        response
            .body()
            .windows(secret.len())
            .any(|part| part == secret)
    };
    let secrets: [&[u8]; 3] = [
        b"\"device_code\":",
        b"\"access_token\":",
        b"name=\"ticket\"",
    ];
    let is_kept = no_store.is_some_and(|value| value == "no-store");
    assert!(is_kept || !secrets.into_iter().any(has), "{response:?}");
}
