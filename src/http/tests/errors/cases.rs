//! The macro of the golden cases of a document, whose rows each begin with the name of one.

/// Makes a constant `Case` of each name. One that no test names is dead code, and so an error.
macro_rules! cases {
    ($($name:ident = $id:literal;)+) => {
        /// The first cells of all rows.
        pub(super) const ALL: &[&str] = &[$($id,)+];

        $(pub(super) const $name: Case = Case($id);)+
    };
}
