//! Welch's t test, over samples that are cropped at percentiles.

/// The parts of the samples, fastest first, that are compared: the slow rest is what else happened on the machine.
const KEPT: [f64; 8] = [1.0, 0.99, 0.95, 0.9, 0.75, 0.5, 0.25, 0.1];

/// The largest |t| of two classes, over all cropped parts of their samples.
pub(crate) fn largest_t(first: &[u64], second: &[u64]) -> f64 {
    let mut all: Vec<u64> = first.iter().chain(second).copied().collect();
    all.sort_unstable();
    let at = |part: f64| all[((all.len() as f64 * part) as usize).clamp(1, all.len()) - 1];
    let below = |samples: &[u64], limit: u64| -> Vec<u64> {
        let kept = samples.iter().copied();
        kept.filter(|sample| *sample <= limit).collect()
    };
    KEPT.iter()
        .map(|part| t(&below(first, at(*part)), &below(second, at(*part))).abs())
        .fold(0.0, f64::max)
}

/// Welch's t: the difference of the means, by what chance makes of it.
fn t(first: &[u64], second: &[u64]) -> f64 {
    // Another part has more of both.
    if first.len() < 2 || second.len() < 2 {
        return 0.0;
    }
    let ((one, spread), (other, spread_of_other)) = (moments(first), moments(second));
    let chance = spread / first.len() as f64 + spread_of_other / second.len() as f64;
    match one - other {
        0.0 => 0.0,
        difference => difference / chance.sqrt(),
    }
}

/// Mean and variance.
fn moments(samples: &[u64]) -> (f64, f64) {
    let count = samples.len() as f64;
    let mean = samples.iter().map(|sample| *sample as f64).sum::<f64>() / count;
    let squares = samples
        .iter()
        .map(|sample| (*sample as f64 - mean).powi(2))
        .sum::<f64>();
    (mean, squares / (count - 1.0))
}

pub(crate) fn median(samples: &[u64]) -> u64 {
    let mut samples = samples.to_vec();
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_is_as_worked_out_by_hand() {
        // Means 2.5 and 5, variances 5/3 and 20/3: -2.5 / sqrt(25/12).
        let t = t(&[1, 2, 3, 4], &[2, 4, 6, 8]);
        assert!((t + 3.0_f64.sqrt()).abs() < 1e-12, "{t}");
    }

    #[test]
    fn the_same_samples_do_not_differ() {
        let samples: Vec<u64> = (0..1_000).map(|it| 100 + it % 7).collect();
        assert_eq!(largest_t(&samples, &samples), 0.0);
    }

    #[test]
    fn cropping_finds_a_difference_that_outliers_hide() {
        let noisy = |base: u64| -> Vec<u64> {
            let with_outliers = |it: u64| {
                base + it % 7
                    + if it.is_multiple_of(50) {
                        900_000 * (it % 3)
                    } else {
                        0
                    }
            };
            (0..1_000).map(with_outliers).collect()
        };
        let (first, second) = (noisy(100), noisy(102));
        assert!(t(&first, &second).abs() < 1.0);
        assert!(largest_t(&first, &second) > 10.0);
    }

    #[test]
    fn a_class_that_is_always_slower_differs() {
        let (first, second) = (vec![100; 5_000], vec![200; 5_000]);
        assert!(largest_t(&first, &second) > 10.0);
    }
}
