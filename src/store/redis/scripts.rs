//! The scripts, each with the first line and the beginning that it needs.

use std::sync::LazyLock;

use crate::redis_client::Script;

/// A script that asks for the time. With `allow-oom`, a server that has reached `maxmemory` still runs it.
macro_rules! timed {
    ($first_line:literal, $file:literal) => {
        LazyLock::new(|| {
            Script::new(concat!(
                $first_line,
                include_str!("now.lua"),
                include_str!($file)
            ))
        })
    };
}

// Only insertions are refused by a full server: it finishes the grants that it has.
pub(super) static INSERT: LazyLock<Script> = timed!("#!lua\n", "insert.lua");
pub(super) static NOW: LazyLock<Script> = timed!("#!lua flags=allow-oom\n", "tell.lua");
pub(super) static FIND: LazyLock<Script> = timed!("#!lua flags=allow-oom\n", "find.lua");
pub(super) static CONFIRM: LazyLock<Script> = timed!("#!lua flags=allow-oom\n", "confirm.lua");
pub(super) static REPLACE: LazyLock<Script> = timed!("#!lua flags=allow-oom\n", "replace.lua");
pub(super) static RECORD_POLL: LazyLock<Script> =
    timed!("#!lua flags=allow-oom\n", "record_poll.lua");
pub(super) static FORGET: LazyLock<Script> = timed!("#!lua flags=allow-oom\n", "forget.lua");
pub(super) static KEEP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("keep.lua")));
pub(super) static RELEASE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("release.lua")));
pub(super) static INDEX: LazyLock<Script> = timed!("#!lua flags=allow-oom\n", "index.lua");
pub(super) static PAGE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("page.lua")));
pub(super) static PROBE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("probe.lua")));
pub(super) static PRUNE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("prune.lua")));
