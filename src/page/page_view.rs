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

/// A page that is about to be sent, for a [`Template`](super::Template) to make its own.
///
/// A template may put the ready-made [`content`](Self::content) into the host's frame, or write all of it anew: then
/// its form posts the [`fields`](Self::fields) to the [`action`](Self::action), with `user_code` or with one of the
/// [`choices`](Self::choices). Texts of strangers ([`Presentation`], [`code`](Self::code)) have to be escaped there.
///
/// Who writes a review anew shows what protects the end user: the application and whether it is verified, all that
/// is asked for, when and from where, the code, and how it came. Approve is neither focused nor has an `id`.
///
/// Parts to leave out and choices ([`Presentation::optional`], [`Presentation::choices`]) belong to the same form. The parts
/// of the request that are optional are counted from 0, scope tokens first, then resources, then details: the n-th has a
/// checkbox named `keep-n` with the value `on`. The n-th choice that has options is `choose-n`, whose value is the place of the
/// option.
#[non_exhaustive]
pub struct Page<'a> {
    /// The kind of page.
    pub kind: PageKind,
    /// The status that it is sent with.
    pub status: StatusCode,
    /// Its language.
    pub language: Language,
    /// Its title.
    pub title: &'static str,
    /// The inside of the ready-made page's `main`, as HTML.
    pub content: &'a str,
    /// The ready-made style, for a `style` element that holds exactly this.
    pub style: &'a str,
    /// The ready-made script, for a `script` element at the end that holds exactly this.
    pub script: &'static str,
    /// The address that the page's form is posted to.
    pub action: String,
    /// The hidden fields of the page's form, as names and values; none where there is no form.
    pub fields: &'a [(&'static str, String)],
    /// The decisions that can be chosen, in the order to show them in: the value of the form's field `decision`, and the
    /// text of the button. None where there is nothing to decide.
    pub choices: Vec<(&'static str, &'static str)>,
    /// The text that the field for the code holds already. It may be anything that was typed or sent in a link.
    pub code: Option<&'a str>,
    /// The hints for asking for the code.
    pub hints: Option<&'a InputHints>,
    /// The mistake in the last entry or in the choices of a review, in words.
    pub mistake: Option<String>,
    /// The request that is decided on, in words; with the review and the visitor.
    pub presentation: Option<&'a Presentation<'a>>,
    /// The warning of the policy, in the page's language.
    pub warning: Option<&'a str>,
    /// The six digits of the confirmation code, on [`PageKind::Unconfirmed`]. Say beside them that they belong on the
    /// device in front of the end user, and are told to nobody.
    pub confirmation_code: Option<&'a str>,
    /// The time after which it is worth trying again.
    pub retry_after: Option<Duration>,
    /// The address that the page's link leads to, to sign in. The answer's `Refresh` header leads there from
    /// [`PageKind::SignIn`] too.
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

/// Which page it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PageKind {
    /// The form for the code, with or without a mistake.
    EnterCode,
    /// The review of a grant, to decide on.
    Review,
    /// Approved: back to the device. It can be undone.
    Approved,
    /// Approved, and the device has its tokens.
    Connected,
    /// Approved, and taken back before the device had tokens.
    Undone,
    /// The visitor's devices. The forms are in the ready-made content.
    Devices,
    /// Approved, with the confirmation code that the device has to send.
    Unconfirmed,
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
