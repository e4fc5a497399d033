//! The server goes down in the middle of hundreds of flows by two processes, and comes back.

use sqlx::PgPool;

use super::Isolation;
use super::drivers::{Driver, Sqlx09};
use super::load::{Ends, Load};
use super::server::Server;
use crate::executor::block_on;
use crate::flow;

/// The number of times that the server goes down.
const TIMES: i64 = 8;

mod sqlx_09 {
    #[test]
    fn a_server_that_is_killed_loses_no_decision_and_doubles_no_tokens() {
        super::kill("sqlx_09");
    }

    #[test]
    fn a_server_that_is_restarted_loses_no_decision_and_doubles_no_tokens() {
        super::restart("sqlx_09");
    }
}

mod sqlx_08 {
    #[test]
    #[ignore = "long; scripts/test-long runs it"]
    fn a_server_that_is_killed_loses_no_decision_and_doubles_no_tokens() {
        super::kill("sqlx_08");
    }

    #[test]
    #[ignore = "long; scripts/test-long runs it"]
    fn a_server_that_is_restarted_loses_no_decision_and_doubles_no_tokens() {
        super::restart("sqlx_08");
    }
}

mod deadpool {
    #[test]
    #[ignore = "long; scripts/test-long runs it"]
    fn a_server_that_is_killed_loses_no_decision_and_doubles_no_tokens() {
        super::kill("deadpool");
    }

    #[test]
    #[ignore = "long; scripts/test-long runs it"]
    fn a_server_that_is_restarted_loses_no_decision_and_doubles_no_tokens() {
        super::restart("deadpool");
    }
}

fn kill(driver: &str) {
    let isolations = [Isolation::ReadCommitted; 2];
    nothing_was_lost_or_doubled(&run(driver, isolations, Server::crash_and_restart));
}

fn restart(driver: &str) {
    let isolations = [Isolation::RepeatableRead, Isolation::Serializable];
    nothing_was_lost_or_doubled(&run(driver, isolations, Server::stop_and_restart));
}

fn run(driver: &str, isolations: [Isolation; 2], goes_down: impl Fn(&mut Server)) -> Ends {
    let mut server = Server::start(&[]);
    let login = server.login().size(1);
    block_on(Sqlx09::database(&login).migrate()).unwrap();
    let pool = login.pool();
    let mut load = Load::start(&server, driver, isolations);
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

/// Returns the number of decided grants.
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
