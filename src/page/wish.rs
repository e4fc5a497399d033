use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

use super::Language;

/// The languages that a visitor wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    /// The one that the page's address names, if the browser accepts it.
    address: Option<Language>,
    accepted: Option<&'a str>,
}

impl<'a> Wish<'a> {
    /// The wish of a request, with the `ui_locales` of its address or form.
    pub(super) fn of(headers: &'a HeaderMap, ui_locales: Option<&str>) -> Self {
        let accepted = headers.get(ACCEPT_LANGUAGE);
        let browsers = Self {
            address: None,
            accepted: accepted.and_then(|value| value.to_str().ok()),
        };
        let address = ui_locales
            .and_then(|locales| browsers.among_accepted(locales.split_ascii_whitespace()));
        Self {
            address,
            ..browsers
        }
    }

    /// The language of a page that no device has a say in.
    pub(super) fn language(self) -> Language {
        self.address.unwrap_or_else(|| self.browsers())
    }

    /// The language of a review, in which the `locales` of the device have a say.
    pub(super) fn reviewed<'t>(self, locales: impl IntoIterator<Item = &'t str>) -> Language {
        self.address
            .or_else(|| self.among_accepted(locales))
            .unwrap_or_else(|| self.browsers())
    }

    /// The language that a page's address has to name, so that the page is in `language`.
    pub(super) fn to_name(self, language: Language) -> Option<Language> {
        (language != self.browsers()).then_some(language)
    }

    fn browsers(self) -> Language {
        Language::wanted_by(self.accepted)
    }

    /// The first of these that the pages have and the browser accepts. They come from a link
    /// or from a device, and so perhaps from an attacker.
    fn among_accepted<'t>(self, locales: impl IntoIterator<Item = &'t str>) -> Option<Language> {
        let accepted = self.accepted?;
        Language::all_of(locales).find(|language| language.is_accepted(accepted))
    }
}
