use maud::{Markup, html};

use super::{Body, Context};
use crate::device_grants::Standing;
use crate::page::date::date;
use crate::page::shown::Shown;
use crate::page::told::Told;
use crate::page::view::{Device, Devices};

/// The visitor's devices, each with a way to sign it out.
pub(super) fn body(view: &Devices<'_>, context: &Context<'_>) -> Body {
    let texts = &context.texts.devices;
    Body {
        title: texts.title,
        is_error: false,
        is_lively: true,
        content: html! {
            h1 { (texts.title) }
            @if let Some(told) = view.told {
                div.caution role="status" { p { strong { (tell(told, context)) } } }
            }
            @if !view.devices.is_empty() {
                p.lead { (texts.lead) }
            } @else if view.older.is_none() {
                // The pages after this one may have devices.
                p.lead { (texts.none) }
            }
            @if !view.devices.is_empty() {
                ul.devices {
                    @for (index, device) in view.devices.iter().enumerate() {
                        li { (one(index, device, context)) }
                    }
                }
            }
            p.onward {
                @if let Some(older) = &view.older { a href=(older) { (texts.older) } " · " }
                a href=(context.paths.entry()) { (context.texts.entry.title) }
            }
        },
    }
}

fn tell(told: Told, context: &Context<'_>) -> &'static str {
    let texts = &context.texts.devices;
    match told {
        Told::SignedOut => texts.signed_out,
        Told::Reported => texts.reported,
        Told::LivesOn => texts.lives_on,
        Told::Gone => texts.gone,
        Told::Unfinished(_) => texts.unfinished,
    }
}

fn one(index: usize, device: &Device<'_>, context: &Context<'_>) -> Markup {
    let presentation = &device.presentation;
    let (heading, actions) = (format!("device-{index}"), &context.texts.actions);
    let logo = presentation.logo.as_ref();
    html! {
        div.application {
            @if let Some(logo) = logo.filter(|_| presentation.is_verified) {
                img src=(logo.uri()) alt="";
            }
            h2 id=(heading) { bdi { (presentation.application) } }
        }
        (facts(device, context))
        form method="post" action=(context.paths.devices(None)) {
            (context.hidden())
            input type="hidden" name="grant" value=(device.grant.id);
            div.choice {
                // All of these buttons read alike. The heading tells a screen reader which device each is for.
                button.deny type="submit" name="decision" value="sign_out" aria-describedby=(heading) { (actions.sign_out) }
                button.quiet type="submit" name="decision" value="not_me" aria-describedby=(heading) { (actions.disown) }
            }
        }
    }
}

/// The device, and the time since which it has access.
fn facts(device: &Device<'_>, context: &Context<'_>) -> Markup {
    let (texts, facts) = (&context.texts.devices, &context.texts.facts);
    let (grant, presentation) = (device.grant, &device.presentation);
    let label = grant.origin.device_label().map(Shown::name);
    html! {
        dl {
            @if !presentation.is_verified {
                dt { (context.texts.review.unverified) }
                dd { bdi { code { (Shown::whole(grant.client_id.as_str()).as_str()) } } }
            }
            @if let Some(label) = label.filter(|label| !label.as_str().is_empty()) {
                dt { (facts.device) }
                dd { bdi { (label.as_str()) } " " span.aside { "(" (facts.device_unverified) ")" } }
            }
            @if let Some(since) = grant.since {
                dt { (texts.connected_at) }
                dd {
                    @if grant.standing == Standing::Approved { (texts.waiting) } @else { (date(since)) }
                }
            }
            @if let Some(at) = presentation.last_used_at {
                dt { (texts.last_used) }
                dd { (date(at)) }
            }
            @if let Some(place) = super::review::place(presentation.device_place.as_deref(), grant.origin.ip) {
                dt { (facts.from) }
                dd { (place) }
            }
        }
    }
}
