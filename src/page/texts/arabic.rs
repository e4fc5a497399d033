use super::{
    ActionTexts, DevicesTexts, EntryTexts, FactTexts, Minutes, MistakeTexts, NoticeText,
    NoticeTexts, ReviewTexts, Texts,
};

pub(super) static TEXTS: Texts = Texts {
    entry: EntryTexts {
        title: "ربط جهاز",
        lead: "أدخل الرمز الذي يعرضه جهازك.",
        lead_link: "وصل هذا الرمز مع الرابط الذي فتحته. لا تتابع إلا إذا كان الجهاز الذي أمامك يعرض الرمز نفسه.",
        label: "الرمز",
        hint: ("شكله هكذا: ", ". لا أهمية للشرطات والمسافات."),
        longer: |longest| format!("، أو أطول، حتى {longest} خانة"),
    },
    mistakes: MistakeTexts {
        empty: "أدخل الرمز الذي يعرضه جهازك.",
        too_long: "هذا أطول من أن يكون رمزًا. أدخل الرمز وحده.",
        wrong_length: |expected, actual| {
            format!("عدد خانات الرمز {expected}، وعدد ما أدخلته {actual}. قارنه بجهازك.")
        },
        foreign_character: "في ما أدخلته خانة لا ترد في أي رمز. قارنه بجهازك.",
        mistyped: "في هذا الرمز خطأ في الكتابة. قارنه بجهازك.",
        unknown: "هذا الرمز غير صالح، أو لم يعد صالحًا. قارنه بجهازك، أو ابدأ من جديد هناك للحصول على رمز جديد.",
        other_choices: "لم يُسمح بأي شيء: تغيّرت الخيارات المتاحة. اختر مرة أخرى.",
        unchosen: "اختر أحد الخيارات أو ارفض.",
        nothing_left: "اترك خيارًا واحدًا محددًا على الأقل أو ارفض.",
    },
    review: ReviewTexts {
        title: "هل تسمح لهذا الجهاز؟",
        question: ("هل تسمح للتطبيق ", " باستخدام حسابك؟"),
        signed_in_as: "سجّلت الدخول باسم {account}",
        unverified: "غير موثَّق",
        unverified_why: "لم يتحقق أحد من هذا الاسم، ويمكن لأي تطبيق أن يحمله.",
        identifier: "معرّفه:",
        code: "الرمز",
        compare: "تأكّد من أن جهازك يعرض هذا الرمز.",
        compare_link: "وصل هذا الرمز في رابط، وبإمكان أي أحد أن يرسل رابطًا. تأكّد من أن الجهاز الذي أمامك يعرض هذا \
                       الرمز بعينه.",
        asks_for: "يطلب التطبيق",
        asks_for_nothing: "لا يطلب شيئًا سوى الارتباط بحسابك.",
        optional: "ألغِ تحديد ما لا تريد السماح به.",
        resource: "استخدام",
        detail: "ما تنص عليه هذه البيانات:",
        caution: "لا تسمح إلا بما بدأته بنفسك.",
        caution_why: "إذا أرسل إليك أحد هذا الرمز أو طلب منك إدخاله فارفض: إنه يحاول الدخول إلى حسابك.",
    },
    facts: FactTexts {
        heading: "مصدر الطلب",
        device: "الجهاز",
        device_unverified: "كما يسمّي نفسه",
        requested: "وقت الطلب",
        from: "من",
        your_address: "عنوانك",
        meant_for: "الحساب المقصود",
        your_account: "حسابك",
        another_account: "حساب آخر غير حسابك",
        as_device_says: "كما يقول الجهاز",
        same_network: "شبكتك",
        other_network: "شبكة أخرى",
    },
    actions: ActionTexts {
        proceed: "متابعة",
        approve: "السماح",
        approve_anyway: "السماح رغم ذلك",
        deny: "الرفض",
        not_me: "الرفض والإبلاغ",
        other_account: "استخدام حساب آخر",
        sign_in: "تسجيل الدخول",
        enter_code: "إدخال رمز",
        undo: "تراجع",
        sign_out: "تسجيل الخروج",
        disown: "لم أكن أنا",
    },
    notices: NOTICES,
    devices: DevicesTexts {
        title: "أجهزتك",
        lead: "يمكنها استخدام حسابك إلى أن تسجّل خروجها.",
        none: "لا يمكن لأي جهاز استخدام حسابك.",
        connected_at: "وقت الربط",
        waiting: "في انتظار الجهاز",
        last_used: "آخر استخدام",
        older: "أجهزة أقدم",
        signed_out: "تم تسجيل خروج الجهاز.",
        reported: "تم تسجيل خروج الجهاز والإبلاغ عنه. إذا كان من الممكن أن يعرف شخص آخر كلمة مرورك فغيّرها.",
        lives_on: "أُزيل الجهاز. قد يبقى مسجَّلًا لبعض الوقت، إلى أن تنتهي صلاحية وصوله.",
        unfinished: "قد يكون الجهاز ما زال مسجَّلًا. سجّل خروجه مرة أخرى.",
        gone: "سبق تسجيل خروج هذا الجهاز.",
    },
    scopes: &[
        ("openid", "معرفة هويتك"),
        ("profile", "الاطلاع على اسمك وملفك الشخصي"),
        ("email", "الاطلاع على عنوان بريدك الإلكتروني"),
        ("address", "الاطلاع على عنوانك البريدي"),
        ("phone", "الاطلاع على رقم هاتفك"),
        ("offline_access", "البقاء مسجَّلًا في غيابك إلى أن تلغي الوصول"),
    ],
    error_prefix: "خطأ: ",
    minutes: Minutes {
        ago: |minutes| match minutes {
            0 => "قبل أقل من دقيقة".to_owned(),
            more => format!("قبل {}", counted(more)),
        },
        left: |minutes| match minutes {
            0 => "صالح لأقل من دقيقة".to_owned(),
            more => format!("صالح لمدة {}", counted(more)),
        },
        clock: "صالح لمدة {}",
        over: "انتهت صلاحية هذا الرمز. ابدأ من جديد على جهازك.",
    },
};

/// Minutes in the genitive: one, two, a few (3 to 10), or many.
fn counted(minutes: u64) -> String {
    match minutes {
        1 => "دقيقة".to_owned(),
        2 => "دقيقتين".to_owned(),
        few if (3..=10).contains(&(few % 100)) => format!("{few} دقائق"),
        many => format!("{many} دقيقة"),
    }
}

const NOTICES: NoticeTexts = NoticeTexts {
    approved: NoticeText {
        title: "تم السماح",
        body: "يمكن للتطبيق {application} الآن استخدام الحساب {account}. عد إلى جهازك، وسيتابع من دونك. يمكنك إغلاق هذه الصفحة.",
    },
    connected: NoticeText {
        title: "تم الربط",
        body: "التطبيق {application} مرتبط بالحساب {account}. يمكنك إغلاق هذه الصفحة.",
    },
    undone: NoticeText {
        title: "تم التراجع",
        body: "لن يحصل التطبيق {application} على أي وصول إلى حسابك. يمكنك إغلاق هذه الصفحة.",
    },
    unconfirmed: NoticeText {
        title: "تم السماح، وبقيت خطوة واحدة",
        body: "أدخل هذا الرمز على جهازك. لن يتصل الجهاز إلا بعد ذلك.",
    },
    confirmation_code: "رمز التأكيد:",
    tell_nobody: "أدخله على الجهاز الموجود أمامك فقط. لا تقرأه لأحد ولا ترسله إلى أحد: من يطلبه منك يريد الدخول إلى حسابك.",
    denied: NoticeText {
        title: "تم الرفض",
        body: "لن يحصل الجهاز على أي وصول إلى حسابك. يمكنك إغلاق هذه الصفحة.",
    },
    reported: NoticeText {
        title: "تم الرفض والإبلاغ",
        body: "لن يحصل الجهاز على أي وصول إلى حسابك. إذا أرسل إليك أحد هذا الرمز فلا تردّ عليه. يمكنك إغلاق هذه الصفحة.",
    },
    released: NoticeText {
        title: "استخدام حساب آخر",
        body: "لم يُسمح بشيء ولم يُرفض شيء. سجّل الخروج، ثم سجّل الدخول بالحساب الآخر، وأدخل الرمز مرة أخرى.",
    },
    closed: NoticeText {
        title: "هذا الطلب مغلق",
        body: "انتهت صلاحيته، أو اتُّخذ القرار فيه من قبل، أو فُتح بحساب آخر أو في جلسة أخرى. لم يتغيّر شيء الآن. إذا سمحت \
               لجهاز عن طريق الخطأ فألغِ وصوله من حسابك.",
    },
    forbidden: NoticeText {
        title: "لا يمكنك السماح بهذا",
        body: "قواعد حسابك لا تسمح بهذا الجهاز أو التطبيق. يمكنك رفض الطلب، أو تركه حتى تنتهي صلاحيته.",
    },
    step_up: NoticeText {
        title: "سجّل الدخول مرة أخرى",
        body: "يتطلب السماح بهذا تسجيل دخول أقوى من الحالي. أدخل الرمز بعد ذلك مرة أخرى. ويمكنك أيضًا رفض الطلب.",
    },
    warned: NoticeText {
        title: "هل أنت متأكد؟",
        body: "اقرأ هذا قبل أن تسمح به. إذا لم تبدأ هذا بنفسك فارفض.",
    },
    too_many_attempts: NoticeText {
        title: "محاولات كثيرة جدًا",
        body: "أُدخل مؤخرًا عدد كبير جدًا من الرموز الخاطئة، وربما لم تكن أنت من أدخلها.",
    },
    start_over: "إذا ظهر لك هذا مرة أخرى فابدأ من جديد على جهازك وأدخل الرمز الجديد.",
    try_again_in: |minutes| match minutes {
        0 | 1 => "حاول مرة أخرى بعد دقيقة.".to_owned(),
        more => format!("حاول مرة أخرى بعد {}.", counted(more)),
    },
    cross_site: NoticeText {
        title: "لم يصل هذا من هنا",
        body: "أرسل هذا النموذجَ موقعٌ آخر أو شيء في متصفحك. لم يتغيّر شيء. إذا أردت ربط جهاز فأدخل الرمز هنا بنفسك.",
    },
    bad_form: NoticeText {
        title: "تعذّرت القراءة",
        body: "لم يصل النموذج كما أُرسل. لم يتغيّر شيء.",
    },
    sign_in: NoticeText {
        title: "يرجى تسجيل الدخول",
        body: "سجّل الدخول للمتابعة.",
    },
    unavailable: NoticeText {
        title: "غير متاح حاليًا",
        body: "هناك خلل مؤقت. لم يضع شيء مما قررته. حاول مرة أخرى بعد لحظات.",
    },
    failed: NoticeText {
        title: "حدث خطأ",
        body: "لم ينجح هذا، ولن تفيد إعادة المحاولة. لم يضع شيء مما قررته.",
    },
    wrong_method: NoticeText {
        title: "لا شيء هنا",
        body: "لربط جهاز أدخل رمزه.",
    },
};
