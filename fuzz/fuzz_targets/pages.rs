//! Any request at the pages of a person who is signed in: paths, cookies, forms, languages, reviews and decisions.

#![no_main]

use std::sync::LazyLock;

use device_grant::host::async_trait;
use device_grant::http::{Routed, SignIn, VisitorSource};
use device_grant::page::Pages;
use device_grant::store::MemoryStore;
use device_grant_fuzz::{Standing, alice, check, request, run};
use http::request::Parts;
use libfuzzer_sys::fuzz_target;

/// Signs the same person in, whatever the request is.
struct Alice;

#[async_trait]
impl VisitorSource for Alice {
    async fn visitor(&self, _: &Parts) -> SignIn {
        SignIn::As(alice())
    }
}

static SERVER: LazyLock<Standing<MemoryStore>> =
    LazyLock::new(|| Standing::new(|clock| MemoryStore::new().with_clock(clock)));

fuzz_target!(|data: &[u8]| {
    let grants = SERVER.begin();
    let Some(request) = request(&SERVER.fill(data)) else {
        return;
    };
    let pages = Pages::new(grants.clone(), Alice);
    let body = request.body().clone();
    match run(pages.answer(request)) {
        Routed::Answered(response) => check(&response),
        Routed::NotOurs(given_back) => assert_eq!(*given_back.body(), body, "the body is intact"),
    }
});
