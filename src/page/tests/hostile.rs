use async_trait::async_trait;

use super::site::{Page, Site};
use crate::grant::Origin;
use crate::page::{Logo, Presentation, Presenter};

const HOSTILE: &str =
    "\"><script>alert(1)</script><img src=x onerror=alert(1)>' & {{7*7}} \u{202e}gnp.exe\u{0}";

/// Returns true if nothing of [`HOSTILE`] became a tag or reordered the page.
fn is_harmless(page: &Page) -> bool {
    ["<script>alert", "<img", "\u{202e}", "\u{0}"]
        .iter()
        .all(|it| !page.has(it))
}

#[test]
fn device_labels_and_client_ids_are_escaped_isolated_and_marked() {
    let site = Site::new();
    let origin = Origin::new()
        .with_device_label(HOSTILE)
        .with_user_agent(HOSTILE);
    let device = site.device_asking(HOSTILE, "openid", origin);
    let page = site.browser("alice").review(device.code());
    assert!(is_harmless(&page), "{}", page.html());
    assert!(page.has("<bdi>&quot;&gt;&lt;script&gt;"));
    assert!(page.has("Unverified"));
    assert!(page.has("as it calls itself"));
}

#[test]
fn names_of_the_host_are_escaped_too() {
    let site = Site::with(
        |builder| builder,
        |pages| {
            pages
                .host_name(HOSTILE)
                .application("tv", HOSTILE)
                .scope("openid", HOSTILE)
        },
    );
    let device = site.device();
    let mut browser = site.browser("alice");
    for page in [browser.get("/activate"), browser.review(device.code())] {
        assert!(is_harmless(&page), "{}", page.html());
    }
}

struct Hostile;

#[async_trait]
impl Presenter for Hostile {
    async fn present(&self, presentation: &mut Presentation<'_>) {
        let hostile = || HOSTILE.to_owned();
        presentation.application = hostile();
        presentation.is_verified = false;
        presentation.account = Some(hostile());
        presentation.scopes.insert("profile".to_owned(), hostile());
        presentation.notes.push(hostile());
        presentation.device_place = Some(hostile());
        presentation.visitor_place = Some(hostile());
    }
}

#[test]
fn what_a_presenter_says_is_escaped_too() {
    let site = Site::with(|builder| builder, |pages| pages.presenter(Hostile));
    let device = site.device();
    let page = site.browser("alice").review(device.code());
    assert!(is_harmless(&page), "{}", page.html());
    assert_eq!(page.html().matches("<bdi>&quot;&gt;").count(), 6);
}

/// Calls every client by the name of a well-known one.
struct Impostor;

#[async_trait]
impl Presenter for Impostor {
    async fn present(&self, presentation: &mut Presentation<'_>) {
        presentation.application = "Example TV".to_owned();
        presentation.is_verified = false;
        presentation.logo = Some(Logo::png(b"not its own"));
    }
}

#[test]
fn a_name_that_nobody_checked_stands_beside_the_identifier_and_has_no_logo() {
    let site = Site::with(|builder| builder, |pages| pages.presenter(Impostor));
    let device = site.device_asking("c-4711", "openid", Origin::new());
    let page = site.browser("alice").review(device.code());
    assert!(page.has("Its identifier: <bdi><code>c-4711</code></bdi>"));
    assert!(!page.has("<img"));
}

#[test]
fn a_hostile_entry_comes_back_harmless() {
    let site = Site::new();
    for entry in [
        HOSTILE,
        "\"onfocus=alert(1) \"",
        "<b>BCDF</b>",
        "\r\nSet-Cookie: a=b",
    ] {
        let page = site
            .browser("alice")
            .post("/activate", &[("user_code", entry)]);
        assert!(is_harmless(&page), "{}", page.html());
        assert!(
            !page.has("\"onfocus") && !page.has("<b>"),
            "{}",
            page.html()
        );
    }
}

#[test]
fn a_long_name_is_cut_and_what_is_approved_is_not() {
    let name = "n".repeat(2_000);
    let site = Site::with(|builder| builder, |pages| pages.application("tv", &name));
    let scope = format!("{} end", "x".repeat(2_000));
    let device = site.device_asking("tv", &scope, Origin::new());
    let page = site.browser("alice").review(device.code());
    assert!(page.has(&format!("{}…", "n".repeat(80))) && !page.has(&"n".repeat(81)));
    assert!(
        page.has(&"x".repeat(2_000)),
        "nobody approves what they cannot see"
    );
}

#[test]
fn the_identifier_of_an_unverified_client_is_shown_to_its_end() {
    let site = Site::new();
    let host = format!("bank.example.{}.evil.test", "a".repeat(63));
    let client = format!("https://{host}/{}", "c".repeat(1_000));
    let device = site.device_asking(&client, "", Origin::new());
    let mut person = site.browser("alice");
    let page = person.review(device.code());
    let (cut, whole) = (client.split_at(80).0, format!("<code>{client}</code>"));
    assert!(
        page.has(&format!("{cut}…")) && page.has(&whole),
        "{}",
        page.html()
    );
}

#[test]
fn a_hostile_language_wish_is_not_echoed() {
    let site = Site::new();
    let form = [("user_code", "x"), ("ui_locales", HOSTILE)];
    let page = site.browser("alice").post("/activate", &form);
    assert!(is_harmless(&page));
    assert_eq!(page.input("ui_locales"), Some("en"));
}

#[test]
fn a_name_that_looks_like_nothing_is_replaced() {
    let site = Site::with(
        |builder| builder,
        |pages| pages.application("tv", "\u{200b}\u{3164} "),
    );
    let device = site.device();
    let page = site.browser("alice").review(device.code());
    assert!(page.has("Allow <bdi>tv</bdi> to use"), "{}", page.html());
}

#[test]
fn a_permission_and_an_account_that_look_like_nothing_are_named_all_the_same() {
    let site = Site::with(
        |builder| builder,
        |pages| pages.scope("calendar", "\u{200b}").presenter(Nameless),
    );
    let device = site.device_asking("tv", "calendar", Origin::new());
    let page = site.browser("alice").review(device.code());
    assert!(page.has("<code>calendar</code>"), "{}", page.html());
    assert!(page.has("<bdi>alice</bdi>"), "{}", page.html());
}

/// Gives an account a name that nobody sees.
struct Nameless;

#[async_trait]
impl Presenter for Nameless {
    async fn present(&self, presentation: &mut Presentation<'_>) {
        presentation.account = Some("\u{3164}".to_owned());
    }
}
