use super::{
    ActionTexts, DevicesTexts, EntryTexts, FactTexts, Minutes, MistakeTexts, NoticeText,
    NoticeTexts, ReviewTexts, Texts,
};

pub(super) static TEXTS: Texts = Texts {
    entry: EntryTexts {
        title: "デバイスを接続",
        lead: "デバイスに表示されているコードを入力してください。",
        lead_link: "このコードは、開いたリンクに含まれていたものです。お手元のデバイスに同じコードが表示されている場合にのみ続行してください。",
        label: "コード",
        hint: ("コードの形式: ", "。ハイフンとスペースは無視されます。"),
        longer: |longest| format!("、またはそれより長い、最大{longest}文字"),
    },
    mistakes: MistakeTexts {
        empty: "デバイスに表示されているコードを入力してください。",
        too_long: "コードとしては長すぎます。コードのみを入力してください。",
        wrong_length: |expected, actual| {
            format!(
                "コードは{expected}文字ですが、{actual}文字入力されました。デバイスの表示と見比べてください。"
            )
        },
        foreign_character: "コードに使われない文字が含まれています。デバイスの表示と見比べてください。",
        mistyped: "コードに入力ミスがあります。デバイスの表示と見比べてください。",
        unknown: "このコードは無効か、有効期限が切れています。デバイスの表示と見比べるか、デバイスで最初からやり直して新しいコードを取得してください。",
        other_choices: "何も許可されていません。選択できる内容が変わりました。もう一度選んでください。",
        unchosen: "いずれかを選ぶか、拒否してください。",
        nothing_left: "少なくとも 1 つにチェックを残すか、拒否してください。",
    },
    review: ReviewTexts {
        title: "このデバイスを許可しますか？",
        question: ("", " にアカウントの使用を許可しますか？"),
        signed_in_as: "{account} としてログイン中",
        unverified: "未確認",
        unverified_why: "この名前は確認されていません。どのアプリでも名乗ることができます。",
        identifier: "識別子:",
        code: "コード",
        compare: "デバイスにこのコードが表示されていることを確認してください。",
        compare_link: "このコードはリンクに含まれていたもので、リンクは誰でも送ることができます。お手元のデバイスにまったく同じコードが表示されていることを確認してください。",
        asks_for: "このアプリが求めている権限",
        asks_for_nothing: "アカウントへの接続のみ。",
        optional: "許可しない項目のチェックを外してください。",
        resource: "次の使用:",
        detail: "次の内容の実行:",
        caution: "ご自身で始めた操作だけを許可してください。",
        caution_why: "このコードを誰かから送られたり伝えられたりしましたか？拒否してください。アカウントへの侵入が目的です。",
    },
    facts: FactTexts {
        heading: "リクエストの送信元",
        device: "デバイス",
        device_unverified: "デバイスの自称",
        requested: "リクエスト",
        from: "送信元",
        your_address: "あなたのアドレス",
        meant_for: "対象",
        your_account: "あなたのアカウント",
        another_account: "あなたとは別のアカウント",
        as_device_says: "デバイスの申告",
        same_network: "あなたのネットワーク",
        other_network: "別のネットワーク",
    },
    actions: ActionTexts {
        proceed: "続行",
        approve: "許可",
        approve_anyway: "それでも許可",
        deny: "拒否",
        not_me: "拒否して報告",
        other_account: "アカウントを変更",
        sign_in: "ログイン",
        enter_code: "コードを入力",
        undo: "許可を取り消す",
        sign_out: "ログアウト",
        disown: "心当たりがない",
    },
    notices: NOTICES,
    devices: DevicesTexts {
        title: "あなたのデバイス",
        lead: "これらのデバイスは、ログアウトさせるまでアカウントを使用できます。",
        none: "アカウントを使用できるデバイスはありません。",
        connected_at: "接続日時",
        waiting: "デバイスを待っています",
        last_used: "最終使用",
        older: "以前のデバイス",
        signed_out: "デバイスをログアウトしました。",
        reported: "デバイスをログアウトし、報告しました。パスワードを他の人に知られている可能性がある場合は、変更してください。",
        lives_on: "デバイスを削除しました。アクセス権の期限が切れるまで、しばらくログインしたままの場合があります。",
        unfinished: "デバイスはまだログインしたままの可能性があります。もう一度ログアウトしてください。",
        gone: "そのデバイスはすでにログアウトしています。",
    },
    scopes: &[
        ("openid", "本人であることの確認"),
        ("profile", "名前とプロフィールの閲覧"),
        ("email", "メールアドレスの閲覧"),
        ("address", "住所の閲覧"),
        ("phone", "電話番号の閲覧"),
        (
            "offline_access",
            "アクセスを取り消すまで、不在時もログイン状態を維持",
        ),
    ],
    error_prefix: "エラー: ",
    minutes: Minutes {
        ago: |minutes| match minutes {
            0 => "1分以内".to_owned(),
            more => format!("{more}分前"),
        },
        left: |minutes| match minutes {
            0 => "有効期間は残り1分未満".to_owned(),
            more => format!("有効期間は残り{more}分"),
        },
        clock: "有効期間は残り {}",
        over: "このコードの有効期限が切れました。デバイスで最初からやり直してください。",
    },
};

const NOTICES: NoticeTexts = NoticeTexts {
    approved: NoticeText {
        title: "許可しました",
        body: "{application} はアカウント {account} を使用できるようになりました。デバイスに戻ると自動で先に進みます。このページは閉じてかまいません。",
    },
    connected: NoticeText {
        title: "接続しました",
        body: "{application} はアカウント {account} に接続されています。このページは閉じてかまいません。",
    },
    undone: NoticeText {
        title: "許可を取り消しました",
        body: "{application} はアカウントにアクセスできません。このページは閉じてかまいません。",
    },
    unconfirmed: NoticeText {
        title: "許可しました。あと1ステップです",
        body: "このコードをデバイスに入力してください。入力するまで接続されません。",
    },
    confirmation_code: "確認コード:",
    tell_nobody: "お手元のデバイスにだけ入力してください。読み上げたり送ったりしないでください。コードを尋ねる人は、アカウントへの侵入を狙っています。",
    denied: NoticeText {
        title: "拒否しました",
        body: "デバイスはアカウントにアクセスできません。このページは閉じてかまいません。",
    },
    reported: NoticeText {
        title: "拒否して報告しました",
        body: "デバイスはアカウントにアクセスできません。誰かがコードを送ってきた場合は、返信しないでください。このページは閉じてかまいません。",
    },
    released: NoticeText {
        title: "別のアカウントを使用",
        body: "まだ許可も拒否もしていません。ログアウトして別のアカウントでログインし、もう一度コードを入力してください。",
    },
    closed: NoticeText {
        title: "このリクエストは終了しています",
        body: "期限切れか、すでに回答済みか、別のアカウントまたは別のセッションで開かれたものです。今回は何も変わっていません。誤ってデバイスを許可した場合は、アカウントから削除してください。",
    },
    forbidden: NoticeText {
        title: "許可できません",
        body: "アカウントの規則により、このデバイスまたはアプリは許可されていません。リクエストを拒否するか、期限切れになるまで放置してください。",
    },
    step_up: NoticeText {
        title: "もう一度ログインしてください",
        body: "許可するには、より安全な方法でのログインが必要です。その後、もう一度コードを入力してください。リクエストを拒否することもできます。",
    },
    warned: NoticeText {
        title: "本当によろしいですか？",
        body: "許可する前にお読みください。ご自身で始めた操作でなければ、拒否してください。",
    },
    too_many_attempts: NoticeText {
        title: "試行回数が多すぎます",
        body: "最近、間違ったコードが何度も入力されました。あなたによるものとは限りません。",
    },
    start_over: "再びこの画面が表示された場合は、デバイスで最初からやり直し、新しいコードを入力してください。",
    try_again_in: |minutes| match minutes {
        0 | 1 => "1分後にもう一度お試しください。".to_owned(),
        more => format!("{more}分後にもう一度お試しください。"),
    },
    cross_site: NoticeText {
        title: "このページからの送信ではありません",
        body: "別のウェブサイト、またはブラウザー内の何かがこのフォームを送信しました。何も変わっていません。デバイスを接続するには、ここでご自身でコードを入力してください。",
    },
    bad_form: NoticeText {
        title: "読み取れませんでした",
        body: "フォームが送信されたとおりに届きませんでした。何も変わっていません。",
    },
    sign_in: NoticeText {
        title: "ログインしてください",
        body: "続行するにはログインしてください。",
    },
    unavailable: NoticeText {
        title: "現在利用できません",
        body: "システムの一部が動作していません。これまでの決定は失われていません。しばらくしてからもう一度お試しください。",
    },
    failed: NoticeText {
        title: "問題が発生しました",
        body: "処理できませんでした。再試行しても解決しません。これまでの決定は失われていません。",
    },
    wrong_method: NoticeText {
        title: "表示するものがありません",
        body: "デバイスを接続するには、そのコードを入力してください。",
    },
};
