//! The server goes down in the middle of hundreds of flows by two processes, and comes back.

use device_grant::store::PostgresStore;
use sqlx::PgPool;

use super::load::{Ends, Load};
use super::server::Server;
use super::{Isolation, pool_of};
use crate::executor::block_on;
use crate::flow;

/// How often it goes down.
const TIMES: i64 = 8;

#[test]
fn a_server_that_is_killed_loses_no_decision_and_doubles_no_tokens() {
    let isolations = [Isolation::ReadCommitted; 2];
    nothing_was_lost_or_doubled(&run(isolations, Server::crash_and_restart));
}

#[test]
fn a_server_that_is_restarted_loses_no_decision_and_doubles_no_tokens() {
    let isolations = [Isolation::RepeatableRead, Isolation::Serializable];
    nothing_was_lost_or_doubled(&run(isolations, Server::stop_and_restart));
}

fn run(isolations: [Isolation; 2], goes_down: impl Fn(&mut Server)) -> Ends {
    let mut server = Server::start(&[]);
    let pool = pool_of(1, server.options(), Isolation::ReadCommitted);
    block_on(PostgresStore::new(pool.clone()).migrate()).unwrap();
    let mut load = Load::start(&server, isolations);
    for time in 1..=TIMES {
        // A quarter of all flows is denied, and three quarters are approved.
        while block_on(flow::again(async || decided(&pool).await)) < time * 50 {
            assert!(load.is_running());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        goes_down(&mut server);
    }
    load.finish()
}

/// How many grants were decided.
async fn decided(pool: &PgPool) -> Result<i64, Down> {
    let count = "SELECT count(*) FROM device_grants WHERE NOT is_pending";
    let count = sqlx::query_scalar(count).fetch_one(pool).await;
    count.map_err(|_| Down)
}

#[derive(Debug)]
struct Down;

impl flow::Failure for Down {
    fn is_retryable(&self) -> bool {
        true
    }
}

fn nothing_was_lost_or_doubled(ends: &Ends) {
    let right = [
        "approved: tokens",
        // The commit was executed, and neither its answer nor the row could be read.
        "approved: spent",
        "denied: denied",
    ];
    let are_right = ends.keys().all(|end| right.contains(&end.as_str()));
    assert!(are_right, "{ends:?}");
    let delivered = ends.get("approved: tokens").copied().unwrap_or_default();
    assert!(delivered > 330, "{ends:?}");
}
