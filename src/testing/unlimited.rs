use async_trait::async_trait;

use crate::host::{Charge, Charged, Limiter, PortError};

/// A limiter that allows everything, for tests that are not about limits.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing in it")]
pub struct Unlimited;

#[async_trait]
impl Limiter for Unlimited {
    async fn charge(&self, _: &[Charge]) -> Result<Charged, PortError> {
        Ok(Charged::Allowed)
    }

    async fn purge(&self, _: u32) -> Result<u64, PortError> {
        Ok(0)
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}
