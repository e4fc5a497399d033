use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::shown::Shown;
use super::{Choice, Language, Logo};
use crate::device_grants::Review;
use crate::grant::{Access, Facts, Timestamp};
use crate::host::Visitor;

/// Puts a request into the words of the host: names and places that only it knows.
///
/// Small hosts name their clients and scopes with [`Pages::application`](super::Pages::application) and
/// [`Pages::scope`](super::Pages::scope) and need none of these.
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
    /// Adds to the presentation, which holds what the settings of the pages say, or replaces parts of it.
    ///
    /// When the host cannot tell, it leaves the presentation as it is: the page then shows the client's identifier,
    /// marked unverified, and the scope's tokens.
    async fn present(&self, presentation: &mut Presentation<'_>);
}

#[async_trait]
impl<P: Presenter + ?Sized> Presenter for Arc<P> {
    async fn present(&self, presentation: &mut Presentation<'_>) {
        (**self).present(presentation).await;
    }
}

/// A grant in words: for its review, for the pages that tell what was decided, and for the list of the end user's devices.
///
/// Texts may come from strangers: before they are shown they are bounded, and freed of what could reorder their
/// neighbours. A template gets them so.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Presentation<'a> {
    /// The request.
    pub grant: &'a Facts,
    /// The review, where it is shown; `None` at the decision and afterwards.
    pub review: Option<&'a Review>,
    /// The end user who decides.
    pub visitor: &'a Visitor,
    /// The language of the page.
    pub language: Language,
    /// The name of the application. Default: the client's identifier.
    pub application: String,
    /// Says that the host vouches for the name. The page marks any other, such as that of a client that registered itself.
    pub is_verified: bool,
    /// The application's logo. It is shown beside a name that is verified, and beside no other.
    pub logo: Option<Logo>,
    /// The name by which the end user knows their account. Default: the subject.
    pub account: Option<String>,
    /// More names by which the end user signs in, such as an e-mail address. A device's `login_hint` that is
    /// one of these, the account or the subject, in either case, is said to match; any other is warned of.
    pub logins: Vec<String>,
    /// The words for each scope token, as the end of "It will be able to ...". Default: the token itself.
    pub scopes: BTreeMap<String, String>,
    /// The parts of the request that the end user may leave out. Each that was requested has a checkbox, ticked at first; an
    /// approval that leaves nothing of the scope, of the resources or of the details is refused. Default: what
    /// [`Pages::optional`](super::Pages::optional) says.
    ///
    /// A decision is checked against it anew, so it may depend on the grant and on the visitor, and not on
    /// [`review`](Self::review) or on the language.
    pub optional: Access,
    /// The host's own choices, such as an organization. Default: none. A decision is checked against them anew, as against
    /// [`optional`](Self::optional).
    pub choices: Vec<Choice>,
    /// The host's own lines, below what is asked for.
    pub notes: Vec<String>,
    /// The place that the request came from, as exactly as the host wants to say. It is shown beside the address.
    pub device_place: Option<String>,
    /// The place where the visitor is, for comparison.
    pub visitor_place: Option<String>,
    /// The time at which the device's tokens were used last, for the list of devices. Default: not shown.
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
        self.application = Shown::name(&self.application).into_string();
        if self.application.is_empty() {
            self.application = Shown::name(self.grant.client_id.as_str()).into_string();
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
