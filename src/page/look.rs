use http::HeaderValue;

use super::colour::Colour;
use super::content_policy::ContentPolicy;
use super::logo::Logo;
use super::shown::Shown;

/// The look of all pages, and the content security policy that lets exactly this look through.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) host_name: Option<String>,
    pub(super) logo: Option<Logo>,
    style: String,
    /// The header of [`Self::policy`], made once.
    policy_header: HeaderValue,
}

const STYLE: &str = include_str!("style.css");
pub(super) const SCRIPT: &str = include_str!("script.js");

/// The colour that the style sheet calls `--paper`, on light and on dark screens.
const PAPERS: [Colour; 2] = [Colour::rgb(0xff, 0xff, 0xff), Colour::rgb(0x1a, 0x1e, 0x23)];

impl Look {
    pub(super) fn new() -> Self {
        Self {
            host_name: None,
            logo: None,
            style: STYLE.to_owned(),
            policy_header: policy(STYLE).header(),
        }
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
        self.style = format!("{STYLE}{light}@media (prefers-color-scheme:dark){{{dark}}}");
        self.policy_header = policy(&self.style).header();
    }

    /// The address of the page's icon: the logo, or none, so that browsers ask for no file.
    pub(super) fn icon(&self) -> &str {
        self.logo.as_ref().map_or("data:,", Logo::uri)
    }

    /// The text of the page's `style` element.
    pub(super) fn style(&self) -> &str {
        &self.style
    }

    /// The content security policy of the ready-made pages, for others to add to.
    pub(super) fn policy(&self) -> ContentPolicy {
        policy(&self.style)
    }

    /// The `Content-Security-Policy` of the ready-made pages.
    pub(super) fn policy_header(&self) -> HeaderValue {
        self.policy_header.clone()
    }
}

fn policy(style: &str) -> ContentPolicy {
    ContentPolicy::default().style(style).script(SCRIPT)
}
