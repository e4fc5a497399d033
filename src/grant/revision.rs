/// Which write of a grant this is: a random 64-bit value, chosen by the writer.
///
/// Random and not counted, for two reasons: after a lost reply a writer recognises its own write, and
/// after a failover that lost writes, two histories cannot look equal.
///
/// ```
/// use device_grant::grant::Revision;
/// assert_eq!(Revision::from_u64(7).as_u64(), 7);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Revision(u64);

impl Revision {
    /// The revision with this value.
    #[must_use]
    pub const fn from_u64(value: u64) -> Self {
        Self(value)
    }

    /// The revision's value.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}
