//! Depth-first search through all schedules of a handful of operations, each run from the start.

/// Makes the choices of one run, and remembers them for the next.
#[derive(Debug, Default)]
pub(crate) struct Chooser {
    path: Vec<Choice>,
    made: usize,
}

#[derive(Clone, Copy, Debug)]
struct Choice {
    taken: usize,
    of: usize,
}

impl Chooser {
    /// Chooses one of `of`: what the path says, and the first where it ends.
    pub(crate) fn choose(&mut self, of: usize) -> usize {
        if self.made == self.path.len() {
            self.path.push(Choice { taken: 0, of });
        }
        let choice = self.path[self.made];
        assert_eq!(choice.of, of, "a run has to be the same up to its choices");
        self.made += 1;
        choice.taken
    }

    /// The numbers that were chosen, for a message.
    pub(crate) fn path(&self) -> Vec<usize> {
        self.path.iter().map(|choice| choice.taken).collect()
    }

    /// Moves on to the next path; `false` after the last.
    fn advance(&mut self) -> bool {
        self.made = 0;
        while let Some(choice) = self.path.last_mut() {
            choice.taken += 1;
            if choice.taken < choice.of {
                return true;
            }
            self.path.pop();
        }
        false
    }
}

/// Calls `run` once for each path through its choices, and returns how many there are.
pub(crate) fn explore(mut run: impl FnMut(&mut Chooser)) -> u64 {
    let mut chooser = Chooser::default();
    let mut schedules = 0;
    loop {
        run(&mut chooser);
        schedules += 1;
        if !chooser.advance() {
            return schedules;
        }
    }
}

#[test]
fn every_path_is_taken_once() {
    let mut seen = Vec::new();
    let schedules = explore(|chooser| {
        let first = chooser.choose(2);
        let second = if first == 0 { chooser.choose(3) } else { 0 };
        seen.push((first, second));
    });
    assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 0)]);
    assert_eq!(schedules, 4);
}
