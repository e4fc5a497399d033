//! The stores and limiters on SQL databases, against real ones.

#[cfg(test)]
mod advice;
#[cfg(test)]
mod clauses;
#[cfg(test)]
mod executor;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod sqlite;
