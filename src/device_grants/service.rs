use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use super::DeviceGrants;
use super::build_error::{BuildError, Problems};
use super::builder::Builder;
use super::fault::Fault;
use super::inner::Inner;
use crate::host::{Event, EventKind};
use crate::message::EndpointUri;

/// The service that all clones of a [`DeviceGrants`] share: the settings that never change, and those that a running server may
/// change.
pub(super) struct Service {
    pub(super) issuer: Arc<str>,
    pub(super) verification_uri: EndpointUri,
    current: RwLock<Current>,
}

/// The settings that hold now.
struct Current {
    inner: Arc<Inner>,
    /// The builder that `inner` was made by, to be changed and built again.
    builder: Builder,
    /// The time after which clients are told to try again, while the service is suspended.
    suspended: Option<Duration>,
}

impl Service {
    pub(super) fn new(builder: Builder, inner: Inner) -> Self {
        Self {
            issuer: Arc::clone(&inner.issuer),
            verification_uri: inner.verification_uri.clone(),
            current: RwLock::new(Current {
                inner: Arc::new(inner),
                builder,
                suspended: None,
            }),
        }
    }

    /// Locks the settings, poisoned or not: each change replaces a whole value, so none is half made.
    fn current(&self) -> RwLockReadGuard<'_, Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Current) -> T) -> T {
        let current = self.current.write();
        change(&mut current.unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.current();
        f.debug_struct("Service")
            .field("inner", &current.inner)
            .field("suspended", &current.suspended)
            .finish_non_exhaustive()
    }
}

impl DeviceGrants {
    /// Changes settings while the server runs. `change` gets the present builder and returns the new one; all clones of this
    /// `DeviceGrants` use it from the next call on.
    ///
    /// Every setting can change except the verification URI, the store, the limiter and the announcer. Existing grants keep the
    /// lifetime and the interval that were advertised for them. A poll that [waits](Self::poll_or_wait) uses the new settings
    /// within one interval. After a change of the lifetime, as after a restart with another one, the [bound on
    /// guessing](crate::Limits::expected_hits) holds again when the longer of both lifetimes has passed.
    ///
    /// It changes this process. With several nodes, call it on each of them.
    ///
    /// ```
    /// # #[cfg(feature = "memory")] {
    /// # use device_grant::host::{Redemption, issuer_fn};
    /// # use device_grant::message::TokenResponse;
    /// # let issuer = issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("token", Duration::from_secs(3600))) });
    /// use std::time::Duration;
    /// use device_grant::{DeviceGrants, Limits};
    /// use device_grant::host::Quota;
    ///
    /// let grants = DeviceGrants::builder("https://id.example", issuer)
    ///     .verification_uri("https://id.example/activate")
    ///     .in_memory()
    ///     .build()?;
    /// // A flood comes from few addresses: let each begin ten sign-ins in a minute.
    /// let minute = Duration::from_secs(60);
    /// let limits = Limits::default().authorizations_per_source(Quota::new(10, minute));
    /// grants.reconfigure(|builder| builder.limits(limits).lifetime(5 * minute))?;
    /// # }
    /// # Ok::<(), device_grant::BuildError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BuildError`], which lists every problem with the new settings; the old ones stay in force.
    pub fn reconfigure(&self, change: impl Fn(Builder) -> Builder) -> Result<(), BuildError> {
        loop {
            let (was, builder) = {
                let current = self.0.current();
                (Arc::clone(&current.inner), current.builder.clone())
            };
            // Without the lock: `change` is the host's code, and may call this service.
            let (builder, mut inner) = change(builder.clone()).checked(Some(&builder))?;
            // Kept, because polls that wait have their places in it, and must learn of decisions under the new settings.
            inner.waits = Arc::clone(&was.waits);
            // Another call may have changed the settings meanwhile: `change` is then applied to those.
            let is_changed = self.0.change(|current| {
                let is_same = Arc::ptr_eq(&current.inner, &was);
                if is_same {
                    current.inner = Arc::new(inner);
                    current.builder = builder;
                }
                is_same
            });
            if is_changed {
                return Ok(());
            }
        }
    }

    /// Suspends the service until [`resume`](Self::resume) is called: no codes are issued or looked up, nothing is approved,
    /// and no device gets tokens. Use it in an incident, or while the store is maintained.
    ///
    /// Clients get `temporarily_unavailable`, with status 503 and `retry_after` in `Retry-After`, waiting polls at once; the
    /// pages say that the service is not available. Grants do not change: a device that polls again after `resume`, before its
    /// codes expire, continues. Denials, revocations, lists and [`check`](Self::check) still work.
    /// [`purge_regularly`](Self::purge_regularly) pauses.
    ///
    /// It suspends this process. With several nodes, call it on each of them.
    pub fn suspend(&self, retry_after: Duration) {
        let before = self
            .0
            .change(|current| current.suspended.replace(retry_after));
        if before.is_none() {
            // Each waiting poll wakes and meets the suspension in `in_service`, instead of an interval later.
            self.inner().waits.tell_all();
        }
    }

    /// Resumes the service after [`suspend`](Self::suspend).
    pub fn resume(&self) {
        self.0.change(|current| current.suspended = None);
    }

    /// Returns whether the service is [suspended](Self::suspend).
    pub(super) fn is_suspended(&self) -> bool {
        self.0.current().suspended.is_some()
    }

    /// The settings that hold now.
    pub(super) fn inner(&self) -> Arc<Inner> {
        Arc::clone(&self.0.current().inner)
    }

    /// Returns the settings that hold now, for an operation that may lead to tokens. While the service is suspended, returns a
    /// fault.
    pub(super) fn in_service(&self) -> Result<Arc<Inner>, Fault> {
        // The guard ends with this block: the observer below may call `resume`, which takes the lock for writing.
        let (inner, suspended) = {
            let current = self.0.current();
            (Arc::clone(&current.inner), current.suspended)
        };
        match suspended {
            None => Ok(inner),
            Some(retry_after) => {
                inner.observe(|| Event::new(EventKind::Suspended, inner.now()));
                Err(Fault::suspended(retry_after))
            }
        }
    }
}

impl Builder {
    /// Reports each setting that differs from that of the running server and may not change.
    pub(super) fn check_unchanged(&self, running: &Self, problems: &mut Problems) {
        // Pages show the URI, grants are in the store, debts in the
        // limiter, and `listen` holds the announcer that it began with.
        let changed = [
            (
                "verification_uri",
                self.verification_uri == running.verification_uri,
            ),
            ("store", place(&self.store) == place(&running.store)),
            ("limiter", place(&self.limiter) == place(&running.limiter)),
            (
                "announcer",
                place(&self.announcer) == place(&running.announcer),
            ),
        ];
        for (setting, is_same) in changed {
            if !is_same {
                let remedy = "do not change it here; restart the server with the new value";
                problems.add(setting, "", "cannot change while the server runs", remedy);
            }
        }
    }
}

/// The address of a port, to compare two ports by.
fn place<P: ?Sized>(port: &Option<Arc<P>>) -> Option<*const ()> {
    // Without the vtable's address, which `Arc::ptr_eq` compares as well: one type may have several vtables.
    port.as_ref().map(|port| Arc::as_ptr(port).cast())
}
