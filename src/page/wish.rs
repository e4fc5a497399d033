use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

use super::Language;

/// Which languages a visitor wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    /// The one that the page's address names.
    address: Option<Language>,
    accepted: Option<&'a str>,
}

impl<'a> Wish<'a> {
    /// The wish of a request, with the `ui_locales` of its address or form.
    pub(super) fn of(headers: &'a HeaderMap, ui_locales: Option<&str>) -> Self {
        let accepted = headers.get(ACCEPT_LANGUAGE);
        Self {
            address: ui_locales.and_then(Language::named),
            accepted: accepted.and_then(|value| value.to_str().ok()),
        }
    }

    /// The language of a page that no device has a say in.
    pub(super) fn language(self) -> Language {
        self.address.unwrap_or_else(|| self.browsers())
    }

    /// The language of a review. The device has chosen its `locales` and may be an attacker's, so they choose only
    /// among the languages that the browser accepts.
    pub(super) fn reviewed<'t>(self, locales: impl IntoIterator<Item = &'t str>) -> Language {
        let asked = || Language::first_of(locales).filter(|language| self.accepts(*language));
        self.address
            .or_else(asked)
            .unwrap_or_else(|| self.browsers())
    }

    /// The language that a page's address has to name, so that the page is in `language`.
    pub(super) fn to_name(self, language: Language) -> Option<Language> {
        (language != self.browsers()).then_some(language)
    }

    /// The language for a second word of caution on a page in `language`, which the browser does not accept: whoever
    /// sent a link has chosen it.
    pub(super) fn caution_beside(self, language: Language) -> Option<Language> {
        (language != self.browsers() && !self.accepts(language)).then(|| self.browsers())
    }

    fn browsers(self) -> Language {
        Language::choose(None, self.accepted)
    }

    fn accepts(self, language: Language) -> bool {
        self.accepted.is_some_and(|list| language.is_accepted(list))
    }
}
