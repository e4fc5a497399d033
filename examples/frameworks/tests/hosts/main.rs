//! Runs each example as a process of its own, and drives it with an HTTP client.

#[cfg(test)]
mod adoption;
#[cfg(test)]
mod client;
#[cfg(test)]
mod database;
#[cfg(test)]
mod frameworks;
#[cfg(test)]
mod jwt;
#[cfg(test)]
mod migrating;
#[cfg(test)]
mod nginx;
#[cfg(test)]
mod person;
#[cfg(test)]
mod production;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod server;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod whole_servers;
