use super::{
    ActionTexts, DevicesTexts, EntryTexts, FactTexts, Minutes, MistakeTexts, NoticeText,
    NoticeTexts, ReviewTexts, Texts,
};

pub(super) static TEXTS: Texts = Texts {
    entry: EntryTexts {
        title: "Conectar um dispositivo",
        lead: "Digite o código que aparece no seu dispositivo.",
        lead_link: "Este código veio no link que você abriu. Continue apenas se o dispositivo à sua frente mostrar o mesmo.",
        label: "Código",
        hint: (
            "Ele tem esta aparência: ",
            ". Traços e espaços não importam.",
        ),
        longer: |longest| format!(", ou é mais longo, com até {longest} caracteres"),
    },
    mistakes: MistakeTexts {
        empty: "Digite o código que aparece no seu dispositivo.",
        too_long: "Isto é longo demais para ser um código. Digite apenas o código.",
        wrong_length: |expected, actual| {
            format!(
                "O código tem {expected} caracteres, e você digitou {actual}. Compare-o com o seu dispositivo."
            )
        },
        foreign_character: "Há um caractere que não existe em nenhum código. Compare-o com o seu dispositivo.",
        mistyped: "Há um erro de digitação neste código. Compare-o com o seu dispositivo.",
        unknown: "Este código não é válido ou deixou de ser. Compare-o com o seu dispositivo, ou comece de novo nele para \
                  receber outro.",
        other_choices: "Nada foi permitido: as opções mudaram. Escolha novamente.",
        unchosen: "Escolha uma das opções ou recuse.",
        nothing_left: "Deixe algo marcado ou recuse.",
    },
    review: ReviewTexts {
        title: "Permitir este dispositivo?",
        question: ("Permitir que ", " use a sua conta?"),
        signed_in_as: "Você entrou como {account}",
        unverified: "Não verificado",
        unverified_why: "Ninguém conferiu este nome: qualquer aplicativo poderia usá-lo.",
        identifier: "Identificador:",
        code: "Código",
        compare: "Confira se o seu dispositivo mostra este código.",
        compare_link: "Este código veio em um link, e qualquer pessoa pode enviar um link. Confira se o dispositivo à sua \
                       frente mostra exatamente este código.",
        asks_for: "O aplicativo pede para",
        asks_for_nothing: "Ser conectado à sua conta, e nada mais.",
        optional: "Desmarque o que não quiser permitir.",
        resource: "Usar",
        detail: "Fazer o que dizem estes detalhes:",
        caution: "Permita apenas o que você mesmo iniciou.",
        caution_why: "Alguém enviou ou ditou este código para você? Recuse: querem entrar na sua conta.",
    },
    facts: FactTexts {
        heading: "De onde vem o pedido",
        device: "Dispositivo",
        device_unverified: "como ele se chama",
        requested: "Pedido",
        from: "De",
        your_address: "Seu endereço",
        meant_for: "Destinado a",
        your_account: "sua conta",
        another_account: "uma conta diferente da sua",
        as_device_says: "segundo o dispositivo",
        same_network: "sua rede",
        other_network: "outra rede",
    },
    actions: ActionTexts {
        proceed: "Continuar",
        approve: "Permitir",
        approve_anyway: "Permitir mesmo assim",
        deny: "Recusar",
        not_me: "Recusar e denunciar",
        other_account: "Usar outra conta",
        sign_in: "Entrar",
        enter_code: "Digitar um código",
        undo: "Desfazer",
        sign_out: "Desconectar",
        disown: "Não fui eu",
    },
    notices: NOTICES,
    devices: DevicesTexts {
        title: "Seus dispositivos",
        lead: "Eles podem usar a sua conta até que você os desconecte.",
        none: "Nenhum dispositivo pode usar a sua conta.",
        connected_at: "Conectado",
        waiting: "aguardando o dispositivo",
        last_used: "Último uso",
        older: "Dispositivos mais antigos",
        signed_out: "O dispositivo foi desconectado.",
        reported: "O dispositivo foi desconectado e denunciado. Se outra pessoa puder saber a sua senha, troque-a.",
        lives_on: "O dispositivo foi removido. Ele pode continuar conectado por algum tempo, até o acesso expirar.",
        unfinished: "O dispositivo talvez ainda esteja conectado. Desconecte-o novamente.",
        gone: "Esse dispositivo já estava desconectado.",
    },
    scopes: &[
        ("openid", "saber quem você é"),
        ("profile", "ver o seu nome e perfil"),
        ("email", "ver o seu endereço de e-mail"),
        ("address", "ver o seu endereço postal"),
        ("phone", "ver o seu número de telefone"),
        (
            "offline_access",
            "continuar conectado na sua ausência, até que você retire o acesso",
        ),
    ],
    error_prefix: "Erro: ",
    minutes: Minutes {
        ago: |minutes| match minutes {
            0 => "há menos de um minuto".to_owned(),
            1 => "há 1 minuto".to_owned(),
            more => format!("há {more} minutos"),
        },
        left: |minutes| match minutes {
            0 => "válido por menos de um minuto".to_owned(),
            1 => "válido por mais 1 minuto".to_owned(),
            more => format!("válido por mais {more} minutos"),
        },
        clock: "válido por {}",
        over: "Este código expirou. Comece de novo no seu dispositivo.",
    },
};

const NOTICES: NoticeTexts = NoticeTexts {
    approved: NoticeText {
        title: "Permitido",
        body: "{application} já pode usar a conta {account}. Volte ao seu dispositivo: ele continuará sem você. Você pode \
               fechar esta página.",
    },
    connected: NoticeText {
        title: "Conectado",
        body: "{application} está conectado à conta {account}. Você pode fechar esta página.",
    },
    undone: NoticeText {
        title: "Permissão desfeita",
        body: "{application} não tem acesso à sua conta. Você pode fechar esta página.",
    },
    unconfirmed: NoticeText {
        title: "Permitido, falta um passo",
        body: "Digite este código no seu dispositivo. Só depois ele estará conectado.",
    },
    confirmation_code: "Código de confirmação:",
    tell_nobody: "Digite-o no dispositivo à sua frente e em nenhum outro lugar. Não o leia nem o envie a ninguém: quem pedir \
                  esse código quer entrar na sua conta.",
    denied: NoticeText {
        title: "Recusado",
        body: "O dispositivo não tem acesso à sua conta. Você pode fechar esta página.",
    },
    reported: NoticeText {
        title: "Recusado e denunciado",
        body: "O dispositivo não tem acesso à sua conta. Se alguém enviou o código para você, não responda. Você pode fechar \
               esta página.",
    },
    released: NoticeText {
        title: "Usar outra conta",
        body: "Nada foi permitido nem recusado. Saia, entre com a outra conta e digite o código novamente.",
    },
    closed: NoticeText {
        title: "Este pedido está encerrado",
        body: "Ele expirou, já foi respondido, ou foi aberto com outra conta ou em outra sessão. Nada mudou agora. Se você \
               permitiu um dispositivo por engano, remova-o na sua conta.",
    },
    forbidden: NoticeText {
        title: "Você não pode permitir isto",
        body: "As regras da sua conta não aceitam este dispositivo ou aplicativo. Você pode recusar o pedido ou deixá-lo \
               expirar.",
    },
    step_up: NoticeText {
        title: "Entre novamente",
        body: "Permitir isto exige um acesso mais seguro que o seu. Depois, digite o código novamente. Você também pode \
               recusar o pedido.",
    },
    warned: NoticeText {
        title: "Tem certeza?",
        body: "Leia isto antes de permitir. Se você mesmo não iniciou isto, recuse.",
    },
    too_many_attempts: NoticeText {
        title: "Tentativas demais",
        body: "Muitos códigos errados foram digitados recentemente, talvez não por você.",
    },
    start_over: "Se isto aparecer de novo, comece de novo no seu dispositivo e digite o novo código.",
    try_again_in: |minutes| match minutes {
        0 | 1 => "Tente novamente em um minuto.".to_owned(),
        more => format!("Tente novamente em {more} minutos."),
    },
    cross_site: NoticeText {
        title: "Isto não veio daqui",
        body: "Outro site, ou algo no seu navegador, enviou este formulário. Nada mudou. Se quiser conectar um dispositivo, \
               digite você mesmo o código aqui.",
    },
    bad_form: NoticeText {
        title: "Não foi possível ler",
        body: "O formulário não chegou como foi enviado. Nada mudou.",
    },
    sign_in: NoticeText {
        title: "Entre na sua conta",
        body: "Entre para continuar.",
    },
    unavailable: NoticeText {
        title: "Indisponível no momento",
        body: "Algo não está funcionando aqui. Nada do que você decidiu se perdeu. Tente novamente em instantes.",
    },
    failed: NoticeText {
        title: "Algo deu errado",
        body: "Isto não funcionou, e tentar de novo não vai ajudar. Nada do que você decidiu se perdeu.",
    },
    wrong_method: NoticeText {
        title: "Nada para ver aqui",
        body: "Para conectar um dispositivo, digite o código dele.",
    },
};
