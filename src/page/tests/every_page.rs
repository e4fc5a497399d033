//! Tests that hold for every page and every redirect, in every language.

use base64ct::{Base64, Encoding};
use http::{Method, StatusCode};
use sha2::{Digest, Sha256};

use super::site::{ByScope, Page, Site};
use crate::grant::{Access, Origin};
use crate::page::Language;

/// One of each, and the redirects.
fn pages(language: Language) -> Vec<(&'static str, Page)> {
    let site = Site::with(
        |builder| builder.policy(ByScope),
        |pages| {
            pages
                .devices()
                .optional(Access::new("email".parse().unwrap()))
                .switch_account(|_| "https://login.example/".parse().unwrap())
        },
    );
    let mut browser = site.browser("alice");
    browser.language = language.tag();
    let mut pages = vec![
        ("form", browser.get("/activate")),
        ("head", browser.send(Method::HEAD, "/activate", &[], "")),
        ("link", browser.get("/activate?user_code=WDJB-MJHT")),
        ("filled form", browser.get("/activate")),
        (
            "code-mistyped",
            browser.post("/activate", &[("user_code", "WDJB")]),
        ),
        (
            "code-unknown",
            browser.post("/activate", &[("user_code", "BCDF-GHJK")]),
        ),
        ("back to the form", browser.get("/activate/decision")),
        (
            "page-method",
            browser.send(Method::PUT, "/activate", &[], ""),
        ),
        (
            "form-unknown",
            browser.post("/activate", &[("user_code", &"x".repeat(10_000))]),
        ),
        ("decision-unknown", browser.decide("x", "maybe")),
        (
            "form-from-another-site",
            browser.post_with("/activate", &[("origin", "null")], &[]),
        ),
        ("review-over", browser.decide("x", "approve")),
    ];
    let decisions = [
        ("approved", "openid", "approve"),
        ("denied", "openid", "deny"),
        ("reported", "openid", "not_me"),
        ("a sign-in at another origin", "openid", "other_account"),
        ("approval-forbidden", "forbidden", "approve"),
        ("approval-needs-step-up", "careful", "approve"),
        ("a policy that warns", "doubtful", "approve"),
        ("pages-unavailable", "broken", "approve"),
    ];
    for (index, (name, scope, decision)) in decisions.into_iter().enumerate() {
        let ip = [203, 0, 113, 7].into();
        let device = site.device_asking(
            "other",
            scope,
            Origin::new().with_ip(ip).with_device_label("TV"),
        );
        let users = [
            "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy",
        ];
        browser.user = users[index];
        let review = browser.review(device.code());
        let decided = browser.choose(&review, decision);
        pages.push(("review", review));
        pages.push((name, decided));
    }
    let device = site.device_asking("other", "openid email", Origin::new());
    browser.user = "leo";
    let review = browser.review(device.code());
    pages.push(("choices-not-offered", browser.choose(&review, "approve")));
    pages.push(("review with choices", review));
    let device = site.device();
    browser.user = "karl";
    let review = browser.review(device.code());
    browser.choose(&review, "approve");
    _ = site.poll(&device);
    pages.push(("connected", browser.choose(&review, "undo")));
    pages.push(("devices", browser.get("/activate/devices")));
    let review = browser.review(site.device().code());
    browser.choose(&review, "approve");
    pages.push(("undone", browser.choose(&review, "undo")));
    let limited = (0..6).map(|_| browser.post("/activate", &[("user_code", "BCDF-GHJK")]));
    pages.push(("too-many-entries", limited.last().unwrap()));
    browser.user = "nobody knows";
    pages.push(("visitor-source-away", browser.get("/activate")));
    browser.user = "";
    pages.push(("to the login", browser.get("/activate")));
    pages
}

fn for_each_page(mut check: impl FnMut(&str, &Page)) {
    for &language in Language::ALL {
        for (name, page) in pages(language) {
            check(&format!("{name} ({})", language.tag()), &page);
        }
    }
}

fn for_each_html(mut check: impl FnMut(&str, &Page)) {
    let mut seen = 0;
    for_each_page(|name, page| {
        if page.header("content-type") == "text/html; charset=utf-8" && !page.html().is_empty() {
            seen += 1;
            check(name, page);
        }
    });
    assert_eq!(seen, 32 * Language::ALL.len());
}

/// `tests/browser` looks at those that take a policy or a failure.
#[test]
fn every_page_is_written_below_target_for_a_browser_to_look_at() {
    let program = std::env::current_exe().unwrap();
    let folder = program
        .ancestors()
        .nth(3)
        .unwrap()
        .join("browser")
        .join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    for_each_html(|name, page| {
        // In one step: a browser may be looking at the page of the run before.
        let unfinished = folder.join(format!("{name}.html.{}", std::process::id()));
        std::fs::write(&unfinished, page.html()).unwrap();
        std::fs::rename(unfinished, folder.join(format!("{name}.html"))).unwrap();
    });
}

#[test]
fn the_headers_protect_pages_and_redirects() {
    for_each_page(|name, page| {
        for (header, value) in [
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(page.header(header), value, "{name}: {header}");
        }
        let policy = page.header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(directive), "{name}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
    });
}

/// The rows of docs/errors.md that speak of pages: case, status, headers.
fn rows() -> Vec<(&'static str, u16, &'static str)> {
    let lines = include_str!("../../../docs/errors.md").lines();
    let cells = lines.filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        match cells[..] {
            ["", case, _, status, headers, ""] => {
                Some((case.trim_matches('`'), status.parse().ok()?, headers))
            }
            _ => None,
        }
    });
    cells.collect()
}

#[test]
fn every_page_that_is_an_error_has_a_row_and_every_row_a_page() {
    let mut rows = rows();
    let mut shown = pages(Language::English);
    shown.retain(|(_, page)| page.status().as_u16() >= 400);
    for (name, page) in shown {
        let row = rows.iter().position(|(case, ..)| *case == name);
        let row = row.unwrap_or_else(|| panic!("docs/errors.md has no row {name:?}"));
        let (_, status, headers) = rows.remove(row);
        assert_eq!(page.status().as_u16(), status, "{name}");
        let sent = ["Allow", "Retry-After"].map(|header| match page.header(header) {
            "" => String::new(),
            value => format!("`{header}: {value}`"),
        });
        assert_eq!(sent.concat(), headers, "{name}");
    }
    assert!(rows.is_empty(), "no page: {rows:?}");
}

/// The content of every element of this name, with its attributes before it.
fn elements<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    for part in html.split(open.as_str()).skip(1) {
        let element = part.split(close.as_str()).next().unwrap();
        if element.starts_with(['>', ' ']) {
            found.push(element);
        }
    }
    found
}

#[test]
fn the_policy_lets_exactly_the_own_style_and_script_through() {
    for_each_html(|name, page| {
        let policy = page.header("content-security-policy");
        for element in ["style", "script"] {
            for text in elements(page.html(), element) {
                let text = text.strip_prefix('>').unwrap();
                let hash = Base64::encode_string(&Sha256::digest(text));
                assert!(
                    policy.contains(&format!("'sha256-{hash}'")),
                    "{name}: {element}"
                );
            }
        }
        assert!(!page.has(" style=") && !page.has(" onclick="), "{name}");
    });
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    for_each_html(|name, page| {
        for loads in ["src=", "url(", "@import", "<link rel=\"stylesheet"] {
            assert!(!page.has(loads), "{name}: {loads}");
        }
    });
}

#[test]
fn approve_is_not_first_has_no_id_and_no_focus_and_deny_is_its_equal() {
    let mut reviews = 0;
    for_each_html(|name, page| {
        let buttons = elements(page.html(), "button");
        let place = |value: &str| {
            let value = format!("value=\"{value}\"");
            buttons.iter().position(|button| button.contains(&value))
        };
        let Some(approve) = place("approve") else {
            return;
        };
        reviews += 1;
        assert!(place("deny").unwrap() < approve, "{name}");
        let attributes = buttons[approve].split('>').next().unwrap();
        for unwanted in ["id=", "autofocus", "accesskey", "tabindex"] {
            assert!(!attributes.contains(unwanted), "{name}: {attributes}");
        }
        assert!(!page.has("autofocus"), "{name}");
    });
    assert_eq!(reviews, 11 * Language::ALL.len());
}

#[test]
fn every_page_has_a_language_one_heading_a_title_and_named_controls() {
    for_each_html(|name, page| {
        let html = page.html();
        assert!(html.starts_with("<!DOCTYPE html><html lang=\""), "{name}");
        assert_eq!(elements(html, "h1").len(), 1, "{name}");
        assert_eq!(elements(html, "main").len(), 1, "{name}");
        assert!(elements(html, "title")[0].len() > 1, "{name}");
        for input in html.split("<input").skip(1) {
            let input = input.split('>').next().unwrap();
            let is_named = html.contains("<label for=\"user_code\"")
                || html.contains(&format!("<label class=\"option\"><input{input}"));
            assert!(
                input.contains("type=\"hidden\"") || is_named,
                "{name}: {input}"
            );
        }
        for described in html.split("aria-describedby=\"").skip(1) {
            for id in described.split('"').next().unwrap().split(' ') {
                assert!(html.contains(&format!("id=\"{id}\"")), "{name}: {id}");
            }
        }
    });
}

#[test]
fn a_denial_is_always_within_reach() {
    for_each_html(|name, page| {
        let may_deny = ["approval-forbidden", "approval-needs-step-up"]
            .iter()
            .any(|it| name.starts_with(it));
        if may_deny {
            assert_eq!(page.status(), StatusCode::FORBIDDEN, "{name}");
            assert!(page.has("value=\"deny\""), "{name}");
            assert!(page.input("ticket").is_some(), "{name}");
        }
    });
}

#[test]
fn no_page_is_larger_than_15_kilobytes() {
    for_each_html(|name, page| {
        let length = page.html().len();
        assert!(length <= 15_000, "{name}: {length}");
    });
}

#[test]
fn a_title_holds_no_code_and_no_ticket() {
    for_each_html(|name, page| {
        let title = elements(page.html(), "title")[0];
        // Codes are capitals in groups of four, tickets are longer.
        let mut runs = title.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit()));
        let is_free = runs.all(|run| run.len() < 4);
        assert!(is_free && title.len() < 100, "{name}: {title}");
    });
}

#[test]
fn the_answer_to_head_has_headers_and_no_body() {
    let site = Site::new();
    let page = site
        .browser("alice")
        .send(Method::HEAD, "/activate", &[], "");
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.html().is_empty());
}

#[test]
fn a_method_without_a_meaning_is_answered_405() {
    let site = Site::new();
    for uri in ["/activate", "/activate/decision"] {
        let page = site.browser("alice").send(Method::DELETE, uri, &[], "");
        assert_eq!(page.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(page.header("allow"), "GET, HEAD, POST");
    }
}
