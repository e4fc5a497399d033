//! The screen that the person in front of the device sees.

use std::io::{IsTerminal, Write, stdout};
use std::time::Duration;

use super::letters;
use device_grant::page::Qr;

const BAR: u64 = 40;

pub(crate) struct Screen {
    is_terminal: bool,
    has_colour: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Plain,
    Dim,
    Strong,
    Good,
    Bad,
}

impl Screen {
    pub(crate) fn of_this_terminal() -> Self {
        let is_terminal = stdout().is_terminal();
        let wants_none = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            is_terminal,
            has_colour: is_terminal && !wants_none,
        }
    }

    fn tint(&self, text: &str, tone: Tone) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Dim => 2,
            Tone::Strong => 1,
            Tone::Good => 32,
            Tone::Bad => 31,
        };
        if self.has_colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Prints a line above the countdown.
    pub(crate) fn line(&mut self, text: &str, tone: Tone) {
        let erase = if self.is_terminal { "\r\x1b[2K" } else { "" };
        println!("{erase}{}", self.tint(text, tone));
    }

    /// Prints a line in place of the one before it, so that what is above stays on a small screen.
    pub(crate) fn line_again(&mut self, text: &str, tone: Tone) {
        if self.is_terminal {
            print!("\r\x1b[2K\x1b[1A");
        }
        self.line(text, tone);
    }

    /// Where to go and what to type.
    pub(crate) fn invite(
        &mut self,
        verification_uri: &str,
        complete: Option<&str>,
        user_code: &str,
    ) {
        self.line("", Tone::Plain);
        if let (true, Some(qr)) = (self.is_terminal, complete.and_then(|uri| Qr::new(uri).ok())) {
            let drawn = if self.has_colour {
                qr.terminal()
            } else {
                qr.terminal_without_colour()
            };
            for line in drawn.lines() {
                println!("    {line}");
            }
            self.line("", Tone::Plain);
        }
        self.line(
            &format!("  To sign this device in, open   {verification_uri}"),
            Tone::Strong,
        );
        self.line("  and enter", Tone::Strong);
        self.line("", Tone::Plain);
        if self.is_terminal {
            for line in letters::large(user_code) {
                self.line(&format!("    {line}"), Tone::Good);
            }
        } else {
            self.line(&format!("    {user_code}"), Tone::Good);
        }
        self.line("", Tone::Plain);
    }

    /// Draws the countdown anew, on the last line.
    pub(crate) fn countdown(&mut self, left: Duration, whole: Duration) {
        if !self.is_terminal {
            return;
        }
        let filled =
            (left.as_millis() * u128::from(BAR) / whole.as_millis().max(1)).min(u128::from(BAR));
        let filled = usize::try_from(filled).unwrap_or_default();
        let bar = format!(
            "{:░<width$}",
            "█".repeat(filled),
            width = usize::try_from(BAR).unwrap_or_default()
        );
        let left = left.as_secs();
        print!(
            "\r\x1b[2K  {}  {}:{:02} left, Ctrl-C cancels",
            self.tint(&bar, Tone::Dim),
            left / 60,
            left % 60
        );
        _ = stdout().flush();
    }
}
