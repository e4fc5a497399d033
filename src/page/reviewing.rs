use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};

use super::Presentation;
use super::offer::{Offer, Unfit};
use super::pages::Pages;
use super::paths::ReviewPage;
use super::query::Query;
use super::review_cookie::HeldReview;
use super::selection::Selection;
use super::view::{Approved, Notice, ReviewView, View};
use super::wish::Wish;
use crate::code::GrantId;
use crate::device_grants::{DecisionError, Review, Revisit};
use crate::grant::Facts;
use crate::host::Visitor;
use crate::http::SignIn;

impl Pages {
    /// A GET of a review: what is asked for as long as it can be decided, and then what was decided. It looks no code
    /// up and changes nothing.
    pub(super) async fn show_review(
        &self,
        request: Request<Bytes>,
        grant: GrantId,
        page: ReviewPage,
    ) -> Response<Bytes> {
        let (parts, _) = request.into_parts();
        let query = Query::of(&parts);
        let wish = Wish::of(&parts.headers, query.ui_locales.as_deref());
        let held = HeldReview::of(&parts.headers, &self.paths, grant);
        let visitor = match self.visitor(&parts).await {
            SignIn::As(visitor) => visitor,
            // Not a redirect: this GET follows a POST, and Chromium applies `form-action` to the redirects that follow
            // one.
            SignIn::Redirect(uri) => {
                let response = self.go_on(&uri, wish.language());
                return match held {
                    Some(held) => self.carry(response, &held.carried()),
                    None => response,
                };
            }
            SignIn::Unavailable(_) => return self.notice(Notice::Unavailable, wish.language()),
        };
        let Some(held) = held else {
            return self.notice(Notice::Closed, wish.language());
        };
        let found = self
            .grants
            .revisit(held.ticket(), held.code(), &visitor)
            .await;
        let notice = match found {
            Ok(Revisit::Open(review)) => {
                let visit = Visit {
                    parts: &parts,
                    visitor: &visitor,
                    review: &review,
                    wish,
                };
                return match page {
                    ReviewPage::Request => {
                        let presentation = self.presented(&visit).await;
                        self.show_request(&visit, &presentation, held.selection(), None)
                    }
                    ReviewPage::Approval => self.show_approval(&visit, held).await,
                };
            }
            Ok(Revisit::Approved(grant)) => {
                Notice::Approved(self.approved(&grant, &held, &visitor, wish).await)
            }
            Ok(Revisit::Redeemed(grant)) => {
                Notice::Connected(self.approved(&grant, &held, &visitor, wish).await)
            }
            Ok(Revisit::Withdrawn(grant)) => {
                Notice::Undone(self.approved(&grant, &held, &visitor, wish).await)
            }
            Ok(Revisit::Unconfirmed(code)) => Notice::Unconfirmed(code),
            Ok(Revisit::ReportedNotMe) => Notice::Reported,
            Ok(Revisit::Denied) => Notice::Denied,
            Err(DecisionError::Fault(fault)) => return self.fault(&fault, wish.language()),
            // One page for all reasons: it does not tell whether there is such a grant, or whose it is.
            Err(_) => Notice::Closed,
        };
        self.notice(notice, wish.language())
    }

    /// An approval in words.
    async fn approved(
        &self,
        grant: &Facts,
        held: &HeldReview,
        visitor: &Visitor,
        wish: Wish<'_>,
    ) -> Approved {
        let presentation = self.present(grant, None, visitor, wish.language()).await;
        Approved {
            ticket: *held.ticket(),
            account: presentation.account(),
            application: presentation.application,
        }
    }

    async fn presented<'a>(&self, visit: &Visit<'a>) -> Presentation<'a> {
        let review = visit.review;
        let presented = self.present(&review.grant, Some(review), visit.visitor, visit.language());
        presented.await
    }

    fn show_request(
        &self,
        visit: &Visit<'_>,
        presentation: &Presentation<'_>,
        selection: Option<&Selection>,
        unfit: Option<Unfit>,
    ) -> Response<Bytes> {
        let view = ReviewView {
            review: visit.review,
            visitor: visit.visitor,
            presentation,
            offer: Offer::of(presentation),
            selection,
            unfit,
        };
        self.show(&View::Review(view), visit.language())
    }

    /// Shows the reason for which the request cannot be approved; the request, if nothing does any more.
    async fn show_approval(&self, visit: &Visit<'_>, held: HeldReview) -> Response<Bytes> {
        let (language, ticket) = (visit.language(), *held.ticket());
        let presentation = self.presented(visit).await;
        let selection = held.selection();
        let chosen = match Offer::of(&presentation).check(selection) {
            Ok(chosen) => chosen,
            Err(unfit) => return self.show_request(visit, &presentation, selection, Some(unfit)),
        };
        let approval = self.approval_of(visit.parts, visit.visitor);
        let Ok(approval) = chosen.applied_to(approval) else {
            return self.notice(Notice::Failed, language);
        };
        // The reason is found again, and not carried here: it may have passed, and no link can make one up.
        let checked = self
            .grants
            .check_approval(visit.review, visit.visitor, &approval);
        let notice = match checked.await {
            // The policy rules differently by now, or the visitor has signed in again.
            Ok(()) => return self.show_request(visit, &presentation, selection, None),
            Err(DecisionError::Forbidden(_) | DecisionError::NothingLeft(_)) => {
                Notice::Forbidden(ticket)
            }
            Err(DecisionError::Warned(warning)) => Notice::Warned(held, warning),
            Err(DecisionError::StepUp(step_up)) => {
                // The code waits in the cookie: a stronger sign-in is another session, for which it has to be entered
                // again.
                let uri = self.step_up.as_ref().map(|uri| uri(&step_up).to_string());
                let response = self.notice(Notice::StepUp(ticket, uri), language);
                return self.carry(response, &held.carried());
            }
            Err(DecisionError::Fault(fault)) => return self.fault(&fault, language),
            Err(DecisionError::Refused | DecisionError::AlreadyDecided { .. }) => Notice::Closed,
            Err(DecisionError::Widened) => Notice::Failed,
        };
        self.notice(notice, language)
    }
}

/// A visitor's look at a review.
struct Visit<'a> {
    parts: &'a Parts,
    visitor: &'a Visitor,
    review: &'a Review,
    wish: Wish<'a>,
}

impl Visit<'_> {
    fn language(&self) -> super::Language {
        let locales = &self.review.grant.sign_in.ui_locales;
        self.wish.reviewed(locales.iter().map(String::as_str))
    }
}
