//! Every order, every position, every state, every pair of symbols: a proof, not a sample.

use super::*;

const ORDERS: std::ops::RangeInclusive<u8> = 10..=62;
const LONGEST: u8 = 33;

/// `next[state][symbol]` at one position. A state is the symbol that, alone at position 0, leads to it.
struct Step(Vec<Vec<usize>>);

impl Step {
    fn at(position: u8, order: u8) -> Self {
        let states = states(order);
        let number = |sum: &CheckSum| {
            let found = states
                .iter()
                .position(|s| (s.low, s.high) == (sum.low, sum.high));
            found.expect("a product is an element")
        };
        let next = |state: &CheckSum| {
            let after = |symbol| {
                let mut sum = CheckSum { position, ..*state };
                sum.push(symbol);
                number(&sum)
            };
            (0..order).map(after).collect()
        };
        Self(states.iter().map(next).collect())
    }
}

fn states(order: u8) -> Vec<CheckSum> {
    let states: Vec<_> = (0..order)
        .map(|symbol| {
            let mut sum = CheckSum::new(order);
            sum.push(symbol);
            sum
        })
        .collect();
    let mut distinct: Vec<_> = states.iter().map(|s| (s.low, s.high)).collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), usize::from(order), "order {order}");
    states
}

#[test]
fn every_substitution_changes_the_sum_and_the_change_lasts() {
    for order in ORDERS {
        for position in 0..LONGEST {
            let Step(next) = Step::at(position, order);
            for row in &next {
                assert!(
                    is_distinct(row),
                    "symbols, order {order}, position {position}"
                );
            }
            for symbol in 0..usize::from(order) {
                let column: Vec<_> = next.iter().map(|row| row[symbol]).collect();
                assert!(
                    is_distinct(&column),
                    "states, order {order}, position {position}"
                );
            }
        }
    }
}

#[test]
fn every_transposition_of_neighbours_changes_the_sum() {
    for order in ORDERS {
        let mut first = Step::at(0, order);
        for position in 0..LONGEST - 1 {
            let second = Step::at(position + 1, order);
            for row in &first.0 {
                for (a, &after_a) in row.iter().enumerate() {
                    for (b, &after_b) in row.iter().enumerate().skip(a + 1) {
                        assert_ne!(
                            second.0[after_a][b], second.0[after_b][a],
                            "order {order}, position {position}, symbols {a} and {b}"
                        );
                    }
                }
            }
            first = second;
        }
    }
}

#[test]
fn the_check_symbol_and_no_other_makes_a_code_whole() {
    for order in ORDERS {
        for position in 0..LONGEST {
            for state in states(order) {
                let sum = CheckSum { position, ..state };
                let whole = |symbol: &u8| {
                    let mut sum = sum;
                    sum.push(*symbol);
                    sum.is_whole()
                };
                let all: Vec<_> = (0..order).filter(whole).collect();
                assert_eq!(
                    all,
                    [sum.check_symbol()],
                    "order {order}, position {position}"
                );
            }
        }
    }
}

fn is_distinct(values: &[usize]) -> bool {
    let mut seen = vec![false; values.len()];
    values
        .iter()
        .all(|&value| !std::mem::replace(&mut seen[value], true))
}
