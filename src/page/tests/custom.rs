use http::StatusCode;

use super::site::Site;
use crate::grant::Origin;
use crate::page::{CustomPage, Logo, Page, PageKind, Pages, Template};

const STYLE: &str = "p{color:green}";

/// Writes the review anew, puts the form into a frame, and leaves the others as they are.
struct Own;

impl Template for Own {
    fn render(&self, page: &Page<'_>) -> Option<CustomPage> {
        let (title, content) = (page.title, page.content);
        if page.kind == PageKind::EnterCode {
            let html = format!("<title>{title}</title><style>{STYLE}</style>{content}");
            let mut custom = CustomPage::new(html);
            custom.inline_styles.push(STYLE.to_owned());
            return Some(custom);
        }
        let name = &page.presentation?.application;
        let fields = page.fields.iter().map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
        });
        let choices = page.choices.iter();
        let buttons = choices
            .map(|(decision, label)| format!("<button value={}>{}</button>", decision, label));
        let parts: String = fields.chain(buttons).collect();
        let html = format!("{name}<form method=post action={}>{parts}", page.action);
        let mut custom = CustomPage::new(html);
        custom.own_files = true;
        Some(custom)
    }
}

fn site() -> Site {
    Site::with(|builder| builder, |pages| pages.template(Own))
}

#[test]
fn the_hosts_frame_is_sent_with_our_headers_and_its_style() {
    let site = site();
    let page = site.browser("alice").get("/activate");
    assert!(page.html().starts_with("<title>Connect a device</title>"));
    assert_eq!(page.input("user_code"), Some(""));
    assert_eq!(page.header("x-frame-options"), "DENY");
    let policy = page.header("content-security-policy");
    assert_eq!(policy.matches("'sha256-").count(), 3, "{policy}");
    assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
}

#[test]
fn logos_are_parts_of_the_page() {
    let look = |pages: Pages| {
        pages
            .logo(Logo::svg("<svg/>"))
            .application_logo("tv", Logo::png(b"png"))
    };
    let site = Site::with(|builder| builder, look);
    let page = site.browser("alice").review(site.device().code());
    let [host, application] =
        ["svg+xml;base64,PHN2Zy8+", "png;base64,cG5n"].map(|logo| format!("\"data:image/{logo}\""));
    assert!(page.has(&format!("<link rel=\"icon\" href={host}>")));
    assert!(page.has(&format!("<header><img src={host} alt=\"\">")));
    assert!(page.has(&format!("<img src={application} alt=\"\"><h1>")));
    let unnamed = site.device_asking("other", "openid", Origin::new());
    let page = site.browser("alice").review(unnamed.code());
    assert!(!page.has(&application));
}

#[test]
fn a_review_written_anew_can_be_decided_on() {
    let site = site();
    let device = site.device();
    let mut browser = site.browser("alice");
    let review = browser.review(device.code());
    assert!(
        review
            .html()
            .starts_with("Example TV<form method=post action=/activate/decision>")
    );
    let choices = ["deny", "approve", "not_me", "other_account"];
    let places = choices.map(|it| review.html().find(&format!("value={it}>")).unwrap());
    assert!(places.is_sorted());
    assert!(
        review
            .header("content-security-policy")
            .contains("img-src 'self' data:")
    );
    let page = browser.decide(&review.ticket(), "approve");
    assert_eq!(page.status(), StatusCode::OK);
    assert!(
        page.html().starts_with("<!DOCTYPE html>"),
        "the others are the ready-made ones"
    );
}

#[test]
fn debug_shows_neither_code_nor_ticket() {
    struct Debugging;
    impl Template for Debugging {
        fn render(&self, page: &Page<'_>) -> Option<CustomPage> {
            Some(CustomPage::new(format!("{page:?}")))
        }
    }
    let site = Site::with(|builder| builder, |pages| pages.template(Debugging));
    let device = site.device();
    let page = site.browser("alice").review(device.code());
    assert_eq!(page.html(), "Page { kind: Review, language: English, .. }");
}

#[test]
fn debug_of_a_custom_page_shows_nothing_of_it() {
    struct Copying;
    impl Template for Copying {
        fn render(&self, page: &Page<'_>) -> Option<CustomPage> {
            let fields = page.fields.iter().map(|(_, value)| value.as_str());
            let mut custom = CustomPage::new(fields.collect::<String>());
            custom.inline_scripts.push(page.content.to_owned());
            Some(CustomPage::new(format!("{custom:?}")))
        }
    }
    let site = Site::with(|builder| builder, |pages| pages.template(Copying));
    let page = site.browser("alice").review(site.device().code());
    let html = page.html();
    assert!(
        html.starts_with("CustomPage { html: [")
            && html.ends_with(" bytes], own_files: false, .. }"),
        "{html}"
    );
}
