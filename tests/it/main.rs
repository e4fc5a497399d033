//! Tests of the repository as a whole, which read its files.

#[cfg(test)]
#[cfg(feature = "testing")]
mod conformance;
#[cfg(test)]
#[cfg(feature = "testing")]
mod device_grants;
#[cfg(test)]
#[cfg(all(feature = "page", feature = "testing"))]
mod equal_answers;
#[cfg(test)]
mod features;
#[cfg(test)]
#[cfg(all(feature = "page", feature = "testing"))]
mod gets;
#[cfg(test)]
mod guessing;
#[cfg(test)]
#[cfg(feature = "testing")]
mod histories;
#[cfg(test)]
mod layering;
#[cfg(test)]
mod limiter;
#[cfg(test)]
mod links;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod repository;
#[cfg(test)]
#[cfg(feature = "testing")]
mod store;
