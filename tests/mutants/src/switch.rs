//! The switch, as the copy has it: `src/mutant_switch.rs`.
//!
//! `MUTANT` names the mutant that is on. `MUTANTS_REACHED` names a file instead, to which the number of each mutant is
//! written that a test comes by.

use std::env;
use std::fs::{File, OpenOptions};
use std::intrinsics::const_eval_select;
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

const MOST: usize = 16_384;

enum Mode {
    Off,
    One(u32),
    Reached(File),
}

static MODE: OnceLock<Mode> = OnceLock::new();
static SEEN: [AtomicBool; MOST] = [const { AtomicBool::new(false) }; MOST];

/// Tells if a mutant is on. None is while the compiler evaluates a constant.
pub(crate) const fn on(id: u32) -> bool {
    const_eval_select((id,), never, is_on)
}

const fn never(_: u32) -> bool {
    false
}

fn is_on(id: u32) -> bool {
    match MODE.get_or_init(mode) {
        Mode::Off => false,
        Mode::One(on) => *on == id,
        Mode::Reached(file) => {
            if !SEEN[id as usize].swap(true, Ordering::Relaxed) {
                let mut file = file;
                file.write_all(format!("{id}\n").as_bytes()).unwrap();
            }
            false
        }
    }
}

fn mode() -> Mode {
    if let Ok(path) = env::var("MUTANTS_REACHED") {
        let file = OpenOptions::new().append(true).create(true).open(path);
        return Mode::Reached(file.unwrap());
    }
    match env::var("MUTANT") {
        Ok(id) => Mode::One(id.parse().unwrap()),
        Err(_) => Mode::Off,
    }
}
