//! Where the mutants of a file stand in its text, and what is inserted there to switch them on.

use std::collections::HashMap;
use std::ops::Range;

use proc_macro2::{LineColumn, Span};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, ExprBinary, ExprMatch, ExprStruct, ExprUnary, ImplItemConst, ItemConst,
    ItemMod, ItemStatic, Meta, Pat, UnOp,
};

use crate::mutant::{Genre, Mutant, Place};

/// A text that is inserted in a file, for one mutant.
pub(crate) struct Insertion {
    pub(crate) mutant: usize,
    pub(crate) at: usize,
    /// Opening texts of larger nodes stand before those of smaller ones, closing ones after them. Of two with one
    /// node, the first that was found is the outer one.
    pub(crate) order: (Side, i64, i64),
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Side {
    Closing,
    Opening,
}

/// The insertions for the mutants of one file. A mutant that has none cannot be switched.
pub(crate) fn insertions<'a>(
    text: &str,
    mutants: impl Iterator<Item = (usize, &'a Mutant)>,
) -> Vec<Insertion> {
    let mut wanted: HashMap<(Genre, Place), Vec<(usize, &Mutant)>> = HashMap::new();
    for (id, mutant) in mutants {
        let key = (mutant.genre, mutant.span.start);
        wanted.entry(key).or_default().push((id, mutant));
    }
    let tree = syn::parse_file(text).expect("a file that cargo-mutants can read");
    let mut sites = Sites {
        text,
        wanted,
        found: Vec::new(),
    };
    sites.visit_file(&tree);
    sites.found
}

struct Sites<'a> {
    text: &'a str,
    wanted: HashMap<(Genre, Place), Vec<(usize, &'a Mutant)>>,
    found: Vec<Insertion>,
}

impl Sites<'_> {
    fn mutants_at(&mut self, genre: Genre, place: LineColumn) -> Vec<(usize, String)> {
        let place = Place {
            line: place.line,
            column: place.column + 1,
        };
        let found = self.wanted.remove(&(genre, place)).unwrap_or_default();
        found
            .into_iter()
            .map(|(id, mutant)| (id, mutant.replacement.clone()))
            .collect()
    }

    fn text_of(&self, range: Range<usize>) -> &str {
        &self.text[range]
    }

    /// `(if on(1) { changed } else { expression })`
    fn wrap(&mut self, mutant: usize, node: Range<usize>, changed: &str) {
        self.insert(
            mutant,
            &node,
            format!("(if crate::mutant_switch::on({mutant}) {{ {changed} }} else {{ "),
            " })",
        );
    }

    fn insert(&mut self, mutant: usize, node: &Range<usize>, before: String, after: &str) {
        let (length, number) = (node.len() as i64, self.found.len() as i64);
        self.found.push(Insertion {
            mutant,
            at: node.start,
            order: (Side::Opening, -length, number),
            text: before,
        });
        self.found.push(Insertion {
            mutant,
            at: node.end,
            order: (Side::Closing, length, -number),
            text: after.to_owned(),
        });
    }
}

impl<'ast> Visit<'ast> for Sites<'_> {
    /// Constants are evaluated by the compiler, which no switch can reach.
    fn visit_item_const(&mut self, _: &'ast ItemConst) {}

    fn visit_impl_item_const(&mut self, _: &'ast ImplItemConst) {}

    fn visit_item_static(&mut self, _: &'ast ItemStatic) {}

    /// The features of the build are on, so that what stands in for one of them is not compiled.
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !module.attrs.iter().any(is_without_feature) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_block(&mut self, block: &'ast Block) {
        if let Some(first) = block.stmts.first() {
            let start = first.span();
            for (mutant, value) in self.mutants_at(Genre::FnValue, start.start()) {
                // A function that returns `impl Iterator` has one type to return.
                if value.starts_with("::std::iter::") {
                    continue;
                }
                self.found.push(Insertion {
                    mutant,
                    at: start.byte_range().start,
                    order: (Side::Opening, i64::MIN, 0),
                    text: format!("if crate::mutant_switch::on({mutant}) {{ return {value}; }} "),
                });
            }
        }
        visit::visit_block(self, block);
    }

    fn visit_expr_binary(&mut self, binary: &'ast ExprBinary) {
        let mutants = self.mutants_at(Genre::BinaryOperator, binary.op.span().start());
        // `let` binds what follows it: it stands in no other expression than a chain of `&&`.
        if !has_let(&binary.left) && !has_let(&binary.right) {
            let node = binary.span().byte_range();
            let operator = binary.op.span().byte_range();
            for (mutant, other) in mutants {
                let changed = format!(
                    "{}{other}{}",
                    self.text_of(node.start..operator.start),
                    self.text_of(operator.end..node.end)
                );
                self.wrap(mutant, node.clone(), &changed);
            }
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast ExprUnary) {
        if let UnOp::Not(_) | UnOp::Neg(_) = unary.op {
            for (mutant, _) in self.mutants_at(Genre::UnaryOperator, unary.op.span().start()) {
                let changed = self.text_of(unary.expr.span().byte_range()).to_owned();
                self.wrap(mutant, unary.span().byte_range(), &changed);
            }
        }
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_match(&mut self, expression: &'ast ExprMatch) {
        for arm in &expression.arms {
            for (mutant, _) in self.mutants_at(Genre::MatchArm, arm.span().start()) {
                self.found.push(Insertion {
                    mutant,
                    at: end_of(&arm.pat),
                    order: (Side::Closing, i64::MAX, 0),
                    text: format!(" if !crate::mutant_switch::on({mutant})"),
                });
            }
            if let Some((_, guard)) = &arm.guard {
                for (mutant, value) in self.mutants_at(Genre::MatchArmGuard, guard.span().start()) {
                    let before = if value == "true" {
                        format!("(crate::mutant_switch::on({mutant}) || ")
                    } else {
                        format!("(!crate::mutant_switch::on({mutant}) && ")
                    };
                    if !has_let(guard) {
                        self.insert(
                            mutant,
                            &guard.span().byte_range(),
                            format!("{before}("),
                            "))",
                        );
                    }
                }
            }
        }
        visit::visit_expr_match(self, expression);
    }

    fn visit_expr_struct(&mut self, expression: &'ast ExprStruct) {
        let node = expression.span().byte_range();
        for pair in expression.fields.pairs() {
            let field = pair.value().span();
            let end = pair.punct().map_or(field, Spanned::span).byte_range().end;
            for (mutant, _) in self.mutants_at(Genre::StructField, field.start()) {
                let changed = format!(
                    "{}{}",
                    self.text_of(node.start..field.byte_range().start),
                    self.text_of(end..node.end)
                );
                self.wrap(mutant, node.clone(), &changed);
            }
        }
        visit::visit_expr_struct(self, expression);
    }
}

fn end_of(pattern: &Pat) -> usize {
    let span: Span = pattern.span();
    span.byte_range().end
}

fn is_without_feature(attribute: &Attribute) -> bool {
    match &attribute.meta {
        Meta::List(list) => {
            list.path.is_ident("cfg") && list.tokens.to_string().starts_with("not (feature")
        }
        Meta::Path(_) | Meta::NameValue(_) => false,
    }
}

fn has_let(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}
