//! A file of `src/` imports only from lower layers.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, Path, UseTree};

use crate::repository::{self, TextFile};

/// From the lowest up. Layers of one row do not know each other.
const LAYERS: &[&[&str]] = &[
    &["invalid_value", "sync", "text"],
    &["code"],
    &["message"],
    &["grant"],
    &["host"],
    &["device_grants"],
    &["redis_client", "sql"],
    &["http", "limiter", "store"],
    &["memory", "page", "telemetry"],
    &["testing"],
    &["guide"],
];

/// Beside the others: the device's side, which shares only the wire and the error of what cannot be read with them.
const POLLER: &str = "poller";

#[test]
fn no_file_imports_from_a_layer_above_it() {
    let wrong: Vec<String> = repository::sources()
        .iter()
        .flat_map(upward_imports)
        .collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_module_of_the_crate_is_in_a_layer() {
    for file in repository::sources() {
        let layer = module_of(&file).into_iter().next();
        assert!(
            layer.is_none_or(|name| is_layer(&name)),
            "{} is in no layer",
            file.path
        );
    }
}

/// The imports that are not allowed, as `path:line: path in the crate: rule`.
fn upward_imports(file: &TextFile) -> Vec<String> {
    let module = module_of(file);
    let Some(own) = module.first().filter(|_| !file.is_test()) else {
        return Vec::new();
    };
    let mut paths = CratePaths {
        module: module.clone(),
        own_macros: macros_in(&file.text),
        found: Vec::new(),
    };
    paths.visit_file(&syn::parse_file(&file.text).unwrap());
    let outward = paths.found.into_iter().filter(|(path, _)| path[0] != *own);
    outward
        .filter_map(|(path, line)| {
            let rule = broken_rule(own, &path[0])?;
            Some(format!(
                "{}:{line}: crate::{}: {rule}",
                file.path,
                path.join("::")
            ))
        })
        .collect()
}

/// Collects the paths into this crate, in imports and everywhere else but in what is compiled for tests only.
struct CratePaths {
    /// Where the visit is.
    module: Vec<String>,
    /// The macros that the file declares: `#[macro_export]` puts them at the root of the crate.
    own_macros: Vec<String>,
    /// Each path from the root of the crate, with its line; `*` stands for a glob.
    found: Vec<(Vec<String>, usize)>,
}

impl CratePaths {
    /// Notes a path as it is written here, if it leads into the crate by its root.
    fn note(&mut self, written: &[String], line: usize) {
        let up = |name: &&String| matches!(name.as_str(), "self" | "super");
        let ups = written.iter().take_while(up);
        let ups = ups.filter(|name| *name == "super").count();
        let from_root = match written.first().map(String::as_str) {
            Some("crate") => written.get(1..),
            Some("self" | "super") if ups == self.module.len() => {
                written.get(written.iter().take_while(up).count()..)
            }
            _ => None,
        };
        if let Some([first, ..]) = from_root
            && !self.own_macros.contains(first)
        {
            let path = from_root.unwrap_or_default().to_vec();
            self.found.push((path, line));
        }
    }

    fn note_tree(&mut self, mut so_far: Vec<String>, tree: &UseTree) {
        let line = tree.span().start().line;
        match tree {
            UseTree::Path(path) => {
                so_far.push(path.ident.to_string());
                self.note_tree(so_far, &path.tree);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.note_tree(so_far.clone(), tree);
                }
            }
            UseTree::Name(name) => {
                so_far.extend(Some(name.ident.to_string()).filter(|name| name != "self"));
                self.note(&so_far, line);
            }
            UseTree::Rename(name) => {
                so_far.push(name.ident.to_string());
                self.note(&so_far, line);
            }
            UseTree::Glob(_) => {
                so_far.push("*".to_owned());
                self.note(&so_far, line);
            }
        }
    }
}

impl<'ast> Visit<'ast> for CratePaths {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.note_tree(Vec::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        self.note(&names.collect::<Vec<_>>(), path.span().start().line);
        visit::visit_path(self, path);
    }

    /// The inside of a macro is no syntax yet: its tokens are read as words.
    fn visit_macro(&mut self, mac: &'ast Macro) {
        visit::visit_macro(self, mac);
        let line = mac.span().start().line;
        let text = mac.tokens.to_string();
        let mut words = text.split_whitespace().peekable();
        while let Some(word) = words.next() {
            if word != "crate" {
                continue;
            }
            let mut path = vec![word.to_owned()];
            while words.next_if_eq(&"::").is_some() {
                let name = words.next().unwrap_or_default();
                let name = name
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next();
                path.extend(name.map(str::to_owned));
            }
            self.note(&path, line);
        }
    }
}

/// Says whether an item is compiled for tests only.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other kinds of items import nothing of their own"
)]
fn is_for_tests(item: &Item) -> bool {
    let attributes: &[Attribute] = match item {
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    };
    let test = |attribute: &Attribute| attribute.meta.to_token_stream().to_string() == "cfg (test)";
    attributes.iter().any(test)
}

fn macros_in(text: &str) -> Vec<String> {
    let declared = text.lines().filter_map(|line| {
        let name = line.trim_start().strip_prefix("macro_rules! ")?;
        name.split_whitespace().next()
    });
    declared.map(str::to_owned).collect()
}

fn broken_rule(own: &str, other: &str) -> Option<String> {
    if !is_layer(other) {
        return Some("name the module that has it, not the root of the crate".to_owned());
    }
    (!may_import(own, other))
        .then(|| format!("`{own}` is not above `{other}`, so it must not import from it"))
}

fn may_import(own: &str, other: &str) -> bool {
    if own == POLLER {
        other == "message" || other == "invalid_value"
    } else if other == POLLER {
        own == "testing"
    } else {
        height(other) < height(own)
    }
}

fn is_layer(name: &str) -> bool {
    name == POLLER || height(name).is_some()
}

fn height(name: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&name))
}

/// The module that a file is: `src/grant/poll.rs` is `grant::poll`, `src/lib.rs` is the root.
fn module_of(file: &TextFile) -> Vec<String> {
    let folders = file.folders().into_iter().skip(1);
    let own = Some(file.stem()).filter(|stem| !matches!(*stem, "mod" | "lib"));
    folders.chain(own).map(str::to_owned).collect()
}

mod the_check_itself {
    use super::*;

    fn wrong(path: &str, text: &str) -> Vec<String> {
        let file = TextFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let imports = upward_imports(&file);
        imports
            .into_iter()
            .map(|message| message.split(": ").take(2).collect::<Vec<_>>().join(": "))
            .collect()
    }

    #[test]
    fn finds_an_upward_import() {
        assert_eq!(
            wrong("src/grant/poll.rs", "use crate::host::Clock;"),
            ["src/grant/poll.rs:1: crate::host::Clock"]
        );
    }

    #[test]
    fn says_which_layers_are_concerned() {
        let file = TextFile {
            path: "src/code/mod.rs".to_owned(),
            text: "use crate::store::MemoryStore;".to_owned(),
        };
        let messages = upward_imports(&file);
        assert!(
            messages[0].contains("`code` is not above `store`"),
            "{messages:?}"
        );
    }

    #[test]
    fn lets_downward_imports_and_the_own_module_pass() {
        let text = "use crate::code::UserCode;\nuse crate::grant::Grant;\nuse crate::host::Clock;\nuse super::GrantStore;";
        assert!(wrong("src/host/store.rs", text).is_empty());
    }

    #[test]
    fn refuses_a_neighbour_of_the_same_height() {
        assert_eq!(
            wrong("src/store/memory.rs", "use crate::http::Edge;").len(),
            1
        );
    }

    #[test]
    fn reads_trees_over_many_lines_branch_by_branch() {
        let text = "use crate::{\n    code::UserCode,\n    host::{\n        Clock as _,\n        clock::{self, *},\n    },\n};\n";
        assert_eq!(
            wrong("src/grant/mod.rs", text),
            [
                "src/grant/mod.rs:4: crate::host::Clock",
                "src/grant/mod.rs:5: crate::host::clock",
                "src/grant/mod.rs:5: crate::host::clock::*"
            ]
        );
    }

    #[test]
    fn reads_a_tree_that_starts_with_a_brace() {
        assert_eq!(
            wrong("src/code/mod.rs", "use {std::fmt, crate::grant::Grant};").len(),
            1
        );
    }

    #[test]
    fn finds_paths_outside_of_imports() {
        let text = "fn now() -> u64 {\n    crate::host::System::new::<u8>().now()\n}\n";
        assert_eq!(
            wrong("src/grant/mod.rs", text),
            ["src/grant/mod.rs:2: crate::host::System::new"]
        );
    }

    #[test]
    fn finds_paths_inside_of_macros() {
        let text = "macro_rules! clock { () => { $crate::testing::ManualClock::new() }; }";
        assert_eq!(wrong("src/host/clock.rs", text).len(), 1);
    }

    #[test]
    fn lets_a_file_call_the_macros_that_it_exports() {
        let text =
            "#[macro_export]\nmacro_rules! one { () => { $crate::one!(1); $crate::other!() }; }";
        assert_eq!(
            wrong("src/testing/macros.rs", text),
            ["src/testing/macros.rs:2: crate::other"]
        );
    }

    #[test]
    fn follows_super_out_of_the_module() {
        assert_eq!(
            wrong("src/code/mod.rs", "use super::grant::Grant;"),
            ["src/code/mod.rs:1: crate::grant::Grant"]
        );
        assert_eq!(
            wrong("src/code/format.rs", "use super::super::{grant::Grant};"),
            ["src/code/format.rs:1: crate::grant::Grant"]
        );
        assert_eq!(
            wrong(
                "src/code/format.rs",
                "use self::super::super::grant::Grant;"
            ),
            ["src/code/format.rs:1: crate::grant::Grant"]
        );
    }

    #[test]
    fn counts_the_modules_inside_of_a_file() {
        let text = "mod inner {\n    use super::super::Format;\n    use super::super::super::grant::Grant;\n}";
        assert_eq!(
            wrong("src/code/format.rs", text),
            ["src/code/format.rs:3: crate::grant::Grant"]
        );
    }

    #[test]
    fn refuses_what_the_root_re_exports() {
        assert_eq!(
            wrong("src/http/mod.rs", "use crate::DeviceGrants;"),
            ["src/http/mod.rs:1: crate::DeviceGrants"]
        );
        assert_eq!(
            wrong("src/http/mod.rs", "use super::*;"),
            ["src/http/mod.rs:1: crate::*"]
        );
    }

    #[test]
    fn keeps_the_poller_to_the_wire() {
        for shared in ["message::Reply", "invalid_value::InvalidValue"] {
            assert!(wrong("src/poller/mod.rs", &format!("use crate::{shared};")).is_empty());
        }
        assert_eq!(
            wrong("src/poller/mod.rs", "use crate::code::UserCode;").len(),
            1
        );
        assert_eq!(
            wrong("src/http/mod.rs", "use crate::poller::Poller;").len(),
            1
        );
    }

    #[test]
    fn does_not_read_comments_and_strings() {
        let text = "//! crate::host::Clock\n/// [`crate::host`]\nfn f() { /* crate::host::X */ let _ = \"crate::host::X\"; }";
        assert!(wrong("src/grant/mod.rs", text).is_empty());
    }

    #[test]
    fn lets_tests_import_from_anywhere() {
        let text = "#[cfg(test)]\nuse crate::testing::{Scenario, Poll};\n#[cfg(test)]\n#[derive(Debug)]\nmod tests { use crate::testing::X; }\n";
        assert!(wrong("src/grant/mod.rs", text).is_empty());
        assert!(wrong("src/grant/tests.rs", "use crate::testing::Scenario;").is_empty());
        assert!(
            wrong(
                "src/grant/tests/scenario.rs",
                "use crate::testing::Scenario;"
            )
            .is_empty()
        );
    }

    #[test]
    fn goes_on_behind_what_is_for_tests() {
        let text = "#[cfg(test)]\nmod tests;\n#[cfg(any(test, feature = \"testing\"))]\nuse crate::testing::Scenario;\n";
        assert_eq!(
            wrong("src/grant/mod.rs", text),
            ["src/grant/mod.rs:4: crate::testing::Scenario"]
        );
    }
}
