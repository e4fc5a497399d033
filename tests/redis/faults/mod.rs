//! Failures of servers, connections and processes.

mod cancelled;
mod crash;
mod cut;
mod failover;
mod index;
mod load;
mod sentinel;
mod slow;
