use std::net::IpAddr;

use maud::{Markup, html};

use super::{Body, Context, filled};
use crate::grant::{Arrival, Timestamp};
use crate::page::offer::{Part, Unfit};
use crate::page::selection::Selection;
use crate::page::shown::Shown;
use crate::page::texts::MistakeTexts;
use crate::page::view::ReviewView;

/// The `id` of the form, to which the choices above it belong.
const FORM: &str = "review";

/// The main part of the review page.
pub(super) fn body(view: &ReviewView<'_>, context: &Context<'_>) -> Body {
    let texts = &context.texts.review;
    Body {
        title: texts.title,
        is_error: view.unfit.is_some(),
        is_lively: true,
        content: html! {
            (heading(view, context))
            p.account { (filled(texts.signed_in_as, &[("account", &account(view))])) }
            @if let Some(unfit) = view.unfit {
                p.mistake id="mistake" role="alert" { (explain(unfit, &context.texts.mistakes)) }
            }
            @if !view.presentation.is_verified { (unverified(view, context)) }
            (code(view, context))
            (access(view, context))
            (choices(view))
            (facts(view, context))
            div.caution {
                p { strong { (texts.caution) } }
                p { (texts.caution_why) }
            }
            (form(context))
        },
    }
}

/// The question, beside the application's logo. A logo looks like a proof, so that none is shown for a name that the host
/// does not vouch for.
fn heading(view: &ReviewView<'_>, context: &Context<'_>) -> Markup {
    let question = context.texts.review.question;
    let presentation = view.presentation;
    let logo = presentation.logo.as_ref();
    html! {
        div.application {
            @if let Some(logo) = logo.filter(|_| presentation.is_verified) {
                img src=(logo.uri()) alt="";
            }
            h1 { (question.0) bdi { (presentation.application) } (question.1) }
        }
    }
}

/// The name by which the visitor knows their account.
fn account(view: &ReviewView<'_>) -> Markup {
    html! { bdi { (view.presentation.account()) } }
}

/// Says that the client chose its name itself, and shows its identifier, which it did not choose.
fn unverified(view: &ReviewView<'_>, context: &Context<'_>) -> Markup {
    let texts = &context.texts.review;
    // Whole: the end of a host name tells its owner, and the application's name may be a cut identifier.
    let client = Shown::whole(view.review.grant.client_id.as_str());
    html! {
        p.unverified {
            strong { (texts.unverified) } " " (texts.unverified_why)
            @if client.as_str() != view.presentation.application {
                " " (texts.identifier) " " bdi { code { (client.as_str()) } }
            }
        }
    }
}

/// The code in large letters, and what to compare it with.
fn code(view: &ReviewView<'_>, context: &Context<'_>) -> Markup {
    let texts = &context.texts.review;
    let code = view.review.user_code();
    // A screen reader would read the code as a word.
    let spelled: Vec<String> = code
        .chars()
        .filter(|&c| c != '-')
        .map(String::from)
        .collect();
    let left = view.review.grant.expires_at.duration_until(view.review.at);
    html! {
        section.compare {
            p.code dir="ltr" aria-hidden="true" { (code) }
            p.hidden { (texts.code) " " span dir="ltr" { (spelled.join(" ")) } }
            p {
                @match view.review.arrival {
                    Arrival::Typed => { (texts.compare) }
                    Arrival::Link => { strong { (texts.compare_link) } }
                }
            }
            // Seconds and not a time, because the clock of the visitor may be wrong.
            p.left data-seconds=(left.as_secs()) data-label=(context.texts.minutes.clock)
                data-over=(context.texts.minutes.over) {
                ((context.texts.minutes.left)(left.as_secs() / 60))
            }
        }
    }
}

/// All that is asked for.
fn access(view: &ReviewView<'_>, context: &Context<'_>) -> Markup {
    let texts = &context.texts.review;
    let requested = &view.review.grant.requested;
    let is_nothing = requested.scope.is_empty()
        && requested.resources.is_empty()
        && requested.authorization_details.is_empty();
    html! {
        section {
            h2 { (texts.asks_for) }
            @if is_nothing {
                p { (texts.asks_for_nothing) }
            } @else {
                @if view.offer.has_optional() { p { (texts.optional) } }
                ul {
                    @for token in requested.scope.iter() {
                        (part(Part::Scope(token), &scope(token, view, context), view))
                    }
                    @for resource in &requested.resources {
                        (part(Part::Resource(resource), &literal(texts.resource, resource), view))
                    }
                    @for detail in &requested.authorization_details {
                        (part(Part::Detail(detail), &literal(texts.detail, &detail.to_string()), view))
                    }
                }
            }
            @for note in &view.presentation.notes {
                p { bdi { (note) } }
            }
        }
    }
}

/// A part of the request: with a checkbox, if it may be left out.
fn part(part: Part<'_>, words: &Markup, view: &ReviewView<'_>) -> Markup {
    let place = view.offer.place(part);
    let is_kept = |place| view.offer.is_kept(place, view.selection);
    html! {
        @if let Some(place) = place {
            li.optional {
                label.option {
                    input type="checkbox" form=(FORM) name=(Selection::keep(place)) value="on" checked[is_kept(place)];
                    span { (words) }
                }
            }
        } @else {
            li { (words) }
        }
    }
}

/// A text for which the host has no words, after words for its kind.
fn literal(words: &str, text: &str) -> Markup {
    html! { (words) " " bdi { code { (Shown::whole(text).as_str()) } } }
}

/// The host's choices. Not `required`, which would stand in the way of a denial.
fn choices(view: &ReviewView<'_>) -> Markup {
    let offer = &view.offer;
    html! {
        @for (place, choice) in offer.choices.iter().enumerate() {
            @let selected = offer.option(place, view.selection);
            @let is_missing = view.unfit == Some(Unfit::Unchosen) && selected.is_none();
            fieldset aria-describedby=[is_missing.then_some("mistake")] {
                legend { bdi { (choice.label) } }
                @for (option, (_, text)) in choice.options.iter().enumerate() {
                    label.option {
                        input type="radio" form=(FORM) name=(Selection::choose(place)) value=(option)
                            checked[selected == Some(option)];
                        span { bdi { (text) } }
                    }
                }
            }
        }
    }
}

pub(in crate::page) fn explain(unfit: Unfit, texts: &MistakeTexts) -> &'static str {
    match unfit {
        Unfit::Other => texts.other_choices,
        Unfit::Unchosen => texts.unchosen,
        Unfit::Nothing => texts.nothing_left,
    }
}

fn scope(token: &str, view: &ReviewView<'_>, context: &Context<'_>) -> Markup {
    let words = view
        .presentation
        .words(token)
        .or_else(|| context.texts.scope(token));
    html! {
        @match words {
            Some(words) => { bdi { (words) } }
            None => { bdi { code { (token) } } }
        }
    }
}

/// The time and the place of the request, beside the place of the visitor.
fn facts(view: &ReviewView<'_>, context: &Context<'_>) -> Markup {
    let texts = &context.texts.facts;
    let (review, presentation) = (view.review, view.presentation);
    let is_same = view.is_same_network() == Some(true);
    html! {
        section {
            h2.hidden { (texts.heading) }
            dl {
                (device(view, context))
                dt { (texts.requested) }
                dd { (ago(review.grant.issued_at, review.at, context)) }
                @if let Some(place) = place(presentation.device_place.as_deref(), review.grant.origin.ip) {
                    dt { (texts.from) }
                    dd { (place) (nearness(view, context)) }
                }
                // In one network, the line above tells where both are.
                @if let Some(place) = place(presentation.visitor_place.as_deref(), view.visitor.ip()).filter(|_| !is_same) {
                    dt { (texts.your_address) }
                    dd { (place) }
                }
                (meant_for(view, context))
            }
        }
    }
}

/// The name that the device gives itself.
fn device(view: &ReviewView<'_>, context: &Context<'_>) -> Markup {
    let texts = &context.texts.facts;
    let label = view.review.grant.origin.device_label().map(Shown::name);
    html! {
        @if let Some(label) = label.filter(|label| !label.as_str().is_empty()) {
            dt { (texts.device) }
            dd { bdi { (label.as_str()) } " " span.aside { "(" (texts.device_unverified) ")" } }
        }
    }
}

/// Returns whether the account that the device expects is the visitor's. The hint itself is free text of a stranger's.
fn meant_for(view: &ReviewView<'_>, context: &Context<'_>) -> Markup {
    let texts = &context.texts.facts;
    html! {
        @if let Some(is_theirs) = view.is_meant_for_visitor() {
            dt { (texts.meant_for) }
            dd {
                @if is_theirs { (texts.your_account) } @else { strong { (texts.another_account) } }
                " " span.aside { "(" (texts.as_device_says) ")" }
            }
        }
    }
}

/// True if both are in one network. That they are not proves nothing: phones and televisions seldom are.
fn nearness(view: &ReviewView<'_>, context: &Context<'_>) -> Markup {
    let texts = &context.texts.facts;
    let nearness = view.is_same_network().map(|is_same| {
        if is_same {
            texts.same_network
        } else {
            texts.other_network
        }
    });
    html! {
        @if let Some(nearness) = nearness { " " span.aside { "(" (nearness) ")" } }
    }
}

/// A place by its name, its address or both; nothing if the host knows neither.
pub(super) fn place(place: Option<&str>, ip: Option<IpAddr>) -> Option<Markup> {
    (place.is_some() || ip.is_some()).then(|| {
        html! {
            @if let Some(place) = place { bdi { (place) } " " }
            // An IPv4 address that a socket maps to IPv6 is shown as people know it.
            @if let Some(ip) = ip { bdi.address dir="ltr" { (ip.to_canonical()) } }
        }
    })
}

fn ago(then: Timestamp, now: Timestamp, context: &Context<'_>) -> String {
    (context.texts.minutes.ago)(now.duration_until(then).as_secs() / 60)
}

/// The decision. Deny comes first, is as large as approve, and is what the Enter key would choose; approve has
/// neither focus nor an `id` that a link or a script could aim at.
fn form(context: &Context<'_>) -> Markup {
    let actions = &context.texts.actions;
    html! {
        form id=(FORM) method="post" action=(context.paths.decision()) {
            (context.hidden())
            div.choice {
                button.deny type="submit" name="decision" value="deny" { (actions.deny) }
                button type="submit" name="decision" value="approve" { (actions.approve) }
            }
            div.others {
                button.quiet type="submit" name="decision" value="not_me" { (actions.not_me) }
                button.quiet type="submit" name="decision" value="other_account" { (actions.other_account) }
            }
        }
    }
}
