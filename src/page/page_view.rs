use std::fmt;
use std::time::Duration;

use http::StatusCode;

use super::look::{Look, SCRIPT};
use super::paths::Paths;
use super::template::{self, Body, Context};
use super::texts::Texts;
use super::view::{Entry, Notice, ReviewView, View};
use super::{Language, Presentation};
use crate::code::InputHints;
use crate::device_grants::Review;
use crate::host::Visitor;

/// A page that is about to be sent, for a [`Template`](super::Template) to make its own.
///
/// A template may put the ready-made [`content`](Self::content) into the host's frame, or write all of it anew: then
/// its form posts the [`fields`](Self::fields) to the [`action`](Self::action), with `user_code` or with one of the
/// [`choices`](Self::choices). Texts of strangers ([`Review`], [`code`](Self::code)) have to be escaped there.
///
/// Who writes a review anew shows what protects the end user: the application and whether it is verified, all that
/// is asked for, when and from where, the code, and how it came. Approve is neither focused nor has an `id`.
pub struct Page<'a> {
    view: &'a View<'a>,
    look: &'a Look,
    context: Context<'a>,
    body: Body,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        view: &'a View<'a>,
        paths: &'a Paths,
        look: &'a Look,
        language: Language,
    ) -> Self {
        let context = Context {
            paths,
            texts: Texts::of(language),
            language,
            fields: view.fields(language),
        };
        Self {
            body: template::body(view, &context),
            view,
            look,
            context,
        }
    }

    /// Which page it is.
    #[must_use]
    pub fn kind(&self) -> PageKind {
        match self.view {
            View::Entry(_) => PageKind::EnterCode,
            View::Review(_) => PageKind::Review,
            View::Notice(notice) => PageKind::of(notice),
        }
    }

    /// The status that it is sent with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.view.status()
    }

    /// Its language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.context.language
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.body.title
    }

    /// What the ready-made page has in its `main`, as HTML.
    #[must_use]
    pub fn content(&self) -> &str {
        self.body.content.0.as_str()
    }

    /// The ready-made style, for a `style` element that holds exactly this.
    #[must_use]
    pub fn style(&self) -> &str {
        self.look.style()
    }

    /// The ready-made script, for a `script` element at the end that holds exactly this.
    #[must_use]
    pub fn script(&self) -> &'static str {
        SCRIPT
    }

    /// Where the page's form is posted to.
    #[must_use]
    pub fn action(&self) -> String {
        match self.kind() {
            PageKind::Review | PageKind::Forbidden | PageKind::StepUp | PageKind::Warned => {
                self.context.paths.decision()
            }
            PageKind::EnterCode
            | PageKind::Approved
            | PageKind::Denied
            | PageKind::Reported
            | PageKind::Released
            | PageKind::Closed
            | PageKind::TooManyAttempts
            | PageKind::CrossSite
            | PageKind::BadForm
            | PageKind::SignIn
            | PageKind::Unavailable
            | PageKind::Failed
            | PageKind::WrongMethod => self.context.paths.entry(),
        }
    }

    /// The hidden fields of the page's form, as names and values; none where there is no form.
    #[must_use]
    pub fn fields(&self) -> &[(&'static str, String)] {
        &self.context.fields
    }

    /// What can be chosen, in the order to show it in; none where there is nothing to decide.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let actions = &self.context.texts.actions;
        let choice = |decision, label| Choice { decision, label };
        match self.view {
            View::Review(_) => vec![
                choice("deny", actions.deny),
                choice("approve", actions.approve),
                choice("not_me", actions.not_me),
                choice("other_account", actions.other_account),
            ],
            View::Notice(Notice::Forbidden(_) | Notice::StepUp(..)) => {
                vec![choice("deny", actions.deny)]
            }
            View::Notice(Notice::Warned(..)) => vec![
                choice("deny", actions.deny),
                choice("approve", actions.approve_anyway),
                choice("not_me", actions.not_me),
            ],
            View::Entry(_) | View::Notice(_) => Vec::new(),
        }
    }

    /// What the field for the code holds already. It may be anything that was typed or sent in a link.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.entry().map(|entry| entry.code)
    }

    /// How to ask for the code.
    #[must_use]
    pub fn hints(&self) -> Option<&InputHints> {
        self.entry().map(|entry| &entry.hints)
    }

    /// What was wrong with the last entry, in words.
    #[must_use]
    pub fn mistake(&self) -> Option<String> {
        let mistake = self.entry()?.mistake?;
        Some(template::explain(mistake, &self.context.texts.mistakes))
    }

    /// What is decided on.
    #[must_use]
    pub fn review(&self) -> Option<&Review> {
        self.reviewed().map(|view| view.review)
    }

    /// The same in words.
    #[must_use]
    pub fn presentation(&self) -> Option<&Presentation> {
        self.reviewed().map(|view| view.presentation)
    }

    /// Who decides.
    #[must_use]
    pub fn visitor(&self) -> Option<&Visitor> {
        self.reviewed().map(|view| view.visitor)
    }

    /// What the policy warns of, in the page's language.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        match self.view {
            View::Notice(Notice::Warned(_, warning)) => Some(warning.text(self.language().tag())),
            View::Entry(_) | View::Review(_) | View::Notice(_) => None,
        }
    }

    /// After how long it is worth trying again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.view {
            View::Notice(notice) => notice.retry_after(),
            View::Entry(_) | View::Review(_) => None,
        }
    }

    /// Where the page's link leads, to sign in. The answer's `Refresh` header leads there from
    /// [`PageKind::SignIn`] too.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        match self.view {
            View::Notice(Notice::SignIn(uri)) => Some(uri),
            View::Notice(Notice::StepUp(_, uri)) => uri.as_deref(),
            View::Entry(_) | View::Review(_) | View::Notice(_) => None,
        }
    }

    /// The ready-made page.
    pub(super) fn standard(&self) -> String {
        template::frame(&self.body, self.look, &self.context)
    }

    fn entry(&self) -> Option<&Entry<'a>> {
        match self.view {
            View::Entry(entry) => Some(entry),
            View::Review(_) | View::Notice(_) => None,
        }
    }

    fn reviewed(&self) -> Option<&ReviewView<'a>> {
        match self.view {
            View::Review(view) => Some(view),
            View::Entry(_) | View::Notice(_) => None,
        }
    }
}

impl fmt::Debug for Page<'_> {
    /// Without the code, the ticket and whatever else stands in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("kind", &self.kind())
            .field("language", &self.language())
            .finish_non_exhaustive()
    }
}

/// A decision that a page offers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Choice {
    /// The value of the form's field `decision`.
    pub decision: &'static str,
    /// What the button says.
    pub label: &'static str,
}

/// Which page it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PageKind {
    /// The form for the code, with or without a mistake.
    EnterCode,
    /// What is to be decided on.
    Review,
    /// Approved: back to the device.
    Approved,
    /// Denied.
    Denied,
    /// Denied, and reported as not started by the visitor.
    Reported,
    /// Given up for another account.
    Released,
    /// The ticket is old, used or somebody else's. One page for all reasons.
    Closed,
    /// The policy forbids to approve.
    Forbidden,
    /// The policy wants a stronger sign-in.
    StepUp,
    /// The policy warns of approving, which takes a second confirmation.
    Warned,
    /// Too many codes were entered.
    TooManyAttempts,
    /// The post came from another site.
    CrossSite,
    /// The post was none of the pages' forms.
    BadForm,
    /// The visitor has to sign in; the page goes on to the login without a click.
    SignIn,
    /// Something failed, and may work later.
    Unavailable,
    /// Something failed.
    Failed,
    /// The method has no meaning here.
    WrongMethod,
}

impl PageKind {
    fn of(notice: &Notice) -> Self {
        match notice {
            Notice::Approved => Self::Approved,
            Notice::Denied => Self::Denied,
            Notice::Reported => Self::Reported,
            Notice::Released => Self::Released,
            Notice::Closed => Self::Closed,
            Notice::Forbidden(_) => Self::Forbidden,
            Notice::StepUp(..) => Self::StepUp,
            Notice::Warned(..) => Self::Warned,
            Notice::TooManyAttempts(_) => Self::TooManyAttempts,
            Notice::CrossSite => Self::CrossSite,
            Notice::BadForm => Self::BadForm,
            Notice::SignIn(_) => Self::SignIn,
            Notice::Unavailable => Self::Unavailable,
            Notice::Failed => Self::Failed,
            Notice::WrongMethod => Self::WrongMethod,
        }
    }
}
