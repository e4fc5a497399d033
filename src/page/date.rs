use maud::{Markup, html};

use crate::grant::Timestamp;

/// A moment, to the minute, in a form that readers of all languages know: `2026-11-29 23:05 UTC`. The script writes it in
/// the reader's language and time zone.
pub(super) fn date(at: Timestamp) -> Markup {
    let text = at.to_string();
    let (day, time) = text.split_once('T').unwrap_or((&text, ""));
    let minute = time.get(..5).unwrap_or_default();
    html! {
        // Left to right, because the numbers would change places in a text from right to left.
        time datetime={ (day) "T" (minute) "Z" } { bdi dir="ltr" { (day) " " (minute) " UTC" } }
    }
}
