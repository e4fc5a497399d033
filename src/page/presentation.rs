use std::sync::Arc;

use async_trait::async_trait;

use super::shown::Shown;
use super::{Application, Language};
use crate::device_grants::Review;
use crate::host::Visitor;

/// Puts a request into the words of the host: names and places that only it knows.
///
/// Small hosts name their clients and scopes with [`Pages::application`](super::Pages::application) and
/// [`Pages::scope`](super::Pages::scope) and need none of these.
///
/// ```
/// use async_trait::async_trait;
/// use device_grant::Review;
/// use device_grant::host::Visitor;
/// use device_grant::page::{Application, Language, Presentation, Presenter};
///
/// struct Clients;
///
/// #[async_trait]
/// impl Presenter for Clients {
///     async fn present(
///         &self,
///         review: &Review,
///         visitor: &Visitor,
///         language: Language,
///         known: Presentation,
///     ) -> Presentation {
///         match review.client_id().as_str() {
///             "tv" => known.application(Application::verified("Example TV")),
///             _ => known,
///         }
///     }
/// }
/// ```
#[async_trait]
pub trait Presenter: Send + Sync {
    /// Adds to `known`, which is what the settings of the pages say, or replaces it.
    ///
    /// When the host cannot tell, it returns `known` as it is: the page then shows the client's identifier,
    /// marked unverified, and the scope's tokens.
    async fn present(
        &self,
        review: &Review,
        visitor: &Visitor,
        language: Language,
        known: Presentation,
    ) -> Presentation;
}

#[async_trait]
impl<P: Presenter + ?Sized> Presenter for Arc<P> {
    async fn present(
        &self,
        review: &Review,
        visitor: &Visitor,
        language: Language,
        known: Presentation,
    ) -> Presentation {
        (**self).present(review, visitor, language, known).await
    }
}

/// A request in words, for one review.
///
/// ```
/// use device_grant::page::{Application, Presentation};
///
/// let presentation = Presentation::new(Application::verified("Example TV"))
///     .account("alice@example.com")
///     .scope("calendar.read", "See your calendar")
///     .note("Your plan includes three devices.")
///     .device_place("Berlin, Germany")
///     .visitor_place("Potsdam, Germany");
/// ```
#[derive(Clone, Debug)]
pub struct Presentation {
    pub(super) application: Application,
    pub(super) account: Option<String>,
    pub(super) logins: Vec<String>,
    pub(super) scopes: Vec<(String, String)>,
    pub(super) notes: Vec<String>,
    pub(super) device_place: Option<String>,
    pub(super) visitor_place: Option<String>,
}

impl Presentation {
    /// A request of this application, about which nothing else is known.
    #[must_use]
    pub fn new(application: Application) -> Self {
        Self {
            application,
            account: None,
            logins: Vec::new(),
            scopes: Vec::new(),
            notes: Vec::new(),
            device_place: None,
            visitor_place: None,
        }
    }

    /// The application.
    #[must_use]
    pub fn application(mut self, application: Application) -> Self {
        self.application = application;
        self
    }

    /// How the end user knows their account. Default: the subject.
    #[must_use]
    pub fn account(mut self, name: &str) -> Self {
        self.account = Some(Shown::name(name).into_string());
        self
    }

    /// One more name by which the end user signs in, such as an e-mail address. A device's `login_hint` that is
    /// this, the [account](Self::account) or the subject, in either case, is said to match; any other is warned of.
    #[must_use]
    pub fn login(mut self, name: &str) -> Self {
        self.logins.push(name.to_owned());
        self
    }

    /// What a scope token allows, as the end of "It will be able to ...". Default: the token itself.
    #[must_use]
    pub fn scope(mut self, token: &str, words: &str) -> Self {
        self.scopes.retain(|(known, _)| known != token);
        self.scopes
            .push((token.to_owned(), Shown::line(words).into_string()));
        self
    }

    /// One more line of the host's, below what is asked for.
    #[must_use]
    pub fn note(mut self, line: &str) -> Self {
        self.notes.push(Shown::line(line).into_string());
        self
    }

    /// Where the request came from, as exactly as the host wants to say. It is shown beside the address.
    #[must_use]
    pub fn device_place(mut self, place: &str) -> Self {
        self.device_place = Some(Shown::name(place).into_string());
        self
    }

    /// Where the visitor is, for comparison.
    #[must_use]
    pub fn visitor_place(mut self, place: &str) -> Self {
        self.visitor_place = Some(Shown::name(place).into_string());
        self
    }

    /// The application, for a template.
    #[must_use]
    pub fn shown_application(&self) -> &Application {
        &self.application
    }

    /// How the end user knows their account, if that was said.
    #[must_use]
    pub fn shown_account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Where the request came from, if that was said.
    #[must_use]
    pub fn shown_device_place(&self) -> Option<&str> {
        self.device_place.as_deref()
    }

    /// Where the visitor is, if that was said.
    #[must_use]
    pub fn shown_visitor_place(&self) -> Option<&str> {
        self.visitor_place.as_deref()
    }

    /// The host's own lines.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The words for a scope token, if any were given.
    #[must_use]
    pub fn words(&self, token: &str) -> Option<&str> {
        let known = self.scopes.iter().find(|(known, _)| known == token);
        known.map(|(_, words)| words.as_str())
    }
}
