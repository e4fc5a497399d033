use super::{
    ActionTexts, DevicesTexts, EntryTexts, FactTexts, Minutes, MistakeTexts, NoticeText,
    NoticeTexts, ReviewTexts, Texts,
};

pub(super) static TEXTS: Texts = Texts {
    entry: EntryTexts {
        title: "Connect a device",
        lead: "Enter the code that your device shows.",
        lead_link: "This code came with the link that you opened. Go on only if the device in front of you \
                    shows the same one.",
        label: "Code",
        hint: ("It looks like ", ". Dashes and spaces do not matter."),
        longer: |longest| format!(", or is longer, up to {longest} characters"),
    },
    mistakes: MistakeTexts {
        empty: "Enter the code that your device shows.",
        too_long: "This is too long to be a code. Enter the code alone.",
        wrong_length: |expected, actual| {
            format!(
                "The code has {expected} characters, and you entered {actual}. Compare it with your device."
            )
        },
        foreign_character: "There is a character here that is in no code. Compare it with your device.",
        mistyped: "There is a typing error in this code. Compare it with your device.",
        unknown: "This code is not valid, or no longer. Compare it with your device, or start again there to \
                  get a new one.",
        other_choices: "Nothing was allowed: what you can choose has changed. Choose again.",
        unchosen: "Choose one of the options, or deny.",
        nothing_left: "Leave something ticked, or deny.",
    },
    review: ReviewTexts {
        title: "Allow this device?",
        question: ("Allow ", " to use your account?"),
        signed_in_as: "Signed in as {account}",
        unverified: "Unverified",
        unverified_why: "Nobody has checked this name: any application could call itself so.",
        identifier: "Its identifier:",
        code: "Code",
        compare: "Check that your device shows this code.",
        compare_link: "This code came in a link, and anybody can send a link. Check that the device in front of \
                       you shows exactly this code.",
        asks_for: "It asks to",
        asks_for_nothing: "Be connected to your account, and nothing else.",
        optional: "Untick what you do not want to allow.",
        resource: "Use",
        detail: "Do what these details say:",
        caution: "Allow only what you started yourself.",
        caution_why: "Did somebody send you this code, or tell it to you? Deny: they want to get into your account.",
    },
    facts: FactTexts {
        heading: "Where this comes from",
        device: "Device",
        device_unverified: "as it calls itself",
        requested: "Requested",
        from: "From",
        your_address: "Your address",
        meant_for: "Meant for",
        your_account: "your account",
        another_account: "another account than yours",
        as_device_says: "as the device says",
        same_network: "your network",
        other_network: "another network",
    },
    actions: ActionTexts {
        proceed: "Continue",
        approve: "Allow",
        approve_anyway: "Allow anyway",
        deny: "Deny",
        not_me: "Deny and report",
        other_account: "Use another account",
        sign_in: "Sign in",
        enter_code: "Enter a code",
        undo: "Undo",
        sign_out: "Sign out",
        disown: "This was not me",
    },
    notices: NOTICES,
    devices: DevicesTexts {
        title: "Your devices",
        lead: "They may use your account until you sign them out.",
        none: "No device may use your account.",
        connected_at: "Connected",
        waiting: "waiting for the device",
        last_used: "Last used",
        older: "Older devices",
        signed_out: "The device was signed out.",
        reported: "The device was signed out and reported. If somebody else may know your password, change it.",
        lives_on: "The device was removed. It may stay signed in for a while, until its access expires.",
        unfinished: "The device may still be signed in. Sign it out once more.",
        gone: "That device was signed out already.",
    },
    scopes: &[
        ("openid", "know who you are"),
        ("profile", "see your name and profile"),
        ("email", "see your e-mail address"),
        ("address", "see your postal address"),
        ("phone", "see your telephone number"),
        (
            "offline_access",
            "stay signed in while you are away, until you withdraw access",
        ),
    ],
    error_prefix: "Error: ",
    minutes: Minutes {
        ago: |minutes| match minutes {
            0 => "less than a minute ago".to_owned(),
            1 => "1 minute ago".to_owned(),
            more => format!("{more} minutes ago"),
        },
        left: |minutes| match minutes {
            0 => "valid for less than a minute".to_owned(),
            1 => "valid for 1 more minute".to_owned(),
            more => format!("valid for {more} more minutes"),
        },
        clock: "valid for {}",
        over: "This code has expired. Start again on your device.",
    },
};

const NOTICES: NoticeTexts = NoticeTexts {
    approved: NoticeText {
        title: "Allowed",
        body: "{application} may now use the account {account}. Go back to your device: it will go on without you. You can close this page.",
    },
    connected: NoticeText {
        title: "Connected",
        body: "{application} is connected to {account}. You can close this page.",
    },
    undone: NoticeText {
        title: "Undone",
        body: "{application} gets no access to your account. You can close this page.",
    },
    unconfirmed: NoticeText {
        title: "Allowed: one more step",
        body: "Enter this code on your device. It is connected only after that.",
    },
    confirmation_code: "Confirmation code:",
    tell_nobody: "Enter it on the device in front of you and nowhere else. Do not read it out or send it: anybody who asks \
                  you for it wants to get into your account.",
    denied: NoticeText {
        title: "Denied",
        body: "The device gets no access to your account. You can close this page.",
    },
    reported: NoticeText {
        title: "Denied and reported",
        body: "The device gets no access to your account. If somebody sent you the code, do not answer them. \
               You can close this page.",
    },
    released: NoticeText {
        title: "Use another account",
        body: "Nothing was allowed or denied. Sign out, sign in with the other account, and enter the code \
               again.",
    },
    closed: NoticeText {
        title: "This request is closed",
        body: "It has expired, was decided already, or was opened by another account or in another session. \
               Nothing has changed now. If you allowed a device by mistake, remove it in your account.",
    },
    forbidden: NoticeText {
        title: "You cannot allow this",
        body: "The rules for your account do not allow this device or application. You can deny the request, \
               or leave it: it will expire.",
    },
    step_up: NoticeText {
        title: "Sign in once more",
        body: "Allowing this needs a stronger sign-in than yours. Afterwards enter the code again. You can \
               also deny the request.",
    },
    warned: NoticeText {
        title: "Are you sure?",
        body: "Before you allow this, read the following. If you did not start it yourself, deny.",
    },
    too_many_attempts: NoticeText {
        title: "Too many attempts",
        body: "Too many wrong codes were entered lately, perhaps not by you.",
    },
    start_over: "If you see this again, start over on your device and enter its new code.",
    try_again_in: |minutes| match minutes {
        0 | 1 => "Try again in one minute.".to_owned(),
        more => format!("Try again in {more} minutes."),
    },
    cross_site: NoticeText {
        title: "This did not come from here",
        body: "Another website, or something in your browser, sent this form. Nothing has changed. If you want \
               to connect a device, enter the code here yourself.",
    },
    bad_form: NoticeText {
        title: "This cannot be read",
        body: "The form did not arrive as it was sent. Nothing has changed.",
    },
    sign_in: NoticeText {
        title: "Please sign in",
        body: "Sign in to go on.",
    },
    unavailable: NoticeText {
        title: "Not available at the moment",
        body: "Something here is not working. Nothing that you decided is lost. Try again in a moment.",
    },
    failed: NoticeText {
        title: "Something went wrong",
        body: "This did not work, and trying again will not help. Nothing that you decided is lost.",
    },
    wrong_method: NoticeText {
        title: "Nothing to see here",
        body: "To connect a device, enter its code.",
    },
};
