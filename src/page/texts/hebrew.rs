use super::{
    ActionTexts, DevicesTexts, EntryTexts, FactTexts, Minutes, MistakeTexts, NoticeText,
    NoticeTexts, ReviewTexts, Texts,
};

pub(super) static TEXTS: Texts = Texts {
    entry: EntryTexts {
        title: "חיבור מכשיר",
        lead: "יש להזין את הקוד שמופיע במכשיר שלך.",
        lead_link: "הקוד הזה הגיע בקישור שפתחת. יש להמשיך רק אם המכשיר שמולך מציג את אותו הקוד.",
        label: "קוד",
        hint: ("כך הוא נראה: ", ". אין חשיבות למקפים ולרווחים."),
        longer: |longest| format!(", או ארוך יותר, עד {longest} תווים"),
    },
    mistakes: MistakeTexts {
        empty: "יש להזין את הקוד שמופיע במכשיר שלך.",
        too_long: "זה ארוך מדי לקוד. יש להזין את הקוד בלבד.",
        wrong_length: |expected, actual| {
            format!("בקוד יש {expected} תווים, והוזנו {actual}. יש להשוות אותו למכשיר.")
        },
        foreign_character: "יש כאן תו שאינו מופיע באף קוד. יש להשוות את הקוד למכשיר.",
        mistyped: "יש שגיאת הקלדה בקוד הזה. יש להשוות אותו למכשיר.",
        unknown: "הקוד הזה אינו תקף, או שתוקפו פג. יש להשוות אותו למכשיר, או להתחיל שם מחדש כדי לקבל קוד חדש.",
        other_choices: "דבר לא אושר: האפשרויות השתנו. יש לבחור שוב.",
        unchosen: "יש לבחור אחת מהאפשרויות או לדחות.",
        nothing_left: "יש להשאיר לפחות פריט אחד מסומן או לדחות.",
    },
    review: ReviewTexts {
        title: "לאשר את המכשיר הזה?",
        question: ("לאשר ל־", " להשתמש בחשבון שלך?"),
        signed_in_as: "מחובר כעת: {account}",
        unverified: "לא מאומת",
        unverified_why: "איש לא בדק את השם הזה, וכל אפליקציה יכולה להשתמש בו.",
        identifier: "המזהה שלה:",
        code: "קוד",
        compare: "יש לוודא שהמכשיר שלך מציג את הקוד הזה.",
        compare_link: "הקוד הזה הגיע בקישור, וכל אחד יכול לשלוח קישור. יש לוודא שהמכשיר שמולך מציג בדיוק את הקוד הזה.",
        asks_for: "האפליקציה מבקשת",
        asks_for_nothing: "להתחבר לחשבון שלך, ולא יותר.",
        optional: "אפשר לבטל את הסימון של מה שאינך רוצה לאשר.",
        resource: "להשתמש ב־",
        detail: "לעשות את מה שכתוב בפרטים האלה:",
        caution: "יש לאשר רק מה שהתחלת בעצמך.",
        caution_why: "מישהו שלח או הכתיב לך את הקוד הזה? יש לדחות: מנסים להיכנס לחשבון שלך.",
    },
    facts: FactTexts {
        heading: "מהיכן הגיעה הבקשה",
        device: "מכשיר",
        device_unverified: "כך הוא קורא לעצמו",
        requested: "זמן הבקשה",
        from: "מאת",
        your_address: "הכתובת שלך",
        meant_for: "מיועד ל",
        your_account: "החשבון שלך",
        another_account: "חשבון אחר משלך",
        as_device_says: "לדברי המכשיר",
        same_network: "הרשת שלך",
        other_network: "רשת אחרת",
    },
    actions: ActionTexts {
        proceed: "המשך",
        approve: "אישור",
        approve_anyway: "אישור בכל זאת",
        deny: "דחייה",
        not_me: "דחייה ודיווח",
        other_account: "החלפת חשבון",
        sign_in: "כניסה",
        enter_code: "הזנת קוד",
        undo: "ביטול האישור",
        sign_out: "ניתוק",
        disown: "זה לא הייתי אני",
    },
    notices: NOTICES,
    devices: DevicesTexts {
        title: "המכשירים שלך",
        lead: "הם יכולים להשתמש בחשבון שלך עד שינותקו.",
        none: "אין מכשירים שיכולים להשתמש בחשבון שלך.",
        connected_at: "חובר",
        waiting: "ממתין למכשיר",
        last_used: "שימוש אחרון",
        older: "מכשירים ישנים יותר",
        signed_out: "המכשיר נותק.",
        reported: "המכשיר נותק ודווח. אם ייתכן שמישהו אחר יודע את הסיסמה שלך, יש להחליף אותה.",
        lives_on: "המכשיר הוסר. ייתכן שהוא יישאר מחובר עוד זמן מה, עד שתפוג הגישה שלו.",
        unfinished: "ייתכן שהמכשיר עדיין מחובר. יש לנתק אותו שוב.",
        gone: "המכשיר הזה כבר נותק.",
    },
    scopes: &[
        ("openid", "לדעת מי המשתמש"),
        ("profile", "לראות את השם והפרופיל שלך"),
        ("email", "לראות את כתובת הדוא״ל שלך"),
        ("address", "לראות את כתובת הדואר שלך"),
        ("phone", "לראות את מספר הטלפון שלך"),
        (
            "offline_access",
            "להישאר בחיבור גם בהיעדרך, עד לביטול הגישה",
        ),
    ],
    error_prefix: "שגיאה: ",
    minutes: Minutes {
        ago: |minutes| match minutes {
            0 => "לפני פחות מדקה".to_owned(),
            more => format!("לפני {}", counted(more)),
        },
        left: |minutes| match minutes {
            0 => "בתוקף לפחות מדקה".to_owned(),
            more => format!("בתוקף לעוד {}", counted(more)),
        },
        clock: "בתוקף לעוד {}",
        over: "תוקף הקוד הזה פג. יש להתחיל מחדש במכשיר.",
    },
};

/// Minutes: one, two, or more.
fn counted(minutes: u64) -> String {
    match minutes {
        1 => "דקה".to_owned(),
        2 => "שתי דקות".to_owned(),
        more => format!("{more} דקות"),
    }
}

const NOTICES: NoticeTexts = NoticeTexts {
    approved: NoticeText {
        title: "אושר",
        body: "מעכשיו {application} יכול להשתמש בחשבון {account}. אפשר לחזור למכשיר, והוא ימשיך לבד. אפשר לסגור את הדף הזה.",
    },
    connected: NoticeText {
        title: "מחובר",
        body: "{application} מחובר לחשבון {account}. אפשר לסגור את הדף הזה.",
    },
    undone: NoticeText {
        title: "האישור בוטל",
        body: "ל־{application} אין גישה לחשבון שלך. אפשר לסגור את הדף הזה.",
    },
    unconfirmed: NoticeText {
        title: "אושר, נותר עוד שלב",
        body: "יש להזין את הקוד הזה במכשיר שלך. רק אחרי זה הוא יחובר.",
    },
    confirmation_code: "קוד אישור:",
    tell_nobody: "יש להזין אותו במכשיר שמולך ולא בשום מקום אחר. אין להקריא אותו ואין לשלוח אותו: מי שמבקש אותו רוצה להיכנס \
                  לחשבון שלך.",
    denied: NoticeText {
        title: "נדחה",
        body: "למכשיר אין גישה לחשבון שלך. אפשר לסגור את הדף הזה.",
    },
    reported: NoticeText {
        title: "נדחה ודווח",
        body: "למכשיר אין גישה לחשבון שלך. אם מישהו שלח לך את הקוד, אין לענות לו. אפשר לסגור את הדף הזה.",
    },
    released: NoticeText {
        title: "החלפת חשבון",
        body: "שום דבר לא אושר ולא נדחה. יש לצאת, להיכנס עם החשבון האחר ולהזין שוב את הקוד.",
    },
    closed: NoticeText {
        title: "הבקשה הזאת סגורה",
        body: "תוקפה פג, או שכבר התקבלה בה החלטה, או שהיא נפתחה בחשבון אחר או בחיבור אחר. שום דבר לא השתנה עכשיו. אם אישרת מכשיר \
               בטעות, אפשר להסיר אותו בחשבון שלך.",
    },
    forbidden: NoticeText {
        title: "אי אפשר לאשר את זה",
        body: "הכללים של החשבון שלך אינם מתירים את המכשיר או האפליקציה הזאת. אפשר לדחות את הבקשה, או להניח לה לפוג.",
    },
    step_up: NoticeText {
        title: "יש להיכנס שוב",
        body: "כדי לאשר את זה דרושה כניסה חזקה יותר. אחריה יש להזין שוב את הקוד. אפשר גם לדחות את הבקשה.",
    },
    warned: NoticeText {
        title: "לאשר בכל זאת?",
        body: "יש לקרוא את זה לפני האישור. אם לא התחלת את זה בעצמך, יש לדחות.",
    },
    too_many_attempts: NoticeText {
        title: "יותר מדי ניסיונות",
        body: "לאחרונה הוזנו יותר מדי קודים שגויים, ואולי לא על ידך.",
    },
    start_over: "אם זה מופיע שוב, יש להתחיל מחדש במכשיר ולהזין את הקוד החדש.",
    try_again_in: |minutes| match minutes {
        0 | 1 => "אפשר לנסות שוב בעוד דקה.".to_owned(),
        more => format!("אפשר לנסות שוב בעוד {}.", counted(more)),
    },
    cross_site: NoticeText {
        title: "זה לא הגיע מכאן",
        body: "אתר אחר, או משהו בדפדפן שלך, שלח את הטופס הזה. שום דבר לא השתנה. כדי לחבר מכשיר, יש להזין כאן את הקוד בעצמך.",
    },
    bad_form: NoticeText {
        title: "לא ניתן לקרוא",
        body: "הטופס לא הגיע כפי שנשלח. שום דבר לא השתנה.",
    },
    sign_in: NoticeText {
        title: "נדרשת כניסה",
        body: "יש להיכנס כדי להמשיך.",
    },
    unavailable: NoticeText {
        title: "לא זמין כרגע",
        body: "משהו כאן אינו פועל. שום החלטה שלך לא אבדה. אפשר לנסות שוב בעוד רגע.",
    },
    failed: NoticeText {
        title: "משהו השתבש",
        body: "זה לא הצליח, וניסיון נוסף לא יעזור. שום החלטה שלך לא אבדה.",
    },
    wrong_method: NoticeText {
        title: "אין כאן מה לראות",
        body: "כדי לחבר מכשיר, יש להזין את הקוד שלו.",
    },
};
