use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// The coming steps, by their time; at one time, in the order in which they were planned.
#[derive(Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Reverse<(Duration, u64, What)>>,
    planned: u64,
}

/// An event. A place is that of a device; the number tells if it is still the same device, or the same poll.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum What {
    /// The next person starts a device.
    Start,
    /// A device asks for codes once more, after so many times.
    Ask(u32),
    /// A poll reaches the server.
    Poll { place: usize, number: u64 },
    /// A sleeper of a poll that waits has reached its deadline.
    Wake { place: usize, turn: u64 },
    /// A person enters the code.
    Enter { place: usize, number: u64 },
    /// The device is turned off.
    TurnOff { place: usize, number: u64 },
    /// The codes of a device expire.
    Expire { place: usize, number: u64 },
    /// All connections break.
    Break,
    /// Ten seconds are over.
    Sample,
}

impl Agenda {
    pub(crate) fn plan(&mut self, at: Duration, what: What) {
        self.planned += 1;
        self.heap.push(Reverse((at, self.planned, what)));
    }

    pub(crate) fn next(&mut self) -> Option<(Duration, What)> {
        let Reverse((at, _, what)) = self.heap.pop()?;
        Some((at, what))
    }
}
