use maud::{Markup, html};

use super::{Body, Context, filled};
use crate::code::ConfirmationCode;
use crate::host::Warning;
use crate::page::shown::Shown;
use crate::page::view::Notice;

/// A page that only says something, and what can be done next.
pub(super) fn body(notice: &Notice, context: &Context<'_>) -> Body {
    let texts = &context.texts.notices;
    let (text, next) = match notice {
        Notice::Approved(_) => (texts.approved, approved(context)),
        Notice::Connected(_) => (texts.connected, your_devices(context)),
        Notice::Undone(_) => (texts.undone, enter_code(context)),
        Notice::Unconfirmed(code) => (texts.unconfirmed, confirmation(code, context)),
        Notice::Denied => (texts.denied, html! {}),
        Notice::Reported => (texts.reported, html! {}),
        Notice::Released => (texts.released, html! {}),
        Notice::Closed => (texts.closed, enter_code(context)),
        Notice::Forbidden(_) => (texts.forbidden, deny(context)),
        Notice::StepUp(_, uri) => (texts.step_up, step_up(uri.as_deref(), context)),
        Notice::Warned(_, warning) => (texts.warned, warned(warning, context)),
        Notice::TooManyAttempts(delay) => {
            let minutes = delay.as_secs().div_ceil(60);
            let when = (texts.try_again_in)(minutes);
            (
                texts.too_many_attempts,
                html! { p { (when) " " (texts.start_over) } (enter_code(context)) },
            )
        }
        Notice::CrossSite => (texts.cross_site, enter_code(context)),
        Notice::BadForm => (texts.bad_form, enter_code(context)),
        Notice::SignIn(uri) => {
            let text = context.texts.actions.sign_in;
            (
                texts.sign_in,
                html! { p { a.button href=(uri) { (text) } } },
            )
        }
        Notice::Unavailable => (texts.unavailable, enter_code(context)),
        Notice::Failed => (texts.failed, html! {}),
        Notice::WrongMethod => (texts.wrong_method, enter_code(context)),
    };
    let lead = match notice {
        Notice::Approved(approved) | Notice::Connected(approved) | Notice::Undone(approved) => {
            let application = html! { bdi { strong { (approved.application) } } };
            let account = html! { bdi { strong { (approved.account) } } };
            let names = [("application", &application), ("account", &account)];
            filled(text.body, &names)
        }
        Notice::Unconfirmed(_)
        | Notice::Denied
        | Notice::Reported
        | Notice::Released
        | Notice::Closed
        | Notice::Forbidden(_)
        | Notice::StepUp(..)
        | Notice::Warned(..)
        | Notice::TooManyAttempts(_)
        | Notice::CrossSite
        | Notice::BadForm
        | Notice::SignIn(_)
        | Notice::Unavailable
        | Notice::Failed
        | Notice::WrongMethod => html! { (text.body) },
    };
    frame(text.title, &lead, sign(notice), &next)
}

/// The path of the page's sign, on 24 by 24: a tick where something was approved, a bar where it was denied,
/// a mark of attention elsewhere. The title says the same, so it is hidden from those who listen.
fn sign(notice: &Notice) -> &'static str {
    match notice {
        Notice::Approved(_) | Notice::Connected(_) | Notice::Unconfirmed(_) => "m7.5 12.5 3 3 6-7",
        Notice::Undone(_) | Notice::Denied | Notice::Reported => "M7.5 12h9",
        Notice::Released
        | Notice::Closed
        | Notice::Forbidden(_)
        | Notice::StepUp(..)
        | Notice::Warned(..)
        | Notice::TooManyAttempts(_)
        | Notice::CrossSite
        | Notice::BadForm
        | Notice::SignIn(_)
        | Notice::Unavailable
        | Notice::Failed
        | Notice::WrongMethod => "M12 7v6m0 3.5v.01",
    }
}

fn frame(title: &'static str, lead: &Markup, sign: &'static str, next: &Markup) -> Body {
    Body {
        title,
        is_error: false,
        is_lively: true,
        content: html! {
            svg.sign viewBox="0 0 24 24" aria-hidden="true" {
                circle cx="12" cy="12" r="10" {}
                path d=(sign) {}
            }
            h1 { (title) }
            p.lead { (lead) }
            (next)
        },
    }
}

fn enter_code(context: &Context<'_>) -> Markup {
    html! {
        p { a.button href=(context.paths.entry()) { (context.texts.actions.enter_code) } }
    }
}

/// The way back, as long as the device has no tokens, and the way to all devices.
fn approved(context: &Context<'_>) -> Markup {
    html! {
        form method="post" action=(context.paths.decision()) {
            (context.hidden())
            button.second.wide type="submit" name="decision" value="undo" { (context.texts.actions.undo) }
        }
        (your_devices(context))
    }
}

fn your_devices(context: &Context<'_>) -> Markup {
    html! {
        @if context.paths.has_devices() {
            p.onward { a href=(context.paths.devices(None)) { (context.texts.devices.title) } }
        }
    }
}

/// The digits in two groups, and what keeps them from a phisher.
fn confirmation(code: &ConfirmationCode, context: &Context<'_>) -> Markup {
    let texts = &context.texts.notices;
    let (first, second) = code.expose().split_at(ConfirmationCode::LENGTH / 2);
    // A screen reader would read the digits as one number.
    let spelled: Vec<String> = code.expose().chars().map(String::from).collect();
    html! {
        section.compare {
            p.code dir="ltr" aria-hidden="true" { (first) " " (second) }
            p.hidden { (texts.confirmation_code) " " span dir="ltr" { (spelled.join(" ")) } }
        }
        div.caution { p { strong { (texts.tell_nobody) } } }
    }
}

fn sign_in(uri: &str, context: &Context<'_>) -> Markup {
    html! { p { a.button href=(uri) { (context.texts.actions.sign_in) } } }
}

fn step_up(uri: Option<&str>, context: &Context<'_>) -> Markup {
    html! {
        @if let Some(uri) = uri { (sign_in(uri, context)) }
        (deny(context))
    }
}

/// The host's warning, and the same choice once more: deny first and as large, approve without focus or `id`.
fn warned(warning: &Warning, context: &Context<'_>) -> Markup {
    let actions = &context.texts.actions;
    let text = Shown::whole(warning.text(context.language.tag()));
    html! {
        div.caution { p { strong { bdi { (text.as_str()) } } } }
        form method="post" action=(context.paths.decision()) {
            (context.hidden())
            div.choice {
                button.deny type="submit" name="decision" value="deny" { (actions.deny) }
                button type="submit" name="decision" value="approve" { (actions.approve_anyway) }
            }
            div.others {
                button.quiet type="submit" name="decision" value="not_me" { (actions.not_me) }
            }
        }
    }
}

/// Denying is always allowed.
fn deny(context: &Context<'_>) -> Markup {
    html! {
        form method="post" action=(context.paths.decision()) {
            (context.hidden())
            button.deny.wide type="submit" name="decision" value="deny" { (context.texts.actions.deny) }
        }
    }
}
