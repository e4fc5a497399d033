use std::fmt;
use std::sync::Arc;

/// A method of [`GrantStore`](crate::host::GrantStore) or [`GrantDirectory`](crate::host::GrantDirectory).
///
/// ```
/// use device_grant::store::MemoryStore;
/// use device_grant::testing::{FaultyStore, ManualClock, Scenario, ScriptedIssuer, StoreCall};
///
/// let clock = ManualClock::new();
/// let store = FaultyStore::new(MemoryStore::new().with_clock(clock.clone()));
/// let t = Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| builder.store(store.clone()))?;
/// let tv = t.device("tv").authorize("openid")?;
/// let _ = tv.poll()?;
/// assert_eq!(store.calls(), [StoreCall::Insert, StoreCall::RecordPoll]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "these are the methods of the store port and of the directory"
)]
pub enum StoreCall {
    /// [`GrantStore::insert`](crate::host::GrantStore::insert).
    Insert,
    /// [`GrantStore::find`](crate::host::GrantStore::find).
    Find,
    /// [`GrantStore::find_by_user_code`](crate::host::GrantStore::find_by_user_code).
    FindByUserCode,
    /// [`GrantStore::replace`](crate::host::GrantStore::replace).
    Replace,
    /// [`GrantStore::record_poll`](crate::host::GrantStore::record_poll).
    RecordPoll,
    /// [`GrantStore::now`](crate::host::GrantStore::now).
    Now,
    /// [`GrantStore::purge`](crate::host::GrantStore::purge).
    Purge,
    /// [`GrantDirectory::list`](crate::host::GrantDirectory::list).
    List,
}

impl StoreCall {
    /// The `n`th call of this method from now on, from 1.
    #[must_use]
    pub fn nth(self, n: usize) -> Occasion {
        Occasion {
            call: Some(self),
            nth: Some(n),
        }
    }

    /// Every call of this method from now on.
    #[must_use]
    pub fn always(self) -> Occasion {
        Occasion {
            call: Some(self),
            nth: None,
        }
    }
}

/// The occasion on which a [`FaultyStore`](super::FaultyStore) fails.
///
/// ```
/// use device_grant::testing::{Occasion, StoreCall};
///
/// assert_ne!(Occasion::nth(2), StoreCall::Replace.nth(2));
/// assert_ne!(Occasion::always(), StoreCall::Replace.always());
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Occasion {
    pub(super) call: Option<StoreCall>,
    pub(super) nth: Option<usize>,
}

impl Occasion {
    /// The `n`th call of any method from now on, from 1.
    #[must_use]
    pub fn nth(n: usize) -> Self {
        Self {
            call: None,
            nth: Some(n),
        }
    }

    /// Every call from now on.
    #[must_use]
    pub fn always() -> Self {
        Self {
            call: None,
            nth: None,
        }
    }
}

/// A way in which a [`FaultyStore`](super::FaultyStore) fails.
///
/// ```
/// use device_grant::store::MemoryStore;
/// use device_grant::testing::{
///     Disruption, FaultyStore, ManualClock, Poll, Scenario, ScriptedIssuer, StoreCall,
/// };
///
/// // The device polls between the end user's click and its being written.
/// let clock = ManualClock::new();
/// let store = FaultyStore::new(MemoryStore::new().with_clock(clock.clone()));
/// let t = Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| builder.store(store.clone()))?;
/// let tv = t.device("tv").authorize("openid")?;
/// let alice = t.visitor("alice");
/// let review = alice.review(&tv)?;
/// let impatient = tv.clone();
/// store.disrupt(StoreCall::Replace.nth(1), Disruption::meanwhile(move || {
///     assert_eq!(impatient.poll(), Ok(Poll::Pending));
/// }));
/// alice.approve(&review)?;
/// assert_eq!(tv.poll()?, Poll::Tokens);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Disruption {
    /// The call is not done, and returns an error.
    FailBefore,
    /// The call is done, and returns an error, as if the acknowledgement was lost.
    FailAfter,
    /// The call returns an error, and is done right after the next call, as if it arrived late.
    FailThenDo,
    /// The call is not done, and never returns.
    HangBefore,
    /// The call is done, and never returns.
    HangAfter,
    /// The call is not done, and panics.
    PanicBefore,
    /// The call is done, and panics.
    PanicAfter,
    /// The call panics, and is done right after this number of further calls, as if its node stopped while the request was under
    /// way. 0 is the same as [`PanicBefore`](Self::PanicBefore).
    PanicThenDo(usize),
    /// A function is called first: see [`Disruption::meanwhile`].
    Meanwhile(Arc<dyn Fn() + Send + Sync>),
}

impl Disruption {
    /// Calls `happens` before the call is done, as if another caller was faster.
    pub fn meanwhile(happens: impl Fn() + Send + Sync + 'static) -> Self {
        Self::Meanwhile(Arc::new(happens))
    }
}

impl fmt::Debug for Disruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FailBefore => "FailBefore",
            Self::FailAfter => "FailAfter",
            Self::FailThenDo => "FailThenDo",
            Self::HangBefore => "HangBefore",
            Self::HangAfter => "HangAfter",
            Self::PanicBefore => "PanicBefore",
            Self::PanicAfter => "PanicAfter",
            Self::PanicThenDo(calls) => return f.debug_tuple("PanicThenDo").field(calls).finish(),
            Self::Meanwhile(_) => "Meanwhile(..)",
        })
    }
}
