//! What a policy demands to be known of the revocation of authorities' certificates.

/// Whether the certificates of a token's path must be known not to be revoked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RevocationDemand {
    /// Lists and answers count where there are any; what they do not tell is said, and decides
    /// nothing.
    #[default]
    IfPresent,
    /// Without an answer for every certificate but the root a token does not count.
    Required,
}

impl RevocationDemand {
    /// The demand of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "if-present" => Some(Self::IfPresent),
            "required" => Some(Self::Required),
            _ => None,
        }
    }
}
