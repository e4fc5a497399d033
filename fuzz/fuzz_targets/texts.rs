//! Texts that strangers send: user codes, tickets, identifiers, scopes, keys. What is read is written as it was read.

#![no_main]

use std::sync::LazyLock;

use device_grant::code::{CodeKeys, GrantId};
use device_grant::device_grants::{ReviewError, ReviewTicket};
use device_grant::grant::Arrival;
use device_grant::host::{Cursor, Visitor};
use device_grant::message::Scope;
use device_grant::store::MemoryStore;
use device_grant::{DeviceAuthorizationRequest, DeviceTokenRequest};
use device_grant_fuzz::{Standing, run, tv};
use libfuzzer_sys::fuzz_target;

static SERVER: LazyLock<Standing<MemoryStore>> =
    LazyLock::new(|| Standing::new(|clock| MemoryStore::new().with_clock(clock)));

fuzz_target!(|data: &str| {
    let grants = SERVER.begin();
    let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")]).expect("a request");
    run(grants.authorize(&tv(), request)).expect("nobody is limited");
    match run(grants.review(data, Arrival::Typed, &Visitor::new("alice"))) {
        Err(ReviewError::Mistyped(_) | ReviewError::Unknown) => {}
        other => panic!("a code of a stranger's: {other:?}"),
    }
    let _ = run(grants.poll(&tv(), DeviceTokenRequest::new(data))).expect("nothing fails");
    if let Ok(ticket) = data.parse::<ReviewTicket>() {
        assert_eq!(ticket.expose(), data);
    }
    if let Ok(id) = data.parse::<GrantId>() {
        assert_eq!(id.to_string(), data);
    }
    if let Ok(scope) = data.parse::<Scope>() {
        assert_eq!(scope.as_str().parse::<Scope>(), Ok(scope.clone()));
    }
    let _ = (data.parse::<Cursor>(), CodeKeys::parse(data));
});
