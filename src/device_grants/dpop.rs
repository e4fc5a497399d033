use std::time::Duration;

use super::DeviceGrants;
use super::fault::Fault;
use crate::grant::Timestamp;
use crate::host::{Charge, Quota};

impl DeviceGrants {
    pub(crate) fn now(&self) -> Timestamp {
        self.inner().now()
    }

    /// Returns whether nothing of this name was used for so long, and remembers that it is now.
    ///
    /// A limiter takes a debt that its clock cannot have made for all but one unit, so a clock that is set back would let one
    /// unit through. Both of two can only be taken if none is owed.
    pub(crate) async fn is_first_use(&self, name: &str, within: Duration) -> Result<bool, Fault> {
        let inner = self.inner();
        let key = inner.limit_key("dpop", format_args!("{name}"));
        let one = Charge::take(key, Quota::new(2, within));
        Ok(inner.take(&[one.clone(), one]).await?.is_ok())
    }

    /// Returns the codes that make a nonce of this number one of this server, that of the current key first.
    pub(crate) fn nonce_codes(&self, number: i64) -> Vec<[u8; 16]> {
        let inner = self.inner();
        inner.keys.nonce_codes(&inner.issuer, number).collect()
    }
}
