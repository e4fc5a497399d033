use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};

use super::code_cookie::{CarriedCode, arrival_of};
use super::form::{self, field};
use super::offer::Offer;
use super::outcome::Outcome;
use super::pages::Pages;
use super::paths::ReviewPage;
use super::provenance::Provenance;
use super::respond;
use super::review_cookie::HeldReview;
use super::selection::Selection;
use super::wish::Wish;
use crate::device_grants::{Approval, DecisionError, ReviewTicket};
use crate::grant::Arrival;
use crate::host::Visitor;
use crate::http::SignIn;
use crate::message::{Parameters, SignInParameters};

/// The decision of the visitor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Decision {
    Approve,
    Deny,
    NotMe,
    OtherAccount,
    Undo,
}

impl Decision {
    fn parse(value: &str) -> Option<Self> {
        match value {
            "approve" => Some(Self::Approve),
            "deny" => Some(Self::Deny),
            "not_me" => Some(Self::NotMe),
            "other_account" => Some(Self::OtherAccount),
            "undo" => Some(Self::Undo),
            _ => None,
        }
    }
}

impl Pages {
    /// Answers a POST of the review by a redirect to the review's page, which shows the decision.
    pub(super) async fn take_decision(&self, request: Request<Bytes>) -> Response<Bytes> {
        // A post without headers of a browser may decide: other sites do not know the ticket that it needs.
        let provenance = Provenance::of(request.headers(), self.paths.origin());
        if provenance == Provenance::Foreign {
            return self.refuse_post(Outcome::CrossSite);
        }
        let form = form::read(&request);
        let decision = form
            .as_ref()
            .and_then(|form| Decision::parse(field(form, "decision")));
        let (Some(form), Some(decision)) = (form, decision) else {
            return self.refuse_post(Outcome::BadForm);
        };
        // Of the ticket it uses the id alone, which is no secret.
        if decision == Decision::Undo && provenance != Provenance::Own {
            return self.refuse_post(Outcome::CrossSite);
        }
        let (parts, _) = request.into_parts();
        let posted = Posted {
            parts: &parts,
            form: &form,
            wish: Wish::of(&parts.headers, Some(field(&form, "ui_locales"))),
        };
        match self.visitor(&parts).await {
            SignIn::As(visitor) => self.decide(decision, &posted, &visitor).await,
            SignIn::Redirect(uri) => {
                let response = self.go_on(&uri, posted.wish.language());
                // Code and choices wait in the cookie while the visitor signs in.
                self.carry(response, &posted.carried())
            }
            SignIn::Unavailable(_) => {
                self.to_form(posted.carried().after(Outcome::Unavailable), posted.wish)
            }
        }
    }

    async fn decide(
        &self,
        decision: Decision,
        posted: &Posted<'_>,
        visitor: &Visitor,
    ) -> Response<Bytes> {
        let Some(ticket) = posted.ticket() else {
            return self.refuse_post(Outcome::BadForm);
        };
        let outcome = match decision {
            Decision::Approve => match self.approval_posted(&ticket, posted, visitor).await {
                Ok(approval) => {
                    let approved = self.grants.approve(&ticket, visitor, approval).await;
                    approved.map(|_| ())
                }
                Err(Unapproved::Decided) => Ok(()),
                Err(Unapproved::Refused(error)) => Err(error),
                Err(Unapproved::Unfit) => {
                    return self.lead_to(ReviewPage::Approval, ticket, posted);
                }
                Err(Unapproved::Failed) => return self.failed(Outcome::Failed, posted),
            },
            Decision::Deny => self.grants.deny(&ticket, visitor).await,
            Decision::NotMe => self.grants.report_not_me(&ticket, visitor).await,
            // Neither nonce nor session of the ticket is needed, because the user may sign the device out anyway. The
            // page that follows says whether this came in time.
            Decision::Undo => {
                let undone = self.grants.undo_approval(&ticket.grant_id(), visitor).await;
                undone.map(|_| ()).map_err(DecisionError::from)
            }
            // Given up before the sign-in: the other account could not claim the grant otherwise.
            Decision::OtherAccount => match self.grants.release(&ticket, visitor).await {
                Ok(()) => return self.lead_to_other_account(posted),
                refused => refused,
            },
        };
        self.decided(outcome, ticket, posted)
    }

    /// Makes the approval of a form, and checks its choices against the present offer.
    async fn approval_posted(
        &self,
        ticket: &ReviewTicket,
        posted: &Posted<'_>,
        visitor: &Visitor,
    ) -> Result<Approval, Unapproved> {
        let approval = self.approval_of(posted.parts, visitor);
        let approval = match field(posted.form, "warning") {
            "" => approval,
            // The form names the warning that was read. Another one that has come up since is shown first.
            warning => approval.despite(warning),
        };
        let selection = posted.selection();
        // Without an offer there is nothing to check, and the read of the grant is saved.
        if !self.may_offer() && selection.is_none() {
            return Ok(approval);
        }
        let reviewed = self.grants.reviewed(ticket, visitor).await;
        let reviewed = reviewed.map_err(Unapproved::Refused)?;
        let grant = reviewed.ok_or(Unapproved::Decided)?;
        // The offer is made again here, and no part of it is taken from the form.
        let presented = self.present(&grant, None, visitor, posted.wish.language());
        let presentation = presented.await;
        let chosen = Offer::of(&presentation).check(selection.as_ref());
        let chosen = chosen.map_err(|_| Unapproved::Unfit)?;
        chosen.applied_to(approval).map_err(|_| Unapproved::Failed)
    }

    fn decided(
        &self,
        outcome: Result<(), DecisionError>,
        ticket: ReviewTicket,
        posted: &Posted<'_>,
    ) -> Response<Bytes> {
        let page = match outcome {
            // That page reads the present state, so a double click ends on the page that one click leads to.
            Ok(()) | Err(DecisionError::Refused | DecisionError::AlreadyDecided { .. }) => {
                ReviewPage::Request
            }
            Err(
                DecisionError::Forbidden(_)
                | DecisionError::NothingLeft(_)
                | DecisionError::StepUp(_)
                | DecisionError::Warned(_),
            ) => ReviewPage::Approval,
            // Choices only narrow, so the host's own `approval` is at fault.
            Err(DecisionError::Widened) => return self.failed(Outcome::Failed, posted),
            Err(DecisionError::Fault(fault)) => {
                return self.failed(Self::fault_outcome(&fault), posted);
            }
        };
        self.lead_to(page, ticket, posted)
    }

    fn failed(&self, outcome: Outcome, posted: &Posted<'_>) -> Response<Bytes> {
        self.to_form(posted.carried().after(outcome), posted.wish)
    }

    /// Redirects to a page of the review, which finds the posted choices in its cookie.
    fn lead_to(
        &self,
        page: ReviewPage,
        ticket: ReviewTicket,
        posted: &Posted<'_>,
    ) -> Response<Bytes> {
        let mut response = self.to_review(ticket.grant_id(), page, posted.wish);
        let cookie = posted
            .held(ticket)
            .and_then(|held| held.set_cookie(&self.paths));
        respond::set_cookie(&mut response, cookie);
        response
    }

    /// Leads to a sign-in with another account, which can review the grant again.
    fn lead_to_other_account(&self, posted: &Posted<'_>) -> Response<Bytes> {
        match &self.switch_account {
            Some(uri) => {
                let response = self.go_on(&uri(posted.login_hint()), posted.wish.language());
                self.carry(response, &posted.carried())
            }
            None => self.to_form(posted.carried().after(Outcome::Released), posted.wish),
        }
    }
}

/// The reason for which a post approves nothing.
enum Unapproved {
    /// The review was decided before, as its page says.
    Decided,
    /// There is no review to decide.
    Refused(DecisionError),
    /// The choices are none that were offered, as the review's page says.
    Unfit,
    /// The host's choices make no approval.
    Failed,
}

/// The form of a decision.
struct Posted<'a> {
    parts: &'a Parts,
    form: &'a Parameters,
    wish: Wish<'a>,
}

impl Posted<'_> {
    /// The hint that the review brought, which says nothing about who is there.
    fn login_hint(&self) -> Option<&str> {
        let hint = field(self.form, "login_hint");
        // The form may have been changed, and the host puts the hint into a URI.
        let is_hint = !hint.is_empty() && hint.len() <= SignInParameters::MAX_LOGIN_HINT;
        is_hint.then_some(hint)
    }

    /// Reads the form's ticket. A text that is no ticket becomes one that nobody holds, so that it is answered and
    /// reported like an old ticket or another visitor's.
    fn ticket(&self) -> Option<ReviewTicket> {
        const NOBODYS: &str = "00000000000000000000000000000000.00000000000000000000000000000000";
        let ticket = field(self.form, "ticket").parse().ok();
        ticket.or_else(|| NOBODYS.parse().ok())
    }

    fn arrival(&self) -> Arrival {
        // `Link` is the cautious reading: the review then asks to compare the code with the device.
        arrival_of(field(self.form, "via")).unwrap_or(Arrival::Link)
    }

    /// The choices as they were posted, be they offered or not.
    fn selection(&self) -> Option<Selection> {
        Selection::of_form(self.form)
    }

    /// The review's code and the choices, to be carried through a sign-in.
    fn carried(&self) -> CarriedCode {
        CarriedCode::new(field(self.form, "user_code"), self.arrival()).with(self.selection())
    }

    /// The review as the form has it, for a browser that has lost the cookie.
    fn held(&self, ticket: ReviewTicket) -> Option<HeldReview> {
        let code = field(self.form, "user_code");
        (!code.is_empty())
            .then(|| HeldReview::new(ticket, code, self.arrival()).with(self.selection()))
    }
}
