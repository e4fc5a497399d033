/// The grant's state does not allow this event, and nothing has happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a grant that is {state} cannot {event}")]
pub(crate) struct InvalidTransition {
    /// The name of the state.
    pub(crate) state: &'static str,
    /// The verb for the change that should have happened.
    pub(crate) event: &'static str,
}
