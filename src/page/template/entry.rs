use maud::{Markup, html};

use super::{Body, Context};
use crate::code::{InputHints, UserCodeError};
use crate::grant::Arrival;
use crate::page::texts::MistakeTexts;
use crate::page::view::{Entry, Mistake};

/// The form for the code.
pub(super) fn body(entry: &Entry<'_>, context: &Context<'_>) -> Body {
    let texts = &context.texts.entry;
    let lead = match entry.arrival {
        Arrival::Link if !entry.code.is_empty() => texts.lead_link,
        Arrival::Link | Arrival::Typed => texts.lead,
    };
    Body {
        title: texts.title,
        is_error: entry.mistake.is_some(),
        is_lively: true,
        content: html! {
            h1 { (texts.title) }
            p.lead { (lead) }
            form method="post" action=(context.paths.entry()) {
                (context.hidden())
                label for="user_code" { (texts.label) }
                (field(entry, context))
                p.hint id="hint" {
                    (texts.hint.0) span.mask dir="ltr" { (entry.hints.masks.first().map_or("", String::as_str)) }
                    @if let Some(longest) = longest(&entry.hints) { ((texts.longer)(longest)) }
                    (texts.hint.1)
                }
                button.wide type="submit" { (context.texts.actions.proceed) }
            }
        },
    }
}

/// The number of characters of the longest codes, if not all are of one length.
fn longest(hints: &InputHints) -> Option<usize> {
    let [_, .., longest] = hints.masks.as_slice() else {
        return None;
    };
    Some(longest.chars().filter(|c| *c != '-').count())
}

/// The field: not `required` and without a `pattern`, so that the server's own words explain a mistake; and without a
/// `maxlength`, so that no browser cuts what is pasted.
///
/// Password managers must not fill it in. `one-time-code` would offer the code of the visitor's own authenticator, or
/// one from a text message: neither is the device's. Most password managers ignore `off`, so each has its own
/// attribute: 1Password, LastPass, Bitwarden, Dashlane.
fn field(entry: &Entry<'_>, context: &Context<'_>) -> Markup {
    let hints = &entry.hints;
    let described_by = match entry.mistake {
        Some(_) => "mistake hint",
        None => "hint",
    };
    html! {
        @if let Some(mistake) = entry.mistake {
            p.mistake id="mistake" role="alert" {
                (explain(mistake, &context.texts.mistakes))
            }
        }
        input.code type="text" name="user_code" id="user_code" value=(entry.code) dir="ltr"
            inputmode=(hints.input_mode)
            autocapitalize=(hints.autocapitalize) autocomplete="off" autocorrect="off"
            spellcheck="false" autofocus aria-describedby=(described_by)
            data-1p-ignore data-lpignore="true" data-bwignore data-form-type="other"
            data-mask=(hints.masks.join(" ")) aria-invalid=[entry.mistake.map(|_| "true")];
    }
}

pub(in crate::page) fn explain(mistake: Mistake, texts: &MistakeTexts) -> String {
    match mistake {
        Mistake::Empty => texts.empty.to_owned(),
        Mistake::Unknown => texts.unknown.to_owned(),
        Mistake::Mistyped(UserCodeError::TooLong) => texts.too_long.to_owned(),
        Mistake::Mistyped(UserCodeError::WrongLength {
            shortest,
            longest,
            actual,
        }) if shortest == longest => (texts.wrong_length)(&shortest.to_string(), actual),
        Mistake::Mistyped(UserCodeError::WrongLength {
            shortest,
            longest,
            actual,
        }) => (texts.wrong_length)(&format!("{shortest}–{longest}"), actual),
        Mistake::Mistyped(UserCodeError::ForeignCharacter) => texts.foreign_character.to_owned(),
        Mistake::Mistyped(UserCodeError::Mistyped) => texts.mistyped.to_owned(),
    }
}
