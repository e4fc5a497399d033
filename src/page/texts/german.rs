use super::{
    ActionTexts, DevicesTexts, EntryTexts, FactTexts, Minutes, MistakeTexts, NoticeText,
    NoticeTexts, ReviewTexts, Texts,
};

pub(super) static TEXTS: Texts = Texts {
    entry: EntryTexts {
        title: "Gerät verbinden",
        lead: "Geben Sie den Code ein, den Ihr Gerät anzeigt.",
        lead_link: "Dieser Code kam mit dem Link, den Sie geöffnet haben. Fahren Sie nur fort, wenn das Gerät vor \
                    Ihnen denselben Code anzeigt.",
        label: "Code",
        hint: (
            "Er sieht so aus: ",
            ". Striche und Leerzeichen spielen keine Rolle.",
        ),
        longer: |longest| format!(" oder ist länger, bis zu {longest} Zeichen"),
    },
    mistakes: MistakeTexts {
        empty: "Geben Sie den Code ein, den Ihr Gerät anzeigt.",
        too_long: "Das ist zu lang für einen Code. Geben Sie nur den Code ein.",
        wrong_length: |expected, actual| {
            format!(
                "Der Code hat {expected} Zeichen, eingegeben wurden {actual}. Vergleichen Sie ihn mit Ihrem Gerät."
            )
        },
        foreign_character: "Die Eingabe enthält ein Zeichen, das in keinem Code vorkommt. Vergleichen Sie sie mit \
                            Ihrem Gerät.",
        mistyped: "Dieser Code enthält einen Tippfehler. Vergleichen Sie ihn mit Ihrem Gerät.",
        unknown: "Dieser Code ist nicht oder nicht mehr gültig. Vergleichen Sie ihn mit Ihrem Gerät, oder beginnen \
                  Sie dort neu, um einen neuen zu erhalten.",
        other_choices: "Es wurde nichts erlaubt: Die Auswahl hat sich geändert. Bitte wählen Sie noch einmal.",
        unchosen: "Wählen Sie eine der Möglichkeiten aus, oder lehnen Sie ab.",
        nothing_left: "Lassen Sie mindestens ein Häkchen stehen, oder lehnen Sie ab.",
    },
    review: ReviewTexts {
        title: "Zugriff erlauben?",
        question: ("", " den Zugriff auf Ihr Konto erlauben?"),
        signed_in_as: "Angemeldet als {account}",
        unverified: "Ungeprüft",
        unverified_why: "Niemand hat diesen Namen geprüft: Jede Anwendung könnte sich so nennen.",
        identifier: "Ihre Kennung:",
        code: "Code",
        compare: "Prüfen Sie, ob Ihr Gerät diesen Code anzeigt.",
        compare_link: "Dieser Code kam in einem Link, und Links kann jeder verschicken. Prüfen Sie, ob das Gerät \
                       vor Ihnen genau diesen Code anzeigt.",
        asks_for: "Die Anwendung möchte",
        asks_for_nothing: "Nichts außer der Verbindung mit Ihrem Konto.",
        optional: "Entfernen Sie das Häkchen bei allem, was Sie nicht erlauben möchten.",
        resource: "Zugriff auf",
        detail: "Was in diesen Angaben steht:",
        caution: "Erlauben Sie nur, was Sie selbst begonnen haben.",
        caution_why: "Hat Ihnen jemand diesen Code geschickt oder genannt? Lehnen Sie ab: So will man in Ihr Konto \
                      gelangen.",
    },
    facts: FactTexts {
        heading: "Woher die Anfrage kommt",
        device: "Gerät",
        device_unverified: "so nennt es sich selbst",
        requested: "Gestellt",
        from: "Von",
        your_address: "Ihre Adresse",
        meant_for: "Gedacht für",
        your_account: "Ihr Konto",
        another_account: "ein anderes Konto als Ihres",
        as_device_says: "so sagt es das Gerät",
        same_network: "Ihr Netz",
        other_network: "ein anderes Netz",
    },
    actions: ActionTexts {
        proceed: "Weiter",
        approve: "Erlauben",
        approve_anyway: "Trotzdem erlauben",
        deny: "Ablehnen",
        not_me: "Ablehnen und melden",
        other_account: "Konto wechseln",
        sign_in: "Anmelden",
        enter_code: "Code eingeben",
        undo: "Rückgängig machen",
        sign_out: "Abmelden",
        disown: "Das war nicht ich",
    },
    notices: NOTICES,
    devices: DevicesTexts {
        title: "Ihre Geräte",
        lead: "Diese Geräte können Ihr Konto verwenden, bis Sie sie abmelden.",
        none: "Kein Gerät kann Ihr Konto verwenden.",
        connected_at: "Verbunden",
        waiting: "wartet auf das Gerät",
        last_used: "Zuletzt verwendet",
        older: "Ältere Geräte",
        signed_out: "Das Gerät wurde abgemeldet.",
        reported: "Das Gerät wurde abgemeldet und gemeldet. Falls jemand anderes Ihr Passwort kennen könnte, ändern Sie es.",
        lives_on: "Das Gerät wurde entfernt. Es kann noch eine Weile angemeldet bleiben, bis sein Zugriff abläuft.",
        unfinished: "Das Gerät ist vielleicht noch angemeldet. Melden Sie es noch einmal ab.",
        gone: "Dieses Gerät war schon abgemeldet.",
    },
    scopes: &[
        ("openid", "erfahren, wer Sie sind"),
        ("profile", "Ihren Namen und Ihr Profil sehen"),
        ("email", "Ihre E-Mail-Adresse sehen"),
        ("address", "Ihre Postanschrift sehen"),
        ("phone", "Ihre Telefonnummer sehen"),
        (
            "offline_access",
            "angemeldet bleiben, auch wenn Sie nicht da sind, bis Sie den Zugriff entziehen",
        ),
    ],
    error_prefix: "Fehler: ",
    minutes: Minutes {
        ago: |minutes| match minutes {
            0 => "vor weniger als einer Minute".to_owned(),
            1 => "vor 1 Minute".to_owned(),
            more => format!("vor {more} Minuten"),
        },
        left: |minutes| match minutes {
            0 => "noch weniger als eine Minute gültig".to_owned(),
            1 => "noch 1 Minute gültig".to_owned(),
            more => format!("noch {more} Minuten gültig"),
        },
        clock: "noch {} gültig",
        over: "Dieser Code ist abgelaufen. Beginnen Sie auf Ihrem Gerät neu.",
    },
};

const NOTICES: NoticeTexts = NoticeTexts {
    approved: NoticeText {
        title: "Erlaubt",
        body: "{application} darf jetzt das Konto {account} verwenden. Kehren Sie zu Ihrem Gerät zurück: Dort geht es ohne Sie weiter. Sie können diese Seite schließen.",
    },
    connected: NoticeText {
        title: "Verbunden",
        body: "{application} ist mit dem Konto {account} verbunden. Sie können diese Seite schließen.",
    },
    undone: NoticeText {
        title: "Rückgängig gemacht",
        body: "{application} erhält keinen Zugriff auf Ihr Konto. Sie können diese Seite schließen.",
    },
    unconfirmed: NoticeText {
        title: "Erlaubt, noch ein Schritt",
        body: "Geben Sie diesen Code auf Ihrem Gerät ein. Erst danach ist es verbunden.",
    },
    confirmation_code: "Bestätigungscode:",
    tell_nobody: "Geben Sie ihn nur auf dem Gerät ein, das vor Ihnen steht. Lesen Sie ihn niemandem vor und schicken Sie \
                  ihn niemandem: Wer Sie danach fragt, will in Ihr Konto.",
    denied: NoticeText {
        title: "Abgelehnt",
        body: "Das Gerät erhält keinen Zugang zu Ihrem Konto. Sie können diese Seite schließen.",
    },
    reported: NoticeText {
        title: "Abgelehnt und gemeldet",
        body: "Das Gerät erhält keinen Zugang zu Ihrem Konto. Hat Ihnen jemand den Code geschickt, antworten Sie \
               nicht. Sie können diese Seite schließen.",
    },
    released: NoticeText {
        title: "Anderes Konto verwenden",
        body: "Es wurde nichts erlaubt und nichts abgelehnt. Melden Sie sich ab, melden Sie sich mit dem anderen \
               Konto an, und geben Sie den Code noch einmal ein.",
    },
    closed: NoticeText {
        title: "Diese Anfrage ist abgeschlossen",
        body: "Sie ist abgelaufen, wurde schon entschieden, oder wurde mit einem anderen Konto oder in einer anderen \
               Sitzung geöffnet. Jetzt hat sich nichts geändert. Haben Sie einem Gerät den Zugriff versehentlich \
               erlaubt, entziehen Sie ihn in Ihrem Konto.",
    },
    forbidden: NoticeText {
        title: "Das können Sie nicht erlauben",
        body: "Die Regeln für Ihr Konto erlauben dieses Gerät oder diese Anwendung nicht. Sie können die Anfrage \
               ablehnen oder sie ablaufen lassen.",
    },
    step_up: NoticeText {
        title: "Melden Sie sich noch einmal an",
        body: "Dafür ist eine stärkere Anmeldung nötig als Ihre jetzige. Geben Sie danach den Code noch einmal ein. \
               Sie können die Anfrage auch ablehnen.",
    },
    warned: NoticeText {
        title: "Sind Sie sicher?",
        body: "Lesen Sie das, bevor Sie es erlauben. Haben Sie es nicht selbst begonnen, lehnen Sie ab.",
    },
    too_many_attempts: NoticeText {
        title: "Zu viele Versuche",
        body: "In letzter Zeit wurden zu viele falsche Codes eingegeben, vielleicht nicht von Ihnen.",
    },
    start_over: "Sehen Sie das dann wieder, beginnen Sie am Gerät von vorn und geben Sie den neuen Code ein.",
    try_again_in: |minutes| match minutes {
        0 | 1 => "Versuchen Sie es in einer Minute wieder.".to_owned(),
        more => format!("Versuchen Sie es in {more} Minuten wieder."),
    },
    cross_site: NoticeText {
        title: "Das kam nicht von hier",
        body: "Eine andere Website oder etwas in Ihrem Browser hat dieses Formular gesendet. Es hat sich nichts \
               geändert. Wenn Sie ein Gerät verbinden möchten, geben Sie den Code hier selbst ein.",
    },
    bad_form: NoticeText {
        title: "Das ist nicht lesbar",
        body: "Das Formular kam nicht so an, wie es gesendet wurde. Es hat sich nichts geändert.",
    },
    sign_in: NoticeText {
        title: "Bitte melden Sie sich an",
        body: "Melden Sie sich an, um fortzufahren.",
    },
    unavailable: NoticeText {
        title: "Im Moment nicht verfügbar",
        body: "Hier funktioniert gerade etwas nicht. Nichts, was Sie entschieden haben, ist verloren. Versuchen Sie \
               es gleich noch einmal.",
    },
    failed: NoticeText {
        title: "Etwas ist schiefgegangen",
        body: "Das hat nicht funktioniert, und ein neuer Versuch hilft nicht. Nichts, was Sie entschieden haben, ist \
               verloren.",
    },
    wrong_method: NoticeText {
        title: "Hier gibt es nichts zu sehen",
        body: "Um ein Gerät zu verbinden, geben Sie seinen Code ein.",
    },
};
