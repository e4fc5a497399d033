use super::{
    ActionTexts, DevicesTexts, EntryTexts, FactTexts, Minutes, MistakeTexts, NoticeText,
    NoticeTexts, ReviewTexts, Texts,
};

pub(super) static TEXTS: Texts = Texts {
    entry: EntryTexts {
        title: "连接设备",
        lead: "请输入设备上显示的代码。",
        lead_link: "此代码来自您打开的链接。请仅在您面前的设备显示相同代码时继续。",
        label: "代码",
        hint: ("格式如下：", "。短横线和空格不影响结果。"),
        longer: |longest| format!("，也可能更长，最多 {longest} 个字符"),
    },
    mistakes: MistakeTexts {
        empty: "请输入设备上显示的代码。",
        too_long: "内容太长，不可能是代码。请只输入代码。",
        wrong_length: |expected, actual| {
            format!("代码应有 {expected} 个字符，您输入了 {actual} 个。请与设备上的代码核对。")
        },
        foreign_character: "其中有代码不会使用的字符。请与设备上的代码核对。",
        mistyped: "代码输入有误。请与设备上的代码核对。",
        unknown: "此代码无效或已失效。请与设备上的代码核对，或在设备上重新开始以获取新代码。",
        other_choices: "尚未允许任何内容：可选内容已更改。请重新选择。",
        unchosen: "请选择其中一项，或拒绝。",
        nothing_left: "请至少保留一项勾选，或拒绝。",
    },
    review: ReviewTexts {
        title: "允许此设备吗？",
        question: ("允许 ", " 使用您的账号吗？"),
        signed_in_as: "已登录为 {account}",
        unverified: "未经验证",
        unverified_why: "没有人核实过此名称，任何应用都可以使用它。",
        identifier: "其标识符：",
        code: "代码",
        compare: "请确认您的设备显示此代码。",
        compare_link: "此代码来自链接，而任何人都可以发送链接。请确认您面前的设备显示的代码与此完全相同。",
        asks_for: "此应用请求",
        asks_for_nothing: "仅与您的账号建立连接，别无其他。",
        optional: "取消勾选您不想允许的内容。",
        resource: "使用",
        detail: "执行以下内容：",
        caution: "只允许您自己发起的请求。",
        caution_why: "是别人把此代码发给您或告诉您的吗？请拒绝：对方想进入您的账号。",
    },
    facts: FactTexts {
        heading: "请求来源",
        device: "设备",
        device_unverified: "设备自称",
        requested: "请求时间",
        from: "来自",
        your_address: "您的地址",
        meant_for: "目标账号",
        your_account: "您的账号",
        another_account: "不是您的账号",
        as_device_says: "据设备所述",
        same_network: "您所在的网络",
        other_network: "其他网络",
    },
    actions: ActionTexts {
        proceed: "继续",
        approve: "允许",
        approve_anyway: "仍然允许",
        deny: "拒绝",
        not_me: "拒绝并举报",
        other_account: "使用其他账号",
        sign_in: "登录",
        enter_code: "输入代码",
        undo: "撤销",
        sign_out: "退出登录",
        disown: "不是我操作的",
    },
    notices: NOTICES,
    devices: DevicesTexts {
        title: "您的设备",
        lead: "在您将其退出登录之前，这些设备可以使用您的账号。",
        none: "没有设备可以使用您的账号。",
        connected_at: "连接时间",
        waiting: "正在等待设备",
        last_used: "上次使用",
        older: "更早的设备",
        signed_out: "设备已退出登录。",
        reported: "设备已退出登录并被举报。如果其他人可能知道您的密码，请更改密码。",
        lives_on: "设备已移除。在其访问权限到期之前，它可能仍会保持登录一段时间。",
        unfinished: "设备可能仍处于登录状态。请再次将其退出登录。",
        gone: "该设备先前已退出登录。",
    },
    scopes: &[
        ("openid", "了解您的身份"),
        ("profile", "查看您的姓名和个人资料"),
        ("email", "查看您的电子邮件地址"),
        ("address", "查看您的通信地址"),
        ("phone", "查看您的电话号码"),
        ("offline_access", "在您离开时保持登录，直到您收回访问权限"),
    ],
    error_prefix: "错误：",
    minutes: Minutes {
        ago: |minutes| match minutes {
            0 => "不到 1 分钟前".to_owned(),
            more => format!("{more} 分钟前"),
        },
        left: |minutes| match minutes {
            0 => "有效期不到 1 分钟".to_owned(),
            more => format!("有效期还剩 {more} 分钟"),
        },
        clock: "有效期还剩 {}",
        over: "此代码已过期。请在设备上重新开始。",
    },
};

const NOTICES: NoticeTexts = NoticeTexts {
    approved: NoticeText {
        title: "已允许",
        body: "{application} 现在可以使用账号 {account}。请返回您的设备，它会自动继续。您可以关闭此页面。",
    },
    connected: NoticeText {
        title: "已连接",
        body: "{application} 已连接到账号 {account}。您可以关闭此页面。",
    },
    undone: NoticeText {
        title: "已撤销",
        body: "{application} 无法访问您的账号。您可以关闭此页面。",
    },
    unconfirmed: NoticeText {
        title: "已允许，还差一步",
        body: "请在您的设备上输入此代码。输入后设备才会连接。",
    },
    confirmation_code: "确认码：",
    tell_nobody: "只在您面前的设备上输入，不要在其他地方输入。不要念给或发给任何人：向您索要它的人想进入您的账号。",
    denied: NoticeText {
        title: "已拒绝",
        body: "设备无法访问您的账号。您可以关闭此页面。",
    },
    reported: NoticeText {
        title: "已拒绝并举报",
        body: "设备无法访问您的账号。如果有人把代码发给了您，请不要回复。您可以关闭此页面。",
    },
    released: NoticeText {
        title: "使用其他账号",
        body: "尚未允许或拒绝任何请求。请退出登录，用其他账号登录，然后重新输入代码。",
    },
    closed: NoticeText {
        title: "此请求已关闭",
        body: "它已过期、已处理，或者是用其他账号或在其他会话中打开的。此次没有任何更改。如果您误允许了某个设备，请在您的账号中将其移除。",
    },
    forbidden: NoticeText {
        title: "您不能允许此请求",
        body: "您账号的规则不允许此设备或应用。您可以拒绝请求，也可以等它过期。",
    },
    step_up: NoticeText {
        title: "请再次登录",
        body: "允许此请求需要更安全的登录方式。登录后请重新输入代码。您也可以拒绝请求。",
    },
    warned: NoticeText {
        title: "您确定吗？",
        body: "允许之前请阅读以下内容。如果不是您自己发起的，请拒绝。",
    },
    too_many_attempts: NoticeText {
        title: "尝试次数过多",
        body: "最近输入了太多错误的代码，可能并不是您输入的。",
    },
    start_over: "如果再次看到此提示，请在设备上重新开始并输入新代码。",
    try_again_in: |minutes| match minutes {
        0 | 1 => "请在 1 分钟后重试。".to_owned(),
        more => format!("请在 {more} 分钟后重试。"),
    },
    cross_site: NoticeText {
        title: "这不是从此处发送的",
        body: "其他网站或您浏览器中的某些内容发送了此表单。没有任何更改。如果您想连接设备，请亲自在此处输入代码。",
    },
    bad_form: NoticeText {
        title: "无法读取",
        body: "表单到达时与发送时不一致。没有任何更改。",
    },
    sign_in: NoticeText {
        title: "请登录",
        body: "请登录以继续。",
    },
    unavailable: NoticeText {
        title: "暂时无法使用",
        body: "此处有部分功能出现故障。您已做出的决定不会丢失。请稍后重试。",
    },
    failed: NoticeText {
        title: "出错了",
        body: "操作未成功，重试也无济于事。您已做出的决定不会丢失。",
    },
    wrong_method: NoticeText {
        title: "这里没有内容",
        body: "要连接设备，请输入其代码。",
    },
};
