use std::fmt;
use std::sync::Arc;

use http::HeaderValue;

use super::Page;
use super::content_policy::ContentPolicy;

/// Writes your own pages in place of the ready-made ones.
///
/// ```
/// use device_grant::page::{CustomPage, Page, Template};
///
/// struct Frame;
///
/// impl Template for Frame {
///     fn render(&self, page: &Page<'_>) -> Option<CustomPage> {
///         let (tag, title, content) = (page.language.tag(), page.title, page.content);
///         let mut custom = CustomPage::new(format!(
///             "<!DOCTYPE html><html lang={tag}><title>{title}</title><link rel=stylesheet href=/style.css>{content}"
///         ));
///         custom.own_files = true;
///         Some(custom)
///     }
/// }
/// ```
pub trait Template: Send + Sync {
    /// Returns your own page, or `None` for the ready-made one.
    fn render(&self, page: &Page<'_>) -> Option<CustomPage>;
}

impl<T: Template + ?Sized> Template for Arc<T> {
    fn render(&self, page: &Page<'_>) -> Option<CustomPage> {
        (**self).render(page)
    }
}

/// A page of your own. It is sent with the status and headers of the ready-made one: `no-store`, no frames, no
/// `Referer`, and a content security policy that allows what is named here.
///
/// ```
/// use device_grant::page::CustomPage;
///
/// let mut page = CustomPage::new("<!DOCTYPE html><style>p{color:green}</style><p>Done.");
/// page.inline_styles.push("p{color:green}".to_owned());
/// ```
#[derive(Clone)]
#[must_use]
#[non_exhaustive]
pub struct CustomPage {
    /// A whole HTML document. It may contain the ready-made style and script unchanged.
    pub html: String,
    /// The exact texts of the allowed `style` elements.
    pub inline_styles: Vec<String>,
    /// The exact texts of the allowed `script` elements.
    pub inline_scripts: Vec<String>,
    /// True to allow style sheets, scripts, images and fonts from the pages' own origin.
    pub own_files: bool,
}

impl CustomPage {
    /// A page with this HTML document, which allows no styles, scripts or files of its own.
    pub fn new(html: impl Into<String>) -> Self {
        Self {
            html: html.into(),
            inline_styles: Vec::new(),
            inline_scripts: Vec::new(),
            own_files: false,
        }
    }

    /// The document and its policy, on top of `base`.
    pub(super) fn into_parts(self, base: ContentPolicy) -> (String, HeaderValue) {
        let policy = self
            .inline_styles
            .iter()
            .fold(base, |policy, text| policy.style(text));
        let policy = self
            .inline_scripts
            .iter()
            .fold(policy, |policy, text| policy.script(text));
        let policy = if self.own_files {
            policy.own_files()
        } else {
            policy
        };
        (self.html, policy.header())
    }
}

/// Not the document: it holds what the page held, a user code and a ticket among it.
impl fmt::Debug for CustomPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomPage")
            .field("html", &format_args!("[{} bytes]", self.html.len()))
            .field("own_files", &self.own_files)
            .finish_non_exhaustive()
    }
}
