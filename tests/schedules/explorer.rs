//! Depth-first search through all schedules of a handful of operations, each run from the start.

use std::collections::HashMap;
use std::mem;

/// The paths that a search follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Search {
    /// Every path to its end.
    EveryPath,
    /// A path only up to a state that another path has led to: all that can follow has followed there.
    EveryState,
}

/// Everything that the rest of a run depends on.
pub(crate) type State = String;

/// Makes the choices of one run, and remembers them for the next.
#[derive(Debug)]
pub(crate) struct Chooser {
    search: Search,
    path: Vec<Choice>,
    made: usize,
    /// The states whose schedules were all followed, and their number.
    known: HashMap<State, u64>,
    /// The state that the run has come to beyond the path.
    here: State,
    /// The number of schedules that this run stands for.
    stands_for: u64,
}

#[derive(Debug)]
struct Choice {
    taken: usize,
    of: usize,
    state: State,
    /// The number of schedules behind the choices that were taken.
    schedules: u64,
}

/// The size of a search.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Explored {
    /// The number of schedules.
    pub(crate) schedules: u64,
    /// The number of runs: fewer, if states were known.
    pub(crate) runs: u64,
}

impl Chooser {
    fn new(search: Search) -> Self {
        Self {
            search,
            path: Vec::new(),
            made: 0,
            known: HashMap::new(),
            here: State::new(),
            stands_for: 1,
        }
    }

    /// Returns whether all that can follow is known from an earlier run, so that this one need not go on.
    pub(crate) fn knows(&mut self, state: impl FnOnce() -> State) -> bool {
        if self.search == Search::EveryPath || self.made < self.path.len() {
            return false;
        }
        self.here = state();
        let known = self.known.get(&self.here);
        self.stands_for = known.copied().unwrap_or(1);
        known.is_some()
    }

    /// Chooses one of `of`: what the path says, and the first where it ends.
    pub(crate) fn choose(&mut self, of: usize) -> usize {
        if self.made == self.path.len() {
            self.path.push(Choice {
                taken: 0,
                of,
                state: mem::take(&mut self.here),
                schedules: 0,
            });
        }
        let choice = &self.path[self.made];
        assert_eq!(choice.of, of, "a run has to be the same up to its choices");
        self.made += 1;
        choice.taken
    }

    /// The numbers that were chosen, for a message.
    pub(crate) fn path(&self) -> Vec<usize> {
        self.path.iter().map(|choice| choice.taken).collect()
    }

    /// Moves on to the next path. After the last, returns the number of schedules.
    fn advance(&mut self) -> Option<u64> {
        self.made = 0;
        let mut schedules = mem::replace(&mut self.stands_for, 1);
        let here = mem::take(&mut self.here);
        self.complete(here, schedules);
        while let Some(mut choice) = self.path.pop() {
            choice.schedules += schedules;
            choice.taken += 1;
            if choice.taken < choice.of {
                self.path.push(choice);
                return None;
            }
            schedules = choice.schedules;
            self.complete(choice.state, schedules);
        }
        Some(schedules)
    }

    fn complete(&mut self, state: State, schedules: u64) {
        if self.search == Search::EveryState {
            self.known.insert(state, schedules);
        }
    }
}

/// Calls `run` for one path through its choices after another.
pub(crate) fn explore(search: Search, mut run: impl FnMut(&mut Chooser)) -> Explored {
    let mut chooser = Chooser::new(search);
    let mut runs = 0;
    loop {
        run(&mut chooser);
        runs += 1;
        if let Some(schedules) = chooser.advance() {
            return Explored { schedules, runs };
        }
    }
}

#[test]
fn every_path_is_taken_once() {
    let mut seen = Vec::new();
    let explored = explore(Search::EveryPath, |chooser| {
        let first = chooser.choose(2);
        let second = if first == 0 { chooser.choose(3) } else { 0 };
        seen.push((first, second));
    });
    assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 0)]);
    let (schedules, runs) = (4, 4);
    assert_eq!(explored, Explored { schedules, runs });
}

/// Three steps to the right and three upwards, in any order.
#[test]
fn a_state_is_left_by_every_way_once_and_all_paths_are_counted() {
    let mut steps = std::collections::HashSet::new();
    let mut walk = |chooser: &mut Chooser| {
        let (mut right, mut up) = (0, 0);
        while !chooser.knows(|| format!("{right} {up}")) && right + up < 6 {
            let can = [right < 3, up < 3].into_iter().filter(|can| *can).count();
            let goes_right = chooser.choose(can) == 0 && right < 3;
            steps.insert((right, up, goes_right));
            if goes_right { right += 1 } else { up += 1 }
        }
    };
    assert_eq!(explore(Search::EveryPath, &mut walk).schedules, 20);
    let by_states = explore(Search::EveryState, &mut walk);
    assert_eq!(steps.len(), 24);
    let (schedules, runs) = (20, 10);
    assert_eq!(by_states, Explored { schedules, runs });
}
