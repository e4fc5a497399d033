//! The texts of the login page, in the languages of the verification pages.

use device_grant::page::Language;

pub(crate) struct Texts {
    pub(crate) sign_in: &'static str,
    pub(crate) user_name: &'static str,
    pub(crate) password: &'static str,
    pub(crate) wrong: &'static str,
    pub(crate) hint: &'static str,
}

impl Texts {
    pub(crate) fn of(language: Language) -> Self {
        let [sign_in, user_name, password, wrong, hint] = match language {
            Language::Arabic => [
                "تسجيل الدخول",
                "اسم المستخدم",
                "كلمة المرور",
                "اسم المستخدم أو كلمة المرور غير صحيحة.",
                "جرّب <b>alice</b> أو <b>bob</b>؛ كلمة المرور هي الاسم نفسه.",
            ],
            Language::French => [
                "Se connecter",
                "Nom d’utilisateur",
                "Mot de passe",
                "Nom d’utilisateur ou mot de passe incorrect.",
                "Essayez <b>alice</b> ou <b>bob</b>\u{a0}; le mot de passe est le nom.",
            ],
            Language::German => [
                "Anmelden",
                "Benutzername",
                "Passwort",
                "Benutzername oder Passwort ist falsch.",
                "Versuchen Sie <b>alice</b> oder <b>bob</b>; das Passwort ist der Name.",
            ],
            Language::Hebrew => [
                "כניסה",
                "שם משתמש",
                "סיסמה",
                "שם המשתמש או הסיסמה שגויים.",
                "אפשר לנסות <b>alice</b> או <b>bob</b>; הסיסמה היא השם.",
            ],
            Language::Japanese => [
                "ログイン",
                "ユーザー名",
                "パスワード",
                "ユーザー名またはパスワードが違います。",
                "<b>alice</b> または <b>bob</b> をお試しください。パスワードはユーザー名と同じです。",
            ],
            Language::Portuguese => [
                "Entrar",
                "Nome de usuário",
                "Senha",
                "Nome de usuário ou senha incorretos.",
                "Tente <b>alice</b> ou <b>bob</b>; a senha é o nome.",
            ],
            Language::SimplifiedChinese => [
                "登录",
                "用户名",
                "密码",
                "用户名或密码错误。",
                "试试 <b>alice</b> 或 <b>bob</b>；密码与用户名相同。",
            ],
            Language::Spanish => [
                "Iniciar sesión",
                "Nombre de usuario",
                "Contraseña",
                "El nombre de usuario o la contraseña no son correctos.",
                "Prueba con <b>alice</b> o <b>bob</b>; la contraseña es el nombre.",
            ],
            Language::English | _ => [
                "Sign in",
                "User name",
                "Password",
                "Wrong user name or password.",
                "Try <b>alice</b> or <b>bob</b>; the password is the name.",
            ],
        };
        Self {
            sign_in,
            user_name,
            password,
            wrong,
            hint,
        }
    }
}
