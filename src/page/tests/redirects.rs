//! Post, redirect, get: what answers a post can be reloaded and come back to, and leads nowhere that a browser refuses.

use std::sync::atomic::Ordering;

use http::{Method, StatusCode};

use super::site::{Browser, ByScope, Page, Site};
use crate::device_grants::PollOutcome;
use crate::grant::Origin;

const OWN: [(&str, &str); 2] = [("sec-fetch-site", "same-origin"), ("origin", "null")];

/// The answer itself to the post of a code.
fn enter(browser: &mut Browser<'_>, code: &str) -> Page {
    browser.post_only("/activate", &OWN, &[("user_code", code)])
}

/// The address that the post of a code leads to.
fn entered(browser: &mut Browser<'_>, code: &str) -> String {
    enter(browser, code).header("location").to_owned()
}

/// The answer itself to the post of a decision.
fn decide(browser: &mut Browser<'_>, review: &Page, decision: &str) -> Page {
    let fields = ["ticket", "user_code", "via"];
    let mut form = fields
        .map(|name| (name, review.input(name).unwrap_or_default()))
        .to_vec();
    form.push(("decision", decision));
    browser.post_only("/activate/decision", &OWN, &form)
}

fn calls(site: &Site) -> [usize; 2] {
    [&site.store.reads, &site.store.writes].map(|count| count.load(Ordering::SeqCst))
}

#[test]
fn every_post_is_answered_by_a_redirect_to_one_of_these_pages() {
    let site = Site::with(|builder| builder.policy(ByScope), |pages| pages);
    let mut browser = site.browser("alice");
    let asking = |scope: &str| site.device_asking("tv", scope, Origin::new());
    let device = asking("openid");
    let entries = [
        ("a wrong code", "BCDF-GHJK", 400),
        ("a mistyped code", "BCD", 400),
        ("no code", "", 400),
        ("a long code", &"B".repeat(5_000), 400),
        ("a code", device.code(), 200),
    ];
    for (name, code, status) in entries {
        let answer = enter(&mut browser, code);
        leads_to(&mut browser, name, &answer, status);
    }
    let others = [
        (
            "another site",
            "/activate",
            &[("origin", "null")][..],
            "",
            403,
        ),
        ("no form", "/activate/decision", &OWN, "", 400),
        ("no ticket", "/activate/decision", &OWN, "deny", 410),
    ];
    for (name, to, headers, decision, status) in others {
        let fields = [("decision", decision)];
        let fields = if decision.is_empty() {
            &[]
        } else {
            &fields[..]
        };
        let answer = browser.post_only(to, headers, fields);
        leads_to(&mut browser, name, &answer, status);
    }
    for (name, scope, decision, status) in [
        ("approve", "openid", "approve", 200),
        ("deny", "openid", "deny", 200),
        ("report", "openid", "not_me", 200),
        ("release", "openid", "other_account", 200),
        ("forbidden", "forbidden", "approve", 403),
        ("nothing left", "emptied", "approve", 403),
        ("step-up", "careful", "approve", 403),
        ("warning", "doubtful", "approve", 200),
        ("fault", "broken", "approve", 503),
    ] {
        browser.user = name;
        let review = browser.review(asking(scope).code());
        let answer = decide(&mut browser, &review, decision);
        leads_to(&mut browser, name, &answer, status);
    }
}

/// A page of these answers it with this status, and has the text where the post's answer has none.
fn leads_to(browser: &mut Browser<'_>, name: &str, answer: &Page, status: u16) {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name}");
    assert!(answer.html().is_empty(), "{name}");
    let to = answer.header("location");
    assert!(
        to == "/activate" || to.starts_with("/activate/review/"),
        "{name}: {to}"
    );
    let page = browser.get(to);
    assert_eq!(page.status(), status, "{name}");
    assert!(!page.html().is_empty(), "{name}");
}

#[test]
fn a_page_behind_a_post_is_reloaded_without_a_charge_a_look_up_or_a_write() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let at = entered(&mut browser, device.code());
    let before = calls(&site);
    let first = browser.get(&at);
    assert_eq!(calls(&site), [before[0] + 1, before[1]], "one read");
    for _ in 0..20 {
        assert_eq!(browser.get(&at).html(), first.html());
        browser.send(Method::HEAD, &at, &[], "");
    }
    assert_eq!(calls(&site), [before[0] + 41, before[1]]);
    let at = entered(&mut browser, "BCDF-GHJK");
    let before = calls(&site);
    assert!(browser.get(&at).has("This code is not valid"));
    for _ in 0..20 {
        assert_eq!(browser.get(&at).status(), StatusCode::OK);
    }
    assert_eq!(calls(&site), before);
    assert!(
        !enter(&mut browser, device.code())
            .header("location")
            .ends_with("/activate")
    );
}

#[test]
fn no_address_holds_a_code_or_a_ticket() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let answer = enter(&mut browser, device.code());
    let review = browser.get(answer.header("location"));
    let decided = decide(&mut browser, &review, "deny");
    let ticket = review.ticket();
    let (_, nonce) = ticket.split_once('.').unwrap();
    for answer in [answer, decided] {
        let to = answer.header("location");
        assert!(!to.contains(nonce) && !to.contains(device.code()), "{to}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
}

#[test]
fn the_review_is_kept_in_a_cookie_of_its_own_path() {
    let site = Site::new();
    let device = site.device();
    let answer = enter(&mut site.browser("alice"), device.code());
    let cookie = answer.header("set-cookie");
    let path = format!("Path={};", answer.header("location"));
    for part in [
        "__Secure-",
        &path,
        "HttpOnly",
        "SameSite=Lax",
        "Secure",
        "Max-Age=3600",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!cookie.contains(device.code()), "{cookie}");
}

#[test]
fn two_tabs_have_two_reviews() {
    let site = Site::new();
    let (one, two) = (site.device(), site.device());
    let mut browser = site.browser("alice");
    let [first, second] = [&one, &two].map(|device| entered(&mut browser, device.code()));
    let review = browser.get(&first);
    assert!(review.has(one.code()) && !review.has(two.code()));
    assert!(browser.choose(&review, "deny").has("<h1>Denied</h1>"));
    let review = browser.get(&second);
    assert!(review.has(two.code()));
    assert!(browser.choose(&review, "approve").has("<h1>Allowed</h1>"));
    assert!(browser.get(&first).has("<h1>Denied</h1>"));
    assert!(matches!(site.poll(&one), PollOutcome::Denied));
    assert!(matches!(site.poll(&two), PollOutcome::Tokens(_)));
}

#[test]
fn going_back_after_a_decision_finds_it_and_no_button_but_undo() {
    let site = Site::new();
    for (decision, heading) in [
        ("approve", "Allowed"),
        ("deny", "Denied"),
        ("not_me", "Denied and reported"),
        ("other_account", "This request is closed"),
    ] {
        let device = site.device();
        let mut browser = site.browser("alice");
        let at = entered(&mut browser, device.code());
        let review = browser.get(&at);
        browser.choose(&review, decision);
        for _ in 0..2 {
            let back = browser.get(&at);
            assert!(back.has(&format!("<h1>{heading}</h1>")), "{decision}");
            assert!(!back.has("value=\"approve\""), "{decision}");
            assert_eq!(back.has("<button"), decision == "approve", "{decision}");
            assert_eq!(back.header("cache-control"), "no-store");
        }
        if decision == "approve" {
            assert!(matches!(site.poll(&device), PollOutcome::Tokens(_)));
            assert!(
                browser.get(&at).has("<h1>Connected</h1>"),
                "tokens were issued"
            );
        }
    }
}

#[test]
fn a_review_is_shown_to_nobody_but_who_holds_it() {
    let site = Site::new();
    let (device, other) = (site.device(), site.device());
    let mut alice = site.browser("alice");
    let at = entered(&mut alice, device.code());
    let elsewhere = entered(&mut alice, other.code());
    let closed = |page: Page, why: &str| {
        assert_eq!(page.status(), StatusCode::GONE, "{why}");
        assert!(!page.has(device.code()) && !page.has("<button"), "{why}");
    };
    closed(site.browser("alice").get(&at), "another browser");
    alice.user = "bob";
    closed(alice.get(&at), "another user");
    (alice.user, alice.session) = ("alice", "two");
    closed(alice.get(&at), "another session");
    alice.session = "one";
    assert!(alice.get(&at).has(device.code()));
    alice.swap_cookies(&at, &elsewhere);
    closed(alice.get(&at), "the ticket of another review");
    site.pass(std::time::Duration::from_secs(600));
    alice.swap_cookies(&at, &elsewhere);
    closed(alice.get(&at), "an expired review");
}

#[test]
fn a_cookie_with_another_code_shows_no_review() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let at = entered(&mut browser, device.code());
    for code in ["BCDF-GHJK", "", "no code"] {
        browser.plant_code(&at, code);
        assert_eq!(browser.get(&at).status(), StatusCode::GONE, "{code}");
    }
}

#[test]
fn a_policy_that_changed_its_mind_shows_the_review_again() {
    let site = Site::with(|builder| builder.policy(ByScope), |pages| pages);
    let device = site.device_asking("tv", "doubtful", Origin::new());
    let mut browser = site.browser("alice");
    let review = browser.review(device.code());
    let warned = decide(&mut browser, &review, "approve");
    let at = warned.header("location");
    assert!(at.ends_with("/approval"), "{at}");
    let before = (calls(&site)[1], site.event_names().len());
    for _ in 0..3 {
        assert!(browser.get(at).has("Allow anyway"));
    }
    assert_eq!((calls(&site)[1], site.event_names().len()), before);
    let request = at.strip_suffix("/approval").unwrap();
    assert!(browser.get(request).has("value=\"approve\""));
    let plain = site.device();
    let at = entered(&mut browser, plain.code());
    assert!(
        browser
            .get(&format!("{at}/approval"))
            .has("value=\"other_account\"")
    );
}

/// Posts whose next step is the host's: Chromium lets none of them be a redirect that may leave the origin.
#[test]
fn what_leads_to_the_host_after_a_post_is_a_page_that_goes_on() {
    for login in [
        "/login?a=1&b=2",
        "https://login.example/?a=1&b=2",
        "https://id.example/login",
    ] {
        let site = Site::with(
            |builder| builder,
            |pages| pages.switch_account(move |_| login.parse().unwrap()),
        );
        let mut browser = site.browser("alice");
        let review = browser.review(site.device().code());
        let page = decide(&mut browser, &review, "other_account");
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.header("location"), "");
        assert_eq!(page.header("refresh"), format!("0; url={login}"));
        assert!(page.has(&format!("href=\"{}\"", login.replace('&', "&amp;"))));
    }
}

#[test]
fn a_session_that_ended_at_any_step_leads_to_the_login_without_a_redirect() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let at = entered(&mut browser, device.code());
    let review = browser.get(&at);
    enter(&mut browser, "BCDF-GHJK");
    browser.user = "";
    for page in [
        browser.get("/activate"),
        browser.get(&at),
        browser.get(&format!("{at}/approval")),
        enter(&mut browser, device.code()),
        decide(&mut browser, &review, "approve"),
    ] {
        assert_eq!(page.status(), StatusCode::OK);
        assert!(
            page.header("refresh").starts_with("0; url=/login?"),
            "{}",
            page.html()
        );
        assert!(!page.header("refresh").contains(device.code()));
    }
    browser.user = "alice";
    assert_eq!(
        browser.get("/activate").input("user_code"),
        Some(device.code())
    );
    assert!(site.poll(&device).is_pending());
}

#[test]
fn what_was_entered_comes_back_with_its_mistake_whatever_its_characters() {
    let site = Site::new();
    for text in [
        "x".repeat(400),
        "\u{1f600}".repeat(300),
        "\u{1f600}".repeat(400),
    ] {
        let mut browser = site.browser("alice");
        let at = entered(&mut browser, &text);
        let page = browser.get(&at);
        assert!(page.has("role=\"alert\""), "{}", page.html());
        let shown = page.input("user_code").unwrap_or_default();
        assert!(shown.chars().count() >= 300, "{shown}");
    }
}
