use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::form::field;
use crate::message::Parameters;

/// The choices of a posted review, by their places in an offer. Nothing of it counts before [`Offer`](super::offer::Offer)
/// has checked it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Selection {
    /// The identifier of the offer that the visitor saw; empty if the form could not be read, which is no offer's.
    pub(super) offer: String,
    /// The optional parts that are still ticked.
    pub(super) kept: BTreeSet<u8>,
    /// The option that each choice has.
    pub(super) chosen: BTreeMap<u8, u8>,
}

impl Selection {
    /// The name of the field that says which offer the visitor saw.
    pub(super) const OFFER: &str = "offer";
    /// The name of the field that brings a whole selection back.
    pub(super) const WHOLE: &str = "selection";
    /// The longest text that is read: more than the fields of the longest form make.
    const MAX_LEN: usize = 2_048;

    /// The name of the checkbox of an optional part.
    pub(super) fn keep(part: usize) -> String {
        format!("keep-{part}")
    }

    /// The name of the radio buttons of a choice.
    pub(super) fn choose(choice: usize) -> String {
        format!("choose-{choice}")
    }

    /// Reads the fields of a form; `None` if it has none of these.
    pub(super) fn of_form(form: &Parameters) -> Option<Self> {
        let mut fields = form.names().filter(|name| {
            matches!(*name, Self::OFFER | Self::WHOLE)
                || name.starts_with("keep-")
                || name.starts_with("choose-")
        });
        let first = fields.next()?;
        let is_whole = first == Self::WHOLE && fields.next().is_none();
        Some(if is_whole {
            Self::parse(field(form, Self::WHOLE))
        } else {
            // A selection of no offer, and not `None`, with which a form would approve the request as a whole.
            Self::of_fields(form).unwrap_or_default()
        })
    }

    fn of_fields(form: &Parameters) -> Option<Self> {
        let mut selection = Self::default();
        for name in form.names() {
            let value = || form.once(name).ok().flatten();
            if name == Self::OFFER {
                value()?.clone_into(&mut selection.offer);
            } else if name == Self::WHOLE {
                // A whole selection beside single fields: which of them the visitor saw is unknown.
                return None;
            } else if let Some(part) = name.strip_prefix("keep-") {
                (value()? == "on").then_some(())?;
                selection.kept.insert(part.parse().ok()?);
            } else if let Some(choice) = name.strip_prefix("choose-") {
                let option = value()?.parse().ok()?;
                selection.chosen.insert(choice.parse().ok()?, option);
            }
        }
        Some(selection).filter(Self::is_named)
    }

    /// Reads what [`Display`](fmt::Display) wrote; all else is a selection of no offer.
    pub(super) fn parse(text: &str) -> Self {
        Self::of_text(text).unwrap_or_default()
    }

    fn of_text(text: &str) -> Option<Self> {
        let mut items = text.split('-');
        let mut selection = Self {
            offer: items.next()?.to_owned(),
            ..Self::default()
        };
        for item in items {
            match item.split_once('_') {
                None => _ = selection.kept.insert(item.parse().ok()?),
                Some((choice, option)) => {
                    let (choice, option) = (choice.parse().ok()?, option.parse().ok()?);
                    selection.chosen.insert(choice, option);
                }
            }
        }
        (text.len() <= Self::MAX_LEN)
            .then_some(selection)
            .filter(Self::is_named)
    }

    /// Returns whether the offer has the form of an identifier, so that it can stand in a cookie.
    fn is_named(&self) -> bool {
        self.offer.len() == 32 && self.offer.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// Fit for a cookie and for a field: letters, digits, dashes and underscores.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.offer)?;
        for part in &self.kept {
            write!(f, "-{part}")?;
        }
        for (choice, option) in &self.chosen {
            write!(f, "-{choice}_{option}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "000102030405060708090a0b0c0d0e0f";

    fn read(pairs: &[(&str, &str)]) -> Option<Selection> {
        Selection::of_form(&Parameters::from_pairs(pairs.iter().copied()).unwrap())
    }

    #[test]
    fn a_form_is_read_and_written_and_read_again() {
        let fields = [
            ("decision", "approve"),
            ("offer", OFFER),
            ("keep-0", "on"),
            ("keep-12", "on"),
            ("choose-1", "3"),
        ];
        let selection = read(&fields).unwrap();
        assert_eq!(selection.to_string(), format!("{OFFER}-0-12-1_3"));
        let whole = selection.to_string();
        assert_eq!(read(&[("selection", &whole)]), Some(selection));
    }

    #[test]
    fn a_form_without_choices_has_no_selection() {
        assert_eq!(read(&[("decision", "approve"), ("ticket", "x")]), None);
    }

    #[test]
    fn what_is_malformed_repeated_or_mixed_is_a_selection_of_no_offer() {
        let unreadable = Some(Selection::default());
        let offer = ("offer", OFFER);
        for fields in [
            &[("keep-0", "on")][..],
            &[("offer", "x")],
            &[offer, offer],
            &[offer, ("keep-0", "on"), ("keep-0", "on")],
            &[offer, ("keep-0", "off")],
            &[offer, ("keep-x", "on")],
            &[offer, ("keep-256", "on")],
            &[offer, ("keep--1", "on")],
            &[offer, ("choose-0", "one")],
            &[offer, ("choose-0", "0"), ("choose-0", "1")],
            &[offer, ("selection", OFFER)],
            &[("selection", OFFER), ("keep-0", "on")],
            &[("selection", OFFER), ("selection", OFFER)],
            &[("selection", "")],
            &[("selection", "x-1")],
            &[("selection", "-1")],
        ] {
            let found = read(fields);
            let is_dropped = fields == [("selection", "")];
            assert_eq!(
                found,
                unreadable.clone().filter(|_| !is_dropped),
                "{fields:?}"
            );
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_not_read() {
        let long = format!("{OFFER}{}", "-1".repeat(Selection::MAX_LEN));
        assert_eq!(Selection::parse(&long), Selection::default());
    }
}
