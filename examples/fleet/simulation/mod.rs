mod people;
mod polling;

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use device_grant::device_grants::AuthorizeError;
use device_grant::message::DeviceAuthorizationResponse;
use device_grant::poller::Poller;

use crate::agenda::{Agenda, What};
use crate::device::{After, Client, Device, Fate};
use crate::dice::Dice;
use crate::plan::Plan;
use crate::server::Server;
use crate::tally::{BUCKET, Counts, Tally};
use crate::time::Time;

/// The number of requests for codes after which a device gives up.
const MOST_ASKS: u32 = 8;
const SECOND: Duration = Duration::from_secs(1);

/// A fleet at a server, from event to event.
pub(crate) struct Simulation<'a> {
    plan: &'a Plan,
    server: Server,
    time: Time,
    tally: Tally,
    dice: Dice,
    agenda: Agenda,
    /// The times of the starts, the last one first.
    starts: Vec<Duration>,
    places: Vec<Option<Box<Device>>>,
    free: Vec<usize>,
    /// The polls of which the server has news.
    rung: Arc<Mutex<Vec<usize>>>,
    /// The start of the simulation, for the pollers.
    epoch: Instant,
    devices: u64,
    polls: u64,
    live: u32,
}

/// Simulates the plan; `tick` hears of each hour.
pub(crate) fn simulate(plan: &Plan, tick: impl FnMut(u64)) -> Result<Counts, Box<dyn Error>> {
    let mut simulation = Simulation::new(plan)?;
    simulation.run(tick)?;
    let counts = std::mem::take(&mut *simulation.tally.lock());
    Ok(counts)
}

impl<'a> Simulation<'a> {
    fn new(plan: &'a Plan) -> Result<Self, Box<dyn Error>> {
        let (time, tally, dice) = (Time::default(), Tally::default(), Dice::new(plan.seed));
        let mut starts = plan.starts(&dice);
        starts.reverse();
        #[expect(
            clippy::disallowed_methods,
            reason = "a poller takes instants, of which only the differences matter"
        )]
        let epoch = Instant::now();
        let mut agenda = Agenda::default();
        agenda.plan(BUCKET, What::Sample);
        if let Some((begins, _)) = plan.outage {
            agenda.plan(begins, What::Break);
        }
        if let Some(first) = starts.last() {
            agenda.plan(*first, What::Start);
        }
        Ok(Self {
            server: Server::new(plan, &time, &tally)?,
            plan,
            time,
            tally,
            dice,
            agenda,
            starts,
            places: Vec::new(),
            free: Vec::new(),
            rung: Arc::default(),
            epoch,
            devices: 0,
            polls: 0,
            live: 0,
        })
    }

    fn run(&mut self, mut tick: impl FnMut(u64)) -> Result<(), Box<dyn Error>> {
        let mut hours = 0;
        while let Some((now, what)) = self.agenda.next() {
            self.time.set(now);
            if now.as_secs() / 3_600 > hours {
                hours = now.as_secs() / 3_600;
                tick(hours);
            }
            self.happen(now, what)?;
            self.hear(now)?;
        }
        Ok(())
    }

    fn happen(&mut self, now: Duration, what: What) -> Result<(), Box<dyn Error>> {
        match what {
            What::Start => self.start(now)?,
            What::Ask(asked) => self.ask(now, asked)?,
            What::Poll { place, number } if self.is_at(place, number) => self.poll(place, now)?,
            What::Wake { place, turn } => {
                let device = self.places.get(place).and_then(Option::as_ref);
                if device.is_some_and(|device| device.turn == turn) {
                    self.look(place, now)?;
                }
            }
            What::Enter { place, number } if self.is_at(place, number) => self.enter(place, now)?,
            What::TurnOff { place, number } if self.is_at(place, number) => self.stop(place),
            What::Expire { place, number } if self.is_at(place, number) => {
                self.end_of_codes(place, now);
                self.tidy(place);
            }
            What::Poll { .. } | What::Enter { .. } => {}
            What::TurnOff { .. } | What::Expire { .. } => {}
            What::Break => self.break_connections(now),
            What::Sample => self.sample(now),
        }
        Ok(())
    }

    fn is_at(&self, place: usize, number: u64) -> bool {
        let device = self.places.get(place).and_then(Option::as_ref);
        device.is_some_and(|device| device.number == number)
    }

    fn start(&mut self, now: Duration) -> Result<(), Box<dyn Error>> {
        self.starts.pop();
        if let Some(next) = self.starts.last() {
            self.agenda.plan(*next, What::Start);
        }
        self.tally.lock().bucket(now).starts += 1;
        self.ask(now, 0)
    }

    /// A device asks for codes; if it gets none, later once more.
    fn ask(&mut self, now: Duration, asked: u32) -> Result<(), Box<dyn Error>> {
        let mut after = 5 * SECOND * 2_u32.pow(asked.min(4));
        if !self.plan.is_out(now) {
            match self.server.authorize() {
                Ok(authorization) => {
                    self.begin(authorization, now);
                    return Ok(());
                }
                Err(AuthorizeError::Limited { retry_after, .. }) => {
                    self.tally.lock().bucket(now).refused += 1;
                    after = after.max(retry_after);
                }
                Err(error) => return Err(error.into()),
            }
        }
        if asked + 1 == MOST_ASKS {
            self.tally.lock().without_codes += 1;
        } else {
            let after = self.dice.between(after, after.mul_f64(1.5));
            self.agenda.plan(now + after, What::Ask(asked + 1));
        }
        Ok(())
    }

    /// The codes are on their way to a device.
    fn begin(&mut self, authorization: DeviceAuthorizationResponse, now: Duration) {
        let had_at = now + self.delay();
        let fate = self.fate();
        let number = self.devices;
        self.devices += 1;
        self.live += 1;
        let (interval, expires_at) = (authorization.interval, now + authorization.expires_in);
        let client = self.client(&authorization, had_at);
        let device = Device {
            number,
            client,
            authorization,
            fate,
            issued_at: now,
            approved_at: None,
            is_live: true,
            polls: true,
            sent_at: had_at,
            requests: 1,
            held: None,
            turn: 0,
        };
        let place = self.free.pop().unwrap_or(self.places.len());
        if place == self.places.len() {
            self.places.push(None);
        }
        if let Some(free) = self.places.get_mut(place) {
            *free = Some(Box::new(device));
        }
        self.agenda.plan(expires_at, What::Expire { place, number });
        let first = match self.places.get(place).and_then(Option::as_ref) {
            Some(device) => device.client.first(self.epoch + had_at, interval),
            None => interval,
        };
        self.go_on(place, had_at, After::Poll(first));
        match fate {
            Fate::Approves { .. } | Fate::Denies => {
                let at = had_at + self.time_to_decide();
                self.agenda.plan(at, What::Enter { place, number });
            }
            Fate::TurnsOff => {
                let at = had_at + self.dice.exponential(60 * SECOND);
                self.agenda.plan(at, What::TurnOff { place, number });
            }
            Fate::Leaves => {}
        }
    }

    fn client(&self, authorization: &DeviceAuthorizationResponse, had_at: Duration) -> Client {
        let drawn = self.dice.part();
        if drawn < self.plan.hasty {
            Client::Hasty
        } else if drawn < self.plan.hasty + self.plan.by_timer {
            Client::Timer(authorization.interval)
        } else {
            Client::Careful(Poller::new(authorization.clone(), self.epoch + had_at))
        }
    }

    /// The time of one message.
    fn delay(&self) -> Duration {
        self.plan.least_delay + self.dice.exponential(self.plan.delay)
    }

    /// The codes of a device are redeemed, denied or expired.
    fn end_of_codes(&mut self, place: usize, now: Duration) {
        let Some(device) = self.places.get_mut(place).and_then(Option::as_mut) else {
            return;
        };
        if std::mem::take(&mut device.is_live) {
            self.live -= 1;
            let mut counts = self.tally.lock();
            counts.live += now.saturating_sub(device.issued_at);
            let is_expired = now >= device.issued_at + device.authorization.expires_in;
            counts.expired += u64::from(is_expired);
        }
    }

    /// The device polls no more.
    fn stop(&mut self, place: usize) {
        if let Some(device) = self.places.get_mut(place).and_then(Option::as_mut) {
            device.polls = false;
            device.held = None;
        }
        self.tidy(place);
    }

    /// Forgets a device that polls no more and whose codes have ended.
    fn tidy(&mut self, place: usize) {
        let Some(device) = self.places.get_mut(place) else {
            return;
        };
        if device
            .as_ref()
            .is_some_and(|device| !device.polls && !device.is_live)
        {
            *device = None;
            self.free.push(place);
        }
    }

    fn sample(&mut self, now: Duration) {
        let rows = u32::try_from(self.server.rows()).unwrap_or(u32::MAX);
        let waiting = u32::try_from(self.server.waiting()).unwrap_or(u32::MAX);
        let mut counts = self.tally.lock();
        let bucket = counts.bucket(now.saturating_sub(BUCKET));
        bucket.live = self.live;
        bucket.rows = rows;
        bucket.waiting = waiting;
        drop(counts);
        if !self.starts.is_empty() || self.places.iter().any(Option::is_some) {
            self.agenda.plan(now + BUCKET, What::Sample);
        }
    }
}
