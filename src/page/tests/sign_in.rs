//! The device's demands on the sign-in and on the page.

use std::time::Duration;

use async_trait::async_trait;
use http::StatusCode;

use super::site::Site;
use crate::device_grants::Approval;
use crate::grant::Timestamp;
use crate::page::{Presentation, Presenter};

fn title_in(page: &super::site::Page, tag: &str) -> bool {
    page.has(&format!("<html lang=\"{tag}\""))
}

/// The language of the review that a browser which accepts these gets, when the device asked for those.
fn language_for(accepted: &'static str, ui_locales: &str) -> String {
    let site = Site::new();
    let device = site.device_sending(&[("ui_locales", ui_locales)]);
    let mut browser = site.browser("alice");
    browser.language = accepted;
    let page = browser.review(device.code());
    page.input("ui_locales").unwrap().to_owned()
}

#[test]
fn the_device_chooses_only_among_the_languages_of_the_browser() {
    assert_eq!(language_for("en, de;q=0.5", "fi de-AT ar"), "de");
    assert_eq!(language_for("ar, de;q=0.5", "de ar"), "de");
    assert_eq!(language_for("en, de;q=0.5", "ar de"), "de");
    for (accepted, stays) in [
        ("en", "en"),
        ("de, ar;q=0", "de"),
        ("de, *;q=0.5", "de"),
        ("*", "en"),
        ("fi", "en"),
        ("", "en"),
    ] {
        assert_eq!(language_for(accepted, "ar"), stays, "{accepted}");
    }
}

/// Whoever sends a link must not choose in which language the visitor reads Deny, Approve and the word of caution.
#[test]
fn a_link_chooses_only_among_the_languages_of_the_browser() {
    let site = Site::new();
    for (accepted, expected) in [
        ("en", "en"),
        ("en, ar;q=0", "en"),
        ("en, ar;q=0.1", "ar"),
        ("*", "en"),
        ("fi", "en"),
    ] {
        let device = site.device();
        let mut browser = site.browser("alice");
        browser.language = accepted;
        let entry = browser.get("/activate?ui_locales=ar");
        assert_eq!(entry.input("ui_locales"), Some(expected), "{accepted}");
        let form = [("user_code", device.code()), ("ui_locales", "ar")];
        let page = browser.post("/activate", &form);
        assert!(title_in(&page, expected), "{accepted}");
    }
}

#[test]
fn a_language_of_the_pages_own_address_comes_before_the_devices_and_stays() {
    let site = Site::new();
    let device = site.device_sending(&[("ui_locales", "ar")]);
    let form = [("user_code", device.code()), ("ui_locales", "de")];
    let mut browser = site.browser("alice");
    browser.language = "en, ar, de";
    let page = browser.post("/activate", &form);
    assert!(title_in(&page, "de"));
    assert!(title_in(&browser.choose(&page, "deny"), "de"));
}

#[test]
fn a_language_that_the_pages_do_not_have_leaves_the_browsers() {
    let site = Site::new();
    let device = site.device_sending(&[("ui_locales", "tlh pt")]);
    let page = site.browser("alice").review(device.code());
    assert!(title_in(&page, "en"));
}

#[test]
fn whom_the_device_expects_is_handed_to_the_login() {
    let site = Site::with(
        |builder| builder,
        |pages| {
            pages.switch_account(|hint| {
                let hint = hint.unwrap_or("nobody");
                format!("/login?login_hint={hint}").parse().unwrap()
            })
        },
    );
    let device = site.device_sending(&[("login_hint", "bob@example.com")]);
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    let page = browser.choose(&page, "other_account");
    let refresh = page.header("refresh");
    assert_eq!(refresh, "0; url=/login?login_hint=bob@example.com");
    let plain = browser.review(site.device().code());
    assert!(!plain.has("Meant for"));
    let page = browser.choose(&plain, "other_account");
    assert_eq!(page.header("refresh"), "0; url=/login?login_hint=nobody");
}

/// Returns whether a review shows a hint only as an answer, and whether that is that the account is the visitor's.
fn is_said_to_match(hint: &str) -> bool {
    let site = Site::with(|builder| builder, |pages| pages.presenter(Logins));
    let device = site.device_sending(&[("login_hint", hint)]);
    let page = site.browser("alice").review(device.code());
    let html = page.html();
    let shown = html.split("<form").next().unwrap();
    assert!(shown.contains("<dt>Meant for</dt>"), "{hint}");
    let (before, after) = shown.split_once("<dt>Meant for</dt>").unwrap();
    let after = after.split_once("</dl>").unwrap();
    let mine = "<dd>your account <span class=\"aside\">(as the device says)</span></dd>";
    let other = "<dd><strong>another account than yours</strong> \
                 <span class=\"aside\">(as the device says)</span></dd>";
    assert!(after.0 == mine || after.0 == other, "{hint}: {}", after.0);
    let is_the_account = hint.to_lowercase().starts_with("alice l") || hint == "alice";
    assert!(is_the_account || !before.contains(hint), "{hint}");
    after.0 == mine
}

struct Logins;

#[async_trait]
impl Presenter for Logins {
    async fn present(&self, presentation: &mut Presentation<'_>) {
        presentation.account = Some("Alice Liddell".to_owned());
        presentation.logins.push("alice@example.com".to_owned());
    }
}

#[test]
fn a_hint_is_said_to_match_or_warned_of_and_never_shown() {
    for hint in [
        "alice",
        "Alice@Example.COM",
        " alice@example.com ",
        "Alice Liddell",
    ] {
        assert!(is_said_to_match(hint), "{hint}");
    }
    for hint in [
        "bob",
        "alice@example.org",
        "alice@example.com, and call +49 30 123456",
        "\"><script>alert(1)</script>\u{202e}x",
        "аlice",
    ] {
        assert!(!is_said_to_match(hint), "{hint}");
    }
}

#[test]
fn a_sign_in_that_is_too_long_ago_is_asked_for_again_and_can_still_be_denied() {
    let signed_in = Timestamp::from_micros(1_750_000_000_000_000) - Duration::from_secs(3_600);
    let site = Site::with(
        |builder| builder,
        |pages| {
            pages
                .approval(move |_, _| Approval::all().auth_time(signed_in))
                .step_up(|wanted| {
                    let age = wanted.max_age.unwrap().as_secs();
                    let hint = wanted.login_hint.as_deref().unwrap_or_default();
                    format!("/login?max_age={age}&login_hint={hint}")
                        .parse()
                        .unwrap()
                })
        },
    );
    let device = site.device_sending(&[("max_age", "600"), ("login_hint", "alice")]);
    let mut browser = site.browser("alice");
    let review = browser.review(device.code());
    let page = browser.choose(&review, "approve");
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    assert!(page.has("href=\"/login?max_age=600&amp;login_hint=alice\""));
    assert!(page.has("value=\"deny\""));
    assert!(site.poll(&device).is_pending());
}
