use std::fmt;
use std::time::Duration;

use http::StatusCode;

use super::look::{Look, SCRIPT};
use super::paths::Paths;
use super::template::{self, Body, Context};
use super::texts::Texts;
use super::view::{Notice, View};
use super::{Language, Presentation};
use crate::code::InputHints;

/// The data of a page, for a [`Template`](super::Template).
///
/// A template can put the ready-made [`content`](Self::content) into its own frame, or write the whole page:
///
/// - Its form posts the [`fields`](Self::fields) to the [`action`](Self::action), with `user_code` or, as `decision`, one of
///   the [`choices`](Self::choices).
/// - Escape the texts of [`Presentation`] and [`code`](Self::code), which come from strangers.
/// - On a review, show what protects the end user: the application and if it is verified, the requested access, when and
///   from where the request came, the code, and how it was entered. Give the button Approve no focus and no `id`.
/// - Optional parts ([`Presentation::optional`]) are checkboxes in the same form. They are numbered from 0: scope tokens first,
///   then resources, then details. The n-th is named `keep-n`, with the value `on`.
/// - Choices ([`Presentation::choices`]) are fields in the same form. The n-th choice with options is named `choose-n`; its
///   value is the number of the option.
#[non_exhaustive]
pub struct Page<'a> {
    /// The kind of page.
    pub kind: PageKind,
    /// The HTTP status of the page.
    pub status: StatusCode,
    /// The language of the page.
    pub language: Language,
    /// The title of the page.
    pub title: &'static str,
    /// The HTML inside the `main` element of the ready-made page.
    pub content: &'a str,
    /// The ready-made style, for a `style` element with exactly this text.
    pub style: &'a str,
    /// The ready-made script, for a `script` element at the end with exactly this text.
    pub script: &'static str,
    /// The address to which the page's form is posted.
    pub action: String,
    /// The hidden fields of the page's form, as names and values; empty without a form.
    pub fields: &'a [(&'static str, String)],
    /// The possible decisions in their order on the page: the value of the form's field `decision`, and the
    /// text of the button. Empty if there is nothing to decide.
    pub choices: Vec<(&'static str, &'static str)>,
    /// The text to pre-fill in the field for the code. It is unchecked text that was typed or sent in a link.
    pub code: Option<&'a str>,
    /// The hints for the field for the code.
    pub hints: Option<&'a InputHints>,
    /// The text of the mistake in the last entry or in the choices of a review.
    pub mistake: Option<String>,
    /// The request with its texts, the review and the visitor.
    pub presentation: Option<&'a Presentation<'a>>,
    /// The warning of the policy, in the page's language.
    pub warning: Option<&'a str>,
    /// The six digits of the confirmation code, on [`PageKind::Unconfirmed`]. Add the text that the end user enters them only
    /// on their own device, and tells them to nobody.
    pub confirmation_code: Option<&'a str>,
    /// The time after which the visitor may try again.
    pub retry_after: Option<Duration>,
    /// The address of the page's link to sign in. On [`PageKind::SignIn`], the answer's `Refresh` header leads there as well.
    pub link: Option<&'a str>,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        view: &'a View<'a>,
        look: &'a Look,
        context: &'a Context<'a>,
        body: &'a Body,
    ) -> Self {
        let kind = PageKind::of_view(view);
        let mut page = Self {
            kind,
            status: view.status(),
            language: context.language,
            title: body.title,
            content: body.content.0.as_str(),
            style: look.style(),
            script: SCRIPT,
            action: kind.action(context.paths),
            fields: &context.fields,
            choices: choices(view, context.texts),
            code: None,
            hints: None,
            mistake: None,
            presentation: None,
            warning: None,
            confirmation_code: None,
            retry_after: None,
            link: None,
        };
        match view {
            View::Entry(entry) => {
                page.code = Some(entry.code);
                page.hints = Some(&entry.hints);
                let mistakes = &context.texts.mistakes;
                page.mistake = entry.mistake.map(|it| template::explain(it, mistakes));
            }
            View::Review(view) => {
                page.presentation = Some(view.presentation);
                let mistake = |unfit| template::explain_choice(unfit, &context.texts.mistakes);
                page.mistake = view.unfit.map(|unfit| mistake(unfit).to_owned());
            }
            View::Devices(_) => {}
            View::Notice(notice) => {
                page.retry_after = notice.retry_after();
                page.tell(notice);
            }
        }
        page
    }

    fn tell(&mut self, notice: &'a Notice) {
        match notice {
            Notice::Warned(_, warning) => self.warning = Some(warning.text(self.language.tag())),
            Notice::SignIn(uri) => self.link = Some(uri),
            Notice::StepUp(_, uri) => self.link = uri.as_deref(),
            Notice::Unconfirmed(code) => self.confirmation_code = Some(code.expose()),
            Notice::Approved(_)
            | Notice::Connected(_)
            | Notice::Undone(_)
            | Notice::Denied
            | Notice::Reported
            | Notice::Closed
            | Notice::Forbidden(_)
            | Notice::Released
            | Notice::TooManyAttempts(_)
            | Notice::CrossSite
            | Notice::BadForm
            | Notice::Unavailable
            | Notice::Failed
            | Notice::WrongMethod => {}
        }
    }
}

fn choices(view: &View<'_>, texts: &Texts) -> Vec<(&'static str, &'static str)> {
    let actions = &texts.actions;
    match view {
        View::Review(_) => vec![
            ("deny", actions.deny),
            ("approve", actions.approve),
            ("not_me", actions.not_me),
            ("other_account", actions.other_account),
        ],
        View::Notice(Notice::Forbidden(_) | Notice::StepUp(..)) => {
            vec![("deny", actions.deny)]
        }
        View::Notice(Notice::Warned(..)) => vec![
            ("deny", actions.deny),
            ("approve", actions.approve_anyway),
            ("not_me", actions.not_me),
        ],
        View::Notice(Notice::Approved(_)) => vec![("undo", actions.undo)],
        View::Entry(_) | View::Devices(_) | View::Notice(_) => Vec::new(),
    }
}

impl fmt::Debug for Page<'_> {
    /// Without the code, the ticket and whatever else stands in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("kind", &self.kind)
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// The kind of a page.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PageKind {
    /// The form for the code, with or without a mistake.
    EnterCode,
    /// The review of a grant, to decide on.
    Review,
    /// Approved; the visitor continues at the device. The approval can be undone.
    Approved,
    /// Approved, and the device has its tokens.
    Connected,
    /// Approved, and undone before the device had tokens.
    Undone,
    /// The visitor's devices. The forms are in the ready-made content.
    Devices,
    /// Approved, with the confirmation code that the device has to send.
    Unconfirmed,
    /// Denied.
    Denied,
    /// Denied, and reported as not started by the visitor.
    Reported,
    /// The review was given up for another account.
    Released,
    /// The ticket is old, used or another visitor's. One page for all reasons.
    Closed,
    /// The policy does not allow the approval.
    Forbidden,
    /// The policy or the client requires a stronger sign-in.
    StepUp,
    /// The policy warns of approving, which needs a second confirmation.
    Warned,
    /// A limit on wrong codes is used up.
    TooManyAttempts,
    /// The POST came from another site.
    CrossSite,
    /// The body of the POST is not one of the pages' forms.
    BadForm,
    /// The visitor has to sign in; the page continues to your login automatically.
    SignIn,
    /// A port failed, and may work later.
    Unavailable,
    /// A port failed, until somebody repairs it.
    Failed,
    /// The method is not supported.
    WrongMethod,
}

impl PageKind {
    fn of_view(view: &View<'_>) -> Self {
        match view {
            View::Entry(_) => Self::EnterCode,
            View::Review(_) => Self::Review,
            View::Devices(_) => Self::Devices,
            View::Notice(notice) => Self::of(notice),
        }
    }

    /// The address that the form of such a page is posted to.
    fn action(self, paths: &Paths) -> String {
        match self {
            Self::Review | Self::Approved | Self::Forbidden | Self::StepUp | Self::Warned => {
                paths.decision()
            }
            Self::Devices => paths.devices(None),
            Self::EnterCode
            | Self::Connected
            | Self::Undone
            | Self::Unconfirmed
            | Self::Denied
            | Self::Reported
            | Self::Released
            | Self::Closed
            | Self::TooManyAttempts
            | Self::CrossSite
            | Self::BadForm
            | Self::SignIn
            | Self::Unavailable
            | Self::Failed
            | Self::WrongMethod => paths.entry(),
        }
    }

    fn of(notice: &Notice) -> Self {
        match notice {
            Notice::Approved(_) => Self::Approved,
            Notice::Connected(_) => Self::Connected,
            Notice::Undone(_) => Self::Undone,
            Notice::Unconfirmed(_) => Self::Unconfirmed,
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
