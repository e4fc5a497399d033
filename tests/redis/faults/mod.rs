//! What holds when servers, connections and processes fail.

mod cut;
