//! The clauses of [`GrantDirectory`](crate::host::GrantDirectory#contract), by what they are about.
//!
//! Each function needs an empty store that is its own directory.
//! [`directory_conformance_tests!`] calls each function with a fresh one.
//!
//! ```
//! use device_grant::store::MemoryStore;
//! use device_grant::testing::ManualClock;
//! use device_grant::testing::conformance::{block_on, directory};
//!
//! let clock = ManualClock::new();
//! let memory = MemoryStore::new().with_clock(clock.clone());
//! block_on(directory::finding::clause_01_the_expired_are_listed_and_the_forgotten_are_not(&memory, &clock));
//! ```
//!
//! [`directory_conformance_tests!`]: crate::directory_conformance_tests

pub mod finding;
pub mod paging;

use crate::host::{Cursor, GrantDirectory, GrantStore, GrantsOf, PageRequest, Row};
use crate::testing::conformance::store::fixtures::untimed;
use crate::testing::must;

/// A store that is its own directory. Every type that implements both traits implements this one.
pub trait ListingStore: GrantStore + GrantDirectory {}

impl<S: GrantStore + GrantDirectory + ?Sized> ListingStore for S {}

/// More than a test stores.
const ALL: u32 = 1_000;

/// The issuer of the rows that the fixtures make.
const ISSUER: &str = "https://as.example";

/// The first page of their grants.
fn first(of: &GrantsOf, limit: u32) -> PageRequest {
    PageRequest::first(ISSUER, of.clone(), limit)
}

/// The page of their grants that begins after this place.
fn after(of: &GrantsOf, place: Cursor) -> PageRequest {
    let mut page = first(of, 10);
    page.after = Some(place);
    page
}

/// The rows on this page, whenever they were read.
async fn list(store: &dyn ListingStore, page: &PageRequest) -> Vec<Row> {
    let listed = must(store.list(page).await);
    listed.into_iter().map(untimed).collect()
}

/// All of their grants.
async fn all(store: &dyn ListingStore, of: &GrantsOf) -> Vec<Row> {
    list(store, &first(of, ALL)).await
}

/// Their grants, page by page.
async fn by_pages(store: &dyn ListingStore, of: &GrantsOf, limit: u32) -> Vec<Row> {
    let mut listed: Vec<Row> = Vec::new();
    loop {
        let mut page = first(of, limit);
        page.after = listed.last().map(Cursor::at);
        let page = list(store, &page).await;
        if page.is_empty() {
            return listed;
        }
        assert!(page.len() <= usize::try_from(limit).unwrap_or(usize::MAX));
        listed.extend(page);
        assert!(listed.len() < 10_000, "the list does not come to an end");
    }
}

/// The order in which they are to be listed.
fn newest_first(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|row| std::cmp::Reverse(Cursor::at(row)));
    rows
}
