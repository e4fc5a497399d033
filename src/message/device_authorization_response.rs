use std::{fmt, time::Duration};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use zeroize::Zeroize;

use crate::message::{Reply, error_response::ceil_seconds, members::ExtraMembers};

/// The response with the codes for a device ([RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)).
///
/// Only this value has both codes in plain text. `Debug` hides them, and they are
/// wiped when dropped. `interval` is always sent, because some clients poll without a pause if it is missing.
#[derive(Clone)]
#[non_exhaustive]
pub struct DeviceAuthorizationResponse {
    /// The device code, a secret of the device.
    pub device_code: String,
    /// The user code, as the device shows it to the end user.
    pub user_code: String,
    /// The address at which the end user enters the code.
    pub verification_uri: String,
    /// The address that contains the user code, if the client's terms turn it on.
    pub verification_uri_complete: Option<String>,
    /// The lifetime of both codes, in whole seconds.
    pub expires_in: Duration,
    /// The least time between two polls, in whole seconds (`interval`).
    pub interval: Duration,
    extra: ExtraMembers,
}

impl DeviceAuthorizationResponse {
    const STANDARD: [&str; 6] = [
        "device_code",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
        "expires_in",
        "interval",
    ];

    /// Starts from the required members; the user code is the one to show, with its dashes.
    ///
    /// The wire knows whole seconds: `expires_in` is rounded down and `interval` up, to at least
    /// one, so that neither promises more than is kept.
    pub(crate) fn new(
        device_code: impl Into<String>,
        user_code: impl Into<String>,
        verification_uri: impl Into<String>,
        expires_in: Duration,
        interval: Duration,
    ) -> Self {
        Self {
            device_code: device_code.into(),
            user_code: user_code.into(),
            verification_uri: verification_uri.into(),
            verification_uri_complete: None,
            expires_in: Duration::from_secs(expires_in.as_secs()),
            interval: Duration::from_secs(ceil_seconds(interval).max(1)),
            extra: ExtraMembers::default(),
        }
    }

    /// Sets `verification_uri_complete`, which holds the user code.
    pub(crate) fn complete(mut self, uri: impl Into<String>) -> Self {
        self.verification_uri_complete = Some(uri.into());
        self
    }

    /// Adds a member beyond the standard ones, such as a `message` for the end user.
    ///
    /// A member with the name of a standard one is ignored.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let name = name.into();
        if !Self::STANDARD.contains(&name.as_str()) {
            self.extra.insert(name, value.into());
        }
        self
    }

    /// Returns the status, headers and body to send.
    #[must_use]
    pub fn reply(&self) -> Reply {
        Reply::json(200, self)
    }
}

impl Serialize for DeviceAuthorizationResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("device_code", &self.device_code)?;
        map.serialize_entry("user_code", &self.user_code)?;
        map.serialize_entry("verification_uri", &self.verification_uri)?;
        if let Some(uri) = &self.verification_uri_complete {
            map.serialize_entry("verification_uri_complete", uri)?;
        }
        map.serialize_entry("expires_in", &self.expires_in.as_secs())?;
        map.serialize_entry("interval", &self.interval.as_secs())?;
        for (name, value) in self.extra.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Drop for DeviceAuthorizationResponse {
    fn drop(&mut self) {
        self.device_code.zeroize();
        self.user_code.zeroize();
        self.verification_uri_complete.zeroize();
    }
}

impl fmt::Debug for DeviceAuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAuthorizationResponse")
            .field("verification_uri", &self.verification_uri)
            .field("expires_in", &self.expires_in)
            .field("interval", &self.interval)
            .field("extra", &self.extra)
            .finish_non_exhaustive()
    }
}
