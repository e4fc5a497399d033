/// Between which counts all but one in `1 / (2 * tail)` runs at either end lie, if `expected` hits are to be expected.
///
/// Each guess hits or not, independently of the others and seldom: the count is a Poisson variable.
pub(crate) fn range(expected: f64, tail: f64) -> (u32, u32) {
    let mut term = (-expected).exp();
    let mut below = term;
    let mut count = 0_u32;
    let mut lowest = None;
    loop {
        if lowest.is_none() && below > tail {
            lowest = Some(count);
        }
        if below >= 1.0 - tail || count > 10_000 {
            return (lowest.unwrap_or_default(), count);
        }
        count += 1;
        term *= expected / f64::from(count);
        below += term;
    }
}
