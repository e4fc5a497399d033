use std::net::IpAddr;

use super::Place;
use crate::text::{is_invisible, is_printable};

/// The origin of a device authorization request, as far as your server knows it.
///
/// It describes the device, not the person who approves
/// ([RFC 8628 §5.3](https://www.rfc-editor.org/rfc/rfc8628#section-5.3)); the review shows both places side by side. The
/// texts come from the device: they are cut to [`Origin::MAX_TEXT`] characters and have no control characters, but you have to
/// escape them.
///
/// ```
/// use device_grant::grant::Origin;
///
/// let origin = Origin::new().with_ip([203, 0, 113, 7].into()).with_device_label("Living\u{202e} room");
/// assert_eq!(origin.device_label(), Some("Living room"));
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Origin {
    /// The address of the request, as the edge of your server saw it.
    pub ip: Option<IpAddr>,
    /// The place of that address, as far as your server knows it.
    pub place: Place,
    user_agent: Option<Box<str>>,
    device_label: Option<Box<str>>,
}

impl Origin {
    /// The largest number of characters of a text: 200.
    pub const MAX_TEXT: usize = 200;

    /// An unknown origin.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the address of the request, as the edge of your server saw it.
    #[must_use]
    pub fn with_ip(mut self, ip: IpAddr) -> Self {
        self.ip = Some(ip);
        self
    }

    /// Sets the `User-Agent` of the request.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: &str) -> Self {
        self.user_agent = bounded(user_agent);
        self
    }

    /// Sets the device's own, unverified name.
    #[must_use]
    pub fn with_device_label(mut self, label: &str) -> Self {
        self.device_label = bounded(label);
        self
    }

    /// Sets the place of that address, for a policy that [compares it](crate::host::ApprovalContext::is_same_country) with the
    /// place of the end user.
    #[must_use]
    pub fn with_place(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Returns the user agent, if known.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
    }

    /// Returns the device's own, unverified name, if known.
    #[must_use]
    pub fn device_label(&self) -> Option<&str> {
        self.device_label.as_deref()
    }

    pub(super) fn from_parts(
        ip: Option<IpAddr>,
        user_agent: Option<Box<str>>,
        device_label: Option<Box<str>>,
        place: Place,
    ) -> Self {
        Self {
            ip,
            user_agent,
            device_label,
            place,
        }
    }
}

/// `text` without what could hide or reorder its neighbours on a page, and not too long.
fn bounded(text: &str) -> Option<Box<str>> {
    if is_printable(text) && text.len() <= Origin::MAX_TEXT {
        // As nearly all are, and each request has one.
        return (!text.trim().is_empty()).then(|| text.into());
    }
    let mut kept = String::with_capacity(text.len().min(Origin::MAX_TEXT));
    let visible = text
        .chars()
        .filter(|&c| !c.is_control() && !is_invisible(c));
    kept.extend(visible.take(Origin::MAX_TEXT));
    if kept.trim().is_empty() {
        None
    } else {
        Some(kept.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_and_freed_of_controls() {
        let origin = Origin::new().with_user_agent(&format!("a\r\n\u{0}b{}", "x".repeat(1_000)));
        let kept = origin.user_agent().unwrap();
        assert!(kept.starts_with("abx"));
        assert_eq!(kept.chars().count(), Origin::MAX_TEXT);
    }

    #[test]
    fn blank_text_is_none() {
        assert_eq!(
            Origin::new()
                .with_device_label(" \n\u{200b} ")
                .device_label(),
            None
        );
    }
}
