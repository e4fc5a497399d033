use super::{Isolation, store};
use crate::clauses::{forgetting, polling, writing};
use crate::executor::block_on;

/// One test for each clause, with tables each.
mod read_committed {
    use super::*;

    macro_rules! clauses {
        ($($module:ident: $($clause:ident),+ $(,)?;)+) => {
            $($(
                #[test]
                fn $clause() {
                    block_on($module::$clause(&store(Isolation::ReadCommitted)));
                }
            )+)+
        };
    }

    every_store_clause!(clauses);
}

mod repeatable_read {
    use super::*;

    macro_rules! clauses {
        ($($module:ident: $($clause:ident),+ $(,)?;)+) => {
            $($(
                #[test]
                fn $clause() {
                    block_on($module::$clause(&store(Isolation::RepeatableRead)));
                }
            )+)+
        };
    }

    every_store_clause!(clauses);
}

mod serializable {
    use super::*;

    macro_rules! clauses {
        ($($module:ident: $($clause:ident),+ $(,)?;)+) => {
            $($(
                #[test]
                fn $clause() {
                    block_on($module::$clause(&store(Isolation::Serializable)));
                }
            )+)+
        };
    }

    every_store_clause!(clauses);
}
