use super::shown::Shown;

/// How a client is named to the end user.
///
/// ```
/// use device_grant::page::Application;
///
/// assert!(Application::verified("Example TV").is_verified());
/// assert!(!Application::unverified("Whatever it says").is_verified());
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Application {
    name: String,
    verified: bool,
}

impl Application {
    /// An application whose name the host vouches for.
    #[must_use]
    pub fn verified(name: &str) -> Self {
        Self {
            name: Shown::name(name).into_string(),
            verified: true,
        }
    }

    /// An application that has named itself, such as a dynamically registered one: the page says so.
    #[must_use]
    pub fn unverified(name: &str) -> Self {
        Self {
            name: Shown::name(name).into_string(),
            verified: false,
        }
    }

    /// Its name, fit to be shown: bounded, and without what could reorder its neighbours.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the host vouches for the name.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.verified
    }
}
