/// The grant's state does not allow this event, and nothing has happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a grant that is {state} cannot {event}")]
#[non_exhaustive]
pub struct InvalidTransition {
    /// The name of the state.
    pub state: &'static str,
    /// What should have happened, as a verb.
    pub event: &'static str,
}
