use std::time::Duration;

use super::fault::Fault;
use super::ports::Ports;
use crate::grant::Timestamp;
use crate::host::{Charge, Charged};

/// What the limiter refused.
pub(super) struct Limited {
    /// Which of the charges.
    pub(super) index: usize,
    /// The key of that charge.
    pub(super) key: String,
    /// After how long it would not be refused.
    pub(super) retry_after: Duration,
}

impl Ports {
    /// Takes all of these, or none.
    pub(super) async fn take(
        &self,
        charges: &[Charge],
        now: Timestamp,
    ) -> Result<Result<(), Limited>, Fault> {
        let charged = self.limiter.charge(charges, now).await;
        Ok(match charged.map_err(|error| self.fault(error))? {
            Charged::Allowed => Ok(()),
            Charged::Limited { index, retry_after } => {
                let key = charges
                    .get(index)
                    .map(|charge| charge.key.to_string())
                    .unwrap_or_default();
                Err(Limited {
                    index,
                    key,
                    retry_after,
                })
            }
        })
    }

    /// Gives back what was taken. If the limiter fails, time gives it back.
    pub(super) async fn give_back(&self, charges: &[Charge]) {
        if let Err(error) = self.limiter.charge(charges, self.now()).await {
            self.observe_fault(&Fault::from(error));
        }
    }
}
