//! Where the server is, as it is called from outside.

/// The public URL: an origin, and perhaps a path below which everything is.
#[derive(Clone)]
pub(crate) struct Place {
    url: String,
}

impl Place {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The path of the URL, without a slash at its end: empty for a server at the root.
    pub(crate) fn prefix(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/')
            .and_then(|at| rest.get(at..))
            .unwrap_or_default()
    }

    /// A path of the server, as browsers know it.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix())
    }

    /// The attributes of a session's cookie.
    pub(crate) fn cookie_attributes(&self) -> String {
        let path = if self.prefix().is_empty() {
            "/"
        } else {
            self.prefix()
        };
        let secure = if self.url.starts_with("https:") {
            "; Secure"
        } else {
            ""
        };
        // Not `Strict`, with which a browser that follows a device's link to the page would not send it.
        format!("Path={path}; HttpOnly; SameSite=Lax{secure}")
    }
}
