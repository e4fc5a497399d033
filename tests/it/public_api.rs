//! The public paths, as `public_api.txt` beside this file has them: a path that comes or goes shows in a review.
//!
//! The list is read from the sources, with every feature on: what each public module declares or re-exports, and what
//! `#[macro_export]` puts at the root. `UPDATE_PUBLIC_API=1 cargo test --test it public_api` writes it anew.

use std::collections::BTreeSet;
use std::{env, fs};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::repository::{self, TextFile};
use crate::source;

const FROZEN: &str = "tests/it/public_api.txt";

const UPDATE: &str = "UPDATE_PUBLIC_API";

/// The words in front of the name of an item.
const KINDS: &[&str] = &[
    "const", "enum", "fn", "mod", "static", "struct", "trait", "type", "union", "use",
];

#[test]
fn the_public_paths_are_the_frozen_ones() {
    let now = paths_of_the_crate();
    if env::var_os(UPDATE).is_some() {
        let text: String = now.iter().map(|path| format!("{path}\n")).collect();
        fs::write(repository::root().join(FROZEN), text).unwrap();
    }
    let frozen: BTreeSet<String> = repository::file(FROZEN)
        .text
        .lines()
        .map(str::to_owned)
        .collect();
    let gone = frozen.difference(&now).map(|path| format!("- {path}"));
    let new = now.difference(&frozen).map(|path| format!("+ {path}"));
    let changes: Vec<String> = gone.chain(new).collect();
    assert!(
        changes.is_empty(),
        "\n{}\nif this is meant: {UPDATE}=1 cargo test --test it public_api\n",
        changes.join("\n")
    );
}

#[test]
fn the_root_re_exports_a_dozen_names_at_most() {
    let paths = paths_of_the_crate();
    let at_root = paths
        .iter()
        .filter(|path| path.ends_with("(use)") && path.matches("::").count() == 1);
    let count = at_root.count();
    assert!(count <= 12, "src/lib.rs re-exports {count} names");
}

/// A host that imports two of them into one file would have to rename one.
#[test]
fn no_two_public_names_are_alike() {
    let paths = paths_of_the_crate();
    let in_modules = paths.iter().filter_map(|path| {
        let path = path.strip_suffix(" (use)")?;
        let is_counted = path.matches("::").count() > 1 && !path.contains("::testing::");
        is_counted.then(|| path.rsplit("::").next().unwrap_or_default())
    });
    let mut seen = BTreeSet::new();
    let twice: Vec<&str> = in_modules.filter(|name| !seen.insert(*name)).collect();
    assert_eq!(twice, Vec::<&str>::new());
}

#[test]
fn the_list_has_what_is_public_and_nothing_else() {
    let text = "
        //! A module.
        #![cfg_attr(docsrs, feature(doc_cfg))]
        /// A code.
        #[derive(Debug)]
        pub struct Code { pub field: u8 }
        pub struct Pair(pub u8, pub [u8; 2]);
        pub(crate) struct Hidden;
        struct Private;
        pub const LIMIT: fn() -> Code = make;
        pub const fn make() {}
        pub use self::format::{Format, Separator as Dash, symbols::{self, Symbol, *}};
        pub use super::Grant;
        pub(crate) use self::format::Inner;
        use std::fmt;
        impl Code { pub fn method(&self) {} }
        #[cfg(test)]
        pub mod tests { pub struct Seen; }
        pub mod inner { pub unsafe trait Port {} }
        mod closed { pub enum Unseen {} }
    ";
    let mut paths = BTreeSet::new();
    read_module(source::tokens(text), &["code".to_owned()], &mut paths);
    let expected = [
        "device_grant::code::* of symbols (use)",
        "device_grant::code::Code (struct)",
        "device_grant::code::Dash (use)",
        "device_grant::code::Format (use)",
        "device_grant::code::Grant (use)",
        "device_grant::code::LIMIT (const)",
        "device_grant::code::Pair (struct)",
        "device_grant::code::Symbol (use)",
        "device_grant::code::inner (mod)",
        "device_grant::code::inner::Port (trait)",
        "device_grant::code::make (fn)",
        "device_grant::code::symbols (use)",
    ];
    assert_eq!(
        paths.iter().map(String::as_str).collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn an_exported_macro_is_at_the_root_wherever_it_stands() {
    let text = "mod a { #[macro_export] #[doc(hidden)] macro_rules! suite { () => {} } macro_rules! own { () => {} } }";
    assert_eq!(
        exported_macros(source::tokens(text)),
        ["device_grant::suite! (macro)"]
    );
}

fn paths_of_the_crate() -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    read_module(
        source::tokens(&repository::file("src/lib.rs").text),
        &[],
        &mut paths,
    );
    for file in repository::sources().iter().filter(|file| !file.is_test()) {
        paths.extend(exported_macros(source::without_tests(source::tokens(
            &file.text,
        ))));
    }
    paths
}

/// Adds what a public module offers, and the public modules in it.
fn read_module(module_items: TokenStream, module: &[String], paths: &mut BTreeSet<String>) {
    for item in items(source::without_tests(module_items)) {
        let Some(item) = behind_pub(&item) else {
            continue;
        };
        let words: Vec<String> = item.iter().map(ToString::to_string).collect();
        let Some(at) = position_of_kind(&words) else {
            continue;
        };
        let (Some(kind), Some(name)) = (words.get(at), words.get(at + 1)) else {
            continue;
        };
        if kind == "use" {
            let tree = item.iter().skip(1).cloned().collect();
            paths.extend(
                imported_names(tree)
                    .iter()
                    .map(|name| entry(module, name, kind)),
            );
        } else {
            paths.insert(entry(module, name, kind));
        }
        if kind == "mod" {
            let inner: Vec<String> = module.iter().chain([name]).cloned().collect();
            let content = match item.last() {
                Some(TokenTree::Group(block)) => block.stream(),
                _ => source::tokens(&module_file(&inner).text),
            };
            read_module(content, &inner, paths);
        }
    }
}

fn entry(module: &[String], name: &str, kind: &str) -> String {
    let names: Vec<&str> = ["device_grant"]
        .into_iter()
        .chain(module.iter().map(String::as_str))
        .chain([name])
        .collect();
    format!("{} ({kind})", names.join("::"))
}

/// The items of a module: each ends with a block, or with a semicolon.
fn items(module: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut items = vec![Vec::new()];
    for token in module {
        let item = items.last_mut().unwrap();
        let is_import = item
            .iter()
            .any(|token: &TokenTree| token.to_string() == "use");
        let is_end = match &token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !is_import,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        };
        item.push(token);
        if is_end {
            items.push(Vec::new());
        }
    }
    items
}

/// The item behind its attributes and `pub`; nothing for one that is not public.
fn behind_pub(item: &[TokenTree]) -> Option<&[TokenTree]> {
    let is_attribute = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => matches!(punct.as_char(), '#' | '!'),
        TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    };
    let start = item.iter().position(|token| !is_attribute(token))?;
    let (first, rest) = item[start..].split_first()?;
    let is_restricted = matches!(rest.first(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
    (first.to_string() == "pub" && !is_restricted).then_some(rest)
}

/// Where the word that names the kind is; `const` in front of `fn` does not.
fn position_of_kind(words: &[String]) -> Option<usize> {
    let is_kind = |word: &String| KINDS.contains(&word.as_str());
    let first = words.iter().position(is_kind)?;
    let is_qualifier = words[first] == "const"
        && matches!(words.get(first + 1)?.as_str(), "async" | "fn" | "unsafe");
    if is_qualifier {
        words.iter().position(|word| word == "fn")
    } else {
        Some(first)
    }
}

/// The names that a use tree brings, behind the word `use`.
fn imported_names(tree: TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    let mut last = String::new();
    for token in tree {
        match token {
            TokenTree::Ident(name) if name == "as" => {}
            TokenTree::Ident(name) => last = name.to_string(),
            TokenTree::Punct(punct) if punct.as_char() == '*' => last = format!("* of {last}"),
            TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => {
                names.extend(Some(std::mem::take(&mut last)).filter(|name| !name.is_empty()));
            }
            TokenTree::Group(group) => {
                let inner = imported_names(group.stream());
                names.extend(inner.into_iter().map(|name| in_branch(name, &last)));
                last.clear();
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    names.extend(Some(last).filter(|name| !name.is_empty()));
    names
}

/// `self` and `*` in a branch mean what stands in front of it.
fn in_branch(name: String, parent: &str) -> String {
    match name.as_str() {
        "self" => parent.to_owned(),
        "* of " => format!("* of {parent}"),
        _ => name,
    }
}

fn exported_macros(stream: TokenStream) -> Vec<String> {
    let words: Vec<String> = source::flat(stream)
        .into_iter()
        .map(|(word, _)| word)
        .collect();
    let mut is_exported = false;
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match word.as_str() {
            "macro_export" => is_exported = true,
            "macro_rules" if std::mem::take(&mut is_exported) => {
                found.push(entry(&[], &format!("{}!", words[at + 2]), "macro"))
            }
            _ => {}
        }
    }
    found
}

/// The file of a module: `name.rs`, or `name/mod.rs`.
fn module_file(module: &[String]) -> TextFile {
    let path = module.join("/");
    let flat = format!("src/{path}.rs");
    let is_flat = repository::root().join(&flat).exists();
    repository::file(&if is_flat {
        flat
    } else {
        format!("src/{path}/mod.rs")
    })
}
