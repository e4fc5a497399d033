//! The server is killed or stopped in the middle of a thousand flows by two processes, and started again.

use super::load::{Ends, Load, Servers, nothing_was_lost_or_doubled};
use crate::patience::until;
use crate::server::Server;
use crate::stats::statements;

const ENDS: u32 = 8;

/// Ends the server again and again while the flows run.
fn end(end: fn(&mut Server), appendfsync: &str) -> Ends {
    let options = [
        "--save",
        "",
        "--appendonly",
        "yes",
        "--appendfsync",
        appendfsync,
    ];
    let mut server = Server::start_with(&options);
    let mut load = Load::start(&Servers::Single(server.url()), server.directory());
    let mut count = 0;
    until("the flows come to their end", || {
        if count < ENDS && statements(&server) > 2_000 {
            end(&mut server);
            server.restart();
            count += 1;
        }
        !load.is_running()
    });
    assert_eq!(count, ENDS);
    load.finish()
}

#[test]
fn a_server_that_syncs_always_loses_and_doubles_nothing() {
    nothing_was_lost_or_doubled(&end(Server::kill, "always"));
}

#[test]
fn a_server_that_is_stopped_and_not_killed_loses_and_doubles_nothing_when_it_syncs_every_second() {
    nothing_was_lost_or_doubled(&end(Server::stop, "everysec"));
}

/// Redis holds back what it has written while an earlier second is being synced, and acknowledges it all the same.
#[test]
fn a_server_that_syncs_every_second_may_lose_its_last_writes_and_works_on() {
    let ends = end(Server::kill, "everysec");
    let wrong = [
        "something else",
        "a lasting fault",
        "Fault",
        "approved: denied",
        "denied: tokens",
    ];
    let is_wrong = |end: &String| wrong.iter().any(|wrong| end.contains(wrong));
    assert!(!ends.keys().any(is_wrong), "{ends:?}");
}
