//! The stores and limiters on SQL databases, against real ones.

#[cfg(test)]
mod advice;
#[cfg(test)]
mod clauses;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod executor;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod mariadb;
#[cfg(test)]
mod polls;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod purging;
#[cfg(test)]
mod recorder;
#[cfg(test)]
mod round_trips;
#[cfg(test)]
mod sqlite;
