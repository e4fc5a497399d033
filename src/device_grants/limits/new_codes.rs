use super::charge::Taken;
use super::ladder::Rung;
use crate::code::UserCodeFormat;
use crate::device_grants::authorize::AuthorizeError;
use crate::device_grants::inner::Inner;
use crate::grant::{Origin, Timestamp};
use crate::host::{Charge, Client, EventKind, Source};

/// The right to issue one user code.
pub(in crate::device_grants) struct Allotted {
    /// The format of the code: of one length.
    pub(in crate::device_grants) format: UserCodeFormat,
    /// The charge to the shared new codes of this length.
    pub(in crate::device_grants) by_everybody: Taken,
}

impl Inner {
    /// Charges an authorization to its source, and to the shortest length of `format` that has codes left.
    ///
    /// This takes one call of the limiter, and in a flood one more for each length that is found used up. This process then
    /// remembers the length for a while.
    pub(in crate::device_grants) async fn allot(
        &self,
        client: &Client,
        origin: &Origin,
        format: &UserCodeFormat,
    ) -> Result<Allotted, AuthorizeError> {
        let source = origin.ip.map(Source::from);
        let quota = self.limits.authorizations_per_source;
        let mut charges = Self::source_charges(&self.authorization_keys, &source, quota);
        let by_source = charges.len();
        let now = self.now();
        let mut lengths = self.ladder.of(format).peekable();
        let mut is_longer = false;
        while let Some((format, rung)) = lengths.next() {
            let is_longest = lengths.peek().is_none();
            // The longest length is never skipped: only the limiter knows what is left, and when to try again.
            if !is_longest && rung.is_used_up(now) {
                is_longer = true;
                continue;
            }
            // A refused call has taken nothing, so the sources are charged again with the next length.
            charges.truncate(by_source);
            if is_longest {
                // Without the condition. It moves new codes to the next length, and the longest has none: it would refuse people
                // before the codes are used up.
                charges.extend(self.shares_of_the_longest(rung, client));
            } else {
                charges.extend(rung.condition.iter().cloned());
            }
            charges.push(rung.new_code.clone());
            let Err(limited) = self.take(&charges).await? else {
                if is_longer {
                    self.tell_longer(rung, client, now);
                }
                // The condition has given back what it took.
                let all = if is_longest {
                    by_source
                } else {
                    charges.len() - 1
                };
                charges.drain(..all);
                let by_everybody = Taken(charges);
                return Ok(Allotted {
                    format,
                    by_everybody,
                });
            };
            let retry_after = limited.retry_after;
            // A source that used up its own limit must not make the codes of others longer.
            if is_longest || limited.index < by_source {
                let kind = EventKind::Limited { key: limited.key };
                self.observe_client(kind, client, origin.ip, now);
                return Err(AuthorizeError::Limited { retry_after });
            }
            rung.remember_used_up(now, retry_after);
            is_longer = true;
        }
        Err(self.fault(no_length()).into())
    }

    /// Tells the host that codes got longer, once for each change.
    fn tell_longer(&self, rung: &Rung, client: &Client, now: Timestamp) {
        if rung.remember_drawn(now, self.ladder.budget().lifetime) {
            let length = rung.length();
            self.observe_client(EventKind::UserCodesLengthened { length }, client, None, now);
        }
    }

    /// Returns the charges to the shares of the longest length: one of the client, and one of all unauthenticated clients. Beyond
    /// that length there are refusals, so one client must not use it up.
    fn shares_of_the_longest(&self, rung: &Rung, client: &Client) -> impl Iterator<Item = Charge> {
        let by_client = self
            .authorization_keys
            .key(format_args!("{}:client:{}", rung.name, client.id));
        let by_public = (!client.is_authenticated).then(|| rung.new_public_code.clone());
        std::iter::once(Charge::take(by_client, rung.client_share())).chain(by_public)
    }
}

/// Makes the fault of a format without a length to draw, which the builder refuses.
fn no_length() -> crate::device_grants::Fault {
    crate::device_grants::Fault::lasting(
        "settings",
        "no user code can be issued",
        "its format has no budget",
    )
}
