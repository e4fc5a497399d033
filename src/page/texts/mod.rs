//! The texts of the pages, in each language.

mod arabic;
mod chinese;
mod english;
mod french;
mod german;
mod hebrew;
mod japanese;
mod portuguese;
mod spanish;

use super::Language;

/// Everything that the pages say in one language. `(before, after)` is a sentence around a name.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) entry: EntryTexts,
    pub(super) mistakes: MistakeTexts,
    pub(super) review: ReviewTexts,
    pub(super) facts: FactTexts,
    pub(super) actions: ActionTexts,
    pub(super) notices: NoticeTexts,
    pub(super) devices: DevicesTexts,
    /// The meaning of the standard scopes of OpenID Connect.
    pub(super) scopes: &'static [(&'static str, &'static str)],
    /// "Error: ", before the title of a page that has one.
    pub(super) error_prefix: &'static str,
    /// A time, in whole minutes.
    pub(super) minutes: Minutes,
}

#[derive(Debug)]
pub(super) struct EntryTexts {
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) lead_link: &'static str,
    pub(super) label: &'static str,
    /// Around the shape of a code.
    pub(super) hint: (&'static str, &'static str),
    /// After the shape, where codes may be longer.
    pub(super) longer: fn(longest: usize) -> String,
}

#[derive(Debug)]
pub(super) struct MistakeTexts {
    pub(super) empty: &'static str,
    pub(super) too_long: &'static str,
    pub(super) wrong_length: fn(expected: &str, actual: usize) -> String,
    pub(super) foreign_character: &'static str,
    pub(super) mistyped: &'static str,
    pub(super) unknown: &'static str,
    /// The text for a selection of another offer.
    pub(super) other_choices: &'static str,
    /// The text for a group of options of which none is selected.
    pub(super) unchosen: &'static str,
    /// The text for a selection that leaves nothing.
    pub(super) nothing_left: &'static str,
}

#[derive(Debug)]
pub(super) struct ReviewTexts {
    pub(super) title: &'static str,
    /// Around the application's name.
    pub(super) question: (&'static str, &'static str),
    /// Has `{account}`.
    pub(super) signed_in_as: &'static str,
    pub(super) unverified: &'static str,
    pub(super) unverified_why: &'static str,
    /// Before the identifier of a client whose name nobody has checked.
    pub(super) identifier: &'static str,
    pub(super) code: &'static str,
    pub(super) compare: &'static str,
    pub(super) compare_link: &'static str,
    pub(super) asks_for: &'static str,
    pub(super) asks_for_nothing: &'static str,
    /// Above checkboxes.
    pub(super) optional: &'static str,
    /// Before a resource indicator.
    pub(super) resource: &'static str,
    /// Before an authorization detail.
    pub(super) detail: &'static str,
    pub(super) caution: &'static str,
    pub(super) caution_why: &'static str,
}

#[derive(Debug)]
pub(super) struct FactTexts {
    pub(super) heading: &'static str,
    pub(super) device: &'static str,
    pub(super) device_unverified: &'static str,
    pub(super) requested: &'static str,
    pub(super) from: &'static str,
    pub(super) your_address: &'static str,
    /// Before which account the device expects.
    pub(super) meant_for: &'static str,
    pub(super) your_account: &'static str,
    pub(super) another_account: &'static str,
    pub(super) as_device_says: &'static str,
    pub(super) same_network: &'static str,
    pub(super) other_network: &'static str,
}

#[derive(Debug)]
pub(super) struct ActionTexts {
    pub(super) proceed: &'static str,
    pub(super) approve: &'static str,
    /// After a warning.
    pub(super) approve_anyway: &'static str,
    pub(super) deny: &'static str,
    pub(super) not_me: &'static str,
    pub(super) other_account: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) enter_code: &'static str,
    /// Takes an approval back.
    pub(super) undo: &'static str,
    /// Ends a device's access.
    pub(super) sign_out: &'static str,
    /// Ends the access of a device that the visitor did not let in.
    pub(super) disown: &'static str,
}

#[derive(Debug)]
pub(super) struct NoticeTexts {
    /// Has `{application}` and `{account}`, as the next one has.
    pub(super) approved: NoticeText,
    pub(super) connected: NoticeText,
    /// Has `{application}`.
    pub(super) undone: NoticeText,
    pub(super) unconfirmed: NoticeText,
    /// Before the digits, for those who listen.
    pub(super) confirmation_code: &'static str,
    /// Beside the digits.
    pub(super) tell_nobody: &'static str,
    pub(super) denied: NoticeText,
    pub(super) reported: NoticeText,
    pub(super) released: NoticeText,
    pub(super) closed: NoticeText,
    pub(super) forbidden: NoticeText,
    pub(super) step_up: NoticeText,
    pub(super) warned: NoticeText,
    pub(super) too_many_attempts: NoticeText,
    /// The way out when trying again is not enough.
    pub(super) start_over: &'static str,
    /// When to try again, after the text of `too_many_attempts`.
    pub(super) try_again_in: fn(minutes: u64) -> String,
    pub(super) cross_site: NoticeText,
    pub(super) bad_form: NoticeText,
    pub(super) sign_in: NoticeText,
    pub(super) unavailable: NoticeText,
    pub(super) failed: NoticeText,
    pub(super) wrong_method: NoticeText,
}

#[derive(Debug)]
pub(super) struct DevicesTexts {
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    /// Instead of the lead, where there are none.
    pub(super) none: &'static str,
    /// Before the time.
    pub(super) connected_at: &'static str,
    /// Instead of that time, as long as a device has not come for its tokens.
    pub(super) waiting: &'static str,
    /// Before the time.
    pub(super) last_used: &'static str,
    pub(super) older: &'static str,
    pub(super) signed_out: &'static str,
    pub(super) reported: &'static str,
    /// The text about tokens that nobody can end.
    pub(super) lives_on: &'static str,
    /// The text about a device whose tokens could not be ended this time.
    pub(super) unfinished: &'static str,
    pub(super) gone: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct NoticeText {
    pub(super) title: &'static str,
    pub(super) body: &'static str,
}

#[derive(Debug)]
pub(super) struct Minutes {
    pub(super) ago: fn(u64) -> String,
    /// The time until the codes expire.
    pub(super) left: fn(u64) -> String,
    /// The same, with minutes and seconds, which the script writes in place of `{}`.
    pub(super) clock: &'static str,
    /// The text of the script when the time is over.
    pub(super) over: &'static str,
}

impl Texts {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Arabic => &arabic::TEXTS,
            Language::English => &english::TEXTS,
            Language::French => &french::TEXTS,
            Language::German => &german::TEXTS,
            Language::Hebrew => &hebrew::TEXTS,
            Language::Japanese => &japanese::TEXTS,
            Language::Portuguese => &portuguese::TEXTS,
            Language::SimplifiedChinese => &chinese::TEXTS,
            Language::Spanish => &spanish::TEXTS,
        }
    }

    /// The words for a standard scope.
    pub(super) fn scope(&self, token: &str) -> Option<&'static str> {
        let known = self.scopes.iter().find(|(known, _)| *known == token);
        known.map(|(_, words)| *words)
    }
}
