use std::fmt;

/// The error of missing or unsafe settings, or of a layer that requests do not reach. It lists every problem with its
/// remedy. `Debug` shows the same text as `Display`, so a `main` that returns the error prints a line for each problem.
#[derive(Clone)]
pub struct BuildError {
    problems: Vec<Problem>,
}

/// A problem with a setting, or with something that a running server depends on. `Display` is one line that ends with the
/// remedy.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// The name of the builder's method, or the name that [`DeviceGrants::check`](super::DeviceGrants::check) or the check
    /// of a layer gives to the faulty part.
    pub setting: &'static str,
    /// The value that it was set to; empty if it was not set.
    pub value: String,
    /// The allowed values.
    pub bound: String,
    /// The action that removes the problem, in the imperative.
    pub remedy: &'static str,
}

impl BuildError {
    /// The error of these problems, if there are any.
    #[cfg(feature = "tower")]
    pub(crate) fn of(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self { problems })
        }
    }

    /// The problems, at least one.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the setup is incomplete or unsafe:")?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(f, "\n- {problem}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.setting)?;
        if !self.value.is_empty() {
            write!(f, " is {}, but", self.value)?;
        }
        write!(f, " {}: {}", self.bound, self.remedy)
    }
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for BuildError {}

/// Problems as they are found.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn add(
        &mut self,
        setting: &'static str,
        value: impl fmt::Display,
        bound: impl fmt::Display,
        remedy: &'static str,
    ) {
        self.0.push(Problem {
            setting,
            value: value.to_string(),
            bound: bound.to_string(),
            remedy,
        });
    }

    /// The value of a setting that is required.
    pub(super) fn require<T>(
        &mut self,
        setting: &'static str,
        value: Option<T>,
        remedy: &'static str,
    ) -> Option<T> {
        if value.is_none() {
            self.add(setting, "", "is required", remedy);
        }
        value
    }

    pub(super) fn into_error(self) -> BuildError {
        BuildError { problems: self.0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_main_that_returns_the_error_prints_a_line_for_each_problem() {
        let mut problems = Problems::default();
        problems.add("keys", "", "is required", "call `.keys(...)`");
        problems.add("lifetime", "2s", "has to be longer", "set 600 s");
        assert_eq!(
            format!("{:?}", problems.into_error()),
            "the setup is incomplete or unsafe:\n- keys is required: call `.keys(...)`\n- lifetime is 2s, but has to be longer: set 600 s"
        );
    }
}
