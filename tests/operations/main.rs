//! The example server as operators run it: its store goes away and comes back while devices poll.

#[cfg(test)]
mod devices;
#[cfg(test)]
mod node;
#[cfg(test)]
mod outage;
