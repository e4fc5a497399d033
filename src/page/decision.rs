use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};

use super::code_cookie::{CarriedCode, arrival_of};
use super::form::{self, field};
use super::outcome::Outcome;
use super::pages::Pages;
use super::paths::ReviewPage;
use super::provenance::Provenance;
use super::respond;
use super::review_cookie::HeldReview;
use super::wish::Wish;
use crate::device_grants::{DecisionError, ReviewTicket};
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
    /// A POST of the review. It is answered by a redirect to the review's page, which says what was decided.
    pub(super) async fn take_decision(&self, request: Request<Bytes>) -> Response<Bytes> {
        if Provenance::of(request.headers(), self.paths.origin()) == Provenance::Foreign {
            return self.refuse_post(Outcome::CrossSite);
        }
        let form = form::read(&request);
        let decision = form
            .as_ref()
            .and_then(|form| Decision::parse(field(form, "decision")));
        let (Some(form), Some(decision)) = (form, decision) else {
            return self.refuse_post(Outcome::BadForm);
        };
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
            Decision::Approve => {
                let approval = self.approval_of(posted.parts, visitor);
                let approval = match field(posted.form, "warning") {
                    "" => approval,
                    warning => approval.despite(warning),
                };
                let approved = self.grants.approve(&ticket, visitor, approval).await;
                approved.map(|_| ())
            }
            Decision::Deny => self.grants.deny(&ticket, visitor).await,
            Decision::NotMe => self.grants.report_not_me(&ticket, visitor).await,
            // Whether it came in time, the page behind it says.
            Decision::Undo => {
                let undone = self.grants.undo_approval(&ticket.grant_id(), visitor).await;
                undone.map(|_| ()).map_err(DecisionError::from)
            }
            Decision::OtherAccount => match self.grants.release(&ticket, visitor).await {
                Ok(()) => return self.lead_to_other_account(posted),
                refused => refused,
            },
        };
        self.decided(outcome, ticket, posted)
    }

    fn decided(
        &self,
        outcome: Result<(), DecisionError>,
        ticket: ReviewTicket,
        posted: &Posted<'_>,
    ) -> Response<Bytes> {
        let page = match outcome {
            Ok(()) | Err(DecisionError::Refused | DecisionError::AlreadyDecided { .. }) => {
                ReviewPage::Request
            }
            Err(
                DecisionError::Forbidden(_)
                | DecisionError::NothingLeft(_)
                | DecisionError::StepUp(_)
                | DecisionError::Warned(_),
            ) => ReviewPage::Approval,
            Err(DecisionError::Widened) => {
                return self.to_form(posted.carried().after(Outcome::Failed), posted.wish);
            }
            Err(DecisionError::Fault(fault)) => {
                let outcome = Self::fault_outcome(&fault);
                return self.to_form(posted.carried().after(outcome), posted.wish);
            }
        };
        let mut response = self.to_review(ticket.grant_id(), page, posted.wish);
        let cookie = posted
            .held(ticket)
            .and_then(|held| held.set_cookie(&self.paths));
        respond::set_cookie(&mut response, cookie);
        response
    }

    /// The grant is free again, for whoever signs in next.
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
        let is_hint = !hint.is_empty() && hint.len() <= SignInParameters::MAX_LOGIN_HINT;
        is_hint.then_some(hint)
    }

    /// The form's ticket. What is none stands for one that nobody holds: it takes the same way, is answered alike
    /// and makes the same event as one that is old or somebody else's.
    fn ticket(&self) -> Option<ReviewTicket> {
        const NOBODYS: &str = "00000000000000000000000000000000.00000000000000000000000000000000";
        let ticket = field(self.form, "ticket").parse().ok();
        ticket.or_else(|| NOBODYS.parse().ok())
    }

    fn arrival(&self) -> Arrival {
        arrival_of(field(self.form, "via")).unwrap_or(Arrival::Link)
    }

    /// The review's code, to be carried through a sign-in.
    fn carried(&self) -> CarriedCode {
        CarriedCode::new(field(self.form, "user_code"), self.arrival())
    }

    /// The review as the form has it, for a browser that has lost the cookie.
    fn held(&self, ticket: ReviewTicket) -> Option<HeldReview> {
        let code = field(self.form, "user_code");
        (!code.is_empty()).then(|| HeldReview::new(ticket, code, self.arrival()))
    }
}
