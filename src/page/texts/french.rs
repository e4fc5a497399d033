use super::{
    ActionTexts, DevicesTexts, EntryTexts, FactTexts, Minutes, MistakeTexts, NoticeText,
    NoticeTexts, ReviewTexts, Texts,
};

pub(super) static TEXTS: Texts = Texts {
    entry: EntryTexts {
        title: "Connecter un appareil",
        lead: "Saisissez le code affiché par votre appareil.",
        lead_link: "Ce code provient du lien que vous avez ouvert. Continuez uniquement si l’appareil qui se trouve devant \
                    vous affiche le même.",
        label: "Code",
        hint: (
            "Il ressemble à ceci\u{a0}: ",
            ". Les tirets et les espaces n’ont pas d’importance.",
        ),
        longer: |longest| format!(", ou il est plus long, jusqu’à {longest} caractères"),
    },
    mistakes: MistakeTexts {
        empty: "Saisissez le code affiché par votre appareil.",
        too_long: "C’est trop long pour un code. Saisissez uniquement le code.",
        wrong_length: |expected, actual| {
            format!(
                "Le code comporte {expected} caractères, et vous en avez saisi {actual}. Comparez-le avec votre appareil."
            )
        },
        foreign_character: "Votre saisie contient un caractère qui ne figure dans aucun code. Comparez-la avec votre \
                            appareil.",
        mistyped: "Ce code contient une faute de frappe. Comparez-le avec votre appareil.",
        unknown: "Ce code n’est pas valable ou ne l’est plus. Comparez-le avec votre appareil, ou recommencez sur celui-ci \
                  pour obtenir un nouveau code.",
        other_choices: "Rien n’a été autorisé : les choix proposés ont changé. Choisissez à nouveau.",
        unchosen: "Choisissez l’une des options, ou refusez.",
        nothing_left: "Laissez au moins une case cochée, ou refusez.",
    },
    review: ReviewTexts {
        title: "Autoriser cet appareil\u{a0}?",
        question: ("Autoriser ", " à utiliser votre compte\u{a0}?"),
        signed_in_as: "Vous êtes connecté en tant que {account}",
        unverified: "Non vérifié",
        unverified_why: "Personne n’a vérifié ce nom\u{a0}: n’importe quelle application pourrait le porter.",
        identifier: "Son identifiant\u{a0}:",
        code: "Code",
        compare: "Vérifiez que votre appareil affiche ce code.",
        compare_link: "Ce code se trouvait dans un lien, et n’importe qui peut envoyer un lien. Vérifiez que l’appareil qui \
                       se trouve devant vous affiche exactement ce code.",
        asks_for: "L’application demande à",
        asks_for_nothing: "Être associée à votre compte, rien de plus.",
        optional: "Décochez ce que vous ne souhaitez pas autoriser.",
        resource: "Utiliser",
        detail: "Faire ce que disent ces précisions\u{a0}:",
        caution: "N’autorisez que ce que vous avez lancé vous-même.",
        caution_why: "Quelqu’un vous a envoyé ou dicté ce code\u{a0}? Refusez\u{a0}: on cherche à accéder à votre compte.",
    },
    facts: FactTexts {
        heading: "D’où vient la demande",
        device: "Appareil",
        device_unverified: "nom qu’il se donne",
        requested: "Demandé",
        from: "Depuis",
        your_address: "Votre adresse",
        meant_for: "Destiné à",
        your_account: "votre compte",
        another_account: "un autre compte que le vôtre",
        as_device_says: "selon l’appareil",
        same_network: "votre réseau",
        other_network: "un autre réseau",
    },
    actions: ActionTexts {
        proceed: "Continuer",
        approve: "Autoriser",
        approve_anyway: "Autoriser quand même",
        deny: "Refuser",
        not_me: "Refuser et signaler",
        other_account: "Changer de compte",
        sign_in: "Se connecter",
        enter_code: "Saisir un code",
        undo: "Annuler l’autorisation",
        sign_out: "Déconnecter",
        disown: "Ce n’était pas moi",
    },
    notices: NOTICES,
    devices: DevicesTexts {
        title: "Vos appareils",
        lead: "Ils peuvent utiliser votre compte jusqu’à ce que vous les déconnectiez.",
        none: "Aucun appareil ne peut utiliser votre compte.",
        connected_at: "Connecté",
        waiting: "en attente de l’appareil",
        last_used: "Dernière utilisation",
        older: "Appareils plus anciens",
        signed_out: "L’appareil a été déconnecté.",
        reported: "L’appareil a été déconnecté et signalé. Si quelqu’un d’autre peut connaître votre mot de passe, \
                   changez-le.",
        lives_on: "L’appareil a été retiré. Il peut rester connecté quelque temps, jusqu’à l’expiration de son accès.",
        unfinished: "L’appareil est peut-être encore connecté. Déconnectez-le encore une fois.",
        gone: "Cet appareil était déjà déconnecté.",
    },
    scopes: &[
        ("openid", "savoir qui vous êtes"),
        ("profile", "voir votre nom et votre profil"),
        ("email", "voir votre adresse e-mail"),
        ("address", "voir votre adresse postale"),
        ("phone", "voir votre numéro de téléphone"),
        (
            "offline_access",
            "rester connecté en votre absence, jusqu’à ce que vous retiriez l’accès",
        ),
    ],
    error_prefix: "Erreur\u{a0}: ",
    minutes: Minutes {
        ago: |minutes| match minutes {
            0 => "il y a moins d’une minute".to_owned(),
            1 => "il y a 1 minute".to_owned(),
            more => format!("il y a {more} minutes"),
        },
        left: |minutes| match minutes {
            0 => "valable moins d’une minute".to_owned(),
            1 => "valable encore 1 minute".to_owned(),
            more => format!("valable encore {more} minutes"),
        },
        clock: "valable encore {}",
        over: "Ce code a expiré. Recommencez sur votre appareil.",
    },
};

const NOTICES: NoticeTexts = NoticeTexts {
    approved: NoticeText {
        title: "Autorisé",
        body: "{application} peut désormais utiliser le compte {account}. Revenez à votre appareil\u{a0}: il continuera sans \
               vous. Vous pouvez fermer cette page.",
    },
    connected: NoticeText {
        title: "Connecté",
        body: "{application} est connecté au compte {account}. Vous pouvez fermer cette page.",
    },
    undone: NoticeText {
        title: "Autorisation annulée",
        body: "{application} n’a aucun accès à votre compte. Vous pouvez fermer cette page.",
    },
    unconfirmed: NoticeText {
        title: "Autorisé, encore une étape",
        body: "Saisissez ce code sur votre appareil. Il ne sera connecté qu’ensuite.",
    },
    confirmation_code: "Code de confirmation\u{a0}:",
    tell_nobody: "Saisissez-le sur l’appareil qui se trouve devant vous et nulle part ailleurs. Ne le lisez et ne l’envoyez à \
                  personne\u{a0}: quiconque vous le demande cherche à accéder à votre compte.",
    denied: NoticeText {
        title: "Refusé",
        body: "L’appareil n’a aucun accès à votre compte. Vous pouvez fermer cette page.",
    },
    reported: NoticeText {
        title: "Refusé et signalé",
        body: "L’appareil n’a aucun accès à votre compte. Si quelqu’un vous a envoyé le code, ne lui répondez pas. Vous \
               pouvez fermer cette page.",
    },
    released: NoticeText {
        title: "Changer de compte",
        body: "Rien n’a été autorisé ni refusé. Déconnectez-vous, connectez-vous avec l’autre compte, puis saisissez de \
               nouveau le code.",
    },
    closed: NoticeText {
        title: "Cette demande est close",
        body: "Elle a expiré, a déjà reçu une réponse, ou a été ouverte avec un autre compte ou dans une autre session. Rien \
               n’a changé à présent. Si vous avez autorisé un appareil par erreur, retirez-le dans votre compte.",
    },
    forbidden: NoticeText {
        title: "Vous ne pouvez pas autoriser cela",
        body: "Les règles de votre compte ne permettent pas cet appareil ou cette application. Vous pouvez refuser la \
               demande ou la laisser expirer.",
    },
    step_up: NoticeText {
        title: "Connectez-vous de nouveau",
        body: "Pour autoriser cela, il faut une connexion plus sûre que la vôtre. Saisissez ensuite de nouveau le code. Vous \
               pouvez aussi refuser la demande.",
    },
    warned: NoticeText {
        title: "Êtes-vous sûr\u{a0}?",
        body: "Lisez ceci avant d’autoriser. Si vous n’avez pas lancé cette demande vous-même, refusez.",
    },
    too_many_attempts: NoticeText {
        title: "Trop de tentatives",
        body: "Trop de codes erronés ont été saisis récemment, peut-être pas par vous.",
    },
    start_over: "Si vous voyez de nouveau cette page, recommencez sur votre appareil et saisissez son nouveau code.",
    try_again_in: |minutes| match minutes {
        0 | 1 => "Réessayez dans une minute.".to_owned(),
        more => format!("Réessayez dans {more} minutes."),
    },
    cross_site: NoticeText {
        title: "Ceci ne vient pas d’ici",
        body: "Un autre site, ou un élément de votre navigateur, a envoyé ce formulaire. Rien n’a changé. Pour connecter un \
               appareil, saisissez vous-même le code ici.",
    },
    bad_form: NoticeText {
        title: "Formulaire illisible",
        body: "Le formulaire n’est pas arrivé tel qu’il a été envoyé. Rien n’a changé.",
    },
    sign_in: NoticeText {
        title: "Connectez-vous",
        body: "Connectez-vous pour continuer.",
    },
    unavailable: NoticeText {
        title: "Indisponible pour le moment",
        body: "Quelque chose ne fonctionne pas ici. Rien de ce que vous avez décidé n’est perdu. Réessayez dans un instant.",
    },
    failed: NoticeText {
        title: "Une erreur s’est produite",
        body: "Cela n’a pas fonctionné, et réessayer n’y changera rien. Rien de ce que vous avez décidé n’est perdu.",
    },
    wrong_method: NoticeText {
        title: "Rien à voir ici",
        body: "Pour connecter un appareil, saisissez son code.",
    },
};
