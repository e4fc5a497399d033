use std::fmt;
use std::time::Duration;

use serde_json::json;

use crate::checks::Check;

/// Why a check did not pass.
#[derive(Debug)]
pub(crate) enum Broken {
    Rule(String),
    /// No rule: a thing that a careful server does.
    Advice(String),
    Skipped(&'static str),
}

impl Broken {
    pub(crate) fn rule(told: impl Into<String>) -> Self {
        Self::Rule(told.into())
    }
}

#[derive(Debug)]
pub(crate) enum Verdict {
    Passed,
    Advised(String),
    Failed(String),
    Skipped(&'static str),
}

impl Verdict {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Advised(_) => "advice",
            Self::Failed(_) => "FAILED",
            Self::Skipped(_) => "skipped",
        }
    }

    fn told(&self) -> &str {
        match self {
            Self::Passed => "",
            Self::Advised(told) | Self::Failed(told) => told,
            Self::Skipped(why) => why,
        }
    }
}

impl From<Broken> for Verdict {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Rule(told) => Self::Failed(told),
            Broken::Advice(told) => Self::Advised(told),
            Broken::Skipped(why) => Self::Skipped(why),
        }
    }
}

pub(crate) struct Line {
    pub(crate) check: &'static Check,
    pub(crate) verdict: Verdict,
    pub(crate) took: Duration,
}

pub(crate) struct Report {
    pub(crate) server: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) took: Duration,
}

impl Report {
    pub(crate) fn failed(&self) -> usize {
        self.count("FAILED")
    }

    fn count(&self, word: &str) -> usize {
        let called = |line: &&Line| line.verdict.word() == word;
        self.lines.iter().filter(called).count()
    }

    pub(crate) fn json(&self) -> String {
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(
                |Line {
                     check,
                     verdict,
                     took,
                 }| {
                    json!({
                        "name": check.name,
                        "rule": check.rule,
                        "source": check.source,
                        "verdict": verdict.word().to_lowercase(),
                        "told": verdict.told(),
                        "seconds": took.as_secs_f64(),
                    })
                },
            )
            .collect();
        format!("{:#}\n", json!({ "server": self.server, "checks": lines }))
    }

    pub(crate) fn junit(&self) -> String {
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"device authorization grant\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{:.1}\">\n",
            self.lines.len(),
            self.failed(),
            self.count("skipped"),
            self.took.as_secs_f64()
        );
        for Line {
            check,
            verdict,
            took,
        } in &self.lines
        {
            let told = escaped(verdict.told());
            let inside = match verdict {
                Verdict::Passed => String::new(),
                Verdict::Advised(_) => format!("<system-out>{told}</system-out>"),
                Verdict::Failed(_) => format!("<failure message=\"{told}\"/>"),
                Verdict::Skipped(_) => format!("<skipped message=\"{told}\"/>"),
            };
            let (name, time) = (escaped(check.name), took.as_secs_f64());
            out.push_str(&format!(
                "  <testcase classname=\"conformance\" name=\"{name}\" time=\"{time:.1}\">{inside}</testcase>\n"
            ));
        }
        out + "</testsuite>\n"
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.server)?;
        for Line { check, verdict, .. } in &self.lines {
            writeln!(f, "{:<8}{} ({})", verdict.word(), check.rule, check.source)?;
            if !verdict.told().is_empty() {
                writeln!(f, "        {}", verdict.told())?;
            }
        }
        let count = |word| self.count(word);
        writeln!(
            f,
            "{} passed, {} advised, {} failed, {} skipped in {:.0} s",
            count("passed"),
            count("advice"),
            self.failed(),
            count("skipped"),
            self.took.as_secs_f64()
        )
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
