//! Runs each example as a process of its own, and drives it with an HTTP client.

#[cfg(test)]
mod adoption;
#[cfg(test)]
mod axum_postgres;
#[cfg(test)]
mod client;
#[cfg(test)]
mod frameworks;
#[cfg(test)]
mod jwt;
#[cfg(test)]
mod person;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod server;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod whole_servers;
