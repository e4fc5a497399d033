use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::costs::Load;
use crate::plan::{Period, Plan, double};
use crate::tally::{BUCKET, Bucket, Counts};

/// The figures of one run, for the whole fleet.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Figures {
    pub(crate) devices: u64,
    pub(crate) one_in: u32,
    pub(crate) seed: u64,
    pub(crate) waits: bool,
    pub(crate) codes: String,
    pub(crate) signed_in: f64,
    pub(crate) denied: f64,
    pub(crate) expired: f64,
    pub(crate) without_codes: f64,
    /// Requests for codes that were refused.
    pub(crate) refused: f64,
    /// People who were told to enter their code later.
    pub(crate) turned_away: f64,
    /// New codes in a second.
    pub(crate) codes_per_second: Rate,
    pub(crate) polls_per_second: Rate,
    /// Calls of store and limiter in a second.
    pub(crate) statements_per_second: Rate,
    /// These calls by their kind, in the ten seconds with the most of them.
    pub(crate) busiest: Load,
    pub(crate) requests_per_sign_in: f64,
    pub(crate) slow_down_share: f64,
    /// From the approval to the tokens at the device, in seconds.
    pub(crate) after_approval: Percentiles,
    /// Codes that are neither redeemed, denied nor expired.
    pub(crate) live: Rate,
    /// The time for which a code is live, in seconds.
    pub(crate) live_time: f64,
    pub(crate) waiting_peak: f64,
    pub(crate) rows_peak: f64,
    /// The share of the codes of each length.
    pub(crate) lengths: BTreeMap<usize, f64>,
}

/// A mean over the run, and the busiest ten seconds of each period.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Rate {
    pub(crate) mean: f64,
    pub(crate) peak: f64,
    pub(crate) launch: f64,
    pub(crate) outage: f64,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Figures {
    pub(crate) fn new(plan: &Plan, counts: &Counts) -> Self {
        let weight = f64::from(plan.one_in);
        let all = |number: u64| double(number) * weight;
        let seconds = BUCKET.as_secs_f64();
        let rate = |of: &dyn Fn(&Bucket) -> f64| Rate::new(plan, &counts.buckets, of);
        let per_second = |of: fn(&Bucket) -> u32| rate(&|b| f64::from(of(b)) * weight / seconds);
        let sum = |of: fn(&Bucket) -> u32| -> f64 {
            counts.buckets.iter().map(|b| f64::from(of(b))).sum()
        };
        let peak = |of: fn(&Bucket) -> u32| {
            let peaks = counts.buckets.iter().map(of);
            f64::from(peaks.max().unwrap_or_default()) * weight
        };
        let busiest = counts.buckets.iter().max_by_key(|b| b.statements());
        let codes: u64 = counts.lengths.values().sum();
        let lengths = counts.lengths.iter();
        let lengths = lengths.map(|(length, n)| (*length, rounded(double(*n) / double(codes))));
        Self {
            devices: plan.devices,
            one_in: plan.one_in,
            seed: plan.seed,
            waits: plan.waits,
            codes: plan.codes.to_string(),
            signed_in: all(counts.signed_in),
            denied: all(counts.denied),
            expired: all(counts.expired),
            without_codes: all(counts.without_codes),
            refused: rounded(sum(|b| b.refused) * weight),
            turned_away: all(counts.turned_away),
            codes_per_second: per_second(|b| b.codes),
            polls_per_second: per_second(|b| b.polls),
            statements_per_second: per_second(Bucket::statements),
            busiest: busiest.map_or_else(Load::default, |b| Load::new(b, weight / seconds)),
            requests_per_sign_in: rounded(double(counts.requests) / double(counts.signed_in)),
            slow_down_share: rounded(sum(|b| b.slowed) / sum(|b| b.polls)),
            after_approval: Percentiles::new(&counts.after_approval),
            live: rate(&|b| f64::from(b.live) * weight),
            live_time: rounded(counts.live.as_secs_f64() / double(codes)),
            waiting_peak: peak(|b| b.waiting),
            rows_peak: peak(|b| b.rows),
            lengths: lengths.collect(),
        }
    }

    /// The longest code that one in a hundred devices got.
    pub(crate) fn longest(&self) -> usize {
        let common = self.lengths.iter().filter(|(_, share)| **share >= 0.01);
        common.map(|(length, _)| *length).max().unwrap_or_default()
    }
}

impl Rate {
    /// The mean is over the first day, or the whole run if that is shorter.
    fn new(plan: &Plan, buckets: &[Bucket], of: &dyn Fn(&Bucket) -> f64) -> Self {
        let a_day = usize::try_from(86_400 / BUCKET.as_secs()).unwrap_or(usize::MAX);
        let (mut rate, mut at) = (Self::default(), std::time::Duration::ZERO);
        let mut number = 0.0;
        for bucket in buckets.iter().take(a_day) {
            let value = of(bucket);
            rate.mean += value;
            number += 1.0;
            let peak = match plan.period(at) {
                Period::Curve => &mut rate.peak,
                Period::Launch => &mut rate.launch,
                Period::Outage => &mut rate.outage,
            };
            *peak = peak.max(value);
            at += BUCKET;
        }
        rate.mean = rounded(rate.mean / number);
        rate.peak = rounded(rate.peak);
        rate.launch = rounded(rate.launch);
        rate.outage = rounded(rate.outage);
        rate
    }

    /// The highest of the peaks.
    pub(crate) fn highest(&self) -> f64 {
        self.peak.max(self.launch).max(self.outage)
    }
}

impl Percentiles {
    fn new(millis: &[u32]) -> Self {
        let mut sorted = millis.to_vec();
        sorted.sort_unstable();
        let at = |percent: usize| {
            let place = sorted.len() * percent / 100;
            let found = sorted.get(place.min(sorted.len().saturating_sub(1)));
            f64::from(found.copied().unwrap_or_default()) / 1e3
        };
        Self {
            p50: at(50),
            p99: at(99),
        }
    }
}

/// To four digits: no figure is more precise.
pub(crate) fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let scale = 10_f64.powf(3.0 - value.abs().log10().floor());
    (value * scale).round() / scale
}
