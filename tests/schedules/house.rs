//! One device, one person and one server, and what may happen to them.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll as Step, Waker};
use std::time::Duration;

use device_grant::code::ConfirmationCode;
use device_grant::device_grants::{Approval, DecisionError, ReviewTicket, Revocation};
use device_grant::grant::Arrival;
use device_grant::host::{Client, GrantStore, Terms, Visitor};
use device_grant::store::MemoryStore;
use device_grant::testing::{
    ManualClock, Poll, Ran, Scenario, ScriptedIssuer, SeededEntropy, Unlimited, WaitingDevice,
    block_on,
};
use device_grant::{DeviceTokenRequest, PollOutcome};

use crate::explorer::Chooser;
use crate::ports::{Breach, Stage, StagedEntropy, StagedIssuer, StagedStore, Trouble, content};

pub(crate) const INTERVAL: Duration = Duration::from_secs(5);
pub(crate) const LEASE: Duration = Duration::from_secs(30);
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);
/// A purge forgets the grant.
pub(crate) const RETENTION: Duration = Duration::from_secs(600 + 3_600);

/// The stage of the grant when the schedule begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Start {
    Issued,
    Reviewed,
    Approved,
    Unconfirmed,
}

/// An operation of a schedule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Act {
    /// Alice enters the code.
    Review,
    /// Alice approves what she reviewed; where she has reviewed nothing, she enters the code first.
    Approve,
    /// Alice denies it.
    Deny,
    /// The device polls.
    Poll,
    /// The device polls with the confirmation code.
    Confirm,
    /// An administrator revokes the grant.
    Revoke,
    Purge,
    /// Time passes, for everybody.
    Pass(Duration),
    Bring(Trouble),
    /// A caller of an operation that has not ended goes away: each of them in some schedule.
    Drop,
}

/// The outcome of an operation, in the order in which the callers heard of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Heard {
    Reviewed(bool),
    Approved(Decision),
    Denied(Decision),
    Polled(Poll),
    /// The access token that a poll got, after its [`Heard::Polled`].
    Tokens(String),
    Revoked(Revocation),
    /// A call failed.
    Failed(Act),
    Dropped(Act),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Decision {
    Made,
    /// Somebody was first, and approved or denied.
    AlreadyDecided {
        approved: bool,
    },
    Refused,
    Failed,
}

type Operation = Pin<Box<dyn Future<Output = ()>>>;

pub(crate) struct House {
    pub(crate) t: Scenario,
    pub(crate) issuer: ScriptedIssuer,
    stage: Arc<Stage>,
    store: Arc<MemoryStore>,
    tv: WaitingDevice,
    ticket: Option<ReviewTicket>,
    code: Option<ConfirmationCode>,
    heard: Mutex<Vec<Heard>>,
}

impl House {
    pub(crate) fn new(start: Start, breach: Breach) -> Arc<Self> {
        let clock = ManualClock::new();
        let stage = Arc::<Stage>::default();
        let memory = Arc::new(MemoryStore::new().with_clock(clock.clone()));
        let store = StagedStore {
            inner: memory.clone(),
            stage: stage.clone(),
            breach,
        };
        let entropy = StagedEntropy {
            stage: stage.clone(),
            before: SeededEntropy::new(0),
        };
        let issuer = ScriptedIssuer::new([]);
        let staged = StagedIssuer {
            inner: issuer.clone(),
            stage: stage.clone(),
        };
        let t = Scenario::on_clock(clock, staged, |builder| {
            builder.store(store).entropy(entropy).limiter(Unlimited)
        });
        let t = t.unwrap();
        let terms = Terms::new("openid".parse().unwrap());
        let terms = terms.confirmation_code(start == Start::Unconfirmed);
        let client = Client::new("tv").device_grant(terms);
        let tv = t.device("tv").client(client).authorize("openid").unwrap();
        let alice = t.visitor("alice");
        let ticket = (start != Start::Issued).then(|| alice.review(&tv).unwrap().ticket);
        let code = match (start, ticket) {
            (Start::Approved | Start::Unconfirmed, Some(ticket)) => {
                alice.approve_to_confirm(&ticket).unwrap()
            }
            _ => None,
        };
        Arc::new(Self {
            t,
            issuer,
            stage,
            store: memory,
            tv,
            ticket,
            code,
            heard: Mutex::default(),
        })
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Returns the number of attempts to redeem of which nobody knows whether they were committed.
    pub(crate) fn commits_unknown(&self) -> usize {
        let events = self.t.events().names().into_iter();
        events.filter(|name| *name == "commit_unknown").count()
    }

    fn hear(&self, heard: Heard) {
        self.heard.lock().unwrap().push(heard);
    }

    /// Runs the acts in the order that `chooser` chooses, a call of the store or the issuer at a time, and looks at the
    /// house after each. Returns `false` as soon as the rest is known.
    pub(crate) fn run(
        self: &Arc<Self>,
        acts: &[Act],
        chooser: &mut Chooser,
        look: impl Fn(&Self),
    ) -> bool {
        let operations = acts.iter().enumerate();
        let mut running: Vec<(usize, Act, Operation)> = operations
            .map(|(number, &act)| (number, act, Self::begin(self.clone(), act)))
            .collect();
        self.stage.begin(acts.len());
        while !chooser.knows(|| self.state(running.iter().map(|(number, ..)| *number))) {
            if running.is_empty() {
                self.stage.end();
                return true;
            }
            let steps = steps(&running);
            let (chosen, leaves) = steps[chooser.choose(steps.len())];
            let (number, act, operation) = &mut running[chosen];
            self.stage.turn_to(*number, self.t.now());
            if *act == Act::Drop {
                if let Some(leaves) = leaves {
                    self.hear(Heard::Dropped(running[leaves].1));
                }
                running = running
                    .into_iter()
                    .enumerate()
                    .filter(|(at, _)| *at != chosen && Some(*at) != leaves)
                    .map(|(_, operation)| operation)
                    .collect();
            } else {
                let mut context = Context::from_waker(Waker::noop());
                if let Step::Ready(()) = operation.as_mut().poll(&mut context) {
                    drop(running.remove(chosen));
                }
            }
            look(self);
        }
        false
    }

    /// All that the rest of a run of these operations depends on, and all that the promises are about.
    fn state(&self, operations: impl Iterator<Item = usize>) -> String {
        let Ran::Done(row) = block_on(self.store.find(&self.tv.grant_id())) else {
            panic!("memory answers at once");
        };
        format!(
            "{:?} {:?} {} {:?} {} {:?} {:?}",
            self.t.now(),
            row.unwrap().as_ref().map(content),
            self.stage.state(operations),
            self.heard(),
            self.commits_unknown(),
            self.issuer.issued(),
            self.issuer.discarded(),
        )
    }

    fn begin(house: Arc<Self>, act: Act) -> Operation {
        match act {
            Act::Review => Box::pin(async move {
                let reviewed = house.review().await.is_some();
                house.hear(Heard::Reviewed(reviewed));
            }),
            Act::Approve => Box::pin(async move {
                let decision = match house.reviewed().await {
                    Some(ticket) => house.approve(&ticket).await,
                    None => Decision::Refused,
                };
                house.hear(Heard::Approved(decision));
            }),
            Act::Deny => Box::pin(async move {
                let decision = match house.reviewed().await {
                    Some(ticket) => house.deny(&ticket).await,
                    None => Decision::Refused,
                };
                house.hear(Heard::Denied(decision));
            }),
            Act::Poll => {
                let request = house.tv.poll_request();
                Box::pin(async move { house.poll(act, request).await })
            }
            Act::Confirm => {
                let code = house.code.as_ref().map(|code| code.expose().to_owned());
                let request = house.tv.poll_request();
                let request = request.with_confirmation_code(&code.unwrap_or_default());
                Box::pin(async move { house.poll(act, request).await })
            }
            Act::Revoke => Box::pin(async move {
                let id = house.tv.grant_id();
                let heard = match house.t.grants().revoke_as_administrator(&id).await {
                    Ok(revocation) => Heard::Revoked(revocation),
                    Err(_) => Heard::Failed(act),
                };
                house.hear(heard);
            }),
            Act::Purge => Box::pin(async move {
                if house.t.grants().purge(10).await.is_err() {
                    house.hear(Heard::Failed(act));
                }
            }),
            Act::Pass(time) => Box::pin(async move { house.t.advance(time) }),
            Act::Bring(trouble) => Box::pin(async move { house.stage.bring(trouble) }),
            Act::Drop => Box::pin(async {}),
        }
    }

    async fn review(&self) -> Option<ReviewTicket> {
        let (code, visitor) = (self.tv.user_code(), Visitor::new("alice"));
        let review = self.t.grants().review(code, Arrival::Typed, &visitor).await;
        review.ok().map(|review| review.ticket)
    }

    async fn reviewed(&self) -> Option<ReviewTicket> {
        match self.ticket {
            Some(ticket) => Some(ticket),
            None => self.review().await,
        }
    }

    async fn approve(&self, ticket: &ReviewTicket) -> Decision {
        let visitor = Visitor::new("alice");
        let approval = Approval::all();
        decision(
            self.t
                .grants()
                .approve(ticket, &visitor, approval)
                .await
                .map(drop),
        )
    }

    async fn deny(&self, ticket: &ReviewTicket) -> Decision {
        let visitor = Visitor::new("alice");
        decision(self.t.grants().deny(ticket, &visitor).await)
    }

    async fn poll(&self, act: Act, request: DeviceTokenRequest) {
        match self.t.grants().poll(self.tv.client(), request).await {
            Ok(outcome) => {
                self.hear(Heard::Polled(Poll::from(&outcome)));
                if let PollOutcome::Tokens(tokens) = outcome {
                    self.hear(Heard::Tokens(tokens.access_token.clone()));
                }
            }
            Err(_) => self.hear(Heard::Failed(act)),
        }
    }

    /// Polls until the answer is final, and returns it: some time after the other polls, then after the codes have expired.
    /// Confirms if that is asked for.
    pub(crate) fn settle(&self) -> Poll {
        for wait in [INTERVAL, LEASE, LEASE, LIFETIME, LIFETIME] {
            self.t.advance(wait + INTERVAL);
            let request = self.tv.poll_request();
            let request = match &self.code {
                Some(code) => request.with_confirmation_code(code.expose()),
                None => request,
            };
            let before = self.heard().len();
            let Ran::Done(()) = block_on(self.poll(Act::Poll, request)) else {
                panic!("nothing suspends any more");
            };
            let Heard::Polled(last) = self.heard()[before] else {
                panic!("a healthy server answers: {:?}", self.heard());
            };
            let goes_on = matches!(
                last,
                Poll::Pending
                    | Poll::SlowDown { .. }
                    | Poll::Unavailable
                    | Poll::ConfirmationRequired { .. }
            );
            if !goes_on {
                return last;
            }
        }
        panic!("no poll had an end");
    }
}

impl Act {
    /// Returns whether somebody awaits it, and may go away.
    fn is_call(self) -> bool {
        !matches!(self, Self::Pass(_) | Self::Bring(_) | Self::Drop)
    }
}

fn decision(decided: Result<(), DecisionError>) -> Decision {
    match decided {
        Ok(()) => Decision::Made,
        Err(DecisionError::AlreadyDecided { approved, .. }) => {
            Decision::AlreadyDecided { approved }
        }
        Err(DecisionError::Fault(_)) => Decision::Failed,
        Err(_) => Decision::Refused,
    }
}

/// The steps that can be next: the place of the operation that goes on, and for [`Act::Drop`] the place of the one that is dropped.
fn steps(running: &[(usize, Act, Operation)]) -> Vec<(usize, Option<usize>)> {
    let places = |is: fn(Act) -> bool| {
        let all = running.iter().enumerate();
        all.filter(move |(_, (_, act, _))| is(*act))
            .map(|(at, _)| at)
    };
    let mut steps: Vec<_> = places(|act| act != Act::Drop)
        .map(|at| (at, None))
        .collect();
    for drops in places(|act| act == Act::Drop) {
        let before = steps.len();
        steps.extend(places(Act::is_call).map(|leaves| (drops, Some(leaves))));
        if steps.len() == before {
            steps.push((drops, None));
        }
    }
    steps
}
