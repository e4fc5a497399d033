use std::time::Duration;

use super::build::{LONGEST_INTERVAL, SECOND};
use super::inner::Inner;
use crate::code::UserCodeFormat;
use crate::host::Terms;

/// The lifetime, the interval and the format of a client's codes.
pub(super) struct Plan {
    pub(super) lifetime: Duration,
    pub(super) interval: u32,
    pub(super) format: UserCodeFormat,
}

impl Inner {
    /// Completes the terms by the server's settings. The error says which term is out of bounds, for the host.
    pub(super) fn plan(&self, terms: &Terms) -> Result<Plan, String> {
        let lifetime = terms.own_lifetime().unwrap_or(self.lifetime);
        let interval = terms.own_interval().unwrap_or(self.interval);
        let format = terms
            .own_user_code_format()
            .unwrap_or(&self.formats.default);
        // The guess budget is computed for the server's lifetime: a code that lives longer would exceed its bound.
        let longest = self.lifetime;
        if !is_whole(lifetime) || lifetime < SECOND || longest < lifetime {
            return Err(format!(
                "lifetime is {lifetime:?}, but has to be 1s to {longest:?} in whole seconds: \
                 shorten it, or raise `Builder::lifetime`"
            ));
        }
        let Some(seconds) = self.seconds_between_polls(interval, lifetime) else {
            return Err(format!(
                "interval is {interval:?}, but has to be 1s to {LONGEST_INTERVAL:?} in whole seconds, at most half \
                 the lifetime of {lifetime:?}, and more than twice `Builder::clock_skew`"
            ));
        };
        // The builder has compared the window with the server's interval only.
        if let Some(window) = self.redemption_window
            && window < interval * 2
        {
            return Err(format!(
                "interval is {interval:?}, but has to be at most half the redemption window of {window:?}: \
                 shorten it, or lengthen `Builder::redemption_window`"
            ));
        }
        // The verification page reads the server's formats only, so nobody could enter such a code.
        if !self.formats.contains(format) {
            return Err(
                "user_code_format is none that the server reads: name it by `Builder::also_user_code_format`"
                    .to_owned(),
            );
        }
        Ok(Plan {
            lifetime,
            interval: seconds,
            format: format.clone(),
        })
    }

    /// Returns the interval in seconds, if it can be advertised and enforced.
    fn seconds_between_polls(&self, interval: Duration, lifetime: Duration) -> Option<u32> {
        let is_sound = is_whole(interval)
            && (SECOND..=LONGEST_INTERVAL).contains(&interval)
            && interval <= lifetime / 2
            && self.pacing.suits(interval);
        is_sound
            .then(|| u32::try_from(interval.as_secs()).ok())
            .flatten()
    }
}

fn is_whole(time: Duration) -> bool {
    time.subsec_nanos() == 0
}
