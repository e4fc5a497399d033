use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use device_grant::code::CodeKeys;
use device_grant::grant::Arrival;
use device_grant::host::{Client, Redemption, Terms, Visitor, issuer_fn};
use device_grant::message::TokenResponse;
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use device_grant::testing::Unlimited;
use device_grant::{
    Approval, DeviceAuthorizationRequest, DeviceGrants, DeviceTokenRequest, PollOutcome,
};

/// The last thing that somebody was told about a grant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Told {
    Issued,
    Approved,
    Denied,
    Redeemed,
}

impl Told {
    const ALL: [Self; 4] = [Self::Issued, Self::Approved, Self::Denied, Self::Redeemed];

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|told| told.to_string() == name)
    }

    /// Returns whether a poll says the same.
    fn agrees(self, outcome: &PollOutcome) -> bool {
        match self {
            Self::Issued => outcome.is_pending(),
            Self::Approved => matches!(outcome, PollOutcome::Tokens(_)),
            Self::Denied => matches!(outcome, PollOutcome::Denied),
            Self::Redeemed => matches!(outcome, PollOutcome::InvalidGrant),
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A server on a database.
#[derive(Clone)]
pub(super) struct Server(DeviceGrants);

type Fallible<T = ()> = Result<T, Box<dyn std::error::Error>>;

impl Server {
    pub(super) fn on(database: Database) -> Self {
        let issuer = issuer_fn(|_: Redemption| async {
            Ok(TokenResponse::bearer("token", Duration::from_secs(60)))
        });
        let grants = DeviceGrants::builder("https://id.example.com", issuer)
            .verification_uri("https://id.example.com/activate")
            .store(SqlStore::new(database))
            .limiter(Unlimited)
            .keys(CodeKeys::from_bytes([[7; 32]]).unwrap());
        Self(grants.build().unwrap())
    }

    /// Leads one grant after another to each of its ends, and tells of each step that was acknowledged, until one fails or it
    /// is over.
    pub(super) async fn work(&self, is_over: &AtomicBool, mut tell: impl FnMut(&str, Told)) {
        for told in Told::ALL.into_iter().cycle() {
            let led = self.lead(told, &mut tell).await;
            if led.is_err() || is_over.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    async fn lead(&self, to: Told, tell: &mut impl FnMut(&str, Told)) -> Fallible {
        let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")])?;
        let codes = self.0.authorize(&tv(), request).await?;
        let code = &*codes.device_code;
        tell(code, Told::Issued);
        if to == Told::Issued {
            return Ok(());
        }
        let alice = Visitor::new("alice").with_session("of alice");
        let review = self.0.review(&codes.user_code, Arrival::Typed, &alice);
        let ticket = review.await?.ticket;
        if to == Told::Denied {
            self.0.deny(&ticket, &alice).await?;
            tell(code, to);
            return Ok(());
        }
        self.0.approve(&ticket, &alice, Approval::all()).await?;
        tell(code, Told::Approved);
        if to == Told::Redeemed {
            let outcome = self.poll(code).await?;
            if !Told::Approved.agrees(&outcome) {
                // The approval is lost: it is looked at in the end.
                return Ok(());
            }
            tell(code, to);
        }
        Ok(())
    }

    async fn poll(&self, code: &str) -> Fallible<PollOutcome> {
        Ok(self.0.poll(&tv(), DeviceTokenRequest::new(code)).await?)
    }

    /// Returns the number of those grants that are not where somebody was told last. The last one was under way when the power
    /// failed: its next step may have been made.
    pub(super) async fn lost(&self, told: &[(String, Told)]) -> usize {
        let Some((under_way, _)) = told.last() else {
            return 0;
        };
        let last: HashMap<_, _> = told.iter().cloned().collect();
        let mut lost = 0;
        for (code, told) in last.iter().filter(|(code, _)| *code != under_way) {
            let outcome = self.poll(code).await;
            if !outcome.as_ref().is_ok_and(|outcome| told.agrees(outcome)) {
                lost += 1;
                if lost <= 3 {
                    println!("{told:?}, and the poll says {outcome:?}");
                }
            }
        }
        println!("{lost} of {} grants are lost", last.len());
        lost
    }
}

fn tv() -> Client {
    Client::new("tv").device_grant(Terms::new("openid".parse().unwrap()))
}
