//! Parts that the visitor leaves out, and their choices.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::StatusCode;

use super::site::{Browser, Device, Page, Site};
use crate::device_grants::{Builder, PollOutcome};
use crate::grant::{Access, Origin};
use crate::host::{
    ApprovalContext, AuthorizationContext, Policy, PortError, Redemption, Ruling, Warning,
};
use crate::message::{Scope, SignInParameters};
use crate::page::{Choice, Pages, Presentation, Presenter};

/// Offers two organizations, and to leave out the profile, one resource and one detail.
#[derive(Clone, Default)]
struct Offering {
    /// More organizations, before the others.
    more: Arc<Mutex<Vec<(String, String)>>>,
    selected: Option<&'static str>,
}

#[async_trait]
impl Presenter for Offering {
    async fn present(&self, presentation: &mut Presentation<'_>) {
        presentation.optional = Access::new(scope("profile email"));
        presentation.optional.resources = vec!["https://b.example/".to_owned()];
        let own = [("17", "Example <Ltd.>"), ("23", "Blue Team")];
        let own = own.map(|(value, text)| (value.to_owned(), text.to_owned()));
        let more = self.more.lock().unwrap().clone();
        let mut choice = Choice::new("organization", "Organization", [more, own.into()].concat());
        choice.selected = self.selected.map(str::to_owned);
        presentation.choices.push(choice);
        presentation
            .choices
            .push(Choice::new("none", "None", [("", ""); 0]));
    }
}

/// Wants a strong sign-in for organization 23, and warns of 17 where the scope says so.
struct ByChoice;

#[async_trait]
impl Policy for ByChoice {
    async fn at_authorization(&self, _: &AuthorizationContext<'_>) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }

    async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        let organization = context.data.get("organization").and_then(|it| it.as_str());
        Ok(match organization {
            Some("23") => Ruling::StepUp(SignInParameters::acr(["high"])),
            _ if context.access.scope.contains("doubtful") => Ruling::Warn(Warning::new("New.")),
            _ => Ruling::Allow,
        })
    }

    async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }
}

fn scope(text: &str) -> Scope {
    text.parse().unwrap()
}

fn site() -> Site {
    site_of(Offering::default(), |builder| builder)
}

fn site_of(offering: Offering, settings: impl FnOnce(Builder) -> Builder) -> Site {
    Site::with(settings, |pages| pages.presenter(offering))
}

/// The form's fields, and these.
fn press(browser: &mut Browser<'_>, page: &Page, chosen: &[(&str, &str)]) -> Page {
    let fields = [
        "ui_locales",
        "ticket",
        "user_code",
        "via",
        "offer",
        "selection",
        "warning",
    ];
    let fields = fields
        .into_iter()
        .filter_map(|name| Some((name, page.input(name)?)));
    let form: Vec<_> = fields.chain(chosen.iter().copied()).collect();
    browser.post("/activate/decision", &form)
}

const APPROVE: (&str, &str) = ("decision", "approve");
const EMAIL: (&str, &str) = ("keep-1", "on");
const EXAMPLE: (&str, &str) = ("choose-0", "0");

fn asking(site: &Site) -> Device {
    site.device_asking("tv", "openid profile email", Origin::new())
}

/// The scope and the organization that the issuer was told.
fn told(site: &Site, device: &Device) -> (String, Option<String>) {
    let PollOutcome::Tokens(tokens) = site.poll(device) else {
        panic!("there are no tokens");
    };
    let scope = tokens.scope.clone().map(|scope| scope.as_str().to_owned());
    let organization = tokens.extra("organization").and_then(|it| it.as_str());
    (scope.unwrap_or_default(), organization.map(str::to_owned))
}

#[test]
fn what_may_be_left_out_has_a_ticked_box_and_the_rest_has_none() {
    let site = site();
    let page = site.browser("alice").review(asking(&site).code());
    for text in [
        "Untick what you do not want to allow.",
        "<li><bdi>know who you are</bdi></li>",
        "<input type=\"checkbox\" form=\"review\" name=\"keep-0\" value=\"on\" checked><span><bdi>see your name and profile</bdi></span>",
        "name=\"keep-1\" value=\"on\" checked",
        "<legend><bdi>Organization</bdi></legend>",
        "<input type=\"radio\" form=\"review\" name=\"choose-0\" value=\"0\"><span><bdi>Example &lt;Ltd.&gt;</bdi></span>",
        "<form id=\"review\"",
    ] {
        assert!(page.has(text), "{text}: {}", page.html());
    }
    assert_eq!(page.html().matches("type=\"checkbox\"").count(), 2);
    assert_eq!(page.html().matches("<fieldset").count(), 1);
    assert!(!page.has("required") && !page.has("value=\"17\""));
}

#[test]
fn the_issuer_gets_what_is_left_and_what_was_chosen() {
    let site = site();
    let device = asking(&site);
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    let page = press(&mut browser, &page, &[APPROVE, EMAIL, EXAMPLE]);
    assert!(page.has("<h1>Allowed</h1>"), "{}", page.html());
    let expected = ("openid email".to_owned(), Some("17".to_owned()));
    assert_eq!(told(&site, &device), expected);
}

#[test]
fn resources_and_details_can_be_left_out_too() {
    let optional = Access {
        resources: vec!["https://b.example/".to_owned()],
        authorization_details: vec![serde_json::json!({"type": "b"})],
        ..Access::default()
    };
    let site = Site::with(|builder| builder, |pages| pages.optional(optional));
    let device = site.device_sending(&[
        ("scope", "openid"),
        ("resource", "https://a.example/"),
        ("resource", "https://b.example/"),
        (
            "authorization_details",
            "[{\"type\":\"a\"},{\"type\":\"b\"}]",
        ),
    ]);
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    assert_eq!(page.html().matches("type=\"checkbox\"").count(), 2);
    let page = press(&mut browser, &page, &[APPROVE, ("keep-1", "on")]);
    assert!(page.has("<h1>Allowed</h1>"), "{}", page.html());
    let PollOutcome::Tokens(tokens) = site.poll(&device) else {
        panic!("there are no tokens");
    };
    assert_eq!(
        tokens.extra("resources").unwrap(),
        &serde_json::json!(["https://a.example/"])
    );
    let details = serde_json::json!([{"type": "a"}, {"type": "b"}]);
    assert_eq!(tokens.extra("details").unwrap(), &details);
}

#[test]
fn leaving_everything_out_decides_nothing_and_says_so() {
    let site = Site::with(
        |builder| builder,
        |pages| pages.optional(Access::new(scope("openid profile"))),
    );
    let device = site.device();
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    let page = press(&mut browser, &page, &[APPROVE]);
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    assert!(page.has(
        "<p class=\"mistake\" id=\"mistake\" role=\"alert\">Leave something ticked, or deny.</p>"
    ));
    assert!(page.has("<title>Error: "));
    assert!(!page.has(" checked"), "the boxes are as they were posted");
    assert!(site.poll(&device).is_pending());
    let page = press(&mut browser, &page, &[APPROVE, ("keep-0", "on")]);
    assert!(page.has("<h1>Allowed</h1>"));
    assert_eq!(told(&site, &device).0, "openid");
}

#[test]
fn a_choice_without_an_option_is_asked_for_again_and_the_boxes_stay() {
    let site = site();
    let device = asking(&site);
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    let page = press(&mut browser, &page, &[APPROVE, EMAIL]);
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    assert!(page.has("Choose one of the options, or deny."));
    assert!(page.has("<fieldset aria-describedby=\"mistake\">"));
    assert!(
        page.has("name=\"keep-0\" value=\"on\"><")
            && page.has("name=\"keep-1\" value=\"on\" checked>")
    );
    assert!(site.poll(&device).is_pending());
    assert!(!site.event_names().contains(&"approved"));
}

#[test]
fn an_option_may_be_selected_at_first() {
    let offering = Offering {
        selected: Some("23"),
        ..Offering::default()
    };
    let site = site_of(offering, |builder| builder);
    let page = site.browser("alice").review(asking(&site).code());
    assert!(page.has("name=\"choose-0\" value=\"1\" checked>"));
    assert_eq!(page.html().matches("value=\"0\" checked").count(), 0);
}

/// Out of range, repeated, malformed, of another review, without the offer, and all of it made up.
#[test]
fn what_was_not_offered_is_refused_and_decides_nothing() {
    let site = site();
    let (device, other) = (asking(&site), asking(&site));
    let mut browser = site.browser("alice");
    let foreign = browser
        .review(other.code())
        .input("offer")
        .unwrap()
        .to_owned();
    let page = browser.review(device.code());
    let offer = page.input("offer").unwrap().to_owned();
    let own = ("offer", offer.as_str());
    let whole = format!("{offer}-0-1-0_2");
    for chosen in [
        &[own, EMAIL, ("choose-0", "2")][..],
        &[own, EMAIL, ("choose-0", "255")],
        &[own, EMAIL, ("choose-0", "999")],
        &[own, EMAIL, EXAMPLE, EXAMPLE],
        &[own, EMAIL, EXAMPLE, ("choose-1", "0")],
        &[own, EMAIL, EXAMPLE, ("keep-2", "on")],
        &[own, EMAIL, EXAMPLE, ("keep-0", "1")],
        &[own, EMAIL, EMAIL, EXAMPLE],
        &[own, own, EMAIL, EXAMPLE],
        &[own, EMAIL, ("choose-0", "17")],
        &[("offer", &foreign), EMAIL, EXAMPLE],
        &[("offer", "x"), EMAIL, EXAMPLE],
        &[EMAIL, EXAMPLE],
        &[],
        &[("selection", &whole)],
        &[("selection", "x")],
    ] {
        let ticket = page.ticket();
        let review = [("ticket", &*ticket), ("user_code", device.code()), APPROVE];
        let answer = browser.post("/activate/decision", &[&review[..], chosen].concat());
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{chosen:?}");
        assert!(answer.has("what you can choose has changed"), "{chosen:?}");
        assert!(answer.has("value=\"deny\""), "{chosen:?}");
        assert!(site.poll(&device).is_pending(), "{chosen:?}");
    }
    assert!(!site.event_names().contains(&"approved"));
}

#[test]
fn a_ticket_alone_approves_where_nothing_is_offered_and_nothing_where_something_is() {
    let site = site();
    let device = asking(&site);
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    let page = browser.decide(&ticket, "approve");
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    assert!(site.poll(&device).is_pending());
    let optional = Access::new(scope("email"));
    let site = Site::with(|builder| builder, |pages| pages.optional(optional));
    let device = site.device();
    let mut browser = site.browser("alice");
    let ticket = browser.review(device.code()).ticket();
    assert!(browser.decide(&ticket, "approve").has("<h1>Allowed</h1>"));
    let page = site.browser("bob").decide(&ticket, "approve");
    assert_eq!(page.status(), StatusCode::GONE);
    assert_eq!(site.event_names().last(), Some(&"ticket_refused"));
}

#[test]
fn an_offer_that_has_changed_is_made_anew() {
    let offering = Offering::default();
    let more = Arc::clone(&offering.more);
    let site = site_of(offering, |builder| builder);
    let device = asking(&site);
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    more.lock()
        .unwrap()
        .push(("5".to_owned(), "Other".to_owned()));
    let page = press(&mut browser, &page, &[APPROVE, EMAIL, EXAMPLE]);
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    assert!(page.has("<bdi>Other</bdi>"));
    assert!(
        !page.has("value=\"0\" checked"),
        "it would be another option"
    );
    assert!(site.poll(&device).is_pending());
    press(&mut browser, &page, &[APPROVE, EMAIL, EXAMPLE]);
    assert_eq!(told(&site, &device).1.as_deref(), Some("5"));
}

#[test]
fn a_denial_needs_no_choice_and_a_second_click_is_no_second_approval() {
    let site = site();
    let (denied, approved) = (asking(&site), asking(&site));
    let mut browser = site.browser("alice");
    let page = browser.review(denied.code());
    let page = press(&mut browser, &page, &[("decision", "deny")]);
    assert!(page.has("<h1>Denied</h1>"));
    let page = browser.review(approved.code());
    for _ in 0..2 {
        let page = press(&mut browser, &page, &[APPROVE, EMAIL, EXAMPLE]);
        assert!(page.has("<h1>Allowed</h1>"));
    }
    let names = site.event_names();
    assert_eq!(names.iter().filter(|name| **name == "approved").count(), 1);
}

#[test]
fn a_warning_keeps_the_choices() {
    let site = site_of(Offering::default(), |builder| builder.policy(ByChoice));
    let device = site.device_asking("tv", "openid profile doubtful", Origin::new());
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    let warned = press(&mut browser, &page, &[APPROVE, EXAMPLE]);
    assert!(warned.has("Allow anyway"), "{}", warned.html());
    assert_eq!(warned.input("offer"), None);
    let page = press(&mut browser, &warned, &[APPROVE]);
    assert!(page.has("<h1>Allowed</h1>"), "{}", page.html());
    let expected = ("openid doubtful".to_owned(), Some("17".to_owned()));
    assert_eq!(told(&site, &device), expected);
}

#[test]
fn a_stronger_sign_in_finds_the_choices_as_they_were() {
    let site = site_of(Offering::default(), |builder| builder.policy(ByChoice));
    let device = asking(&site);
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    let page = press(&mut browser, &page, &[APPROVE, EMAIL, ("choose-0", "1")]);
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    // The login leads back to the form, where the code is filled in.
    browser.session = "two";
    let code = browser
        .get("/activate")
        .input("user_code")
        .unwrap()
        .to_owned();
    let page = browser.review(&code);
    assert!(
        page.has("name=\"keep-0\" value=\"on\"><")
            && page.has("name=\"keep-1\" value=\"on\" checked>")
    );
    assert!(page.has("name=\"choose-0\" value=\"1\" checked>"));
    assert_eq!(page.status(), StatusCode::OK);
}

#[test]
fn a_session_that_ended_meanwhile_loses_no_choice() {
    let site = site();
    let device = asking(&site);
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    browser.user = "";
    press(&mut browser, &page, &[APPROVE, EMAIL, EXAMPLE]);
    browser.user = "alice";
    assert!(site.poll(&device).is_pending());
    let page = browser.review(device.code());
    assert!(page.has("name=\"keep-0\" value=\"on\"><"));
    assert!(page.has("name=\"choose-0\" value=\"0\" checked>"));
}

#[test]
fn choices_that_do_not_fit_into_the_data_approve_nothing() {
    struct Huge;
    #[async_trait]
    impl Presenter for Huge {
        async fn present(&self, presentation: &mut Presentation<'_>) {
            let options = [("x".repeat(9_000), "Huge".to_owned())];
            presentation
                .choices
                .push(Choice::new("size", "Size", options));
        }
    }
    let site = Site::with(|builder| builder, |pages: Pages| pages.presenter(Huge));
    let device = site.device();
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    let page = press(&mut browser, &page, &[APPROVE, EXAMPLE]);
    assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(site.poll(&device).is_pending());
}

#[test]
fn what_a_form_adds_where_nothing_is_offered_is_refused() {
    let site = Site::new();
    let device = site.device();
    let mut browser = site.browser("alice");
    let page = browser.review(device.code());
    assert_eq!(page.input("offer"), None);
    let answer = press(&mut browser, &page, &[APPROVE, EXAMPLE]);
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(site.poll(&device).is_pending());
}
