use super::{
    ActionTexts, DevicesTexts, EntryTexts, FactTexts, Minutes, MistakeTexts, NoticeText,
    NoticeTexts, ReviewTexts, Texts,
};

pub(super) static TEXTS: Texts = Texts {
    entry: EntryTexts {
        title: "Conectar un dispositivo",
        lead: "Introduce el código que muestra tu dispositivo.",
        lead_link: "Este código venía en el enlace que has abierto. Continúa solo si el dispositivo que tienes delante muestra \
                    el mismo.",
        label: "Código",
        hint: (
            "Tiene este aspecto: ",
            ". Los guiones y los espacios no importan.",
        ),
        longer: |longest| format!(", o es más largo, de hasta {longest} caracteres"),
    },
    mistakes: MistakeTexts {
        empty: "Introduce el código que muestra tu dispositivo.",
        too_long: "Es demasiado largo para ser un código. Introduce solo el código.",
        wrong_length: |expected, actual| {
            format!(
                "El código tiene {expected} caracteres y has introducido {actual}. Compáralo con tu dispositivo."
            )
        },
        foreign_character: "Hay un carácter que no aparece en ningún código. Compáralo con tu dispositivo.",
        mistyped: "Hay un error al escribir este código. Compáralo con tu dispositivo.",
        unknown: "Este código no es válido o ya no lo es. Compáralo con tu dispositivo, o empieza de nuevo en él para obtener \
                  otro.",
        other_choices: "No se ha permitido nada: las opciones han cambiado. Vuelve a elegir.",
        unchosen: "Elige una de las opciones o deniega la solicitud.",
        nothing_left: "Deja algo marcado o deniega la solicitud.",
    },
    review: ReviewTexts {
        title: "¿Permitir este dispositivo?",
        question: ("¿Permitir que ", " use tu cuenta?"),
        signed_in_as: "Has iniciado sesión como {account}",
        unverified: "Sin verificar",
        unverified_why: "Nadie ha comprobado este nombre: cualquier aplicación podría llamarse así.",
        identifier: "Su identificador:",
        code: "Código",
        compare: "Comprueba que tu dispositivo muestra este código.",
        compare_link: "Este código venía en un enlace, y cualquiera puede enviar un enlace. Comprueba que el dispositivo que \
                       tienes delante muestra exactamente este código.",
        asks_for: "La aplicación pide",
        asks_for_nothing: "Conectarse a tu cuenta, y nada más.",
        optional: "Desmarca lo que no quieras permitir.",
        resource: "Usar",
        detail: "Hacer lo que dicen estos detalles:",
        caution: "Permite solo lo que hayas iniciado tú.",
        caution_why: "¿Alguien te ha enviado o dictado este código? Deniega: quieren entrar en tu cuenta.",
    },
    facts: FactTexts {
        heading: "De dónde viene la solicitud",
        device: "Dispositivo",
        device_unverified: "así se llama a sí mismo",
        requested: "Solicitado",
        from: "Desde",
        your_address: "Tu dirección",
        meant_for: "Destinado a",
        your_account: "tu cuenta",
        another_account: "una cuenta distinta de la tuya",
        as_device_says: "según el dispositivo",
        same_network: "tu red",
        other_network: "otra red",
    },
    actions: ActionTexts {
        proceed: "Continuar",
        approve: "Permitir",
        approve_anyway: "Permitir de todos modos",
        deny: "Denegar",
        not_me: "Denegar e informar",
        other_account: "Usar otra cuenta",
        sign_in: "Iniciar sesión",
        enter_code: "Introducir un código",
        undo: "Deshacer",
        sign_out: "Cerrar sesión",
        disown: "No fui yo",
    },
    notices: NOTICES,
    devices: DevicesTexts {
        title: "Tus dispositivos",
        lead: "Pueden usar tu cuenta hasta que cierres su sesión.",
        none: "Ningún dispositivo puede usar tu cuenta.",
        connected_at: "Conectado",
        waiting: "a la espera del dispositivo",
        last_used: "Último uso",
        older: "Dispositivos anteriores",
        signed_out: "Se ha cerrado la sesión del dispositivo.",
        reported: "Se ha cerrado la sesión del dispositivo y se ha informado de él. Si alguien más puede conocer tu \
                   contraseña, cámbiala.",
        lives_on: "El dispositivo se ha quitado. Su sesión puede seguir abierta un tiempo, hasta que caduque su acceso.",
        unfinished: "Es posible que la sesión del dispositivo siga abierta. Vuelve a cerrarla.",
        gone: "La sesión de ese dispositivo ya estaba cerrada.",
    },
    scopes: &[
        ("openid", "saber quién eres"),
        ("profile", "ver tu nombre y tu perfil"),
        ("email", "ver tu dirección de correo electrónico"),
        ("address", "ver tu dirección postal"),
        ("phone", "ver tu número de teléfono"),
        (
            "offline_access",
            "mantener la sesión abierta en tu ausencia, hasta que retires el acceso",
        ),
    ],
    error_prefix: "Error: ",
    minutes: Minutes {
        ago: |minutes| match minutes {
            0 => "hace menos de un minuto".to_owned(),
            1 => "hace 1 minuto".to_owned(),
            more => format!("hace {more} minutos"),
        },
        left: |minutes| match minutes {
            0 => "válido menos de un minuto".to_owned(),
            1 => "válido 1 minuto más".to_owned(),
            more => format!("válido {more} minutos más"),
        },
        clock: "válido {}",
        over: "Este código ha caducado. Empieza de nuevo en tu dispositivo.",
    },
};

const NOTICES: NoticeTexts = NoticeTexts {
    approved: NoticeText {
        title: "Permitido",
        body: "{application} ya puede usar la cuenta {account}. Vuelve a tu dispositivo: continuará sin ti. Puedes cerrar \
               esta página.",
    },
    connected: NoticeText {
        title: "Conectado",
        body: "{application} está conectado a la cuenta {account}. Puedes cerrar esta página.",
    },
    undone: NoticeText {
        title: "Permiso deshecho",
        body: "{application} no tiene acceso a tu cuenta. Puedes cerrar esta página.",
    },
    unconfirmed: NoticeText {
        title: "Permitido, falta un paso",
        body: "Introduce este código en tu dispositivo. Solo después estará conectado.",
    },
    confirmation_code: "Código de confirmación:",
    tell_nobody: "Introdúcelo en el dispositivo que tienes delante y en ningún otro sitio. No lo leas ni lo envíes a nadie: \
                  quien te lo pida quiere entrar en tu cuenta.",
    denied: NoticeText {
        title: "Denegado",
        body: "El dispositivo no tiene acceso a tu cuenta. Puedes cerrar esta página.",
    },
    reported: NoticeText {
        title: "Denegado y comunicado",
        body: "El dispositivo no tiene acceso a tu cuenta. Si alguien te envió el código, no le respondas. Puedes cerrar esta \
               página.",
    },
    released: NoticeText {
        title: "Usar otra cuenta",
        body: "No se ha permitido ni denegado nada. Cierra la sesión, inicia sesión con la otra cuenta e introduce el código \
               de nuevo.",
    },
    closed: NoticeText {
        title: "Esta solicitud está cerrada",
        body: "Ha caducado, ya se respondió, o se abrió con otra cuenta o en otra sesión. Ahora no ha cambiado nada. Si \
               permitiste un dispositivo por error, quítalo en tu cuenta.",
    },
    forbidden: NoticeText {
        title: "No puedes permitir esto",
        body: "Las normas de tu cuenta no admiten este dispositivo o esta aplicación. Puedes denegar la solicitud o dejar que \
               caduque.",
    },
    step_up: NoticeText {
        title: "Inicia sesión de nuevo",
        body: "Para permitir esto hace falta un inicio de sesión más seguro que el tuyo. Después introduce el código de nuevo. \
               También puedes denegar la solicitud.",
    },
    warned: NoticeText {
        title: "¿Seguro?",
        body: "Lee esto antes de permitirlo. Si no lo has iniciado tú, deniega.",
    },
    too_many_attempts: NoticeText {
        title: "Demasiados intentos",
        body: "Se han introducido demasiados códigos incorrectos últimamente, quizá no por ti.",
    },
    start_over: "Si vuelves a ver esto, empieza de nuevo en tu dispositivo e introduce su nuevo código.",
    try_again_in: |minutes| match minutes {
        0 | 1 => "Inténtalo de nuevo en un minuto.".to_owned(),
        more => format!("Inténtalo de nuevo en {more} minutos."),
    },
    cross_site: NoticeText {
        title: "Esto no viene de aquí",
        body: "Otro sitio web, o algo en tu navegador, ha enviado este formulario. No ha cambiado nada. Si quieres conectar un \
               dispositivo, introduce aquí el código tú mismo.",
    },
    bad_form: NoticeText {
        title: "No se puede leer",
        body: "El formulario no ha llegado tal como se envió. No ha cambiado nada.",
    },
    sign_in: NoticeText {
        title: "Inicia sesión",
        body: "Inicia sesión para continuar.",
    },
    unavailable: NoticeText {
        title: "No disponible por el momento",
        body: "Algo no funciona aquí. No se ha perdido nada de lo que decidiste. Inténtalo de nuevo en un momento.",
    },
    failed: NoticeText {
        title: "Algo ha salido mal",
        body: "No ha funcionado, y volver a intentarlo no servirá. No se ha perdido nada de lo que decidiste.",
    },
    wrong_method: NoticeText {
        title: "Aquí no hay nada que ver",
        body: "Para conectar un dispositivo, introduce su código.",
    },
};
