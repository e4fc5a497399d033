/// A choice of one option that the end user makes with an approval, such as an organization, a profile or a lifetime.
///
/// The page shows it as a group of radio buttons, which suits up to about ten options. The chosen option becomes a member of the
/// approval's data: `name` with the option's value. The policy finds it in
/// [`ApprovalContext::data`](crate::host::ApprovalContext::data), the token issuer in
/// [`Granted::data`](crate::grant::Granted::data). Only offered options get there: the form names options by number, with a
/// digest of the offer.
///
/// ```
/// use device_grant::page::Choice;
///
/// let mut choice = Choice::new("organization", "Organization", [("17", "Example Ltd."), ("23", "Blue Team")]);
/// choice.selected = Some("17".to_owned());
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Choice {
    /// The name of the member of the approval's data that has the chosen value.
    pub name: String,
    /// The heading of the options, in the page's language.
    pub label: String,
    /// The options, as values and texts in the page's language. Without options, the choice is not shown and has no value.
    pub options: Vec<(String, String)>,
    /// The value of the option that is selected at first. Default: none, so that the end user has to select one.
    pub selected: Option<String>,
}

impl Choice {
    /// A choice among these values, each with its text.
    #[must_use]
    pub fn new<V: Into<String>, T: Into<String>>(
        name: impl Into<String>,
        label: impl Into<String>,
        options: impl IntoIterator<Item = (V, T)>,
    ) -> Self {
        let options = options.into_iter();
        Self {
            name: name.into(),
            label: label.into(),
            options: options.map(|(v, t)| (v.into(), t.into())).collect(),
            selected: None,
        }
    }
}
