use std::time::Duration;

use super::DeviceGrants;
use super::fault::Fault;
use crate::grant::Timestamp;
use crate::host::{Charge, Quota};

impl DeviceGrants {
    pub(crate) fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// Returns whether nothing of this name was used for so long, and remembers that it is now.
    ///
    /// A limiter takes a debt that its clock cannot have made for all but one unit, so a clock that is set back would let one
    /// unit through. Both of two can only be taken if none is owed.
    pub(crate) async fn is_first_use(&self, name: &str, within: Duration) -> Result<bool, Fault> {
        let key = self.0.limit_key("dpop", name);
        let one = Charge::take(key, Quota::new(2, within));
        Ok(self.0.take(&[one.clone(), one]).await?.is_ok())
    }

    /// Returns the codes that make a nonce of this number one of this server, that of the current key first.
    pub(crate) fn nonce_codes(&self, number: i64) -> impl Iterator<Item = [u8; 16]> {
        self.0.keys.nonce_codes(&self.0.issuer, number)
    }
}
