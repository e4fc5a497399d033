use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use device_grant::DeviceGrants;
use device_grant::code::CodeKeys;
use device_grant::device_grants::AuthorizeError;
use device_grant::grant::{Origin, Timestamp};
use device_grant::host::{Client, Clock, IssueError, Redemption, Terms, issuer_fn};
use device_grant::message::{DeviceAuthorizationRequest, TokenResponse};
use device_grant::store::MemoryStore;

use crate::generous::Generous;
use crate::plan::{LIFETIME, Plan};
use crate::random::Seeded;

/// A server on a clock of its own, at which devices ask for codes at an even pace.
pub(crate) struct Server {
    pub(crate) grants: DeviceGrants,
    clock: Moved,
    tv: Client,
    live: u64,
    /// How many codes were issued so far, and when those that are live were issued.
    issued: u64,
    since: VecDeque<u64>,
}

impl Server {
    pub(crate) fn new(plan: &Plan, seed: u64) -> Result<Self, Box<dyn Error>> {
        let clock = Moved::default();
        let issuer = issuer_fn(|_: Redemption| async {
            Ok::<_, IssueError>(TokenResponse::bearer("none is asked for", LIFETIME))
        });
        let url = "https://id.example";
        let grants = DeviceGrants::builder(url, format!("{url}/activate"), issuer)
            .store(MemoryStore::new())
            .limiter(Generous::new(plan.generosity, clock.clone()))
            .keys(CodeKeys::from_base64(
                "b25seSBhIHNpbXVsYXRpb246IG5vIHNlY3JldCBhdCBhbGw=",
            )?)
            .clock(clock.clone())
            .entropy(Seeded::new(seed))
            .user_code_format(plan.format.clone())
            .limits(plan.limits())
            .lifetime(LIFETIME)
            .retention(Duration::from_secs(60))
            .build()?;
        Ok(Self {
            grants,
            clock,
            tv: Client::new("tv").device_grant(Terms::new("openid".parse()?)),
            live: plan.live.into(),
            issued: 0,
            since: VecDeque::new(),
        })
    }

    /// Sets the clock to this second, and issues the codes that are due by then.
    pub(crate) async fn advance_to(&mut self, second: u64) -> Result<(), AuthorizeError> {
        self.clock.set(second);
        let lifetime = LIFETIME.as_secs();
        while self
            .since
            .front()
            .is_some_and(|since| since + lifetime <= second)
        {
            self.since.pop_front();
        }
        while self.issued < self.live * second / lifetime {
            let request = DeviceAuthorizationRequest::default();
            self.grants
                .authorize(&self.tv, request, Origin::new())
                .await?;
            self.since.push_back(second);
            self.issued += 1;
        }
        Ok(())
    }

    /// How many codes are live now.
    pub(crate) fn live(&self) -> u32 {
        u32::try_from(self.since.len()).unwrap_or(u32::MAX)
    }
}

/// A clock that is moved from second to second. Clones are the same clock.
#[derive(Clone, Debug, Default)]
struct Moved(Arc<AtomicI64>);

impl Moved {
    fn set(&self, second: u64) {
        let micros = i64::try_from(second).map_or(i64::MAX, |second| second * 1_000_000);
        self.0.store(micros, Ordering::Relaxed);
    }
}

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}
