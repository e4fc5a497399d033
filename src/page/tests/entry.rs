use std::future::ready;
use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::request::Parts;
use http::{Method, Request, StatusCode};

use super::site::{Browser, Page, Site};
use crate::grant::Place;
use crate::host::{Source, Visitor};
use crate::http::{RequestFacts, SignIn, visitor_fn};
use crate::page::Pages;

#[test]
fn a_signed_in_visitor_gets_an_empty_form() {
    let site = Site::new();
    let page = site.browser("alice").get("/activate");
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.input("user_code"), Some(""));
    assert!(page.has("XXXX-XXXX"));
    assert!(page.has(", or is longer, up to 12 characters"));
}

#[test]
fn a_visitor_who_is_not_signed_in_is_sent_to_the_login() {
    let site = Site::new();
    let page = site.browser("").get("/activate");
    assert_eq!(page.status(), StatusCode::SEE_OTHER);
    assert_eq!(page.header("location"), "/login?return_to=%2Factivate");
}

#[test]
fn a_link_fills_the_form_in_and_leaves_no_code_in_any_url() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("");
    let first = browser.get(&format!(
        "/activate?user_code={}&ui_locales=de",
        device.code()
    ));
    assert_eq!(first.status(), StatusCode::SEE_OTHER);
    assert_eq!(first.header("location"), "/activate?ui_locales=de");
    assert_eq!(first.header("referrer-policy"), "no-referrer");

    let login = browser.get("/activate");
    assert!(!login.header("location").contains(device.code()));
    browser.user = "alice";
    let form = browser.get("/activate");
    assert_eq!(form.input("user_code"), Some(device.code()));
    assert_eq!(form.input("via"), Some("link"));
    assert!(!title(&form).contains(device.code()));
}

#[test]
fn the_cookie_is_kept_from_scripts_other_paths_and_plain_http() {
    let site = Site::new();
    let page = site.browser("").get("/activate?user_code=WDJB-MJHT");
    let cookie = page.header("set-cookie");
    for attribute in [
        "Path=/;",
        "HttpOnly",
        "SameSite=Lax",
        "Secure",
        "Max-Age=600",
    ] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
    assert!(cookie.starts_with("__Host-"));
    assert!(!cookie.contains("WDJB"), "{cookie}");
}

#[test]
fn an_encoded_name_of_the_parameter_leaves_the_url_too() {
    let site = Site::new();
    let page = site
        .browser("alice")
        .get("/activate?a=1&user%5Fcode=WDJB-MJHT&b=2");
    assert_eq!(page.header("location"), "/activate?a=1&b=2");
}

#[test]
fn a_link_with_something_else_than_a_code_fills_nothing_in() {
    let site = Site::new();
    let long = "B".repeat(1_000);
    for junk in ["%E2%80%AE", "%0d%0a", "", long.as_str(), "%00"] {
        let mut browser = site.browser("alice");
        browser.get(&format!("/activate?user_code={junk}"));
        assert_eq!(
            browser.get("/activate").input("user_code"),
            Some(""),
            "{junk}"
        );
    }
}

#[test]
fn what_hides_in_a_link_is_not_filled_in() {
    let site = Site::new();
    let mut browser = site.browser("alice");
    browser.get("/activate?user_code=%E2%80%AEWDJB%E2%80%8B-%00MJHT");
    let form = browser.get("/activate");
    assert_eq!(form.input("user_code"), Some("WDJB-MJHT"));
}

#[test]
fn a_link_to_a_page_of_its_own_query_keeps_that() {
    let site = Site::new();
    let page = site.browser("alice").get("/activate/?tenant=1");
    assert_eq!(page.status(), StatusCode::SEE_OTHER);
    assert_eq!(page.header("location"), "/activate?tenant=1");
}

#[test]
fn a_typed_code_leads_to_its_review() {
    let site = Site::new();
    let device = site.device();
    let page = site.browser("alice").review(&device.code().to_lowercase());
    assert!(page.has("Example TV"));
    assert!(page.has(device.code()));
    assert!(page.has("Check that your device shows this code."));
}

#[test]
fn a_sentence_that_was_pasted_gives_its_code() {
    let site = Site::new();
    let device = site.device();
    let sentence = format!(
        "Your code is {}. It is valid for 10 minutes.",
        device.code()
    );
    let page = site.browser("alice").review(&sentence);
    assert_eq!(page.input("user_code"), Some(device.code()));
}

#[test]
fn a_code_from_a_link_is_to_be_compared() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    browser.get(&format!("/activate?user_code={}", device.code()));
    let form = browser.get("/activate");
    let filled = [
        ("user_code", form.input("user_code").unwrap()),
        ("via", "link"),
    ];
    let page = browser.post("/activate", &filled);
    assert!(page.has("This code came in a link"));
    assert!(!browser.carries_a_code());
}

#[test]
fn a_code_typed_before_the_sign_in_rides_through_it() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("");
    let page = browser.post("/activate", &[("user_code", device.code())]);
    assert_eq!(
        page.header("refresh"),
        "0; url=/login?return_to=%2Factivate"
    );
    assert!(!page.has(device.code()));
    browser.user = "alice";
    let form = browser.get("/activate");
    assert_eq!(form.input("user_code"), Some(device.code()));
    assert_eq!(form.input("via"), None);
}

#[test]
fn a_mistyped_code_is_explained_kept_and_not_looked_up() {
    let site = Site::new();
    let page = site
        .browser("alice")
        .post("/activate", &[("user_code", "WDJB-MJH")]);
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    assert!(page.has("The code has 8–12 characters, and you entered 7."));
    assert!(page.has("aria-invalid=\"true\""));
    assert_eq!(page.input("user_code"), Some("WDJB-MJH"));
    assert_eq!(site.store.reads.load(Ordering::SeqCst), 0);
}

#[test]
fn an_unknown_an_expired_and_a_used_code_look_alike() {
    let site = Site::new();
    let (expired, used) = (site.device(), site.device());
    let mut browser = site.browser("alice");
    let ticket = browser.review(used.code()).ticket();
    browser.decide(&ticket, "deny");
    site.pass(Duration::from_secs(600));
    let pages = ["BCDF-GHJK", expired.code(), used.code()].map(|code| {
        let page = browser.post("/activate", &[("user_code", code)]);
        assert_eq!(page.status(), StatusCode::BAD_REQUEST);
        page.html().replace(code, "code")
    });
    assert_eq!(pages[0], pages[1]);
    assert_eq!(pages[0], pages[2]);
}

#[test]
fn too_many_codes_are_answered_429_with_a_time() {
    let site = Site::new();
    let mut browser = site.browser("alice");
    let wrong =
        |browser: &mut Browser<'_>| browser.post("/activate", &[("user_code", "BCDF-GHJK")]);
    let page = (0..6).map(|_| wrong(&mut browser)).last().unwrap();
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(page.header("retry-after").parse::<u64>().unwrap() > 0);
    assert!(page.has("Try again in"));
}

#[test]
fn another_visitor_is_told_what_an_unknown_code_is_told() {
    let site = Site::new();
    let device = site.device();
    site.browser("alice").review(device.code());
    let page = site
        .browser("bob")
        .post("/activate", &[("user_code", device.code())]);
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    assert!(page.has("This code is not valid, or no longer."));
}

#[test]
fn a_get_reads_and_writes_nothing() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    let counts =
        || [&site.store.reads, &site.store.writes].map(|count| count.load(Ordering::SeqCst));
    let before = counts();
    let uris = [
        "/activate".to_owned(),
        "/activate/".to_owned(),
        format!("/activate?user_code={}", device.code()),
        format!("/activate/decision?ticket={ticket}&decision=approve"),
    ];
    for uri in &uris {
        for _ in 0..1_000 {
            for method in [Method::GET, Method::HEAD] {
                browser.send(method, uri, &[], "");
            }
        }
    }
    assert_eq!(counts(), before);
    assert!(site.poll(&device).is_pending());
}

#[test]
fn the_visitor_keeps_the_language_of_the_link() {
    let site = Site::new();
    let mut browser = site.browser("alice");
    browser.language = "en, de;q=0.5";
    let form = browser.get("/activate?ui_locales=de");
    assert!(form.has("<html lang=\"de\" dir=\"ltr\">"));
    let again = browser.post("/activate", &[("user_code", "x"), ("ui_locales", "de")]);
    assert!(again.has("<html lang=\"de\" dir=\"ltr\">"));
    browser.language = "ar,en;q=0.5";
    assert!(
        browser
            .get("/activate")
            .has("<html lang=\"ar\" dir=\"rtl\">")
    );
}

#[test]
fn when_sessions_cannot_be_told_nothing_is_looked_up() {
    let site = Site::new();
    let mut browser = site.browser("nobody knows");
    for page in [
        browser.get("/activate"),
        browser.post("/activate", &[("user_code", "BCDF-GHJK")]),
    ] {
        assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(page.header("retry-after"), "5");
    }
    assert_eq!(site.store.reads.load(Ordering::SeqCst), 0);
    let causes = site.causes();
    let cause = "the visitor source cannot be used: the sessions are away";
    assert_eq!(causes, [cause, cause]);
}

fn title(page: &Page) -> &str {
    let html = page.html();
    html.split_once("<title>")
        .unwrap()
        .1
        .split_once("</title>")
        .unwrap()
        .0
}

#[tokio::test]
async fn a_visitor_without_an_address_comes_from_where_the_request_does() {
    let alice = || Visitor::new("alice");
    let (ip, other) = ([192, 0, 2, 7].into(), IpAddr::from([203, 0, 113, 1]));
    assert_eq!(sources_of(alice(), ip).await, [Source::Address(ip)]);
    let tenant = Source::Named("a tenant".into());
    let of_a_tenant = alice().with_source("a tenant");
    let both = [tenant, Source::Address(ip)];
    assert_eq!(sources_of(of_a_tenant, ip).await, both);
    let told = alice().with_ip(other);
    assert_eq!(sources_of(told, ip).await, [Source::Address(other)]);
}

#[tokio::test]
async fn a_visitor_is_where_the_request_comes_from_unless_the_host_says_so_of_them() {
    let [here, there] = ["DE", "NL"].map(|country| Place::new().with_country(country));
    let alice = || Visitor::new("alice");
    assert_eq!(
        seen(alice(), |facts| facts.place = Some(here)).await.place,
        here
    );
    assert_eq!(
        seen(alice().with_place(there), |facts| facts.place = Some(here))
            .await
            .place,
        there
    );
}

/// The sources of a visitor whose request comes from `ip`.
async fn sources_of(visitor: Visitor, ip: IpAddr) -> Vec<Source> {
    seen(visitor, |facts| facts.ip = Some(ip))
        .await
        .sources()
        .to_vec()
}

/// The visitor as the pages see them, of whose request the host knows something.
async fn seen(visitor: Visitor, know: impl FnOnce(&mut RequestFacts)) -> Visitor {
    let visitors = visitor_fn(move |_: Parts| ready(SignIn::As(visitor.clone())));
    let pages = Pages::new(Site::new().pages.grants, visitors);
    let mut request = Request::new(());
    know(RequestFacts::of(request.extensions_mut()));
    let (parts, ()) = request.into_parts();
    let SignIn::As(visitor) = pages.visitor(&parts).await else {
        panic!("nobody is signed in");
    };
    visitor
}
