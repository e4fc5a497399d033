//! What holds when servers, connections and processes fail.

mod cancelled;
mod crash;
mod cut;
mod failover;
mod index;
mod load;
mod sentinel;
mod slow;
