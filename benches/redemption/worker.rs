use std::io::{BufRead, stdin};
use std::thread;
use std::time::Duration;

use device_grant::DeviceTokenRequest;
use device_grant::code::GrantId;
use device_grant::{DeviceGrants, PollOutcome};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::arguments::Work;
use crate::line::{Again, Line, now};
use crate::node::{ISSUER, node, tv};

/// The number of pollers for each grant in this process.
const POLLERS: usize = 4;

/// The pause of a poller between two polls.
const PAUSE: Duration = Duration::from_millis(10);

/// The same after an answer that the issuer is unavailable, which stays so for a second at least.
const LONG_PAUSE: Duration = Duration::from_millis(250);

/// Polls for each device code that comes in over the standard input, until that ends.
pub(crate) fn work(work: &Work) {
    let (sender, mut codes) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for code in stdin().lock().lines() {
            if sender.send(code.expect("a line")).is_err() {
                return;
            }
        }
    });
    Runtime::new().expect("a runtime").block_on(async {
        let node = node(work.kind, &work.way, work.redelivery).await;
        let mut grants = JoinSet::new();
        while let Some(code) = codes.recv().await {
            grants.spawn(redeem(node.clone(), code));
            while grants.try_join_next().is_some() {}
        }
        grants.join_all().await;
    });
}

async fn redeem(node: DeviceGrants, code: String) {
    let grant = GrantId::of(ISSUER, tv().id.as_str(), &code).expect("a device code");
    let grant = grant.to_string();
    let mut pollers = JoinSet::new();
    for _ in 0..POLLERS {
        pollers.spawn(poll(node.clone(), code.clone(), grant.clone()));
    }
    pollers.join_all().await;
    Line::Ended { grant }.say();
}

/// Polls until the tokens are there, or are somebody else's.
async fn poll(node: DeviceGrants, code: String, grant: String) {
    let tv = tv();
    loop {
        let mut pause = PAUSE;
        let again = match node.poll(&tv, DeviceTokenRequest::new(code.clone())).await {
            Ok(PollOutcome::Tokens(tokens)) => {
                let attempt = tokens.access_token.to_owned();
                let at = now();
                Line::Delivered { grant, attempt, at }.say();
                return;
            }
            Ok(PollOutcome::InvalidGrant) => return,
            Ok(PollOutcome::Pending) => Line::Again(Again::Pending),
            Ok(PollOutcome::Unavailable { .. }) => {
                pause = LONG_PAUSE;
                Line::Again(Again::Unavailable)
            }
            Err(fault) if fault.is_retryable() => Line::Fault {
                grant: grant.clone(),
            },
            wrong => {
                Line::Wrong(format!("{wrong:?}")).say();
                return;
            }
        };
        again.say();
        tokio::time::sleep(pause).await;
    }
}
