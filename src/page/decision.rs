use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};

use super::Language;
use super::code_cookie::CarriedCode;
use super::form::{self, field};
use super::pages::Pages;
use super::provenance::Provenance;
use super::respond;
use super::view::Notice;
use crate::device_grants::{DecisionError, ReviewTicket};
use crate::grant::Arrival;
use crate::host::Visitor;
use crate::http::SignIn;
use crate::message::{Parameters, SignInParameters};

/// What the visitor wants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Decision {
    Approve,
    Deny,
    NotMe,
    OtherAccount,
}

impl Decision {
    fn parse(value: &str) -> Option<Self> {
        match value {
            "approve" => Some(Self::Approve),
            "deny" => Some(Self::Deny),
            "not_me" => Some(Self::NotMe),
            "other_account" => Some(Self::OtherAccount),
            _ => None,
        }
    }
}

impl Pages {
    /// A POST of the review.
    pub(super) async fn take_decision(&self, request: Request<Bytes>) -> Response<Bytes> {
        if Provenance::of(request.headers(), self.paths.origin()) == Provenance::Foreign {
            return self.notice(Notice::CrossSite, Self::language(request.headers(), None));
        }
        let form = form::read(&request);
        let decision = form
            .as_ref()
            .and_then(|form| Decision::parse(field(form, "decision")));
        let (Some(form), Some(decision)) = (form, decision) else {
            return self.notice(Notice::BadForm, Self::language(request.headers(), None));
        };
        let language = Self::language(request.headers(), Some(field(&form, "ui_locales")));
        let (parts, _) = request.into_parts();
        match self.visitor(&parts).await {
            SignIn::As(visitor) => {
                let visit = Visit {
                    parts: &parts,
                    visitor: &visitor,
                    form: &form,
                    language,
                };
                self.decide(decision, &visit).await
            }
            SignIn::Redirect(uri) => self.lead_to(&uri, language),
            SignIn::Unavailable(_) => self.notice(Notice::Unavailable, language),
        }
    }

    async fn decide(&self, decision: Decision, visit: &Visit<'_>) -> Response<Bytes> {
        let (visitor, language) = (visit.visitor, visit.language);
        let Some(ticket) = visit.ticket() else {
            return self.notice(Notice::Closed, language);
        };
        let outcome = match decision {
            Decision::Approve => {
                let approval = self.approval_of(visit.parts, visitor);
                let approval = match field(visit.form, "warning") {
                    "" => approval,
                    warning => approval.despite(warning),
                };
                self.grants.approve(&ticket, visitor, approval).await
            }
            Decision::Deny => self.grants.deny(&ticket, visitor).await,
            Decision::NotMe => self.grants.report_not_me(&ticket, visitor).await,
            Decision::OtherAccount => self.grants.release(&ticket, visitor).await,
        };
        match (outcome, decision) {
            (Ok(()), Decision::Approve) => self.notice(Notice::Approved, language),
            (Ok(()), Decision::Deny) => self.notice(Notice::Denied, language),
            (Ok(()), Decision::NotMe) => self.notice(Notice::Reported, language),
            (Ok(()), Decision::OtherAccount) => self.lead_to_other_account(visit),
            (Err(error), _) => self.undecided(&error, ticket, visit),
        }
    }

    fn undecided(
        &self,
        error: &DecisionError,
        ticket: ReviewTicket,
        visit: &Visit<'_>,
    ) -> Response<Bytes> {
        let language = visit.language;
        let notice = match error {
            DecisionError::Refused | DecisionError::AlreadyDecided { .. } => Notice::Closed,
            DecisionError::Forbidden(_) => Notice::Forbidden(ticket),
            DecisionError::StepUp(step_up) => {
                let uri = self.step_up.as_ref().map(|uri| uri(step_up).to_string());
                let response = self.notice(Notice::StepUp(ticket, uri), language);
                return self.carry_code(response, visit);
            }
            DecisionError::Warned(warning) => Notice::Warned(ticket, warning.clone()),
            DecisionError::Widened => Notice::Failed,
            DecisionError::Fault(fault) => return self.fault(fault, language),
        };
        self.notice(notice, language)
    }

    /// The grant is free again, for whoever signs in next.
    fn lead_to_other_account(&self, visit: &Visit<'_>) -> Response<Bytes> {
        let response = match &self.switch_account {
            Some(uri) => self.lead_to(&uri(visit.login_hint()), visit.language),
            None => self.notice(Notice::Released, visit.language),
        };
        self.carry_code(response, visit)
    }

    /// Lets the review's code wait in the cookie, so that nobody has to type it again after a sign-in.
    fn carry_code(&self, mut response: Response<Bytes>, visit: &Visit<'_>) -> Response<Bytes> {
        let arrival = match field(visit.form, "via") {
            "typed" => Arrival::Typed,
            _ => Arrival::Link,
        };
        let carried = CarriedCode::new(field(visit.form, "user_code"), arrival);
        let cookie = carried.and_then(|carried| carried.set_cookie(&self.paths));
        respond::set_cookie(&mut response, cookie);
        response
    }
}

/// Who decides, and with which form.
struct Visit<'a> {
    parts: &'a Parts,
    visitor: &'a Visitor,
    form: &'a Parameters,
    language: Language,
}

impl Visit<'_> {
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
}
