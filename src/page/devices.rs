use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};

use super::form::{self, field};
use super::outcome::Outcome;
use super::pages::Pages;
use super::provenance::Provenance;
use super::query::Query;
use super::respond;
use super::told::Told;
use super::view::{Device, Devices, Notice, View};
use super::wish::Wish;
use crate::code::GrantId;
use crate::device_grants::{Fault, ListedGrant, Listing, Revocation, Standing};
use crate::host::{Cursor, Visitor};
use crate::http::SignIn;

/// The number of grants that are read for one page. Those that ended are left out of it.
const ONE_PAGE: u32 = 50;

impl Pages {
    /// Answers a GET of the visitor's devices: the list, and the outcome of the last post. It changes nothing.
    pub(super) async fn show_devices(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, _) = request.into_parts();
        let query = Query::of(&parts);
        let wish = Wish::of(&parts.headers, query.ui_locales.as_deref());
        let told = Told::of(&parts.headers, &self.paths);
        let language = wish.language();
        let visitor = match self.visitor(&parts).await {
            SignIn::As(visitor) => visitor,
            // This GET follows a POST, and Chromium applies `form-action` to the redirects that follow one.
            SignIn::Redirect(uri) if told.is_some() => return self.go_on(&uri, language),
            SignIn::Redirect(uri) => return self.redirect(&uri.to_string()),
            SignIn::Unavailable(_) => return self.notice(Notice::Unavailable, language),
        };
        let after: Option<Cursor> = after(&parts).and_then(|after| after.parse().ok());
        let listed = self.grants.list_own(&visitor, after.as_ref(), ONE_PAGE);
        let listing = match listed.await {
            Ok(listing) => listing,
            Err(fault) => return self.fault(&fault, language),
        };
        let mut response = self.list(&listing, &visitor, told, wish).await;
        // Told once: a reload must not say again that a device was signed out.
        if told.is_some_and(|told| !matches!(told, Told::Unfinished(_))) {
            respond::set_cookie(&mut response, Told::forget(&self.paths));
        }
        response
    }

    async fn list(
        &self,
        listing: &Listing,
        visitor: &Visitor,
        told: Option<Told>,
        wish: Wish<'_>,
    ) -> Response<Bytes> {
        let language = wish.language();
        let mut devices = Vec::new();
        let is_listed = |grant: &&ListedGrant| {
            is_live(grant) || told.is_some_and(|told| told.is_unfinished(grant.id))
        };
        for grant in listing.grants.iter().filter(is_listed) {
            let presentation = self.present(&grant.facts, None, visitor, language).await;
            devices.push(Device {
                grant,
                presentation,
            });
        }
        let older = listing.next.map(|next| {
            let named = wish.to_name(language);
            self.paths.devices_after(&next, named)
        });
        let view = Devices {
            devices,
            told,
            older,
        };
        self.show(&View::Devices(view), language)
    }

    /// A POST of the list: a device is signed out. It is answered by a redirect to the list.
    ///
    /// No ticket comes with it, so that a post about whose origin no browser says anything is refused too.
    pub(super) async fn take_sign_out(&self, request: Request<Bytes>) -> Response<Bytes> {
        if Provenance::of(request.headers(), self.paths.origin()) != Provenance::Own {
            return self.refuse_post(Outcome::CrossSite);
        }
        let form = form::read(&request);
        let posted = form.as_ref().and_then(|form| {
            let grant = field(form, "grant").parse().ok()?;
            Some((grant, Wanted::parse(field(form, "decision"))?))
        });
        let (Some(form), Some((grant, wanted))) = (&form, posted) else {
            return self.refuse_post(Outcome::BadForm);
        };
        let (parts, _) = request.into_parts();
        let wish = Wish::of(&parts.headers, Some(field(form, "ui_locales")));
        let visitor = match self.visitor(&parts).await {
            SignIn::As(visitor) => visitor,
            SignIn::Redirect(uri) => return self.go_on(&uri, wish.language()),
            SignIn::Unavailable(_) => return self.refuse_post(Outcome::Unavailable),
        };
        // After a fault, the grant may have ended while its tokens live on: only another try ends them.
        let told = self.sign_out(&grant, wanted, &visitor).await;
        let told = told.unwrap_or(Told::Unfinished(grant));
        let language = wish.to_name(wish.language());
        let mut response = self.redirect(&self.paths.devices(language));
        respond::set_cookie(&mut response, told.set_cookie(&self.paths));
        response
    }

    /// Signs a device of the visitor's out; another's does not exist here.
    async fn sign_out(
        &self,
        grant: &GrantId,
        wanted: Wanted,
        visitor: &Visitor,
    ) -> Result<Told, Fault> {
        let revocation = match wanted {
            Wanted::SignOut => self.grants.revoke_own(grant, visitor).await?,
            Wanted::Report => self.grants.report_own_not_me(grant, visitor).await?,
        };
        Ok(match (revocation, wanted) {
            (Revocation::NothingToRevoke, _) => Told::Gone,
            (Revocation::TokensLiveOn, _) => Told::LivesOn,
            (Revocation::BeforeRedemption | Revocation::TokensEnded, Wanted::SignOut) => {
                Told::SignedOut
            }
            (Revocation::BeforeRedemption | Revocation::TokensEnded, Wanted::Report) => {
                Told::Reported
            }
        })
    }
}

/// The change that the visitor wants to a device.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wanted {
    SignOut,
    /// Signed out too, with the words "this was not me".
    Report,
}

impl Wanted {
    fn parse(value: &str) -> Option<Self> {
        match value {
            "sign_out" => Some(Self::SignOut),
            "not_me" => Some(Self::Report),
            _ => None,
        }
    }
}

/// Returns whether the device has tokens or may get them.
fn is_live(grant: &ListedGrant) -> bool {
    matches!(grant.standing, Standing::Approved | Standing::Redeemed)
}

/// The place after which the page begins, as a link of these pages has it.
fn after(parts: &Parts) -> Option<String> {
    let query = parts.uri.query()?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let after = pairs.find(|(name, _)| name == "after")?;
    Some(after.1.into_owned())
}
