//! Many flows at once, by two processes, and what became of each.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use device_grant::device_grants::{AuthorizeError, DecisionError, ReviewError};
use device_grant::store::RedisStore;
use device_grant::{DeviceGrants, PollOutcome};

use crate::flow::{self, Device};
use crate::patience::Patience;
use crate::runtime::RUNTIME;
use crate::{cluster, server};

/// Tells a process of this binary that it is a worker: which servers, how many flows, where to report.
const ORDERS: &str = "DEVICE_GRANT_WORKER";

const WORKER: &str = "faults::load::a_worker_does_what_it_is_told";

const FLOWS: usize = 500;

/// The way to the servers.
#[derive(Clone)]
pub(crate) enum Servers {
    Single(String),
    /// Decisions wait for a replica.
    WaitingCluster(Vec<String>),
}

/// Two processes that run [`FLOWS`] flows each, all at once.
pub(crate) struct Load(Vec<(Child, std::path::PathBuf)>);

/// The number of flows for each end: what was acknowledged, then what the device got in the end.
pub(crate) type Ends = BTreeMap<String, usize>;

impl Load {
    /// Reports go to `directory`.
    pub(crate) fn start(servers: &Servers, directory: &std::path::Path) -> Self {
        let worker = |number: usize| {
            let report = directory.join(format!("report-{number}"));
            let way = match servers {
                Servers::Single(url) => url.clone(),
                Servers::WaitingCluster(urls) => urls.join(","),
            };
            let child = Command::new(env::current_exe().unwrap())
                .args(["--exact", "--nocapture", WORKER])
                .env(ORDERS, format!("{way} {}", report.display()))
                .stdout(Stdio::null())
                .spawn();
            (child.unwrap(), report)
        };
        Self((0..2).map(worker).collect())
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.0
            .iter_mut()
            .any(|(child, _)| child.try_wait().unwrap().is_none())
    }

    pub(crate) fn finish(self) -> Ends {
        let mut ends = Ends::new();
        for (mut child, report) in self.0 {
            assert!(child.wait().unwrap().success(), "a worker failed");
            for end in fs::read_to_string(report).unwrap().lines() {
                *ends.entry(end.to_owned()).or_default() += 1;
            }
        }
        println!("{ends:?}");
        assert_eq!(ends.values().sum::<usize>(), 2 * FLOWS);
        ends
    }
}

/// Holds what has to hold of a store that keeps what it acknowledged.
pub(crate) fn nothing_was_lost_or_doubled(ends: &Ends) {
    for end in ends.keys() {
        let is_right = [
            "approved: tokens",
            // The answer with the tokens, or the one to the commit, went down with the server.
            "approved: spent",
            "denied: denied",
        ]
        .contains(&end.as_str());
        assert!(is_right, "{ends:?}");
    }
    // Whatever goes down is up again soon, and nearly all flows wait for it.
    let ended_well = ["approved: tokens", "denied: denied"];
    let ended_well = ended_well.map(|end| ends.get(end).copied().unwrap_or_default());
    assert!(ended_well.iter().sum::<usize>() > 8 * FLOWS / 5, "{ends:?}");
}

/// A test in form only: [`Load::start`] runs it in processes of their own. Without orders it runs one flow.
#[test]
fn a_worker_does_what_it_is_told() {
    let Ok(orders) = env::var(ORDERS) else {
        let server = server::Server::start();
        let store = RUNTIME.block_on(store(&server.url()));
        let grants = flow::server(store);
        assert_eq!(RUNTIME.block_on(run(&grants, 1)), "approved: tokens");
        assert_eq!(RUNTIME.block_on(run(&grants, 4)), "denied: denied");
        return;
    };
    let (servers, report) = orders.split_once(' ').unwrap();
    let ends = RUNTIME.block_on(async {
        let grants = Arc::new(flow::server(store(servers).await));
        let flows: Vec<_> = (0..FLOWS)
            .map(|number| {
                let grants = Arc::clone(&grants);
                tokio::spawn(async move { run(&grants, number).await })
            })
            .collect();
        let mut ends = String::new();
        for flow in flows {
            ends.push_str(&flow.await.unwrap());
            ends.push('\n');
        }
        ends
    });
    fs::write(report, ends).unwrap();
}

async fn store(servers: &str) -> RedisStore {
    let urls: Vec<String> = servers.split(',').map(str::to_owned).collect();
    if let [url] = urls.as_slice() {
        return RedisStore::new(server::connection(url).await);
    }
    let client = cluster::client(urls);
    RedisStore::new(client.clone()).wait_for_replicas(1, Duration::from_millis(200), client)
}

/// One flow, patient with everything that may pass, and what it came to.
async fn run(grants: &DeviceGrants, number: usize) -> String {
    let patience = Patience::new();
    let device = loop {
        match Device::authorize(grants).await {
            Ok(device) => break device,
            Err(AuthorizeError::Fault(fault)) if fault.is_retryable() => {
                pause(patience, fault).await
            }
            Err(error) => return format!("not authorized: {error:?}"),
        }
    };
    let ticket = loop {
        match device.review(grants).await {
            Ok(review) => break review.ticket,
            Err(ReviewError::Fault(fault)) if fault.is_retryable() => pause(patience, fault).await,
            Err(error) => return format!("not reviewed: {error:?}"),
        }
    };
    let is_denied = number.is_multiple_of(4);
    loop {
        let decided = if is_denied {
            grants.deny(&ticket, &flow::alice()).await
        } else {
            flow::approve(grants, &ticket).await
        };
        match decided {
            Ok(()) => break,
            Err(DecisionError::Fault(fault)) if fault.is_retryable() => {
                pause(patience, fault).await
            }
            Err(error) => return format!("not decided: {error:?}"),
        }
    }
    let decision = if is_denied { "denied" } else { "approved" };
    format!("{decision}: {}", collect(grants, &device, patience).await)
}

/// Polls until the device knows, and once more if it got tokens.
async fn collect(grants: &DeviceGrants, device: &Device, patience: Patience) -> &'static str {
    let mut has_tokens = false;
    let mut pending = 0;
    loop {
        match device.poll(grants).await {
            Ok(PollOutcome::Tokens(_)) if has_tokens => return "tokens twice",
            Ok(PollOutcome::Tokens(_)) => has_tokens = true,
            Ok(PollOutcome::InvalidGrant) if has_tokens => return "tokens",
            Ok(PollOutcome::InvalidGrant) => return "spent",
            Ok(PollOutcome::Denied) => return "denied",
            // Longer than any lease lasts: the decision is gone.
            Ok(outcome) if outcome.is_pending() && pending == 300 => return "pending",
            Ok(outcome) if outcome.is_pending() => {
                pending += 1;
                pause(patience, outcome).await;
            }
            Ok(_) => return "something else",
            Err(fault) if fault.is_retryable() => pause(patience, fault).await,
            Err(_) => return "a lasting fault",
        }
    }
}

async fn pause(patience: Patience, at: impl Debug) {
    assert!(
        !patience.is_over(),
        "a flow does not come to an end: {at:?}"
    );
    tokio::time::sleep(Duration::from_millis(20)).await;
}
