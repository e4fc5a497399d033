use base64ct::{Base64, Encoding};
use http::HeaderValue;
use sha2::{Digest, Sha256};

use super::shown::Shown;

/// The look of all pages, and the content security policy that lets exactly this look through.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) host_name: Option<String>,
    style: String,
    policy: HeaderValue,
}

const STYLE: &str = include_str!("style.css");

impl Look {
    pub(super) fn new() -> Self {
        let style = STYLE.to_owned();
        Self {
            host_name: None,
            policy: policy(&style),
            style,
        }
    }

    pub(super) fn host_name(&mut self, name: &str) {
        self.host_name = Some(Shown::name(name).into_string()).filter(|name| !name.is_empty());
    }

    /// What stands in the page's `style` element.
    pub(super) fn style(&self) -> &str {
        &self.style
    }

    /// The `Content-Security-Policy`.
    pub(super) fn policy(&self) -> HeaderValue {
        self.policy.clone()
    }
}

/// Nothing but this style, and forms that end here. `frame-ancestors` is what keeps an approval from being
/// clicked through a transparent frame.
fn policy(style: &str) -> HeaderValue {
    let style = Base64::encode_string(&Sha256::digest(style));
    let text = format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}
