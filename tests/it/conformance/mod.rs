//! The conformance suites find what they are for: whatever breaks one clause fails the test of that name.

mod broken_directory;
mod broken_issuer;
mod broken_limiter;
mod broken_store;
mod directory;
mod gap;
mod issuer;
mod limiter;
mod list;
mod redemption;
mod store;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Returns whether a test fails, and drops its output.
fn fails(test: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(test)).is_err()
}
