//! The power fails: what the disk was not told to keep is gone. What was acknowledged is not.

mod disk;
mod postgres;
mod sqlite;
