use std::fmt;

use crate::attack::Count;
use crate::plan::Plan;
use crate::poisson;

/// The share of runs whose count is outside of the shown range.
const OUTSIDE: f64 = 0.001;

/// One server and what came of the attack on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    name: &'static str,
    minutes: u32,
    asked: u32,
    generosity: u32,
    pub(crate) count: Count,
    pub(crate) range: (u32, u32),
    /// The hits to be expected at most, for the whole attack and for one lifetime.
    pub(crate) bound: f64,
    in_a_lifetime: f64,
}

impl Row {
    pub(crate) fn new(plan: &Plan, count: Count) -> Self {
        Self {
            name: plan.name,
            minutes: plan.minutes,
            asked: plan.asked,
            generosity: plan.generosity,
            count,
            range: poisson::range(count.expected, OUTSIDE / 2.0),
            bound: plan.hits(),
            in_a_lifetime: plan.hits_in_a_lifetime(),
        }
    }

    /// The count is where chance puts it, and the expectation below its bound.
    pub(crate) fn is_as_expected(&self) -> bool {
        let (lowest, highest) = self.range;
        (lowest..=highest).contains(&self.count.hits) && self.count.expected <= self.bound
    }
}

/// All servers, as a table.
pub(crate) struct Report(pub(crate) Vec<Row>);

impl Report {
    pub(crate) fn is_as_expected(&self) -> bool {
        self.0.iter().all(Row::is_as_expected)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<22} {:>6} {:>7} {:>9} {:>9} {:>9} {:>5} {:>9} {:>9}   per lifetime",
            "codes",
            "time",
            "asked",
            "guesses",
            "admitted",
            "expected",
            "hits",
            "by chance",
            "bound"
        )?;
        for row in &self.0 {
            let Count {
                made,
                admitted,
                expected,
                hits,
            } = row.count;
            let time = match row.minutes {
                whole if whole.is_multiple_of(60) => format!("{} h", whole / 60),
                minutes => format!("{minutes} min"),
            };
            let range = format!("{} to {}", row.range.0, row.range.1);
            write!(
                f,
                "{:<22} {time:>6} {:>7} {made:>9} {admitted:>9} {expected:>9.4} {hits:>5} {range:>9} {:>9.4}   {:.1e}",
                row.name, row.asked, row.bound, row.in_a_lifetime,
            )?;
            if row.generosity > 1 {
                write!(f, " (limits times {})", row.generosity)?;
            }
            if !row.is_as_expected() {
                write!(f, "  <- NOT AS EXPECTED")?;
            }
            writeln!(f)?;
        }
        writeln!(
            f,
            "\nasked: codes in a lifetime. by chance: where the hits are in 999 of 1,000 runs.\n\
             bound: the expected hits at most, by the budgets of the lengths."
        )
    }
}
