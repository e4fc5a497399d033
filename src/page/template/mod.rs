//! The pages as HTML. Everything is escaped unless it is the pages' own style.

mod devices;
mod entry;
mod notice;
mod review;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Language;
use super::look::{Look, SCRIPT};
use super::paths::Paths;
use super::texts::Texts;
use super::view::View;

pub(super) use self::entry::explain;
pub(super) use self::review::explain as explain_choice;

/// The values that every template needs.
pub(super) struct Context<'a> {
    pub(super) paths: &'a Paths,
    pub(super) texts: &'static Texts,
    pub(super) language: Language,
    /// The hidden fields of the page's form.
    pub(super) fields: Vec<(&'static str, String)>,
}

/// A page without its frame.
pub(super) struct Body {
    pub(super) title: &'static str,
    pub(super) is_error: bool,
    /// True if the script has anything to do.
    pub(super) is_lively: bool,
    pub(super) content: Markup,
}

/// The content of a page's `main`.
pub(super) fn body(view: &View<'_>, context: &Context<'_>) -> Body {
    match view {
        View::Entry(entry) => entry::body(entry, context),
        View::Review(review) => review::body(review, context),
        View::Devices(devices) => devices::body(devices, context),
        View::Notice(notice) => notice::body(notice, context),
    }
}

/// The whole page.
pub(super) fn frame(body: &Body, look: &Look, context: &Context<'_>) -> String {
    html! {
        (DOCTYPE)
        html lang=(context.language.tag()) dir=(direction(context.language)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title {
                    @if body.is_error { (context.texts.error_prefix) }
                    (body.title)
                    @if let Some(name) = &look.host_name { " · " (name) }
                }
                link rel="icon" href=(look.icon());
                style { (PreEscaped(look.style())) }
            }
            body {
                (head(look))
                main { (body.content) }
                // Not escaped: the content security policy has the digest of exactly this text. The same holds for the
                // style.
                @if body.is_lively { script { (PreEscaped(SCRIPT)) } }
            }
        }
    }
    .into_string()
}

fn direction(language: Language) -> &'static str {
    if language.is_right_to_left() {
        "rtl"
    } else {
        "ltr"
    }
}

/// The name and logo of the host.
fn head(look: &Look) -> Markup {
    html! {
        @if look.host_name.is_some() || look.logo.is_some() {
            header {
                @if let Some(logo) = &look.logo { img src=(logo.uri()) alt=""; }
                @if let Some(name) = &look.host_name { bdi { (name) } }
            }
        }
    }
}

/// A sentence with something in place of each name in braces.
fn filled(sentence: &str, parts: &[(&str, &Markup)]) -> Markup {
    let mut rest = sentence;
    html! {
        @while let Some((before, name, after)) = next_name(rest) {
            (before)
            @for (_, part) in parts.iter().filter(|(known, _)| *known == name) { (part) }
            @let () = rest = after;
        }
        (rest)
    }
}

/// The first name in braces, and the text around it.
fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

impl Context<'_> {
    fn hidden(&self) -> Markup {
        html! {
            @for (name, value) in &self.fields {
                input type="hidden" name=(name) value=(value);
            }
        }
    }
}
