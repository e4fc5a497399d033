use std::convert::Infallible;
use std::time::Duration;

use super::DeviceGrants;
use super::fault::Fault;
use super::inner::Inner;
use crate::host::{Event, EventKind, Timer};

impl DeviceGrants {
    /// Deletes up to `limit` grants whose retention has passed, and up to `limit` keys of the
    /// [limiter](crate::host::Limiter::purge) whose quota has refilled; returns the number of grants.
    ///
    /// [`purge_all`](Self::purge_all) repeats it until nothing is left to delete, and
    /// [`purge_regularly`](Self::purge_regularly) repeats it about once a minute until less than a batch is left.
    ///
    /// # Errors
    ///
    /// A [`Fault`].
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.purge",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn purge(&self, limit: u32) -> Result<u64, Fault> {
        let purged = self.inner().purge(limit).await?;
        Ok(purged.grants)
    }

    /// Deletes all grants whose retention has passed, and all keys of the limiter whose quota has refilled; returns the number
    /// of grants. It works in batches of 1,000, so that it holds no lock for long.
    ///
    /// # Errors
    ///
    /// A [`Fault`]; the batches before it stay deleted.
    pub async fn purge_all(&self) -> Result<u64, Fault> {
        let mut grants = 0;
        loop {
            let purged = self.inner().purge(BATCH).await?;
            grants += purged.grants;
            if purged == Purged::NOTHING {
                return Ok(grants);
            }
        }
    }

    /// Purges about once a minute. It never returns: spawn it, and drop or abort it when your server stops.
    ///
    /// The time between two rounds is 30 s to 90 s at random, so that nodes with the same store rarely purge at the same time;
    /// if they do, no harm is done. A round works in batches of 1,000 with 100 ms between them, and ends with a batch that is not
    /// full. A fault ends the round, with an event. Each round also compares the code keys of the nodes, as
    /// [`check`](Self::check) does.
    ///
    /// ```
    /// # #[cfg(all(feature = "memory", feature = "tokio"))] {
    /// use device_grant::DeviceGrants;
    /// use device_grant::host::System;
    ///
    /// async fn serve(grants: DeviceGrants) {
    ///     let purging = tokio::spawn(async move { grants.purge_regularly(System).await });
    ///     // ... until the host stops.
    ///     purging.abort();
    /// }
    /// # }
    /// ```
    pub async fn purge_regularly(&self, timer: impl Timer) -> Infallible {
        loop {
            timer.sleep(self.inner().until_next_round()).await;
            // A suspended server may be waiting for maintenance of its store.
            if self.is_suspended() {
                continue;
            }
            // `check` reports a failure of this, and the next round tries again.
            _ = self.inner().compare_keys().await;
            while let Ok(purged) = self.inner().purge(BATCH).await {
                // What has become due meanwhile is left to the next round: under load there is always something.
                if purged.is_less_than(BATCH) || self.is_suspended() {
                    break;
                }
                timer.sleep(BETWEEN_BATCHES).await;
            }
        }
    }
}

/// The number of grants, and of keys, that one batch deletes at most.
const BATCH: u32 = 1_000;
/// The pause between two batches, in which the store serves other calls.
const BETWEEN_BATCHES: Duration = Duration::from_millis(100);
/// The shortest time between two rounds.
const SHORTEST: Duration = Duration::from_secs(30);

/// The numbers of grants and of keys that one batch has deleted.
#[derive(Eq, PartialEq)]
struct Purged {
    grants: u64,
    keys: u64,
}

impl Purged {
    const NOTHING: Self = Self { grants: 0, keys: 0 };

    fn is_less_than(&self, batch: u32) -> bool {
        self.grants.max(self.keys) < batch.into()
    }
}

impl Inner {
    async fn purge(&self, limit: u32) -> Result<Purged, Fault> {
        let now = self.now();
        let grants = self.store.purge(limit).await;
        let grants = grants.map_err(|error| self.fault(Fault::store(error)))?;
        if grants > 0 {
            self.observe(|| Event::new(EventKind::Purged { grants }, now));
        }
        // After the grants: a limiter that fails must not keep them.
        let keys = self.limiter.purge(limit).await;
        let keys = keys.map_err(|error| self.fault(Fault::limiter(error)))?;
        Ok(Purged { grants, keys })
    }

    /// Draws the time until the next round: 30 s to 90 s.
    fn until_next_round(&self) -> Duration {
        // Without random bytes, nodes may meet, which costs time and nothing else.
        let drawn = self.revision().unwrap_or_default() % 60_001;
        SHORTEST + Duration::from_millis(drawn)
    }
}
