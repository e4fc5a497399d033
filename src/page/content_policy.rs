use base64ct::{Base64, Encoding};
use http::HeaderValue;
use sha2::{Digest, Sha256};

/// The content security policy of a page. It allows only the contents of the page itself, and forms that post here.
/// `frame-ancestors` keeps other sites from showing the page in a transparent frame, in which a click would approve.
#[derive(Clone, Debug, Default)]
pub(super) struct ContentPolicy {
    styles: Vec<String>,
    scripts: Vec<String>,
    own_files: bool,
}

impl ContentPolicy {
    /// Lets an inline style of exactly this text through.
    pub(super) fn style(mut self, text: &str) -> Self {
        self.styles.push(hash(text));
        self
    }

    /// Lets an inline script of exactly this text through.
    pub(super) fn script(mut self, text: &str) -> Self {
        self.scripts.push(hash(text));
        self
    }

    /// Lets styles, scripts, images and fonts of the pages' own origin through.
    pub(super) fn own_files(mut self) -> Self {
        self.own_files = true;
        self
    }

    /// The `Content-Security-Policy`.
    pub(super) fn header(&self) -> HeaderValue {
        let own = if self.own_files { " 'self'" } else { "" };
        let (styles, scripts) = (self.styles.concat(), self.scripts.concat());
        // `data:` is for logos, which are in the page itself. A directive without a source allows nothing.
        let text = format!(
            "default-src 'none'; style-src{own}{styles}; script-src{own}{scripts}; img-src{own} data:; \
             font-src{own}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        // Base64 and the text above are always a valid header. The fallback would forbid everything.
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
    }
}

fn hash(text: &str) -> String {
    format!(" 'sha256-{}'", Base64::encode_string(&Sha256::digest(text)))
}
