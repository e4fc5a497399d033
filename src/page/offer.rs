use serde_json::Value;
use sha2::{Digest, Sha256};

use super::selection::Selection;
use super::{Choice, Presentation};
use crate::device_grants::Approval;
use crate::grant::{Access, Narrowing};
use crate::invalid_value::InvalidValue;
use crate::text::Hex;

/// The choices that a review leaves to the visitor: parts that they may leave out, and the choices of the host.
#[derive(Debug)]
pub(super) struct Offer<'a> {
    requested: &'a Access,
    optional: Vec<Part<'a>>,
    pub(super) choices: Vec<&'a Choice>,
    /// The digest that identifies the offer.
    pub(super) id: String,
}

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part<'a> {
    Scope(&'a str),
    Resource(&'a str),
    Detail(&'a Value),
}

/// The reason for which a selection does not count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unfit {
    /// The selection is of another offer.
    Other,
    /// A choice has no option.
    Unchosen,
    /// The selection leaves nothing of the scope, of the resources or of the details.
    Nothing,
}

/// A selection that was offered.
#[derive(Debug, PartialEq)]
pub(super) struct Chosen<'a> {
    kept: Narrowing,
    choices: Vec<(&'a str, &'a str)>,
}

impl<'a> Offer<'a> {
    pub(super) fn of(presentation: &'a Presentation<'_>) -> Self {
        let requested = &presentation.grant.requested;
        let optional: Vec<_> = parts(requested)
            .filter(|part| part.is_in(&presentation.optional))
            .collect();
        let choices = presentation.choices.iter();
        let choices: Vec<_> = choices.filter(|it| !it.options.is_empty()).collect();
        let grant = presentation.grant.id.as_bytes();
        Self {
            id: identifier(grant, &optional, &choices),
            requested,
            optional,
            choices,
        }
    }

    /// Returns whether there is nothing to choose.
    pub(super) fn is_empty(&self) -> bool {
        self.optional.is_empty() && self.choices.is_empty()
    }

    /// Returns whether anything may be left out.
    pub(super) fn has_optional(&self) -> bool {
        !self.optional.is_empty()
    }

    /// The place of a part among those that may be left out.
    pub(super) fn place(&self, part: Part<'_>) -> Option<usize> {
        self.optional.iter().position(|it| *it == part)
    }

    /// Returns whether the part at this place is ticked, in a selection of this offer or at first.
    pub(super) fn is_kept(&self, place: usize, selection: Option<&Selection>) -> bool {
        self.mine(selection)
            .is_none_or(|it| u8::try_from(place).is_ok_and(|place| it.kept.contains(&place)))
    }

    /// The place of the option that a choice has, in a selection of this offer or at first.
    pub(super) fn option(&self, choice: usize, selection: Option<&Selection>) -> Option<usize> {
        if let Some(selection) = self.mine(selection) {
            let option = selection.chosen.get(&u8::try_from(choice).ok()?);
            return option.copied().map(usize::from);
        }
        let choice = self.choices.get(choice)?;
        let selected = choice.selected.as_ref()?;
        choice
            .options
            .iter()
            .position(|(value, _)| value == selected)
    }

    fn mine<'s>(&self, selection: Option<&'s Selection>) -> Option<&'s Selection> {
        // The numbers of a selection mean something else in another offer.
        selection.filter(|selection| selection.offer == self.id)
    }

    /// Checks a selection against the offer.
    ///
    /// # Errors
    ///
    /// [`Unfit`]; nothing may be approved then.
    pub(super) fn check(&self, selection: Option<&Selection>) -> Result<Chosen<'a>, Unfit> {
        let nothing = Selection::default();
        let selection = match selection {
            None if self.is_empty() => &nothing,
            // A ticket alone approves only where nothing is offered.
            None => return Err(Unfit::Other),
            Some(selection) => self.mine(Some(selection)).ok_or(Unfit::Other)?,
        };
        let is_optional = |place: &u8| usize::from(*place) < self.optional.len();
        let is_choice = |place: &u8| usize::from(*place) < self.choices.len();
        // Refused and not ignored: a form with numbers of nothing was not made by these pages.
        if !selection.kept.iter().all(is_optional) || !selection.chosen.keys().all(is_choice) {
            return Err(Unfit::Other);
        }
        let choices = self.choices.iter().enumerate();
        let choices = choices.map(|(place, choice)| {
            let option = self.option(place, Some(selection));
            let (value, _) = choice
                .options
                .get(option.ok_or(Unfit::Unchosen)?)
                .ok_or(Unfit::Other)?;
            Ok((choice.name.as_str(), value.as_str()))
        });
        let choices = choices.collect::<Result<_, Unfit>>()?;
        let kept = self.kept(selection);
        // An issuer takes an empty scope for its default, which may be more than was requested.
        self.requested.narrow(&kept).map_err(|_| Unfit::Nothing)?;
        Ok(Chosen { kept, choices })
    }

    /// Returns the requested access without the parts that the visitor left out.
    fn kept(&self, selection: &Selection) -> Narrowing {
        if self.optional.is_empty() {
            return Narrowing::new();
        }
        let left_out = |part: Part<'_>| {
            self.place(part)
                .is_some_and(|place| !self.is_kept(place, Some(selection)))
        };
        let requested = self.requested;
        let scope = requested
            .scope
            .retain(|token| !left_out(Part::Scope(token)));
        let resources = requested.resources.iter();
        let details = requested.authorization_details.iter();
        Narrowing::new()
            .with_scope(scope)
            .with_resources(
                resources
                    .filter(|it| !left_out(Part::Resource(it)))
                    .cloned(),
            )
            .with_authorization_details(details.filter(|it| !left_out(Part::Detail(it))).cloned())
    }
}

impl Chosen<'_> {
    /// Limits an approval to the selected parts, and adds the choices.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if the choices do not fit into the approval's data.
    pub(super) fn applied_to(self, approval: Approval) -> Result<Approval, InvalidValue> {
        approval.chosen(self.kept, &self.choices)
    }
}

impl Part<'_> {
    fn is_in(self, access: &Access) -> bool {
        match self {
            Self::Scope(token) => access.scope.contains(token),
            Self::Resource(resource) => access.resources.iter().any(|it| it == resource),
            Self::Detail(detail) => access.authorization_details.contains(detail),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Scope(token) => token.to_owned(),
            Self::Resource(resource) => resource.to_owned(),
            Self::Detail(detail) => detail.to_string(),
        }
    }
}

/// The parts of a request, in the order in which the page lists them.
fn parts(requested: &Access) -> impl Iterator<Item = Part<'_>> {
    let resources = requested.resources.iter().map(|it| Part::Resource(it));
    let details = requested.authorization_details.iter().map(Part::Detail);
    let scope = requested.scope.iter().map(Part::Scope);
    scope.chain(resources).chain(details)
}

/// A length as nodes of any word size write it.
fn length(length: usize) -> [u8; 8] {
    u64::try_from(length).unwrap_or(u64::MAX).to_le_bytes()
}

/// A digest of whose offer it is and of all that its places stand for. The texts are not in it: they differ by language.
fn identifier(grant: &[u8; 16], optional: &[Part<'_>], choices: &[&Choice]) -> String {
    let mut digest = Sha256::new();
    let mut add = |text: &[u8]| {
        digest.update(length(text.len()));
        digest.update(text);
    };
    add(grant);
    for part in optional {
        add(part.text().as_bytes());
    }
    for choice in choices {
        // Apart from the parts, which are never empty, and from the options of the choice before.
        add(b"");
        add(&length(choice.options.len()));
        add(choice.name.as_bytes());
        for (value, _) in &choice.options {
            add(value.as_bytes());
        }
    }
    let digest: [u8; 32] = digest.finalize().into();
    let (id, _) = digest.split_at(16);
    Hex(id).to_string()
}
