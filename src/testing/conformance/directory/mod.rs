//! The clauses of [`GrantDirectory`](crate::host::GrantDirectory#contract), by what they are about.
//!
//! Each function wants a store in which nothing has been stored, and which is its own directory;
//! [`directory_conformance_tests!`] calls every one of them with its own.
//!
//! ```
//! use device_grant::store::MemoryStore;
//! use device_grant::testing::conformance::{block_on, directory};
//!
//! let memory = MemoryStore::new();
//! block_on(directory::finding::clause_01_the_expired_are_listed_and_the_forgotten_are_not(&memory));
//! ```
//!
//! [`directory_conformance_tests!`]: crate::directory_conformance_tests

pub mod finding;
pub mod paging;

use crate::grant::{Grant, Stored};
use crate::host::{Cursor, GrantDirectory, GrantStore, GrantsOf};
use crate::testing::must;

/// A store that is its own directory. Whatever is both, is one.
pub trait ListingStore: GrantStore + GrantDirectory {}

impl<S: GrantStore + GrantDirectory + ?Sized> ListingStore for S {}

/// More than a test stores.
const ALL: u32 = 1_000;

/// All of their grants.
async fn all(store: &dyn ListingStore, of: &GrantsOf) -> Vec<Stored> {
    must(store.list(of, None, ALL).await)
}

/// Their grants, page by page.
async fn by_pages(store: &dyn ListingStore, of: &GrantsOf, limit: u32) -> Vec<Stored> {
    let mut listed: Vec<Stored> = Vec::new();
    loop {
        let after = listed.last().map(|last| Cursor::at(&last.grant));
        let page = must(store.list(of, after.as_ref(), limit).await);
        if page.is_empty() {
            return listed;
        }
        assert!(page.len() <= usize::try_from(limit).unwrap_or(usize::MAX));
        listed.extend(page);
        assert!(listed.len() < 10_000, "the list does not come to an end");
    }
}

/// The order in which they are to be listed.
fn newest_first(mut stored: Vec<Stored>) -> Vec<Stored> {
    stored.sort_by_key(|stored| std::cmp::Reverse(place(&stored.grant)));
    stored
}

fn place(grant: &Grant) -> Cursor {
    Cursor::at(grant)
}
