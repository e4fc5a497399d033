use std::convert::Infallible;
use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::DeviceGrants;
use super::fault::Fault;
use super::inner::Inner;
use crate::code::GrantId;
use crate::host::until;

/// The time between two attempts to listen.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// The time after which a listener is replaced, because a connection that a firewall has dropped reports no error.
const RENEWAL: Duration = Duration::from_secs(300);

impl DeviceGrants {
    /// Listens for decisions that other nodes [announce](crate::Builder::announcer). It never returns: spawn it, and drop or
    /// abort it when your server stops.
    ///
    /// If the listener fails, it is started again after one second, with an event `fault`. Meanwhile, waiting polls learn of
    /// decisions at other nodes within one interval. A listener is replaced after five minutes in any case, because a
    /// connection that was cut may report no error. Without an announcer or a [`timer`](crate::Builder::timer), it does nothing.
    ///
    /// ```
    /// # #[cfg(all(feature = "memory", feature = "tokio"))] {
    /// use device_grant::DeviceGrants;
    ///
    /// async fn serve(grants: DeviceGrants) {
    ///     let listening = tokio::spawn(async move { grants.listen().await });
    ///     // ... until the host stops.
    ///     listening.abort();
    /// }
    /// # }
    /// ```
    pub async fn listen(&self) -> Infallible {
        let waits = Arc::clone(&self.inner().waits);
        let heard = |id: GrantId| waits.tell(&id);
        loop {
            // Read in each round, because the settings may have changed.
            let inner = self.inner();
            let (Some(announcer), Some(timer)) = (&inner.announcer, &inner.timer) else {
                return pending().await;
            };
            // Not through the watch, which would end the call after the timeout, and count it as slow.
            let listening = pin!(announcer.inner.listen(&heard));
            let Some(listened) = until(listening, || timer.sleep(RENEWAL)).await else {
                continue;
            };
            if let Err(error) = listened {
                self.inner().fault(Fault::announcer(error.of("listen")));
            }
            // Also after a clean end, so that a listener that ends at once does not spin.
            timer.sleep(BETWEEN_ATTEMPTS).await;
        }
    }
}

impl Inner {
    /// Announces a decision, so that other nodes wake the poll that waits for this grant. If that fails, the decision still holds.
    pub(super) async fn announce(&self, id: &GrantId) {
        if let Some(announcer) = &self.announcer
            && let Err(error) = announcer.announce(id).await
        {
            self.fault(Fault::announcer(error));
        }
    }
}
