//! Two issuers of two nodes each, on one store.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use device_grant::code::{CodeKeys, GrantId};
use device_grant::device_grants::{
    AuthorizeError, DecisionError, ReviewError, ReviewTicket, Revocation,
};
use device_grant::grant::Arrival;
use device_grant::host::{Client, GrantStore, IssueError, Redemption, Terms, Visitor, issuer_fn};
use device_grant::message::{DeviceAuthorizationResponse, ErrorResponse, TokenResponse};
use device_grant::testing::{ManualClock, RecordedEvents, Unlimited};
use device_grant::{
    Approval, Builder, DeviceAuthorizationRequest, DeviceGrants, DeviceTokenRequest, Fault,
    PollOutcome,
};

use super::page;
use super::step::{Answer, Decision, Device, Mood, Person, Step};

/// The clocks of the nodes beside the store's, in seconds: one tells the time, one is 75 minutes fast, two have their own idea.
const CLOCKS: [[u64; 2]; 2] = [[0, 4_500], [86_400, 61]];

const ISSUERS: [&str; 2] = ["https://one.example", "https://two.example"];

pub(crate) struct House {
    nodes: [[DeviceGrants; 2]; 2],
    /// The clock of the store, then those of the nodes.
    clocks: Vec<ManualClock>,
    mood: Arc<Mutex<Mood>>,
    devices: Vec<DeviceAuthorizationResponse>,
    ids: Vec<GrantId>,
    /// Tell the ids of the grants.
    events: RecordedEvents,
    tickets: Vec<ReviewTicket>,
}

impl House {
    /// Nodes on a store that tells the time by `clock`.
    pub(crate) fn new(store: impl GrantStore + 'static, clock: &ManualClock) -> Self {
        let store: Arc<dyn GrantStore> = Arc::new(store);
        let mood = Arc::<Mutex<Mood>>::default();
        let events = RecordedEvents::new();
        let mut clocks = vec![clock.clone()];
        let nodes = [0, 1].map(|issuer| {
            [0, 1].map(|node| {
                let clock = ManualClock::new();
                clock.advance(Duration::from_secs(CLOCKS[issuer][node]));
                clocks.push(clock.clone());
                let node = node_of(issuer, store.clone(), mood.clone());
                let node = node.clock(clock).observer(events.clone());
                node.build().unwrap()
            })
        });
        Self {
            nodes,
            clocks,
            mood,
            devices: Vec::new(),
            ids: Vec::new(),
            events,
            tickets: Vec::new(),
        }
    }

    /// Does what the step says, and returns what its caller hears.
    pub(crate) async fn answer(&mut self, step: Step) -> Result<Answer, Fault> {
        match step {
            Step::Pass { milliseconds } => {
                for clock in &self.clocks {
                    clock.advance(Duration::from_millis(milliseconds));
                }
                self.forget(&self.nodes[0][0]).await
            }
            Step::Purge { issuer, node } => self.forget(&self.nodes[issuer][node]).await,
            Step::Become(mood) => {
                *self.mood.lock().unwrap() = mood;
                Ok(Answer::Done)
            }
            Step::Authorize { device, node } => self.authorize(device, node).await,
            Step::Enter {
                issuer,
                node,
                person,
                grant,
            } => self.enter(issuer, node, person, grant).await,
            Step::Decide {
                issuer,
                node,
                person,
                ticket,
                decision,
            } => {
                let (node, ticket) = (&self.nodes[issuer][node], &self.tickets[ticket]);
                decide(node, ticket, &visitor(person), decision).await
            }
            Step::Poll {
                device,
                node,
                grant,
            } => {
                let request = DeviceTokenRequest::new(&*self.devices[grant].device_code);
                let (node, client) = (&self.nodes[device.issuer][node], client(device));
                Ok(polled(&node.poll(&client, request).await?))
            }
            Step::Revoke {
                issuer,
                node,
                grant,
            } => {
                let node = &self.nodes[issuer][node];
                Ok(revoked(
                    node.revoke_as_administrator(&self.ids[grant]).await?,
                ))
            }
        }
    }

    async fn authorize(&mut self, device: Device, node: usize) -> Result<Answer, Fault> {
        let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")]).unwrap();
        let (node, client) = (&self.nodes[device.issuer][node], client(device));
        match node.authorize(&client, request).await {
            Ok(response) => self.devices.push(response),
            Err(AuthorizeError::Fault(fault)) => return Err(fault),
            Err(refused) => panic!("nobody is refused: {refused}"),
        }
        let authorized = self.events.last().and_then(|event| event.grant);
        self.ids.push(authorized.unwrap());
        Ok(Answer::Done)
    }

    async fn enter(
        &mut self,
        issuer: usize,
        node: usize,
        person: Person,
        grant: usize,
    ) -> Result<Answer, Fault> {
        let code = &self.devices[grant].user_code;
        let (node, visitor) = (&self.nodes[issuer][node], visitor(person));
        match node.review(code, Arrival::Typed, &visitor).await {
            Ok(review) => {
                self.tickets.push(review.ticket);
                Ok(Answer::Reviewed)
            }
            Err(ReviewError::Unknown) => Ok(Answer::Unknown),
            Err(ReviewError::Fault(fault)) => Err(fault),
            Err(other) => panic!("nobody mistypes: {other}"),
        }
    }

    /// Forgets all that is due.
    async fn forget(&self, node: &DeviceGrants) -> Result<Answer, Fault> {
        while node.purge(1_000).await? > 0 {}
        Ok(Answer::Done)
    }
}

/// A node of this issuer.
fn node_of(issuer: usize, store: Arc<dyn GrantStore>, mood: Arc<Mutex<Mood>>) -> Builder {
    let token_issuer = issuer_fn(move |_: Redemption| {
        let mood = *mood.lock().unwrap();
        async move {
            match mood {
                Mood::Works => Ok(TokenResponse::bearer("token", Duration::from_secs(60))),
                Mood::Unavailable => Err(IssueError::unavailable("it is ill")),
                Mood::Refuses => Err(ErrorResponse::access_denied().into()),
            }
        }
    });
    let [lifetime, review_lifetime, skew, retention] = page::SETTINGS.map(Duration::from_millis);
    let keys = CodeKeys::from_base64("bm90IGEgc2VjcmV0OiBmb3IgdGVzdHMgb2Ygc3RvcmVzLi4").unwrap();
    let url = ISSUERS[issuer];
    DeviceGrants::builder(url, token_issuer)
        .verification_uri(format!("{url}/activate"))
        .store(store)
        .limiter(Unlimited)
        .keys(keys)
        .clock_skew(skew)
        .lifetime(lifetime)
        .review_lifetime(review_lifetime)
        .retention(retention)
}

fn client(device: Device) -> Client {
    let id = ["tv", "cli"][device.client];
    Client::new(id).device_grant(Terms::new("openid".parse().unwrap()))
}

fn visitor(person: Person) -> Visitor {
    Visitor::new(["alice", "bob"][person])
}

async fn decide(
    node: &DeviceGrants,
    ticket: &ReviewTicket,
    visitor: &Visitor,
    decision: Decision,
) -> Result<Answer, Fault> {
    let decided = match decision {
        Decision::Approve => node
            .approve(ticket, visitor, Approval::all())
            .await
            .map(drop),
        Decision::Deny => node.deny(ticket, visitor).await,
        Decision::Release => node.release(ticket, visitor).await,
    };
    match decided {
        Ok(()) => Ok(Answer::Done),
        Err(DecisionError::Refused) => Ok(Answer::Refused),
        Err(DecisionError::AlreadyDecided { approved, .. }) => {
            Ok(Answer::AlreadyDecided { approved })
        }
        Err(DecisionError::Fault(fault)) => Err(fault),
        Err(other) => panic!("nobody asked for {other:?}"),
    }
}

fn revoked(revocation: Revocation) -> Answer {
    match revocation {
        Revocation::BeforeRedemption => Answer::Withdrawn,
        Revocation::TokensLiveOn => Answer::TokensLiveOn,
        Revocation::NothingToRevoke => Answer::NothingToRevoke,
        other @ (Revocation::TokensEnded | _) => panic!("there is no revoker: {other:?}"),
    }
}

fn polled(outcome: &PollOutcome) -> Answer {
    match outcome {
        PollOutcome::Pending => Answer::Pending,
        PollOutcome::SlowDown { interval, .. } => Answer::SlowDown {
            interval: interval.as_secs(),
        },
        PollOutcome::Unavailable { .. } => Answer::Unavailable,
        PollOutcome::Tokens(_) => Answer::Tokens,
        PollOutcome::Denied => Answer::Denied,
        PollOutcome::Refused(_) => Answer::HostRefused,
        PollOutcome::Expired => Answer::Expired,
        PollOutcome::InvalidGrant => Answer::InvalidGrant,
        other @ (PollOutcome::ConfirmationRequired { .. }
        | PollOutcome::InvalidTarget
        | PollOutcome::UnexpectedVerifier
        | PollOutcome::UnauthorizedClient
        | _) => panic!("nobody asked for {other:?}"),
    }
}
