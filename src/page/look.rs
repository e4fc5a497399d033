use base64ct::{Base64, Encoding};
use http::HeaderValue;
use sha2::{Digest, Sha256};

use super::Colour;
use super::logo::Logo;
use super::shown::Shown;

/// The look of all pages, and the content security policy that lets exactly this look through.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) host_name: Option<String>,
    pub(super) logo: Option<Logo>,
    style: String,
    policy: HeaderValue,
}

const STYLE: &str = include_str!("style.css");
pub(super) const SCRIPT: &str = include_str!("script.js");

/// What the style sheet calls `--paper`, on light and on dark screens.
const PAPERS: [Colour; 2] = [Colour::rgb(0xff, 0xff, 0xff), Colour::rgb(0x1a, 0x1e, 0x23)];

impl Look {
    pub(super) fn new() -> Self {
        let mut look = Self {
            host_name: None,
            logo: None,
            style: String::new(),
            policy: HeaderValue::from_static("default-src 'none'"),
        };
        look.set_style(STYLE.to_owned());
        look
    }

    pub(super) fn host_name(&mut self, name: &str) {
        self.host_name = Some(Shown::name(name).into_string()).filter(|name| !name.is_empty());
    }

    /// One colour for buttons and marks, made visible on light and dark paper, with legible text on it.
    pub(super) fn accent(&mut self, colour: Colour) {
        let [light, dark] = PAPERS.map(|paper| {
            let accent = colour.visible_on(paper);
            format!(":root{{--accent:{accent};--on-accent:{}}}", accent.text())
        });
        self.set_style(format!(
            "{STYLE}{light}@media (prefers-color-scheme:dark){{{dark}}}"
        ));
    }

    /// What stands in the page's `style` element.
    pub(super) fn style(&self) -> &str {
        &self.style
    }

    /// The `Content-Security-Policy`.
    pub(super) fn policy(&self) -> HeaderValue {
        self.policy.clone()
    }

    fn set_style(&mut self, style: String) {
        // No byte of it can be refused: base64 and what is written here.
        if let Ok(policy) = HeaderValue::try_from(policy(&style)) {
            self.policy = policy;
        }
        self.style = style;
    }
}

/// Nothing but this style, this script, images that are part of the page, and forms that end here.
/// `frame-ancestors` is what keeps an approval from being clicked through a transparent frame.
fn policy(style: &str) -> String {
    let [style, script] = [style, SCRIPT].map(|text| Base64::encode_string(&Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}
