use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use device_grant::code::{CodeKeys, LengthBudget};
use device_grant::device_grants::AuthorizeError;
use device_grant::grant::{Origin, Timestamp};
use device_grant::host::{Client, Clock, IssueError, Redemption, Terms, issuer_fn};
use device_grant::message::{DeviceAuthorizationResponse, TokenResponse};
use device_grant::store::MemoryStore;
use device_grant::{DeviceAuthorizationRequest, DeviceGrants};

use crate::generous::Generous;
use crate::plan::{LIFETIME, Plan};
use crate::random::Seeded;

/// A server on a clock of its own, at which devices ask for codes at an even pace.
pub(crate) struct Server {
    pub(crate) grants: DeviceGrants,
    clock: Moved,
    tv: Client,
    radio: Client,
    /// The format at each of its lengths, the shortest first.
    lengths: Vec<LengthBudget>,
    /// The number of codes that are asked for in a lifetime, and of those asked for so far.
    wanted: u64,
    asked: u64,
    /// When each code that is live was issued, and how long it is.
    live: VecDeque<(u64, usize)>,
}

impl Server {
    pub(crate) fn new(plan: &Plan, seed: u64) -> Result<Self, Box<dyn Error>> {
        let clock = Moved::default();
        let issuer = issuer_fn(|_: Redemption| async {
            Ok::<_, IssueError>(TokenResponse::bearer("none is asked for", LIFETIME))
        });
        let url = "https://id.example";
        let grants = DeviceGrants::builder(url, issuer)
            .verification_uri(format!("{url}/activate"))
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
        let terms = Terms::new("openid".parse()?);
        Ok(Self {
            grants,
            clock,
            tv: Client::new("tv").device_grant(terms.clone()),
            radio: Client::new("radio").device_grant(terms),
            lengths: plan.limits().guess_budget(LIFETIME, &plan.format).lengths,
            wanted: plan.asked.into(),
            asked: 0,
            live: VecDeque::new(),
        })
    }

    /// Sets the clock to this second, and issues the codes that are due by then.
    pub(crate) async fn advance_to(&mut self, second: u64) -> Result<(), AuthorizeError> {
        self.clock.set(second);
        let lifetime = LIFETIME.as_secs();
        while self
            .live
            .front()
            .is_some_and(|(since, _)| since + lifetime <= second)
        {
            self.live.pop_front();
        }
        while self.asked < self.wanted * second / lifetime {
            self.asked += 1;
            match self.ask(true, Origin::new()).await {
                Ok(response) => {
                    let letters = response.user_code.chars().filter(|c| *c != '-');
                    self.live.push_back((second, letters.count()));
                }
                Err(AuthorizeError::Limited { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Sets the clock to this second.
    pub(crate) fn set(&self, second: u64) {
        self.clock.set(second);
    }

    /// Asks for codes, in the name of one public client or of another.
    pub(crate) async fn ask(
        &self,
        is_tv: bool,
        origin: Origin,
    ) -> Result<DeviceAuthorizationResponse, AuthorizeError> {
        let client = if is_tv { &self.tv } else { &self.radio };
        let request = DeviceAuthorizationRequest::default().with_origin(origin);
        self.grants.authorize(client, request).await
    }

    /// The shortest codes of which some are live, and their number.
    pub(crate) fn easiest(&self) -> (Option<&LengthBudget>, u32) {
        let live = |length: &LengthBudget| {
            let characters = *length.format.lengths().start();
            let alike = self
                .live
                .iter()
                .filter(|(_, letters)| *letters == characters);
            u32::try_from(alike.count()).unwrap_or(u32::MAX)
        };
        let mut lengths = self
            .lengths
            .iter()
            .map(|length| (Some(length), live(length)));
        let shortest = (self.lengths.first(), 0);
        lengths.find(|(_, live)| *live > 0).unwrap_or(shortest)
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
