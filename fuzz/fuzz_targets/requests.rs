//! Any request at the endpoints: the reader of forms, of Basic credentials and of DPoP proofs, `Prefer`, origins, scopes, details,
//! redemptions.

#![no_main]

use std::sync::LazyLock;

use device_grant::http::{ClientRegistry, Dpop, Endpoint, Endpoints, Routed};
use device_grant::store::MemoryStore;
use device_grant_fuzz::{Standing, check, request, run, tv};
use libfuzzer_sys::fuzz_target;

static SERVER: LazyLock<Standing<MemoryStore>> =
    LazyLock::new(|| Standing::new(|clock| MemoryStore::new().with_clock(clock)));

fuzz_target!(|data: &[u8]| {
    let grants = SERVER.begin();
    let Some(request) = request(&SERVER.fill(data)) else {
        return;
    };
    let clients = ClientRegistry::new().public(tv());
    let endpoints = Endpoints::new(grants.clone(), clients)
        .paths(Endpoint::Revocation, ["/revoke"])
        .dpop(Dpop::new())
        .allow_origin("https://app.example")
        .expect("an origin")
        .extra_parameter("note", 20)
        .expect("a parameter");
    let (parts, body) = request.into_parts();
    let again = http::Request::from_parts(parts.clone(), body.clone());
    match run(endpoints.answer(again)) {
        Routed::Answered(response) => check(&response),
        Routed::NotOurs(given_back) => assert_eq!(*given_back.body(), body, "the body is intact"),
    }
    let _ = run(endpoints.authenticate(Endpoint::Token, &parts, &body));
});
