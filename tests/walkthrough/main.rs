//! The two walk-throughs that users of such servers know, and the scenarios made of them, against the example server:
//! a process of its own, real HTTP, and `curl` as their guides write it.

#[cfg(test)]
mod administration;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod confirmation;
#[cfg(test)]
mod curl;
#[cfg(test)]
mod device;
#[cfg(test)]
mod extras;
#[cfg(test)]
mod ibm;
#[cfg(test)]
mod id_token;
#[cfg(test)]
mod no_store;
#[cfg(test)]
mod okta;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod server;
#[cfg(test)]
mod stores;
#[cfg(test)]
mod tokens;
