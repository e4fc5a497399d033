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
    /// The charge that was taken of the codes that there are for everybody.
    pub(in crate::device_grants) by_everybody: Taken,
}

impl Inner {
    /// Charges an authorization to its source, and to the shortest codes of `format` of which some are left.
    ///
    /// One call of the limiter in quiet times. In a flood it is one more for each length that is found used up, and this
    /// process then knows that for a while.
    pub(in crate::device_grants) async fn allot(
        &self,
        client: &Client,
        origin: &Origin,
        format: &UserCodeFormat,
    ) -> Result<Allotted, AuthorizeError> {
        let source = origin.ip.map(Source::from);
        let quota = self.limits.authorizations_per_source;
        let by_source = self.source_charges("authorization", &source, quota);
        let now = self.now();
        let mut lengths = self.ladder.of(format).peekable();
        let mut is_longer = false;
        while let Some((format, rung)) = lengths.next() {
            let is_longest = lengths.peek().is_none();
            if !is_longest && rung.is_used_up(now) {
                is_longer = true;
                continue;
            }
            let (condition, by_everybody) = if is_longest {
                (Vec::new(), self.charges_of_the_longest(rung, client))
            } else {
                (self.condition(rung), vec![self.new_code(rung)])
            };
            let charges = [by_source.clone(), condition, by_everybody.clone()].concat();
            let Err(limited) = self.take(&charges).await? else {
                if is_longer {
                    self.tell_longer(rung, client, now);
                }
                let by_everybody = Taken(by_everybody);
                return Ok(Allotted {
                    format,
                    by_everybody,
                });
            };
            let retry_after = limited.retry_after;
            if is_longest || limited.index < by_source.len() {
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

    fn new_code(&self, rung: &Rung) -> Charge {
        let key = self.limit_key("authorization", &rung.name);
        Charge::take(key, rung.new_codes)
    }

    /// Refuses, and takes nothing, when more than half of the wrong entries are used up.
    fn condition(&self, rung: &Rung) -> Vec<Charge> {
        let key = self.limit_key("failed-entry", &rung.name);
        let half = rung.half_of_the_wrong_entries();
        let take = Charge::take(key, half);
        let give_back = take.clone().given_back();
        vec![take, give_back]
    }

    /// Nobody gets a longer code than the longest, so each client has a share of these, and public ones together another.
    fn charges_of_the_longest(&self, rung: &Rung, client: &Client) -> Vec<Charge> {
        let name = &rung.name;
        let by_client = self.limit_key("authorization", &format!("{name}:client:{}", client.id));
        let mut charges = vec![Charge::take(by_client, rung.client_share())];
        if !client.is_authenticated {
            let by_public = self.limit_key("authorization", &format!("{name}:public"));
            charges.push(Charge::take(by_public, rung.public_share()));
        }
        charges.push(self.new_code(rung));
        charges
    }
}

/// The builder has checked that each format has a length that is drawn.
fn no_length() -> crate::device_grants::Fault {
    crate::device_grants::Fault::lasting(
        "settings",
        "no user code can be issued",
        "its format has no budget",
    )
}
