use maud::{Markup, html};

use super::{Body, Context};
use crate::device_grants::ReviewTicket;
use crate::page::texts::NoticeText;
use crate::page::view::Notice;

/// A page that only says something, and what can be done next.
pub(super) fn body(notice: &Notice, context: &Context<'_>) -> Body {
    let texts = &context.texts.notices;
    let (text, next) = match notice {
        Notice::Approved => (texts.approved, html! {}),
        Notice::Denied => (texts.denied, html! {}),
        Notice::Reported => (texts.reported, html! {}),
        Notice::Released => (texts.released, html! {}),
        Notice::Closed => (texts.closed, enter_code(context)),
        Notice::Forbidden(ticket) => (texts.forbidden, deny(ticket, context)),
        Notice::StepUp(ticket) => (texts.step_up, deny(ticket, context)),
        Notice::TooManyAttempts(delay) => {
            let minutes = delay.as_secs().div_ceil(60);
            let when = (texts.try_again_in)(minutes);
            (texts.too_many_attempts, html! { p { (when) } })
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
    frame(text, &next)
}

fn frame(text: NoticeText, next: &Markup) -> Body {
    Body {
        title: text.title,
        is_error: false,
        content: html! {
            h1 { (text.title) }
            p.lead { (text.body) }
            (next)
        },
    }
}

fn enter_code(context: &Context<'_>) -> Markup {
    html! {
        p { a.button href=(context.paths.entry()) { (context.texts.actions.enter_code) } }
    }
}

/// Denying is always allowed.
fn deny(ticket: &ReviewTicket, context: &Context<'_>) -> Markup {
    html! {
        form method="post" action=(context.paths.decision()) {
            (context.hidden())
            input type="hidden" name="ticket" value=(ticket.expose());
            button.deny.wide type="submit" name="decision" value="deny" { (context.texts.actions.deny) }
        }
    }
}
