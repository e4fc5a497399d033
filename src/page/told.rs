use http::{HeaderMap, HeaderValue};

use super::cookie;
use super::paths::Paths;
use crate::code::GrantId;

/// The outcome of a post of the list of devices, for the GET that it leads to.
///
/// It travels in a cookie and not in the address, so that no link leads to a page that claims it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Told {
    /// The device has no access any more.
    SignedOut,
    /// The device has no access any more, and the visitor said that they did not start it.
    Reported,
    /// The device is no longer listed, and its tokens live until they expire.
    LivesOn,
    /// There was nothing to sign out.
    Gone,
    /// This device may still have access, because something failed. It stays in the list, to be signed out once more.
    Unfinished(GrantId),
}

impl Told {
    const SECONDS: u32 = 60;
    /// For as long a failure is told again, with the device.
    const UNFINISHED_SECONDS: u32 = 3_600;
    const UNFINISHED: &str = "unfinished-";
    const NAMES: [(Self, &str); 4] = [
        (Self::SignedOut, "signed-out"),
        (Self::Reported, "reported"),
        (Self::LivesOn, "lives-on"),
        (Self::Gone, "gone"),
    ];

    /// Reads it from the request's cookies.
    pub(super) fn of(headers: &HeaderMap, paths: &Paths) -> Option<Self> {
        let value = cookie::read(headers, cookie_name(paths))?;
        if let Some(grant) = value.strip_prefix(Self::UNFINISHED) {
            return grant.parse().ok().map(Self::Unfinished);
        }
        let known = Self::NAMES.iter().find(|(_, name)| *name == value);
        known.map(|(told, _)| *told)
    }

    /// The `Set-Cookie` that carries it.
    pub(super) fn set_cookie(self, paths: &Paths) -> Option<HeaderValue> {
        let (value, seconds) = match self {
            Self::Unfinished(grant) => {
                let value = format!("{}{grant}", Self::UNFINISHED);
                (value, Self::UNFINISHED_SECONDS)
            }
            told @ (Self::SignedOut | Self::Reported | Self::LivesOn | Self::Gone) => {
                let (_, name) = Self::NAMES.iter().find(|(known, _)| *known == told)?;
                ((*name).to_owned(), Self::SECONDS)
            }
        };
        let path = paths.devices_path();
        cookie::set(paths, cookie_name(paths), &value, &path, seconds)
    }

    /// Returns whether this is about that device, which may still have access.
    pub(super) fn is_unfinished(self, grant: GrantId) -> bool {
        self == Self::Unfinished(grant)
    }

    /// The `Set-Cookie` that forgets it.
    pub(super) fn forget(paths: &Paths) -> Option<HeaderValue> {
        cookie::set(paths, cookie_name(paths), "", &paths.devices_path(), 0)
    }
}

fn cookie_name(paths: &Paths) -> &'static str {
    if paths.is_https() {
        "__Secure-device_grant_told"
    } else {
        "device_grant_told"
    }
}
