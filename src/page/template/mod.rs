//! The pages as HTML. Everything is escaped unless it is the pages' own style.

mod entry;
mod notice;
mod review;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Language;
use super::look::{Look, SCRIPT};
use super::paths::Paths;
use super::texts::Texts;
use super::view::View;

/// What every template needs.
struct Context<'a> {
    paths: &'a Paths,
    texts: &'static Texts,
    language: Language,
}

/// A page without its frame.
struct Body {
    title: &'static str,
    is_error: bool,
    /// Whether the script has anything to do.
    is_lively: bool,
    content: Markup,
}

/// Renders a whole page.
pub(super) fn render(view: &View<'_>, paths: &Paths, look: &Look, language: Language) -> String {
    let context = Context {
        paths,
        texts: Texts::of(language),
        language,
    };
    let body = match view {
        View::Entry(entry) => entry::body(entry, &context),
        View::Review(review) => review::body(review, &context),
        View::Notice(notice) => notice::body(notice, &context),
    };
    frame(&body, look, &context).into_string()
}

fn frame(body: &Body, look: &Look, context: &Context<'_>) -> Markup {
    let direction = if context.language.is_right_to_left() {
        "rtl"
    } else {
        "ltr"
    };
    html! {
        (DOCTYPE)
        html lang=(context.language.tag()) dir=(direction) {
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
                link rel="icon" href="data:,";
                style { (PreEscaped(look.style())) }
            }
            body {
                (head(look))
                main { (body.content) }
                @if body.is_lively { script { (PreEscaped(SCRIPT)) } }
            }
        }
    }
}

/// Whose pages these are.
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

impl Context<'_> {
    /// The hidden fields that keep the language over a post.
    fn hidden(&self) -> Markup {
        html! { input type="hidden" name="ui_locales" value=(self.language.tag()); }
    }
}
