//! The review page, as the page behind a code that was entered: the limiter, the look-up, the claim and the redirect are
//! in it, too. Over memory these are a small part.

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use device_grant::http::{Routed, SignIn, visitor_fn};
use device_grant::page::Pages;
use device_grant_benches::ours::{Device, Ours, visitor};
use device_grant_benches::timing::{ready, repeated};
use http::request::Parts;
use http::{Request, header};

fn review(criterion: &mut Criterion) {
    let mut ours = Ours::new(Device::Realistic);
    let codes = ours.authorize();
    let visitors = visitor_fn(|_: Parts| async { SignIn::As(visitor()) });
    let pages = Pages::new(ours.grants.clone(), visitors)
        .host_name("Example")
        .application("tv", "Example TV");
    let form = Bytes::from(format!("user_code={}", codes.user_code));
    let answer = |request: Request<Bytes>| match ready(pages.answer(request)) {
        Routed::Answered(response) => response,
        Routed::NotOurs(_) => panic!("the page is not where it should be"),
    };
    let enter = || {
        let request = Request::post("/activate")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(form.clone())
            .expect("a request");
        let redirect = answer(request);
        let mut cookies = redirect.headers().get_all(header::SET_COOKIE).iter();
        let request = Request::get(
            redirect.headers()[header::LOCATION]
                .to_str()
                .expect("a path"),
        )
        .header(header::COOKIE, cookies.next().expect("the review"))
        .body(Bytes::new())
        .expect("a request");
        answer(request)
    };
    let page = enter();
    let html = std::str::from_utf8(page.body()).expect("HTML");
    assert!(html.contains("<h1>Allow"), "{html}");
    println!("the review page has {} bytes", html.len());
    criterion.bench_function("enter a code and get the review page", |bencher| {
        bencher.iter_custom(|iterations| repeated(iterations, enter));
    });
}

criterion_group!(benches, review);
criterion_main!(benches);
