use http::request::Parts;

/// The parts of a URL's query that concern the pages.
pub(super) struct Query {
    pub(super) user_code: Option<String>,
    pub(super) ui_locales: Option<String>,
    /// The rest of the query, without the code.
    pub(super) rest: String,
}

impl Query {
    pub(super) fn of(parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        let mut parsed = Self {
            user_code: None,
            ui_locales: None,
            rest: String::new(),
        };
        let mut rest = form_urlencoded::Serializer::new(String::new());
        // Decoded first, so that a code under an encoded name leaves the URL as well.
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name == "user_code" {
                parsed.user_code = Some(value.into_owned());
                continue;
            }
            rest.append_pair(&name, &value);
            if name == "ui_locales" {
                parsed.ui_locales = Some(value.into_owned());
            }
        }
        parsed.rest = rest.finish();
        parsed
    }
}
