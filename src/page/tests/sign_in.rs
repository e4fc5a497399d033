//! What the device asks of the sign-in and of the page.

use std::time::Duration;

use http::StatusCode;

use super::site::Site;
use crate::device_grants::Approval;
use crate::grant::Timestamp;

fn title_in(page: &super::site::Page, tag: &str) -> bool {
    page.has(&format!("<html lang=\"{tag}\""))
}

#[test]
fn the_languages_of_the_device_come_before_those_of_the_browser() {
    let site = Site::new();
    let device = site.device_sending(&[("ui_locales", "pt de-AT ar")]);
    let page = site.browser("alice").review(device.code());
    assert!(title_in(&page, "de"), "{}", page.html());
    assert_eq!(page.input("ui_locales"), Some("de"), "and it stays");
}

#[test]
fn a_language_that_a_stranger_chose_does_not_hide_the_word_of_caution() {
    let site = Site::new();
    let device = site.device_sending(&[("ui_locales", "ar")]);
    let page = site.browser("alice").review(device.code());
    assert!(title_in(&page, "ar"));
    assert!(page.has("<div lang=\"en\" dir=\"ltr\">"));
    assert!(page.has("Approve only what you started yourself."));
    let plain = site.browser("alice").review(site.device().code());
    assert!(!plain.has("<div lang="));
}

#[test]
fn a_language_of_the_pages_own_address_comes_before_the_devices() {
    let site = Site::new();
    let device = site.device_sending(&[("ui_locales", "ar")]);
    let form = [("user_code", device.code()), ("ui_locales", "de")];
    let page = site.browser("alice").post("/activate", &form);
    assert!(title_in(&page, "de"));
}

#[test]
fn a_language_that_the_pages_do_not_have_leaves_the_browsers() {
    let site = Site::new();
    let device = site.device_sending(&[("ui_locales", "tlh pt")]);
    let page = site.browser("alice").review(device.code());
    assert!(title_in(&page, "en"));
}

#[test]
fn whom_the_device_expects_is_shown_and_handed_to_the_login() {
    let site = Site::with(
        |builder| builder,
        |pages| {
            pages.switch_account_for(|hint| {
                let hint = hint.unwrap_or("nobody");
                format!("/login?login_hint={hint}").parse().unwrap()
            })
        },
    );
    let device = site.device_sending(&[("login_hint", "bob@example.com")]);
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    assert!(page.has("Meant for") && page.has("<bdi>bob@example.com</bdi>"));
    assert!(page.has("as the device says"));
    let page = browser.choose(&page, "other_account");
    assert_eq!(page.header("location"), "/login?login_hint=bob@example.com");
    let plain = browser.review(site.device().code());
    assert!(!plain.has("Meant for"));
    let page = browser.choose(&plain, "other_account");
    assert_eq!(page.header("location"), "/login?login_hint=nobody");
}

#[test]
fn a_hostile_hint_is_harmless() {
    let site = Site::new();
    let hint = "\"><script>alert(1)</script>\u{202e}x";
    let device = site.device_sending(&[("login_hint", hint)]);
    let page = site.browser("alice").review(device.code());
    assert!(!page.has("<script>alert"));
    assert!(page.has("&lt;script&gt;"));
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
