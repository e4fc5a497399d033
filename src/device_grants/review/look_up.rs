use super::ReviewError;
use super::claim::Miss;
use crate::code::{UserCode, UserCodeDigest};
use crate::device_grants::fault::Fault;
use crate::device_grants::inner::Inner;
use crate::device_grants::rows::Stored;
use crate::host::{EventKind, Row};

impl Inner {
    /// Returns the codes that `typed` can be, in the formats in use.
    pub(in crate::device_grants) fn read(&self, typed: &str) -> Result<Vec<UserCode>, ReviewError> {
        let mut codes: Vec<UserCode> = Vec::new();
        let mut mistake = None;
        for format in self.formats.iter() {
            match format.parse(typed) {
                // Formats that share an alphabet read the same code. It is looked up once, because its one grant could be returned
                // twice otherwise.
                Ok(code) if codes.iter().any(|known| known.expose() == code.expose()) => {}
                Ok(code) => codes.push(code),
                Err(error) => _ = mistake.get_or_insert(error),
            }
        }
        match mistake {
            Some(error) if codes.is_empty() => Err(ReviewError::Mistyped(error)),
            Some(_) | None => Ok(codes),
        }
    }

    /// Finds the one live grant under any of `codes`, with the code that led to it.
    pub(in crate::device_grants) async fn look_up(
        &self,
        codes: &[UserCode],
    ) -> Result<Result<(UserCode, Stored), Miss>, Fault> {
        let asked_at = self.now();
        let own = self.rows_under(codes).await?.into_iter();
        // An approval that awaits its confirmation is paced as pending, but has a subject, and is not reviewed again.
        let (live, ended): (Vec<_>, Vec<_>) =
            own.partition(|(_, row)| row.is_paced(row.read_at) && row.subject.is_none());
        let mut live = live.into_iter();
        Ok(match (live.next(), live.next()) {
            (Some((code, row)), None) => {
                let stored =
                    Stored::read(row, asked_at).map_err(|error| self.fault(Fault::store(error)))?;
                Ok((code.clone(), stored))
            }
            // The event may name a grant that has ended. The visitor is only told that the code is unknown.
            (None, _) => {
                let ended = ended.into_iter().next();
                let ended = ended.and_then(|(_, row)| Stored::read(row, asked_at).ok());
                let grant = ended.map(|stored| stored.grant);
                Err((EventKind::UnknownUserCode, grant))
            }
            // Two live grants count as none: either could be that of another person's device.
            (Some(_), Some(_)) => Err((EventKind::AmbiguousUserCode, None)),
        })
    }

    /// The rows of this issuer's grants under any of `codes`, each with the code that led to it.
    pub(in crate::device_grants) async fn rows_under<'a>(
        &self,
        codes: &'a [UserCode],
    ) -> Result<Vec<(&'a UserCode, Row)>, Fault> {
        let digests = self.digests(codes);
        let all: Vec<UserCodeDigest> = digests.iter().map(|(_, digest)| *digest).collect();
        let found = self.store.find_by_user_code(&all).await;
        let found = found.map_err(|error| self.fault(Fault::store(error)))?;
        // A store may answer with something that was not asked for, and must not be believed.
        let own = found.into_iter().filter(|row| self.is_own(row));
        Ok(own
            .filter_map(|row| Some((matching(&digests, row.user_code?)?, row)))
            .collect())
    }

    /// Every digest that a grant of one of these codes may have.
    pub(in crate::device_grants) fn digests<'a>(
        &self,
        codes: &'a [UserCode],
    ) -> Vec<(&'a UserCode, UserCodeDigest)> {
        let of = |code: &'a UserCode| {
            let digests = self.keys.digests(&self.issuer, code).into_iter();
            digests.map(move |digest| (code, digest))
        };
        codes.iter().flat_map(of).collect()
    }
}

/// The code with this digest.
pub(in crate::device_grants) fn matching<'a>(
    digests: &[(&'a UserCode, UserCodeDigest)],
    digest: UserCodeDigest,
) -> Option<&'a UserCode> {
    let known = digests.iter().find(|(_, known)| *known == digest);
    known.map(|(code, _)| *code)
}
