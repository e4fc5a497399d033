use std::net::IpAddr;

use super::executor::Executor;
use super::{StepError, WaitingDevice};
use crate::code::ConfirmationCode;
use crate::device_grants::{Approval, DeviceGrants, Review, ReviewTicket};
use crate::grant::{Arrival, Place};
use crate::host::Visitor;

/// An end user at the verification page.
///
/// They decide on a [`WaitingDevice`], whose code they enter first, or on an existing [`Review`] or
/// [`ReviewTicket`], as in a second tab, after a Back button, or with a stolen form.
///
/// ```
/// use device_grant::testing::{Scenario, ScriptedIssuer, StepError};
///
/// let t = Scenario::new(ScriptedIssuer::new([]));
/// let tv = t.device("tv").authorize("openid")?;
/// let alice = t.visitor("alice").session("a browser");
/// let review = alice.review(&tv)?;
/// alice.deny(&review)?;
/// let back_button = alice.approve(&review);
/// assert_eq!(back_button, Err(StepError::AlreadyDecided { approved: false }));
/// # Ok::<(), StepError>(())
/// ```
#[derive(Clone, Debug)]
pub struct EndUser {
    grants: DeviceGrants,
    executor: Executor,
    visitor: Visitor,
    arrival: Arrival,
    approval: Approval,
}

impl EndUser {
    pub(super) fn new(grants: DeviceGrants, executor: Executor, subject: &str) -> Self {
        Self {
            grants,
            executor,
            visitor: Visitor::new(subject),
            arrival: Arrival::Typed,
            approval: Approval::all(),
        }
    }

    /// Sets the browser session.
    #[must_use]
    pub fn session(mut self, id: &str) -> Self {
        self.visitor = self.visitor.with_session(id);
        self
    }

    /// Sets the address.
    #[must_use]
    pub fn ip(mut self, ip: impl Into<IpAddr>) -> Self {
        self.visitor = self.visitor.with_ip(ip.into());
        self
    }

    /// Adds another source for which wrong codes count.
    #[must_use]
    pub fn source(mut self, name: &str) -> Self {
        self.visitor = self.visitor.with_source(name);
        self
    }

    /// Sets the place of the end user.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.visitor = self.visitor.with_place(place);
        self
    }

    /// Makes the code come by a link instead of being typed.
    #[must_use]
    pub fn by_link(mut self) -> Self {
        self.arrival = Arrival::Link;
        self
    }

    /// Sets the approval that [`approve`](Self::approve) makes. Default: [`Approval::all`].
    #[must_use]
    pub fn granting(mut self, approval: Approval) -> Self {
        self.approval = approval;
        self
    }

    /// Enters a user code.
    ///
    /// # Errors
    ///
    /// [`StepError::Mistyped`], [`StepError::UnknownUserCode`], [`StepError::TooManyAttempts`] or a fault.
    pub fn type_code(&self, code: &str) -> Result<Review, StepError> {
        self.executor
            .catch(self.grants.review(code, self.arrival, &self.visitor))
    }

    /// Enters the user code of a device.
    ///
    /// # Errors
    ///
    /// As [`type_code`](Self::type_code).
    pub fn review(&self, device: &WaitingDevice) -> Result<Review, StepError> {
        self.type_code(device.user_code())
    }

    /// Approves a request.
    ///
    /// # Errors
    ///
    /// As [`type_code`](Self::type_code), if a code has to be entered first, and those of the decision:
    /// [`StepError::TicketRefused`], [`StepError::AlreadyDecided`], [`StepError::Widened`],
    /// [`StepError::StepUp`], [`StepError::Warned`], [`StepError::Forbidden`] or a fault.
    pub fn approve(&self, request: &impl Reviewable) -> Result<(), StepError> {
        self.approve_to_confirm(request).map(|_| ())
    }

    /// Approves a request, and returns the confirmation code if the device has to send one.
    ///
    /// # Errors
    ///
    /// As [`approve`](Self::approve).
    pub fn approve_to_confirm(
        &self,
        request: &impl Reviewable,
    ) -> Result<Option<ConfirmationCode>, StepError> {
        let ticket = request.ticket_for(self)?;
        let approval = self.approval.clone();
        self.executor
            .catch(self.grants.approve(&ticket, &self.visitor, approval))
    }

    /// Denies a request.
    ///
    /// # Errors
    ///
    /// As [`approve`](Self::approve).
    pub fn deny(&self, request: &impl Reviewable) -> Result<(), StepError> {
        let ticket = request.ticket_for(self)?;
        self.executor
            .catch(self.grants.deny(&ticket, &self.visitor))
    }

    /// Denies a request and reports that the end user did not start it.
    ///
    /// # Errors
    ///
    /// As [`approve`](Self::approve).
    pub fn report_not_me(&self, request: &impl Reviewable) -> Result<(), StepError> {
        let ticket = request.ticket_for(self)?;
        self.executor
            .catch(self.grants.report_not_me(&ticket, &self.visitor))
    }

    /// Gives up a review, so that another account can review the grant.
    ///
    /// # Errors
    ///
    /// [`StepError::TicketRefused`] or a fault.
    pub fn release(&self, request: &impl Reviewable) -> Result<(), StepError> {
        let ticket = request.ticket_for(self)?;
        self.executor
            .catch(self.grants.release(&ticket, &self.visitor))
    }

    /// Returns the visitor that is passed to the service.
    #[must_use]
    pub fn visitor(&self) -> &Visitor {
        &self.visitor
    }
}

/// A value on which an [`EndUser`] can decide: a device, a review or a ticket.
///
/// ```
/// use device_grant::testing::{Reviewable, Scenario, ScriptedIssuer};
///
/// let t = Scenario::new(ScriptedIssuer::new([]));
/// let tv = t.device("tv").authorize("openid")?;
/// let alice = t.visitor("alice");
/// assert_eq!(tv.ticket_for(&alice)?.grant_id(), tv.grant_id());
/// # Ok::<(), device_grant::testing::StepError>(())
/// ```
pub trait Reviewable: sealed::Sealed {
    /// Returns the ticket for the decision; for a device, `end_user` enters its code first.
    ///
    /// # Errors
    ///
    /// As [`EndUser::type_code`].
    fn ticket_for(&self, end_user: &EndUser) -> Result<ReviewTicket, StepError>;
}

impl Reviewable for WaitingDevice {
    fn ticket_for(&self, end_user: &EndUser) -> Result<ReviewTicket, StepError> {
        end_user.review(self).map(|review| review.ticket)
    }
}

impl Reviewable for Review {
    fn ticket_for(&self, _end_user: &EndUser) -> Result<ReviewTicket, StepError> {
        Ok(self.ticket)
    }
}

impl Reviewable for ReviewTicket {
    fn ticket_for(&self, _end_user: &EndUser) -> Result<ReviewTicket, StepError> {
        Ok(*self)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::testing::WaitingDevice {}
    impl Sealed for crate::device_grants::Review {}
    impl Sealed for crate::device_grants::ReviewTicket {}
}
