//! Rust sources as tokens: comments and the insides of strings are gone, lines are known.

use std::iter::Peekable;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

type Tokens = Peekable<std::vec::IntoIter<TokenTree>>;

/// A path that starts with `crate`, `self` or `super`, as it reads from the root of the crate.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct CratePath {
    /// The names behind `crate::`; the last is `*` for a glob.
    pub(crate) names: Vec<String>,
    pub(crate) line: usize,
}

/// The tokens of a source.
pub(crate) fn tokens(text: &str) -> TokenStream {
    text.parse()
        .unwrap_or_else(|error| panic!("a source is no sequence of tokens: {error}"))
}

/// The paths into this crate that the tokens hold, in imports and everywhere else; `module` is where they stand.
pub(crate) fn crate_paths(stream: TokenStream, module: &[String]) -> Vec<CratePath> {
    let mut found = Vec::new();
    walk(stream, module, &mut found);
    found
}

/// The tokens less every item that is compiled for tests only.
pub(crate) fn without_tests(stream: TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    let mut rest = peekable(stream);
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Punct(ref punct) if punct.as_char() == '#' => match rest.peek() {
                Some(TokenTree::Group(attribute)) if is_test_attribute(attribute) => {
                    rest.next();
                    skip_item(&mut rest);
                }
                _ => kept.push(token),
            },
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), without_tests(group.stream()));
                inner.set_span(group.span());
                kept.push(inner.into());
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => kept.push(token),
        }
    }
    kept.into_iter().collect()
}

/// Every token, those inside of groups too, with its line.
pub(crate) fn flat(stream: TokenStream) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for token in stream {
        let line = token.span().start().line;
        if let TokenTree::Group(group) = token {
            let (open, close) = match group.delimiter() {
                Delimiter::Parenthesis => ("(", ")"),
                Delimiter::Brace => ("{", "}"),
                Delimiter::Bracket => ("[", "]"),
                Delimiter::None => ("", ""),
            };
            found.push((open.to_owned(), line));
            found.extend(flat(group.stream()));
            found.push((close.to_owned(), group.span_close().start().line));
        } else {
            found.push((token.to_string(), line));
        }
    }
    found
}

pub(crate) fn peekable(stream: TokenStream) -> Tokens {
    stream
        .into_iter()
        .collect::<Vec<_>>()
        .into_iter()
        .peekable()
}

fn walk(stream: TokenStream, module: &[String], found: &mut Vec<CratePath>) {
    let mut rest = peekable(stream);
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Ident(word) => match word.to_string().as_str() {
                "mod" => walk_module(&mut rest, module, found),
                start @ ("crate" | "self" | "super") if is_colon(rest.peek()) => {
                    let names = if start == "crate" {
                        Vec::new()
                    } else {
                        module.to_vec()
                    };
                    let names = if start == "super" {
                        parent(names)
                    } else {
                        names
                    };
                    follow(names, word.span().start().line, &mut rest, found);
                }
                _ => {}
            },
            TokenTree::Group(group) => walk(group.stream(), module, found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Behind `mod`: a block's paths stand one module deeper.
fn walk_module(rest: &mut Tokens, module: &[String], found: &mut Vec<CratePath>) {
    let Some(TokenTree::Ident(name)) = rest.next() else {
        return;
    };
    if let Some(TokenTree::Group(_)) = rest.peek() {
        let Some(TokenTree::Group(block)) = rest.next() else {
            return;
        };
        let inner: Vec<String> = module.iter().cloned().chain([name.to_string()]).collect();
        walk(block.stream(), &inner, found);
    }
}

/// Behind the first name of a path, or of a branch of a use tree: reads on to its ends.
fn follow(mut names: Vec<String>, mut line: usize, rest: &mut Tokens, found: &mut Vec<CratePath>) {
    while is_colon(rest.peek()) {
        rest.next();
        rest.next();
        match rest.peek() {
            Some(TokenTree::Ident(name)) => {
                line = name.span().start().line;
                names = joined(names, &name.to_string());
                rest.next();
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                branches(&names, group.stream(), found);
                rest.next();
                return;
            }
            Some(TokenTree::Punct(punct)) if punct.as_char() == '*' => {
                line = punct.span().start().line;
                names.push("*".to_owned());
                rest.next();
            }
            // A turbofish: the path is over.
            _ => break,
        }
    }
    found.push(CratePath { names, line });
}

/// The branches of `{…}` in a use tree.
fn branches(names: &[String], stream: TokenStream, found: &mut Vec<CratePath>) {
    let mut rest = peekable(stream);
    let mut at_start = true;
    while let Some(token) = rest.next() {
        let line = token.span().start().line;
        match token {
            TokenTree::Ident(name) if at_start => {
                follow(
                    joined(names.to_vec(), &name.to_string()),
                    line,
                    &mut rest,
                    found,
                );
                at_start = false;
            }
            TokenTree::Group(group) => branches(names, group.stream(), found),
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' => at_start = true,
                '*' => found.push(CratePath {
                    names: joined(names.to_vec(), "*"),
                    line,
                }),
                _ => {}
            },
            // `as` and the new name.
            TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
    }
}

fn joined(mut names: Vec<String>, name: &str) -> Vec<String> {
    match name {
        "self" => names,
        "super" => parent(names),
        _ => {
            names.push(name.to_owned());
            names
        }
    }
}

fn parent(mut names: Vec<String>) -> Vec<String> {
    names.pop();
    names
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && punct.spacing() == proc_macro2::Spacing::Joint)
}

/// Whether `[…]` says `cfg(test)`, or `cfg(all(test, …))`.
fn is_test_attribute(attribute: &Group) -> bool {
    let words: String = flat(attribute.stream())
        .into_iter()
        .map(|(word, _)| word)
        .collect();
    words == "cfg(test)" || words.starts_with("cfg(all(test,")
}

/// Skips an item, or a field, a variant or a statement.
fn skip_item(rest: &mut Tokens) {
    let mut is_import = false;
    for token in rest.by_ref() {
        match token {
            TokenTree::Ident(word) if word == "use" => is_import = true,
            TokenTree::Punct(punct) if punct.as_char() == ';' => return,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !is_import => {
                return;
            }
            TokenTree::Group(_)
            | TokenTree::Ident(_)
            | TokenTree::Punct(_)
            | TokenTree::Literal(_) => {}
        }
    }
}
