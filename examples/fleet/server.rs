use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use device_grant::code::CodeKeys;
use device_grant::device_grants::{AuthorizeError, Fault, ReviewError};
use device_grant::grant::Arrival;
use device_grant::host::{Client, IssueError, Quota, Redemption, Terms, Visitor, issuer_fn};
use device_grant::message::{DeviceAuthorizationResponse, Reply, TokenResponse};
use device_grant::store::MemoryStore;
use device_grant::{
    Approval, DeviceAuthorizationRequest, DeviceGrants, DeviceTokenRequest, Limits,
};
use futures_executor::block_on;

use crate::plan::Plan;
use crate::random::Seeded;
use crate::scaled::Scaled;
use crate::tally::Tally;
use crate::time::Time;

/// A poll that may wait.
pub(crate) type Polling = Pin<Box<dyn Future<Output = Result<Reply, Fault>>>>;

/// The crate's service over its memory store, on the simulated time. Every node of a site is this one.
pub(crate) struct Server {
    grants: DeviceGrants,
    client: Arc<Client>,
    store: Arc<MemoryStore>,
}

/// The entry of a user code by a person.
pub(crate) enum Entered {
    Decided,
    /// The code is wrong, expired or already used.
    Unknown,
    /// The person has to try again after this time.
    Later(Duration),
}

impl Server {
    pub(crate) fn new(plan: &Plan, time: &Time, tally: &Tally) -> Result<Self, Box<dyn Error>> {
        let issuer = issuer_fn(|_: Redemption| async {
            Ok::<_, IssueError>(TokenResponse::bearer("a token", Duration::from_secs(3_600)))
        });
        let store = Arc::new(MemoryStore::new().with_clock(time.clone()));
        let url = "https://id.example";
        let ten_minutes = Duration::from_secs(600);
        let (per_subject, per_source) = (Quota::new(5, ten_minutes), Quota::new(30, ten_minutes));
        let limits = Limits::default()
            .entries_per_subject(per_subject)
            .entries_per_source(per_source);
        let personal = vec![per_subject, per_source];
        let builder = DeviceGrants::builder(url, issuer)
            .verification_uri(format!("{url}/activate"))
            .store(Arc::clone(&store))
            .limiter(Scaled::new(plan.one_in, personal, time.clone()))
            .limits(limits)
            .keys(CodeKeys::from_base64(
                "b25seSBhIHNpbXVsYXRpb246IG5vIHNlY3JldCBhdCBhbGw=",
            )?)
            .entropy(Seeded::new(!plan.seed))
            .clock(time.clone())
            .user_code_format(plan.codes.format()?)
            .observer(tally.observer());
        let builder = if plan.waits {
            // Enough nodes for all polls that want to wait.
            let every = usize::try_from(plan.devices)?;
            let longest = device_grant::poller::Poller::MAX_WAIT;
            builder.timer(time.clone()).waiting_polls(every, longest)
        } else {
            builder
        };
        let terms = Terms::new("openid".parse()?);
        Ok(Self {
            grants: builder.build()?,
            client: Arc::new(Client::new("tv").device_grant(terms)),
            store,
        })
    }

    pub(crate) fn authorize(&self) -> Result<DeviceAuthorizationResponse, AuthorizeError> {
        let request = DeviceAuthorizationRequest::default();
        block_on(self.grants.authorize(&self.client, request))
    }

    pub(crate) fn poll(&self, device_code: &str, prefer: Option<&str>) -> Polling {
        let request = DeviceTokenRequest::new(device_code).with_prefer(prefer);
        let (grants, client) = (self.grants.clone(), Arc::clone(&self.client));
        Box::pin(async move { grants.poll_or_wait(&client, request).await })
    }

    /// A person enters a code, and approves or denies what it stands for.
    pub(crate) fn enter(
        &self,
        code: &str,
        person: u64,
        approves: bool,
    ) -> Result<Entered, Box<dyn Error>> {
        let visitor = Visitor::new(format!("person {person}")).with_session("a browser");
        let review = match block_on(self.grants.review(code, Arrival::Typed, &visitor)) {
            Ok(review) => review,
            Err(ReviewError::Unknown) => return Ok(Entered::Unknown),
            Err(ReviewError::TooManyAttempts { retry_after, .. }) => {
                return Ok(Entered::Later(retry_after));
            }
            Err(error) => return Err(error.into()),
        };
        if approves {
            block_on(
                self.grants
                    .approve(&review.ticket, &visitor, Approval::all()),
            )?;
        } else {
            block_on(self.grants.deny(&review.ticket, &visitor))?;
        }
        Ok(Entered::Decided)
    }

    /// The number of grants in the store, those included that are kept after their end.
    pub(crate) fn rows(&self) -> usize {
        self.store.len()
    }

    /// The number of polls that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.grants.waiting_polls()
    }
}
