use std::sync::atomic::Ordering;
use std::time::Duration;

use http::StatusCode;

use super::site::{ByScope, Page, Site};
use crate::device_grants::PollOutcome;
use crate::grant::Origin;

#[test]
fn an_approval_lets_the_device_in() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    let page = browser.decide(&ticket, "approve");
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.has("<h1>Allowed</h1>"));
    assert!(matches!(site.poll(&device), PollOutcome::Tokens(_)));
}

#[test]
fn an_approval_to_be_confirmed_shows_its_digits_to_this_session_alone() {
    let site = Site::with(|builder| builder.policy(ByScope), |pages| pages);
    let device = site.device_asking("tv", "confirmed", Origin::new());
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    let page = browser.decide(&ticket, "approve");
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.has("<h1>Allowed: one more step</h1>"));
    assert!(page.has("Do not read it out or send it"));
    assert_eq!(page.header("cache-control"), "no-store");
    let (_, rest) = page.html().split_once("<p class=\"code\"").unwrap();
    let digits = rest.split_once('>').unwrap().1.split_once('<').unwrap().0;
    assert_eq!(digits.len(), "123 456".len());
    assert!(matches!(
        site.poll(&device),
        PollOutcome::ConfirmationRequired { tries_left: 3 }
    ));
}

#[test]
fn a_request_for_nothing_is_shown_in_words_and_not_as_an_empty_list() {
    let site = Site::new();
    let asking = |scope: &str| {
        let device = site.device_asking("tv", scope, Origin::new());
        site.browser("alice").review(device.code())
    };
    let nothing = asking("");
    assert!(nothing.has("Be connected to your account, and nothing else."));
    assert!(!nothing.has("<ul>"));
    assert!(asking("openid").has("<ul><li>"));
}

#[test]
fn an_address_is_shown_where_the_host_told_one_and_no_empty_row_where_it_did_not() {
    let site = Site::new();
    let from = |origin: Origin| {
        let device = site.device_asking("tv", "openid", origin);
        site.browser("alice").review(device.code())
    };
    let told = from(Origin::new().with_ip([203, 0, 113, 7].into()));
    assert!(told.has("<dt>From</dt>") && told.has("203.0.113.7"));
    let untold = from(Origin::new());
    assert!(!untold.has("<dt>From</dt>"));
    assert!(untold.has("<dt>Your address</dt>") && untold.has("198.51.100.4"));
}

#[test]
fn one_line_tells_where_both_are_when_they_are_in_one_network() {
    let site = Site::new();
    let origin = Origin::new().with_ip([198, 51, 100, 4].into());
    let device = site.device_asking("tv", "openid", origin);
    let page = site.browser("alice").review(device.code());
    assert!(page.has("(your network)"));
    assert_eq!(page.html().matches("198.51.100.4").count(), 1);
    assert!(!page.has("Your address"));
}

#[test]
fn the_account_is_named_right_below_the_question() {
    let site = Site::new();
    let page = site.browser("alice").review(site.device().code());
    let account = "</h1></div><p class=\"account\">Signed in as <bdi>alice</bdi></p>";
    assert!(page.has(account), "{}", page.html());
}

#[test]
fn an_approval_says_what_and_as_whom_and_can_be_undone() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    let approved = browser.decide(&ticket, "approve");
    let said = "<bdi><strong>Example TV</strong></bdi> may now use the account <bdi><strong>alice</strong></bdi>.";
    assert!(approved.has(said), "{}", approved.html());
    assert!(approved.has("value=\"undo\""));
    for _ in 0..2 {
        let undone = browser.decide(&ticket, "undo");
        assert!(undone.has("<h1>Undone</h1>"), "{}", undone.html());
        assert!(!undone.has("value=\"undo\""));
    }
    assert!(matches!(site.poll(&device), PollOutcome::Denied));
}

#[test]
fn an_approval_is_undone_in_a_renewed_session_and_the_page_says_so() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    browser.decide(&ticket, "approve");
    browser.session = "two";
    let undone = browser.decide(&ticket, "undo");
    assert!(undone.has("<h1>Undone</h1>"), "{}", undone.html());
    assert!(matches!(site.poll(&device), PollOutcome::Denied));
}

/// The id of the grant is no secret, and the rest of the ticket is not compared.
#[test]
fn an_undo_of_unknown_origin_undoes_nothing() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    browser.decide(&ticket, "approve");
    let (grant, _) = ticket.split_once('.').unwrap();
    let forged = format!("{grant}.{}", "0".repeat(32));
    let form = [("ticket", &*forged), ("decision", "undo")];
    browser.post_with("/activate/decision", &[], &form);
    assert!(matches!(site.poll(&device), PollOutcome::Tokens(_)));
}

#[test]
fn an_undo_that_comes_too_late_leaves_the_device_connected_and_says_so() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    browser.decide(&ticket, "approve");
    assert!(matches!(site.poll(&device), PollOutcome::Tokens(_)));
    let page = browser.decide(&ticket, "undo");
    assert!(page.has("<h1>Connected</h1>"));
    let said =
        "<bdi><strong>Example TV</strong></bdi> is connected to <bdi><strong>alice</strong></bdi>.";
    assert!(page.has(said), "{}", page.html());
    assert!(!page.has("value=\"undo\""));
    assert!(!site.event_names().contains(&"revoked"));
}

#[test]
fn nobody_undoes_the_approval_of_somebody_else() {
    let site = Site::new();
    let device = site.device();
    let mut alice = site.browser("alice");
    let ticket = alice.review(device.code()).ticket();
    alice.decide(&ticket, "approve");
    let page = site.browser("bob").decide(&ticket, "undo");
    assert_eq!(page.status(), StatusCode::GONE);
    assert!(matches!(site.poll(&device), PollOutcome::Tokens(_)));
}

#[test]
fn what_was_not_decided_cannot_be_undone() {
    let site = Site::new();
    let device = site.device();
    let mut alice = site.browser("alice");
    let ticket = alice.review(device.code()).ticket();
    assert!(alice.decide(&ticket, "undo").has("value=\"approve\""));
    alice.decide(&ticket, "deny");
    assert!(alice.decide(&ticket, "undo").has("<h1>Denied</h1>"));
}

#[test]
fn an_approval_that_came_to_nothing_is_not_said_to_hold() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    browser.decide(&ticket, "approve");
    let at = format!("/activate/review/{}", ticket.split_once('.').unwrap().0);
    assert!(browser.get(&at).has("<h1>Allowed</h1>"));
    site.pass(Duration::from_secs(601));
    assert_eq!(browser.get(&at).status(), StatusCode::GONE);
}

#[test]
fn a_denial_is_told_to_the_device() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    assert!(browser.decide(&ticket, "deny").has("<h1>Denied</h1>"));
    assert!(matches!(site.poll(&device), PollOutcome::Denied));
}

#[test]
fn what_somebody_did_not_start_is_denied_and_reported() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    assert_eq!(browser.decide(&ticket, "not_me").status(), StatusCode::OK);
    assert!(site.event_names().contains(&"reported_not_me"));
    assert!(matches!(site.poll(&device), PollOutcome::Denied));
}

#[test]
fn a_double_click_is_one_approval() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    let (first, second) = (
        browser.decide(&ticket, "approve"),
        browser.decide(&ticket, "approve"),
    );
    assert_eq!(first.html(), second.html());
    let approvals = site
        .event_names()
        .into_iter()
        .filter(|name| *name == "approved");
    assert_eq!(approvals.count(), 1);
}

/// Old, of another user, of another session, made up, broken, missing.
#[test]
fn every_bad_ticket_gets_the_same_page_byte_for_byte() {
    let site = Site::new();
    let mut browser = site.browser("alice");
    let mut ticket = || {
        let device = site.device();
        browser.review(device.code()).ticket()
    };
    let (foreign, moved, old) = (ticket(), ticket(), ticket());
    let mut elsewhere = site.browser("alice");
    elsewhere.session = "two";
    let mut pages = vec![
        site.browser("bob").decide(&foreign, "approve"),
        elsewhere.decide(&moved, "approve"),
    ];
    site.pass(Duration::from_secs(601));
    let tampered = old.replace(old.chars().last().unwrap(), "0");
    let long = "f".repeat(4_000);
    for bad in [&old, &tampered, "no ticket", "", long.as_str()] {
        pages.push(browser.decide(bad, "approve"));
    }
    pages.push(browser.post("/activate/decision", &[("decision", "approve")]));
    for (index, page) in pages.iter().enumerate() {
        assert_eq!(page.status(), StatusCode::GONE, "page {index}");
        assert_eq!(page.0.headers(), pages[0].0.headers(), "page {index}");
        assert_eq!(page.html(), pages[0].html(), "page {index}");
    }
    let refusals = site
        .event_names()
        .into_iter()
        .filter(|name| *name == "ticket_refused");
    assert_eq!(refusals.count(), pages.len(), "one event for each");
}

#[test]
fn after_back_and_approve_a_denied_device_stays_denied() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    browser.decide(&ticket, "deny");
    let page = browser.decide(&ticket, "approve");
    assert!(page.has("<h1>Denied</h1>"), "{}", page.html());
    assert!(matches!(site.poll(&device), PollOutcome::Denied));
}

#[test]
fn another_account_finds_the_code_filled_in() {
    let site = Site::with(
        |builder| builder,
        |pages| pages.switch_account(|_| "/login?prompt=select_account".parse().unwrap()),
    );
    let device = site.device();
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    let page = browser.choose(&page, "other_account");
    assert_eq!(
        page.header("refresh"),
        "0; url=/login?prompt=select_account"
    );
    browser.user = "bob";
    let code = browser
        .get("/activate")
        .input("user_code")
        .unwrap()
        .to_owned();
    let ticket = browser.review(&code).ticket();
    assert_eq!(browser.decide(&ticket, "approve").status(), StatusCode::OK);
}

#[test]
fn a_stronger_sign_in_is_led_to_and_keeps_the_code() {
    let site = Site::with(
        |builder| builder.policy(ByScope),
        |pages| {
            pages.step_up(|wanted| {
                format!("/login?acr={}", wanted.acr_values[0])
                    .parse()
                    .unwrap()
            })
        },
    );
    let device = site.device_asking("tv", "careful", Origin::new());
    let mut browser = site.browser("alice");
    let review = browser.review(device.code());
    let page = browser.choose(&review, "approve");
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    assert!(page.has("href=\"/login?acr=high\"") && page.has("value=\"deny\""));
    assert_eq!(
        browser.get("/activate").input("user_code"),
        Some(device.code())
    );
    assert!(site.poll(&device).is_pending());
}

#[test]
fn a_warning_is_shown_and_takes_a_second_confirmation() {
    let site = Site::with(|builder| builder.policy(ByScope), |pages| pages);
    let device = site.device_asking("tv", "doubtful", Origin::new());
    let mut browser = site.browser("alice");
    let review = browser.review(device.code());
    let ticket = review.ticket();
    for _ in 0..2 {
        let page = browser.choose(&review, "approve");
        assert_eq!(page.status(), StatusCode::OK);
        assert!(page.has("A &lt;b&gt;new&lt;/b&gt; device."));
        assert!(page.has("Allow anyway") && page.has("value=\"not_me\""));
        assert_eq!(page.input("ticket"), Some(&*ticket));
    }
    let form = [("ticket", &*ticket), ("decision", "approve")];
    let guessed = [&form[..], &[("warning", "yes")]].concat();
    let page = browser.post("/activate/decision", &guessed);
    assert!(page.has("Allow anyway"));
    assert!(site.poll(&device).is_pending());
    let read = [&form[..], &[("warning", page.input("warning").unwrap())]].concat();
    let page = browser.post("/activate/decision", &read);
    assert!(page.has("Allowed"));
    assert!(matches!(site.poll(&device), PollOutcome::Tokens(_)));
}

#[test]
fn a_warning_is_in_the_language_of_the_page_if_the_host_has_it() {
    let site = Site::with(|builder| builder.policy(ByScope), |pages| pages);
    for (language, text) in [("de", "Ein &lt;b&gt;neues"), ("ar", "A &lt;b&gt;new")] {
        let device = site.device_asking("tv", "doubtful", Origin::new());
        let mut browser = site.browser("alice");
        browser.language = language;
        let review = browser.review(device.code());
        let page = browser.choose(&review, "approve");
        assert!(page.has(text), "{language}");
    }
}

#[test]
fn a_warned_visitor_can_still_deny_and_report() {
    let site = Site::with(|builder| builder.policy(ByScope), |pages| pages);
    for (decision, event) in [("deny", "denied"), ("not_me", "reported_not_me")] {
        let device = site.device_asking("tv", "doubtful", Origin::new());
        let mut browser = site.browser("alice");
        let review = browser.review(device.code());
        let warned = browser.choose(&review, "approve");
        let page = browser.decide(&warned.ticket(), decision);
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(site.event_names().last(), Some(&event));
    }
}

#[test]
fn without_a_place_to_switch_accounts_the_visitor_is_told_how() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    assert!(
        browser
            .decide(&ticket, "other_account")
            .has("Sign out, sign in with the other account")
    );
    site.browser("bob").review(device.code());
}

#[test]
fn a_login_on_another_site_is_gone_on_to_after_a_post() {
    let site = Site::with(
        |builder| builder,
        |pages| pages.switch_account(|_| "https://login.example/?a=1&b=2".parse().unwrap()),
    );
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    let page = browser.decide(&ticket, "other_account");
    assert_eq!(
        page.header("refresh"),
        "0; url=https://login.example/?a=1&b=2"
    );
    assert!(page.has("href=\"https://login.example/?a=1&amp;b=2\""));
}

#[test]
fn a_decision_after_the_session_ended_leads_to_the_login() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let review = browser.review(device.code());
    browser.user = "";
    let page = browser.choose(&review, "approve");
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.header("refresh").starts_with("0; url=/login"));
    assert!(site.poll(&device).is_pending());
    browser.user = "alice";
    let form = browser.get("/activate");
    assert_eq!(form.input("user_code"), Some(device.code()));
}

#[test]
fn posts_from_other_sites_are_refused() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    let reads = site.store.reads.load(Ordering::SeqCst);
    let entry: &[(&str, &str)] = &[("user_code", device.code())];
    let decision: &[(&str, &str)] = &[("ticket", &ticket), ("decision", "approve")];
    for headers in [
        [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ],
        [
            ("sec-fetch-site", "same-site"),
            ("origin", "https://blog.id.example"),
        ],
        [
            ("sec-fetch-mode", "navigate"),
            ("origin", "https://evil.example"),
        ],
        [("sec-fetch-mode", "navigate"), ("origin", "null")],
    ] {
        for (uri, form) in [("/activate", entry), ("/activate/decision", decision)] {
            let page = browser.post_with(uri, &headers, form);
            assert_eq!(page.status(), StatusCode::FORBIDDEN, "{uri} {headers:?}");
        }
    }
    assert_eq!(site.store.reads.load(Ordering::SeqCst), reads);
    assert!(site.poll(&device).is_pending());
}

#[test]
fn a_code_that_no_browser_vouches_for_counts_as_sent_by_somebody() {
    let site = Site::new();
    let device = site.device();
    let form = [("user_code", device.code()), ("via", "typed")];
    let page = site.browser("alice").post_with("/activate", &[], &form);
    assert!(page.has("This code came in a link"));
}

#[test]
fn a_body_that_is_no_form_is_refused() {
    let site = Site::new();
    let mut browser = site.browser("alice");
    let refused = |page: Page| assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    refused(browser.decide("x", "maybe"));
    refused(browser.post("/activate", &[("user_code", &"x".repeat(10_000))]));
}
