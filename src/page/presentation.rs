use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::shown::Shown;
use super::{Choice, Language, Logo};
use crate::device_grants::Review;
use crate::grant::{Access, Facts, Timestamp};
use crate::host::Visitor;

/// Adds names, places and texts from your own data to the pages.
///
/// If your clients and scopes are few, use [`Pages::application`](super::Pages::application) and
/// [`Pages::scope`](super::Pages::scope) instead.
///
/// ```
/// use async_trait::async_trait;
/// use device_grant::page::{Presentation, Presenter};
///
/// struct Clients;
///
/// #[async_trait]
/// impl Presenter for Clients {
///     async fn present(&self, presentation: &mut Presentation<'_>) {
///         if presentation.grant.client_id.as_str() == "tv" {
///             presentation.application = "Example TV".to_owned();
///             presentation.is_verified = true;
///         }
///         presentation.account = Some("alice@example.com".to_owned());
///         presentation.notes.push("Your plan includes three devices.".to_owned());
///     }
/// }
/// ```
#[async_trait]
pub trait Presenter: Send + Sync {
    /// Changes the presentation, which has the values of the settings of the pages.
    ///
    /// If your data are unavailable, leave it unchanged: the page then shows the client's identifier,
    /// marked as unverified, and the scope tokens.
    async fn present(&self, presentation: &mut Presentation<'_>);
}

#[async_trait]
impl<P: Presenter + ?Sized> Presenter for Arc<P> {
    async fn present(&self, presentation: &mut Presentation<'_>) {
        (**self).present(presentation).await;
    }
}

/// The texts about a grant: for its review, the pages after the decision, and the list of the end user's devices.
///
/// Texts may come from strangers. Before they are shown, or passed to a template, they are limited in length, and characters
/// that could reorder the text around them are removed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Presentation<'a> {
    /// The request.
    pub grant: &'a Facts,
    /// The review, if it is shown; `None` at the decision and afterwards.
    pub review: Option<&'a Review>,
    /// The end user who decides.
    pub visitor: &'a Visitor,
    /// The language of the page.
    pub language: Language,
    /// The name of the application. Default: the client's identifier.
    pub application: String,
    /// True if you have verified the name. The page marks other names, such as that of a client that registered itself.
    pub is_verified: bool,
    /// The application's logo. It is shown only beside a verified name.
    pub logo: Option<Logo>,
    /// The name by which the end user knows their account. Default: the subject.
    pub account: Option<String>,
    /// Other names with which the end user signs in, such as an e-mail address. If a device's `login_hint` is
    /// one of these, the account or the subject, ignoring case, the page says that it matches; otherwise the page warns.
    pub logins: Vec<String>,
    /// The text for each scope token, as the end of "It asks to ...". Default: a built-in text for the scopes of OpenID
    /// Connect, or the token itself.
    pub scopes: BTreeMap<String, String>,
    /// The parts of the request that the end user may leave out. Each requested one has a checkbox, ticked at first. An
    /// approval that leaves nothing of the scope, the resources or the details is refused. Default:
    /// [`Pages::optional`](super::Pages::optional).
    ///
    /// The decision is checked against a new presentation. So it may depend on the grant and on the visitor, but not on
    /// [`review`](Self::review) or the language.
    pub optional: Access,
    /// Your own choices, such as an organization. Default: none. The decision is checked against them as against
    /// [`optional`](Self::optional).
    pub choices: Vec<Choice>,
    /// Your own lines of text, below the requested access. Default: none.
    pub notes: Vec<String>,
    /// The name of the place of the device, shown beside its address. Default: not shown.
    pub device_place: Option<String>,
    /// The name of the place of the visitor, for comparison. Default: not shown.
    pub visitor_place: Option<String>,
    /// The time of the last use of the device's tokens, for the list of devices. Default: not shown.
    pub last_used_at: Option<Timestamp>,
}

impl<'a> Presentation<'a> {
    /// A grant about which nothing is known.
    pub(super) fn new(
        grant: &'a Facts,
        review: Option<&'a Review>,
        visitor: &'a Visitor,
        language: Language,
    ) -> Self {
        Self {
            grant,
            review,
            visitor,
            language,
            application: String::new(),
            is_verified: false,
            logo: None,
            account: None,
            logins: Vec::new(),
            scopes: BTreeMap::new(),
            optional: Access::default(),
            choices: Vec::new(),
            notes: Vec::new(),
            device_place: None,
            visitor_place: None,
            last_used_at: None,
        }
    }

    /// Makes every text fit to be shown.
    pub(super) fn made_fit(mut self) -> Self {
        let names = [
            &mut self.account,
            &mut self.device_place,
            &mut self.visitor_place,
        ];
        for name in names.into_iter().flatten() {
            *name = Shown::name(name).into_string();
        }
        for line in self.scopes.values_mut().chain(&mut self.notes) {
            *line = Shown::line(line).into_string();
        }
        for choice in &mut self.choices {
            let options = choice.options.iter_mut().map(|(_, text)| text);
            for text in options.chain([&mut choice.label]) {
                *text = Shown::line(text).into_string();
            }
        }
        // In place of a text of which nothing is left, the page shows the token or the subject.
        self.account = self.account.take().filter(|name| !name.is_empty());
        self.scopes.retain(|_, words| !words.is_empty());
        self.notes.retain(|note| !note.is_empty());
        self.application = Shown::name(&self.application).into_string();
        if self.application.is_empty() {
            self.application = Shown::name(self.grant.client_id.as_str()).into_string();
            // The host vouched for a name of which nothing is left, not for the identifier.
            self.is_verified = false;
        }
        self
    }

    /// The name by which the visitor knows their account, fit to be shown.
    pub(super) fn account(&self) -> String {
        let subject = || Shown::name(self.visitor.subject().as_str()).into_string();
        self.account.clone().unwrap_or_else(subject)
    }

    /// The words for a scope token, if any were given.
    pub(super) fn words(&self, token: &str) -> Option<&str> {
        self.scopes.get(token).map(String::as_str)
    }
}
