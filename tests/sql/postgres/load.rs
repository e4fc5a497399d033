//! Many flows at once, by two processes, and what became of each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use device_grant::device_grants::Review;
use device_grant::message::DeviceAuthorizationResponse;
use device_grant::store::SqlStore;
use device_grant::{DecisionError, DeviceGrants, PollOutcome};
use tokio::task::LocalSet;

use super::drivers::{Deadpool, Driver, Sqlx08, Sqlx09};
use super::server::{Login, Server};
use super::{Isolation, SERVER};
use crate::executor::block_on;
use crate::flow;
use test_servers::Folder;

/// Tells a process of this binary that it is a worker: which server, driver and isolation, where to report.
const ORDERS: &str = "DEVICE_GRANT_WORKER";

const WORKER: &str = "postgres::load::a_worker_does_what_it_is_told";

/// The number of flows of each process.
const FLOWS: usize = 250;

/// The number of pending answers after which a grant counts as stuck.
const PATIENCE: usize = 500;

/// The wait of a device between two polls. If all of them polled as fast as they can, the polls that stand before a
/// commit would take longer than its lease, on a slow machine without end.
const INTERVAL: Duration = Duration::from_millis(200);

/// Longer than a commit waits for its turn, and short, because crashes leave leases behind.
const LEASE: Duration = Duration::from_secs(3);

/// Two processes that run their flows all at once.
pub(crate) struct Load {
    workers: Vec<(Child, PathBuf)>,
    _reports: Folder,
}

/// The number of flows for each end: what was acknowledged, then what the device got in the end.
pub(crate) type Ends = BTreeMap<String, usize>;

impl Load {
    /// One process with each isolation.
    pub(crate) fn start(server: &Server, driver: &str, isolations: [Isolation; 2]) -> Self {
        let reports = Folder::new();
        let socket = server.socket();
        let socket = socket.parent().unwrap().display();
        let worker = |(number, isolation): (usize, Isolation)| {
            let report = reports.path().join(number.to_string());
            let child = Command::new(env::current_exe().unwrap())
                .args(["--exact", "--nocapture", WORKER])
                .env(
                    ORDERS,
                    format!("{socket} {driver} {isolation:?} {}", report.display()),
                )
                .stdout(Stdio::null())
                .spawn();
            (child.unwrap(), report)
        };
        Self {
            workers: isolations.into_iter().enumerate().map(worker).collect(),
            _reports: reports,
        }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        let mut workers = self.workers.iter_mut();
        workers.any(|(child, _)| child.try_wait().unwrap().is_none())
    }

    pub(crate) fn finish(self) -> Ends {
        let mut ends = Ends::new();
        for (mut child, report) in self.workers {
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

/// A test in form only: [`Load::start`] runs it in processes of their own. Without orders it runs a few flows.
#[test]
fn a_worker_does_what_it_is_told() {
    let Ok(orders) = env::var(ORDERS) else {
        let nodes = [(); 2].map(|()| node("sqlx_09", &SERVER.login()));
        assert_eq!(block_on(run(&nodes, 1)), "approved: tokens");
        assert_eq!(block_on(run(&nodes, 4)), "denied: denied");
        return;
    };
    let [socket, driver, isolation, report] =
        orders.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let isolation = match isolation {
        "ReadCommitted" => Isolation::ReadCommitted,
        "RepeatableRead" => Isolation::RepeatableRead,
        _ => Isolation::Serializable,
    };
    let login = Login::at(Path::new(socket)).isolation(isolation);
    let nodes = [(); 2].map(|()| node(driver, &login));
    let flows: Vec<_> = block_on(async {
        let here = LocalSet::new();
        let flows = (0..FLOWS).map(|number| {
            let nodes = nodes.clone();
            here.spawn_local(async move { run(&nodes, number).await })
        });
        let flows: Vec<_> = flows.collect();
        here.await;
        flows
    });
    let ends = flows.into_iter().map(|flow| block_on(flow).unwrap());
    let ends: Vec<_> = ends.collect();
    fs::write(report, ends.join("\n")).unwrap();
}

fn node(driver: &str, login: &Login) -> DeviceGrants {
    let database = match driver {
        "sqlx_09" => Sqlx09::database(login),
        "sqlx_08" => Sqlx08::database(login),
        _ => Deadpool::database(login),
    };
    block_on(flow::again(async || database.migrate().await));
    let store = SqlStore::new(database);
    flow::builder(store).lease(LEASE).build().unwrap()
}

/// A flow over both nodes, and what it came to.
async fn run(nodes: &[DeviceGrants; 2], number: usize) -> String {
    let [one, other] = nodes;
    let device = flow::again(async || flow::authorize(one).await).await;
    let review = flow::again(async || flow::review(other, &device).await).await;
    let is_denied = number.is_multiple_of(4);
    flow::again(async || decide(one, &review, is_denied).await).await;
    let (by_one, by_other) = tokio::join!(collect(one, &device), collect(other, &device));
    let decision = if is_denied { "denied" } else { "approved" };
    let got = match (by_one, by_other) {
        ("tokens", "tokens") => "tokens twice",
        ("tokens", "spent") | ("spent", "tokens") => "tokens",
        (one, other) if one == other => one,
        _ => "something else",
    };
    format!("{decision}: {got}")
}

async fn decide(node: &DeviceGrants, review: &Review, denies: bool) -> Result<(), DecisionError> {
    if denies {
        node.deny(&review.ticket, &flow::alice()).await
    } else {
        flow::approve(node, review).await
    }
}

/// Polls until the device knows, and once more if it got tokens.
async fn collect(node: &DeviceGrants, device: &DeviceAuthorizationResponse) -> &'static str {
    let mut has_tokens = false;
    for _ in 0..PATIENCE {
        match flow::poll(node, device).await {
            Ok(PollOutcome::Tokens(_)) if has_tokens => return "tokens twice",
            Ok(PollOutcome::Tokens(_)) => has_tokens = true,
            Ok(PollOutcome::InvalidGrant) if has_tokens => return "tokens",
            Ok(PollOutcome::InvalidGrant) => return "spent",
            Ok(PollOutcome::Denied) => return "denied",
            Ok(outcome) if outcome.is_pending() => {}
            Ok(_) => return "something else",
            Err(fault) if fault.is_retryable() => {}
            Err(_) => return "a lasting fault",
        }
        tokio::time::sleep(INTERVAL).await;
    }
    "pending"
}
