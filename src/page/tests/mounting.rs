//! Pages at another address than the verification URI, and behind a proxy that changes their path.

use http::{Method, StatusCode};

use super::site::Site;
use crate::page::Pages;

/// The whole of a visit to pages that requests reach at `mounted` and browsers at `address`.
fn visit(look: impl FnOnce(Pages) -> Pages, mounted: &str, address: &str) {
    let site = Site::with(|builder| builder, look);
    let device = site.device();
    let mut browser = site.browser("alice");
    browser.strips = address.strip_suffix(mounted).unwrap_or_default().to_owned();
    let form = browser.get(mounted);
    assert!(
        form.has(&format!("action=\"{address}\"")),
        "{}",
        form.html()
    );
    let link = browser.get(&format!("{mounted}?user_code=WDJB-MJHT"));
    assert_eq!(link.header("location"), address);
    let review = browser.post(mounted, &[("user_code", device.code())]);
    let decision = format!("{address}/decision");
    assert!(
        review.has(&format!("action=\"{decision}\"")),
        "{}",
        review.html()
    );
    let form = [("ticket", &*review.ticket()), ("decision", "approve")];
    let page = browser.post(&format!("{mounted}/decision"), &form);
    assert!(page.has("<h1>Allowed</h1>"), "{}", page.html());
}

#[test]
fn pages_have_another_address_than_the_verification_uri() {
    let look = |pages: Pages| pages.address("https://id.example/account/device").unwrap();
    visit(look, "/account/device", "/account/device");
}

#[test]
fn pages_are_behind_a_proxy_that_strips_a_prefix() {
    let look = |pages: Pages| {
        let pages = pages.mounted_at("/device");
        pages.address("https://id.example/account/device").unwrap()
    };
    visit(look, "/device", "/account/device");
}

#[test]
fn a_short_address_leads_to_the_pages_with_its_query() {
    let site = Site::with(
        |builder| builder,
        |pages| {
            pages
                .address("https://id.example/account/device?tenant=1")
                .unwrap()
        },
    );
    let mut browser = site.browser("");
    for (asked, expected) in [
        ("/activate", "https://id.example/account/device?tenant=1"),
        (
            "/activate?user_code=WDJB-MJHT",
            "https://id.example/account/device?tenant=1&user_code=WDJB-MJHT",
        ),
    ] {
        let page = browser.get(asked);
        assert_eq!(page.status(), StatusCode::SEE_OTHER);
        assert_eq!(page.header("location"), expected);
    }
    let page = browser.send(Method::POST, "/activate", &[], "user_code=WDJB-MJHT");
    assert_eq!(page.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn an_address_without_tls_is_on_the_loopback_alone() {
    let pages = || Site::new().pages;
    assert!(pages().address("http://127.0.0.1:1/x").is_ok());
    for address in ["http://id.example/x", "/x", "https://id.example/x#y"] {
        assert!(pages().address(address).is_err(), "{address}");
    }
}
