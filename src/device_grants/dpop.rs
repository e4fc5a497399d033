use std::time::Duration;

use super::DeviceGrants;
use super::fault::Fault;
use crate::grant::Timestamp;
use crate::host::{Charge, Quota};

impl DeviceGrants {
    pub(crate) fn now(&self) -> Timestamp {
        self.inner().now()
    }

    /// Returns whether this name was not used within this time, and remembers the use.
    ///
    /// It takes two units of a quota of two, which succeeds only if none is owed. One unit would not do: after a clock is set
    /// back, a limiter counts a debt as all but one unit, and would allow that one.
    pub(crate) async fn is_first_use(&self, name: &str, within: Duration) -> Result<bool, Fault> {
        let inner = self.inner();
        let key = inner.limit_key("dpop", format_args!("{name}"));
        let one = Charge::take(key, Quota::new(2, within));
        Ok(inner.take(&[one.clone(), one]).await?.is_ok())
    }

    /// Returns the codes that authenticate the nonce of this number, one for each key, the current key first.
    pub(crate) fn nonce_codes(&self, number: i64) -> Vec<[u8; 16]> {
        let inner = self.inner();
        inner.keys.nonce_codes(&inner.issuer, number).collect()
    }
}
