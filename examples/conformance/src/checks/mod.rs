//! The rules, each with what a device or a person does to see whether it is kept.

mod authorization;
mod polling;
mod redemption;

use crate::report::Broken;
use crate::server::Server;

pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) source: &'static str,
    pub(crate) run: fn(&Server) -> Result<(), Broken>,
}

macro_rules! checks {
    ($($module:ident :: $name:ident, $source:literal, $rule:literal;)*) => {
        pub(crate) const CHECKS: &[Check] = &[$(Check {
            name: stringify!($name),
            rule: $rule,
            source: $source,
            run: $module::$name,
        }),*];
    };
}

checks! {
    authorization::codes_are_given, "RFC 8628, 3.2", "A device gets its codes, an address and their lifetime";
    authorization::codes_are_not_cached, "RFC 6749, 5.1", "No cache keeps the codes";
    authorization::codes_are_never_the_same, "RFC 8628, 5.1", "Ten devices get ten codes";
    authorization::user_codes_can_be_typed, "RFC 8628, 6.1", "A user code has no letters that look like others, and is short";
    authorization::device_codes_cannot_be_guessed, "RFC 8628, 5.2", "A device code is long";
    authorization::an_unknown_client_gets_none, "RFC 6749, 5.2", "An unknown client gets no codes";
    authorization::no_client_gets_none, "RFC 8628, 3.1", "A request without a client gets no codes";
    authorization::a_get_gets_none, "RFC 8628, 3.1", "A GET gets no codes";
    authorization::a_parameter_twice_is_refused, "RFC 6749, 5.2", "A parameter that comes twice is refused";
    authorization::an_unknown_parameter_is_ignored, "RFC 6749, 3.2", "A parameter that the server does not know is ignored";
    authorization::a_link_decides_nothing, "RFC 8628, 3.3.1", "Opening the link with the code in it decides nothing";
    polling::a_wait_is_pending, "RFC 8628, 3.5", "A poll before the decision is authorization_pending";
    polling::answers_are_not_cached, "RFC 6749, 5.2", "No cache keeps the answer to a poll";
    polling::a_device_that_keeps_its_interval_is_never_slowed, "RFC 8628, 3.5", "A device that keeps its interval never hears slow_down";
    polling::a_fast_device_is_slowed_and_not_locked_out, "RFC 8628, 3.5", "A device that polls too fast is slowed down, and is not locked out";
    polling::an_unknown_device_code_is_an_invalid_grant, "RFC 6749, 5.2", "An unknown device code is invalid_grant";
    polling::a_poll_without_a_code_is_invalid, "RFC 6749, 5.2", "A poll without a device code is invalid_request";
    polling::an_empty_code_is_a_missing_one, "RFC 6749, 3.2", "A poll with an empty device code is one without";
    polling::an_unknown_grant_type_is_unsupported, "RFC 6749, 5.2", "An unknown grant type is refused as one";
    polling::a_get_is_no_poll, "RFC 6749, 3.2", "A GET is no poll";
    polling::another_client_learns_nothing, "RFC 8628, 3.4", "Another client cannot use a device code, and does not use it up";
    redemption::a_denial_is_told, "RFC 8628, 3.5", "A denial is access_denied at the next poll";
    redemption::a_denied_code_stays_denied, "RFC 8628, 3.5", "A denied code cannot be approved afterwards";
    redemption::an_approval_yields_tokens, "RFC 6749, 5.1", "An approval yields tokens, which no cache keeps";
    redemption::a_device_code_is_used_once, "RFC 8628, 3.5", "A device code yields tokens once";
    redemption::sixteen_polls_yield_one_set_of_tokens, "RFC 8628, 3.5", "Of sixteen polls at once after an approval one gets tokens";
    redemption::another_client_gets_no_tokens, "RFC 8628, 3.4", "Another client gets no tokens for an approved code, and the right one does";
    redemption::polls_during_the_approval_lose_nothing, "RFC 8628, 3.5", "Polls while the person approves do not undo the approval";
    redemption::an_approval_reaches_a_hasty_device, "RFC 8628, 3.5", "A device that polls too fast hears of the approval at once";
}

/// Fails with these words, unless.
fn ensure(holds: bool, told: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds {
        Ok(())
    } else {
        Err(Broken::Rule(told()))
    }
}

/// Advises with these words, unless.
fn advise(holds: bool, told: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds {
        Ok(())
    } else {
        Err(Broken::Advice(told()))
    }
}
