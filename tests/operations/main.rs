//! The example server as operators run it: stores go away and come back, nodes and keys are replaced, and clocks jump, while
//! devices poll.

#[cfg(test)]
mod clocks;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod failover;
#[cfg(test)]
mod fleet;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod http;
#[cfg(test)]
mod node;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod pooling;
#[cfg(test)]
mod power;
#[cfg(test)]
mod purging;
#[cfg(test)]
mod replacing;
#[cfg(test)]
mod rotating;
#[cfg(test)]
mod work;
