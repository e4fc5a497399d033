//! Failures of other device grant servers, each as a test that this crate does not repeat it.
//!
//! The lessons come from public issue trackers and advisories; some of those servers have been mended since. Each
//! doc comment says, in our words, what went wrong and where. What cannot go wrong in the core is tested where it
//! could:
//!
//! | lesson | part | tested in |
//! |---|---|---|
//! | 4 | a GET of a page decides nothing | `src/page/tests/entry.rs` |
//! | 5 | the back button of the page | `src/page/tests/decision.rs` |
//! | 6, 26 | the order of answers on the wire | `src/http/tests/token.rs` |
//! | 16 | many unknown device codes from one address | the host's edge: a code has 256 bits, and a poll of an unknown one writes nothing |
//! | 20 | the page has a button to deny | `src/page/tests/every_page.rs` |
//! | 31 | the tables of a database store | the store conformance suite, on a real server for each database |
//! | 32 | public and confidential clients | `src/http/tests/clients.rs` |
//! | 33 | the page's words for a code that came by link | `src/page/tests/entry.rs` |
//! | 39 | the metadata at its address | `src/http/tests/routes.rs` |

#[cfg(test)]
mod approval;
#[cfg(test)]
mod client_binding;
#[cfg(test)]
mod expiry;
#[cfg(test)]
mod guessing;
#[cfg(test)]
mod host;
#[cfg(test)]
mod numbering;
#[cfg(test)]
mod pacing;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod redemption;
#[cfg(test)]
mod server;
