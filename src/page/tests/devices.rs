//! The page of one's devices.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, StatusCode};

use super::site::{Browser, Page, Site, wait};
use crate::device_grants::PollOutcome;
use crate::grant::{Facts, Origin};
use crate::host::{PortError, TokenRevocation, TokenRevoker};
use crate::http::Routed;
use crate::page::{Pages, Presentation, Presenter};

const DEVICES: &str = "/activate/devices";

fn site() -> Site {
    Site::with(
        |builder| builder.token_revoker(Arc::new(Revoker::default())),
        Pages::devices,
    )
}

/// Counts the grants whose tokens it ended.
#[derive(Default)]
struct Revoker(AtomicUsize);

#[async_trait]
impl TokenRevoker for Revoker {
    async fn revoke_grant(&self, _: &Facts) -> Result<(), PortError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn revoke_token(&self, _: &TokenRevocation) -> Result<bool, PortError> {
        Ok(false)
    }
}

/// Fails once.
#[derive(Default)]
struct Flaky(AtomicUsize);

#[async_trait]
impl TokenRevoker for Flaky {
    async fn revoke_grant(&self, _: &Facts) -> Result<(), PortError> {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            0 => Err(PortError::unavailable("down")),
            _ => Ok(()),
        }
    }

    async fn revoke_token(&self, _: &TokenRevocation) -> Result<bool, PortError> {
        Ok(false)
    }
}

#[test]
fn a_device_whose_tokens_could_not_be_ended_stays_in_the_list_until_they_are() {
    for decision in ["sign_out", "not_me"] {
        let site = Site::with(
            |builder| builder.token_revoker(Arc::new(Flaky::default())),
            Pages::devices,
        );
        site.connected("alice", "tv", Origin::new());
        let mut alice = site.browser("alice");
        let list = alice.get(DEVICES);
        let unfinished = choose(&mut alice, &list, decision);
        for page in [unfinished, alice.get(DEVICES)] {
            assert!(
                page.has("The device may still be signed in."),
                "{}",
                page.html()
            );
            assert!(page.has("sign_out"));
        }
        let list = alice.get(DEVICES);
        let done = choose(&mut alice, &list, decision);
        assert!(!done.has("The device may still be signed in."));
        assert!(
            done.has("No device may use your account."),
            "{}",
            done.html()
        );
    }
}

#[test]
fn a_page_of_ended_grants_does_not_say_that_there_is_no_device() {
    let site = site();
    for _ in 0..51 {
        site.connected("alice", "tv", Origin::new());
        site.pass(Duration::from_secs(1));
    }
    let mut alice = site.browser("alice");
    for _ in 0..50 {
        let list = alice.get(DEVICES);
        choose(&mut alice, &list, "sign_out");
    }
    let page = alice.get(DEVICES);
    assert!(
        !page.has("No device may use your account."),
        "{}",
        page.html()
    );
    assert!(page.has("Older devices"));
}

/// Presses a button of the first device.
fn choose(browser: &mut Browser<'_>, page: &Page, decision: &str) -> Page {
    let grant = page.input("grant").unwrap();
    let form = [("grant", grant), ("decision", decision)];
    browser.post(DEVICES, &form)
}

#[test]
fn it_is_off_unless_the_host_wants_it() {
    let request = || Request::get(DEVICES).body(Bytes::new()).unwrap();
    let off = Site::new();
    assert!(matches!(
        wait(off.pages.answer(request())),
        Routed::NotOurs(_)
    ));
    assert!(matches!(
        wait(site().pages.answer(request())),
        Routed::Answered(_)
    ));
    let device = off.device();
    let mut browser = off.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    assert!(!browser.decide(&ticket, "approve").has(DEVICES));
}

#[test]
fn it_lists_what_has_access_since_when_and_from_where() {
    let site = site();
    let origin = Origin::new()
        .with_ip([203, 0, 113, 7].into())
        .with_device_label("Living room");
    site.connected("alice", "tv", origin);
    let page = site.browser("alice").get(DEVICES);
    assert_eq!(page.status(), StatusCode::OK);
    for text in [
        "<bdi>Example TV</bdi>",
        "<bdi>Living room</bdi>",
        "2025-06-15 15:06 UTC",
        "203.0.113.7",
    ] {
        assert!(page.has(text), "{text}: {}", page.html());
    }
    assert_eq!(page.html().matches("value=\"sign_out\"").count(), 1);
}

#[test]
fn it_lists_neither_others_nor_what_has_no_access() {
    let site = site();
    site.connected("bob", "tv", Origin::new());
    let mut alice = site.browser("alice");
    let denied = alice.review(site.device().code()).ticket();
    alice.decide(&denied, "deny");
    let late = alice.review(site.device().code()).ticket();
    alice.decide(&late, "approve");
    site.pass(Duration::from_secs(700));
    let page = alice.get(DEVICES);
    assert!(page.has("No device may use your account."));
    assert!(!page.has("sign_out"));
}

#[test]
fn a_device_that_waits_for_its_tokens_is_listed_as_such() {
    let site = site();
    let mut alice = site.browser("alice");
    let ticket = alice.review(site.device().code()).ticket();
    assert!(alice.decide(&ticket, "approve").has(DEVICES));
    assert!(alice.get(DEVICES).has("waiting for the device"));
}

#[test]
fn one_click_ends_the_access_and_the_page_says_so_once() {
    let revoker = Arc::new(Revoker::default());
    let site = Site::with(
        |builder| builder.token_revoker(Arc::clone(&revoker)),
        Pages::devices,
    );
    site.connected("alice", "tv", Origin::new());
    let mut alice = site.browser("alice");
    let list = alice.get(DEVICES);
    let after = choose(&mut alice, &list, "sign_out");
    assert!(after.has("The device was signed out."), "{}", after.html());
    assert!(after.has("No device may use your account."));
    assert_eq!(revoker.0.load(Ordering::SeqCst), 1);
    assert!(!alice.get(DEVICES).has("was signed out"));
    // The button of a page that was still open.
    let again = choose(&mut alice, &list, "sign_out");
    assert!(again.has("The device was signed out."));
}

#[test]
fn a_device_that_waits_is_told_when_it_was_signed_out() {
    let site = site();
    let device = site.device();
    let mut alice = site.browser("alice");
    let ticket = alice.review(device.code()).ticket();
    alice.decide(&ticket, "approve");
    let list = alice.get(DEVICES);
    choose(&mut alice, &list, "sign_out");
    assert!(matches!(site.poll(&device), PollOutcome::Denied));
}

#[test]
fn where_nobody_ends_tokens_the_page_says_that_they_live_on() {
    let site = Site::with(|builder| builder, Pages::devices);
    site.connected("alice", "tv", Origin::new());
    let mut alice = site.browser("alice");
    let list = alice.get(DEVICES);
    let page = choose(&mut alice, &list, "sign_out");
    assert!(page.has("It may stay signed in for a while"));
}

#[test]
fn what_somebody_did_not_let_in_is_signed_out_and_reported() {
    let site = site();
    site.connected("alice", "tv", Origin::new());
    let mut alice = site.browser("alice");
    let list = alice.get(DEVICES);
    let page = choose(&mut alice, &list, "not_me");
    assert!(page.has("signed out and reported"));
    assert!(site.event_names().contains(&"reported_not_me"));
    assert!(!alice.get(DEVICES).has("sign_out"));
}

#[test]
fn nobody_signs_out_the_device_of_somebody_else() {
    let site = site();
    site.connected("alice", "tv", Origin::new());
    let list = site.browser("alice").get(DEVICES);
    let mut bob = site.browser("bob");
    for decision in ["sign_out", "not_me"] {
        let page = choose(&mut bob, &list, decision);
        assert!(page.has("That device was signed out already."));
    }
    assert!(!site.event_names().contains(&"reported_not_me"));
    assert!(site.browser("alice").get(DEVICES).has("sign_out"));
}

#[test]
fn a_post_from_elsewhere_or_from_nobody_knows_where_changes_nothing() {
    let site = site();
    site.connected("alice", "tv", Origin::new());
    let mut alice = site.browser("alice");
    let list = alice.get(DEVICES);
    let form = [
        ("grant", list.input("grant").unwrap()),
        ("decision", "sign_out"),
    ];
    for headers in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        let page = alice.post_with(DEVICES, headers, &form);
        assert_eq!(page.status(), StatusCode::FORBIDDEN, "{headers:?}");
        assert!(alice.get(DEVICES).has("sign_out"), "{headers:?}");
    }
}

#[test]
fn a_form_that_is_none_changes_nothing() {
    let site = site();
    site.connected("alice", "tv", Origin::new());
    let mut alice = site.browser("alice");
    let list = alice.get(DEVICES);
    let grant = list.input("grant").unwrap();
    for form in [
        &[][..],
        &[("grant", grant)],
        &[("grant", grant), ("decision", "approve")],
        &[("grant", "x"), ("decision", "sign_out")],
        &[("grant", grant), ("grant", grant), ("decision", "sign_out")],
    ] {
        let page = alice.post(DEVICES, form);
        assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{form:?}");
    }
    assert!(alice.get(DEVICES).has("sign_out"));
}

#[test]
fn a_visitor_who_is_not_signed_in_is_sent_to_do_so() {
    let page = site().browser("").get(DEVICES);
    assert_eq!(page.status(), StatusCode::SEE_OTHER);
    assert!(page.header("location").starts_with("/login?"));
}

#[test]
fn many_devices_take_several_pages() {
    let site = site();
    for _ in 0..60 {
        site.connected("alice", "tv", Origin::new());
        site.pass(Duration::from_secs(1));
    }
    let mut alice = site.browser("alice");
    let buttons = |page: &Page| page.html().matches("value=\"sign_out\"").count();
    let first = alice.get(DEVICES);
    assert_eq!(buttons(&first), 50);
    let link = first.html().split("?after=").nth(1).unwrap();
    let after = link.split('"').next().unwrap();
    let second = alice.get(&format!("{DEVICES}?after={after}"));
    assert_eq!(buttons(&second), 10);
    assert!(!second.has("?after="));
    assert_eq!(
        buttons(&alice.get(&format!("{DEVICES}?after=nonsense"))),
        50
    );
}

/// Knows when tokens were used, and names no application.
struct LastUse;

#[async_trait]
impl Presenter for LastUse {
    async fn present(&self, presentation: &mut Presentation<'_>) {
        assert!(presentation.grant.client_id.as_str() == "tv");
        presentation.application = "Somebody\u{202e}".to_owned();
        presentation.is_verified = false;
        presentation.last_used_at = Some(presentation.grant.issued_at);
    }
}

#[test]
fn the_host_may_say_when_a_device_was_last_used() {
    let site = Site::with(
        |builder| builder,
        |pages| pages.devices().presenter(LastUse),
    );
    site.connected("alice", "tv", Origin::new());
    let page = site.browser("alice").get(DEVICES);
    assert!(page.has("<dt>Last used</dt>"));
    assert!(page.has("<bdi>Somebody</bdi>"));
    assert!(page.has("<dt>Unverified</dt><dd><bdi><code>tv</code></bdi></dd>"));
}
